"""What an extractor states of pairs in abstracts that nobody chose for their relations: precision, recall and F1.

    python -m bench.pairs --run RUN --judged bench/judgements/0.1.0-pairs.tsv [--model FOLDER]

The table holds pairs that were judged one by one without sight of what any model says of them, drawn from abstracts
that nobody had annotated or read for wordings, in strata of what an earlier extractor said: stated, doubtful, hardly.
Each pair's `weight` is how many of the abstracts' pairs it stands for. Both of its ends were linked. The run tells the
documents and the mentions; the model reads them with these mentions, and what it states is what a run of its own would:
wordings, assertion and thresholds are those of extraction. A statement is right if its predicate is the judged one, a
symmetric one in either order; of those that are right, the share with the judged assertion is told beside. Intervals
are of 1,000 resamples of documents.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click
import numpy as np

from engine.extract import read_relations
from engine.model.config import BALANCED, PRECISE
from engine.model.predict import Document
from engine.schema import SYMMETRIC, Relation
from engine.train.annotated import Annotated
from engine.train.corpora.run import read_run
from engine.train.examples import sentences_of
from engine.train.judged import JudgedPair, places_of, read_judged
from engine.train.measure.counts import FOUND, GOLD, PREDICTED, RIGHT
from engine.train.measure.intervals import FIGURES, Bootstrap, limits, ratios
from engine.train.readings import open_predictor
from jobs.settings import SHIPPED_MODEL

ALL: Final = "all"


def said_of(pair: JudgedPair, document: Annotated, relations: Sequence[Relation]) -> Relation | None:
    """What was said of a judged pair."""
    place = places_of(document)
    head, tail = place.get(pair.head), place.get(pair.tail)
    for said in relations:
        if (said.head, said.tail) == (head, tail):
            return said
        if (said.tail, said.head) == (head, tail) and said.predicate in SYMMETRIC:
            return said
    return None


def count_pairs(
    judged: Mapping[str, Sequence[JudgedPair]], said: Mapping[str, Sequence[Relation | None]]
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Weighed counts by type pair, shape (n_documents, 4) as in `engine.train.measure.counts`, and of assertions.

    The latter, shape (n_documents, 2): right predicates, and those of them whose assertion is right too.
    """
    tally: dict[str, np.ndarray] = {ALL: np.zeros((len(judged), 4))}
    assertions = np.zeros((len(judged), 2))
    for row, (doc_id, pairs) in enumerate(judged.items()):
        for pair, relation in zip(pairs, said[doc_id], strict=True):
            right = relation is not None and relation.predicate == pair.predicate
            for name in _kinds_of(pair):
                counts = tally.setdefault(name, np.zeros((len(judged), 4)))[row]
                counts[PREDICTED] += pair.weight * (relation is not None)
                counts[GOLD] += pair.weight * (pair.predicate is not None)
                counts[[RIGHT, FOUND]] += pair.weight * right
            if relation is not None and right:
                assertions[row] += pair.weight * np.array([1, relation.assertion == pair.assertion])
    return tally, assertions


def _kinds_of(pair: JudgedPair) -> tuple[str, str]:
    return ALL, f"{pair.head[2]} {pair.tail[2]}"


def count_judged(judged: Mapping[str, Sequence[JudgedPair]]) -> dict[str, dict[str, int]]:
    """How many pairs were judged, and how many of them state something, by type pair."""
    counts: dict[str, dict[str, int]] = {}
    for pair in (pair for pairs in judged.values() for pair in pairs):
        for kind in _kinds_of(pair):
            told = counts.setdefault(kind, {"pairs": 0, "stated": 0})
            told["pairs"] += 1
            told["stated"] += pair.predicate is not None
    return counts


def describe(tally: Mapping[str, np.ndarray], assertions: np.ndarray) -> dict[str, Any]:
    """Figures with their intervals, and the share of right assertions."""
    bootstrap = Bootstrap(len(assertions))
    figures: dict[str, Any] = {}
    for kind, counts in sorted(tally.items()):
        drawn = ratios(bootstrap.drawn @ counts)
        values = ratios(counts.sum(axis=0))
        figures[kind] = {
            **{name: round(float(value), 3) for name, value in zip(FIGURES, values, strict=True)},
            "intervals_95": {name: limits(drawn[:, column]) for column, name in enumerate(FIGURES)},
        }
    right, agreed = assertions.sum(axis=0)
    figures["assertion"] = round(float(agreed / right), 3) if right else None
    return figures


@click.command()
@click.option("--model", type=click.Path(path_type=Path), default=SHIPPED_MODEL, help="The extractor.")
@click.option("--run", type=click.Path(path_type=Path, exists=True), required=True, help="Run of the documents.")
@click.option("--judged", type=click.Path(path_type=Path, exists=True), required=True, help="Table of judged pairs.")
@click.option("--threads", type=click.IntRange(1), help="Threads [default: all cores].")
def main(model: Path, run: Path, judged: Path, threads: int | None) -> None:
    """Score an extractor on judged pairs."""
    table = read_judged(judged)
    predictor, about = open_predictor(model, threads=threads)
    documents = [document for document in read_run(run) if document.doc_id in table]
    read = predictor.predict([Document(d.text, sentences_of(d), d.named) for d in documents])
    known = {document.doc_id: table[document.doc_id] for document in documents}
    figures: dict[str, Any] = {**about, "documents": len(known), "judged": count_judged(known)}
    for point in (PRECISE, BALANCED):
        config = predictor.config.at(point)
        said: dict[str, list[Relation | None]] = {}
        for document, found in zip(documents, read, strict=True):
            relations = read_relations(found, config, document.text, sentences_of(document))
            said[document.doc_id] = [said_of(pair, document, relations) for pair in known[document.doc_id]]
        figures[point] = describe(*count_pairs(known, said))
    click.echo(json.dumps(figures))


if __name__ == "__main__":
    main()
