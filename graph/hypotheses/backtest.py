"""Would the ranking have found what was published later? Pure, over claims with the year of their publication.

For a year the network is made from the claims of publications up to it, belief included. Candidates are pairs of the
two kinds that a path A-B-C joins then, and of which nothing had been said: no claim up to the year joins them, not even
a denial. A candidate is positive if a later publication affirms an edge between them, of any predicate. Both rankings,
by paths and by the product of the two ends' degrees, order the same candidates.

Several years are put together, each pair once a year that it is a candidate in; scores then count by their place within
their year. Intervals come from drawing pairs, with all their years, so a pair that stands in several years isn't taken
for several. Claims of publications without a year count neither as past nor as future.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from engine.schema import AFFIRMED, CHEMICAL, DISEASE, GENE
from graph.hypotheses.network import Claim, Concept, Network, edges_of
from graph.hypotheses.paths import Ranker, Scoring
from graph.hypotheses.ranking import (
    RESAMPLES,
    Bools,
    Floats,
    Interval,
    Ranking,
    bootstrap_weights,
    interval,
    ranks_within,
)

PAIRS: Final = {"drug-disease": (CHEMICAL, DISEASE), "drug-gene": (CHEMICAL, GENE), "gene-disease": (GENE, DISEASE)}
AT: Final = (10, 50, 100)
ENOUGH_POSITIVES: Final = 100


@dataclass(frozen=True, slots=True)
class Candidate:
    """A pair that could be proposed in a year; `first_year` is when it was first affirmed later, if ever."""

    year: int
    first: str
    last: str
    score: float
    degrees: int
    first_year: int | None

    @property
    def is_positive(self) -> bool:
        """Whether it came true."""
        return self.first_year is not None


@dataclass(frozen=True, slots=True)
class Result:
    """The figures of one kind of pair. `precision_at` and `degree_precision_at` by k."""

    pairs: str
    years: tuple[int, ...]
    n_candidates: int
    n_positives: int
    n_distinct_positives: int
    auprc: Interval
    degree_auprc: Interval
    ratio: Interval
    precision_at: Mapping[int, float]
    degree_precision_at: Mapping[int, float]

    @property
    def share(self) -> float:
        """The share of positives: what a random order would reach."""
        return self.n_positives / self.n_candidates if self.n_candidates else float("nan")


class History:
    """The claims of a graph that have a year, ready to be cut at any."""

    def __init__(self, concepts: Sequence[Concept], claims: Iterable[Claim], *, humans: Mapping[str, str]) -> None:
        self.claims = [claim for claim in claims if claim.year is not None]
        self._concepts = concepts
        self._humans = humans
        self._everything = Network(concepts, [], humans=humans)
        self._first_claim: dict[tuple[str, str], int] = {}
        self._first_affirmed: dict[tuple[str, str], int] = {}
        for claim in self.claims:
            ends = self.pair(claim.subject, claim.object)
            _note(self._first_claim, ends, claim.year)
            if claim.assertion == AFFIRMED:
                _note(self._first_affirmed, ends, claim.year)

    def pair(self, a: str, b: str) -> tuple[str, str]:
        """Two ids, merged, in order."""
        a, b = self._everything.merged(a), self._everything.merged(b)
        return (a, b) if a <= b else (b, a)

    def network(self, until: int) -> Network:
        """What was known in a year."""
        return Network(self._concepts, edges_of(self.claims, until=until), humans=self._humans)

    def candidates(self, pairs: str, year: int, *, scoring: Scoring) -> list[Candidate]:
        """The pairs that could have been proposed in a year, in the order of their ids."""
        kind_a, kind_c = PAIRS[pairs]
        network = self.network(year)
        ranker = Ranker(network, scoring)
        found = []
        for a in network.ids(kind_a):
            if kind_a == CHEMICAL and not network.concept(a).is_drug:
                continue
            for c, sums in sorted(ranker.sums_from(a, kind_c).items()):
                ends = self.pair(a, c)
                if self._first_claim.get(ends, year + 1) > year:
                    degrees = network.total_degree(a) * network.total_degree(c)
                    affirmed = self._first_affirmed.get(ends)
                    found.append(Candidate(year, a, c, ranker.score(a, c, sums), degrees, affirmed))
        return found

    def last_year(self) -> int | None:
        """The newest year."""
        return max((claim.year for claim in self.claims if claim.year is not None), default=None)


def _note(years: dict[tuple[str, str], int], ends: tuple[str, str], year: int | None) -> None:
    if year is not None:
        years[ends] = min(year, years.get(ends, year))


def backtest(
    history: History, pairs: str, years: Collection[int], *, scoring: Scoring, draws: int = RESAMPLES, seed: int = 1
) -> Result:
    """The figures of one kind of pair over one or several years."""
    found = [c for year in sorted(set(years)) for c in history.candidates(pairs, year, scoring=scoring)]
    return measure(pairs, found, years=years, draws=draws, seed=seed)


def measure(
    pairs: str, candidates: Sequence[Candidate], *, years: Collection[int], draws: int = RESAMPLES, seed: int = 1
) -> Result:
    """The figures of these candidates, by path score and by degrees."""
    positive: Bools = np.array([c.is_positive for c in candidates], np.bool_)
    year = np.array([c.year for c in candidates], np.int64)
    scores = _comparable(year, np.array([c.score for c in candidates], np.float64))
    degrees = _comparable(year, np.array([c.degrees for c in candidates], np.float64))
    by_path, by_degree = Ranking(scores, positive), Ranking(degrees, positive)
    drawn: dict[str, list[float]] = defaultdict(list)
    for weights in bootstrap_weights(_clusters(candidates), draws=draws, seed=seed):
        ours, theirs = by_path.average_precision(weights), by_degree.average_precision(weights)
        drawn["ours"].append(ours)
        drawn["theirs"].append(theirs)
        drawn["ratio"].append(ours / theirs)
    ours, theirs = by_path.average_precision(), by_degree.average_precision()
    return Result(
        pairs=pairs,
        years=tuple(sorted(set(years))),
        n_candidates=len(candidates),
        n_positives=int(positive.sum()),
        n_distinct_positives=len({(c.first, c.last) for c in candidates if c.is_positive}),
        auprc=interval(ours, drawn["ours"]),
        degree_auprc=interval(theirs, drawn["theirs"]),
        ratio=interval(ours / theirs, drawn["ratio"]),
        precision_at={k: by_path.precision_at(k) for k in AT},
        degree_precision_at={k: by_degree.precision_at(k) for k in AT},
    )


def _comparable(year: npt.NDArray[np.int64], scores: Floats) -> Floats:
    return ranks_within(year, scores) if len(np.unique(year)) > 1 else scores


def _clusters(candidates: Sequence[Candidate]) -> npt.NDArray[np.int64]:
    """The number of each candidate's pair, from 0."""
    numbers: dict[tuple[str, str], int] = {}
    return np.array([numbers.setdefault((c.first, c.last), len(numbers)) for c in candidates], np.int64)


def choose_years(history: History, pairs: Sequence[str], *, every: int, scoring: Scoring) -> list[int]:
    """Cut years from the newest back, `every` years apart, until 100 pairs of each kind came true or years end."""
    newest = history.last_year()
    oldest = min((claim.year for claim in history.claims if claim.year is not None), default=None)
    if newest is None or oldest is None:
        return []
    chosen: list[int] = []
    positives: dict[str, set[tuple[str, str]]] = {name: set() for name in pairs}
    for year in range(newest - every, oldest - 1, -every):
        chosen.append(year)
        for name, came_true in positives.items():
            found = history.candidates(name, year, scoring=scoring)
            came_true.update((candidate.first, candidate.last) for candidate in found if candidate.is_positive)
        if all(len(came_true) >= ENOUGH_POSITIVES for came_true in positives.values()):
            break
    return sorted(chosen)
