"""What wordings of unrelated pairs are told in: pairs of names, sets of predicates, and how a match is read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import product
from typing import Final

from engine.schema import CHEMICAL, DISEASE, GENE, predicates_of
from engine.wording.language import ids_in

Pair = tuple[int, int]  # the numbers of head and tail
Unrelated = tuple[int, int, frozenset[str]]  # head, tail, the predicates that hold in no case

TREATED: Final = frozenset({"TREATS"})
HARMED: Final = frozenset({"INDUCES"})
CARED: Final = TREATED | HARMED
MOVED: Final = frozenset({"UPREGULATES", "DOWNREGULATES"})
CONSUMED: Final = frozenset({"SUBSTRATE_OF"})
RAISED: Final = frozenset({"ACTIVATES", "UPREGULATES", "AGONIST_OF"})
LOWERED: Final = frozenset({"INHIBITS", "DOWNREGULATES", "ANTAGONIST_OF"})
# What may hold between two types.
ALL: Final = {
    types: frozenset(predicates_of(*types))
    for types in ((CHEMICAL, DISEASE), (CHEMICAL, GENE), (GENE, GENE), (GENE, DISEASE))
}
LOWERING: Final = (
    "inhibit|suppress|block|prevent|attenuat|abolish|abrogat|reduc|decreas|diminish|impair"  # stems of words
)
REACH: Final = 60  # how far around a match its wording is looked for, in characters


def matches_of(patterns: Iterable[re.Pattern[str]], text: str) -> Iterator[re.Match[str]]:
    """All matches of several wordings."""
    return (match for pattern in patterns for match in pattern.finditer(text))


def pairs_in(match: re.Match[str], tails: str = "tails") -> Iterable[Pair]:
    """Each chemical of a match with each disease of its group `tails`."""
    return product(numbers_in(match, "heads", CHEMICAL), numbers_in(match, tails, DISEASE))


def numbers_in(match: re.Match[str], group: str, type: str) -> list[int]:
    """The numbers of the names of one type in a group of a match."""
    return ids_in(match[group] or "", type)
