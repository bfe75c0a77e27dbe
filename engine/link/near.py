"""Names that are spelt like a name: a disease's by the runs of letters that their words share, rare runs weighing more.

"bladder inflammatory changes" finds "bladder inflammation". A name is cut into the runs of four letters of its words,
in the forms that `words` gives them, and names are compared by the cosine of their runs' weights (inverse document
frequency). Surface forms with one set of words have the same runs, so sets are what the index holds. Knows nothing of
concepts. Trade-off: runs of very many names are counted in the lengths of names and not followed, which keeps a search
at a third of a millisecond.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

_RUN: Final = 4  # letters: a run is a number of 32 bits
_MOST_NAMES: Final = 6000  # of a run that is followed
_APART: Final = b"\0"
_GROUP: Final = 64  # values, of which the largest is looked at first
_LEAST: Final = 1e-9  # a likeness above none


@dataclass(frozen=True, slots=True)
class Near:
    """A surface form that shares runs with the name asked for, and the number of its set of words.

    `shared`, `missed`, `added`: weight of the runs that both have, that only the one asked for has, and only this one.
    """

    surface: int
    words: int
    shared: float
    missed: float
    added: float

    @property
    def cosine(self) -> float:
        """Likeness from 0 to 1."""
        return self.shared / math.sqrt((self.shared + self.missed) * (self.shared + self.added))


def near_arrays(words: Sequence[Collection[str]], forms: Array) -> dict[str, Array]:
    """The index of distinct sets of words, each of so many surface forms.

    Returns: `near_length` (n,), the weight of all runs of each set; `near_run` (m,), sorted, with `near_weight` (m,)
        and the numbers of the sets that have it, `near_words`, from `near_start` (m + 1,) on.
    """
    texts = [_spell(some) for some in words]
    letters = np.frombuffer(b"".join(texts), np.uint8)
    owners = np.repeat(np.arange(len(texts), dtype=np.uint64), [len(text) for text in texts])
    codes, whole = run_codes(letters)
    pairs = np.unique((codes.astype(np.uint64) | owners[: len(codes)] << np.uint64(32))[whole])
    runs, holders = (pairs & np.uint64(0xFFFFFFFF)).astype(np.uint32), (pairs >> np.uint64(32)).astype(np.uint32)
    found, place, holding = np.unique(runs, return_inverse=True, return_counts=True)
    counts = np.bincount(place, weights=forms[holders], minlength=len(found))
    weights = (np.log(max(1, forms.sum()) / (1 + counts)).clip(min=0) ** 2).astype(np.float32)
    followed = counts <= _MOST_NAMES
    return {
        "near_length": np.bincount(holders, weights=weights[place], minlength=len(texts)).astype(np.float32),
        "near_run": found,
        "near_weight": weights,
        "near_start": np.concatenate([[0], np.cumsum(np.where(followed, holding, 0))]).astype(np.uint32),
        "near_words": holders[np.argsort(runs, kind="stable")][np.repeat(followed, holding)],
    }


class NearNames:
    """The index, ready to be searched; shares the arrays that it is given.

    Beside those of `near_arrays` it takes each set's surface forms, `point_form`, from `point_form_start` on.
    """

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self._runs, self._weights, self._holders = (arrays[f"near_{name}"] for name in ("run", "weight", "words"))
        self._starts, self._length = arrays["near_start"], arrays["near_length"]
        self._forms, self._form_starts = arrays["point_form"], arrays["point_form_start"]
        self._scale = 1 / np.sqrt(np.maximum(self._length, _LEAST))
        self._unknown = math.log(max(1, len(self._forms))) ** 2  # weight of a run that no name has

    def search(self, words: Collection[str], *, limit: int) -> list[Near]:
        """The names most like one with these words, at most `limit` of them, the likest first."""
        codes, whole = run_codes(np.frombuffer(_spell(words), np.uint8))
        runs = np.unique(codes[whole])
        places = np.searchsorted(self._runs, runs)
        held = places[self._runs[np.minimum(places, len(self._runs) - 1)] == runs] if len(self._runs) else places[:0]
        begins, ends = self._starts[held], self._starts[held + 1]
        if not ends.sum() > begins.sum():
            return []
        holders = [self._holders[begin:end] for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)]
        weights = np.repeat(self._weights[held].astype(np.float64), ends - begins)
        shared = np.bincount(np.concatenate(holders), weights=weights, minlength=len(self._length))
        likeness = shared * self._scale
        (best,) = largest(likeness[np.newaxis], limit, least=_LEAST)
        firsts, lasts = self._form_starts[best].tolist(), self._form_starts[best + 1].tolist()
        forms = sorted(
            (-like, form, number)
            for like, number, first, last in zip(likeness[best].tolist(), best.tolist(), firsts, lasts, strict=True)
            for form in self._forms[first:last].tolist()
        )
        asked = float(self._weights[held].sum()) + self._unknown * (len(runs) - len(held))
        found = []
        for _, form, number in forms[:limit]:
            both = float(shared[number])
            added = float(self._length[number]) - both
            found.append(Near(form, number, both, max(0.0, asked - both), max(0.0, added)))
        return found


def largest(values: Array, limit: int, *, least: float = -math.inf) -> list[Array]:
    """The places of each row's largest values, at most `limit` and none below `least`: the largest, then the first.

    A long row isn't sorted but dealt into groups: as many values as groups reach what the groups' largest do, so that
    only groups whose largest is among the `limit` largest of these are looked through.
    """
    groups = values.shape[1] // _GROUP
    if not 0 < limit <= groups:
        orders = np.argsort(-values, axis=1, kind="stable")[:, :limit]
        return [order[row[order] >= least] for row, order in zip(values, orders, strict=True)]
    dealt = groups * _GROUP
    tops = values[:, :dealt].reshape(-1, _GROUP, groups).max(axis=1)
    bounds = np.maximum(least, np.partition(tops, -limit, axis=1)[:, -limit])
    rounds, rest = np.arange(0, dealt, groups)[:, np.newaxis], np.arange(dealt, values.shape[1])
    found = []
    for row, top, bound in zip(values, tops, bounds, strict=True):
        places = np.concatenate([(rounds + np.flatnonzero(top >= bound)).ravel(), rest])
        places = places[row[places] >= bound]
        found.append(places[np.argsort(-row[places], kind="stable")[:limit]])
    return found


def run_codes(letters: Array) -> tuple[Array, Array]:
    """The run of four letters that begins at each letter, as a number, and whether it lies in one word.

    `letters`: bytes of words, a zero between two of them.
    """
    n = max(0, len(letters) - _RUN + 1)
    parts = [letters[i : i + n] for i in range(_RUN)]
    codes = np.zeros(n, np.uint32)
    for part in parts:
        codes = codes << np.uint32(8) | part.astype(np.uint32)
    return codes, np.logical_and.reduce([part != 0 for part in parts]) if n else np.zeros(0, bool)


def _spell(words: Collection[str]) -> bytes:
    """The words one after another, each with what marks its begin and end; no run reaches over two."""
    return b"".join(b"  " + word.encode("ascii", "ignore") + b" " + _APART for word in sorted(words)) or _APART
