"""What every reader makes: a row of `SOURCE_ROW`, for a document that was read or for a record that was not.

Knows nothing of formats. A row is a plain dict here because readers fill it field by field; it becomes an
Arrow table, and is checked against the schema, in `engine.read.files`.
"""

from __future__ import annotations

import hashlib
from typing import Any, Final

Row = dict[str, Any]

# How much of an unreadable record a reject keeps, so that one broken file cannot fill the memory.
RAW_LIMIT_BYTES: Final = 1 << 20


def document_row(*, doc_id: str, source_file: str, record: int, **fields: object) -> Row:
    """A row for a document; every field that is not given holds its empty value."""
    row: Row = {
        "doc_id": doc_id,
        "revision": 0,
        "deleted": False,
        "retracted": False,
        "retracts": [],
        "title": "",
        "text": "",
        "sections": [],
        "year": None,
        "journal": None,
        "publication_types": [],
        "mesh": [],
        "chemicals": [],
        "source_file": source_file,
        "record": record,
        "raw": None,
        "errors": [],
    }
    return row | fields


def reject_row(*, source_file: str, record: int, kind: str, reason: str, raw: bytes) -> Row:
    """A row for a record that could not be read: it names file, record and reason and keeps the record's bytes.

    `doc_id` is `FILE:<basename>#<record>@<digest of the path>`: two files of one name in two folders stay apart.
    """
    basename = source_file.rsplit("/", 1)[-1]
    digest = hashlib.blake2b(source_file.encode(errors="surrogateescape"), digest_size=4).hexdigest()
    if len(raw) > RAW_LIMIT_BYTES:
        reason = f"{reason} (the first {RAW_LIMIT_BYTES:,} of {len(raw):,} bytes are kept)"
    return document_row(
        doc_id=f"FILE:{basename}#{record}@{digest}",
        source_file=source_file,
        record=record,
        raw=raw[:RAW_LIMIT_BYTES] or None,
        errors=[{"stage": "read", "kind": kind, "message": f"{basename}, record {record}: {reason}"}],
    )


def join_text(title: str, abstract: str) -> str:
    """The document's one text: title, newline, abstract; the title alone where there is no abstract."""
    return f"{title}\n{abstract}" if abstract else title
