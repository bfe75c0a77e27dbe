"""A store for one question that takes many queries: together they may take no longer than a limit.

It hands every call on; a query gets what is left of the time. Statements of our own (`execute`), which look up names by
an index, have no limit here as they have none elsewhere.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import TYPE_CHECKING, Self

from graph.counters import Counters
from graph.errors import QueryTimeout
from graph.store import Answer, Store

if TYPE_CHECKING:
    import pyarrow as pa


class Deadline:
    """An open store until a moment; closing it is left to the store's owner."""

    def __init__(self, store: Store, *, timeout_s: float) -> None:
        self._store = store
        self._timeout_s = timeout_s
        self._end = time.monotonic() + timeout_s

    @property
    def kind(self) -> str:
        """The store's kind."""
        return self._store.kind

    @property
    def counters(self) -> Counters:
        """The store's counters."""
        return self._store.counters

    def execute(self, cypher: str, /, **params: object) -> list[dict[str, object]]:
        """Run one of our own statements."""
        return self._store.execute(cypher, **params)

    def execute_write(self, cypher: str, /, **params: object) -> Counters:
        """Run a writing statement."""
        return self._store.execute_write(cypher, **params)

    def create(self, cypher: str, or_merge: str, /, **params: object) -> Counters:
        """Run a creating statement."""
        return self._store.create(cypher, or_merge, **params)

    def create_edges(self, type_: str, labels: tuple[str, str], edges: pa.Table) -> Counters:
        """Create relationships."""
        return self._store.create_edges(type_, labels, edges)

    def find_edges(self, type_: str, label: str, subjects: Sequence[str]) -> pa.Table:
        """Find relationships."""
        return self._store.find_edges(type_, label, subjects)

    def writing(self) -> AbstractContextManager[None]:
        """Hold the graph for writing."""
        return self._store.writing()

    def query(
        self, cypher: str, parameters: Mapping[str, object] | None = None, *, timeout_s: float, limit_rows: int
    ) -> Answer:
        """Answer a query in what is left of the time. Raises: QueryTimeout."""
        left_s = self._end - time.monotonic()
        over = f"stopped after {self._timeout_s:g} s, which several queries share"
        if left_s <= 0:
            raise QueryTimeout(over)
        try:
            return self._store.query(cypher, parameters, timeout_s=min(timeout_s, left_s), limit_rows=limit_rows)
        except QueryTimeout as error:
            if timeout_s < left_s:
                raise
            raise QueryTimeout(over) from error  # the store knows only what was left

    def close(self) -> None:
        """Nothing: the store stays open."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None
