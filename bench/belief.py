"""Fits belief, and measures whether it means what it says.

    python -m bench.belief [--data DATA] [--run RUN] --fit      # prints the coefficients of graph/belief/fitted.py
    python -m bench.belief [--data DATA] [--run RUN] --picture docs/belief.svg > bench/results/V/belief.json

Documents: an item is an edge that one gold document makes (`bench.gold_edges`). Fitted on the documents that every
training run carved out and on half of DrugProt's and BioRED's development splits, measured on the other half and on
BC5CDR's test split.

Judged edges: kinds of which gold has little, TREATS above all, are corrected by edges that a person judged
(`bench.judged_belief`); those tables are for fitting and none of those that are reported.

Growth, with further sentences and with other publications, is what makes gold documents, known pairs and judged edges
likeliest together: gold documents have one publication, lists hold what is written of often, and of what is written
of often the same misreading comes again, as only judged edges show.

Publications: RUN is a run over many abstracts. Its edges that known pairs speak of (`bench.known_pairs`) are known or
not. Most right pairs are in no list, so known = listed * belief, `listed` being the share of right pairs that the lists
hold, fitted beside the coefficients. Pairs whose hash is even fit, the odd ones measure. These figures say how belief
grows with publications, not how high it should be. Their sentences weigh what the coefficients in force say: after
a fit of sentences, fit once more.

Beside belief stands what it must beat, each with a scale of its own fitted on the same items: the count of
publications, and a noisy-or of scores times link scores.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

import click
import numpy as np

from bench.gold_edges import GoldEdge, GoldReader, GoldSentence
from bench.judged_belief import JudgedByHand, correct_kinds, read_judged
from bench.known_edges import KnownEdge, read_known_edges
from bench.known_pairs import is_even, read_known_pairs
from bench.reliability_picture import draw_reliability
from engine.link.lexicon import Lexicon
from engine.model.config import ExtractorConfig
from engine.train.corpora import read_corpus
from engine.train.leak import check_unseen, read_training_of, split_carved
from engine.train.measure.reliability import measure_reliability
from graph.belief import Sentence
from graph.belief.edge import believe
from graph.belief.fit import GRID, Floats, JudgedEdge, fit_documents, likeliest, log_likelihood
from graph.belief.fitted import FITTED, Coefficients
from jobs.settings import SHIPPED_MODEL

HALVED: Final = (("drugprot", "dev"), ("biored", "dev"))  # documents whose id has an even hash fit
WHOLE: Final = (("bc5cdr", "test"),)
LEAST_DENIALS: Final = 0.5
_TURNS: Final = 3


def noisy_or(scores: Sequence[float]) -> float:
    """The chance that at least one sentence is right, were each score a chance and all independent."""
    return 1.0 - float(np.prod(1.0 - np.clip(scores, 0.0, 1.0)))


# --------------------------------------------------------------------------------------------- documents


def read_splits(data: Path, reader: GoldReader, *, fit: bool) -> dict[str, list[GoldEdge]]:
    """The edges of the documents that fit, or of those that measure, by split. Raises: LeakError, CorpusError."""
    trained = ExtractorConfig.load(SHIPPED_MODEL).trained
    training = read_training_of(trained, data=data)
    found = {}
    if fit:
        _, carved = split_carved([d for d in training if d.predicates], trained)
        found["carved"] = list(reader.read(carved))
    for corpus, split in (*HALVED, *(() if fit else WHOLE)):
        documents = list(read_corpus(corpus, split, data=data))
        check_unseen(f"{corpus}/{split}", documents, training)
        if (corpus, split) in HALVED:
            documents = [document for document in documents if is_even(document.doc_id) is fit]
        found[f"{corpus}/{split}"] = list(reader.read(documents))
    return found


def judged_edges(edges: Sequence[GoldEdge]) -> list[JudgedEdge]:
    """The edges that something affirms or supposes, as they are fitted."""
    return [JudgedEdge(_by_sentence(edge.asserting), edge.is_said) for edge in edges if edge.asserting]


def _by_sentence(told: Sequence[GoldSentence]) -> tuple[tuple[Sentence, ...], ...]:
    readings: dict[str, list[Sentence]] = {}
    for judged in told:
        readings.setdefault(judged.text, []).append(judged.sentence)
    return tuple(map(tuple, readings.values()))


def fit_denials(edges: Sequence[GoldEdge], by: Coefficients) -> float:
    """The coefficient of denials under which gold is likeliest, on edges that some sentences assert and others deny.

    At least `LEAST_DENIALS`: gold relates what any sentence of a document states, so it can't show what another
    publication's denial is worth.
    """
    disputed = [edge for edge in edges if edge.asserting and edge.denying]
    said = np.array([edge.is_said for edge in disputed], np.float64)

    def chances(denials: float) -> Floats:
        fitted = with_edge(by, denials=denials)
        return np.array([believe(edge.statements(by=by), by=fitted) for edge in disputed])

    return max(LEAST_DENIALS, likeliest(chances, said))


def with_edge(by: Coefficients, **coefficients: float) -> Coefficients:
    """The same with some of an edge's coefficients changed."""
    return replace(by, edge={**by.edge, **coefficients})


def measure_documents(edges: Sequence[GoldEdge]) -> dict[str, Any]:
    """Belief and a noisy-or on the edges that something asserts; how many of those only denied are right all the same.

    What is only denied has belief 0 and is no forecast; `all` counts it as one.
    """
    asserted = [edge for edge in edges if edge.asserting]
    denied = [edge for edge in edges if not edge.asserting]
    right = [edge.is_right for edge in asserted]
    beliefs = [believe(edge.statements()) for edge in asserted]
    scores = [[j.sentence.score * (j.sentence.link_score or 1.0) for j in edge.asserting] for edge in asserted]
    return {
        "belief": asdict(measure_reliability(beliefs, right)),
        "noisy_or": asdict(measure_reliability([noisy_or(known) for known in scores], right)),
        "all": asdict(measure_reliability([*beliefs, *[0.0] * len(denied)], [*right, *(e.is_right for e in denied)])),
        "only_denied": {"n": len(denied), "right": sum(edge.is_right for edge in denied)},
    }


# ------------------------------------------------------------------------------------------ publications


def fit_growth(
    by: Coefficients,
    *,
    gold: Sequence[GoldEdge] = (),
    known: Sequence[KnownEdge] = (),
    judged: Sequence[JudgedByHand] = (),
) -> Coefficients:
    """The same with the growth, by sentences and by publications, under which all of them are likeliest together.

    Of the known pairs the even ones; in turns, until neither changes.
    """
    asserted = [edge for edge in gold if edge.asserting]
    even = [edge for edge in known if edge.is_even]
    right = np.array([edge.is_right for edge in asserted], np.float64)
    listed = np.array([edge.is_known for edge in even], np.float64)
    found = np.array([edge.is_right for edge in judged], np.float64)
    gold_statements = [edge.statements(by=by) for edge in asserted]

    def likelihood(tried: Coefficients) -> float:
        return (
            log_likelihood(np.array([believe(told, by=tried) for told in gold_statements]), right)
            + log_likelihood(_listed(even, _believed(even, tried)), listed)
            + log_likelihood(np.array([edge.belief(tried) for edge in judged]), found)
        )

    for _ in range(_TURNS):
        before = by
        for name in ("sentences", "publications"):
            best = max(GRID, key=lambda value, by=by, name=name: likelihood(with_edge(by, **{name: value})))
            by = with_edge(by, **{name: best})
        if by == before:
            break
    return by


def measure_publications(edges: Sequence[KnownEdge]) -> dict[str, Any]:
    """Belief, count of publications and noisy-or on the odd pairs, each scaled on the even ones."""
    even, odd = ([edge for edge in edges if edge.is_even is half] for half in (True, False))
    known = [edge.is_known for edge in odd]
    forecasts: dict[str, Callable[[Sequence[KnownEdge]], Floats]] = {
        "belief": lambda of: _believed(of, FITTED),
        "noisy_or": lambda of: np.array([noisy_or(edge.scores) for edge in of]),
        "publications": lambda of: np.array([1.0 - 0.5**edge.n_publications for edge in of]),
    }
    report: dict[str, Any] = {"even": len(even), "odd": len(odd)}
    scales = {name: _scales(even, forecast(even)) for name, forecast in forecasts.items()}
    for name, forecast in forecasts.items():
        report[name] = asdict(measure_reliability(_scaled(odd, forecast(odd), scales[name]), known))
    report["listed"] = {" - ".join(types): share for types, share in scales["belief"].items()}
    counts = Counter(min(edge.n_publications, 5) for edge in odd)
    report["known_by_publications"] = {
        n: {"edges": counts[n], "known": sum(e.is_known for e in odd if min(e.n_publications, 5) == n)}
        for n in sorted(counts)
    }
    return report


def _believed(edges: Sequence[KnownEdge], by: Coefficients) -> Floats:
    return np.array([believe(edge.statements, by=by) for edge in edges])


def _listed(edges: Sequence[KnownEdge], chances: Floats) -> Floats:
    return _scaled(edges, chances, _scales(edges, chances))


def _scales(edges: Sequence[KnownEdge], chances: Floats) -> dict[tuple[str, str], float]:
    """For each pair of types the share of right pairs that the lists hold, likeliest given these chances."""
    types = np.array([" ".join(edge.types) for edge in edges])
    known = np.array([edge.is_known for edge in edges], np.float64)
    scales = {}
    for pair in sorted({edge.types for edge in edges}):
        its = types == " ".join(pair)
        scales[pair] = likeliest(
            lambda share, its=its: share * chances[its], known[its], values=[step / 100 for step in range(1, 101)]
        )
    return scales


def _scaled(edges: Sequence[KnownEdge], chances: Floats, scales: dict[tuple[str, str], float]) -> Floats:
    return chances * np.array([scales.get(edge.types, 1.0) for edge in edges])


@click.command(help=__doc__)
@click.option("--data", type=click.Path(path_type=Path), default=Path("../shared/data"), show_default=True)
@click.option("--run", type=click.Path(path_type=Path, exists=True), help="A run over many abstracts.")
@click.option("--lexicon", type=click.Path(path_type=Path), default=None, help="A lexicon other than the shipped one.")
@click.option("--threads", type=click.IntRange(1), default=2, show_default=True, help="CPU threads.")
@click.option("--fit", is_flag=True, help="Fit, and print what is fitted, instead of measuring.")
@click.option(
    "--judged",
    type=click.Path(path_type=Path, exists=True),
    multiple=True,
    help="Judged edges that fit; with --run.",
)
@click.option("--picture", type=click.Path(path_type=Path), help="An SVG file to draw reliability into.")
def command(
    *,
    data: Path,
    run: Path | None,
    lexicon: Path | None,
    threads: int,
    fit: bool,
    judged: tuple[Path, ...],
    picture: Path | None,
) -> None:
    """Fits or measures, and prints JSON."""
    reader = GoldReader(SHIPPED_MODEL, lexicon=lexicon, threads=threads)
    splits = read_splits(data, reader, fit=fit)
    known = read_known_edges(run, read_known_pairs(data, Lexicon.open(lexicon))) if run else []
    if fit:
        edges = [edge for found in splits.values() for edge in found]
        fitted = _fit(edges, known, read_judged(judged, run) if judged and run else [])
        json.dump(asdict(fitted), sys.stdout, indent=1)
    else:
        json.dump(_measure(splits, known, picture), sys.stdout, indent=1)
    print()


def _fit(edges: Sequence[GoldEdge], known: Sequence[KnownEdge], judged: Sequence[JudgedByHand]) -> Coefficients:
    of_documents = judged_edges(edges)
    gold = Counter(edge.sentences[0][0].kind.key for edge in of_documents)
    fitted = fit_documents(of_documents)
    for _ in range(_TURNS if known or judged else 0):
        grown = fit_growth(correct_kinds(judged, fitted, gold=gold), gold=edges, known=known, judged=judged)
        fitted = replace(fit_documents(of_documents, growth=grown.edge["sentences"]), edge=grown.edge)
    fitted = correct_kinds(judged, fitted, gold=gold)
    return with_edge(fitted, denials=fit_denials(edges, fitted))


def _measure(splits: dict[str, list[GoldEdge]], edges: Sequence[KnownEdge], picture: Path | None) -> dict[str, Any]:
    everything = [edge for found in splits.values() for edge in found]
    report = {"documents": {name: measure_documents(found) for name, found in {**splits, "all": everything}.items()}}
    if edges:
        report["publications"] = measure_publications(edges)
    if picture:
        curves = {"gold documents": report["documents"]["all"]["belief"]}
        curves |= {"the same, noisy-or": report["documents"]["all"]["noisy_or"]}
        picture.write_text(draw_reliability(curves), encoding="utf-8")
    return report


if __name__ == "__main__":
    command()
