"""Loads finished shards into a graph: constraints, entities, vocabulary edges, documents with evidence, edges.

Loading the same rows again, from whatever folder and in whatever order, writes nothing. A load may be killed at any
point: the graph is marked unsettled before the first change and settled after the last, and the next load computes
every edge anew where it finds the mark. One load at a time may write to a graph.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from graph.counters import Counters
from graph.errors import LoadError
from graph.schema import META, META_ID, apply_schema
from graph.store import Store
from graph.write.batch import Tally
from graph.write.documents import DocumentWriter
from graph.write.edges import EdgeWriter
from graph.write.entities import EntityWriter
from graph.write.newest import NewestRows
from graph.write.rows import Triple, triple_of
from graph.write.shards import EvidenceByDocument, batches_of, finished_shards, read_documents, read_table, rows_of

BATCH_ROWS: Final = 5000

OnProgress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a load did: rows by kind and outcome, the store's own counters, seconds."""

    shards: int
    tally: dict[str, dict[str, int]]
    counters: Counters
    seconds: float
    repaired: bool

    def as_dict(self) -> dict[str, Any]:
        """The report as plain values, for the summary line."""
        return {
            "shards": self.shards,
            **self.tally,
            "counters": self.counters.as_dict(),
            "writes": self.counters.total,
            "repaired": self.repaired,
            "seconds": round(self.seconds, 3),
        }


def load_folder(
    store: Store,
    folder: Path,
    *,
    only: Sequence[Path] | None = None,
    newest: NewestRows | None = None,
    batch_rows: int = BATCH_ROWS,
    on_progress: OnProgress | None = None,
) -> LoadReport:
    """Load the finished shards of a run's folder, or those of them that are named in `only`.

    Loading shard by shard, in any order, leaves the same graph as loading the folder at once: which row counts of a
    document that occurs in several shards is decided over all that are finished. Whoever loads shard by shard hands
    the same `newest` to each call: then a shard is looked through once, and not again for every shard after it.
    `on_progress` is called with a stage, how many of its rows are done, and how many there are.
    Raises: LoadError if the folder is not the output of a run, has no finished shard, or holds rows that cannot be;
        it names the shard and the row.
    """
    finished = finished_shards(folder)
    shards = finished if only is None else [shard for shard in finished if shard in set(only)]
    if not shards:
        raise LoadError(f"{folder}: no shard is finished yet, or none of those that were named")
    newest = NewestRows() if newest is None else newest
    for shard in finished:
        newest.add(shard)
    load = _Load(store, newest, batch_rows=batch_rows, on_progress=on_progress or (lambda stage, done, total: None))
    return load.run(shards)


class _Load:
    def __init__(self, store: Store, newest: NewestRows, *, batch_rows: int, on_progress: OnProgress) -> None:
        self._store = store
        self._newest = newest
        self._batch_rows = batch_rows
        self._on_progress = on_progress
        self._tally = Tally()
        self._settled = True
        self._entities = EntityWriter(store, self._tally, batch_rows=batch_rows, before_change=self._unsettle)
        self._documents = DocumentWriter(store, self._tally, batch_rows=batch_rows, before_change=self._unsettle)
        self._edges = EdgeWriter(store, self._tally, self._entities, batch_rows=batch_rows)

    def run(self, shards: Sequence[Path]) -> LoadReport:
        started, before = time.monotonic(), self._store.counters
        apply_schema(self._store)
        self._settled = self._read_settled()
        repair = not self._settled
        for number, shard in enumerate(shards, start=1):
            self._load_shard(shard)
            self._on_progress("shards", number, len(shards))
        touched = self._documents.touched
        if repair:
            self._documents.repair_retracted()
            touched = self._edges.find_all() | touched
        self._edges.settle(touched, on_progress=lambda done: self._on_progress("edges", done, len(touched)))
        if not self._settled:
            self._mark(settled=True)
        return LoadReport(
            shards=len(shards),
            tally=self._tally.as_dict(),
            counters=self._store.counters - before,
            seconds=time.monotonic() - started,
            repaired=repair,
        )

    def _load_shard(self, shard: Path) -> None:
        entities = rows_of(read_table(shard, "entity"))
        self._documents.touched.update(self._entities.write_entities(entities))
        self._entities.write_lexicon_edges(rows_of(read_table(shard, "lexicon_edge")))
        triples = self._read_triples(shard)
        evidence = EvidenceByDocument(shard)
        self._tally.count("evidence", rows=evidence.n_linked, unlinked=evidence.n_unlinked)
        rows = read_documents(shard)
        documents = rows.filter(self._newest.of(shard, rows)).sort_by("doc_id")
        self._tally.count("documents", rows=rows.num_rows, superseded=rows.num_rows - documents.num_rows)
        done = used = 0
        for batch in batches_of(documents, self._batch_rows):
            linked = evidence.of({row["doc_id"]: row["revision"] for row in batch})
            for row in linked:
                if row["triple_id"] not in triples:
                    raise LoadError(
                        f"{shard}: evidence {row['evidence_id']} names triple {row['triple_id']}, absent there"
                    )
            self._documents.write(batch, linked, triples)
            done, used = done + len(batch), used + len(linked)
            self._on_progress(f"documents of shard {shard.name}", done, documents.num_rows)
        self._tally.count("evidence", superseded=evidence.n_linked - used)

    def _read_triples(self, shard: Path) -> dict[str, Triple]:
        """The shard's triples by id; both ends of each must have an entity, here or in the graph."""
        triples = {row["triple_id"]: triple_of(row) for row in rows_of(read_table(shard, "triple"))}
        self._tally.count("triples", rows=len(triples))
        ends = {end for triple in triples.values() for end in (triple.subject, triple.object)}
        missing = sorted(ends - self._entities.labels_of(ends).keys())
        if missing:
            raise LoadError(
                f"{shard}: {len(missing)} ends of triples are neither in its entity table nor in the graph, "
                f"first {missing[0]}"
            )
        return triples

    def _unsettle(self) -> None:
        """Mark the graph, once, before the first change that could leave an edge out of date."""
        if self._settled:
            self._mark(settled=False)

    def _read_settled(self) -> bool:
        rows = self._store.execute(f"MATCH (m:{META} {{id: $id}}) RETURN m.settled AS settled", id=META_ID)
        return bool(rows[0]["settled"])

    def _mark(self, *, settled: bool) -> None:
        self._store.execute_write(f"MATCH (m:{META} {{id: $id}}) SET m.settled = $settled", id=META_ID, settled=settled)
        self._settled = settled
