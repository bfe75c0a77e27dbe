"""Lays stages over Ray Data: reads a shard's inputs, runs the pools, writes row files, all streaming.

Inputs are documents, or another run's row files (format `EXTRACTED_ROWS`), to whose rows the stages add.

Memory does not grow with the input. Pools are fixed. Every read and write takes a fraction of a CPU, because a task
that needs a whole one would wait for ever on a machine whose actors hold all of them. Ray may run anything twice
after a fault, so everything here can be: reads are deterministic and a row file is named by what it holds.
This file knows nothing of models; Ray is imported only when a shard runs.
"""

from __future__ import annotations

import gc
import logging
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa

from engine import schema
from engine.generate.request import EngineDeathError, EngineUnavailableError
from engine.journal import JOURNAL_FOLDER
from engine.output import RowCounts, count_rows, finished_keys, row_keys, write_rows
from engine.shards import EXTRACTED_ROWS, Shard
from engine.stage_actor import Stage, StageActor
from engine.storage import StorageError

READ_CPUS: Final = 0.25
WRITE_CPUS: Final = 0.25
_MIB: Final = 1 << 20


def run_shard(
    shard: Shard, stages: Sequence[Stage], *, read_tasks: int, file_rows: int, read_timeout_s: float | None = None
) -> Iterator[RowCounts]:
    """Runs one shard on Ray, yielding counts as each row file is complete; records of an earlier attempt are skipped.

    `read_timeout_s`: how long reading a table of records may take, and then each of them alone; None for ever.
    Raises: EngineUnavailableError if a stage's engine can't be reached or can't run its model; StorageError if an input
    can't be read or the shard's folder can't be written.
    """
    from ray.data import ActorPoolStrategy, DataContext
    from ray.exceptions import RayError

    pool_size = max(stage.pool_size for stage in stages)
    context = DataContext.get_current()
    context.target_max_block_size = block_bytes(shard.bytes, pool_size=pool_size)
    context.enable_progress_bars = False
    logging.getLogger("ray.data").setLevel(logging.WARNING)
    logging.getLogger("ray.data._internal.progress").setLevel(logging.ERROR)  # it warns that there are no bars
    warnings.filterwarnings(
        "ignore", "The minimum number of concurrent actors", UserWarning
    )  # a small input is no fault

    rows = _read(shard, read_tasks=read_tasks, timeout_s=read_timeout_s)
    done = finished_keys(shard.rows)
    if len(done):
        rows = rows.map_batches(_skip_finished, fn_kwargs={"done": done}, batch_format="pyarrow", num_cpus=READ_CPUS)
    for stage in stages:
        rows = rows.map_batches(
            _RayStageActor,
            fn_constructor_kwargs={"stage": stage, "journal": shard.folder / JOURNAL_FOLDER},
            compute=ActorPoolStrategy(size=stage.pool_size),
            batch_size=stage.batch_rows,
            batch_format="pyarrow",
            num_cpus=stage.cpus,
            num_gpus=stage.gpus,
        )
    written = rows.map_batches(
        _write,
        fn_kwargs={"folder": shard.rows},
        batch_size=file_rows,
        batch_format="pyarrow",
        num_cpus=WRITE_CPUS,
    )
    try:
        for row in written.iter_rows():
            yield RowCounts(**row)
        return
    except RayError as error:
        fault = _find_fault(str(error))
        if fault is None:
            raise
    del rows, written
    gc.collect()  # Ray's error and the frames of its run hold one another, and these hold the run's actors
    raise fault


def _find_fault(text: str) -> Exception | None:
    """What a worker raised, where it is ours to name: Ray carries its text over, not its type."""
    for line in reversed(text.splitlines()):
        name, _, message = line.partition(": ")
        for kind in (EngineUnavailableError, StorageError):
            if name.endswith(kind.__name__):
                return kind(message)
    return None


def _read(shard: Shard, *, read_tasks: int, timeout_s: float | None) -> Any:
    from ray.data import read_datasource, read_parquet

    from engine.read.source import DocumentSource

    if {file.format for file in shard.inputs} == {EXTRACTED_ROWS}:
        paths = [file.path for file in shard.inputs]
        rows = read_parquet(paths, num_cpus=READ_CPUS, concurrency=read_tasks, partitioning=None, file_extensions=None)
        return rows.map_batches(_as_document_rows, batch_format="pyarrow", num_cpus=READ_CPUS)
    source = DocumentSource(shard.inputs, journal=shard.folder / JOURNAL_FOLDER, timeout_s=timeout_s)
    return read_datasource(source, num_cpus=READ_CPUS, concurrency=read_tasks)


def _as_document_rows(rows: pa.Table) -> pa.Table:
    """Rows of an earlier version in today's columns."""
    return rows.cast(schema.DOCUMENT_ROW)


def block_bytes(input_bytes: int, *, pool_size: int) -> int:
    """Size of Ray's blocks: a block goes to one actor whole, so a small input is cut finer.

    At least 128 KiB (some 60 abstracts; a block costs 10 to 40 ms), at most 8 MiB.
    """
    return max(_MIB // 8, min(8 * _MIB, input_bytes // (8 * pool_size)))


class _RayStageActor(StageActor):
    def __init__(self, *, stage: Stage, journal: Path) -> None:
        import ray

        super().__init__(stage=stage, journal=journal, actor_id=ray.get_runtime_context().get_actor_id())

    def __call__(self, table: pa.Table) -> pa.Table:
        """The stage's rows; where its engine is dead the process ends too, for Ray starts only dead ones anew."""
        try:
            return super().__call__(table)
        except EngineDeathError as death:
            print(f"{self._stage.name}: {death}", file=sys.stderr, flush=True)  # noqa: T201 - the process's last word
            os._exit(1)


def _skip_finished(rows: pa.Table, done: Any) -> pa.Table:
    return rows.filter(pa.array(~np.isin(row_keys(rows), done)))


def _write(rows: pa.Table, folder: Path) -> pa.Table:
    write_rows(rows, folder)
    return pa.Table.from_pylist([asdict(count_rows(rows))])
