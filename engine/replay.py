"""Finds the records that a run rejected and reads each again: what `hypograph replay` hands to the pipeline.

A record is taken from where it is surest, in this order:
- rejected by a stage after reading: its row in the run's row files, free of the error;
- its own bytes, which the reject keeps, read alone: a row of Parquet is kept as a line of JSON. What alone doesn't
  show what it is, as a row of CSV without the names of its columns, stays what the reject called it;
- the input file, by the record's number, if the file is still what the run read. A reject that stands for the rest
  of a file, because it broke off there, takes all records from its number on, so that a file that has been fetched
  whole since gives what was missing.

Every reject gives at least one row: a document, or a reject that says why it still is one (`not_found` where neither
bytes nor file are there). Nothing here knows Ray, models or command lines. In memory at once: the rejects of one run.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from tempfile import NamedTemporaryFile
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from engine.output import KEY_COLUMNS, row_files, row_keys
from engine.read import jsonl, parquet
from engine.read.apart import read_apart
from engine.read.files import HEAD_BYTES, find_format, read_tables
from engine.read.format import AUTO
from engine.read.rows import RAW_LIMIT_BYTES, Row, reject_row
from engine.schema import SOURCE_ROW
from engine.shards import InputFile, Shard
from engine.storage import file_size, open_input

READ: Final = "read"
# Rejects after which a file gave nothing more. Of a record that is read alone they say nothing.
_ENDS: Final = frozenset(
    {
        "broken_stream",
        "truncated",
        "empty",
        "unknown_format",
        "no_records",
        "no_columns",
        "crash_between",
        "hang_between",
    }
)
# What ended, or held up, the process that read it.
_DANGEROUS: Final = frozenset({"crash", "hang", "crash_between", "hang_between"})
# A reject that stands for several records of a Parquet file, after which others may have been read.
_STRETCH: Final = "bad_parquet"

Key = tuple[str, int]
Read = Callable[[str, str, str], Iterator[Row]]  # a file, what its rows say that they are from, its format


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that a run rejected: its stages and kinds of error, its bytes where it could not be read, and why."""

    doc_id: str
    source_file: str
    record: int
    errors: tuple[tuple[str, str], ...]
    raw: bytes | None
    message: str = ""

    @property
    def unread(self) -> bool:
        """Whether it never became a document."""
        return any(stage == READ for stage, _ in self.errors)

    @property
    def whole(self) -> bool:
        """Whether its bytes are there to the last."""
        return self.raw is not None and len(self.raw) < RAW_LIMIT_BYTES

    @property
    def dangerous(self) -> bool:
        """Whether reading it ended a process."""
        return any(stage == READ and kind in _DANGEROUS for stage, kind in self.errors)

    @property
    def ends_its_file(self) -> bool:
        """Whether it stands for the rest of its file."""
        return any(kind in _ENDS for _, kind in self.errors)


def list_rejects(shard: Shard, *, stages: Collection[str] = (), kinds: Collection[str] = ()) -> list[Rejected]:
    """The rejected records of a finished shard that have an error of these stages and kinds; of all if none are named.
    Raises: FileNotFoundError if the shard is unfinished.
    """
    found: dict[tuple[str, int, str], Rejected] = {}
    for row in pq.read_table(shard.folder / "reject.parquet").to_pylist():
        key = row["source_file"], row["record"], row["doc_id"]
        errors = (*(found[key].errors if key in found else ()), (row["stage"], row["kind"]))
        found[key] = Rejected(row["doc_id"], row["source_file"], row["record"], errors, row["raw"], row["message"])
    return [
        rejected
        for rejected in found.values()
        if any((not stages or stage in stages) and (not kinds or kind in kinds) for stage, kind in rejected.errors)
    ]


def read_rejects(shard: Shard, rejects: Sequence[Rejected], *, timeout_s: float | None = None) -> Iterator[Row]:
    """Yield what the rejects of a shard are today, as rows of `SOURCE_ROW`; at least one row for each.

    What ended a process that read it is read in a process apart; `timeout_s` is how long it may take there.
    """
    dangerous = {rejected.source_file for rejected in list_rejects(shard) if rejected.dangerous}
    kept = _rows_of(shard, [rejected for rejected in rejects if not rejected.unread])
    inputs = {file.path: file for file in shard.inputs}
    by_file: dict[str, list[Rejected]] = defaultdict(list)
    for rejected in rejects:
        if rejected.doc_id in kept.get((rejected.source_file, rejected.record), {}):
            yield kept[rejected.source_file, rejected.record][rejected.doc_id]
        else:
            by_file[rejected.source_file].append(rejected)
    for path, of_file in by_file.items():
        read = partial(_read_apart, timeout_s=timeout_s) if path in dangerous else _read_here
        yield from _read_again(inputs.get(path), of_file, read)


def _rows_of(shard: Shard, rejects: Sequence[Rejected]) -> Mapping[Key, Mapping[str, Row]]:
    """The rows of documents that a stage rejected, free of errors, by file and number and then by document."""
    found: dict[Key, dict[str, Row]] = defaultdict(dict)
    if not rejects:
        return found
    wanted = row_keys(pa.table([[getattr(r, name) for r in rejects] for name in KEY_COLUMNS], names=list(KEY_COLUMNS)))
    for path in row_files(shard.rows):
        keys = row_keys(pq.read_table(path, columns=list(KEY_COLUMNS)))
        mask = np.isin(keys, wanted)
        if mask.any():
            rows = pq.read_table(path, columns=SOURCE_ROW.names).filter(pa.array(mask))
            for row in rows.to_pylist():
                found[row["source_file"], row["record"]][row["doc_id"]] = row | {"errors": []}
    return found


def _read_again(file: InputFile | None, rejects: Sequence[Rejected], read: Read) -> Iterator[Row]:
    """The records of one input file; `file` is None where the run's plan does not have it (a replay of a replay)."""
    path = rejects[0].source_file
    size = file_size(path)
    there = size is not None
    unchanged = file is not None and size == file.bytes
    format = file.format if file else AUTO
    alone = _format_alone(path, format, there=there)
    left: list[tuple[Rejected, Row | None]] = []
    for rejected in rejects:
        row = _read_alone(rejected, read, format=alone)
        if row is not None and not row["errors"]:
            yield row
        else:
            left.append((rejected, row))
    sought = {r.record: r for r, _ in left if unchanged or (there and _takes_the_rest(r, changed=True))}
    rest = min((r.record for r in sought.values() if _takes_the_rest(r, changed=not unchanged)), default=None)
    came: set[int] = set()
    for row in read(path, path, format) if sought else ():
        if row["record"] in sought or (rest is not None and row["record"] >= rest):
            came.add(row["record"])
            yield row
    for rejected, row in left:
        if rejected.record not in came:
            yield row or _not_found(rejected, sought=rejected.record in sought)


def _takes_the_rest(rejected: Rejected, *, changed: bool) -> bool:
    return rejected.ends_its_file or (changed and any(kind == _STRETCH for _, kind in rejected.errors))


def _read_alone(rejected: Rejected, read: Read, *, format: str) -> Row | None:
    """What the record's own bytes are, read alone; None if they are not there or are no single record."""
    if not rejected.whole or rejected.ends_its_file:
        return None
    with NamedTemporaryFile() as file:
        file.write(rejected.raw or b"")
        file.flush()
        rows = list(read(file.name, rejected.source_file, format))
    if len(rows) != 1:
        return None
    (row,) = rows
    if row["errors"]:
        error = row["errors"][0]
        kind, message = error["kind"], error["message"]
        if kind in _ENDS:
            kind, message = rejected.errors[-1][1], rejected.message
        return _reject(rejected, kind, message.partition(": ")[2])
    return row | {"record": rejected.record}


def _not_found(rejected: Rejected, *, sought: bool) -> Row:
    reason = "neither all its bytes nor the file that it was read from are there"
    return _reject(rejected, "not_found", "the file that it was read from ends before it" if sought else reason)


def _reject(rejected: Rejected, kind: str, reason: str) -> Row:
    file, record, raw = rejected.source_file, rejected.record, rejected.raw or b""
    return reject_row(source_file=file, record=record, kind=kind, reason=reason, raw=raw)


def _format_alone(path: str, format: str, *, there: bool) -> str:
    """What a record's own bytes are read as: the format of its whole file, which they may not show themselves."""
    found = find_format(path)
    if format == AUTO and there:
        with open_input(path) as stream:
            found = find_format(path, stream.read(HEAD_BYTES))
        format = found.name if found else AUTO
    if format == parquet.FORMAT.name or (format == AUTO and found is parquet.FORMAT):
        return jsonl.FORMAT.name
    return format


def _read_here(path: str, name: str, format: str) -> Iterator[Row]:
    with open_input(path) as stream:
        for table in read_tables(stream, name, format=format):
            yield from table.to_pylist()


def _read_apart(path: str, name: str, format: str, *, timeout_s: float | None) -> Iterator[Row]:
    for table in read_apart(path, name=name, format=format, timeout_s=timeout_s):
        yield from table.to_pylist()
