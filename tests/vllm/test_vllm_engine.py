"""The real vLLM engine on a tiny random Llama: scored choices, schema-bound answers, an engine that is killed.

It needs vLLM, which `make test` does not install (2 GB, and a minute to start): `make test-vllm` does, and runs this.
"""

from __future__ import annotations

import importlib.util
import json
import multiprocessing
import os
import random
import re
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from engine.generate.adapter import open_adapter
from engine.generate.chat import choice_tokens, prompt_tokens
from engine.generate.prompts import CHOICES, ask_claim
from engine.generate.request import EngineDeathError, sum_by_choice
from engine.generate.triples import Passage, check_triples, find_passages, open_relation_types, parse_answer
from engine.generate.verify import read_verdict
from engine.generate.vllm_engine import VllmEngine, generator_revision
from engine.schema import Mention, Span
from tests.tiny_llama import save_tiny_llama

pytestmark = [
    pytest.mark.vllm,
    pytest.mark.skipif(importlib.util.find_spec("vllm") is None, reason="vLLM is not installed: make test-vllm"),
    pytest.mark.filterwarnings("default"),  # vLLM's own imports warn
]
GENES = ("TP53", "MDM2", "KIT", "ABL1", "EGFR", "MYC")
TYPES = [replace(kind, only_where=None) for kind in open_relation_types(["COEXPRESSED_WITH"])]


def make_passages(count: int) -> list[Passage]:
    """Passages of two to five sentences, each of which names one to five genes, drawn by chance with a seed."""
    drawn = random.Random(3)
    made = []
    while len(made) < count:
        sentences = [" and ".join(drawn.sample(GENES, drawn.randint(1, 5))) + "." for _ in range(drawn.randint(2, 5))]
        text = " ".join(sentences)
        spans = [Span(*found.span()) for found in re.finditer(r"[^. ][^.]*\.", text)]
        names = re.finditer("|".join(GENES), text)
        mentions = [Mention(*found.span(), "Gene", 1.0, f"hgnc:{GENES.index(found.group())}") for found in names]
        made += find_passages(text, spans, mentions, TYPES)
    return made[:count]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    (passage,) = make_passages(1)
    request = passage.ask(max_tokens=1)
    return save_tiny_llama(tmp_path_factory.mktemp("llama"), texts=[request.system, request.user])


@pytest.fixture(scope="module")
def engine(model: Path) -> VllmEngine:
    return VllmEngine(
        model=model, revision=generator_revision(model), context_tokens=2048, cpu_cache_gb=1, sequences=64
    )


def test_every_choice_gets_a_probability_and_the_same_one_again(engine: VllmEngine) -> None:
    claims = [ask_claim(f"Imatinib inhibits ABL{i}.", "imatinib inhibits ABL1") for i in range(8)]
    answers = engine.answer(claims)
    assert all(set(answer.logprobs) == set(CHOICES) for answer in answers)
    verdict = read_verdict(answers[0].logprobs)
    assert verdict is not None
    assert verdict.entailed + verdict.contradicted + verdict.neutral == pytest.approx(1.0)
    (alone,) = engine.answer(claims[:1])
    assert alone.logprobs["Yes"] == pytest.approx(answers[0].logprobs["Yes"], abs=0.05)
    assert (alone.answer_tokens, alone.error) == (1, None)
    assert alone.prompt_tokens > 50


def test_a_thousand_answers_are_held_to_their_schemas(engine: VllmEngine) -> None:
    asked = make_passages(1_000)
    answers = engine.answer([passage.ask(max_tokens=1024) for passage in asked])
    kept = 0
    for passage, answer in zip(asked, answers, strict=True):
        said = parse_answer(answer)
        assert not isinstance(said, str), said
        assert answer.text == json.dumps(json.loads(answer.text), separators=(",", ":")), "no white space"
        triples, dropped = check_triples(said, passage)
        assert not dropped, "what was not offered can't be said"
        kept += len(triples)
    assert kept > 0


def test_a_prompt_that_is_too_long_costs_itself(engine: VllmEngine) -> None:
    long, short = engine.answer([ask_claim("word " * 3000, "x"), ask_claim("a", "b")])
    assert "tokens and may have 2047" in (long.error or "")
    assert short.error is None


def test_the_revision_is_the_folder_s_content(model: Path, tmp_path: Path) -> None:
    assert generator_revision(model) == generator_revision(model)
    for path in model.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    assert generator_revision(tmp_path) == generator_revision(model)
    (tmp_path / "config.json").write_text("{}")
    assert generator_revision(tmp_path) != generator_revision(model)
    with pytest.raises(FileNotFoundError, match="is no language model"):
        generator_revision(tmp_path.parent)


def test_an_adapter_changes_the_answers_as_peft_does(model: Path, engine: VllmEngine, tmp_path: Path) -> None:
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM, AutoTokenizer

    torch.manual_seed(1)
    config = LoraConfig(r=4, lora_alpha=64, target_modules="all-linear", task_type="CAUSAL_LM", init_lora_weights=False)
    adapted = get_peft_model(AutoModelForCausalLM.from_pretrained(model), config).eval()
    adapted.save_pretrained(tmp_path / "adapter")
    claim = ask_claim("Imatinib inhibits ABL1.", "imatinib inhibits ABL1")
    tokenizer = AutoTokenizer.from_pretrained(model)
    with torch.inference_mode():
        logits = adapted(torch.tensor([prompt_tokens(tokenizer, claim)])).logits[0, -1]
    first = choice_tokens(tokenizer, CHOICES)
    expected = sum_by_choice(zip(first.values(), logits.log_softmax(dim=-1)[list(first)].tolist(), strict=True))
    revision = generator_revision(model)
    over = VllmEngine(
        model=model,
        revision=revision,
        adapter=open_adapter(tmp_path / "adapter", base_revision=revision),
        context_tokens=2048,
        cpu_cache_gb=1,
        sequences=16,
    )
    ((changed,), (plain,)) = over.answer([claim]), engine.answer([claim])
    assert changed.logprobs == pytest.approx(expected, abs=0.03)
    assert plain.logprobs != pytest.approx(expected, abs=0.05)


def test_a_killed_engine_is_reported_as_dead(engine: VllmEngine) -> None:  # the last one: nothing works after it
    for child in multiprocessing.active_children():
        assert child.pid is not None
        os.kill(child.pid, signal.SIGKILL)
    with pytest.raises(EngineDeathError, match="1 prompts in flight"):
        engine.answer([ask_claim("a", "b")])
