"""The belief of a run's edges, from its evidence alone, as a graph of that run would have it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from graph.belief import Kind, Sentence, Statement, weigh

EXTRACTED: Final = ("score", "mention_score", "assertion", "section")


def statements_of(rows: Sequence[Mapping[str, Any]]) -> tuple[Statement, ...]:
    """The evidence of one triple as belief takes it."""
    return tuple(
        Statement(
            row["doc_id"],
            row["assertion"],
            weigh(sentence_of(row)),
            reader=row["model_revision"],
            sentence=row["sentence"],
        )
        for row in rows
    )


def link_score(row: Mapping[str, Any]) -> float:
    """The chance that both ends of a linked piece of evidence are linked rightly."""
    return float(row["head_link_score"] * row["tail_link_score"])


def sentence_of(row: Mapping[str, Any]) -> Sentence:
    """A linked piece of evidence as belief takes it."""
    kind = Kind(row["head_type"], row["predicate"], row["tail_type"])
    return Sentence(kind=kind, link_score=link_score(row), **{name: row[name] for name in EXTRACTED})
