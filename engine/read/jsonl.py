"""JSON lines to document rows: one object a line, plain or gzip; its fields are those of `engine.read.fields`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

from engine.read.chunks import ByteStream, as_utf8, read_chunks
from engine.read.fields import TEXT_FIELDS, read_fields
from engine.read.format import BadRecordError, Format, Piece, read_pieces
from engine.read.lines import cut_lines
from engine.read.rows import Row

# An object that goes on below its first line is none of ours.
_SHOWS: Final = re.compile(rb'\s*\{[^\n]*"(?:%s)"\s*:(?![^\n]*[,{\[]\s*\n)' % "|".join(TEXT_FIELDS).encode())


def read_jsonl(stream: ByteStream, source_file: str) -> Iterator[Row]:
    """Yield a row for every line that is not blank; a line that cannot be read is a row with `errors`.

    `record` is the number of the line, from 1.
    """
    return read_pieces(cut_lines(as_utf8(read_chunks(stream))), source_file, _read_line)


FORMAT: Final = Format(
    name="jsonl",
    suffixes=(".jsonl", ".ndjson"),
    shared=(".json",),
    shows=lambda head: _SHOWS.match(head) is not None,
    read=read_jsonl,
)


def _read_line(piece: Piece) -> Row | None:
    if not piece.raw.strip():
        return None
    try:
        entry = json.loads(piece.raw)
    except (ValueError, RecursionError) as error:
        raise BadRecordError("bad_json", str(error)) from error
    if not isinstance(entry, dict):
        raise BadRecordError("bad_json", f"expected an object, found {type(entry).__name__}")
    return read_fields(entry)
