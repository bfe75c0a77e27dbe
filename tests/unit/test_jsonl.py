"""JSON lines: the fields that are read, and what becomes of bad lines."""

from __future__ import annotations

import gzip
import io
import json
from itertools import islice
from pathlib import Path

import pytest

from engine.read.jsonl import read_jsonl
from engine.read.rows import Row
from engine.schema import text_doc_id


def read(*lines: object) -> list[Row]:
    data = b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines)
    return list(read_jsonl(io.BytesIO(data), "/in/some.jsonl"))


def read_one(**fields: object) -> Row:
    (row,) = read(fields)
    return row


def kind(row: Row) -> str:
    (error,) = row["errors"]
    return str(error["kind"])


def test_title_and_abstract_become_the_text() -> None:
    row = read_one(pmid="21", title=" A \n title. ", abstract="It\u00a0is\nso.", year=1999, journal="J")
    assert (row["doc_id"], row["title"], row["text"]) == ("PMID:21", "A title.", "A title.\nIt is so.")
    assert (row["year"], row["journal"], row["errors"]) == (1999, "J", [])


def test_without_title_the_abstract_still_stands_on_the_second_line() -> None:
    row = read_one(pmid=21, title="", abstract="It is so.")
    assert (row["title"], row["text"]) == ("", "\nIt is so.")


def test_a_body_s_lines_are_paragraphs_below_the_abstract() -> None:
    row = read_one(pmid=21, title="T.", abstract="It is\nso.", body="First  line.\n\n Second. \n")
    assert row["text"] == "T.\nIt is so.\nFirst line.\nSecond."
    parts = {section["label"]: row["text"][section["start"] : section["end"]] for section in row["sections"]}
    assert parts == {"Abstract": "It is so.", "Body": "First line.\nSecond."}


def test_a_full_text_stands_above_the_abstract_of_its_document() -> None:
    abstract, full = read_one(pmid=21, abstract="A."), read_one(pmid=21, abstract="A.", body="B.")
    assert full["revision"] > abstract["revision"]
    assert read_one(pmid=21, abstract="A.", body="B.", revision=3)["revision"] == 3
    assert read_one(pmid=21, abstract="A.", body=" \n ")["revision"] == abstract["revision"]
    assert read_one(pmid=21, body="B.")["text"] == "\nB."


def test_text_is_kept_to_the_letter() -> None:
    text = "Caller's  own\ttext,\n with his offsets. "
    assert read_one(id="mine", text=text, title="T")["text"] == text


@pytest.mark.parametrize(
    ("fields", "doc_id"),
    [
        ({"pmid": "0021"}, "PMID:21"),
        ({"pmid": 21, "id": "x"}, "PMID:21"),
        ({"pmid": "PMID:21"}, "PMID:21"),
        ({"pmid": "PMID: 21"}, "PMID:21"),
        ({"pmid": "", "id": "doc 7"}, "doc 7"),
        ({"pmid": None, "id": 7}, "7"),
        ({"id": 0}, "0"),
        ({}, text_doc_id("T")),
    ],
)
def test_document_id(fields: dict[str, object], doc_id: str) -> None:
    assert read_one(title="T", **fields)["doc_id"] == doc_id


@pytest.mark.parametrize(
    ("fields", "year"),
    [
        ({"year": 1999, "year_est": 2000}, 1999),
        ({"year": None, "year_est": 2000}, 2000),
        ({"year": "1999"}, 1999),
        ({"year": 12}, None),
        ({"year": "2011-03-01"}, 2011),
        ({"year": 2011.0}, 2011),
        ({"year": "2011.0"}, 2011),
        ({"year": " ", "year_est": 1999}, 1999),
        ({"year": float("nan")}, None),
        ({}, None),
    ],
)
def test_year(fields: dict[str, object], year: int | None) -> None:
    assert read_one(title="T", **fields)["year"] == year


def test_optional_fields() -> None:
    row = read_one(
        pmid=1,
        title="T",
        revision=5,
        retracted=True,
        retracts=["PMID:2"],
        mesh=["mesh:D000818", "Animals"],
        chemicals=["mesh:C1"],
        publication_types=["Review"],
    )
    assert (row["revision"], row["retracted"], row["retracts"]) == (5, True, ["PMID:2"])
    assert (row["mesh"], row["chemicals"], row["publication_types"]) == (["mesh:D000818"], ["mesh:C1"], ["Review"])
    assert read_one(pmid=1, deleted=True)["deleted"] is True


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b'{"pmid": 1, "title": ', "bad_json"),
        (b"[1, 2]", "bad_json"),
        (b"\xff\xfe", "bad_json"),
        (b"[" * 100_000, "bad_json"),
        ({"pmid": "PMC12", "title": "T"}, "bad_pmid"),
        ({"id": ["x"], "title": "T"}, "bad_id"),
        ({"pmid": 1}, "no_text"),
        ({"pmid": 1, "title": " ", "abstract": None}, "no_text"),
        ({"pmid": 1, "title": 5}, "bad_field"),
        (b'{"id": "x", "text": "\\ud800"}', "bad_field"),
        (b'{"id": "\\ud800", "text": "T"}', "bad_field"),
        (b'{"id": "x", "text": "T", "publication_types": ["\\ud800"]}', "bad_field"),
        (b'{"id": "x", "text": "T", "mesh": ["mesh:\\udfff"]}', "bad_field"),
        (b'{"id": "x", "text": "T", "sections": [{"label": "\\ud800", "start": 0, "end": 1}]}', "bad_field"),
        *(
            ({"pmid": 1, "title": "T", **fields}, "bad_field")
            for fields in (
                {"year": True},
                {"year": "none"},
                {"revision": "v3"},
                {"revision": 2.5},
                {"revision": [3]},
                {"revision": -1},
                {"deleted": "maybe"},
                {"deleted": 2},
                {"retracted": [True]},
                {"retracts": "7"},
                {"retracts": [{"id": 7}]},
                {"retracts": [True]},
                {"publication_types": "Review"},
                {"publication_types": [3]},
            )
        ),
    ],
)
def test_a_bad_line_is_a_reject_and_the_rest_goes_on(line: object, expected: str) -> None:
    first, bad, last = read({"pmid": 1, "title": "T"}, line, {"pmid": 3, "title": "T"})
    assert (first["doc_id"], last["doc_id"]) == ("PMID:1", "PMID:3")
    assert (kind(bad), bad["record"]) == (expected, 2)
    assert bad["doc_id"].startswith("FILE:some.jsonl#2@")
    assert "some.jsonl, record 2:" in bad["errors"][0]["message"]
    assert bad["raw"] == (line if isinstance(line, bytes) else json.dumps(line).encode())


def test_blank_lines_count_but_give_nothing() -> None:
    rows = read({"pmid": 1, "title": "T"}, b"", b"  \r", {"pmid": 2, "title": "T"}, b"")
    assert [(row["doc_id"], row["record"]) for row in rows] == [("PMID:1", 1), ("PMID:2", 4)]


def test_empty_file_is_a_reject() -> None:
    (row,) = read(b"")
    assert kind(row) == "empty"


def test_broken_gzip_keeps_what_came_before() -> None:
    lines = [json.dumps({"pmid": i, "title": f"{i * 7919:x}"}) for i in range(1, 5000)]
    packed = gzip.compress("\n".join(lines).encode())
    rows = list(read_jsonl(io.BytesIO(packed[: len(packed) // 2]), "a.jsonl.gz"))
    assert len(rows) > 1000
    assert [row["doc_id"] for row in rows[:-2]] == [f"PMID:{i}" for i in range(1, len(rows) - 1)]
    assert kind(rows[-1]) == "broken_stream"


@pytest.mark.parametrize(("name", "by_pmid"), [("abstracts_pmid.jsonl.gz", 2000), ("abstracts_nopmid.jsonl.gz", 0)])
def test_real_abstracts_read(data_dir: Path, name: str, by_pmid: int) -> None:
    path = data_dir / "corpus" / name
    with open(path, "rb") as stream:
        rows = list(islice(read_jsonl(stream, str(path)), 2000))
    assert sum(bool(row["errors"]) for row in rows) == 0
    assert sum(row["doc_id"].startswith("PMID:") for row in rows) == by_pmid
    assert len({row["doc_id"] for row in rows}) > 1950


def test_flags_may_be_numbers_or_words() -> None:
    for value in (True, 1, 1.0, "true", "Yes", "1", "1.0"):
        assert read_one(pmid=1, title="T", deleted=value)["deleted"] is True
    for value in (False, 0, 0.0, "False", "no", "0", "", None, float("nan")):
        row = read_one(pmid=1, title="T", deleted=value)
        assert (row["deleted"], row["errors"]) == (False, [])


@pytest.mark.parametrize(
    ("revision", "number"), [(2.0, 2), ("2", 2), ("2.0", 2), ("", 0), (float("nan"), 0), (str(10**18), 10**18)]
)
def test_a_whole_number_may_be_a_float_or_text(revision: object, number: int) -> None:
    assert read_one(pmid=1.0, title="T", revision=revision) == read_one(pmid=1, title="T", revision=number)


def test_what_is_retracted_is_named_as_the_document_is() -> None:
    retracts = [123, "124", 125.0, "PMID:126", None]
    named = ["PMID:123", "PMID:124", "PMID:125", "PMID:126"]
    assert read_one(pmid=1, title="T", retracts=retracts)["retracts"] == named
    assert read_one(title="T", retracts=retracts)["retracts"] == named
    assert read_one(pmid="1.0", title="T", retracts=["123.0"])["retracts"] == ["PMID:123"]
    assert read_one(id="own", title="T", retracts=retracts)["retracts"] == ["123", "124", "125", "PMID:126"]


def test_fields_that_pandas_left_empty_are_not_there() -> None:
    nan = float("nan")
    row = read_one(pmid=nan, id=nan, title="T", abstract=nan, journal=nan, mesh=nan, retracts=nan, sections=nan)
    assert (row["doc_id"], row["text"], row["errors"]) == (text_doc_id("T"), "T", [])


def test_a_bad_field_is_named_with_its_value() -> None:
    (row,) = read({"pmid": 1, "title": "T", "revision": "v3"})
    assert row["errors"][0]["message"].endswith("revision is no number: 'v3'")
