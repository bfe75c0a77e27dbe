"""Which engine is meant, and what is said where there is none."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import pytest

from engine.generate.adapter import write_base
from engine.generate.openai_engine import OpenAIEngine
from engine.generate.request import Engine
from jobs.generator_options import ChosenEngine, EngineSettings, TaskSettings, check_room, choose_engine
from tests.unit.model_server import model_server


def model_folder(folder: Path) -> Path:
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(b"weights")
    return folder


def test_an_endpoint_is_asked_for_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with model_server() as server:
        chosen = choose_engine(EngineSettings(endpoint=server.url), "scripted")
        assert (chosen.name, chosen.revision) == ("scripted", f"scripted@{server.url}")
        assert isinstance(chosen.open(), OpenAIEngine)
        assert not chosen.in_process
        with pytest.raises(click.ClickException, match="has no model 'other'"):
            choose_engine(EngineSettings(endpoint=server.url), "other")


def test_an_address_alone_is_enough_where_it_has_one_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with model_server() as server:
        chosen = choose_engine(EngineSettings(), server.url)
        assert (chosen.name, chosen.revision) == ("scripted", f"scripted@{server.url}")
        server.models.append("other")
        with pytest.raises(click.ClickException, match=r"has 2 models: give --endpoint .* one of scripted, other"):
            choose_engine(EngineSettings(), server.url)


def test_a_folder_is_opened_by_vllm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = model_folder(tmp_path / "Instruct-1B")
    find = importlib.util.find_spec
    there: Any = object()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: there if name == "vllm" else find(name))
    chosen = choose_engine(EngineSettings(), str(folder))
    assert (chosen.name, len(chosen.revision), chosen.in_process) == ("Instruct-1B", 12, True)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "vllm" else find(name))
    with pytest.raises(click.ClickException, match=r"vLLM is not installed.*--endpoint"):
        choose_engine(EngineSettings(), str(folder))


def test_answers_that_fill_the_context_are_refused_before_a_model_is_loaded() -> None:
    def refuse() -> Engine:
        raise AssertionError("opened")

    here = ChosenEngine("m", "1", refuse, in_process=True)
    settings = TaskSettings(answer_tokens=512, context_tokens=512)  # type: ignore[call-arg]
    with pytest.raises(click.UsageError, match=r"--answer-tokens 512 leaves no room .* --context-tokens 512"):
        check_room(here, settings, answer_tokens=512)
    check_room(here, settings, answer_tokens=511)
    check_room(replace(here, in_process=False), settings, answer_tokens=512)  # an endpoint has a context of its own


def test_an_adapter_is_another_generator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, adapter = model_folder(tmp_path / "Instruct-1B"), tmp_path / "mine"
    adapter.mkdir()
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: object())
    settings = EngineSettings(adapter=adapter)
    with pytest.raises(click.ClickException, match="is no adapter"):
        choose_engine(settings, str(folder))
    (adapter / "adapter_model.safetensors").write_bytes(b"weights")
    (adapter / "adapter_config.json").write_text('{"peft_type": "OTHER"}')
    with pytest.raises(click.ClickException, match="names no rank"):
        choose_engine(settings, str(folder))
    (adapter / "adapter_config.json").write_text('{"r": 16}')
    with pytest.raises(click.ClickException, match="is no adapter"):
        choose_engine(EngineSettings(adapter=adapter / "adapter_model.safetensors"), str(folder))
    plain, adapted = (choose_engine(one, str(folder)) for one in (EngineSettings(), settings))
    assert (adapted.name, adapted.revision.partition("+")[0]) == ("Instruct-1B+mine", plain.revision)
    write_base(adapter, "another")
    with pytest.raises(click.ClickException, match="was trained over the model another"):
        choose_engine(settings, str(folder))
    (adapter / "generator.json").write_text('{"base_rev')
    with pytest.raises(click.ClickException, match=r"generator\.json names no `base_revision`"):
        choose_engine(settings, str(folder))
    with pytest.raises(click.UsageError, match="--adapter is for a model in vLLM"):
        choose_engine(EngineSettings(adapter=adapter, endpoint="http://127.0.0.1:1/v1"), "x")


def test_what_is_no_model_is_said(tmp_path: Path) -> None:
    with pytest.raises(click.ClickException, match="is no language model"):
        choose_engine(EngineSettings(), str(tmp_path))
    with pytest.raises(click.ClickException, match="neither a folder nor a Hugging Face id"):
        choose_engine(EngineSettings(), str(tmp_path / "none"))
