"""Turns rows of the flat tables into the properties that nodes carry. Pure functions, no store.

Floats are rounded to four decimals: a float32 0.9 would read 0.8999999761581421 in every answer otherwise.
A title is never null: the embedded store would invent one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from engine.schema import PREDICATE_BY_NAME, triple_id
from graph.belief import Kind, Sentence, weigh
from graph.errors import LoadError
from graph.schema import DRUG, ENTITY_LABELS

Properties = dict[str, Any]
_DECIMALS: Final = 4
_JSON: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
# What notices of a retraction are called by PubMed until 2024 and since, and by JATS.
_NOTICES: Final = frozenset({"Retraction of Publication", "Retraction Notice", "retraction"})
# With its kind, all that a chance follows from.
WEIGHED: Final = ("score", "mention_score", "link_score", "assertion", "section")


class Triple(NamedTuple):
    """Subject, predicate and object of an edge; a symmetric predicate has its ends in order."""

    subject: str
    predicate: str
    object: str


@dataclass(frozen=True, slots=True)
class EntityNode:
    """An entity as a node: `label` is its place in the graph, `is_drug` its second label."""

    label: str
    is_drug: bool
    properties: Properties

    @property
    def id(self) -> str:
        """The concept's CURIE."""
        return str(self.properties["id"])


def entity_node(row: Properties) -> EntityNode:
    """An entity row as a node.

    Raises: LoadError if the row has no id or a type that the graph does not know.
    """
    concept_id, type_ = row["concept_id"], row["type"]
    label = "Chemical" if type_ == DRUG else type_
    if not concept_id or label not in ENTITY_LABELS:
        known = ", ".join((*ENTITY_LABELS, DRUG))
        raise LoadError(f"entity {concept_id!r}: expected an id and a type among {known}; found type {type_!r}")
    synonyms = list(row["synonyms"] or ())
    name = row["name"] or concept_id
    properties = {
        "id": concept_id,
        "name": name,
        "synonyms": synonyms,
        "xrefs": list(row["xrefs"] or ()),
        "taxon": row["taxon"],
        "name_key": name.lower(),
        "synonym_keys": sorted({synonym.lower() for synonym in synonyms}),
    }
    properties["hash"] = content_hash([type_, properties])
    return EntityNode(label=label, is_drug=type_ == DRUG, properties=properties)


def triple_of(row: Properties) -> Triple:
    """A triple row as a triple, its ends in order.

    Raises: LoadError if the predicate is unknown or the id is not the identity of the three.
    """
    subject, predicate, object_ = row["subject"], row["predicate"], row["object"]
    if predicate not in PREDICATE_BY_NAME:
        raise LoadError(f"triple {row['triple_id']}: unknown predicate {predicate!r}")
    if triple_id(subject, predicate, object_) != row["triple_id"]:
        raise LoadError(f"triple {row['triple_id']}: not the identity of {subject} {predicate} {object_}")
    if PREDICATE_BY_NAME[predicate].symmetric and object_ < subject:
        subject, object_ = object_, subject
    return Triple(subject, predicate, object_)


def publication_properties(row: Properties) -> Properties:
    """What a Publication carries, save `retracted` and `hash`; a withdrawn one keeps no more than its revision."""
    if row["deleted"]:
        row = {"doc_id": row["doc_id"], "revision": row["revision"], "deleted": True}
    return {
        "id": row["doc_id"],
        "revision": row["revision"],
        "title": row.get("title") or "",
        "year": row.get("year"),
        "journal": row.get("journal"),
        "publication_types": list(row.get("publication_types") or ()),
        "flagged": bool(row.get("retracted")),
        "deleted": bool(row.get("deleted")),
    }


def evidence_properties(row: Properties, triple: Triple) -> Properties:
    """What an Evidence node carries but its chance, which follows from the rest by coefficients.

    `run_id` stays behind, for two runs that read the same must write the same.
    """
    return {
        "id": row["evidence_id"],
        "triple_id": row["triple_id"],
        "subject": triple.subject,
        "predicate": triple.predicate,
        "object": triple.object,
        "sentence": row["sentence"],
        "section": row["section"],
        "assertion": row["assertion"],
        "score": rounded(row["score"]),
        "mention_score": rounded(row["mention_score"]),
        "link_score": rounded(_product(row["head_link_score"], row["tail_link_score"])),
        "assertion_score": rounded(row["assertion_score"]),
        "classifier_score": rounded(row.get("classifier_score")),
        "verifier_score": rounded(row["verifier_score"]),
        "extractor": row["extractor"],
        "model_revision": row["model_revision"],
        "head_text": row["head_text"],
        "tail_text": row["tail_text"],
    }


def evidence_chance(evidence: Properties, kind: Kind) -> float:
    """The chance of evidence of this kind, from its other properties as the graph keeps them."""
    return round(weigh(Sentence(kind=kind, **{name: evidence[name] for name in WEIGHED})), _DECIMALS)


def retraction_targets(row: Properties) -> tuple[str, ...]:
    """The documents that this one retracts; a withdrawn notice retracts nothing."""
    if row["deleted"]:
        return ()
    return tuple(sorted({target for target in row["retracts"] or () if target and target != row["doc_id"]}))


def is_notice(row: Properties) -> bool:
    """Whether a document is a retraction notice: what that says is the title of the paper that it takes back."""
    return not _NOTICES.isdisjoint(row["publication_types"] or ())


def content_hash(content: Any) -> str:
    """Sixteen hexadecimal digits that change with the content (BLAKE2b, 64 bits)."""
    return hashlib.blake2b(_JSON.encode(content).encode(), digest_size=8).hexdigest()


def document_hash(publication: Properties, targets: Iterable[str], evidence: Iterable[Properties]) -> str:
    """The hash of a document as the graph holds it, independent of the order of its evidence.

    What follows from the rest by coefficients is left out: these may change, and the document is the same.
    """
    stated = [{name: value for name, value in properties.items() if name != "chance"} for properties in evidence]
    return content_hash([publication, list(targets), sorted(stated, key=lambda properties: str(properties["id"]))])


def _product(first: float | None, second: float | None) -> float | None:
    if first is None or second is None:
        return None
    return first * second


def rounded(value: float | None) -> float | None:
    """To the decimals that the graph keeps."""
    return None if value is None else round(float(value), _DECIMALS)
