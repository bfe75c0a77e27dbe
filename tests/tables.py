"""Builds small, consistent flat tables by hand and writes them as the finished shards of a run."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from engine.schema import FLAT_TABLES, Span, evidence_id, triple_id
from graph.belief import Kind, Sentence, Statement, weigh
from graph.belief.edge import believe

Row = dict[str, Any]

# concept id -> type, name, synonyms; enough for the sentences that tests make up
CONCEPTS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "mesh:D000068877": ("Drug", "Imatinib", ("Gleevec", "STI571")),
    "mesh:D005947": ("Chemical", "Glucose", ()),
    "hgnc:76": ("Gene", "ABL1", ("c-Abl",)),
    "hgnc:6342": ("Gene", "KIT", ()),
    "ncbigene:11350": ("Gene", "Abl1", ()),
    "hgnc:11283": ("Gene", "SRC", ()),
    "fplx:SRC_family": ("GeneFamily", "SRC family", ()),
    "uniprot:P00519": ("Protein", "ABL1_HUMAN", ()),
    "mondo:0011996": ("Disease", "chronic myelogenous leukemia", ("CML",)),
    "mondo:0005148": ("Disease", "type 2 diabetes mellitus", ()),
}
LEXICON_EDGES = (
    ("ncbigene:11350", "ORTHOLOG_OF", "hgnc:76"),
    ("hgnc:76", "ENCODES", "uniprot:P00519"),
    ("hgnc:11283", "MEMBER_OF", "fplx:SRC_family"),
)


@dataclass(slots=True)
class Tables:
    """The rows of one shard; evidence brings its triple, its document and its entities along."""

    documents: dict[tuple[str, int], Row] = field(default_factory=dict)
    concepts: set[str] = field(default_factory=set)
    triples: dict[str, Row] = field(default_factory=dict)
    evidence: dict[str, Row] = field(default_factory=dict)
    run_id: str = "run-1"

    def add_document(self, doc_id: str, *, revision: int = 1, **columns: Any) -> Tables:
        """A document row; columns not named have plain values."""
        row = {
            "doc_id": doc_id,
            "revision": revision,
            "deleted": False,
            "retracted": False,
            "retracts": [],
            "title": f"Title of {doc_id}",
            "year": 2010,
            "journal": "J Tests",
            "publication_types": ["Journal Article"],
            "mesh": [],
            "source_file": "a.xml",
        }
        self.documents[doc_id, revision] = row | columns
        return self

    def state(
        self,
        doc_id: str,
        subject: str,
        predicate: str,
        object_: str,
        *,
        revision: int = 1,
        at: int = 0,
        model: str = "model-1",
        **columns: Any,
    ) -> Tables:
        """A sentence of a document that states a triple; `at` tells two sentences of one document apart."""
        if (doc_id, revision) not in self.documents:
            self.add_document(doc_id, revision=revision)
        self.concepts |= {subject, object_}
        identity = triple_id(subject, predicate, object_)
        ends = (CONCEPTS[subject], CONCEPTS[object_])
        head, tail = Span(at, at + 5), Span(at + 20, at + 25)
        self.triples[identity] = dict(
            zip(FLAT_TABLES["triple"].names, (identity, subject, predicate, object_), strict=True)
        )
        key = evidence_id(
            doc_id=doc_id,
            revision=revision,
            predicate=predicate,
            head=head,
            tail=tail,
            triple=identity,
            extractor="encoder",
            model_revision=model,
        )
        self.evidence[key] = {
            "evidence_id": key,
            "triple_id": identity,
            "doc_id": doc_id,
            "revision": revision,
            "predicate": predicate,
            "head_id": subject,
            "head_text": ends[0][1],
            "head_type": "Chemical",
            "head_start": head.start,
            "head_end": head.end,
            "tail_id": object_,
            "tail_text": ends[1][1],
            "tail_type": "Gene",
            "tail_start": tail.start,
            "tail_end": tail.end,
            "sentences": [{"start": at, "end": at + 40}],
            "sentence": f"{ends[0][1]} {predicate} {ends[1][1]} ({doc_id}, {at}).",
            "section": "RESULTS",
            "assertion": "affirmed",
            "score": 0.9,
            "assertion_score": 0.95,
            "verifier_score": None,
            "mention_score": 0.95,
            "head_link_score": 1.0,
            "tail_link_score": 1.0,
            "extractor": "encoder",
            "model_revision": model,
            "run_id": self.run_id,
        } | columns
        return self

    def leave_unlinked(self, doc_id: str, *, revision: int = 1) -> Tables:
        """A sentence with an end that no lexicon knows."""
        row = dict.fromkeys(FLAT_TABLES["evidence"].names)
        self.evidence[f"E:unlinked-{doc_id}"] = row | {
            "evidence_id": f"E:unlinked-{doc_id}",
            "doc_id": doc_id,
            "revision": revision,
            "predicate": "INHIBITS",
            "head_text": "unknownumab",
            "score": 0.5,
        }
        return self

    def tables(self) -> dict[str, pa.Table]:
        """The flat tables in their schemas, entities closed over the vocabularies' edges."""
        concepts, joined = close(self.concepts)
        edges = [dict(zip(FLAT_TABLES["lexicon_edge"].names, edge, strict=True)) for edge in joined]
        rows: dict[str, Iterable[Row]] = {
            "document": self.documents.values(),
            "entity": [entity_row(concept) for concept in sorted(concepts)],
            "lexicon_edge": edges,
            "triple": self.triples.values(),
            "evidence": self.evidence.values(),
            "reject": (),
        }
        return {name: pa.Table.from_pylist(list(rows[name]), schema=schema) for name, schema in FLAT_TABLES.items()}


def close(named: Iterable[str]) -> tuple[set[str], list[tuple[str, str, str]]]:
    """These concepts with what the vocabularies' edges join to them, and those edges."""
    concepts = set(named)
    concepts |= {member for member, type_, family in LEXICON_EDGES if type_ == "MEMBER_OF" and family in concepts}
    edges = []
    for edge in LEXICON_EDGES:  # from rodent gene over human gene to protein: in this order it is closed
        if edge[0] in concepts:
            concepts.add(edge[2])
            edges.append(edge)
    return concepts, edges


def entity_row(concept_id: str) -> Row:
    """The entity row of one of `CONCEPTS`."""
    type_, name, synonyms = CONCEPTS[concept_id]
    return {
        "concept_id": concept_id,
        "type": type_,
        "name": name,
        "synonyms": list(synonyms),
        "xrefs": [f"xref:{concept_id}"],
        "taxon": "ncbitaxon:9606" if type_ == "Gene" else None,
    }


def write_run(
    folder: Path, shards: Sequence[Tables], *, model: str = "model-1", generators: Mapping[str, str] | None = None
) -> Path:
    """Write a run's folder with these finished shards, extracted with these models, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "run.json").write_text(json.dumps({"model_revision": model, "generators": generators or {}}))
    for number, shard in enumerate(shards):
        write_shard(folder / "shards" / f"{number:05d}", shard.tables())
    return folder


def write_shard(folder: Path, tables: dict[str, pa.Table], *, finished: bool = True) -> Path:
    """Write one shard's tables, and its completion marker if it is finished."""
    folder.mkdir(parents=True)
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet")
    if finished:
        (folder / "_DONE").write_text(json.dumps({name: table.num_rows for name, table in tables.items()}))
    return folder


def believed(*told: tuple[str, float, str]) -> float:
    """The belief of an INHIBITS edge: publication, score and assertion of each sentence that `Tables.state` makes."""
    kind = Kind("Chemical", "INHIBITS", "Gene")
    return believe(
        [
            Statement(publication, assertion, round(weigh(Sentence(kind, score, 0.95, 1.0, assertion, "RESULTS")), 4))
            for publication, score, assertion in told
        ]
    )
