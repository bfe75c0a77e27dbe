"""The stage that links: each mention of a document to one concept of the lexicon, or to none.

Reads from the document what tells names apart: its abbreviations, the species that it speaks of, its words
(`resolve.py` decides). A mention that names nothing as a whole may be several names ("BRCA1/2") and becomes several
mentions; one that is part of a longer name is widened to it (`widen.py`). Diseases that nothing links are searched by
likeness, those of many documents together, which costs a third and changes no link. `link_score` is the share of right
links among those made the same way on development data (`scores.py`).
A type that the lexicon doesn't hold, of a model with types of its own, is never linked.
Knows nothing of models or graphs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from engine.link.abbreviations import find_abbreviations, long_form
from engine.link.normalise import name_key, plain
from engine.link.own_names import OwnNames, open_lexicon
from engine.link.resolve import Link, Resolver, is_annotators
from engine.link.scores import FAMILY_PREFIX, LINE, kind_of, link_score
from engine.link.senses import words_of
from engine.link.species import species_beside, species_of
from engine.link.split import best_reading, split_rows
from engine.link.widen import wider_span
from engine.schema import DISEASE, ENTITY_TYPES, EXTRACT_COLUMNS, GENE

__all__ = ["Link", "Linker"]

_SHORT_WORD: Final = re.compile(r"[A-Za-z0-9]{2,}(?:[-/][A-Z0-9]+)*")
_OPEN: Final = frozenset({" (", " ["})
_OF_A_PART: Final = frozenset({"words", "plain", "head", "head-words"})  # ways that may read one name of several
_SHUT: Final = frozenset({")", "]", ";", ","})
_LISTED: Final = re.compile(r"(?:\b(?:and|or)|[/&]) \Z|[/&]\Z")
_LISTED_CHARS: Final = 6

Span = tuple[int, int, str]
LinkedSpan = tuple[int, int, Link | None]
TaggedText = tuple[str, Sequence[Span], Sequence[str]]  # with its mentions and MeSH headings


@dataclass(frozen=True, slots=True)
class _Open:
    """A disease that nothing links but, perhaps, the likeness of this name to others."""

    name: str


_ReadSpan = tuple[int, int, Link | _Open | None]


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
        linked, documents, rows = list[list[dict[str, Any]]](), list[TaggedText](), list[int]()
        columns = ("text", "mesh", "mentions", "deleted", "errors")
        for text, mesh, mentions, deleted, errors in zip(*(table[c].to_pylist() for c in columns), strict=True):
            if mentions and not deleted and not errors:
                rows.append(len(linked))
                documents.append((text, [(m["start"], m["end"], m["type"]) for m in mentions], mesh or ()))
            linked.append(mentions or [])
        split = dict[int, list[dict[str, Any]]]()
        for row, found in zip(rows, self.link_documents(documents), strict=True):
            pieces = [[_with_link(m, *part) for part in parts] for m, parts in zip(linked[row], found, strict=True)]
            if all(len(parts) == 1 for parts in pieces):
                linked[row] = [part for (part,) in pieces]
            else:
                linked[row], split[row] = split_rows(pieces, table["relations"][row].as_py() or [])
        if split:
            related = table["relations"].to_pylist()
            table = _put(table, "relations", [split.get(row, old) for row, old in enumerate(related)])
        return _put(table, "mentions", linked)

    def link_document(self, text: str, mentions: Sequence[Span], *, mesh: Sequence[str] = ()) -> list[Link | None]:
        """A link, or None, for each (start, end, type) of a document as a whole."""
        return self._whole(_Document(text, mesh, mentions), mentions)

    def link_parts(
        self, text: str, mentions: Sequence[Span], *, mesh: Sequence[str] = (), widen: bool = True
    ) -> list[tuple[LinkedSpan, ...]]:
        """The (start, end, link) of each mention of a document: one, or of a composite one a part.

        `widen`: a mention that is part of a longer name gets the borders and the meaning of that.
        """
        (found,) = self.link_documents([(text, mentions, mesh)], widen=widen)
        return found

    def link_documents(
        self, documents: Iterable[TaggedText], *, widen: bool = True
    ) -> list[list[tuple[LinkedSpan, ...]]]:
        """`link_parts` of each document. Names that nothing links are searched together, which costs less."""
        read = [self._read(*document, widen=widen) for document in documents]
        alike = self._resolver.resolve_alike(_open_names(read))
        believed = {name: link for name, link in alike.items() if link and self._is_believed(link, DISEASE)}
        return [
            [
                tuple((s, e, believed.get(link.name) if isinstance(link, _Open) else link) for s, e, link in parts)
                for parts in found
            ]
            for found in read
        ]

    def names_to_search(self, text: str, mentions: Sequence[Span], *, mesh: Sequence[str] = ()) -> list[str]:
        """The names of diseases in a document that nothing links but, perhaps, their likeness to others."""
        return list(_open_names([self._read(text, mentions, mesh, widen=False)]))

    # ------------------------------------------------------------------------------------- inside

    def _read(
        self, text: str, mentions: Sequence[Span], mesh: Sequence[str], *, widen: bool
    ) -> list[tuple[_ReadSpan, ...]]:
        """What `link_parts` tells, but for the names that are left to search."""
        document = _Document(text, mesh, mentions)
        links = self._whole(document, mentions)
        beside = mentions if widen else None
        return [
            self._parts(document, mention, link, beside=beside) for mention, link in zip(mentions, links, strict=True)
        ]

    def _whole(self, document: _Document, mentions: Sequence[Span]) -> list[Link | None]:
        links = [self._link(document, document.text[start:end], start, type) for start, end, type in mentions]
        return _lend(document.text, mentions, links)

    def _parts(
        self, document: _Document, mention: Span, link: Link | None, *, beside: Sequence[Span] | None
    ) -> tuple[_ReadSpan, ...]:
        start, end, type = mention
        name = document.text[start:end]
        family = link is not None and _is_family(link)
        if type in ENTITY_TYPES and (link is None or family or kind_of(link.how) in _OF_A_PART):
            parts = best_reading(name, type, lambda part: self._link(document, part.text, start + part.start, type))
            if parts and not (family and any(found is None or _is_family(found) for _, found in parts)):
                return tuple((start + part.start, start + part.end, found) for part, found in parts)
        wider = None if beside is None else self._wider(document, mention, link, beside=beside)
        return (wider or (start, end, link or self._open(document, name, type)),)

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

    def _open(self, document: _Document, name: str, type: str) -> _Open | None:
        """A disease's name that is to be searched by likeness; an undefined short form is like too many."""
        if type != DISEASE:
            return None
        long = document.long_form(name) or document.spelt_out(name)
        return None if long is None and self._resolver.is_short_form(name) else _Open(long or name)

    def _is_believed(self, link: Link, type: str) -> bool:
        return link_score(type, link.how) >= self._least_score

    def _link(self, document: _Document, name: str, start: int, type: str) -> Link | None:
        if type not in ENTITY_TYPES:
            return None
        link = self._resolve(document, name, start, type)
        return link if link is not None and self._is_believed(link, type) else None

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

    def __init__(self, text: str, mesh: Sequence[str], mentions: Sequence[Span]) -> None:
        self.text = plain(text)  # "COX‐1 and ‐2" is read as "COX-1 and -2"
        self._mesh, self._mentions = mesh, mentions
        self._short_forms = find_abbreviations(self.text)

    @cached_property
    def words(self) -> frozenset[int]:
        """Hashes of its words."""
        return words_of(self.text)

    @cached_property
    def _species(self) -> tuple[str, ...]:
        genes = [self.text[start:end] for start, end, type in self._mentions if type == GENE]
        return species_of(self.text, self._mesh, genes)

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


def _open_names(read: Iterable[Iterable[tuple[_ReadSpan, ...]]]) -> Iterator[str]:
    return (link.name for found in read for parts in found for _, _, link in parts if isinstance(link, _Open))


def _lend(text: str, mentions: Sequence[Span], links: list[Link | None]) -> list[Link | None]:
    """The links, with those that an unlinked name has from the one that it stands beside in brackets.

    "amrubicin (SM-5887)": one mention, then another of the type alone in brackets. The document's other mentions of the
    unlinked name have the link too. What stands for several names has none of theirs: "MOPP (mechlorethamine,
    vincristine)", "methotrexate and fluorouracil (CMF)".
    """
    lent: dict[tuple[str, str], Link] = {}
    for number, ((first, second), pair) in enumerate(zip(pairwise(mentions), pairwise(links), strict=True)):
        beside = (
            first[2] == second[2] and text[first[1] : second[0]] in _OPEN and text[second[1] : second[1] + 1] in _SHUT
        )
        if beside and (pair[0] is None) != (pair[1] is None):
            unlinked, link = (second, pair[0]) if pair[1] is None else (first, pair[1])
            is_of_several = (
                _stands_for_list(text, first, second)
                if unlinked is second
                else _opens_list(text, second, mentions[number + 2 : number + 3])
            )
            if link is not None and not is_of_several:
                lent[text[unlinked[0] : unlinked[1]], unlinked[2]] = Link(link.concept_id, "beside")
    if not lent:
        return links
    asked = [(text[start:end], type) for start, end, type in mentions]
    return [lent.get(name) if link is None else link for name, link in zip(asked, links, strict=True)]


def _opens_list(text: str, inside: Span, after: Sequence[Span]) -> bool:
    """Whether another name of the type follows one in the same brackets; behind a semicolon stands a synonym."""
    return any(type == inside[2] and not set(")];").intersection(text[inside[1] : start]) for start, _, type in after)


def _stands_for_list(text: str, before: Span, inside: Span) -> bool:
    """Whether a short form in brackets begins otherwise than the name before it, which is the last one of a list."""
    is_last = _LISTED.search(text, max(0, before[0] - _LISTED_CHARS), before[0]) is not None
    begins = text[before[0]].lower() == text[inside[0]].lower()
    return is_last and not begins and text[inside[0] : inside[1]].isupper()


def _with_link(mention: dict[str, Any], start: int, end: int, link: Link | None) -> dict[str, Any]:
    place = {**mention, "start": start, "end": end}
    if link is None:
        return {**place, "concept_id": None, "link_score": None}
    return {**place, "concept_id": link.concept_id, "link_score": link_score(mention["type"], link.how)}


def _put(table: pa.Table, name: str, values: list[list[dict[str, Any]]]) -> pa.Table:
    place = table.schema.get_field_index(name)
    field = EXTRACT_COLUMNS.field(name)
    return table.set_column(place, field, pa.array(values, type=field.type))
