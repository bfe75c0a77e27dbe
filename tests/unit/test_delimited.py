"""CSV and TSV: columns, quotes, and rows that can't be read."""

from __future__ import annotations

import gzip
from itertools import islice

import pytest

from engine.read.delimited import FORMAT
from engine.read.rows import Row
from engine.schema import text_doc_id
from tests.unit.reading import kinds, read, read_one

HEAD = "pmid,title,abstract\n"


@pytest.mark.parametrize("mark", [",", "\t", ";"])
def test_columns_in_any_order_and_case_parted_by_any_mark(mark: str) -> None:
    content = "Abstract,extra,PMID,Title,year\nIt is.,x,7,T.,1999\n".replace(",", mark)
    row = read_one(FORMAT, content)
    assert (row["doc_id"], row["text"], row["year"], row["record"]) == ("PMID:7", "T.\nIt is.", 1999, 2)


def test_quoted_cells_hold_marks_lines_and_quotes() -> None:
    first, last = read(FORMAT, HEAD + '1,"A, ""b""","one\ntwo"\n\n2,T,\n')
    assert (first["title"], first["text"]) == ('A, "b"', 'A, "b"\none two')
    assert (last["doc_id"], last["text"], last["record"]) == ("PMID:2", "T", 5)


def test_quoted_names_of_columns_hold_marks() -> None:
    assert read_one(FORMAT, '"PMID","Authors, all","Title"\n7,"A, B",T\n')["doc_id"] == "PMID:7"


def test_text_is_kept_to_the_letter() -> None:
    assert read_one(FORMAT, 'id,text\nd1,"One  two\nthree "\n')["text"] == "One  two\nthree "


def test_lists_and_flags() -> None:
    row = read_one(FORMAT, "id,text,mesh,publication_types,deleted,revision\nd,T,mesh:D1 | Adult,Review|Letter,Yes,5\n")
    assert (row["mesh"], row["publication_types"]) == (["mesh:D1"], ["Review", "Letter"])
    assert (row["deleted"], row["revision"]) == (True, 5)


@pytest.mark.parametrize("empty", ["NA", "NaN", " "])
def test_what_r_and_pandas_write_for_nothing_is_not_there(empty: str) -> None:
    row = read_one(FORMAT, f"pmid,title,abstract,year,retracted\n7,T,{empty},{empty},{empty}\n")
    assert (row["text"], row["year"], row["retracted"]) == ("T", None, False)


def test_a_row_without_an_id_is_named_by_its_text() -> None:
    assert read_one(FORMAT, "title\nA title\n")["doc_id"] == text_doc_id("A title")


@pytest.mark.parametrize(
    ("broken", "found"),
    [
        ("5,T", ["bad_row"]),
        ("5,T,A,more", ["bad_row"]),
        ('5,"T,A', ["bad_row"]),
        ('5,"T" x,A', ["bad_row"]),
        ('5,"T\nA', ["bad_row", "bad_row"]),
        ("x5,T,A", ["bad_pmid"]),
        ("5,,", ["no_text"]),
    ],
)
def test_a_broken_row_costs_only_itself(broken: str, found: list[str]) -> None:
    rows = read(FORMAT, f"{HEAD}1,T,A\n{broken}\n2,T,A\n3,T,A\n")
    assert kinds(rows) == ["PMID:1", *found, "PMID:2", "PMID:3"]
    assert rows[1]["record"] == 3
    assert rows[1]["raw"] == broken.partition("\n")[0].encode()


def test_a_quote_that_nobody_closed_does_not_swallow_the_file() -> None:
    rows = read(FORMAT, HEAD + '1,"T,A\n' + "".join(f'{n},"T","A"\n' for n in range(2, 50)))
    assert kinds(rows) == ["bad_row", *(f"PMID:{n}" for n in range(2, 50))]


def test_wrong_bytes_cost_only_their_row() -> None:
    rows = read(FORMAT, HEAD.encode() + b"1,T,A\n5,M\xfcller,A\n2,T,A\n")
    assert kinds(rows) == ["PMID:1", "bad_encoding", "PMID:2"]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("", "empty"),
        ("17651117\tInhibition of platelets\tThe abstract\n1\t2\t3\n", "no_columns"),
        ("pmid,year\n1,1999\n", "no_columns"),
        ("title,title\na,b\n", "no_columns"),
        (b"\xff\xff,title\n", "bad_encoding"),
    ],
)
def test_a_file_that_is_no_table_of_documents_is_told(content: str | bytes, kind: str) -> None:
    rows: list[Row] = read(FORMAT, content)
    assert kinds(rows)[0] == kind
    assert all(row["errors"] for row in rows)


def test_a_table_without_rows_is_no_fault() -> None:
    assert read(FORMAT, HEAD) == []


def test_broken_gzip_keeps_what_came_before() -> None:
    packed = gzip.compress((HEAD + "".join(f"{n},T {n * 7919:x},A\n" for n in range(1, 5000))).encode())
    rows = read(FORMAT, packed[: len(packed) // 2])
    assert kinds(rows)[-1] == "broken_stream"
    assert kinds(list(islice(rows, 1000))) == [f"PMID:{n}" for n in range(1, 1001)]


def test_a_row_of_several_lines_that_the_stream_breaks_off_in_ends_its_file() -> None:
    packed = gzip.compress(b'pmid,text\n1,good\n2,"first line\nsecond line')
    rows = read(FORMAT, packed[:-8])
    assert [(row["record"], kind) for row, kind in zip(rows, kinds(rows), strict=True)] == [
        (2, "PMID:1"),
        (3, "broken_stream"),
        (4, "broken_stream"),
    ]


def test_a_cell_may_be_as_long_as_a_full_text() -> None:
    assert len(read_one(FORMAT, f'id,text\nd,"{"words and " * 100_000}"\n')["text"]) == 1_000_000


def test_flags_and_numbers_that_are_none_are_told() -> None:
    head = "id,text,deleted,revision,year\n"
    rows = read(FORMAT, head + "a,T,true,2.0,2011.0\nb,T,perhaps,1,1999\nc,T,No,v3,1999\nd,T,no,,\n")
    assert kinds(rows) == ["a", "bad_field", "bad_field", "d"]
    assert (rows[0]["deleted"], rows[0]["revision"], rows[0]["year"]) == (True, 2, 2011)
