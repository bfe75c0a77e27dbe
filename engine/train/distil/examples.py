"""A teacher's answers to training examples for a student, whose tokenizer may cut other words.

Where wording leaves no doubt (`engine.train.patterns`), it goes before what the teacher says of a pair: no corpus tells
a teacher enough of treatments, of denials or of genes that regulate genes.

Trade-off: all examples are held in memory, as those of the corpora are, so that the plan can mix them: 57 kB a document
(300 abstracts of 250 words, 22 pairs each).
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

import numpy as np

from engine.model.config import ExtractorConfig
from engine.model.pairs import pair_mentions
from engine.model.text import WordReader, Words, cut_windows
from engine.train.annotated import Annotated, CorpusError, GoldMention
from engine.train.distil.answers import Answer, AnswerFolder, check_questions
from engine.train.distil.label import fits
from engine.train.examples import UNLABELLED, Example, SoftLabels, build_example
from engine.train.patterns import state_by_pattern
from engine.train.plan import index_reported, is_carved

log = logging.getLogger(__name__)

CORPUS: Final = "teacher"


def read_taught_examples(
    answers: AnswerFolder, reader: WordReader, config: ExtractorConfig, *, data: Path, carve_share: float
) -> list[Example]:
    """The examples of a teacher's answers, less the documents that a reported split or the carved part holds.

    Raises: CheckpointError if the teacher has other heads or labels; CorpusError if no document is left.
    """
    check_questions(answers.config, config)
    reported = index_reported(data)
    examples: list[Example] = []
    total = 0
    for shard in answers.read():
        total += len(shard)
        kept = [
            answer
            for answer in shard
            if not is_carved(answer.doc_id, carve_share)
            and not reported.matches(Annotated(answer.doc_id, CORPUS, answer.text))
        ]
        words = reader.read([answer.text for answer in kept])
        examples += [
            build_taught_example(answer, w, config) for answer, w in zip(kept, words, strict=True) if fits(w, config)
        ]
    if not examples:
        raise CorpusError(f"{answers.folder}: of {total} labelled texts none is left to learn from")
    log.info("%d texts that the teacher labelled to learn from, %d left out", len(examples), total - len(examples))
    return examples


def build_taught_example(answer: Answer, words: Words, config: ExtractorConfig) -> Example:
    """Ask the student about all pairs of the teacher's mentions.

    One of which neither wording nor the teacher says anything states nothing.
    """
    spans, types = [span for span, _ in answer.mentions], [type for _, type in answer.mentions]
    pairs = pair_mentions(spans, types, answer.sentences, words, config)
    row_of = {(pair.head, pair.tail): row for row, pair in enumerate(pairs)}
    asked = config.asked_labels()[[pair.type_pair for pair in pairs]].reshape(len(pairs), len(config.labels))
    labels = np.where(asked, 0, UNLABELLED).astype(np.float16)
    for (head, tail, label), score in zip(answer.pairs.tolist(), answer.scores, strict=True):
        if (head, tail) in row_of:
            labels[row_of[head, tail], label] = score
    for ends, worded in read_wording(answer, words, config).items():
        row, stated = row_of[ends], worded == 1
        if stated.any():
            labels[row] = np.where(asked[row], stated / stated.sum(), UNLABELLED)
        else:
            labels[row, worded == 0] = 0
    return Example(
        corpus=CORPUS,
        words=words,
        windows=cut_windows(
            words, answer.sentences, max_tokens=config.max_tokens - 2, overlap_tokens=config.overlap_tokens
        ),
        mentions=list(answer.mentions),
        tags=np.full((len(words), len(config.mention_heads)), UNLABELLED, dtype=np.int64),
        pairs=pairs,
        labels=np.full(labels.shape, UNLABELLED, dtype=np.int8),
        groups=np.arange(len(pairs)),
        statements=np.arange(len(pairs)),
        classes={level: np.zeros((0, 3), dtype=np.int64) for level in config.classes},
        soft=SoftLabels(_sentence_starts(answer, words), project_tags(answer, words), labels),
    )


def _sentence_starts(answer: Answer, words: Words) -> np.ndarray:
    starts = np.zeros(len(words), dtype=bool)
    starts[np.cumsum([0, *words.count_by_sentence(answer.sentences)])[:-1]] = True
    return starts


def read_wording(answer: Answer, words: Words, config: ExtractorConfig) -> dict[tuple[int, int], np.ndarray]:
    """What wording says of pairs of the teacher's mentions: head and tail to 0, 1 or `UNLABELLED` a label."""
    document = Annotated(
        answer.doc_id,
        CORPUS,
        answer.text,
        mentions=tuple(GoldMention(span.start, span.end, type) for span, type in answer.mentions),
        sentences=tuple(answer.sentences),
    )
    worded = build_example(state_by_pattern(document), words, config)
    return {
        (pair.head, pair.tail): labels
        for pair, labels in zip(worded.pairs, worded.labels, strict=True)
        if (labels != UNLABELLED).any()
    }


def project_tags(answer: Answer, words: Words) -> np.ndarray:
    """The teacher's probabilities of tags for the student's words; where both cut the same words, the very same.

    A word that touches a mention lies in it, as in gold. So one that covers several of the teacher's words is as surely
    outside as the one of these that is most likely inside, and is a later word of a mention that began before it. A
    word that the teacher's tokenizer drops is outside.
    Returns: shape (n_words, n_heads, 2), first and later words of a mention, float16.
    """
    if np.array_equal(answer.starts, words.starts) and np.array_equal(answer.ends, words.ends):
        return answer.tags
    tags = answer.tags.astype(np.float32)
    low = np.searchsorted(answer.ends, words.starts, side="right")
    high = np.searchsorted(answer.starts, words.ends, side="left")
    projected = np.zeros((len(words), *tags.shape[1:]), dtype=np.float32)
    for word, (first, last) in enumerate(zip(low.tolist(), high.tolist(), strict=True)):
        if first >= last:
            continue
        begins, goes_on = tags[first, :, 0], tags[first, :, 1]
        outside = (1 - tags[first:last].sum(axis=-1)).min(axis=0)
        if words.starts[word] > answer.starts[first]:
            goes_on = goes_on + begins
        projected[word] = np.stack([np.maximum(0, 1 - outside - goes_on), goes_on], axis=-1)
    return projected.astype(np.float16)
