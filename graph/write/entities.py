"""Writes entities and the edges that vocabularies state between them.

An entity is written when its hash differs from the one in the graph; an edge when it is absent. An entity that
changed its label (a disease that became a phenotype, say) is made anew under the new one, and its triples are
computed again. It knows nothing of documents.

What was found absent is created, and a label or type that the graph has none of is not asked about.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, cast

import numpy as np

from graph.schema import ENTITY_LABELS, ENTITY_PROPERTIES, TRIPLE_TYPES
from graph.store import Store
from graph.write.batch import Tally, chunks, values_of
from graph.write.closure import VocabularyEdges
from graph.write.rows import EntityNode, Triple

_DRUG_CLAUSE: Final = {True: "SET n:Drug ", False: "REMOVE n:Drug "}
_ENTITY: Final = values_of(ENTITY_PROPERTIES, "row")


class EntityWriter:
    """Writes entities; remembers the label of every entity that it met."""

    def __init__(self, store: Store, tally: Tally, *, batch_rows: int, before_change: Callable[[], None]) -> None:
        self._store = store
        self._tally = tally
        self._before_change = before_change
        self._batch_rows = batch_rows
        self._labels: dict[str, str] = {}
        self._hashes: dict[str, str] = {}
        self._is_empty: dict[str, bool] = {}  # by a pattern's text, until we write there

    def write_entities(self, nodes: Sequence[EntityNode]) -> set[tuple[str, Triple]]:
        """Bring these entities up to date, each of them once.

        Returns: id and ends of the triples that lost their edge because an end changed its label.
        """
        fresh = [node for node in nodes if self._hashes.get(node.id) != node.properties["hash"]]
        orphaned: set[tuple[str, Triple]] = set()
        for label, group in _by_label(fresh).items():
            has_nodes = self._has_nodes(label)  # asked before any of these is written: each is a concept of its own
            for batch in chunks(group, self._batch_rows):
                orphaned |= self._write_batch(label, batch, may_be_there=has_nodes)
        self._tally.count("entities", unchanged=len(nodes) - len(fresh))
        return orphaned

    def _write_batch(self, label: str, batch: Sequence[EntityNode], *, may_be_there: bool) -> set[tuple[str, Triple]]:
        hashes: dict[str, str] = {}
        if may_be_there:
            (row,) = self._store.execute(  # as one row: a server's driver takes 20 us for each
                f"UNWIND $ids AS id MATCH (n:{label} {{id: id}}) RETURN collect([n.id, n.hash]) AS found",
                ids=[node.id for node in batch],
            )
            hashes = dict(cast(list[list[Any]], row["found"]))
        orphaned = self._remove_from_other_labels(label, [node.id for node in batch if node.id not in hashes])
        changed = [node for node in batch if hashes.get(node.id) != node.properties["hash"]]
        if changed:
            self._before_change()
        for is_drug in (False, True):
            clause = _DRUG_CLAUSE[is_drug] if label == "Chemical" else ""
            merge = f"UNWIND $rows AS row MERGE (n:{label} {{id: row.id}}) {clause}SET n += row"
            create = f"UNWIND $rows AS row CREATE (:{label}{':Drug' if is_drug else ''} {_ENTITY})"
            group = [node for node in changed if node.is_drug == is_drug]
            known = [node.properties for node in group if node.id in hashes]
            fresh = [node.properties for node in group if node.id not in hashes]
            if known:
                self._store.execute_write(merge, rows=known)
            if fresh:
                self._store.create(create, merge, rows=fresh)
                self._is_empty.pop(_nodes(label), None)
        for node in batch:
            self._labels[node.id] = label
            self._hashes[node.id] = node.properties["hash"]
        self._tally.count("entities", written=len(changed), unchanged=len(batch) - len(changed))
        return orphaned

    def _remove_from_other_labels(self, label: str, ids: Sequence[str]) -> set[tuple[str, Triple]]:
        orphaned: set[tuple[str, Triple]] = set()
        for other in ENTITY_LABELS if ids else ():
            if other == label or not self._has_nodes(other):
                continue
            found = self._store.execute(
                f"UNWIND $ids AS id MATCH (n:{other} {{id: id}}) RETURN n.id AS id", ids=list(ids)
            )
            moved = [row["id"] for row in found]
            if not moved:
                continue
            self._before_change()
            touching = self._store.execute(
                f"UNWIND $ids AS id MATCH (n:{other} {{id: id}})-[r]-() "
                "RETURN r.id AS id, startNode(r).id AS subject, type(r) AS predicate, endNode(r).id AS object",
                ids=moved,
            )
            for row in touching:
                edge = Triple(str(row["subject"]), str(row["predicate"]), str(row["object"]))
                if edge.predicate in TRIPLE_TYPES:  # the rows of vocabulary edges come with the entity's
                    orphaned.add((str(row["id"]), edge))
            self._store.execute_write(f"UNWIND $ids AS id MATCH (n:{other} {{id: id}}) DETACH DELETE n", ids=moved)
        return orphaned

    def labels_of(self, ids: Iterable[str]) -> dict[str, str]:
        """The labels of these entities, asked of the graph where no row has told; absent ones are left out."""
        wanted = set(ids)
        unknown = sorted(wanted - self._labels.keys())
        for label in ENTITY_LABELS:
            for batch in chunks(unknown, self._batch_rows) if unknown and self._has_nodes(label) else ():
                for row in self._store.execute(
                    f"UNWIND $ids AS id MATCH (n:{label} {{id: id}}) RETURN n.id AS id", ids=list(batch)
                ):
                    self._labels[str(row["id"])] = label
        return {id_: self._labels[id_] for id_ in wanted if id_ in self._labels}

    def write_lexicon_edges(self, edges: VocabularyEdges) -> None:
        """Add these edges; one whose other end is not in the graph waits until a shard brings that end."""
        is_named = np.zeros(len(edges.concepts), np.bool_)
        is_named[edges.subject] = is_named[edges.object] = True
        named = np.flatnonzero(is_named)
        names = edges.concepts.take(named).to_pylist()
        labels = self.labels_of(names)
        label = np.full(len(edges.concepts), -1)  # numbers into ENTITY_LABELS; -1 where the graph has none
        label[named] = [ENTITY_LABELS.index(labels[name]) if name in labels else -1 for name in names]
        whole = edges.where((label[edges.subject] >= 0) & (label[edges.object] >= 0))
        self._tally.count("lexicon_edges", waiting=len(edges) - len(whole))
        shape = len(edges.predicates), len(ENTITY_LABELS), len(ENTITY_LABELS)
        kind = np.ravel_multi_index((whole.predicate, label[whole.subject], label[whole.object]), shape)
        for number in np.flatnonzero(np.bincount(kind)):
            predicate, *ends = np.unravel_index(number, shape)
            subject_label, object_label = (ENTITY_LABELS[end] for end in ends)
            type_ = edges.predicates[int(predicate)].as_py()
            self._write_edges(type_, (subject_label, object_label), whole.where(kind == number))

    def _write_edges(self, type_: str, labels: tuple[str, str], edges: VocabularyEdges) -> None:
        """Add those of these edges, all of one type between nodes of two labels, that the graph lacks."""
        missing = edges
        if not self._is_known_empty(_edges(type_)):
            subjects = edges.concepts.take(np.unique(edges.subject))
            there = self._store.find_edges(type_, labels[0], subjects.to_pylist())
            missing = edges.where(~edges.find(there["subject"], there["object"]))
        if len(missing):
            self._before_change()
            self._store.create_edges(type_, labels, missing.table())
            self._is_empty.pop(_edges(type_), None)
        self._tally.count("lexicon_edges", written=len(missing), unchanged=len(edges) - len(missing))

    def _has_nodes(self, label: str) -> bool:
        return not self._is_known_empty(_nodes(label))

    def _is_known_empty(self, pattern: str) -> bool:
        """Whether the graph had nothing of this pattern when first asked, and this load wrote nothing of it since."""
        if pattern not in self._is_empty:
            self._is_empty[pattern] = self._store.execute(f"MATCH {pattern} RETURN count(x) AS n")[0]["n"] == 0
        return self._is_empty[pattern]


def _nodes(label: str) -> str:
    return f"(x:{label})"


def _edges(type_: str) -> str:
    return f"()-[x:{type_}]->()"


def one_a_concept(nodes: Iterable[EntityNode]) -> list[EntityNode]:
    """One node a concept, in the order of ids; of rows that disagree always the same one is taken."""
    best: dict[str, EntityNode] = {}
    for node in nodes:
        if node.id not in best or node.properties["hash"] > best[node.id].properties["hash"]:
            best[node.id] = node
    return [best[id_] for id_ in sorted(best)]


def _by_label(nodes: Iterable[EntityNode]) -> dict[str, list[EntityNode]]:
    groups: dict[str, list[EntityNode]] = defaultdict(list)
    for node in nodes:
        groups[node.label].append(node)
    return dict(sorted(groups.items()))
