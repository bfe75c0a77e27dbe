"""A run that is disturbed while it works, and what is left of it: for tests that kill its parts.

The input is long enough for each part to be at work for most of the run. Processes are found below this one, by the
titles that Ray gives its workers, so nothing of another cluster on this machine is ever touched.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engine import schema
from engine.on_ray import run_shard
from engine.output import row_files
from engine.read.files import read_file
from engine.read.source import read_task
from engine.segment import Segmenter
from engine.shards import InputFile, Shard
from tests.ray.standins import Tagger, stand_in_stages

FILES: Final = 3
FILE_DOCUMENTS: Final = 80
DOCUMENTS: Final = FILES * FILE_DOCUMENTS
TEXT_CHARS: Final = 4000
BATCH_ROWS: Final = 4
FILE_ROWS: Final = 16
BLOCK_ROWS: Final = 40  # of 128 KiB, the least that a block holds, and the document that fills it
WAIT_S: Final = 0.012  # that the stand-ins take for a document, to read it and to tag it
_POLL_S: Final = 0.02
LIMIT_S: Final = 200.0

TITLES: Final = {"reader": "ReadDocumentSource", "writer": "MapBatches(_write)"}


def write_input(folder: Path) -> None:
    """The files of the run."""
    for number in range(FILES):
        first = number * FILE_DOCUMENTS
        lines = (
            json.dumps({"id": f"d{i}", "text": f"ABL{i} is a gene. " * (TEXT_CHARS // 18)}) + "\n"
            for i in range(first, first + FILE_DOCUMENTS)
        )
        (folder / f"{number}.jsonl").write_text("".join(lines), encoding="utf-8")


def shard_in(folder: Path) -> Shard:
    """The shard of the files above."""
    paths = sorted(folder.glob("*.jsonl"))
    return Shard(0, folder / "shard", tuple(InputFile(str(path), path.stat().st_size) for path in paths))


def run(folder: Path) -> None:
    """Runs the shard, or goes on with it."""
    stages = stand_in_stages(folder / "calls", wait_s=WAIT_S, batch_rows=BATCH_ROWS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("engine.read.source.read_task", read_slowly)
        list(run_shard(shard_in(folder), stages, read_tasks=1, file_rows=FILE_ROWS))


def read_slowly(file: InputFile, *, journal: Path, timeout_s: float | None) -> Iterator[pa.Table]:
    """What a read task does, a few rows at a time."""
    for table in read_task(file, journal=journal, timeout_s=timeout_s):
        for start in range(0, len(table), BATCH_ROWS):
            time.sleep(WAIT_S * BATCH_ROWS)
            yield table.slice(start, BATCH_ROWS)


def calls(folder: Path, name: str = "calls") -> list[str]:
    """Documents that were extracted, each time anew."""
    path = folder / name
    return path.read_text(encoding="utf-8").split() if path.exists() else []


def durable(folder: Path) -> frozenset[str]:
    """Documents that are in row files: what nothing that dies may take away."""
    tables = [pq.read_table(path, columns=["doc_id"]) for path in row_files(shard_in(folder).rows)]
    return frozenset(doc_id for table in tables for doc_id in table["doc_id"].to_pylist())


@dataclass(frozen=True, slots=True)
class Moment:
    """How far a run was when something died: what was in row files, and what had been extracted, in order."""

    durable: frozenset[str]
    extracted: tuple[str, ...]

    @classmethod
    def now(cls, folder: Path) -> Moment:
        """Call it before the kill: then all of `durable` was finished, and is in `extracted`."""
        return cls(durable(folder), tuple(calls(folder)))

    @property
    def under_way(self) -> frozenset[str]:
        """What had been extracted and was in no row file."""
        return frozenset(self.extracted) - self.durable

    def handed_again(self, folder: Path) -> frozenset[str]:
        """The durable documents that were handed to an extractor since."""
        return self.durable & set(calls(folder)[len(self.extracted) :])


def wait_for(folder: Path, number: int, *, alive: Callable[[], bool], what: Callable[[Path], Any] = calls) -> None:
    """Returns when so many documents have been extracted, or are `what` else."""
    limit = time.monotonic() + LIMIT_S
    while (found := len(what(folder))) < number:
        assert alive(), "the run ended before it was disturbed"
        assert time.monotonic() < limit, f"{found} of {number} documents after {LIMIT_S:g} s"
        time.sleep(_POLL_S / 2)


def wait_until_gone(pid: int) -> None:
    """Returns when a process has ended."""
    limit = time.monotonic() + LIMIT_S
    while _read(Path(f"/proc/{pid}/stat")).rpartition(b")")[2].split()[:1] not in ([], [b"Z"]):
        assert time.monotonic() < limit, f"process {pid} lives after {LIMIT_S:g} s"
        time.sleep(_POLL_S)


def extractor(folder: Path) -> int:
    """The process that extracts, or did so last."""
    return int((folder / "calls.pid").read_text())


def kill_worker(victim: str, folder: Path, random: Random, *, alive: Callable[[], bool]) -> None:
    """Kills a worker that is at this work: the extractor of the run, or any below this process, once there is one."""
    limit = time.monotonic() + LIMIT_S
    while True:
        found = [extractor(folder)] if victim == "extractor" else _workers(TITLES[victim])
        assert alive(), f"the run ended before a {victim} was seen"
        if found:
            os.kill(random.choice(found), signal.SIGKILL)
            return
        assert time.monotonic() < limit, f"no {victim} after {LIMIT_S:g} s"
        time.sleep(_POLL_S)


def _workers(title: str) -> list[int]:
    folders = Path("/proc").glob("[0-9]*")
    return sorted(int(f.name) for f in folders if title.encode() in _read(f / "cmdline") and _is_ours(int(f.name)))


def _is_ours(pid: int) -> bool:
    while pid > 1 and pid != os.getpid():
        pid = int((_read(Path(f"/proc/{pid}/stat")).rpartition(b")")[2].split() or [b"", b"0"])[1])
    return pid == os.getpid()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""  # it has ended


def expected_rows(folder: Path) -> list[dict[str, Any]]:
    """The rows of an undisturbed run, made in this process without Ray."""
    segment, tag = Segmenter(), Tagger(calls=folder / "calls-expected")
    tables = [tag(segment(rows)) for file in shard_in(folder).inputs for rows in read_file(file.path)]
    return _sorted(pa.concat_tables(tables))


def check(folder: Path) -> int:
    """Every document is there once, as if nothing had happened. Returns: how many were extracted again."""
    rows = _sorted(pa.concat_tables(pq.read_table(path) for path in row_files(shard_in(folder).rows)))
    found = Counter(row["doc_id"] for row in rows)
    assert set(found) == {f"d{i}" for i in range(DOCUMENTS)}, "none is lost"
    assert found.most_common(1)[0][1] == 1, "none is doubled"
    assert not any(row["errors"] for row in rows), "none is blamed"
    assert rows == expected_rows(folder)
    return len(calls(folder)) - len(set(calls(folder)))


def _sorted(rows: pa.Table) -> list[dict[str, Any]]:
    content: list[dict[str, Any]] = rows.select(schema.DOCUMENT_ROW.names).cast(schema.DOCUMENT_ROW).to_pylist()
    return sorted(content, key=lambda row: int(row["doc_id"][1:]))
