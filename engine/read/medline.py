"""MEDLINE text, PubMed's own export (.nbib, or "Format: PubMed"), to document rows.

A record begins with `PMID- ` and ends at a blank line; a field is a tag of up to four letters, a dash, its text,
and further lines that begin with blanks. `text` is TI, a newline, AB; where TI is missing or says "[Not
Available]", TT (the title in its own language), or a book's BTI. Labels of a structured abstract stand inside AB
and stay there. Year is CTDT's, which only chapters have (their DP is the book's), else DP's, else DEP's; journal JT,
else TA; PT; retractions are RIN and ROF, or RRI and RRF where the paper was published anew. MH and RN hold names
without ids and are not read.
`revision` is that of the PubMed XML of the same day: LR, or DRDT of books, else DCOM, else CTDT, else the year.

Trade-off: the format marks no end, so a file that breaks off is only noticed where the last record lacks the line
that ends a record before it: SO, or a book's accession.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from engine.read.chunks import ByteStream, as_utf8, read_chunks
from engine.read.flatten import clean
from engine.read.format import BadRecordError, Format, Piece, decode, read_pieces
from engine.read.lines import cut_blocks
from engine.read.rows import Row, find_year, join_text, name_document, number_revision

_START: Final = re.compile(rb"PMID- ?")
_LINE: Final = re.compile(r"([A-Z][A-Z0-9]{1,3}) {0,2}-(?: (.*))?")
_LAST: Final = re.compile(rb"^(?:SO {2}-|AID - \S+ \[bookaccession\])", re.MULTILINE)
_ONCE: Final = ("TI", "SO")
_RETRACTED: Final = frozenset({"RIN", "RRI"})
_RETRACTS: Final = ("ROF", "RRF")
_NO_TITLE: Final = re.compile(r"\W*not available\W*", re.IGNORECASE)
_DATE: Final = re.compile(r"(\d{4})(\d{2})(\d{2})")
_PMID: Final = re.compile(r"PMID: *(\d+)")


def read_medline(stream: ByteStream, source_file: str) -> Iterator[Row]:
    """Yield a row for every record of a file, plain or gzip; one that cannot be read is a row with `errors`."""
    pieces = cut_blocks(as_utf8(read_chunks(stream)), start=_START)
    return read_pieces(_mark_cut_off(pieces), source_file, _read_record)


FORMAT: Final = Format(
    name="medline",
    suffixes=(".nbib", ".medline"),
    shared=(".txt",),
    shows=lambda head: _START.match(head.lstrip()) is not None,
    read=read_medline,
)


def _mark_cut_off(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """The same pieces; the last one is `truncated` if it lacks the line that ends the others."""
    waiting: Piece | None = None
    ends = False
    for piece in pieces:
        if waiting:
            ends = ends or _LAST.search(waiting.raw) is not None
            yield waiting
        waiting = piece
    if waiting and waiting.kind == "record" and ends and not _LAST.search(waiting.raw):
        waiting = Piece("truncated", waiting.raw, "the file ends inside this record: no SO, nor a book's accession")
    if waiting:
        yield waiting


def _read_record(piece: Piece) -> Row:
    fields = _read_lines(decode(piece.raw))
    pmid = _first(fields, "PMID")
    if not pmid:
        raise BadRecordError("no_pmid", "the PMID line is blank")
    if doubled := [tag for tag in _ONCE if len(fields.get(tag, ())) > 1]:
        raise BadRecordError("doubled_field", f"{' and '.join(doubled)} stands twice: are these two records?")
    titles = (text for tag in ("TI", "TT", "BTI") if (text := _first(fields, tag)))
    title = next((text for text in titles if not _NO_TITLE.fullmatch(text)), "")
    text = join_text(title, _first(fields, "AB"))
    if not text.strip():
        raise BadRecordError("no_text", f"PMID {pmid} has neither TI nor AB, found {sorted(fields)}")
    year = find_year(_first(fields, "CTDT")[:4], _first(fields, "DP"), _first(fields, "DEP")[:4])
    dates = (_DATE.match(_first(fields, tag)) for tag in ("LR", "DRDT", "DCOM", "CTDT"))
    date = next((int(found[0]) for found in dates if found), (year or 0) * 10_000)
    return {
        "doc_id": name_document(pmid),
        "revision": number_revision(date=date),
        "retracted": not _RETRACTED.isdisjoint(fields) or "Retracted Publication" in fields["PT"],
        "retracts": [name_document(pmid) for tag in _RETRACTS for line in fields[tag] for pmid in _PMID.findall(line)],
        "title": title,
        "text": text,
        "year": year,
        "journal": _first(fields, "JT") or _first(fields, "TA") or None,
        "publication_types": fields["PT"],
    }


def _read_lines(record: str) -> defaultdict[str, list[str]]:
    """The texts of each tag, in order."""
    fields: defaultdict[str, list[str]] = defaultdict(list)
    tag = ""
    for line in record.split("\n"):
        if line[0].isspace() and tag:
            fields[tag][-1] += " " + line
        elif found := _LINE.fullmatch(line):
            tag = found[1]
            fields[tag].append(found[2] or "")
        else:
            raise BadRecordError("bad_line", f"neither a field nor the rest of one: {line[:80]!r}")
    return defaultdict(list, {tag: [clean(text) for text in texts] for tag, texts in fields.items()})


def _first(fields: Mapping[str, list[str]], tag: str) -> str:
    return next(iter(fields.get(tag, ())), "")
