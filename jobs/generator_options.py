"""Which language model answers, for every command that asks one: the options, and what opens the engine.

A model in this process, by vLLM, or behind an OpenAI-compatible address. The key of an address comes from the
environment alone. This file knows nothing of what is asked.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click
from pydantic import BaseModel, ConfigDict, Field

from engine.generate.openai_engine import OpenAIEngine
from engine.generate.request import Engine, EngineUnavailableError
from engine.generate.vllm_engine import VllmEngine, generator_revision
from engine.model.config import CheckpointError
from engine.model.hub import model_folder


class GeneratorSettings(BaseModel):
    """Settings of the engine."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    generator: str = Field(
        description="The language model: a folder, a Hugging Face id, or its name behind --endpoint.",
    )
    endpoint: str | None = Field(
        None,
        description="OpenAI-compatible address, such as http://127.0.0.1:8000/v1; its key: HYPOGRAPH_ENDPOINT_KEY.",
    )
    endpoint_connections: int = Field(16, ge=1, description="Prompts that an endpoint gets at once.")
    generator_dtype: str = Field("auto", description="Number format of the model in vLLM.")
    tensor_parallel: int = Field(1, ge=1, description="GPUs that share one model.")
    context_tokens: int = Field(4096, ge=256, description="Most tokens of prompt and answer together, in vLLM.")
    gpu_memory_share: float = Field(0.9, gt=0, le=1, description="Share of a GPU's memory that vLLM takes.")
    cpu_cache_gb: int = Field(2, ge=1, description="Memory of vLLM for its attention cache without a GPU, in GiB.")


@dataclass(frozen=True, slots=True)
class ChosenEngine:
    """The engine that the settings mean: a short name for the evidence, its revision, and what opens it."""

    name: str
    revision: str
    open: Callable[[], Engine]
    in_process: bool


def choose_engine(settings: GeneratorSettings) -> ChosenEngine:
    """The engine, without opening it; an endpoint is asked whether it has the model.

    Raises: click.ClickException if there is no such model, vLLM is not installed, or the endpoint can't be reached.
    """
    if settings.endpoint:
        open_it = partial(
            OpenAIEngine,
            url=settings.endpoint,
            model=settings.generator,
            connections=settings.endpoint_connections,
        )
        try:
            engine = open_it()
            engine.check()
        except EngineUnavailableError as error:
            raise click.ClickException(str(error)) from error
        return ChosenEngine(settings.generator, engine.revision, open_it, in_process=False)
    try:
        folder = model_folder(settings.generator).absolute()
        revision = generator_revision(folder)
    except (CheckpointError, FileNotFoundError) as error:
        raise click.ClickException(str(error)) from error
    if importlib.util.find_spec("vllm") is None:
        raise click.ClickException(
            "vLLM is not installed: `make install EXTRAS=gpu`, or EXTRAS=cpu-vllm without a GPU; or give --endpoint"
        )
    engine_of = partial(
        VllmEngine,
        model=folder,
        revision=revision,
        dtype=settings.generator_dtype,
        tensor_parallel=settings.tensor_parallel,
        context_tokens=settings.context_tokens,
        gpu_memory_share=settings.gpu_memory_share,
        cpu_cache_gb=settings.cpu_cache_gb,
    )
    return ChosenEngine(_short_name(settings.generator), revision, engine_of, in_process=True)


def _short_name(generator: str) -> str:
    path = Path(generator)
    return path.resolve().name if path.is_dir() else generator.partition("@")[0]
