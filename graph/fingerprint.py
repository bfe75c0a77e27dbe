"""Counts what a graph holds and hashes its whole content, independent of the store and of the order of loading.

Two graphs with the same nodes, properties and relationships have the same hash, whichever store holds them. It is
the sum of one hash a node and one a relationship, so nothing has to be sorted or held; it reads everything.
The node that describes the graph is no part of its content.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from graph.schema import CONTENT_LABELS, CONTENT_TYPES, DRUG, TRIPLE_PROPERTIES, TRIPLE_TYPES, properties_of
from graph.store import Store

_MODULUS: Final = 1 << 128
_PAGE_ROWS: Final = 5000


@dataclass(frozen=True, slots=True)
class GraphCounts:
    """Nodes by label and relationships by type; those of which there are none are left out."""

    nodes: dict[str, int]
    relationships: dict[str, int]

    @property
    def n_nodes(self) -> int:
        """All nodes, a drug counted once."""
        return sum(number for label, number in self.nodes.items() if label != DRUG)

    @property
    def n_relationships(self) -> int:
        """All relationships."""
        return sum(self.relationships.values())


def count_graph(store: Store) -> GraphCounts:
    """Count nodes by label (`Drug` besides `Chemical`) and relationships by type."""
    nodes = {label: _count(store, f"MATCH (n:{label}) RETURN count(n) AS n") for label in (*CONTENT_LABELS, DRUG)}
    types = {type_: _count(store, f"MATCH ()-[r:{type_}]->() RETURN count(r) AS n") for type_ in CONTENT_TYPES}
    return GraphCounts(
        nodes={label: number for label, number in nodes.items() if number},
        relationships={type_: number for type_, number in types.items() if number},
    )


def _count(store: Store, cypher: str) -> int:
    number = store.execute(cypher)[0]["n"]
    return number if isinstance(number, int) else 0


def hash_graph(store: Store) -> str:
    """Thirty-two hexadecimal digits that change with any node, label, property or relationship."""
    total = 0
    for label in CONTENT_LABELS:
        for ids, nodes in _pages(store, label):
            for content in (*nodes, *_relationships(store, label, ids)):
                text = json.dumps(content, ensure_ascii=False, sort_keys=True)
                digest = hashlib.blake2b(text.encode(), digest_size=16).digest()
                total = (total + int.from_bytes(digest, "big")) % _MODULUS
    return f"{total:032x}"


def _pages(store: Store, label: str) -> Iterator[tuple[list[str], list[object]]]:
    columns = ", ".join(f"n.{name} AS {name}" for name in properties_of(label))
    after = ""
    while True:
        rows = store.execute(
            f"MATCH (n:{label}) WHERE n.id > $after "
            f"RETURN labels(n) AS labels, {columns} ORDER BY n.id LIMIT {_PAGE_ROWS}",
            after=after,
        )
        for row in rows:
            labels = row["labels"]
            row["labels"] = sorted(map(str, labels)) if isinstance(labels, list) else labels
        ids = [str(row["id"]) for row in rows]
        yield ids, list(rows)
        if len(rows) < _PAGE_ROWS:
            return
        after = ids[-1]


def _relationships(store: Store, label: str, ids: list[str]) -> list[dict[str, object]]:
    columns = ", ".join(f"r.{name} AS {name}" for name in TRIPLE_PROPERTIES)
    rows = store.execute(
        f"UNWIND $ids AS source MATCH (a:{label} {{id: source}})-[r]->(b) "
        f"RETURN source, type(r) AS predicate, b.id AS target, {columns}",
        ids=ids,
    )
    for row in rows:
        if row["predicate"] not in TRIPLE_TYPES:
            row["id"] = None  # none was stored, and the embedded store answers with a slot number of its own
    return rows
