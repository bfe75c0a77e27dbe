"""JATS full text: what is read of an article, under which labels, and what becomes of what is broken."""

from __future__ import annotations

import gzip
import io

import pytest

from engine.read.jats import FORMAT
from engine.read.pubmed_xml import FORMAT as PUBMED
from engine.schema import text_doc_id
from engine.segment import split_sentences
from tests.unit.reading import kinds, read, read_one, sections

IDS = '<article-id pub-id-type="pmid">7</article-id><article-id pub-id-type="pmc">PMC9</article-id>'
# Written for this test.
META = """<journal-meta><journal-title-group><journal-title>Journal of Tests</journal-title></journal-title-group>
</journal-meta>"""
ABSTRACT = """<abstract><sec><title>Aim:</title><p>To see whether <italic>ABL1</italic> matters.</p></sec>
<sec><title>Results</title><p>It does.</p></sec></abstract>
<abstract abstract-type="graphical"><p>A picture.</p></abstract>
<trans-abstract xml:lang="fr"><p>Oui.</p></trans-abstract>"""
BODY = """<sec sec-type="intro"><title>Introduction</title>
<p>Imatinib inhibits ABL1<sup><xref ref-type="bibr" rid="r1">1</xref>,<xref ref-type="bibr" rid="r2">2</xref></sup> in
CD4<sup>+</sup> cells [<xref ref-type="bibr" rid="r3">3</xref>], see <xref ref-type="fig" rid="f1">Figure 1</xref>.</p>
</sec>
<sec><title>Methods</title><p>We took cells.</p><sec><title>Cells &amp; mice</title>
<p>Cells were<fig id="f1"><label>Figure 1.</label><caption><title>The cells.</title><p>They grow.</p></caption>
<graphic xlink:href="f1.jpg"/></fig> kept.</p>
<list><list-item><p>One.</p></list-item><list-item><p>Two.</p></list-item></list></sec></sec>
<sec><title>Results</title><p>The dose was <inline-formula><alternatives><mml:math><mml:mi>x</mml:mi></mml:math>
<tex-math>\\documentclass</tex-math></alternatives></inline-formula> mg<xref ref-type="bibr"><sup>4</sup></xref>.</p>
<table-wrap><label>Table 1</label><caption><p>All doses.</p></caption><table><tr><td>12</td></tr></table></table-wrap>
</sec>"""


def article(
    *,
    ids: str = IDS,
    title: str = "ABL1 <italic>in vivo</italic>",
    abstract: str = ABSTRACT,
    body: str = BODY,
    dates: str = "",
    more: str = "",
    attributes: str = "",
    after: str = "",
) -> str:
    front = f"<title-group><article-title>{title}</article-title></title-group>{dates}{more}{abstract}"
    back = "<back><ack><p>Thanks.</p></ack><ref-list><ref>Doe 2001</ref></ref-list></back>"
    return (
        f'<article xmlns:xlink="http://www.w3.org/1999/xlink" article-type="research-article"{attributes}><front>{META}'
        f"<article-meta>{ids}{front}</article-meta></front><body>{body}</body>{back}{after}</article>"
    )


def date(year: int, month: int = 0, kind: str = "epub") -> str:
    return f'<pub-date pub-type="{kind}"><month>{month}</month><year>{year}</year></pub-date>'


def test_title_abstract_and_body_with_their_labels() -> None:
    row = read_one(FORMAT, '<?xml version="1.0"?>\n<!DOCTYPE article SYSTEM "JATS.dtd">\n' + article())
    assert (row["doc_id"], row["title"], row["journal"]) == ("PMID:7", "ABL1 in vivo", "Journal of Tests")
    assert sections(row) == [
        ("Aim", "To see whether ABL1 matters."),
        ("Results", "It does."),
        ("Introduction", "Imatinib inhibits ABL1 in CD4+ cells [3], see Figure 1."),
        ("Methods", "We took cells."),
        ("Methods > Cells & mice", "Cells were kept."),
        ("Figure 1", "The cells."),
        ("Figure 1", "They grow."),
        ("Methods > Cells & mice", "One."),
        ("Methods > Cells & mice", "Two."),
        ("Results", "The dose was x mg."),
        ("Table 1", "All doses."),
    ]
    assert row["text"] == "\n".join([row["title"], *(text for _, text in sections(row))])
    assert row["publication_types"] == ["research-article"]


@pytest.mark.parametrize(("title", "whole"), [("ABL1", "ABL1: a trial"), ("ABL1?", "ABL1? a trial")])
def test_a_subtitle_belongs_to_the_title(title: str, whole: str) -> None:
    row = read_one(FORMAT, article(title=f"{title}</article-title><subtitle>a <b>trial</b></subtitle><article-title>"))
    assert (row["title"], row["text"].split("\n")[0]) == (whole, whole)


def test_parts_without_titles_have_no_label() -> None:
    row = read_one(FORMAT, article(abstract="<abstract><p>A.</p></abstract>", body="<p>B.</p>"))
    assert (row["text"], row["sections"]) == ("ABL1 in vivo\nA.\nB.", [])


@pytest.mark.parametrize("tag", ["floats-group", "floats-wrap"])
def test_replies_floats_and_text_behind_an_inner_block(tag: str) -> None:
    reply = "<sub-article><front-stub/><body><p>A review.</p></body></sub-article>"
    floats = f"<{tag}><fig><caption><p>Far away.</p></caption></fig></{tag}>"
    body = "<p>Before <list><list-item><p>item</p></list-item></list>after.</p>"
    row = read_one(FORMAT, article(abstract="", body=body, after=floats + reply))
    assert row["text"] == "ABL1 in vivo\nBefore after.\nitem\nFar away."
    assert sections(row) == [("Figure", "Far away.")]


@pytest.mark.parametrize(
    ("ids", "doc_id"),
    [
        (IDS, "PMID:7"),
        ('<article-id pub-id-type="pmc">9</article-id>', "PMC9"),
        ('<article-id pub-id-type="pmcid">PMC9</article-id><article-id pub-id-type="doi">10.1/x</article-id>', "PMC9"),
        ('<article-id pub-id-type="doi">10.1/x</article-id>', "doi:10.1/x"),
        ('<article-id pub-id-type="publisher-id">x</article-id>', text_doc_id("T\nA.")),
    ],
)
def test_document_id(ids: str, doc_id: str) -> None:
    row = read_one(FORMAT, article(ids=ids, title="T", abstract="<abstract><p>A.</p></abstract>", body=""))
    assert row["doc_id"] == doc_id


def test_year_is_the_first_and_a_full_text_stands_above_its_abstract() -> None:
    row = read_one(FORMAT, article(dates=date(2010, 5) + date(2009, 12, "ppub")))
    assert row["year"] == 2009
    assert row["revision"] == 10**18 + 1_20100500_0000000
    (pubmed,) = PUBMED.read(
        io.BytesIO(
            b"<PubmedArticle><MedlineCitation><PMID Version='9'>7</PMID><DateRevised><Year>2026</Year></DateRevised>"
            b"<Article/></MedlineCitation></PubmedArticle>"
        ),
        "pubmed26n9999.xml",
    )
    assert pubmed["doc_id"] == row["doc_id"]
    assert pubmed["revision"] < row["revision"]
    alone = read_one(FORMAT, article(dates=date(2010, 5), body=""))
    assert alone["revision"] == 1_20100500_0000000, "an abstract is no full text"


def test_a_retraction_names_what_it_retracts() -> None:
    link = '<related-article related-article-type="retracted-article" ext-link-type="{}" xlink:href="{}"/>'
    row = read_one(FORMAT, article(more=link.format("pmid", "05") + link.format("doi", "10.1/x")))
    assert (row["retracts"], row["retracted"]) == (["PMID:5"], False)
    beside = link.format("pmc", "PMC2").replace("/>", '><pub-id pub-id-type="pmid">2</pub-id></related-article>')
    row = read_one(FORMAT, article(more=beside + link.format("pubmed", "3")))
    assert row["retracts"] == ["PMID:3", "PMID:2"]


def test_raised_references_go_with_their_commas_and_a_raised_minus_stays() -> None:
    one = '<xref ref-type="bibr"><sup>1</sup></xref>'
    inside = '<sup><xref ref-type="bibr">3</xref>–<xref ref-type="bibr">5</xref></sup>'
    two = f"{inside}<sup>,</sup>{inside}"
    cells = f"Lin<sup>-</sup>CD34<sup>–</sup>{one} cells{one}<sup>,</sup>{one}<sup>-</sup>{one} lose Cl<sup>-</sup>"
    row = read_one(FORMAT, article(abstract="", body=f"<p>{cells}{two}.</p>"))
    assert row["text"].split("\n")[1] == "Lin-CD34– cells lose Cl-."


@pytest.mark.parametrize("marks", ["[1]", "(1)", "\u20091\n", "[1,1]", "1\u22121"])
def test_what_stands_around_raised_references_goes_with_them(marks: str) -> None:
    raised = f"<sup>{marks}</sup>".replace("1", '<xref ref-type="bibr">1</xref>')
    row = read_one(FORMAT, article(abstract="", body=f"<p>X inhibits Y{raised}.</p>"))
    assert row["text"].split("\n")[1] == "X inhibits Y."


def test_what_links_to_its_retraction_is_retracted() -> None:
    link = '<related-article related-article-type="{}" ext-link-type="pmc" xlink:href="PMC3"/>'
    rows = [read_one(FORMAT, article(more=link.format(kind))) for kind in ("retraction-forward", "correction-forward")]
    assert [row["retracted"] for row in rows] == [True, False]


def test_sets_of_articles_and_namespaces() -> None:
    header = "<header><identifier>oai:x</identifier></header>"
    two = article() + article(ids=IDS.replace(">7<", ">8<"))
    for whole in (
        f"<pmc-articleset>{two}</pmc-articleset>",
        f"<articles>{two}</articles>",
        "<OAI-PMH><responseDate>2020</responseDate><request>x</request><ListRecords>"
        + "".join(f"<record>{header}<metadata>{one}</metadata></record>" for one in two.split("<split/>"))
        + "</ListRecords></OAI-PMH>",
    ):
        assert kinds(read(FORMAT, whole)) == ["PMID:7", "PMID:8"]
    row = read_one(FORMAT, article(attributes=' xmlns="https://jats.nlm.nih.gov/ns/archiving/1.3/"'))
    assert len(sections(row)) == 11


def test_no_sentence_crosses_a_paragraph() -> None:
    row = read_one(FORMAT, article(body="<p>One</p><p>two. Three.</p>"))
    spans = split_sentences(row["text"])
    assert [row["text"][s.start : s.end] for s in spans][-3:] == ["One", "two.", "Three."]


@pytest.mark.parametrize(
    ("broken", "kind"),
    [
        ("<article/>", "no_front"),
        ("<article><front><article-meta/></front></article>", "no_text"),
        (article(title="a & b"), "broken_xml"),
        (article(title="&nbsp;"), "undefined_entity"),
        (article().removesuffix("</article>"), "unclosed"),
        ("<surprise>x</surprise>", "stray"),
    ],
)
def test_a_broken_article_costs_only_itself(broken: str, kind: str) -> None:
    rows = read(FORMAT, f"<articles>{article()}{broken}{article()}</articles>")
    assert kinds(rows) == ["PMID:7", kind, "PMID:7"]
    assert rows[1]["raw"] == broken.encode()


def test_wrong_bytes_cost_only_their_article() -> None:
    data = f"<articles>{article()}{article(title='M@ller')}{article()}</articles>".encode().replace(b"@", b"\xfc")
    assert kinds(read(FORMAT, data)) == ["PMID:7", "broken_xml", "PMID:7"]
    latin = ('<?xml version="1.0" encoding="iso-8859-1"?>' + article(title="Müller")).encode("latin-1")
    assert next(FORMAT.read(io.BytesIO(latin), "x"))["title"] == "Müller"


def test_entity_bomb_is_never_expanded() -> None:
    doctype = '<!DOCTYPE article [<!ENTITY a "haha"><!ENTITY d SYSTEM "file:///etc/passwd">]>'
    assert kinds(read(FORMAT, doctype + article(title="&a;"))) == ["undefined_entity"]
    assert kinds(read(FORMAT, doctype + article(title="&d;"))) == ["undefined_entity"]


def test_truncated_files_are_told() -> None:
    assert kinds(read(FORMAT, article()[:-40])) == ["truncated"]
    assert kinds(read(FORMAT, f"<articles>{article()}{article()}"[:-40])) == ["PMID:7", "truncated"]
    packed = gzip.compress("".join(article(title=f"{n * 7919:x}") for n in range(1000)).encode())
    assert kinds(read(FORMAT, packed[: len(packed) // 2]))[-1] == "broken_stream"


@pytest.mark.parametrize(("content", "kind"), [("", "empty"), ("<html/>", "no_records"), ("words", "no_records")])
def test_a_file_without_articles_is_told(content: str, kind: str) -> None:
    assert kinds(read(FORMAT, content)) == [kind]
