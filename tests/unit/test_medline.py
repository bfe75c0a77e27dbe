"""MEDLINE text: fields, wrapped lines, revisions, and what becomes of what is broken."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from engine.read.medline import FORMAT
from tests.unit.reading import kinds, read, read_one

RECORD = """PMID- 7
OWN - NLM
STAT- MEDLINE
DCOM- 20190219
LR  - 20190320
DP  - 2018 Oct 1
TI  - Effect of p53 loss and
      more.
AB  - OBJECTIVE: To see. RESULTS: We saw, and it
      was so.
CI  - (c) me
FAU - Doe, Jane
PT  - Journal Article
PT  - Review
TA  - Am Surg
JT  - The American surgeon
MH  - Adult
SO  - Am Surg. 2018 Oct 1;84(10):1691-1695.
"""


def record(**fields: str) -> str:
    """A record of these fields in PubMed's layout."""
    return "".join(f"{tag:<4}- {text}\n" for tag, text in fields.items())


def test_a_record_as_pubmed_exports_it() -> None:
    row = read_one(FORMAT, "\n" + RECORD)
    assert (row["doc_id"], row["title"]) == ("PMID:7", "Effect of p53 loss and more.")
    assert row["text"] == "Effect of p53 loss and more.\nOBJECTIVE: To see. RESULTS: We saw, and it was so."
    assert (row["year"], row["journal"]) == (2018, "The American surgeon")
    assert (row["publication_types"], row["mesh"]) == (["Journal Article", "Review"], [])
    assert row["revision"] == 1_20190320_0000000, "that of the PubMed XML of the same day"


@pytest.mark.parametrize(
    ("fields", "title"),
    [
        ({"TI": "A.", "TT": "B."}, "A."),
        ({"TI": "[Not Available].", "TT": "B."}, "B."),
        ({"BTI": "A book", "AB": "x"}, "A book"),
        ({"AB": "x"}, ""),
    ],
)
def test_title(fields: dict[str, str], title: str) -> None:
    row = read_one(FORMAT, record(PMID="1", **fields))
    assert row["title"] == title
    assert row["text"] == title + ("\nx" if "AB" in fields else "")


@pytest.mark.parametrize(
    ("fields", "year", "revision"),
    [
        ({"DP": "1998 Dec-1999 Jan"}, 1998, 1_19980000_0000000),
        ({"DP": "Winter", "DEP": "20100203"}, 2010, 1_20100000_0000000),
        ({"DP": "2003", "DCOM": "20040102"}, 2003, 1_20040102_0000000),
        ({"DP": "1993", "CTDT": "20090630", "DRDT": "20190404"}, 2009, 1_20190404_0000000),
        ({"DP": "1993", "CTDT": "20090630"}, 2009, 1_20090630_0000000),
        ({}, None, 1_00000000_0000000),
    ],
)
def test_year_and_revision(fields: dict[str, str], year: int | None, revision: int) -> None:
    row = read_one(FORMAT, record(PMID="1", TI="T", **fields))
    assert (row["year"], row["revision"]) == (year, revision)


def test_retractions() -> None:
    retracted, notice = read(
        FORMAT,
        record(PMID="1", TI="T", RIN="J. 2001;1:1. PMID: 2")
        + "\n"
        + record(PMID="2", TI="T", ROF="Doe J. J. 2000;1:1. PMID: 0001"),
    )
    assert (retracted["retracted"], retracted["retracts"]) == (True, [])
    assert (notice["retracted"], notice["retracts"]) == (False, ["PMID:1"])
    old, new = read(FORMAT, record(PMID="1", TI="T", RRI="J. PMID: 2") + "\n" + record(PMID="2", TI="T", RRF="PMID: 1"))
    assert (old["retracted"], old["retracts"]) == (True, [])
    assert (new["retracted"], new["retracts"]) == (False, ["PMID:1"]), "published anew"


def test_a_record_without_text_is_told_with_the_fields_that_it_has() -> None:
    (row,) = read(FORMAT, record(PMID="5", AU="Doe J"))
    assert row["errors"][0]["message"].endswith("found ['AU', 'PMID']")


@pytest.mark.parametrize("gap", ["\n", "", "\n \n\n"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_records_end_at_a_blank_line_or_the_next_pmid(gap: str, ending: str) -> None:
    text = (RECORD + gap + RECORD.replace("PMID- 7", "PMID- 8")).replace("\n", ending)
    assert kinds(read(FORMAT, text)) == ["PMID:7", "PMID:8"]


@pytest.mark.parametrize(
    ("broken", "kind"),
    [
        (record(PMID="", TI="T"), "no_pmid"),
        (record(PMID="5", AU="Doe J"), "no_text"),
        (record(TI="T", AB="without a beginning"), "stray"),
        (record(PMID="5", TI="T", AB="cut off hePMID- 6", SO="x") + record(TI="Another", SO="y"), "doubled_field"),
        (record(PMID="5", TI="T") + "a line that lost its indentation\n", "bad_line"),
    ],
)
def test_a_broken_record_costs_only_itself(broken: str, kind: str) -> None:
    rows = read(FORMAT, f"{RECORD}\n{broken}\n{RECORD.replace('PMID- 7', 'PMID- 8')}")
    assert kinds(rows) == ["PMID:7", kind, "PMID:8"]
    assert rows[1]["raw"] == broken.rstrip("\n").encode(), "kept, to be replayed"


def test_wrong_bytes_cost_only_their_record() -> None:
    data = (RECORD + "\n" + record(PMID="5", TI="M@ller", SO="x") + "\n" + RECORD).encode().replace(b"@", b"\xfc")
    rows = read(FORMAT, data)
    assert kinds(rows) == ["PMID:7", "bad_encoding", "PMID:7"]
    assert "not UTF-8" in rows[1]["errors"][0]["message"]
    assert b"\xfc" in rows[1]["raw"]


def test_a_file_that_breaks_off_is_noticed() -> None:
    text = RECORD + "\n" + RECORD.replace("PMID- 7", "PMID- 8")
    rows = read(FORMAT, text[:-120])
    assert kinds(rows) == ["PMID:7", "truncated"]
    assert rows[1]["raw"].startswith(b"PMID- 8")
    packed = gzip.compress("\n".join(RECORD.replace("PMID- 7", f"PMID- {n}") for n in range(1, 3000)).encode())
    rows = read(FORMAT, packed[: len(packed) // 2])
    assert kinds(rows)[-1] == "broken_stream"
    assert kinds(rows)[:-1] == [f"PMID:{n}" for n in range(1, len(rows))]


def test_a_book_ends_with_its_accession() -> None:
    book = record(PMID="25905182", DP="2000", TI="Role of Glucose.", BTI="Endotext", AID="NBK278947 [bookaccession]")
    assert kinds(read(FORMAT, f"{RECORD}\n{book}")) == ["PMID:7", "PMID:25905182"]
    assert kinds(read(FORMAT, f"{book}\n{RECORD}")) == ["PMID:25905182", "PMID:7"]
    assert kinds(read(FORMAT, f"{RECORD}\n{book[:-20]}")) == ["PMID:7", "truncated"]


@pytest.mark.parametrize("content", ["", " \n\n ", gzip.compress(b"")])
def test_an_empty_file_is_told(content: str | bytes) -> None:
    assert kinds(read(FORMAT, content)) == ["empty"]


def test_what_is_no_medline_is_told() -> None:
    assert kinds(read(FORMAT, "pmid,title\n1,x\n")) == ["stray"]


@pytest.mark.parametrize(("name", "records"), [("p1mortho_citations.nbib", 200), ("p1mortho_medline_23.txt", 23)])
def test_real_exports_read(data_dir: Path, name: str, records: int) -> None:
    path = data_dir / "corpus/formats" / name
    rows = read(FORMAT, path.read_bytes(), str(path))
    assert len(rows) == records
    for row in rows:
        assert row["errors"] == []
        assert row["text"].startswith(row["title"] or "\n")
        assert row["title"]
        assert row["year"]
        assert row["journal"]
        assert "  " not in row["text"]
    abstracts = path.read_text().count("\nAB  - ")
    assert sum(len(row["text"]) > len(row["title"]) for row in rows) == abstracts
