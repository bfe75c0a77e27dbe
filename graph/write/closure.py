"""Which concepts a graph holds beside those that its evidence names: what vocabularies join to them. Pure, no store.

The rule is the one by which a run's entity tables are made (`engine.tables.derive_entities`): a family that is named
brings its members, theirs too; then every edge is followed from subject to object, gene to protein, disease to
broader disease. The closure of a union is the union of the closures, so shards can be looked at one by one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from graph.write.rows import Triple

MEMBERSHIP: Final = "MEMBER_OF"


class Vocabulary:
    """Edges between concepts, to be followed either way."""

    def __init__(self, edges: Iterable[Triple]) -> None:
        self._objects: dict[str, list[str]] = defaultdict(list)
        self._members: dict[str, list[str]] = defaultdict(list)
        for edge in edges:
            self._objects[edge.subject].append(edge.object)
            if edge.predicate == MEMBERSHIP:
                self._members[edge.object].append(edge.subject)

    def closure(self, named: Iterable[str], *, held: Iterable[str] = ()) -> set[str]:
        """The named concepts and what they bring; `held` ones are there for another reason and bring no members."""
        return _reach(_reach(named, self._members) | set(held), self._objects)


def _reach(start: Iterable[str], steps: Mapping[str, Iterable[str]]) -> set[str]:
    reached = set(start)
    todo = list(reached)
    while todo:
        for next_ in steps.get(todo.pop(), ()):
            if next_ not in reached:
                reached.add(next_)
                todo.append(next_)
    return reached
