"""An extractor opened, and what it says of annotated documents: its own mentions, and of gold mentions' pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch

from engine.model.checkpoint import fast_dtype, model_revision, open_network, open_reader
from engine.model.decode import average_mirrors, find_mirrors, symmetric_columns
from engine.model.predict import BUDGET_TOKENS, Document, Prediction, Predictor
from engine.train.annotated import Annotated
from engine.train.examples import UNLABELLED, build_example, sentences_of
from engine.train.measure.classes import chosen_classes, gold_classes
from engine.train.measure.counts import Counts, count_all, tally_matches
from engine.train.measure.spans import gold_spans, predicted_spans
from engine.train.measure.thresholds import PairScores


def open_predictor(model: Path, *, threads: int | None) -> tuple[Predictor, dict[str, str]]:
    """Open an extractor's folder where it is fastest; `threads` of the CPU, None for all cores.

    Returns: the predictor, and `model_revision` and `dtype` for a report.
    Raises: CheckpointError or ArchiveError if the model can't be opened.
    """
    if threads is not None:
        torch.set_num_threads(threads)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    about = {"model_revision": model_revision(model), "dtype": str(fast_dtype(device))}
    network, config = open_network(model, dtype=fast_dtype(device), device=device)
    return Predictor(network, open_reader(model), config, budget_tokens=BUDGET_TOKENS), about


def read_documents(predictor: Predictor, documents: Sequence[Annotated]) -> list[Prediction]:
    """Read documents as extraction does, with the mentions that it finds itself."""
    return predictor.predict([Document(d.text, sentences_of(d)) for d in documents])


def score_spans(predictor: Predictor, documents: Sequence[Annotated]) -> Mapping[str, Counts]:
    """Strict span counts of the heads that each document's corpus annotates."""
    heads = predictor.config.mention_heads
    read = zip(documents, read_documents(predictor, documents), strict=True)
    predicted = [predicted_spans(document, found, heads) for document, found in read]
    return count_all(tally_matches(predicted, [gold_spans(document) for document in documents]))


def score_classes(predictor: Predictor, documents: Sequence[Annotated]) -> Mapping[str, Counts]:
    """Counts a class of the documents' sentences and of the documents, as far as they have gold ones."""
    read = zip(documents, read_documents(predictor, documents), strict=True)
    chosen = [chosen_classes(document, found) for document, found in read]
    return count_all(tally_matches(chosen, [gold_classes(document) for document in documents]))


def score_pairs(predictor: Predictor, documents: Sequence[Annotated]) -> PairScores:
    """Score the pairs of gold mentions, and the statements that the corpora annotate; symmetric ones are asked once.

    As in training, a pair without any label, such as one near a negation, doesn't speak for a statement of others.
    """
    config = predictor.config
    words = predictor.reader.read([document.text for document in documents])
    asked = [(d, build_example(d, w, config)) for d, w in zip(documents, words, strict=True) if len(w)]
    read = predictor.predict([Document(d.text, sentences_of(d), e.mentions) for d, e in asked])
    scores: list[np.ndarray] = []
    labels: list[np.ndarray] = []
    symmetric = symmetric_columns(config)
    for (_, example), found in zip(asked, read, strict=True):
        row_of = {(p.head, p.tail, p.type_pair): row for row, p in enumerate(found.pairs)}
        rows = [row_of[p.head, p.tail, p.type_pair] for p in example.pairs]
        scored, gold = average_mirrors(found.scores, found.pairs, config), example.labels.copy()
        for _, second in find_mirrors(example.pairs):
            gold[second, symmetric] = UNLABELLED
        for statement in np.unique(example.statements):
            members = np.flatnonzero(example.statements == statement)
            labelled = members[(example.labels[members] != UNLABELLED).any(axis=1)]
            members = labelled if len(labelled) else members
            scores.append(scored[[rows[m] for m in members]].max(axis=0))
            labels.append(gold[members].max(axis=0))
    shape = (0, len(config.labels))
    return PairScores(
        np.stack(scores) if scores else np.zeros(shape, np.float32),
        np.stack(labels) if labels else np.zeros(shape, np.int8),
        tuple((document, found) for (document, _), found in zip(asked, read, strict=True)),
    )
