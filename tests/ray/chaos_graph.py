"""`hypograph run` whose graph goes away while a shard is loaded: for tests that kill the store.

The whole command runs, with stand-ins for the model and the lexicon and a store that takes its time. Each document
states something, so that a load changes the graph many times.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any, Final

import pyarrow as pa
import pytest
from click.testing import CliRunner, Result

from engine import pipeline, schema
from engine.output import RowCounts, count_rows, write_rows
from engine.read.files import read_file
from engine.segment import Segmenter
from engine.shards import Shard
from engine.stage_actor import Stage
from graph.connect import open_store
from graph.counters import Counters, CountsWrites
from graph.fingerprint import count_graph, hash_graph
from jobs import extract, run
from jobs.ray_session import Capacity
from jobs.run_record import Fingerprint
from tests.ray.chaos import LIMIT_S, calls
from tests.ray.standins import Tagger, stand_in_stages
from tests.unit.rows import mention, relation, small_lexicon

FILES: Final = 2
FILE_DOCUMENTS: Final = 12
FILE_ROWS: Final = 5
WRITE_S: Final = 0.03  # that the store takes for a change
_POLL_S: Final = 0.005

_DRUG = ("imatinib", schema.CHEMICAL, "mesh:D000068877")
_ABL1, _KIT = ("ABL1", schema.GENE, "hgnc:76"), ("KIT", schema.GENE, "hgnc:6342")
_CML = ("chronic myelogenous leukemia", schema.DISEASE, "mondo:0011996")
STATEMENTS: Final = (
    (_DRUG, "INHIBITS", _ABL1),
    (_DRUG, "INHIBITS", _KIT),
    (_ABL1, "PROMOTES", _CML),
    (_DRUG, "TREATS", _CML),
)


class Stater(Tagger):
    """What the texts of `write_input` state, linked."""

    def __call__(self, rows: pa.Table) -> pa.Table:
        said = [_read(text) for text in rows["text"].to_pylist()]
        rows = super().__call__(rows)
        for name in ("mentions", "relations"):
            field = schema.DOCUMENT_ROW.field(name)
            column = pa.array([found[name] for found in said], field.type)
            rows = rows.set_column(rows.column_names.index(name), field, column)
        return rows


def _text(statement: tuple[Any, str, Any]) -> str:
    (head, *_), predicate, (tail, *_) = statement
    return f"We found that {head} {predicate} {tail}."


def _read(text: str) -> dict[str, Any]:
    head, predicate, tail = next(statement for statement in STATEMENTS if _text(statement) in text)
    return {"mentions": [mention(text, *end) for end in (head, tail)], "relations": [relation(0, 1, predicate)]}


def write_input(folder: Path) -> None:
    """The inputs of the run, one a shard. Each states something that none before it does."""
    (folder / "in").mkdir()
    for number in range(FILES):
        statements = STATEMENTS[: len(STATEMENTS) - FILES + 1 + number]
        lines = []
        for i in range(FILE_DOCUMENTS):
            record = {"pmid": number * FILE_DOCUMENTS + i + 1, "title": f"Title {i}"}
            lines.append(json.dumps({**record, "abstract": _text(statements[i % len(statements)])}) + "\n")
        (folder / "in" / f"{number}.jsonl").write_text("".join(lines), encoding="utf-8")


def run_job(folder: Path, graph: str, *, name: str = "out", ray: bool = True, write_s: float = WRITE_S) -> Result:
    """The command; without `ray`, its shards run in this process."""
    flags = ("--shard-files=1", "--read-tasks=1", f"--file-rows={FILE_ROWS}", "--progress-s=0", "--wait-for-nodes")
    arguments = [str(folder / "in"), "--out", str(folder / name), "--graph", graph, *flags]
    stages = stand_in_stages(folder / f"{name}-calls", actor=Stater)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(extract, "find_model", lambda settings: settings)
        fingerprint = Fingerprint(model_revision="m1", lexicon_version="small", code_revision="c1")
        patch.setattr(extract, "_open_weights", lambda _: (small_lexicon(), None, fingerprint))
        patch.setattr(pipeline, "build_stages", lambda _: stages)
        patch.setattr(CountsWrites, "_count", _taken_down(folder / f"{name}-changes", write_s))
        if not ray:
            patch.setattr(extract, "ray_session", _no_ray)
            patch.setattr(extract, "run_shard", _run_here)
        return CliRunner().invoke(run.command, arguments)


def _taken_down(log: Path, write_s: float) -> Callable[[CountsWrites, Counters], Counters]:
    """Writes down each change of the graph, which takes so long."""
    count = CountsWrites._count

    def count_slowly(store: CountsWrites, changed: Counters) -> Counters:
        if changed.total:
            with log.open("a", encoding="utf-8") as file:
                file.write(f"{changed.total}\n")
            time.sleep(write_s)
        return count(store, changed)

    return count_slowly


@contextmanager
def _no_ray(**_: object) -> Iterator[Capacity]:
    yield Capacity(cpus=2.0, gpus=0.0)


def _run_here(shard: Shard, stages: Sequence[Stage], **_: object) -> Iterator[RowCounts]:
    segment, state = Segmenter(), Stater(**stages[1].kwargs)
    for rows in read_file(shard.inputs[0].path):
        rows = state(segment(rows)).select(schema.DOCUMENT_ROW.names)
        write_rows(rows, shard.rows)
        yield count_rows(rows)


def changes(folder: Path, name: str = "out") -> int:
    """How often the graph of a run was changed so far."""
    path = folder / f"{name}-changes"
    return len(path.read_text(encoding="utf-8").splitlines()) if path.exists() else 0


class Undisturbed:
    """The graph that the run makes when nothing dies, made in this process without Ray."""

    def __init__(self, folder: Path) -> None:
        graph = folder / "whole.kgl"
        result = run_job(folder, str(graph), name="whole", ray=False, write_s=0.0)
        assert result.exit_code == 0, result.output
        self.changes = changes(folder, "whole")
        with open_store(str(graph), read_only=True) as store:
            self._counts, self._hash = count_graph(store), hash_graph(store)
        assert self._counts.nodes["Publication"] == FILES * FILE_DOCUMENTS

    def check(self, folder: Path, graph: str) -> int:
        """The graph is this one, and the same command once more changes nothing.

        Returns: how many documents were extracted again.
        """
        self._compare(graph)
        again = run_job(folder, graph, ray=False)
        assert again.exit_code == 0, again.output
        assert json.loads(again.stdout.splitlines()[-1])["load"]["writes"] == 0
        self._compare(graph)
        extracted = calls(folder, "out-calls")
        assert len(set(extracted)) == FILES * FILE_DOCUMENTS
        return len(extracted) - len(set(extracted))

    def _compare(self, graph: str) -> None:
        with open_store(graph, read_only=True) as store:
            assert count_graph(store) == self._counts, "none is lost, none is doubled"
            assert hash_graph(store) == self._hash, "and all is as if nothing had been"


def wait_for_change(folder: Path, number: int, random: Random, *, alive: Callable[[], bool]) -> None:
    """Returns when the graph has been changed so often, or shortly after."""
    limit = time.monotonic() + LIMIT_S
    while changes(folder) < number:
        assert alive(), "the run ended before its store died"
        assert time.monotonic() < limit, f"{changes(folder)} of {number} changes after {LIMIT_S:g} s"
        time.sleep(_POLL_S)
    time.sleep(random.uniform(0.0, 1.5 * WRITE_S))
