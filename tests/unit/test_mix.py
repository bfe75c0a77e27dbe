"""`hypograph models mix`: each weight is the average of both, both are on record, and misfits are refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner, Result
from safetensors.torch import load_file, save_file

from engine.model.checkpoint import model_revision, save_sums
from engine.model.config import ExtractorConfig
from engine.train.annotated import Annotated, GoldMention, GoldRelation
from engine.train.card import _describe_runs
from engine.train.leak import split_carved
from engine.train.measure.thresholds import NEVER
from engine.train.plan import is_carved
from jobs.cli import main
from tests.tiny_model import save_tiny_model


def mix(first: Path, second: Path, out: Path, *more: str, share: str = "0.25") -> Result:
    return CliRunner().invoke(main, ["models", "mix", str(first), str(second), str(out), "--share", share, *more])


def moved_model(folder: Path, *, by: float) -> Path:
    save_tiny_model(folder)
    weights = load_file(folder / "model.safetensors")
    save_file(
        {name: w + by if w.is_floating_point() else w for name, w in weights.items()}, folder / "model.safetensors"
    )
    save_sums(folder)
    return folder


def test_each_weight_is_the_average_and_both_models_are_on_record(tmp_path: Path) -> None:
    first, second = save_tiny_model(tmp_path / "first"), moved_model(tmp_path / "second", by=1.0)
    learned = replace(ExtractorConfig.load(first), trained={"settings": {"passes": {"genia": 1}, "carve_share": 1.0}})
    learned.save(first)
    save_sums(first)
    done = mix(first, second, tmp_path / "out")
    assert done.exit_code == 0, done.output
    before, after = load_file(first / "model.safetensors"), load_file(tmp_path / "out" / "model.safetensors")
    for name, value in before.items():
        if value.is_floating_point():
            torch.testing.assert_close(after[name].float(), value.float() + 0.25, atol=4e-3, rtol=1e-2)
    trained = ExtractorConfig.load(tmp_path / "out").trained
    assert f"mixed, 0.25, with those of `{model_revision(first)}`" in _describe_runs(trained)
    assert trained["mix"]["with"]["trained"] == learned.trained
    document = Annotated("PMID:1", "genia", "Text.", ())
    assert split_carved([document], trained) == ([], [document]), "what the other model carved out counts as carved"
    shown = CliRunner().invoke(main, ["models", "info", str(tmp_path / "out")]).output
    assert f"from {model_revision(second)}, 0.25 of its weights, mixed with another's" in shown


def test_models_of_other_word_pieces_are_not_mixed(tmp_path: Path) -> None:
    first, second = save_tiny_model(tmp_path / "first"), save_tiny_model(tmp_path / "second")
    tokenizer = (first / "tokenizer.json").read_text()
    (first / "tokenizer.json").write_text(tokenizer.replace('"##a"', '"##?"').replace('"##b"', '"##a"'))
    refused = mix(first, second, tmp_path / "out")
    assert refused.exit_code == 1
    assert f"{first} and {second} differ in vocabulary" in refused.output


def test_the_relation_head_may_have_a_share_of_its_own(tmp_path: Path) -> None:
    first, second = save_tiny_model(tmp_path / "first"), moved_model(tmp_path / "second", by=1.0)
    assert mix(first, second, tmp_path / "out", "--relation-share", "0").exit_code == 0
    before, after = load_file(first / "model.safetensors"), load_file(tmp_path / "out" / "model.safetensors")
    moved = {name.split(".")[0] for name in before if not torch.equal(before[name], after[name])}
    assert moved == {"cue_in", "encoder", "mention_out", "transitions"}
    trained = ExtractorConfig.load(tmp_path / "out").trained
    assert "mixed, 0.25 (of the relation head 0), with those of" in _describe_runs(trained)


def test_thresholds_are_chosen_on_what_training_carved_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = save_tiny_model(tmp_path / "first"), save_tiny_model(tmp_path / "second")
    config = ExtractorConfig.load(second)
    never = (NEVER, *config.thresholds[1:])
    replace(config, thresholds=never, trained={"settings": {"passes": {"genia": 1}, "carve_share": 0.5}}).save(second)
    save_sums(second)
    texts = {f"PMID:{n}": "Gefitinib inhibits EGFR." for n in range(20)}
    documents = [_inhibiting(doc_id, text) for doc_id, text in texts.items()]
    monkeypatch.setattr("engine.train.rethreshold.read_training_of", lambda trained, data: documents)
    done = mix(first, second, tmp_path / "out", "--data", str(tmp_path))
    assert done.exit_code == 0, done.output
    expected = sum(is_carved(doc_id, 0.5) for doc_id in texts)
    assert f'"carved_documents": {expected}' in done.output
    mixed = ExtractorConfig.load(tmp_path / "out")
    assert mixed.thresholds[0] == NEVER, "what no training stated stays out of reach"
    assert mixed.thresholds[1:] != config.thresholds[1:]
    assert (mixed.balanced_thresholds[0], len(mixed.balanced_thresholds)) == (NEVER, len(config.labels))
    assert CliRunner().invoke(main, ["models", "verify", str(tmp_path / "out")]).exit_code == 0
    replace(mixed, thresholds=never, balanced_thresholds=()).save(tmp_path / "out")
    anew = CliRunner().invoke(main, ["models", "rethreshold", str(tmp_path / "out"), "--data", str(tmp_path)])
    assert anew.exit_code == 0, anew.output
    assert ExtractorConfig.load(tmp_path / "out") == mixed
    monkeypatch.setattr("engine.train.rethreshold.read_training_of", lambda trained, data: [])
    refused = mix(first, second, tmp_path / "none", "--data", str(tmp_path))
    assert refused.exit_code == 1
    assert "carved no document" in refused.output


@pytest.mark.parametrize(
    ("changed", "lacking"),
    [
        ({"heads": frozenset({"Cell"}), "mentions": (GoldMention(0, 9, "Cell"),), "relations": ()}, "annotates Cell,"),
        (
            {"predicates": {("Chemical", "Gene"): frozenset({"KILLS"})}, "relations": ()},
            "annotates Chemical KILLS Gene",
        ),
    ],
)
def test_thresholds_are_not_chosen_on_labels_that_the_model_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: dict[str, Any], lacking: str
) -> None:
    model = save_tiny_model(tmp_path / "model")
    config = ExtractorConfig.load(model)
    replace(config, trained={"settings": {"passes": {"genia": 1}, "carve_share": 1.0}}).save(model)
    document = replace(_inhibiting("PMID:1", "Gefitinib inhibits EGFR."), **changed)
    monkeypatch.setattr("engine.train.rethreshold.read_training_of", lambda trained, data: [document])
    refused = CliRunner().invoke(main, ["models", "rethreshold", str(model), "--data", str(tmp_path)])
    assert refused.exit_code == 1
    assert lacking in refused.output
    assert ExtractorConfig.load(model).thresholds == config.thresholds


def _inhibiting(doc_id: str, text: str) -> Annotated:
    mentions = (GoldMention(0, 9, "Chemical"), GoldMention(19, 23, "Gene"))
    return Annotated(
        doc_id,
        "genia",
        text,
        mentions,
        heads=frozenset({"Chemical", "Gene"}),
        predicates={("Chemical", "Gene"): frozenset({"INHIBITS", "BINDS"})},
        relations=(GoldRelation(0, 1, "INHIBITS"),),
    )


def test_models_that_differ_are_refused(tmp_path: Path) -> None:
    first, second = save_tiny_model(tmp_path / "first"), save_tiny_model(tmp_path / "second")
    config = ExtractorConfig.load(second)
    replace(config, labels=config.labels[::-1]).save(second)
    save_sums(second)
    refused = mix(first, second, tmp_path / "out")
    assert refused.exit_code == 1
    assert f"{first} and {second} differ" in refused.output
    assert not (tmp_path / "out").exists()
    assert "is not in the range" in mix(first, second, tmp_path / "out", share="1").output
