"""Opens a graph store and gives every store the same few methods.

A URI of a Neo4j scheme opens the official driver; anything else is the path of the embedded kglite store, one
file. The statements are Cypher that both understand; the store runs them and knows nothing of our labels or of
how a graph is loaded. Values come back as plain Python: a node is `{"labels": [...], "properties": {...}}`, a
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
from typing import TYPE_CHECKING, Final, Protocol, Self

from graph.counters import Counters
from graph.errors import StoreError

if TYPE_CHECKING:
    import pyarrow as pa

NEO4J_SCHEMES: Final = ("neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s", "bolt+ssc")
USER_VARIABLE: Final = "HYPOGRAPH_NEO4J_USER"
PASSWORD_VARIABLE: Final = "HYPOGRAPH_NEO4J_PASSWORD"  # the variable's name, not a secret
DATABASE_VARIABLE: Final = "HYPOGRAPH_NEO4J_DATABASE"


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


def is_neo4j(uri: str) -> bool:
    """Whether `uri` names a Neo4j server rather than a file."""
    scheme, separator, _ = uri.partition("://")
    return bool(separator) and scheme in NEO4J_SCHEMES


def open_store(uri: str, *, read_only: bool = False, environment: Mapping[str, str] | None = None) -> Store:
    """Open the graph at `uri`: a Neo4j address, or the path of an embedded store.

    User, password and database of a Neo4j server come from the environment (`HYPOGRAPH_NEO4J_USER`,
    `HYPOGRAPH_NEO4J_PASSWORD`, `HYPOGRAPH_NEO4J_DATABASE`), never from the URI.
    Raises: StoreError if it cannot be opened or reached; StoreBusy if another process writes to the file.
    """
    if is_neo4j(uri):
        from graph.store_neo4j import Neo4jStore

        return Neo4jStore(uri, read_only=read_only, environment=environment)
    scheme, separator, _ = uri.partition("://")
    if separator:  # the embedded store would make folders of that name; the rest may hold a password
        raise StoreError(f"{scheme}://...: expected {'://, '.join(NEO4J_SCHEMES)}:// or the path of an embedded graph")
    from graph.store_embedded import EmbeddedStore

    return EmbeddedStore(uri, read_only=read_only)
