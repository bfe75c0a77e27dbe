"""The readers as a Ray Data source: `ray.data.read_datasource(DocumentSource({path: "auto"}))`.

Ray's own unpacking is switched off: it loses what it had unpacked when a gzip file breaks off, and it goes by the
name. Ray re-opens a file after a passing fault and skips the tables it already has, so tables must come out the same
every time: they do. This module imports Ray; whoever only lists or reads local files takes `engine.read.files`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa
from ray.data.datasource import FileBasedDatasource

from engine.read.files import list_inputs, read_file, read_tables

__all__ = ["DocumentSource", "list_inputs", "read_file"]


class DocumentSource(FileBasedDatasource):  # type: ignore[misc]
    """Documents from files, one row a document in exactly `SOURCE_ROW`."""

    def __init__(self, formats: Mapping[str, str]) -> None:
        """`formats`: for each file the name of its format, or `auto`."""
        self._formats = formats
        # Without `partitioning=None` a folder named `a=b` would add a column.
        super().__init__(list(formats), partitioning=None, include_paths=False)

    def resolve_compression(self, path: str, open_args: dict[str, Any]) -> str | None:
        """Hand the file's own bytes to the reader."""
        return None

    def _read_stream(self, f: Any, path: str) -> Iterator[pa.Table]:
        yield from read_tables(f, path, format=self._formats[path])
