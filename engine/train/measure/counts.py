"""Counts and F1 of items, document by document, so that every figure can be summed, sliced and resampled.

An item is a kind and anything hashable: a type and a span, a relation label and its two ends. What an item is decides
what is measured; nothing here knows. Repeats of an item within a document count once.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

Item = tuple[str, Hashable]
# Kind to counts, shape (n_documents, 4): the columns are the fields of `Counts`.
Tally = Mapping[str, np.ndarray]
RIGHT, PREDICTED, FOUND, GOLD = range(4)


@dataclass(frozen=True, slots=True)
class Counts:
    """Predicted items that are right, all predicted, gold items that were found, all gold.

    Where items match one to one, as in every strict figure, `right` and `found` are the same number.
    """

    right: int = 0
    predicted: int = 0
    found: int = 0
    gold: int = 0

    @property
    def precision(self) -> float:
        """Share of the predicted that is right; 0 where nothing was predicted."""
        return self.right / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        """Share of the gold that was found; 0 where nothing is gold."""
        return self.found / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0

    def as_dict(self) -> dict[str, float]:
        """Rounded figures for a report."""
        return {
            "precision": round(self.precision, 4),
            "recall": round(self.recall, 4),
            "f1": round(self.f1, 4),
            "predicted": self.predicted,
            "gold": self.gold,
        }


@dataclass(frozen=True, slots=True)
class Scores:
    """Strict span counts a mention head; relation counts a label (head type, predicate, tail type) and in all.

    `classes`: counts a class of sentences or documents.
    """

    spans: Mapping[str, Counts]
    relations: Mapping[str, Counts]
    classes: Mapping[str, Counts] = field(default_factory=dict)

    @property
    def relations_micro(self) -> Counts:
        """All relation labels together."""
        return sum_counts(self.relations.values())

    def as_dict(self) -> dict[str, object]:
        """Figures for a report; of classes only where there are some."""
        return {
            "spans": {head: counts.as_dict() for head, counts in self.spans.items()},
            "relations": {label: counts.as_dict() for label, counts in self.relations.items()},
            "relations_micro": self.relations_micro.as_dict(),
            **({"classes": {name: c.as_dict() for name, c in self.classes.items()}} if self.classes else {}),
        }


def sum_counts(parts: Collection[Counts]) -> Counts:
    """All parts together."""
    return Counts(
        sum(c.right for c in parts),
        sum(c.predicted for c in parts),
        sum(c.found for c in parts),
        sum(c.gold for c in parts),
    )


def empty_tally(predicted: Sequence[Collection[Item]], gold: Sequence[Collection[Item]]) -> dict[str, np.ndarray]:
    """Zeros for every kind that occurs, kinds sorted; `predicted` and `gold` hold one collection a document."""
    kinds = sorted({kind for items in (*predicted, *gold) for kind, _ in items})
    return {kind: np.zeros((len(gold), 4), dtype=np.int64) for kind in kinds}


def tally_matches(predicted: Sequence[Collection[Item]], gold: Sequence[Collection[Item]]) -> Tally:
    """Count items that are predicted, gold, or both; one collection a document."""
    tally = empty_tally(predicted, gold)
    for document, (said, true) in enumerate(zip(map(set, predicted), map(set, gold), strict=True)):
        for kind, _ in said:
            tally[kind][document, PREDICTED] += 1
        for kind, _ in true:
            tally[kind][document, GOLD] += 1
        for kind, _ in said & true:
            tally[kind][document, [RIGHT, FOUND]] += 1
    return tally


def count_all(tally: Tally) -> Mapping[str, Counts]:
    """Counts a kind over all documents."""
    return {kind: Counts(*counts.sum(axis=0).tolist()) for kind, counts in tally.items()}
