"""Progress on stderr: documents so far, rate, rejects, and the time left, from an estimate of how many there are.

The number of records is guessed from the first mebibyte of each input, because counting them would mean reading
everything twice. It knows nothing of what is done to the documents.
"""

from __future__ import annotations

import sys
import time
import zlib
from collections.abc import Sequence
from typing import Final

import pyarrow.parquet as pq

from engine.shards import EXTRACTED_ROWS, InputFile, Shard
from engine.storage import is_remote, open_input

_SAMPLE_BYTES: Final = 1 << 20
_RECORD_MARKS: Final = (b"<PubmedArticle>", b"<document>", b"\nPMID- ")


def estimate_records(file: InputFile) -> int:
    """About how many records a file holds; of a row file, exactly. 0 where the sample shows none."""
    if file.format == EXTRACTED_ROWS:
        return int(pq.read_metadata(file.path).num_rows)
    try:
        with open_input(file.path) as stream:
            packed = stream.read(_SAMPLE_BYTES)
    except OSError:
        return 0  # unreadable: the reader will say so
    sample, used = packed, len(packed)
    if packed.startswith(b"\x1f\x8b"):
        unpacker = zlib.decompressobj(wbits=31)
        try:
            sample = unpacker.decompress(packed, _SAMPLE_BYTES)
        except zlib.error:
            return 0
        used -= len(unpacker.unconsumed_tail)
    marks = max(sample.count(mark) for mark in _RECORD_MARKS) or sample.count(b"\n")
    return round(marks * max(1.0, file.bytes / max(1, used)))


def estimate_documents(shards: Sequence[Shard]) -> int:
    """About how many records some shards' files hold; of remote ones the first alone is looked into, for it costs."""
    inputs = [file for shard in shards for file in shard.inputs]
    remote = [file for file in inputs if is_remote(file.path)]
    total = sum(estimate_records(file) for file in inputs if not is_remote(file.path))
    if remote:
        share = sum(file.bytes for file in remote) / max(1, remote[0].bytes)
        total += round(estimate_records(remote[0]) * share)
    return total


class ProgressLine:
    """Prints a line every `every_s` seconds."""

    def __init__(self, expected: int, *, every_s: float) -> None:
        """`expected`: about how many documents there are."""
        self._expected = expected
        self._every_s = every_s
        self._started = self._printed = time.monotonic()
        self._rows = self._rejected = 0

    def add(self, *, rows: int, rejected: int) -> None:
        """Counts documents that are finished, and prints if it is time."""
        self._rows += rows
        self._rejected += rejected
        if time.monotonic() - self._printed >= self._every_s:
            self._printed = time.monotonic()
            print(self.text(), file=sys.stderr, flush=True)

    def text(self) -> str:
        """What is printed."""
        seconds = max(1e-9, time.monotonic() - self._started)
        rate = self._rows / seconds
        total = max(self._expected, self._rows)
        left = f"{format_s((total - self._rows) / rate)} left" if self._rows else "no rate yet"
        return (
            f"{self._rows:,} of about {total:,} documents, {rate:,.1f}/s, {self._rejected:,} rejected, "
            f"{format_s(seconds)} gone, {left}"
        )


def format_s(seconds: float) -> str:
    """Seconds as `42 s`, `3 min 5 s` or `2 h 10 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
