"""Rows of an earlier run, read again as they were."""

from __future__ import annotations

import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engine.read.rows import Row, document_row, reject_row
from engine.read.source_rows import FORMAT
from engine.schema import DOCUMENT_ROW, SOURCE_ROW
from tests.unit.reading import kinds
from tests.unit.rows import document

ROWS = [
    document_row(doc_id="PMID:1", source_file="/in/a.xml", record=7, revision=5, text="Text", mesh=["mesh:D1"]),
    reject_row(source_file="/in/b.xml", record=2, kind="broken_xml", reason="why", raw=b"<x>"),
]


def packed(rows: list[dict[str, Any]], schema: pa.Schema = SOURCE_ROW) -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), stream)
    return stream.getvalue()


def read(content: bytes) -> list[Row]:
    return list(FORMAT.read(io.BytesIO(content), "/run/input.rows.parquet"))


def test_rows_keep_file_number_and_errors() -> None:
    assert read(packed(ROWS)) == ROWS


def test_row_files_of_a_run_are_read_without_what_the_stages_added() -> None:
    (row,) = read(packed([document("PMID:1", "A text.")], DOCUMENT_ROW))
    assert list(row) == SOURCE_ROW.names
    assert (row["doc_id"], row["text"]) == ("PMID:1", "A text.")


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "empty"),
        (packed(ROWS)[:200], "bad_parquet"),
        (packed([{"doc_id": "a"}], pa.schema([("doc_id", pa.string())])), "no_columns"),
        (packed([{"record": "x"}], pa.schema([(n, pa.string()) for n in SOURCE_ROW.names])), "bad_rows"),
        (packed([{"doc_id": None}]), "bad_rows"),
    ],
)
def test_what_holds_no_rows_is_told(content: bytes, kind: str) -> None:
    assert kinds(read(content)) == [kind]
