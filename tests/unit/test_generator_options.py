"""Which engine is meant, and what is said where there is none."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import click
import pytest

from engine.generate.openai_engine import OpenAIEngine
from jobs.generator_options import GeneratorSettings, choose_engine
from tests.unit.model_server import model_server


def model_folder(folder: Path) -> Path:
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(b"weights")
    return folder


def test_an_endpoint_is_asked_for_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with model_server() as server:
        chosen = choose_engine(GeneratorSettings(generator="scripted", endpoint=server.url))
        assert (chosen.name, chosen.revision) == ("scripted", f"scripted@{server.url}")
        assert isinstance(chosen.open(), OpenAIEngine)
        assert not chosen.in_process
        with pytest.raises(click.ClickException, match="has no model 'other'"):
            choose_engine(GeneratorSettings(generator="other", endpoint=server.url))


def test_a_folder_is_opened_by_vllm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = model_folder(tmp_path / "Instruct-1B")
    find = importlib.util.find_spec
    there: Any = object()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: there if name == "vllm" else find(name))
    chosen = choose_engine(GeneratorSettings(generator=str(folder)))
    assert (chosen.name, len(chosen.revision), chosen.in_process) == ("Instruct-1B", 12, True)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "vllm" else find(name))
    with pytest.raises(click.ClickException, match=r"vLLM is not installed.*--endpoint"):
        choose_engine(GeneratorSettings(generator=str(folder)))


def test_what_is_no_model_is_said(tmp_path: Path) -> None:
    with pytest.raises(click.ClickException, match="is no language model"):
        choose_engine(GeneratorSettings(generator=str(tmp_path)))
    with pytest.raises(click.ClickException, match="neither a folder nor a Hugging Face id"):
        choose_engine(GeneratorSettings(generator=str(tmp_path / "none")))
