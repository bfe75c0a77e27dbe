"""One annotated document, whatever corpus it came from; how labels are read; and the check that offsets are true.

A corpus annotates some heads and some predicates only. What it doesn't annotate teaches nothing: the loss is
taken over `heads` and over `predicates[(head type, tail type)]` alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from engine.schema import SYMMETRIC, Span, TypePair


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
class GoldLabel:
    """The gold class of a sentence or, from 0 to the end of the text, of a document; `level` says which."""

    start: int
    end: int
    level: str
    label: str


@dataclass(frozen=True, slots=True)
class LabelScheme:
    """How the labels of a corpus's files map onto our types and predicates.

    `types`: a label of the files to our type; a label that is absent is left out. `relations`: (our head type, our tail
    type, relation of the files) to a predicate, or to None where ours can't express it (such pairs are ignored in
    training). `symmetric`: the predicates that say the same in both orders. `classes`: the labels of which a sentence
    or a document has one, by level.
    """

    corpus: str
    heads: frozenset[str]
    types: Mapping[str, str]
    relations: Mapping[tuple[str, str, str], str | None] = field(default_factory=dict)
    predicates: Mapping[TypePair, frozenset[str]] = field(default_factory=dict)
    symmetric: tuple[str, ...] = SYMMETRIC
    classes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def relate(self, head: int, tail: int, relation: str, mentions: Sequence[GoldMention]) -> GoldRelation | None:
        """A relation of the files between two mentions as ours, if it is one; a symmetric one in either order."""
        predicate = self.relations.get((mentions[head].type, mentions[tail].type, relation))
        if predicate is not None:
            return GoldRelation(head, tail, predicate)
        predicate = self.relations.get((mentions[tail].type, mentions[head].type, relation))
        return GoldRelation(tail, head, predicate) if predicate in self.symmetric else None


@dataclass(frozen=True, slots=True)
class Annotated:
    """A document with its gold annotations.

    `heads`: names of the mention heads that the corpus annotates. `predicates`: what it annotates for a type
    pair; a pair of mentions with none of them is a negative for these and says nothing of the others.
    `ignored`: concept or mention pairs about which the corpus says something that our predicates can't express, or can
    say nothing, since an end has no id.
    `labels`: the classes of the document and of its sentences, where it has some. `lists_denied`: whether its relations
    are also those that the text denies.
    `asked`: where it speaks of some mention pairs only, these (indices), each with the predicates that it speaks of.
    `paper`: what it is a section of, where a corpus cuts papers up.
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
    labels: tuple[GoldLabel, ...] = ()
    lists_denied: bool = False
    paper: str | None = None

    @property
    def group(self) -> str:
        """What documents of one group, sections of a paper, have in common: they stand and fall together."""
        return self.paper or self.doc_id

    @property
    def named(self) -> list[tuple[Span, str]]:
        """The span and the type of each mention."""
        return [(Span(mention.start, mention.end), mention.type) for mention in self.mentions]

    def names(self) -> Iterator[str]:
        """The type of each mention, the predicate of each relation, the level and label of each class."""
        yield from (mention.type for mention in self.mentions)
        yield from (relation.predicate for relation in self.relations)
        yield from (relation.predicate for relation in self.concept_relations)
        yield from (f"{gold.level} {gold.label}" for gold in self.labels)


def check_surface(text: str, start: int, end: int, surface: str, *, where: str) -> None:
    """Check that a stand-off annotation's surface form stands at its offsets.

    Raises: CorpusError naming `where`, what was expected and what stands there.
    """
    found = text[start:end]
    if not 0 <= start < end <= len(text) or found != surface:
        raise CorpusError(f"{where}: offsets {start}-{end} read {found!r}, the annotation says {surface!r}")
