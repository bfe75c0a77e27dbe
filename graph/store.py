"""What every graph store can do, whichever it is; `graph.connect` opens one.

The statements are Cypher that both stores understand; a store runs them and knows nothing of our labels or of how a
graph is loaded. Values come back as plain Python: a node is `{"labels": [...], "properties": {...}}`, a
relationship `{"type": ..., "start": ..., "end": ..., "properties": {...}}`, a path the list of its nodes and
relationships. `start` and `end` are the `id` properties of a relationship's ends, None where the answer doesn't hold
the end itself.

The trade-off of one common set of methods: a whole answer in memory, no cursor. Callers page by key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from graph.counters import Counters

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a reader's query; `truncated` says that the row limit cut it."""

    columns: tuple[str, ...]
    rows: list[dict[str, object]]
    truncated: bool = False
    warnings: tuple[str, ...] = ()


class Store(Protocol):
    """One open graph."""

    @property
    def kind(self) -> str:
        """`neo4j` or `kglite`."""

    @property
    def counters(self) -> Counters:
        """What all our own statements have changed since the store was opened."""

    def execute(self, cypher: str, /, **params: object) -> list[dict[str, object]]:
        """Run one of our own statements and return all its rows."""

    def execute_write(self, cypher: str, /, **params: object) -> Counters:
        """Run a writing statement in one transaction and return what it changed.

        Raises: ReadOnlyViolation if the store was opened for reading.
        """

    def create(self, cypher: str, or_merge: str, /, **params: object) -> Counters:
        """Create what was found to be absent, in one transaction; `or_merge` is for where it may be there after all.

        `or_merge` does the same to the same parameters by MERGE. It runs instead where a constraint says that something
        is there, and where a server may have committed what has to be sent again, for the word of it was lost.
        Raises: ReadOnlyViolation if the store was opened for reading.
        """

    def create_edges(self, type_: str, labels: tuple[str, str], edges: pa.Table) -> Counters:
        """Create relationships of one type that were found to be absent, from nodes of one label to nodes of another.

        `edges` has the columns `subject` and `object`, ids of nodes, and one for each property; a property that is null
        is left out. A pair occurs once in it, and is not looked for again: a server would join it twice. Only where a
        server may have committed what has to be sent again, it is. It may take several transactions.
        Raises: QueryError, before anything is written, if an end is not in the graph; ReadOnlyViolation if the store
            was opened for reading.
        """

    def find_edges(self, type_: str, label: str, subjects: Sequence[str]) -> pa.Table:
        """The relationships of one type that start at these nodes of a label: columns `subject` and `object`, ids."""

    def writing(self) -> AbstractContextManager[None]:
        """Hold the graph for a whole load or migration; another one that holds it is waited for.

        What the holder writes, other than by `execute`, is never mixed with what another one writes. On a server a
        lease does that (`graph.lease` says how surely); an embedded store's file is locked while it is open.
        Raises: ReadOnlyViolation if the store was opened for reading; and each write in it, LeaseLost if the graph went
            to another holder while this one slept or could not reach the server.
        """

    def query(
        self, cypher: str, parameters: Mapping[str, object] | None = None, *, timeout_s: float, limit_rows: int
    ) -> Answer:
        """Answer a reader's query in a read transaction, within a time and a row limit.

        Raises: QueryTimeout past `timeout_s`; ReadOnlyViolation if it writes; QueryError if the store refuses it.
        """

    def close(self) -> None:
        """Give the store back; the embedded store saves what was written."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
