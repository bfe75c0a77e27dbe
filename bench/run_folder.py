"""Read the flat tables of a run folder: finished shards only, the newest revision of each document only.

Knows the layout `DIR/shards/*/{table}.parquet` with `_DONE` and the schemas of `engine.schema`, nothing else.
Everything is read into memory: meant for samples and checks, not for a run over all of PubMed.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from engine.schema import FLAT_TABLES


def read_table(run: Path, name: str) -> pa.Table:
    """One flat table over all finished shards of a run.

    Raises: FileNotFoundError if the folder holds no finished shard.
    """
    shards = sorted(marker.parent for marker in run.glob("shards/*/_DONE"))
    if not shards:
        raise FileNotFoundError(f"{run}: no finished shard (shards/*/_DONE); was it written by `hypograph extract`?")
    schema = FLAT_TABLES[name]
    return pa.concat_tables([pq.read_table(shard / f"{name}.parquet", schema=schema) for shard in shards])


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
