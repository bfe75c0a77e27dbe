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

import pyarrow.parquet as pq

from engine.shards import EXTRACTED_ROWS, InputFile, Shard
from engine.storage import is_remote, open_input

_SAMPLE_BYTES: Final = 1 << 20
_RECORD_MARKS: Final = tuple(map(re.compile, (rb"<PubmedArticle>", rb"<document>", rb"<article[\s>]", rb"(?m)^PMID- ")))
_FILE_ROWS: Final = 1024
_FILE_BYTES: Final = 8 << 20  # of text: some 200 full papers


@dataclass(frozen=True, slots=True)
class Sample:
    """About how many records a file holds, and the bytes of one with its markup, unpacked; 0 where it can't be read."""

    records: int = 0
    record_bytes: float = 0.0


@cache
def sample_input(file: InputFile) -> Sample:
    """Look at the beginning of a file; of a row file the records are counted exactly, and not measured."""
    if file.format == EXTRACTED_ROWS:
        return Sample(int(pq.read_metadata(file.path).num_rows))
    try:
        with open_input(file.path) as stream:
            packed = stream.read(_SAMPLE_BYTES)
    except OSError:
        return Sample()  # unreadable: the reader will say so
    sample, used = packed, len(packed)
    if packed.startswith(b"\x1f\x8b"):
        unpacker = zlib.decompressobj(wbits=31)
        try:
            sample = unpacker.decompress(packed, _SAMPLE_BYTES)
        except zlib.error:
            return Sample()
        used -= len(unpacker.unconsumed_tail) + len(unpacker.unused_data)  # the latter of further members
    marks = max(len(mark.findall(sample)) for mark in _RECORD_MARKS) or sample.count(b"\n")
    return Sample(round(marks * max(1.0, file.bytes / max(1, used))), len(sample) / max(1, marks))


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
