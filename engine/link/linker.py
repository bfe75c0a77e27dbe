"""The stage that links: each mention of a document to one concept of the lexicon, or to none.

Per mention: an abbreviation that the document defines is read as its long form; else the mention's own name, then
its safe variants. Gene names are read in the document's species first. Whatever stays ambiguous among names of
the same rank stays unlinked, and so does a short form whose long form means something else.
`link_score` is the share of right links among those made the same way on development data (`scores.py`).
A type that the lexicon doesn't hold, of a model with types of its own, is never linked.
Knows nothing of models or graphs. Trade-off: a mention is judged by its name and its document's species and
abbreviations alone; context decides nothing yet.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

from engine.link.abbreviations import find_abbreviations
from engine.link.entry import CURATED, PREFERRED, SYNONYM, WEAK
from engine.link.genes import HUMAN, MOUSE
from engine.link.lexicon import Candidate, Lexicon
from engine.link.normalise import NEAR, bare, name_key
from engine.link.scores import link_score
from engine.link.species import species_beside, species_of
from engine.link.variants import variants
from engine.schema import ENTITY_TYPES, EXTRACT_COLUMNS

_MEMO: Final = 1 << 17
_TOO_SHORT: Final = {"Gene": 3, "Chemical": 2, "Disease": 2}  # letters of a synonym that say too little by themselves


@dataclass(frozen=True, slots=True)
class Link:
    """A concept for a mention, and how it was found (see `scores.py`)."""

    concept_id: str
    how: str


class Linker:
    """Actor: rewrites `mentions` with `concept_id` and `link_score`."""

    def __init__(self, *, lexicon: str | Path | None = None) -> None:
        self.lexicon = Lexicon.open(None if lexicon is None else Path(lexicon))
        self._resolve = lru_cache(maxsize=_MEMO)(self._resolve_uncached)

    def __call__(self, table: pa.Table) -> pa.Table:
        """The same rows in the same order, their mentions linked; rows that are deleted or in error pass through."""
        linked = []
        columns = ("text", "mesh", "mentions", "deleted", "errors")
        for text, mesh, mentions, deleted, errors in zip(*(table[c].to_pylist() for c in columns), strict=True):
            if mentions and not deleted and not errors:
                spans = [(m["start"], m["end"], m["type"]) for m in mentions]
                links = self.link_document(text, spans, mesh=mesh or ())
                mentions = [_with_link(m, link) for m, link in zip(mentions, links, strict=True)]
            linked.append(mentions or [])
        place = table.schema.get_field_index("mentions")
        field = EXTRACT_COLUMNS.field("mentions")
        return table.set_column(place, field, pa.array(linked, type=field.type))

    def link_document(
        self, text: str, mentions: Sequence[tuple[int, int, str]], *, mesh: Sequence[str] = ()
    ) -> list[Link | None]:
        """A link, or None, for each (start, end, type) of a document."""
        short_forms = find_abbreviations(text)
        species = species_of(text, mesh)
        links: list[Link | None] = []
        for start, end, type in mentions:
            if type not in ENTITY_TYPES:
                links.append(None)
                continue
            order = species
            beside = species_beside(text, start) if type == "Gene" else None
            if beside is not None:
                order = (beside, *(s for s in species if s != beside))
            name = text[start:end]
            links.append(self._resolve(name, type, order if type == "Gene" else (), short_forms.get(name)))
        return links

    # ------------------------------------------------------------------------------------- inside

    def _resolve_uncached(self, name: str, type: str, species: tuple[str, ...], long: str | None) -> Link | None:
        if long is not None:
            by_long = self._by_name(long, type, species)
            if by_long is not None:
                return Link(by_long.concept_id, "long:" + by_long.how)
            return self._agreeing(name, long, type, species)
        return self._by_name(name, type, species)

    def _by_name(self, name: str, type: str, species: tuple[str, ...]) -> Link | None:
        if len(bare(name)) < 2:
            return None  # one letter names too much
        for kind, text, key in variants(name, type):
            found = self.lexicon.candidates(text, type, key=key)
            if found:
                return self._choose(found, kind, type, species)
        return None

    def _choose(self, found: Sequence[Candidate], kind: str, type: str, species: tuple[str, ...]) -> Link | None:
        """The one best candidate, or None if two are equally good or the best is a homonym."""
        if type == "Gene":
            return self._choose_gene(found, kind, species)
        best = _single_best(found)
        if best is None or _says_too_little(best, type):
            return None
        return Link(best.concept_id, f"{kind}:{best.rank}:{best.case}")

    def _choose_gene(self, found: Sequence[Candidate], kind: str, species: tuple[str, ...]) -> Link | None:
        """The best candidate of the document's species; else the ortholog, in that species, of another's best."""
        own = [c for c in found if c.taxon in {species[0], ""}]
        if own:
            best = _single_best(own) or self._best_supported(own, found)
            if best is None or _says_too_little(best, "Gene"):
                return None
            return Link(best.concept_id, f"{kind}:{best.rank}:{best.case}")
        for taxon in species[1:]:
            best = _single_best([c for c in found if c.taxon == taxon])
            if best is not None and not _says_too_little(best, "Gene"):
                twins = self._orthologs_in(best.concept_id, species[0])
                return Link(twins[0], f"{kind}:{best.rank}:{best.case}:ortholog") if len(twins) == 1 else None
        return None

    def _best_supported(self, own: Sequence[Candidate], found: Sequence[Candidate]) -> Candidate | None:
        """Of equally good genes the one whose orthologs go by the name too ("CD25": IL2RA in man and in mouse)."""
        first = min((c.rank, c.case) for c in own)
        tied = [c for c in own if (c.rank, c.case) == first]
        groups = Counter(self._group(c.concept_id) for c in found if c.taxon and c.taxon != own[0].taxon)
        supports = sorted((groups[self._group(c.concept_id)] for c in tied), reverse=True)
        if not supports or supports[0] == 0 or supports[0] == supports[1]:
            return None
        return next(c for c in tied if groups[self._group(c.concept_id)] == supports[0])

    def _group(self, concept_id: str) -> str:
        """A gene's group of orthologs, named by the human gene."""
        if concept_id.startswith("hgnc:"):
            return concept_id
        return next(iter(self.lexicon.orthologs(concept_id)), concept_id)

    def _orthologs_in(self, concept_id: str, taxon: str) -> list[str]:
        """The genes of a species that are orthologs of this one, through the human gene."""
        humans = [concept_id] if concept_id.startswith("hgnc:") else list(self.lexicon.orthologs(concept_id))
        if taxon == HUMAN:
            return humans
        prefix = "ncbigene:" if taxon == MOUSE else "rgd:"
        edges = [e for human in humans for e in self.lexicon.edges(human) if e.predicate == "ORTHOLOG_OF"]
        return sorted({e.subject for e in edges if e.subject.startswith(prefix)})

    def _agreeing(self, name: str, long: str, type: str, species: tuple[str, ...]) -> Link | None:
        """A candidate for a short form whose long form is unknown, if the two agree.

        They do if one of the concept's names shares most words with the long form, or if the short form is an official
        symbol too telling to be a coincidence (BICD2 for "Bicaudal D2", but not CAT).
        """
        words = _words(long)
        candidates = self.lexicon.candidates(name, type)
        if type == "Gene":
            candidates = tuple(c for c in candidates if c.taxon in {species[0], ""})
        agreeing = [c for c in candidates if any(_overlap(words, _words(n)) >= 0.5 for n in self._names(c))]
        best = _single_best(agreeing)
        if best is not None:
            return Link(best.concept_id, "agreeing")
        best = _single_best(candidates)
        telling = len(name) >= 4 and (any(c.isdigit() for c in name) or (best is not None and best.rank == CURATED))
        if best is not None and telling and best.rank <= PREFERRED and best.case != NEAR:
            return Link(best.concept_id, "symbol")
        return None

    def _names(self, candidate: Candidate) -> tuple[str, ...]:
        concept = self.lexicon.concept(candidate.concept_id)
        return (concept.name, *concept.synonyms) if concept else ()


def _says_too_little(best: Candidate, type: str) -> bool:
    """Whether the name is a homonym, or a synonym of so few letters that it needs a definition in the document.

    Of gene synonyms of up to three letters 40 % were linked right on BioRED train ("ANA", "CSR"), of four all.
    """
    name = bare(best.surface)
    return best.rank == WEAK or (best.rank == SYNONYM and name.isalpha() and len(name) <= _TOO_SHORT[type])


def _single_best(found: Sequence[Candidate]) -> Candidate | None:
    """The candidate that beats all others in rank, or in case at the same rank; None if there is no such one."""
    if not found:
        return None
    ordered = sorted(found, key=lambda c: (c.rank, c.case))
    if len(ordered) > 1 and (ordered[0].rank, ordered[0].case) == (ordered[1].rank, ordered[1].case):
        return None
    return ordered[0]


def _words(name: str) -> frozenset[str]:
    return frozenset(name_key(w) for w in name.replace("-", " ").replace(",", " ").split()) - {""}


def _overlap(left: frozenset[str], right: frozenset[str]) -> float:
    return len(left & right) / len(left | right) if left and right else 0.0


def _with_link(mention: dict[str, Any], link: Link | None) -> dict[str, Any]:
    if link is None:
        return {**mention, "concept_id": None, "link_score": None}
    return {**mention, "concept_id": link.concept_id, "link_score": link_score(mention["type"], link.how)}
