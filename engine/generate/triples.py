"""What a language model is asked to extract, of which passages, and what of its answer is kept.

A relation type is a name with a description and the types of entities that it may join. A passage is a run of whole
sentences with at least two linked concepts that could be joined. Of an answer a triple stays only if its quote is in
the passage and holds a mention of both its ends. Everything else is counted by reason.
Pure: no engine, no document rows.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from engine.generate.parse import parse_object
from engine.generate.prompts import Choice
from engine.generate.request import Answer
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
    except (OSError, tomllib.TOMLDecodeError) as error:
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
    """A run of sentences to ask about: its span in the document, the relation types, the entities it offers.

    `concepts`: the concept behind each entity's number.
    """

    span: Span
    types: tuple[RelationType, ...]
    entities: tuple[Choice, ...]
    concepts: Mapping[str, str]


def find_passages(
    text: str,
    sentences: Sequence[Span],
    mentions: Sequence[Mention],
    types: Sequence[RelationType],
    *,
    passage_chars: int = PASSAGE_CHARS,
) -> Iterator[Passage]:
    """The passages that could state one of the relations, in order; together they never overlap."""
    for span in _join_sentences(sentences, passage_chars):
        inside = [m for m in mentions if m.concept_id and span.start <= m.start and m.end <= span.end]
        words = text[span.start : span.end]
        asked = tuple(t for t in types if _could_hold(t, inside) and (not t.only_where or t.only_where.search(words)))
        if asked:
            entities, concepts = _offer(text, inside, asked)
            yield Passage(span, asked, entities, concepts)


def _join_sentences(sentences: Sequence[Span], most_chars: int) -> Iterator[Span]:
    run: Span | None = None
    for sentence in sentences:
        if run and sentence.end - run.start <= most_chars:
            run = Span(run.start, sentence.end)
            continue
        if run:
            yield run
        run = sentence
    if run:
        yield run


def _could_hold(kind: RelationType, mentions: Sequence[Mention]) -> bool:
    return any(a.concept_id != b.concept_id and kind.joins(a.type, b.type) for a in mentions for b in mentions)


def _offer(
    text: str, mentions: Sequence[Mention], types: Sequence[RelationType]
) -> tuple[tuple[Choice, ...], dict[str, str]]:
    usable = {kind for relation in types for pair in relation.pairs for kind in pair}
    entities: list[Choice] = []
    concepts: dict[str, str] = {}
    for mention in sorted(mentions, key=lambda m: (m.start, m.end)):
        if mention.type in usable and mention.concept_id and mention.concept_id not in concepts.values():
            number = f"E{len(entities) + 1}"
            entities.append(Choice(number, mention.type, text[mention.start : mention.end]))
            concepts[number] = mention.concept_id
    return tuple(entities), concepts


# ------------------------------------------------------------------------------------------------ answers


@dataclass(frozen=True, slots=True)
class Triple:
    """An extracted relation between two mentions, by their numbers in the document; `quote` is its span there."""

    head: int
    tail: int
    predicate: str
    assertion: str
    quote: Span


class _SaidTriple(BaseModel):
    model_config = ConfigDict(extra="ignore")

    quote: str
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


def find_quote(text: str, quote: str, *, within: Span) -> Span | None:
    """Where a quote stands in the document, inside `within`: word for word, but for the kind of white space.

    Returns: the first place, without white space at its ends; None if it is not there or is empty.
    """
    words = quote.split()
    if not words:
        return None
    found = re.compile(r"\s+".join(map(re.escape, words))).search(text, within.start, within.end)
    return Span(*found.span()) if found else None


def check_triples(
    said: Sequence[_SaidTriple], passage: Passage, text: str, mentions: Sequence[Mention]
) -> tuple[list[Triple], Counter[str]]:
    """The triples that hold, each once, and how many did not, by reason."""
    kept: dict[tuple[int, int, str], Triple] = {}
    dropped: Counter[str] = Counter()
    for triple in said:
        checked = _check(triple, passage, text, mentions)
        if isinstance(checked, str):
            dropped[checked] += 1
        else:
            kept.setdefault((checked.head, checked.tail, checked.predicate), checked)
    return list(kept.values()), dropped


def _check(said: _SaidTriple, passage: Passage, text: str, mentions: Sequence[Mention]) -> Triple | str:
    kind = next((t for t in passage.types if t.name == said.predicate), None)
    if kind is None:
        return "unknown_predicate"
    subject, object_ = passage.concepts.get(said.subject), passage.concepts.get(said.object)
    if subject is None or object_ is None:
        return "unknown_entity"
    if subject == object_:
        return "same_entity"
    quote = find_quote(text, said.quote, within=passage.span)
    if quote is None:
        return "quote_not_in_text"
    head, tail = (_first_in(quote, concept, mentions) for concept in (subject, object_))
    if head is None or tail is None:
        return "quote_without_entity"
    if not kind.joins(mentions[head].type, mentions[tail].type):
        return "wrong_types"
    if kind.symmetric and (mentions[tail].start, tail) < (mentions[head].start, head):
        head, tail = tail, head
    return Triple(head, tail, kind.name, said.assertion, quote)


def _first_in(quote: Span, concept: str, mentions: Sequence[Mention]) -> int | None:
    inside = (i for i, m in enumerate(mentions) if m.concept_id == concept and quote.covers(Span(m.start, m.end)))
    return min(inside, key=lambda i: mentions[i].start, default=None)
