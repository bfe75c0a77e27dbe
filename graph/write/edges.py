"""Computes the edges between entities from all evidence that the graph holds for them.

An edge is a function of its Evidence nodes and their Publications, so shards may be loaded in any order and a load
may be killed anywhere: whatever triple is touched is computed anew, and one without evidence loses its edge. Only
what differs from the edge in the graph is written.

An edge that was found absent is created in bulk (`Store.create_edges`), and not looked for once more. No other load can
have made it meanwhile, nor one that was killed: one at a time holds the graph (`Store.writing`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import pyarrow as pa

from engine.schema import PREDICATE_BY_NAME
from graph.belief import Statement, Support, support_of
from graph.errors import LoadError
from graph.read import node_pages
from graph.schema import ENTITY_LABELS, EVIDENCE, SUPPORT_PROPERTIES, TRIPLE_PROPERTIES, TRIPLE_TYPES
from graph.store import Store
from graph.write.batch import Tally, chunks, match_ends
from graph.write.entities import EntityWriter
from graph.write.record import ChangeRecorder
from graph.write.rows import Properties, Triple

_EDGE_COLUMNS: Final = ", ".join(f"r.{name} AS {name}" for name in TRIPLE_PROPERTIES)
_KINDS: Final = {"id": pa.string(), "belief": pa.float64()}  # of all others: integer
_EDGES: Final = pa.schema(
    [("subject", pa.string()), ("object", pa.string()), *((n, _KINDS.get(n, pa.int64())) for n in TRIPLE_PROPERTIES)]
)

Group = tuple[str, str, str]  # label of the subject, type, label of the object


class EdgeWriter:
    """Computes and writes edges; `bare_ends` collects the ends of triples that have none."""

    def __init__(
        self,
        store: Store,
        tally: Tally,
        entities: EntityWriter,
        *,
        batch_rows: int,
        recorder: ChangeRecorder | None = None,
    ) -> None:
        self._store = store
        self._tally = tally
        self._entities = entities
        self._batch_rows = batch_rows
        self._recorder = recorder
        self.bare_ends: set[str] = set()

    def settle(self, touched: Mapping[str, Triple], *, on_progress: Callable[[int], None]) -> None:
        """Bring the edges of these triples up to date; `on_progress` is told how many are done.

        Raises: LoadError if an end of a triple that has evidence is not in the graph.
        """
        labels = self._entities.labels_of(end for triple in touched.values() for end in (triple.subject, triple.object))
        groups: dict[Group, list[str]] = defaultdict(list)
        for id_, triple in sorted(touched.items(), key=lambda item: item[1]):
            for end in (triple.subject, triple.object):
                if end not in labels:
                    raise LoadError(f"triple {id_} ({triple}): {end} is neither in an entity table nor in the graph")
            groups[labels[triple.subject], triple.predicate, labels[triple.object]].append(id_)
        done = 0
        for group, ids in sorted(groups.items()):
            has_edges = self._has_edges(group[1])
            for batch in chunks(ids, self._batch_rows):
                self._settle_batch(group, {id_: touched[id_] for id_ in batch}, has_edges=has_edges)
                done += len(batch)
                on_progress(done)

    def _has_edges(self, type_: str) -> bool:
        return self._store.execute(f"MATCH ()-[r:{type_}]->() RETURN count(r) AS n")[0]["n"] != 0

    def _settle_batch(self, group: Group, batch: Mapping[str, Triple], *, has_edges: bool) -> None:
        subject_label, type_, object_label = group
        supports = self._read_supports(list(batch))
        pair = match_ends(subject_label, object_label)
        ends = {id_: {"subject": triple.subject, "object": triple.object} for id_, triple in batch.items()}
        stored: dict[str, Properties] = {}
        if has_edges:
            for row in self._store.execute(
                f"{pair}MATCH (a)-[r:{type_}]->(b) RETURN {_EDGE_COLUMNS}", rows=list(ends.values())
            ):
                stored[str(row["id"])] = row
        wanted = {id_: _edge_properties(id_, type_, support) for id_, support in supports.items()}
        differing = [id_ for id_, properties in wanted.items() if stored.get(id_) != properties]
        fresh = [{**ends[id_], **wanted[id_]} for id_ in differing if id_ not in stored]
        changed = [{**ends[id_], "properties": wanted[id_]} for id_ in differing if id_ in stored]
        gone = [ends[id_] for id_ in stored.keys() - wanted.keys()]
        self.bare_ends.update(end for id_ in ends.keys() - wanted.keys() for end in ends[id_].values())
        if self._recorder:
            self._recorder.edges((subject_label, object_label), batch, before=stored, now=wanted)
        if fresh:
            self._store.create_edges(type_, (subject_label, object_label), pa.Table.from_pylist(fresh, schema=_EDGES))
        if changed:
            self._store.execute_write(f"{pair}MATCH (a)-[r:{type_}]->(b) SET r += row.properties", rows=changed)
        if gone:
            self._store.execute_write(f"{pair}MATCH (a)-[r:{type_}]->(b) DELETE r", rows=gone)
        self._tally.count("edges", written=len(differing), unchanged=len(wanted) - len(differing), removed=len(gone))

    def _read_supports(self, ids: Sequence[str]) -> dict[str, Support]:
        statements: dict[str, list[Statement]] = defaultdict(list)
        rows: list[dict[str, Any]] = self._store.execute(
            "UNWIND $ids AS id MATCH (e:Evidence {triple_id: id})-[:IN]->(p:Publication) WHERE p.retracted = false "
            "RETURN e.triple_id AS id, e.assertion AS assertion, e.chance AS chance, p.id AS publication, "
            "p.year AS year, e.model_revision AS reader, e.sentence AS sentence",
            ids=list(ids),
        )
        for row in rows:
            told = (row[name] for name in ("publication", "assertion", "chance", "year", "reader", "sentence"))
            statements[row["id"]].append(Statement(*told))
        supports = {id_: support_of(statements[id_]) for id_ in ids if id_ in statements}
        return {id_: support for id_, support in supports.items() if support is not None}

    def find_all(self) -> dict[str, Triple]:
        """Every triple that the graph knows by evidence or by edge, for the repair of a load that was killed."""
        found: dict[str, Triple] = {}
        columns = ("id", "triple_id", "subject", "predicate", "object")
        for page in node_pages(self._store, EVIDENCE, columns, page_rows=self._batch_rows):
            found |= {str(row["triple_id"]): _triple(row) for row in page}
        for type_ in TRIPLE_TYPES:
            for label in ENTITY_LABELS:
                for row in self._store.execute(
                    f"MATCH (a:{label})-[r:{type_}]->(b) "
                    "RETURN r.id AS id, a.id AS subject, type(r) AS predicate, b.id AS object"
                ):
                    found[str(row["id"])] = _triple(row)
        return found


def _triple(row: Mapping[str, object]) -> Triple:
    return Triple(str(row["subject"]), str(row["predicate"]), str(row["object"]))


def _edge_properties(id_: str, type_: str, support: Support) -> Properties:
    numbers = {name: getattr(support, name) for name in SUPPORT_PROPERTIES}
    return {"id": id_, "sign": PREDICATE_BY_NAME[type_].sign, **numbers}
