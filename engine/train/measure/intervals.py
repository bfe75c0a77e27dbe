"""Figures with their 95 % bootstrap intervals over documents: 1,000 resamples with a fixed seed, all in numpy.

Documents are drawn, not items, because the items of one document stand and fall together; and whole papers, where the
documents are sections of them. The limits are percentiles; of a label that few documents state they are wide, since a
resample without gold or prediction counts as 0. For the same reason a macro figure's interval leans down, and over very
rare labels it may lie below the figure.
Source: B. Efron, R. Tibshirani, An Introduction to the Bootstrap (1993), chapter 13.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.train.measure.counts import FOUND, GOLD, PREDICTED, RIGHT, Counts, Tally, count_all

RESAMPLES = 1000
SEED = 13
_LIMITS = (2.5, 97.5)
FIGURES = ("precision", "recall", "f1")


class Bootstrap:
    """Resamples of `n_documents` documents, drawn once for all figures of a split, so that these can be compared.

    `groups`: a name a document; those of one name are drawn together, by default each alone.
    """

    def __init__(
        self, n_documents: int, *, groups: Sequence[str] | None = None, resamples: int = RESAMPLES, seed: int = SEED
    ) -> None:
        draw = np.random.default_rng(seed).multinomial
        names = range(n_documents) if groups is None else groups
        place = {name: at for at, name in enumerate(dict.fromkeys(names))}  # in order: alone they are drawn as ever
        # How often each resample drew each document, shape (resamples, n_documents); floats, for a fast product.
        self.drawn = np.zeros((resamples, n_documents))
        if n_documents:
            often = draw(len(place), np.full(len(place), 1 / len(place)), size=resamples)
            self.drawn[:] = often[:, [place[name] for name in names]]

    def describe(self, tally: Tally) -> dict[str, dict[str, object]]:
        """Figures of each kind with their intervals."""
        return {
            kind: {**counts.as_dict(), "intervals_95": self._intervals(tally[kind])}
            for kind, counts in count_all(tally).items()
        }

    def describe_micro(self, tally: Tally) -> dict[str, object]:
        """Figures of all kinds together."""
        if not tally:
            return {**Counts().as_dict()}
        return self.describe({"micro": sum(tally.values())})["micro"]  # type: ignore[dict-item]

    def describe_macro(self, tally: Tally) -> dict[str, object]:
        """The mean F1 of the kinds that have gold; in each resample, of those that have gold there."""
        with_gold = {kind: counts for kind, counts in tally.items() if counts[:, GOLD].any()}
        if not with_gold:
            return {"f1": 0.0, "kinds": 0}
        drawn = np.stack([self.drawn @ counts for counts in with_gold.values()])  # (kinds, resamples, 4)
        weight = drawn[..., GOLD] > 0
        f1 = (ratios(drawn)[..., 2] * weight).sum(axis=0) / np.maximum(1, weight.sum(axis=0))  # (resamples,)
        mean = np.mean([counts.f1 for counts in count_all(with_gold).values()])
        return {"f1": round(float(mean), 4), "kinds": len(with_gold), "intervals_95": {"f1": limits(f1)}}

    def _intervals(self, counts: np.ndarray) -> dict[str, list[float]]:
        figures = ratios(self.drawn @ counts)  # (resamples, 3)
        return {name: limits(figures[:, column]) for column, name in enumerate(FIGURES)}


def ratios(counts: np.ndarray) -> np.ndarray:
    """Precision, recall and F1; 0 where there is nothing to divide by. Shapes: (..., 4) to (..., 3)."""
    precision = counts[..., RIGHT] / np.maximum(1, counts[..., PREDICTED])
    recall = counts[..., FOUND] / np.maximum(1, counts[..., GOLD])
    total = precision + recall
    f1 = np.divide(2 * precision * recall, total, out=np.zeros_like(total), where=total > 0)
    return np.stack([precision, recall, f1], axis=-1)


def limits(values: np.ndarray) -> list[float]:
    """The interval of a figure from its values in the resamples, shape (resamples,)."""
    return [round(float(limit), 4) for limit in np.percentile(values, _LIMITS)]
