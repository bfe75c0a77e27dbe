"""Names as points: names of one thing lie near each other, though they share few letters.

A name is the mean of the rows that its pieces have in a table: its words, and the runs of four letters in them. The
table is learned from names that mean one concept and names that don't (`learn_points.py`), so "cognitive
deterioration" lies by "cognition disorders". Knows nothing of concepts. Trade-off: the order of words is lost, and
pieces share rows, which keeps the table at two million bytes.

Many names are searched at once, by one matrix product. Coordinates are whole numbers, `UNIT` to the length of one, so
that every partial sum of a product is a whole number below 2 ** 24: float32 holds it exactly, in whatever order it is
summed, and how close two names are doesn't depend on which others are searched with them. It moves a cosine by 0.0001.
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
UNIT: Final = 4000  # (UNIT + half the root of SIZE) ** 2, the longest product after rounding, is below 2 ** 24
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
    """The points of names, of length `UNIT`. Shapes: `table` (ROWS, SIZE); the result (n, SIZE), float32, whole."""
    found = [np.zeros((0, table.shape[1]), np.float32)]
    for begin in range(0, len(names), _AT_ONCE):
        rows, starts = pieces(names[begin : begin + _AT_ONCE])
        summed = np.add.reduceat(table[rows].astype(np.float64), starts, axis=0)
        lengths = np.sqrt(np.square(summed).sum(axis=1, keepdims=True))
        found.append(np.rint(summed * UNIT / np.maximum(lengths, 1)).astype(np.float32))
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

    def closeness(self, names: Sequence[Collection[str]]) -> Array:
        """How close each point is to each name, given as the set of its words.

        Returns: cosines times the square of `UNIT`, shape (n_names, n_points), float32, whole numbers.
        """
        products: Array = vectors(self._table, names) @ self._points.T
        return products


def cosines(closeness: Array, places: Array | Sequence[int]) -> list[float]:
    """One name's `closeness` to the points at these places, as cosines."""
    found: list[float] = (closeness[np.asarray(places, np.int64)].astype(np.float64) / UNIT**2).tolist()
    return found
