"""BioC JSON: the layouts in which it comes, and what becomes of what is broken."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from engine.read import json_records
from engine.read.bioc_json import FORMAT
from tests.unit.reading import kinds, read, read_one, sections


def document(number: int | str = 7, **fields: Any) -> dict[str, Any]:
    passages = [
        {"infons": {"type": "title"}, "offset": 0, "text": 'A "title" {[.', "annotations": [{"id": "1", "infons": {}}]},
        {"infons": {"type": "abstract"}, "offset": 14, "text": "It is so\\."},
    ]
    return {"id": str(number), "infons": {}, "passages": passages, "annotations": [{"x": 1}], **fields}


LAYOUTS = {
    "collection": {"source": "PubTator", "infons": {}, "documents": [document(1), document(2)]},
    "collections": [{"bioctype": "BioCCollection", "documents": [document(1)]}, {"documents": [document(2)]}],
    "pubtator3": {"PubTator3": [document(1), document(2)]},
    "list": [document(1), document(2)],
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("indent", [None, 1])
def test_layouts(layout: str, indent: int | None) -> None:
    rows = read(FORMAT, json.dumps(LAYOUTS[layout], indent=indent))
    assert kinds(rows) == ["PMID:1", "PMID:2"]
    assert rows[0]["text"] == 'A "title" {[.\nIt is so\\.'


def test_one_document_a_line() -> None:
    rows = read(FORMAT, "\n".join(json.dumps(document(n)) for n in (1, 2)) + "\n")
    assert kinds(rows) == ["PMID:1", "PMID:2"]


def test_keys_in_any_order() -> None:
    assert kinds(read(FORMAT, json.dumps({"documents": [document(1)]}, sort_keys=True))) == ["PMID:1"]
    first = {"relations": [{"id": "R1", "infons": {}}], **document(1)}
    assert kinds(read(FORMAT, json.dumps([first, document(2)]))) == ["PMID:1", "PMID:2"]


def test_fields_beside_the_passages() -> None:
    passages = [{"infons": {"section_type": "TITLE", "type": "front"}, "offset": 0, "text": "T"}]
    passages += [{"infons": {"section_type": "METHODS", "type": "paragraph"}, "offset": 2, "text": "We did."}]
    row = read_one(FORMAT, json.dumps([document("PMC9", pmid=34, journal="Nature", year=2020, passages=passages)]))
    assert (row["doc_id"], row["year"], row["journal"]) == ("PMID:34", 2020, "Nature")
    assert sections(row) == [("METHODS", "We did.")]


def test_what_is_null_is_not_there() -> None:
    passages = [{"infons": {"type": "title", "journal": None}, "text": "T"}, {"infons": {"section": None}, "text": "A"}]
    row = read_one(FORMAT, json.dumps([document(passages=passages)]))
    assert (row["journal"], row["sections"]) == (None, [])


def test_sentences_stand_in_for_a_text() -> None:
    passages = [{"offset": 0, "sentences": [{"text": "One."}, {"text": "Two."}]}, {"text": "A"}]
    assert read_one(FORMAT, json.dumps(document(passages=passages)))["text"] == "One. Two.\nA"


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"passages": []}, "no_passages"),
        ({"passages": "x"}, "no_passages"),
        ({"passages": [{"text": " "}]}, "no_text"),
        ({"passages": [{"text": 5}]}, "bad_field"),
        ({"passages": ["x"]}, "bad_field"),
        ({"passages": [{"offset": "0", "text": "T"}]}, "bad_offset"),
        ({"passages": [{"offset": 9, "text": "T"}, {"offset": 3, "text": "A"}]}, "bad_offset"),
    ],
)
def test_a_document_that_says_nothing_is_a_reject(fields: dict[str, Any], kind: str) -> None:
    rows = read(FORMAT, json.dumps({"documents": [document(1), document(5, **fields), document(2)]}))
    assert kinds(rows) == ["PMID:1", kind, "PMID:2"]
    assert json.loads(rows[1]["raw"])["id"] == "5"


def test_an_object_without_passages_is_not_passed_over() -> None:
    for whole in ({"documents": [document(1), {"id": "5"}, document(2)]}, [document(1), {"id": "5"}, document(2)]):
        assert kinds(read(FORMAT, json.dumps(whole))) == ["PMID:1", "no_passages", "PMID:2"]


def test_an_array_of_records_is_read_as_pandas_writes_it() -> None:
    records = [{"pmid": 1, "title": "T.", "abstract": "A.", "year": 1999}, {"pmid": 2, "passages": 3}, {"pmid": "x"}]
    rows = read(FORMAT, json.dumps([*records, {"pmid": 3, "text": "B."}], indent=2))
    assert kinds(rows) == ["PMID:1", "no_passages", "no_passages", "PMID:3"]
    assert (rows[0]["text"], rows[0]["year"]) == ("T.\nA.", 1999)


@pytest.mark.parametrize("value", [3, "x", None, ["x"]])
def test_a_field_called_documents_that_holds_none_hides_no_record(value: object) -> None:
    records = [{"documents": value, "pmid": n, "title": "T."} for n in (1, 2)]
    for whole in (json.dumps(records), "\n".join(map(json.dumps, records))):
        assert kinds(read(FORMAT, whole)) == ["PMID:1", "PMID:2"]


@pytest.mark.parametrize(
    ("cut", "expected"),
    [
        ('"offset": 0,', ["PMID:1", "bad_json", "PMID:2"]),  # replaced by a word
        ('"5"', ["PMID:1", "bad_json", "PMID:2"]),
        ("It is so", ["PMID:1", "bad_json", "PMID:2"]),
    ],
)
def test_broken_json_costs_only_its_document(cut: str, expected: list[str]) -> None:
    broken = json.dumps(document(5), indent=1).replace(cut, "wor'd" if cut != "It is so" else "\xff\n", 1)
    whole = f'{{"documents": [{json.dumps(document(1))}, {broken}, {json.dumps(document(2))}]}}'
    assert kinds(read(FORMAT, whole)) == expected


def test_wrong_bytes_cost_only_their_document() -> None:
    data = json.dumps([document(1), document(5), document(2)]).encode()
    middle = data.index(b"so", data.index(b'"5"'))
    assert kinds(read(FORMAT, data[:middle] + b"\xfc" + data[middle:])) == ["PMID:1", "bad_json", "PMID:2"]


def test_a_document_that_is_not_closed_ends_where_the_next_begins() -> None:
    first, last = json.dumps(document(1)), json.dumps(document(2))
    rows = read(FORMAT, f"{first.removesuffix('}')}\n{last}\n{last}")
    assert kinds(rows) == ["unclosed", "PMID:2", "PMID:2"]
    assert rows[0]["raw"].startswith(b'{"id": "1"')


def test_brackets_that_do_not_fit_are_told_and_no_document_is_lost() -> None:
    documents = [json.dumps(document(n)) for n in (1, 2, 3)]
    rows = read(FORMAT, '{"documents": [' + documents[0] + "}, " + ", ".join(documents[1:]) + "]}")
    assert [kind for kind in kinds(rows) if kind.startswith("PMID")] == ["PMID:1", "PMID:2", "PMID:3"]
    assert {"unclosed", "stray"} <= set(kinds(rows))


@pytest.mark.parametrize("cut", [3, 40, 150])
def test_truncated_files_keep_what_came_before(cut: int) -> None:
    whole = json.dumps({"documents": [document(1), document(2)]})
    rows = read(FORMAT, whole[:-cut])
    assert kinds(rows)[0] == "PMID:1"
    assert kinds(rows)[-1] == "truncated"
    assert rows[-1]["raw"] is None or rows[-1]["raw"].startswith(b'{"id": "2"')


def test_broken_gzip_keeps_what_came_before() -> None:
    lines = (json.dumps(document(n, infons={"x": f"{n * 7919:x}"})) for n in range(1, 3000))
    packed = gzip.compress(("[" + ",\n".join(lines) + "]").encode())
    rows = read(FORMAT, packed[: len(packed) // 2])
    assert kinds(rows) == [*(f"PMID:{n}" for n in range(1, len(rows))), "broken_stream"]
    assert len(rows) > 500


@pytest.mark.parametrize(
    ("content", "kind"),
    [("", "empty"), (" \n", "empty"), ("words", "stray"), ('"text"', "stray"), ("{}", "no_passages")],
)
def test_a_file_without_documents_is_told(content: str, kind: str) -> None:
    assert kinds(read(FORMAT, content)) == [kind]
    assert read(FORMAT, '{"documents": []}') == [], "an empty collection is no fault"


def test_what_stands_between_documents_is_told() -> None:
    one = json.dumps(document(1))
    assert kinds(read(FORMAT, f"{one}\nwords\n{one}\nmore")) == ["PMID:1", "stray", "PMID:1", "stray"]


def test_an_endless_document_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_records, "RECORD_LIMIT_BYTES", 1000)
    long = {"passages": [{"text": "x" * 600_000}]}
    rows = read(FORMAT, json.dumps(document(1)) + json.dumps(long))
    assert kinds(rows)[:2] == ["PMID:1", "oversized"]


@pytest.mark.parametrize(
    ("at", "what"), [("id", "id"), ("infon", "infon journal"), ("passage", "infon journal"), ("text", "text")]
)
def test_half_a_surrogate_pair_is_a_reject_that_keeps_its_bytes(at: str, what: str) -> None:
    half = {name: "\ud800" if name == at else "x" for name in ("id", "infon", "passage", "text")}
    passage = {"infons": {"journal": half["passage"]}, "offset": 0, "text": half["text"]}
    bad = json.dumps({"id": half["id"], "infons": {"journal": half["infon"]}, "passages": [passage]})
    (row,) = read(FORMAT, bad)
    assert (kinds([row]), row["raw"]) == (["bad_field"], bad.encode())
    assert f"{what} holds half a surrogate pair" in row["errors"][0]["message"]
