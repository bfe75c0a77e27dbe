"""`hypograph finetune --generator`: a tiny random Llama learns an adapter from tiny gold; resuming; what is left."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner, Result
from safetensors.torch import load_file

from engine.generate.adapter import open_adapter
from engine.generate.chat import choice_tokens, prompt_tokens
from engine.generate.prompts import CHOICES, Choice, Sentence, ask_claim, ask_relations
from engine.generate.vllm_engine import generator_revision
from engine.model.cues import NAMES_FILE
from engine.train.annotated import Annotated
from engine.train.generator import run
from engine.train.generator.doubts import Doubt
from engine.train.generator.lessons import build_lessons
from engine.train.generator.model import open_tokenizer, open_with_adapter
from engine.train.generator.settings import GeneratorSettings
from engine.train.generator.steps import AdapterSteps
from engine.train.generator.tokens import tokenize
from engine.train.generator.trees import lay_out
from engine.train.plan import read_training_documents
from jobs.cli import main
from tests.tiny_llama import save_tiny_llama
from tests.tiny_model import save_tiny_model
from tests.unit.tiny_gold import write_tiny_gold

STEPS = 36


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model, gold, and the outcome of a whole run in `out`."""
    folder = tmp_path_factory.mktemp("generator")
    claim = ask_claim("Aspirin and asthma 1.", "Aspirin causes or worsens asthma")
    relations = ask_relations(
        [Sentence("Ibuprofen causes it.", "S1", (Choice("E1", "Chemical", "Ibuprofen"),))],
        (),
        {"INDUCES": "the chemical causes or worsens the disease."},
        max_tokens=1,
    )
    save_tiny_llama(folder / "llama", texts=[f"{r.system} {r.user}" for r in (claim, relations)], spread=0.3)
    write_tiny_gold(folder)
    result = finetune(folder, "out")
    assert result.exit_code == 0, (result.output, result.exception)
    return folder


def finetune(folder: Path, out: str, *flags: str) -> Result:
    arguments = ["--generator", str(folder / "llama"), str(folder / out), "--data", str(folder), "--threads", "1"]
    options = f"--steps {STEPS} --passes 5 --rate 0.01 --tree-tokens 600 --trees 2 --dropout 0.1 --rank 4"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "CORPORA", (("bc5cdr", "train"),))
        return CliRunner().invoke(main, ["finetune", *arguments, *options.split(), "--evaluations", "1", *flags])


class Heedless(torch.nn.Module):
    """A model that takes no notice of who may attend to whom."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, **given: Any) -> Any:
        return self.model(**{**given, "attention_mask": None})


class HeedlessSteps(AdapterSteps):
    """Steps over one."""

    def __init__(self, model: Any, settings: GeneratorSettings, *, choices: dict[int, str]) -> None:
        super().__init__(model, settings, choices=choices)
        self.model = Heedless(model)


def curve(out: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (out / "loss.jsonl").read_text().splitlines()]


def losses(out: Path) -> list[float]:
    return [row["loss"] for row in curve(out) if "loss" in row]


def test_the_loss_falls_and_the_report_says_what_was_learned(folder: Path) -> None:
    found = losses(folder / "out")
    assert len(found) == STEPS
    assert sum(found[-5:]) < 0.6 * sum(found[:5])
    report = json.loads((folder / "out" / "training.json").read_text())
    first, last = report["history"][0], report["history"][-1]
    assert (first["step"], last["step"], last["loss"] < 0.5 * first["loss"]) == (0, STEPS, True)
    assert report["lessons"]["bc5cdr"].keys() >= {"Yes", "No", "triples"}
    assert report["generator_revision"] == generator_revision(folder / "llama")
    card = (folder / "out" / "README.md").read_text()
    assert f"loss {last['loss']:.4f}" in card
    assert (folder / "out" / "loss.svg").exists()


def test_a_run_that_goes_on_has_the_same_loss_curve(folder: Path) -> None:
    assert finetune(folder, "paused", "--max-steps", "31").exit_code == 0
    with (folder / "paused" / "loss.jsonl").open("a") as file:
        file.write('{"step": 32, "loss": 99.0}\n')  # a step after the last checkpoint, before a kill
    assert len(losses(folder / "paused")) == 32
    result = finetune(folder, "paused")
    assert result.exit_code == 0, result.output
    assert curve(folder / "paused") == curve(folder / "out")
    other = finetune(folder, "paused", "--seed", "14")
    assert (other.exit_code, "belongs to a run with other settings" in other.stderr) == (1, True)


def test_the_adapter_loads_and_changes_the_answers(folder: Path) -> None:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder / "llama")
    claim = "aspirin causes or worsens asthma"
    request = ask_claim("Aspirin and asthma 3.", claim)
    denied = ask_claim("Aspirin and asthma 3.", f"It is not so that {claim}")

    def judge(model: Any) -> list[str]:
        answers = []
        for asked in (request, denied):
            tokens = torch.tensor([prompt_tokens(tokenizer, asked)])
            said = model.generate(tokens, attention_mask=torch.ones_like(tokens), max_new_tokens=8, do_sample=False)
            answers.append(tokenizer.decode(said[0, tokens.shape[1] :], skip_special_tokens=True))
        return answers

    before = judge(AutoModelForCausalLM.from_pretrained(folder / "llama"))
    base = AutoModelForCausalLM.from_pretrained(folder / "llama")
    after = judge(PeftModel.from_pretrained(base, folder / "out"))
    assert before != after
    assert set(after) <= {"Yes", "No", "Unclear"}, "it has learned to answer, and to end"


def test_a_small_scale_is_not_rounded_away(folder: Path) -> None:
    model = open_with_adapter(folder / "llama", GeneratorSettings(rank=4, scale=0.1))
    scales = [module.scaling["default"] for module in model.modules() if hasattr(module, "lora_A")]
    assert scales == [pytest.approx(0.1)] * len(scales)
    assert scales


def test_lessons_read_together_have_the_losses_that_each_has_alone(folder: Path) -> None:
    documents = read_training_documents(folder, corpora=(("bc5cdr", "train"),))
    tokenizer = open_tokenizer(folder / "llama")
    lessons = tokenize(build_lessons(documents, seed=1), tokenizer, max_tokens=2048)[:12]
    settings = GeneratorSettings(tree_tokens=4096)
    model = open_with_adapter(folder / "llama", settings).float()
    steps = AdapterSteps(model, settings, choices=choice_tokens(tokenizer, CHOICES))
    together = steps._losses(lessons)[0]
    alone = torch.cat([steps._losses([lesson])[0] for lesson in lessons])
    assert together.tolist() == pytest.approx(alone.tolist(), abs=0.05)
    assert lay_out(lessons).ids.size < 0.7 * sum(map(len, lessons))
    assert steps.keeps_apart(lessons)
    steps.model = Heedless(model)
    assert not steps.keeps_apart(lessons)


def test_the_last_blocks_alone_may_learn(folder: Path) -> None:
    done = finetune(folder, "last", "--blocks", "1", "--steps", "2")
    assert done.exit_code == 0, done.output
    names = load_file(folder / "last" / "adapter_model.safetensors").keys()
    assert names
    assert all(".layers.1." in name for name in names)
    more = finetune(folder, "more", "--blocks", "3")
    assert (more.exit_code, "the model has 2 blocks" in more.stderr) == (1, True)


def test_a_model_that_heeds_no_mask_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "AdapterSteps", HeedlessSteps)
    done = finetune(folder, "heedless")
    assert (done.exit_code, "doesn't keep apart" in done.stderr) == (1, True)


def test_an_extractor_s_doubts_are_what_is_learned(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    documents = read_training_documents(folder, corpora=(("bc5cdr", "train"),))
    asked: list[tuple[float, float]] = []

    def find(_: object, found: Sequence[Annotated], band: tuple[float, float]) -> list[Doubt]:
        asked.append(band)
        return [Doubt(d, (0, 1, "INDUCES"), 0.5, 0.5, is_right=True) for d in found]

    monkeypatch.setattr(run, "DOUBTED", (("bc5cdr", "train"),))
    monkeypatch.setattr(run, "open_predictor", lambda *_, **__: (None, {"model_revision": "rev"}))
    monkeypatch.setattr(run, "find_doubts", find)
    done = finetune(folder, "doubts", "--doubts-of", str(folder / "llama"), "--steps", "2")
    assert done.exit_code == 0, done.output
    report = json.loads((folder / "doubts" / "training.json").read_text())
    assert (report["doubts_of"], asked) == ("rev", [(0.1, 0.9)] * 2)
    assert sum(report["lessons"]["bc5cdr"].values()) + report["held_out_lessons"] == len(documents)
    assert report["lessons"]["bc5cdr"].keys() == {"Yes"}


def test_a_damaged_extractor_is_named(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "DOUBTED", (("bc5cdr", "train"),))
    damaged = save_tiny_model(tmp_path / "tiny")
    (damaged / NAMES_FILE).write_bytes(b"no archive")
    done = finetune(folder, "damaged", "--doubts-of", str(damaged))
    assert (done.exit_code, NAMES_FILE in done.stderr) == (1, True), done.output


def test_the_adapter_is_known_by_its_base_rank_and_content(folder: Path) -> None:
    base = generator_revision(folder / "llama")
    adapter = open_adapter(folder / "out", base_revision=base)
    assert (adapter.name, adapter.rank, adapter.vllm_rank) == ("out", 4, 8)
    paused = open_adapter(folder / "paused", base_revision=base)
    assert paused.revision == adapter.revision, "what was resumed is the same to the last bit"
    with pytest.raises(ValueError, match=f"was trained over the model {base}, this one is other"):
        open_adapter(folder / "out", base_revision="other")
    with pytest.raises(ValueError, match="is no adapter"):
        open_adapter(folder / "llama", base_revision=base)


def test_each_kind_of_training_has_its_own_options(folder: Path) -> None:
    own = CliRunner().invoke(main, ["finetune", "--generator", "m", "--help"]).output
    assert "--rank" in own
    assert "--encoder-rate" not in own
    others = CliRunner().invoke(main, ["finetune", "--help"]).output
    assert "--generator MODEL" in others
    assert "--rank" not in others
    mixed = CliRunner().invoke(main, ["finetune", "--generator=m", "out", "--encoder-rate", "1"])
    assert (mixed.exit_code, "No such option" in mixed.stderr) == (2, True)


def test_what_cannot_be_trained_is_said(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "llama").symlink_to(folder / "empty")
    missing = finetune(tmp_path, "out")
    assert (missing.exit_code, "neither a folder nor a Hugging Face id" in missing.stderr) == (1, True)
    (folder / "empty").mkdir()
    empty = finetune(tmp_path, "out")
    assert (empty.exit_code, "is no language model" in empty.stderr) == (1, True)
