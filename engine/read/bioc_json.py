"""BioC JSON to document rows: a collection, a list of them (PMC), PubTator 3's export, or one document a line.

What a document's passages mean is in `engine.read.bioc`. An object without any that has a title or a text is a record
of `engine.read.fields`: pandas writes tables as an array of these.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

from engine.read.bioc import Passage, read_passages
from engine.read.chunks import ByteStream, as_utf8, read_chunks
from engine.read.fields import TEXT_FIELDS, read_fields
from engine.read.format import BadRecordError, Format, Piece, check_whole, read_pieces
from engine.read.json_records import cut_documents
from engine.read.rows import Row

_SHOWS: Final = re.compile(rb'\s*[{\[].*?"(?:passages|documents|bioctype)"\s*:', re.DOTALL)


def read_bioc_json(stream: ByteStream, source_file: str) -> Iterator[Row]:
    """Yield a row for every document of a file, plain or gzip; one that cannot be read is a row with `errors`."""
    pieces = cut_documents(as_utf8(read_chunks(stream)), key="passages", array_key="documents")
    return read_pieces(pieces, source_file, _read_document)


FORMAT: Final = Format(
    name="bioc-json",
    suffixes=(".json",),
    shared=(".jsonl", ".ndjson"),
    shows=lambda head: _SHOWS.match(head) is not None,
    read=read_bioc_json,
)


def _read_document(piece: Piece) -> Row:
    try:
        document = json.loads(piece.raw)
    except (ValueError, RecursionError) as error:
        raise BadRecordError("bad_json", str(error)) from error
    if "passages" not in document and not document.keys().isdisjoint(TEXT_FIELDS):
        return read_fields(document)
    passages = document.get("passages")
    if not isinstance(passages, list) or not passages:
        expected = f"a document of BioC has a list of passages, any other one of {', '.join(TEXT_FIELDS)}"
        raise BadRecordError("no_passages", f"{expected}; found {sorted(document)[:12]}")
    beside = {key: check_whole(str(value), key) for key, value in document.items() if isinstance(value, str | int)}
    return read_passages(
        beside.get("id", ""), {**beside, **_infons(document)}, [_read_passage(passage) for passage in passages]
    )


def _read_passage(passage: object) -> Passage:
    if not isinstance(passage, dict):
        raise BadRecordError("bad_field", f"a passage is no object: {type(passage).__name__}")
    offset = passage.get("offset")
    if offset is not None and (type(offset) is not int or offset < 0):
        raise BadRecordError("bad_offset", f"a passage's offset is no number: {offset!r}")
    sentences = passage.get("sentences") or []
    if "text" in passage or not isinstance(sentences, list):
        text = _text(passage)
    else:
        text = " ".join(_text(sentence) for sentence in sentences if isinstance(sentence, dict))
    return Passage(infons=_infons(passage), offset=offset, text=text)


def _text(holder: dict[str, object]) -> str:
    text = holder.get("text") or ""
    if not isinstance(text, str):
        raise BadRecordError("bad_field", f"text is no text: {type(text).__name__}")
    return check_whole(text, "text")


def _infons(holder: dict[str, object]) -> dict[str, str]:
    infons = holder.get("infons")
    if not isinstance(infons, dict):
        return {}
    return {key: check_whole(str(value), f"infon {key}") for key, value in infons.items() if value is not None}
