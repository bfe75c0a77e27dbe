"""What the encoder is told of a word besides its pieces: its letter case, and the names of the lexicon it stands in.

A small uncased encoder has seen few names and no capitals; both cues come almost free. A name cue is a hint and no
decision: most names mean something else somewhere, and the encoder learns from context which to believe. Names are kept
as 32-bit hashes of their letters and digits, so two names in a million words are confused by chance.
Source: gazetteer features for neural taggers, e.g. Liu et al. 2019 (10.18653/v1/P19-1524).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final
from zlib import crc32

import numpy as np

from engine.link.archive import ArchiveError, compress, decompress, pack, read_archive
from engine.link.english import ENGLISH_WORDS
from engine.link.normalise import NORMALISER, fold
from engine.schema import ENTITY_TYPES

NAMES_FILE: Final = "names.zst"
CASES: Final = ("Upper", "Title", "Mixed")
CUES: Final = (*CASES, *(f"{place} {type}" for type in ENTITY_TYPES for place in ("Begin", "Inside")))

_ABOUT: Final = {"kind": "names", "normaliser": NORMALISER, "cues": list(CUES)}
_MAX_LETTERS: Final = 30
_MAX_WORDS: Final = 12
_NO_LETTER = re.compile(r"[^a-z0-9]+")
_SHORTEST_PLURAL: Final = 4


class NameList:
    """Names of genes, chemicals and diseases, found in a text by the hash of their letters.

    Shapes: `hashes` (n_names,) sorted, uint32; `types` (n_names,) uint8, bit t set for `ENTITY_TYPES[t]`.
    """

    def __init__(self, hashes: np.ndarray, types: np.ndarray) -> None:
        self.hashes = hashes
        self.types = types

    @classmethod
    def of(cls, names: Iterable[tuple[str, str]]) -> NameList:
        """Collect (name, entity type) pairs; names too long to be worth their room are left out."""
        types: dict[int, int] = {}
        for name, type in names:
            letters = _letters(name)
            if 2 <= len(letters) <= _MAX_LETTERS and not letters.isdigit():
                key = crc32(letters)
                types[key] = types.get(key, 0) | 1 << ENTITY_TYPES.index(type)
        hashes = np.array(sorted(types), dtype=np.uint32)
        return cls(hashes, np.array([types[key] for key in hashes.tolist()], dtype=np.uint8))

    @classmethod
    def open(cls, path: Path) -> NameList:
        """Read a names file.

        Raises: FileNotFoundError; ArchiveError if it is damaged, or made by code that spells names or orders cues
        otherwise.
        """
        source = str(path)
        arrays, about = read_archive(decompress(path.read_bytes(), source=source), source=source)
        if about != _ABOUT or 4 * len(arrays["types"]) != len(arrays["gaps"]):
            raise ArchiveError(
                f"{path}: names of {about}, this code reads those of {_ABOUT}; train or fetch the model again"
            )
        gaps = arrays["gaps"].reshape(4, -1).T.copy().view("<u4").ravel()
        return cls(np.cumsum(gaps, dtype=np.uint64).astype(np.uint32), arrays["types"])

    def save(self, path: Path) -> None:
        """Write the names as gaps between sorted hashes, byte plane by byte plane: 1.6 bytes a name."""
        gaps = np.diff(self.hashes, prepend=np.uint32(0)).astype("<u4").view(np.uint8).reshape(-1, 4).T
        path.write_bytes(
            compress(pack({"gaps": np.ascontiguousarray(gaps).ravel(), "types": self.types}, about=_ABOUT))
        )

    def mark(self, words: Sequence[str]) -> np.ndarray:
        """Mark the names that stand in a text: for each type the leftmost ones, of these the longest.

        Returns: shape (n_words, 2 * n_types), uint8, in the order of `CUES` after the cases.
        """
        marks = np.zeros((len(words), 2 * len(ENTITY_TYPES)), dtype=np.uint8)
        runs, hashes = _runs(words)
        if not runs or not len(self.hashes):
            return marks
        keys = np.array(hashes, dtype=np.uint32)
        place = np.minimum(np.searchsorted(self.hashes, keys), len(self.hashes) - 1)
        types = np.where(self.hashes[place] == keys, self.types[place], 0)
        hits = sorted((runs[hit][0], -runs[hit][1], int(types[hit])) for hit in np.flatnonzero(types).tolist())
        for bit in range(len(ENTITY_TYPES)):
            free = 0
            for first, minus_last, named in hits:
                if named >> bit & 1 and first >= free:
                    free = -minus_last
                    marks[first, 2 * bit] = 1
                    marks[first + 1 : free, 2 * bit + 1] = 1
        return marks


def mark_cases(words: Sequence[str]) -> np.ndarray:
    """Shape (n_words, 3), uint8: all capitals, a capital first, capitals elsewhere (a lone capital too)."""
    marks = np.zeros((len(words), len(CASES)), dtype=np.uint8)
    for row, word in enumerate(words):
        if not word.islower() and word.lower() != word:
            marks[row, 2 if len(word) == 1 else 0 if word.isupper() else 1 if word.istitle() else 2] = 1
    return marks


def _letters(text: str) -> bytes:
    lowered = (text if text.isascii() else fold(text)).lower()
    return (lowered if lowered.isalnum() and lowered.isascii() else _NO_LETTER.sub("", lowered)).encode()


def _runs(words: Sequence[str]) -> tuple[list[tuple[int, int]], list[int]]:
    """Word ranges that may be a name, and their hashes.

    One that ends in a plural is also tried without its s. A lone English word is none unless it is in capitals.
    """
    letters = [_letters(word) for word in words]
    runs: list[tuple[int, int]] = []
    hashes: list[int] = []
    for first, head in enumerate(letters):
        if not head:
            continue
        key, length = 0, 0
        for last, part in enumerate(letters[first : first + _MAX_WORDS], first + 1):
            if not part:
                continue
            length += len(part)
            if length > _MAX_LETTERS:
                break
            plural = part.endswith(b"s") and len(part) >= _SHORTEST_PLURAL and not words[last - 1].isupper()
            singular = crc32(part[:-1], key) if plural else None
            key = crc32(part, key)
            if last == first + 1 and not words[first].isupper():
                if words[first].lower() in ENGLISH_WORDS:
                    continue
                if words[first][:-1].lower() in ENGLISH_WORDS:
                    singular = None
            runs.append((first, last))
            hashes.append(key)
            if singular is not None:
                runs.append((first, last))
                hashes.append(singular)
    return runs, hashes
