"""Records that kill or hang their reader: found by reading again, rejected with their bytes, and the rest is read."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engine import schema, tables
from engine.journal import Journal, sum_journals
from engine.output import write_rows
from engine.read import apart, files, jsonl
from engine.read.files import read_file
from engine.read.format import WATCH, Piece
from engine.read.rows import Row
from engine.read.watch import ReadWatch
from engine.replay import list_rejects, read_rejects
from engine.shards import InputFile, Shard

TABLE_ROWS = 4


class Killed(BaseException):
    """What ends a process, in a test that goes on."""


@pytest.fixture(autouse=True)
def dangerous_records(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line with `poison` kills who reads it; a line `CUT` kills who looks for the next one."""
    patch_reader(monkeypatch)


def patch_reader(patch: pytest.MonkeyPatch) -> None:
    read_line, cut_lines = jsonl._read_line, jsonl.cut_lines

    def read(piece: Piece) -> dict[str, Any] | None:
        if b"poison" in piece.raw:
            raise Killed
        if b"endless" in piece.raw:
            re.match("(a+)+$", "a" * 64 + "b")  # holds Python's lock
        return read_line(piece)

    def cut(chunks: Iterator[bytes]) -> Iterator[Piece]:
        for piece in cut_lines(chunks):
            if piece.raw == b"CUT":
                raise Killed
            yield piece

    patch.setattr(jsonl, "_read_line", read)
    patch.setattr(jsonl, "cut_lines", cut)
    patch.setattr(files, "TABLE_ROWS", TABLE_ROWS)


def write(path: Path, words: str) -> str:
    """A line a word; `CUT` is no document."""
    lines = [
        word if word == "CUT" else json.dumps({"id": f"d{i}", "text": word}) for i, word in enumerate(words.split())
    ]
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return str(path)


def read_until_done(
    path: str, folder: Path, *, task: str = "t1", timeout_s: float | None = None
) -> tuple[list[Row], int]:
    """What Ray does: reads again after each death, skipping what came. Returns: the rows and how often it died."""
    came: list[Any] = []
    for deaths in range(10):
        tables = ReadWatch(Journal(folder, "read", task), path, format="auto", timeout_s=timeout_s).tables()
        try:
            for number, table in enumerate(tables):
                if number < len(came):
                    assert table.equals(came[number]), "the same in every reading"
                else:
                    came.append(table)
        except Killed:
            continue
        return [row for table in came for row in table.to_pylist()], deaths
    raise AssertionError("it dies for ever")


def errors(rows: list[Row]) -> list[str]:
    return ["".join(error["kind"] for error in row["errors"]) for row in rows]


def test_without_deaths_it_is_what_the_plain_reader_reads(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", "a b c d e f g h i")
    rows, deaths = read_until_done(path, tmp_path / "journal")
    assert rows == [row for table in read_file(path) for row in table.to_pylist()]
    assert deaths == 0
    assert sum_journals(tmp_path / "journal")["read"]["rows"] == 9
    assert [json.loads(p.read_text())["in_flight"] for p in (tmp_path / "journal").glob("*.json")] == [[]]
    assert WATCH.get() is None


@pytest.mark.parametrize(
    "words", ["poison b c d e f g", "a b c d e poison g", "a b c poison poison f", "a poison c d poison"]
)
def test_a_record_that_kills_its_reader_twice_is_rejected_with_its_bytes(tmp_path: Path, words: str) -> None:
    rows, deaths = read_until_done(write(tmp_path / "a.jsonl", words), tmp_path / "journal")
    assert [row["record"] for row in rows] == list(range(1, len(words.split()) + 1))
    assert errors(rows) == ["crash" if word == "poison" else "" for word in words.split()]
    for row in rows:
        if row["errors"]:
            assert b"poison" in row["raw"]
            assert row["errors"][0]["stage"] == "read"
            assert row["errors"][0]["message"].endswith("the process died 2 times while it held this record")
    assert deaths <= 2 * words.count("poison")


@pytest.mark.parametrize(("words", "left"), [("CUT a", 0), ("a b CUT c d", 2), ("a b c d e CUT f poison", 5)])
def test_a_death_between_records_costs_what_is_left_of_the_file(tmp_path: Path, words: str, left: int) -> None:
    rows, deaths = read_until_done(write(tmp_path / "a.jsonl", words), tmp_path / "journal")
    assert errors(rows) == [*[""] * left, "crash_between"]
    assert rows[-1]["record"] == left + 1
    assert "what is left of the file can't be read" in rows[-1]["errors"][0]["message"]
    assert deaths == 2


def test_one_death_alone_blames_nobody(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", "a b c d e f")
    journal = Journal(tmp_path / "journal", "read", "t1")
    journal.begin([f"{path}\x1ftable\x1f4"])  # and the machine was switched off
    rows, _ = read_until_done(path, tmp_path / "journal")
    assert errors(rows) == [""] * 6


def test_what_was_read_when_the_whole_run_was_killed_is_not_blamed(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", "a b")
    for task in ("run1", "run2", "run3"):
        Journal(tmp_path / "journal", "read", task).begin([f"{path}\x1frecord\x1f1"])
    rows, _ = read_until_done(path, tmp_path / "journal", task="run4")
    assert errors(rows) == ["", ""]


def test_a_record_that_hangs_ends_its_process_and_is_rejected(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", "a b endless d")
    script = (
        "import os, sys, pandas, pytest; from pathlib import Path; from tests.unit.test_read_watch import *\n"
        "while (child := os.fork()) and os.waitpid(child, 0)[1]: print('died', flush=True)\n"
        "if child: sys.exit()\n"
        "patch_reader(pytest.MonkeyPatch())\n"
        "rows, _ = read_until_done(sys.argv[1], Path(sys.argv[2]), timeout_s=1.0)\n"
        "print([[error['kind'] + ' ' + error['message'] for error in row['errors']] for row in rows])"
    )
    command = [sys.executable, "-c", script, path, tmp_path / "journal"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60)
    *deaths, found = run.stdout.splitlines()
    assert deaths == ["died", "died"], run.stderr
    first, second, (error,), last = ast.literal_eval(found)
    assert (first, second, last) == ([], [], [])
    assert re.search(r"^hang .*took longer than 1 s alone, at .*, line \d+, in (match|read)$", error)


def test_a_death_without_a_row_in_sight_ends_the_file_and_then_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "a.jsonl", "a b c d e f")
    to_table = files._to_table

    def kill_some(batch: list[Row]) -> pa.Table:
        if any(row["record"] >= 5 and not row["errors"] for row in batch):
            raise Killed
        return to_table(batch)

    monkeypatch.setattr(files, "_to_table", kill_some)
    rows, deaths = read_until_done(path, tmp_path / "journal")
    assert (errors(rows), deaths) == (["", "", "", "", "crash_between"], 3)

    def kill_all(batch: list[Row]) -> pa.Table:
        raise Killed

    monkeypatch.setattr(files, "_to_table", kill_all)
    with pytest.raises(RuntimeError, match=r"a\.jsonl, row 1: whoever reads on dies or hangs"):
        read_until_done(path, tmp_path / "other")


def write_dangerously(path: str, name: str, format: str, timeout_s: float | None, rows: Path) -> None:
    """What the process apart does, with the reader above, which ends it in earnest."""
    with pytest.MonkeyPatch.context() as patch:
        patch_reader(patch)
        try:
            apart.write_apart(path, name, format, timeout_s, rows)
        except Killed:
            os._exit(1)


def test_a_process_apart_is_outlived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "write_apart", write_dangerously)
    path = write(tmp_path / "a.jsonl", "a poison")
    (table,) = apart.read_apart(path, name="b.jsonl", format="jsonl", timeout_s=None)
    assert errors(table.to_pylist()) == ["", "crash"]
    assert table["source_file"].to_pylist() == ["b.jsonl"] * 2


def test_a_replay_reads_apart_what_was_dangerous(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.jsonl", "a poison c CUT e")
    rows, _ = read_until_done(path, tmp_path / "journal")
    assert errors(rows) == ["", "crash", "", "crash_between"]
    shard = Shard(0, tmp_path / "shard", (InputFile(path, Path(path).stat().st_size),))
    full = [{name: [] for name in schema.DOCUMENT_ROW.names} | row for row in rows]
    write_rows(pa.Table.from_pylist(full, schema=schema.DOCUMENT_ROW), shard.rows)
    failed = pa.Table.from_pylist([row for row in full if row["errors"]], schema=schema.DOCUMENT_ROW)
    pq.write_table(tables.derive_rejects(failed), shard.folder / "reject.parquet")
    again = list(read_rejects(shard, list_rejects(shard)))  # there by readers that nothing kills, here it would be
    assert [row["doc_id"] for row in again if not row["errors"]] == ["d1", "d4"]
