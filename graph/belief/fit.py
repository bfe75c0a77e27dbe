"""Fits the coefficients of belief: of sentences by logistic regression, of an edge by likelihood on a grid.

Nothing here reads a corpus or a graph: it gets edges that somebody judged. `bench.belief` says where from.
The trade-off: a ridge instead of a hierarchical model. A kind with a handful of judged edges stays near the
intercept, which is what partial pooling would do, at the price of one strength (`RIDGE`) for all kinds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.schema import NEGATED
from graph.belief.fitted import FITTED, Coefficients
from graph.belief.sentence import Sentence, text_terms, weigh_text

RIDGE: Final = 5.0  # of a kind: about 40 judged edges move it half the way from 0 to its own share
_LIGHT: Final = 0.1  # of the other coefficients, so that they stay finite where nothing varies
_STEPS: Final = 50
_ENOUGH: Final = 1e-9
_ROUNDS: Final = 8
_DECIMALS: Final = 3
GRID: Final = tuple(round(0.05 * step, 2) for step in range(61))  # 0 to 3

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class JudgedEdge:
    """An edge of one document that gold knows or doesn't.

    `sentences`: those that affirm or suppose it, each with its readings: one that names the two ends several times has
    several, and counts by its likeliest.
    """

    sentences: tuple[tuple[Sentence, ...], ...]
    is_said: bool


def fit_documents(edges: Sequence[JudgedEdge], *, growth: float | None = None) -> Coefficients:
    """The coefficients of sentences, and of an edge's further sentences; the others of an edge stay as they are.

    `growth`: the coefficient of further sentences where it is known from elsewhere. Which sentence is an edge's best,
    and what the others weigh, follows from the coefficients, so these are fitted over and over until they stay.
    Raises: ValueError if a denial is among the sentences.
    """
    if any(reading.assertion == NEGATED for edge in edges for readings in edge.sentences for reading in readings):
        raise ValueError("expected sentences that affirm or suppose; gold doesn't judge denials")
    said = np.array([edge.is_said for edge in edges], np.float64)
    shared, kinds = tuple(FITTED.sentence), tuple(sorted({edge.sentences[0][0].kind.key for edge in edges}))
    unit = Coefficients(dict.fromkeys(shared, 1.0), {}, {})
    penalty = np.array([0.0, *[_LIGHT] * (len(shared) - 1), *[RIDGE] * len(kinds), _LIGHT])
    found = Coefficients(FITTED.sentence, {}, FITTED.edge)
    for _ in range(_ROUNDS):
        features = np.zeros((len(edges), len(penalty)))
        for row, edge in zip(features, edges, strict=True):
            told = [max(readings, key=lambda s: weigh_text(s, by=found)) for readings in edge.sentences]
            best, *others = sorted(told, key=lambda s: -weigh_text(s, by=found))
            terms = text_terms(best, by=unit)
            row[: len(shared)] = [terms.get(name, 0.0) for name in shared]
            row[len(shared) + kinds.index(best.kind.key)] = 1.0
            row[-1] = math.log1p(math.fsum(weigh_text(other, by=found) for other in others))
        if growth is not None:
            known = growth * features[:, -1]
            weights = [*logistic_regression(features[:, :-1], said, penalty[:-1], given=known), growth]
        else:
            weights = list(logistic_regression(features, said, penalty))
        weights = [round(float(w), _DECIMALS) for w in weights]
        found = Coefficients(
            dict(zip(shared, weights, strict=False)),
            dict(zip(kinds, weights[len(shared) : -1], strict=True)),
            {**FITTED.edge, "sentences": max(0.0, weights[-1])},
        )
    return found


def logistic_regression(features: Floats, right: Floats, penalty: Floats, *, given: Floats | float = 0.0) -> Floats:
    """Weights of least penalised cross-entropy, by Newton's method; `given`: log-odds that aren't fitted, shape (n,).

    Shapes: (n, k), (n,), (k,) to (k,). Source: T. Hastie et al., The Elements of Statistical Learning, 4.4.1.
    """
    weights = np.zeros(features.shape[1])
    for _ in range(_STEPS):
        chance = 1.0 / (1.0 + np.exp(-features @ weights - given))
        slope = features.T @ (right - chance) - penalty * weights
        spread = chance * (1.0 - chance)
        curvature = (features * spread[:, None]).T @ features + np.diag(penalty)
        step = np.linalg.solve(curvature, slope)
        weights += step
        if np.abs(step).max() < _ENOUGH:
            break
    return weights


def likeliest(chances_of: Callable[[float], Floats], right: Floats, *, values: Sequence[float] = GRID) -> float:
    """The one of `values` whose chances, shape (n,), make the outcomes likeliest."""
    return max(values, key=lambda value: log_likelihood(chances_of(value), right))


def log_likelihood(chances: Floats, right: Floats) -> float:
    """The log-likelihood of outcomes, 0 or 1, under these chances. Shapes: (n,) both."""
    held = np.clip(chances, 1e-6, 1.0 - 1e-6)
    return float((right * np.log(held) + (1.0 - right) * np.log1p(-held)).sum())
