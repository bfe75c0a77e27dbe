"""Reads damaged records in every format and counts what became of them: `python -m bench.mutations --records 10000`.

Each file holds one damaged record and ends as one of these, by format and damage:
- accepted: all of it was read;
- rejected: something of it was, and says so;
- lost: records are gone and nothing is rejected, though a file that rejects nothing must hold all of its records;
- crashed: a reader, or the splitter of sentences, raised;
- wrong: a row is not what the schema says, or the file took more CPU than its time.
Fails if any is lost, crashed or wrong. Documents that come through are cut into sentences as well. What is printed
last is JSON. The files are small and in memory; nothing is written.
"""

from __future__ import annotations

import faulthandler
import gzip
import io
import json
import resource
import sys
import time
import traceback
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Final

import click
import pyarrow as pa

from bench.mutants import LEFT, MUTATIONS, RIGHT, SHAPES, Text, mutant
from engine.read.files import read_file, read_tables
from engine.schema import SOURCE_ROW
from engine.segment import Segmenter
from jobs.speed.machine import describe_machine

RECORDS: Final = Path(__file__).parent.parent / "jobs" / "demo" / "records.xml.gz"
FILE_S: Final = 30.0  # of CPU; to cut a megabyte of "A. " into sentences takes 12
MEMORY_GB: Final = 2.0
ACCEPTED, REJECTED, LOST, CRASHED, WRONG = "accepted", "rejected", "lost", "crashed", "wrong"


@dataclass(slots=True)
class Fates:
    """How many damaged files ended as what, and the CPU seconds that all of them took."""

    accepted: int = 0
    rejected: int = 0
    lost: int = 0
    crashed: int = 0
    wrong: int = 0
    cpu_s: float = 0.0

    def add(self, fate: str, cpu_s: float) -> None:
        """Count one file."""
        setattr(self, fate, getattr(self, fate) + 1)
        self.cpu_s += cpu_s

    def __add__(self, other: Fates) -> Fates:
        return Fates(*(getattr(self, name) + getattr(other, name) for name in Fates.__slots__))

    def as_dict(self) -> dict[str, Any]:
        """The counts, and the seconds rounded."""
        return {**asdict(self), "cpu_s": round(self.cpu_s, 2)}


@dataclass(slots=True)
class Tally:
    """What became of the damaged files; `fates` by format and damage."""

    fates: dict[tuple[str, str], Fates] = field(default_factory=dict)
    files: int = 0
    documents: int = 0
    rejects: Counter[str] = field(default_factory=Counter)
    neighbours: int = 0
    neighbours_whole: int = 0
    slowest_s: float = 0.0
    slowest: str = ""
    faults: list[str] = field(default_factory=list)


def sample_texts(limit: int) -> list[Text]:
    """Titles and abstracts of the demo's records."""
    rows = [row for table in read_file(str(RECORDS)) for row in table.to_pylist() if row["text"]]
    texts = [
        (row["title"], row["text"][len(row["title"]) + 1 :] or "No abstract.", row["year"] or 2000) for row in rows
    ]
    return [Text(100 + i, *text) for i, text in enumerate(texts[:limit])]


def read_mutants(records: int, *, seed: int, texts: Sequence[Text], file_s: float = FILE_S) -> Tally:
    """Damages and reads `records` records, format after format and damage after damage in turn."""
    tally = Tally()
    segmenter = Segmenter()
    kinds = [(format, mutation) for mutation in MUTATIONS for format in SHAPES]
    for i in range(records):
        format, mutation = kinds[i % len(kinds)]
        random = Random(f"{seed}/{i}")
        data = mutant(format, mutation, random.choice(texts), random)
        if random.random() < 0.1:
            data = _damage_gzip(gzip.compress(data, mtime=0), random)
        _read_one(data, f"/in/{seed}-{i}", format, mutation, segmenter, tally, file_s)
    return tally


def _damage_gzip(data: bytes, random: Random) -> bytes:
    """As it is, cut off, or with a bit flipped."""
    at = random.randrange(len(data))
    return random.choice((data, data[:at], data[:at] + bytes([data[at] ^ 16]) + data[at + 1 :]))


def _read_one(
    data: bytes, path: str, format: str, mutation: str, segmenter: Segmenter, tally: Tally, file_s: float
) -> None:
    what = f"{path} ({format}, {mutation}, {len(data):,} bytes)"
    fates = tally.fates.setdefault((format, mutation), Fates())
    faulthandler.dump_traceback_later(20 * file_s, exit=True)  # what hangs shows where, and ends the measurement
    started = time.process_time()
    try:
        tables = list(read_tables(io.BytesIO(data), path, format=format))
        for table in tables:
            segmenter(table)
    except Exception:  # noqa: BLE001 - any exception is what is looked for
        tally.faults.append(f"{what}: {traceback.format_exc(limit=-3)}")
        fates.add(CRASHED, time.process_time() - started)
        return
    finally:
        faulthandler.cancel_dump_traceback_later()
    seconds = time.process_time() - started
    if seconds > tally.slowest_s:
        tally.slowest_s, tally.slowest = seconds, what
    tally.files += 1
    fate, faults = _account(tables, format, tally)
    if seconds > file_s:
        fate, faults = WRONG, [*faults, f"{seconds:.1f} s of CPU"]
    tally.faults.extend(f"{what}: {fault}" for fault in faults)
    fates.add(fate, seconds)


def _account(tables: Sequence[pa.Table], format: str, tally: Tally) -> tuple[str, list[str]]:
    """What a file ended as, and what is wrong with its rows."""
    if any(not table.schema.equals(SOURCE_ROW) for table in tables):
        return WRONG, ["another schema"]
    rows: list[dict[str, Any]] = [row for table in tables for row in table.to_pylist()]
    rejects = [row for row in rows if row["errors"]]
    documents = [row for row in rows if not row["errors"]]
    tally.documents += len(documents)
    tally.rejects.update(row["errors"][0]["kind"] for row in rejects)
    crashes = [row["errors"][0]["message"] for row in rejects if row["errors"][0]["kind"] == "exception"]
    wrong = [f"{row['doc_id']!r} has a section outside of its text" for row in documents if _sections_are_off(row)]
    wrong += [f"record {row['record']} without an id" for row in rows if not row["doc_id"]]
    lost = [] if rows else ["neither a document nor a reject"]
    if SHAPES[format].records > 1:
        text = " ".join(row["text"] for row in documents)
        found = sum(name in text for name in (LEFT, RIGHT))
        tally.neighbours += 2
        tally.neighbours_whole += sum(
            row["text"] == f"Title of {n}\nThe {n}." for row in documents for n in (LEFT, RIGHT)
        )
        if found < 2 and not rejects:
            lost.append(f"{2 - found} of 2 undamaged records are gone and nothing is rejected")
    bad = next((fate for fate, faults in ((CRASHED, crashes), (LOST, lost), (WRONG, wrong)) if faults), None)
    return bad or (REJECTED if rejects else ACCEPTED), [*crashes, *lost, *wrong]


def _sections_are_off(row: dict[str, Any]) -> bool:
    return any(not 0 <= section["start"] < section["end"] <= len(row["text"]) for section in row["sections"])


@click.command()
@click.option("--records", default=10_000, show_default=True, help="Damaged records.")
@click.option("--seed", default=1, show_default=True, help="Decides all damage.")
def main(records: int, seed: int) -> None:
    """Read damaged records."""
    started = time.perf_counter()
    tally = read_mutants(records, seed=seed, texts=sample_texts(300))
    peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    if peak_gb > MEMORY_GB:
        tally.faults.append(f"{peak_gb:.2f} GB of memory, at most {MEMORY_GB:g} are meant")
    for fault in tally.faults:
        click.echo(fault, err=True)
    result = {
        "bench": "mutations",
        "machine": describe_machine(),
        "records": records,
        "seed": seed,
        **sum(tally.fates.values(), Fates()).as_dict(),
        "files_read": tally.files,
        "documents": tally.documents,
        "rejects": dict(tally.rejects.most_common()),
        "neighbours_whole": round(tally.neighbours_whole / max(1, tally.neighbours), 4),
        "slowest_s": round(tally.slowest_s, 2),
        "slowest": tally.slowest,
        "peak_gb": round(peak_gb, 2),
        "seconds": round(time.perf_counter() - started, 1),
        "by_format": {
            format: {mutation: tally.fates.get((format, mutation), Fates()).as_dict() for mutation in MUTATIONS}
            for format in SHAPES
        },
        "faults": tally.faults[:20],
    }
    click.echo(json.dumps(result))
    sys.exit(1 if tally.faults else 0)


if __name__ == "__main__":
    main()
