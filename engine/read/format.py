"""What a format is made of: how its files are told from others, and what reads them.

A reader first cuts its file into pieces, then reads each that is a record by itself: a record that can't be read costs
itself and not the rest of its file, and whatever is no record comes out as a reject too. Knows no format.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from engine.read.chunks import ByteStream
from engine.read.rows import Row, document_row, reject_row

AUTO: Final = "auto"
RECORD_LIMIT_BYTES: Final = 64 << 20
# What a single bad record or document may raise in code that didn't foresee it. Others, a full disk above all, are not
# its fault and end the run.
DOCUMENT_FAULTS: Final = (
    *(ArithmeticError, AssertionError, AttributeError, LookupError, MemoryError, RuntimeError, TypeError, ValueError),
)
_FAULT_CHARS: Final = 500

Reader = Callable[[ByteStream, str], Iterator[Row]]
Kind = Literal["record", "broken_stream", "truncated", "unclosed", "oversized", "stray", "no_records", "empty"]


@dataclass(frozen=True, slots=True)
class Format:
    """A format of input files; `name` is what `--format` takes.

    A name that ends in one of `suffixes` means this format unless another shows at the file's beginning; one that ends
    in one of `shared`, or a name without any ending, means it only where `shows` says so.
    `shows` gets the first bytes of the file, unpacked and in UTF-8. `read` takes the stream and the file's path.
    """

    name: str
    suffixes: tuple[str, ...]
    shows: Callable[[bytes], bool]
    read: Reader
    shared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """The bytes of one record, or a stretch of the file that is none and why.

    `namespaces` is what an XML record's wrappers declare, as attributes: ` xmlns:mml="..."`.
    """

    kind: Kind
    raw: bytes
    reason: str = ""
    namespaces: bytes = b""


class BadRecordError(Exception):
    """A record that gives no document; `kind` is the error's short name."""

    def __init__(self, kind: str, reason: str) -> None:
        super().__init__(reason)
        self.kind = kind


def read_pieces(pieces: Iterable[Piece], source_file: str, read: Callable[[Piece], Row | None]) -> Iterator[Row]:
    """Yield a row for each piece: what `read` makes of a record, a reject where it can't or where it is no record.

    `read` gives the fields of a row, `doc_id` among them, or None for a record that holds nothing and is no fault.
    `record` is the number of the piece, from 1.
    """
    for number, piece in enumerate(pieces, start=1):
        kind: str = piece.kind
        reason = piece.reason
        if kind == "record":
            try:
                with one_record():
                    fields = read(piece)
            except BadRecordError as error:
                kind, reason = error.kind, str(error)
            else:
                if fields is not None:
                    yield document_row(source_file=source_file, record=number, **fields)
                continue
        yield reject_row(source_file=source_file, record=number, kind=kind, reason=reason, raw=piece.raw)


class Watch(Protocol):
    """Who is told where reading stands, so that a record that ends its process is found (`engine.read.watch`)."""

    def before_record(self) -> None:
        """A record is about to be read. Raises: BadRecordError if it is not to be."""

    def after_record(self) -> None:
        """It was read; after one that can't be, its reject comes at once."""

    def before_row(self) -> None:
        """The next row is about to be looked for. Raises: RestUnreadableError if it is not to be."""

    def after_row(self) -> None:
        """It came."""


class RestUnreadableError(BadRecordError):
    """What is left of a file can't be read."""


WATCH: Final[ContextVar[Watch | None]] = ContextVar("watch", default=None)


@contextmanager
def one_record() -> Iterator[None]:
    """Makes whatever reading one record raises, foreseen or not, a BadRecordError: it costs that record."""
    watch = WATCH.get()
    if watch:
        watch.before_record()
    try:
        yield
    except RecursionError as error:
        raise BadRecordError("too_deep", "its parts are nested deeper than any document's") from error
    except DOCUMENT_FAULTS as error:
        raise BadRecordError("exception", describe_fault(error)) from error
    if watch:
        watch.after_record()


def describe_fault(fault: Exception) -> str:
    """An exception's name and the beginning of its text, which may hold a whole document or half a surrogate pair."""
    return f"{type(fault).__name__}: {str(fault)[:_FAULT_CHARS]}".encode(errors="replace").decode()


def decode(raw: bytes) -> str:
    """A record's text. Raises: BadRecordError if it is not UTF-8."""
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        reason = f"not UTF-8: {error.reason} at byte {error.start:,} of the record, {raw[error.start : error.end]!r}"
        raise BadRecordError("bad_encoding", reason) from error


def check_whole(text: str, what: str) -> str:
    """The text. Raises: BadRecordError if it holds half a surrogate pair, as JSON's escapes can and no column does."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise BadRecordError("bad_field", f"{what} holds half a surrogate pair") from error
    return text
