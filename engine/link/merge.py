"""Joining concepts of several vocabularies into one: a union-find that never holds two ids of one vocabulary.

Knows nothing of chemistry. Trade-off: pairs are taken in the order given, the surest first, and a pair that would
bring two terms of one vocabulary together is refused, so a wrong cross-reference can't chain concepts up.
"""

from __future__ import annotations

from collections.abc import Iterable


class Clusters:
    """Disjoint clusters of CURIEs, at most one id a vocabulary (the CURIE's prefix) in each."""

    def __init__(self, members: Iterable[str]) -> None:
        self._root = {member: member for member in members}
        self._held = {member: {member.partition(":")[0]: [member]} for member in self._root}

    def find(self, member: str) -> str:
        """The cluster's current root."""
        root = member
        while self._root[root] != root:
            root = self._root[root]
        while self._root[member] != root:
            self._root[member], member = root, self._root[member]
        return root

    def join(self, left: str, right: str, *, several: frozenset[str] = frozenset()) -> bool:
        """Joins two clusters; False if one is unknown, or both hold an id of a vocabulary that is not in `several`."""
        if left not in self._root or right not in self._root:
            return False
        a, b = self.find(left), self.find(right)
        if a == b:
            return True
        if (self._held[a].keys() & self._held[b].keys()) - several:
            return False
        self._root[b] = a
        for vocabulary, ids in self._held.pop(b).items():
            self._held[a].setdefault(vocabulary, []).extend(ids)
        return True

    def held(self, member: str) -> dict[str, list[str]]:
        """The ids of the member's cluster, by vocabulary, in the order of joining."""
        return self._held[self.find(member)]

    def all(self) -> list[dict[str, list[str]]]:
        """Every cluster as its ids by vocabulary."""
        return list(self._held.values())
