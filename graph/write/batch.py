"""What all writers share: batches, the start of a statement over pairs of entities, and the tally of outcomes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def chunks(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """The items in order, at most `size` at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def chunks_by_weight(items: Sequence[T], size: int, weight: Callable[[T], int]) -> Iterator[Sequence[T]]:
    """The items in order, at most `size` at a time by the sum of their weights; a heavier one comes alone."""
    start = total = 0
    for at, item in enumerate(items):
        if at > start and total + weight(item) > size:
            yield items[start:at]
            start, total = at, 0
        total += weight(item)
    if start < len(items):
        yield items[start:]


def values_of(names: Sequence[str], source: str) -> str:
    """A map of these properties, each taken from `source`: named one by one, they are stored fastest."""
    return "{" + ", ".join(f"{name}: {source}.{name}" for name in names) + "}"


def match_ends(subject_label: str, object_label: str) -> str:
    """The start of a statement whose `$rows` name a `subject` and an `object`; the two labels come from the schema."""
    return (
        f"UNWIND $rows AS row MATCH (a:{subject_label} {{id: row.subject}}) "
        f"MATCH (b:{object_label} {{id: row.object}}) "
    )


class Tally:
    """Counts by kind of row and by outcome, such as `entities: rows, written, unchanged`."""

    def __init__(self) -> None:
        self._counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))

    def count(self, kind: str, /, **outcomes: int) -> None:
        """Add to the outcomes of one kind."""
        for outcome, number in outcomes.items():
            self._counts[kind][outcome] += number

    def as_dict(self) -> dict[str, dict[str, int]]:
        """The counts as plain dictionaries."""
        return {kind: dict(outcomes) for kind, outcomes in self._counts.items()}
