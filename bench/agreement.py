"""Show that a run gives the same graph in every store, and that loading it twice writes nothing.

    python -m bench.agreement RUN --graph embedded=out/a.kgl --graph "Neo4j 5.26=bolt://127.0.0.1:7687" [--samples 5]

Each graph is loaded from RUN, then again from a copy of it in another folder. Compared between all graphs: nodes by
label, relationships by type, the hash of the whole content, and the answer to every question over parameters that are
drawn with a seed from the run's own edges. The graphs should be empty before. The last line of stdout is one JSON
object; exit code 1 if anything differs or the second load wrote.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from bench.sampler import Call, read_sampler
from graph.ask import ask
from graph.connect import open_store
from graph.errors import GraphError
from graph.fingerprint import count_graph, hash_graph
from graph.questions import all_questions
from graph.store import Answer, Store
from graph.write.load import load_folder

_SCORE_DIGITS: Final = 6


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as text that does not depend on the store, and how many rows it had."""

    text: str
    rows: int


def canonical(answer: Answer) -> Reply:
    """An answer with keys sorted and floats rounded; the order of rows counts."""
    rows = [{key: _plain(value) for key, value in row.items()} for row in answer.rows]
    return Reply(json.dumps([list(answer.columns), rows], ensure_ascii=False, sort_keys=True), len(rows))


def _plain(value: object) -> object:
    if isinstance(value, float):
        return round(value, _SCORE_DIGITS)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return value


def answer_all(store: Store, calls: Sequence[Call]) -> list[Reply]:
    """Every call's answer; an error of ours is an answer too, and must agree."""
    answers = []
    for call in calls:
        try:
            answers.append(canonical(ask(store, call.question, call.parameters)))
        except GraphError as error:
            answers.append(Reply(f"{type(error).__name__}: {error}", 0))
    return answers


def load_twice(store: Store, run: Path) -> dict[str, Any]:
    """Load a run, then a copy of it in another folder."""
    first = load_folder(store, run)
    with tempfile.TemporaryDirectory(prefix="hypograph-agreement-") as name:
        again = shutil.copytree(run, Path(name) / "copy", ignore=shutil.ignore_patterns("rows", "journal"))
        second = load_folder(store, again)
    return {
        "first_load": {"writes": first.counters.total, "seconds": round(first.seconds, 2)},
        "second_load": {"writes": second.counters.total, "seconds": round(second.seconds, 2)},
    }


def describe_graph(store: Store, run: Path, calls: Sequence[Call]) -> tuple[dict[str, Any], list[Reply]]:
    """What a graph holds after both loads, and its answers."""
    loads = load_twice(store, run)
    counts = count_graph(store)
    content = {"nodes": counts.nodes, "relationships": counts.relationships, "content": hash_graph(store)}
    started = time.perf_counter()
    answers = answer_all(store, calls)
    seconds = round(time.perf_counter() - started, 2)
    digest = hashlib.blake2b("\n".join(answer.text for answer in answers).encode(), digest_size=16).hexdigest()
    return {"store": store.kind, **loads, **content, "answers": digest, "answering_seconds": seconds}, answers


def split_name(graph: str) -> tuple[str, str]:
    """`NAME=URI` as its parts; a URI alone is its own name."""
    name, equals, uri = graph.partition("=")
    return (name, uri) if equals and "://" not in name else (graph, graph)


def find_faults(reports: Mapping[str, Mapping[str, Any]], differing: Sequence[str]) -> list[str]:
    """What is not equal between the graphs, and who wrote twice."""
    faults = [f"answers differ: {text}" for text in differing]
    first = next(iter(reports))
    for name, report in reports.items():
        faults += [f"{key} of {name} differ from {first}" for key in _COMPARED if report[key] != reports[first][key]]
        if report["second_load"]["writes"]:
            faults.append(f"{name}: the second load made {report['second_load']['writes']} writes")
        if not report["first_load"]["writes"]:
            faults.append(f"{name}: the first load wrote nothing; was the graph empty before?")
    return faults


_COMPARED: Final = ("nodes", "relationships", "content")


@click.command()
@click.argument("run", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--graph",
    "graphs",
    multiple=True,
    required=True,
    metavar="[NAME=]URI",
    help="Graph to load and its name; repeatable.",
)
@click.option("--samples", default=5, show_default=True, help="Parameter sets for each question.")
@click.option("--seed", default=7, show_default=True, help="Seed of the draw.")
def main(run: Path, graphs: tuple[str, ...], samples: int, seed: int) -> None:
    """Compare what RUN becomes in several stores."""
    sampler = read_sampler(run, seed=seed)
    calls = [call for question in all_questions().values() for call in sampler.draw(question, samples)]
    reports: dict[str, dict[str, Any]] = {}
    answers: dict[str, list[Reply]] = {}
    for name, uri in map(split_name, graphs):
        click.echo(f"bench.agreement: {name} ...", err=True)
        with open_store(uri) as store:
            reports[name], answers[name] = describe_graph(store, run, calls)
    columns = list(zip(*answers.values(), strict=True))
    differing = [
        f"{call.question} {dict(call.parameters)}"
        for call, given in zip(calls, columns, strict=True)
        if len(set(given)) > 1
    ]
    faults = find_faults(reports, differing)
    summary = {
        "bench": "agreement",
        "run": run.name,
        "questions": len(all_questions()),
        "calls": len(calls),
        "calls_with_rows": sum(given[0].rows > 0 for given in columns),
        "graphs": reports,
        "faults": faults,
    }
    click.echo(json.dumps(summary))
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
