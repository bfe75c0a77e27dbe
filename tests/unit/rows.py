"""Document rows and a lexicon written by hand, for tests that start where the extractor ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from engine import schema


def mention(text: str, name: str, type_: str, concept_id: str | None = None, *, nth: int = 0) -> dict[str, Any]:
    """The `nth` occurrence of `name` in `text` as a mention."""
    start = -1
    for _ in range(nth + 1):
        start = text.index(name, start + 1)
    linked = 0.9 if concept_id else None
    return {
        "start": start,
        "end": start + len(name),
        "type": type_,
        "score": 0.9,
        "concept_id": concept_id,
        "link_score": linked,
    }


def relation(head: int, tail: int, predicate: str, **other: Any) -> dict[str, Any]:
    """A relation between two mentions by their numbers."""
    base = {
        "score": 0.8,
        "assertion": "affirmed",
        "assertion_score": 0.9,
        "verifier_score": None,
        "classifier_score": None,
    }
    return {"head": head, "tail": tail, "predicate": predicate, "extractor": "encoder", **base, **other}


def document(doc_id: str | None, text: str = "", **other: Any) -> dict[str, Any]:
    """A document row; sentences are cut at '. '."""
    sentences, start = [], 0
    for part in text.split(". "):
        sentences.append({"start": start, "end": min(len(text), start + len(part) + 1)})
        start += len(part) + 2
    row = dict.fromkeys(schema.DOCUMENT_ROW.names) | {
        "doc_id": doc_id,
        "revision": 1,
        "deleted": False,
        "retracted": False,
        "title": text.split(". ")[0],
        "text": text,
        "sections": [],
        "year": 2020,
        "source_file": "a.xml",
        "record": 1,
        "sentences": sentences if text else [],
    }
    lists = ("retracts", "publication_types", "mesh", "chemicals", "errors", "mentions", "relations", "labels")
    return row | {name: [] for name in lists} | other


def table(*rows: dict[str, Any]) -> pa.Table:
    """Document rows as the pipeline writes them."""
    return pa.Table.from_pylist(list(rows), schema=schema.DOCUMENT_ROW)


@dataclass(frozen=True, slots=True)
class Concept:
    concept_id: str
    type: str
    name: str
    synonyms: tuple[str, ...] = ()
    xrefs: tuple[str, ...] = ()
    taxon: str | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    subject: str
    predicate: str
    object: str


class SmallLexicon:
    """A lexicon of a handful of concepts and edges."""

    version = "small"

    def __init__(self, concepts: list[Concept], edges: list[Edge]) -> None:
        self._concepts = {concept.concept_id: concept for concept in concepts}
        self._edges = edges

    def concept(self, concept_id: str) -> Concept | None:
        return self._concepts.get(concept_id)

    def edges(self, concept_id: str) -> tuple[Edge, ...]:
        return tuple(edge for edge in self._edges if concept_id in (edge.subject, edge.object))


def small_lexicon() -> SmallLexicon:
    """Two genes with proteins, a mouse gene, a family, a drug and two diseases."""
    return SmallLexicon(
        [
            Concept("hgnc:76", "Gene", "ABL1", ("ABL",), ("ncbigene:25",), "NCBITaxon:9606"),
            Concept("hgnc:6342", "Gene", "KIT"),
            Concept("ncbigene:11350", "Gene", "Abl1", taxon="NCBITaxon:10090"),
            Concept("uniprot:P00519", "Protein", "ABL1_HUMAN"),
            Concept("uniprot:P10721", "Protein", "KIT_HUMAN"),
            Concept("fplx:ABL", "GeneFamily", "ABL"),
            Concept("mesh:D000068877", "Drug", "imatinib"),
            Concept("mondo:0011996", "Disease", "chronic myelogenous leukemia"),
            Concept("mondo:0005059", "Disease", "leukemia"),
        ],
        [
            Edge("hgnc:76", "ENCODES", "uniprot:P00519"),
            Edge("hgnc:6342", "ENCODES", "uniprot:P10721"),
            Edge("ncbigene:11350", "ORTHOLOG_OF", "hgnc:76"),
            Edge("hgnc:76", "MEMBER_OF", "fplx:ABL"),
            Edge("mondo:0011996", "IS_A", "mondo:0005059"),
        ],
    )
