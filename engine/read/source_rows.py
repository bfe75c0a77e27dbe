"""Rows that were read once, as a Parquet file of `SOURCE_ROW`, to rows again: they keep their file, number and errors.

So what an earlier run wrote (its row files, or the input of a replay) is read without the files that it came from.
Columns beside those of `SOURCE_ROW` are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pyarrow as pa

from engine.read.chunks import ByteStream
from engine.read.format import BadRecordError, Format
from engine.read.parquet import copied_parquet
from engine.read.rows import Row, reject_row
from engine.schema import SOURCE_ROW
from engine.storage import StorageError

_BATCH_ROWS: Final = 256


def read_source_rows(stream: ByteStream, source_file: str) -> Iterator[Row]:
    """Yield the rows as they were; a file that holds none, or what of it is damaged, is a reject of its own."""
    done = 0
    try:
        with copied_parquet() as copy:
            file = copy(stream)
            if missing := [name for name in SOURCE_ROW.names if name not in file.schema_arrow.names]:
                raise BadRecordError("no_columns", f"no rows of a run: the columns {', '.join(missing)} are missing")
            for batch in file.iter_batches(batch_size=_BATCH_ROWS, columns=SOURCE_ROW.names):
                for row in _rows_of(batch):
                    done += 1
                    yield row
    except BadRecordError as error:
        yield reject_row(source_file=source_file, record=done + 1, kind=error.kind, reason=str(error), raw=b"")
    except StorageError:
        raise
    except (pa.ArrowException, OSError) as error:
        reason = f"the rows from {done + 1:,} on can't be read: {error}"
        yield reject_row(source_file=source_file, record=done + 1, kind="bad_parquet", reason=reason, raw=b"")


FORMAT: Final = Format(name="rows", suffixes=(".rows.parquet",), shows=lambda _: False, read=read_source_rows)


def _rows_of(batch: pa.RecordBatch) -> list[Row]:
    try:
        table = pa.Table.from_batches([batch]).select(SOURCE_ROW.names).cast(SOURCE_ROW)
        rows: list[Row] = table.to_pylist()
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise BadRecordError("bad_rows", f"no rows of a run: {error}") from error
    for row in rows:
        if None in (row["doc_id"], row["source_file"], row["record"]):
            raise BadRecordError("bad_rows", f"a row without doc_id, source_file or record: {row['doc_id']!r}")
    return rows
