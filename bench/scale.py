"""Whether the job's time grows in step with its input, memory stays flat, and what a second worker brings.

    python -m bench.scale [--data ../shared/data] > bench/results/V/scale.json

The input is abstracts of the corpora in their own order; a smaller run takes every so manieth of the same ones, so
that all are of a length. Two sizes are run with a worker a core, then one size with one worker and with two. A worker
is a process that runs the encoder on one thread; reading, linking and writing share the cores with it. Rates are of
tokens, once the run's actors have started, as `hypograph bench` counts them; wall time is beside them. Fails if the
rates of the two sizes differ by more than a tenth, if memory grows by more than that over the larger run, if a document
is lost, or if two workers are less than 1.7 times one. Peaks are told, and fail nothing: a longer run meets more of
them by chance, and one of a minute ends before all its processes have done all they do. The last line of stdout is one
JSON object.
"""

from __future__ import annotations

import gzip
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Final

import click

from bench.memory import measure_growth, run_watched
from engine.journal import JOURNAL_FOLDER, count_actors
from jobs.run_record import plan_from_json, read_record
from jobs.speed.estimate import seconds_once_started
from jobs.speed.machine import describe_machine, list_versions

CORPUS: Final = "corpus/abstracts_pmid.jsonl.gz"
SIZES: Final = (1_000, 20_000)
WORKERS: Final = (1, 2)
WORKERS_SIZE: Final = 2_000
APART: Final = 0.10
GAIN: Final = 1.7
_FILE_RECORDS: Final = 1_000  # 20 files, so that each run is one shard
_SAMPLE_MEMORY_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class ScaleRun:
    """One run of the whole job; `busy_seconds` are those of its busiest stage and of the flat tables.

    `memory_growth`: from the first tenth of the time at work to the last, as a share; None if that was too short.
    """

    documents: int
    workers: int
    read: int
    rejected: int
    tokens: int
    wall_seconds: float
    busy_seconds: float
    peak_memory_gb: float
    memory_growth: float | None

    @property
    def rate(self) -> float:
        """Tokens a second once started."""
        return self.tokens / self.busy_seconds


def spread(lines: Sequence[bytes], count: int) -> list[bytes]:
    """So many of the lines, evenly spaced, in their order."""
    return [lines[number * len(lines) // count] for number in range(count)]


def write_input(folder: Path, lines: Sequence[bytes]) -> list[Path]:
    """Write JSONL files of so many records each that a run is one shard."""
    folder.mkdir(parents=True)
    paths = []
    for begin in range(0, len(lines), _FILE_RECORDS):
        path = folder / f"abstracts.{begin // _FILE_RECORDS:03d}.jsonl.gz"
        path.write_bytes(gzip.compress(b"".join(lines[begin : begin + _FILE_RECORDS]), compresslevel=1, mtime=0))
        paths.append(path)
    return paths


def run_once(folder: Path, lines: Sequence[bytes], *, workers: int) -> ScaleRun:
    """Run `hypograph extract` over the lines in a process of its own.

    Raises: ClickException with the end of the job's log if it fails.
    """
    click.echo(f"bench.scale: {len(lines):,} abstracts, {workers} workers ...", err=True)
    out = folder / "run"
    inputs = map(str, write_input(folder / "input", lines))
    command = [sys.executable, "-m", "jobs.extract", *inputs, "--out", str(out), "--device", "cpu"]
    ended = run_watched([*command, "--extract-actors", str(workers)], interval=_SAMPLE_MEMORY_S)
    if ended.returncode != 0:
        raise click.ClickException(f"the run ended with {ended.returncode}:\n{ended.stderr[-3000:]}")
    record = read_record(out)
    result = record["result"]
    (shard,) = plan_from_json(out, record["shards"])
    actors = count_actors(shard.folder / JOURNAL_FOLDER)
    return ScaleRun(
        documents=len(lines),
        workers=workers,
        read=result["tables"]["document"],
        rejected=result["rejected"],
        tokens=int(result["stages"]["extract"]["tokens"]),
        wall_seconds=round(ended.seconds, 1),
        busy_seconds=round(seconds_once_started(result["stages"], actors), 1),
        peak_memory_gb=round(ended.peak_bytes / 1e9, 2),
        memory_growth=measure_growth([size for size, _ in ended.samples]),
    )


def find_faults(sizes: Sequence[ScaleRun], workers: Sequence[ScaleRun]) -> list[str]:
    """What does not grow in step, grows that should not, or is lost; empty if all is well."""
    faults = [
        f"{run.documents:,} documents gave {run.read:,}, {run.rejected:,} of them rejected"
        for run in (*sizes, *workers)
        if run.read != run.documents or run.rejected
    ]
    small, large = sizes
    if abs(large.rate / small.rate - 1) > APART:
        faults.append(f"{small.rate:,.0f} tokens/s at {small.documents:,}, {large.rate:,.0f} at {large.documents:,}")
    if large.memory_growth is None or large.memory_growth > APART:
        grew = "an unknown share" if large.memory_growth is None else f"{large.memory_growth:.0%}"
        faults.append(f"memory grew by {grew} while {large.documents:,} documents were read")
    one, two = workers
    if two.rate < GAIN * one.rate:
        faults.append(f"two workers are {two.rate / one.rate:.2f} times one, the goal is {GAIN}")
    return faults


@click.command(help=__doc__)
@click.option("--data", type=click.Path(path_type=Path), default=Path("../shared/data"), show_default=True)
def command(data: Path) -> None:
    """Runs all four, and prints JSON."""
    with gzip.open(data / CORPUS, "rb") as file:
        lines = list(islice(file, max(SIZES)))
    with tempfile.TemporaryDirectory(prefix="hypograph-bench-") as name:
        sizes = [run_once(Path(name) / f"size{n}", spread(lines, n), workers=max(WORKERS)) for n in SIZES]
        workers = [run_once(Path(name) / f"workers{n}", spread(lines, WORKERS_SIZE), workers=n) for n in WORKERS]
    faults = find_faults(sizes, workers)
    told = {
        "sizes": [asdict(run) | {"tokens_per_second": round(run.rate, 1)} for run in sizes],
        "workers": [asdict(run) | {"tokens_per_second": round(run.rate, 1)} for run in workers],
    }
    about = {"bench": "scale", "machine": describe_machine(), "versions": list_versions()}
    click.echo(json.dumps({**about, **told, "faults": faults}))
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    command()
