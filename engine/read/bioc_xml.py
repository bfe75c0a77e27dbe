"""BioC XML to document rows; what a document's passages mean is in `engine.read.bioc`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from lxml import etree

from engine.read.bioc import Passage, read_passages
from engine.read.chunks import ByteStream, as_utf8, read_chunks
from engine.read.format import BadRecordError, Format, Piece, read_pieces
from engine.read.rows import Row, parse_number
from engine.read.xml_records import cut_records, parse_record

_RECORDS: Final = {"document": ""}
_WRAPPERS: Final = ("collection",)
_HEADERS: Final = ("source", "date", "key", "version", "infon")
_SHOWS: Final = re.compile(rb"<collection[\s>].*<(?:source|document)[\s/>]|<document>\s*<id", re.DOTALL)


def read_bioc_xml(stream: ByteStream, source_file: str) -> Iterator[Row]:
    """Yield a row for every document of a file, plain or gzip; one that cannot be read is a row with `errors`."""
    chunks = as_utf8(read_chunks(stream))
    pieces = cut_records(chunks, records=_RECORDS, wrappers=_WRAPPERS, headers=_HEADERS)
    return read_pieces(pieces, source_file, _read_document)


FORMAT: Final = Format(
    name="bioc-xml",
    suffixes=(".bioc",),
    shared=(".xml",),
    shows=lambda head: _SHOWS.search(head) is not None,
    read=read_bioc_xml,
)


def _read_document(piece: Piece) -> Row:
    document = parse_record(piece)
    passages = [_read_passage(element) for element in document.iterfind("passage")]
    if not passages:
        raise BadRecordError("no_passages", f"document {document.findtext('id')} has no <passage>")
    return read_passages(document.findtext("id") or "", _infons(document), passages)


def _read_passage(element: etree._Element) -> Passage:
    offset = (element.findtext("offset") or "").strip()
    at = parse_number(offset)
    if offset and at is None:
        raise BadRecordError("bad_offset", f"a passage's offset is no number: {offset[:60]!r}")
    text = element.findtext("text")
    if text is None:
        text = " ".join(element.findtext("text") or "" for element in element.iterfind("sentence"))
    return Passage(infons=_infons(element), offset=at, text=text)


def _infons(element: etree._Element) -> dict[str, str]:
    return {infon.get("key", ""): infon.text or "" for infon in element.iterfind("infon")}
