"""The HTTP endpoint under load: requests a second and latency of the shipped model, one demo record a request.

The limit measured in the same run is the same stages called in this process on all records as one table, with as many
threads: nothing of HTTP or Ray. Every answer is compared with what those stages said; one that differs in more
than the last digits of a score is a fault, and so is a status other than 200. Both compute in float32 unless told
otherwise: in bfloat16 the texts that share a batch change digits that decide a mention now and then.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import math
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import click
import pyarrow as pa

from engine.pipeline import PipelineSettings, build_stages
from engine.read.files import read_file
from engine.stage_actor import check_result
from jobs.serve import serving
from jobs.settings import SHIPPED_MODEL, ServeSettings
from jobs.speed.machine import describe_machine, list_versions

RECORDS: Final = Path(__file__).parent.parent / "jobs" / "demo" / "records.xml.gz"


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: its status, how long it took, and what it says of the document."""

    status: int
    seconds: float
    document: dict[str, Any]


def read_directly(table: pa.Table, *, dtype: str, threads: int) -> tuple[pa.Table, float]:
    """The rows that the pipeline's stages make of all documents, and their seconds without loading."""
    stages = build_stages(PipelineSettings(model=SHIPPED_MODEL, dtype=dtype, extract_threads=threads))
    actors = [stage.actor(**stage.kwargs) for stage in stages]

    def run(rows: pa.Table) -> pa.Table:
        for stage, actor in zip(stages, actors, strict=True):
            rows = check_result(stage, rows, actor(rows))
        return rows

    run(table.slice(0, 8))  # the first pass pays for allocations
    started = time.perf_counter()
    return run(table), time.perf_counter() - started


def ask(url: str, row: dict[str, Any]) -> Reply:
    """One request on a connection of its own."""
    address = urlsplit(url)
    body = json.dumps({"documents": [{"id": row["doc_id"], "text": row["text"], "mesh": row["mesh"]}]})
    started = time.perf_counter()
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=600)
    try:
        connection.request("POST", "/extract", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        content = json.loads(answer.read())
    finally:
        connection.close()
    return Reply(answer.status, time.perf_counter() - started, (content.get("documents") or [{}])[0])


def say(mentions: Sequence[dict[str, Any]], relations: int) -> tuple[Any, ...]:
    """What is compared: every mention with its link, and how many relations there are."""
    return tuple((m["start"], m["end"], m["type"], m["id"]) for m in mentions), relations


def measure(url: str, rows: Sequence[dict[str, Any]], *, clients: int) -> dict[str, Any]:
    """Send every row once, `clients` at a time."""
    with ThreadPoolExecutor(clients) as pool:
        started = time.perf_counter()
        replies = list(pool.map(lambda row: ask(url, row), rows))
        seconds = time.perf_counter() - started
    taken = sorted(reply.seconds for reply in replies)
    differing = sum(
        reply.status == 200
        and say(reply.document["mentions"], len(reply.document["relations"]))
        != say([{**m, "id": m["concept_id"]} for m in row["mentions"]], len(row["relations"]))
        for reply, row in zip(replies, rows, strict=True)
    )
    return {
        "clients": clients,
        "requests": len(rows),
        "statuses": {str(status): number for status, number in Counter(r.status for r in replies).items()},
        "differing_answers": differing,
        "requests_per_s": round(len(rows) / seconds, 2),
        **{f"p{p}_s": round(taken[math.ceil(p / 100 * len(taken)) - 1], 3) for p in (50, 95, 99)},
    }


@click.command()
@click.option("--documents", default=400, show_default=True, help="Records to send at each number of clients.")
@click.option("--clients", type=int, multiple=True, default=(1, 8, 64), show_default=True, help="Clients at a time.")
@click.option("--dtype", type=click.Choice(["auto", "bfloat16", "float32"]), default="float32", show_default=True)
@click.option("--floor", default=0.35, show_default=True, help="Least share of the stages' own rate, at the best load.")
@click.option("--port", default=8199, show_default=True, help="Port to listen on.")
def main(documents: int, clients: tuple[int, ...], dtype: str, floor: float, port: int) -> None:
    """Measure and print JSON; exit code 1 on a fault."""
    table = pa.concat_tables(read_file(str(RECORDS))).slice(0, documents)
    # The endpoint gets the text alone: without sections, as in a request of plain text.
    sections = table.schema.get_field_index("sections")
    empty = pa.array([[]] * len(table), table.schema.field("sections").type)
    table = table.set_column(sections, table.schema.field("sections"), empty)
    threads = len(os.sched_getaffinity(0))
    read, seconds = read_directly(table, dtype=dtype, threads=threads)
    rows = read.to_pylist()
    settings = ServeSettings.model_validate({"dtype": dtype, "threads": threads, "port": port})
    with serving(settings) as ready:
        for row in rows[:8]:
            ask(ready["url"], row)
        loads = [measure(ready["url"], rows, clients=number) for number in clients]
    direct = len(rows) / seconds
    ratio = max(load["requests_per_s"] for load in loads) / direct
    faults = [
        f"{load['clients']} clients: {load['statuses']}, {load['differing_answers']} answers differ"
        for load in loads
        if load["statuses"].keys() != {"200"} or load["differing_answers"]
    ]
    if ratio < floor:
        faults.append(f"{ratio:.2f} of the stages' own rate, the floor is {floor}")
    said = [say([{**m, "id": m["concept_id"]} for m in row["mentions"]], len(row["relations"])) for row in rows]
    result = {
        "bench": "serve",
        "machine": describe_machine(),
        "versions": list_versions(),
        "model_revision": ready["model_revision"],
        "documents": len(rows),
        "mean_chars": round(sum(len(row["text"]) for row in rows) / len(rows)),
        "dtype": dtype,
        "batch_kchars": settings.batch_kchars,
        "readers": ready["readers"],
        "threads": threads,
        "stages_alone_documents_per_s": round(direct, 2),
        "loads": loads,
        "best_ratio_to_stages_alone": round(ratio, 3),
        "output_sha256": hashlib.sha256(repr(said).encode()).hexdigest(),
        "faults": faults,
    }
    click.echo(json.dumps(result))
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
