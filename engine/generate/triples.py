"""What a language model is asked to extract, of which passages, and what of its answer is kept.

A relation type is a name with a description and the types of entities that it may join. A passage is a run of whole
sentences, at least one of which names two linked concepts that could be joined. What an answer may say is offered: a
sentence by its number, and two of the concepts named in it. So the quote behind a triple is that sentence of the
document, word for word, and names both ends. What was not offered is dropped and counted, whoever says it.
Pure: no engine, no document rows.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from engine.generate.parse import parse_object
from engine.generate.prompts import Choice, Offer, Sentence, ask_relations
from engine.generate.request import Answer, Request
from engine.schema import ENTITY_TYPES, PREDICATE_BY_NAME, Mention, Span

TABLE: Final = Path(__file__).with_name("relations.toml")
PASSAGE_CHARS: Final = 1200

# ------------------------------------------------------------------------------------------- relation types


@dataclass(frozen=True, slots=True)
class RelationType:
    """A relation that a language model may be asked for; `pairs` are the (subject type, object type) it may join."""

    name: str
    description: str
    pairs: tuple[tuple[str, str], ...]
    symmetric: bool = False
    only_where: re.Pattern[str] | None = None

    def joins(self, subject: str, object_: str) -> bool:
        """Whether entities of these types may be its ends."""
        return (subject, object_) in self.pairs or (self.symmetric and (object_, subject) in self.pairs)


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    description: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
    pairs: tuple[tuple[Literal[ENTITY_TYPES], Literal[ENTITY_TYPES]], ...] | None = None  # type: ignore[valid-type]
    symmetric: bool = False
    only_where: re.Pattern[str] | None = None


def open_relation_types(names: Iterable[str], *, table: Path = TABLE) -> list[RelationType]:
    """The relation types of these names, from a TOML table.

    Raises: ValueError naming the table, the entry and the reason.
    """
    try:
        entries = tomllib.loads(table.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"cannot read relation types from {table}: {error}") from error
    return [_relation_type(name, entries, table) for name in names]


def _relation_type(name: str, entries: Mapping[str, Any], table: Path) -> RelationType:
    if name not in entries:
        raise ValueError(f"{table} has no relation type {name}; it has {', '.join(entries) or 'none'}")
    try:
        entry = _Entry.model_validate(entries[name])
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"{table}: {name}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    known = PREDICATE_BY_NAME.get(name)
    pairs = entry.pairs or (known.pairs if known else None)
    if not pairs:
        raise ValueError(f"{table}: {name}: `pairs` is missing, and the schema has no predicate of this name")
    symmetric = known.symmetric if known else entry.symmetric
    only_where = re.compile(entry.only_where.pattern, re.IGNORECASE) if entry.only_where else None
    return RelationType(name, entry.description, pairs, symmetric, only_where)


# ------------------------------------------------------------------------------------------------ passages


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of sentences to ask about: its span in the document, what is shown of it, and what an answer may say.

    `types`: the relation types that some sentence could state. `spans`, `concepts`: what is behind the numbers of
    sentences and entities. `named`: the mention of an entity in a sentence, by both their numbers.
    """

    span: Span
    types: tuple[RelationType, ...]
    sentences: tuple[Sentence, ...]
    offers: tuple[Offer, ...]
    spans: Mapping[str, Span]
    concepts: Mapping[str, str]
    named: Mapping[tuple[str, str], int]

    def ask(self, *, max_tokens: int, attempt: int = 0) -> Request:
        """Which of the offered triples does the passage state?"""
        described = {kind.name: kind.description for kind in self.types}
        return ask_relations(self.sentences, self.offers, described, max_tokens=max_tokens, attempt=attempt)

    def as_offered(self, sentence: str, subject: str, predicate: str, object_: str) -> tuple[str, str] | None:
        """The ends of a triple as they are offered, by their numbers; None if it is not.

        A symmetric relation may be named the other way round.
        """
        symmetric = any(kind.symmetric for kind in self.types if kind.name == predicate)
        for ends in ((subject, object_), (object_, subject))[: 2 if symmetric else 1]:
            if any(
                (o.sentence, o.subject) == (sentence, ends[0]) and predicate in o.predicates and ends[1] in o.objects
                for o in self.offers
            ):
                return ends
        return None


def find_passages(
    text: str,
    sentences: Sequence[Span],
    mentions: Sequence[Mention],
    types: Sequence[RelationType],
    *,
    passage_chars: int = PASSAGE_CHARS,
) -> Iterator[Passage]:
    """The passages that could state one of the relations, in order; together they never overlap."""
    usable = {kind for relation in types for pair in relation.pairs for kind in pair}
    linked = [i for i, m in enumerate(mentions) if m.concept_id and m.type in usable]
    linked.sort(key=lambda i: (mentions[i].start, mentions[i].end))
    starts = [mentions[i].start for i in linked]
    for run in _join_sentences(sentences, passage_chars):
        named = []
        for sentence in run:
            inside = linked[bisect_left(starts, sentence.start) : bisect_left(starts, sentence.end)]
            named.append(_first_of_each([i for i in inside if mentions[i].end <= sentence.end], mentions))
        passage = _offer(text, list(zip(run, named, strict=True)), mentions, types)
        if passage.offers:
            yield passage


def _join_sentences(sentences: Sequence[Span], most_chars: int) -> Iterator[list[Span]]:
    run: list[Span] = []
    for sentence in sentences:
        if run and sentence.end - run[0].start > most_chars:
            yield run
            run = []
        run.append(sentence)
    if run:
        yield run


def _first_of_each(inside: Sequence[int], mentions: Sequence[Mention]) -> list[int]:
    """Of mentions in the order of the words the first of each concept."""
    first: dict[str | None, int] = {}
    for i in inside:
        first.setdefault(mentions[i].concept_id, i)
    return list(first.values())


def _offer(
    text: str, run: Sequence[tuple[Span, Sequence[int]]], mentions: Sequence[Mention], types: Sequence[RelationType]
) -> Passage:
    """The passage that sentences with their mentions are; sentences and concepts are numbered as they are offered."""
    sentences: list[Sentence] = []
    offers: list[Offer] = []
    spans: dict[str, Span] = {}
    numbers: dict[str, str] = {}  # of concepts
    named: dict[tuple[str, str], int] = {}
    for span, inside in run:
        words = text[span.start : span.end]
        could = [kind for kind in types if not kind.only_where or kind.only_where.search(words)]
        found = {subject: _objects(subject, inside, mentions, could) for subject in inside}
        joined = {i for subject, by_objects in found.items() for objects in by_objects for i in (subject, *objects)}
        if not joined:
            sentences.append(Sentence(words))
            continue
        sentence = f"S{len(spans) + 1}"
        spans[sentence] = span
        ends = [i for i in inside if i in joined]
        number = {i: numbers.setdefault(str(mentions[i].concept_id), f"E{len(numbers) + 1}") for i in ends}
        named |= {(sentence, entity): i for i, entity in number.items()}
        choices = (Choice(number[i], mentions[i].type, text[mentions[i].start : mentions[i].end]) for i in ends)
        sentences.append(Sentence(words, sentence, tuple(choices)))
        offers += [
            Offer(sentence, number[subject], tuple(predicates), tuple(number[i] for i in objects))
            for subject, by_objects in found.items()
            for objects, predicates in by_objects.items()
        ]
    offered = {predicate for offer in offers for predicate in offer.predicates}
    return Passage(
        span=Span(run[0][0].start, run[-1][0].end),
        types=tuple(kind for kind in types if kind.name in offered),
        sentences=tuple(sentences),
        offers=tuple(offers),
        spans=spans,
        concepts={number: concept for concept, number in numbers.items()},
        named=named,
    )


def _objects(
    subject: int, inside: Sequence[int], mentions: Sequence[Mention], types: Sequence[RelationType]
) -> dict[tuple[int, ...], list[str]]:
    """The mentions that a subject may be related to, and by which predicates."""
    found: dict[tuple[int, ...], list[str]] = {}
    for kind in types:
        objects = tuple(i for i in inside if _may_join(kind, mentions[subject], mentions[i]))
        if objects:
            found.setdefault(objects, []).append(kind.name)
    return found


def _may_join(kind: RelationType, subject: Mention, object_: Mention) -> bool:
    """Whether a relation may hold of these: names apart, and of a symmetric one what comes first is the subject."""
    apart = subject.end <= object_.start or (object_.end <= subject.start and not kind.symmetric)
    return apart and subject.concept_id != object_.concept_id and kind.joins(subject.type, object_.type)


# ------------------------------------------------------------------------------------------------ answers


@dataclass(frozen=True, slots=True)
class Triple:
    """An extracted relation between two mentions of one sentence, by their numbers in the document."""

    head: int
    tail: int
    predicate: str
    assertion: str


class _SaidTriple(BaseModel):
    model_config = ConfigDict(extra="ignore")

    sentence: str
    subject: str
    predicate: str
    object: str
    assertion: Literal["affirmed", "negated", "speculated"] = "affirmed"


class _Said(BaseModel):
    model_config = ConfigDict(extra="ignore")

    triples: list[_SaidTriple]


def parse_answer(answer: Answer) -> list[_SaidTriple] | str:
    """The triples of an answer, unchecked; or why it can't be used."""
    said = parse_object(answer, _Said)
    return said if isinstance(said, str) else said.triples


def check_triples(said: Sequence[_SaidTriple], passage: Passage) -> tuple[list[Triple], Counter[str]]:
    """The triples that were offered, each once, and how many were not, by reason."""
    kept: dict[tuple[int, int, str], Triple] = {}
    dropped: Counter[str] = Counter()
    for triple in said:
        ends = passage.as_offered(triple.sentence, triple.subject, triple.predicate, triple.object)
        if ends is None:
            dropped[_why_not(triple, passage)] += 1
            continue
        head, tail = (passage.named[triple.sentence, end] for end in ends)
        checked = Triple(head, tail, triple.predicate, triple.assertion)
        kept.setdefault((head, tail, triple.predicate), checked)
    return list(kept.values()), dropped


def _why_not(said: _SaidTriple, passage: Passage) -> str:
    if said.sentence not in passage.spans:
        return "unknown_sentence"
    if said.subject not in passage.concepts or said.object not in passage.concepts:
        return "unknown_entity"
    if all(kind.name != said.predicate for kind in passage.types):
        return "unknown_predicate"
    return "not_offered"
