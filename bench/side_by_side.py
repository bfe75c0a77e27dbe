"""Hypograph beside what a user would write instead, on the same abstracts in one run: documents/s and F1.

    python -m bench.side_by_side --plain FOLDER > bench/results/V/side-by-side.json

The documents are the first of BC5CDR's test split, which neither has seen. `bench.plain` says what the other is: the
models of known pipelines (scispaCy, HunFlair, GLiNER, KAZU) are downloaded from hosts of their own and don't install as
packages, so the plain way stands in for them, on the encoder from which Hypograph's was trained. FOLDER holds its two
models, and they are trained first where it doesn't (about 40 minutes on two cores).

Hypograph's time is that of its stages in one process, from text to linked relations, without Ray; the other's that of
its pipelines. Both get the same threads, and the faster of two passes counts. Relations are those between the mentions
that each found itself; an end stands for the concept of the gold mention with the very same borders.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice, product
from pathlib import Path
from typing import Any, Final

import click
import pyarrow as pa

from bench.encoder import default_encoder
from bench.gold_edges import source_row
from bench.plain import Ends, PlainReader, is_trained, train_plain
from engine import schema
from engine.pipeline import PipelineSettings, build_stages
from engine.schema import CHEMICAL, DISEASE, NEGATED, Span
from engine.stage_actor import check_result
from engine.train.annotated import Annotated
from engine.train.corpora import read_corpus
from engine.train.corpora.pubtator import concepts_of
from engine.train.measure.counts import Item, tally_matches
from engine.train.measure.intervals import Bootstrap
from engine.train.measure.relations import gold_triples, name_label
from engine.train.measure.spans import TypedSpan, gold_spans
from engine.train.plan import read_training_documents
from jobs.settings import SHIPPED_MODEL
from jobs.speed.machine import describe_machine, list_versions

CORPUS: Final = "bc5cdr"
LABEL: Final = name_label(CHEMICAL, DISEASE, "INDUCES")
PASSES: Final = 2

Found = tuple[set[TypedSpan], tuple[Ends, ...]]


def read_with_hypograph(documents: Sequence[Annotated], *, threads: int) -> Callable[[], list[Found]]:
    """What reads all documents with the shipped model and linker when it is called."""
    stages = build_stages(PipelineSettings(model=SHIPPED_MODEL, extract_threads=threads))
    actors = [stage.actor(**stage.kwargs) for stage in stages]
    rows = [source_row(document, number) for number, document in enumerate(documents)]
    table = pa.Table.from_pylist(rows, schema=schema.SOURCE_ROW)

    def read() -> list[Found]:
        read = table
        for stage, actor in zip(stages, actors, strict=True):
            read = check_result(stage, read, actor(read))
        return [_found_in(row) for row in read.to_pylist()]

    return read


def _found_in(row: Mapping[str, Any]) -> Found:
    spans = [(mention["type"], Span(mention["start"], mention["end"])) for mention in row["mentions"]]
    induced = [
        (spans[said["head"]][1], spans[said["tail"]][1])
        for said in row["relations"]
        if said["predicate"] == "INDUCES" and said["assertion"] != NEGATED and spans[said["tail"]][0] == DISEASE
    ]
    return {(type, span) for type, span in spans if type in (CHEMICAL, DISEASE)}, tuple(induced)


def score(documents: Sequence[Annotated], found: Sequence[Found]) -> dict[str, Any]:
    """Strict span figures a type, and those of the relation between documents' concepts."""
    bootstrap = Bootstrap(len(documents))
    spans = tally_matches([spans for spans, _ in found], [gold_spans(document) for document in documents])
    stated = [_triples(document, induced) for document, (_, induced) in zip(documents, found, strict=True)]
    relations = tally_matches(stated, [gold_triples(document, ()) for document in documents])
    return {"spans": bootstrap.describe(spans), "relations": bootstrap.describe(relations)}


def _triples(document: Annotated, induced: Iterable[Ends]) -> set[Item]:
    concepts = {Span(m.start, m.end): concepts_of(m) for m in document.mentions}
    named = ([concepts.get(end, (f"@{end.start}",)) for end in ends] for ends in induced)
    return {(LABEL, ends) for heads, tails in named for ends in product(heads, tails)}


def timed(read: Callable[[], list[Found]]) -> tuple[float, list[Found]]:
    """Seconds, and what was found."""
    started = time.perf_counter()
    found = read()
    return time.perf_counter() - started, found


@click.command(help=__doc__)
@click.option("--data", type=click.Path(path_type=Path), default=Path("../shared/data"), show_default=True)
@click.option("--plain", type=click.Path(path_type=Path), required=True, help="Folder of the two plain models.")
@click.option("--documents", "count", type=click.IntRange(1), default=300, show_default=True)
@click.option("--threads", type=click.IntRange(1), default=2, show_default=True, help="CPU threads of each.")
def command(data: Path, plain: Path, count: int, threads: int) -> None:
    """Measures both, and prints JSON."""
    import torch

    torch.set_num_threads(threads)
    if not (is_trained(plain / "entities") and is_trained(plain / "relations")):
        corpora = [(CORPUS, "train"), (CORPUS, "dev")]
        with contextlib.redirect_stdout(sys.stderr):  # the trainer prints its losses
            train_plain(default_encoder(), plain, read_training_documents(data, corpora=corpora))
    documents = list(islice(read_corpus(CORPUS, "test", data=data), count))
    reader = PlainReader(plain)
    pairs = 0

    def read_plainly() -> list[Found]:
        nonlocal pairs
        read = reader.read(documents)
        pairs = sum(found.pairs for found in read)
        return [(set(found.spans), found.induced) for found in read]

    systems = {"hypograph": read_with_hypograph(documents, threads=threads), "plain": read_plainly}
    seconds: dict[str, list[float]] = {name: [] for name in systems}
    report: dict[str, Any] = {}
    for _ in range(PASSES):
        for name, read in systems.items():
            taken, found = timed(read)
            seconds[name].append(round(taken, 2))
            report[name] = score(documents, found)
    for name, taken in seconds.items():
        report[name] |= {"seconds": taken, "documents_per_s": round(len(documents) / min(taken), 2)}
    report["plain"]["sequences_a_document"] = round(pairs / len(documents), 1)
    about = {"bench": "side-by-side", "machine": describe_machine(), "versions": list_versions(), "threads": threads}
    json.dump({**about, "documents": len(documents), "systems": report}, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    command()
