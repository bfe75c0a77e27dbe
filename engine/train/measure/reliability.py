"""Whether chances mean what they say: of what is believed to 0.8, are 80 % right?

Source: C. Guo et al., On Calibration of Modern Neural Networks, ICML 2017, section 2 (expected calibration error);
G. W. Brier, Verification of Forecasts Expressed in Terms of Probability, Monthly Weather Review 78 (1950).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

BINS: Final = 10

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Bin:
    """The forecasts of one tenth of the scale."""

    lowest: float
    n: int
    mean_chance: float
    share_right: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """Figures over `n` forecasts. `skill`: the share of the base rate's Brier score that the forecasts do away with."""

    n: int
    base_rate: float
    calibration_error: float
    brier: float
    skill: float
    bins: tuple[Bin, ...]


def measure_reliability(chances: npt.ArrayLike, right: npt.ArrayLike) -> Reliability:
    """Compare forecasts with what was right. Shapes: (n,) both. Raises: ValueError if there are none.

    The expected calibration error is taken over ten bins of equal width, each weighed by its forecasts.
    """
    chance, truth = np.asarray(chances, np.float64), np.asarray(right, np.float64)
    if not len(chance) or chance.shape != truth.shape:
        raise ValueError(
            f"expected as many forecasts as outcomes and at least one; found {chance.shape}, {truth.shape}"
        )
    number = np.minimum((chance * BINS).astype(np.int64), BINS - 1)
    bins = tuple(
        Bin(k / BINS, int(members.sum()), float(chance[members].mean()), float(truth[members].mean()))
        for k in range(BINS)
        if (members := number == k).any()
    )
    rate = float(truth.mean())
    brier = float(np.square(chance - truth).mean())
    error = sum(b.n * abs(b.mean_chance - b.share_right) for b in bins) / len(chance)
    return Reliability(len(chance), rate, error, brier, skill_of(brier, rate), bins)


def skill_of(brier: float, rate: float) -> float:
    """1 for perfect forecasts, 0 for the base rate told every time, below 0 for worse; 0 where nothing varies."""
    spread = rate * (1.0 - rate)
    return 1.0 - brier / spread if spread else 0.0
