"""Whether a relation is affirmed, negated or speculated: from the scopes that the tagger found.

A relation is denied where a negation scope covers one of its ends: in "X did not inhibit Y" BioScope's scope is
"not inhibit Y"; in "no inhibition of Y by X" it covers both. Speculation likewise; a denial outranks a doubt.

Not all that stands in a negation scope is denied, and the tagger, whose corpus marks words and not relations, can't
tell: "not more effective than Y" leaves open whether X is effective, and "did not lessen X-induced Y" takes it for
granted. What the words from a scope's cue on and those between two ends say of this is read here, by a few wordings. In
the passive a scope begins with the subject, and its cue comes later: "the effect of X has not been studied".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from engine.schema import AFFIRMED, NEGATED, SPECULATED, Span
from engine.wording.language import NEGATION_CUES

# The mention heads that mark no mentions, and what their spans say of a relation.
NEGATION_SCOPE: Final = "NegationScope"
SPECULATION_SCOPE: Final = "SpeculationScope"
SCOPE_ASSERTIONS: Final = {NEGATION_SCOPE: NEGATED, SPECULATION_SCOPE: SPECULATED}


# "with or without", "with and without", "with/without": both are meant, so nothing is denied; "not without" affirms.
_BEFORE_CHARS: Final = 24
_EITHER: Final = re.compile(
    r"\b(?:with(?: ?/ ?|,? (?:or|and|and ?/ ?or|versus|vs\.?) )|not )(?=without\b)", re.IGNORECASE
)

_DENYING: Final = re.compile(NEGATION_CUES, re.IGNORECASE)
_CUE: Final = r"(?:\w*n't|not|cannot|never|neither|nor)(?: \w+ly)? (?:be |been |being )?"
# What begins so denies only that something is all: it holds all the same.
_PARTLY: Final = re.compile(
    rf"{_CUE}(?:only|just|merely|simply|solely|exclusively|entirely|fully|completely|wholly|all|every|always)\b"
    r"(?! (?:excluded?|ruled? out)\b)",
    re.IGNORECASE,
)
# Denied is a difference, that somebody was given it, that something is known of it, or that it is out of the question;
# whether it holds is left open.
# A difference from no treatment is none from another treatment: "not more effective than placebo" does deny.
_DIFFERENCE: Final = re.compile(
    rf"{_CUE}(?:any |more |much |statistically |clinically )*(?:more|less|higher|greater|smaller|larger|longer|shorter"
    r"|lower(?= (?:than|in|on|with|among|after|for)\b)|better|worse|inferior|superior|non-?inferior"
    r"|differ(?:ent(?:ly)?|ed|s)?)\b"
    r"|no (?:(?:more|less)(?: \w+){1,3} than|(?:better|worse|greater|higher|lower)(?: \w+){0,3} than"
    r"|(?:different|inferior|superior) (?:from|to|than))\b"
    r"|(?:no|without)(?: \w+){0,3} differences? (?:\w+ ){0,5}(?:between|among)\b",
    re.IGNORECASE,
)
_UNTREATED: Final = re.compile(
    r"\b(?:placebos?(?![ -]controlled)|vehicle|untreated|sham|saline|no treatment)\b"
    r"|\b(?:than|to|from|of|in|with|versus|vs\.?|between|among|and|or)(?: [\w-]+){0,2} (?:controls(?! of\b)"
    r"|control(?= (?:groups?|subjects?|patients?|individuals?|arms?|animals?|rats|mice|cells|diets?|solutions?)\b)"
    r"|healthy|referents?|non-?users?|normals?(?= (?:\w+ )?(?:subjects?|controls?|volunteers?|individuals?|persons?"
    r"|people|children|women|men|rats|mice|animals|tissues?|cells|groups?)\b))\b"
    r"|\b(?:than|to|from|with|versus|vs\.?|and|or) (?:the )?control\b(?! of\b)"
    r"|\b(?:than|from) normal\b",
    re.IGNORECASE,
)
_AFTER_CHARS: Final = 60
_SENTENCE_END: Final = re.compile(r"[.!?](?=\s+[A-Z])|;\s|\n")
_OPEN: Final = re.compile(
    rf"{_CUE}(?:yet |well |have |has |having )?(?:be |been |being )?(?:\w+ly )?"
    r"(?:adequate(?:ly)?|sufficient(?:ly)?|enough|necessarily|receiv\w+|(?:tak(?:e|es|en|ing)|took)(?! up\b)|given"
    r"|treated|administered|prescribed|exposed|known|clear|understood|established|studied|investigated"
    r"|determined(?! by\b)|assessed|evaluated|examined|tested|excluded?|ruled? out)\b"
    r"|(?:no|without)(?: (?!of\b|in\b|on\b|for\b|by\b|with\b|after\b)\w+){0,3}"
    r" (?:treatment|therapy|medications?|information|data|consensus)\b(?! (?:effect|benefit|respon)\w*)",
    re.IGNORECASE,
)

# "did not lessen the A-induced B", "but not the A antagonist B": that A does so to B is taken for granted, unless the
# thing itself is said to be absent ("no A-induced B").
_COMPOUND: Final = re.compile(
    r" ?[-\u2010\u2011\u2013] ?"
    r"(?:induced|mediated|associated|related|dependent|driven|stimulated|activated|evoked|triggered) (?:\w+ ){0,2}"
    r"|(?: receptors?)? (?:antagonist|agonist|inhibitor|blocker|activator|substrate|ligand)s?,? ",
    re.IGNORECASE,
)
_ABSENT: Final = re.compile(r"(?:no|without|absence|lack\w*|free|none|absent)\b", re.IGNORECASE)
# "In contrast to A, B does not cause C" says that A does.
_CONTRAST: Final = re.compile(
    r"\b(?:in contrast (?:to|with)|contrary to|unlike|as opposed to)(?: \w+){0,2} $", re.IGNORECASE
)
_CONTRAST_CHARS: Final = 48


@dataclass(frozen=True, slots=True)
class Scope:
    """A stretch of text that is denied or doubted; `score` is the tagger's."""

    span: Span
    assertion: str
    score: float


def read_denial(text: str, scope: Span) -> str:
    """What a scope of denial says of a relation in it, by the words that its cue begins.

    Returns: NEGATED; SPECULATED where a difference is denied, or what was given, is known or is ruled out ("not more
    effective", "did not receive", "not known"); AFFIRMED where it denies nothing ("with or without", "not only").
    """
    near = max(0, scope.start - _BEFORE_CHARS), scope.start + _BEFORE_CHARS
    if any(either.start() <= scope.start <= either.end() for either in _EITHER.finditer(text, *near)):
        return AFFIRMED
    cue = _DENYING.search(text, scope.start, scope.end)
    begin = cue.start() if cue else scope.start
    if _PARTLY.match(text, begin, scope.end):
        return AFFIRMED
    if _DIFFERENCE.match(text, begin, scope.end):
        ended = _SENTENCE_END.search(text, scope.end, scope.end + _AFTER_CHARS)
        reach = ended.start() if ended else scope.end + _AFTER_CHARS
        return NEGATED if _UNTREATED.search(text, scope.start, reach) else SPECULATED
    return SPECULATED if _OPEN.match(text, begin, scope.end) else NEGATED


def judge_assertion(head: Span, tail: Span, scopes: Sequence[Scope], text: str) -> tuple[str, float | None]:
    """The assertion of a relation between two spans, and the score of the scope that decided it (None: affirmed)."""
    for assertion in (NEGATED, SPECULATED):
        covering = [
            scope.score
            for scope in scopes
            if scope.assertion == assertion
            and (scope.span.overlaps(head) or scope.span.overlaps(tail))
            and not (assertion == NEGATED and _is_spared(head, tail, scope.span, text))
        ]
        if covering:
            return assertion, max(covering)
    return AFFIRMED, None


def _is_spared(head: Span, tail: Span, denied: Span, text: str) -> bool:
    """Whether a relation holds although a denial covers one of its ends: see `_COMPOUND` and `_CONTRAST`."""
    first, last = sorted((head, tail), key=lambda end: end.start)
    compound = _COMPOUND.fullmatch(text, first.end, last.start) is not None
    if compound and denied.overlaps(last):
        return _ABSENT.match(text, denied.start) is None
    if denied.overlaps(first):
        return False
    return _CONTRAST.search(text, max(0, first.start - _CONTRAST_CHARS), first.start) is not None
