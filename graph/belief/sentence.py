"""The chance that what one sentence is said to state is right: both concepts and what joins them.

    logit(text) = intercept + kind + a * logit(score) + b * logit(mention score) + title + speculated
    chance      = text * link score

The scores are the extractor's, of the relation and of both names. `kind` is a correction for each subject type,
predicate and object type, drawn to 0 where gold is scarce; `title` and `speculated` are added where the sentence is a
title and where it only supposes. The link score is the chance that both names were taken for the right concepts. For a
denial, the chance is that it denies this.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from engine.schema import SPECULATED, SYMMETRIC, TAGGED_AS, TITLE
from graph.belief.fitted import FITTED, Coefficients

_LEAST: Final = 0.01  # what a score of 0 or 1 counts as, from below or above: no sentence is certain


@dataclass(frozen=True, slots=True)
class Kind:
    """What a predicate joins; a label of the graph stands for the type that text can name."""

    subject: str
    predicate: str
    object: str

    @property
    def key(self) -> str:
        """As the fitted table names it: `Chemical INHIBITS Gene`; of a symmetric predicate the types are in order."""
        ends = [TAGGED_AS.get(label, label) for label in (self.subject, self.object)]
        if self.predicate in SYMMETRIC:
            ends.sort()
        return f"{ends[0]} {self.predicate} {ends[1]}"


@dataclass(frozen=True, slots=True)
class Sentence:
    """One piece of evidence, as it was extracted; `mention_score` and `link_score` are those of both ends together.

    An unknown link score counts as 1, an unknown mention score as even odds.
    """

    kind: Kind
    score: float
    mention_score: float | None
    link_score: float | None
    assertion: str
    section: str | None


def weigh(sentence: Sentence, *, by: Coefficients = FITTED) -> float:
    """The chance of one sentence, 0 to 1."""
    link_score = 1.0 if sentence.link_score is None else min(1.0, max(0.0, sentence.link_score))
    return weigh_text(sentence, by=by) * link_score


def weigh_text(sentence: Sentence, *, by: Coefficients = FITTED) -> float:
    """The chance that the text says so of these names, whatever they are linked to."""
    return 1.0 / (1.0 + math.exp(-math.fsum(text_terms(sentence, by=by).values())))


def text_terms(sentence: Sentence, *, by: Coefficients = FITTED) -> dict[str, float]:
    """What adds up to the log-odds that the text says so, by name; what doesn't apply is left out."""
    shared = by.sentence
    terms = {
        "intercept": shared["intercept"],
        "score": shared["score"] * log_odds(sentence.score),
        "kind": by.kinds.get(sentence.kind.key, 0.0),
    }
    if sentence.mention_score is not None:
        terms["mentions"] = shared["mentions"] * log_odds(sentence.mention_score)
    if sentence.section == TITLE:
        terms["title"] = shared["title"]
    if sentence.assertion == SPECULATED:
        terms["speculated"] = shared["speculated"]
    return terms


def log_odds(chance: float) -> float:
    """ln(p / (1 - p)), with `chance` kept off 0 and 1."""
    held = min(1.0 - _LEAST, max(_LEAST, chance))
    return math.log(held / (1.0 - held))
