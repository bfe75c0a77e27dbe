"""What a vocabulary says of one concept, while the lexicon is being built; and reading the vocabularies' tables.

Knows nothing of any one vocabulary. Trade-off: everything is held in memory (about 2 GB while building), since a
build happens once a release.
"""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final

from engine.link.normalise import name_key

CURATED: Final = 0  # our own word on a name that the vocabularies lack or give to another concept
ANNOTATED: Final = 1  # what annotators of abstracts mean by the name
PREFERRED: Final = 2  # official symbol, preferred name
FULL_NAME: Final = 3  # a gene's full name, FamPlex's names, the preferred name of a vocabulary joined to the concept
SYNONYM: Final = 4
WEAK: Final = 5  # a synonym that means something else as well: links only with the document's support


build_key = lru_cache(maxsize=1 << 21)(name_key)  # `name_key`, remembered: a build asks for each name's several times


class VocabularyError(ValueError):
    """A vocabulary file that is missing or has other columns than expected."""


@dataclass(slots=True)
class Entry:
    """One concept: its names by rank (the best rank of a name counts), cross-references and taxon."""

    concept_id: str
    type: str
    name: str
    taxon: str = ""
    names: dict[str, int] = field(default_factory=dict)
    xrefs: set[str] = field(default_factory=set)

    def add(self, name: str, rank: int) -> None:
        """Adds a name, or raises the rank of one that is there."""
        name = " ".join(name.split())
        if name and rank < self.names.get(name, 9):
            self.names[name] = rank


@dataclass(frozen=True, slots=True, order=True)
class LexiconEdge:
    """What a vocabulary states between two concepts."""

    subject: str
    predicate: str
    object: str


def read_table(path: Path, columns: tuple[str, ...], *, delimiter: str = "\t") -> Iterator[tuple[str, ...]]:
    """Rows of a gzipped table with a head line, as the named columns.

    Raises: VocabularyError if the file is missing or lacks a column.
    """
    if not path.is_file():
        raise VocabularyError(f"{path}: no such vocabulary file; --data must hold vocab/{path.name}")
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = csv.reader(file) if delimiter == "," else (line.rstrip("\r\n").split(delimiter) for line in file)
        head = next(rows)
        missing = [c for c in columns if c not in head]
        if missing:
            raise VocabularyError(f"{path}: expected the columns {', '.join(columns)}; {', '.join(missing)} missing")
        places = [head.index(c) for c in columns]
        for row in rows:
            yield tuple(row[p] if p < len(row) else "" for p in places)


def split(field_text: str) -> list[str]:
    """The parts of a field that holds several values between bars."""
    return [part.strip() for part in field_text.split("|") if part.strip()]
