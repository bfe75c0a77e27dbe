"""Read the tables of a run folder: finished shards only, the newest revision of each document only.

Knows the layout `DIR/shards/*/{table}.parquet` and `rows/` beside them, `_DONE` and the schemas, nothing else.
Everything is read into memory: meant for samples and checks, not for a run over all of PubMed.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from engine.output import row_files
from engine.schema import DOCUMENT_ROW, FLAT_TABLES
from engine.tables import newest_rows


def finished_shards(run: Path) -> list[Path]:
    """Folders of the finished shards of a run.

    Raises: FileNotFoundError if there is none.
    """
    shards = sorted(marker.parent for marker in run.glob("shards/*/_DONE"))
    if not shards:
        raise FileNotFoundError(f"{run}: no finished shard (shards/*/_DONE); was it written by `hypograph extract`?")
    return shards


def read_table(run: Path, name: str) -> pa.Table:
    """One flat table over all finished shards of a run.

    Raises: FileNotFoundError if the folder holds no finished shard.
    """
    schema = FLAT_TABLES[name]
    shards = finished_shards(run)
    return pa.concat_tables([pq.read_table(shard / f"{name}.parquet", schema=schema) for shard in shards])


def read_live_rows(run: Path) -> pa.Table:
    """The document rows that count: without errors, the newest revision of each document, not deleted.

    Raises: FileNotFoundError if the folder holds no finished shard.
    """
    files = [path for shard in finished_shards(run) for path in row_files(shard / "rows")]
    read = [pq.read_table(path, schema=DOCUMENT_ROW) for path in files]
    rows = pa.concat_tables([DOCUMENT_ROW.empty_table(), *read])
    newest = rows.filter(pa.array(newest_rows(rows)))
    return newest.filter(pc.invert(pc.fill_null(newest["deleted"], False))).sort_by("doc_id")


def read_live_evidence(run: Path) -> pa.Table:
    """Evidence of the newest revision of each document that is not deleted."""
    documents = read_table(run, "document").select(["doc_id", "revision", "deleted"])
    newest = documents.group_by("doc_id").aggregate([("revision", "max")])
    newest = newest.rename_columns(["doc_id", "revision"])
    live = documents.join(newest, keys=["doc_id", "revision"], join_type="left semi")
    live = live.filter(pc.invert(live["deleted"])).group_by(["doc_id", "revision"]).aggregate([])
    evidence = read_table(run, "evidence")
    row = pa.array(range(evidence.num_rows), pa.int64())
    kept = evidence.select(["doc_id", "revision"]).append_column("row", row)
    kept = kept.join(live, keys=["doc_id", "revision"], join_type="left semi")
    # Joins don't keep the order of rows, and a Parquet file's order is the run's own: sort by identity instead.
    taken = evidence.take(kept["row"])
    return taken.take(pc.sort_indices(taken, sort_keys=[("evidence_id", "ascending")]))
