"""Loads finished shards into a graph: concepts, documents with evidence, edges; away with what is bare.

Loading the same rows again, from whatever folder and in whatever order, writes nothing, and the graph does not tell in
what steps it came about. A load may be killed at any point: the graph is marked unsettled before the first change and
settled after the last, and the next load computes every edge anew where it finds the mark. The same rows as those of
the last load are known by a note in the graph, and not compared with it again: see `last`. One load at a time writes to
a graph: `Store.writing` sees to that.

The trade-off: rows are read twice, once for their digest.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from graph.changes import Change
from graph.counters import Counters
from graph.errors import LoadError
from graph.schema import apply_schema, mark_settled, read_settled
from graph.store import Store
from graph.write.batch import Tally
from graph.write.concepts import ShardConcepts
from graph.write.documents import DocumentWriter
from graph.write.edges import EdgeWriter
from graph.write.entities import EntityWriter
from graph.write.last import LastLoad, Outcomes, digest_of
from graph.write.newest import NewestRows
from graph.write.record import ChangeRecorder
from graph.write.rows import is_notice, triple_of
from graph.write.shards import (
    EvidenceByDocument,
    batches_of,
    finished_shards,
    read_documents,
    read_models,
    read_table,
    rows_of,
)
from graph.write.sweep import Sweeper

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
    keep_other_models: bool = False,
    batch_rows: int = BATCH_ROWS,
    on_progress: OnProgress | None = None,
    on_change: Callable[[Change], None] | None = None,
) -> LoadReport:
    """Load the finished shards of a run's folder, or those of them that are named in `only`.

    Loading shard by shard, in any order, leaves the same graph as loading the folder at once: which row counts of a
    document that occurs in several shards is decided over all that are finished. Whoever loads shard by shard hands
    the same `newest` to each call: then a shard is looked through once, and not again for every shard after it.
    With `keep_other_models` the evidence that other models found in the same revision of a document stays beside that
    of the folder's models, encoder and generators; without it, it goes. A higher revision replaces the evidence of all
    models.
    `on_progress` is called with a stage, how many of its rows are done, and how many there are; `on_change` with each
    edge and publication that differs, before it is written.
    Raises: LoadError if the folder is not the output of a run, has no finished shard, or holds rows that cannot be;
        it names the shard and the row. LeaseLost if another load took the graph over; the same one goes on after it.
    """
    finished = finished_shards(folder)
    shards = finished if only is None else [shard for shard in finished if shard in set(only)]
    if not shards:
        raise LoadError(f"{folder}: no shard is finished yet, or none of those that were named")
    newest = NewestRows() if newest is None else newest
    for shard in finished:
        newest.add(shard)
    keep_all_but = read_models(folder) if keep_other_models else None
    with store.writing():
        load = _Load(
            store,
            newest,
            batch_rows=batch_rows,
            keep_all_but=keep_all_but,
            recorder=ChangeRecorder(store, on_change) if on_change else None,
            on_progress=on_progress or (lambda stage, done, total: None),
        )
        return load.run(shards)


class _Load:
    def __init__(
        self,
        store: Store,
        newest: NewestRows,
        *,
        batch_rows: int,
        keep_all_but: frozenset[str] | None,
        recorder: ChangeRecorder | None,
        on_progress: OnProgress,
    ) -> None:
        self._store = store
        self._newest = newest
        self._batch_rows = batch_rows
        self._is_alone = keep_all_but is None  # what it leaves follows from its own rows
        self._on_progress = on_progress
        self._tally = Tally()
        self._settled = True
        self._entities = EntityWriter(store, self._tally, batch_rows=batch_rows, before_change=self._unsettle)
        self._documents = DocumentWriter(
            store, self._tally, batch_rows=batch_rows, keep_all_but=keep_all_but, recorder=recorder
        )
        self._edges = EdgeWriter(store, self._tally, self._entities, batch_rows=batch_rows, recorder=recorder)
        self._sweeper = Sweeper(store, self._tally, batch_rows=batch_rows)

    def run(self, shards: Sequence[Path]) -> LoadReport:
        started, before = time.monotonic(), self._store.counters
        apply_schema(self._store)
        self._settled = read_settled(self._store)
        repair = not self._settled
        digest = digest_of(shards, self._newest) if self._is_alone else None
        last = LastLoad.read(self._store)
        if digest and last and last.stands(self._store, digest):
            tally = last.again()
            self._on_progress("shards", len(shards), len(shards))
        else:
            tally = self._compare(shards, digest, repair=repair)
        return LoadReport(
            shards=len(shards),
            tally=tally,
            counters=self._store.counters - before,
            seconds=time.monotonic() - started,
            repaired=repair,
        )

    def _compare(self, shards: Sequence[Path], digest: str | None, *, repair: bool) -> Outcomes:
        for number, shard in enumerate(shards, start=1):
            self._load_shard(shard)
            self._on_progress("shards", number, len(shards))
        self._settle(repair=repair)
        tally = self._tally.as_dict()
        if not self._settled:
            last = LastLoad.of(self._store, digest, tally) if digest else None
            mark_settled(self._store, settled=True, loaded=last.as_text() if last else None)
        return tally

    def _settle(self, *, repair: bool) -> None:
        """Bring the edges of all that was touched up to date, and remove concepts that are named no longer."""
        touched = self._documents.touched
        if repair:
            self._entities.undo_moves()
            self._documents.repair_retracted()
            touched = self._edges.find_all() | touched
        self._edges.settle(touched, on_progress=lambda done: self._on_progress("edges", done, len(touched)))
        if repair:
            self._sweeper.sweep_all()
        else:
            self._sweeper.sweep(self._edges.bare_ends | self._entities.loosened)

    def _load_shard(self, shard: Path) -> None:
        concepts = ShardConcepts(shard, self._entities, self._tally)
        triples = {row["triple_id"]: triple_of(row) for row in rows_of(read_table(shard, "triple"))}
        concepts.check_ends(triples)
        evidence = EvidenceByDocument(shard)
        self._tally.count("triples", rows=len(triples))
        self._tally.count("evidence", rows=evidence.n_linked, unlinked=evidence.n_unlinked)
        rows = self._newest.mark(read_documents(shard))
        documents = rows.filter(self._newest.of(shard, rows)).sort_by("doc_id")
        self._tally.count("documents", rows=rows.num_rows, superseded=rows.num_rows - documents.num_rows)
        done = used = quoted = 0
        for batch in batches_of(documents, self._batch_rows):
            linked = evidence.of({row["doc_id"]: row["revision"] for row in batch})
            for row in linked:
                if row["triple_id"] not in triples:
                    raise LoadError(
                        f"{shard}: evidence {row['evidence_id']} names triple {row['triple_id']}, absent there"
                    )
            notices = {row["doc_id"] for row in batch if is_notice(row)}
            stated = [row for row in linked if row["doc_id"] not in notices]
            plan = self._documents.plan(batch, stated, triples)
            if plan.written:
                self._unsettle()
            self._documents.touched.update(concepts.write(plan.named))
            self._documents.apply(plan)
            done, used, quoted = done + len(batch), used + len(linked), quoted + len(linked) - len(stated)
            self._on_progress(f"documents of shard {shard.name}", done, documents.num_rows)
        for batch in batches_of(rows.filter(self._newest.overruling(rows)), self._batch_rows):
            overruled = self._documents.find_overruled(batch)
            if overruled:
                self._unsettle()
                self._documents.overrule(overruled)
        concepts.finish()
        self._tally.count("evidence", superseded=evidence.n_linked - used, quoted=quoted)

    def _unsettle(self) -> None:
        """Mark the graph, once, before the first change."""
        if self._settled:
            mark_settled(self._store, settled=False)
            self._settled = False
