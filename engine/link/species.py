"""Which species a document's genes belong to, best first: human unless its words or MeSH headings say mouse or rat.

The rule: count the words for each species in the text, those of the title twice, and three for a MeSH heading. Up to
three genes written as rodents' symbols are ("Socs2", not "SOCS2") count as words for a rodent that is named, and three
of them name one. A rodent comes first if it is named and no human is, or if it is named more than twice as often as
humans; "human" before a mention, or "mouse", decides for that mention alone (the linker sees to it). Cell lines and
xenografts count as human, nude mice as no mice; strains and "-/-" are mice. Knows nothing of what genes there are.
Trade-off: one order for the whole document; on BioRED train 95 % of the mentions of genes of the three are of the
species that it puts first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from engine.link.genes import HUMAN, MOUSE, RAT

_WORDS: Final = {
    HUMAN: re.compile(
        r"\b(humans?|patients?|wom[ae]n|men|child(ren)?|persons?|people|volunteers|participants|individuals"
        r"|famil(y|ies)|proband|cohort|boys?|girls?|subjects|xenografts?|(cancer|carcinoma) cells?"
        r"|HeLa|HEK ?293T?|MCF-?7)\b",
        re.IGNORECASE,
    ),
    MOUSE: re.compile(
        r"\b(?<!nude )(mouse|mice|murine|transgenic|knock-?out|C57BL|BALB|RAW ?264|(NIH ?)?3T3|MEFs?|C2C12|db/db|ob/ob)"
        r"\b|[-−]/[-−]",
        re.IGNORECASE,
    ),
    RAT: re.compile(r"\b(rats?|Sprague|Wistar)\b", re.IGNORECASE),
}
_HEADINGS: Final = {"Humans": HUMAN, "Mice": MOUSE, "Rats": RAT}
_HEADING_WEIGHT: Final = 3
_SYMBOLS: Final = 3
_MORE_THAN: Final = 2
# By the nomenclature guidelines a rodent's symbol has one capital, the first letter, and a human's is all capitals; the
# figure tells a symbol from a word.
_RODENT_SYMBOL: Final = re.compile(r"[A-Z][a-z]+[0-9]+[a-z]?\Z")
_BESIDE: Final = re.compile(r"\b(human|mouse|murine|rat)\s+\Z", re.IGNORECASE)
_BESIDE_TAXON: Final = {"human": HUMAN, "mouse": MOUSE, "murine": MOUSE, "rat": RAT}


def species_of(text: str, mesh: Sequence[str], genes: Iterable[str] = ()) -> tuple[str, ...]:
    """The three taxa in the order in which a gene name is to be read in this document; `genes` are the names in it."""
    title = len(text.partition("\n")[0])
    counts = {taxon: sum(1 + (word.end() <= title) for word in words.finditer(text)) for taxon, words in _WORDS.items()}
    for heading in mesh:
        taxon = _HEADINGS.get(heading.split("/")[0].split(",")[0].strip())
        if taxon is not None:
            counts[taxon] += _HEADING_WEIGHT
    rodent = MOUSE if counts[MOUSE] >= counts[RAT] else RAT
    other = RAT if rodent == MOUSE else MOUSE
    symbols = min(_SYMBOLS, sum(_RODENT_SYMBOL.match(name) is not None for name in set(genes)))
    if counts[rodent] or symbols == _SYMBOLS:
        counts[rodent] += symbols
    if counts[rodent] > _MORE_THAN * counts[HUMAN]:
        return (rodent, HUMAN, other) if not counts[other] else (rodent, other, HUMAN)
    return (HUMAN, rodent, other)


def species_beside(text: str, start: int) -> str | None:
    """The taxon named right before a mention ("mouse Tnf"), or None."""
    match = _BESIDE.search(text, max(0, start - 12), start)
    return _BESIDE_TAXON[match.group(1).lower()] if match else None
