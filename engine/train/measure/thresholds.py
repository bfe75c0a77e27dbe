"""Each label's threshold, chosen on carved parts of the training documents, never on a split that is reported.

Two for each label: a precise one, for a graph of all PubMed, whose texts weren't chosen for their relations and whose
readers can't check every edge; and a balanced one, of the best F1, by which extractors are compared.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from engine.model.config import ExtractorConfig
from engine.model.decode import VAGUE
from engine.schema import TypePair
from engine.train.annotated import Annotated
from engine.train.examples import UNLABELLED

if TYPE_CHECKING:
    from engine.model.predict import Prediction

NEVER = 2.0
_PRECISE_BETA = 0.5
_LEAST_SUPPORT = 20
_LEAST_JUDGED = 60  # for a threshold of its own: what fewer say of a label is mostly chance
# F1 may rise a little below, by pairs that are mostly wrong outside the corpora, whose texts were chosen for relations.
_GRID = np.arange(0.3, 0.91, 0.02)
# What is nine times likelier not stated isn't stated, however few documents may say otherwise.
_BALANCED_GRID = np.arange(0.1, 0.91, 0.02)
# Of labels with too little gold to choose by. Theirs would be 0.3, by the best F1 of each or of all together; of 17
# edges between that and this, judged by hand, one was right.
_UNCHOSEN = 0.7
# Floors where no pairs of abstracts were judged, from edges that were: below them most were wrong. No corpus shows it:
# drugs that treat are annotated in few abstracts, and the one corpus of drugs that harm says so in nearly every one.
_LEAST = {"TREATS": 0.95, "INDUCES": 0.8, **dict.fromkeys(VAGUE, 0.78)}
# What a denied pair's labels must reach together. Chosen on 170 sentences with a cue of denial that were read by hand,
# 64 of which deny a relation: of these 55 come out as negated at 0.5, 59 at 0.4, 50 at 0.6, and 28 where a label must
# reach its own; of the other 106 sentences 59, 69, 51 and 26 do. None of them is among those that are reported.
DENIED_THRESHOLD = 0.5


@dataclass(frozen=True, slots=True)
class PairScores:
    """What the network says of pairs of gold mentions.

    `readings`: each document with its prediction. `scores` and `labels` hold the statements that training would learn
    from, the best pair of each speaking for it; shapes (n_statements, n_labels), labels 0, 1 or `UNLABELLED`.
    """

    scores: np.ndarray
    labels: np.ndarray
    readings: tuple[tuple[Annotated, Prediction], ...] = ()


def choose_thresholds(
    pairs: PairScores, config: ExtractorConfig, *, taught: np.ndarray | None = None, judged: PairScores | None = None
) -> tuple[float, ...]:
    """The precise ones: each label's threshold of best F1, `_UNCHOSEN` where there is too little gold to choose by.

    A vague label says little even where it is right, so it must be surer: its threshold is that of the best F0.5, which
    weighs precision twice as much as recall. No label goes below its `_LEAST`, but see `judged`. The curve is smoothed
    over three grid points, so that one lucky pair doesn't choose. A label that no training document states (`taught`
    false, shape (n_labels,)) gets `NEVER`: its scores mean nothing.
    `judged`: pairs of abstracts that were not chosen for their relations (`engine.train.judged`). Where enough of them
    state a label its threshold is that of the best F0.5 there, whatever gold says; no other label of the same types
    goes below the threshold of the best F0.5 of them all, which those with too little gold have. Each pair counts once:
    where what an extractor states was likelier to be judged, as in ours, thresholds come out somewhat low.
    """
    known, support = pairs.labels != UNLABELLED, _support(pairs)
    in_abstracts = _support(judged) if judged is not None else np.zeros_like(support)
    is_taught = np.ones(len(config.labels), bool) if taught is None else taught
    floors = _floors(judged, config) if judged is not None else {}
    chosen = []
    for column, (head, tail, predicate) in enumerate(config.labels):
        floor = floors.get((head, tail))
        least = _LEAST.get(predicate, 0.0) if floor is None else floor
        if not is_taught[column]:
            chosen.append(NEVER)
        elif judged is not None and in_abstracts[column] >= _LEAST_JUDGED:
            chosen.append(_best(*_of_columns(judged, [column]), _GRID, beta=_PRECISE_BETA))
        elif support[column] >= _LEAST_SUPPORT:
            rows = known[:, column]
            beta = _PRECISE_BETA if predicate in VAGUE else 1.0
            chosen.append(max(least, _best(pairs.scores[rows, column], pairs.labels[rows, column], _GRID, beta=beta)))
        else:
            chosen.append(max(least, _UNCHOSEN) if floor is None else floor)
    return tuple(round(threshold, 2) for threshold in chosen)


def _support(pairs: PairScores) -> np.ndarray:
    """How many statements there are of each label; shape (n_labels,)."""
    return np.asarray((pairs.labels == 1).sum(axis=0))


def _floors(judged: PairScores, config: ExtractorConfig) -> dict[TypePair, float]:
    """The threshold of best F0.5 of all labels of a type pair together, where enough judged pairs state one."""
    support = _support(judged)
    floors = {}
    for types in config.type_pairs:
        columns = [column for column, label in enumerate(config.labels) if label[:2] == types]
        if support[columns].sum() >= _LEAST_SUPPORT:
            floors[types] = _best(*_of_columns(judged, columns), _GRID, beta=_PRECISE_BETA)
    return floors


def choose_balanced_thresholds(
    pairs: PairScores, config: ExtractorConfig, *, taught: np.ndarray | None = None
) -> tuple[float, ...]:
    """The threshold of best F1 for each label, without floors; labels with little gold share the one best for them all.

    `taught` and `NEVER`: see `choose_thresholds`.
    """
    known = pairs.labels != UNLABELLED
    support = _support(pairs)
    is_taught = np.ones(len(config.labels), bool) if taught is None else taught
    scores, labels = _of_columns(pairs, np.flatnonzero(is_taught & (support < _LEAST_SUPPORT)))
    shared = _best(scores, labels, _BALANCED_GRID) if (labels == 1).any() else 0.5
    chosen = [
        (
            _best(pairs.scores[rows, column], pairs.labels[rows, column], _BALANCED_GRID)
            if support[column] >= _LEAST_SUPPORT
            else shared
        )
        for column, rows in enumerate(known.T)
    ]
    return tuple(round(threshold, 2) if is_taught[column] else NEVER for column, threshold in enumerate(chosen))


def _of_columns(pairs: PairScores, columns: np.ndarray | Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Scores and labels of these columns, as far as they are labelled, one after another; shapes (n,)."""
    scores, labels = pairs.scores[:, columns], pairs.labels[:, columns]
    return scores[labels != UNLABELLED], labels[labels != UNLABELLED]


def _best(scores: np.ndarray, labels: np.ndarray, grid: np.ndarray, *, beta: float = 1.0) -> float:
    gold = labels == 1
    found = np.array([((scores >= t) & gold).sum() for t in grid])
    chosen = np.array([(scores >= t).sum() for t in grid])
    f_beta = (1 + beta**2) * found / np.maximum(1, chosen + beta**2 * gold.sum())
    smooth = np.convolve(np.pad(f_beta, 1, mode="edge"), np.ones(3) / 3, mode="valid")
    return float(grid[int(smooth.argmax())])
