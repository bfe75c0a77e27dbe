"""Lessons for a generator out of gold: a prompt as the generative stage asks it, with the answer that gold gives.

Prompts are made by the functions that make them at run time, and each answer of triples passes the run time's own
checks. Trade-off: corpora that annotate whole documents don't say which sentence states a relation; the closest two
mentions in one sentence are taken, which is mostly right. A claim that is only guessed ("it may be that") is not
taught, for no corpus marks what is guessed of which relation.
This file knows nothing of models or tokens.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from typing import Final

from engine.generate.prompts import CONTRADICTED, ENTAILED, NEUTRAL, ask_claim, state_claim
from engine.generate.request import Request
from engine.schema import AFFIRMED, NEGATED
from engine.tables import join_sentences
from engine.tables import sentences_of as sentences_of_pair
from engine.train.annotated import Annotated
from engine.train.corpora.pubtator import concepts_of
from engine.train.denials import read_denials
from engine.train.examples import near_negation, sentences_of
from engine.train.generator.triples import Said, is_affirmed, is_related, linked_names, triple_lessons
from engine.wording.language import mark_names

TRIPLES: Final = "triples"


@dataclass(frozen=True, slots=True)
class Lesson:
    """`kind`: the answer to a claim, or `triples`; `passage`: what is asked about."""

    corpus: str
    kind: str
    passage: str
    request: Request
    answer: str


def build_lessons(documents: Iterable[Annotated], *, seed: int, answer_tokens: int = 512) -> list[Lesson]:
    """The lessons of annotated documents, in their order; a document's depend on it and the seed alone.

    `answer_tokens`: the limit that extraction prompts carry.
    """
    lessons: list[Lesson] = []
    for document in documents:
        if not document.predicates:
            continue
        document = replace(document, sentences=tuple(sentences_of(document)))
        drawn = random.Random(f"{seed} {document.corpus} {document.doc_id}")
        lessons += claim_lessons(document, drawn)
        of_triples = triple_lessons(document, closest_pairs(document), drawn, max_tokens=answer_tokens)
        lessons += [Lesson(document.corpus, TRIPLES, *lesson) for lesson in of_triples]
    return lessons


def claim_lessons(document: Annotated, drawn: random.Random) -> list[Lesson]:
    """Claims that the document states, each of them denied too, claims that it denies, and those that are neither.

    Neither are as many pairs that nothing relates as there are claims, and each stated pair under another predicate.
    """
    linked = linked_names(document)
    stated = [said for said in closest_pairs(document) if is_affirmed(document, said[0], said[1])]
    denied = [said for said in _denials(document) if not is_related(document, said[0], said[1], linked)]
    asked = [
        (said, assertion, ENTAILED if assertion == AFFIRMED else CONTRADICTED)
        for said in stated
        for assertion in (AFFIRMED, NEGATED)
    ]
    asked += [
        (said, assertion, CONTRADICTED if assertion == AFFIRMED else ENTAILED)
        for said in denied
        for assertion in (AFFIRMED, NEGATED)
    ]
    unrelated = [pair for pair in _unrelated(document, linked) if not any({*pair} == {*said[:2]} for said in denied)]
    for pair in drawn.sample(unrelated, min(len(unrelated), max(1, len(stated) + len(denied)))):
        said = (*pair, drawn.choice(sorted(_asked(document, *pair))))
        asked.append((said, drawn.choice((AFFIRMED, NEGATED)), NEUTRAL))
    asked += [(said, AFFIRMED, NEUTRAL) for said in _otherwise(document, stated, drawn)]
    return [claim_lesson(document, said, assertion, answer) for said, assertion, answer in asked]


def claim_lesson(document: Annotated, said: Said, assertion: str, answer: str) -> Lesson:
    """The lesson that a claim about two mentions has this answer."""
    passage = _stating(document, *said[:2])
    return Lesson(document.corpus, answer, passage, _ask(document, passage, said, assertion), answer)


def closest_pairs(document: Annotated) -> list[Said]:
    """The relations between mentions; of a relation between concepts the two mentions closest in one sentence."""
    found = [(r.head, r.tail, r.predicate) for r in document.relations]
    if found or not document.concept_relations:
        return found
    pairs = sorted(_pairs_in_sentences(document), key=lambda pair: _distance(document, *pair))
    for relation in document.concept_relations:
        for head, tail in pairs:
            ends = document.mentions[head], document.mentions[tail]
            if relation.head in concepts_of(ends[0]) and relation.tail in concepts_of(ends[1]):
                found.append((head, tail, relation.predicate))
                break
    return found


def ask_about(document: Annotated, said: Said, assertion: str) -> Request:
    """The claim that a relation between two mentions makes, in the prompt that the generative stage would send."""
    return _ask(document, _stating(document, *said[:2]), said, assertion)


def _ask(document: Annotated, passage: str, said: Said, assertion: str) -> Request:
    head, tail, predicate = said
    names = [document.text[m.start : m.end] for m in (document.mentions[head], document.mentions[tail])]
    return ask_claim(passage, state_claim(names[0], predicate, names[1], assertion=assertion))


def _stating(document: Annotated, head: int, tail: int) -> str:
    """The sentences of both ends, by the function that the generative stage takes them from a row by."""
    rows = [{"start": s.start, "end": s.end} for s in sentences_of(document)]
    ends = [{"start": m.start, "end": m.end} for m in (document.mentions[head], document.mentions[tail])]
    return join_sentences(document.text, sentences_of_pair(rows, ends[0], ends[1]))


def _denials(document: Annotated) -> Iterator[Said]:
    for sentence in sentences_of(document):
        text = mark_names(document.text, document.named, sentence)
        yield from ((head, tail, predicate) for head, tail, _, predicate in read_denials(text))


def _otherwise(document: Annotated, stated: Sequence[Said], drawn: random.Random) -> Iterator[Said]:
    """Each related pair under a predicate that doesn't hold of it: what a classifier in doubt mostly takes it for."""
    holding: dict[tuple[int, int], set[str]] = {}
    for head, tail, predicate in stated:
        holding.setdefault((head, tail), set()).add(predicate)
    for (head, tail), held in holding.items():
        others = sorted(_asked(document, head, tail) - held)
        if others:
            yield head, tail, drawn.choice(others)


def _unrelated(document: Annotated, linked: Set[tuple[str, str]]) -> list[tuple[int, int]]:
    """Pairs in one sentence of which the corpus says that none of its relations holds, and no cue that it's denied."""
    return [
        (head, tail)
        for head, tail in _pairs_in_sentences(document)
        if _asked(document, head, tail)
        and not is_related(document, head, tail, linked)
        and not near_negation(document.text, document.mentions[head], document.mentions[tail])
    ]


def _asked(document: Annotated, head: int, tail: int) -> frozenset[str]:
    """The predicates of which the corpus says whether they hold between two mentions."""
    types = document.mentions[head].type, document.mentions[tail].type
    known = document.predicates.get(types, frozenset())
    return known if document.asked is None else known & document.asked.get((head, tail), frozenset())


def _pairs_in_sentences(document: Annotated) -> Iterator[tuple[int, int]]:
    """Ordered pairs of mentions that stand in one sentence and don't overlap."""
    mentions: Sequence[object] = document.mentions
    for sentence in sentences_of(document):
        inside = [i for i in range(len(mentions)) if _in(document, i, sentence.start, sentence.end)]
        yield from ((a, b) for a in inside for b in inside if a != b and _distance(document, a, b) >= 0)


def _in(document: Annotated, mention: int, start: int, end: int) -> bool:
    return start <= document.mentions[mention].start and document.mentions[mention].end <= end


def _distance(document: Annotated, head: int, tail: int) -> int:
    """Code points between two mentions; negative where they overlap."""
    a, b = document.mentions[head], document.mentions[tail]
    return max(a.start, b.start) - min(a.end, b.end)
