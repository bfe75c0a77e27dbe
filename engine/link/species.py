"""Which species a document's genes belong to, best first: human unless its words or MeSH headings say another.

The rule: count the words for each species in the text, those of the title twice, and three for a MeSH heading. Up to
three genes written as rodents' symbols are ("Socs2", not "SOCS2") count as words for a rodent that is named, and three
of them name one. A rodent comes first if it is named and no human is, or if it is named more than twice as often as
humans; "human" before a mention, or "mouse", decides for that mention alone (the linker sees to it). Flies, worms,
yeasts, zebrafish and others whose genes the lexicon lacks come first if the title or a heading names one and nothing
names any of the three: a gene is none of ours then. Cell lines and xenografts count as human, nude mice as no mice;
strains and "-/-" are mice, a yeast two-hybrid screen is no yeast. Knows nothing of what genes there are.
Trade-off: one order for the whole document; on BioRED train 95 % of the mentions of genes of the three are of the
species that it puts first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from engine.link.genes import HUMAN, MOUSE, RAT

OTHER: Final = "other"  # a species whose genes the lexicon lacks

_OTHERS: Final = (
    r"zebrafish|danio|drosophila|fruit fl(?:y|ies)|(?:budding |fission )?yeasts?(?! (?:two|2|one|1)-hybrid)"
    r"|saccharomyces|schizosaccharomyces|caenorhabditis|c\. elegans|nematodes?|arabidopsis|xenopus|escherichia|e\. coli"
)
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
    OTHER: re.compile(rf"\b(?:{_OTHERS})\b", re.IGNORECASE),
}
_HEADINGS: Final = {
    "mesh:D006801": HUMAN,
    "mesh:D051379": MOUSE,
    "mesh:D051381": RAT,
    "mesh:D015027": OTHER,  # Zebrafish
    "mesh:D004330": OTHER,  # Drosophila
    "mesh:D004331": OTHER,  # Drosophila melanogaster
    "mesh:D012441": OTHER,  # Saccharomyces cerevisiae
    "mesh:D012568": OTHER,  # Schizosaccharomyces
    "mesh:D017173": OTHER,  # Caenorhabditis elegans
    "mesh:D017360": OTHER,  # Arabidopsis
    "mesh:D014981": OTHER,  # Xenopus
    "mesh:D014982": OTHER,  # Xenopus laevis
    "mesh:D004926": OTHER,  # Escherichia coli
}
_HEADING_WEIGHT: Final = 3
_SYMBOLS: Final = 3
_MORE_THAN: Final = 2
# By the nomenclature guidelines a rodent's symbol has one capital, the first letter, and a human's is all capitals; the
# figure tells a symbol from a word.
_RODENT_SYMBOL: Final = re.compile(r"[A-Z][a-z]+[0-9]+[a-z]?\Z")
_BESIDE: Final = re.compile(rf"\b(human|mouse|murine|rat|{_OTHERS})\s+\Z", re.IGNORECASE)
_BESIDE_CHARS: Final = 24
_BESIDE_TAXON: Final = {"human": HUMAN, "mouse": MOUSE, "murine": MOUSE, "rat": RAT}


def species_of(text: str, mesh: Sequence[str], genes: Iterable[str] = ()) -> tuple[str, ...]:
    """The taxa in the order in which a gene name is to be read in this document, `OTHER` among them only as the first.

    `mesh`: its headings, CURIEs; `genes`: the names in it.
    """
    title = len(text.partition("\n")[0])
    counts = {taxon: sum(1 + (word.end() <= title) for word in words.finditer(text)) for taxon, words in _WORDS.items()}
    for heading in mesh:
        taxon = _HEADINGS.get(heading)
        if taxon is not None:
            counts[taxon] += _HEADING_WEIGHT
    is_about_other = _WORDS[OTHER].search(text, 0, title) or any(_HEADINGS.get(heading) == OTHER for heading in mesh)
    if is_about_other and not any(counts[taxon] for taxon in (HUMAN, MOUSE, RAT)):
        return (OTHER, HUMAN, MOUSE, RAT)
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
    match = _BESIDE.search(text, max(0, start - _BESIDE_CHARS), start)
    return _BESIDE_TAXON.get(match.group(1).lower(), OTHER) if match else None
