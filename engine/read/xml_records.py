"""A long XML file to the byte strings of its record elements, in flat memory and without trusting the file.

An XML parser stops for good at its first fault, and a PubMed file holds 30,000 records. So the file is cut into
record elements by their tags and each is parsed by itself: a broken record costs that record. What a document
type declares never reaches a parser, so no entity can be expanded. Nothing goes missing: whatever stands between
records and is neither blank, comment nor wrapper comes out as a piece too.
Knows tag names only by what its caller says. Trade-off: a comment or CDATA section inside a record that holds
another record's tag splits it wrongly; the two halves then fail to parse, visibly.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from typing import Final

from lxml import etree

from engine.read.chunks import BrokenStreamError
from engine.read.flatten import local_name
from engine.read.format import RECORD_LIMIT_BYTES, BadRecordError, Kind, Piece

_STRAY_KEEP_BYTES: Final = 1 << 12
_LOOKBACK_BYTES: Final = 256  # a tag that ends a record is shorter than this

_NOT_BLANK: Final = re.compile(rb"\S")
_TAG: Final = re.compile(rb"<(/?)([A-Za-z_:][\w:.-]*)([^>]*)>")
_NAMESPACE: Final = re.compile(rb"""\s(xmlns:[\w.-]+)\s*=\s*("[^"]*"|'[^']*')""")
_TAG_START: Final = re.compile(rb"<")
_TAG_END: Final = re.compile(rb">")
_MARKUP: Final = (
    (b"<!--", re.compile(rb"-->")),
    (b"<?", re.compile(rb"\?>")),
    (b"<!DOCTYPE", re.compile(rb"[\[>]")),
)
_SUBSET_END: Final = re.compile(rb"\]\s*>")

# Prefixes that files use without declaring them.
_PREFIXES: Final = (
    (b"xmlns:mml", b' xmlns:mml="http://www.w3.org/1998/Math/MathML"'),
    (b"xmlns:xlink", b' xmlns:xlink="http://www.w3.org/1999/xlink"'),
)


def parse_record(piece: Piece) -> etree._Element:
    """A record's element, its tags without the namespace that it declares for all of them.

    Raises: BadRecordError if it is not well-formed, or names an entity: none is ever expanded.
    """
    usual = b"".join(declaration for name, declaration in _PREFIXES if name + b"=" not in piece.namespaces)
    try:
        root = etree.fromstring(b"<record%s%s>%s</record>" % (usual, piece.namespaces, piece.raw), _parser())
    except etree.XMLSyntaxError as error:
        kind = "undefined_entity" if "Entity '" in str(error) else "broken_xml"
        raise BadRecordError(kind, str(error)) from error
    if str(root[0].tag).startswith("{"):
        for element in root.iter(etree.Element):
            element.tag = local_name(element)
    return root[0]


@cache
def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        load_dtd=False, no_network=True, resolve_entities=False, huge_tree=True, remove_comments=True, remove_pis=True
    )


def cut_records(
    chunks: Iterable[bytes], *, records: dict[str, str], wrappers: Iterable[str], headers: Iterable[str] = ()
) -> Iterator[Piece]:
    """Yield one file's record elements in order, and a piece for everything that is wrong with it.

    `records` maps a record's tag to the tag of a record that it may contain ("" for none); `wrappers` are the
    elements that hold records, `headers` those beside records that say nothing of any document and are left out whole.
    A file of wrappers without any record yields nothing.
    """
    window = _Window(chunks)
    ends = {tag.encode(): _end_pattern(tag, inner, records, wrappers) for tag, inner in records.items()}
    wrapper_tags = {tag.encode() for tag in wrappers}
    header_tags = {tag.encode() for tag in headers}
    open_wrappers: list[str] = []
    namespaces: dict[bytes, bytes] = {}
    stray = _Stray()
    anything = known = False
    while window.skip_blank():
        if window.take_markup():
            continue
        anything = True
        tag = window.match_tag()
        known = known or (tag is not None and (tag[2] in wrapper_tags or tag[2] in ends))
        if tag is not None and tag[2] in wrapper_tags:
            yield from stray.flush()
            namespaces.update(_NAMESPACE.findall(tag[3]))
            if tag[1]:
                open_wrappers = open_wrappers[:-1]
            elif not tag[3].endswith(b"/"):
                open_wrappers.append(tag[2].decode())
            window.take(tag.end())
        elif known and tag is not None and tag[2] in header_tags and window.take_element(tag):
            continue
        elif tag is not None and tag[2] in ends and not tag[1]:
            yield from stray.flush()
            piece = _cut_one(window, tag, ends[tag[2]])
            declared = b"".join(b" %s=%s" % item for item in namespaces.items())
            yield replace(piece, namespaces=declared) if declared else piece
            if piece.kind in ("truncated", "broken_stream"):
                return
        else:
            stray.add(window.take_stray(tag))
    if window.broken:  # what stands last and belongs to no record is then half a tag
        yield Piece("broken_stream", stray.take(), window.broken)
    elif open_wrappers:
        yield Piece("truncated", stray.take(), f"the file ends before </{open_wrappers[-1]}>")
    elif anything:
        yield from stray.flush("stray" if known else "no_records")
    else:
        yield Piece("empty", b"", "the file is empty")


def _end_pattern(tag: str, inner: str, records: Iterable[str], wrappers: Iterable[str]) -> re.Pattern[bytes]:
    """Where a record ends: its end tag, or, unclosed, the start of another record or the end of a wrapper."""
    others = "|".join(other for other in records if other != inner)
    return re.compile(rf"</{tag}\s*>|<(?:{others})(?=[\s/>])|</(?:{'|'.join(wrappers)})\s*>".encode())


def _cut_one(window: _Window, tag: re.Match[bytes], end_pattern: re.Pattern[bytes]) -> Piece:
    name = tag[2].decode()
    if tag[3].endswith(b"/"):
        return Piece("record", window.take(tag.end()))
    end = window.find(end_pattern, tag.end())
    if end is None and not window.ended:
        raw = window.take_all()
        return Piece("oversized", raw, f"<{name}> does not end within {len(raw):,} bytes")
    if end is None and window.broken:
        return Piece("broken_stream", window.take_all(), window.broken)
    if end is None:
        return Piece("truncated", window.take_all(), f"the file ends inside <{name}>")
    if end[0].startswith(b"</" + tag[2]) and end[0].rstrip(b"> \t\r\n") == b"</" + tag[2]:
        return Piece("record", window.take(end.end()))
    reason = f"<{name}> is not closed before {end[0].decode()}"
    return Piece("unclosed", window.take(end.start()), reason)


class _Stray:
    """Gathers what stands between records and does not belong there; keeps its beginning."""

    def __init__(self) -> None:
        self._kept = b""
        self._size = 0

    def add(self, data: bytes) -> None:
        self._kept += data[: max(0, _STRAY_KEEP_BYTES - len(self._kept))]
        self._size += len(data)

    def take(self) -> bytes:
        kept, self._kept, self._size = self._kept, b"", 0
        return kept

    def flush(self, kind: Kind = "stray") -> Iterator[Piece]:
        if self._size:
            what = "that belong to no record" if kind == "stray" else "without a record"
            shown = self._kept[:60].decode(errors="replace")
            reason = f"{self._size:,} bytes {what}, beginning {shown!r}"
            yield Piece(kind, self.take(), reason)


class _Window:
    """The part of the stream in sight: grows at its end on demand and shrinks at its front.

    A match is good until the next `take` or `find`: the buffer under it changes.
    """

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._buffer = bytearray()
        self.ended = False
        self.broken = ""

    def take(self, size: int) -> bytes:
        """Return the first `size` bytes and let go of them."""
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken

    def take_all(self) -> bytes:
        """Return everything in sight and let go of it."""
        return self.take(len(self._buffer))

    def find(self, pattern: re.Pattern[bytes], start: int) -> re.Match[bytes] | None:
        """First match at or after `start`; None at the end of the stream or beyond the limit of a record."""
        while (found := pattern.search(self._buffer, start)) is None:
            start = max(start, len(self._buffer) - _LOOKBACK_BYTES)
            if len(self._buffer) > RECORD_LIMIT_BYTES or not self._grow():
                return None
        return found

    def skip_blank(self) -> bool:
        """Let go of leading white space; False when nothing is left."""
        while (found := _NOT_BLANK.search(self._buffer)) is None:
            self._buffer.clear()
            if not self._grow():
                return False
        del self._buffer[: found.start()]
        return True

    def take_markup(self) -> bool:
        """Let go of a comment, a processing instruction or a document type; False where none begins here."""
        while len(self._buffer) < len(b"<!DOCTYPE") and self._grow():
            pass
        for opening, closing in _MARKUP:
            if self._buffer.startswith(opening):
                end = self.find(closing, len(opening))
                if end is not None and end[0] == b"[":
                    end = self.find(_SUBSET_END, end.end())
                if end is not None:
                    self.take(end.end())
                    return True
        return False

    def match_tag(self) -> re.Match[bytes] | None:
        """The tag that begins here, if one does."""
        if self._buffer.startswith(b"<"):
            self.find(_TAG_END, 1)
        return _TAG.match(self._buffer)

    def take_element(self, tag: re.Match[bytes]) -> bool:
        """Let go of the element that begins with this tag; False where it does not end."""
        if tag[1]:
            return False
        closing = re.compile(rb"</%s\s*>" % re.escape(tag[2]))
        end = tag if tag[3].endswith(b"/") else self.find(closing, tag.end())
        if end is not None:
            self.take(end.end())
        return end is not None

    def take_stray(self, tag: re.Match[bytes] | None) -> bytes:
        """Let go of a tag that means nothing here, or of text up to the next tag."""
        if tag is not None:
            return self.take(tag.end())
        following = _TAG_START.search(self._buffer, 1)
        return self.take(following.start()) if following else self.take_all()

    def _grow(self) -> bool:
        try:
            chunk = None if self.ended else next(self._chunks, None)
        except BrokenStreamError as error:
            self.broken, chunk = str(error), None
        self.ended = chunk is None
        self._buffer += chunk or b""
        return not self.ended
