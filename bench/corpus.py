"""The record of a run over a whole corpus, and of the graph that it becomes: time, rate, rejects, triples, size.

    python -m bench.corpus RUN --graph FILE.kgl > bench/results/V/corpus.json

RUN is a finished run of `hypograph extract`; its own record tells the time, which is that of its shards, over all calls
that worked on them. The graph should be empty. Fails if a shard is missing. The last line of stdout is one JSON object.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import pyarrow as pa
import pyarrow.compute as pc

from bench.run_folder import read_table
from engine.read.rows import number_revision
from graph.connect import open_store
from graph.fingerprint import count_graph
from graph.write.load import load_folder
from jobs.run_record import read_record
from jobs.speed.machine import describe_machine


def count_documents(documents: pa.Table) -> dict[str, int]:
    """How many documents there are by the revision that counts, full texts and others, and how many those replace."""
    newest = documents.group_by("doc_id").aggregate([("revision", "max")])["revision_max"]
    full = pc.sum(pc.greater_equal(newest, number_revision(version=0, full_text=True))).as_py() or 0
    return {"full_texts": full, "others": len(newest) - full, "replaced": len(documents) - len(newest)}


def describe_run(run: Path) -> dict[str, Any]:
    """What the run's record says, and its documents counted.

    Raises: click.ClickException if the run has not ended.
    """
    record = read_record(run)
    if record["status"] != "finished":
        raise click.ClickException(f"{run}: the run is {record['status']}; the same command of it goes on")
    said = ("run_id", "started", "written", "model_revision", "lexicon_version", "code_revision", "versions")
    return {
        **{name: record[name] for name in said},
        "result": record["result"],
        "documents": count_documents(read_table(run, "document")),
    }


@click.command(help=__doc__)
@click.argument("run", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--graph", required=True, metavar="URI", help="Graph to load, empty.")
def command(run: Path, graph: str) -> None:
    """Loads, counts, and prints JSON."""
    told = describe_run(run)
    with open_store(graph) as store:
        report = load_folder(store, run)
        counts = count_graph(store)
        kind = store.kind
    loaded = {
        "store": kind,
        "seconds": round(report.seconds, 2),
        "nodes": counts.nodes,
        "relationships": counts.relationships,
    }
    click.echo(json.dumps({"bench": "corpus", "machine": describe_machine(), **told, "graph": loaded}))


if __name__ == "__main__":
    command()
