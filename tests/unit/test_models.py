"""`hypograph models`: what is listed and described, and that a damaged folder is found out, file by file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from engine.model.checkpoint import REVISION_FILES, SUMS_FILE, model_revision, read_sums, save_sums
from engine.model.config import list_training_runs
from engine.model.describe import find_models, read_encoder
from engine.model.verify import verify_model
from jobs.cli import main
from jobs.settings import SHIPPED_MODEL
from tests.tiny_model import save_tiny_model


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return save_tiny_model(tmp_path / "model")


def models(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["models", *map(str, arguments)])


def edit_json(path: Path, **changed: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **changed}))


def test_the_shipped_model_is_listed_and_what_lies_below_a_folder(model: Path, tmp_path: Path) -> None:
    save_tiny_model(tmp_path / "deep" / "er")
    save_tiny_model(tmp_path / "deep" / "er" / ".training" / "state")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "hypograph.json").write_text("{")
    assert find_models(tmp_path) == [tmp_path / "broken", tmp_path / "deep" / "er", model]
    result = models("list", tmp_path, model, "--json")
    assert result.exit_code == 0, result.output
    rows = json.loads(result.stdout)["rows"]
    assert [row["model"] for row in rows] == list(
        map(str, [SHIPPED_MODEL, tmp_path / "broken", tmp_path / "deep" / "er", model])
    )
    assert rows[1]["revision"].startswith("incomplete: ")
    assert rows[3]["revision"] == model_revision(model)
    assert str(model) in models("list", model).output


def test_a_config_that_contradicts_itself_is_told_not_tripped_over(model: Path, tmp_path: Path) -> None:
    edit_json(model / "hypograph.json", balanced_thresholds=[0.5])
    assert "25 labels have 1 balanced thresholds" in models("info", model).output
    assert "25 labels have 1 balanced thresholds" in models("list", model, "--json").output
    edit_json(model / "hypograph.json", balanced_thresholds=[], second_from=[0.5])
    assert "5 pairs of types have 1 chances" in models("info", model).output


def test_an_encoder_s_config_of_no_kind_is_told(model: Path, tmp_path: Path) -> None:
    (model / "config.json").write_text("{}")
    result = models("trim", model, tmp_path / "out")
    assert result.exit_code == 1
    assert f"Error: {model} holds no encoder that the Transformers library opens" in result.stderr


def test_layers_and_dimensions_are_read_under_distilbert_s_names_too(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "distilbert", "n_layers": 6, "dim": 768}))
    assert read_encoder(tmp_path) == {"model_type": "distilbert", "num_hidden_layers": 6, "hidden_size": 768}


def test_info_says_what_the_files_say(model: Path) -> None:
    passes = {"settings": {"passes": {"bc5cdr": 2.0}}, "documents": 1000, "step": 7}
    edit_json(model / "hypograph.json", trained={**passes, "start": {"model_revision": "abc", "trained": passes}})
    figures = {"spans": {"Gene": {"f1": 0.8}}, "relations": {"x": {}}, "relations_micro": {"f1": 0.5}, "end_to_end": {}}
    (model / "evaluation.json").write_text(
        json.dumps({"model_revision": "old", "dtype": "float32", "splits": {"bc5cdr/test": figures}})
    )
    about = json.loads(models("info", model, "--json").stdout)
    assert about["revision"] == model_revision(model)
    assert (about["mention_heads"][0], about["labels"][0]["threshold"]) == ("Gene", 0.5)
    assert about["parameters"] > 10_000
    assert about["measured"]["splits"] == {"bc5cdr/test": {"Gene spans": 0.8, "relations": 0.5}}
    assert [run["from"] for run in about["trained"]] == [None, "abc"]
    text = models("info", model).output
    assert "from abc, 1,000 documents, step 7 the best, passes: bc5cdr 2" in text
    assert "revision old, ANOTHER REVISION" in text
    assert "card        none" in text


def test_training_runs_are_listed_from_the_first_one_on() -> None:
    first = {"documents": 1, "start": {"encoder": "e"}}
    second = {"documents": 2, "start": {"model_revision": "a", "trained": first}}
    third = {"documents": 3, "start": {"model_revision": "b", "trained": second}}
    assert list_training_runs(third) == [first, second, third]
    assert list_training_runs({"start": None}) == [{"start": None}]
    assert list_training_runs({}) == []


def test_info_of_no_model_names_the_file(tmp_path: Path) -> None:
    result = models("info", tmp_path)
    assert result.exit_code == 1
    assert "model.safetensors is missing" in result.output


@pytest.mark.parametrize(
    "arguments",
    [
        ("trim", "model", "model"),
        ("mix", "other", "model", "./model"),
        ("mix", "model", "other", "model"),
        ("graft", "other", "model", "--pretrained", "model", "--base", "other"),
    ],
)
def test_a_model_that_is_read_is_not_written_over(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    save_tiny_model(tmp_path / "other")
    monkeypatch.chdir(tmp_path)
    before = {path: path.read_bytes() for path in model.iterdir()}
    result = models(*arguments)
    assert result.exit_code == 2, result.output
    assert "model is read too, and would be written over" in result.output
    assert before == {path: path.read_bytes() for path in model.iterdir()}


@pytest.mark.parametrize(("out", "reason"), [("s3://bucket/model", "is written by no command"), ("", "an empty one")])
def test_a_model_is_written_to_a_local_folder(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str, reason: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = models("trim", model, out)
    assert result.exit_code == 2, result.output
    assert reason in result.output
    assert list(tmp_path.iterdir()) == [model]


@pytest.mark.parametrize("name", ["names.zst", "model.safetensors", "tokenizer.json"])
def test_a_damaged_file_is_an_error_that_names_it(model: Path, tmp_path: Path, name: str) -> None:
    (model / name).write_bytes(b"")
    result = models("trim", model, tmp_path / "out")
    assert result.exit_code == 1
    assert f"Error: {model / name}" in result.output
    assert not (tmp_path / "out").exists()


def test_whoever_may_read_a_model_may_read_its_weights(model: Path, tmp_path: Path) -> None:
    assert models("trim", model, tmp_path / "out").exit_code == 0
    modes = {path.stat().st_mode for path in (tmp_path / "out").iterdir()}
    assert len(modes) == 1


def test_an_encoder_to_graft_is_one(model: Path, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    result = models("graft", model, tmp_path / "out", "--pretrained", empty, "--base", empty)
    assert result.exit_code == 1
    assert f"{empty} holds no encoder" in result.output


def test_thresholds_are_chosen_of_a_folder_alone(tmp_path: Path) -> None:
    result = models("rethreshold", tmp_path / "absent", "--data", tmp_path)
    assert result.exit_code == 2
    assert f"Directory '{tmp_path / 'absent'}' does not exist" in result.output


def test_a_whole_model_is_verified(model: Path) -> None:
    assert list(read_sums(model)) == list(REVISION_FILES)
    result = models("verify", model)
    assert result.exit_code == 0, result.output
    assert "finite scores of" in result.stdout
    assert "is whole and works" in result.stdout
    report = json.loads(models("verify", model, "--json").stdout)
    assert report["ok"]
    assert [check["what"] for check in report["checks"]][:2] == ["model.safetensors", "config.json"]


def test_the_shipped_model_is_whole() -> None:
    checks = verify_model(SHIPPED_MODEL)
    assert all(check.ok for check in checks), checks
    assert not any("doesn't name it" in check.message for check in checks)


def _signed(damage: Callable[[Path], object]) -> Callable[[Path], object]:
    """Damage done by whoever wrote the folder, so that its own sums agree with it."""

    def apply(folder: Path) -> None:
        damage(folder)
        save_sums(folder)

    return apply


def _spoil_weights(folder: Path) -> None:
    import torch
    from safetensors.torch import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    weights["cue_in.weight"][0, 0] = torch.nan
    save_file(weights, folder / "model.safetensors")


def _shorten(name: str) -> Callable[[Path], object]:
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[:-9])


@pytest.mark.parametrize(
    ("damage", "what", "reason"),
    [
        (lambda f: (f / "names.zst").unlink(), "names.zst", "names.zst is missing"),
        (_shorten("model.safetensors"), "model.safetensors", f"{SUMS_FILE} says"),
        (_signed(_shorten("model.safetensors")), "model.safetensors", "no whole safetensors file"),
        (_signed(_shorten("tokenizer.json")), "tokenizer.json", "JSONDecodeError"),
        (_signed(lambda f: (f / "tokenizer.json").write_text("{}")), "tokenizer.json", "no tokenizer"),
        (_signed(_shorten("names.zst")), "names.zst", "names.zst"),
        (_signed(_shorten("hypograph.json")), "hypograph.json", "hypograph.json is damaged"),
        (_signed(lambda f: edit_json(f / "hypograph.json", format_version=99)), "hypograph.json", "format 99"),
        (
            _signed(lambda f: edit_json(f / "hypograph.json", thresholds=[0.5])),
            "hypograph.json",
            "25 labels have 1 thresholds",
        ),
        (_signed(lambda f: edit_json(f / "hypograph.json", pair_size=32)), "forward pass", "doesn't fit"),
        (_signed(_shorten("config.json")), "config.json", "config"),
        (_signed(_spoil_weights), "model.safetensors", "cue_in.weight holds a value that is no finite number"),
        (
            lambda f: (f / "evaluation.json").write_text('{"model_revision": "0123"}'),
            "evaluation.json",
            "was measured on revision 0123",
        ),
        (lambda f: (f / "evaluation.json").write_text("{}"), "evaluation.json", "is damaged"),
    ],
)
def test_damage_is_found_and_its_file_named(
    model: Path, damage: Callable[[Path], object], what: str, reason: str
) -> None:
    damage(model)
    result = models("verify", model)
    assert result.exit_code == 1
    (line,) = (line for line in result.stderr.splitlines() if line.startswith("Error: "))
    assert line.startswith(f"Error: {what}: ")
    assert reason in result.stderr
    assert "not usable" in result.stdout
