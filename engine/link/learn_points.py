"""Learns the table of `points` from a lexicon's own names: those of one concept are drawn together, others apart.

Each step takes some concepts and two names of each; a name should be nearer to the other name of its concept than to
those of all other concepts in the step (a softmax over cosines, both ways). Everything follows from the names and the
seed. Knows nothing of the lexicon's arrays.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

import numpy as np

from engine.link.points import ROWS, SIZE, Array, pieces

_STEPS: Final = 1500
_ROUNDS: Final = 40  # how often a concept is taken at most, which is what bounds a small lexicon's steps
_CONCEPTS: Final = 512  # a step
_RATE: Final = 0.05
_SHARPNESS: Final = 20.0  # what cosines are multiplied by
_SPREAD: Final = 0.1
_SCALE: Final = 60.0  # of the table in whole numbers; a point's length is of no matter
_SEED: Final = 17


def learn_table(names: Sequence[Collection[str]], groups: Sequence[Sequence[int]]) -> Array:
    """The table for names, given as sets of words; `groups`: for each concept with several names, which these are.

    Returns: (ROWS, SIZE), int8.
    """
    drawn = np.random.default_rng(_SEED)
    table = drawn.normal(scale=_SPREAD, size=(ROWS, SIZE)).astype(np.float32)
    squares = np.full((ROWS, SIZE), 1e-10, np.float32)
    rows, starts = pieces(names)
    ends = np.append(starts[1:], len(rows))
    size = min(_CONCEPTS, len(groups))
    steps = min(_STEPS, -(-_ROUNDS * len(groups) // max(1, size))) if size > 1 else 0
    for step in range(steps):
        taken = [groups[i] for i in drawn.choice(len(groups), size, replace=False)]
        pairs = [drawn.choice(len(group), 2, replace=False) for group in taken]
        sides = [[group[pair[side]] for group, pair in zip(taken, pairs, strict=True)] for side in (0, 1)]
        left, right = (_Side(table, [rows[starts[i] : ends[i]] for i in side]) for side in sides)
        scores = _SHARPNESS * left.points @ right.points.T  # (size, size)
        wanted = np.eye(size, dtype=np.float32)
        error = (_softmax(scores, 1) + _softmax(scores, 0) - 2 * wanted) * (_SHARPNESS / (2 * size))
        gradient = _Gradient([left.pull(error @ right.points), right.pull(error.T @ left.points)])
        squares[gradient.rows] += gradient.values**2
        rate = _RATE * (1 - step / steps)
        table[gradient.rows] -= rate * gradient.values / np.sqrt(squares[gradient.rows])
    whole: Array = np.clip(np.rint(table * _SCALE), -127, 127).astype(np.int8)
    return whole


class _Side:
    """The points of one name of each concept."""

    def __init__(self, table: Array, names: Sequence[Array]) -> None:
        self._counts = [len(name) for name in names]
        self.rows = np.concatenate(names)
        summed = np.add.reduceat(table[self.rows], np.cumsum([0, *self._counts[:-1]]), axis=0)
        self._lengths = np.maximum(np.linalg.norm(summed, axis=1, keepdims=True), 1e-6)
        self.points = summed / self._lengths

    def pull(self, by_point: Array) -> tuple[Array, Array]:
        """The rows, and by how much each is moved, of a gradient of the points."""
        along = (by_point * self.points).sum(axis=1, keepdims=True)
        by_sum = (by_point - along * self.points) / self._lengths
        return self.rows, np.repeat(by_sum, self._counts, axis=0)


class _Gradient:
    """What moves each row, summed: `rows` (m,), each once, and `values` (m, SIZE)."""

    def __init__(self, pulls: Sequence[tuple[Array, Array]]) -> None:
        rows = np.concatenate([of for of, _ in pulls])
        order = np.argsort(rows, kind="stable")
        self.rows, starts = np.unique(rows[order], return_index=True)
        self.values = np.add.reduceat(np.concatenate([by for _, by in pulls])[order], starts, axis=0)


def _softmax(scores: Array, axis: int) -> Array:
    shares = np.exp(scores - scores.max(axis=axis, keepdims=True))
    share: Array = shares / shares.sum(axis=axis, keepdims=True)
    return share
