"""Names that are spelt like a name: a disease's by the runs of letters that their words share, rare runs weighing more.

"bladder inflammatory changes" finds "bladder inflammation". A name is cut into the runs of four letters of its words,
in the forms that `words` gives them, and names are compared by the cosine of their runs' weights (inverse document
frequency). Knows nothing of concepts. Trade-off: runs of very many names are counted in the lengths of names and not
followed, which keeps a search at a millisecond.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

_RUN: Final = 4  # letters: a run is a number of 32 bits
_MOST_NAMES: Final = 6000  # of a run that is followed
_APART: Final = b"\0"


@dataclass(frozen=True, slots=True)
class Near:
    """A name (its place among the surface forms) that shares runs with the one asked for.

    `shared`, `missed`, `added`: weight of the runs that both have, that only the one asked for has, and only this one.
    """

    surface: int
    shared: float
    missed: float
    added: float

    @property
    def cosine(self) -> float:
        """Likeness from 0 to 1."""
        return self.shared / float(np.sqrt((self.shared + self.missed) * (self.shared + self.added)))


def near_arrays(surfaces: Array, words: Iterable[Collection[str]]) -> dict[str, Array]:
    """The index of surface forms, each given with the set of its words.

    Returns: `near_surface` (n,); `near_length` (n,), the weight of all runs of each; `near_run` (m,), sorted, with
        `near_weight` (m,) and the places in `near_surface` of its names, `near_name`, from `near_start` (m + 1,) on.
    """
    texts = [_spell(some) for some in words]
    letters = np.frombuffer(b"".join(texts), np.uint8)
    owners = np.repeat(np.arange(len(texts), dtype=np.uint64), [len(text) for text in texts])
    codes, whole = run_codes(letters)
    pairs = np.unique((codes.astype(np.uint64) | owners[: len(codes)] << np.uint64(32))[whole])
    runs, names = (pairs & np.uint64(0xFFFFFFFF)).astype(np.uint32), (pairs >> np.uint64(32)).astype(np.uint32)
    order = np.argsort(runs, kind="stable")
    found, counts = np.unique(runs, return_counts=True)
    weights = (np.log(max(1, len(texts)) / (1 + counts)).clip(min=0) ** 2).astype(np.float32)
    lengths = np.bincount(names, weights=weights[np.searchsorted(found, runs)], minlength=len(texts))
    followed = np.repeat(counts <= _MOST_NAMES, counts)
    starts = np.concatenate([[0], np.cumsum(np.where(counts <= _MOST_NAMES, counts, 0))])
    return {
        "near_surface": surfaces.astype(np.uint32),
        "near_length": lengths.astype(np.float32),
        "near_run": found,
        "near_weight": weights,
        "near_start": starts.astype(np.uint32),
        "near_name": names[order][followed],
    }


class NearNames:
    """The index, ready to be searched; shares the arrays that it is given."""

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self._a = {name: array for name, array in arrays.items() if name.startswith("near_")}
        count = max(1, len(self._a["near_surface"]))
        self._unknown = float(np.log(count) ** 2)  # weight of a run that no name has

    def search(self, words: Collection[str], *, limit: int) -> list[Near]:
        """The names most like one with these words, at most `limit` of them, the likest first."""
        codes, whole = run_codes(np.frombuffer(_spell(words), np.uint8))
        runs = np.unique(codes[whole])
        known = self._a["near_run"]
        places = np.searchsorted(known, runs)
        held = [p for p, run in zip(places.tolist(), runs.tolist(), strict=True) if p < len(known) and known[p] == run]
        weights, starts = self._a["near_weight"], self._a["near_start"]
        length = float(weights[held].sum()) + self._unknown * (len(runs) - len(held))
        shared = np.zeros(len(self._a["near_surface"]), np.float32)
        for place in held:
            shared[self._a["near_name"][starts[place] : starts[place + 1]]] += weights[place]
        touched = np.flatnonzero(shared)
        likeness = shared[touched] / np.sqrt(self._a["near_length"][touched])
        if len(touched) > limit:
            likely = likeness >= np.partition(likeness, -limit)[-limit]
            touched, likeness = touched[likely], likeness[likely]
        best = touched[np.argsort(-likeness, kind="stable")[:limit]]
        return [
            Near(
                int(self._a["near_surface"][i]),
                float(shared[i]),
                max(0.0, length - float(shared[i])),
                max(0.0, float(self._a["near_length"][i] - shared[i])),
            )
            for i in best.tolist()
        ]


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
