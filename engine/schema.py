"""Tables, value types, predicates and identities: the one place where the shape of the data is written down.

Between stages one row is one document (`DOCUMENT_ROW`). From finished rows five flat tables are derived
(`DOCUMENT`, `ENTITY`, `LEXICON_EDGE`, `TRIPLE`, `EVIDENCE`), and rows with errors become `REJECT` rows.
Spans are `start, end`: code points into the document's one `text`, half-open, everywhere.
This file knows nothing of models, Ray or graphs; it costs one import of pyarrow.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

# --------------------------------------------------------------------------------------- value types


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open range of code points, `text[start:end]`."""

    start: int
    end: int

    def overlaps(self, other: Span) -> bool:
        """Whether the two ranges share at least one code point."""
        return self.start < other.end and other.start < self.end

    def covers(self, other: Span) -> bool:
        """Whether `other` lies wholly inside this range."""
        return self.start <= other.start and other.end <= self.end


@dataclass(frozen=True, slots=True)
class Mention:
    """One mention of an entity; `concept_id` is a CURIE, or None while the mention is unlinked."""

    start: int
    end: int
    type: str
    score: float
    concept_id: str | None = None
    link_score: float | None = None


@dataclass(frozen=True, slots=True)
class Relation:
    """One predicted relation; `head` and `tail` index the document's mentions.

    `score` is the one that counts. Where a verifier was asked it is made of `verifier_score` and of
    `classifier_score`, the extractor's own; without a verifier both of these are None. With a `classifier_score` alone
    it doesn't reach its label's threshold: kept for a verifier to say more, and no evidence until then.
    """

    head: int
    tail: int
    predicate: str
    score: float
    assertion: str = "affirmed"
    assertion_score: float | None = None
    verifier_score: float | None = None
    extractor: str = "encoder"
    classifier_score: float | None = None


def is_kept_for_verifier(relation: Mapping[str, Any]) -> bool:
    """Whether a relation of a document row is no evidence unless a verifier raises it."""
    return relation["classifier_score"] is not None and relation["verifier_score"] is None


@dataclass(frozen=True, slots=True)
class ClassLabel:
    """The one class of a text that a model chose; `level`: whether the text is a sentence or the whole document."""

    start: int
    end: int
    level: str
    label: str
    score: float


# ------------------------------------------------------------------------------------ closed word lists

GENE: Final = "Gene"
CHEMICAL: Final = "Chemical"
DISEASE: Final = "Disease"
ENTITY_TYPES: Final = (GENE, CHEMICAL, DISEASE)

TypePair = tuple[str, str]  # the entity types of a head and a tail
TAGGED_AS: Final = {  # the mention's type of each kind of concept that a text can name
    "Gene": GENE,
    "GeneFamily": GENE,
    "Chemical": CHEMICAL,
    "Drug": CHEMICAL,
    "Disease": DISEASE,
    "Phenotype": DISEASE,
}

AFFIRMED: Final = "affirmed"
NEGATED: Final = "negated"
SPECULATED: Final = "speculated"
ASSERTIONS: Final = (AFFIRMED, NEGATED, SPECULATED)

TITLE: Final = "TITLE"  # the section of what stands in a title
FULL_TEXT: Final = 10**18  # the least revision of a full text, above every one of an abstract
# A stage whose errors cost an answer, not the row: what the row has beside is whole, and counts.
GENERATE_STAGE: Final = "generate"

DOCUMENT_LEVEL: Final = "document"
SENTENCE_LEVEL: Final = "sentence"

LEXICON_PREDICATES: Final = ("ENCODES", "ORTHOLOG_OF", "MEMBER_OF", "IS_A")


@dataclass(frozen=True, slots=True)
class Predicate:
    """A relation type that text can state.

    `sign` is +1, -1 or 0: what more of the head means for the tail. `pairs` lists the (head type, tail type)
    that it may join; a symmetric predicate is written once, its ends sorted by concept id.
    """

    name: str
    sign: int
    symmetric: bool
    pairs: tuple[tuple[str, str], ...]


_CG = ((CHEMICAL, GENE),)
_CD = ((CHEMICAL, DISEASE),)
_GD = ((GENE, DISEASE),)
_GG = ((GENE, GENE),)
_CC = ((CHEMICAL, CHEMICAL),)

PREDICATES: Final = (
    Predicate("INHIBITS", -1, False, _CG),
    Predicate("ACTIVATES", +1, False, _CG),
    Predicate("AGONIST_OF", +1, False, _CG),
    Predicate("ANTAGONIST_OF", -1, False, _CG),
    Predicate("UPREGULATES", +1, False, _CG + _GG),
    Predicate("DOWNREGULATES", -1, False, _CG + _GG),
    Predicate("REGULATES", 0, False, _CG + _GG),
    Predicate("BINDS", 0, True, _CG + _GG),
    Predicate("SUBSTRATE_OF", 0, False, _CG),
    Predicate("PRODUCT_OF", 0, False, _CG),
    Predicate("PART_OF", 0, False, _CG),
    Predicate("TREATS", -1, False, _CD),
    Predicate("INDUCES", +1, False, _CD),
    Predicate("ASSOCIATED_WITH", 0, False, _CD + _GD),
    Predicate("PROMOTES", +1, False, _GD),
    Predicate("PROTECTS_FROM", -1, False, _GD),
    Predicate("INTERACTS_WITH", 0, True, _GG + _CC),
    Predicate("COEXPRESSED_WITH", 0, True, _GG),
    Predicate("COMBINED_WITH", 0, True, _CC),
)
PREDICATE_BY_NAME: Final = {p.name: p for p in PREDICATES}
SYMMETRIC: Final = tuple(p.name for p in PREDICATES if p.symmetric)
TYPE_PAIRS: Final = (*_CG, *_CD, *_GD, *_GG, *_CC)


def predicates_of(head_type: str, tail_type: str) -> tuple[str, ...]:
    """Names of the predicates that may join a head and a tail of these types, in the order of `PREDICATES`."""
    return tuple(p.name for p in PREDICATES if (head_type, tail_type) in p.pairs)


# ------------------------------------------------------------------------------------------- tables

_SPAN = pa.struct([("start", pa.int32()), ("end", pa.int32())])
_SECTION = pa.struct([("label", pa.string()), ("start", pa.int32()), ("end", pa.int32())])
_MENTION = pa.struct(
    [
        ("start", pa.int32()),
        ("end", pa.int32()),
        ("type", pa.string()),
        ("score", pa.float32()),
        ("concept_id", pa.string()),
        ("link_score", pa.float32()),
    ]
)
_RELATION = pa.struct(
    [
        ("head", pa.int32()),
        ("tail", pa.int32()),
        ("predicate", pa.string()),
        ("score", pa.float32()),
        ("assertion", pa.string()),
        ("assertion_score", pa.float32()),
        ("verifier_score", pa.float32()),
        ("extractor", pa.string()),
        ("classifier_score", pa.float32()),
    ]
)
_LABEL = pa.struct(
    [
        ("start", pa.int32()),
        ("end", pa.int32()),
        ("level", pa.string()),
        ("label", pa.string()),
        ("score", pa.float32()),
    ]
)
_ERROR = pa.struct([("stage", pa.string()), ("kind", pa.string()), ("message", pa.string())])

# What a reader emits. `record` is the record's ordinal in `source_file`, from 1; `raw` holds the record's
# own bytes when it could not be read, so that it can be replayed, and is null otherwise.
SOURCE_ROW: Final = pa.schema(
    [
        ("doc_id", pa.string()),
        ("revision", pa.int64()),
        ("deleted", pa.bool_()),
        ("retracted", pa.bool_()),
        ("retracts", pa.list_(pa.string())),
        ("title", pa.string()),
        ("text", pa.string()),
        ("sections", pa.list_(_SECTION)),
        ("year", pa.int16()),
        ("journal", pa.string()),
        ("publication_types", pa.list_(pa.string())),
        ("mesh", pa.list_(pa.string())),
        ("chemicals", pa.list_(pa.string())),
        ("source_file", pa.string()),
        ("record", pa.int32()),
        ("raw", pa.binary()),
        ("errors", pa.list_(_ERROR)),
    ]
)
SEGMENT_COLUMNS: Final = pa.schema([("sentences", pa.list_(_SPAN))])
EXTRACT_COLUMNS: Final = pa.schema(
    [("mentions", pa.list_(_MENTION)), ("relations", pa.list_(_RELATION)), ("labels", pa.list_(_LABEL))]
)
DOCUMENT_ROW: Final = pa.schema([*SOURCE_ROW, *SEGMENT_COLUMNS, *EXTRACT_COLUMNS])

DOCUMENT: Final = pa.schema(
    [
        ("doc_id", pa.string()),
        ("revision", pa.int64()),
        ("deleted", pa.bool_()),
        ("retracted", pa.bool_()),
        ("retracts", pa.list_(pa.string())),
        ("title", pa.string()),
        ("year", pa.int16()),
        ("journal", pa.string()),
        ("publication_types", pa.list_(pa.string())),
        ("mesh", pa.list_(pa.string())),
        ("source_file", pa.string()),
    ]
)
ENTITY: Final = pa.schema(
    [
        ("concept_id", pa.string()),
        ("type", pa.string()),
        ("name", pa.string()),
        ("synonyms", pa.list_(pa.string())),
        ("xrefs", pa.list_(pa.string())),
        ("taxon", pa.string()),
    ]
)
LEXICON_EDGE: Final = pa.schema([("subject", pa.string()), ("predicate", pa.string()), ("object", pa.string())])
TRIPLE: Final = pa.schema(
    [
        ("triple_id", pa.string()),
        ("subject", pa.string()),
        ("predicate", pa.string()),
        ("object", pa.string()),
    ]
)
# `triple_id` is null where an end is unlinked or the predicate is none of `PREDICATES` (a model may have relations of
# its own); `head_text` and `tail_text` keep the surface forms. `mention_score` is the product of both mentions' scores.
EVIDENCE: Final = pa.schema(
    [
        ("evidence_id", pa.string()),
        ("triple_id", pa.string()),
        ("doc_id", pa.string()),
        ("revision", pa.int64()),
        ("predicate", pa.string()),
        ("head_id", pa.string()),
        ("head_text", pa.string()),
        ("head_type", pa.string()),
        ("head_start", pa.int32()),
        ("head_end", pa.int32()),
        ("tail_id", pa.string()),
        ("tail_text", pa.string()),
        ("tail_type", pa.string()),
        ("tail_start", pa.int32()),
        ("tail_end", pa.int32()),
        ("sentences", pa.list_(_SPAN)),
        ("sentence", pa.string()),
        ("section", pa.string()),
        ("assertion", pa.string()),
        ("score", pa.float32()),
        ("assertion_score", pa.float32()),
        ("verifier_score", pa.float32()),
        ("mention_score", pa.float32()),
        ("head_link_score", pa.float32()),
        ("tail_link_score", pa.float32()),
        ("extractor", pa.string()),
        ("model_revision", pa.string()),
        ("run_id", pa.string()),
        ("classifier_score", pa.float32()),
    ]
)
REJECT: Final = pa.schema(
    [
        ("doc_id", pa.string()),
        ("source_file", pa.string()),
        ("record", pa.int32()),
        ("stage", pa.string()),
        ("kind", pa.string()),
        ("message", pa.string()),
        ("raw", pa.binary()),
    ]
)
FLAT_TABLES: Final = {
    "document": DOCUMENT,
    "entity": ENTITY,
    "lexicon_edge": LEXICON_EDGE,
    "triple": TRIPLE,
    "evidence": EVIDENCE,
    "reject": REJECT,
}

# --------------------------------------------------------------------------------------- identities

_SEPARATOR = "\x1f"  # ASCII unit separator: cannot occur in a CURIE, a doc id or a predicate


def _digest(prefix: str, *parts: str) -> str:
    hexdigest = hashlib.blake2b(_SEPARATOR.join(parts).encode(), digest_size=16).hexdigest()
    return f"{prefix}:{hexdigest}"


def triple_id(subject: str, predicate: str, object_: str) -> str:
    """Identity of a triple; a symmetric predicate gives the same id for both orders.

    Returns: `T:` and 32 hexadecimal digits (BLAKE2b, 128 bits).
    Raises: KeyError if `predicate` is not in `PREDICATES`.
    """
    if PREDICATE_BY_NAME[predicate].symmetric and object_ < subject:
        subject, object_ = object_, subject
    return _digest("T", subject, predicate, object_)


def evidence_id(
    *,
    doc_id: str,
    revision: int,
    predicate: str,
    head: Span,
    tail: Span,
    triple: str | None,
    extractor: str,
    model_revision: str,
) -> str:
    """Identity of one piece of evidence: the same text read by the same model gives the same id in every run.

    Returns: `E:` and 32 hexadecimal digits (BLAKE2b, 128 bits).
    """
    spans = f"{head.start}-{head.end}/{tail.start}-{tail.end}"
    return _digest("E", doc_id, str(revision), triple or predicate, spans, extractor, model_revision)


def is_costly(error: Mapping[str, Any]) -> bool:
    """Whether an error costs its document, and not only an answer of the generator's."""
    return bool(error["stage"] != GENERATE_STAGE)


def text_doc_id(text: str) -> str:
    """Document id for text that has neither a PMID nor an id of its caller's: `TEXT:` and 32 hexadecimal digits."""
    return _digest("TEXT", text)
