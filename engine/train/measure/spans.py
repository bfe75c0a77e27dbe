"""Spans: strict as seqeval and the BC5CDR evaluation mean it, relaxed, and the words of assertion scopes.

Strict: start, end and type all equal. Relaxed: a predicted span is right if it overlaps a gold span of its type by one
character, and a gold span is found likewise; so one long span can find two, and relaxed is never below strict.
A gold mention inside a longer one of its type can't be found by a BIO tagger; it counts as missed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from engine.assertion import SCOPE_ASSERTIONS
from engine.schema import Span
from engine.train.annotated import Annotated
from engine.train.measure.counts import FOUND, GOLD, PREDICTED, RIGHT, Item, Tally, empty_tally

if TYPE_CHECKING:
    from engine.model.predict import Prediction

TypedSpan = tuple[str, Span]
SCOPES = frozenset(SCOPE_ASSERTIONS)
_TOKEN = re.compile(r"\w+|[^\w\s]")


def gold_spans(document: Annotated) -> set[TypedSpan]:
    """The spans of the heads that the document's corpus annotates."""
    return {(m.type, Span(m.start, m.end)) for m in document.mentions if m.type in document.heads}


def predicted_spans(document: Annotated, prediction: Prediction, heads: Sequence[str]) -> set[TypedSpan]:
    """The predicted spans of the heads that the document's corpus annotates."""
    return {(heads[s.head], Span(s.start, s.end)) for s in prediction.spans if heads[s.head] in document.heads}


def tally_relaxed(predicted: Sequence[Collection[TypedSpan]], gold: Sequence[Collection[TypedSpan]]) -> Tally:
    """Count spans that overlap a span of their type on the other side."""
    tally = empty_tally(predicted, gold)
    for document, (said, true) in enumerate(zip(map(set, predicted), map(set, gold), strict=True)):
        for side, other, total, met in ((said, true, PREDICTED, RIGHT), (true, said, GOLD, FOUND)):
            for type, span in side:
                tally[type][document, total] += 1
                tally[type][document, met] += any(type == t and span.overlaps(s) for t, s in other)
    return tally


def scope_tokens(text: str, spans: Collection[TypedSpan]) -> set[Item]:
    """Each token (a run of letters and digits, or one other character) that a scope covers, by its first character."""
    tokens = [Span(*found.span()) for found in _TOKEN.finditer(text)]
    return {(kind, token.start) for kind, scope in spans if kind in SCOPES for token in tokens if scope.overlaps(token)}
