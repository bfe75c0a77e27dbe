"""`hypograph load` as a command: its summary line, its exit codes, where its words go."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner

from graph.changes import read_changes
from graph.connect import open_store
from jobs.load import LoadProgress, command
from tests.tables import Tables, write_run
from tests.unit.little_space import little_space


def test_summary_tells_what_was_written_and_that_a_rerun_writes_nothing(tmp_path: Path) -> None:
    tables = Tables().state("PMID:1", "mesh:D000068877", "INHIBITS", "hgnc:76").leave_unlinked("PMID:1")
    folder, graph = write_run(tmp_path / "run", [tables]), str(tmp_path / "graph.kgl")
    first, second = (CliRunner().invoke(command, [str(folder), "--graph", graph]) for _ in range(2))
    assert (first.exit_code, second.exit_code) == (0, 0)
    told, again = (json.loads(result.stdout.splitlines()[-1]) for result in (first, second))
    assert told["evidence"]["written"] == 1
    assert told["evidence"]["unlinked"] == 1
    assert told["edges"]["written"] == 1
    assert told["counters"]["relationships_created"] == 3
    assert again["writes"] == 0
    assert again["documents"]["unchanged"] == 1
    assert "shards: 1 of 1" in first.stderr
    assert len(first.stdout.splitlines()) == 1


def test_a_folder_that_is_no_run_is_a_failure_with_a_reason(tmp_path: Path) -> None:
    result = CliRunner().invoke(command, [str(tmp_path), "--graph", str(tmp_path / "graph.kgl")])
    assert result.exit_code == 1
    assert "expected the output of `hypograph extract`" in result.stderr
    assert result.stdout == ""


def test_a_folder_that_is_absent_is_wrong_usage(tmp_path: Path) -> None:
    result = CliRunner().invoke(command, [str(tmp_path / "absent"), "--graph", str(tmp_path / "graph.kgl")])
    assert result.exit_code == 2


def test_changes_onto_a_full_disk_are_whole_lines_and_the_same_load_goes_on(tmp_path: Path) -> None:
    tables = Tables()
    for number in range(100):
        tables.state(f"PMID:{number}", "mesh:D000068877", "INHIBITS", "hgnc:76")
    folder, changes = write_run(tmp_path / "run", [tables]), tmp_path / "changes.jsonl"
    arguments = [str(folder), "--graph", str(tmp_path / "graph.kgl"), "--changes", str(changes)]
    with open_store(arguments[2]):
        pass
    with little_space(10_000):
        full = CliRunner().invoke(command, arguments)
    assert full.exit_code == 1
    assert f"{changes}: cannot be written (" in full.stderr
    assert 0 < len(list(read_changes(changes))) < 100
    assert CliRunner().invoke(command, arguments).exit_code == 0
    told = {change.id for change in read_changes(changes) if change.change == "added"}
    assert told >= {f"PMID:{number}" for number in range(100)}


def test_changes_may_go_into_a_pipe(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", [Tables().state("PMID:1", "mesh:D000068877", "INHIBITS", "hgnc:76")])
    pipe = tmp_path / "changes"
    os.mkfifo(pipe)
    told: list[bytes] = []
    reader = threading.Thread(target=lambda: told.append(pipe.read_bytes()))
    reader.start()
    arguments = [str(folder), "--graph", str(tmp_path / "graph.kgl"), "--changes", str(pipe)]
    result = CliRunner().invoke(command, arguments)
    reader.join()
    assert result.exit_code == 0, result.exception
    (tmp_path / "read").write_bytes(told[0])
    assert len(list(read_changes(tmp_path / "read"))) == 2


def test_a_rate_is_of_its_own_stage_though_stages_take_turns(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = 0.0
    monkeypatch.setattr("jobs.load.time.monotonic", lambda: now)
    progress = LoadProgress(every_s=1000.0)
    for shard in (1, 2, 3):
        for done in (5000, 10_000, 15_000):
            now += 10
            progress(f"documents of shard {shard}", done, 15_000)
        progress("shards", shard, 3)
    progress("edges", 7, 7)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "documents of shard 1: 15,000 of 15,000, 500.00/s"
    assert lines[-2:] == ["shards: 3 of 3, 0.03/s", "edges: 7 of 7"]
