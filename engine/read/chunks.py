"""A binary stream to chunks of bytes, unpacked if it is gzip, whatever the file is called.

Python's and Arrow's own gzip streams drop what they had already unpacked when a file breaks off. Here everything
before the break comes out first and only then `BrokenStreamError` is raised. The compressed bytes go to zlib in
slices of 4 KiB, so that a damaged slice costs at most those 4 KiB (about 30 ms of overhead for a 20 MB file).
"""

from __future__ import annotations

import codecs
import gzip
import re
import zlib
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final, Protocol

READ_BYTES: Final = 1 << 18
_SLICE_BYTES: Final = 1 << 12
_OUTPUT_LIMIT_BYTES: Final = 1 << 20  # a gzip bomb unpacks piece by piece
_GZIP_MAGIC: Final = b"\x1f\x8b"
_XML_ENCODING: Final = re.compile(rb"""<\?xml[^>]{0,100}?encoding\s*=\s*["']([A-Za-z0-9._-]+)""")


class ByteStream(Protocol):
    """All that a reader asks of a stream."""

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes, none at the end."""


class BrokenStreamError(Exception):
    """The stream cannot be read any further; what came before is good."""


def read_chunks(stream: ByteStream) -> Iterator[bytes]:
    """Yield the stream's bytes, unpacked if they are gzip.

    Raises: BrokenStreamError, after the last good bytes, if the gzip data is damaged or breaks off.
    """
    plain = _read_plain(stream)
    first = next(plain, b"")
    while 0 < len(first) < len(_GZIP_MAGIC) and (more := next(plain, b"")):
        first += more
    chunks = chain([first], plain)
    yield from _unpack_gzip(chunks) if first.startswith(_GZIP_MAGIC) else chunks


def _read_plain(stream: ByteStream) -> Iterator[bytes]:
    while True:
        try:
            chunk = stream.read(READ_BYTES)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:  # a caller's own unpacking stream
            raise BrokenStreamError(f"gzip data breaks off: {error}") from error
        if not chunk:
            return
        yield chunk


def _unpack_gzip(chunks: Iterable[bytes]) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(wbits=31)
    total = 0
    for chunk in chunks:
        for at in range(0, len(chunk), _SLICE_BYTES):
            packed = chunk[at : at + _SLICE_BYTES]
            while packed:
                if unpacker.eof:  # gzip files may be concatenated, and padded with zeros
                    packed = packed.lstrip(b"\0")
                    if not packed:
                        break
                    unpacker = zlib.decompressobj(wbits=31)
                try:
                    data = unpacker.decompress(packed, _OUTPUT_LIMIT_BYTES)
                except zlib.error as error:
                    raise BrokenStreamError(f"gzip data is damaged after {total:,} unpacked bytes: {error}") from error
                packed = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
                total += len(data)
                if data:
                    yield data
    if not unpacker.eof:
        if rest := unpacker.flush():
            yield rest
        raise BrokenStreamError(f"gzip data breaks off after {total + len(rest):,} unpacked bytes")


def as_utf8(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield a text file's bytes in UTF-8, by its byte order mark or, in XML, the encoding that it declares.

    UTF-8 passes unchecked: a wrong byte is then a fault of one record and not of the file.
    Raises: BrokenStreamError if the encoding is unknown or none of text, or a byte does not belong to it.
    """
    stream = iter(chunks)
    first = next(stream, b"")
    encoding = _declared_encoding(first)
    if encoding is None:
        yield first.removeprefix(codecs.BOM_UTF8)
        yield from stream
        return
    decoder = codecs.getincrementaldecoder(encoding)()
    for chunk in chain([first], stream, [b""]):
        try:
            text = decoder.decode(chunk, final=not chunk)
        except UnicodeError as error:
            reason = error.reason if isinstance(error, UnicodeDecodeError) else error
            raise BrokenStreamError(f"bytes that are no {encoding}: {reason}") from error
        yield text.encode(errors="surrogatepass")


def _declared_encoding(first: bytes) -> str | None:
    """The encoding to decode from, None for UTF-8. Raises: BrokenStreamError if none such is of text."""
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    declared = _XML_ENCODING.match(first.removeprefix(codecs.BOM_UTF8).lstrip())
    if declared is None:
        return None
    encoding = declared[1].decode().lower()
    try:
        codec = codecs.lookup(encoding)
    except LookupError as error:
        raise BrokenStreamError(f"unknown encoding {encoding!r}") from error
    if not codec._is_text_encoding:  # hex, base64, zlib ...
        raise BrokenStreamError(f"{encoding!r} is no encoding of text")
    # A declaration in bytes that read as ASCII is itself not in UTF-16 or UTF-32: somebody converted the file since.
    return None if codec.name in {"utf-8", "ascii"} or codec.name.startswith(("utf-16", "utf-32")) else encoding
