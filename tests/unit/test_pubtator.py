"""PubTator as input: text to the letter, ids, and what becomes of what is broken."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from engine.read.pubtator import FORMAT
from engine.schema import text_doc_id
from tests.unit.reading import kinds, read, read_one

ASPIRIN = "7|t|Aspirin  helps.\n7|a|It helps pain.\n7\t0\t7\tAspirin\tChemical\tD001241\n7\tCID\tD001241\tD010146\n"


def test_text_is_to_the_letter_so_that_offsets_hold() -> None:
    row = read_one(FORMAT, ASPIRIN)
    assert (row["doc_id"], row["title"], row["text"]) == (
        "PMID:7",
        "Aspirin  helps.",
        "Aspirin  helps.\nIt helps pain.",
    )
    assert (row["year"], row["revision"], row["sections"]) == (None, 0, [])


@pytest.mark.parametrize(
    ("block", "doc_id", "text"),
    [
        ("7|t|T|x|\n7|a|A | B\n", "PMID:7", "T|x|\nA | B"),
        ("7|t|T\n7|a|\n", "PMID:7", "T"),
        ("7|t|\n7|a|A\n", "PMID:7", "\nA"),
        ("PMC12|t|T\nPMC12|a|A\n", "PMC12", "T\nA"),
        ("|t|T\n|a|A\n", text_doc_id("T\nA"), "T\nA"),
    ],
)
def test_ids_and_blank_parts(block: str, doc_id: str, text: str) -> None:
    row = read_one(FORMAT, block)
    assert (row["doc_id"], row["text"]) == (doc_id, text)


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("gap", ["\n", "", "\n\n"])
def test_documents_follow_each_other(gap: str, ending: str) -> None:
    text = (ASPIRIN + gap + ASPIRIN.replace("7|", "8|").replace("7\t", "8\t")).replace("\n", ending)
    rows = read(FORMAT, text)
    assert kinds(rows)[0] == "PMID:7"
    assert rows[1]["text"] == "Aspirin  helps.\nIt helps pain."


@pytest.mark.parametrize(
    ("broken", "kind"),
    [
        ("5|t|Only a title\n", "no_abstract"),
        ("5|t|T\n6|a|Another's abstract\n", "no_abstract"),
        ("5|t|\n5|a|\n", "no_text"),
        ("5|t|T\n5|a|A\n5\t0\t9\tT\tGene\t1\n", "bad_offset"),
        ("5|t|T\n5|a|A\n5\t3\t1\tT\tGene\t1\n", "bad_offset"),
        ("5|t|T\n5|a|A\n5\t0\tx\tT\tGene\t1\n", "bad_offset"),
        ("5|t|T\n5|a|A\n6\t0\t1\tT\tGene\t1\n", "bad_line"),
        ("5|t|T\n5|a|A\nwords\n", "bad_line"),
        ("5|a|without a title\n", "stray"),
        ("5\t0\t1\tT\tGene\t1\n", "stray"),
    ],
)
def test_a_broken_document_costs_only_itself(broken: str, kind: str) -> None:
    rows = read(FORMAT, f"1|t|T\n1|a|A\n\n{broken}\n2|t|T\n2|a|A\n")
    assert kinds(rows) == ["PMID:1", kind, "PMID:2"]
    assert rows[1]["raw"] == broken.rstrip("\n").encode()


def test_wrong_bytes_cost_only_their_document() -> None:
    rows = read(FORMAT, b"1|t|T\n1|a|A\n\n5|t|M\xfcller\n5|a|A\n\n2|t|T\n2|a|A\n")
    assert kinds(rows) == ["PMID:1", "bad_encoding", "PMID:2"]


def test_byte_order_marks_are_understood() -> None:
    assert kinds(read(FORMAT, ASPIRIN.encode("utf-8-sig"))) == ["PMID:7"]
    assert kinds(read(FORMAT, ASPIRIN.encode("utf-16"))) == ["PMID:7"]


def test_broken_gzip_keeps_what_came_before() -> None:
    packed = gzip.compress("\n".join(f"{n}|t|T {n * 7919:x}\n{n}|a|A\n" for n in range(1, 5000)).encode())
    rows = read(FORMAT, packed[: len(packed) // 2])
    assert kinds(rows)[-1] == "broken_stream"
    assert kinds(rows)[:-1] == [f"PMID:{n}" for n in range(1, len(rows))]
    assert len(rows) > 1000


@pytest.mark.parametrize(("content", "kind"), [("", "empty"), ("\n \n", "empty"), ("pmid,title\n1,x\n", "stray")])
def test_a_file_without_documents_is_told(content: str, kind: str) -> None:
    assert kinds(read(FORMAT, content)) == [kind]


@pytest.mark.parametrize(
    ("name", "documents"),
    [
        ("bc5cdr/CDR_TestSet.PubTator.txt.gz", 500),
        ("biored/Dev.PubTator.gz", 100),
        ("ncbi-disease/NCBItestset_corpus.txt.gz", 100),
    ],
)
def test_gold_corpora_read(data_dir: Path, name: str, documents: int) -> None:
    path = data_dir / "gold" / name
    text_of = {row["doc_id"]: row["text"] for row in read(FORMAT, path.read_bytes(), str(path))}
    assert len(text_of) == documents
    checked = 0
    for line in gzip.decompress(path.read_bytes()).decode().split("\n"):
        cells = line.split("\t")
        if len(cells) > 4 and cells[1].isdigit():
            surface = text_of[f"PMID:{cells[0]}"][int(cells[1]) : int(cells[2])]
            assert surface.replace('"', " ") == cells[3].replace('"', " ")
            checked += 1
    assert checked > 900
