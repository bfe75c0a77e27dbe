"""Which language model answers and what it is asked of documents: the options of every command that asks one.

A model in this process, by vLLM, or behind an OpenAI-compatible address. The key of an address comes from the
environment alone. This file knows nothing of Ray or of runs.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import click
from pydantic import BaseModel, ConfigDict, Field

from engine.generate.adapter import AdapterError, open_adapter
from engine.generate.openai_engine import OpenAIEngine
from engine.generate.request import Engine, EngineUnavailableError
from engine.generate.vllm_engine import VllmEngine, generator_revision
from engine.model.config import CheckpointError
from engine.model.hub import model_folder

GENERATOR: Final = (
    "The language model: a folder, a Hugging Face id, the address of an endpoint that has one model, "
    "or a name behind --endpoint."
)


class EngineSettings(BaseModel):
    """Settings of the engine."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    endpoint: str | None = Field(
        None,
        description="OpenAI-compatible address, such as http://127.0.0.1:8000/v1; its key: HYPOGRAPH_ENDPOINT_KEY.",
    )
    endpoint_connections: int = Field(16, ge=1, description="Prompts that an endpoint gets at once.")
    adapter: Path | None = Field(
        None, description="Folder of a LoRA adapter to lay over the model in vLLM, such as finetune --generator leaves."
    )
    generator_dtype: str = Field("auto", description="Number format of the model in vLLM.")
    tensor_parallel: int = Field(1, ge=1, description="GPUs that share one model.")
    context_tokens: int = Field(4096, ge=256, description="Most tokens of prompt and answer together, in vLLM.")
    gpu_memory_share: float = Field(0.9, gt=0, le=1, description="Share of a GPU's memory that vLLM takes.")
    cpu_cache_gb: int = Field(2, ge=1, description="Memory of vLLM for its attention cache without a GPU, in GiB.")


class GeneratorSettings(EngineSettings):
    """Settings of a command that can't do without a language model."""

    generator: str = Field(description=GENERATOR)


class TaskSettings(EngineSettings):
    """Settings of the generative stage: what is asked, and by how many engines."""

    verify: bool = Field(True, description="Verify relations whose score lies in the doubtful band.")
    verify_from: float = Field(0.2, ge=0, le=1, description="Lower end of the doubtful band, a score.")
    verify_to: float = Field(0.8, ge=0, le=1, description="Upper end of the doubtful band, a score.")
    combination: Path | None = Field(
        None, description="TOML file of the coefficients that join both scores, as bench.cascade leaves it; else ours."
    )
    extract: str | None = Field(
        None, description="Relation types that the language model extracts, parted by commas; by default none."
    )
    relation_types: Path | None = Field(
        None, description="TOML file that describes them; the shipped one if not given."
    )
    least_score: float = Field(
        0.5,
        ge=0,
        le=1,
        description="Score below which an extracted relation, or one that the extractor kept for this, is dropped.",
    )
    answer_tokens: int = Field(512, ge=32, description="Most tokens of one answer.")
    cache: Path | None = Field(None, description="File of answers; by default answers.sqlite in --out.")
    replicas: int | None = Field(None, ge=1, description="Engines; by default as many as the GPUs hold, else one.")


@dataclass(frozen=True, slots=True)
class ChosenEngine:
    """The engine that the settings mean: a short name for the evidence, its revision, and what opens it."""

    name: str
    revision: str
    open: Callable[[], Engine]
    in_process: bool


def choose_engine(settings: EngineSettings, generator: str) -> ChosenEngine:
    """The engine of a generator, without opening it; an endpoint is asked whether it has the model.

    Raises: click.ClickException if there is no such model or adapter, vLLM is not installed, or the endpoint can't be
    reached.
    """
    if settings.endpoint or generator.startswith(("http://", "https://")):
        return _choose_endpoint(settings, generator)
    try:
        folder = model_folder(generator).absolute()
        revision, name, adapter = generator_revision(folder), _short_name(generator), None
        if settings.adapter:
            adapter = open_adapter(settings.adapter.absolute(), base_revision=revision)
            revision, name = f"{revision}+{adapter.revision}", f"{name}+{adapter.name}"
    except (AdapterError, CheckpointError, FileNotFoundError) as error:
        raise click.ClickException(str(error)) from error
    if importlib.util.find_spec("vllm") is None:
        raise click.ClickException(
            "vLLM is not installed: `make install EXTRAS=gpu`, or EXTRAS=cpu-vllm without a GPU; or give --endpoint"
        )
    engine_of = partial(
        VllmEngine,
        model=folder,
        revision=revision,
        adapter=adapter,
        dtype=settings.generator_dtype,
        tensor_parallel=settings.tensor_parallel,
        context_tokens=settings.context_tokens,
        gpu_memory_share=settings.gpu_memory_share,
        cpu_cache_gb=settings.cpu_cache_gb,
    )
    return ChosenEngine(name, revision, engine_of, in_process=True)


def check_room(chosen: ChosenEngine, settings: EngineSettings, *, answer_tokens: int) -> None:
    """Raises: click.UsageError if answers of so many tokens leave a model in this process no room for a prompt."""
    if chosen.in_process and answer_tokens >= settings.context_tokens:
        raise click.UsageError(
            f"--answer-tokens {answer_tokens} leaves no room for a prompt in --context-tokens {settings.context_tokens}"
        )


def _choose_endpoint(settings: EngineSettings, generator: str) -> ChosenEngine:
    if settings.adapter:
        raise click.UsageError(
            "--adapter is for a model in vLLM: give it to the endpoint's server, and name the generator as that does"
        )
    open_any = partial(OpenAIEngine, connections=settings.endpoint_connections)
    try:
        if settings.endpoint:
            url, model = settings.endpoint, generator
        else:
            url, model = generator, _only_model(open_any(url=generator, model=""), generator)
        open_it = partial(open_any, url=url, model=model)
        engine = open_it()
        engine.check()
    except EngineUnavailableError as error:
        raise click.ClickException(str(error)) from error
    return ChosenEngine(model, engine.revision, open_it, in_process=False)


def _only_model(engine: OpenAIEngine, url: str) -> str:
    names = engine.models()
    if len(names) != 1:
        raise click.ClickException(
            f"{url} has {len(names)} models: give --endpoint {url}, and as the generator one of "
            f"{', '.join(names) or 'them, once there are some'}"
        )
    return names[0]


def _short_name(generator: str) -> str:
    path = Path(generator)
    return path.resolve().name if path.is_dir() else generator.partition("@")[0]
