"""JSON lines to document rows: one object a line, plain or gzip.

Fields: `pmid` (number or text) or `id` (kept as it is); `title` and `abstract`, or `text`, whose offsets are then
the caller's own; `year`, else `year_est`; `journal`, `publication_types`, `mesh`, `chemicals`, `revision`, `deleted`,
`retracted`, `retracts` where given; other fields are not read. A line without an id is named by a hash of its text.
`mesh` and `chemicals` keep only CURIEs (`mesh:D000001`): names are not ids.

Knows nothing of sentences or models. Trade-off: rows of one id must carry a `revision` to say which is newer.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Final

from engine.read.chunks import BrokenStreamError, ByteStream, read_chunks
from engine.read.flatten import clean
from engine.read.rows import Row, document_row, join_text, reject_row
from engine.schema import text_doc_id

LINE_LIMIT_BYTES: Final = 64 << 20
_YEARS: Final = range(1500, 2101)


class _BadLineError(Exception):
    """A line that gives no document; `kind` is the error's short name."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind


def read_jsonl(stream: ByteStream, source_file: str) -> Iterator[Row]:
    """Yield a row for every line that is not blank; a line that cannot be read is a row with `errors`.

    `record` is the number of the line, from 1.
    """
    number = 0
    lines = _cut_lines(read_chunks(stream))
    while True:
        number += 1
        try:
            line = next(lines, None)
        except BrokenStreamError as error:
            yield reject_row(source_file=source_file, record=number, kind="broken_stream", reason=str(error), raw=b"")
            return
        if line is None:
            break
        if not line.strip():
            continue
        try:
            yield _read_line(line, source_file, number)
        except _BadLineError as error:
            yield reject_row(source_file=source_file, record=number, kind=error.kind, reason=str(error), raw=line)
    if number == 1:
        yield reject_row(source_file=source_file, record=1, kind="empty", reason="the file is empty", raw=b"")


def _cut_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Lines without their ends; a line past the limit comes out in pieces, none of which is good JSON."""
    rest = bytearray()
    for chunk in chunks:
        *lines, tail = chunk.split(b"\n")
        for line in lines:
            yield bytes(rest) + line
            rest.clear()
        rest += tail
        if len(rest) > LINE_LIMIT_BYTES:
            yield bytes(rest)
            rest.clear()
    if rest:
        yield bytes(rest)


def _read_line(line: bytes, source_file: str, number: int) -> Row:
    try:
        entry = json.loads(line.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError) as error:
        raise _BadLineError("bad_json", str(error)) from error
    if not isinstance(entry, dict):
        raise _BadLineError("bad_json", f"expected an object, found {type(entry).__name__}")
    title = clean(_text(entry, "title"))
    text = _text(entry, "text") or join_text(title, clean(_text(entry, "abstract")))
    deleted = entry.get("deleted") is True
    if not text.strip() and not deleted:
        raise _BadLineError("no_text", f"no title, abstract or text among {sorted(entry)}")
    return document_row(
        doc_id=_doc_id(entry) or text_doc_id(text),
        source_file=source_file,
        record=number,
        revision=_integer(entry, "revision") or 0,
        deleted=deleted,
        retracted=entry.get("retracted") is True,
        retracts=_texts(entry, "retracts"),
        title=title,
        text=text,
        year=_year(entry),
        journal=clean(_text(entry, "journal")) or None,
        publication_types=_texts(entry, "publication_types"),
        mesh=[curie for curie in _texts(entry, "mesh") if curie.startswith("mesh:")],
        chemicals=[curie for curie in _texts(entry, "chemicals") if curie.startswith("mesh:")],
    )


def _doc_id(entry: dict[str, object]) -> str:
    """`PMID:123`, else the caller's id, else nothing."""
    pmid = str(entry.get("pmid") or "").strip().removeprefix("PMID:")
    if pmid.isascii() and pmid.isdecimal():
        return f"PMID:{int(pmid)}"
    if pmid:
        raise _BadLineError("bad_pmid", f"pmid is no number: {pmid!r}")
    identity = entry.get("id")
    if isinstance(identity, bool) or not isinstance(identity, str | int | None):
        raise _BadLineError("bad_id", f"id is neither text nor a number: {identity!r}")
    return str(identity).strip() if identity is not None else ""


def _text(entry: dict[str, object], key: str) -> str:
    value = entry.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise _BadLineError("bad_field", f"{key} is no text: {type(value).__name__}")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise _BadLineError("bad_field", f"{key} holds half a surrogate pair") from error
    return value


def _texts(entry: dict[str, object], key: str) -> list[str]:
    value = entry.get(key)
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _integer(entry: dict[str, object], key: str) -> int | None:
    value = entry.get(key)
    if isinstance(value, str) and value.strip().isdecimal():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _year(entry: dict[str, object]) -> int | None:
    for key in ("year", "year_est"):
        year = _integer(entry, key)
        if year in _YEARS:
            return year
    return None
