"""Optimizer steps of pretraining, and the score on held-out text. Knows nothing of files.

Every micro-batch draws its dropout from (seed, step, micro-batch): a step depends on nothing but its number and the
weights before it, so a run that goes on repeats it bit for bit, and two workers drop what one would.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch

from engine.model.checkpoint import fast_dtype
from engine.train.attention import use_fast_attention
from engine.train.pretrain.masking import MaskedBatch
from engine.train.pretrain.network import BatchTensors, PretrainNetwork
from engine.train.pretrain.settings import PretrainSettings
from engine.train.workers import Workers, rate_factor, seed_part

# In nats a piece, of a run that diverged: its exponential is still a float.
_MOST_SURPRISE: Final = 700.0


@dataclass(frozen=True, slots=True)
class Losses:
    """Means over what a step, or the held-out text, asks; `order` is None where no order is asked."""

    words: float
    order: float | None


@dataclass(frozen=True, slots=True)
class HeldOutScore:
    """On the held-out part: the share of hidden pieces, and of orders, that are guessed right; `perplexity` a piece."""

    accuracy: float
    perplexity: float
    order_accuracy: float | None


class PretrainSteps:
    """Steps over a network. In a process group each worker takes its share of a step's micro-batches."""

    def __init__(self, network: PretrainNetwork, settings: PretrainSettings) -> None:
        self.network = network
        self.settings = settings
        self.workers = Workers.here()
        use_fast_attention(network.model)
        self.optimizer = torch.optim.AdamW(_parameter_groups(network, settings), lr=settings.rate, fused=True)
        self._parameters = list(network.parameters())
        self._device = self._parameters[0].device
        self._autocast = torch.autocast(
            self._device.type, torch.bfloat16, enabled=fast_dtype(self._device.type) is torch.bfloat16
        )

    def run_step(self, number: int, of: int, micro_batches: Sequence[MaskedBatch]) -> Losses:
        """Take step `number`, counted from 1, of `of`."""
        self.network.train()
        for group in self.optimizer.param_groups:
            group["lr"] = self.settings.rate * rate_factor((number - 1) / of, self.settings.warmup_share)
        n_words = sum(len(batch.targets) for batch in micro_batches)
        n_ordered = sum(batch.n_ordered for batch in micro_batches)
        sums = np.zeros(2)
        for part, batch in self.workers.share(list(enumerate(micro_batches))):
            seed_part(self.settings.seed, number, part)
            tensors = BatchTensors.of(batch, self._device)
            with self._autocast:
                answers = self.network(tensors)
            word_loss = answers.word_losses(tensors).sum() / n_words
            order_loss = answers.order_losses(tensors).sum() / max(1, n_ordered)
            (word_loss + order_loss).backward()
            sums += (float(word_loss.detach()), float(order_loss.detach()))
        self.workers.add_gradients(self._parameters)
        torch.nn.utils.clip_grad_norm_(self._parameters, 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        words, order = self.workers.add_up(sums.tolist(), self._device)
        return Losses(words, order if n_ordered else None)

    @torch.inference_mode()
    def score(self, batches: Sequence[MaskedBatch]) -> HeldOutScore:
        """Score the network as it is, on this worker alone."""
        self.network.eval()
        n_words = n_ordered = right = right_order = 0
        loss = 0.0
        for batch in batches:
            tensors = BatchTensors.of(batch, self._device)
            with self._autocast:
                answers = self.network(tensors)
            loss += float(answers.word_losses(tensors).double().sum())
            right += int((answers.words.argmax(dim=1) == tensors.targets).sum())
            right_order += int((answers.order_losses(tensors) < math.log(2)).sum())
            n_words += len(batch.targets)
            n_ordered += batch.n_ordered
        order_accuracy = right_order / n_ordered if n_ordered else None
        surprise = min(_MOST_SURPRISE, loss / n_words)  # in this order: one that is no number is the most, too
        return HeldOutScore(right / n_words, math.exp(surprise), order_accuracy)


def _parameter_groups(network: PretrainNetwork, settings: PretrainSettings) -> list[dict[str, object]]:
    """Matrices decay, vectors don't."""
    parameters = list(network.parameters())
    return [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": settings.weight_decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]
