"""Named fields to a document: what JSON lines, CSV and Parquet have in common.

Fields: `pmid` (number or text), else `id`, else `doc_id` (kept as they are); `title`, `abstract` and `body`, whose
lines are its paragraphs, or `text`, whose offsets are then the caller's own, with `sections` (label, start, end) in it;
`year`, else `year_est`; `journal`, `publication_types`, `mesh`, `chemicals`, `revision`, `deleted`, `retracted`,
`retracts` where given; other fields are not read. A document without an id is named by a hash of its text.
`mesh` and `chemicals` keep only CURIEs (`mesh:D000001`): names are not ids. `retracts` names documents as they are
named themselves: beside a `pmid` a number is a PMID.
A number may come as text or as 2011.0, a year as a date; a flag is true, yes or 1, else false, no or 0. What is null,
blank or NaN is not there; what is there and can't be what its field says makes a bad record.

Knows nothing of files. Trade-off: rows of one id must carry a `revision` to say which is newer; without one, a row with
a body stands above those without.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Final

from engine.read.flatten import clean
from engine.read.format import BadRecordError, check_whole
from engine.read.rows import Row, find_year, lay_out, name_document, number_revision, parse_number
from engine.schema import text_doc_id

TEXT_FIELDS: Final = ("title", "abstract", "body", "text")
LIST_FIELDS: Final = ("publication_types", "mesh", "chemicals", "retracts")
FLAG_FIELDS: Final = ("deleted", "retracted")
FIELDS: Final = (
    *("pmid", "id", "doc_id", "year", "year_est", "journal", "revision", "sections"),
    *(*TEXT_FIELDS, *LIST_FIELDS, *FLAG_FIELDS),
)
_FLAGS: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_YEARS: Final = range(1500, 2101)
_SHOWN_CHARS: Final = 60
_MOST_DIGITS: Final = 20  # more hold no number of 64 bits


def read_fields(entry: Mapping[str, object]) -> Row:
    """The fields of a document's row.

    Raises: BadRecordError if there is no title, abstract, body or text, or one of the fields can't be what it says.
    """
    title = clean(_text(entry, "title"))
    own_text = _text(entry, "text")
    laid_out = _lay_out(entry, title) if not own_text else {"text": own_text, "sections": _sections(entry, own_text)}
    text = str(laid_out["text"])
    deleted = _flag(entry, "deleted")
    if not text.strip() and not deleted:
        raise BadRecordError("no_text", f"no title, abstract, body or text among {sorted(map(str, entry))}")
    doc_id = _doc_id(entry)
    is_full = not own_text and bool(_text(entry, "body").strip())
    return {
        "doc_id": doc_id or text_doc_id(text),
        "revision": _revision(entry) or (number_revision(full_text=True) if is_full else 0),
        "deleted": deleted,
        "retracted": _flag(entry, "retracted"),
        "retracts": _retracts(entry, by_pmid=not doc_id or doc_id.startswith("PMID:")),
        "title": title,
        "text": text,
        "sections": laid_out["sections"],
        "year": _year(entry),
        "journal": clean(_text(entry, "journal")) or None,
        "publication_types": [_item(item, "publication_types") for item in _list(entry, "publication_types")],
        "mesh": _curies(entry, "mesh"),
        "chemicals": _curies(entry, "chemicals"),
    }


def _lay_out(entry: Mapping[str, object], title: str) -> Row:
    """Title, abstract, and the paragraphs of the body, each on a line of its own."""
    paragraphs = [clean(line) for line in _text(entry, "body").splitlines()]
    body = "\n".join(paragraph for paragraph in paragraphs if paragraph)
    abstract = clean(_text(entry, "abstract"))
    return lay_out(title, [("Abstract" if body else "", abstract), ("Body", body)])


def _doc_id(entry: Mapping[str, object]) -> str:
    """`PMID:123`, else the caller's id, else nothing."""
    pmid = _whole(str(_value(entry, "pmid") or "").strip().removeprefix("PMID:").strip())
    if (number := parse_number(pmid)) is not None:
        return f"PMID:{number}"
    if pmid:
        raise BadRecordError("bad_pmid", f"pmid is no number: {pmid[:_SHOWN_CHARS]!r}")
    for key in ("id", "doc_id"):
        identity = _value(entry, key)
        if isinstance(identity, bool) or not isinstance(identity, str | int | None):
            raise BadRecordError("bad_id", f"{key} is neither text nor a number: {identity!r}")
        if identity is not None and str(identity).strip():
            return check_whole(str(identity).strip(), key)
    return ""


def _value(entry: Mapping[str, object], key: str) -> object:
    """A field's value; None for NaN, which stands for what is not there, and an integer for a whole float."""
    return _plain(entry.get(key))


def _plain(value: object) -> object:
    if not isinstance(value, float | Decimal):
        return value
    if value != value:
        return None
    return int(value) if math.isfinite(value) and value % 1 == 0 else value


def _whole(number: str) -> str:
    """A number as text without the `.0` that tables with gaps give to whole ones."""
    return number.removesuffix(".0")


def _bad_field(key: str, expected: str, value: object) -> BadRecordError:
    return BadRecordError("bad_field", f"{key} is no {expected}: {repr(value)[:_SHOWN_CHARS]}")


def _text(entry: Mapping[str, object], key: str) -> str:
    value = _value(entry, key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadRecordError("bad_field", f"{key} is no text: {type(value).__name__}")
    return check_whole(value, key)


def _list(entry: Mapping[str, object], key: str) -> list[object]:
    """A list's items but for those that are not there."""
    value = _value(entry, key)
    if value is None or (isinstance(value, str) and not value.strip()):
        return []
    if not isinstance(value, list):
        raise _bad_field(key, "list", value)
    return [item for item in map(_plain, value) if item is not None]


def _item(item: object, key: str) -> str:
    if not isinstance(item, str):
        raise _bad_field(f"an item of {key}", "text", item)
    return check_whole(item, key)


def _retracts(entry: Mapping[str, object], *, by_pmid: bool) -> list[str]:
    items = _list(entry, "retracts")
    names = [_item(str(item) if type(item) is int else item, "retracts").strip() for item in items]
    return [name_document(_whole(name)) if by_pmid else name for name in names if name]


def _curies(entry: Mapping[str, object], key: str) -> list[str]:
    value = entry.get(key)
    items = value if isinstance(value, list) else ()  # names as text, or objects, are no ids either
    return [check_whole(item, key) for item in items if isinstance(item, str) and item.startswith("mesh:")]


def _sections(entry: Mapping[str, object], text: str) -> list[dict[str, object]]:
    value = entry.get("sections")
    found: list[dict[str, object]] = []
    for section in value if isinstance(value, list) else ():
        if not isinstance(section, dict) or not {"label", "start", "end"} <= section.keys():
            continue  # somebody else's field of that name
        label, start, end = section["label"], section["start"], section["end"]
        if not isinstance(label, str) or type(start) is not int or type(end) is not int:
            raise BadRecordError("bad_field", f"a section is label, start and end: {section!r}")
        if not 0 <= start < end <= len(text):
            raise BadRecordError("bad_offset", f"section {label!r} is {start} to {end}, the text has {len(text):,}")
        found.append({"label": check_whole(label, "a section's label"), "start": start, "end": end})
    return found


def _flag(entry: Mapping[str, object], key: str) -> bool:
    value = _value(entry, key)
    word = "" if value is None else _whole(str(value).strip().lower())
    if not word:
        return False
    if not isinstance(value, str | int) or word not in _FLAGS:
        raise _bad_field(key, "flag", value)
    return _FLAGS[word]


def _integer(entry: Mapping[str, object], key: str) -> int | None:
    value = _value(entry, key)
    if isinstance(value, str):
        digits = _whole(value.strip())
        is_number = digits.isascii() and digits.isdecimal() and len(digits) <= _MOST_DIGITS
        value = int(digits) if is_number else digits or None
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise _bad_field(key, "number", value)
    if not -(2**63) <= value < 2**63:
        raise BadRecordError("bad_field", f"{key} is a number beyond 64 bits")
    return value


def _revision(entry: Mapping[str, object]) -> int | None:
    revision = _integer(entry, "revision")
    if revision is not None and revision < 0:  # in a graph these stand for what is only named so far
        raise BadRecordError("bad_field", f"revision is below 0: {revision}")
    return revision


def _year(entry: Mapping[str, object]) -> int | None:
    for key in ("year", "year_est"):
        value = _value(entry, key)
        year = value.year if isinstance(value, date) else find_year(value) if isinstance(value, str) else None
        year = _integer(entry, key) if year is None else year
        if year in _YEARS:
            return year
    return None
