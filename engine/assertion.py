"""Whether a relation is affirmed, negated or speculated: from the scopes that the tagger found.

A relation is denied where a negation scope covers one of its ends: in "X did not inhibit Y" BioScope's scope is
"not inhibit Y"; in "no inhibition of Y by X" it covers both. Speculation likewise; a denial outranks a doubt.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from engine.schema import AFFIRMED, NEGATED, SPECULATED, Span

# The mention heads that mark no mentions, and what their spans say of a relation.
NEGATION_SCOPE: Final = "NegationScope"
SPECULATION_SCOPE: Final = "SpeculationScope"
SCOPE_ASSERTIONS: Final = {NEGATION_SCOPE: NEGATED, SPECULATION_SCOPE: SPECULATED}


# "with or without", "with and without", "with/without": both are meant, so nothing is denied.
_BEFORE_CHARS: Final = 24
_EITHER: Final = re.compile(r"\bwith(?: ?/ ?|,? (?:or|and|and ?/ ?or|versus|vs\.?) )(?=without\b)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Scope:
    """A stretch of text that is denied or doubted; `score` is the tagger's."""

    span: Span
    assertion: str
    score: float


def leaves_open(text: str, scope: Span) -> bool:
    """Whether a scope of denial begins with words that leave it open ("with or without X"), which deny nothing."""
    return any(
        either.start() <= scope.start <= either.end()
        for either in _EITHER.finditer(text, max(0, scope.start - _BEFORE_CHARS), scope.start + _BEFORE_CHARS)
    )


def judge_assertion(head: Span, tail: Span, scopes: Sequence[Scope]) -> tuple[str, float | None]:
    """The assertion of a relation between two spans, and the score of the scope that decided it (None: affirmed)."""
    for assertion in (NEGATED, SPECULATED):
        covering = [
            scope.score
            for scope in scopes
            if scope.assertion == assertion and (scope.span.overlaps(head) or scope.span.overlaps(tail))
        ]
        if covering:
            return assertion, max(covering)
    return AFFIRMED, None
