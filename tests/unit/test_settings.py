"""Settings: defaults, then YAML, then flags; nothing unknown, nothing out of range."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from pydantic import BaseModel, ValidationError

from jobs.settings import Settings, SettingsError, load, load_settings, settings_options


def yaml_file(folder: Path, text: str) -> Path:
    path = folder / "settings.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_flags_win_over_yaml_and_yaml_over_defaults(tmp_path: Path) -> None:
    config = yaml_file(tmp_path, "batch_rows: 7\nfile_rows: 9\n")
    settings = load_settings(config=config, flags={"batch_rows": 8, "device": None})
    assert (settings.batch_rows, settings.file_rows, settings.device) == (8, 9, "auto")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("batch_row: 7", "batch_row: no such setting, did you mean batch_rows"),
        ("batch_rows: many", "batch_rows: Input should be a valid integer.*'many'"),
        ("max_reject_share: 2", "max_reject_share: Input should be less than or equal to 1"),
        ("document_timeout_s: .inf", "document_timeout_s: Input should be less than or equal to 1000000000"),
        ("- 1", "must hold `setting: value` lines, not a list"),
        ("a: [", "cannot read"),
    ],
)
def test_a_bad_file_is_refused_with_the_reason(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(SettingsError, match=reason):
        load_settings(config=yaml_file(tmp_path, text), flags={})


def test_a_setting_that_must_be_given_is_named_as_its_flag() -> None:
    class Wanting(BaseModel):
        tensor_parallel: int

    with pytest.raises(SettingsError, match="--tensor-parallel must be given, here or in --config"):
        load(Wanting, config=None, flags={})


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().batch_rows = 3  # type: ignore[misc]


def test_every_setting_is_described_and_has_a_flag() -> None:
    seen: dict[str, Any] = {}

    @click.command()
    @settings_options
    def command(**values: Any) -> None:
        seen.update(values)

    runner = CliRunner()
    text = " ".join(runner.invoke(command, ["--help"], terminal_width=200).output.split())
    for name, field in Settings.model_fields.items():
        assert field.description, name
        assert field.description in text
        assert "--" + name.replace("_", "-") in text
    result = runner.invoke(command, ["--batch-rows", "5", "--wait-for-nodes", "--lexicon", "x", "--device", "cpu"])
    assert result.exit_code == 0
    given = {name: value for name, value in seen.items() if value is not None}
    assert given == {"batch_rows": 5, "wait_for_nodes": True, "lexicon": Path("x"), "device": "cpu"}
    assert runner.invoke(command, ["--device", "tpu"]).exit_code == 2
