"""How good a ranking is: precision at k, area under precision and recall, ratios, bootstrap intervals. Pure numpy.

Equal scores are one place of the ranking: precision at k takes what a random order among them would give, and the
area is the average precision with one threshold a distinct score (as scikit-learn's `average_precision_score`).
Rows come weighted, so that a bootstrap draw is a vector of counts and sorting is done once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.intp]

RESAMPLES: Final = 1000
LEVEL: Final = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure and the range that holds it in 95 of 100 bootstrap draws."""

    value: float
    low: float
    high: float


class Ranking:
    """Rows in the order of falling scores. Shapes: scores (n,), positive (n,)."""

    def __init__(self, scores: Floats, positive: Bools) -> None:
        self._order: Numbers = np.argsort(-scores, kind="stable")
        falling = scores[self._order]
        # past-the-last row of each run of equal scores
        self._ends: Numbers = np.flatnonzero(np.append(falling[1:] != falling[:-1], True)) + 1 if len(scores) else _NONE
        self._positive: Floats = positive[self._order].astype(np.float64)

    def _counts(self, weights: Floats | None) -> tuple[Floats, Floats]:
        """Positives and rows down to the end of each run of equal scores. Shape (n_runs,) both."""
        own = np.ones(len(self._order)) if weights is None else weights[self._order]
        hits = np.cumsum(own * self._positive)[self._ends - 1]
        return hits, np.cumsum(own)[self._ends - 1]

    def average_precision(self, weights: Floats | None = None) -> float:
        """The area under precision and recall; NaN without a positive."""
        hits, rows = self._counts(weights)
        if not len(hits) or hits[-1] == 0:
            return float("nan")
        precision = np.divide(hits, rows, out=np.zeros_like(hits), where=rows > 0)
        return float(np.sum(np.diff(hits, prepend=0.0) * precision) / hits[-1])

    def precision_at(self, k: int, weights: Floats | None = None) -> float:
        """The share of positives among the first k; NaN if there are fewer than k."""
        hits, rows = self._counts(weights)
        if not len(rows) or rows[-1] < k:
            return float("nan")
        run = int(np.searchsorted(rows, k))
        before_hits, before_rows = (hits[run - 1], rows[run - 1]) if run else (0.0, 0.0)
        within = (hits[run] - before_hits) / (rows[run] - before_rows)
        return float((before_hits + (k - before_rows) * within) / k)


_NONE: Final = np.zeros(0, np.intp)


def ranks_within(groups: npt.NDArray[np.int64], scores: Floats) -> Floats:
    """Scores as their place within their group, 0 to 1, equal ones sharing the middle of their places.

    So rows of several groups, whose scores have other sizes, can be put into one ranking.
    """
    placed = np.zeros(len(scores))
    for group in np.unique(groups):
        members = np.flatnonzero(groups == group)
        values, inverse, counts = np.unique(scores[members], return_inverse=True, return_counts=True)
        ends = np.cumsum(counts)
        placed[members] = ((ends - counts / 2) / len(members))[inverse] if len(values) else 0.0
    return placed


def bootstrap_weights(clusters: npt.NDArray[np.int64], *, draws: int, seed: int) -> Iterator[Floats]:
    """Weights of rows where whole clusters are drawn with replacement, a draw at a time: all of them are gigabytes.

    `clusters` numbers them from 0, shape (n,) as each draw's weights.
    """
    dice = np.random.default_rng(seed)
    n = int(clusters.max()) + 1 if len(clusters) else 0
    for _ in range(draws):
        yield np.bincount(dice.integers(0, n, n), minlength=n)[clusters].astype(np.float64)


def interval(value: float, drawn: Sequence[float]) -> Interval:
    """The figure with the middle 95 % of its draws; draws without a value are left out."""
    known = np.array([x for x in drawn if np.isfinite(x)])
    if not len(known):
        return Interval(value, float("nan"), float("nan"))
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(value, float(low), float(high))
