"""Longer names around a mention, which an extractor may have left out: "essential hypertension", "dopamine agonists".

A disease may begin a word earlier, with one that tells another disease, not how bad it is; a chemical may be followed
by the word that makes it a class of drugs that act on it. Whether the longer name is one, the lexicon says.
"""

from __future__ import annotations

import re
from typing import Final

from engine.schema import CHEMICAL, DISEASE

_WORD_BEFORE: Final = re.compile(r"(?<![\w-])([A-Za-z][\w'-]*) $")
_LONGEST_WORD: Final = 25
_ACTING_ON_IT: Final = re.compile(
    r" (?:(?:receptor|channel|entry) )?(?:agonists?|antagonists?|blockers?|inhibitors?)\b", re.I
)
# Words that grade a disease, say whose it is, or are no part of a name.
_NO_KIND: Final = re.compile(
    r"mild|moderate|severe|(?:a|pre)?symptomatic|advanced|early|late|active|recent|pa?ediatric|childhood|juvenile|adult"
    r"|maternal|of|in|and|or|with|for|to|by|on|from|no|non|the|an?|this|other|new",
    re.I,
)


def wider_span(text: str, start: int, end: int, type: str) -> tuple[int, int] | None:
    """The borders of a longer name that the mention may be part of, or None."""
    if type == DISEASE:
        before = _WORD_BEFORE.search(text, max(0, start - _LONGEST_WORD), start)
        if before and not _NO_KIND.fullmatch(before[1]):
            return before.start(1), end
    elif type == CHEMICAL:
        after = _ACTING_ON_IT.match(text, end)
        if after:
            return start, after.end()
    return None
