"""`hypograph models graft`: the encoder moves by what pretraining changed, the heads stay, and misfits are refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner
from safetensors.torch import load_file
from transformers import BertConfig, BertModel

from engine.model.checkpoint import fresh_network, hash_weights, model_revision
from engine.model.config import ExtractorConfig
from engine.train.card import _describe_runs
from engine.train.leak import read_training_of
from jobs.cli import main
from tests.tiny_model import save_tiny_model, tiny_tokenizer


def save_encoder(folder: Path, *, seed: int, hidden: int = 32) -> Path:
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=200, hidden_size=hidden, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64,
        max_position_embeddings=128,
    )  # fmt: skip
    BertModel(config).save_pretrained(folder)
    tiny_tokenizer().save(str(folder / "tokenizer.json"))
    return folder


def graft(model: Path, out: Path, pretrained: Path, base: Path, *, share: str = "0.5") -> str:
    arguments = [model, out, "--pretrained", pretrained, "--base", base, "--share", share]
    result = CliRunner().invoke(main, ["models", "graft", *map(str, arguments)])
    return result.output if result.exit_code else ""


def test_each_weight_of_the_encoder_moves_by_the_share_and_no_other(tmp_path: Path) -> None:
    model = save_tiny_model(tmp_path / "model")
    base, pretrained = save_encoder(tmp_path / "base", seed=1), save_encoder(tmp_path / "pretrained", seed=2)
    (pretrained / "training.json").write_text(json.dumps({"documents": 9, "tokens": 90, "steps": 3, "seconds": 1}))
    assert graft(model, tmp_path / "out", pretrained, base) == ""
    before, after = load_file(model / "model.safetensors"), load_file(tmp_path / "out" / "model.safetensors")
    old, new = load_file(base / "model.safetensors"), load_file(pretrained / "model.safetensors")
    assert before.keys() == after.keys()
    for name, value in before.items():
        inner = name.removeprefix("encoder.")
        if not name.startswith("encoder."):
            assert torch.equal(value, after[name]), name
            continue
        expected = value.float() + 0.5 * (new[inner].float() - old[inner].float())
        torch.testing.assert_close(after[name].float(), expected, atol=2e-3, rtol=8e-3)
    trained = ExtractorConfig.load(tmp_path / "out").trained
    assert trained["graft"] == {
        "share": 0.5, "base": {"encoder": "", "weights": hash_weights(base)},
        "pretraining": {"documents": 9, "tokens": 90, "steps": 3},
    }  # fmt: skip
    assert read_training_of(trained, data=tmp_path) == []
    revision = model_revision(model)
    assert _describe_runs(trained) == (
        f"- from `{revision}`: 0.5 of what pretraining changed in the encoder (3 steps on 90 tokens of 9 documents) "
        "was added."
    )
    shown = CliRunner().invoke(main, ["models", "info", str(tmp_path / "out")]).output
    assert f"from {revision}, with 0.5 of what a pretraining changed in its encoder" in shown


def test_encoders_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    model = save_tiny_model(tmp_path / "model")
    base, wide = save_encoder(tmp_path / "base", seed=1), save_encoder(tmp_path / "wide", seed=2, hidden=64)
    assert f"{wide} doesn't fit {model}: " in graft(model, tmp_path / "out", wide, base)
    other = save_encoder(tmp_path / "other", seed=3)
    (other / "tokenizer.json").write_text((base / "tokenizer.json").read_text().replace('"[MASK]"', '"[HIDE]"'))
    assert "another vocabulary" in graft(model, tmp_path / "out", other, base)
    assert not (tmp_path / "out").exists()


def test_an_extractor_is_no_encoder_to_take_differences_of(tmp_path: Path) -> None:
    """Its weights have other names, and those that an encoder lacks would be filled with random numbers."""
    model, base = save_tiny_model(tmp_path / "model"), save_encoder(tmp_path / "base", seed=1)
    for pretrained, started in ((model, base), (base, model)):
        assert f"{model} lacks 37 of the encoder's weights" in graft(model, tmp_path / "out", pretrained, started)
    assert not (tmp_path / "out").exists()


def test_an_encoder_in_half_precision_is_opened_in_full(tmp_path: Path) -> None:
    """Heads are float32, and weights that are trained must be."""
    folder = save_encoder(tmp_path / "encoder", seed=1)
    BertModel.from_pretrained(folder).to(torch.float16).save_pretrained(folder)
    assert {weight.dtype for weight in load_file(folder / "model.safetensors").values()} == {torch.float16}
    network = fresh_network(folder, ExtractorConfig(mention_heads=("Gene",)))
    assert {weight.dtype for weight in network.parameters()} == {torch.float32}


@pytest.mark.parametrize("share", ["0", "1.5"])
def test_a_share_is_more_than_nothing_and_at_most_all(tmp_path: Path, share: str) -> None:
    assert "is not in the range" in graft(tmp_path, tmp_path / "out", tmp_path, tmp_path, share=share)
