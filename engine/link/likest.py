"""Which of several concepts is meant: the one that stands out, or of those whose names are only spelt alike the likest.

How likely the likest is: a logistic regression over how alike the names are, how far it is ahead, and what the
concept's name has that the mention lacks. Fitted on the disease names of BC5CDR development, NCBI Disease development
and BioRED train that nothing else links, a name once a document, with a lexicon that learned nothing from them: of
102 links between 0.4 and 0.6 46 were right, of 29 between 0.6 and 0.7 15, so these aren't made. Knows nothing of
documents or of other ways to link.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Final

from engine.link.entry import ANNOTATED, PREFERRED, WEAK
from engine.link.lexicon import Candidate
from engine.link.near import Near

SEARCHED: Final = 20  # names; several may be of one concept
_CONCEPTS: Final = 6
_LEAST: Final = 0.7  # what a tagger marks is wrong oftener than gold, so an even chance is too little
_ALONE: Final = -1.884
_COSINE: Final = 1.143
_BEHIND: Final = 2.976
_AHEAD: Final = 10.894
_BY_ANNOTATORS: Final = 0.469
_OFFICIAL: Final = 0.763
_ADDED: Final = -6.858  # a thousand of the runs' weight


def single_best(found: Sequence[Candidate]) -> Candidate | None:
    """The candidate that beats all others in rank, or in case at the same rank; None if there is no such one."""
    if not found:
        return None
    ordered = sorted(found, key=lambda c: (c.rank, c.case))
    if len(ordered) > 1 and (ordered[0].rank, ordered[0].case) == (ordered[1].rank, ordered[1].case):
        return None
    return ordered[0]


def likest(found: Iterable[tuple[Near, Sequence[Candidate]]]) -> tuple[Candidate, float] | None:
    """The likest of the concepts with its probability, in [0, 1]; None where none is likely enough."""
    held: dict[str, tuple[Candidate, Near]] = {}
    for near, candidates in found:
        candidate = single_best(candidates)
        if candidate is not None and candidate.rank != WEAK:
            held.setdefault(candidate.concept_id, (candidate, near))
    ranked = list(held.values())[:_CONCEPTS]
    if not ranked:
        return None
    top = ranked[0][1].cosine
    ahead = top - ranked[1][1].cosine if len(ranked) > 1 else 0.0
    chances = [
        _chance(candidate, near, behind=near.cosine - top, ahead=ahead if place == 0 else 0.0)
        for place, (candidate, near) in enumerate(ranked)
    ]
    place = max(range(len(ranked)), key=chances.__getitem__)
    return (ranked[place][0], chances[place]) if chances[place] >= _LEAST else None


def _chance(candidate: Candidate, near: Near, *, behind: float, ahead: float) -> float:
    told = _ALONE + _COSINE * near.cosine + _BEHIND * behind + _AHEAD * ahead + _ADDED * near.added / 1000
    told += _BY_ANNOTATORS * (candidate.rank == ANNOTATED) + _OFFICIAL * (candidate.rank <= PREFERRED)
    return 1 / (1 + math.exp(-told))
