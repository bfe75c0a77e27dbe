"""Which of several concepts is meant: the one that stands out, or of those whose names are only alike the likest.

How likely the likest is: a logistic regression over how alike the names are, in letters and as points, how far each is
behind or ahead of the others, how many of the concept's names are among the closest, and whether it is by the
vocabulary's own name. Fitted by `python -m bench.likeness` on the disease names of BC5CDR development, NCBI Disease
development and BioRED train that nothing else links, a name once a document, with a lexicon that learned nothing from
them. Knows nothing of documents or of other ways to link.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from engine.link.entry import PREFERRED, WEAK
from engine.link.lexicon import Alike, Candidate

SEARCHED: Final = 20  # names that are spelt alike
CLOSEST: Final = 40  # names that lie close as points
_CONCEPTS: Final = 12
_LEAST: Final = 0.5
COEFFICIENTS: Final = (-3.596, 1.463, 1.041, 2.574, 0.586, 4.73, 2.975, 0.792, 0.145)


def single_best(found: Sequence[Candidate]) -> Candidate | None:
    """The candidate that beats all others in rank, or in case at the same rank; None if there is no such one."""
    if not found:
        return None
    ordered = sorted(found, key=lambda c: (c.rank, c.case))
    if len(ordered) > 1 and (ordered[0].rank, ordered[0].case) == (ordered[1].rank, ordered[1].case):
        return None
    return ordered[0]


def likest(found: Iterable[Alike]) -> tuple[str, float] | None:
    """The likest concept with its probability, in [0, 1]; None where none is likely enough, or two are equally so."""
    told = describe(found)
    if not told:
        return None
    ranked = sorted(((_chance(features), concept) for concept, features in told.items()), reverse=True)
    chance, best = ranked[0]
    tied = len(ranked) > 1 and ranked[1][0] == chance
    return (best, chance) if chance >= _LEAST and not tied else None


@dataclass(slots=True)
class _Held:
    """What speaks for one concept."""

    letters: float = 0.0
    closeness: float = 0.0
    rank: int = WEAK
    among_closest: int = 0


def describe(found: Iterable[Alike]) -> dict[str, tuple[float, ...]]:
    """The likeliest concepts, each with what the regression reads, `COEFFICIENTS` in their order."""
    held: dict[str, _Held] = {}
    for alike in found:
        for concept, rank in alike.concepts:
            if rank == WEAK:
                continue
            of = held.setdefault(concept, _Held())
            of.closeness = max(of.closeness, alike.closeness)
            of.among_closest += alike.letters is None
            if alike.letters is not None and alike.letters > of.letters:
                of.letters, of.rank = alike.letters, rank
    ranked = sorted(held.items(), key=lambda item: -item[1].letters - item[1].closeness)[:_CONCEPTS]
    letters = [*sorted((of.letters for _, of in ranked), reverse=True), 0.0, 0.0]
    closeness = [*sorted((of.closeness for _, of in ranked), reverse=True), 0.0, 0.0]
    return {
        concept: (
            1.0,
            of.letters,
            of.letters - letters[0],
            (of.letters - letters[1]) * (of.letters == letters[0]),
            of.closeness,
            of.closeness - closeness[0],
            (of.closeness - closeness[1]) * (of.closeness == closeness[0]),
            math.log1p(of.among_closest),
            float(of.rank <= PREFERRED),
        )
        for concept, of in ranked
    }


def _chance(features: Sequence[float]) -> float:
    return 1 / (1 + math.exp(-sum(c * f for c, f in zip(COEFFICIENTS, features, strict=True))))
