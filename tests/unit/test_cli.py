"""The command line as a whole: every command is there, helps, and the README says what it says."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from jobs.cli import COMMANDS, main
from jobs.command_table import README, command_table, put_table


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_helps(name: str) -> None:
    result = CliRunner().invoke(main, [name, "--help"])
    assert result.exit_code == 0, result.output
    assert f"{name} " in result.output.splitlines()[0]
    command = main.get_command(click.Context(main), name)
    assert command is not None
    assert command.get_short_help_str(limit=200), f"{name} has no short help"


def test_the_overview_lists_every_command() -> None:
    output = CliRunner().invoke(main, ["--help"]).output
    for name in COMMANDS:
        assert f"\n  {name} " in output


def test_an_unknown_command_is_a_usage_error() -> None:
    result = CliRunner().invoke(main, ["extrakt"])
    assert result.exit_code == 2
    assert "extrakt" in result.output


def test_the_readme_has_the_table_that_help_gives() -> None:
    text = README.read_text(encoding="utf-8")
    assert put_table(text, command_table()) == text, "stale: run `python -m jobs.command_table`"


@pytest.mark.parametrize("command", ["extract", "run"])
def test_inputs_that_are_not_there_are_a_usage_error(command: str, tmp_path: Path) -> None:
    arguments = [command, str(tmp_path / "absent.xml"), "--out", str(tmp_path / "out")]
    if command == "run":
        arguments += ["--graph", str(tmp_path / "graph.kgl")]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2, result.output
    assert "absent.xml" in result.output
    assert not (tmp_path / "out").exists()


def test_a_missing_model_is_named_before_anything_starts(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"id": "1", "text": "x"}\n')
    arguments = ["extract", str(tmp_path / "a.jsonl"), "--out", str(tmp_path / "out"), "--model", str(tmp_path)]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 1, result.output
    assert "is no complete extractor" in result.output
    assert not (tmp_path / "out").exists()
