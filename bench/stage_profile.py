"""Where the time of the whole job goes, stage by stage, and inside the encoder's: one process, one thread, no Ray.

    OMP_NUM_THREADS=1 python -m bench.stage_profile > bench/results/V/stage-profile.json

Reads the demo's records through the stages of `hypograph extract` in batches as Ray hands them over, and measures each
part by a stopwatch around its functions; the time of an inner part isn't its outer one's. What is left over of a stage
is between its parts: tables to Python objects and back. A few documents are read before, so that nothing that is made
once counts. The last line of stdout is one JSON object.
"""

from __future__ import annotations

import json
import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import click
import pyarrow as pa

from engine.model import predict
from engine.model.network import ExtractorNetwork
from engine.model.predict import Predictor
from engine.model.text import WordReader
from engine.pipeline import PipelineSettings, build_stages
from engine.read.files import read_file
from engine.stage_actor import check_result
from engine.tables import derive_tables
from jobs.demo import RECORDS
from jobs.ray_session import default_batch_rows
from jobs.settings import SHIPPED_MODEL
from jobs.speed.machine import describe_machine, list_versions

# Functions of the extraction stage, by the part that they make up; `predict` holds those that it imported.
_PARTS: Final[tuple[tuple[str, Any, str], ...]] = (
    ("tokenize", WordReader, "read"),
    ("tokenize", predict, "cut_windows"),
    ("pad", predict, "collate_windows"),
    ("encoder", ExtractorNetwork, "encode"),
    ("mentions", ExtractorNetwork, "tag"),
    ("mentions", predict, "read_chains"),
    ("mentions", predict, "decode_bio"),
    ("relations", predict, "pair_mentions"),
    ("relations", predict, "collate_pairs"),
    ("relations", Predictor, "_score_pairs"),
    ("again", Predictor, "_read_again"),
)
_BEFORE: Final = 8  # documents
_THREADS: Final = "OMP_NUM_THREADS"


class Stopwatch:
    """Seconds by part; the time of a part that runs inside another is its own alone."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._inner: list[float] = []

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Count the block as this part's."""
        started = time.perf_counter()
        self._inner.append(0.0)
        try:
            yield
        finally:
            whole = time.perf_counter() - started
            self.seconds[name] += whole - self._inner.pop()
            if self._inner:
                self._inner[-1] += whole

    def around(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, counted as this part."""

        def timed(*args: Any, **kwargs: Any) -> Any:
            with self.part(name):
                return function(*args, **kwargs)

        return timed


@contextmanager
def watched(watch: Stopwatch) -> Iterator[None]:
    """The parts of the extraction stage under the stopwatch, for the length of the block."""
    before = [(owner, name, owner.__dict__[name]) for _, owner, name in _PARTS]
    try:
        for part, owner, name in _PARTS:
            setattr(owner, name, watch.around(part, getattr(owner, name)))
        yield
    finally:
        for owner, name, function in before:
            setattr(owner, name, function)


def measure(path: Path, *, dtype: str) -> dict[str, Any]:
    """Documents and tokens read, and seconds by part."""
    stages = build_stages(PipelineSettings(model=SHIPPED_MODEL, dtype=dtype, device="cpu", extract_threads=1))
    actors = [stage.actor(**stage.kwargs) for stage in stages]
    extractor, linker = actors[1], actors[2]
    watch = Stopwatch()
    with watch.part("read"):
        rows = pa.concat_tables(list(read_file(str(path))))
    size = default_batch_rows(gpu=False)

    def run(batch: pa.Table, watch: Stopwatch) -> pa.Table:
        for stage, actor in zip(stages, actors, strict=True):
            with watch.part(stage.name):
                batch = check_result(stage, batch, actor(batch))
        return batch

    run(rows.slice(0, _BEFORE), Stopwatch())
    before = extractor.counters["tokens"]
    with watched(watch):
        done = [run(rows.slice(first, size), watch) for first in range(0, len(rows), size)]
    with watch.part("tables"):
        derive_tables(pa.concat_tables(done), lexicon=linker.lexicon, model_revision="", run_id="")
    return {
        "documents": len(rows),
        "tokens": extractor.counters["tokens"] - before,
        "seconds": {name: round(seconds, 3) for name, seconds in watch.seconds.items()},
    }


@click.command(help=__doc__)
@click.option("--dtype", default="auto", show_default=True, help="Number format of the extractor.")
def command(dtype: str) -> None:
    """Measures, and prints JSON."""
    if os.environ.get(_THREADS) != "1":
        raise click.UsageError(f"numpy takes its threads from the environment when it starts: set {_THREADS}=1")
    about = {"bench": "stage-profile", "machine": describe_machine(), "versions": list_versions()}
    click.echo(json.dumps({**about, **measure(RECORDS, dtype=dtype)}))


if __name__ == "__main__":
    command()
