"""Counts what statements changed, and sums it up for as long as a store is open: the same for every store.

The numbers are the store's own. It knows nothing of any driver.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Counters:
    """What statements changed, as the store itself counted it.

    Neo4j counts a SET of an equal value as a property set, so all zero means that nothing was sent.
    """

    nodes_created: int = 0
    nodes_deleted: int = 0
    relationships_created: int = 0
    relationships_deleted: int = 0
    properties_set: int = 0
    labels_added: int = 0
    labels_removed: int = 0
    indexes_added: int = 0
    constraints_added: int = 0

    @classmethod
    def of(cls, count: Callable[[str], int]) -> Counters:
        """The counters that `count` gives for the name of each."""
        return cls(**{f.name: int(count(f.name)) for f in fields(cls)})

    def __add__(self, other: Counters) -> Counters:
        return Counters.of(lambda name: getattr(self, name) + getattr(other, name))

    def __sub__(self, other: Counters) -> Counters:
        return Counters.of(lambda name: getattr(self, name) - getattr(other, name))

    def as_dict(self) -> dict[str, int]:
        """The counts by name, in the order of the fields."""
        return {f.name: getattr(self, f.name) for f in fields(self)}

    @property
    def total(self) -> int:
        """The number of changes of any kind; 0 says that nothing was written."""
        return sum(self.as_dict().values())


class CountsWrites:
    """What a store keeps of its writing statements: the base of both stores."""

    def __init__(self) -> None:
        self._counters = Counters()

    @property
    def counters(self) -> Counters:
        """What all writing statements changed since the store was opened."""
        return self._counters

    def _count(self, changed: Counters) -> Counters:
        """Add what a statement changed, and hand it on."""
        self._counters += changed
        return changed
