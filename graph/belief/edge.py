"""From the chances of an edge's sentences to its belief: a sum of log-odds, so every term can be told by itself.

    logit(belief) = logit(best)                      the likeliest sentence that affirms or supposes it
                  + sentences * ln(1 + more)         further sentences of the publications, each by its chance
                  + publications * ln(1 + others)    the other publications, each by its likeliest sentence
                  - denials * ln(1 + against / pro)  publications that deny it, beside those that don't

Logarithms, because publications are not independent: they share subject, habits and the extractor's own mistakes, so
the tenth says less than the second. What nothing affirms or supposes has belief 0.

What is known to hold, and tested: a further affirming publication never lowers belief, a further denial never raises
it, the order of the evidence does not matter. This file knows nothing of stores.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from engine.schema import AFFIRMED, NEGATED, SPECULATED
from graph.belief.fitted import FITTED, Coefficients
from graph.belief.sentence import log_odds

DECIMALS: Final = 4


@dataclass(frozen=True, slots=True)
class Statement:
    """One piece of evidence, as far as belief is concerned; `weight` is its chance, 0 to 1 (see `sentence`).

    `reader`: the model that found it. What two models read in one publication doesn't add up.
    `sentence`: which of the publication's sentences it is; None is one of its own. A sentence that names the two ends
    several times is several pieces of evidence, and counts once.
    """

    publication: str
    assertion: str
    weight: float
    year: int | None = None
    reader: str = ""
    sentence: Hashable | None = None


@dataclass(frozen=True, slots=True)
class Support:
    """What an edge carries; the years are those of publications that affirm it.

    `n_evidence` counts sentences, `n_negated` and `n_speculated` those of them that deny and suppose. One that affirms
    at one place and denies at another counts for both.
    """

    belief: float
    n_evidence: int
    n_publications: int
    n_negated: int
    n_speculated: int
    first_year: int | None
    last_year: int | None


def support_of(statements: Iterable[Statement]) -> Support | None:
    """The support of an edge, or None where no evidence is left and the edge must go."""
    known = list(statements)
    if not known:
        return None
    years = [s.year for s in known if s.assertion == AFFIRMED and s.year is not None]
    sentences = {(s.assertion, s.publication, _sentence_of(s, number)) for number, s in enumerate(known)}
    return Support(
        belief=believe(known),
        n_evidence=len(sentences),
        n_publications=len({s.publication for s in known}),
        n_negated=sum(assertion == NEGATED for assertion, _, _ in sentences),
        n_speculated=sum(assertion == SPECULATED for assertion, _, _ in sentences),
        first_year=min(years, default=None),
        last_year=max(years, default=None),
    )


def believe(statements: Sequence[Statement], *, by: Coefficients = FITTED) -> float:
    """The belief of an edge with these statements, 0 to 1; `by`: the coefficients, those fitted if not given."""
    terms = belief_terms(statements, by=by)
    if not terms:
        return 0.0
    return round(1.0 / (1.0 + math.exp(-math.fsum(terms.values()))), DECIMALS)


def belief_terms(statements: Sequence[Statement], *, by: Coefficients = FITTED) -> dict[str, float]:
    """What adds up to the log-odds of the belief, by name; empty where nothing affirms or supposes the edge."""
    pro = _by_publication(s for s in statements if s.assertion != NEGATED)
    best = sorted(best for best, _ in pro)
    if not best or not best[-1]:
        return {}
    against = math.fsum(best for best, _ in _by_publication(s for s in statements if s.assertion == NEGATED))
    return {
        "best sentence": log_odds(best[-1]),
        "further sentences": by.edge["sentences"] * math.log1p(math.fsum(more for _, more in pro)),
        "other publications": by.edge["publications"] * math.log1p(math.fsum(best[:-1])),
        "denials": -by.edge["denials"] * math.log1p(against / math.fsum(best)),
    }


def _by_publication(statements: Iterable[Statement]) -> list[tuple[float, float]]:
    """Of each publication its best sentence's chance, and the sum beside the best of the model that found most."""
    chances: dict[str, dict[str, dict[Hashable, float]]] = defaultdict(lambda: defaultdict(dict))
    for number, statement in enumerate(statements):
        of_reader = chances[statement.publication][statement.reader]
        sentence = _sentence_of(statement, number)
        of_reader[sentence] = max(statement.weight, of_reader.get(sentence, 0.0))
    found = []
    for by_reader in chances.values():
        told = [list(of_reader.values()) for of_reader in by_reader.values()]
        found.append((max(map(max, told)), max(math.fsum(of_reader) - max(of_reader) for of_reader in told)))
    return found


def _sentence_of(statement: Statement, number: int) -> Hashable:
    """Which sentence a statement is of; one that doesn't say is a sentence of its own, by its number."""
    return number if statement.sentence is None else ("told", statement.sentence)
