"""Settings of a training run, with their defaults; imports nothing heavy, so that a command line can show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class FinetuneSettings:
    """How to train. `passes`: how often each corpus is read in the whole plan; a fraction reads a part of it.
    `patterns` are the documents that patterns label, if runs are given (`--run`), `judged` those of which pairs were
    judged (`--judged`), `teacher` the texts that a teacher labels (`hypograph distil`).

    `freeze_embeddings` leaves the encoder's word vectors as they are: half of a small encoder's parameters, which cost
    every step and hardly move. `encoder_dropout`: share of hidden values dropped. `word_dropout`: share of words
    masked, whose cues stay; both keep a small encoder from learning its few thousand relations by heart.
    `average_decay`: what a late step leaves of the running average of the weights, which is evaluated and saved.
    `start_share`: of the weights that an extractor started with, how much is mixed into that average in the end.
    `teacher_weight`: what a word or pair that a teacher labels weighs beside one of a corpus.
    `steps` ends the plan early: the learning rate falls to zero there, and each corpus has had its share by then.

    Units: `*_tokens` padded word pieces, `*_rate` per step, `carve_share` and `warmup_share` shares of 1.
    """

    passes: Mapping[str, float] = field(
        default_factory=lambda: {
            "bc5cdr": 4.0,
            "ncbi-disease": 3.0,
            "biored": 4.0,
            "drugprot": 3.0,
            "bc2gm": 3.0,
            "genia": 3.0,
            "bioscope": 2.0,
            "patterns": 1.0,
            "judged": 4.0,
            "teacher": 1.0,
        }
    )
    encoder_rate: float = 2e-4
    head_rate: float = 1e-3
    layer_decay: float = 0.9
    weight_decay: float = 0.01
    average_decay: float = 0.998
    start_share: float = 0.0
    encoder_dropout: float = 0.1
    word_dropout: float = 0.05
    warmup_share: float = 0.05
    freeze_embeddings: bool = True
    steps: int | None = None
    micro_batch_tokens: int = 1000
    micro_batches: int = 2
    mention_weight: float = 6.0
    relation_weight: float = 1.0
    teacher_weight: float = 1.0
    carve_share: float = 0.06
    evaluations: int = 2
    checkpoint_every_steps: int = 250
    seed: int = 13


@dataclass(frozen=True, slots=True)
class PartSettings:
    """What trainings of a part of an extractor, all else of which stays, have in common.

    `passes`: how often each corpus is read.
    Units: `micro_batch_tokens` padded word pieces; rates per step; shares of 1.
    """

    passes: Mapping[str, float] = field(default_factory=dict)
    head_rate: float = 1e-3
    weight_decay: float = 0.01
    average_decay: float = 0.998
    warmup_share: float = 0.05
    micro_batch_tokens: int = 2000
    micro_batches: int = 2
    carve_share: float = 0.06
    evaluations: int = 2
    checkpoint_every_steps: int = 250
    seed: int = 13


@dataclass(frozen=True, slots=True)
class SecondSettings(PartSettings):
    """Settings of the training of a second reading, which reads statements.

    `rank`: of the change to each of the encoder's matrices, which has a rate of its own. `share`: what the second
    reading weighs in a pair's scores. `word_dropout`: share of pieces hidden, markers never.
    """

    passes: Mapping[str, float] = field(
        default_factory=lambda: {
            **dict.fromkeys(("bc5cdr", "biored", "drugprot", "genia", "judged"), 2.0),
            "patterns": 0.5,
        }
    )
    rank: int = 16
    share: float = 0.5
    change_rate: float = 2e-3
    word_dropout: float = 0.05


@dataclass(frozen=True, slots=True)
class HeadSettings(PartSettings):
    """Settings of the training of a relation head alone, which reads documents.

    `start_share`: how much of the head's weights before is mixed into the trained ones, so that it keeps what the
    corpora of its earlier trainings taught.
    """

    passes: Mapping[str, float] = field(
        default_factory=lambda: {
            **dict.fromkeys(("bc5cdr", "biored", "drugprot", "genia"), 1.0),
            "patterns": 0.5,
            "judged": 6.0,
        }
    )
    start_share: float = 0.5
