"""How a pretraining run goes; with the text and the encoder these values decide every step of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PretrainSettings:
    """`steps` wins over `passes`, which says how often the text is read.

    `batch_windows` windows make a step and are read in `micro_batches` parts, which workers share. `dropout` is off:
    text that is read about once is not learned by heart, and a CPU is faster without (Geiping and Goldstein 2022,
    arXiv:2212.14034). `held_out_windows` bounds the cost of an evaluation.

    Units: `max_tokens` word pieces a window, `rate` per step at its peak, `*_share` shares of 1.
    """

    max_tokens: int = 128
    sentence_order: bool = False
    passes: float = 1.0
    steps: int | None = None
    batch_windows: int = 64
    micro_batches: int = 2
    rate: float = 2e-4
    weight_decay: float = 0.01
    warmup_share: float = 0.06
    dropout: float = 0.0
    mask_share: float = 0.15
    held_out_share: float = 0.02
    held_out_windows: int = 512
    evaluations: int = 5
    checkpoint_every_steps: int = 200
    seed: int = 13
