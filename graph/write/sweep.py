"""Removes concepts that nothing names any longer, so that a graph never tells in what steps it came about.

A revised, withdrawn or superseded document may have been the last to name a concept; then the concept goes, and what
vocabularies joined to it goes too, unless something else brings it. A concept is named by an edge of text, or by
evidence of retracted publications alone, which makes no edge. Edges must be settled before.

The trade-off: only what an unnamed concept brought is looked at, for all else is known to be held by something that
is named; that holds in a graph that was swept after every load. Where a load was killed, all concepts are swept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import pyarrow as pa

from engine.link.families import is_membership
from graph.schema import ENTITY_LABELS, EVIDENCE, IN, LEXICON_TYPES, PUBLICATION, TRIPLE_TYPES
from graph.store import Store
from graph.write.batch import Tally, chunks
from graph.write.closure import Vocabulary, VocabularyEdges
from graph.write.rows import Triple

_STATED: Final = "|".join(TRIPLE_TYPES)
_VOCABULARY: Final = "|".join(LEXICON_TYPES)


class Sweeper:
    """Finds and removes concepts that nothing names."""

    def __init__(self, store: Store, tally: Tally, *, batch_rows: int) -> None:
        self._store = store
        self._tally = tally
        self._batch_rows = batch_rows
        self._labels: dict[str, str] = {}

    def sweep(self, suspects: Iterable[str]) -> None:
        """Remove those of these concepts that nothing names or brings, and what they alone had brought."""
        asked = self._find_labels(suspects)
        unnamed = asked - self._named(asked)
        if unnamed:
            brought, edges = self._brought_by(unnamed)
            named = self._named(brought - unnamed)
            held = {edge.object for edge in self._edges_to(brought) if edge.subject not in brought}
            self._remove(brought - _vocabulary(edges).closure(named, held=held))

    def sweep_all(self) -> None:
        """Remove every concept of the graph that nothing names or brings."""
        for label in ENTITY_LABELS:
            for row in self._store.execute(f"MATCH (n:{label}) RETURN n.id AS id"):
                self._labels[str(row["id"])] = label
        known = set(self._labels)
        self._remove(known - _vocabulary(self._edges_from(known)).closure(self._named(known)))

    def _find_labels(self, ids: Iterable[str]) -> set[str]:
        """Those of these concepts that the graph has; notes their labels."""
        wanted = set(ids)
        for label in ENTITY_LABELS:
            for batch in chunks(sorted(wanted - self._labels.keys()), self._batch_rows):
                for row in self._store.execute(
                    f"UNWIND $ids AS id MATCH (n:{label} {{id: id}}) RETURN n.id AS id", ids=list(batch)
                ):
                    self._labels[str(row["id"])] = label
        return wanted & self._labels.keys()

    def _named(self, ids: set[str]) -> set[str]:
        named: set[str] = set()
        for label, batch in self._batches(ids):
            rows = self._store.execute(
                f"UNWIND $ids AS id MATCH (n:{label} {{id: id}}) WHERE (n)-[:{_STATED}]-() RETURN n.id AS id",
                ids=batch,
            )
            named.update(str(row["id"]) for row in rows)
        return named | (self._named_in_retracted() & ids if ids - named else set())

    def _named_in_retracted(self) -> set[str]:
        rows = self._store.execute(
            f"MATCH (p:{PUBLICATION} {{retracted: true}})<-[:{IN}]-(e:{EVIDENCE}) "
            "RETURN DISTINCT e.subject AS subject, e.object AS object"
        )
        return {str(row[end]) for row in rows for end in ("subject", "object")}

    def _brought_by(self, unnamed: set[str]) -> tuple[set[str], set[Triple]]:
        """These concepts with all that they brought, and the vocabulary's edges that start there."""
        brought, edges = set(unnamed), set()
        fresh = set(unnamed)
        while fresh:  # downwards: members, and theirs
            edges_to = self._edges_to(fresh)
            members = {edge.subject for edge in edges_to if is_membership(edge.predicate, edge.object)}
            fresh = self._find_labels(members - brought)
            brought |= fresh
        fresh = set(brought)
        while fresh:  # upwards: proteins, human genes, families, broader diseases
            found = set(self._edges_from(fresh))
            edges |= found
            fresh = self._find_labels({edge.object for edge in found} - brought)
            brought |= fresh
        return brought, edges

    def _edges_from(self, ids: set[str]) -> Iterator[Triple]:
        for label, batch in self._batches(ids):
            for row in self._store.execute(
                f"UNWIND $ids AS id MATCH (n:{label} {{id: id}})-[r:{_VOCABULARY}]->(m) "
                "RETURN id AS subject, type(r) AS predicate, m.id AS object",
                ids=batch,
            ):
                yield Triple(str(row["subject"]), str(row["predicate"]), str(row["object"]))

    def _edges_to(self, ids: set[str]) -> Iterator[Triple]:
        for label, batch in self._batches(ids):
            for row in self._store.execute(
                f"UNWIND $ids AS id MATCH (n:{label} {{id: id}})<-[r:{_VOCABULARY}]-(m) "
                "RETURN m.id AS subject, type(r) AS predicate, id AS object",
                ids=batch,
            ):
                yield Triple(str(row["subject"]), str(row["predicate"]), str(row["object"]))

    def _batches(self, ids: Iterable[str]) -> Iterator[tuple[str, Sequence[str]]]:
        groups: dict[str, list[str]] = defaultdict(list)
        for id_ in sorted(ids):
            groups[self._labels[id_]].append(id_)
        for label, group in sorted(groups.items()):
            for batch in chunks(group, self._batch_rows):
                yield label, list(batch)

    def _remove(self, ids: set[str]) -> None:
        for label, batch in self._batches(ids):
            self._store.execute_write(f"UNWIND $ids AS id MATCH (n:{label} {{id: id}}) DETACH DELETE n", ids=batch)
        self._tally.count("entities", removed=len(ids))


def _vocabulary(edges: Iterable[Triple]) -> Vocabulary:
    texts = zip(*edges, strict=True)
    columns = {name: pa.array(next(texts, ()), pa.string()) for name in Triple._fields}
    return Vocabulary(VocabularyEdges.of(pa.table(columns)))
