"""A training run: its plan, what it starts from, and a tiny one that is cut and goes on."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest
from click.testing import CliRunner

from engine.schema import CHEMICAL, DISEASE
from engine.train.annotated import CorpusError
from engine.train.plan import is_carved, plan_steps
from engine.train.settings import FinetuneSettings
from engine.train.state import StateError, state_path
from jobs.cli import main
from jobs.finetune_options import parse_passes
from tests.tiny_model import save_tiny_model
from tests.unit.tiny_vocab import pack_tiny_lexicon
from tests.unit.training_examples import example


def test_the_plan_holds_its_passes_and_its_budget() -> None:
    text = "aspirin inhibits COX"
    many = [example(text + " x" * (i % 7), [("aspirin", CHEMICAL)]) for i in range(40)]
    settings = FinetuneSettings(passes={"c": 2.5}, micro_batch_tokens=200, micro_batches=2, steps=None)
    steps = plan_steps(many, settings)
    assert steps == plan_steps(many, settings)
    batches = [batch for step in steps for batch in step]
    assert all(len(b) * max(many[i].length_tokens for i in b) <= 200 for b in batches)
    read = np.bincount([i for b in batches for i in b], minlength=40)
    assert read.max() <= 3
    assert read.sum() >= 100 - 2 * max(len(b) for b in batches)


@pytest.mark.parametrize("given", ["bc5cdr", "bc5cdr=", "bc5cdr=two", "bc5cdr=-1", "bc5cdr=inf", "bc5cdr=nan"])
def test_passes_are_a_number(given: str) -> None:
    assert parse_passes(["bc5cdr=0.5"], {"bc5cdr": 2.0, "genia": 1.0}) == {"bc5cdr": 0.5, "genia": 1.0}
    with pytest.raises(click.UsageError, match=f"expected bc5cdr=N with a number from 0 on, found '{given}'"):
        parse_passes([given], {"bc5cdr": 2.0})


@pytest.mark.parametrize(
    "words", [["finetune", "E"], ["distil", "E", "E"], ["pretrain", "--text", "T", "E"], ["tune", "E"]], ids=str
)
def test_a_training_is_written_to_a_local_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "E").mkdir()
    (tmp_path / "T").touch()
    result = CliRunner().invoke(main, [*words, "s3://bucket/model"])
    assert (result.exit_code, "is written by no command" in result.output) == (2, True), result.output


@pytest.mark.parametrize(
    "words",
    [
        *(["finetune", "E"], ["finetune", "--second", "E"], ["finetune", "--generator", "E"]),
        *(["pretrain", "--text", "T", "E"], ["distil", "--text", "T", "E", "F"], ["distil", "--text", "T", "F", "E"]),
    ],
    ids=str,
)
def test_a_training_does_not_write_over_what_it_starts_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "E").mkdir()
    (tmp_path / "F").mkdir()
    (tmp_path / "T").touch()
    result = CliRunner().invoke(main, [*words, "../" + tmp_path.name + "/E"])
    assert (result.exit_code, "E is read too, and would be written over" in result.output) == (2, True), result.output


def test_carving_takes_about_its_share() -> None:
    share = np.mean([is_carved(f"PMID:{i}", 0.1) for i in range(5000)])
    assert 0.08 < share < 0.12


PUBTATOR = "\n".join(
    f"{i}|t|Aspirin {i} and asthma.\n{i}|a|Study {i} shows aspirin causes asthma.\n{i}\t0\t7\tAspirin\tChemical\tD1\n"
    for i in range(60)
)


SETTINGS = FinetuneSettings(
    passes={"bc5cdr": 2}, micro_batch_tokens=600, checkpoint_every_steps=2, evaluations=1, steps=None
)


@pytest.fixture
def encoder(tmp_path: Path) -> Path:
    return hugging_face_folder(save_tiny_model(tmp_path / "tiny"), tmp_path / "encoder")


@pytest.fixture
def train(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    """A fine-tuning on BC5CDR's train part alone, which needs no other corpus, into a folder by its name."""
    import torch

    from engine.train import finetune as module
    from engine.train.corpora import read_corpus

    torch.set_num_threads(1)
    gold = tmp_path / "gold" / "bc5cdr"
    gold.mkdir(parents=True)
    (gold / "CDR_TrainingSet.PubTator.txt.gz").write_bytes(gzip.compress(PUBTATOR.encode()))
    monkeypatch.setattr(module, "read_training_documents", lambda data: list(read_corpus("bc5cdr", "train", data=data)))
    lexicon = pack_tiny_lexicon(tmp_path / "vocab")

    def train(
        start: Path, out: str, *, settings: FinetuneSettings = SETTINGS, cut: int | None = None
    ) -> dict[str, Any]:
        return module.finetune(start, tmp_path / out, data=tmp_path, settings=settings, lexicon=lexicon, max_steps=cut)

    return train


def test_a_cut_run_goes_on_to_the_same_weights(
    tmp_path: Path, encoder: Path, train: Callable[..., dict[str, Any]]
) -> None:
    """Paused and started again, training ends where an undisturbed run ends, bit for bit."""
    import torch

    from engine.model.checkpoint import WEIGHTS_FILE

    train(encoder, "whole")
    train(encoder, "cut", cut=3)
    state = torch.load(state_path(tmp_path / "cut"), weights_only=False)
    assert state["step"] == 3, "it is saved where it pauses, though not every step is"
    train(encoder, "cut")
    whole, cut = (torch_state(tmp_path / name / WEIGHTS_FILE) for name in ("whole", "cut"))
    assert whole.keys() == cut.keys()
    assert all(torch.equal(whole[name], cut[name]) for name in whole)
    report = json.loads((tmp_path / "cut" / "training.json").read_text())
    assert report["history"][0]["spans"].keys() == {CHEMICAL, DISEASE}
    with pytest.raises(ValueError, match="other settings"):
        train(encoder, "cut", settings=FinetuneSettings(passes={"bc5cdr": 1}, steps=None))


def test_a_run_goes_on_from_its_own_start_alone(
    tmp_path: Path, encoder: Path, train: Callable[..., dict[str, Any]]
) -> None:
    """Another encoder of the same name has other weights. Earlier versions saved no start, or its name alone."""
    import torch

    train(encoder, "out", cut=1)
    other = hugging_face_folder(tmp_path / "tiny", tmp_path / "other", seed=2)
    for start in (other, tmp_path / "tiny"):
        with pytest.raises(StateError, match="another start"):
            train(start, "out", cut=2)
    path = state_path(tmp_path / "out")
    for lacks in ({"start"}, {"weights"}):
        state = torch.load(path, weights_only=False)
        about = state["settings"].get("start", {})
        state["settings"] = {name: value for name, value in state["settings"].items() if name not in lacks}
        if "weights" in lacks:
            state["settings"]["start"] = {"encoder": about["encoder"]}
        torch.save({**state, "rng": torch.get_rng_state()}, path)
        step = state["step"] + 1
        train(encoder, "out", cut=step)
        assert torch.load(path, weights_only=False)["step"] == step


def test_a_plan_without_a_step_is_refused(tmp_path: Path, encoder: Path, train: Callable[..., dict[str, Any]]) -> None:
    with pytest.raises(CorpusError, match="documents make no step of 2 micro-batches"):
        train(encoder, "out", settings=replace(SETTINGS, micro_batch_tokens=100_000, passes={"bc5cdr": 1}))
    assert not (tmp_path / "out").exists()


def test_training_goes_on_from_an_extractor(tmp_path: Path) -> None:
    """Encoder and heads that keep their shape are carried over; a relation head of another shape starts anew."""
    import torch

    from engine.model.checkpoint import describe_start, fresh_network, model_revision, open_network

    folder = save_tiny_model(tmp_path / "tiny")
    source, config = open_network(folder, dtype=torch.float32, device="cpu")
    before = source.state_dict()
    same = fresh_network(folder, config).state_dict()
    assert all(torch.equal(same[name], value) for name, value in before.items())
    other = fresh_network(folder, replace(config, pair_layers=0)).state_dict()
    assert torch.equal(other["mention_out.weight"], before["mention_out.weight"])
    assert not torch.equal(other["pair_reader.project.weight"], before["pair_reader.project.weight"])
    assert describe_start(folder)["model_revision"] == model_revision(folder)


def test_a_folder_of_another_format_says_so(tmp_path: Path) -> None:
    from engine.model.checkpoint import model_revision
    from engine.model.config import CONFIG_FILE, CheckpointError

    folder = save_tiny_model(tmp_path / "tiny")
    values = json.loads((folder / CONFIG_FILE).read_text())
    (folder / CONFIG_FILE).write_text(json.dumps(values | {"format_version": 1}))
    with pytest.raises(CheckpointError, match="format 1, this version reads 2"):
        model_revision(folder)


def test_an_encoders_damaged_config_is_told(tmp_path: Path) -> None:
    from engine.model.checkpoint import describe_start
    from engine.model.config import CheckpointError

    encoder = hugging_face_folder(save_tiny_model(tmp_path / "tiny"), tmp_path / "encoder")
    for damaged in ("{", "[]"):
        (encoder / "config.json").write_text(damaged)
        with pytest.raises(CheckpointError, match=r"config\.json is damaged"):
            describe_start(encoder)


def test_only_an_extractor_can_be_mixed_in(tmp_path: Path) -> None:
    from engine.model.config import CheckpointError
    from engine.train.finetune import finetune

    encoder = hugging_face_folder(save_tiny_model(tmp_path / "tiny"), tmp_path / "encoder")
    settings = FinetuneSettings(start_share=0.5)
    with pytest.raises(CheckpointError, match="is no extractor"):
        finetune(encoder, tmp_path / "out", data=tmp_path, settings=settings)


def test_an_encoder_that_reads_too_little_at_once_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    from engine.model.config import CheckpointError
    from engine.train.finetune import finetune

    encoder = hugging_face_folder(save_tiny_model(tmp_path / "tiny"), tmp_path / "encoder")
    config = json.loads((encoder / "config.json").read_text())
    (encoder / "config.json").write_text(json.dumps(config | {"max_position_embeddings": 128}))
    with pytest.raises(CheckpointError, match="reads at most 128 tokens at once, 512 are asked for"):
        finetune(encoder, tmp_path / "out", data=tmp_path, settings=FinetuneSettings())


def torch_state(path: Path):  # type: ignore[no-untyped-def]
    from safetensors.torch import load_file

    return load_file(path)


def hugging_face_folder(model: Path, folder: Path, *, seed: int = 1) -> Path:
    """The encoder of a tiny extractor as a plain Hugging Face folder, with room for 512 tokens."""
    import torch
    from transformers import BertConfig, BertModel

    torch.manual_seed(seed)
    values = json.loads((model / "config.json").read_text()) | {"max_position_embeddings": 512}
    BertModel(BertConfig(**values), add_pooling_layer=False).save_pretrained(folder)
    (folder / "tokenizer.json").write_bytes((model / "tokenizer.json").read_bytes())
    return folder
