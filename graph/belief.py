"""How far to believe an edge, computed from its evidence: a first, uncalibrated form.

Each publication counts once for each assertion, by its best sentence. A sentence weighs its relation score times
the scores of its two links. Publications that affirm are joined by a noisy-or, `1 - product(1 - weight)`: the chance
that at least one is right if each were an independent reader with that chance. The result is scaled by the share of
all weight that affirms, so one denial among a hundred statements hardly matters and one against one halves it:

    belief = noisy_or(affirmed) * A / (A + NEGATED_SHARE * N + SPECULATED_SHARE * S)

where A, N and S are the sums of the publications' affirmed, negated and speculated weights.

The number orders edges; it is no probability. Publications are not independent, and scores are not calibrated on
many-publication edges. What is known to hold, and tested: a further affirming publication never lowers it, a
further denial never raises it, the order of the evidence does not matter.
This file knows nothing of stores. It must be given evidence of publications that are not retracted.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from engine.schema import AFFIRMED, NEGATED, SPECULATED

NEGATED_SHARE: Final = 1.0
SPECULATED_SHARE: Final = 0.25  # "may inhibit" is no denial, only less than a statement
DECIMALS: Final = 4


@dataclass(frozen=True, slots=True)
class Statement:
    """One piece of evidence, as far as belief is concerned; `weight` is 0 to 1."""

    publication: str
    assertion: str
    weight: float
    year: int | None = None


@dataclass(frozen=True, slots=True)
class Support:
    """What an edge carries; the years are those of publications that affirm it."""

    belief: float
    n_evidence: int
    n_publications: int
    n_negated: int
    n_speculated: int
    first_year: int | None
    last_year: int | None


def weigh(score: float, link_score: float | None) -> float:
    """The weight of one sentence: relation score times link score, an unknown link score counting as 1."""
    return min(1.0, max(0.0, score * (1.0 if link_score is None else link_score)))


def support_of(statements: Iterable[Statement]) -> Support | None:
    """The support of an edge, or None where no evidence is left and the edge must go."""
    known = list(statements)
    if not known:
        return None
    years = [s.year for s in known if s.assertion == AFFIRMED and s.year is not None]
    return Support(
        belief=_believe(known),
        n_evidence=len(known),
        n_publications=len({s.publication for s in known}),
        n_negated=sum(s.assertion == NEGATED for s in known),
        n_speculated=sum(s.assertion == SPECULATED for s in known),
        first_year=min(years, default=None),
        last_year=max(years, default=None),
    )


def _believe(statements: list[Statement]) -> float:
    affirmed = _best_by_publication(statements, AFFIRMED)
    if not affirmed or affirmed[-1] == 0.0:
        return 0.0
    either = 1.0 - math.prod(1.0 - weight for weight in affirmed)
    against = NEGATED_SHARE * math.fsum(_best_by_publication(statements, NEGATED))
    doubtful = SPECULATED_SHARE * math.fsum(_best_by_publication(statements, SPECULATED))
    pro = math.fsum(affirmed)
    return round(either * pro / (pro + against + doubtful), DECIMALS)


def _best_by_publication(statements: list[Statement], assertion: str) -> list[float]:
    """The best weight of each publication, ascending, so that rounding never depends on the order of arrival."""
    best: dict[str, float] = {}
    for statement in statements:
        if statement.assertion == assertion:
            best[statement.publication] = max(statement.weight, best.get(statement.publication, 0.0))
    return sorted(best.values())
