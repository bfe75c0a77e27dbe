"""Named fields to a document: what JSON lines, CSV and Parquet have in common.

Fields: `pmid` (number or text), else `id`, else `doc_id` (kept as they are); `title`, `abstract` and `body`, whose
lines are its paragraphs, or `text`, whose offsets are then the caller's own, with `sections` (label, start, end) in it;
`year`, else `year_est`; `journal`, `publication_types`, `mesh`, `chemicals`, `revision`, `deleted`, `retracted`,
`retracts` where given; other fields are not read. A document without an id is named by a hash of its text.
`mesh` and `chemicals` keep only CURIEs (`mesh:D000001`): names are not ids.

Knows nothing of files. Trade-off: rows of one id must carry a `revision` to say which is newer; without one, a row with
a body stands above those without.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.read.flatten import clean
from engine.read.format import BadRecordError
from engine.read.rows import Row, lay_out, number_revision, parse_number
from engine.schema import text_doc_id

TEXT_FIELDS: Final = ("title", "abstract", "body", "text")
LIST_FIELDS: Final = ("publication_types", "mesh", "chemicals", "retracts")
FLAG_FIELDS: Final = ("deleted", "retracted")
FIELDS: Final = (
    *("pmid", "id", "doc_id", "year", "year_est", "journal", "revision", "sections"),
    *(*TEXT_FIELDS, *LIST_FIELDS, *FLAG_FIELDS),
)
_YEARS: Final = range(1500, 2101)


def read_fields(entry: Mapping[str, object]) -> Row:
    """The fields of a document's row.

    Raises: BadRecordError if there is no title, abstract, body or text, or one of the fields can't be what it says.
    """
    title = clean(_text(entry, "title"))
    own_text = _text(entry, "text")
    laid_out = _lay_out(entry, title) if not own_text else {"text": own_text, "sections": _sections(entry, own_text)}
    text = str(laid_out["text"])
    deleted = entry.get("deleted") is True
    if not text.strip() and not deleted:
        raise BadRecordError("no_text", f"no title, abstract, body or text among {sorted(map(str, entry))}")
    is_full = not own_text and bool(_text(entry, "body").strip())
    return {
        "doc_id": _doc_id(entry) or text_doc_id(text),
        "revision": _integer(entry, "revision") or (number_revision(full_text=True) if is_full else 0),
        "deleted": deleted,
        "retracted": entry.get("retracted") is True,
        "retracts": _texts(entry, "retracts"),
        "title": title,
        "text": text,
        "sections": laid_out["sections"],
        "year": _year(entry),
        "journal": clean(_text(entry, "journal")) or None,
        "publication_types": _texts(entry, "publication_types"),
        "mesh": [curie for curie in _texts(entry, "mesh") if curie.startswith("mesh:")],
        "chemicals": [curie for curie in _texts(entry, "chemicals") if curie.startswith("mesh:")],
    }


def _lay_out(entry: Mapping[str, object], title: str) -> Row:
    """Title, abstract, and the paragraphs of the body, each on a line of its own."""
    paragraphs = [clean(line) for line in _text(entry, "body").splitlines()]
    body = "\n".join(paragraph for paragraph in paragraphs if paragraph)
    abstract = clean(_text(entry, "abstract"))
    return lay_out(title, [("Abstract" if body else "", abstract), ("Body", body)])


def _doc_id(entry: Mapping[str, object]) -> str:
    """`PMID:123`, else the caller's id, else nothing."""
    pmid = str(entry.get("pmid") or "").strip().removeprefix("PMID:")
    if (number := parse_number(pmid)) is not None:
        return f"PMID:{number}"
    if pmid:
        raise BadRecordError("bad_pmid", f"pmid is no number: {pmid[:60]!r}")
    for key in ("id", "doc_id"):
        identity = entry.get(key)
        if isinstance(identity, bool) or not isinstance(identity, str | int | None):
            raise BadRecordError("bad_id", f"{key} is neither text nor a number: {identity!r}")
        if identity is not None and str(identity).strip():
            return str(identity).strip()
    return ""


def _text(entry: Mapping[str, object], key: str) -> str:
    value = entry.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadRecordError("bad_field", f"{key} is no text: {type(value).__name__}")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise BadRecordError("bad_field", f"{key} holds half a surrogate pair") from error
    return value


def _texts(entry: Mapping[str, object], key: str) -> list[str]:
    value = entry.get(key)
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


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
        found.append({"label": label, "start": start, "end": end})
    return found


def _integer(entry: Mapping[str, object], key: str) -> int | None:
    value = entry.get(key)
    if isinstance(value, str):
        return parse_number(value.strip())
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    if not -(2**63) <= value < 2**63:
        raise BadRecordError("bad_field", f"{key} is a number beyond 64 bits")
    return value


def _year(entry: Mapping[str, object]) -> int | None:
    for key in ("year", "year_est"):
        year = _integer(entry, key)
        if year in _YEARS:
            return year
    return None
