"""Draw edges at random from a run and write them beside their sentences, for a person to judge.

    python -m bench.sample_edges RUN [--edges 100] [--seed 7] [--least-belief 0.9] --out bench/judgements/NAME.tsv

An edge is a triple with at least one piece of affirmed or speculated evidence; edges are drawn with equal chance,
whatever their support, and shown with the sentence of their strongest evidence. The judge fills in three columns:
`verdict` (right or wrong), `error` (one of `ERRORS`, if wrong) and `note`. Right means right end to end: both ends
are the things that the names stand for in that sentence, and the sentence states the predicate, in that direction
and with that assertion. The same run, seed and number give the same file.
"""

from __future__ import annotations

import json
import random
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import click

from bench.judge_table import read_table as read_judged
from bench.judge_table import write_table
from bench.run_belief import statements_of
from bench.run_folder import read_live_evidence, read_table
from engine.schema import NEGATED
from graph.belief.edge import believe

VERDICTS: Final = ("right", "wrong")
ERRORS: Final = {
    "head_span": "the head is no mention, or its borders are wrong",
    "tail_span": "the tail is no mention, or its borders are wrong",
    "head_id": "the head is linked to the wrong concept",
    "tail_id": "the tail is linked to the wrong concept",
    "no_relation": "the sentence states no relation between the two",
    "predicate": "a relation is stated, but another one",
    "direction": "the right predicate, the wrong way round",
    "assertion": "stated, but denied where we say affirmed, or the like",
}


@dataclass(frozen=True, slots=True)
class SampledEdge:
    """One line of the judge's table; the last three columns are the judge's."""

    triple_id: str
    subject: str
    subject_name: str
    subject_type: str
    predicate: str
    object: str
    object_name: str
    object_type: str
    sentence: str
    head_text: str
    tail_text: str
    assertion: str
    score: float
    pmid: str
    n_evidence: int
    verdict: str = ""
    error: str = ""
    note: str = ""


def sample_edges(
    triples: Iterable[Mapping[str, Any]],
    evidence: Iterable[Mapping[str, Any]],
    entities: Iterable[Mapping[str, Any]],
    *,
    edges: int,
    seed: int,
    least_belief: float = 0.0,
    without_documents: Collection[str] = (),
) -> list[SampledEdge]:
    """Draw `edges` triples that are believed at least so far, without replacement; fewer if there are fewer.

    Sentences of `without_documents`, ids, aren't drawn from.
    """
    told: dict[str, list[Mapping[str, Any]]] = {}
    for row in evidence:
        if row["triple_id"] is not None and row["doc_id"] not in without_documents:
            told.setdefault(row["triple_id"], []).append(row)
    by_triple = {
        identity: asserting
        for identity, rows in told.items()
        if (asserting := [row for row in rows if row["assertion"] != NEGATED])
        and (not least_belief or believe(statements_of(rows)) >= least_belief)
    }
    known = {row["triple_id"]: row for row in triples if row["triple_id"] in by_triple}
    entity = {row["concept_id"]: row for row in entities}
    drawn = random.Random(seed).sample(sorted(known), min(edges, len(known)))
    return [_describe(known[identity], by_triple[identity], entity) for identity in drawn]


def _describe(
    triple: Mapping[str, Any], evidence: list[Mapping[str, Any]], entity: Mapping[str, Mapping[str, Any]]
) -> SampledEdge:
    best = min(evidence, key=lambda row: (-row["score"], row["evidence_id"]))
    subject, object_ = entity[triple["subject"]], entity[triple["object"]]
    return SampledEdge(
        triple_id=triple["triple_id"],
        subject=triple["subject"],
        subject_name=subject["name"],
        subject_type=subject["type"],
        predicate=triple["predicate"],
        object=triple["object"],
        object_name=object_["name"],
        object_type=object_["type"],
        sentence=" ".join(best["sentence"].split()),
        head_text=best["head_text"],
        tail_text=best["tail_text"],
        assertion=best["assertion"],
        score=round(best["score"], 3),
        pmid=best["doc_id"],
        n_evidence=len(evidence),
    )


def write_edges(edges: list[SampledEdge], out: Path) -> None:
    """Write the judge's table. Raises: FileExistsError if there is one."""
    write_table(edges, SampledEdge, out)


@click.command()
@click.argument("run", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--edges", default=100, show_default=True, help="Edges to draw.")
@click.option("--seed", default=7, show_default=True, help="Seed of the draw.")
@click.option("--least-belief", type=click.FloatRange(0, 1), default=0.0, help="Only edges believed at least so far.")
@click.option(
    "--without", type=click.Path(exists=True, path_type=Path), multiple=True, help="A table whose edges aren't drawn."
)
@click.option(
    "--without-documents",
    type=click.File(encoding="utf-8"),
    help="Ids of documents, a line each, whose sentences aren't drawn from: those that wordings were written by.",
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Table to write; must not exist.")
def main(
    run: Path,
    edges: int,
    seed: int,
    least_belief: float,
    without: tuple[Path, ...],
    without_documents: IO[str] | None,
    out: Path,
) -> None:
    """Draw edges from RUN for a person to judge."""
    judged = {row["triple_id"] for table in without for row in read_judged(table)}
    drawn = sample_edges(
        [row for row in read_table(run, "triple").to_pylist() if row["triple_id"] not in judged],
        read_live_evidence(run).to_pylist(),
        read_table(run, "entity").to_pylist(),
        edges=edges,
        seed=seed,
        least_belief=least_belief,
        without_documents=set(without_documents.read().split()) if without_documents else (),
    )
    write_edges(drawn, out)
    click.echo(json.dumps({"run": run.name, "edges": len(drawn), "seed": seed, "out": str(out)}))


if __name__ == "__main__":
    main()
