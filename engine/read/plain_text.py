"""Plain text to a document row: one file is one document.

`text` is the file's own, so that offsets are those of its characters, save two repairs of the same length: a
carriage return becomes a blank, and so does a line break inside a paragraph of at least three lines of 40 to 120
characters, which is one that an editor wrapped: sentences would end there. The title is a first line that stands
alone before a blank line, or before longer lines. A file whose name says PMID and a number (`PMID-123.txt`) or PMC
and a number is that document; any other is named by a hash of its text, because two folders may hold files of one
name.

UTF-8, or UTF-16 with a byte order mark; a file of another encoding is refused rather than misread.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from engine.read.chunks import BrokenStreamError, ByteStream, as_utf8, read_chunks
from engine.read.format import RECORD_LIMIT_BYTES, BadRecordError, Format, Piece, decode, read_pieces
from engine.read.rows import Row
from engine.schema import text_doc_id

TITLE_LIMIT_CHARS: Final = 300
_WRAPPED_CHARS: Final = range(40, 121)
_WRAPPED_LINES: Final = 3
_PARAGRAPH: Final = re.compile(r"\S[^\n]*(?:\n[^\S\n]*\S[^\n]*)*")
_TITLE: Final = re.compile(r"\s*(\S[^\n]*)\n(?=\s*\S)")
_NAMED: Final = re.compile(r"(PMID|PMC)[-_: ]?(\d+)", re.IGNORECASE)


def read_plain_text(stream: ByteStream, source_file: str) -> Iterator[Row]:
    """Yield the one row of a file, plain or gzip; with `errors` if it is blank or no text."""
    name = source_file.rsplit("/", 1)[-1]
    return read_pieces([_read_whole(stream)], source_file, lambda piece: _read_document(piece, name))


FORMAT: Final = Format(name="text", suffixes=(".txt",), shows=lambda _: False, read=read_plain_text)


def _read_whole(stream: ByteStream) -> Piece:
    content = bytearray()
    try:
        for chunk in as_utf8(read_chunks(stream)):
            content += chunk
            if len(content) > RECORD_LIMIT_BYTES:
                return Piece("oversized", bytes(content), f"more than {RECORD_LIMIT_BYTES:,} bytes of text")
    except BrokenStreamError as error:
        return Piece("broken_stream", bytes(content), str(error))
    return Piece("record", bytes(content)) if content.strip() else Piece("empty", b"", "the file is empty")


def _read_document(piece: Piece, name: str) -> Row:
    text = decode(piece.raw)
    if "\0" in text:
        raise BadRecordError("no_text", "the file holds null characters: it is no text")
    text = _PARAGRAPH.sub(_unwrap, text.replace("\r", " "))
    title = _TITLE.match(text)
    identity = _NAMED.search(name)
    doc_id = text_doc_id(text)
    if identity:
        doc_id = f"PMID:{int(identity[2])}" if identity[1].upper() == "PMID" else f"PMC{int(identity[2])}"
    shown = title[1].strip() if title and len(title[1]) <= TITLE_LIMIT_CHARS else ""
    return {"doc_id": doc_id, "title": shown, "text": text}


def _unwrap(paragraph: re.Match[str]) -> str:
    *full, last = paragraph[0].split("\n")
    wrapped = all(len(line.rstrip()) in _WRAPPED_CHARS for line in full) and len(last) < _WRAPPED_CHARS.stop
    return paragraph[0].replace("\n", " ") if wrapped and len(full) + 1 >= _WRAPPED_LINES else paragraph[0]
