"""Files of unlabelled text to documents: `.jsonl` and `.txt`, plain or `.gz`.

A line of `.jsonl` is an object with `text`, or `abstract` and, in full papers, `body`; its `title` comes first where
there is one, and its `pmid` is its id. A line of `.txt` is a document. Knows nothing of tokens. Trade-off: all
documents are held in memory (294 MB for 26 million words), because their hash decides which are held out and which
were read before.
"""

from __future__ import annotations

import gzip
import json
import logging
import zlib
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

from engine.train.annotated import Annotated
from engine.train.overlap import DocumentIndex
from engine.train.plan import index_reported, is_carved

log = logging.getLogger(__name__)


class TextError(ValueError):
    """A file of text that cannot be read as such; the message names it."""


def read_documents(
    paths: Sequence[Path],
    *,
    data: Path | None = None,
    without: Collection[str] = (),
    like: Sequence[DocumentIndex] = (),
) -> list[str]:
    """Every different document of the files, in order; `data` holds gold/, whose reported splits are left out.

    `without`: ids ("PMID:...") of documents to leave out besides; `like`: those that these ones repeat.

    Raises: TextError if a file is missing, of another format, damaged, or holds no document; CorpusError if one of the
    corpora is absent.
    """
    documents: dict[str, str] = {}  # text to id, where one of its copies has one
    total = 0
    for path in paths:
        found = list(_read_file(path))
        if not found:
            raise TextError(f"{path} holds no document: expected one a line")
        total += len(found)
        documents.update((text, documents.get(text) or doc_id) for text, doc_id in found if doc_id not in without)
    if total > len(documents):
        log.info("%d of %d documents left out, as asked or because they repeat another", total - len(documents), total)
    apart = [*like, *([] if data is None else [index_reported(data)])]
    if not apart:
        return list(documents)
    kept = [
        text
        for text, doc_id in documents.items()
        if not any(index.matches(Annotated(doc_id, "text", text)) for index in apart)
    ]
    log.info(
        "%d documents left out, because they repeat annotated ones or others' that were given",
        len(documents) - len(kept),
    )
    return kept


def hold_out(documents: Sequence[str], share: float) -> tuple[list[str], list[str]]:
    """Split documents by a hash of their text: those to learn from, and about `share` of them to measure on.

    Raises: TextError if either part is empty.
    """
    kept = [document for document in documents if not is_carved(document, share)]
    held_out = [document for document in documents if is_carved(document, share)]
    if not kept or not held_out:
        raise TextError(
            f"{len(documents)} documents give {len(kept)} to learn from and {len(held_out)} to measure on: "
            "give more text, or another --held-out"
        )
    return kept, held_out


def _read_file(path: Path) -> Iterator[tuple[str, str]]:
    """Text and id of each document; without a PMID the id is empty."""
    suffix = Path(path.name.removesuffix(".gz")).suffix
    if suffix not in _LINE_READERS:
        raise TextError(f"{path} has no known format: expected {' or '.join(_LINE_READERS)}, with or without .gz")
    read_line = _LINE_READERS[suffix]
    try:
        unpack = gzip.open if path.suffix == ".gz" else open
        with unpack(path, "rt", encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, start=1):
                try:
                    document, doc_id = read_line(line.strip())
                    document.encode()  # half a surrogate pair, which JSON can spell, is no text
                except ValueError as fault:
                    raise TextError(f"{path}, line {number}: {fault}") from fault
                if document:
                    yield document, doc_id
    except FileNotFoundError as fault:
        raise TextError(f"{path}: no such file") from fault
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as fault:
        raise TextError(f"{path} cannot be read: {fault}") from fault


def _read_object(line: str) -> tuple[str, str]:
    if not line:
        return "", ""
    entry = json.loads(line)
    if not isinstance(entry, dict):
        raise ValueError(f"expected an object, found {type(entry).__name__}")
    fields = [entry.get(name) or "" for name in ("title", "text", "abstract", "body")]
    if not all(isinstance(value, str) for value in fields):
        raise ValueError("title, text, abstract and body must be text")
    title, text, abstract, body = (value.strip() for value in fields)
    text = text or "\n".join(part for part in (abstract, body) if part)
    doc_id = f"PMID:{entry['pmid']}" if entry.get("pmid") else ""
    return text if text.startswith(title) else f"{title}\n{text}".strip(), doc_id


def _read_line(line: str) -> tuple[str, str]:
    return line, ""


_LINE_READERS: dict[str, Callable[[str], tuple[str, str]]] = {".jsonl": _read_object, ".txt": _read_line}
