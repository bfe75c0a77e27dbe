"""Genes that a sentence names side by side, and genes that something else is said of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import permutations
from typing import Final

from engine.schema import GENE
from engine.wording.language import ABBREVIATION, any_of, ids_in, list_of
from engine.wording.slots import wordings
from engine.wording.unrelated.pairs import LOWERING, REACH, Pair, Unrelated, matches_of, numbers_in

# "the tumour suppressor TET2 is a substrate of AMPK"
_SUPPRESSOR: Final = re.compile(
    rf"<D(?P<suppressed>\d+)>[ -]suppress(?:or|ive)s?(?: (?:genes?|proteins?))?,? (?P<suppressors>{list_of('G')})", re.I
)
_LISTED_GENES: Final = re.compile(
    rf"(?P<list><G\d+>{ABBREVIATION}"
    rf"(?:(?:, (?:and |or )?| and | or | and/or | versus | vs\.? | over | than )<G\d+>{ABBREVIATION}){{1,4}})",
    re.I,
)
_CONTRASTED_GENES: Final = re.compile(
    rf"(?P<list><G\d+>{ABBREVIATION},? (?:but (?:spares?|not)|rather than|relative to) <G\d+>)", re.I
)
_KIND: Final = re.compile(
    r"<G(?P<gene>\d+)>(?:\+|[- ](?:positive|negative)) (?:[\w-]+ ){0,2}?(?:patients|tumou?rs?|cancers?|cells?|<D\d+>)",
    re.I,
)
_JOINED: Final = re.compile(
    r"interact|bind|bound|complex|associat|phosphorylat|regulat|dimer|activat|inhibit|cooperat|between|co-?immuno"
    r"|recruit|target|depend|fus|cleav|signal|pathway|co-?express|synerg|axis",
    re.I,
)
# What falls where a gene is lost, that gene doesn't lower: "RSK2 knockdown reduced IFNG", "less IFNG in RSK2 KO mice".
_LOSS: Final = (
    r"(?:knock-?downs?|knock-?outs?|KO|silencing|depletion|deletion|inactivation|ablation|si-?RNAs?|sh-?RNAs?)"
)
_OF_LOSS: Final = {
    "LOSS": rf"(?:{_LOSS}|loss)",
    "LOST": rf"<G(?P<lost>\d+)>{ABBREVIATION}",
    "LACKING": rf"<G(?P<lost>\d+)>[ -](?:{_LOSS}|deficien\w+|null|depleted)",
    "MOVED": r"<G(?P<moved>\d+)>",
}
_MOVES: Final = {
    "DOWNREGULATES": any_of(
        r"reduc\w+ decreas\w+ lower\w* suppress\w+ diminish\w+ attenuat\w+ abolish\w+ impair\w+ abrogat\w+",
        r"down-?regulat\w+ inhibit\w+",
    ),
    "UPREGULATES": any_of(r"increas\w+ enhanc\w+ elevat\w+ rais\w+ up-?regulat\w+ induc\w+"),
}
# "reduced the degradation of", "induction of ... was reduced in", "but not in"
_UNDONE: Final = re.compile(
    rf"(?<!and )(?<!or )\b(?:{LOWERING}|degrad|ubiquitin|repress|lower|turnover|loss\b|not\b)", re.I
)
_LOST: Final = {
    predicate: wordings(
        "LOSS of ~2 LOST ~6 MOVE ~6 MOVED",
        "LACKING ~6 MOVE ~6 MOVED",
        "MOVE ~6 MOVED ~4 in ~2 LACKING",
        MOVE=f"(?P<move>{move})",
        **_OF_LOSS,
    )
    for predicate, move in _MOVES.items()
}


def read_apart(text: str) -> Iterator[Pair]:
    """Genes that stand in one list, in a contrast, or for the kind of cells, each with the others."""
    for match in _LISTED_GENES.finditer(text):
        around = text[max(0, match.start() - REACH) : match.end() + REACH]
        if not _JOINED.search(around):
            yield from permutations(numbers_in(match, "list", GENE), 2)
    for match in _CONTRASTED_GENES.finditer(text):
        yield from permutations(numbers_in(match, "list", GENE), 2)
    for match in _KIND.finditer(text):
        kind = int(match["gene"])
        for gene in ids_in(text, GENE):
            if gene != kind:
                yield from ((gene, kind), (kind, gene))


def read_losses(text: str) -> Iterator[Unrelated]:
    """What moves where a gene is lost that gene moves the other way."""
    for predicate, patterns in _LOST.items():
        for match in matches_of(patterns, text):
            if not _UNDONE.search(text, match.end("move"), match.end()):
                yield int(match["lost"]), int(match["moved"]), frozenset({predicate})


def read_suppressors(text: str) -> Iterator[Pair]:
    """Other genes than a tumour suppressor, with the tumour in its title."""
    for match in _SUPPRESSOR.finditer(text):
        others = set(ids_in(text, GENE)).difference(numbers_in(match, "suppressors", GENE))
        yield from ((gene, int(match["suppressed"])) for gene in sorted(others))
