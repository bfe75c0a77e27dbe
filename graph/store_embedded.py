"""The embedded store: kglite, one file, no server.

Opened for writing it makes the folders that its path lacks and logs every statement beside the file, so that a killed
process loses no finished statement; `close` folds the log into the file. A new graph is saved at once, so a log without
its file is known to be of a graph that was removed, and goes. Opened for reading it works on the last saved file and
never locks it.
One process writes at a time. The file can always be rebuilt from the Parquet output.

The trade-off: the whole graph lives in memory (measured: 100 k nodes and 1 M relationships, 22 MB on disk).
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self, cast

from graph.counters import Counters, CountsWrites
from graph.errors import ConstraintError, QueryError, QueryTimeout, ReadOnlyViolation, StoreBusy, StoreError
from graph.store import Answer

if TYPE_CHECKING:
    import pyarrow as pa

logger = logging.getLogger(__name__)

# This pass of kglite 0.21 returned wrong counts for a bare count(*) over two hops (15 of 2,100 random queries).
_DISABLED_PASSES: Final = ["fuse_match_return_aggregate"]
_RELATIONSHIP_KEYS: Final = frozenset({"id", "start", "end", "type", "properties"})
_PATH_KEYS: Final = frozenset({"nodes", "relationships"})
_NO_TIMEOUT_MS: Final = 0
_EDGES_A_CALL: Final = 50_000


class EmbeddedStore(CountsWrites):
    """A graph in one kglite file."""

    def __init__(self, path: str | Path, *, read_only: bool = False) -> None:
        import kglite

        super().__init__()
        self._kglite: Any = kglite
        # Of a link, the file that it leads to: this is what is locked, logged beside, and replaced when it is saved.
        self._path = Path(os.path.realpath(path))
        self._read_only = read_only
        self._open = False
        # Warnings (an unknown label, say) are part of an answer; the library would print them on stderr besides.
        kglite.set_query_warning_policy("silent")
        if self._path.is_dir():
            raise StoreError(f"{self._path}: expected the file of an embedded graph, found a folder")
        if read_only and not self._path.exists():
            raise StoreError(f"{self._path}: no graph there; `hypograph load DIR --graph {self._path}` makes one")
        is_new = not self._path.exists()
        try:
            self._graph: Any = self._open_for_reading() if read_only else self._open_for_writing()
        except OSError as error:
            raise StoreError(f"{self._path}: cannot be opened ({error})") from error
        except kglite.WriterLeaseHeldError as error:
            raise StoreBusy(f"{self._path}: another process is writing to this graph ({error})") from error
        except (kglite.KgError, RuntimeError) as error:  # the second of a log that doesn't fit its file
            raise StoreError(f"{self._path}: not a readable graph ({error})") from error
        if read_only:
            self._graph.read_only(True)
        if is_new:
            self._save()
        self._open = True

    def _open_for_reading(self) -> Any:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            graph = self._kglite.load(str(self._path))
        if any("write-ahead log" in str(warning.message) for warning in said):
            logger.warning("%s: what a load has written that is under way or was killed is not read", self._path)
        return graph

    def _open_for_writing(self) -> Any:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if not self._path.exists():  # a log that lies there is of a graph that was removed
            Path(f"{self._path}-wal").unlink(missing_ok=True)
        return self._kglite.open(str(self._path), durable="normal")

    @property
    def kind(self) -> str:
        """The store's kind."""
        return "kglite"

    def execute(self, cypher: str, /, **params: object) -> list[dict[str, object]]:
        """Run one of our own statements and return all its rows."""
        answer = self._run(cypher, params, timeout_ms=_NO_TIMEOUT_MS)
        self._count_changes(answer)
        return _plain_rows(answer.to_list())

    def execute_write(self, cypher: str, /, **params: object) -> Counters:
        """Run a writing statement and return what it changed."""
        self._check_writable()
        return self._count_changes(self._run(cypher, params, timeout_ms=_NO_TIMEOUT_MS))

    def _check_writable(self) -> None:
        if self._read_only:
            raise ReadOnlyViolation(f"{self._path}: opened for reading, asked to write")

    def _count_changes(self, answer: Any) -> Counters:
        stats = answer.stats or {}
        return self._count(Counters.of(lambda name: stats.get(name, 0)))  # it counts no labels

    def create(self, cypher: str, or_merge: str, /, **params: object) -> Counters:
        """Create what was found to be absent; nothing is ever sent twice here.

        A CREATE may not name a property that no node of its label has had so far, which is refused before anything is
        written; SET may.
        """
        try:
            return self.execute_write(cypher, **params)
        except QueryError:
            return self.execute_write(or_merge, **params)

    def create_edges(self, type_: str, labels: tuple[str, str], edges: pa.Table) -> Counters:
        """Create relationships by the library's own bulk call, three times as fast as its Cypher."""
        import pandas as pd
        import pyarrow as pa

        self._check_writable()
        for label, column in zip(labels, ("subject", "object"), strict=True):
            self._check_present(label, edges[column].unique().to_pylist())  # it would make up what is absent
        properties = [name for name in edges.column_names if name not in ("subject", "object")]
        # Where one is missing, pandas would turn a whole column of integers into floats, and of booleans into objects.
        kinds = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
        changed = Counters()
        for start in range(0, len(edges), _EDGES_A_CALL):
            frame = edges.slice(start, _EDGES_A_CALL).to_pandas(types_mapper=kinds.get)
            with self._translated():
                report = self._graph.add_relationships(
                    frame, type_, labels[0], "subject", labels[1], "object", columns=properties
                )
            changed += Counters(
                relationships_created=report["connections_created"],
                properties_set=report["connections_updated"] * len(properties),
            )
        return self._count(changed)

    def _check_present(self, label: str, ids: Sequence[str]) -> None:
        found = self.execute(f"UNWIND $ids AS id MATCH (n:{label} {{id: id}}) RETURN count(n) AS n", ids=list(ids))
        if found[0]["n"] != len(ids):
            raise QueryError(f"{self._path}: of {len(ids)} {label} nodes to be joined, {found[0]['n']} are there")

    def find_edges(self, type_: str, label: str, subjects: Sequence[str]) -> pa.Table:
        """The relationships of one type that start at these nodes of a label."""
        import pyarrow as pa

        found = self._run(
            f"UNWIND $ids AS id MATCH (a:{label} {{id: id}})-[:{type_}]->(b) RETURN id AS subject, b.id AS object",
            {"ids": list(subjects)},
            timeout_ms=_NO_TIMEOUT_MS,
        )
        return pa.table({name: pa.array(found.column(name), pa.string()) for name in ("subject", "object")})

    def writing(self) -> AbstractContextManager[None]:
        """Nothing to do: the file is locked while it is open for writing."""
        self._check_writable()
        return nullcontext()

    def query(
        self, cypher: str, parameters: Mapping[str, object] | None = None, *, timeout_s: float, limit_rows: int
    ) -> Answer:
        """Answer a reader's query within a time and a row limit."""
        was_read_only = self._graph.read_only()
        self._graph.read_only(True)
        try:
            timeout_ms = max(1, int(timeout_s * 1000))
            view = self._run(cypher, parameters or {}, timeout_ms=timeout_ms, row_limit=limit_rows)
            rows = _plain_rows(view.to_list())
            total = (view.diagnostics or {}).get("total_rows")
            truncated = total is not None and total > len(rows)
            notes = tuple(w for w in view.warnings if "row_limit" not in w)
            columns = tuple(view.columns)
        finally:
            self._graph.read_only(was_read_only)
        return Answer(columns=columns, rows=rows, truncated=truncated, warnings=notes)

    def _run(self, cypher: str, params: Mapping[str, object], *, timeout_ms: int, row_limit: int | None = None) -> Any:
        with self._translated(timeout_ms=timeout_ms):
            return self._graph.cypher(
                cypher,
                params=dict(params),
                timeout_ms=timeout_ms,
                row_limit=row_limit,
                disabled_passes=_DISABLED_PASSES,
                hide_structural_keys=True,
            )

    @contextmanager
    def _translated(self, *, timeout_ms: int = _NO_TIMEOUT_MS) -> Iterator[None]:
        """Turns the library's exceptions into ours."""
        kglite = self._kglite
        try:
            yield
        except kglite.CypherTimeoutError as error:
            # its own message tells to set options of the library, which nobody here can reach
            raise QueryTimeout(f"stopped after {timeout_ms / 1000:g} s") from error
        except kglite.ReadOnlyError as error:
            raise ReadOnlyViolation("the statement would write, and only reading is allowed here") from error
        except kglite.ConstraintError as error:
            raise ConstraintError(str(error)) from error
        except (kglite.KgError, ValueError, TypeError, OverflowError) as error:
            # kglite raises the three built-in ones for parameters that it cannot take
            raise QueryError(str(error)) from error

    def close(self) -> None:
        """Save what was written and release the file."""
        if not self._open:
            return
        self._open = False
        if self._read_only:
            return
        self._save()
        self._graph.close()

    def _save(self) -> None:
        with warnings.catch_warnings():
            # Said of columns that were updated, and of no matter to us: it concerns memory-mapped graphs.
            warnings.simplefilter("ignore", self._kglite.MappedFallbackWarning)
            try:
                self._graph.save()
            except (self._kglite.KgError, ValueError, OSError) as error:
                del self._graph  # which gives the file free
                raise StoreError(f"{self._path}: cannot be saved ({error})") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _plain_rows(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """Rows in the common form, without kglite's own keys."""
    if not any(isinstance(value, dict | list) for row in rows for value in row.values()):
        return rows
    ids = {node["id"]: node["properties"].get("id") for row in rows for value in row.values() for node in _nodes(value)}
    return [{key: _plain(value, ids) for key, value in row.items()} for row in rows]


def _nodes(value: object) -> Iterator[dict[str, Any]]:
    """All nodes in a value, however deep."""
    if isinstance(value, list):
        for item in value:
            yield from _nodes(item)
    elif isinstance(value, dict):
        if _is_node(value):
            yield value
        else:
            for item in value.values():
                yield from _nodes(item)


def _is_node(value: dict[str, Any]) -> bool:
    """Whether it is kglite's form of a node; a reader's own map may have the same keys."""
    kinds = {"id": int, "labels": list, "properties": dict}
    return value.keys() == kinds.keys() and all(isinstance(value[key], kind) for key, kind in kinds.items())


def _is_relationship(value: dict[str, Any]) -> bool:
    ends = (value.get("start"), value.get("end"))
    return value.keys() == _RELATIONSHIP_KEYS and all(isinstance(end, int) for end in ends)


def _is_path(value: dict[str, Any]) -> bool:
    if value.keys() != _PATH_KEYS:
        return False
    nodes, relationships = value["nodes"], value["relationships"]
    return isinstance(nodes, list) and isinstance(relationships, list) and len(nodes) == len(relationships) + 1


def _plain(value: object, ids: Mapping[object, object]) -> object:
    if isinstance(value, list):
        return [_plain(item, ids) for item in value]
    if not isinstance(value, dict):
        return value
    if _is_node(value):
        return {"labels": value["labels"], "properties": _own_properties(value)}
    if _is_relationship(value):
        ends = {end: ids.get(value[end]) for end in ("start", "end")}
        return {"type": value["type"], **ends, "properties": value["properties"]}
    if _is_path(value):
        nodes, relationships = _plain(value["nodes"], ids), _plain(value["relationships"], ids)
        return _alternated(cast(list[object], nodes), cast(list[object], relationships))
    return {key: _plain(item, ids) for key, item in value.items()}


def _alternated(nodes: list[object], relationships: list[object]) -> list[object]:
    steps = [nodes[0]]
    for relationship, node in zip(relationships, nodes[1:], strict=True):
        steps += [relationship, node]
    return steps


def _own_properties(node: dict[str, Any]) -> dict[str, object]:
    properties: dict[str, object] = dict(node["properties"])
    properties.pop("type", None)
    # kglite gives every node a title, a copy of the name or made from the id, unless one was stored
    own_id = properties.get("id")
    made_up = [properties.get("name"), own_id, *(f"{label}_{own_id}" for label in node["labels"])]
    if properties.get("title") in made_up:
        properties.pop("title", None)
    return properties
