"""What a trial is and what came of it; and which is best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PartScore:
    """How a trial stands after a part of its tokens.

    `score` is what trials are chosen by (`selection_score`): the mean of the other two, which are the entity heads'
    mean span F1 and the relations' micro-F1. `seconds`: of the trial so far, its evaluations included.
    """

    part: int
    steps: int
    tokens: int
    score: float
    mentions: float
    relations: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Trial:
    """One point of the space and its scores, first part first; one that was stopped early has fewer."""

    number: int
    values: Mapping[str, float]
    scores: Sequence[PartScore]

    def is_whole(self, parts: Sequence[int]) -> bool:
        """Whether it read all its tokens."""
        return self.scores[-1].part == parts[-1]


def find_best(trials: Sequence[Trial], parts: Sequence[int]) -> Trial:
    """The whole trial with the best score at its end; of equals the first."""
    return max((trial for trial in trials if trial.is_whole(parts)), key=lambda trial: trial.scores[-1].score)


def find_point(trials: Sequence[Trial], values: Mapping[str, float]) -> Trial:
    """The first trial of these values.

    Raises: ValueError if there is none.
    """
    for trial in trials:
        if trial.values == values:
            return trial
    raise ValueError(f"no trial has the values {dict(values)}")
