"""From the first token's log-probabilities to a verdict, and from verdict and classifier to one score.

The verifier's score is the share of "entailed" among the three answers. It is joined with the classifier's by a
logistic model on the log-odds of both, whose three coefficients lie in `combination.toml`, by generator: how far a
model's word is to be trusted is a property of the model. A generator without coefficients of its own gets `EVEN`, the
mean of the two log-odds, which nobody fitted: it orders, and is no probability.
This file knows nothing of engines or document rows.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.generate.prompts import CONTRADICTED, ENTAILED, NEUTRAL

TABLE: Final = Path(__file__).with_name("combination.toml")
# What a choice that is not among the likeliest tokens counts: less than any that is.
_UNSEEN: Final = -20.0
_EDGE: Final = 1e-4  # scores nearer to 0 and 1 than this carry no more weight


@dataclass(frozen=True, slots=True)
class Verdict:
    """Probabilities of the three answers, which sum to 1."""

    entailed: float
    contradicted: float
    neutral: float


@dataclass(frozen=True, slots=True)
class Combination:
    """Coefficients of the logistic model; `fitted`: whether they come from data."""

    intercept: float
    classifier: float
    verifier: float
    fitted: bool

    def __call__(self, classifier_score: float, verifier_score: float) -> float:
        """One score, 0 to 1, from both; it rises with each of them where the coefficients are positive."""
        odds = self.classifier * log_odds(classifier_score) + self.verifier * log_odds(verifier_score)
        return 1.0 / (1.0 + math.exp(-(self.intercept + odds)))


EVEN: Final = Combination(0.0, 0.5, 0.5, fitted=False)


def read_verdict(logprobs: Mapping[str, float]) -> Verdict | None:
    """The verdict, or None where the engine had none of the three answers in mind."""
    if not logprobs.keys() & {ENTAILED, CONTRADICTED, NEUTRAL}:
        return None
    logs = [logprobs.get(choice, _UNSEEN) for choice in (ENTAILED, CONTRADICTED, NEUTRAL)]
    highest = max(logs)
    weights = [math.exp(log - highest) for log in logs]
    total = sum(weights)
    return Verdict(*(weight / total for weight in weights))


def open_combination(generator: str, *, table: Path = TABLE) -> Combination:
    """The coefficients for a generator, by its name; `EVEN` where the table has none.

    Raises: ValueError naming the table and the entry, if the table can't be read or a value is missing or no number.
    """
    name = table_name(generator)
    try:
        fitted = tomllib.loads(table.read_text(encoding="utf-8")).get("fitted", {})
    except (OSError, ValueError) as error:
        raise ValueError(f"cannot read coefficients from {table}: {error}") from error
    if name not in fitted:
        return EVEN
    try:
        intercept, classifier, verifier = (float(fitted[name][c]) for c in ("intercept", "classifier", "verifier"))
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{table}: {name}: {error} is missing or no number") from error
    return Combination(intercept, classifier, verifier, fitted=True)


def table_name(generator: str) -> str:
    """What the entry of a generator is called: without the owner that a Hugging Face id has."""
    return generator.rpartition("/")[2]


def log_odds(score: float) -> float:
    """The logarithm of a score's odds, bounded: none is surer than one in ten thousand."""
    bounded = min(1.0 - _EDGE, max(_EDGE, score))
    return math.log(bounded / (1.0 - bounded))
