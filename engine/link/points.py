"""Names as points: names of one thing lie near each other, though they share few letters.

A name is the mean of the rows that its pieces have in a table: its words, and the runs of four letters in them. The
table is learned from names that mean one concept and names that don't (`learn_points.py`), so "cognitive
deterioration" lies by "cognition disorders". Knows nothing of concepts. Trade-off: the order of words is lost, and
pieces share rows, which keeps the table at two million bytes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from engine.link.near import run_codes

Array = npt.NDArray[Any]

ROWS: Final = 1 << 15
SIZE: Final = 64
_RUNS_SALT: Final = 4  # what tells the numbers of runs from those of words
_BASE: Final = 0x01000193
_APART: Final = 0
_AT_ONCE: Final = 1 << 13  # names


def pieces(names: Sequence[Collection[str]]) -> tuple[Array, Array]:
    """The table's rows of names, each given as the set of its words.

    Returns: rows (m,), int64, and where each name's begin, (n,); a name of no words has one row.
    """
    if not names:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    texts = [b"".join(b"\0<" + w.encode("ascii", "ignore") + b">" for w in sorted(words)) or b"\0<>" for words in names]
    letters = np.frombuffer(b"".join(texts) + b"\0", np.uint8)
    owner = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
    apart = np.flatnonzero(letters == _APART)
    rows, owners = [_row(_words(letters, apart[:-1]), salt=0)], [owner[apart[:-1]]]
    codes, whole = run_codes(letters)
    begins = np.flatnonzero(whole)
    rows.append(_row(codes[begins], salt=_RUNS_SALT))
    owners.append(owner[begins])
    by_owner = np.argsort(np.concatenate(owners), kind="stable")
    counts = np.bincount(np.concatenate(owners), minlength=len(texts))
    return np.concatenate(rows)[by_owner], np.cumsum(counts) - counts


def vectors(table: Array, names: Sequence[Collection[str]]) -> Array:
    """The points of names, of length 1. Shapes: `table` (ROWS, SIZE); the result (n, SIZE), float32."""
    found = [np.zeros((0, table.shape[1]), np.float32)]
    for begin in range(0, len(names), _AT_ONCE):
        rows, starts = pieces(names[begin : begin + _AT_ONCE])
        summed = np.add.reduceat(table[rows].astype(np.float32), starts, axis=0)
        found.append(summed / np.maximum(np.linalg.norm(summed, axis=1, keepdims=True), 1e-9))
    return np.concatenate(found)


def _words(letters: Array, apart: Array) -> Array:
    """A number for each word, the letters from one gap to the next."""
    place = np.arange(len(letters)) - apart[np.searchsorted(apart, np.arange(len(letters)), "right") - 1]
    powers = np.cumprod(np.full(int(place.max()) + 1, _BASE, np.uint32), dtype=np.uint32)
    codes: Array = np.add.reduceat(letters.astype(np.uint32) * powers[place], apart, dtype=np.uint32)
    return codes


def _row(codes: Array, *, salt: int) -> Array:
    """The row of each number: its bits mixed, as rolling sums differ in the low ones alone."""
    mixed = (codes ^ np.uint32(salt * 0x9E3779B1 & 0xFFFFFFFF)) * np.uint32(0x85EBCA6B)
    mixed = (mixed ^ mixed >> np.uint32(13)) * np.uint32(0xC2B2AE35)
    return ((mixed ^ mixed >> np.uint32(16)) % np.uint32(ROWS)).astype(np.int64)


class Points:
    """The points of a lexicon's diseases, ready to be searched; shares the arrays that it is given."""

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self._table = arrays["point_table"].reshape(ROWS, SIZE)
        self._points = arrays["point"].reshape(-1, SIZE)
        self._surfaces = arrays["point_surface"]
        self._named, self._point_of = arrays["near_surface"], arrays["point_of"]

    def closeness(self, words: Collection[str]) -> Array:
        """The cosine of each point with the one of a name with these words, float32."""
        cosines: Array = self._points @ vectors(self._table, [words])[0]
        return cosines

    def closest(self, closeness: Array, *, limit: int) -> list[tuple[int, float]]:
        """The closest names, one surface form for each set of words, at most `limit` of them, the closest first."""
        limit = min(limit, len(closeness))
        best = np.argpartition(-closeness, limit - 1)[:limit] if limit else np.zeros(0, np.int64)
        best = best[np.argsort(-closeness[best], kind="stable")]
        return [(int(self._surfaces[i]), float(closeness[i])) for i in best.tolist()]

    def of_surface(self, closeness: Array, surface: int) -> float:
        """How close a disease's surface form is."""
        return float(closeness[self._point_of[np.searchsorted(self._named, surface)]])
