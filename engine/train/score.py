"""Counts and F1: strict spans, and relations at mention level.

Strict means what seqeval and the BC5CDR evaluation mean: start, end and type all equal. Relations count
as the DrugProt evaluation counts them: distinct (document, head mention, tail mention, predicate).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Set
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Counts:
    """True positives, what was predicted, what is gold."""

    hits: int = 0
    predicted: int = 0
    gold: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.hits + other.hits, self.predicted + other.predicted, self.gold + other.gold)

    @property
    def precision(self) -> float:
        """Share of the predicted that is gold; 0 where nothing was predicted."""
        return self.hits / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        """Share of the gold that was predicted; 0 where nothing is gold."""
        return self.hits / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * self.hits / (self.predicted + self.gold) if self.hits else 0.0

    def as_dict(self) -> dict[str, float]:
        """Rounded figures for a report."""
        return {
            "precision": round(self.precision, 4),
            "recall": round(self.recall, 4),
            "f1": round(self.f1, 4),
            "predicted": self.predicted,
            "gold": self.gold,
        }


def count_matches(predicted: Set[Hashable], gold: Set[Hashable]) -> Counts:
    """Compare two sets of items."""
    return Counts(len(predicted & gold), len(predicted), len(gold))


def count_by_kind(
    predicted: Iterable[tuple[str, Hashable]], gold: Iterable[tuple[str, Hashable]]
) -> Mapping[str, Counts]:
    """Compare (kind, item) pairs kind by kind, repeats counted once."""
    by_kind: dict[str, tuple[set[Hashable], set[Hashable]]] = defaultdict(lambda: (set(), set()))
    for kind, item in predicted:
        by_kind[kind][0].add(item)
    for kind, item in gold:
        by_kind[kind][1].add(item)
    return {kind: count_matches(*sets) for kind, sets in sorted(by_kind.items())}
