"""The stage that links: each mention of a document to one concept of the lexicon, or to none.

Reads from the document what tells names apart: its abbreviations, the species that it speaks of, its words
(`resolve.py` decides). A mention that names nothing as a whole may be several names ("BRCA1/2") and becomes several
mentions; one that is part of a longer name is widened to it (`widen.py`). `link_score` is the share of right links
among those made the same way on development data (`scores.py`).
A type that the lexicon doesn't hold, of a model with types of its own, is never linked.
Knows nothing of models or graphs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from engine.link.abbreviations import find_abbreviations, long_form
from engine.link.normalise import name_key
from engine.link.own_names import OwnNames, open_lexicon
from engine.link.resolve import Link, Resolver, is_annotators
from engine.link.scores import FAMILY_PREFIX, LINE, kind_of, link_score
from engine.link.senses import words_of
from engine.link.species import species_beside, species_of
from engine.link.split import best_reading, split_rows
from engine.link.widen import wider_span
from engine.schema import ENTITY_TYPES, EXTRACT_COLUMNS, GENE

__all__ = ["Link", "Linker"]

_SHORT_WORD: Final = re.compile(r"[A-Za-z0-9]{2,}(?:[-/][A-Z0-9]+)*")
_OPEN: Final = frozenset({" (", " ["})
_OF_A_PART: Final = frozenset({"words", "plain", "head", "head-words"})  # ways that may read one name of several
_SHUT: Final = frozenset({")", "]", ";", ","})

Span = tuple[int, int, str]
LinkedSpan = tuple[int, int, Link | None]


class Linker:
    """Actor: rewrites `mentions` with `concept_id` and `link_score`, and `relations` where a mention was split."""

    def __init__(
        self, *, lexicon: str | Path | None = None, own: OwnNames | None = None, least_score: float = LINE
    ) -> None:
        """`least_score`: a link that is believed less is not made."""
        self._least_score = least_score
        self.lexicon = open_lexicon(None if lexicon is None else Path(lexicon), own=own)
        self._resolver = Resolver(self.lexicon)

    def __call__(self, table: pa.Table) -> pa.Table:
        """The same rows in the same order, their mentions linked; rows that are deleted or in error pass through."""
        linked, split = [], dict[int, list[dict[str, Any]]]()
        columns = ("text", "mesh", "mentions", "deleted", "errors")
        rows = zip(*(table[c].to_pylist() for c in columns), strict=True)
        for row, (text, mesh, mentions, deleted, errors) in enumerate(rows):
            if mentions and not deleted and not errors:
                spans = [(m["start"], m["end"], m["type"]) for m in mentions]
                found = self.link_parts(text, spans, mesh=mesh or ())
                pieces = [[_with_link(m, *part) for part in parts] for m, parts in zip(mentions, found, strict=True)]
                if all(len(parts) == 1 for parts in pieces):
                    mentions = [part for (part,) in pieces]
                else:
                    mentions, split[row] = split_rows(pieces, table["relations"][row].as_py() or [])
            linked.append(mentions or [])
        if split:
            related = table["relations"].to_pylist()
            table = _put(table, "relations", [split.get(row, old) for row, old in enumerate(related)])
        return _put(table, "mentions", linked)

    def link_document(self, text: str, mentions: Sequence[Span], *, mesh: Sequence[str] = ()) -> list[Link | None]:
        """A link, or None, for each (start, end, type) of a document as a whole."""
        return self._whole(_Document(text, mesh, _genes(text, mentions)), mentions)

    def link_parts(
        self, text: str, mentions: Sequence[Span], *, mesh: Sequence[str] = (), widen: bool = True
    ) -> list[tuple[LinkedSpan, ...]]:
        """The (start, end, link) of each mention of a document: one, or of a composite one a part.

        `widen`: a mention that is part of a longer name gets the borders and the meaning of that.
        """
        document = _Document(text, mesh, _genes(text, mentions))
        links = self._whole(document, mentions)
        beside = mentions if widen else None
        return [
            self._parts(document, mention, link, beside=beside) for mention, link in zip(mentions, links, strict=True)
        ]

    # ------------------------------------------------------------------------------------- inside

    def _whole(self, document: _Document, mentions: Sequence[Span]) -> list[Link | None]:
        links = [self._link(document, document.text[start:end], start, type) for start, end, type in mentions]
        return _lend(document.text, mentions, links)

    def _parts(
        self, document: _Document, mention: Span, link: Link | None, *, beside: Sequence[Span] | None
    ) -> tuple[LinkedSpan, ...]:
        start, end, type = mention
        name = document.text[start:end]
        family = link is not None and _is_family(link)
        if type in ENTITY_TYPES and (link is None or family or kind_of(link.how) in _OF_A_PART):
            parts = best_reading(name, type, lambda part: self._link(document, part.text, start + part.start, type))
            if parts and not (family and any(found is None or _is_family(found) for _, found in parts)):
                return tuple((start + part.start, start + part.end, found) for part, found in parts)
        wider = None if beside is None else self._wider(document, mention, link, beside=beside)
        return (wider or (start, end, link or self._near(document, name, type)),)

    def _wider(
        self, document: _Document, mention: Span, link: Link | None, *, beside: Sequence[Span]
    ) -> LinkedSpan | None:
        """The longer name that a mention is part of, if it has another meaning and no other mention reaches into it."""
        span = wider_span(document.text, *mention)
        if span is None or any(span[0] < end and start < span[1] for start, end, _ in beside if start != mention[0]):
            return None
        name = document.text[slice(*span)]
        if not self.lexicon.lookup(name, mention[2]):
            return None
        found = self._link(document, name, span[0], mention[2])
        if found is None or kind_of(found.how) != "exact" or (link and link.concept_id == found.concept_id):
            return None
        return (*span, found)

    def _near(self, document: _Document, name: str, type: str) -> Link | None:
        """By likeness alone, where nothing else says what a name means; an undefined short form is like too many."""
        long = document.long_form(name) or document.spelt_out(name)
        if long is None and self._resolver.is_short_form(name):
            return None
        link = self._resolver.resolve_near(long or name, type)
        return link if link is not None and link_score(type, link.how) >= self._least_score else None

    def _link(self, document: _Document, name: str, start: int, type: str) -> Link | None:
        if type not in ENTITY_TYPES:
            return None
        link = self._resolve(document, name, start, type)
        return link if link is not None and link_score(type, link.how) >= self._least_score else None

    def _resolve(self, document: _Document, name: str, start: int, type: str) -> Link | None:
        species = document.species_at(start) if type == GENE else ()
        long = document.long_form(name)
        if long is None and self._resolver.is_short_form(name):
            link, weighed = self._resolver.weigh(name, type, species, document.words)
            if weighed:
                return link
        link = self._resolver.resolve(name, type, species, long)
        if long is None and (link is None or kind_of(link.how) in _OF_A_PART):
            spelt_out = document.spelt_out(name)
            if spelt_out is not None:
                link = self._resolver.resolve(name, type, species, spelt_out) or link
        if type == GENE and link is not None and is_annotators(link):
            short = document.short_form(name)
            if short is not None:
                link = self._resolver.resolve(short, type, species, name) or link
        return link


class _Document:
    """What a document says about its names: definitions, species, words."""

    def __init__(self, text: str, mesh: Sequence[str], genes: Sequence[str] = ()) -> None:
        self.text = text
        self._short_forms = find_abbreviations(text)
        self._species = species_of(text, mesh, genes)
        self._words: frozenset[int] | None = None

    @property
    def words(self) -> frozenset[int]:
        """Hashes of its words, made when first asked for."""
        if self._words is None:
            self._words = words_of(self.text)
        return self._words

    def long_form(self, name: str) -> str | None:
        """What the document defines the name, or its singular, to mean."""
        return long_form(name, self._short_forms)

    def short_form(self, name: str) -> str | None:
        """What the document defines to stand for the name."""
        key = name_key(name)
        return next((short for short, long in self._short_forms.items() if name_key(long) == key), None)

    def spelt_out(self, name: str) -> str | None:
        """The name with the short forms that the document defines written out ("chronic ITP"), if it has any."""
        words = _SHORT_WORD.sub(lambda word: self._short_forms.get(word.group(), word.group()), name)
        return words if words != name else None

    def species_at(self, start: int) -> tuple[str, ...]:
        """The order of taxa in which a gene's name at this place is to be read."""
        beside = species_beside(self.text, start)
        return self._species if beside is None else (beside, *(s for s in self._species if s != beside))


def _is_family(link: Link) -> bool:
    return link.how.startswith(FAMILY_PREFIX)


def _genes(text: str, mentions: Sequence[Span]) -> list[str]:
    return [text[start:end] for start, end, type in mentions if type == GENE]


def _lend(text: str, mentions: Sequence[Span], links: list[Link | None]) -> list[Link | None]:
    """The links, with those that an unlinked name has from the one that it stands beside in brackets.

    "amrubicin (SM-5887)": one mention, then another of the type alone in brackets. The document's other mentions of the
    unlinked name have the link too.
    """
    lent: dict[tuple[str, str], Link] = {}
    for (first, second), pair in zip(pairwise(mentions), pairwise(links), strict=True):
        beside = (
            first[2] == second[2] and text[first[1] : second[0]] in _OPEN and text[second[1] : second[1] + 1] in _SHUT
        )
        if beside and (pair[0] is None) != (pair[1] is None):
            unlinked, link = (second, pair[0]) if pair[1] is None else (first, pair[1])
            if link is not None:
                lent[text[unlinked[0] : unlinked[1]], unlinked[2]] = Link(link.concept_id, "beside")
    if not lent:
        return links
    asked = [(text[start:end], type) for start, end, type in mentions]
    return [lent.get(name) if link is None else link for name, link in zip(asked, links, strict=True)]


def _with_link(mention: dict[str, Any], start: int, end: int, link: Link | None) -> dict[str, Any]:
    place = {**mention, "start": start, "end": end}
    if link is None:
        return {**place, "concept_id": None, "link_score": None}
    return {**place, "concept_id": link.concept_id, "link_score": link_score(mention["type"], link.how)}


def _put(table: pa.Table, name: str, values: list[list[dict[str, Any]]]) -> pa.Table:
    place = table.schema.get_field_index(name)
    field = EXTRACT_COLUMNS.field(name)
    return table.set_column(place, field, pa.array(values, type=field.type))
