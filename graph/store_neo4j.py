"""The server store: Neo4j through its official driver.

Every statement runs in a managed transaction, so the driver retries what is worth retrying; there is no retry
loop of ours. Reads are routed to readers. Counts are the server's own. In `writing`, each writing transaction makes
sure first that the lease is still held.
It knows nothing of our labels. The trade-off: rows are fetched whole, so callers page.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from itertools import chain, repeat
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self, cast

from graph.counters import Counters, CountsWrites
from graph.errors import ConstraintError, QueryError, QueryTimeout, ReadOnlyViolation, StoreError
from graph.lease import Lease
from graph.store import Answer

if TYPE_CHECKING:
    import pyarrow as pa

USER_VARIABLE: Final = "HYPOGRAPH_NEO4J_USER"
PASSWORD_VARIABLE: Final = "HYPOGRAPH_NEO4J_PASSWORD"  # the variable's name, not a secret
DATABASE_VARIABLE: Final = "HYPOGRAPH_NEO4J_DATABASE"
_READER_RETRY_S: Final = 30.0
_WRITER_RETRY_S: Final = 120.0  # a load outlives the restart of its server
_BATCH_ROWS: Final = 10_000  # of relationships in a transaction; of nodes in a look-up, half of that
_RETRY_DELAY_MULTIPLIER: Final = 1.3  # by the driver's own 2 the last wait would be as long as all before it
# The last is what a transaction gets that ran out of time while it waited for a lock.
_TIMEOUT_CODES: Final = ("TransactionTimedOut", "TransactionTimedOutClientConfiguration", "LockClientStopped")


class Neo4jStore(CountsWrites):
    """A graph on a Neo4j server."""

    def __init__(self, uri: str, *, read_only: bool = False, environment: Mapping[str, str] | None = None) -> None:
        import neo4j
        from neo4j.exceptions import DriverError, Neo4jError

        super().__init__()
        self._neo4j: Any = neo4j
        self._uri = without_password(uri)
        self._read_only = read_only
        self._lease: Lease | None = None
        values = os.environ if environment is None else environment
        self._database = values.get(DATABASE_VARIABLE)
        # The driver logs every notification as a warning; they belong into answers, not onto stderr.
        logging.getLogger("neo4j.notifications").addHandler(logging.NullHandler())
        try:
            self._driver: Any = neo4j.GraphDatabase.driver(
                uri,
                auth=auth_of(values),
                notifications_min_severity="OFF",
                max_transaction_retry_time=_READER_RETRY_S if read_only else _WRITER_RETRY_S,
                retry_delay_multiplier=_RETRY_DELAY_MULTIPLIER,
            )
        except (DriverError, ValueError) as error:
            raise StoreError(
                f"{self._uri}: not a Neo4j address that the driver takes; user and password belong into "
                f"{USER_VARIABLE} and {PASSWORD_VARIABLE}, not into the address"
            ) from error
        try:
            self._driver.verify_connectivity()
        except (DriverError, Neo4jError) as error:
            self._driver.close()
            raise StoreError(
                f"{self._uri}: no Neo4j answers there ({error}); user and password are read from "
                f"{USER_VARIABLE} and {PASSWORD_VARIABLE}"
            ) from error

    @property
    def kind(self) -> str:
        """The store's kind."""
        return "neo4j"

    def execute(self, cypher: str, /, **params: object) -> list[dict[str, object]]:
        """Run one of our own statements and return all its rows."""
        control = self._neo4j.RoutingControl
        with _translated():
            result = self._driver.execute_query(
                cypher,
                parameters_=params,
                routing_=control.READ if self._read_only else control.WRITE,
                database_=self._database,
            )
        self._count(Counters.of(partial(getattr, result.summary.counters)))
        return [{key: _plain(value) for key, value in record.items()} for record in result.records]

    def execute_write(self, cypher: str, /, **params: object) -> Counters:
        """Run a writing statement and return what it changed."""
        return self._write(repeat(cypher), params)

    def create(self, cypher: str, or_merge: str, /, **params: object) -> Counters:
        """Create what was found to be absent; what the driver sends again is sent as `or_merge`."""
        try:
            return self._write(chain((cypher,), repeat(or_merge)), params)
        except ConstraintError:
            return self._write(repeat(or_merge), params)

    def create_edges(self, type_: str, labels: tuple[str, str], edges: pa.Table) -> Counters:
        """Create relationships between nodes that are looked up once.

        Under the lease no node goes meanwhile. Once warm, a server makes 56,000 in a second of processor's time, and
        41,000 where it looks up an end for each.
        """
        self._check_writable()
        rows = self._with_nodes(labels, edges)
        pair = "MATCH (a) WHERE elementId(a) = row.subject MATCH (b) WHERE elementId(b) = row.object"
        names = [name for name in edges.column_names if name not in ("subject", "object")]
        properties = "{" + ", ".join(f"{name}: row.{name}" for name in names) + "}"
        create = f"UNWIND $rows AS row {pair} CREATE (a)-[:{type_} {properties}]->(b)"
        or_merge = f"UNWIND $rows AS row {pair} MERGE (a)-[r:{type_}]->(b) SET r += {properties}"
        changed = Counters()
        for start in range(0, len(rows), _BATCH_ROWS):
            changed += self.create(create, or_merge, rows=rows[start : start + _BATCH_ROWS])
        return changed

    def _with_nodes(self, labels: tuple[str, str], edges: pa.Table) -> list[dict[str, object]]:
        """The rows of `edges` with the server's own names of the nodes in place of our ids."""
        rows: list[dict[str, object]] = edges.to_pylist()
        for label, column in zip(labels, ("subject", "object"), strict=True):
            nodes = self._nodes_of(label, edges[column].unique().to_pylist())
            for row in rows:
                row[column] = nodes[row[column]]
        return rows

    def _nodes_of(self, label: str, ids: Sequence[str]) -> dict[object, object]:
        nodes: dict[object, object] = {}
        cypher = (
            f"UNWIND $ids AS id MATCH (n:{label} {{id: id}}) RETURN collect(id) AS ids, collect(elementId(n)) AS nodes"
        )
        for found in self._in_lists(cypher, ids):
            nodes.update(zip(found["ids"], found["nodes"], strict=True))
        if len(nodes) != len(ids):
            raise QueryError(f"{self._uri}: of {len(ids)} {label} nodes to be joined, {len(nodes)} are there")
        return nodes

    def find_edges(self, type_: str, label: str, subjects: Sequence[str]) -> pa.Table:
        """The relationships of one type that start at these nodes of a label."""
        import pyarrow as pa

        pair = f"UNWIND $ids AS id MATCH (a:{label} {{id: id}})-[:{type_}]->(b)"
        found = list(self._in_lists(f"{pair} RETURN collect(id) AS subject, collect(b.id) AS object", subjects))
        chunks = {name: [pa.array(lists[name], pa.string()) for lists in found] for name in ("subject", "object")}
        return pa.table({name: pa.chunked_array(arrays, pa.string()) for name, arrays in chunks.items()})

    def _in_lists(self, cypher: str, ids: Sequence[str]) -> Iterator[dict[str, Any]]:
        """A row of lists for some of these ids at a time: read as rows of their own, values take ten times as long."""
        for start in range(0, len(ids), _BATCH_ROWS // 2):
            yield self.execute(cypher, ids=list(ids[start : start + _BATCH_ROWS // 2]))[0]

    def _write(self, attempts: Iterator[str], params: dict[str, object]) -> Counters:
        """Run a writing transaction; each attempt of the driver takes the next of these statements."""
        self._check_writable()

        def work(tx: Any) -> Any:
            with self._lease.guarding(_rows_in(tx)) if self._lease else nullcontext():
                return tx.run(next(attempts), params).consume().counters

        with _translated(), self._session() as session:
            changed = session.execute_write(work)
        return self._count(Counters.of(partial(getattr, changed)))

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the graph's lease; another holder is waited for."""
        self._check_writable()
        if self._lease:
            raise StoreError(f"{self._uri}: this store holds the graph for writing already")
        with Lease(self._ask) as self._lease:
            try:
                yield
            finally:
                self._lease = None

    def _ask(self, cypher: str, values: dict[str, object], *, timeout_s: float | None = None) -> list[dict[str, Any]]:
        """Run a statement about the lease, which is counted nowhere."""

        @self._neo4j.unit_of_work(timeout=timeout_s)  # type: ignore[untyped-decorator, unused-ignore]
        def work(tx: Any) -> list[dict[str, Any]]:
            return _rows_in(tx)(cypher, values)

        with _translated(), self._session() as session:
            return cast(list[dict[str, Any]], session.execute_write(work))

    def _session(self) -> Any:
        """A session that sees what `execute` has seen, and the other way round, on a cluster too."""
        manager = self._driver.execute_query_bookmark_manager
        return self._driver.session(database=self._database, bookmark_manager=manager)

    def _check_writable(self) -> None:
        if self._read_only:
            raise ReadOnlyViolation(f"{self._uri}: opened for reading, asked to write")

    def query(
        self, cypher: str, parameters: Mapping[str, object] | None = None, *, timeout_s: float, limit_rows: int
    ) -> Answer:
        """Answer a reader's query in a read transaction, within a time and a row limit."""

        @self._neo4j.unit_of_work(timeout=timeout_s)  # type: ignore[untyped-decorator, unused-ignore]
        def work(tx: Any) -> Answer:
            result = tx.run(cypher, dict(parameters or {}))
            columns = tuple(result.keys())
            records = result.fetch(limit_rows + 1)
            summary = result.consume()
            rows = [{key: _plain(value) for key, value in record.items()} for record in records[:limit_rows]]
            notes = tuple(n.status_description for n in summary.gql_status_objects if n.is_notification)
            return Answer(columns=columns, rows=rows, truncated=len(records) > limit_rows, warnings=notes)

        # A session fetches ahead in batches of this size: no more than the limit needs.
        size = max(1, min(limit_rows + 1, 1000))
        with (
            _translated(),
            self._driver.session(
                database=self._database,
                default_access_mode=self._neo4j.READ_ACCESS,
                fetch_size=size,
                notifications_min_severity="WARNING",
            ) as session,
        ):
            return cast(Answer, session.execute_read(work))

    def close(self) -> None:
        """Close the driver's connections."""
        self._driver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def auth_of(environment: Mapping[str, str]) -> tuple[str, str] | None:
    """User and password that the environment names; None without a password."""
    user, password = environment.get(USER_VARIABLE), environment.get(PASSWORD_VARIABLE)
    return (user or "neo4j", password) if password else None


def without_password(uri: str) -> str:
    """An address as messages show it: a password must not reach a log."""
    return re.sub(r"//[^/@]*@", "//", uri)


class _translated:  # noqa: N801
    """Turns the driver's exceptions into ours."""

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        from neo4j import exceptions as theirs

        if isinstance(error, theirs.ConstraintError):
            raise ConstraintError(str(error.message)) from error
        if isinstance(error, theirs.Neo4jError):
            code, message = error.code or "", error.message or str(error)
            if code.rpartition(".")[2] in _TIMEOUT_CODES:
                raise QueryTimeout(f"stopped at its time limit: {message}") from error
            if code.endswith("Statement.AccessMode"):
                raise ReadOnlyViolation(message) from error
            raise QueryError(message) from error
        if isinstance(error, theirs.DriverError):
            raise StoreError(f"the connection to Neo4j failed: {error}") from error


def _rows_in(tx: Any) -> Callable[[str, dict[str, object]], list[dict[str, Any]]]:
    """Runs a statement in this transaction and returns its rows."""
    return lambda cypher, params: cast(list[dict[str, Any]], tx.run(cypher, params).data())


def _plain(value: Any) -> object:
    """Nodes, relationships and paths in the common form; dates as ISO text."""
    if value is None or isinstance(value, str | int | float):
        return value
    from neo4j.graph import Node, Path, Relationship

    if isinstance(value, Node):
        return {"labels": sorted(value.labels), "properties": dict(value.items())}
    if isinstance(value, Relationship):
        ends = {"start": _id_of(value.start_node), "end": _id_of(value.end_node)}
        return {"type": value.type, **ends, "properties": dict(value.items())}
    if isinstance(value, Path):
        steps: list[object] = [_plain(value.nodes[0])]
        for relationship, node in zip(value.relationships, value.nodes[1:], strict=True):
            steps += [_plain(relationship), _plain(node)]
        return steps
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if hasattr(value, "iso_format"):
        return value.iso_format()
    return value


def _id_of(node: Any) -> object:
    """Its `id`; the driver knows the properties of nodes that the answer holds, of others nothing."""
    return None if node is None else node.get("id")
