"""Abbreviations that a document defines: short form to long form, after Schwartz and Hearst.

Source: A. S. Schwartz, M. A. Hearst, "A simple algorithm for identifying abbreviation definitions in
biomedical text", PSB 2003. Both orders are read, `long (short)` and `short (long)`. Knows nothing of
lexicons. Trade-off: a pair is taken only when every letter of the short form is found in the long one, in order,
its first at a word's start, so definitions that drop a letter are missed rather than guessed.
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping, Sequence
from typing import Final

from engine.link.normalise import fold

_PARENTHESES = re.compile(r"[(\[]([^()\[\]]{1,120})[)\]]")
_WIDE: Final = str.maketrans("（）［］", "()[]")  # as printers of East Asian texts set them
_SHORT = re.compile(r"[A-Za-z0-9Α-ω][A-Za-z0-9Α-ω+/.,' \-]{0,11}\Z")
_AROUND: Final = string.whitespace + "\"'“”‘’"  # blanks and quotes: ("ARDS")
_CUT = re.compile(r"[;,]\s|\s=|\bor\b")
_SENTENCE_END = re.compile(r"[.!?:;]\s+(?=[A-Z(])|\n")
_EXAMPLES: Final = 3  # short forms in one bracket that are examples of what is named before: "genes (KRAS, BRAF, NF1)"
_LONGEST_SHORT: Final = 12
_LONGEST_SWAPPED: Final = 4


def find_abbreviations(text: str) -> dict[str, str]:
    """Short forms that the text defines, each with its long form; the first definition of a short form counts."""
    found: dict[str, str] = {}
    text = text.translate(_WIDE)
    for match in _PARENTHESES.finditer(text):
        inside = _CUT.split(match.group(1), maxsplit=1)[0].strip(_AROUND)
        if _lists_examples(match.group(1)):
            continue
        before = _SENTENCE_END.split(text[max(0, match.start() - 200) : match.start()])[-1].rstrip()
        if _is_short_form(inside):
            short, long = inside, _long_form(inside, before)
        else:
            words = before.split()
            short = words[-1].strip(",;") if words else ""
            whole = match.group(1).strip()
            long = _long_form(short, whole, whole=True) if _is_short_form(short) else None
        if long is not None:
            found.setdefault(short, long)
    return found


def long_form(name: str, defined: Mapping[str, str]) -> str | None:
    """What a text that defines these short forms means by a name: one of them, or its plural; else None."""
    long = defined.get(name)
    return defined.get(name[:-1]) if long is None and name.endswith("s") else long


def _lists_examples(inside: str) -> bool:
    items = [item.strip().removeprefix("and ") for item in inside.split(",")]
    return len(items) >= _EXAMPLES and all(_is_short_form(item) and " " not in item for item in items)


def _is_short_form(text: str) -> bool:
    if not 2 <= len(text) <= _LONGEST_SHORT or len(text.split()) > 2 or not _SHORT.match(text):
        return False
    return any(c.isalpha() for c in text) and (any(c.isupper() for c in text) or any(c.isdigit() for c in text))


def _long_form(short: str, before: str, *, whole: bool = False) -> str | None:
    """The shortest tail of `before` (or all of it, if `whole`) that spells `short`; None if there is none."""
    letters = [c for c in fold(short).lower() if c.isalnum()]
    words = before.split()
    most = min(len(letters) + 5, len(letters) * 2)
    window = " ".join(words if whole else words[-most:])
    if not letters or (whole and len(words) > most):
        return None
    start = _match_backwards(letters, window)
    if start is None:
        return None if whole else _swapped(letters, words)
    if whole and start != 0:
        return None
    long = window[start:].strip(" ,-")
    if long.startswith(("(", "[")) or len(long) <= len(short) or short.lower() in long.lower().split():
        return None
    return long


def _swapped(letters: list[str], words: list[str]) -> str | None:
    """As many words as letters, whose initials are the letters in another order ("myotonic dystrophy (DM)")."""
    last = words[-len(letters) :]
    initials = [fold(word).lower()[:1] for word in last]
    swapped = 2 <= len(letters) <= _LONGEST_SWAPPED and sorted(initials) == sorted(letters)
    return " ".join(last).strip(" ,-") if swapped and all(len(word) > 3 for word in last) else None


def _match_backwards(letters: list[str], window: str) -> int | None:
    """Start in `window` of the match that reads both from the right, the first letter at a word's start."""
    folded, origin = _letters(window)
    position = len(folded)
    for index in range(len(letters) - 1, -1, -1):
        position -= 1
        while position >= 0 and not (
            folded[position] == letters[index] and (index > 0 or position == 0 or not folded[position - 1].isalnum())
        ):
            position -= 1
        if position < 0:
            return None
    start = origin[position]
    while start > 0 and not window[start - 1].isspace():
        start -= 1  # take the whole word: "non-Hodgkin" when H opened it
    return start if _opens(window[start:], letters) else None


def _letters(window: str) -> tuple[Sequence[str], Sequence[int]]:
    """Its letters in plain ones with their places; "κ" is as many as its name, so "factor kappa B" spells "NF-κB"."""
    if window.isascii():
        return window.lower(), range(len(window))
    spelt = [fold(character).lower() or " " for character in window]
    return "".join(spelt), [place for place, letters in enumerate(spelt) for _ in letters]


def _opens(long: str, letters: list[str]) -> bool:
    """Whether the long form's first word holds the first letter at its start or after a hyphen or bracket."""
    first = fold(long.split()[0]).lower()
    return any(part[:1] == letters[0] for part in re.split(r"[^a-z0-9]+", first) if part)
