"""Whether the scores of relations mean what they say: of what scores 0.8, are 80 % right?

Each statement that a corpus annotates is one forecast: its surest annotated label, with that label's score.
Source: C. Guo et al., On Calibration of Modern Neural Networks, ICML 2017, section 2 (expected calibration error).
"""

from __future__ import annotations

import numpy as np

from engine.train.examples import UNLABELLED

BINS = 10


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
    number = np.minimum((score * BINS).astype(np.int64), BINS - 1)
    bins = []
    error = 0.0
    for found in np.unique(number).tolist():
        members = number == found
        mean, share = float(score[members].mean()), float(right[members].mean())
        error += abs(mean - share) * int(members.sum()) / len(score)
        bins.append(
            {
                "from": found / BINS,
                "to": (found + 1) / BINS,
                "forecasts": int(members.sum()),
                "mean_score": round(mean, 4),
                "share_right": round(share, 4),
            }
        )
    return {"expected_calibration_error": round(error, 4), "forecasts": len(score), "bins": bins}
