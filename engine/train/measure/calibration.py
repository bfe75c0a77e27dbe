"""Whether the scores of relations mean what they say: of what scores 0.8, are 80 % right?

Each statement that a corpus annotates is one forecast: its surest annotated label, with that label's score.
"""

from __future__ import annotations

import numpy as np

from engine.train.examples import UNLABELLED
from engine.train.measure.reliability import BINS, measure_reliability


def calibrate(scores: np.ndarray, labels: np.ndarray) -> dict[str, object]:
    """Expected calibration error in ten bins of equal width, and the bins that hold a forecast.

    Shapes: `scores`, `labels` (n_statements, n_labels), labels 0, 1 or `UNLABELLED`.
    """
    known = labels != UNLABELLED
    asked = known.any(axis=1)
    candidates = np.where(known, scores, -1.0)[asked]  # (F, L)
    surest = candidates.argmax(axis=1)[:, None]
    score = np.take_along_axis(candidates, surest, axis=1)[:, 0]
    right = np.take_along_axis(labels[asked], surest, axis=1)[:, 0] == 1
    if not len(score):
        return {"expected_calibration_error": 0.0, "forecasts": 0, "bins": []}
    measured = measure_reliability(score, right)
    bins = [
        {
            "from": found.lowest,
            "to": round(found.lowest + 1 / BINS, 4),
            "forecasts": found.n,
            "mean_score": round(found.mean_chance, 4),
            "share_right": round(found.share_right, 4),
        }
        for found in measured.bins
    ]
    return {"expected_calibration_error": round(measured.calibration_error, 4), "forecasts": measured.n, "bins": bins}
