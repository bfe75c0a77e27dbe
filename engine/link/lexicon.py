"""The lexicon as every actor opens it: memory-mapped, names to concepts, concepts to what vocabularies state.

Knows nothing of documents or of how it was built. Trade-off: a name is found by bisection over the sorted surface
forms, whose keys are recomputed on the way (about 60 microseconds a name, memoised by callers), which saves storing
and sharing a million keys.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from engine.link.archive import ArchiveError, Array, open_archive, unpack_once
from engine.link.entry import LexiconEdge
from engine.link.layout import EXPANDED, LAYOUT, PREDICATES, TAXA, TYPES, expand
from engine.link.near import NearNames
from engine.link.normalise import NEAR, NORMALISER, case_fit, name_key
from engine.link.points import Points
from engine.link.senses import Sense
from engine.link.words import words_hash, words_key, words_of_name
from engine.schema import ENTITY_TYPES, TAGGED_AS

SHIPPED: Final = Path(__file__).parent.parent / "weights" / "lexicon" / "lexicon.zst"

_FAMILIES: Final = {
    type: frozenset(TYPES.index(label) for label, tagged in TAGGED_AS.items() if tagged == type)
    for type in ENTITY_TYPES
}


@dataclass(frozen=True, slots=True)
class Concept:
    """One concept: `type` is the graph's label (`Drug` means Chemical and Drug), `taxon` a CURIE or None."""

    concept_id: str
    type: str
    name: str
    synonyms: tuple[str, ...]
    xrefs: tuple[str, ...]
    taxon: str | None


@dataclass(frozen=True, slots=True, order=True)
class Candidate:
    """A concept that a name may mean; ordered best first: by rank, case, then the vocabularies' order of ids."""

    rank: int
    case: int
    concept_id: str
    type: str
    taxon: str
    surface: str


def find_lexicon(path: Path | None = None) -> Path:
    """The unpacked file of a lexicon, packed (`.zst`, unpacked once a machine) or not; None is the shipped one.

    Raises: FileNotFoundError; ArchiveError if the packed file is damaged.
    """
    path = SHIPPED if path is None else path
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no lexicon here; make one with `hypograph lexicon build`")
    return unpack_once(path, expand=expand, expanded=EXPANDED) if path.suffix == ".zst" else path


@dataclass(frozen=True, slots=True)
class Alike:
    """What a name that is like another may mean.

    `letters`: likeness of their letters, 0 to 1, None if it was found as a point; `closeness`: as points, -1 to 1.
    """

    candidates: tuple[Candidate, ...]
    letters: float | None
    closeness: float


class Lexicon:
    """The opened lexicon; cheap to open, safe to open in many processes at once."""

    def __init__(self, path: Path) -> None:
        arrays, about = open_archive(path)
        made, ours = (about["normaliser"], about.get("layout", 1)), (NORMALISER, LAYOUT)
        if made != ours:
            raise ArchiveError(f"{path}: built with normaliser and layout {made}, this code has {ours}; build it again")
        if "point" not in arrays:
            raise ArchiveError(f"{path}: unpacked by an earlier version; open the packed file instead")
        self._use(arrays, about)

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, Array], about: Mapping[str, Any]) -> Lexicon:
        """A lexicon that is in no file yet: expanded arrays, and what they are about."""
        lexicon = cls.__new__(cls)
        lexicon._use(arrays, about)
        return lexicon

    def _use(self, arrays: Mapping[str, Array], about: Mapping[str, Any]) -> None:
        self.version: str = about["version"]
        self.counts: dict[str, int] = about["counts"]
        self._a = {name: array.data for name, array in arrays.items()}  # indexing gives plain ints, fast
        self._near = NearNames(arrays)
        self._points = Points(arrays)
        self._key_at = lru_cache(maxsize=1 << 14)(self._key)

    @classmethod
    def open(cls, path: Path | None = None) -> Lexicon:
        """Opens a lexicon file, packed (`.zst`, unpacked once a machine) or unpacked; None is the shipped one.

        Raises: FileNotFoundError; ArchiveError if the file is damaged or of another normaliser.
        """
        return cls(find_lexicon(path))

    def lookup(self, name: str, type: str) -> tuple[str, ...]:
        """Concept ids that a name may mean for the tagger's type (Gene, Chemical, Disease), best first."""
        return tuple(dict.fromkeys(c.concept_id for c in self.candidates(name, type)))

    def candidates(self, name: str, type: str, *, key: str | None = None) -> tuple[Candidate, ...]:
        """What a name may mean, each concept once by its best name; `key` is a variant of the name's own key."""
        best: dict[int, Candidate] = {}
        for index in self._surfaces_under(name_key(name) if key is None else key):
            surface = self._string("surface", index)
            fit = case_fit(name, surface, titled=type != "Gene")
            if fit is not None:
                self._add_holders(best, index, surface, fit, type)
        return tuple(sorted(best.values()))

    def candidates_by_words(self, words: str) -> tuple[Candidate, ...]:
        """Diseases one of whose names has this set of words (`words.words_key`), each once by its best name."""
        best: dict[int, Candidate] = {}
        hashes, wanted = self._a["words_hash"], words_hash(words)
        place = bisect_left(hashes, wanted)
        while words and place < len(hashes) and hashes[place] == wanted:
            index = self._a["words_surface"][place]
            surface = self._string("surface", index)
            if words_key(surface) == words:
                self._add_holders(best, index, surface, NEAR, "Disease")
            place += 1
        return tuple(sorted(best.values()))

    def candidates_alike(self, name: str, *, searched: int, closest: int) -> list[Alike]:
        """The diseases' names most like this one: so many by their letters, and so many that lie closest as points.

        A single word is held against the letters of single words that begin like it alone: "sleep" is no sleep
        disorder, and "plasticity" no spasticity.
        """
        words, found = words_of_name(name), []
        closeness = self._points.closeness(words)
        for near in self._near.search(words, limit=searched):
            surface = self._string("surface", near.surface)
            if len(words) == 1 and not _is_word_like(words, words_of_name(surface)):
                continue
            close = self._points.of_surface(closeness, near.surface)
            found.append(Alike(self._diseases_of(near.surface), near.cosine, close))
        for place, close in self._points.closest(closeness, limit=closest):
            alike = self.candidates_by_words(words_key(self._string("surface", place)))
            found.append(Alike(alike or self._diseases_of(place), None, close))
        return found

    def senses(self, short: str) -> tuple[Sense, ...]:
        """What a short form stands for in abstracts that define it, commonest first."""
        starts = self._a["sense_start"]
        shorts = range(len(starts) - 1)
        place = bisect_left(shorts, short, key=lambda i: self._string("short", i))
        if place == len(shorts) or self._string("short", place) != short:
            return ()
        return tuple(map(self._sense, range(starts[place], starts[place + 1])))

    def concept(self, concept_id: str) -> Concept | None:
        """The concept of an id; None for an id that the lexicon does not hold."""
        index = self._place(concept_id)
        if index is None:
            return None
        start, end = self._a["posting_start"][index : index + 2]
        name, *synonyms = (self._string("surface", i) for i in self._a["posting_surface"][start:end])
        xrefs = tuple(x for x in self._string("xref", index).split("\n") if x)
        taxon = TAXA[self._a["concept_taxon"][index]] or None
        return Concept(concept_id, TYPES[self._a["concept_type"][index]], name, tuple(synonyms), xrefs, taxon)

    def edges(self, concept_id: str) -> tuple[LexiconEdge, ...]:
        """What the vocabularies state of a concept, as subject or as object, sorted."""
        place = self._place(concept_id)
        if place is None:
            return ()
        subjects, objects, order = self._a["edge_subject"], self._a["edge_object"], self._a["edge_by_object"]
        rows = list(range(bisect_left(subjects, place), bisect_left(subjects, place + 1)))
        low, high = (bisect_left(order, p, key=objects.__getitem__) for p in (place, place + 1))
        rows += order[low:high]
        return tuple(sorted({self._edge(r) for r in rows}))

    def orthologs(self, concept_id: str) -> tuple[str, ...]:
        """The human genes that a mouse or rat gene is an ortholog of."""
        return tuple(
            e.object for e in self.edges(concept_id) if e.predicate == "ORTHOLOG_OF" and e.subject == concept_id
        )

    def all_ids(self) -> frozenset[str]:
        """Every concept id and cross-reference; reads the whole table (a second): for benchmarks."""
        return frozenset(id for id, _ in self.ids())

    def ids(self) -> Iterator[tuple[str, str]]:
        """Every concept id and cross-reference, each with its concept's id; reads the whole table (a second)."""
        for concept_id, xrefs in zip(self._strings("concept_id"), self._strings("xref"), strict=True):
            yield concept_id, concept_id
            yield from ((xref, concept_id) for xref in xrefs.split("\n") if xref)

    def search(self, prefix: str, *, limit: int = 10) -> tuple[tuple[str, str], ...]:
        """Names that start like this one, with a concept id each, in the order of their keys: for "did you mean"."""
        key, found = name_key(prefix), dict[str, str]()
        index = self._first_at(key)
        while key and index < len(self) and len(found) < limit and self._key(index).startswith(key):
            for concept, _ in self._holders(index):
                found.setdefault(self._string("concept_id", concept), self._string("surface", index))
            index += 1
        return tuple((name, concept) for concept, name in found.items())[:limit]

    def names(self) -> Iterator[tuple[str, str]]:
        """Every name with each tagger's type (Gene, Chemical, Disease) that it may stand for; some seconds."""
        kinds = self._a["concept_type"]
        for index in range(len(self)):
            held = {kinds[concept] for concept, _ in self._holders(index)}
            for type, family in _FAMILIES.items():
                if held & family:
                    yield self._string("surface", index), type

    def surfaces(self, places: Iterable[int]) -> list[str]:
        """The surface forms at these places."""
        return [self._string("surface", place) for place in places]

    def __len__(self) -> int:
        """How many distinct names there are."""
        return len(self._a["surface_offset"]) - 1

    # ------------------------------------------------------------------------------------- inside

    def _diseases_of(self, surface: int) -> tuple[Candidate, ...]:
        """The diseases that have this surface form."""
        best: dict[int, Candidate] = {}
        self._add_holders(best, surface, self._string("surface", surface), NEAR, "Disease")
        return tuple(sorted(best.values()))

    def _surfaces_under(self, key: str) -> Iterator[int]:
        if not key:
            return
        index = self._first_at(key)
        while index < len(self) and self._key(index) == key:
            yield index
            index += 1

    def _first_at(self, key: str) -> int:
        """The first surface form whose key is not below `key`; the top of the bisection stays in a cache."""
        low, high = 0, len(self)
        depth = 0
        while low < high:
            middle = (low + high) // 2
            probe = self._key_at(middle) if depth < 12 else self._key(middle)
            if probe < key:
                low = middle + 1
            else:
                high = middle
            depth += 1
        return low

    def _key(self, index: int) -> str:
        return name_key(self._string("surface", index))

    def _sense(self, row: int) -> Sense:
        gene, chemical, disease = (self._a[f"sense_{type.lower()}"][row] for type in ENTITY_TYPES)
        first, last = self._a["sense_word_start"][row : row + 2]
        return Sense(
            (self._concept_at(gene), self._concept_at(chemical), self._concept_at(disease)),
            self._a["sense_documents"][row],
            tuple((self._a["sense_word"][i], self._a["sense_weight"][i] / 50) for i in range(first, last)),
        )

    def _concept_at(self, number: int) -> str:
        """The id of the number-th concept, counted from 1; 0 is none."""
        return self._string("concept_id", number - 1) if number else ""

    def _add_holders(self, best: dict[int, Candidate], index: int, surface: str, fit: int, type: str) -> None:
        for concept, rank in self._holders(index):
            kind = self._a["concept_type"][concept]
            if kind in _FAMILIES[type]:
                taxon = TAXA[self._a["concept_taxon"][concept]]
                found = Candidate(rank, fit, self._string("concept_id", concept), TYPES[kind], taxon, surface)
                if concept not in best or found < best[concept]:
                    best[concept] = found

    def _holders(self, surface: int) -> Iterator[tuple[int, int]]:
        start, end = self._a["holder_start"][surface : surface + 2]
        for posting in self._a["holder_posting"][start:end]:
            yield self._a["posting_concept"][posting], self._a["posting_rank"][posting]

    def _string(self, table: str, index: int) -> str:
        offsets = self._a[f"{table}_offset"]
        return str(self._a[f"{table}_blob"][offsets[index] : offsets[index + 1]], "utf-8")

    def _strings(self, table: str) -> Iterator[str]:
        blob, offsets = bytes(self._a[f"{table}_blob"]), self._a[f"{table}_offset"].tolist()
        return (blob[start:end].decode() for start, end in pairwise(offsets))

    def _place(self, concept_id: str) -> int | None:
        places = range(len(self._a["concept_type"]))
        low = bisect_left(places, concept_id, key=lambda i: self._string("concept_id", i))
        return low if low < len(places) and self._string("concept_id", low) == concept_id else None

    def _edge(self, row: int) -> LexiconEdge:
        subject = self._string("concept_id", self._a["edge_subject"][row])
        object_ = self._string("concept_id", self._a["edge_object"][row])
        return LexiconEdge(subject, PREDICATES[self._a["edge_predicate"][row]], object_)


def _is_word_like(word: frozenset[str], other: frozenset[str]) -> bool:
    return len(other) == 1 and min(word)[0] == min(other)[0]
