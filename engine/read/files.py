"""Input paths to files, and a file to Arrow tables in exactly `SOURCE_ROW`. Needs neither Ray nor a network.

The format goes by the file's name, or by its beginning where the name has no ending; gzip is recognised by its first
bytes, whatever the name says.
To add a format: write `engine/read/<format>.py` with one reading function and name it in `FORMATS`.
"""

from __future__ import annotations

import contextlib
import glob
import io
import logging
import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Final

import pyarrow as pa

from engine.read.chunks import BrokenStreamError, ByteStream, read_chunks
from engine.read.jsonl import read_jsonl
from engine.read.pubmed_xml import read_pubmed_xml
from engine.read.rows import Row, reject_row
from engine.schema import SOURCE_ROW

Reader = Callable[[ByteStream, str], Iterator[Row]]

FORMATS: Final[dict[str, Reader]] = {".xml": read_pubmed_xml, ".jsonl": read_jsonl}
TABLE_ROWS: Final = 256
# A table also ends at this many characters, so that a few very long documents do not make a very large one.
TABLE_TEXT_CHARS: Final = 4 << 20

HEAD_BYTES: Final = 1 << 16
_PUBMED: Final = re.compile(rb"<(?:Pubmed(?:Book)?Article(?:Set)?|MedlineCitation(?:Set)?|BookDocument(?:Set)?)[\s>]")

_log = logging.getLogger(__name__)


def find_reader(path: str, head: bytes = b"") -> Reader | None:
    """The reader for a file: by its name, and where the name has no ending at all, by how the file begins.

    Returns: None for a format that we do not know.
    """
    name = path.rsplit("/", 1)[-1].lower().removesuffix(".gz")
    for suffix, reader in FORMATS.items():
        if name.endswith(suffix):
            return reader
    return read_pubmed_xml if "." not in name and _PUBMED.search(_unpacked(head)) else None


def _unpacked(head: bytes) -> bytes:
    chunks = read_chunks(io.BytesIO(head))
    with contextlib.suppress(BrokenStreamError):  # a head is always cut off
        return next(chunks, b"")
    return b""


def _find_local_reader(path: str) -> Reader | None:
    with open(path, "rb") as stream:
        return find_reader(path, stream.read(HEAD_BYTES))


def list_inputs(paths: Iterable[str]) -> list[str]:
    """Files for paths, folders (searched to any depth) and globs: absolute, sorted, each once.

    A file of unknown format inside a folder or glob is left out, named in the log and counted there; one that was
    named itself stays in the list, and reading it gives a row that says so. Hidden files are left out.
    Raises: FileNotFoundError if a path or glob names nothing.
    """
    named: set[str] = set()
    found: set[str] = set()
    for path in paths:
        if Path(path).is_file():
            named.add(str(Path(path).absolute()))
            continue
        matches = [path] if Path(path).is_dir() else glob.glob(path, recursive=True)
        if not matches:
            raise FileNotFoundError(f"no such file or folder, and no glob that matches: {path}")
        for match in map(Path, matches):
            files = match.rglob("*") if match.is_dir() else [match]
            found.update(
                str(file.absolute())
                for file in files
                if file.is_file() and not any(part.startswith(".") for part in file.relative_to(match).parts)
            )
    unknown = sorted(file for file in found - named if _find_local_reader(file) is None)
    for file in unknown:
        _log.warning("left out, no known format: %s", file)
    if unknown:
        _log.warning("%d files left out: known formats are %s, also as .gz", len(unknown), ", ".join(FORMATS))
    return sorted((found | named) - set(unknown))


def read_file(path: str) -> Iterator[pa.Table]:
    """Yield a local file's documents as tables of at most `TABLE_ROWS` rows.

    Raises: FileNotFoundError if there is no such file; whatever is wrong inside it comes as rows with `errors`.
    """
    with open(path, "rb") as stream:
        yield from read_tables(stream, path)


def read_tables(stream: ByteStream, path: str) -> Iterator[pa.Table]:
    """Yield a stream's documents as tables; the same bytes give the same tables in every reading."""
    head = stream.read(HEAD_BYTES)
    reader = find_reader(path, head)
    rows = reader(_Rejoined(head, stream), path) if reader else iter([_unknown_format(path)])
    while batch := list(_take_batch(rows)):
        yield pa.Table.from_pylist(batch, schema=SOURCE_ROW)


class _Rejoined:
    """A stream that cannot seek, with the bytes that were read to look at it put back in front."""

    def __init__(self, head: bytes, stream: ByteStream) -> None:
        self._head = head
        self._stream = stream

    def read(self, size: int, /) -> bytes:
        """The head first, then the stream."""
        if self._head:
            head, self._head = self._head, b""
            return head
        return self._stream.read(size)


def _take_batch(rows: Iterator[Row]) -> Iterator[Row]:
    chars = 0
    for row in islice(rows, TABLE_ROWS):
        yield row
        chars += len(row["text"]) + len(row["raw"] or b"")
        if chars >= TABLE_TEXT_CHARS:
            return


def _unknown_format(path: str) -> Row:
    known = ", ".join(FORMATS)
    reason = f"no known format: expected a name that ends in {known}, with or without .gz"
    return reject_row(source_file=path, record=1, kind="unknown_format", reason=reason, raw=b"")
