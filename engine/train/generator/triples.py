"""Extraction lessons: a document's passages, asked about as at run time, with the triples that gold has for them.

A passage is left out where gold can't say all that it states: where the corpus speaks of some pairs only, where
more triples hold than an answer may list, or where it seems to state nothing and yet names in one sentence two that the
document relates elsewhere. Pure; knows nothing of models or tokens.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence, Set
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

from engine.generate.prompts import MOST_TRIPLES
from engine.generate.request import Request
from engine.generate.triples import (
    Passage,
    RelationType,
    find_passages,
    open_relation_types,
)
from engine.schema import AFFIRMED, Mention, Span
from engine.train.annotated import Annotated
from engine.train.corpora.pubtator import concepts_of
from engine.train.examples import near_negation, sentences_of

TABLE: Final = Path(__file__).with_name("relations.toml")

Said = tuple[int, int, str]  # the mentions of a pair, and a predicate


def triple_lessons(
    document: Annotated, stated: Sequence[Said], drawn: random.Random, *, max_tokens: int
) -> list[tuple[str, Request, str]]:
    """Passages, prompts and answers; of the passages that state nothing as many as of the others, and at least one."""
    if document.asked is not None:
        return []
    mentions, linked = _mentions(document), linked_names(document)
    told: list[tuple[str, Request, str]] = []
    silent: list[tuple[str, Request, str]] = []
    for passage in find_passages(document.text, sentences_of(document), mentions, _types(document)):
        inside = [said for said in stated if all(_is_in(passage.span, mentions[end]) for end in said[:2])]
        triples = _triples(document, passage, inside, mentions)
        if triples is None or len(triples) > MOST_TRIPLES:
            continue
        if not triples and _may_state(document, passage, linked):
            continue
        answer = json.dumps({"triples": triples}, separators=(",", ":"), ensure_ascii=False)
        (told if triples else silent).append((*_ask(document, passage, max_tokens), answer))
    return told + drawn.sample(silent, min(len(silent), max(1, len(told))))


def _types(document: Annotated) -> list[RelationType]:
    """The predicates that the corpus annotates, between the types for which it does."""
    names = frozenset(name for predicates in document.predicates.values() for name in predicates)
    return [
        replace(kind, pairs=tuple(pair for pair, predicates in document.predicates.items() if kind.name in predicates))
        for kind in _described(names)
    ]


@cache
def _described(names: frozenset[str]) -> list[RelationType]:
    return open_relation_types(sorted(names), table=TABLE)


def _mentions(document: Annotated) -> list[Mention]:
    """The mentions as linked ones; where a corpus numbers each mention for itself, its words decide."""
    by_words = bool(document.relations) or not document.concept_relations
    return [
        Mention(
            m.start,
            m.end,
            m.type,
            1.0,
            m.concept if m.concept and not by_words else document.text[m.start : m.end].lower(),
        )
        for m in document.mentions
    ]


def _triples(
    document: Annotated, passage: Passage, stated: Sequence[Said], mentions: Sequence[Mention]
) -> list[dict[str, str]] | None:
    """The relations as triples, once a sentence; None if one is in no sentence that offers it, or may be denied."""
    number = {concept: entity for entity, concept in passage.concepts.items()}
    found: dict[tuple[str, str, str, str], dict[str, str]] = {}
    for head, tail, predicate in sorted(stated, key=lambda said: (mentions[said[0]].start, mentions[said[1]].start)):
        ends = mentions[head], mentions[tail]
        sentence = next((name for name, s in passage.spans.items() if all(_is_in(s, end) for end in ends)), None)
        if sentence is None or not is_affirmed(document, head, tail):
            return None
        said = [number.get(str(end.concept_id), "") for end in ends]
        offered = passage.as_offered(sentence, said[0], predicate, said[1])
        if offered is None:
            return None
        key = (sentence, offered[0], predicate, offered[1])
        found[key] = dict(zip(("sentence", "subject", "predicate", "object"), key, strict=True))
        found[key]["assertion"] = AFFIRMED
    return list(found.values())


def _may_state(document: Annotated, passage: Passage, linked: Set[tuple[str, str]]) -> bool:
    """Whether one of its sentences names two that the corpus relates, be it by what another passage says of them."""
    pairs = ((offer.sentence, offer.subject, object_) for offer in passage.offers for object_ in offer.objects)
    return any(
        is_related(document, passage.named[sentence, subject], passage.named[sentence, object_], linked)
        for sentence, subject, object_ in pairs
    )


def is_affirmed(document: Annotated, head: int, tail: int) -> bool:
    """Whether a gold relation is surely no denied one: where gold may list these, no cue of negation stands near it."""
    sure = not document.lists_denied and not document.concept_relations
    return sure or not near_negation(document.text, document.mentions[head], document.mentions[tail])


def linked_names(document: Annotated) -> set[tuple[str, str]]:
    """What the corpus relates, by whatever it calls the two."""
    linked = {(r.head, r.tail) for r in document.concept_relations} | document.ignored
    return linked | {(_surface(document, r.head), _surface(document, r.tail)) for r in document.relations}


def is_related(document: Annotated, head: int, tail: int, linked: Set[tuple[str, str]]) -> bool:
    """Whether the corpus relates the two, in either order, or they are one."""
    first, second = ({*concepts_of(document.mentions[i]), _surface(document, i)} for i in (head, tail))
    if first & second - {""}:
        return True
    return any((a, b) in linked or (b, a) in linked for a in first for b in second)


def _surface(document: Annotated, mention: int) -> str:
    return document.text[document.mentions[mention].start : document.mentions[mention].end].lower()


def _is_in(span: Span, mention: Mention) -> bool:
    return span.start <= mention.start and mention.end <= span.end


def _ask(document: Annotated, passage: Passage, max_tokens: int) -> tuple[str, Request]:
    return document.text[passage.span.start : passage.span.end], passage.ask(max_tokens=max_tokens)
