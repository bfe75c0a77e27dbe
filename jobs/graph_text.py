"""How `hypograph graph` looks to people: changes as tables, a graph's description as text. It knows no store.

The trade-off: of the changes no more are held than are shown, so the farthest moves are found while all pass by.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from graph.changes import EDGE, PUBLICATION, Change, EdgeChange, PublicationChange
from jobs.output import format_answer

WHAT: Final = {"edges": EDGE, "publications": PUBLICATION}
_EDGE_COLUMNS: Final = ("change", "subject", "predicate", "object", "belief", "evidence", "publications")
_EDGE_NUMBERS: Final = {"belief": "belief", "evidence": "n_evidence", "publications": "n_publications"}
_PUBLICATION_COLUMNS: Final = ("change", "id", "evidence", "title")
_SIGNS: Final = {"added": "+", "removed": "-", "changed": "~"}


@dataclass(slots=True)
class ChangeTables:
    """The counts of all changes, and of each kind the rows that are shown, no more than `limit`."""

    limit: int
    counts: dict[str, Counter[str]] = field(default_factory=lambda: {kind: Counter() for kind in WHAT.values()})
    _edges: list[tuple[float, int, EdgeChange]] = field(default_factory=list)  # a heap, the least move on top
    _publications: list[PublicationChange] = field(default_factory=list)

    def add(self, change: Change) -> None:
        """Count a change, and keep it if it is among those to show."""
        if isinstance(change, PublicationChange):
            self.counts[PUBLICATION][change.change] += 1
            if len(self._publications) < self.limit:
                self._publications.append(change)
            return
        self.counts[EDGE][change.change] += 1
        entry = (change.size, -self.counts[EDGE].total(), change)  # of equal moves the first stays
        if len(self._edges) < self.limit:
            heapq.heappush(self._edges, entry)
        else:
            heapq.heappushpop(self._edges, entry)

    def text(self, name: str) -> str:
        """The table of `edges` or `publications`, under a line of counts."""
        counts = self.counts[WHAT[name]]
        columns: tuple[str, ...] = _PUBLICATION_COLUMNS
        rows = [_publication_row(change) for change in self._publications]
        if name == "edges":
            farthest_first = sorted(self._edges, key=lambda entry: entry[:2], reverse=True)
            columns, rows = _EDGE_COLUMNS, [_edge_row(change) for _, _, change in farthest_first]
        told = ", ".join(f"{number:,} {change}" for change, number in sorted(counts.items())) or "nothing changed"
        shown = f"; {len(rows):,} shown" if len(rows) < counts.total() else ""
        table = f"\n{format_answer(columns, rows, format='table')}" if rows else ""
        return f"{name}: {told}{shown}{table}"


def _edge_row(change: EdgeChange) -> dict[str, object]:
    before, after = change.before or {}, change.after or {}
    moves = {column: _move(before.get(name), after.get(name)) for column, name in _EDGE_NUMBERS.items()}
    ends = {"subject": change.subject_name, "predicate": change.predicate, "object": change.object_name}
    return {"change": change.change, **ends, **moves}


def _move(before: object, after: object) -> str:
    return _number(after) if before == after else f"{_number(before)} -> {_number(after)}"


def _number(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _publication_row(change: PublicationChange) -> dict[str, object]:
    counts = (f"{_SIGNS[name]}{number}" for name, number in (change.evidence or {}).items() if number)
    return {"change": change.change, "id": change.id, "evidence": " ".join(counts), "title": change.title}


def info_text(about: Mapping[str, Any]) -> str:
    """What `graph.describe` says, for reading."""
    tables = [
        (("label", "nodes"), [{"label": name, "nodes": number} for name, number in about["nodes"].items()]),
        (
            ("type", "relationships"),
            [{"type": name, "relationships": number} for name, number in about["relationships"].items()],
        ),
        (("model", "extractor", "evidence", "publications"), about["models"]),
        (("name", "kind", "present"), about["schema"]),
    ]
    head = "\n".join(f"{name:<14} {text}" for name, text in _overview(about).items())
    return "\n\n".join([head, *(format_answer(columns, rows, format="table") for columns, rows in tables)])


def _overview(about: Mapping[str, Any]) -> dict[str, str]:
    version, current = about["schema_version"], about["program_version"]
    schema = "none: nothing that `hypograph load` wrote" if version is None else f"version {version}"
    if version is not None and version < current:
        schema += f", this program's is {current}: run `hypograph graph migrate`"
    edges = "up to date" if about["settled"] else "NOT UP TO DATE: a load is under way, or was killed: repeat it"
    absent = [item["name"] for item in about["schema"] if not item["present"]]
    years, states = about["years"], about["publications"]
    return {
        "graph": f"{about['graph']} ({about['store']})",
        "schema": schema + (f"; absent: {', '.join(absent)}" if absent else ""),
        "edges": edges if version is not None else "none",
        "years": f"{years[0]} to {years[1]}" if years else "none",
        "publications": ", ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in states.items()),
    }
