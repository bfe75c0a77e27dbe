"""PubMed XML: what comes out of a record, and what becomes of what is broken."""

from __future__ import annotations

import gzip
import io
import re
from pathlib import Path

import pytest
from lxml import etree

from engine.read.files import find_format, list_inputs
from engine.read.pubmed_xml import read_pubmed_xml
from engine.read.rows import Row


def read(xml: str | bytes, name: str = "/in/some.xml") -> list[Row]:
    data = xml.encode() if isinstance(xml, str) else xml
    return list(read_pubmed_xml(io.BytesIO(data), name))


def article(body: str = "", *, pmid: str = "<PMID>7</PMID>", dates: str = "", after: str = "") -> str:
    citation = f"{pmid}{dates}<Article>{body}</Article>{after}"
    return f"<PubmedArticle><MedlineCitation>{citation}</MedlineCitation></PubmedArticle>"


def article_set(*records: str) -> str:
    return f'<?xml version="1.0"?>\n<PubmedArticleSet>{"".join(records)}</PubmedArticleSet>'


def read_one(body: str = "", **rest: str) -> Row:
    (row,) = read(article_set(article(body, **rest)))
    assert row["errors"] == []
    return row


def kinds(rows: list[Row]) -> list[str]:
    return ["+".join(error["kind"] for error in row["errors"]) or row["doc_id"] for row in rows]


# ------------------------------------------------------------------------------------------ text


def test_text_is_title_newline_and_the_parts_of_the_abstract() -> None:
    row = read_one(
        "<ArticleTitle>A title.</ArticleTitle><Abstract>"
        '<AbstractText Label="AIM" NlmCategory="OBJECTIVE">To see.</AbstractText>'
        "<AbstractText>  </AbstractText>"
        '<AbstractText NlmCategory="RESULTS">We\n   saw.</AbstractText>'
        '<AbstractText Label="UNLABELLED">More.</AbstractText>'
        "<CopyrightInformation>(c) me</CopyrightInformation></Abstract>"
    )
    text = row["text"]
    assert text == "A title.\nTo see.\nWe saw.\nMore."
    assert [(s["label"], text[s["start"] : s["end"]]) for s in row["sections"]] == [
        ("AIM", "To see."),
        ("RESULTS", "We saw."),
    ]


def test_other_abstracts_are_left_out() -> None:
    other = '<OtherAbstract Type="Publisher" Language="fre"><AbstractText>Résumé.</AbstractText></OtherAbstract>'
    row = read_one("<ArticleTitle>T</ArticleTitle><Abstract><AbstractText>A.</AbstractText></Abstract>", after=other)
    assert row["text"] == "T\nA."


@pytest.mark.parametrize(
    ("title", "vernacular", "expected"),
    [
        ("<ArticleTitle>[English].</ArticleTitle>", "Deutsch.", "[English]."),
        ("<ArticleTitle/>", "Deutsch.", "Deutsch."),
        ("<ArticleTitle>[Not Available].</ArticleTitle>", "Deutsch.", "Deutsch."),
        ("", "Deutsch.", "Deutsch."),
        ("<ArticleTitle>Not Available</ArticleTitle>", "", ""),
    ],
)
def test_vernacular_title_stands_in_for_a_missing_one(title: str, vernacular: str, expected: str) -> None:
    row = read_one(f"{title}<VernacularTitle>{vernacular}</VernacularTitle>")
    assert (row["title"], row["text"]) == (expected, expected)


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("the <i>BRCA1</i> gene", "the BRCA1 gene"),
        ("CD4<sup>+</sup>CD25<sup>high</sup> cells", "CD4+CD25high cells"),
        ("H<sub>2</sub>O and Ca<sup>2+</sup>", "H2O and Ca2+"),
        ("2.4 × 10<sup>6</sup> and 10<sup>-7</sup>", "2.4 × 10^6 and 10^-7"),
        ("10<sup><i>6</i></sup> and 10<sup>-<b>7</b></sup>", "10^6 and 10^-7"),
        ("<b>in <i>E. <u>coli</u></i></b> K<sub>12</sub>", "in E. coli K12"),
        ("p &lt; 0.05 &amp; q &gt; 1 &#945; &#x3b2;", "p < 0.05 & q > 1 α β"),
        ("EGFR&amp;mdash;TK, p&amp;lt;0.05, R&amp;D", "EGFR—TK, p<0.05, R&D"),
        ("5\u00a0mg\u2009/\tday,\n immuno\u00adglobulin\ufeff", "5 mg / day, immunoglobulin"),
        ("TNF\u200e-\u03b1\ufe0e \u2264\ufe00 5", "TNF-α ≤ 5"),
        ("<![CDATA[a < b]]><!-- unseen --> c", "a < b c"),
    ],
)
def test_inline_tags_and_entities_become_plain_text(markup: str, text: str) -> None:
    assert read_one(f"<ArticleTitle>{markup}</ArticleTitle>")["title"] == text


@pytest.mark.parametrize(
    ("mathml", "text"),
    [
        (
            "<mml:msub>\n <mml:mtext>Cu</mml:mtext>\n <mml:mn>2</mml:mn></mml:msub>\n <mml:mi>O</mml:mi>",
            "Cu2O",
        ),
        ("<mml:mfrac><mml:mn>1</mml:mn><mml:mi>k</mml:mi></mml:mfrac>", "1/k"),
        ("<mml:msup><mml:mn>10</mml:mn><mml:mn>6</mml:mn></mml:msup>", "10^6"),
        ("<mml:mi>f</mml:mi><mml:mo>&#x2061;</mml:mo><mml:mi>x</mml:mi>", "fx"),
        ("<mml:mi>p</mml:mi><mml:mo>&lt;</mml:mo><mml:mn>0.05</mml:mn>", "p<0.05"),
        ("<mml:semantics><mml:mi>x</mml:mi><mml:annotation>\\x</mml:annotation></mml:semantics>", "x"),
    ],
)
@pytest.mark.parametrize("namespace", [' xmlns:m="http://www.w3.org/1998/Math/MathML"', ""])
def test_mathml_becomes_one_line(mathml: str, text: str, namespace: str) -> None:
    row = read_one(f"<ArticleTitle>(<mml:math{namespace}>{mathml}</mml:math>).</ArticleTitle>")
    assert row["title"] == f"({text})."


# --------------------------------------------------------------------------------- bibliography


@pytest.mark.parametrize(
    ("issue_date", "rest", "year"),
    [
        ("<Year>2003</Year><Month>Jan</Month>", "", 2003),
        ("<MedlineDate>1998 Dec-1999 Jan</MedlineDate>", "", 1998),
        ("<MedlineDate>Winter 2001</MedlineDate>", "", 2001),
        ("<MedlineDate>unknown</MedlineDate>", "<ArticleDate><Year>2010</Year></ArticleDate>", 2010),
        ("", "", None),
    ],
)
def test_year(issue_date: str, rest: str, year: int | None) -> None:
    journal = f"<Journal><JournalIssue><PubDate>{issue_date}</PubDate></JournalIssue><Title>J &amp; K</Title></Journal>"
    row = read_one(journal + rest)
    assert (row["year"], row["journal"]) == (year, "J & K")


def test_mesh_chemicals_and_publication_types() -> None:
    row = read_one(
        '<PublicationTypeList><PublicationType UI="D016428">Journal Article</PublicationType></PublicationTypeList>',
        after=(
            '<ChemicalList><Chemical><NameOfSubstance UI="C510687">x</NameOfSubstance></Chemical></ChemicalList>'
            '<MeshHeadingList><MeshHeading><DescriptorName UI="D000818">Animals</DescriptorName>'
            '<QualifierName UI="Q000378">m</QualifierName></MeshHeading>'
            "<MeshHeading><DescriptorName>DNA</DescriptorName></MeshHeading></MeshHeadingList>"
        ),
    )
    assert row["mesh"] == ["mesh:D000818"]
    assert row["chemicals"] == ["mesh:C510687"]
    assert row["publication_types"] == ["Journal Article"]


def corrections(*links: tuple[str, str]) -> str:
    items = "".join(f'<CommentsCorrections RefType="{t}"><PMID>{p}</PMID></CommentsCorrections>' for t, p in links)
    return f"<CommentsCorrectionsList>{items}</CommentsCorrectionsList>"


def test_retraction_links() -> None:
    plain = read_one(after=corrections(("CommentIn", "5"), ("Cites", "6")))
    retracted = read_one(after=corrections(("RetractionIn", "5")))
    marked = read_one(
        "<PublicationTypeList><PublicationType>Retracted Publication</PublicationType></PublicationTypeList>"
    )
    notice = read_one(after=corrections(("RetractionOf", "5"), ("RetractionOf", "05"), ("RetractionOf", "")))
    assert [row["retracted"] for row in (plain, retracted, marked, notice)] == [False, True, True, False]
    assert [row["retracts"] for row in (plain, retracted, notice)] == [[], [], ["PMID:5"]]


def test_book_article() -> None:
    (row,) = read(
        "<PubmedArticleSet><PubmedBookArticle><BookDocument><PMID Version='1'>20301347</PMID>"
        "<Book><BookTitle>GeneReviews<sup>®</sup></BookTitle><PubDate><Year>1993</Year></PubDate></Book>"
        "<ArticleTitle>Myasthenia</ArticleTitle><PublicationType>Review</PublicationType>"
        "<Abstract><AbstractText Label='DIAGNOSIS'>By gene.</AbstractText></Abstract>"
        "<Sections><Section><SectionTitle>Not text</SectionTitle></Section></Sections>"
        "<ContributionDate><Year>2003</Year><Month>05</Month><Day>09</Day></ContributionDate>"
        "</BookDocument></PubmedBookArticle></PubmedArticleSet>"
    )
    assert row["doc_id"] == "PMID:20301347"
    assert row["text"] == "Myasthenia\nBy gene."
    assert (row["journal"], row["year"], row["publication_types"]) == ("GeneReviews®", 2003, ["Review"])
    assert row["revision"] == 1_20030509_0000000


def test_an_id_that_is_no_number_is_kept_as_its_owner_wrote_it() -> None:
    assert read_one(pmid="<PMID> 007 </PMID>")["doc_id"] == "PMID:7"
    assert read_one(pmid="<PMID>7-draft</PMID>")["doc_id"] == "7-draft"


# ------------------------------------------------------------------------------------ revisions


def revised(date: str, version: int = 1) -> dict[str, str]:
    year, month, day = date.split("-")
    return {
        "pmid": f'<PMID Version="{version}">7</PMID>',
        "dates": f"<DateRevised><Year>{year}</Year><Month>{month}</Month><Day>{day}</Day></DateRevised>",
    }


def revision(name: str, record: str) -> int:
    (row,) = [row for row in read(article_set(record), name) if row["doc_id"] == "PMID:7"]
    value = row["revision"]
    assert isinstance(value, int)
    return value


def test_revisions_order_by_version_then_date_then_file() -> None:
    in_order = [
        revision("pubmed24n1300.xml", article(**revised("2020-12-31"))),
        revision("pubmed25n0001.xml.gz", article(**revised("2021-02-01"))),
        revision("/other/pubmed25n1280.xml", article(**revised("2021-02-01"))),
        revision("pubmed26n0003.xml", article(**revised("2021-02-01"))),
        revision("pubmed25n0002.xml", article(**revised("2021-02-11"))),
        revision("pubmed25n0002.xml", article(**revised("2019-01-01", version=2))),
    ]
    assert in_order == sorted(set(in_order))
    assert in_order[1] == 1_20210201_2500001


def test_revision_falls_back_to_other_dates() -> None:
    journal = "<Journal><JournalIssue><PubDate><MedlineDate>1998 Dec</MedlineDate></PubDate></JournalIssue></Journal>"
    assert revision("some.xml", article(journal)) == 1_19980000_0000000
    completed = "<DateCompleted><Year>2001</Year><Month>2</Month><Day>3</Day></DateCompleted>"
    assert revision("some.xml", article(journal, dates=completed)) == 1_20010203_0000000


def test_deletion_wins_over_what_came_before_and_loses_to_what_comes_after() -> None:
    delete = '<DeleteCitation><PMID Version="1">7</PMID><PMID>8</PMID></DeleteCitation>'
    other = article(**revised("2021-06-10")).replace(">7<", ">9<")
    rows = read(article_set(other, delete), "pubmed25n1290.xml")
    assert [(row["doc_id"], row["deleted"], row["text"]) for row in rows[1:]] == [
        ("PMID:7", True, ""),
        ("PMID:8", True, ""),
    ]
    assert [row["record"] for row in rows] == [1, 2, 3]
    assert rows[1]["revision"] > revision("pubmed25n1289.xml", article(**revised("2021-06-10")))
    assert rows[1]["revision"] < revision("pubmed25n1291.xml", article(**revised("2021-06-10")))
    alone = read(article_set(delete), "pubmed25n1290.xml")
    assert alone[0]["revision"] == 1_20251231_2501290
    assert read(article_set(delete), "deletions.xml")[0]["revision"] == 1_99991231_0000000


# --------------------------------------------------------------------------------- broken input


def test_a_broken_record_costs_only_itself() -> None:
    rows = read(
        article_set(
            article(pmid="<PMID>1</PMID>"),
            article("<ArticleTitle>a & b</ArticleTitle>", pmid="<PMID>2</PMID>"),
            article("<ArticleTitle>&undefined;</ArticleTitle>", pmid="<PMID>3</PMID>"),
            article("<ArticleTitle>\x0b</ArticleTitle>", pmid="<PMID>4</PMID>"),
            article(pmid=""),
            article(pmid="<PMID> </PMID>"),
            "<PubmedArticle/>",
            "<PubmedArticle><MedlineCitation><PMID>5</PMID></MedlineCitation></PubmedArticle>",
            article(pmid="<PMID>6</PMID>"),
        )
    )
    assert kinds(rows) == [
        "PMID:1",
        "broken_xml",
        "undefined_entity",
        "broken_xml",
        "no_pmid",
        "no_pmid",
        "no_pmid",
        "no_article",
        "PMID:6",
    ]
    assert [row["record"] for row in rows] == list(range(1, 10))
    assert len({row["doc_id"] for row in rows}) == 9
    reject = rows[2]
    assert reject["doc_id"].startswith("FILE:some.xml#3@")
    assert b"&undefined;" in reject["raw"]
    assert reject["raw"].startswith(b"<PubmedArticle>")
    assert "some.xml, record 3:" in reject["errors"][0]["message"]
    assert "'undefined'" in reject["errors"][0]["message"]


def test_a_reject_can_be_replayed() -> None:
    broken = read(article_set(article("<ArticleTitle>a & b</ArticleTitle>")))[0]
    (row,) = read(broken["raw"].replace(b"&", b"&amp;"))
    assert (row["doc_id"], row["title"]) == ("PMID:7", "a & b")


def test_wrong_bytes_cost_only_their_record() -> None:
    data = article_set(article(pmid="<PMID>1</PMID>"), article("<ArticleTitle>@</ArticleTitle>"), article())
    assert kinds(read(data.encode().replace(b"@", b"\xff\xfe"))) == ["PMID:1", "broken_xml", "PMID:7"]


def test_entity_bomb_is_never_expanded() -> None:
    doctype = (
        '<!DOCTYPE PubmedArticleSet [<!ENTITY a "' + "ha" * 1000 + '"><!ENTITY b "' + "&a;" * 1000 + '">'
        '<!ENTITY c "' + "&b;" * 1000 + '"><!ENTITY d SYSTEM "file:///etc/passwd">'
        "<!ENTITY e '<PubmedArticle><x/></PubmedArticle>'>]>"
    )
    records = [
        article("<ArticleTitle>&c;</ArticleTitle>"),
        article('<ArticleTitle book="&c;">x</ArticleTitle>'),
        article("<ArticleTitle>&d;</ArticleTitle>"),
        article("<ArticleTitle>fine</ArticleTitle>", pmid="<PMID>8</PMID>"),
    ]
    rows = read(f'<?xml version="1.0"?>{doctype}<PubmedArticleSet>{"".join(records)}</PubmedArticleSet>')
    assert kinds(rows) == ["undefined_entity"] * 3 + ["PMID:8"]


def test_a_bomb_that_declares_itself_inside_a_record_is_refused() -> None:
    bomb = article().replace("<Article>", '<!DOCTYPE a [<!ENTITY a "aaaa">]><Article>&a;')
    assert kinds(read(article_set(bomb, article()))) == ["broken_xml", "PMID:7"]


@pytest.mark.parametrize("cut", [30, 120, 200])
def test_truncated_file_keeps_what_came_before(cut: int) -> None:
    whole = article_set(article(pmid="<PMID>1</PMID>"), article("<ArticleTitle>long</ArticleTitle>" * 9))
    rows = read(whole[:-cut])
    assert kinds(rows) == ["PMID:1", "truncated"]
    assert whole.encode()[:-cut].endswith(rows[1]["raw"])
    assert rows[1]["raw"].startswith(b"<PubmedArticle>")


@pytest.mark.parametrize("half", ["", "<", "<PubmedArt", "</PubmedArticleSet"])
def test_truncated_between_records(half: str) -> None:
    rows = read(article_set(article()).removesuffix("</PubmedArticleSet>") + half)
    assert kinds(rows) == ["PMID:7", "truncated"]
    assert rows[1]["raw"] == (half.encode() or None)


def test_unclosed_record_does_not_swallow_the_next() -> None:
    unclosed = article(pmid="<PMID>1</PMID>").removesuffix("</PubmedArticle>")
    assert kinds(read(article_set(unclosed, article()))) == ["unclosed", "PMID:7"]
    assert kinds(read(article_set(article(), unclosed))) == ["PMID:7", "unclosed"]


def test_broken_gzip_keeps_what_came_before() -> None:
    titles = "".join(f"<ArticleTitle>{i:x}</ArticleTitle>" for i in range(0, 90_000_000, 999_983))
    records = [article(titles, pmid=f"<PMID>{i}</PMID>") for i in range(1, 301)]
    packed = gzip.compress(article_set(*records).encode())
    cut = read(packed[: len(packed) // 2], "a.xml.gz")
    assert kinds(cut)[-1] == "broken_stream"
    assert kinds(cut)[:-1] == [f"PMID:{i}" for i in range(1, len(cut))]
    assert len(cut) > 100
    assert "breaks off" in cut[-1]["errors"][0]["message"]
    flipped = bytearray(packed)
    flipped[len(packed) // 2] ^= 0xFF
    damaged = read(bytes(flipped), "a.xml.gz")
    assert "broken_stream" in kinds(damaged)[-1]
    assert "PMID:1" in kinds(damaged)[:1]


def test_gzip_is_known_by_its_bytes_and_may_be_concatenated() -> None:
    half = article_set(article()).split("<PubmedArticle>")[0]
    packed = (
        gzip.compress(half.encode()) + gzip.compress(article_set(article()).removeprefix(half).encode()) + b"\0" * 9
    )
    assert kinds(read(packed, "plainly-named.xml")) == ["PMID:7"]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"", "empty"),
        (b" \n ", "empty"),
        (b'<?xml version="1.0"?>\n<!-- nothing -->', "empty"),
        (gzip.compress(b""), "empty"),
        (b"\x1f\x8b", "broken_stream"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, "no_records"),
        (b"<html><body><p>Not found</p></body></html>", "no_records"),
        (b"pmid,title\n1,<b>x</b>\n2,a < b\n", "no_records"),
        (b"<!-- never closed <PubmedArticle></PubmedArticle>", "no_pmid"),
        (b'<?xml version="1.0" encoding="klingon"?><PubmedArticleSet/>', "broken_stream"),
    ],
)
def test_a_file_that_is_no_pubmed_xml_is_one_reject(content: bytes, kind: str) -> None:
    rows = read(content)
    assert rows, "never silent"
    assert kind in kinds(rows)
    assert all(row["errors"] for row in rows)


def test_an_empty_set_is_no_fault() -> None:
    assert read("<PubmedArticleSet></PubmedArticleSet>") == []
    assert read("<PubmedArticleSet/>") == []


def test_strangers_between_records_are_told() -> None:
    rows = read(article_set(article(), "<Surprise>text</Surprise>", article(pmid="<PMID>8</PMID>")))
    assert kinds(rows) == ["PMID:7", "stray", "PMID:8"]
    assert rows[1]["raw"] == b"<Surprise>text</Surprise>"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "iso-8859-1"])
def test_other_encodings(encoding: str) -> None:
    record = article("<ArticleTitle>Müller</ArticleTitle>")
    data = f'<?xml version="1.0" encoding="{encoding}"?><PubmedArticleSet>{record}</PubmedArticleSet>'.encode(encoding)
    (row,) = read(data)
    assert row["title"] == "Müller"


def test_roots_of_other_times() -> None:
    citation = re.sub("</?PubmedArticle>", "", article())
    for xml in (
        article(),
        citation,
        f"<MedlineCitationSet>{citation}</MedlineCitationSet>",
        f"\n<!-- x -->\n{citation}",
    ):
        assert kinds(read(xml)) == ["PMID:7"]


def test_cut_is_the_same_for_any_size_of_chunk() -> None:
    xml = article_set(article(), "<x/>", article("<ArticleTitle>&u;</ArticleTitle>"), article(pmid="<PMID>9</PMID>"))
    expected = read(xml)

    class Dripping(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 1, 7))

    assert list(read_pubmed_xml(Dripping(xml.encode()), "/in/some.xml")) == expected


# ------------------------------------------------------------------------------------ real files


@pytest.fixture(scope="module")
def corpus(data_dir: Path) -> dict[str, list[Row]]:
    rows: dict[str, list[Row]] = {}
    for path in list_inputs([str(data_dir / "corpus/medline_xml")]):
        with open(path, "rb") as stream:
            rows[path] = list(read_pubmed_xml(stream, path))
    return rows


def test_every_real_file_reads(corpus: dict[str, list[Row]]) -> None:
    # One file is the dump of a database with records inside its attributes: no PubMed XML, and told so.
    rejects = [row for rows in corpus.values() for row in rows if row["errors"]]
    assert [(Path(row["source_file"]).name, kinds([row])[0]) for row in rejects] == [
        ("costosys_testDataSet.xml", "no_records")
    ]
    assert "12626969" in {Path(path).name for path in corpus}, "PubMed XML in a file whose name has no ending"
    documents = [row for rows in corpus.values() for row in rows if not row["errors"] and not row["deleted"]]
    assert len(documents) == 1570
    for row in documents:
        text, start = row["text"], len(row["title"])
        assert start
        assert text.startswith(row["title"])
        assert row["year"]
        assert row["journal"]
        assert row["revision"] > 1_19000000_0000000
        for section in row["sections"]:
            assert start < section["start"] < section["end"] <= len(text)
            assert text[section["start"] - 1] == "\n"
            start = section["end"]


def elements_of(path: str) -> list[etree._Element]:
    """The file's articles and book articles, parsed whole by lxml alone: the witness for our own way of reading."""
    with open(path, "rb") as stream:
        data = stream.read()
    root = etree.fromstring(gzip.decompress(data) if path.endswith(".gz") else data)
    return list(root.iter("MedlineCitation", "BookDocument"))


def test_counts_of_the_real_records(corpus: dict[str, list[Row]]) -> None:
    """The figures that the data folder's README states, and how each is counted."""
    pairs = [
        pair
        for path, rows in corpus.items()
        if "synthetic_fixtures" not in path and not rows[0]["errors"]
        for pair in zip(rows, elements_of(path), strict=True)
    ]
    assert len(pairs) == 1564
    # Six records are one article under a number with and without a letter behind it.
    by_number: dict[str, tuple[Row, etree._Element]] = {}
    for row, element in pairs:
        by_number.setdefault(re.sub(r"\D.*", "", row["doc_id"].removeprefix("PMID:")), (row, element))
    assert len(by_number) == 1557
    assert sum(row["text"] == row["title"] for row, _ in by_number.values()) == 223
    assert sum(element.find(".//VernacularTitle") is not None for _, element in by_number.values()) == 123
    assert sum(b"MathML" in etree.tostring(element) for _, element in by_number.values()) == 3
    assert sum(element.tag == "BookDocument" for _, element in by_number.values()) == 5
    assert sum(row["retracted"] for row, _ in by_number.values()) == 5
    assert sum(len(row["retracts"]) for row, _ in by_number.values()) == 2  # 7 links in all
    # 104 are counted over the records, before the six become one.
    assert sum(element.find(".//MedlineDate") is not None for _, element in pairs) == 104
    # These three leave the book articles out.
    articles = [(row, element) for row, element in by_number.values() if element.tag == "MedlineCitation"]
    abstracts = [element.findall("Article/Abstract/AbstractText") for _, element in articles]
    assert sum(any(part.get("Label") for part in parts) for parts in abstracts) == 428
    assert sum(any(len(part) for part in parts) for parts in abstracts) == 140
    assert sum(not "".join("".join(p.itertext()) for p in parts).isascii() for parts in abstracts) == 319
    # Two of the 428 have no label but UNLABELLED; 76 of the 319 hold odd blanks alone.
    assert sum(bool(row["sections"]) for row, _ in articles) == 426
    assert sum(not row["text"][len(row["title"]) :].isascii() for row, _ in articles) == 243


def test_text_holds_all_that_the_markup_says(corpus: dict[str, list[Row]]) -> None:
    """Letter by letter what lxml finds in title and abstract, blanks and our carets aside."""

    def letters(text: str) -> str:
        return re.sub(r"[\s^]|[\u00ad\u200b-\u200d\u2060\ufeff]|&\w+;|—", "", text)

    checked = 0
    for path, rows in corpus.items():
        if rows[0]["errors"] or "synthetic" in path:
            continue
        for row, element in zip(rows, elements_of(path), strict=True):
            abstract = element.find("Article/Abstract" if element.tag == "MedlineCitation" else "Abstract")
            parts = abstract.findall("AbstractText") if abstract is not None else []
            expected = letters("".join("".join(part.itertext()) for part in parts))
            assert letters(row["text"][len(row["title"]) :]) == expected
            checked += 1
    assert checked == 1564


def test_deletions_and_versions_of_the_synthetic_fixtures(corpus: dict[str, list[Row]]) -> None:
    newest: dict[str, Row] = {}
    for row in (row for path, rows in corpus.items() if "synthetic_fixtures" in path for row in rows):
        newest[row["doc_id"]] = max(row, newest.get(row["doc_id"], row), key=lambda r: r["revision"])
    assert newest["PMID:1001"]["title"] == "Revised title for article one."
    assert newest["PMID:1002"]["deleted"]
    assert not newest["PMID:1003"]["deleted"]


@pytest.mark.parametrize(
    "name",
    ["hex", "base64", "rot13", "zlib", "bz2", "uu", "quopri", "punycode", "undefined", "idna", "mbcs", "aliases", "x"],
)
def test_a_declared_encoding_that_is_none_of_text_is_one_reject(name: str) -> None:
    data = f'<?xml version="1.0" encoding="{name}"?><PubmedArticleSet>\xe9 &#7;</PubmedArticleSet>'.encode("latin-1")
    (row,) = read_pubmed_xml(io.BytesIO(data), "/in/some.xml")
    assert [error["kind"] for error in row["errors"]] == ["broken_stream"]
    assert find_format("some", data) is None


@pytest.mark.parametrize("name", ["UTF-16", "utf_16_le", "utf-32", "UTF8", "U8", "ASCII"])
def test_bytes_that_show_their_declaration_are_no_utf_16(name: str) -> None:
    article = "<PubmedArticle><MedlineCitation><PMID>7</PMID><Article><ArticleTitle>Ä</ArticleTitle></Article>"
    data = f'<?xml version="1.0" encoding="{name}"?><PubmedArticleSet>{article}</MedlineCitation></PubmedArticle>'
    (row,) = read_pubmed_xml(io.BytesIO(f"{data}</PubmedArticleSet>".encode()), "/in/some.xml")
    assert (row["doc_id"], row["title"]) == ("PMID:7", "Ä")
