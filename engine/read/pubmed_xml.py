"""PubMed XML to document rows: articles, book articles and deletions, in the layouts of 2000 to today.

`text` is the title, a newline, and the parts of the abstract with a newline between them, empty parts left out.
A part's label is in `sections`, not in the text. Abstracts in other languages and copyright lines are left out.
The title is the English one; where it is missing (or says "[Not Available]") the vernacular one; for a book
article the chapter's, else the book's.

`revision` is one number, so that the newest form of a document wins in any order of arrival:
    PMID version * 10^15 + yyyymmdd * 10^7 + year (two digits) * 10^5 + number of the file
for a file named pubmedYYnNNNN, 0 for year and number of any other. The date is DateRevised, else DateCompleted,
DateCreated, the last date of the record's history, the year of publication. A deletion states no date: it takes the
latest date among the records before it in its file, else the end of the file's year, else 9999-12-31, because a
deletion must win over what was there before it.

Knows nothing of sentences or models. Trade-off: the file is cut into records before they are parsed
(`engine.read.xml_records`), so a broken record costs itself and not the rest of its file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from lxml import etree

from engine.read.chunks import ByteStream, as_utf8, read_chunks
from engine.read.flatten import clean, flatten, local_name
from engine.read.format import BadRecordError, Format, one_record
from engine.read.rows import Row, document_row, find_year, lay_out, name_document, number_revision, reject_row
from engine.read.xml_records import cut_records, parse_record

_RECORDS: Final = {
    "PubmedArticle": "MedlineCitation",
    "PubmedBookArticle": "BookDocument",
    "MedlineCitation": "",
    "BookDocument": "",
    "DeleteCitation": "",
    "DeleteDocument": "",
}
_WRAPPERS: Final = ("PubmedArticleSet", "PubmedBookArticleSet", "MedlineCitationSet", "BookDocumentSet")

_SHOWS: Final = re.compile(rb"<(?:Pubmed(?:Book)?Article(?:Set)?|MedlineCitation(?:Set)?|BookDocument(?:Set)?)[\s>]")
_FILE_NUMBER: Final = re.compile(r"pubmed(\d\d)n(\d{4,5})")
_NO_TITLE: Final = re.compile(r"\W*not available\W*", re.IGNORECASE)
_NO_LABEL: Final = frozenset({"", "UNLABELLED", "UNLABELED", "UNASSIGNED"})
_MESH_ID: Final = re.compile(r"[A-Z]\d{6,9}")
_RETRACTED: Final = frozenset({"RetractionIn", "RetractedandRepublishedIn"})
_RETRACTS: Final = frozenset({"RetractionOf", "RetractedandRepublishedFrom"})
_NEVER: Final = 99991231


def read_pubmed_xml(stream: ByteStream, source_file: str) -> Iterator[Row]:
    """Yield a row for every record of a file, plain or gzip; a record that cannot be read is a row with `errors`.

    `source_file` is the file's path: it goes into the rows, and its name counts in the revisions.
    """
    reader = _FileReader(source_file)
    for piece in cut_records(as_utf8(read_chunks(stream)), records=_RECORDS, wrappers=_WRAPPERS):
        if piece.kind != "record":
            yield reader.reject(piece.kind, piece.reason, piece.raw)
            continue
        try:
            with one_record():
                rows = reader.rows(parse_record(piece))
        except BadRecordError as error:
            yield reader.reject(error.kind, str(error), piece.raw)
        else:
            yield from rows


FORMAT: Final = Format(
    name="pubmed", suffixes=(".xml",), shows=lambda head: _SHOWS.search(head) is not None, read=read_pubmed_xml
)


class _FileReader:
    """Numbers the records of one file and keeps what a revision needs to know of the file."""

    def __init__(self, source_file: str) -> None:
        self._source_file = source_file
        named = _FILE_NUMBER.search(source_file.rsplit("/", 1)[-1])
        self._file_year = 2000 + int(named[1]) if named else 0
        self._file_key = int(named[1]) * 100_000 + int(named[2]) if named else 0
        self._record = 0
        self._latest_date = 0

    def reject(self, kind: str, reason: str, raw: bytes) -> Row:
        """The row of a piece that gives no document."""
        self._record += 1
        return reject_row(source_file=self._source_file, record=self._record, kind=kind, reason=reason, raw=raw)

    def rows(self, element: etree._Element) -> list[Row]:
        """The rows of one record: one, or one for each PMID of a deletion."""
        name = local_name(element)
        if name in ("DeleteCitation", "DeleteDocument"):
            date = self._latest_date or (self._file_year * 10_000 + 1231 if self._file_year else _NEVER)
            return [self._row(pmid, date, deleted=True) for pmid in element.iterfind("PMID")]
        is_book = name in ("PubmedBookArticle", "BookDocument")
        inner = element.find("BookDocument" if is_book else "MedlineCitation")
        citation = element if inner is None else inner
        pmid = citation.find("PMID")
        if pmid is None or not (pmid.text or "").strip():
            raise BadRecordError("no_pmid", f"<{name}> has no PMID")
        fields = _book_fields(citation) if is_book else _article_fields(element, citation)
        year = fields["year"]
        date = _revision_date(element, citation) or (year * 10_000 if isinstance(year, int) else 0)
        self._latest_date = max(self._latest_date, date)
        return [self._row(pmid, date, **fields)]

    def _row(self, pmid: etree._Element, date: int, **fields: object) -> Row:
        self._record += 1
        version = pmid.get("Version", "1")
        order = int(version) if version.isdecimal() and len(version) < 4 else 1
        return document_row(
            doc_id=name_document(pmid.text or ""),
            revision=number_revision(version=order, date=date, file=self._file_key),
            source_file=self._source_file,
            record=self._record,
            **fields,
        )


def _article_fields(record: etree._Element, citation: etree._Element) -> Row:
    article = citation.find("Article")
    if article is None:
        raise BadRecordError("no_article", f"PMID {citation.findtext('PMID')} has no <Article>")
    corrections = citation.findall("CommentsCorrectionsList/CommentsCorrections")
    publication_types = _texts(article, "PublicationTypeList/PublicationType")
    kinds = {correction.get("RefType", "") for correction in corrections}
    retracts = [c.findtext("PMID", "") for c in corrections if c.get("RefType", "") in _RETRACTS]
    journal = article.findtext("Journal/Title") or citation.findtext("MedlineJournalInfo/MedlineTA")
    return {
        **_text_fields([article.find("ArticleTitle"), article.find("VernacularTitle")], article.find("Abstract")),
        "year": find_year(
            article.findtext("Journal/JournalIssue/PubDate/Year"),
            article.findtext("Journal/JournalIssue/PubDate/MedlineDate"),
            article.findtext("ArticleDate/Year"),
            *(date.findtext("Year") for date in record.iterfind("PubmedData/History/PubMedPubDate")),
            citation.findtext("DateCreated/Year"),
            citation.findtext("DateCompleted/Year"),
        ),
        "journal": clean(journal or article.findtext("Journal/ISOAbbreviation") or "") or None,
        "publication_types": publication_types,
        "mesh": _mesh_ids(citation, "MeshHeadingList/MeshHeading/DescriptorName"),
        "chemicals": _mesh_ids(citation, "ChemicalList/Chemical/NameOfSubstance"),
        "retracted": bool(kinds & _RETRACTED) or "Retracted Publication" in publication_types,
        "retracts": list(dict.fromkeys(name_document(pmid) for pmid in retracts if pmid.strip())),
    }


def _book_fields(document: etree._Element) -> Row:
    titles = [document.find(path) for path in ("ArticleTitle", "VernacularTitle", "Book/BookTitle")]
    book_title = document.find("Book/BookTitle")
    return {
        **_text_fields(titles, document.find("Abstract")),
        "year": find_year(
            document.findtext("ContributionDate/Year"),
            document.findtext("Book/PubDate/Year"),
            document.findtext("Book/PubDate/MedlineDate"),
            document.findtext("Book/BeginningDate/Year"),
        ),
        "journal": flatten(book_title) or None if book_title is not None else None,
        "publication_types": _texts(document, "PublicationType"),
    }


def _text_fields(titles: Iterable[etree._Element | None], abstract: etree._Element | None) -> Row:
    """`title`, `text` and `sections`; the title is the first that says something."""
    candidates = (flatten(element) for element in titles if element is not None)
    title = next((text for text in candidates if text and not _NO_TITLE.fullmatch(text)), "")
    elements = abstract.iterfind("AbstractText") if abstract is not None else ()
    return lay_out(title, ((_label(element), flatten(element)) for element in elements))


def _label(element: etree._Element) -> str:
    label = clean(element.get("Label") or element.get("NlmCategory") or "")
    return "" if label.upper() in _NO_LABEL else label


def _revision_date(record: etree._Element, citation: etree._Element) -> int:
    """yyyymmdd, 0 where the record states none."""
    for tag in ("DateRevised", "DateCompleted", "DateCreated", "ContributionDate"):
        if date := _date(citation.find(tag)):
            return date
    return max((_date(date) for date in record.iter("PubMedPubDate")), default=0)


def _date(element: etree._Element | None) -> int:
    """A date's parts as yyyymmdd, 0 where the year is missing; a month that is no number counts as 0."""
    if element is None:
        return 0
    parts = [(element.findtext(tag) or "").strip() for tag in ("Year", "Month", "Day")]
    year, month, day = (int(part) if part.isdecimal() and len(part) <= 4 else 0 for part in parts)
    return year * 10_000 + min(month, 12) * 100 + min(day, 31) if year else 0


def _texts(parent: etree._Element, path: str) -> list[str]:
    return [text for element in parent.iterfind(path) if (text := clean(element.text or ""))]


def _mesh_ids(parent: etree._Element, path: str) -> list[str]:
    """CURIEs in order of appearance, each once; names without an id (files before 2014) are left out."""
    ids = (element.get("UI", "") for element in parent.iterfind(path))
    return list(dict.fromkeys(f"mesh:{ui}" for ui in ids if _MESH_ID.fullmatch(ui)))
