"""Unlabelled texts for a teacher: whatever `engine.read` reads, each document once, in an order that never changes."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.read.files import list_inputs, read_file
from engine.schema import Span
from engine.segment import split_sentences
from engine.storage import is_remote
from engine.train.annotated import CorpusError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Text:
    """An unlabelled document; sentences don't cross `sections`."""

    doc_id: str
    text: str
    sections: tuple[Span, ...]

    def sentences(self) -> list[Span]:
        """Its sentences, cut as extraction cuts them."""
        return split_sentences(self.text, self.sections)


def find_texts(paths: Sequence[str]) -> list[Path]:
    """The files for local files, folders and globs. Raises: CorpusError if one names nothing."""
    if remote := [path for path in paths if is_remote(path)]:
        raise CorpusError(f"texts are read from local files, not from {remote[0]}")
    try:
        return [Path(file) for file in list_inputs(paths)]
    except FileNotFoundError as fault:
        raise CorpusError(str(fault)) from fault


def describe_texts(files: Sequence[Path]) -> list[dict[str, str]]:
    """Name and SHA-256 of each file, for the record and to tell other texts by."""
    described = []
    for file in files:
        with file.open("rb") as content:
            described.append({"file": file.name, "sha256": hashlib.file_digest(content, "sha256").hexdigest()})
    return described


def read_texts(files: Sequence[Path]) -> Iterator[Text]:
    """Yield the documents that have text; the first of those that share an id.

    Raises: CorpusError naming a file that holds none, and what is wrong with its first record.
    """
    seen: set[str] = set()
    for file in files:
        found = repeated = rejected = 0
        reason = "all are empty or deleted"
        for table in read_file(str(file)):
            for row in table.select(["doc_id", "text", "sections", "deleted", "errors"]).to_pylist():
                if row["errors"]:
                    reason = reason if rejected else row["errors"][0]["message"]
                    rejected += 1
                elif row["text"] and row["text"].strip() and not row["deleted"]:
                    found += 1
                    if row["doc_id"] in seen:
                        repeated += 1
                        continue
                    seen.add(row["doc_id"])
                    sections = tuple(Span(s["start"], s["end"]) for s in row["sections"] or ())
                    yield Text(row["doc_id"], row["text"], sections)
        if not found:
            raise CorpusError(f"{file} holds no document with a text: {reason}")
        if repeated or rejected:
            log.warning("%s: left out %d documents that were read before, %d unreadable", file, repeated, rejected)
