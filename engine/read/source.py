"""The readers as a Ray Data source: `ray.data.read_datasource(DocumentSource(files))`, a task a file.

Ray's own source of files is not used: its unpacking loses what it had unpacked when a gzip file breaks off, it goes
by the name, and it takes files of one file system alone. Ray runs a task again whose process died, and skips the
blocks that it already has, so tables must come out the same every time: they do.
This module imports Ray; whoever only lists or reads files takes `engine.read.files`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from ray import get_runtime_context
from ray.data.block import BlockMetadata
from ray.data.datasource import Datasource, ReadTask

from engine.journal import Journal
from engine.read.watch import READ_STAGE, ReadWatch
from engine.storage import StorageError

if TYPE_CHECKING:
    from engine.shards import InputFile


class DocumentSource(Datasource):  # type: ignore[misc]
    """Documents from files, local or remote, one row a document in exactly `SOURCE_ROW`."""

    def __init__(self, files: Sequence[InputFile], *, journal: Path, timeout_s: float | None = None) -> None:
        """`journal`: folder of what outlives a dead reader. `timeout_s`: what a table, or a record alone, may take."""
        super().__init__()
        self._files = tuple(files)
        self._journal, self._timeout_s = journal, timeout_s

    def estimate_inmemory_data_size(self) -> int:
        """Bytes of the files as they lie in storage."""
        return sum(file.bytes for file in self._files)

    def get_read_tasks(
        self, parallelism: int, per_task_row_limit: int | None = None, data_context: Any = None
    ) -> list[ReadTask]:
        """A task for each file, whatever number Ray asks for."""
        return [
            ReadTask(
                partial(read_task, file, journal=self._journal, timeout_s=self._timeout_s),
                BlockMetadata(num_rows=None, size_bytes=file.bytes, input_files=[file.path], exec_stats=None),
                per_task_row_limit=per_task_row_limit,
            )
            for file in self._files
        ]


def read_task(file: InputFile, *, journal: Path, timeout_s: float | None) -> Iterator[pa.Table]:
    """Yield a file's documents, in a worker. The journal's name is the task's id, which survives its process.

    Raises: StorageError.
    """
    task_id = get_runtime_context().get_task_id()
    watch = ReadWatch(
        Journal(journal, READ_STAGE, task_id or "driver"), file.path, format=file.format, timeout_s=timeout_s
    )
    try:
        yield from watch.tables()
    except FileNotFoundError as error:
        raise StorageError(f"{file.path} was there when the run began, and is gone") from error
