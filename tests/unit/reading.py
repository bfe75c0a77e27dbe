"""What the tests of all readers need: bytes in, rows or the kinds of their errors out."""

from __future__ import annotations

import io

from engine.read.format import Format
from engine.read.rows import Row


class Dripping:
    """A stream that can only be read, a few bytes at a time."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def read(self, size: int, /) -> bytes:
        piece, self._data = self._data[: min(size, 7)], self._data[min(size, 7) :]
        return piece


def read(format: Format, content: str | bytes, name: str = "/in/some.file") -> list[Row]:
    """The rows of a file; the same in whatever pieces it comes."""
    data = content.encode() if isinstance(content, str) else content
    rows = list(format.read(io.BytesIO(data), name))
    if len(data) < 20_000 and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        assert list(format.read(Dripping(data), name)) == rows
    for number, row in enumerate(rows):
        assert row["source_file"] == name
        assert row["record"] >= 1
        for error in row["errors"]:
            assert f"{name.rsplit('/', 1)[-1]}, record {row['record']}: " in error["message"], number
        for section in row["sections"]:
            assert 0 <= section["start"] < section["end"] <= len(row["text"])
    return rows


def read_one(format: Format, content: str | bytes, name: str = "/in/some.file") -> Row:
    """The row of a file that holds one good document."""
    (row,) = read(format, content, name)
    assert row["errors"] == []
    return row


def kinds(rows: list[Row]) -> list[str]:
    """The id of each document, or why it was rejected."""
    return ["+".join(error["kind"] for error in row["errors"]) or row["doc_id"] for row in rows]


def sections(row: Row) -> list[tuple[str, str]]:
    """Label and text of each section."""
    return [(section["label"], row["text"][section["start"] : section["end"]]) for section in row["sections"]]
