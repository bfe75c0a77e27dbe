"""JATS full text (PMC's .nxml and article sets) to document rows: title, abstract, and the paragraphs of the body.

`text` is the title with its subtitle, then the parts of the abstract, then the body's paragraphs in order, each on a
line of its own; the captions of figures and tables follow the paragraph they stand in. A part's label in `sections`
is the path of the titles above it, `Methods > Animals`, or `Figure 2`. Left out: references, the cells of tables,
formulas in TeX, notes, numbers of references raised above the line (`CD4<sup>12</sup>` would name another molecule),
what stands behind the body, reviews and replies (`sub-article`), abstracts in other languages or of pictures.

The id is the PMID, else `PMC` and its number, else `doi:` and the DOI. A full text stands above every PubMed record
of its PMID (`engine.read.rows.number_revision`): it says all that the abstract says. What only PubMed knows, MeSH
terms and a later deletion, is then not seen: a paper whose text is read whole is one document, not two. PMC links a
retracted paper to its notice, and a notice to the paper, whose PMID stands in the link's address or beside it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final

from lxml import etree

from engine.read.chunks import ByteStream, as_utf8, read_chunks
from engine.read.flatten import clean, flatten
from engine.read.format import BadRecordError, Format, Piece, read_pieces
from engine.read.rows import HEADING_END, SECTION_SEPARATOR, Row, lay_out, name_document, number_revision
from engine.read.xml_records import cut_records, parse_record
from engine.schema import text_doc_id

_RECORDS: Final = {"article": ""}
_WRAPPERS: Final = (
    *("pmc-articleset", "articles", "OAI-PMH", "GetRecord", "ListRecords", "record", "metadata", "collection"),
)
_HEADERS: Final = ("responseDate", "request", "header", "resumptionToken")
_SHOWS: Final = re.compile(rb"<(?:article|pmc-articleset|articles)[\s>]")
_NOT_READ: Final = (
    *("ref-list", "table", "tex-math", "graphic", "media", "fn-group", "fn", "object-id", "permissions", "attrib"),
    *("alt-text", "long-desc", "table-wrap-foot", "sec-meta", "supplementary-material", "inline-graphic"),
)
_BODIES: Final = ("body", "floats-group", "floats-wrap")  # the last is what NLM's 2.3 calls it
_FLOATS: Final = frozenset({"fig", "table-wrap"})
_BLOCKS: Final = frozenset(
    {*_FLOATS, "fig-group", "table-wrap-group", "list", "def-list", "disp-quote", "boxed-text", "p", "sec"}
)
_MARKS: Final = re.compile(r"[\s,;–−()\[\]-]*")  # what parts raised references, or stands around them
_HREF: Final = "{http://www.w3.org/1999/xlink}href"


def read_jats(stream: ByteStream, source_file: str) -> Iterator[Row]:
    """Yield a row for every article of a file, plain or gzip; one that cannot be read is a row with `errors`."""
    chunks = as_utf8(read_chunks(stream))
    pieces = cut_records(chunks, records=_RECORDS, wrappers=_WRAPPERS, headers=_HEADERS)
    return read_pieces(pieces, source_file, _read_article)


FORMAT: Final = Format(
    name="jats",
    suffixes=(".nxml", ".jats"),
    shared=(".xml",),
    shows=lambda head: _SHOWS.search(head) is not None,
    read=read_jats,
)


def _read_article(piece: Piece) -> Row:
    article = parse_record(piece)
    meta = article.find("front/article-meta")
    if meta is None:
        raise BadRecordError("no_front", "<article> has no <front> with <article-meta>")
    _prune(article)
    title = _title(meta)
    body = [element for path in _BODIES for element in article.iterfind(path)]
    parts = [*_abstract(meta), *(part for element in body for part in _read_blocks(element, ()))]
    text = lay_out(title, parts)
    if not text["text"].strip():
        raise BadRecordError("no_text", "the article has neither a title nor an abstract nor a body")
    date = max((_date(element) for element in meta.iterfind("pub-date")), default=0)
    kind = article.get("article-type", "")
    return {
        "doc_id": _doc_id(meta) or text_doc_id(text["text"]),
        "revision": number_revision(date=date, full_text=bool(article.findall("body//p"))),
        **text,
        "year": _year(meta),
        "journal": _flat(article.find("front/journal-meta//journal-title")) or None,
        "publication_types": [kind] if kind else [],
        "retracted": kind != "retraction" and bool(_related(meta, "retraction-forward")),
        "retracts": _retracts(meta),
    }


def _prune(article: etree._Element) -> None:
    """Take out what is not read, and leave what stands behind it in place."""
    for element in [*article.iter(*_NOT_READ)]:
        _take_out(element)
    references = [reference for reference in article.iter("xref") if _is_raised(reference)]
    holders = [up for reference in references if (up := reference.getparent()) is not None and up.tag == "sup"]
    taken = {*references, *holders}
    between = [raised for raised in article.iter("sup") if _stands_between(raised, taken)]
    for reference in references:
        _take_out(reference)
    for raised in (*holders, *between):
        if len(raised) == 0 and _MARKS.fullmatch(raised.text or ""):
            _take_out(raised)


def _is_raised(reference: etree._Element) -> bool:
    if reference.get("ref-type") != "bibr":
        return False
    parent = reference.getparent()
    is_inside = parent is not None and parent.tag == "sup"
    return is_inside or (len(reference) == 1 and reference[0].tag == "sup" and not (reference.text or "").strip())


def _stands_between(raised: etree._Element, taken: Collection[etree._Element]) -> bool:
    """Whether it parts two references, as a comma does; a raised minus elsewhere is text: `CD4<sup>-</sup>`."""
    before = raised.getprevious()
    texts = "" if before is None else f"{before.tail or ''}{raised.tail or ''}"
    return before in taken and raised.getnext() in taken and not texts.strip()


def _take_out(element: etree._Element) -> None:
    """Remove an element; the text behind it stays."""
    parent = element.getparent()
    if parent is None:
        return
    before = element.getprevious()
    if before is None:
        parent.text = (parent.text or "") + (element.tail or "")
    else:
        before.tail = (before.tail or "") + (element.tail or "")
    parent.remove(element)


def _flat(element: etree._Element | None) -> str:
    return "" if element is None else flatten(element)


def _title(meta: etree._Element) -> str:
    """The title, and behind a colon what stands below it."""
    title, below = (_flat(meta.find(f"title-group/{tag}")) for tag in ("article-title", "subtitle"))
    if not title:
        return _flat(meta.find("title-group/trans-title-group/trans-title"))
    return f"{title}{'' if title.endswith(('.', ':', '?', '!')) else ':'} {below}" if below else title


def _abstract(meta: etree._Element) -> Iterator[tuple[str, str]]:
    """The parts of the abstract that is of the usual kind, else of the first."""
    abstracts = meta.findall("abstract")
    chosen = [element for element in abstracts if not element.get("abstract-type")] or abstracts[:1]
    for element in chosen:
        yield from _read_blocks(element, ())


def _read_blocks(element: etree._Element, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """(label, text) of the paragraphs in an element; `path` are the titles above it."""
    if element.tag == "sec":
        heading = _flat(element.find("title")).rstrip(HEADING_END) or clean(element.get("sec-type", "")).capitalize()
        path = (*path, heading) if heading else path
    for child in element:
        if child.tag in ("title", "label"):
            continue
        if child.tag in _FLOATS:
            label = _flat(child.find("label")).rstrip(HEADING_END) or ("Figure" if child.tag == "fig" else "Table")
            caption = child.find("caption")
            for part in caption if caption is not None else ():
                yield label, flatten(part)
        elif child.tag == "p":
            inner = [block for block in child if block.tag in _BLOCKS]
            for block in inner:
                tail, block.tail = block.tail, None
                gap = etree.Element("break")
                gap.tail = tail
                child.replace(block, gap)
            yield SECTION_SEPARATOR.join(path), flatten(child)
            for block in inner:
                holder = etree.Element("holder")
                holder.append(block)
                yield from _read_blocks(holder, path)
        elif child.tag == "sec" or any(block.tag in _BLOCKS for block in child.iterdescendants()):
            yield from _read_blocks(child, path)
        else:
            yield SECTION_SEPARATOR.join(path), flatten(child)


def _doc_id(meta: etree._Element) -> str:
    ids = {element.get("pub-id-type", ""): _flat(element) for element in meta.iterfind("article-id")}
    if ids.get("pmid", "").isdecimal():
        return name_document(ids["pmid"])
    pmc = (ids.get("pmc") or ids.get("pmcid") or "").upper().removeprefix("PMC")
    if pmc:
        return f"PMC{pmc}"
    return f"doi:{ids['doi']}" if ids.get("doi") else ""


def _year(meta: etree._Element) -> int | None:
    """The earliest year of publication."""
    years = (_date(element) // 10_000 for element in meta.iterfind("pub-date"))
    return min((year for year in years if 1500 <= year < 2101), default=None)


def _date(element: etree._Element) -> int:
    """A date's parts as yyyymmdd, 0 where the year is missing."""
    parts = [(element.findtext(tag) or "").strip() for tag in ("year", "month", "day")]
    year, month, day = (int(part) if part.isdecimal() and len(part) <= 4 else 0 for part in parts)
    return year * 10_000 + min(month, 12) * 100 + min(day, 31) if year else 0


def _retracts(meta: etree._Element) -> list[str]:
    """PMIDs of the articles that this one retracts."""
    links = _related(meta, "retracted-article")
    addresses = [link.get(_HREF, "") for link in links if link.get("ext-link-type") in ("pmid", "pubmed")]
    beside = [_flat(pmid) for link in links for pmid in link.iterfind("pub-id[@pub-id-type='pmid']")]
    return list(dict.fromkeys(name_document(pmid) for pmid in addresses + beside if pmid.strip()))


def _related(meta: etree._Element, kind: str) -> list[etree._Element]:
    return [link for link in meta.iterfind("related-article") if link.get("related-article-type") == kind]
