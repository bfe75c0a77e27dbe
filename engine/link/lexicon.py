"""The lexicon as every actor opens it: memory-mapped, names to concepts, concepts to what vocabularies state.

Knows nothing of documents or of how it was built. Trade-off: a name is found by 32 bits of its key among all
names' (a few microseconds), which takes eight bytes a name, and its key is recomputed to be sure.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from engine.link.archive import ArchiveError, Array, open_archive, unpack_once
from engine.link.entry import LexiconEdge
from engine.link.layout import DISEASES, EXPANDED, LAYOUT, PREDICATES, TAXA, TYPES, expand
from engine.link.near import Near, NearNames, largest
from engine.link.normalise import NEAR, NORMALISER, case_fit, name_key
from engine.link.points import Points, cosines
from engine.link.senses import Sense
from engine.link.words import words_hash, words_key, words_of_name
from engine.schema import ENTITY_TYPES, TAGGED_AS

SHIPPED: Final = Path(__file__).parent.parent / "weights" / "lexicon" / "lexicon.zst"

_AT_ONCE: Final = 32  # names: each takes 370 kB while it is searched
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

    `concepts`: ids, the best first, each with the rank that it has the name at; `letters`: likeness of their letters, 0
    to 1, None if it was found as a point; `closeness`: as points, -1 to 1.
    """

    concepts: tuple[tuple[str, int], ...]
    letters: float | None
    closeness: float


class Lexicon:
    """The opened lexicon; cheap to open, safe to open in many processes at once."""

    def __init__(self, path: Path) -> None:
        arrays, about = open_archive(path)
        made, ours = (about["normaliser"], about.get("layout", 1)), (NORMALISER, LAYOUT)
        if made != ours:
            raise ArchiveError(f"{path}: built with normaliser and layout {made}, this code has {ours}; build it again")
        if "key_hash" not in arrays:
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
            point = self._a["words_point"][place]
            if words_key(self._string("surface", self._a["point_surface"][point])) == words:
                start, end = self._a["point_form_start"][point : point + 2]
                for index in self._a["point_form"][start:end]:
                    self._add_holders(best, index, self._string("surface", index), NEAR, "Disease")
                break
            place += 1
        return tuple(sorted(best.values()))

    def candidates_alike(self, names: Sequence[str], *, searched: int, closest: int) -> Iterator[list[Alike]]:
        """For each name the diseases' names most like it: so many by their letters, so many that lie closest as points.

        What is found for a name doesn't depend on the others; together they cost less.
        A single word is held against the letters of single words that begin like it alone: "sleep" is no sleep
        disorder, and "plasticity" no spasticity.
        """
        for begin in range(0, len(names), _AT_ONCE):
            words = [words_of_name(name) for name in names[begin : begin + _AT_ONCE]]
            yield from self._alike(words, searched=searched, closest=closest)

    def senses(self, short: str) -> tuple[Sense, ...]:
        """What a short form stands for in texts that define it, commonest first."""
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
        index = bisect_left(range(len(self)), key, key=self._key)
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

    def _alike(self, names: Sequence[frozenset[str]], *, searched: int, closest: int) -> Iterator[list[Alike]]:
        closeness = self._points.closeness(names)
        for words, row, best in zip(names, closeness, largest(closeness, closest), strict=True):
            spelt = [near for near in self._near.search(words, limit=searched) if self._may_be_spelt(words, near)]
            close = zip(spelt, cosines(row, [near.words for near in spelt]), strict=True)
            found = [Alike(self._meant_by(near.surface), near.cosine, cosine) for near, cosine in close]
            points = zip(best.tolist(), cosines(row, best), strict=True)
            yield found + [Alike(self._meant_at(point), None, cosine) for point, cosine in points]

    def _meant_by(self, surface: int) -> tuple[tuple[str, int], ...]:
        """The diseases that have this surface form, with their ranks."""
        kinds = self._a["concept_type"]
        held = sorted((rank, concept) for concept, rank in self._holders(surface) if kinds[concept] in DISEASES)
        return tuple((self._string("concept_id", concept), rank) for rank, concept in held)

    def _meant_at(self, point: int) -> tuple[tuple[str, int], ...]:
        """The diseases whose names lie at this point, with their best ranks."""
        starts, concepts, ranks = self._a["point_concept_start"], self._a["point_concept"], self._a["point_rank"]
        places = range(starts[point], starts[point + 1])
        return tuple([(self._string("concept_id", concepts[i]), ranks[i]) for i in places])

    def _may_be_spelt(self, words: frozenset[str], near: Near) -> bool:
        """Whether the letters of a name of these words may be held against those of a surface form."""
        if len(words) != 1:
            return True
        if self._a["point_words"][near.words] != 1:
            return False
        (word,) = words_of_name(self._string("surface", near.surface))
        return word[0] == min(words)[0]

    def _surfaces_under(self, key: str) -> Iterator[int]:
        hashes, wanted = self._a["key_hash"], words_hash(key)
        place = bisect_left(hashes, wanted) if key else len(hashes)
        while place < len(hashes) and hashes[place] == wanted:
            index = self._a["key_surface"][place]
            if self._key(index) == key:
                yield index
            place += 1

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
