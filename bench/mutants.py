"""Records in every format that is read, and ways to damage them; all of it decided by a seed.

A file holds three records, and the one in the middle is damaged, so that what happens to its neighbours can be seen.
Knows the formats' shapes by heart, on purpose: a fault that the readers and a writer of theirs shared would not show.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Final
from xml.sax.saxutils import escape

import pyarrow as pa
import pyarrow.parquet as pq

LEFT, RIGHT = "leftneighbour", "rightneighbour"


@dataclass(frozen=True, slots=True)
class Text:
    """What a record says."""

    pmid: int
    title: str
    abstract: str
    year: int


@dataclass(frozen=True, slots=True)
class Shape:
    """How a format writes a record, and what stands around records."""

    record: Callable[[Text], bytes]
    before: bytes = b""
    after: bytes = b""
    records: int = 3


def _pubmed(text: Text) -> bytes:
    return (
        f'<PubmedArticle><MedlineCitation><PMID Version="1">{text.pmid}</PMID><DateRevised><Year>{text.year}</Year>'
        f"<Month>03</Month><Day>22</Day></DateRevised><Article><Journal><JournalIssue><PubDate><Year>{text.year}</Year>"
        f"</PubDate></JournalIssue><Title>J</Title></Journal><ArticleTitle>{escape(text.title)}</ArticleTitle>"
        f'<Abstract><AbstractText Label="AIM">{escape(text.abstract)}</AbstractText></Abstract></Article>'
        '<MeshHeadingList><MeshHeading><DescriptorName UI="D000001">C</DescriptorName></MeshHeading></MeshHeadingList>'
        "</MedlineCitation></PubmedArticle>\n"
    ).encode()


def _bioc_xml(text: Text) -> bytes:
    passage = '<passage><infon key="type">{}</infon><offset>{}</offset><text>{}</text></passage>'
    title = passage.format("title", 0, escape(text.title))
    abstract = passage.format("abstract", len(text.title) + 1, escape(text.abstract))
    return f"<document><id>{text.pmid}</id><infon key='year'>{text.year}</infon>{title}{abstract}</document>\n".encode()


def _jats(text: Text) -> bytes:
    return (
        f'<article><front><article-meta><article-id pub-id-type="pmid">{text.pmid}</article-id><title-group>'
        f"<article-title>{escape(text.title)}</article-title></title-group><pub-date><year>{text.year}</year></pub-date>"
        f"<abstract><p>{escape(text.abstract)}</p></abstract></article-meta></front>"
        f"<body><sec><title>Methods</title><p>{escape(text.abstract)}</p></sec></body></article>\n"
    ).encode()


def _medline(text: Text) -> bytes:
    return (
        f"PMID- {text.pmid}\nDP  - {text.year} Mar\nTI  - {text.title}\nAB  - {text.abstract}\nMH  - Mice\nSO  - J\n\n"
    ).encode()


def _pubtator(text: Text) -> bytes:
    mention = f"{text.pmid}\t0\t4\t{text.title[:4]}\tGene\t1\n"
    return f"{text.pmid}|t|{text.title}\n{text.pmid}|a|{text.abstract}\n{mention}\n".encode()


def _bioc_json(text: Text) -> bytes:
    title = {"infons": {"type": "title"}, "offset": 0, "text": text.title}
    abstract = {"infons": {"type": "abstract"}, "offset": len(text.title) + 1, "text": text.abstract}
    document = {"id": str(text.pmid), "infons": {"year": str(text.year)}, "passages": [title, abstract]}
    return (json.dumps(document, ensure_ascii=False) + "\n").encode()


def _jsonl(text: Text) -> bytes:
    fields = {"pmid": text.pmid, "title": text.title, "abstract": text.abstract, "year": text.year, "revision": 3}
    return (json.dumps({**fields, "mesh": ["mesh:D000001"]}, ensure_ascii=False) + "\n").encode()


def _csv(text: Text) -> bytes:
    row = io.StringIO()
    csv.writer(row, lineterminator="\n").writerow([text.pmid, text.title, text.abstract, text.year, 3])
    return row.getvalue().encode()


def _parquet(text: Text) -> bytes:
    stream = io.BytesIO()
    columns = {"pmid": [1, text.pmid, 2], "title": [LEFT, text.title, RIGHT], "text": ["", text.abstract, ""]}
    pq.write_table(pa.table(columns), stream, write_page_checksum=True)
    return stream.getvalue()


def _plain(text: Text) -> bytes:
    return f"{text.title}\n\n{text.abstract}\n".encode()


_XML: Final = b'<?xml version="1.0" encoding="UTF-8"?>\n'
SHAPES: Final = {
    "pubmed": Shape(_pubmed, _XML + b"<PubmedArticleSet>\n", b"</PubmedArticleSet>\n"),
    "bioc-xml": Shape(_bioc_xml, _XML + b"<collection><source>S</source><date>D</date>\n", b"</collection>\n"),
    "jats": Shape(_jats, _XML + b"<pmc-articleset>\n", b"</pmc-articleset>\n"),
    "medline": Shape(_medline),
    "pubtator": Shape(_pubtator),
    "bioc-json": Shape(_bioc_json),
    "jsonl": Shape(_jsonl),
    "csv": Shape(_csv, b"pmid,title,abstract,year,revision\n"),
    "parquet": Shape(_parquet, records=1),
    "text": Shape(_plain, records=1),
}

# ------------------------------------------------------------------------------------------- damage

Mutation = Callable[[Random, bytes], bytes]


def _flip_bits(random: Random, raw: bytes) -> bytes:
    damaged = bytearray(raw)
    for _ in range(random.choice((1, 1, 2, 8, 64))):
        damaged[random.randrange(len(damaged))] ^= 1 << random.randrange(8)
    return bytes(damaged)


def _truncate(random: Random, raw: bytes) -> bytes:
    return raw[: random.randrange(len(raw))]


def _shuffle(random: Random, raw: bytes) -> bytes:
    """Some stretch lost, doubled, or moved to another place."""
    start, end, to = sorted(random.randrange(len(raw) + 1) for _ in range(3))
    stretch = raw[start:end]
    rest = raw[:start] + raw[end:]
    return random.choice((rest, raw[:end] + stretch + raw[end:], rest[: to - len(stretch)] + stretch + rest[to:]))


def _put_in(random: Random, raw: bytes, bytes_: bytes) -> bytes:
    at = random.randrange(len(raw) + 1)
    return raw[:at] + bytes_ + raw[at:]


_TOKENS: Final = (
    *(
        b"\0",
        b"\xff\xfe",
        b"\xc3",
        b"\xed\xa0\x80",
        b"\\ud800",
        b"&#xD800;",
        b"&#0;",
        b"\x1b[2J",
        b"\x85",
        "\u2028".encode(),
    ),
    *(b"<", b">", b"&", b'"', b"'", b"|t|", b"\t", b"\n", b"\n\n", b"\r", b",", b"{", b"}", b"[", b"]", b"\\"),
    *(
        b"<!--",
        b"-->",
        b"<![CDATA[",
        b"]]>",
        b"<?x",
        b"<!DOCTYPE x [",
        b"</PubmedArticle>",
        b"<document>",
        b"</article>",
    ),
    *(
        b'"passages":',
        b'"documents":[',
        b"PMID- ",
        b"\nPMID- 5\n",
        b"null",
        b"NaN",
        b"1e999",
        "\U0001f9ec\u202e".encode(),
    ),
)


def _insert(random: Random, raw: bytes) -> bytes:
    for _ in range(random.choice((1, 1, 2, 5))):
        raw = _put_in(random, raw, random.choice(_TOKENS))
    return raw


def _insert_noise(random: Random, raw: bytes) -> bytes:
    return _put_in(random, raw, random.randbytes(random.choice((1, 16, 4096))))


def _encode_otherwise(random: Random, raw: bytes) -> bytes:
    encoding = random.choice(("latin-1", "cp1252", "utf-16", "utf-16-le", "utf-32", "shift-jis", "koi8-r", "utf-7"))
    return raw.decode(errors="replace").replace(" a", " \u00e4", 3).encode(encoding, errors="replace")


def _make_huge(random: Random, raw: bytes) -> bytes:
    piece = random.choice((b"x", b"word ", b"9", "\U0001f9ec".encode(), b"(a", b"A. ", b"-", b" ", b"\n ", b"&amp;"))
    return _put_in(random, raw, piece * (random.choice((5_000, 100_000, 1_000_000)) // len(piece)))


_NUMBER: Final = re.compile(rb"\d+")
_NUMBERS: Final = (
    *(b"0", b"-1", b"9" * 30, b"9" * 5_000, b"1.5", b"1e400", b"NaN", b"", b"00000", b"true", b"[1]", b'"1"', b"null"),
    *("\u0661\u0662".encode(), "\u00b2".encode(), b"2147483648", b"9223372036854775808", b"-9223372036854775809"),
)


def _change_numbers(random: Random, raw: bytes) -> bytes:
    share = random.choice((0.2, 1.0))
    return _NUMBER.sub(lambda found: random.choice(_NUMBERS) if random.random() < share else found[0], raw)


_BOMB: Final = b'<!DOCTYPE b [<!ENTITY e0 "aaaaaaaaaa">%s<!ENTITY x SYSTEM "file:///etc/hostname">]>' % b"".join(
    b'<!ENTITY e%d "%s">' % (i, b"&e%d;" % (i - 1) * 10) for i in range(1, 12)
)


def _bomb(random: Random, raw: bytes) -> bytes:
    """Entities that would grow to 10^12 characters or read a file, declared in front of the record or inside of it."""
    used = _put_in(random, raw, random.choice((b"&e11;", b"&x;", b"&e11;&e11;", b"&nowhere;")))
    return _BOMB + used if random.random() < 0.5 else _put_in(random, used, _BOMB)


def _nest(random: Random, raw: bytes) -> bytes:
    depth = random.choice((50, 1_000, 50_000))
    opening, closing = random.choice(
        (
            (b"<i>", b"</i>"),
            (b"[", b"]"),
            (b'{"passages":[', b"]}"),
            (b"<sec>", b"</sec>"),
            (b"<document>", b"</document>"),
        )
    )
    return _put_in(random, raw, opening * depth + (closing * depth if random.random() < 0.7 else b""))


_VALUE: Final = re.compile(rb'(?<=: )("(?:[^"\\]|\\.)*"|\d+)')


def _change_types(random: Random, raw: bytes) -> bytes:
    """JSON values of another kind; in other formats, words repeated in place of others."""
    values = (
        b"null",
        b"[]",
        b"{}",
        b"true",
        b"-0.0",
        b'["a"]',
        b'{"a":1}',
        b'"\\ud800"',
        b'"\\u0000"',
        b'[{"text":1}]',
    )
    if not _VALUE.search(raw):
        return raw.replace(b"<", random.choice((b"<<", b"</", b"< ")), 1)
    return _VALUE.sub(lambda found: random.choice(values) if random.random() < 0.4 else found[0], raw)


MUTATIONS: Final[dict[str, Mutation]] = {
    "bit flips": _flip_bits,
    "truncation": _truncate,
    "stretch lost, doubled or moved": _shuffle,
    "marks inserted": _insert,
    "noise inserted": _insert_noise,
    "another encoding": _encode_otherwise,
    "huge field": _make_huge,
    "other numbers": _change_numbers,
    "entity bomb": _bomb,
    "deep nesting": _nest,
    "other types": _change_types,
}


def mutant(format: str, mutation: str, text: Text, random: Random) -> bytes:
    """A file of `format` whose one record, or the middle one of three, is damaged."""
    shape = SHAPES[format]
    damaged = MUTATIONS[mutation](random, shape.record(text))
    if shape.records == 1:
        return shape.before + damaged + shape.after
    left, right = (
        shape.record(Text(i, f"Title of {name}", f"The {name}.", 2001)) for i, name in ((1, LEFT), (2, RIGHT))
    )
    return shape.before + left + damaged + right + shape.after
