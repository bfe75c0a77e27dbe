"""Plain text: one file a document; its name, title and lines, and what is no text."""

from __future__ import annotations

import gzip

import pytest

from engine.read.plain_text import FORMAT
from engine.schema import text_doc_id
from tests.unit.reading import kinds, read, read_one

LINE = "Imatinib inhibits the kinase ABL in cells of patients and"  # 57 characters


def test_a_file_is_kept_to_the_letter() -> None:
    text = "A title\n\nImatinib  inhibits ABL.\tSo it is.\n"
    row = read_one(FORMAT, text)
    assert (row["doc_id"], row["title"], row["text"]) == (text_doc_id(text), "A title", text)
    assert (row["year"], row["revision"]) == (None, 0)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Title\nBody of it.", "Title"),
        ("\n\n Title \n\n\nBody.", "Title"),
        ("One paragraph alone.\n", ""),
        (f"{LINE}\n{LINE}\nso.", ""),
        (f"{'long ' * 100}\nBody.", ""),
    ],
)
def test_title(text: str, title: str) -> None:
    assert read_one(FORMAT, text)["title"] == title


def test_lines_that_an_editor_wrapped_are_joined_and_offsets_hold() -> None:
    text = f"Title\n\n{LINE}\n{LINE}\nABL.\n\nShort lines\nstay\nas they are"
    row = read_one(FORMAT, text)
    assert row["text"] == f"Title\n\n{LINE} {LINE} ABL.\n\nShort lines\nstay\nas they are"
    assert len(row["text"]) == len(text)
    assert read_one(FORMAT, text.replace("\n", "\r\n"))["text"].replace(" \n", "\n").count(LINE) == 2


@pytest.mark.parametrize(
    ("name", "doc_id"),
    [
        ("/in/PMID-0123.txt", "PMID:123"),
        ("/in/pmid123.txt.gz", "PMID:123"),
        ("/in/PMC77.txt", "PMC77"),
        ("/in/PMID-9/notes.txt", text_doc_id("T.")),
        ("/in/123.txt", text_doc_id("T.")),
    ],
)
def test_document_id(name: str, doc_id: str) -> None:
    assert read_one(FORMAT, "T.", name)["doc_id"] == doc_id


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "empty"),
        (b" \n\t\n", "empty"),
        (b"M\xfcller", "bad_encoding"),
        (b"\x00\x01\x02", "no_text"),
        (gzip.compress(b"words " * 10_000)[:50], "broken_stream"),
    ],
)
def test_what_is_no_text_is_told(content: bytes, kind: str) -> None:
    assert kinds(read(FORMAT, content)) == [kind]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_byte_order_marks_are_understood(encoding: str) -> None:
    assert read_one(FORMAT, "Müller".encode(encoding))["text"] == "Müller"


def test_a_very_long_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.read.plain_text.RECORD_LIMIT_BYTES", 1000)
    assert kinds(read(FORMAT, "x" * 30_000)) == ["oversized"]
