"""Load rates into a graph store on a made-up graph: `python -m bench.load [--graph URI]`.

Makes entities, documents and evidence by a fixed seed (hub-heavy, as literature is), writes them as a run's folder,
loads it twice, and prints one JSON line. It fails if the second load writes anything, or if the graph does not hold
exactly the edges and evidence that were made: speed with wrong answers is a failure.
The limit beside it, measured in the same run: the store creating as many bare relationships with one plain statement a
batch, with nothing compared and nothing computed.

With `--bare` it loads a vocabulary instead: diseases, edges IS_A between them that carry nothing, and one document that
names the disease from which all others are reached. That is what plain relationships cost by the same load: tables
read, what is there looked for, the rest written.
"""

from __future__ import annotations

import itertools
import json
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import click
import pyarrow as pa
import pyarrow.parquet as pq

from engine.schema import FLAT_TABLES, PREDICATES, Span, evidence_id, triple_id
from graph.connect import open_store
from graph.fingerprint import count_graph, hash_graph
from graph.schema import LEXICON_TYPES, TRIPLE_TYPES
from graph.store import Store
from graph.write import BATCH_ROWS, load_folder
from jobs.speed.machine import describe_machine, list_versions

_LABELS = {"Gene": "hgnc:", "Chemical": "mesh:D", "Disease": "mondo:"}
_TYPES = {prefix.partition(":")[0]: label for label, prefix in _LABELS.items()}


def make_shard(folder: Path, *, n_entities: int, n_triples: int, seed: int) -> dict[str, int]:
    """Write one finished shard; a triple has one to three pieces of evidence, a document three to five."""
    rng = random.Random(seed)
    names = {type_: [f"{prefix}{i:07d}" for i in range(n_entities // 3)] for type_, prefix in _LABELS.items()}
    entities = [
        {"concept_id": id_, "type": type_, "name": f"name of {id_}", "synonyms": [f"{id_} alias"], "xrefs": []}
        for type_, ids in names.items()
        for id_ in ids
    ]
    triples: dict[str, dict[str, str]] = {}
    while len(triples) < n_triples:
        predicate = rng.choice(PREDICATES)
        head_type, tail_type = rng.choice(predicate.pairs)
        subject, object_ = (_skewed(rng, names[type_]) for type_ in (head_type, tail_type))
        if subject == object_:
            continue
        if predicate.symmetric and object_ < subject:
            subject, object_ = object_, subject
        identity = triple_id(subject, predicate.name, object_)
        triples[identity] = {"triple_id": identity, "subject": subject, "predicate": predicate.name, "object": object_}
    stated = [triple for triple in triples.values() for _ in range(rng.choice((1, 1, 2, 3)))]
    rng.shuffle(stated)
    evidence: list[dict[str, object]] = []
    documents: list[dict[str, object]] = []
    at = 0
    while at < len(stated):
        doc_id = f"PMID:{len(documents)}"
        documents.append(_document_row(doc_id, rng))
        for number in range(rng.randint(3, 5)):
            if at < len(stated):
                evidence.append(_evidence_row(doc_id, number, stated[at], rng))
                at += 1
    rows: dict[str, list[Any]] = {
        "entity": entities,
        "document": documents,
        "triple": list(triples.values()),
        "evidence": evidence,
    }
    return _write_shard(folder, rows)


def make_vocabulary(folder: Path, *, n_entities: int, n_triples: int, seed: int) -> dict[str, int]:
    """Write one finished shard: diseases in a chain from the one that a document names, and edges between any two."""
    rng = random.Random(seed)
    ids = [f"mondo:{i:07d}" for i in range(n_entities)]
    pairs = set(itertools.pairwise(ids))
    while len(pairs) < n_triples:
        subject, object_ = rng.choice(ids), _skewed(rng, ids)
        if subject != object_:
            pairs.add((subject, object_))
    ends = {"subject": "hgnc:1", "predicate": "PROMOTES", "object": ids[0]}
    triple = {"triple_id": triple_id("hgnc:1", "PROMOTES", ids[0]), **ends}
    entities = [("Gene", "hgnc:1"), *(("Disease", id_) for id_ in ids)]
    rows: dict[str, list[Any]] = {
        "entity": [
            {"concept_id": id_, "type": type_, "name": f"name of {id_}", "synonyms": [f"{id_} alias"], "xrefs": []}
            for type_, id_ in entities
        ],
        "lexicon_edge": [{"subject": a, "predicate": "IS_A", "object": b} for a, b in sorted(pairs)],
        "document": [_document_row("PMID:1", rng)],
        "triple": [triple],
        "evidence": [_evidence_row("PMID:1", 0, triple, rng)],
    }
    return _write_shard(folder, rows)


def _write_shard(folder: Path, rows: dict[str, list[Any]]) -> dict[str, int]:
    folder.mkdir(parents=True)
    for name, schema in FLAT_TABLES.items():
        pq.write_table(pa.Table.from_pylist(rows.get(name, []), schema=schema), folder / f"{name}.parquet")
    (folder / "_DONE").write_text("{}")
    return {name: len(values) for name, values in rows.items()}


def _skewed(rng: random.Random, ids: list[str]) -> str:
    return ids[int(len(ids) * rng.random() ** 2)]


def _document_row(doc_id: str, rng: random.Random) -> dict[str, object]:
    return {
        "doc_id": doc_id,
        "revision": 1,
        "deleted": False,
        "retracted": False,
        "title": f"A study with a title of ordinary length, which is number {doc_id}",
        "year": rng.randint(1980, 2025),
        "journal": "Journal of Measurements",
        "source_file": "made-up.xml",
    }


def _evidence_row(doc_id: str, number: int, triple: dict[str, str], rng: random.Random) -> dict[str, object]:
    head, tail = Span(200 * number, 200 * number + 10), Span(200 * number + 100, 200 * number + 110)
    return {
        "evidence_id": evidence_id(
            doc_id=doc_id,
            revision=1,
            predicate=triple["predicate"],
            head=head,
            tail=tail,
            triple=triple["triple_id"],
            extractor="encoder",
            model_revision="made-up",
        ),
        "triple_id": triple["triple_id"],
        "doc_id": doc_id,
        "revision": 1,
        "predicate": triple["predicate"],
        "head_type": _TYPES[triple["subject"].partition(":")[0]],
        "tail_type": _TYPES[triple["object"].partition(":")[0]],
        "sentence": f"A sentence of a usual length in which {triple['subject']} is said to act on {triple['object']}, "
        "with a little more text behind it, as sentences of abstracts have.",
        "assertion": rng.choices(("affirmed", "negated", "speculated"), (90, 4, 6))[0],
        "score": round(rng.uniform(0.5, 1.0), 3),
        "mention_score": 0.95,
        "head_link_score": 1.0,
        "tail_link_score": 0.9,
        "extractor": "encoder",
        "model_revision": "made-up",
    }


def measure_limit(store: Store, n_relationships: int) -> float:
    """Relationships a second that the store creates from ready rows, with no comparison and no belief."""
    ends = 2000
    store.execute_write(f"UNWIND range(1, {ends}) AS i MERGE (n:Gene {{id: 'limit:' + toString(i)}})")
    rows = [{"a": f"limit:{i % ends + 1}", "b": f"limit:{i * 7 // ends % ends + 1}"} for i in range(n_relationships)]
    started = time.monotonic()
    for first in range(0, len(rows), BATCH_ROWS):
        store.execute_write(
            "UNWIND $rows AS row MATCH (a:Gene {id: row.a}) MATCH (b:Gene {id: row.b}) CREATE (a)-[:REGULATES]->(b)",
            rows=rows[first : first + BATCH_ROWS],
        )
    rate = n_relationships / (time.monotonic() - started)
    store.execute_write("MATCH (n:Gene) WHERE n.id STARTS WITH 'limit:' DETACH DELETE n")
    return rate


@click.command()
@click.option("--graph", default=None, metavar="URI", help="An EMPTY graph; a fresh embedded store if none is named.")
@click.option("--entities", default=20_000, show_default=True, help="Entity nodes.")
@click.option("--triples", default=100_000, show_default=True, help="Edges between them.")
@click.option("--seed", default=7, show_default=True)
@click.option("--floor", default=0.0, show_default=True, help="Fail below this many edges a second.")
@click.option("--bare", is_flag=True, help="Edges of a vocabulary, which carry nothing and need no evidence.")
def command(graph: str | None, entities: int, triples: int, seed: int, floor: float, bare: bool) -> None:
    """Measure how fast a graph is loaded, and that loading it again writes nothing."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make = make_vocabulary if bare else make_shard
        made = make(folder / "run/shards/00000", n_entities=entities, n_triples=triples, seed=seed)
        with open_store(graph or str(folder / "graph.kgl")) as store:
            if count_graph(store).n_nodes:
                raise click.UsageError(f"{graph}: the graph to measure on must be empty")
            first = load_folder(store, folder / "run")
            again = load_folder(store, folder / "run")
            counts, digest = count_graph(store), hash_graph(store)
            limit = measure_limit(store, min(triples, 50_000))
            kind = store.kind
    types, table = (LEXICON_TYPES, "lexicon_edge") if bare else (TRIPLE_TYPES, "triple")
    edges = sum(counts.relationships.get(type_, 0) for type_ in types)
    rate = edges / first.seconds
    checks = {
        f"the second load wrote {again.counters.total}": again.counters.total == 0,
        f"{edges} edges for {made[table]} rows": edges == made[table],
        f"{counts.nodes['Evidence']} of {made['evidence']} evidence": counts.nodes["Evidence"] == made["evidence"],
        f"{rate:.0f} edges/s, below the floor of {floor:g}": rate >= floor,
    }
    record = {
        "bench": "load-bare" if bare else "load",
        "store": kind,
        "machine": describe_machine(),
        "versions": list_versions(),
        "input": {**made, "seed": seed},
        "nodes": counts.n_nodes,
        "relationships": counts.n_relationships,
        "load_s": round(first.seconds, 2),
        "bare_edges_per_s" if bare else "edges_with_evidence_per_s": round(rate),
        "nodes_and_relationships_per_s": round((counts.n_nodes + counts.n_relationships) / first.seconds),
        "bare_relationships_per_s": round(limit),
        "share_of_limit": round(rate / limit, 3),
        "reload_s": round(again.seconds, 2),
        "reload_writes": again.counters.total,
        "checksum": digest,
        "faults": [fault for fault, holds in checks.items() if not holds],
    }
    print(json.dumps(record))
    if record["faults"]:
        sys.exit(1)


if __name__ == "__main__":
    command()
