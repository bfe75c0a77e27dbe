"""Chooses an extractor's thresholds anew where its weights changed without training: after an average of weights."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from engine.model.checkpoint import save_sums
from engine.train.annotated import CorpusError
from engine.train.finetune import score_carved, selection_score
from engine.train.leak import read_training_of, split_carved
from engine.train.measure.thresholds import NEVER
from engine.train.readings import open_predictor


def rethreshold(model: Path, data: Path) -> dict[str, object]:
    """Give the extractor in `model` the thresholds that are best on the documents no training of it learned from.

    `data`: folder of the corpora. A label that no training stated keeps the threshold that no score reaches.
    Returns: selection score and F1 on those documents, optimistic, since they chose the thresholds.
    Raises: CorpusError if nothing was carved out.
    """
    predictor, _ = open_predictor(model, threads=None)
    config = predictor.config
    _, carved = split_carved(read_training_of(config.trained, data=data), config.trained)
    if not carved:
        raise CorpusError(f"the trainings of {model} carved no document out of the corpora in {data}")
    chosen, scores = score_carved(predictor, carved, np.array(config.thresholds) < NEVER)
    replace(config, thresholds=chosen.thresholds).save(model)
    save_sums(model)
    return {"carved_documents": len(carved), "selection": round(selection_score(scores), 4), **scores.as_dict()}
