"""Ranks pairs of concepts by the paths A-B-C that join them, and says by the signs what one does to the other.

A path weighs the product of its hops' beliefs. There are two rankings (`RANKINGS`). `specific` damps paths by degrees
as in het.io's degree-weighted path count: each hop divides by the degrees of both its ends towards the other's kind, to
the power of a damping exponent, so that what is joined through a concept that is joined to everything weighs little.
`likely` damps nothing and multiplies a pair's score by the degrees of its ends, for what is studied much is found
related more often. How they did on the past: docs/quality.md, "Hypotheses".

    weight = belief(AB) * belief(BC) / (degree(B, kind A) * degree(B, kind C)) ^ inner
                                     / (degree(A, kind B) * degree(C, kind B)) ^ outer

Each degree counts as 1 at least: what only guesses join has the degree 0.
Signs multiply: a drug that inhibits (-) a gene that promotes (+) a disease would treat it (TREATS is -). Of two
concepts' edges the surest of each sign stands for the hop, and one without a sign only where none has one. A hop may be
read against its direction: two known sides of a triangle give the third one's sign either way. `is_mechanism` marks
paths that run in one direction from the first end to the last.

    score of a pair = (max(plus, minus) + UNSIGNED_SHARE * unsigned - OPPOSED_SHARE * min(plus, minus))
                      * (degree(A) * degree(C)) ^ popularity

where plus, minus and unsigned are the sums of the weights of the paths of that sign. The score ranks; it's no
probability. Source: Himmelstein & Baranzini 2015, doi:10.1371/journal.pcbi.1004259 (DWPC); Swanson 1986 (A-B-C).
This file knows no store. Two hops only: a third multiplies paths by a hundred, and a reader has to check each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from engine.schema import CHEMICAL, DISEASE, GENE, PREDICATE_BY_NAME
from graph.hypotheses.network import KINDS, Concept, Edge, Network

UNSIGNED_SHARE: Final = 1.0
OPPOSED_SHARE: Final = 0.0

# What a path of this sign would make of the two ends.
PREDICTED: Final = {
    (CHEMICAL, DISEASE): {-1: "TREATS", 0: "ASSOCIATED_WITH", 1: "INDUCES"},
    (CHEMICAL, GENE): {-1: "INHIBITS", 0: "REGULATES", 1: "ACTIVATES"},
    (GENE, DISEASE): {-1: "PROTECTS_FROM", 0: "ASSOCIATED_WITH", 1: "PROMOTES"},
}


@dataclass(frozen=True, slots=True)
class Scoring:
    """How paths are weighed. `min_belief` is the least belief of a hop."""

    min_belief: float = 0.1
    inner_damping: float = 0.5
    outer_damping: float = 0.5
    popularity: float = 0.0
    unsigned_share: float = UNSIGNED_SHARE
    opposed_share: float = OPPOSED_SHARE


# The exponents of `likely` ranked best, of those tried, what was new from 1995 to 2006 in a graph of 2,860 abstracts.
RANKINGS: Final = {
    "specific": Scoring(),
    "likely": Scoring(inner_damping=0.0, outer_damping=0.0, popularity=1.0),
}


@dataclass(frozen=True, slots=True)
class Hop:
    """One step of a path: the edges of one predicate and direction between two concepts; the surest comes first.

    A symmetric predicate always runs forward: which end its edges have as their subject is a matter of ids.
    """

    source: str
    target: str
    forward: bool
    edges: tuple[Edge, ...]

    @property
    def predicate(self) -> str:
        """The relationship type."""
        return self.edges[0].predicate

    @property
    def sign(self) -> int:
        """+1, -1 or 0."""
        return self.edges[0].sign

    @property
    def belief(self) -> float:
        """The belief of the surest edge."""
        return self.edges[0].support.belief

    @property
    def n_for(self) -> int:
        """Sentences that affirm it."""
        return sum(edge.n_affirmed for edge in self.edges)

    @property
    def n_against(self) -> int:
        """Sentences that deny it."""
        return sum(edge.support.n_negated for edge in self.edges)

    @property
    def n_speculated(self) -> int:
        """Sentences that only guess it."""
        return sum(edge.support.n_speculated for edge in self.edges)


@dataclass(frozen=True, slots=True)
class Path:
    """Hops from the first end of a hypothesis to the last."""

    hops: tuple[Hop, ...]
    sign: int
    weight: float

    @property
    def is_mechanism(self) -> bool:
        """Whether it has a sign and runs in one direction."""
        return self.sign != 0 and all(hop.forward for hop in self.hops)


@dataclass(slots=True)
class Sums:
    """The weights of a pair's paths, by sign."""

    plus: float = 0.0
    minus: float = 0.0
    unsigned: float = 0.0
    n_paths: int = 0

    def add(self, sign: int, weight: float) -> None:
        """Take in one path."""
        self.n_paths += 1
        if sign > 0:
            self.plus += weight
        elif sign < 0:
            self.minus += weight
        else:
            self.unsigned += weight

    @property
    def sign(self) -> int:
        """The sign of the heavier side; 0 where both weigh the same."""
        return (self.plus > self.minus) - (self.plus < self.minus)

    @property
    def agreement(self) -> float | None:
        """The share of the signed weight that has that sign, 0.5 to 1; None where no path has a sign."""
        signed = self.plus + self.minus
        return max(self.plus, self.minus) / signed if signed else None

    def score(self, scoring: Scoring) -> float:
        """What the pair is ranked by."""
        against = min(self.plus, self.minus)
        score = max(self.plus, self.minus) + scoring.unsigned_share * self.unsigned - scoring.opposed_share * against
        return max(0.0, score)


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """Two concepts, what the one would do to the other, and why; `known` are edges that join them already."""

    first: Concept
    last: Concept
    sign: int
    score: float
    agreement: float | None
    n_paths: int
    paths: tuple[Path, ...]
    known: tuple[Edge, ...]

    @property
    def predicate(self) -> str | None:
        """The relationship type that is predicted; None where no path joins the two."""
        return PREDICTED[self.first.kind, self.last.kind][self.sign] if self.n_paths else None


def choose_hops(network: Network, a: str, b: str, *, min_belief: float) -> list[Hop]:
    """What may join two concepts in a path from `a` to `b`: the surest hop of each sign, or one without a sign."""
    groups: dict[tuple[str, bool], list[Edge]] = defaultdict(list)
    for edge in network.between(a, b):
        forward = PREDICATE_BY_NAME[edge.predicate].symmetric or network.merged(edge.subject) == a
        groups[edge.predicate, forward].append(edge)
    best: dict[int, Hop] = {}
    for (_, forward), edges in sorted(groups.items()):
        hop = Hop(a, b, forward, tuple(sorted(edges, key=lambda e: (-e.support.belief, e.id))))
        if hop.belief >= min_belief and hop.belief > 0.0:
            known = best.get(hop.sign)
            # of the same belief the one that runs along the path, then the first by name
            if known is None or (hop.belief, hop.forward) > (known.belief, known.forward):
                best[hop.sign] = hop
    signed = [best[sign] for sign in (1, -1) if sign in best]
    return signed or list(best.values())


class Ranker:
    """Scores pairs of a network; the hops between two concepts are chosen once."""

    def __init__(self, network: Network, scoring: Scoring) -> None:
        self._network = network
        self._scoring = scoring
        self._hops: dict[tuple[str, str], list[Hop]] = {}

    def hops(self, a: str, b: str) -> list[Hop]:
        """The hops from `a` to `b`."""
        known = self._hops.get((a, b))
        if known is None:
            known = choose_hops(self._network, a, b, min_belief=self._scoring.min_belief)
            self._hops[a, b] = known
        return known

    def sums_from(self, a: str, kind: str) -> dict[str, Sums]:
        """The sums of every concept of a kind that two hops join to `a`."""
        sums: dict[str, Sums] = defaultdict(Sums)
        for b in sorted(self._network.around(a)):  # so that a sum never depends on the order of arrival
            first = self.hops(a, b)
            if not first:
                continue
            for c in self._network.around(b):
                if c != a and self._network.concept(c).kind == kind:
                    second = self.hops(b, c)
                    if second:
                        damped = self._damping(a, b, c)
                        for one, two in product(first, second):
                            sums[c].add(one.sign * two.sign, one.belief * two.belief * damped)
        return dict(sums)

    def paths(self, a: str, c: str) -> list[Path]:
        """The paths from `a` to `c`, heaviest first; a mechanism before another of the same weight."""
        found = []
        shared = self._network.around(a).keys() & self._network.around(c).keys()
        for b in shared:
            damped = self._damping(a, b, c)
            for one, two in product(self.hops(a, b), self.hops(b, c)):
                found.append(Path((one, two), one.sign * two.sign, one.belief * two.belief * damped))
        return sorted(found, key=lambda p: (-p.weight, not p.is_mechanism, *(hop.edges[0].id for hop in p.hops)))

    def score(self, a: str, c: str, sums: Sums) -> float:
        """What a pair with these sums is ranked by."""
        degrees = _degrees(self._network.total_degree(a), self._network.total_degree(c))
        return float(sums.score(self._scoring) * degrees**self._scoring.popularity)

    def _damping(self, a: str, b: str, c: str) -> float:
        network, scoring = self._network, self._scoring
        kind_a, kind_b, kind_c = (network.concept(id).kind for id in (a, b, c))
        inner = _degrees(network.degree(b, kind_a), network.degree(b, kind_c))
        outer = _degrees(network.degree(a, kind_b), network.degree(c, kind_b))
        return float(inner**-scoring.inner_damping * outer**-scoring.outer_damping)


def _degrees(one: int, other: int) -> int:
    """Their product, each as 1 at least: a degree of 0 leaves the other as it is."""
    return max(1, one) * max(1, other)


def discover(
    network: Network,
    a: str,
    kind: str,
    *,
    scoring: Scoring,
    limit: int,
    drugs_only: bool = True,
    sign: int | None = None,
) -> list[Hypothesis]:
    """Open discovery: the concepts of a kind that paths join to `a` and no edge does, the best `limit` of them.

    An edge that sentences only deny doesn't exclude a pair: it is shown as known. `sign` keeps one direction.
    """
    ranker = Ranker(network, scoring)
    found = []
    for c, sums in ranker.sums_from(a, kind).items():
        wanted = kind != CHEMICAL or not drugs_only or network.concept(c).is_drug
        if wanted and sign in (None, sums.sign) and not any(is_stated(edge) for edge in network.between(a, c)):
            found.append((-ranker.score(a, c, sums), c, sums))
    best = sorted(found, key=lambda item: item[:2])[:limit]
    return [_hypothesis(network, ranker, a, c, sums) for _, c, sums in best]


def explain(network: Network, a: str, c: str, *, scoring: Scoring) -> Hypothesis:
    """Closed discovery: the paths between two given concepts, perhaps none, and what joins them already."""
    ranker = Ranker(network, scoring)
    sums = ranker.sums_from(a, network.concept(c).kind).get(c, Sums())
    return _hypothesis(network, ranker, a, c, sums)


def is_stated(edge: Edge) -> bool:
    """Whether a sentence affirms or guesses it: then it's no new idea."""
    return edge.support.n_evidence > edge.support.n_negated


def _hypothesis(network: Network, ranker: Ranker, a: str, c: str, sums: Sums) -> Hypothesis:
    first, last = sorted((network.concept(a), network.concept(c)), key=lambda x: KINDS.index(x.kind))
    paths = ranker.paths(first.id, last.id)
    known = sorted(network.between(a, c), key=lambda e: (-e.support.belief, e.id))
    return Hypothesis(
        first=first,
        last=last,
        sign=sums.sign,
        score=ranker.score(a, c, sums),
        agreement=sums.agreement,
        n_paths=sums.n_paths,
        paths=tuple(paths),
        known=tuple(known),
    )


def edges_shown(hypotheses: Sequence[Hypothesis], *, paths: int) -> Iterator[Edge]:
    """The edges of the first paths of each hypothesis, and those that join its ends; an edge may come twice."""
    for hypothesis in hypotheses:
        yield from hypothesis.known
        for path in hypothesis.paths[:paths]:
            for hop in path.hops:
                yield from hop.edges
