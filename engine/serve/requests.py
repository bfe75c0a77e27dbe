"""An HTTP body to document rows, by the very readers of the batch job; and why it is refused.

Documents in JSON are what a line of JSON lines is, see `engine.read.fields`; XML is a file of PubMed, BioC or JATS. A
request is answered whole or not at all: one document that can't be read refuses it, with its number and the reason.
Knows nothing of Ray or models.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from engine.read.files import read_tables
from engine.read.format import AUTO
from engine.read.rows import Row

JSON_TYPES: Final = ("application/json",)
XML_TYPES: Final = ("application/xml", "text/xml")
_GZIP_MAGIC: Final = b"\x1f\x8b"
CHARS_A_UNIT: Final = 1000


class RequestError(Exception):
    """A request that is refused: `status` is HTTP's, the message says what was expected and what came."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Limits:
    """What a request may bring."""

    body_bytes: int
    documents: int

    def check_body(self, size: int) -> None:
        """Raises: RequestError (413) if a body of `size` bytes is too large."""
        if size > self.body_bytes:
            raise RequestError(413, f"the body is larger than {self.body_bytes:,} bytes: send fewer documents at once")

    def check_documents(self, number: int) -> None:
        """Raises: RequestError (413) if there are too many documents."""
        if number > self.documents:
            raise RequestError(413, f"{number:,} documents, at most {self.documents:,} a request")


def read_request(body: bytes, *, content_type: str, limits: Limits) -> list[Row]:
    """The documents of a body as rows of `SOURCE_ROW`, in their order; `content_type` is the header.

    Raises: RequestError, 400 if it can't be read, 413 if it is too large, 415 if the type is another.
    """
    limits.check_body(len(body))
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in JSON_TYPES + XML_TYPES:
        known = ", ".join(JSON_TYPES + XML_TYPES)
        raise RequestError(415, f"Content-Type is {kind or 'missing'}, expected one of {known}")
    if body.startswith(_GZIP_MAGIC):
        raise RequestError(400, "the body is gzip: send it unpacked")
    if not body.strip():
        raise RequestError(400, "the body is empty")
    rows = _read_json(body, limits) if kind in JSON_TYPES else _read_rows(body, "request.xml", format=AUTO)
    if not rows:
        raise RequestError(400, "the body holds no document")
    limits.check_documents(len(rows))
    for number, row in enumerate(rows, start=1):
        for error in row["errors"]:
            reason = error["message"].partition(": ")[2] or error["message"]
            raise RequestError(400, f"document {number} can't be read, {error['kind']}: {reason}")
    return rows


def _read_json(body: bytes, limits: Limits) -> list[Row]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as fault:
        raise RequestError(400, f"the body is no JSON: {fault}") from fault
    documents = _documents_of(content)
    limits.check_documents(len(documents))
    # A document is written as a line again, so that it is read by the same rules as a line of a file.
    try:
        lines = [json.dumps(document).encode() for document in documents]
    except RecursionError as fault:  # what could just be read may be too deep to be written
        raise RequestError(400, f"a document is nested too deep: {fault}") from fault
    return _read_rows(b"\n".join(lines), "request.jsonl", format="jsonl") if documents else []


def _documents_of(content: Any) -> Sequence[Any]:
    if not isinstance(content, dict):
        raise RequestError(400, f"expected an object with text or documents, found {type(content).__name__}")
    if "documents" not in content:
        if "text" not in content:
            raise RequestError(400, f"expected an object with text or documents, found {sorted(content)[:10]}")
        return [content]
    if "text" in content:
        raise RequestError(400, "expected text or documents, found both")
    documents = content["documents"]
    if not isinstance(documents, list):
        raise RequestError(400, f"documents is no list: {type(documents).__name__}")
    return documents


def _read_rows(body: bytes, name: str, *, format: str) -> list[Row]:
    tables = read_tables(io.BytesIO(body), name, format=format)
    rows: Iterator[Row] = (row for table in tables for row in table.to_pylist())
    return list(rows)


def units_of(rows: Sequence[Row]) -> int:
    """The size of some documents in thousands of characters, each at least one: what they cost to read."""
    return sum(max(1, -(-len(row["text"]) // CHARS_A_UNIT)) for row in rows)


def split_rows(rows: Sequence[Row], *, units: int) -> list[list[Row]]:
    """Parts of at most `units`, in order, so that a large request doesn't hold up small ones.

    A document that is longer by itself is a part.
    """
    parts: list[list[Row]] = []
    filled = units
    for row in rows:
        size = units_of([row])
        if filled + size > units:
            parts.append([])
            filled = 0
        parts[-1].append(row)
        filled += size
    return parts
