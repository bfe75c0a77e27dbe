"""What every reader makes: a row of `SOURCE_ROW`, for a document that was read or for a record that was not.

Knows nothing of formats. A row is a plain dict here because readers fill it field by field; it becomes an
Arrow table, and is checked against the schema, in `engine.read.files`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Any, Final

from engine.schema import FULL_TEXT

Row = dict[str, Any]

# How much of an unreadable record a reject keeps, so that one broken file cannot fill the memory.
RAW_LIMIT_BYTES: Final = 1 << 20

SECTION_SEPARATOR: Final = " > "  # between the titles that make the label of a section of a full text
HEADING_END: Final = ".: "  # no part of a label: "Background:"
_YEAR: Final = re.compile(r"(?<!\d)(?:1[5-9]|20)\d\d(?!\d)")
_MOST_DIGITS: Final = 18


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


def lay_out(title: str, parts: Iterable[tuple[str, str]]) -> Row:
    """`title`, `text` and `sections` of a document whose text after the title comes in parts: (label, text).

    The parts stand on lines of their own; a label is in `sections`, not in the text. Blank parts are left out.
    """
    kept: list[str] = []
    sections: list[dict[str, str | int]] = []
    start = len(title) + 1
    for label, part in parts:
        if not part.strip():
            continue
        if label:
            sections.append({"label": label, "start": start, "end": start + len(part)})
        kept.append(part)
        start += len(part) + 1
    return {"title": title, "text": join_text(title, "\n".join(kept)), "sections": sections}


def name_document(identity: str) -> str:
    """`PMID:123` for a number of up to 18 digits; what is none is no PMID but its owner's id, and is kept as it is."""
    identity = identity.strip()
    number = identity.removeprefix("PMID:").strip()
    return identity if (value := parse_number(number)) is None else f"PMID:{value}"


def parse_number(text: str) -> int | None:
    """The number that ASCII digits write; None for anything else, and for what 64 bits may not hold."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS else None


def number_revision(*, version: int = 1, date: int = 0, file: int = 0, full_text: bool = False) -> int:
    """One number that is higher for the newer form of a document, in whatever order the forms arrive.

        10^18 for a full text + version * 10^15 + yyyymmdd * 10^7 + number of the file

    A full text holds its abstract and more, so it stands above every form of the abstract.
    """
    return (FULL_TEXT if full_text else 0) + version * 10**15 + date * 10**7 + file


def find_year(*candidates: str | None) -> int | None:
    """The first year that one of the texts names, 1500 to 2099."""
    for text in candidates:
        if found := _YEAR.search(text or ""):
            return int(found[0])
    return None
