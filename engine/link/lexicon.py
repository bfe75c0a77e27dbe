"""The lexicon as every actor opens it: memory-mapped, names to concepts, concepts to what vocabularies state.

Knows nothing of documents or of how it was built. Trade-off: a name is found by bisection over the sorted surface
forms, whose keys are recomputed on the way (about 60 microseconds a name, memoised by callers), which saves storing
and sharing a million keys.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from engine.link.archive import ArchiveError, open_archive, unpack_once
from engine.link.entry import LexiconEdge
from engine.link.layout import PREDICATES, TAXA, TYPES, expand
from engine.link.normalise import NORMALISER, case_fit, name_key

SHIPPED: Final = Path(__file__).parent.parent / "weights" / "lexicon" / "lexicon.zst"

_FAMILIES: Final = {
    "Gene": frozenset({TYPES.index("Gene"), TYPES.index("GeneFamily")}),
    "Chemical": frozenset({TYPES.index("Chemical"), TYPES.index("Drug")}),
    "Disease": frozenset({TYPES.index("Disease"), TYPES.index("Phenotype")}),
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


class Lexicon:
    """The opened lexicon; cheap to open, safe to open in many processes at once."""

    def __init__(self, path: Path) -> None:
        arrays, about = open_archive(path)
        if about["normaliser"] != NORMALISER:
            raise ArchiveError(
                f"{path}: built with normaliser {about['normaliser']}, this code has {NORMALISER}; build it again"
            )
        self.version: str = about["version"]
        self.counts: dict[str, int] = about["counts"]
        self._a = {name: array.data for name, array in arrays.items()}  # indexing gives plain ints, fast
        self._key_at = lru_cache(maxsize=1 << 14)(self._key)

    @classmethod
    def open(cls, path: Path | None = None) -> Lexicon:
        """Opens a lexicon file, packed (`.zst`, unpacked once a machine) or unpacked; None is the shipped one.

        Raises: FileNotFoundError; ArchiveError if the file is damaged or of another normaliser.
        """
        path = SHIPPED if path is None else path
        if not path.is_file():
            raise FileNotFoundError(f"{path}: no lexicon here; make one with `hypograph lexicon build`")
        return cls(unpack_once(path, expand=expand) if path.suffix == ".zst" else path)

    def lookup(self, name: str, type: str) -> tuple[str, ...]:
        """Concept ids that a name may mean for the tagger's type (Gene, Chemical, Disease), best first."""
        return tuple(dict.fromkeys(c.concept_id for c in self.candidates(name, type)))

    def candidates(self, name: str, type: str, *, key: str | None = None) -> tuple[Candidate, ...]:
        """What a name may mean, each concept once by its best name; `key` is a variant of the name's own key."""
        allowed = _FAMILIES[type]
        best: dict[int, Candidate] = {}
        for index in self._surfaces_under(name_key(name) if key is None else key):
            surface = self._string("surface", index)
            fit = case_fit(name, surface, titled=type != "Gene")
            if fit is None:
                continue
            for concept, rank in self._holders(index):
                kind = self._a["concept_type"][concept]
                if kind not in allowed:
                    continue
                taxon = TAXA[self._a["concept_taxon"][concept]]
                found = Candidate(rank, fit, self._string("concept_id", concept), TYPES[kind], taxon, surface)
                if concept not in best or found < best[concept]:
                    best[concept] = found
        return tuple(sorted(best.values()))

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
        places = range(len(self._a["concept_type"]))
        ids = {self._string("concept_id", i) for i in places}
        return frozenset(ids.union(*(self._string("xref", i).split("\n") for i in places)) - {""})

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

    def __len__(self) -> int:
        """How many distinct names there are."""
        return len(self._a["surface_offset"]) - 1

    # ------------------------------------------------------------------------------------- inside

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

    def _holders(self, surface: int) -> Iterator[tuple[int, int]]:
        start, end = self._a["holder_start"][surface : surface + 2]
        for posting in self._a["holder_posting"][start:end]:
            yield self._a["posting_concept"][posting], self._a["posting_rank"][posting]

    def _string(self, table: str, index: int) -> str:
        offsets = self._a[f"{table}_offset"]
        return str(self._a[f"{table}_blob"][offsets[index] : offsets[index + 1]], "utf-8")

    def _place(self, concept_id: str) -> int | None:
        places = range(len(self._a["concept_type"]))
        low = bisect_left(places, concept_id, key=lambda i: self._string("concept_id", i))
        return low if low < len(places) and self._string("concept_id", low) == concept_id else None

    def _edge(self, row: int) -> LexiconEdge:
        subject = self._string("concept_id", self._a["edge_subject"][row])
        object_ = self._string("concept_id", self._a["edge_object"][row])
        return LexiconEdge(subject, PREDICATES[self._a["edge_predicate"][row]], object_)
