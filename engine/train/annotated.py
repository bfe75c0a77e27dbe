"""One annotated document, whatever corpus it came from, and the check that its offsets are true.

A corpus annotates some heads and some predicates only. What it doesn't annotate teaches nothing: the loss is
taken over `heads` and over `predicates[(head type, tail type)]` alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.schema import Span

NEGATION_SCOPE = "NegationScope"
SPECULATION_SCOPE = "SpeculationScope"

TypePair = tuple[str, str]


class CorpusError(ValueError):
    """A corpus file is absent or says something that its text contradicts; names file, record and reason."""


@dataclass(frozen=True, slots=True)
class GoldMention:
    """A gold span; `concept` is the corpus's own id (or a local one), which ties coreferent mentions together."""

    start: int
    end: int
    type: str
    concept: str | None = None


@dataclass(frozen=True, slots=True)
class GoldRelation:
    """A gold relation between two mentions (indices), or, where the corpus annotates documents, between concepts."""

    head: int
    tail: int
    predicate: str


@dataclass(frozen=True, slots=True)
class ConceptRelation:
    """A document-level gold relation between two concepts."""

    head: str
    tail: str
    predicate: str


@dataclass(frozen=True, slots=True)
class Annotated:
    """A document with its gold annotations.

    `heads`: names of the mention heads that the corpus annotates. `predicates`: what it annotates for a type
    pair; a pair of mentions with none of them is a negative for these and says nothing of the others.
    `ignored`: concept or mention pairs about which the corpus says something that our predicates can't express.
    `asked`: where it speaks of some mention pairs only, these (indices), each with the predicates that it speaks of.
    """

    doc_id: str
    corpus: str
    text: str
    mentions: tuple[GoldMention, ...] = ()
    relations: tuple[GoldRelation, ...] = ()
    concept_relations: tuple[ConceptRelation, ...] = ()
    heads: frozenset[str] = frozenset()
    predicates: Mapping[TypePair, frozenset[str]] = field(default_factory=dict)
    ignored: frozenset[tuple[str, str]] = frozenset()
    asked: Mapping[tuple[int, int], frozenset[str]] | None = None
    sentences: tuple[Span, ...] | None = None


def check_surface(text: str, start: int, end: int, surface: str, *, where: str) -> None:
    """Check that a stand-off annotation's surface form stands at its offsets.

    Raises: CorpusError naming `where`, what was expected and what stands there.
    """
    found = text[start:end]
    if not 0 <= start < end <= len(text) or found != surface:
        raise CorpusError(f"{where}: offsets {start}-{end} read {found!r}, the annotation says {surface!r}")
