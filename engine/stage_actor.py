"""Runs one stage's actor inside a Ray worker: times it, checks what it returns, and keeps a bad document to itself.

- One that **raises** is found by halving its batch and rejected (`stage`, `exception`).
- One that **kills its process** (a fault in native code, out of memory) is no exception: Ray starts the actor anew
  and hands it the same batch, without end. So each actor notes in a journal file which documents are in flight.
  After a death the documents of that batch run one by one, and one that was in flight at two deaths is rejected
  (`stage`, `crash`).
- One that **hangs** is made into the case before: past the stage's `timeout_s` a watchdog writes down where the
  process stands and ends it (`stage`, `hang`). The watchdog is `faulthandler`'s, a thread in C: a regular expression
  that never ends holds Python's lock, and no thread in Python would get to run.

It knows nothing of what the stage does. What it costs are the journal's two small file writes a batch (about 0.2 ms).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

import pyarrow as pa

from engine import schema
from engine.journal import Journal, judge_deaths
from engine.output import KEY_COLUMNS
from engine.read.format import DOCUMENT_FAULTS, describe_fault

MAX_DEATHS: Final = 2
# So many documents in a row, none of which a stage can take, are no bad documents: the stage is broken.
MAX_FAULTS_IN_A_ROW: Final = 256


class SchemaError(TypeError):
    """A stage returned other rows or columns than it declares, or takes no document at all: a bug, no bad document."""


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
    stage's deaths is rejected. `timeout_s` is how long a batch, and after that each of its documents alone, may take;
    None for ever.
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
    timeout_s: float | None = None


class StageActor:
    """A stage's actor with its journal. The journal's name is the Ray actor's id, which survives a restart."""

    def __init__(self, *, stage: Stage, journal: Path, actor_id: str) -> None:
        self._stage = stage
        self._journal = Journal(journal, stage.name, actor_id)
        self._isolate = Isolator(stage, self._run)
        started = time.perf_counter()
        self._actor = stage.actor(**stage.kwargs)
        self._journal.add_start(time.perf_counter() - started)

    def __call__(self, table: pa.Table) -> pa.Table:
        """The stage's rows; those that it can't take, or that ended their process twice, come back with an error.

        Raises: SchemaError if the stage is not what it declares to be.
        """
        keys = _keys_of(table)
        deaths = self._journal.deaths()
        if deaths.keys().isdisjoint(keys):
            return self._isolate(table)
        stage = self._stage
        rows = (table.slice(i, 1) for i in range(len(table)))
        return pa.concat_tables(
            reject(stage, row, *judge_deaths(deaths[key], stage.timeout_s, "document"))
            if len(deaths.get(key, ())) >= stage.max_deaths
            else self._isolate(row)
            for row, key in zip(rows, keys, strict=True)
        )

    def _run(self, table: pa.Table) -> pa.Table:
        self._journal.begin(_keys_of(table))
        started = time.perf_counter()
        try:
            with self._journal.watched(self._stage.timeout_s):
                result = self._actor(table)
        except DOCUMENT_FAULTS:
            self._journal.release()
            raise
        seconds = time.perf_counter() - started
        self._journal.finish(rows=len(table), seconds=seconds, counters=getattr(self._actor, "counters", {}))
        return check_result(self._stage, table, result)


class Isolator:
    """Hands batches to `run`; one that raises is halved until the document that does stands alone, and is rejected."""

    def __init__(self, stage: Stage, run: Callable[[pa.Table], pa.Table]) -> None:
        self._stage, self._run = stage, run
        self._faults_in_a_row = 0

    @property
    def broken(self) -> bool:
        """Whether the stage took none of so many documents in a row that they can't be at fault."""
        return self._faults_in_a_row >= MAX_FAULTS_IN_A_ROW

    def __call__(self, table: pa.Table) -> pa.Table:
        """The rows that `run` returns, and those that it can't take with an error.

        Raises: SchemaError if the stage is broken, or not what it declares to be.
        """
        try:
            result = self._run(table)
        except SchemaError:
            raise
        except DOCUMENT_FAULTS as fault:
            if len(table) == 0:
                raise
            if len(table) == 1:
                self._count_fault(fault)
                return reject(self._stage, table, "exception", describe_fault(fault))
        else:
            if self._faults_in_a_row and _holds_work(table):
                self._faults_in_a_row = 0
            return result
        middle = len(table) // 2
        return pa.concat_tables([self(table.slice(0, middle)), self(table.slice(middle))])

    def _count_fault(self, fault: Exception) -> None:
        self._faults_in_a_row += 1
        if self.broken:
            raise SchemaError(
                f"stage {self._stage.name} took none of the last {self._faults_in_a_row} documents"
            ) from fault


def reject(stage: Stage, row: pa.Table, kind: str, message: str) -> pa.Table:
    """A table of one row with one more error, the stage's columns empty."""
    (values,) = row.to_pylist()
    values["errors"] = [*(values["errors"] or ()), {"stage": stage.name, "kind": kind, "message": message}]
    values |= {name: [] for name in stage.adds if name not in values}
    return pa.Table.from_pylist([values], schema=pa.schema([schema.DOCUMENT_ROW.field(name) for name in values]))


def _holds_work(table: pa.Table) -> bool:
    """Whether a row is read at all: every stage passes on rejected ones, deleted ones and those without a text."""
    rows = table.select(["text", "deleted", "errors"]).to_pylist()
    return any(
        row["text"] and not row["deleted"] and not any(map(schema.is_costly, row["errors"] or ())) for row in rows
    )


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
