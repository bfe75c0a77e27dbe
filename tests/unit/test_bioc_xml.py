"""BioC XML, and what passages mean in whichever form they come."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from engine.read.bioc import Passage, read_passages
from engine.read.bioc_xml import FORMAT
from engine.read.format import BadRecordError
from engine.schema import text_doc_id
from tests.unit.reading import kinds, read, read_one, sections

HEAD = "<?xml version='1.0'?><!DOCTYPE collection SYSTEM 'BioC.dtd'>\n"


def passage(text: str, *, offset: int | str = "", **infons: str) -> str:
    inner = "".join(f'<infon key="{key}">{value}</infon>' for key, value in infons.items())
    return f"<passage>{inner}<offset>{offset}</offset><text>{text}</text></passage>"


def document(*passages: str, id: str = "7", infons: str = "") -> str:
    return f"<document><id>{id}</id>{infons}{''.join(passages)}</document>"


def collection(*documents: str) -> str:
    header = '<source>PubTator</source><date/><key>BioC.key</key><infon key="a">b</infon>'
    return f"{HEAD}<collection>{header}{''.join(documents)}</collection>"


ABSTRACT = document(passage("A  title.", offset=0, type="title"), passage("It is &lt; so.", offset=10, type="abstract"))


def test_title_and_abstract_to_the_letter() -> None:
    row = read_one(FORMAT, collection(ABSTRACT))
    assert (row["doc_id"], row["title"], row["text"]) == ("PMID:7", "A  title.", "A  title.\nIt is < so.")
    assert (row["sections"], row["revision"], row["text"][10:12]) == ([], 0, "It")


def test_sentences_stand_in_for_a_text() -> None:
    inner = "<passage><offset>0</offset><sentence><offset>0</offset><text>One.</text></sentence>"
    inner += "<sentence><text>Two.</text></sentence></passage>"
    assert read_one(FORMAT, collection(document(passage("T", type="title"), inner)))["text"] == "T\nOne. Two."


def said(*passages: tuple[str, str, str]) -> list[Passage]:
    """Passages of (type, section_type, text)."""
    return [Passage({"type": type, "section_type": section}, None, text) for type, section, text in passages]


def test_headings_become_labels_and_references_are_left_out() -> None:
    row = read_passages(
        "7",
        {},
        said(
            ("front", "TITLE", "The title"),
            ("abstract_title_1", "ABSTRACT", "Aim:"),
            ("abstract", "ABSTRACT", "To see."),
            ("paragraph", "INTRO", "Once."),
            ("title_1", "METHODS", "Methods"),
            ("title_2", "METHODS", "Mice"),
            ("paragraph", "METHODS", "We took mice."),
            ("title_2", "METHODS", "Assays"),
            ("paragraph", "METHODS", "We looked."),
            ("fig_caption", "FIG", "A mouse."),
            ("table_caption", "TABLE", "All mice."),
            ("table", "TABLE", "1\t2"),
            ("title_1", "RESULTS", "Results"),
            ("paragraph", "RESULTS", "We saw."),
            ("title_1", "COMP_INT", "Interests"),
            ("paragraph", "COMP_INT", "A. B. was paid by a maker of imatinib."),
            ("paragraph", "ACK_FUND", "We thank all mice."),
            ("title", "REF", "References"),
            ("ref", "REF", "Doe 2001"),
        ),
    )
    assert row["title"] == "The title"
    assert sections(row) == [
        ("Aim", "To see."),
        ("INTRO", "Once."),
        ("Methods > Mice", "We took mice."),
        ("Methods > Assays", "We looked."),
        ("Figure", "A mouse."),
        ("Table", "All mice."),
        ("Results", "We saw."),
    ]
    assert row["text"].endswith("\nWe saw.")
    assert row["revision"] > 10**18, "a full text stands above its abstract"


@pytest.mark.parametrize(
    ("identity", "infons", "doc_id"),
    [
        ("12", {}, "PMID:12"),
        ("12", {"article-id_pmid": "0034", "article-id_pmc": "12"}, "PMID:34"),
        ("12", {"article-id_pmc": "12"}, "PMC12"),
        ("PMC12", {"pmid": "34"}, "PMID:34"),
        ("mine", {}, "mine"),
        ("", {}, text_doc_id("T\nA")),
    ],
)
def test_document_id(identity: str, infons: dict[str, str], doc_id: str) -> None:
    assert read_passages(identity, infons, said(("title", "", "T"), ("abstract", "", "A")))["doc_id"] == doc_id


def test_passages_without_types() -> None:
    row = read_passages("1", {}, said(("", "", "T"), ("", "", "A")))
    assert (row["title"], row["text"]) == ("T", "T\nA")
    assert read_passages("1", {}, said(("", "", "A")))["text"] == "\nA"


def test_year_and_journal() -> None:
    infons = {"year": "2003", "journal": "Nature; 2003 Jan 1"}
    row = read_passages("1", infons, said(("title", "", "T")))
    assert (row["year"], row["journal"]) == (2003, "Nature")


def test_offsets_that_go_backwards_are_refused() -> None:
    with pytest.raises(BadRecordError, match="a passage at 5 comes after one at 9"):
        read_passages("1", {}, [Passage({}, 0, "T"), Passage({}, 9, "A"), Passage({}, 5, "B")])


@pytest.mark.parametrize(
    ("broken", "kind"),
    [
        (document(), "no_passages"),
        (document(passage(" ")), "no_text"),
        (document(passage("T", offset="x")), "bad_offset"),
        (document(passage("T", offset=9), passage("A", offset=3)), "bad_offset"),
        (document(passage("a & b")), "broken_xml"),
        (document(passage("&bomb;")), "undefined_entity"),
        (document(passage("T")).removesuffix("</document>"), "unclosed"),
        ("<surprise>x</surprise>", "stray"),
    ],
)
def test_a_broken_document_costs_only_itself(broken: str, kind: str) -> None:
    rows = read(FORMAT, collection(ABSTRACT, broken, ABSTRACT.replace(">7<", ">8<")))
    assert kinds(rows) == ["PMID:7", kind, "PMID:8"]
    assert rows[1]["raw"] == broken.encode()


def test_wrong_bytes_cost_only_their_document() -> None:
    data = collection(ABSTRACT, document(passage("M@ller")), ABSTRACT).encode().replace(b"@", b"\xfc")
    assert kinds(read(FORMAT, data)) == ["PMID:7", "broken_xml", "PMID:7"]


def test_entity_bomb_is_never_expanded() -> None:
    doctype = '<!DOCTYPE collection [<!ENTITY a "haha"><!ENTITY d SYSTEM "file:///etc/passwd">]>'
    bombs = collection(document(passage("&a;")), document(passage("&d;")), ABSTRACT).replace(HEAD, doctype)
    assert kinds(read(FORMAT, bombs)) == ["undefined_entity", "undefined_entity", "PMID:7"]


def test_truncated_files_keep_what_came_before() -> None:
    whole = collection(ABSTRACT, ABSTRACT)
    assert kinds(read(FORMAT, whole[:-60])) == ["PMID:7", "truncated"]
    assert kinds(read(FORMAT, whole.removesuffix("</collection>"))) == ["PMID:7", "PMID:7", "truncated"]
    packed = gzip.compress(
        collection(*(document(passage(f"{n * 7919:x}"), id=str(n)) for n in range(1, 3000))).encode()
    )
    rows = read(FORMAT, packed[: len(packed) // 2])
    assert kinds(rows) == [*(f"PMID:{n}" for n in range(1, len(rows))), "broken_stream"]


@pytest.mark.parametrize(("content", "kind"), [("", "empty"), ("<html/>", "no_records"), ("words", "no_records")])
def test_a_file_without_documents_is_told(content: str, kind: str) -> None:
    assert kinds(read(FORMAT, content)) == [kind]
    assert read(FORMAT, collection()) == [], "an empty collection is no fault"


def test_a_real_full_text_reads(data_dir: Path) -> None:
    path = data_dir / "corpus/formats/bioc_14557244.xml"
    row = read_one(FORMAT, path.read_bytes(), str(path))
    assert (row["doc_id"], row["year"], row["journal"]) == ("PMID:14557244", 2003, "The Journal of Cell Biology")
    assert row["text"][110:].startswith("The budding yeast Cdc48p and its mammalian homologue p97")
    labels = [label for label, _ in sections(row)]
    assert labels[0] == "Introduction"
    assert any(label.startswith("Materials and methods > ") for label in labels)
    assert len(row["text"]) > 20_000
    assert "EMBO J." not in row["text"][-500:], "no references"
