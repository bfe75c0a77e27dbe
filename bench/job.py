"""Speed and memory of the whole job, `hypograph extract`, held against the plain encoder on the same texts.

    python -m bench.job [--seconds 120] [--floor 0.6] [--memory-gb 6] [--padding 0.1]

The input is the demo's 400 records in several copies, each copy under PMIDs of its own, so that the job reads,
extracts, links and writes every one of them. Two sizes are run: the small one gives the texts for the encoder, the
large one, chosen to last about `--seconds`, gives the rates; the wall time of the command counts, start included.
`hypograph bench` adds how near the encoder with its heads comes to the machine's matrix peak. Fails if the ratio is
below its floor, if padding or memory is above its limit, if memory grows with the input, if a limit of `hypograph
bench` isn't kept, if the large run does not find what the small one found, once a copy, or if the small one does not
find what the recorded result of the same version and model found. The last line of stdout is one JSON object.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib.metadata
import json
import math
import re
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import click
import pyarrow as pa
import pyarrow.parquet as pq

from bench.encoder import default_encoder, measure_folder
from bench.memory import Outcome, run_watched
from bench.run_folder import read_table
from engine.model.checkpoint import fast_dtype
from jobs.bench import LEAST_ENCODER_SHARE, MOST_PADDING, padding_share
from jobs.speed.encoder import EncoderRate
from jobs.speed.machine import describe_machine, list_versions, measure_matrix_peak

RESULTS: Final = Path(__file__).parent / "results"
RECORDS: Final = Path(__file__).parent.parent / "jobs/demo/records.xml.gz"
_PMID: Final = re.compile(rb"(<MedlineCitation[^>]*>\s*<PMID[^>]*>)(\d+)(</PMID>)")
_PMID_STEP: Final = 100_000_000
_SMALL_COPIES: Final = 2
_MAX_COPIES: Final = 60
# Other batches round differently, and a score may cross its threshold: that many of a thousand may differ.
_COUNT_TOLERANCE: Final = 0.003
# What a run may need more when its input is larger: Ray keeps a few bytes a task.
_MEMORY_GROWTH: Final = 1.10


@dataclass(frozen=True, slots=True)
class JobRun:
    """One run of the whole job over so many copies of the demo's records."""

    copies: int
    documents: int
    evidence: int
    rejected: int
    seconds: float
    peak_memory_gb: float
    processes: int


def write_copies(folder: Path, copies: int) -> list[Path]:
    """Write the demo's records `copies` times, a file a copy, with PMIDs that differ between copies."""
    content = gzip.decompress(RECORDS.read_bytes())
    paths = []
    for copy in range(copies):
        path = folder / f"copy{copy:03d}.xml.gz"
        path.write_bytes(gzip.compress(_shift_pmids(content, copy * _PMID_STEP), compresslevel=1, mtime=0))
        paths.append(path)
    return paths


def _shift_pmids(content: bytes, by: int) -> bytes:
    return _PMID.sub(lambda found: found[1] + str(int(found[2]) + by).encode() + found[3], content)


def run_job(folder: Path, copies: int, *, dtype: str) -> JobRun:
    """Run `hypograph extract` over so many copies in a process of its own.

    Raises: ClickException with the end of the job's log if it fails.
    """
    inputs = folder / f"input{copies}"
    inputs.mkdir(parents=True)
    paths = write_copies(inputs, copies)
    out = folder / f"run{copies}"
    command = [
        sys.executable,
        "-m",
        "jobs.extract",
        *map(str, paths),
        "--out",
        str(out),
        "--device",
        "cpu",
        "--dtype",
        dtype,
    ]
    click.echo(f"bench.job: {copies} copies, {copies * 400} records ...", err=True)
    outcome = run_watched(command)
    if outcome.returncode != 0:
        raise click.ClickException(
            f"{' '.join(command[:3])} ended with {outcome.returncode}:\n{outcome.stderr[-3000:]}"
        )
    return _describe_run(out, copies, outcome)


def _describe_run(out: Path, copies: int, outcome: Outcome) -> JobRun:
    return JobRun(
        copies=copies,
        documents=read_table(out, "document").num_rows,
        evidence=read_table(out, "evidence").num_rows,
        rejected=read_table(out, "reject").num_rows,
        seconds=round(outcome.seconds, 1),
        peak_memory_gb=round(outcome.peak_bytes / 1e9, 2),
        processes=outcome.processes,
    )


def run_limits(*, dtype: str) -> dict[str, Any]:
    """What `hypograph bench` says of this machine, in a process of its own.

    Raises: ClickException with the end of its log if it fails.
    """
    click.echo("bench.job: hypograph bench ...", err=True)
    outcome = run_watched([sys.executable, "-m", "jobs.bench", "--device", "cpu", "--dtype", dtype])
    if outcome.returncode != 0:
        raise click.ClickException(f"hypograph bench ended with {outcome.returncode}:\n{outcome.stderr[-3000:]}")
    told: dict[str, Any] = json.loads(outcome.stdout.strip().rpartition("\n")[2])
    return {name: told[name] for name in ("heads", "encoder", "job", "encoder_share", "peak_share", "limits")}


def read_texts(out: Path) -> list[str]:
    """The texts that the job read, from its row files."""
    files = sorted(out.glob("shards/*/rows/*.parquet"))
    rows = pa.concat_tables([pq.read_table(file, columns=["doc_id", "text"]) for file in files])
    return [str(text) for text in rows.sort_by("doc_id")["text"].to_pylist()]


def checksum(out: Path) -> str:
    """A hash of what the job said of every document, whatever the order in which it said it."""
    columns = ["doc_id", "predicate", "head_start", "head_end", "head_id", "tail_start", "tail_end", "tail_id"]
    rows = read_table(out, "evidence").select([*columns, "assertion"]).to_pylist()
    lines = sorted("\t".join(str(value) for value in row.values()) for row in rows)
    return hashlib.blake2b("\n".join(lines).encode(), digest_size=16).hexdigest()


def read_record(out: Path) -> dict[str, Any]:
    """What the run record says of the model and of padding: of the tokens that the encoder read, how many were none."""
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    extract = record["result"]["stages"]["extract"]
    return {"model_revision": record["model_revision"], "padding_share": round(padding_share(extract), 4)}


def choose_copies(rate: EncoderRate, *, small: JobRun, seconds: float) -> int:
    """So many copies that the job should last about `seconds`, at least four times the small run."""
    per_copy = rate.seconds / _SMALL_COPIES
    # The small run's time is start-up and work; the work is at least what the encoder alone needs.
    work = max(per_copy, (small.seconds - 30) / _SMALL_COPIES)
    return max(4 * _SMALL_COPIES, min(_MAX_COPIES, math.ceil(seconds / work)))


def find_faults(
    small: JobRun,
    large: JobRun,
    *,
    ratio: float,
    floor: float,
    memory_gb: float,
    padding: float,
    most_padding: float,
    kept: Mapping[str, Any] | None = None,
) -> list[str]:
    """What is below a floor, above a limit, or counted differently; empty if all is well.

    `padding`: its share of what the encoder reads. `kept`: the small run as a recorded result of the same model counted
    it.
    """
    faults = []
    if ratio < floor:
        faults.append(f"the whole job runs at {ratio:.3f} of the plain encoder, the floor is {floor}")
    if padding > most_padding:
        faults.append(f"{padding:.1%} of what the encoder reads is padding, the limit is {most_padding:.0%}")
    if large.peak_memory_gb > memory_gb:
        faults.append(f"peak memory is {large.peak_memory_gb} GB, the limit is {memory_gb} GB")
    if large.peak_memory_gb > small.peak_memory_gb * _MEMORY_GROWTH:
        faults.append(f"memory grew from {small.peak_memory_gb} to {large.peak_memory_gb} GB with the input")
    expected: list[tuple[JobRun, Mapping[str, Any]]] = [(large, asdict(small))]
    if kept is not None:
        expected.append((small, kept))
    for run, known in expected:
        for name, tolerance in (("documents", 0.0), ("rejected", 0.0), ("evidence", _COUNT_TOLERANCE)):
            count = known[name] / known["copies"] * run.copies
            if abs(getattr(run, name) - count) > tolerance * count:
                faults.append(f"{run.copies} copies gave {getattr(run, name)} {name}, expected {count:.0f}")
    return faults


def read_kept(model_revision: str) -> dict[str, Any] | None:
    """The small run of this version's recorded result, if that was measured with the same model."""
    path = RESULTS / importlib.metadata.version("hypograph") / "job.json"
    if not path.is_file():
        return None
    kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return kept["small"] if kept["output"]["model_revision"] == model_revision else None


def summarise(small: JobRun, large: JobRun, rate: EncoderRate) -> dict[str, Any]:
    """The figures of both runs and of the encoder, and their ratio."""
    tokens = rate.tokens / small.copies * large.copies
    marginal_seconds = large.seconds - small.seconds
    return {
        "documents_per_second": round(large.documents / large.seconds, 1),
        "tokens_per_second": round(tokens / large.seconds, 1),
        "documents_per_second_once_started": round((large.documents - small.documents) / marginal_seconds, 1),
        "encoder_documents_per_second": round(rate.documents / rate.seconds, 1),
        "encoder_tokens_per_second": round(rate.tokens_per_second, 1),
        "ratio": round(tokens / large.seconds / rate.tokens_per_second, 3),
        "peak_memory_gb": max(small.peak_memory_gb, large.peak_memory_gb),
        "encoder": asdict(rate) | {"seconds": round(rate.seconds, 2)},
        "small": asdict(small),
        "large": asdict(large),
    }


@click.command()
@click.option("--seconds", default=120.0, show_default=True, help="About how long the large run should last.")
@click.option(
    "--floor", default=LEAST_ENCODER_SHARE, show_default=True, help="Least ratio of the whole job to the plain encoder."
)
@click.option("--memory-gb", default=6.0, show_default=True, help="Most memory of the whole job, in GB.")
@click.option("--padding", default=MOST_PADDING, show_default=True, help="Most padding in what the encoder reads.")
@click.option("--dtype", default="auto", show_default=True, help="Number format of job and encoder alike.")
@click.option("--encoder", type=click.Path(path_type=Path), help="Folder of the plain encoder; default: the package's.")
def main(seconds: float, floor: float, memory_gb: float, padding: float, dtype: str, encoder: Path | None) -> None:
    """Measure the whole job against the plain encoder."""
    peak = measure_matrix_peak()
    dtype = str(fast_dtype("cpu", dtype)).removeprefix("torch.")
    with tempfile.TemporaryDirectory(prefix="hypograph-bench-") as name:
        folder = Path(name)
        small = run_job(folder, _SMALL_COPIES, dtype=dtype)
        out = folder / f"run{_SMALL_COPIES}"
        output = {"checksum": checksum(out), **read_record(out)}
        click.echo("bench.job: the plain encoder on the same texts ...", err=True)
        rate = measure_folder(read_texts(out), model=encoder or default_encoder(), dtype=dtype)
        large = run_job(folder, choose_copies(rate, small=small, seconds=seconds), dtype=dtype)
    figures = summarise(small, large, rate)
    limits = run_limits(dtype=dtype)
    kept = read_kept(output["model_revision"])
    faults = find_faults(
        small,
        large,
        ratio=figures["ratio"],
        floor=floor,
        memory_gb=memory_gb,
        padding=output["padding_share"],
        most_padding=padding,
        kept=kept,
    )
    faults += [
        f"hypograph bench: the limit of {name} isn't kept" for name, is_kept in limits["limits"].items() if not is_kept
    ]
    summary = {
        "bench": "job",
        "machine": describe_machine(),
        "matrix_peak_gflops": peak,
        "versions": list_versions(),
        "input": {"file": RECORDS.name, "sha256": hashlib.sha256(RECORDS.read_bytes()).hexdigest()},
        **figures,
        "floor": floor,
        "hypograph_bench": limits,
        "output": output,
        "faults": faults,
    }
    click.echo(json.dumps(summary))
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
