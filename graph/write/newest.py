"""Decides which row of a document counts, where several shards of a run's folder hold one.

The highest revision counts; among equals the one whose source file comes first, then the first shard by path, then the
first row. Of a full text counts besides what the newest record below it says of a retraction, of it or by it, and
what another full text of the paper says of one: a shard that holds a full text holds no more of the others than that.
So neither how the inputs were cut into shards nor the order in which these are added makes a difference, but where one
record takes back what another says of a retraction.
It knows nothing of graphs.

The trade-off: 36 bytes a document in memory, twice that while runs merge, for a shard that comes as the hundredth may
revise a document of any other, and reading those again would cost the square of the number of shards. Documents are
told apart by a 64-bit hash of their id, another one in each process: the odds that any two of 36 million share
theirs, so that one is left out until the next load, are 1 in 28,000. What records retract is held besides: few do.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from engine.schema import FULL_TEXT
from engine.tables import SaidOfFullTexts, mark_full_texts
from graph.write.shards import read_documents

_PLACE: Final = np.dtype(
    [
        ("revision", np.int64),
        ("source", np.int32),
        ("shard", np.int32),
        ("row", np.int32),
        ("record", np.int64),  # what is said of a retraction: the highest of `_record_numbers`
    ]
)
_NO_RECORD: Final = -1

Hashes = npt.NDArray[np.int64]
Places = npt.NDArray[np.void]  # of _PLACE
Numbers = npt.NDArray[np.intp]


class NewestRows:
    """The one row that counts of each document, over all shards that were added."""

    def __init__(self) -> None:
        self._shards: list[Path] = []
        self._number_by_shard: dict[Path, int] = {}
        self._sources: list[str] = []
        self._number_by_source: dict[str, int] = {}
        self._runs: list[_Run] = []  # a document is in one of them; each is at least twice as long as the next
        # What a record retracts, by its id and revision; what any full text of it does stands at `FULL_TEXT`.
        self._targets: dict[tuple[str, int], tuple[str, ...]] = {}
        self._retracted: set[str] = set()  # documents of which a full text is retracted

    def add(self, shard: Path) -> None:
        """Take in the documents of a shard; one that was added before is not read again."""
        if shard in self._number_by_shard:
            return
        table = read_documents(shard, columns=("doc_id", "revision", "source_file", "deleted", "retracted", "retracts"))
        self._number_by_shard[shard] = len(self._shards)
        self._shards.append(shard)
        for row in table.filter(_names_targets(table)).select(["doc_id", "revision", "retracts"]).to_pylist():
            key = row["doc_id"], min(row["revision"], FULL_TEXT)
            self._targets[key] = tuple(sorted({*self._targets.get(key, ()), *row["retracts"]}))
        self._retracted |= set(table.filter(pa.array(_is_full_text(table) & _is_flagged(table)))["doc_id"].to_pylist())
        hashes, places = self._best_of_shard(table)
        fresh = np.ones(len(hashes), np.bool_)
        for run in self._runs:
            asked, found = run.find(hashes)
            fresh[asked] = False
            record = np.maximum(places["record"][asked], run.places["record"][found])
            for new, old in zip(asked, found, strict=True):
                if self._rank(places[new]) < self._rank(run.places[old]):
                    run.places[old] = places[new]
            run.places["record"][found] = record
        if fresh.any():
            self._append(_Run(hashes[fresh], places[fresh]))

    def of(self, shard: Path, documents: pa.Table) -> pa.Array:
        """Which rows of this added shard's document table count: a mask, shape (n_rows,)."""
        hashes = _hashes(documents)
        counts = np.zeros(len(hashes), np.bool_)
        for run in self._runs:
            asked, found = run.find(hashes)
            places = run.places[found]
            counts[asked] = (places["shard"] == self._number_by_shard[shard]) & (places["row"] == asked)
        return pa.array(counts)

    def mark(self, documents: pa.Table) -> pa.Table:
        """The document table of an added shard, its full texts as others say, see `engine.tables.mark_full_texts`."""
        doc_ids, records = documents["doc_id"].to_pylist(), self._records(documents)
        retracted = self._retracted.union(doc_ids[row] for row in np.flatnonzero(records % 2))
        retracts = {}
        for row in np.flatnonzero(_is_full_text(documents)) if self._targets else ():
            keys = (doc_ids[row], int(records[row]) // 2), (doc_ids[row], FULL_TEXT)
            if named := [target for key in keys for target in self._targets.get(key, ())]:
                retracts[doc_ids[row]] = named
        return mark_full_texts(documents, SaidOfFullTexts(frozenset(retracted.intersection(doc_ids)), retracts))

    def overruling(self, documents: pa.Table) -> pa.Array:
        """Which rows of a shard's document table say a retraction, of or by their full text: shape (n_rows,)."""
        numbers = _record_numbers(documents)
        says = _is_flagged(documents) | _names_targets(documents).to_numpy()
        return pa.array(says & (_is_full_text(documents) | (numbers == self._records(documents))))

    def _records(self, documents: pa.Table) -> Hashes:
        """The highest number of what is said of each of these documents, 0 where nothing is: shape (n_rows,)."""
        hashes = _hashes(documents)
        records = np.zeros(len(hashes), np.int64)
        for run in self._runs:
            asked, found = run.find(hashes)
            records[asked] = np.maximum(run.places["record"][found], 0)
        return records

    def _best_of_shard(self, table: pa.Table) -> tuple[Hashes, Places]:
        """The best row of each document of the shard that was added last, sorted by hash."""
        hashes = _hashes(table)
        names, source = np.unique(
            np.array([name or "" for name in table.column("source_file").to_pylist()], np.str_), return_inverse=True
        )
        places = np.empty(len(hashes), _PLACE)
        places["revision"] = table.column("revision").to_numpy()
        places["source"] = np.array([self._number_of_source(str(name)) for name in names], np.int32)[source]
        places["shard"] = len(self._shards) - 1
        places["row"] = np.arange(len(hashes))
        places["record"] = _record_numbers(table)
        order = np.lexsort((source, -places["revision"], hashes))
        hashes, places = hashes[order], places[order]
        first = np.ones(len(hashes), np.bool_)
        first[1:] = hashes[1:] != hashes[:-1]
        best = places[first]
        if len(best):
            best["record"] = np.maximum.reduceat(places["record"], np.flatnonzero(first))
        return hashes[first], best

    def _number_of_source(self, name: str) -> int:
        if name not in self._number_by_source:
            self._number_by_source[name] = len(self._sources)
            self._sources.append(name)
        return self._number_by_source[name]

    def _rank(self, place: Any) -> tuple[int, str, Path, int]:
        """The order of the rows of one document: the lowest counts."""
        revision, source, shard, row, _ = place.item()
        return -revision, self._sources[source], self._shards[shard], row

    def _append(self, run: _Run) -> None:
        while self._runs and len(self._runs[-1].hashes) < 2 * len(run.hashes):
            run = run.merge(self._runs.pop())
        self._runs.append(run)


@dataclass(frozen=True, slots=True)
class _Run:
    """Documents sorted by hash, and the place of each one's best row. Shape (n,) both."""

    hashes: Hashes
    places: Places

    def find(self, hashes: Hashes) -> tuple[Numbers, Numbers]:
        """Which of `hashes` are here, and where, as numbers into `hashes` and into this run."""
        at = np.searchsorted(self.hashes, hashes)
        at[at == len(self.hashes)] = 0
        asked = np.flatnonzero(self.hashes[at] == hashes)
        return asked, at[asked]

    def merge(self, other: _Run) -> _Run:
        """The documents of both."""
        hashes = np.concatenate([other.hashes, self.hashes])
        order = np.argsort(hashes, kind="stable")  # linear, as both halves are sorted
        return _Run(hashes[order], np.concatenate([other.places, self.places])[order])


def _hashes(documents: pa.Table) -> Hashes:
    doc_ids = documents.column("doc_id").to_pylist()
    return np.fromiter(map(hash, doc_ids), np.int64, len(doc_ids))


def _names_targets(documents: pa.Table) -> pa.ChunkedArray:
    """Which of these documents are notices of a retraction."""
    named = pc.fill_null(pc.list_value_length(documents.column("retracts")), 0)
    return pc.and_not(pc.greater(named, 0), pc.fill_null(documents.column("deleted"), False))


def _is_flagged(documents: pa.Table) -> npt.NDArray[np.bool_]:
    flagged = pc.and_not(documents.column("retracted"), pc.fill_null(documents.column("deleted"), False))
    mask: npt.NDArray[np.bool_] = flagged.fill_null(False).to_numpy()
    return mask


def _is_full_text(documents: pa.Table) -> npt.NDArray[np.bool_]:
    revisions: Numbers = documents.column("revision").to_numpy()
    return revisions >= FULL_TEXT


def _record_numbers(documents: pa.Table) -> Hashes:
    """Twice the revision of each record, one more if it says retracted: shape (n_rows,)."""
    revisions = documents.column("revision").to_numpy()
    is_record = (revisions >= 0) & (revisions < FULL_TEXT)
    return np.where(is_record, 2 * revisions + _is_flagged(documents), _NO_RECORD)
