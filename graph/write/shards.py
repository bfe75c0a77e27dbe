"""Finds the finished shards of a run's folder and reads their flat tables.

A shard without its completion marker is still being written and is left alone. Rows come back sorted by key, in
bounded batches, so that what a load does depends on the rows and not on the order in which a run wrote them.
It knows nothing of graphs. The trade-off: one shard's tables are held in memory as Arrow.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from engine.schema import FLAT_TABLES
from graph.errors import LoadError

MARKER: Final = "_DONE"
SHARDS_FOLDER: Final = "shards"
MAY_BE_ABSENT: Final = frozenset({"classifier_score", "mention_score"})  # runs of older programs lack them
RECORD: Final = "run.json"

Row = dict[str, Any]


def finished_shards(folder: Path) -> list[Path]:
    """The shard folders under `folder` that carry the completion marker, in the order of their names.

    Raises: LoadError if `folder` is not the output of a run.
    """
    shards = folder / SHARDS_FOLDER
    if not shards.is_dir():
        raise LoadError(
            f"{folder}: expected the output of `hypograph extract`, found no folder `{SHARDS_FOLDER}` in it"
        )
    return sorted(path.parent for path in shards.glob(f"*/{MARKER}"))


def read_models(folder: Path) -> frozenset[str]:
    """The revisions of the models whose evidence a run's folder holds: the encoder and the generators beside it.

    Raises: LoadError if the folder's record does not say.
    """
    path = folder / RECORD
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        revisions = [record["model_revision"], *record.get("generators", {}).values()]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise LoadError(
            f"{path}: expected the record of a run, which says whose evidence the folder holds ({error!r})"
        ) from error
    return frozenset(map(str, revisions))


def read_table(shard: Path, name: str) -> pa.Table:
    """One flat table of a shard, in exactly the columns of the schema.

    Raises: LoadError if the file is absent, unreadable, or has other columns.
    """
    return _read_columns(shard, name, FLAT_TABLES[name].names)


def _read_columns(shard: Path, name: str, columns: Sequence[str]) -> pa.Table:
    kinds = pa.schema([FLAT_TABLES[name].field(column) for column in columns])
    path = shard / f"{name}.parquet"
    if not path.exists():
        raise LoadError(f"{path}: absent, though the shard carries {MARKER}")
    try:
        file = pq.ParquetFile(path)
        there = [column for column in columns if column in file.schema_arrow.names]
        missing = sorted(set(columns).difference(there, MAY_BE_ABSENT))
        if missing:
            raise LoadError(f"{path}: lacks the columns {', '.join(missing)}")
        table = file.read(columns=there)
        for column in set(columns).difference(there):
            table = table.append_column(column, pa.nulls(len(table), kinds.field(column).type))
        return table.select(list(columns)).cast(kinds)
    except (pa.ArrowInvalid, OSError) as error:
        raise LoadError(f"{path}: not a readable table of this schema ({error})") from error


def rows_of(table: pa.Table) -> list[Row]:
    """The rows of a table as dictionaries."""
    rows: list[Row] = table.to_pylist()
    return rows


def batches_of(table: pa.Table, size: int) -> Iterator[list[Row]]:
    """The rows of a table in lists of at most `size`."""
    for start in range(0, table.num_rows, size):
        yield rows_of(table.slice(start, size))


def read_documents(shard: Path, columns: Sequence[str] = FLAT_TABLES["document"].names) -> pa.Table:
    """The shard's document rows, in these columns.

    Raises: LoadError if a row has no id or no revision.
    """
    table = _read_columns(shard, "document", columns)
    for column in ("doc_id", "revision"):
        if table.column(column).null_count:
            raise LoadError(f"{shard / 'document.parquet'}: a row without {column}")
    return table


class EvidenceByDocument:
    """A shard's linked evidence, by document; `n_unlinked` rows without a triple are left out."""

    def __init__(self, shard: Path) -> None:
        table = read_table(shard, "evidence")
        # A sort puts a column into one piece, and one of `string` holds 2 GiB.
        at = table.schema.get_field_index("sentence")
        table = table.set_column(at, "sentence", table.column("sentence").cast(pa.large_string()))
        linked = table.filter(pc.is_valid(table.column("triple_id")))
        self.n_unlinked: int = table.num_rows - linked.num_rows
        self.n_linked: int = linked.num_rows
        self._table = linked.sort_by([("doc_id", "ascending"), ("evidence_id", "ascending")])
        self._slices = _slices_by_value(self._table.column("doc_id"))

    def of(self, revisions: Mapping[str, int]) -> list[Row]:
        """The evidence of these documents, which are neighbours in the order of ids, in these revisions."""
        slices = [self._slices[doc_id] for doc_id in revisions if doc_id in self._slices]
        if not slices:
            return []
        start, stop = min(start for start, _ in slices), max(stop for _, stop in slices)
        rows = rows_of(self._table.slice(start, stop - start))
        return [row for row in rows if row["revision"] == revisions.get(row["doc_id"])]


def _slices_by_value(column: pa.ChunkedArray) -> dict[str, tuple[int, int]]:
    """First and past-the-last row of each value of a sorted column."""
    if not len(column):
        return {}
    encoded = pc.run_end_encode(pa.concat_arrays(column.chunks), run_end_type=pa.int64())
    stops: list[int] = encoded.run_ends.to_pylist()
    starts = [0, *stops[:-1]]
    return dict(zip(encoded.values.to_pylist(), zip(starts, stops, strict=True), strict=True))
