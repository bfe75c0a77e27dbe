"""What a language model adds where the classifier is in doubt, on DrugProt's development split, with gold mentions.

    python -m bench.cascade MODEL --data DATA --cache FILE [--adapter FOLDER] [--pairs 2000] [--fitted FILE]

A doubtful relation is one of the classifier's whose score lies in the band of `hypograph generate`, whatever threshold
its label has. The verifier is asked about each as the generative stage asks. The coefficients that join both scores,
and the scores from which a relation counts as stated, come from documents carved out of DrugProt's training split,
which trained neither the extractor nor an adapter; the development split chooses nothing. Compared on it: the
classifier by its labels' own thresholds, the classifier by one threshold chosen for the band, the verifier, and both
together; the difference of F1 with its interval by a paired bootstrap over documents. Answers are kept in the cache, so
a run that was cut off goes on, and costs are those of the answers that were asked for now. The last line is one JSON
object; with `--fitted` the coefficients are also left in a file, as an entry of `engine/generate/combination.toml`.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import click
import numpy as np
import numpy.typing as npt

from bench.asked import describe_asked
from engine.generate.ask import AnswerCache, Asker
from engine.generate.verify import Combination, log_odds, read_verdict, table_name
from engine.train.corpora import read_corpus
from engine.train.generator.doubts import Doubt, find_doubts
from engine.train.generator.settings import GeneratorSettings as TrainingSettings
from engine.train.measure.counts import Counts
from engine.train.measure.intervals import Bootstrap, limits, ratios
from engine.train.measure.reliability import Floats, measure_reliability
from engine.train.plan import is_carved, read_training_documents
from engine.train.readings import open_predictor
from graph.belief.fit import logistic_regression
from jobs.generator_options import EngineSettings, TaskSettings, choose_engine

CORPUS: Final = "drugprot"
_SEED: Final = 29
_RIDGE: Final = 1e-3  # what keeps coefficients finite where a score parts the doubtful ones without a fault

Bools = npt.NDArray[np.bool_]


def draw_documents(doubts: Sequence[Doubt], pairs: int) -> list[Doubt]:
    """Doubtful relations of whole documents, drawn with a seed, until there are so many; all if there are fewer."""
    names = sorted({doubt.document.doc_id for doubt in doubts})
    random.Random(_SEED).shuffle(names)
    kept: list[Doubt] = []
    for name in names:
        if len(kept) >= pairs:
            break
        kept += [doubt for doubt in doubts if doubt.document.doc_id == name]
    return kept


def fit_combination(classifier: Floats, verifier: Floats, right: Bools) -> Combination:
    """The logistic model's coefficients, with a slight ridge. Shapes: (n,) each."""
    features = np.stack([np.ones(len(right)), *_odds(classifier, verifier)], axis=1)  # (n, 3)
    weights = logistic_regression(features, right.astype(np.float64), np.full(3, _RIDGE))
    return Combination(*(float(w) for w in weights), fitted=True)


def _odds(*scores: Floats) -> list[Floats]:
    return [np.array([log_odds(float(score)) for score in column]) for column in scores]


def calibrate(scores: Floats, right: Bools) -> Combination:
    """One score's own logistic model, to be held beside the joint one. Shapes: (n,) each."""
    return fit_combination(scores, np.full(len(scores), 0.5), right)  # even odds add nothing


def choose_threshold(chances: Floats) -> float:
    """The chance from which on stating has the best F1 to be expected: half of that F1. Shape: (n,), calibrated.

    Cross-validated on the carved part, five times in five parts of its documents, this gave F1 0.550, 0.559 and 0.558
    (classifier, both, both with an adapter) where the threshold that was best on the others gave 0.541, 0.547 and
    0.543. Source: Lipton, Elkan, Naryanaswamy 2014 (arXiv:1402.1892).
    """
    if not len(chances):
        return 0.5
    falling = np.sort(chances)[::-1]
    expected = 2 * np.cumsum(falling) / (np.arange(1, len(falling) + 1) + falling.sum())
    return float(expected.max() / 2)


def count(stated: Bools, right: Bools) -> Counts:
    """What is stated, held against what is right."""
    hits = int((stated & right).sum())
    return Counts(hits, int(stated.sum()), hits, int(right.sum()))


def area_under_roc(scores: Floats, right: Bools) -> float:
    """The chance that a right one scores above a wrong one, ties counting half; nan where one kind is missing."""
    good, bad = np.sort(scores[right]), np.sort(scores[~right])
    if not len(good) or not len(bad):
        return math.nan
    below = np.searchsorted(bad, good, "left") + np.searchsorted(bad, good, "right")
    return float(below.sum() / (2 * len(good) * len(bad)))


def compare_f1(first: Bools, second: Bools, right: Bools, documents: Sequence[str]) -> dict[str, object]:
    """F1 of the second rule less that of the first, with its 95 % interval over resampled documents."""
    names, of = np.unique(documents, return_inverse=True)
    bootstrap = Bootstrap(len(names))
    resampled = [ratios(bootstrap.drawn @ _count_by(of, len(names), stated, right))[:, 2] for stated in (first, second)]
    value = count(second, right).f1 - count(first, right).f1
    return {"value": round(value, 4), "interval_95": limits(resampled[1] - resampled[0])}


def _count_by(of: npt.NDArray[np.int64], n_documents: int, stated: Bools, right: Bools) -> Floats:
    """The fields of `Counts` for each document; `of`: the document of each relation. Shape: (n_documents, 4)."""
    hits = stated & right
    columns = [np.bincount(of, weights=values, minlength=n_documents) for values in (hits, stated, hits, right)]
    return np.stack(columns, axis=1)


def ask_all(asker: Asker, doubts: Sequence[Doubt]) -> tuple[list[Doubt], Floats]:
    """The doubtful relations that the verifier answered, and the share of Yes for each."""
    verdicts = [read_verdict(answer.logprobs) for answer in asker.ask([d.request for d in doubts], purpose="verify")]
    answered = [(doubt, verdict.entailed) for doubt, verdict in zip(doubts, verdicts, strict=True) if verdict]
    return [doubt for doubt, _ in answered], np.array([share for _, share in answered])


@dataclass(frozen=True, slots=True)
class _Part:
    """Doubtful relations of one part, as arrays of shape (n,)."""

    documents: tuple[str, ...]
    classifier: Floats
    verifier: Floats
    thresholds: Floats
    right: Bools

    @classmethod
    def of(cls, doubts: Sequence[Doubt], verifier: Floats) -> _Part:
        return cls(
            tuple(doubt.document.doc_id for doubt in doubts),
            np.array([doubt.score for doubt in doubts]),
            verifier,
            np.array([doubt.threshold for doubt in doubts]),
            np.array([doubt.is_right for doubt in doubts], dtype=np.bool_),
        )

    def joint(self, combination: Combination) -> Floats:
        return _joined(combination, self.classifier, self.verifier)


def _joined(combination: Combination, classifier: Floats, verifier: Floats) -> Floats:
    return np.array([combination(float(c), float(v)) for c, v in zip(classifier, verifier, strict=True)])


def _apply(own: Combination, scores: Floats) -> Floats:
    return _joined(own, scores, np.full(len(scores), 0.5))


def measure(carved: _Part, reported: _Part, combination: Combination) -> dict[str, Any]:
    """What each rule says of the reported part, by thresholds of the carved one."""
    own = {
        "classifier": calibrate(carved.classifier, carved.right),
        "verifier": calibrate(carved.verifier, carved.right),
    }
    scores = {
        "classifier": (_apply(own["classifier"], carved.classifier), _apply(own["classifier"], reported.classifier)),
        "verifier": (_apply(own["verifier"], carved.verifier), _apply(own["verifier"], reported.verifier)),
        "both": (carved.joint(combination), reported.joint(combination)),
    }
    stated = {"classifier_shipped": reported.classifier >= reported.thresholds}
    areas, least = {}, {}
    for name, (chosen_on, measured) in scores.items():
        least[name] = choose_threshold(chosen_on)
        areas[name] = round(area_under_roc(measured, reported.right), 4)
        stated[name] = measured >= least[name]
    reliability = measure_reliability(scores["both"][1], reported.right)
    return {
        "carved_pairs": len(carved.right),
        "pairs": len(reported.right),
        "documents": len(set(reported.documents)),
        "right": int(reported.right.sum()),
        "area_under_roc": areas,
        "thresholds": {name: round(value, 4) for name, value in least.items()},
        "figures": {name: count(said, reported.right).as_dict() for name, said in stated.items()},
        "gain": compare_f1(stated["classifier"], stated["both"], reported.right, reported.documents),
        "gain_over_shipped": compare_f1(
            stated["classifier_shipped"], stated["both"], reported.right, reported.documents
        ),
        "calibration_error": round(reliability.calibration_error, 4),
        "combination": asdict(combination),
    }


@click.command()
@click.argument("model")
@click.option("--data", type=click.Path(path_type=Path), required=True, help="Folder that holds gold/.")
@click.option("--cache", type=click.Path(path_type=Path, dir_okay=False), required=True, help="File of answers.")
@click.option("--adapter", type=click.Path(path_type=Path), help="LoRA adapter to lay over the model.")
@click.option("--extractor", type=click.Path(path_type=Path), default=Path("engine/weights/encoder"), show_default=True)
@click.option("--pairs", type=click.IntRange(1), default=2000, show_default=True, help="Doubtful relations at least.")
@click.option("--fitted", type=click.Path(path_type=Path), help="Leave the coefficients in this file.")
def main(
    model: str, data: Path, cache: Path, adapter: Path | None, extractor: Path, pairs: int, fitted: Path | None
) -> None:
    """Measure the cascade."""
    chosen = choose_engine(EngineSettings(adapter=adapter), model)
    predictor, about = open_predictor(extractor, threads=None)
    tasks = TaskSettings()
    band = (tasks.verify_from, tasks.verify_to)
    share = TrainingSettings().carve_share
    held_out = [d for d in read_training_documents(data, corpora=[(CORPUS, "train")]) if is_carved(d.doc_id, share)]
    carved = find_doubts(predictor, held_out, band)
    development = list(read_corpus(CORPUS, "dev", data=data))
    reported = draw_documents(find_doubts(predictor, development, band), pairs)
    del predictor
    asker = Asker(chosen.open(), AnswerCache(cache, revision=chosen.revision), in_flight=64)
    parts = [_Part.of(*ask_all(asker, doubts)) for doubts in (carved, reported)]
    combination = fit_combination(parts[0].classifier, parts[0].verifier, parts[0].right)
    if fitted:
        values = (f"{name} = {getattr(combination, name):.4f}" for name in ("intercept", "classifier", "verifier"))
        fitted.write_text(f'[fitted."{table_name(chosen.name)}"]\n' + "\n".join(values) + "\n", encoding="utf-8")
    result = {
        "bench": "cascade",
        "extractor_revision": about["model_revision"],
        "band": band,
        "unanswered": len(carved) + len(reported) - sum(len(part.right) for part in parts),
        **measure(parts[0], parts[1], combination),
        **describe_asked(chosen, asker.counters),
    }
    click.echo(json.dumps(result))


if __name__ == "__main__":
    main()
