"""How long questions take on a large graph: `python -m bench.latency [--graph URI] [--triples N] [--keep FOLDER]`.

The made-up graph of `bench.load` (hub-heavy, every edge with evidence) is loaded, then questions of one hop, with the
sentences that they rest on, and of two hops are asked over parameters drawn with a seed from its edges, so that hubs
come as often as they have edges. Each question is asked once before, so that a server has planned it: the first time
is reported apart. Then every question there is, of the whole graph where it needs no entity, is asked once as a
stranger would: with its defaults and unplanned. One JSON line; `slowest` names what a scientist would wait for. It
fails over the goals, and if a question runs into its time limit.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click
import numpy as np

from bench.load import make_shard
from bench.sampler import Sampler, read_sampler
from graph.ask import ask
from graph.connect import open_store
from graph.errors import QueryTimeout
from graph.fingerprint import count_graph
from graph.questions import all_questions
from graph.schema import TRIPLE_TYPES
from graph.store import Store
from graph.write import load_folder
from jobs.speed.machine import describe_machine, list_versions

ONE_HOP: Final = (
    "drug-targets",
    "target-drugs",
    "gene-diseases",
    "disease-genes",
    "drug-diseases",
    "disease-drugs",
    "side-effects",
    "gene-partners",
    "edge-evidence",
    "for-and-against",
)
TWO_HOPS: Final = (
    "mechanism",
    "repurposing",
    "drugs-via-gene",
    "shared-neighbours",
    "shared-enzyme",
    "off-targets",
    "safer-alternatives",
    "counteracting-drugs",
    "upstream",
    "target-safety",
)
GOALS_S: Final = {"one_hop": 0.3, "two_hops": 2.0}  # 95th percentiles


def measure(store: Store, sampler: Sampler, names: Sequence[str], *, samples: int) -> dict[str, Any]:
    """Seconds of each question: the first time, then median and 95th percentile of `samples` calls, and of all."""
    times: dict[str, list[float]] = {}
    first: dict[str, float] = {}
    refused = 0
    for name in names:
        calls = list(sampler.draw(all_questions()[name], samples + 1))
        for number, call in enumerate(calls):
            started = time.perf_counter()
            try:
                ask(store, call.question, call.parameters)
            except QueryTimeout:
                refused += 1
            seconds = time.perf_counter() - started
            if number:
                times.setdefault(name, []).append(seconds)
            else:
                first[name] = seconds
    everything = [seconds for some in times.values() for seconds in some]
    slowest = sorted(times, key=lambda name: -_percentile(times[name], 95))[:3]
    return {
        "questions": len(names),
        "calls": len(everything),
        "stopped_at_time_limit": refused,
        "median_s": _percentile(everything, 50),
        "p95_s": _percentile(everything, 95),
        "first_time_median_s": _percentile(list(first.values()), 50),
        "slowest": {
            name: {"median_s": _percentile(times[name], 50), "p95_s": _percentile(times[name], 95)} for name in slowest
        },
    }


def measure_all(store: Store, sampler: Sampler) -> dict[str, Any]:
    """Seconds of every question, asked once with what it must be given; those that were stopped are named too."""
    seconds: dict[str, float] = {}
    stopped = []
    for name, question in all_questions().items():
        (call,) = sampler.draw(question, 1, required_only=True)
        started = time.perf_counter()
        try:
            ask(store, call.question, call.parameters)
        except QueryTimeout:
            stopped.append(name)
        seconds[name] = round(time.perf_counter() - started, 3)
    return {
        "questions": len(seconds),
        "within_1_s": sum(each <= 1 for each in seconds.values()),
        "within_5_s": sum(each <= 5 for each in seconds.values()),
        "stopped_at_time_limit": stopped,
        "seconds": seconds,
    }


def _percentile(seconds: Sequence[float], share: float) -> float:
    return round(float(np.percentile(seconds, share)), 4)


@click.command()
@click.option("--graph", default=None, metavar="URI", help="An EMPTY graph; a fresh embedded store if none is named.")
@click.option("--entities", default=100_000, show_default=True, help="Entity nodes.")
@click.option("--triples", default=1_000_000, show_default=True, help="Edges between them.")
@click.option("--samples", default=30, show_default=True, help="Calls of each question.")
@click.option("--seed", default=7, show_default=True)
@click.option("--keep", default=None, type=click.Path(path_type=Path), help="Folder of the made-up run; kept, reused.")
@click.option("--loaded", is_flag=True, help="The graph holds the run of --keep already.")
def command(
    graph: str | None, entities: int, triples: int, samples: int, seed: int, keep: Path | None, loaded: bool
) -> None:
    """Measure how long questions take."""
    with tempfile.TemporaryDirectory() as name:
        folder = keep or Path(name)
        run = folder / "run"
        if not (run / "shards/00000/_DONE").exists():
            make_shard(run / "shards/00000", n_entities=entities, n_triples=triples, seed=seed)
        uri = graph or str(folder / "graph.kgl")
        if not loaded:
            with open_store(uri) as store:
                if count_graph(store).n_nodes:
                    raise click.UsageError(f"{uri}: the graph to measure on must be empty")
                load_folder(store, run)
        sampler = read_sampler(run, seed=seed, by_degree=True)
        with open_store(uri, read_only=True) as store:
            counts = count_graph(store)
            measured = {
                kind: measure(store, sampler, names, samples=samples)
                for kind, names in {"one_hop": ONE_HOP, "two_hops": TWO_HOPS}.items()
            }
            once = measure_all(store, sampler)
            record = {
                "bench": "latency",
                "store": store.kind,
                "machine": describe_machine(),
                "versions": list_versions(),
                "edges": sum(counts.relationships.get(type_, 0) for type_ in TRIPLE_TYPES),
                "evidence": counts.nodes["Evidence"],
                "seed": seed,
                **measured,
                "once": once,
                "faults": [
                    *(
                        f"{kind}: 95th percentile {measured[kind]['p95_s']} s, the goal is {goal}"
                        for kind, goal in GOALS_S.items()
                        if measured[kind]["p95_s"] > goal
                    ),
                    *(f"{name}: stopped at its time limit" for name in once["stopped_at_time_limit"]),
                ],
            }
    print(json.dumps(record))
    if record["faults"]:
        sys.exit(1)


if __name__ == "__main__":
    command()
