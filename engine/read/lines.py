"""A text file to lines, or to blocks of lines, in flat memory; knows no format."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from engine.read.chunks import BrokenStreamError
from engine.read.format import RECORD_LIMIT_BYTES, Piece

_SHOWN_BYTES = 60


def cut_lines(chunks: Iterable[bytes]) -> Iterator[Piece]:
    """Yield every line, blank ones too, without its end.

    A line past the limit is one piece `oversized`, its rest left unread; what a stream that breaks off leaves of its
    last line is one `broken_stream`; a file without any line is one `empty`.
    """
    rest = bytearray()
    skipping = anything = False
    try:
        for chunk in chunks:
            *lines, tail = chunk.split(b"\n")
            for line in lines:
                if not skipping:
                    yield Piece("record", (bytes(rest) + line).removesuffix(b"\r"))
                rest.clear()
                skipping, anything = False, True
            if skipping:
                continue
            rest += tail
            if len(rest) > RECORD_LIMIT_BYTES:
                yield Piece("oversized", bytes(rest), f"the line does not end within {len(rest):,} bytes")
                rest.clear()
                skipping = anything = True
    except BrokenStreamError as error:
        yield Piece("broken_stream", bytes(rest), str(error))
        return
    if rest:
        yield Piece("record", bytes(rest).removesuffix(b"\r"))
    elif not anything:
        yield Piece("empty", b"", "the file is empty")


def cut_blocks(chunks: Iterable[bytes], *, start: re.Pattern[bytes]) -> Iterator[Piece]:
    """Yield runs of lines, each begun by a line that `start` matches or by a blank line.

    A run that begins otherwise belongs to no record and is one piece `stray`.
    """
    block: list[bytes] = []
    size = 0
    anything = False
    for piece in cut_lines(chunks):
        line = piece.raw
        blank = piece.kind == "record" and not line.strip()
        whole = piece.kind == "record" and not start.match(line) and size <= RECORD_LIMIT_BYTES
        if block and (blank or not whole):
            broken = piece.kind == "broken_stream"
            joined = b"\n".join([*block, line] if broken else block)
            yield Piece("broken_stream", joined, piece.reason) if broken else _judge(joined, start)
            block, size = [], 0
            if broken:
                return
        if piece.kind != "record":
            yield piece
            anything = True
        elif not blank:
            block.append(line)
            size += len(line)
            anything = True
    if block:
        yield _judge(b"\n".join(block), start)
    elif not anything:
        yield Piece("empty", b"", "the file is empty")


def _judge(block: bytes, start: re.Pattern[bytes]) -> Piece:
    if start.match(block):
        return Piece("record", block)
    shown = block[:_SHOWN_BYTES].decode(errors="replace")
    return Piece("stray", block, f"{len(block):,} bytes that belong to no record, beginning {shown!r}")
