"""A BioC document's passages to a document row, whether they came as XML or as JSON; annotations are not read.

The title is the first passage whose `type` is title or front, or of `section_type` TITLE; without any types the
first passage. Every other passage is a part of the text, to the letter, on a line of its own, so that for a title
and an abstract the offsets are BioC's own. In a full text headings (`title_1` ...) become the labels of the
passages below them, captions of figures and tables are parts, and references, tables' cells, footnotes and what
stands behind the body (thanks, interests, keywords ...) are left out.
The id is an infon with the PMID, else the document's id: a number is a PMID, unless an infon says that it is a PMC
number.
Year and journal are infons of the document or of its first passage.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from engine.read.flatten import clean
from engine.read.format import BadRecordError
from engine.read.rows import HEADING_END, SECTION_SEPARATOR, Row, find_year, lay_out, name_document, number_revision
from engine.schema import text_doc_id

_TITLES: Final = frozenset({"title", "front", "article-title", "article_title"})
_HEADING: Final = re.compile(r"(?:abstract_)?title(?:_(\d))?(?:_title)?")
_LEFT_OUT: Final = re.compile(r"ref|refs?erences?|table|table_foot(?:note)?s?|footnotes?|author(?:_notes?)?s?")
_CAPTION: Final = re.compile(r"(fig|table)(?:ure)?_(?:title_)?caption")
_NO_LABEL: Final = frozenset({"TITLE", "ABSTRACT"})
# Of the section types of PMC.
_NO_SECTIONS: Final = frozenset(
    {"ABBR", "ACK_FUND", "APPENDIX", "AUTH_CONT", "COMP_INT", "KEYWORD", "REF", "REVIEW_INFO", "SUPPL"}
)


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage as the file has it; `offset` is None where it states none."""

    infons: Mapping[str, str]
    offset: int | None
    text: str

    @property
    def type(self) -> str:
        """Its `type` in lower case."""
        return self.infons.get("type", "").strip().lower()

    @property
    def section_type(self) -> str:
        """Its `section_type` (BioC of PMC), or `section` (PubTator 3), in upper case."""
        return (self.infons.get("section_type") or self.infons.get("section") or "").strip().upper()


def read_passages(identity: str, infons: Mapping[str, str], passages: Sequence[Passage]) -> Row:
    """The fields of a document's row.

    Raises: BadRecordError if there is no text, or the passages' offsets go backwards.
    """
    _check_offsets(passages)
    title_at = _find_title(passages)
    title = passages[title_at].text if title_at is not None else ""
    rest = [passage for i, passage in enumerate(passages) if i != title_at]
    text = lay_out(title.replace("\n", " "), _parts(rest))
    if not text["text"].strip():
        raise BadRecordError(
            "no_text", f"document {identity or 'without an id'} has {len(passages)} passages, all blank"
        )
    known = {**(passages[0].infons if passages else {}), **infons}
    doc_id = _doc_id(identity.strip(), known) or text_doc_id(text["text"])
    full_text = any(_is_body(passage) for passage in rest)
    year = find_year(known.get("year"), known.get("date"), known.get("pub_date"), known.get("journal"))
    return {
        "doc_id": doc_id,
        "revision": number_revision(date=(year or 0) * 10_000, full_text=True) if full_text else 0,
        **text,
        "year": year,
        "journal": clean(known.get("journal-title") or known.get("journal", "").partition(";")[0]) or None,
    }


def _check_offsets(passages: Iterable[Passage]) -> None:
    last = 0
    for passage in passages:
        if passage.offset is None:
            continue
        if passage.offset < last:
            raise BadRecordError("bad_offset", f"a passage at {passage.offset} comes after one at {last}")
        last = passage.offset


def _find_title(passages: Sequence[Passage]) -> int | None:
    for i, passage in enumerate(passages):
        if passage.type in _TITLES or (passage.section_type == "TITLE" and not passage.type.startswith("abstract")):
            return i
    typed = any(passage.type or passage.section_type for passage in passages)
    return None if typed or len(passages) < 2 else 0


def _parts(passages: Iterable[Passage]) -> Iterator[tuple[str, str]]:
    """(label, text) of each passage that is read; a label is the path of headings, else the `section_type`."""
    path: list[str] = []
    of_abstract = False
    for passage in passages:
        kind = passage.type
        if passage.section_type in _NO_SECTIONS or _LEFT_OUT.fullmatch(kind):
            continue
        if of_abstract and not kind.startswith("abstract"):
            path = []
        of_abstract = kind.startswith("abstract")
        if heading := _HEADING.fullmatch(kind):
            path = [*path[: int(heading[1] or 1) - 1], clean(passage.text).rstrip(HEADING_END)]
        elif caption := _CAPTION.fullmatch(kind):
            yield "Figure" if caption[1] == "fig" else "Table", passage.text
        else:
            section = "" if passage.section_type in _NO_LABEL else passage.section_type
            yield SECTION_SEPARATOR.join(path) or section, passage.text


def _is_body(passage: Passage) -> bool:
    return passage.type in {"paragraph", "body", "p"} and passage.section_type not in _NO_LABEL


def _doc_id(identity: str, infons: Mapping[str, str]) -> str:
    for key in ("article-id_pmid", "pmid"):
        if infons.get(key, "").strip().isdecimal():
            return name_document(infons[key])
    pmc = (infons.get("article-id_pmc") or infons.get("pmcid") or "").strip().upper().removeprefix("PMC")
    if pmc and identity.upper().removeprefix("PMC") == pmc:
        return f"PMC{pmc}"
    return name_document(identity)
