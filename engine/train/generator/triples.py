"""Extraction lessons: a document's passages, asked about as at run time, with the triples that gold has for them.

A passage is left out where gold can't say all that it states: where the corpus speaks of some pairs only, or where
more triples hold than an answer may list. Pure; knows nothing of models or tokens.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
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
from engine.train.examples import near_negation, sentences_of

TABLE: Final = Path(__file__).with_name("relations.toml")

Said = tuple[int, int, str]  # the mentions of a pair, and a predicate


def triple_lessons(
    document: Annotated, stated: Sequence[Said], drawn: random.Random, *, max_tokens: int
) -> list[tuple[str, Request, str]]:
    """Passages, prompts and answers; of the passages that state nothing as many as of the others, and at least one."""
    if document.asked is not None:
        return []
    mentions = _mentions(document)
    told: list[tuple[str, Request, str]] = []
    silent: list[tuple[str, Request, str]] = []
    for passage in find_passages(document.text, sentences_of(document), mentions, _types(document)):
        inside = [said for said in stated if all(_is_in(passage.span, mentions[end]) for end in said[:2])]
        triples = _triples(document, passage, inside, mentions)
        if triples is None or len(triples) > MOST_TRIPLES:
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


def is_affirmed(document: Annotated, head: int, tail: int) -> bool:
    """Whether a gold relation is surely no denied one: where gold may list these, no cue of negation stands near it."""
    sure = not document.lists_denied and not document.concept_relations
    return sure or not near_negation(document.text, document.mentions[head], document.mentions[tail])


def _is_in(span: Span, mention: Mention) -> bool:
    return span.start <= mention.start and mention.end <= span.end


def _ask(document: Annotated, passage: Passage, max_tokens: int) -> tuple[str, Request]:
    return document.text[passage.span.start : passage.span.end], passage.ask(max_tokens=max_tokens)
