"""What stands between Ray and a stage's actor: checks, counts, and documents that kill their process."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from engine import schema
from engine.journal import find_place, sum_journals
from engine.stage_actor import SchemaError, Stage, StageActor, check_result
from tests.unit.rows import document, table


class Killed(BaseException):
    """Stands for the end of the process: nothing in the actor may catch it."""


class Splitter:
    """Adds an empty list of sentences; dies of the text 'poison', raises at 'odd', can't end with 'endless'."""

    def __init__(self) -> None:
        self.counters = {"tokens": 0}

    def __call__(self, rows: pa.Table) -> pa.Table:
        if "poison" in rows["text"].to_pylist():
            raise Killed
        if "odd" in rows["text"].to_pylist():
            raise KeyError("odd \ud800")
        if "endless" in rows["text"].to_pylist():
            re.match("(a+)+$", "a" * 64 + "b")  # holds Python's lock
        self.counters["tokens"] += 10 * len(rows)
        empty = pa.array([[]] * len(rows), schema.DOCUMENT_ROW.field("sentences").type)
        return rows.append_column("sentences", empty)


STAGE = Stage(name="segment", actor=Splitter, needs=("text",), adds=("sentences",))


def source_rows(*texts: str) -> pa.Table:
    rows = [document(f"PMID:{i}", text, record=i) for i, text in enumerate(texts)]
    return table(*rows).select(schema.SOURCE_ROW.names)


def start(journal: Path, actor_id: str = "a1", *, timeout_s: float | None = None) -> StageActor:
    return StageActor(stage=replace(STAGE, timeout_s=timeout_s), journal=journal, actor_id=actor_id)


def test_rows_seconds_and_counters_are_summed_over_actors_and_restarts(tmp_path: Path) -> None:
    actor = start(tmp_path)
    actor(source_rows("a", "b"))
    actor(source_rows("c"))
    start(tmp_path)(source_rows("d"))  # the same actor, started anew
    start(tmp_path, "a2")(source_rows("e"))
    total = sum_journals(tmp_path)["segment"]
    assert (total["rows"], total["tokens"]) == (5, 50)
    assert total["seconds"] > 0
    assert not list(tmp_path.glob("*death*"))


def test_a_document_that_kills_its_process_twice_is_rejected_and_the_others_go_on(tmp_path: Path) -> None:
    rows = source_rows("good", "poison", "fine")
    for _ in range(2):
        with pytest.raises(Killed):
            start(tmp_path)(rows)
    got = start(tmp_path)(rows).to_pylist()
    assert [row["doc_id"] for row in got] == ["PMID:0", "PMID:1", "PMID:2"]
    assert [len(row["errors"]) for row in got] == [0, 1, 0]
    assert got[1]["errors"] == [
        {"stage": "segment", "kind": "crash", "message": "the process died 2 times while it held this document"}
    ]
    assert got[1]["sentences"] == []


def test_documents_that_raise_are_found_and_rejected_and_the_others_go_on(tmp_path: Path) -> None:
    got = start(tmp_path)(source_rows("a", "odd", "b", "c", "odd", "d", "e")).to_pylist()
    assert [row["text"] for row in got] == ["a", "odd", "b", "c", "odd", "d", "e"]
    kinds = [[error["kind"] for error in row["errors"]] for row in got]
    assert [i for i, found in enumerate(kinds) if found == ["exception"]] == [1, 4]
    assert sum(map(len, kinds)) == 2
    assert got[1]["errors"][0]["message"] == "KeyError: 'odd \\ud800'"
    start(tmp_path)
    assert not list(tmp_path.glob("*death*")), "what raised was not in flight at a death"


def test_a_stage_that_takes_no_document_ends_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.stage_actor.MAX_FAULTS_IN_A_ROW", 8)
    actor = start(tmp_path)
    actor(source_rows(*["odd"] * 7))
    actor(source_rows("good"))
    actor(source_rows(*["odd"] * 7))
    with pytest.raises(SchemaError, match="took none of the last 8 documents"):
        actor(source_rows("odd"))


def test_a_document_that_hangs_ends_its_process_and_is_rejected(tmp_path: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path; from tests.unit.test_stage_actor import *\n"
        "while (child := os.fork()) and os.waitpid(child, 0)[1]: print('died', flush=True)\n"
        "if child: sys.exit()\n"
        "rows = start(Path(sys.argv[1]), timeout_s=0.3)(source_rows('good', 'endless', 'fine'))\n"
        "print([[error['kind'] + ' ' + error['message'] for error in row] for row in rows['errors'].to_pylist()])"
    )
    run = subprocess.run([sys.executable, "-c", script, tmp_path], capture_output=True, text=True, timeout=60)
    *deaths, found = run.stdout.splitlines()
    assert deaths == ["died", "died"], run.stderr
    first, (error,), last = ast.literal_eval(found)
    assert (first, last) == ([], [])
    assert re.fullmatch(r"hang it took longer than 0\.3 s alone, at .*, line \d+, in match", error)


def test_where_it_hung_is_read_off_the_actors_own_thread() -> None:
    stack = (
        'Timeout (0:00:01)!\nThread 0x1 (most recent call first):\n  File "/x/threading.py", line 1 in wait\n'
        'Thread 0x2 (most recent call first):\n  File "/x/segment.py", line 7 in split\n'
        '  File "/x/engine/stage_actor.py", line 9 in _run\n'
    )
    assert find_place(stack) == "segment.py, line 7, in split"
    assert find_place("") == ""


def test_another_actor_of_the_pool_knows_of_the_deaths(tmp_path: Path) -> None:
    for actor in ("a1", "a2"):
        with pytest.raises(Killed):
            start(tmp_path, actor)(source_rows("poison"))
        start(tmp_path, actor)
    assert len(start(tmp_path, "a3")(source_rows("poison", "fine"))) == 2


def test_documents_in_flight_when_the_whole_run_was_killed_are_not_blamed(tmp_path: Path) -> None:
    for run in range(3):  # each run has actors of its own
        with pytest.raises(Killed):
            start(tmp_path, f"run{run}")(source_rows("poison"))
    with pytest.raises(Killed):
        start(tmp_path, "next")(source_rows("poison"))


def test_types_are_cast_to_the_declared_ones() -> None:
    rows = source_rows("a")
    wide = pa.array([[{"start": 0, "end": 1}]], pa.list_(pa.struct([("start", pa.int64()), ("end", pa.int64())])))
    got = check_result(STAGE, rows, rows.append_column("sentences", wide))
    assert got.schema.field("sentences").type == schema.DOCUMENT_ROW.field("sentences").type


@pytest.mark.parametrize("wrong", ["row lost", "column missing", "column of another kind"])
def test_a_stage_that_breaks_its_promise_is_a_bug(wrong: str) -> None:
    rows = source_rows("a", "b")
    result = Splitter()(rows)
    if wrong == "row lost":
        result = result.slice(1)
    elif wrong == "column missing":
        result = rows
    else:
        result = rows.append_column("sentences", pa.array(["x", "y"]))
    with pytest.raises(SchemaError, match="stage segment"):
        check_result(STAGE, rows, result)
