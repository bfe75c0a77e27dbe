"""An answer as a networkx graph: what its rows hold of nodes and relationships, or of statements in columns.

- An answer that holds relationships becomes their graph: each with its two ends, whatever is in lists, maps and paths
  included, each relationship once. The ends must be in the answer too.
- Else each row is a statement. Its ends are columns (`subject` and `object` unless others are named) or an entity that
  all rows are about (`table.entities["drug"]`); the column `predicate` says what joins them. A column NAME that has a
  NAME_id beside it gives the node that id and NAME as its name. All other columns become attributes of the edge.

Nodes have `name`, and `label` where it is known; edges have `predicate`. Attributes are plain, so that GraphML takes
them: lists are joined by "|", missing values and the keys that names are looked up by are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import networkx as nx

from graph.access.values import Node, Relationship, Row, TableError
from graph.names import Entity
from graph.schema import DRUG

_LOOKED_UP_BY: Final = frozenset({"name_key", "synonym_keys", "hash"})


def network_of(
    columns: Sequence[str],
    rows: Sequence[Row],
    *,
    subject: str | Entity | None = None,
    predicate: str | None = None,
    object: str | Entity | None = None,
) -> nx.MultiDiGraph:
    """The graph of an answer's rows, which have these columns.

    Raises: TableError if it holds no relationship and no columns to make one of, or a relationship without its ends.
    """
    if subject is None and predicate is None and object is None:
        held = [item for row in rows for value in row.values() for item in _parts(value)]
        if held:
            return _of_parts(held)
    return _of_statements(columns, rows, subject or "subject", predicate or "predicate", object or "object")


def _parts(value: Any) -> Iterator[Node | Relationship]:
    if isinstance(value, Node | Relationship):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _parts(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _parts(item)


def _of_parts(parts: list[Node | Relationship]) -> nx.MultiDiGraph:
    graph = nx.MultiDiGraph()
    for node in parts:
        if isinstance(node, Node):
            own = _plain(node.properties)
            label = next((label for label in node.labels if label != DRUG), "")
            graph.add_node(_id_of(node), **{**own, "label": label, "is_drug": DRUG in node.labels})
    for relationship in parts:
        if isinstance(relationship, Relationship):
            start, end = relationship.start, relationship.end
            if start is None or end is None:
                what = f"the answer holds a relationship {relationship.type} without its ends"
                raise TableError(f"{what}: return a path, or the nodes too")
            own = _plain(relationship.properties)
            graph.add_edge(start, end, key=own.get("id", relationship.type), predicate=relationship.type, **own)
    return graph


def _id_of(node: Node) -> str:
    if "id" not in node.properties:
        raise TableError(f"the answer holds a node {':'.join(node.labels)} that has no id")
    return str(node.properties["id"])


def _of_statements(
    columns: Sequence[str], rows: Sequence[Row], subject: str | Entity, predicate: str, object: str | Entity
) -> nx.MultiDiGraph:
    missing = [end for end in (subject, object, predicate) if isinstance(end, str) and end not in columns]
    if missing:
        raise TableError(
            f"no graph in these columns: {', '.join(missing)} missing among {', '.join(columns)}. Name those that are "
            "the ends and what joins them: to_networkx(subject=..., predicate=..., object=...); an end may be an "
            "entity that all rows are about, such as table.entities['drug']"
        )
    graph = nx.MultiDiGraph()
    used = {predicate} | {
        f"{end}{suffix}" for end in (subject, object) if isinstance(end, str) for suffix in ("", "_id")
    }
    for row in rows:
        ends = [_end_of(row, end) for end in (subject, object)]
        if None in ends or row[predicate] is None:
            continue
        for id, name, label in (end for end in ends if end is not None):
            graph.add_node(id, **_plain({"name": name, "label": label}))
        own = _plain({name: value for name, value in row.items() if name not in used})
        first, last = (end[0] for end in ends if end is not None)
        number = graph.add_edge(first, last)  # and its attributes apart: one may be called `key`
        graph.edges[first, last, number].update(own, predicate=str(row[predicate]))
    return graph


def _end_of(row: Row, end: str | Entity) -> tuple[str, str, str | None] | None:
    """Id, name and label of a statement's end; None if the row has none there."""
    if isinstance(end, Entity):
        return end.id, end.name, end.label
    if row[end] is None:
        return None
    return str(row.get(f"{end}_id") or row[end]), str(row[end]), None


def _plain(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Attributes that any format takes."""
    return {
        name: _plain_value(value)
        for name, value in properties.items()
        if value is not None and name not in _LOOKED_UP_BY
    }


def _plain_value(value: Any) -> Any:
    if isinstance(value, list):
        return "|".join(str(item) for item in value)
    return value if isinstance(value, str | int | float | bool) else str(value)
