"""Reads from a store what hypotheses are made of, by read-only queries that both stores answer, in pages by key.

For a question only the surroundings are read: the edges of the concept asked about, those of its neighbours towards
the kind that is sought, and counted degrees. With a year, edges are made anew from the evidence up to it. For a
back-test every claim of the graph is read.

The trade-off of the surroundings: neighbours with very many edges are passed over (`max_degree`); they join
everything with everything, and damping leaves little of such paths. The trade-off of reading all: a claim costs
about 350 bytes of memory here.

A retracted publication counts for nothing, whenever it was retracted: the graph doesn't say when. That is the one
thing that a ranking of the past knows of the future.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from engine.schema import CHEMICAL, DISEASE, GENE, PREDICATE_BY_NAME
from graph.ask import query_read_only
from graph.belief import Support
from graph.hypotheses.network import KIND_BY_LABEL, Claim, Concept, Edge, Network, edges_of
from graph.schema import DRUG, SUPPORT_PROPERTIES, TRIPLE_TYPES
from graph.store import Store
from graph.write.batch import chunks

PAGE_ROWS: Final = 20_000
BATCH_IDS: Final = 500
TIMEOUT_S: Final = 120.0
MAX_DEGREE: Final = 5_000

_LABELS: Final = "|".join(KIND_BY_LABEL)
_LABELS_BY_KIND: Final = {
    kind: "|".join(label for label, its in KIND_BY_LABEL.items() if its == kind) for kind in (CHEMICAL, GENE, DISEASE)
}
_TYPES: Final = "|".join(TRIPLE_TYPES)
_SUPPORT: Final = ", ".join(f"r.{name} AS {name}" for name in SUPPORT_PROPERTIES)
_STANDS: Final = "NOT coalesce(p.retracted, false)"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """A network around a concept; `passed_over` are neighbours with more edges than the limit."""

    network: Network
    passed_over: tuple[Concept, ...]


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence for or against an edge."""

    sentence: str
    assertion: str
    weight: float
    publication: str
    year: int | None


@dataclass(frozen=True, slots=True)
class Everything:
    """All concepts and claims of a graph."""

    concepts: list[Concept]
    humans: dict[str, str]
    claims: list[Claim]


def read_surroundings(
    store: Store,
    ids: Sequence[str],
    *,
    sought: str | None,
    until: int | None = None,
    max_degree: int = MAX_DEGREE,
    page_rows: int = PAGE_ROWS,
) -> Surroundings:
    """What is needed to rank concepts of the kind `sought` around one id, or (None) to join two ids.

    Raises: QueryTimeout past two minutes for one page.
    """
    reader = _Reader(store, until=until, page_rows=page_rows)
    reader.read_concepts(ids)
    reader.add_families(ids)
    found = {edge.id: edge for edge in reader.read_edges(reader.with_family(ids))}
    passed_over: list[Concept] = []
    inner = sorted(reader.concepts.keys() - set(reader.with_family(ids)))
    reader.add_families(inner)
    inner = reader.with_family(inner)
    reader.read_concepts(inner)
    reader.count_degrees([*reader.with_family(ids), *inner])
    if sought is not None:
        joined = reader.network(found.values())
        crowded = {id for id in map(joined.merged, inner) if joined.total_degree(id) > max_degree}
        passed_over = [joined.concept(id) for id in sorted(crowded)]
        near = [id for id in inner if joined.merged(id) not in crowded]
        found |= {edge.id: edge for edge in reader.read_edges(near, sought=sought)}
        outer = sorted(reader.concepts.keys() - set(inner) - set(reader.with_family(ids)))
        reader.add_families(outer)
        reader.count_degrees(reader.with_family(outer))
    return Surroundings(reader.network(found.values()), tuple(passed_over))


def read_quotes(store: Store, triples: Iterable[str], *, until: int | None = None) -> dict[str, list[Quote]]:
    """The sentences of these triples that count, the weightiest first."""
    quotes: dict[str, list[tuple[float, str, Quote]]] = {}
    for row in _evidence(store, sorted(set(triples)), until=until):
        quote = Quote(str(row["sentence"]), str(row["assertion"]), row["chance"], str(row["publication"]), row["year"])
        quotes.setdefault(str(row["triple"]), []).append((-quote.weight, str(row["id"]), quote))
    return {triple: _each_once(rows) for triple, rows in quotes.items()}


def _each_once(rows: Iterable[tuple[float, str, Quote]]) -> list[Quote]:
    """In their order; of a sentence that names both ends several times the weightiest reading."""
    quotes: dict[tuple[str, str, str], Quote] = {}
    for _, _, quote in sorted(rows, key=lambda row: row[:2]):
        quotes.setdefault((quote.publication, quote.sentence, quote.assertion), quote)
    return list(quotes.values())


def read_everything(store: Store, *, page_rows: int = PAGE_ROWS) -> Everything:
    """All concepts and all claims of publications that stand."""
    concepts: list[Concept] = []
    for label in KIND_BY_LABEL:
        query = f"MATCH (n:{label}) WHERE n.id > $after RETURN n.id AS id, n.name AS name, labels(n) AS labels"
        concepts += (_concept(row) for row in _pages(store, query, key="n.id", page_rows=page_rows))
    query = (
        "MATCH (e:Evidence)-[:IN]->(p:Publication) "
        f"WHERE e.id > $after AND {_STANDS} RETURN e.id AS id, e.triple_id AS triple, e.subject AS subject, "
        "e.predicate AS predicate, e.object AS object, e.assertion AS assertion, e.chance AS chance, "
        "e.model_revision AS reader, e.sentence AS sentence, p.id AS publication, p.year AS year"
    )
    claims = [_claim(row) for row in _pages(store, query, key="e.id", page_rows=page_rows)]
    return Everything(concepts, _humans(store, page_rows=page_rows), claims)


class _Reader:
    """Collects concepts, families of orthologs, degrees and edges for one question."""

    def __init__(self, store: Store, *, until: int | None, page_rows: int) -> None:
        self._store = store
        self._until = until
        self._page_rows = page_rows
        self.concepts: dict[str, Concept] = {}
        self._humans: dict[str, str] = {}
        self._degrees: dict[tuple[str, str], int] = {}

    def read_concepts(self, ids: Iterable[str]) -> None:
        """Names and labels of concepts that no edge has brought along."""
        unknown = sorted(set(ids) - self.concepts.keys())
        for label in sorted(KIND_BY_LABEL):  # one look-up a label, so that each uses that label's index
            query = f"UNWIND $ids AS id MATCH (n:{label} {{id: id}}) RETURN n.id AS id, n.name AS name"
            for batch in chunks(unknown, BATCH_IDS):
                for row in _rows(self._store, f"{query}, labels(n) AS labels", ids=list(batch)):
                    self.concepts[str(row["id"])] = _concept(row)

    def add_families(self, ids: Iterable[str]) -> None:
        """Whom the genes among these stand for, and who stands for that one."""
        genes = sorted(id for id in ids if self.concepts[id].label == "Gene")
        up = "UNWIND $ids AS id MATCH (a:Gene {id: id})-[:ORTHOLOG_OF]->(b:Gene) RETURN a.id AS id, min(b.id) AS human"
        down = (
            "UNWIND $ids AS id MATCH (b:Gene {id: id})<-[:ORTHOLOG_OF]-(a:Gene) WITH DISTINCT a "
            "MATCH (a)-[:ORTHOLOG_OF]->(b:Gene) RETURN a.id AS id, min(b.id) AS human"
        )
        self._add_humans(up, genes)
        self._add_humans(down, sorted({*genes, *(self._humans[id] for id in genes if id in self._humans)}))

    def _add_humans(self, query: str, genes: Sequence[str]) -> None:
        for batch in chunks(genes, BATCH_IDS):
            for row in _rows(self._store, query, ids=list(batch)):
                self._humans[str(row["id"])] = str(row["human"])

    def with_family(self, ids: Iterable[str]) -> list[str]:
        """These ids, the human genes they stand for, and all rodent genes that stand for those."""
        merged = {self._humans.get(id, id) for id in ids}
        return sorted(merged | {rodent for rodent, human in self._humans.items() if human in merged})

    def read_edges(self, ids: Sequence[str], *, sought: str | None = None) -> list[Edge]:
        """The edges of these concepts, to one kind or to any, as they stand (or stood in the year)."""
        self.read_concepts(ids)
        other = _LABELS if sought is None else _LABELS_BY_KIND[sought]
        edges: dict[str, Edge] = {}
        for label in sorted(KIND_BY_LABEL):
            query = (
                f"UNWIND $ids AS id MATCH (a:{label} {{id: id}})-[r:{_TYPES}]-(b:{other}) WHERE r.id > $after "
                "RETURN r.id AS id, startNode(r).id AS subject, type(r) AS predicate, endNode(r).id AS object, "
                f"{_SUPPORT}, b.id AS other, b.name AS name, labels(b) AS labels"
            )
            mine = [id for id in ids if id in self.concepts and self.concepts[id].label == label]
            for batch in chunks(mine, BATCH_IDS):
                for row in _pages(self._store, query, key="r.id", page_rows=self._page_rows, ids=list(batch)):
                    self.concepts.setdefault(str(row["other"]), _concept({**row, "id": row["other"]}))
                    edges[str(row["id"])] = _edge(row)
        return list(edges.values()) if self._until is None else self._as_they_stood(edges)

    def _as_they_stood(self, edges: Mapping[str, Edge]) -> list[Edge]:
        rows = _evidence(self._store, sorted(edges), until=self._until)
        ends = {id: {"subject": e.subject, "predicate": e.predicate, "object": e.object} for id, e in edges.items()}
        return edges_of(_claim({**row, **ends[str(row["triple"])]}) for row in rows)

    def count_degrees(self, ids: Sequence[str]) -> None:
        """Counts affirmed edges by the other end's kind, each concept once; of a family they add up."""
        stands = "r.first_year <= $until" if self._until is not None else "r.n_evidence > r.n_negated + r.n_speculated"
        self.read_concepts(ids)
        for label in sorted(KIND_BY_LABEL):
            mine = [id for id in ids if id in self.concepts and self.concepts[id].label == label]
            for kind, others in _LABELS_BY_KIND.items():
                query = (
                    f"UNWIND $ids AS id MATCH (a:{label} {{id: id}})-[r:{_TYPES}]-(b:{others}) "
                    f"WHERE {stands} AND b.id <> a.id RETURN a.id AS id, count(r) AS n"
                )
                for batch in chunks(mine, BATCH_IDS):
                    for row in _rows(self._store, query, ids=list(batch), until=self._until):
                        self._degrees[str(row["id"]), kind] = int(row["n"])

    def network(self, edges: Iterable[Edge]) -> Network:
        """What was collected, families merged."""
        degrees: dict[tuple[str, str], int] = {}
        for (id, kind), n in self._degrees.items():
            human = self._humans.get(id, id)
            merged = human if human in self.concepts else id
            degrees[merged, kind] = degrees.get((merged, kind), 0) + n
        return Network(self.concepts.values(), edges, humans=self._humans, degrees=degrees)


def _evidence(store: Store, triples: Sequence[str], *, until: int | None) -> Iterator[dict[str, Any]]:
    in_time = "" if until is None else " AND p.year <= $until"
    query = (
        "UNWIND $ids AS id MATCH (e:Evidence {triple_id: id})-[:IN]->(p:Publication) "
        f"WHERE e.id > $after AND {_STANDS}{in_time} RETURN e.id AS id, e.triple_id AS triple, "
        "e.assertion AS assertion, e.chance AS chance, e.model_revision AS reader, p.id AS publication, "
        "p.year AS year, e.sentence AS sentence"
    )
    for batch in chunks(triples, BATCH_IDS):
        yield from _pages(store, query, key="e.id", page_rows=PAGE_ROWS, ids=list(batch), until=until)


def _humans(store: Store, *, page_rows: int) -> dict[str, str]:
    query = "MATCH (a:Gene)-[:ORTHOLOG_OF]->(b:Gene) WHERE a.id > $after RETURN a.id AS id, min(b.id) AS human"
    return {str(r["id"]): str(r["human"]) for r in _pages(store, query, key="id", page_rows=page_rows)}


def _pages(store: Store, query: str, *, key: str, page_rows: int, **parameters: object) -> Iterator[dict[str, Any]]:
    """All rows of a query that has `key > $after` and returns the key as `id`.

    Of a key with several rows (an edge whose two ends were both asked for) some may fall to a page's end.
    """
    after = ""
    while True:
        text = f"{query} ORDER BY {key} LIMIT {page_rows}"
        rows = _rows(store, text, limit_rows=page_rows, after=after, **parameters)
        yield from rows
        if len(rows) < page_rows:
            return
        after = str(rows[-1]["id"])


def _rows(store: Store, query: str, *, limit_rows: int = PAGE_ROWS, **parameters: object) -> list[dict[str, Any]]:
    answer = query_read_only(store, query, timeout_s=TIMEOUT_S, limit_rows=limit_rows, parameters=parameters)
    return list(answer.rows)


def _concept(row: Mapping[str, Any]) -> Concept:
    labels = set(row["labels"])
    label = next(label for label in KIND_BY_LABEL if label in labels)
    return Concept(str(row["id"]), str(row["name"]), label, DRUG in labels)


def _edge(row: Mapping[str, Any]) -> Edge:
    support = Support(**{name: row[name] for name in SUPPORT_PROPERTIES})
    return Edge(str(row["id"]), str(row["subject"]), str(row["predicate"]), str(row["object"]), support)


def _claim(row: Mapping[str, Any]) -> Claim:
    subject, predicate, object_ = str(row["subject"]), str(row["predicate"]), str(row["object"])
    if PREDICATE_BY_NAME[predicate].symmetric and object_ < subject:  # as the edge has them
        subject, object_ = object_, subject
    return Claim(
        triple=str(row["triple"]),
        subject=subject,
        predicate=predicate,
        object=object_,
        assertion=str(row["assertion"]),
        weight=row["chance"],
        publication=str(row["publication"]),
        year=row["year"],
        reader=row["reader"],
        sentence=hash(row["sentence"]),
    )
