"""`hypograph bench`: how fast this machine reads, beside the project's limits, and what all of PubMed would take on it.

The demo's records go through the whole job (`hypograph extract`), whose extractors are the encoder with its heads, and
then their texts through the encoder alone, in this process on all cores. A few minutes and a small sample: figures
that are to be kept come from `python -m bench`. It knows nothing of prices; the user gives one.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
import pyarrow as pa
import pyarrow.parquet as pq

from engine.journal import JOURNAL_FOLDER, count_actors
from engine.output import row_files
from engine.shards import plan_from_json
from jobs.demo import RECORDS
from jobs.extract import extract, find_model, list_input_files, say
from jobs.run_record import read_record
from jobs.settings import SHIPPED_MODEL, Settings
from jobs.speed.estimate import Estimate, estimate_corpus, seconds_once_started
from jobs.speed.machine import describe_machine, measure_matrix_peak

if TYPE_CHECKING:
    from transformers import PretrainedConfig, PreTrainedModel

    from jobs.speed.encoder import EncoderRate

LEAST_ENCODER_SHARE: Final = 0.60
LEAST_PEAK_SHARE: Final = 0.40
MOST_PADDING: Final = 0.10
PUBMED_DOCUMENTS: Final = 38_000_000
_RECORD: Final = re.compile(rb"<PubmedArticle>.*?</PubmedArticle>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured on this machine; rates in documents a second, shares of 1, `peak_gflops` of `dtype`."""

    documents: int
    mean_chars: float
    dtype: str
    job_with_start: float
    job: float
    heads: float
    encoder: float
    padding: float
    operations: float
    peak_gflops: float

    @property
    def encoder_share(self) -> float:
        """The whole job's rate, once started, of the plain encoder's."""
        return self.job / self.encoder

    @property
    def peak_share(self) -> float:
        """Matrix operations a second of both readings, those of heads not counted, of the machine's best."""
        return self.operations / self.documents * self.heads / (self.peak_gflops * 1e9)


@click.command()
@click.option("--records", default=400, show_default=True, type=click.IntRange(1, 400), help="Records of the demo.")
@click.option("--model", type=click.Path(path_type=Path), default=SHIPPED_MODEL, help="Extractor; the shipped one.")
@click.option("--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto", show_default=True)
@click.option("--dtype", type=click.Choice(["auto", "bfloat16", "float32"]), default="auto", show_default=True)
@click.option(
    "--documents",
    default=PUBMED_DOCUMENTS,
    show_default=True,
    type=click.IntRange(1),
    help="Documents to estimate for.",
)
@click.option(
    "--mean-chars",
    type=click.FloatRange(0, min_open=True),
    help="Their mean length, title and abstract; by default the demo's.",
)
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1), help="Machines like this one.")
@click.option("--price-per-hour", type=click.FloatRange(0), help="What such a machine costs an hour.")
def command(
    records: int,
    model: Path,
    device: str,
    dtype: str,
    documents: int,
    mean_chars: float | None,
    workers: int,
    price_per_hour: float | None,
) -> None:
    """Measure how fast this machine reads, and estimate what all of PubMed would take.

    The last line is one JSON object. The exit code is 0 whatever is measured. Give it a machine that does nothing else.
    """
    busy, cores = os.getloadavg()[0], len(os.sched_getaffinity(0))
    settings = find_model(Settings.model_validate({"model": model, "device": device, "dtype": dtype}))
    measured = measure(settings, records=records)
    estimate = estimate_corpus(
        documents,
        documents_per_s=measured.job,
        workers=workers,
        price_per_hour=price_per_hour,
        length_ratio=(mean_chars or measured.mean_chars) / measured.mean_chars,
    )
    limits = check_limits(measured)
    if busy > cores / 2:
        say(f"the machine did other work when this began (load {busy:.1f} on {cores} cores): believe no rate below")
    print(describe(measured, estimate, mean_chars=mean_chars, price_per_hour=price_per_hour))
    about = {"encoder_share": measured.encoder_share, "peak_share": measured.peak_share, "limits": limits}
    summary = {**asdict(measured), **about, "estimate": asdict(estimate), "machine": describe_machine()}
    print(json.dumps({"command": "bench", **summary, "ok": all(limits.values())}))


def check_limits(measured: Measured) -> dict[str, bool]:
    """Whether each limit of the project is kept here."""
    return {
        "encoder_share": measured.encoder_share >= LEAST_ENCODER_SHARE,
        "peak_share": LEAST_PEAK_SHARE <= measured.peak_share <= 1,  # above 1 the peak itself was disturbed
        "padding": measured.padding <= MOST_PADDING,
    }


def describe(measured: Measured, estimate: Estimate, *, mean_chars: float | None, price_per_hour: float | None) -> str:
    """Each figure beside its limit, and the estimate with what it assumes."""
    rows = (
        ("whole job, once started", f"{measured.job:,.1f} documents/s", ""),
        ("  of the plain encoder's rate", f"{measured.encoder_share:.0%}", f"at least {LEAST_ENCODER_SHARE:.0%}"),
        ("encoder with heads", f"{measured.heads:,.1f} documents/s", ""),
        ("  of the matrix peak", f"{measured.peak_share:.0%}", f"at least {LEAST_PEAK_SHARE:.0%}"),
        ("plain encoder", f"{measured.encoder:,.1f} documents/s", ""),
        ("padding in what both readings read", f"{measured.padding:.1%}", f"at most {MOST_PADDING:.0%}"),
        ("matrix peak", f"{measured.peak_gflops:,.0f} GFLOP/s in {measured.dtype}", ""),
    )
    table = "\n".join(f"{name:<36}{value:>24}  {limit}".rstrip() for name, value, limit in rows)
    machines = "1 machine like this" if estimate.workers == 1 else f"{estimate.workers:,} machines like this"
    cost = "" if estimate.cost is None else f", {estimate.cost:,.2f} at {price_per_hour:g} an hour"
    length = f"{mean_chars:,.0f} characters long" if mean_chars else f"as long as these ({measured.mean_chars:,.0f})"
    return (
        f"{measured.documents:,} records of {measured.mean_chars:,.0f} characters on average\n\n{table}\n\n"
        f"{estimate.documents:,} documents on {machines}: {estimate.hours:,.1f} hours, "
        f"{estimate.machine_hours:,.1f} machine hours{cost}\n"
        f"if they are {length} on average, cost grows with length, and machines add up; loading into a graph, and "
        "starting, come on top"
    )


def measure(settings: Settings, *, records: int) -> Measured:
    """Runs the job and the encoder alone over the first records of the demo.

    The encoder with heads is what the job's own extractors did, all of them at once.
    Raises: click.ClickException if the job can't be run.
    """
    with tempfile.TemporaryDirectory(prefix="hypograph-bench-") as name:
        folder = Path(name)
        say(f"the whole job over {records} records ...")
        (folder / "records.xml.gz").write_bytes(_first_records(records))
        files = list_input_files([str(folder / "records.xml.gz")])
        result = extract(files, out=folder / "run", settings=settings)
        (shard,) = plan_from_json(folder / "run", read_record(folder / "run")["shards"])
        actors = count_actors(shard.folder / JOURNAL_FOLDER)
        rows = pa.concat_tables([pq.read_table(path) for path in row_files(shard.rows)]).sort_by("doc_id")
    say("the encoder alone ...")
    texts = rows["text"].to_pylist()
    read = result["stages"]["extract"]
    encoder, network = _measure_encoder(texts, settings)
    return Measured(
        documents=len(rows),
        mean_chars=sum(map(len, texts)) / len(texts),
        dtype=encoder.dtype,
        job_with_start=len(rows) / result["wall_s"],
        job=len(rows) / seconds_once_started(result["stages"], actors),
        heads=len(rows) / (read["seconds"] / actors["extract"]),
        encoder=len(rows) / encoder.seconds,
        padding=padding_share(read),
        operations=encoder.operations + _count_operations_again(read, network.config),
        peak_gflops=_peak(measure_matrix_peak(device=network.device.type), encoder.dtype),
    )


def _first_records(count: int) -> bytes:
    records = _RECORD.findall(gzip.decompress(RECORDS.read_bytes()))[:count]
    return gzip.compress(b"<PubmedArticleSet>" + b"\n".join(records) + b"</PubmedArticleSet>", mtime=0)


def padding_share(read: Mapping[str, int]) -> float:
    """How much of what the encoder read, by an extractor's counters, was padding: in both readings together.

    Counters of runs from before there was a second reading have none of it.
    """
    padded = read["padded_tokens"] + read.get("padded_tokens_again", 0)
    return 1 - (read["tokens"] + read.get("tokens_again", 0)) / padded


def _measure_encoder(texts: Sequence[str], settings: Settings) -> tuple[EncoderRate, PreTrainedModel]:
    """What the encoder does without heads, on all cores or on a GPU; and the encoder."""
    from engine.extract import Extractor
    from engine.model.special import special_ids
    from jobs.speed.encoder import measure_encoder

    cores = len(os.sched_getaffinity(0))
    extractor = Extractor(model=settings.model, device=settings.device, dtype=settings.dtype, threads=cores)
    network, tokenizer = extractor.predictor.network.encoder, extractor.predictor.reader.tokenizer
    special = special_ids(tokenizer)
    rate = measure_encoder(
        texts,
        network=network,
        tokenizer=tokenizer,
        ends=(special.begin, special.end),
        window=extractor.config.max_tokens,
    )
    return rate, network


def _count_operations_again(read: Mapping[str, int], config: PretrainedConfig) -> float:
    """The second reading's operations, as if all that it read were of one length, which is a lower bound."""
    from jobs.speed.encoder import count_operations

    pairs = read["pairs_again"]
    return count_operations([read["tokens_again"] / pairs] * pairs, config) if pairs else 0.0


def _peak(peaks: Mapping[str, float], dtype: str) -> float:
    return peaks["bf16" if dtype == "bfloat16" else "fp32"]


if __name__ == "__main__":
    command()
