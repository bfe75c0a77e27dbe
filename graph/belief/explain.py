"""Why an edge of a graph is believed as far as it is: its terms, and those of each of its sentences.

Everything is computed anew from the graph's evidence, and compared with what the edge carries. Evidence of retracted
publications is shown, and counts for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from graph.belief.edge import Statement, belief_terms, believe
from graph.belief.sentence import Kind, Sentence, text_terms
from graph.errors import QuestionError, UnknownName
from graph.names import resolve_name
from graph.schema import ENTITY_LABELS, TRIPLE_TYPES
from graph.store import Store

_EDGE: Final = (
    f"MATCH (a:{'|'.join(ENTITY_LABELS)} {{id: $subject}})-[r]->(b:{'|'.join(ENTITY_LABELS)} {{id: $object}}) "
    "WHERE type(r) = $predicate "
    "RETURN r.id AS id, a.name AS subject, b.name AS object, labels(a) AS subject_labels, labels(b) AS object_labels, "
    "type(r) AS predicate, r.belief AS belief"
)
_BETWEEN: Final = (
    f"MATCH (a:{'|'.join(ENTITY_LABELS)} {{id: $first}})-[r]-(b:{'|'.join(ENTITY_LABELS)} {{id: $second}}) "
    "WHERE r.belief IS NOT NULL RETURN DISTINCT type(r) AS predicate ORDER BY predicate"
)
_EVIDENCE: Final = (
    "MATCH (e:Evidence {triple_id: $id})-[:IN]->(p:Publication) "
    "RETURN e.id AS id, e.assertion AS assertion, e.score AS score, e.mention_score AS mention_score, "
    "e.link_score AS link_score, e.chance AS chance, e.section AS section, e.sentence AS sentence, "
    "e.model_revision AS reader, p.id AS publication, p.year AS year, p.retracted AS retracted "
    "ORDER BY e.chance DESC, e.id"
)

_EXTRACTED: Final = ("score", "mention_score", "link_score", "assertion", "section")


@dataclass(frozen=True, slots=True)
class ExplainedSentence:
    """One sentence, in its likeliest reading.

    `terms` add up to the log-odds that its text says so, which times the link score is `chance`.
    """

    sentence: str
    assertion: str
    publication: str
    year: int | None
    retracted: bool
    chance: float
    link_score: float | None
    terms: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Explanation:
    """An edge and its belief; `terms` add up to its log-odds, and are none where nothing affirms it."""

    id: str
    subject: str
    predicate: str
    object: str
    belief: float
    stored: float
    terms: Mapping[str, float]
    sentences: tuple[ExplainedSentence, ...]


def explain_edge(store: Store, subject: str, predicate: str, object: str) -> Explanation:
    """Explain the edge between two concepts, given by names or ids, in the direction that it is stored or the other.

    Raises: UnknownName for an end, or if the graph has no such edge; QuestionError for an unknown relationship type.
    """
    if predicate not in TRIPLE_TYPES:
        raise QuestionError(f"no relationship type {predicate!r}; known: {', '.join(TRIPLE_TYPES)}")
    ends = [resolve_name(store, name, type="concept") for name in (subject, object)]
    for a, b in (ends, ends[::-1]):
        rows = store.execute(_EDGE, subject=a.id, object=b.id, predicate=predicate)
        if rows:
            return _explain(store, rows[0])
    rows = store.execute(_BETWEEN, first=ends[0].id, second=ends[1].id)
    others = f"; it has {', '.join(str(row['predicate']) for row in rows)}" if rows else ", nor anything else"
    named = " and ".join(f"{end.name} ({end.id})" for end in ends)
    raise UnknownName(f"the graph has no {predicate} between {named}{others}")


def _explain(store: Store, edge: Mapping[str, Any]) -> Explanation:
    kind = Kind(_label_of(edge["subject_labels"]), edge["predicate"], _label_of(edge["object_labels"]))
    rows: list[dict[str, Any]] = store.execute(_EVIDENCE, id=edge["id"])
    standing = [
        Statement(*(row[name] for name in ("publication", "assertion", "chance", "year", "reader", "sentence")))
        for row in rows
        if not row["retracted"]
    ]
    sentences = (
        ExplainedSentence(
            terms=text_terms(Sentence(kind=kind, **{name: row[name] for name in _EXTRACTED})),
            **{
                name: row[name]
                for name in ("sentence", "assertion", "publication", "year", "retracted", "chance", "link_score")
            },
        )
        for row in _likeliest_readings(rows)
    )
    return Explanation(
        id=edge["id"],
        subject=edge["subject"],
        predicate=edge["predicate"],
        object=edge["object"],
        belief=believe(standing),
        stored=edge["belief"],
        terms=belief_terms(standing),
        sentences=tuple(sentences),
    )


def _likeliest_readings(rows: Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    """Of each sentence the first row, the likeliest: one that names the two ends several times has several."""
    named = ("publication", "sentence", "assertion", "reader")
    readings: dict[tuple[object, ...], Mapping[str, Any]] = {}
    for row in rows:
        readings.setdefault(tuple(row[name] for name in named), row)
    return readings.values()


def _label_of(labels: list[str]) -> str:
    return next(label for label in ENTITY_LABELS if label in labels)
