"""Reads a file in a process of its own, a new one after each death: for whoever must outlive what it reads.

The record that ends the process is found as in a run (`engine.read.watch`) and comes as a reject. Costs the start of a
process, about 2 s, so it is for single files.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from engine.journal import JOURNAL_FOLDER, Journal
from engine.read.watch import READ_STAGE, ReadWatch
from engine.schema import SOURCE_ROW

_BATCH_ROWS: Final = 1024


def read_apart(path: str, *, name: str, format: str, timeout_s: float | None) -> Iterator[pa.Table]:
    """Yield a file's documents; `name` is what they say that they are from.

    Raises: FileNotFoundError if there is no such file, StorageError if it can't be read to its end.
    """
    with TemporaryDirectory() as folder:
        rows = Path(folder) / "rows.parquet"
        while not rows.exists():
            with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool, suppress(BrokenProcessPool):
                pool.submit(write_apart, path, name, format, timeout_s, rows).result()
        with pq.ParquetFile(rows) as file:
            for batch in file.iter_batches(batch_size=_BATCH_ROWS):
                yield pa.Table.from_batches([batch], schema=SOURCE_ROW)


def write_apart(path: str, name: str, format: str, timeout_s: float | None, rows: Path) -> None:
    """What the other process does: the documents of a file as one of rows, which appears when it is whole."""
    journal = Journal(rows.parent / JOURNAL_FOLDER, READ_STAGE, "apart")
    half = rows.with_suffix(".half")
    with pq.ParquetWriter(half, SOURCE_ROW) as writer:
        for table in ReadWatch(journal, path, name=name, format=format, timeout_s=timeout_s).tables():
            writer.write_table(table)
    half.rename(rows)
