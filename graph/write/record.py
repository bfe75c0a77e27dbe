"""Tells what a load changes, change by change, before each is written.

So a load that is killed has told at least what it did, and the load that goes on may tell a change again. It is held by
the writers, and knows the graph only to look up names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from graph.changes import (
    Change,
    EdgeChange,
    PublicationChange,
    count_evidence,
    edge_change,
    edge_numbers,
    publication_change,
    publication_state,
    retraction,
)
from graph.schema import STUB_REVISION
from graph.store import Store
from graph.write.rows import Properties, Triple


class ChangeRecorder:
    """Hands changes to `tell`, in the order of writing."""

    def __init__(self, store: Store, tell: Callable[[Change], None]) -> None:
        self._store = store
        self._tell = tell

    def document(
        self,
        publication: Properties,
        stored: Properties | None,
        *,
        before: Mapping[str, Properties],
        now: Mapping[str, Properties],
    ) -> None:
        """A document that is written; `stored` is its Publication as the graph has it, the rest its evidence by id."""
        known = stored if stored and stored["revision"] != STUB_REVISION else None
        old = publication_state(known) if known else None
        new = publication_state(publication)
        counts = count_evidence(before, now)
        # a withdrawn one keeps no title
        title = publication["title"] or (known["title"] if known else "")
        self._tell(PublicationChange(publication_change(old, new), publication["id"], title, old, new, counts))
        was = bool(known and known["retracted"])
        will_be = bool(stored["retracted"] if stored else publication["flagged"])
        if was != will_be:
            self._tell(retraction(publication["id"], title, retracted=will_be))

    def retractions(self, changed: Iterable[Properties]) -> None:
        """Publications whose `retracted` is set to what is given; one that is known by name alone is none yet."""
        for row in changed:
            if row["revision"] != STUB_REVISION:
                self._tell(retraction(str(row["id"]), str(row["title"]), retracted=bool(row["retracted"])))

    def edges(
        self,
        labels: tuple[str, str],
        triples: Mapping[str, Triple],
        *,
        before: Mapping[str, Properties],
        now: Mapping[str, Properties],
    ) -> None:
        """The edges of these triples, whose ends have these labels, as the graph has them and as they will be."""
        differing = [id_ for id_ in triples if before.get(id_) != now.get(id_)]
        subjects = self._names(labels[0], [triples[id_].subject for id_ in differing])
        objects = self._names(labels[1], [triples[id_].object for id_ in differing])
        for id_ in differing:
            triple = triples[id_]
            old, new = edge_numbers(before.get(id_)), edge_numbers(now.get(id_))
            names = subjects[triple.subject], objects[triple.object]
            ends = triple.subject, triple.predicate, triple.object
            self._tell(EdgeChange(edge_change(old, new), id_, *ends, *names, old, new))

    def _names(self, label: str, ids: Sequence[str]) -> dict[str, str]:
        rows = self._store.execute(
            f"UNWIND $ids AS id MATCH (n:{label} {{id: id}}) RETURN n.id AS id, n.name AS name", ids=list(ids)
        )
        return {str(row["id"]): str(row["name"]) for row in rows}
