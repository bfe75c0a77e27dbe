"""Errors with the sentences that they stand in, and a seeded sample of them to read."""

from __future__ import annotations

from collections.abc import Sequence, Set

import numpy as np

from engine.schema import Span
from engine.train.annotated import Annotated
from engine.train.examples import sentences_of
from engine.train.measure.relations import Triples
from engine.train.measure.spans import TypedSpan

Error = dict[str, str]


def list_span_errors(document: Annotated, predicted: Set[TypedSpan], gold: Set[TypedSpan]) -> list[Error]:
    """Gold spans that were missed: with wrong borders, as another type or altogether; and spans out of nothing."""
    sentences = sentences_of(document)
    errors: list[Error] = []
    explained: set[TypedSpan] = set()
    for type, span in sorted(gold - predicted):
        borders = {(t, s) for t, s in predicted - gold if t == type and s.overlaps(span)}
        types = {(t, s) for t, s in predicted - gold if t != type and s == span}
        explained |= borders | types
        said = sorted(borders or types)
        kind = "borders" if borders else "type" if types else "missed"
        errors.append(_span_error(kind, type, span, document, sentences, said))
    errors += [
        _span_error("spurious", type, span, document, sentences, [])
        for type, span in sorted(predicted - gold - explained)
    ]
    return errors


def list_relation_errors(document: Annotated, stated: Triples, gold: Triples) -> list[Error]:
    """Gold triples that were missed or stated with another label, and stated ones whose ends nothing joins."""
    sentences = sentences_of(document)
    errors: list[Error] = []
    wrong = stated.keys() - gold.keys()
    missed = gold.keys() - stated.keys()
    for label, ends in sorted(missed):
        other = sorted(said for said, joined in wrong if set(joined) == set(ends))
        kind = "label" if other else "missed"
        error = _relation_error(kind, label, gold[label, ends], document, sentences)
        errors.append({**error, "said": ", ".join(other)} if other else error)
    joined_by_gold = {frozenset(ends) for _, ends in missed}
    for label, ends in sorted(wrong):
        if frozenset(ends) not in joined_by_gold:
            errors.append(_relation_error("spurious", label, stated[label, ends], document, sentences))
    return errors


def sample_errors(errors: Sequence[Error], size: int, *, seed: int) -> list[Error]:
    """At most `size` errors, drawn with equal chance, in their own order."""
    drawn = np.random.default_rng(seed).choice(len(errors), size=min(size, len(errors)), replace=False)
    return [errors[i] for i in sorted(drawn.tolist())]


def _span_error(
    kind: str, type: str, span: Span, document: Annotated, sentences: Sequence[Span], said: Sequence[TypedSpan]
) -> Error:
    error = {
        "document": document.doc_id,
        "error": kind,
        "type": type,
        "text": document.text[span.start : span.end],
        "sentence": _sentence_at(document.text, sentences, span),
    }
    answers = ", ".join(f"{t} {document.text[s.start : s.end]!r}" for t, s in said)
    return {**error, "said": answers} if answers else error


def _relation_error(
    kind: str, label: str, shown: tuple[Span, Span], document: Annotated, sentences: Sequence[Span]
) -> Error:
    head, tail = shown
    quoted = dict.fromkeys(_sentence_at(document.text, sentences, end) for end in sorted(shown))
    return {
        "document": document.doc_id,
        "error": kind,
        "label": label,
        "head": document.text[head.start : head.end],
        "tail": document.text[tail.start : tail.end],
        "sentence": " ... ".join(quoted),
    }


def _sentence_at(text: str, sentences: Sequence[Span], span: Span) -> str:
    """The sentence that the span begins in; the span itself where it stands in none."""
    around = next((s for s in sentences if s.start <= span.start < s.end), span)
    return text[around.start : around.end]
