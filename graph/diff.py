"""Compares two graphs and tells what differs, as the same changes that a load records.

Both graphs are read in the order of keys, a page at a time, and merged: what is held in memory is a page of each label
and the edges of a thousand concepts, whatever the size of the graphs. The two may be in different kinds of store. Of
publications only those whose hash differs have their evidence read; edges are all read, so that what another version
of the program computes from the same evidence shows too.
It knows nothing of loads. The trade-off: in the embedded store a page costs a look at all nodes of its label.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import Any, Final, TypeVar

from graph.changes import (
    EdgeChange,
    PublicationChange,
    count_evidence,
    edge_change,
    edge_numbers,
    publication_change,
    publication_state,
    retraction,
)
from graph.errors import ChangesError
from graph.read import Row, evidence_of, node_pages
from graph.schema import ENTITY_LABELS, STUB_REVISION, SUPPORT_PROPERTIES, TRIPLE_TYPES, read_version
from graph.store import Store

PAGE_ROWS: Final = 20_000
_CHUNK_ROWS: Final = 1000  # how many nodes are asked for their edges or their evidence at once
_NODE_COLUMNS: Final = ("id", "name")
_PUBLICATION_COLUMNS: Final = ("id", "revision", "title", "deleted", "retracted", "hash")

Pair = tuple[Row | None, Row | None]  # the same thing in the old and in the new graph
T = TypeVar("T")


def diff_publications(old: Store, new: Store, *, page_rows: int = PAGE_ROWS) -> Iterator[PublicationChange]:
    """Publications that differ, in the order of ids; one that only a notice names counts as absent.

    Raises: ChangesError if one of the two is no graph of this program.
    """
    _check(old, new)
    streams = (_publications(store, page_rows) for store in (old, new))
    differing = (pair for pair in _merge(*streams, key=lambda row: row["id"]) if _outline(pair[0]) != _outline(pair[1]))
    for batch in _chunks(differing):
        before = evidence_of(old, [pair[0]["id"] for pair in batch if pair[0] and _content_differs(pair)])
        after = evidence_of(new, [pair[1]["id"] for pair in batch if pair[1] and _content_differs(pair)])
        for pair in batch:
            yield from _compare_publications(pair, before, after)


def diff_edges(old: Store, new: Store, *, page_rows: int = PAGE_ROWS) -> Iterator[EdgeChange]:
    """Edges of text that differ, in the order of their subjects' ids.

    Raises: ChangesError if one of the two is no graph of this program.
    """
    _check(old, new)
    streams = (_edges(store, page_rows) for store in (old, new))
    for before, after in _merge(*streams, key=lambda row: (row["subject"], row["id"])):
        was, now = edge_numbers(before), edge_numbers(after)
        if was != now:
            row = after or before or {}
            ends = row["subject"], row["predicate"], row["object"]
            names = row["subject_name"], row["object_name"]
            yield EdgeChange(edge_change(was, now), row["id"], *ends, *names, was, now)


def _check(*stores: Store) -> None:
    for which, store in zip(("old", "new"), stores, strict=True):
        if read_version(store) is None:
            raise ChangesError(f"the {which} graph holds nothing that `hypograph load` wrote")


def _compare_publications(
    pair: Pair, before: dict[str, dict[str, Row]], after: dict[str, dict[str, Row]]
) -> Iterator[PublicationChange]:
    was, now = pair
    row = now or was or {}
    id_, title = row["id"], row["title"] or (was or {}).get("title", "")
    if _content_differs(pair):
        old, new = (publication_state(side) if side else None for side in pair)
        counts = count_evidence(before.get(id_, {}), after.get(id_, {}))
        yield PublicationChange(publication_change(old, new), id_, title, old, new, counts)
    retracted = tuple(bool(side and side["retracted"]) for side in pair)
    if now and retracted[0] != retracted[1]:
        yield retraction(id_, title, retracted=retracted[1])


def _outline(row: Row | None) -> tuple[object, ...] | None:
    """What tells whether anything differs; a hash that is absent, after a killed load, is like no other."""
    if row is None:
        return None
    return row["revision"], row["retracted"], row["hash"] or object()


def _content_differs(pair: Pair) -> bool:
    was, now = pair
    if was is None or now is None or was["hash"] is None:
        return True
    return bool(was["revision"] != now["revision"] or was["hash"] != now["hash"])


def _publications(store: Store, page_rows: int) -> Iterator[Row]:
    pages = _nodes(store, "Publication", _PUBLICATION_COLUMNS, page_rows)
    return (row for row in pages if row["revision"] != STUB_REVISION)


def _edges(store: Store, page_rows: int) -> Iterator[Row]:
    """All edges of text by the ids of subject and edge."""
    streams = (_concepts(store, label, page_rows) for label in ENTITY_LABELS)
    for chunk in _chunks(heapq.merge(*streams, key=lambda row: row["id"])):
        subjects = {row["id"]: row for row in chunk}
        edges = list(_edges_of(store, subjects))
        edges.sort(key=lambda row: (row["subject"], row["id"]))
        yield from edges


def _concepts(store: Store, label: str, page_rows: int) -> Iterator[Row]:
    return (row | {"label": label} for row in _nodes(store, label, _NODE_COLUMNS, page_rows))


def _edges_of(store: Store, subjects: dict[str, Row]) -> Iterator[Row]:
    columns = ", ".join(f"r.{name} AS {name}" for name in ("id", *SUPPORT_PROPERTIES))
    groups: dict[str, list[str]] = defaultdict(list)
    for id_, row in subjects.items():
        groups[row["label"]].append(id_)
    for label, ids in groups.items():
        for row in store.execute(
            f"UNWIND $ids AS subject MATCH (a:{label} {{id: subject}})-[r:{'|'.join(TRIPLE_TYPES)}]->(b) "
            f"RETURN subject, type(r) AS predicate, b.id AS object, b.name AS object_name, {columns}",
            ids=ids,
        ):
            yield row | {"subject_name": subjects[str(row["subject"])]["name"]}


def _nodes(store: Store, label: str, columns: tuple[str, ...], page_rows: int) -> Iterator[Row]:
    return chain.from_iterable(node_pages(store, label, columns, page_rows=page_rows))


def _merge(old: Iterable[Row], new: Iterable[Row], *, key: Callable[[Row], Any]) -> Iterator[Pair]:
    """Rows of two streams that ascend by `key`, side by side where they share it.

    Raises: ChangesError if a stream does not ascend: the two stores would have to sort alike.
    """
    left, right = _ascending(old, key), _ascending(new, key)
    a, b = next(left, None), next(right, None)
    while a is not None or b is not None:
        if b is None or (a is not None and key(a) < key(b)):
            yield a, None
            a = next(left, None)
        elif a is None or key(b) < key(a):
            yield None, b
            b = next(right, None)
        else:
            yield a, b
            a, b = next(left, None), next(right, None)


def _ascending(rows: Iterable[Row], key: Callable[[Row], Any]) -> Iterator[Row]:
    last: Any = None
    for row in rows:
        if last is not None and not last < key(row):
            raise ChangesError(f"{key(row)} follows {last}: this store sorts ids in another order than by code points")
        last = key(row)
        yield row


def _chunks(items: Iterable[T]) -> Iterator[list[T]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, _CHUNK_ROWS)):
        yield chunk
