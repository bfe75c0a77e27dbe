"""Everything that is measured of an extractor on one split; the one description of the report's JSON.

    {"schema": 4, "model_revision", "dtype", "resamples", "seed",
     "training": {"corpora": [name], "documents": n, "carved": whether carved documents were scored},
     "splits": {"CORPUS/SPLIT": {
        "documents": n,
        "spans": {type: FIGURES}, "spans_relaxed": {type: FIGURES},
        "relations": {label: FIGURES}, "relations_micro": FIGURES, "relations_macro": MACRO, "related": FIGURES,
        "relations_directed": FIGURES,
        "end_to_end": {label: FIGURES}, "end_to_end_micro": FIGURES, "end_to_end_macro": MACRO,
        "balanced": {the same from "relations" on, and "confusion", at the balanced thresholds, if the model has some},
        "classes": {"LEVEL CLASS": FIGURES}, "classes_micro": FIGURES, "classes_macro": MACRO,
        "assertion_tokens": {scope: FIGURES},
        "calibration": {"expected_calibration_error", "forecasts",
                        "bins": [{"from", "to", "forecasts", "mean_score", "share_right"}]},
        "slices": {dimension: {part: {type: FIGURES}}},
        "confusion": {gold label: {stated label: triples}},
        "errors": {"spans": [{"document", "error", "type", "text", "sentence", "said"?}],
                   "relations": [{"document", "error", "label", "head", "tail", "sentence", "said"?}]}}}}
    FIGURES = {"precision", "recall", "f1", "predicted", "gold",
               "intervals_95": {"precision": [low, high], "recall": [low, high], "f1": [low, high]}}
    MACRO = {"f1", "kinds", "intervals_95": {"f1": [low, high]}}

"relations" has gold mentions, "end_to_end" predicted ones. "related": pairs of gold mentions that stand in any
relation, whichever it is. "relations_directed": those between two of one type that have a direction. What a corpus
doesn't annotate is absent or empty; figures of nothing at all have no intervals. "errors" quotes the corpus, so it
stays out of what ships with a model.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from engine.model.config import BALANCED, ExtractorConfig
from engine.model.predict import Prediction, Predictor
from engine.train.annotated import Annotated
from engine.train.measure.calibration import calibrate
from engine.train.measure.classes import chosen_classes, gold_classes
from engine.train.measure.confusion import tabulate_confusion
from engine.train.measure.counts import Item, tally_matches
from engine.train.measure.errors import Error, list_relation_errors, list_span_errors, sample_errors
from engine.train.measure.intervals import SEED, Bootstrap
from engine.train.measure.relations import directed_triples, gold_triples, related_ends, stated_triples
from engine.train.measure.slices import Names, slice_by_names, slice_by_section, tally_slices
from engine.train.measure.spans import gold_spans, predicted_spans, scope_tokens, tally_relaxed
from engine.train.measure.thresholds import PairScores
from engine.train.readings import read_documents, score_pairs

SCHEMA = 4


def evaluate_split(
    predictor: Predictor, documents: Sequence[Annotated], *, names: Names, sampled_errors: int
) -> dict[str, object]:
    """Measure one split. `names`: what training taught; without any, spans aren't sliced by name."""
    read = read_documents(predictor, documents)
    config = predictor.config
    spans, span_errors = _measure_spans(documents, read, config.mention_heads, names)
    pairs = score_pairs(predictor, [document for document in documents if document.predicates])
    relations, relation_errors = _measure_relations(pairs, config)
    balanced = {}
    if config.balanced_thresholds:
        at_balance = config.at(BALANCED)
        balanced = {
            **_measure_relations(pairs, at_balance)[0],
            **_measure_end_to_end(documents, read, at_balance),
        }
    return {
        "documents": len(documents),
        **spans,
        **relations,
        **_measure_end_to_end(documents, read, config),
        "calibration": calibrate(pairs.scores, pairs.labels),
        "balanced": balanced,
        **_measure_classes(documents, read),
        "errors": {
            "spans": sample_errors(span_errors, sampled_errors, seed=SEED),
            "relations": sample_errors(relation_errors, sampled_errors, seed=SEED),
        },
    }


def _measure_spans(
    documents: Sequence[Annotated], read: Sequence[Prediction], heads: Sequence[str], names: Names
) -> tuple[dict[str, object], list[Error]]:
    with_heads = [(document, found) for document, found in zip(documents, read, strict=True) if document.heads]
    annotated = [document for document, _ in with_heads]
    gold = [gold_spans(document) for document in annotated]
    predicted = [predicted_spans(document, found, heads) for document, found in with_heads]
    bootstrap = _resample(annotated)
    slicers = {**(slice_by_names(names) if names else {}), "section": slice_by_section}
    tokens = [
        [scope_tokens(document.text, spans) for document, spans in zip(annotated, side, strict=True)]
        for side in (predicted, gold)
    ]
    errors = [e for row in zip(annotated, predicted, gold, strict=True) for e in list_span_errors(*row)]
    figures: dict[str, object] = {
        "spans": bootstrap.describe(tally_matches(predicted, gold)),
        "spans_relaxed": bootstrap.describe(tally_relaxed(predicted, gold)),
        "assertion_tokens": bootstrap.describe(tally_matches(*tokens)),
        "slices": {
            dimension: {part: bootstrap.describe(tally) for part, tally in parts.items()}
            for dimension, parts in tally_slices(annotated, predicted, gold, slicers).items()
        },
    }
    return figures, errors


def _measure_relations(pairs: PairScores, config: ExtractorConfig) -> tuple[dict[str, object], list[Error]]:
    annotated = [document for document, _ in pairs.readings]
    gold = [gold_triples(document, config.symmetric) for document in annotated]
    stated = [stated_triples(document, found, config) for document, found in pairs.readings]
    errors = [e for row in zip(annotated, stated, gold, strict=True) for e in list_relation_errors(*row)]
    bootstrap = _resample(annotated)
    related = tally_matches([related_ends(t) for t in stated], [related_ends(t) for t in gold])
    directed = tally_matches([directed_triples(t, config) for t in stated], [directed_triples(t, config) for t in gold])
    figures = {
        **_describe_kinds("relations", stated, gold, bootstrap),
        "related": bootstrap.describe_micro(related),
        "relations_directed": bootstrap.describe_micro(directed),
        "confusion": tabulate_confusion(stated, gold),
    }
    return figures, errors


def _measure_end_to_end(
    documents: Sequence[Annotated], read: Sequence[Prediction], config: ExtractorConfig
) -> dict[str, object]:
    """Relations between predicted mentions, of documents that annotate mentions and relations."""
    both = [(d, found) for d, found in zip(documents, read, strict=True) if d.heads and d.predicates]
    stated = [stated_triples(document, found, config) for document, found in both]
    gold = [gold_triples(document, config.symmetric) for document, _ in both]
    return _describe_kinds("end_to_end", stated, gold, _resample([document for document, _ in both]))


def _measure_classes(documents: Sequence[Annotated], read: Sequence[Prediction]) -> dict[str, object]:
    """Classes of sentences and documents, of those that have gold ones."""
    labelled = [(document, found) for document, found in zip(documents, read, strict=True) if document.labels]
    documents = [document for document, _ in labelled]
    chosen = [chosen_classes(document, found) for document, found in labelled]
    return _describe_kinds("classes", chosen, [gold_classes(d) for d in documents], _resample(documents))


def _resample(documents: Sequence[Annotated]) -> Bootstrap:
    return Bootstrap(len(documents), groups=[document.group for document in documents])


def _describe_kinds(
    name: str, stated: Sequence[Collection[Item]], gold: Sequence[Collection[Item]], bootstrap: Bootstrap
) -> dict[str, object]:
    tally = tally_matches(stated, gold)
    return {
        name: bootstrap.describe(tally),
        f"{name}_micro": bootstrap.describe_micro(tally),
        f"{name}_macro": bootstrap.describe_macro(tally),
    }


def leave_out_errors(report: Mapping[str, Any]) -> dict[str, Any]:
    """The report without the sentences that it quotes from the corpora."""
    splits = {
        name: {key: value for key, value in figures.items() if key != "errors"}
        for name, figures in report["splits"].items()
    }
    return {**report, "splits": splits}
