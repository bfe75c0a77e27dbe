"""Writes entities and the edges that vocabularies state between them.

An entity is written when its hash differs from the one in the graph; an edge when it is absent. An edge that starts at
an entity of these rows and is not among them goes: rows hold all edges of their entities (`engine.tables`). An entity
that changed its label (a disease that became a phenotype, say) is made anew under the new one, gets the edges of
vocabularies that the old one had, and its triples are computed again. It knows nothing of documents.

What was found absent is created, and a label or type that the graph has none of is not asked about.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph.schema import ENTITY_LABELS, ENTITY_PROPERTIES, LEXICON_TYPES, TRIPLE_TYPES
from graph.store import Store
from graph.write.batch import Tally, chunks, match_ends, values_of
from graph.write.closure import VocabularyEdges
from graph.write.rows import EntityNode, Triple

_DRUG_CLAUSE: Final = {True: "SET n:Drug ", False: "REMOVE n:Drug "}
_ENTITY: Final = values_of(ENTITY_PROPERTIES, "row")
_COPIED: Final = ", ".join(f"n.{name} = o.{name}" for name in ENTITY_PROPERTIES if name not in ("id", "hash"))
_ENDS: Final = pa.schema([("subject", pa.string()), ("object", pa.string())])


class EntityWriter:
    """Writes entities; remembers the label of every entity that it met.

    `loosened` collects those to which an edge of a vocabulary led that was removed.
    """

    def __init__(self, store: Store, tally: Tally, *, batch_rows: int, before_change: Callable[[], None]) -> None:
        self._store = store
        self._tally = tally
        self._before_change = before_change
        self._batch_rows = batch_rows
        self._labels: dict[str, str] = {}
        self._hashes: dict[str, str] = {}
        self._is_empty: dict[str, bool] = {}  # by a pattern's text, until we write there
        self._unchecked: set[str] = set()  # found in the graph, and their vocabulary edges not looked at yet
        self.loosened: set[str] = set()

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
        # one without a hash a killed load may have left beside that of the other label
        moved, orphaned = self._move_from_other_labels(label, [node.id for node in batch if not hashes.get(node.id)])
        hashes |= dict.fromkeys(moved, "")
        self._unchecked |= hashes.keys()
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

    def _move_from_other_labels(self, label: str, ids: Sequence[str]) -> tuple[set[str], set[tuple[str, Triple]]]:
        """Make those of these nodes that have another label anew under this one, without a hash as yet.

        Returns: their ids, and id and ends of the triples that lost their edge.
        """
        moved: set[str] = set()
        orphaned: set[tuple[str, Triple]] = set()
        for other in ENTITY_LABELS if ids else ():
            if other == label or not self._has_nodes(other):
                continue
            found = self._store.execute(
                f"UNWIND $ids AS id MATCH (n:{other} {{id: id}}) RETURN n.id AS id", ids=list(ids)
            )
            moving = {str(row["id"]) for row in found}
            if not moving:
                continue
            self._before_change()
            self._store.execute_write(
                f"UNWIND $ids AS id MATCH (o:{other} {{id: id}}) MERGE (n:{label} {{id: id}}) SET {_COPIED}",
                ids=sorted(moving),
            )
            self._is_empty.pop(_nodes(label), None)
            orphaned |= self._take_edges(other, label, moving)
            self._store.execute_write(
                f"UNWIND $ids AS id MATCH (n:{other} {{id: id}}) DETACH DELETE n", ids=sorted(moving)
            )
            moved |= moving
        return moved, orphaned

    def undo_moves(self) -> None:
        """Remove what a killed load had begun to make anew under another label: the old node has all its edges yet."""
        for label in ENTITY_LABELS:
            rows = self._store.execute(f"MATCH (n:{label}) WHERE n.hash IS NULL RETURN n.id AS id")
            for batch in chunks([str(row["id"]) for row in rows], self._batch_rows):
                for other in ENTITY_LABELS:
                    found = self._store.execute(
                        f"UNWIND $ids AS id MATCH (o:{other} {{id: id}}) WHERE o.hash IS NOT NULL RETURN o.id AS id",
                        ids=list(batch),
                    )
                    begun = [str(row["id"]) for row in found]
                    if begun:
                        self._store.execute_write(
                            f"UNWIND $ids AS id MATCH (n:{label} {{id: id}}) DETACH DELETE n", ids=begun
                        )
                        self._labels |= dict.fromkeys(begun, other)

    def _take_edges(self, old: str, new: str, moving: set[str]) -> set[tuple[str, Triple]]:
        """Draw the vocabulary edges of these nodes from and to those of their new label; return their triples."""
        orphaned: set[tuple[str, Triple]] = set()
        taken: dict[tuple[str, str, str], set[tuple[str, str]]] = defaultdict(set)
        for row in self._store.execute(
            f"UNWIND $ids AS id MATCH (n:{old} {{id: id}})-[r]-() "
            "RETURN r.id AS id, startNode(r).id AS subject, type(r) AS predicate, endNode(r).id AS object, "
            "labels(startNode(r)) AS subject_labels, labels(endNode(r)) AS object_labels",
            ids=sorted(moving),
        ):
            edge = Triple(str(row["subject"]), str(row["predicate"]), str(row["object"]))
            if edge.predicate in TRIPLE_TYPES:
                orphaned.add((str(row["id"]), edge))
            else:
                ends = ((edge.subject, row["subject_labels"]), (edge.object, row["object_labels"]))
                labels = [new if id_ in moving else _entity_label(cast(list[str], found)) for id_, found in ends]
                taken[edge.predicate, labels[0], labels[1]].add((edge.subject, edge.object))
        for (type_, *labels), pairs in sorted(taken.items()):
            rows = [{"subject": subject, "object": object_} for subject, object_ in sorted(pairs)]
            self._store.execute_write(f"{match_ends(*labels)}MERGE (a)-[:{type_}]->(b)", rows=rows)
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

    def write_lexicon_edges(self, edges: VocabularyEdges, *, complete: Iterable[str]) -> None:
        """Add these edges; one whose other end is not in the graph waits until a shard brings that end.

        They are all that start at the concepts in `complete`: others that start there are removed.
        """
        known = self._unchecked.intersection(complete)
        self._unchecked -= known
        by_label: dict[str, list[str]] = defaultdict(list)
        for id_ in sorted(known):
            by_label[self._labels[id_]].append(id_)
        is_named = np.zeros(len(edges.concepts), np.bool_)
        is_named[edges.subject] = is_named[edges.object] = True
        named = np.flatnonzero(is_named)
        names = edges.concepts.take(named).to_pylist()
        labels = self.labels_of(names)
        label = np.full(len(edges.concepts), -1)  # numbers into ENTITY_LABELS; -1 where the graph has none
        label[named] = [ENTITY_LABELS.index(labels[name]) if name in labels else -1 for name in names]
        whole = edges.where((label[edges.subject] >= 0) & (label[edges.object] >= 0))
        self._tally.count("lexicon_edges", waiting=len(edges) - len(whole))
        for type_ in LEXICON_TYPES:
            of_type = whole.where(whole.predicate == pc.index(whole.predicates, type_).as_py())
            for number, subject_label in enumerate(ENTITY_LABELS):
                starting = of_type.where(label[of_type.subject] == number)
                there = self._find_there(type_, subject_label, starting, by_label[subject_label])
                self._remove_dropped(there, starting, type_, subject_label, by_label[subject_label])
                absent = starting.where(~starting.find(there["subject"], there["object"]))
                for end in np.unique(label[absent.object]):
                    missing = absent.where(label[absent.object] == end)
                    self._before_change()
                    self._store.create_edges(type_, (subject_label, ENTITY_LABELS[end]), missing.table())
                    self._is_empty.pop(_edges(type_), None)
                self._tally.count("lexicon_edges", written=len(absent), unchanged=len(starting) - len(absent))

    def _find_there(self, type_: str, label: str, edges: VocabularyEdges, known: Sequence[str]) -> pa.Table:
        """The graph's edges of a type that start where these do, or at these known concepts of the same label."""
        subjects = dict.fromkeys([*edges.concepts.take(np.unique(edges.subject)).to_pylist(), *known])
        if not subjects or self._is_known_empty(_edges(type_)):
            return _ENDS.empty_table()
        return self._store.find_edges(type_, label, list(subjects))

    def _remove_dropped(
        self, there: pa.Table, edges: VocabularyEdges, type_: str, label: str, known: Sequence[str]
    ) -> None:
        """Remove those of the graph's edges that start at these known concepts and are not among `edges`."""
        if not len(there) or not known:
            return
        there = there.filter(pc.is_in(there["subject"], pa.array(known, pa.string())))
        stored = VocabularyEdges.of(there.append_column("predicate", pa.array([type_] * len(there), pa.string())))
        wanted = edges.table()
        gone = stored.where(~stored.find(wanted["subject"], wanted["object"])).table().to_pylist()
        if gone:
            self._before_change()
            self._tally.count("lexicon_edges", removed=len(gone))
        for batch in chunks(gone, self._batch_rows):
            self._store.execute_write(
                f"UNWIND $rows AS row MATCH (a:{label} {{id: row.subject}})-[r:{type_}]->(b) "
                "WHERE b.id = row.object DELETE r",
                rows=list(batch),
            )
        self.loosened.update(row["object"] for row in gone)

    def _has_nodes(self, label: str) -> bool:
        return not self._is_known_empty(_nodes(label))

    def _is_known_empty(self, pattern: str) -> bool:
        """Whether the graph had nothing of this pattern when first asked, and this load wrote nothing of it since."""
        if pattern not in self._is_empty:
            self._is_empty[pattern] = self._store.execute(f"MATCH {pattern} RETURN count(x) AS n")[0]["n"] == 0
        return self._is_empty[pattern]


def _entity_label(labels: Iterable[str]) -> str:
    """Of a node's labels the one that is not `Drug`."""
    return next(label for label in labels if label in ENTITY_LABELS)


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
