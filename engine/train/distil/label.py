"""A teacher reads unlabelled texts; its answers go to files, so that a killed run goes on where it stopped."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from engine.extract import Extractor
from engine.model.checkpoint import model_revision
from engine.model.config import ExtractorConfig
from engine.model.predict import Document, Prediction, Predictor
from engine.model.text import Words
from engine.train.distil.answers import LEAST, SHARD_DOCUMENTS, Answer, AnswerFolder
from engine.train.distil.texts import Text, describe_texts, read_texts
from engine.train.workers import Workers

log = logging.getLogger(__name__)


def label_texts(teacher: Path, texts: Sequence[Path], folder: Path) -> AnswerFolder:
    """Have the teacher, an extractor, read the texts, and keep its answers in `folder`.

    A shard that is there is not made again. In a process group each worker makes its share; all return once every
    shard is there.
    Raises: CheckpointError if the teacher can't be opened; StateError if the folder holds other answers; CorpusError if
    a file holds no document.
    """
    answers = AnswerFolder.claim(
        folder, revision=model_revision(teacher), config=ExtractorConfig.load(teacher), texts=describe_texts(texts)
    )
    predictor: Predictor | None = None
    workers, begin = Workers.here(), time.monotonic()
    documents = made = 0
    for number, shard in enumerate(_cut(read_texts(texts))):
        documents += len(shard)
        if number % workers.count == workers.rank and not answers.shard(number).is_file():
            predictor = predictor or Extractor(model=teacher).predictor
            answers.write(number, _read(predictor, shard))
            made += len(shard)
            log.info("%d texts labelled, %.1f/s", documents, made / (time.monotonic() - begin))
        if number % workers.count == workers.count - 1:
            workers.wait()  # a shard at a time, so that none waits long enough to be taken for dead
    workers.wait()
    log.info("%d texts labelled, %d of them now", documents, made)
    return answers


def fits(words: Words, config: ExtractorConfig) -> bool:
    """Whether a window has room for each word of a text; only a byte-level tokenizer makes words that long."""
    return len(words) > 0 and int(np.diff(words.first).max()) <= config.max_tokens - 2


def _cut(texts: Iterator[Text]) -> Iterator[list[Text]]:
    while shard := list(islice(texts, SHARD_DOCUMENTS)):
        yield shard


def _read(predictor: Predictor, texts: Sequence[Text]) -> list[Answer]:
    words = predictor.reader.read([text.text for text in texts])
    chosen = [(text, w) for text, w in zip(texts, words, strict=True) if fits(w, predictor.config)]
    documents = [Document(text.text, text.sentences()) for text, _ in chosen]
    read = predictor.predict(documents)
    return [
        make_answer(text, document, w, found)
        for (text, w), document, found in zip(chosen, documents, read, strict=True)
    ]


def make_answer(text: Text, document: Document, words: Words, found: Prediction) -> Answer:
    """A prediction in the form in which it is kept: what is unlikely is left out."""
    rows, labels = np.nonzero(found.scores >= LEAST)
    ends = np.array([(pair.head, pair.tail) for pair in found.pairs], dtype=np.int32).reshape(-1, 2)
    return Answer(
        doc_id=text.doc_id,
        text=text.text,
        sentences=document.sentences,
        mentions=found.mentions,
        starts=words.starts,
        ends=words.ends,
        tags=np.where(found.tags[..., 1:] >= LEAST, found.tags[..., 1:], 0).astype(np.float16),
        pairs=np.concatenate([ends[rows], labels[:, None]], axis=1).astype(np.int32),
        scores=found.scores[rows, labels].astype(np.float16),
    )
