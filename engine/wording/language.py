"""A small language for wordings, and sentences as it reads them: each name of a chemical, disease or gene is one token.

A wording is compiled to a regular expression. Knows nothing of what a wording means; who writes it says it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from engine.link.normalise import plain
from engine.schema import CHEMICAL, DISEASE, GENE, Span

MARK: Final = {CHEMICAL: "C", DISEASE: "D", GENE: "G"}
ABBREVIATION: Final = r"(?: ?\((?:<[CDG]\d+>|[\w-]{1,12})\))?"
AND: Final = r"(?:, (?:and |or )?| and | or | plus |/| and/or | in combination with )"

# Words by which a sentence denies, as one expression.
NEGATION_CUES: Final = (
    r"(?:\b(?:no|nor|not|neither|never|none|cannot|without|unable|fail(?:s|ed|ing|ures?)?|lack(?:s|ed|ing)?|absence|unrelated"
    r"|ineffective|independent(?:ly)? of|un(?:affected|changed|altered|modified))\b|n't\b)"
)
# What follows a name that is part of another word, as in "TNF-induced".
COMPOUND: Final = r"[ -]+(?:mediated|induced|dependent|stimulated|positive|negative|expressing|driven|treated|like)\b"

_TYPE: Final = {mark: type for type, mark in MARK.items()}
_NAME: Final = re.compile(r"<([CDG])(\d+)>")
_WORD: Final = r"[\w'/%.-]+,? "
_PLAIN_WORD: Final = r"(?!(?:of|in|on|with|by|and|for|to|during|at|as|the|effects?|changes?|responses?) )[\w'/%-]+ "


def list_of(marks: str, between: str = AND) -> str:
    """An expression for one name or a list of names, of the types that `marks` stand for."""
    one = rf"<[{marks}]\d+>{ABBREVIATION}"
    return rf"{one}(?:{between}{one})*"


def any_of(*lines: str) -> str:
    """An expression for one of the words in `lines`; `_` stands for a blank."""
    return f"(?:{'|'.join('|'.join(line.split()) for line in lines)})".replace("_", " ")


def compile_wording(text: str, slots: Mapping[str, str]) -> re.Pattern[str]:
    """Compile a wording: `~3` stands for up to three words, `^3` for adjectives alone, `[the]` may be absent.

    A word that `slots` knows stands for its expression. Other tokens are regular expressions that match one word, or,
    with `_` for a blank, several.
    """
    tokens = text.split()
    parts: list[str] = []
    for token in tokens:
        blank = "" if token is tokens[-1] else " "
        if token[0] in "~^":
            parts.append(rf"(?:{_WORD if token[0] == '~' else _PLAIN_WORD}){{0,{token[1:]}}}?")
            continue
        word = token.strip("[]")
        expression = slots.get(word) or word.replace("_", " ")
        parts.append(f"(?:(?:{expression}){blank})?" if token[0] == "[" else f"(?:{expression}){blank}")
    return re.compile(r"(?<!\w)" + "".join(parts), re.I)


def mark_names(text: str, mentions: Sequence[tuple[Span, str]], sentence: Span) -> str:
    """The sentence with `<C3>` for mention 3, a chemical, and plain hyphens.

    Of overlapping mentions the first and longest is kept.
    """
    inside = [
        (span.start, -span.end, number)
        for number, (span, type) in enumerate(mentions)
        if type in MARK and sentence.covers(span)
    ]
    parts: list[str] = []
    free = sentence.start
    for start, minus_end, number in sorted(inside):
        if start >= free:
            parts += [text[free:start], f"<{MARK[mentions[number][1]]}{number}>"]
            free = -minus_end
    return plain("".join([*parts, text[free : sentence.end]])).replace("\n", " ")


def names_in(text: str) -> list[tuple[str, int]]:
    """The type and number of each name in a marked text."""
    return [(_TYPE[mark], int(number)) for mark, number in _NAME.findall(text)]


def ids_in(text: str, type: str) -> list[int]:
    """The numbers of the names of one type."""
    return [number for found, number in names_in(text) if found == type]
