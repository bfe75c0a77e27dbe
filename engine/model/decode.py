"""Scores to decisions: spans from the tags of a whole document, and one label a pair at most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.model.config import ExtractorConfig
from engine.model.pairs import Pair
from engine.model.text import Words

_O, _B, _I = range(3)

# Said only of pairs of which nothing more precise is said.
VAGUE = frozenset({"ASSOCIATED_WITH", "REGULATES", "INTERACTS_WITH"})


@dataclass(frozen=True, slots=True)
class ScoredSpan:
    """A decoded span of text; `head` is the mention head's number, `score` the mean probability of its words' tags."""

    start: int
    end: int
    head: int
    score: float


def decode_bio(tags: np.ndarray, probabilities: np.ndarray, words: Words) -> list[ScoredSpan]:
    """Spell out the spans of each head's tags; an I without a B before it opens a span.

    Shapes: `tags` (n_words, n_heads), `probabilities` (n_words, n_heads, 3).
    Returns: spans sorted by start, end and head.
    """
    spans: list[ScoredSpan] = []
    for head in range(tags.shape[1]):
        best = np.take_along_axis(probabilities[:, head], tags[:, head, None], axis=-1)[:, 0]
        for first, last in tag_runs(tags[:, head]):
            score = float(best[first:last].mean())
            spans.append(ScoredSpan(int(words.starts[first]), int(words.ends[last - 1]), head, score))
    return sorted(spans, key=lambda span: (span.start, span.end, span.head))


def tag_runs(tags: np.ndarray) -> list[tuple[int, int]]:
    """Half-open word ranges of the spans that a sequence of tags (0 O, 1 B, 2 I) spells."""
    runs: list[tuple[int, int]] = []
    first: int | None = None
    for position in np.flatnonzero(tags).tolist():
        if first is not None and tags[position] == _I and runs[-1][1] == position:
            runs[-1] = (runs[-1][0], position + 1)
        else:
            runs.append((position, position + 1))
        first = position
    return runs


def find_mirrors(pairs: Sequence[Pair]) -> list[tuple[int, int]]:
    """Rows (first, second) of two mentions that are asked in both orders; the first has the earlier mention as head."""
    row_of = {(pair.head, pair.tail, pair.type_pair): row for row, pair in enumerate(pairs)}
    return [
        (row, row_of[pair.tail, pair.head, pair.type_pair])
        for row, pair in enumerate(pairs)
        if pair.head < pair.tail and (pair.tail, pair.head, pair.type_pair) in row_of
    ]


def symmetric_columns(config: ExtractorConfig) -> list[int]:
    """Columns of the labels that say the same in both orders."""
    return [column for column, label in enumerate(config.labels) if label[2] in config.symmetric]


def average_mirrors(scores: np.ndarray, pairs: Sequence[Pair], config: ExtractorConfig) -> np.ndarray:
    """Scores with one answer to each symmetric question: the mean of both orders in the first, 0 in the second.

    Shapes: `scores` (P, L) -> (P, L), a copy.
    """
    scores, columns = scores.copy(), symmetric_columns(config)
    for first, second in find_mirrors(pairs):
        scores[first, columns] = (scores[first, columns] + scores[second, columns]) / 2
        scores[second, columns] = 0.0
    return scores


def choose_labels(
    scores: np.ndarray, type_pair: np.ndarray, config: ExtractorConfig, denied: np.ndarray | None = None
) -> np.ndarray:
    """The one label that each pair states, if any: of those that reach their thresholds the one that does so by most.

    A vague predicate is chosen only where no precise one reaches its threshold. One label a pair, because an abstract
    seldom says two things of one pair in one sentence, and two that contradict each other help nobody.

    Of a pair that the text denies, that anything at all is stated is one question and what it is another: it is enough
    that the probabilities of all labels together reach the config's `denied_threshold`, and the most probable one is
    chosen. "X had no effect on Y" leaves open which effect, so no single label gets sure.
    Shapes: `scores` (P, L) probabilities, `type_pair` (P,) index into `config.type_pairs`, `denied` (P,) bool.
    Returns: (P,) column of the label, or -1.
    """
    thresholds = np.array([config.threshold(column) for column in range(len(config.labels))])
    vague = np.array([predicate in VAGUE for _, _, predicate in config.labels])
    asked = config.asked_labels()[type_pair]  # (P, L)
    excess = np.where(asked & (scores >= thresholds), scores / thresholds, 0.0)  # (P, L)
    precise = (excess * ~vague).any(axis=1)
    excess[precise] *= ~vague
    chosen = np.where(excess.any(axis=1), excess.argmax(axis=1), -1)
    if denied is not None and config.denied_threshold is not None and len(chosen):
        known = np.where(asked & (thresholds <= 1), scores, 0.0)
        stated = denied & (chosen < 0) & (known.sum(axis=1) >= config.denied_threshold)
        chosen = np.where(stated, known.argmax(axis=1), chosen)
    return chosen


def choose_doubtful(scores: np.ndarray, type_pair: np.ndarray, config: ExtractorConfig, *, least: float) -> np.ndarray:
    """The most probable label of each pair, whatever its threshold, where it has a probability of `least`.

    Shapes and result as `choose_labels`; labels that nothing taught are never chosen.
    """
    taught = np.array([config.threshold(column) <= 1 for column in range(len(config.labels))])
    known = np.where(config.asked_labels()[type_pair] & taught, scores, 0.0)  # (P, L)
    return np.where(known.max(axis=1, initial=0.0) >= least, known.argmax(axis=1), -1)
