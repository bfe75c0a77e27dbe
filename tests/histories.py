"""Random histories of documents, and what a graph must hold after each of their days, worked out in plain Python.

A history is what happens to a few documents: revisions, deletions, late older forms, flags and notices of retraction,
read by one model or by two. It is loaded day by day; `Expected` keeps the books by the rules alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from hypothesis import strategies as st

from engine.schema import ASSERTIONS
from graph.schema import ENTITY_LABELS, TRIPLE_TYPES
from graph.store import Store
from graph.write import LoadReport, load_folder
from tests.tables import Tables, close, write_run

DOCUMENTS = tuple(f"PMID:{number}" for number in range(1, 5))
MODELS = ("model-1", "model-2")
TRIPLES = (
    ("mesh:D000068877", "INHIBITS", "hgnc:76"),
    ("mesh:D000068877", "INHIBITS", "fplx:SRC_family"),
    ("mesh:D000068877", "INHIBITS", "hgnc:11283"),
    ("mesh:D000068877", "TREATS", "mondo:0011996"),
    ("mesh:D005947", "INDUCES", "mondo:0005148"),
    ("hgnc:6342", "BINDS", "hgnc:76"),
    ("hgnc:76", "BINDS", "hgnc:6342"),
    ("ncbigene:11350", "PROMOTES", "mondo:0011996"),
)


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence of a document."""

    triple: tuple[str, str, str]
    assertion: str
    score: float


@dataclass(frozen=True, slots=True)
class Version:
    """One revision of a document, and what each of `MODELS` finds in it."""

    doc_id: str
    revision: int
    deleted: bool
    retracted: bool
    retracts: tuple[str, ...]
    said: tuple[tuple[Said, ...], tuple[Said, ...]]

    def add_to(self, tables: Tables, *models: str) -> None:
        """Write this version, as these models read it, into a shard's tables."""
        for model in models:
            for number, said in enumerate(self.said[MODELS.index(model)]):
                tables.state(
                    self.doc_id,
                    *said.triple,
                    revision=self.revision,
                    at=100 * number,
                    model=model,
                    assertion=said.assertion,
                    score=said.score,
                )
        tables.add_document(
            self.doc_id,
            revision=self.revision,
            deleted=self.deleted,
            retracted=self.retracted,
            retracts=list(self.retracts),
            year=2000 + self.revision,
        )


@dataclass(frozen=True, slots=True)
class Day:
    """What is loaded at once: versions as one model read them, cut into shards; beside other models' or not."""

    shards: tuple[tuple[Version, ...], ...]
    model: str = MODELS[0]
    keep: bool = False

    def write(self, folder: Path) -> Path:
        """This day as the folder of a run. A shard has the newest version of each of its documents."""
        tables = [Tables() for _ in self.shards]
        for shard, versions in zip(tables, self.shards, strict=True):
            for version in newest(versions):
                version.add_to(shard, self.model)
        return write_run(folder, tables, model=self.model)

    def load(self, store: Store, folder: Path) -> LoadReport:
        """Load the folder that was written, in small batches."""
        return load_folder(store, folder, keep_other_models=self.keep, batch_rows=2)


def newest(versions: Iterable[Version]) -> list[Version]:
    """The highest revision of each document."""
    best: dict[str, Version] = {}
    for version in versions:
        if version.doc_id not in best or best[version.doc_id].revision < version.revision:
            best[version.doc_id] = version
    return list(best.values())


@dataclass(slots=True)
class Expected:
    """The documents in force, each with the models whose evidence of it counts."""

    in_force: dict[str, tuple[Version, frozenset[str]]] = field(default_factory=dict)

    def load(self, day: Day) -> None:
        """Take a day in."""
        for version in newest(version for shard in day.shards for version in shard):
            known, models = self.in_force.get(version.doc_id, (None, frozenset()))
            if known is None or known.revision < version.revision or (known == version and not day.keep):
                self.in_force[version.doc_id] = version, frozenset({day.model})
            elif known == version:
                self.in_force[version.doc_id] = version, models | {day.model}

    def tables(self) -> Tables:
        """All that is in force as one shard: what reading everything at once would give."""
        tables = Tables(run_id="run-at-once")
        for version, models in self.in_force.values():
            version.add_to(tables, *models)
        return tables

    def check(self, store: Store) -> None:
        """Compare the books with a graph: evidence, edges, retractions and concepts, no more and no less."""
        tables = self.tables()
        standing = {key for key, row in tables.evidence.items() if not self._version(row["doc_id"]).deleted}
        rows = store.execute("MATCH (e:Evidence)-[:IN]->(p:Publication) RETURN e.id AS id, p.id AS doc")
        assert {row["id"] for row in rows} == standing
        retracted = self._retracted()
        flags = store.execute("MATCH (p:Publication) RETURN p.id AS id, p.retracted AS retracted, p.deleted AS deleted")
        assert {row["id"] for row in flags if row["retracted"]} == retracted
        assert {row["id"] for row in flags} == self.in_force.keys() | retracted
        assert {row["id"] for row in flags if row["deleted"]} == {d for d, (v, _) in self.in_force.items() if v.deleted}
        believed = [tables.evidence[key] for key in standing if tables.evidence[key]["doc_id"] not in retracted]
        told = {(row["triple_id"], row["doc_id"], row["assertion"], row["sentence"]) for row in believed}
        assert _edges(store) == Counter(
            triple for triple, *_ in told
        )  # what two models found in a sentence counts once
        triples = (tables.triples[tables.evidence[key]["triple_id"]] for key in standing)
        named = {triple[end] for triple in triples for end in ("subject", "object")}
        assert _concepts(store) == close(named)[0]

    def _version(self, doc_id: str) -> Version:
        return self.in_force[doc_id][0]

    def _retracted(self) -> set[str]:
        versions = [version for version, _ in self.in_force.values()]
        flagged = {version.doc_id for version in versions if version.retracted and not version.deleted}
        return flagged.union(*(set(version.retracts) - {version.doc_id} for version in versions if not version.deleted))


def _edges(store: Store) -> Counter[object]:
    """Sentences of each edge by the edge's id."""
    rows = store.execute(f"MATCH (a)-[r:{'|'.join(TRIPLE_TYPES)}]->(b) RETURN r.id AS id, r.n_evidence AS n")
    assert len({row["id"] for row in rows}) == len(rows)
    return Counter({row["id"]: row["n"] for row in rows})  # type: ignore[dict-item]


def _concepts(store: Store) -> set[object]:
    return {row["id"] for label in ENTITY_LABELS for row in store.execute(f"MATCH (n:{label}) RETURN n.id AS id")}


rarely = st.integers(0, 5).map(lambda number: number == 0)
sentences = st.lists(
    st.builds(Said, st.sampled_from(TRIPLES), st.sampled_from(ASSERTIONS), st.sampled_from((0.31, 0.62, 0.87))),
    max_size=3,
).map(tuple)
versions = st.lists(
    st.builds(
        Version,
        doc_id=st.sampled_from(DOCUMENTS),
        revision=st.integers(1, 3),
        deleted=rarely,
        retracted=rarely,
        retracts=st.lists(st.sampled_from((*DOCUMENTS, "PMID:unseen")), max_size=1).map(tuple),
        said=st.tuples(sentences, sentences),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda version: (version.doc_id, version.revision),
)


def cut(items: Sequence[Version], places: Iterable[int]) -> tuple[tuple[Version, ...], ...]:
    """The versions in order, cut at these places; empty parts are left out."""
    edges = sorted({0, len(items), *(place % (len(items) + 1) for place in places)})
    return tuple(tuple(items[start:stop]) for start, stop in pairwise(edges))
