"""A lexicon of a few concepts written by hand, in memory: no vocabularies, no file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from engine.link.build import learn_points, to_arrays
from engine.link.entry import Entry, LexiconEdge
from engine.link.layout import expand
from engine.link.lexicon import Lexicon
from engine.link.senses import Sense
from engine.link.senses import to_arrays as senses_to_arrays


def entry(concept_id: str, type: str, names: Mapping[str, int], xrefs: Iterable[str] = (), *, taxon: str = "") -> Entry:
    """A concept whose preferred name is the first of its names with their ranks."""
    made = Entry(concept_id, type, next(iter(names)), taxon, xrefs=set(xrefs))
    for name, rank in names.items():
        made.add(name, rank)
    return made


def lexicon_of(
    entries: Sequence[Entry], edges: Iterable[LexiconEdge] = (), senses: Mapping[str, list[Sense]] | None = None
) -> Lexicon:
    """A lexicon as `build_lexicon` makes it, of these concepts."""
    arrays, counts = to_arrays(entries, edges)
    place = {concept: i for i, concept in enumerate(sorted(e.concept_id for e in entries))}
    arrays |= learn_points(arrays)
    expanded = expand({**arrays, **senses_to_arrays(dict(senses or {}), place)})
    return Lexicon.of_arrays(expanded, {"version": "0", "counts": counts})
