"""CSV and TSV to document rows: a first line with the names of the columns, then one document a row.

Columns are the fields of `engine.read.fields`, in any order and case; others are not read. Cells are parted by the
comma, tab or semicolon, whichever finds most of these in the first line; a cell may stand in double quotes and then
hold all three, line breaks and doubled quotes. Lists (`mesh`, `publication_types` ...) are parted by `|`. An empty cell
says nothing, nor does NA or NaN, which R and pandas write into one.

Trade-off: a row that can't be read costs its first line, and the lines after it are read anew: so a quote that
nobody closed does not swallow the rest of the file, but each further line of a broken row is a reject of its own.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from engine.read.chunks import ByteStream, as_utf8, read_chunks
from engine.read.fields import FIELDS, LIST_FIELDS, TEXT_FIELDS, read_fields
from engine.read.format import BadRecordError, Format, Piece, decode, one_record
from engine.read.lines import cut_lines
from engine.read.rows import Row, document_row, reject_row

CELL_LIMIT_CHARS: Final = 8 << 20
_DELIMITERS: Final = (",", "\t", ";")
_EMPTY: Final = frozenset({"", "NA", "NaN"})
_TABLE_FIELDS: Final = frozenset(FIELDS) - {"sections"}


def read_delimited(stream: ByteStream, source_file: str) -> Iterator[Row]:
    """Yield a row for every row that is not blank; one that cannot be read is a row with `errors`.

    `record` is the number of the row's first line, from 1; the line of names counts.
    """
    csv.field_size_limit(CELL_LIMIT_CHARS)  # of the process; by default 131,072, less than a full text
    lines = _Lines(cut_lines(as_utf8(read_chunks(stream))))
    columns: Sequence[str] = ()
    delimiter = ","
    for piece in lines:
        number, kind, reason = lines.number, str(piece.kind), piece.reason
        if piece.kind == "record":
            if not piece.raw.strip():
                continue
            try:
                if not columns:
                    columns, delimiter = _read_names(piece)
                    continue
                cells = _read_cells(piece, lines, delimiter, len(columns))
                with one_record():
                    fields = read_fields(_as_entry(columns, cells))
            except BadRecordError as error:
                kind, reason = error.kind, str(error)
            else:
                yield document_row(source_file=source_file, record=number, **fields)
                continue
        yield reject_row(source_file=source_file, record=number, kind=kind, reason=reason, raw=piece.raw)
        if kind == "no_columns":
            return


def _shows_delimited(head: bytes) -> bool:
    try:
        _read_names(Piece("record", head.partition(b"\n")[0].removesuffix(b"\r")))
    except BadRecordError:
        return False
    return True


FORMAT: Final = Format(name="csv", suffixes=(".csv", ".tsv"), shows=_shows_delimited, read=read_delimited)


class _Lines:
    """The lines of a file, of which some may be put back; `number` is that of the line handed out last."""

    def __init__(self, pieces: Iterable[Piece]) -> None:
        self._pieces = iter(pieces)
        self._back: list[Piece] = []
        self.number = 0

    def __iter__(self) -> Iterator[Piece]:
        return self

    def __next__(self) -> Piece:
        piece = self._back.pop() if self._back else next(self._pieces)
        self.number += 1
        return piece

    def put_back(self, pieces: Sequence[Piece]) -> None:
        """Hand these out again."""
        self._back += reversed(pieces)
        self.number -= len(pieces)


def _read_names(piece: Piece) -> tuple[Sequence[str], str]:
    """The names of the columns and what parts them."""
    line = decode(piece.raw)
    split = {mark: [name.strip().strip('"').lower() for name in _split(line, mark)] for mark in _DELIMITERS}
    delimiter = max(_DELIMITERS, key=lambda mark: len(_TABLE_FIELDS & set(split[mark])))
    names = split[delimiter]
    if not set(TEXT_FIELDS) & set(names):
        expected = f"names of columns in the first line, {', '.join(TEXT_FIELDS)} or all of them among these"
        raise BadRecordError("no_columns", f"expected {expected}, found {line[:120]!r}")
    if doubled := {name for name in names if names.count(name) > 1} & _TABLE_FIELDS:
        raise BadRecordError("no_columns", f"two columns of one name: {', '.join(sorted(doubled))}")
    return names, delimiter


def _split(line: str, mark: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=mark))
    except csv.Error:
        return []


def _read_cells(first: Piece, lines: _Lines, delimiter: str, width: int) -> list[str]:
    """The cells of the row that begins with this line; takes as many further lines as its quotes span.

    Raises: BadRecordError, all lines but the first put back.
    """
    taken: list[Piece] = []

    def feed() -> Iterator[str]:
        yield decode(first.raw) + "\n"
        for piece in lines:
            taken.append(piece)
            if piece.kind != "record":
                return
            yield decode(piece.raw) + "\n"

    try:
        cells = next(csv.reader(feed(), delimiter=delimiter, strict=True))
        if len(cells) != width:
            raise BadRecordError("bad_row", f"{len(cells)} cells, the first line names {width} columns")
    except csv.Error as error:
        lines.put_back(taken)
        if taken and taken[-1].kind != "record":  # the file breaks off inside the row
            raise BadRecordError(taken[-1].kind, taken[-1].reason) from error
        raise BadRecordError("bad_row", f"{error} (a quote that nobody closed?)") from error
    except BadRecordError:
        lines.put_back(taken)
        raise
    return cells


def _as_entry(columns: Sequence[str], cells: Sequence[str]) -> dict[str, object]:
    entry: dict[str, object] = {}
    for name, cell in zip(columns, cells, strict=True):
        if name not in _TABLE_FIELDS or cell.strip() in _EMPTY:
            continue
        if name in LIST_FIELDS:
            entry[name] = [item.strip() for item in cell.split("|") if item.strip()]
        else:
            entry[name] = cell
    return entry
