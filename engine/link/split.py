"""Splits composite mentions: one mention becomes several, each with a link, and its relations are told of each.

Knows nothing of how a name is linked; `composite.py` says how a mention may be read. Trade-off: what the lexicon
knows as a whole stays whole ("HER2/neu", "head and neck cancer") unless it is a family that is named by its members
("ERK1/2"), and what has fewer than two parts that it knows, too.
What a part was looked up by isn't kept, so rows with split mentions can't be linked again; extract them anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from typing import Any, Final

from engine.link.composite import Part, readings
from engine.link.resolve import Link
from engine.link.scores import kind_of

_FEWEST: Final = 2
_BY_HEAD: Final = frozenset({"head", "head-words"})  # ways to link that read only the last words of a name

Row = dict[str, Any]
LinkedParts = tuple[tuple[Part, Link | None], ...]


def best_reading(name: str, type: str, link: Callable[[Part], Link | None]) -> LinkedParts:
    """The parts of a composite mention with their links; empty if it is none.

    Of a mention's readings the one with most parts linked counts, if these are two at least, to different concepts; of
    equals the one with fewest linked by their last words alone: "Crohn's disease or ulcerative colitis" speaks of
    Crohn's disease, not of a "Crohn's disease colitis".
    """
    linked = [tuple((part, link(part)) for part in parts) for parts in readings(name, type)]
    best = max(linked, key=lambda parts: (_concepts(parts), -_by_head(parts)), default=())  # the first is the surest
    return best if _concepts(best) >= _FEWEST else ()


def _concepts(parts: LinkedParts) -> int:
    """How many parts of a reading are linked; 0 if two are to the same concept."""
    concepts = [link.concept_id for _, link in parts if link is not None]
    return len(concepts) if len(set(concepts)) == len(concepts) else 0


def _by_head(parts: LinkedParts) -> int:
    return sum(link is not None and kind_of(link.how) in _BY_HEAD for _, link in parts)


def split_rows(pieces: Sequence[Sequence[Row]], relations: Sequence[Row]) -> tuple[list[Row], list[Row]]:
    """Each mention's parts as mentions, and each relation once for every part at its ends.

    `pieces` has one row a mention that is whole, several for a composite one. A composite's part is never related to a
    part of the same mention, nor to the concept that it is itself. Mentions stay in order of start and end, relations
    come in order of their ends.
    """
    flat = [(row, place) for place, parts in enumerate(pieces) for row in parts]
    flat.sort(key=lambda piece: (piece[0]["start"], piece[0]["end"]))  # stable: as it was for equal spans
    split = [row for row, _ in flat]
    places: dict[int, list[int]] = {}
    for new, (_, old) in enumerate(flat):
        places.setdefault(old, []).append(new)
    told = [
        {**relation, "head": head, "tail": tail}
        for relation in relations
        for head, tail in product(places[relation["head"]], places[relation["tail"]])
        if len(pieces[relation["head"]]) == len(pieces[relation["tail"]]) == 1 or not _same(split[head], split[tail])
    ]
    return split, sorted(told, key=lambda relation: (relation["head"], relation["tail"]))


def _same(head: Row, tail: Row) -> bool:
    return head["concept_id"] is not None and head["concept_id"] == tail["concept_id"]
