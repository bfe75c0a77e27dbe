"""Chooses an extractor's thresholds anew where its weights changed without training: after an average of weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from engine.model.checkpoint import save_sums
from engine.model.config import CheckpointError, ExtractorConfig
from engine.train.annotated import CorpusError
from engine.train.finetune import score_carved, selection_score
from engine.train.leak import check_heads, read_training_of, split_carved
from engine.train.measure.thresholds import NEVER
from engine.train.plan import read_judged_documents
from engine.train.readings import open_predictor


def rethreshold(
    model: Path,
    data: Path,
    *,
    second_from: Mapping[tuple[str, str], float] | None = None,
    second_share: float | None = None,
    runs: Sequence[Path] = (),
    judged: Path | None = None,
) -> dict[str, object]:
    """Give the extractor in `model` the thresholds that are best on the documents no training of it learned from.

    `data`: folder of the corpora. `runs` and `judged`: as `finetune` has them; the carved ones choose too.
    `second_from`: the pairs of types that are to be read again, and from which chance of any relation on;
    `second_share`: what the second reading weighs; by default both as before.
    A label that no training stated keeps the threshold that no score reaches.
    Returns: selection score and F1 on those documents, optimistic, since they chose the thresholds.
    Raises: CorpusError if nothing was carved out; CheckpointError if the model has no such types, no second reading, or
    not the heads and labels that were carved out, as one that a task shaped.
    """
    predictor, _ = open_predictor(model, threads=None)
    config = predictor.config
    if second_from is not None or second_share is not None:
        predictor.config = config = _read_again(model, config, second_from, second_share)
    _, carved = split_carved(read_training_of(config.trained, data=data), config.trained)
    if not carved:
        raise CorpusError(f"the trainings of {model} carved no document out of the corpora in {data}")
    check_heads(f"what the trainings of {model} carved out", carved, config)
    in_abstracts = read_judged_documents(judged, runs, data)[1] if judged is not None else []
    chosen, scores = score_carved(predictor, carved, np.array(config.thresholds) < NEVER, in_abstracts)
    replace(config, thresholds=chosen.thresholds, balanced_thresholds=chosen.balanced_thresholds).save(model)
    save_sums(model)
    return {"carved_documents": len(carved), "selection": round(selection_score(scores), 4), **scores.as_dict()}


def _read_again(
    model: Path,
    config: ExtractorConfig,
    second_from: Mapping[tuple[str, str], float] | None,
    second_share: float | None,
) -> ExtractorConfig:
    unknown = (second_from or {}).keys() - set(config.type_pairs)
    if unknown or not config.second_rank:
        named = ", ".join(" ".join(pair) for pair in sorted(unknown)) or "second reading"
        raise CheckpointError(f"{model} knows no {named}")
    if second_from is not None:
        config = replace(config, second_from=tuple(second_from.get(pair, NEVER) for pair in config.type_pairs))
    return config if second_share is None else replace(config, second_share=second_share)
