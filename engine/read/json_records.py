"""A JSON file of any length to the bytes of its documents, in flat memory.

A document is an object with the key that its caller names (`passages`), an element of an array under the key of
documents, or an object that stands on a line or in an outermost array by itself: so one collection, a list of
collections, and one document a line are all cut alike. Each is parsed by itself, so a broken one costs itself.
Brackets are all that is looked at; a document that is not closed ends where the next begins, and brackets that
don't fit are told.
Trade-off: a quote that nobody closed hides brackets up to the end of its line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from engine.read.chunks import BrokenStreamError
from engine.read.format import RECORD_LIMIT_BYTES, Piece

_COLON: Final = re.compile(rb"\s*+:")
_ARRAY_OF_OBJECTS: Final = re.compile(rb"\s*+:\s*+\[\s*+[{\]]")
_REST_BLANK: Final = re.compile(rb"\s*+:?\s*+\[?\s*+\Z")
_OPENING: Final = {b"}": b"{", b"]": b"["}
_SHOWN_BYTES: Final = 60


@dataclass(slots=True)
class _Bracket:
    """A bracket that is open: where, which; whether it is a document, holds some, or is the array of documents."""

    start: int
    mark: bytes
    document: bool = False
    holds: bool = False
    array: bool = False


def cut_documents(chunks: Iterable[bytes], *, key: str, array_key: str) -> Iterator[Piece]:
    """Yield the documents' bytes in order, and a piece for everything that is wrong with the file.

    `key` makes an object a document; `array_key` an array that of a collection's documents.
    """
    cutter = _Cutter(key.encode(), array_key.encode())
    broken = ""
    try:
        for chunk in chunks:
            cutter.buffer += chunk
            yield from cutter.cut(ended=False)
    except BrokenStreamError as error:
        broken = str(error)
    yield from cutter.cut(ended=True)
    yield from cutter.finish(broken)


class _Cutter:
    """The part of the file in sight, and the brackets that are open there."""

    def __init__(self, key: bytes, array_key: bytes) -> None:
        self.buffer = bytearray()
        # A bracket or one of the keys, past any other strings; a quote where a string does not end.
        self._token = re.compile(
            rb'(?:[^"{}\[\]]++|"(?!(?:%s|%s)")(?:[^"\\\n]++|\\.)*+")*+([{}\[\]]|"(?:%s|%s)"|")'
            % (key, array_key, key, array_key),
            re.DOTALL,
        )
        self._key = b'"%s"' % key
        self._array_key = b'"%s"' % array_key
        self._open: list[_Bracket] = []
        self._at = 0  # up to where the brackets are counted
        self._done = 0  # the end of the last bracket that stood outside of all others
        self._array_next = False
        self._anything = False

    def cut(self, *, ended: bool) -> Iterator[Piece]:
        """Go through what has come, as far as it can be understood without more."""
        while (token := self._token.match(self.buffer, self._at)) is not None:
            text, start, end = token[1], token.start(1), token.end()
            if text == b'"' and not ended and self.buffer.find(b"\n", start) < 0:
                break  # the string goes on
            if text in (self._key, self._array_key):
                if not ended and _REST_BLANK.match(self.buffer, end):
                    break  # what follows is not known yet
                if (_ARRAY_OF_OBJECTS if text == self._array_key else _COLON).match(self.buffer, end):
                    yield from self._find_key(text, start)
            elif text in (b"{", b"["):
                if not self._open:
                    yield from self._stray(start)
                array = text == b"[" and self._array_next
                self._array_next = False
                self._open.append(_Bracket(start, text, holds=array, array=array))
            elif text in _OPENING:
                yield from self._close(text, end)
            self._at = end
        if len(self.buffer) - self._kept_from() > RECORD_LIMIT_BYTES:
            size = len(self.buffer)
            yield Piece("oversized", bytes(self.buffer), f"a document does not end within {size:,} bytes")
            self.buffer.clear()
            self._open.clear()
            self._at = self._done = 0
        self._forget()

    def finish(self, broken: str) -> Iterator[Piece]:
        """What is left at the end of the file."""
        left = next((b.start for b in self._open if b.mark == b"{" and not b.holds), None)
        raw = b"" if left is None else bytes(self.buffer[left:])
        if broken:
            yield Piece("broken_stream", raw, broken)
        elif self._open:
            yield Piece("truncated", raw, f"the file ends before its {len(self._open)} open brackets are closed")
        elif not self._anything and not self.buffer.strip():
            yield Piece("empty", b"", "the file is empty")
        else:
            yield from self._stray(len(self.buffer))

    def _find_key(self, text: bytes, start: int) -> Iterator[Piece]:
        inner = self._open[-1] if self._open else None
        if inner is None or inner.mark != b"{":
            yield Piece("stray", b"", f"{text.decode()} stands in no object")
            return
        if text == self._array_key:
            inner.holds = self._array_next = not any(bracket.document for bracket in self._open)
            return
        outer = next((bracket for bracket in self._open[:-1] if bracket.document), None)
        if outer is not None:
            reason = "the document is not closed before the next one begins"
            yield Piece("unclosed", bytes(self.buffer[outer.start : inner.start]), reason)
            del self._open[self._open.index(outer) : -1]
        inner.document = True
        for bracket in self._open[:-1]:
            bracket.holds = True

    def _close(self, text: bytes, end: int) -> Iterator[Piece]:
        if self._open and self._open[-1].mark == _OPENING[text]:
            yield from self._close_last(end)
        else:
            yield from self._close_unfit(text, end)

    def _close_unfit(self, text: bytes, end: int) -> Iterator[Piece]:
        """Close a bracket that is not the one opened last: those in between are missing their ends."""
        at = max((i for i, bracket in enumerate(self._open) if bracket.mark == _OPENING[text]), default=None)
        if at is None:
            yield Piece("stray", bytes(self.buffer[self._done : end]), f"{text.decode()} closes nothing")
            self._done = end
            return
        if not any(bracket.document for bracket in self._open[: at + 1]):  # a document's own brackets are its own fault
            for bracket in self._open[at + 1 :]:
                what = "a document" if bracket.document else bracket.mark.decode()
                raw = bytes(self.buffer[bracket.start : end]) if bracket.document else b""
                yield Piece("unclosed", raw, f"{what} is not closed before {text.decode()}")
        del self._open[at + 1 :]
        yield from self._close_last(end)

    def _close_last(self, end: int) -> Iterator[Piece]:
        closed = self._open.pop()
        if closed.document or (closed.mark == b"{" and not closed.holds and self._stands_alone()):
            self._anything = True
            yield Piece("record", bytes(self.buffer[closed.start : end]))
        if not self._open:
            self._done = end

    def _stands_alone(self) -> bool:
        """Whether an object here can only be a document: on a line, in an outermost array, in that of documents."""
        if not self._open or (len(self._open) == 1 and self._open[0].mark == b"["):
            return True
        return self._open[-1].array and not any(bracket.document for bracket in self._open)

    def _stray(self, end: int) -> Iterator[Piece]:
        """What stands outside of all brackets and is neither blank nor a comma."""
        data = bytes(self.buffer[self._done : end]).strip(b" \t\r\n,")
        if data:
            shown = data[:_SHOWN_BYTES].decode(errors="replace")
            yield Piece("stray", data, f"{len(data):,} bytes that belong to no document, beginning {shown!r}")
        self._anything = True

    def _kept_from(self) -> int:
        """Where the first object begins that may be a document; else where the reading stands."""
        return next(
            (b.start for b in self._open if b.mark == b"{" and not b.holds), self._at if self._open else self._done
        )

    def _forget(self) -> None:
        gone = self._kept_from()
        del self.buffer[:gone]
        self._at -= gone
        self._done = max(0, self._done - gone)
        for bracket in self._open:
            bracket.start -= gone
