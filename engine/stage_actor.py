"""Runs one stage's actor inside a Ray worker: times it, checks what it returns, and outlives its crashes.

A document that kills its process (a fault in native code, out of memory) is no exception: Ray starts the actor
anew and hands it the same batch, without end. So each actor notes in a journal file which documents are in
flight. After a death the documents of that batch run one by one, and one that was in flight at two deaths is
rejected (`stage`, `crash`). The journal also sums seconds, rows and the actor's own `counters`.
It costs two small file writes a batch (about 0.2 ms). It knows nothing of what the stage does.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

import pyarrow as pa

from engine import schema
from engine.output import KEY_COLUMNS, write_json

MAX_DEATHS: Final = 2


class SchemaError(TypeError):
    """A stage returned other rows or columns than it declares: a bug, never a bad document."""


class Actor(Protocol):
    """What a stage runs: a callable that adds its columns to the same rows in the same order."""

    def __call__(self, table: pa.Table, /) -> pa.Table:
        """Returns `table` with the stage's columns added."""
        ...


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of the pipeline: a class, what it is built with, and what its pool may use.

    `needs` and `adds` are the columns that it reads and that it adds or rewrites. `cpus` is what one actor
    reserves with Ray's scheduler, not a limit on its threads. A document that was in flight at `max_deaths` of the
    stage's deaths is rejected.
    """

    name: str
    actor: type[Actor]
    needs: tuple[str, ...]
    adds: tuple[str, ...]
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    batch_rows: int = 128
    pool_size: int = 1
    cpus: float = 0.1
    gpus: float = 0.0
    max_deaths: int = MAX_DEATHS


class StageActor:
    """A stage's actor with its journal. The journal's name is the Ray actor's id, which survives a restart."""

    def __init__(self, *, stage: Stage, journal: Path, actor_id: str) -> None:
        self._stage = stage
        self._journal = _Journal(journal, stage.name, actor_id)
        started = time.perf_counter()
        self._actor = stage.actor(**stage.kwargs)
        self._journal.seconds_to_start = time.perf_counter() - started

    def __call__(self, table: pa.Table) -> pa.Table:
        """The stage's rows; those that killed their process twice come back with an error."""
        keys = _keys_of(table)
        deaths = self._journal.deaths()
        if deaths.keys().isdisjoint(keys):
            return self._run(table, keys)
        rows = (table.slice(i, 1) for i in range(len(table)))
        return pa.concat_tables(
            self._reject(row, deaths[key]) if deaths[key] >= self._stage.max_deaths else self._run(row, [key])
            for row, key in zip(rows, keys, strict=True)
        )

    def _run(self, table: pa.Table, keys: list[str]) -> pa.Table:
        self._journal.begin(keys)
        started = time.perf_counter()
        result = self._actor(table)
        seconds = time.perf_counter() - started
        self._journal.finish(rows=len(table), seconds=seconds, counters=getattr(self._actor, "counters", {}))
        return check_result(self._stage, table, result)

    def _reject(self, row: pa.Table, deaths: int) -> pa.Table:
        message = f"the process died {deaths} times while it held this document"
        error = {"stage": self._stage.name, "kind": "crash", "message": message}
        (values,) = row.to_pylist()
        values["errors"] = [*(values["errors"] or ()), error]
        values |= {name: [] for name in self._stage.adds if name not in values}
        return pa.Table.from_pylist([values], schema=pa.schema([schema.DOCUMENT_ROW.field(name) for name in values]))


def check_result(stage: Stage, table: pa.Table, result: pa.Table) -> pa.Table:
    """The result in the declared types.

    Raises: SchemaError if rows or columns are missing, added or of another type.
    """
    expected = [*table.column_names, *(name for name in stage.adds if name not in table.column_names)]
    if len(result) != len(table) or set(result.column_names) != set(expected):
        raise SchemaError(
            f"stage {stage.name}: expected {len(table)} rows of {expected}, got {len(result)} of {result.column_names}"
        )
    declared = pa.schema([schema.DOCUMENT_ROW.field(name) for name in expected])
    try:
        return result.select(expected).cast(declared)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise SchemaError(f"stage {stage.name}: {error}; expected {declared}, got {result.schema}") from error


def _keys_of(table: pa.Table) -> list[str]:
    columns = [table[name].to_pylist() for name in KEY_COLUMNS]
    return ["\x1f".join(map(str, key)) for key in zip(*columns, strict=True)]


class _Journal:
    """What one actor did and what it holds, as a small JSON file; and what the pool's actors held when they died."""

    def __init__(self, folder: Path, stage: str, actor_id: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._stage, self._id = folder, stage, actor_id
        self._path = folder / f"{stage}.{actor_id}.json"
        self._state: dict[str, Any] = {"stage": stage, "rows": 0, "seconds": 0.0, "seconds_to_start": 0.0}
        self._counters_before: Mapping[str, float] = {}
        self._seen: tuple[Path, ...] = ()
        self._deaths: Counter[str] = Counter()
        if self._path.exists():
            self._inherit()

    def _inherit(self) -> None:
        state = json.loads(self._path.read_text(encoding="utf-8"))
        held = state.pop("in_flight", [])
        self._state |= state
        self._counters_before = state.get("counters", {})
        if held:
            number = len(list(self._folder.glob(f"{self._stage}.{self._id}.death*.json")))
            write_json(self._folder / f"{self._stage}.{self._id}.death{number}.json", {"in_flight": held})

    @property
    def seconds_to_start(self) -> float:
        """Seconds that building the actor took, over all its starts."""
        return float(self._state["seconds_to_start"])

    @seconds_to_start.setter
    def seconds_to_start(self, seconds: float) -> None:
        self._state["seconds_to_start"] += seconds

    def deaths(self) -> Counter[str]:
        """How often each document was in flight when an actor of this stage died."""
        files = tuple(sorted(self._folder.glob(f"{self._stage}.*.death*.json")))
        if files != self._seen:
            held = (json.loads(path.read_text(encoding="utf-8"))["in_flight"] for path in files)
            self._deaths = Counter(key for keys in held for key in keys)
            self._seen = files
        return self._deaths

    def begin(self, keys: list[str]) -> None:
        """Notes the documents that are about to run."""
        write_json(self._path, {**self._state, "in_flight": keys})

    def finish(self, *, rows: int, seconds: float, counters: Mapping[str, float]) -> None:
        """Notes that they came back."""
        before = self._counters_before
        self._state["rows"] += rows
        self._state["seconds"] += seconds
        self._state["counters"] = {name: before.get(name, 0) + count for name, count in counters.items()}
        write_json(self._path, {**self._state, "in_flight": []})


def sum_journals(folder: Path) -> dict[str, dict[str, float]]:
    """Seconds, seconds to start, rows and counters of each stage, over all its actors."""
    totals: dict[str, dict[str, float]] = {}
    for path in sorted(folder.glob("*.json")):
        state = json.loads(path.read_text(encoding="utf-8"))
        if "stage" in state:
            total = totals.setdefault(state["stage"], {})
            for name, value in {**state, **state.get("counters", {})}.items():
                if isinstance(value, int | float):
                    total[name] = total.get(name, 0) + value
    return totals
