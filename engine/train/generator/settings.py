"""How the training of a generator goes; with the model and the corpora these values decide every step of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GeneratorSettings:
    """`steps` wins over `passes`, which says how often all lessons are read.

    The adapter lies over every linear layer but the last, or over those of the last `blocks` of the model, which costs
    less; its output is scaled by `scale`, LoRA's alpha over its rank. A step has `trees` trees of lessons.
    `held_out_lessons` bounds the cost of an evaluation.

    Units: `*_tokens` tokens, `rate` per step at its peak, `carve_share` and `warmup_share` shares of 1.
    """

    rank: int = 16
    scale: float = 2.0
    dropout: float = 0.0
    blocks: int | None = None
    rate: float = 2e-4
    weight_decay: float = 0.0
    warmup_share: float = 0.05
    passes: float = 1.0
    steps: int | None = None
    max_tokens: int = 2048
    tree_tokens: int = 2048
    trees: int = 8
    carve_share: float = 0.06
    held_out_lessons: int = 512
    evaluations: int = 2
    checkpoint_every_steps: int = 100
    seed: int = 13
