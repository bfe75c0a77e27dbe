"""Which concepts a graph holds beside those that its evidence names: what vocabularies join to them. Pure, no store.

The rule is the one by which a run's entity tables are made (`engine.tables.derive_entities`): a family that is named
brings its members and the families below it, theirs too; then every edge is followed from subject to object, gene to
protein, disease to broader disease. The closure of a union is the union of the closures, so shards can be looked at
one by one.

Concepts and predicates are numbers here, and edges are three arrays: a million of them as Python tuples cost 5 s and
400 MB. The trade-off: edges are followed level by level, and a level costs 50 us, however few concepts it reaches.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from engine.link.families import PREFIX as FAMILY

Numbers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class VocabularyEdges:
    """Edges between concepts, each once, in the order of predicate, subject and object.

    `concepts` and `predicates` are sorted text; the three arrays, shape (n_edges,), are numbers into them.
    """

    concepts: pa.Array
    predicates: pa.Array
    subject: Numbers
    predicate: Numbers
    object: Numbers

    @classmethod
    def of(cls, table: pa.Table) -> Self:
        """The edges of a table with the columns `subject`, `predicate` and `object`, none of them null."""
        ends = pa.chunked_array([*table["subject"].chunks, *table["object"].chunks], pa.string())
        concepts, numbers = _numbered(ends)
        predicates, predicate = _numbered(table["predicate"])
        subject, object_ = numbers[: len(table)], numbers[len(table) :]
        # Numbers are in the order of the texts, so one key an edge sorts as the three texts do.
        n = max(1, len(concepts))
        keys = np.sort((predicate * n + subject) * n + object_)
        keys = keys[np.diff(keys, prepend=-1) > 0]  # a tenth of the time of np.unique
        return cls(concepts, predicates, keys // n % n, keys // (n * n), keys % n)

    def __len__(self) -> int:
        return len(self.subject)

    def where(self, mask: Mask) -> VocabularyEdges:
        """Those edges for which the mask, shape (n_edges,), holds."""
        return VocabularyEdges(
            self.concepts, self.predicates, self.subject[mask], self.predicate[mask], self.object[mask]
        )

    def starting_at(self, subjects: Iterable[str]) -> VocabularyEdges:
        """Those edges whose subject is one of these."""
        is_wanted = np.zeros(len(self.concepts), np.bool_)
        is_wanted[self.numbers_of(subjects)] = True
        return self.where(is_wanted[self.subject])

    def numbers_of(self, concepts: Iterable[str]) -> Numbers:
        """The numbers of these concepts; those that no edge names are left out."""
        return _known(pc.index_in(pa.array(concepts, pa.string()), self.concepts))

    def find(self, subjects: pa.Array, objects: pa.Array) -> Mask:
        """Which of the edges, all of one predicate, join one of these pairs: a mask, shape (n_edges,)."""
        n = max(1, len(self.concepts))
        found = [pc.index_in(ends, self.concepts) for ends in (subjects, objects)]
        is_known = pc.and_(pc.is_valid(found[0]), pc.is_valid(found[1]))
        first, second = (_known(numbers.filter(is_known)) for numbers in found)
        # A load finds all of its edges or few: sorting what is there once is cheaper than a set of a million pairs.
        there = np.sort(first * n + second)
        wanted = self.subject * n + self.object
        at = np.searchsorted(there, wanted)
        at[at == len(there)] = 0
        return there[at] == wanted if len(there) else np.zeros(len(wanted), np.bool_)

    def are_memberships(self) -> Mask:
        """Which edges lead from a member to its family, or from a family to one above it: a mask, shape (n_edges,)."""
        is_member, is_a = (
            self.predicate == pc.index(self.predicates, predicate).as_py() for predicate in ("MEMBER_OF", "IS_A")
        )
        is_family = pc.starts_with(self.concepts, FAMILY).to_numpy(zero_copy_only=False)
        mask: Mask = is_member | (is_a & is_family[self.object])
        return mask

    def table(self) -> pa.Table:
        """Subject and object of each edge as text."""
        return pa.table({"subject": self.concepts.take(self.subject), "object": self.concepts.take(self.object)})


class Vocabulary:
    """Edges between concepts, to be followed either way."""

    def __init__(self, edges: VocabularyEdges) -> None:
        self._edges = edges
        self._objects = _Steps(edges.subject, edges.object, len(edges.concepts))
        belongs = edges.where(edges.are_memberships())
        self._members = _Steps(belongs.object, belongs.subject, len(edges.concepts))

    def closure(self, named: Iterable[str], *, held: Iterable[str] = ()) -> set[str]:
        """The named concepts and what they bring; `held` ones are there for another reason and bring no members."""
        named, held = set(named), set(held)
        reached = np.zeros(len(self._edges.concepts), np.bool_)
        self._members.follow(self._edges.numbers_of(named), reached)
        reached[self._edges.numbers_of(held)] = True
        start = np.flatnonzero(reached)
        self._objects.follow(start, reached)
        return named | held | set(self._edges.concepts.filter(pa.array(reached)).to_pylist())


class _Steps:
    """Where each concept leads, in one direction."""

    def __init__(self, starts: Numbers, ends: Numbers, n_concepts: int) -> None:
        order = np.argsort(starts, kind="stable")
        self._ends = ends[order]
        self._first = np.searchsorted(starts[order], np.arange(n_concepts + 1))
        self._place = np.empty(n_concepts, np.int64)

    def follow(self, start: Numbers, reached: Mask) -> None:
        """Mark these concepts, and all that can be reached from them, in `reached`, shape (n_concepts,)."""
        reached[start] = True
        fresh = start
        while len(fresh):
            first, counts = self._first[fresh], self._first[fresh + 1] - self._first[fresh]
            offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
            ends = self._ends[np.repeat(first, counts) + offsets]
            ends = ends[~reached[ends]]
            reached[ends] = True
            self._place[ends] = places = np.arange(len(ends))
            fresh = ends[self._place[ends] == places]  # each once


def _numbered(texts: pa.ChunkedArray) -> tuple[pa.Array, Numbers]:
    """The different texts, sorted, and the number of each text among them."""
    encoded = pa.concat_arrays(texts.chunks).dictionary_encode() if texts.num_chunks else pa.array([], pa.string())
    if not len(encoded):
        return pa.array([], pa.string()), np.zeros(0, np.int64)
    order = pc.sort_indices(encoded.dictionary).to_numpy()
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return encoded.dictionary.take(order), rank[encoded.indices.to_numpy()]


def _known(numbers: pa.Array) -> Numbers:
    found: Numbers = numbers.drop_null().to_numpy().astype(np.int64)
    return found
