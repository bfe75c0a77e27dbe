"""Parquet to document rows: columns are the fields of `engine.read.fields`, other columns are not read.

Rows are read a batch at a time, and a row group that is damaged costs itself. A reject's bytes are the row as JSON.
Trade-off: a Parquet file's list of contents stands at its end and a stream can't go there, so the file is first
copied to a temporary one; memory stays flat, and one that breaks off gives nothing at all, because its end is what
is missing.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from engine.read.chunks import BrokenStreamError, ByteStream, read_chunks
from engine.read.fields import FIELDS, TEXT_FIELDS, read_fields
from engine.read.format import BadRecordError, Format, one_record
from engine.read.rows import Row, document_row, reject_row
from engine.storage import writing

_MAGIC: Final = b"PAR1"
_BATCH_ROWS: Final = 256
_SPOOL_BYTES: Final = 16 << 20


def read_parquet(stream: ByteStream, source_file: str) -> Iterator[Row]:
    """Yield a row for every row of a file; one that cannot be read is a row with `errors`.

    `record` is the number of the row, from 1; a file or a row group that can't be opened is one reject.
    """

    def reject(kind: str, reason: str, record: int = 1, raw: bytes = b"") -> Row:
        return reject_row(source_file=source_file, record=record, kind=kind, reason=reason, raw=raw)

    with copied_parquet() as copy:
        try:
            file = copy(stream)
        except BadRecordError as error:
            yield reject(error.kind, str(error))
            return
        columns = [name for name in file.schema_arrow.names if name in FIELDS]
        if not set(TEXT_FIELDS) & set(columns):
            expected = f"expected a column {', '.join(TEXT_FIELDS)}"
            yield reject("no_columns", f"{expected}, found {', '.join(file.schema_arrow.names)}")
            return
        record = 1
        for group in range(file.num_row_groups):
            rows = file.metadata.row_group(group).num_rows
            done = record
            try:
                for batch in file.iter_batches(batch_size=_BATCH_ROWS, row_groups=[group], columns=columns):
                    for i in range(len(batch)):
                        yield _read_row(batch.slice(i, 1), source_file, done)
                        done += 1
            except (pa.ArrowException, OSError) as error:
                yield reject("bad_parquet", f"rows {done:,} to {record + rows - 1:,} can't be read: {error}", done)
            record += rows


@contextmanager
def copied_parquet() -> Iterator[Callable[[ByteStream], pq.ParquetFile]]:
    """What copies a stream and opens the copy, which lasts as long as the block.

    The callable raises BadRecordError if the stream breaks off or is no Parquet.
    """
    with tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES) as copy:

        def open_copy(stream: ByteStream) -> pq.ParquetFile:
            try:
                for chunk in read_chunks(stream):
                    with writing(Path(tempfile.gettempdir())):
                        copy.write(chunk)
            except BrokenStreamError as error:
                raise BadRecordError("broken_stream", str(error)) from error
            if not copy.tell():
                raise BadRecordError("empty", "the file is empty")
            try:
                return pq.ParquetFile(copy, page_checksum_verification=True)
            except (pa.ArrowException, OSError) as error:
                raise BadRecordError("bad_parquet", f"no Parquet, or cut off: {error}") from error

        yield open_copy


FORMAT: Final = Format(
    name="parquet", suffixes=(".parquet",), shows=lambda head: head.startswith(_MAGIC), read=read_parquet
)


def _read_row(batch: pa.RecordBatch, source_file: str, record: int) -> Row:
    """The row of a batch of one."""
    raw = b""
    try:
        with one_record():
            entry = _entry_of(batch)
            raw = json.dumps(entry, default=_no_json).encode()
            return document_row(source_file=source_file, record=record, **read_fields(entry))
    except BadRecordError as error:
        return reject_row(source_file=source_file, record=record, kind=error.kind, reason=str(error), raw=raw)


def _entry_of(batch: pa.RecordBatch) -> dict[str, object]:
    try:
        (entry,) = batch.to_pylist()
    except UnicodeDecodeError as error:
        raise BadRecordError("bad_encoding", str(error)) from error
    return dict(entry)


def _no_json(value: object) -> dict[str, str]:
    """What stands in a reject's bytes for bytes or a date: nothing that passes for text when they are read again."""
    return {type(value).__name__: str(value)}
