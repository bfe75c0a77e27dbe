"""PubTator to document rows: `id|t|title`, `id|a|abstract`, then lines of annotations, which are checked and not kept.

`text` is the title, a newline and the abstract, to the letter, so that offsets are those of the file's annotations;
the title alone where the abstract is blank. A number is a PMID, any other id is kept. The format has no year.

Trade-off: that an annotation's words stand at its offsets is not asked (NCBI Disease, for one, writes blanks for
quotes), only that they lie inside the text: beyond it, a part of the text is missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from engine.read.chunks import ByteStream, as_utf8, read_chunks
from engine.read.format import BadRecordError, Format, Piece, decode, read_pieces
from engine.read.lines import cut_blocks
from engine.read.rows import Row, join_text, name_document, parse_number
from engine.schema import text_doc_id

_START: Final = re.compile(rb"[^|\t\n]{0,200}\|t\|")
_SHOWS: Final = re.compile(rb"\s*[^|\s]{0,200}\|t\|")  # behind words "|t|" is statistics
_RELATION_CELLS: Final = 4
_MENTION_CELLS: Final = 5


def read_pubtator(stream: ByteStream, source_file: str) -> Iterator[Row]:
    """Yield a row for every document of a file, plain or gzip; one that cannot be read is a row with `errors`."""
    return read_pieces(cut_blocks(as_utf8(read_chunks(stream)), start=_START), source_file, _read_document)


FORMAT: Final = Format(
    name="pubtator",
    suffixes=(".pubtator",),
    shared=(".txt",),
    shows=lambda head: _SHOWS.match(head) is not None,
    read=read_pubtator,
)


def _read_document(piece: Piece) -> Row:
    first, *rest = decode(piece.raw).split("\n")
    identity, _, title = first.split("|", 2)
    beginning = f"{identity}|a|"
    if not rest or not rest[0].startswith(beginning):
        found = repr(rest[0][:60]) if rest else "the end of the document"
        raise BadRecordError("no_abstract", f"expected {beginning!r} after the title, found {found}")
    text = join_text(title, rest[0].removeprefix(beginning))
    if not text.strip():
        raise BadRecordError("no_text", f"{identity} has a blank title and a blank abstract")
    _check_annotations(rest[1:], identity, length=len(text))
    return {"doc_id": name_document(identity) or text_doc_id(text), "title": title, "text": text}


def _check_annotations(lines: Iterable[str], identity: str, *, length: int) -> None:
    """Raises: BadRecordError if a line is none, is another document's, or lies outside the text."""
    for line in lines:
        cells = line.split("\t")
        if len(cells) < _RELATION_CELLS or cells[0] != identity:
            raise BadRecordError("bad_line", f"no annotation of {identity}: {line[:80]!r}")
        if len(cells) < _MENTION_CELLS or not cells[1].isdecimal():
            continue  # a relation: id, kind, concept, concept
        start, end = parse_number(cells[1]), parse_number(cells[2])
        if start is None or end is None or not start <= end <= length:
            reason = f"{cells[3][:60]!r} is {cells[1][:20]} to {cells[2][:20]}, the text has {length:,} characters"
            raise BadRecordError("bad_offset", reason)
