"""What stands between us and vLLM, with vLLM itself stood in for: lengths, tokens of choices, deaths."""

from __future__ import annotations

import multiprocessing
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, ClassVar

import pytest
import torch
from jinja2 import TemplateError

from engine.generate import vllm_engine
from engine.generate.adapter import Adapter, AdapterError
from engine.generate.chat import choice_tokens, prompt_tokens
from engine.generate.request import EngineDeathError, EngineUnavailableError, Request
from engine.generate.vllm_engine import VllmEngine


class DeadEngineError(Exception):
    """vLLM's own."""


class Tokenizer:
    """A letter is a token."""

    chat_template = "yes"

    def apply_chat_template(self, messages: list[dict[str, str]], **_: object) -> list[int]:
        return [ord(letter) for message in messages for letter in message["content"]]

    def encode(self, text: str, **_: object) -> list[int]:
        return [ord(letter) for letter in text]


class FakeLLM:
    """Puts all weight on "Y"; dies of "fault", and answers nothing to "hang"."""

    tokenizer: Any = Tokenizer()
    built: ClassVar[dict[str, object]] = {}
    adapters: ClassVar[list[object]] = []

    def __init__(self, model: str, **options: object) -> None:
        self.model = model
        self.built.update(options)

    def get_tokenizer(self) -> Any:
        return self.tokenizer

    def generate(self, inputs: Sequence[dict[str, list[int]]], sampling: Sequence[Any], **given: Any) -> list[Any]:
        self.adapters.append(given.get("lora_request"))
        texts = ["".join(map(chr, one["prompt_token_ids"])) for one in inputs]
        if "fault" in texts:
            raise DeadEngineError("fatal")
        if "hang" in texts:
            threading.Event().wait()
        return [
            SimpleNamespace(
                prompt_token_ids=one["prompt_token_ids"],
                outputs=[
                    SimpleNamespace(
                        text="said",
                        finish_reason="stop",
                        token_ids=[1],
                        logprobs=[{ord(c): SimpleNamespace(logprob=-1.0) for c in "Yyz"}],
                    )
                ],
            )
            for one in inputs
        ]


@pytest.fixture
def alive(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether the engine's process lives; a fake vLLM is installed."""
    state = [True]
    process = SimpleNamespace(is_alive=lambda: state[0])
    children: list[list[object]] = [[], [process]]
    monkeypatch.setattr(multiprocessing, "active_children", lambda: children.pop(0))
    parts = {
        "vllm": {"LLM": FakeLLM, "SamplingParams": SimpleNamespace},
        "vllm.sampling_params": {"StructuredOutputsParams": SimpleNamespace},
        "vllm.lora.request": {"LoRARequest": lambda *given: given},
        "vllm.v1.engine.exceptions": {"EngineDeadError": DeadEngineError},
    }
    for name, content in parts.items():
        module = ModuleType(name)
        module.__dict__.update(content)
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(vllm_engine, "_LOOK_S", 0.02)
    for name in ("VLLM_NO_USAGE_STATS", "VLLM_LOGGING_LEVEL", "VLLM_CPU_KVCACHE_SPACE"):
        monkeypatch.setenv(name, "1")
    return state


def engine() -> VllmEngine:
    return VllmEngine(model=Path("m"), revision="r", context_tokens=10)


def ask(user: str, *choices: str, max_tokens: int = 1) -> Request:
    return Request(system="", user=user, choices=choices, max_tokens=max_tokens)


def test_spellings_of_a_choice_are_added_up(alive: list[bool]) -> None:
    (answer,) = engine().answer([ask("a", "Yes", "No")])
    assert answer.logprobs == {"Yes": pytest.approx(-1.0 + 0.693147, abs=1e-5)}
    assert (answer.text, answer.prompt_tokens) == ("", 1)


def test_a_prompt_that_is_too_long_is_not_sent(alive: list[bool]) -> None:
    long, short = engine().answer([ask("hang" * 3), ask("b", max_tokens=9)])
    assert long.error == "the prompt has 12 tokens and may have 9"
    assert short.text == "said"


def test_a_token_that_begins_several_choices_counts_for_none() -> None:
    tokens = choice_tokens(Tokenizer(), ("Yes", "No", "Unclear"))
    assert tokens == {ord(letter): word for word in ("Yes", "No", "Unclear") for letter in (word[0], word[0].lower())}


def test_choices_that_begin_alike_are_refused(alive: list[bool]) -> None:
    with pytest.raises(EngineUnavailableError, match="begin with one token"):
        engine().answer([ask("a", "No", "Neutral")])


def test_an_engine_that_fails_is_dead(alive: list[bool]) -> None:
    with pytest.raises(EngineDeathError, match="died with 2 prompts in flight: fatal"):
        engine().answer([ask("fault"), ask("b")])


def test_an_engine_that_was_killed_is_dead_although_vllm_waits(alive: list[bool]) -> None:
    opened = engine()
    alive[0] = False
    with pytest.raises(EngineDeathError, match="was killed with 1 prompts in flight"):
        opened.answer([ask("hang")])


class UserOnly(Tokenizer):
    """Refuses a system role as Gemma 2's and Mistral's templates do."""

    def apply_chat_template(self, messages: list[dict[str, str]], **_: object) -> list[int]:
        if messages[0]["role"] != "user":
            raise TemplateError("System role not supported")
        return super().apply_chat_template(messages)


def test_where_a_chat_has_no_system_role_the_user_says_both() -> None:
    request = Request(system="be brief", user="why?")
    assert "".join(map(chr, prompt_tokens(UserOnly(), request))) == "be brief\n\nwhy?"
    assert "".join(map(chr, prompt_tokens(Tokenizer(), request))) == "be briefwhy?"


def test_a_model_without_a_chat_template_is_refused(alive: list[bool], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeLLM, "tokenizer", SimpleNamespace(chat_template=None))
    with pytest.raises(EngineUnavailableError, match="no instruct model"):
        engine()


ADAPTER = Adapter(Path("/a/mine"), "mine", rank=12, revision="r2")


def test_on_a_gpu_an_adapter_goes_with_every_prompt(alive: list[bool], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(FakeLLM, "built", {})
    VllmEngine(model=Path("m"), revision="r", adapter=ADAPTER, context_tokens=10).answer([ask("a")])
    assert (FakeLLM.built["enable_lora"], FakeLLM.built["max_lora_rank"]) == (True, 16)
    assert FakeLLM.adapters[-1] == ("mine", 1, "/a/mine")
    assert "block_size" not in FakeLLM.built


def test_on_a_cpu_an_adapter_is_merged_first(
    alive: list[bool], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    merged: list[tuple[Path, Adapter, Path]] = []
    monkeypatch.setenv("HYPOGRAPH_CACHE", str(tmp_path))
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(FakeLLM, "built", {})
    monkeypatch.setattr(vllm_engine, "merge_adapter", lambda *given: merged.append(given))
    opened = VllmEngine(model=Path("m"), revision="r", adapter=ADAPTER, context_tokens=10)
    opened.answer([ask("a")])
    folder = tmp_path / "merged" / "r-r2"
    assert merged == [(Path("m"), ADAPTER, folder)]
    assert opened._llm.model == str(folder)
    assert ("enable_lora" in FakeLLM.built, FakeLLM.adapters[-1]) == (False, None)
    assert FakeLLM.built["block_size"] == 32

    def refuse(*_: object) -> None:
        raise AdapterError("only plain LoRA")

    monkeypatch.setattr(vllm_engine, "merge_adapter", refuse)
    with pytest.raises(EngineUnavailableError, match="only plain LoRA"):
        VllmEngine(model=Path("m"), revision="r", adapter=ADAPTER)
