"""Parquet: columns, batches, and files that are damaged."""

from __future__ import annotations

import io
import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engine.read import jsonl
from engine.read.files import read_file
from engine.read.parquet import FORMAT
from engine.schema import text_doc_id
from tests.unit.reading import kinds, read, read_one, sections


def packed(columns: dict[str, Any], **options: Any) -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.table(columns), stream, **options)
    return stream.getvalue()


def test_columns_are_the_fields_of_a_document() -> None:
    row = read_one(
        FORMAT,
        packed(
            {
                "pmid": [7],
                "title": ["T."],
                "abstract": pa.array(["It is."], pa.large_string()),
                "year": pa.array([1999], pa.int16()),
                "mesh": [["mesh:D1", "Adult"]],
                "deleted": [False],
                "embedding": [[0.5]],
            }
        ),
    )
    assert (row["doc_id"], row["text"], row["year"], row["mesh"]) == ("PMID:7", "T.\nIt is.", 1999, ["mesh:D1"])


def test_our_own_rows_can_be_read_again(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text(json.dumps({"pmid": 7, "title": "T.", "abstract": "It is."}))
    (table,) = read_file(str(tmp_path / "a.jsonl"))
    pq.write_table(table, tmp_path / "b.parquet")
    (again,) = read_file(str(tmp_path / "b.parquet"))
    for name in ("doc_id", "title", "text", "year", "revision"):
        assert again.column(name).to_pylist() == table.column(name).to_pylist()


def test_sections_lie_in_the_text() -> None:
    spans = [[{"label": "AIM", "start": 2, "end": 5}], [{"label": "AIM", "start": 2, "end": 9}]]
    rows = read(FORMAT, packed({"id": ["a", "b"], "text": ["T\nabc", "T\nabc"], "sections": spans}))
    assert sections(rows[0]) == [("AIM", "abc")]
    assert kinds(rows) == ["a", "bad_offset"]


def test_a_bad_row_is_a_reject_that_can_be_replayed() -> None:
    rows = read(FORMAT, packed({"pmid": ["1", "PMC5", "2", "3"], "title": ["T", "T", None, "T"]}))
    assert kinds(rows) == ["PMID:1", "bad_pmid", "no_text", "PMID:3"]
    assert [row["record"] for row in rows] == [1, 2, 3, 4]
    assert json.loads(rows[1]["raw"]) == {"pmid": "PMC5", "title": "T"}


def test_columns_of_other_types_are_told() -> None:
    assert kinds(read(FORMAT, packed({"title": [5]}))) == ["bad_field"]
    assert kinds(read(FORMAT, packed({"text": [b"bytes"]}))) == ["bad_field"]
    assert kinds(read(FORMAT, packed({"id": [1.5], "text": ["T"]}))) == ["bad_id"]


def test_rows_without_an_id_are_named_by_their_text() -> None:
    assert kinds(read(FORMAT, packed({"text": ["One.", "Two."]}))) == [text_doc_id("One."), text_doc_id("Two.")]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "empty"),
        (b"PAR1", "bad_parquet"),
        (b"no Parquet at all, but long enough", "bad_parquet"),
        (packed({"text": ["T" * 999]})[:-20], "bad_parquet"),
        (packed({"score": [1.0]}), "no_columns"),
    ],
)
def test_a_file_that_cannot_be_read_is_told(content: bytes, kind: str) -> None:
    rows = read(FORMAT, content)
    assert kinds(rows) == [kind]


def test_a_damaged_row_group_costs_itself() -> None:
    texts = [f"{n * 7919:x} is a text" for n in range(3000)]
    data = bytearray(packed({"text": texts}, row_group_size=1000, use_dictionary=False, write_page_checksum=True))
    group = pq.ParquetFile(io.BytesIO(bytes(data))).metadata.row_group(1).column(0)
    middle = group.data_page_offset + group.total_compressed_size // 2
    data[middle : middle + 40] = b"\xff" * 40
    rows = read(FORMAT, bytes(data))
    assert [row["text"] for row in rows if not row["errors"]] == texts[:1000] + texts[2000:]
    (bad,) = (row for row in rows if row["errors"])
    assert (kinds([bad]), bad["record"]) == (["bad_parquet"], 1001)
    assert "rows 1,001 to 2,000" in bad["errors"][0]["message"]
    assert rows[-1]["record"] == 3000


def test_wrong_bytes_cost_only_their_row() -> None:
    offsets, values = pa.py_buffer(b"\0\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0"), pa.py_buffer(b"a\xffb")
    texts = pa.Array.from_buffers(pa.string(), 3, [None, offsets, values])
    rows = read(FORMAT, packed({"id": ["1", "2", "3"], "text": texts}))
    assert kinds(rows) == ["1", "bad_encoding", "3"]


def test_a_table_without_rows_is_no_fault() -> None:
    assert read(FORMAT, packed({"text": pa.array([], pa.string())})) == []


@pytest.mark.parametrize(
    "years",
    [
        pa.array([10**8, None], pa.date32()),
        pa.array([2**62, None], pa.duration("s")),
        pa.array([1, None], pa.timestamp("ms", tz="Foo/Bar")),
    ],
)
def test_a_value_that_is_none_costs_its_row(years: pa.Array) -> None:
    assert kinds(read(FORMAT, packed({"id": ["a", "b"], "text": ["T", "T"], "year": years}))) == ["exception", "b"]


def test_what_json_has_not_does_not_pass_for_text_in_a_rejects_bytes() -> None:
    (row,) = read(FORMAT, packed({"text": [b"bytes"]}))
    assert kinds(list(jsonl.FORMAT.read(io.BytesIO(row["raw"]), "/in/some.file"))) == ["bad_field"]


@pytest.mark.parametrize(
    "years",
    [
        pa.array([Decimal(2011)], pa.decimal128(38, 0)),
        pa.array([date(2011, 5, 1)], pa.date32()),
        pa.array([datetime(2011, 5, 1)], pa.timestamp("us")),
        pa.array([2011.0], pa.float64()),
    ],
)
def test_a_year_of_any_type_that_databases_have(years: pa.Array) -> None:
    row = read_one(FORMAT, packed({"id": ["a"], "title": ["T"], "year": years}))
    assert (row["year"], row["errors"]) == (2011, [])
