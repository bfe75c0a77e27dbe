"""What the first mebibyte of an input tells of it: about how many records it holds, and how long they are.

Counting them would mean reading everything twice. Of inputs on another machine one is looked into, for it costs.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from engine.read import bioc_json, bioc_xml, jats, medline, parquet, plain_text, pubmed_xml, pubtator, source_rows
from engine.read.files import find_format
from engine.read.format import AUTO
from engine.shards import EXTRACTED_ROWS, InputFile, Shard
from engine.storage import is_remote, open_input

_SAMPLE_BYTES: Final = 1 << 20
# What a record of a format has once, or at most; of other formats it is a line.
_MARKS: Final = {
    pubmed_xml.FORMAT.name: (re.compile(rb"<Pubmed(?:Book)?Article>"),),
    medline.FORMAT.name: (re.compile(rb"(?m)^PMID- "),),
    bioc_xml.FORMAT.name: (re.compile(rb"<document[\s>]"),),
    bioc_json.FORMAT.name: tuple(map(re.compile, (rb'"passages"\s*:', rb'"abstract"\s*:', rb'"pmid"\s*:'))),
    pubtator.FORMAT.name: (re.compile(rb"(?m)^[^|\s]+\|t\|"),),
    jats.FORMAT.name: (re.compile(rb"<article[\s>]"),),
}
_TABLES: Final = frozenset({EXTRACTED_ROWS, parquet.FORMAT.name, source_rows.FORMAT.name})
_FILE_ROWS: Final = 1024
_FILE_BYTES: Final = 8 << 20  # of text: some 200 full papers


@dataclass(frozen=True, slots=True)
class Sample:
    """About how many records a file holds, and the bytes of one with its markup, unpacked; 0 where it can't be read."""

    records: int = 0
    record_bytes: float = 0.0


@cache
def sample_input(file: InputFile) -> Sample:
    """Look at the beginning of a file; of a local Parquet file all is known."""
    try:
        with open_input(file.path) as stream:
            packed = stream.read(_SAMPLE_BYTES)
        format = _format_of(file, packed)
        if format in _TABLES and not is_remote(file.path):
            return _sample_table(file.path)
    except (OSError, pa.ArrowException):
        return Sample()  # unreadable: the reader will say so
    sample, used = packed, len(packed)
    if packed.startswith(b"\x1f\x8b"):
        unpacker = zlib.decompressobj(wbits=31)
        try:
            sample = unpacker.decompress(packed, _SAMPLE_BYTES)
        except zlib.error:
            return Sample()
        used -= len(unpacker.unconsumed_tail) + len(unpacker.unused_data)  # the latter of further members
    share = max(1.0, file.bytes / max(1, used))
    if format == plain_text.FORMAT.name:
        return Sample(1, len(sample) * share)
    marks = max((len(mark.findall(sample)) for mark in _MARKS.get(format, ())), default=sample.count(b"\n"))
    return Sample(max(1, round(marks * share)), len(sample) / max(1, marks))


def _format_of(file: InputFile, head: bytes) -> str:
    if file.format != AUTO:
        return file.format
    found = find_format(file.path, head)
    return found.name if found else AUTO


def _sample_table(path: str) -> Sample:
    metadata = pq.read_metadata(path)
    size = sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))
    return Sample(metadata.num_rows, size / max(1, metadata.num_rows))


def estimate_documents(shards: Sequence[Shard]) -> int:
    """About how many records some shards' files hold."""
    inputs = [file for shard in shards for file in shard.inputs]
    remote = [file for file in inputs if is_remote(file.path)]
    total = sum(sample_input(file).records for file in inputs if not is_remote(file.path))
    if remote:
        share = sum(file.bytes for file in remote) / max(1, remote[0].bytes)
        total += round(sample_input(remote[0]).records * share)
    return total


def choose_file_rows(shard: Shard) -> int:
    """How many documents of a shard to put into one row file: 1,024, or as many of the longest kind as make 8 MiB.

    What a run has read is safe once it is in a row file, and full texts take minutes where abstracts take seconds.
    """
    local = [file for file in shard.inputs if not is_remote(file.path)]
    longest = max((sample_input(file).record_bytes for file in local or shard.inputs[:1]), default=0.0)
    return max(1, min(_FILE_ROWS, round(_FILE_BYTES / max(1.0, longest))))
