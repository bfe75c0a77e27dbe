"""The network that learns: a masked language model of Hugging Face's, asked only where words are hidden, and a small
head for sentence order.

The states of the asked positions are gathered between encoder and head, whatever the architecture, so that the
projection onto the vocabulary is made for one position in seven. In an encoder of 6 x 384 it costs more
multiplications a position than all layers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.train.pretrain.masking import NOT_ASKED, MaskedBatch


@dataclass(frozen=True, slots=True)
class BatchTensors:
    """A MaskedBatch on the network's device."""

    ids: Tensor
    mask: Tensor
    rows: Tensor
    columns: Tensor
    targets: Tensor
    in_order: Tensor

    @classmethod
    def of(cls, batch: MaskedBatch, device: torch.device) -> BatchTensors:
        """Move the arrays of `batch` to `device`."""
        arrays = (batch.ids, batch.mask, batch.rows, batch.columns, batch.targets, batch.in_order)
        return cls(*(torch.from_numpy(array).to(device) for array in arrays))


@dataclass(frozen=True, slots=True)
class Answers:
    """Logits: `words` (n_asked, vocabulary) of hidden pieces, `order` (n_windows,) of "in order"; float32."""

    words: Tensor
    order: Tensor | None

    def word_losses(self, batch: BatchTensors) -> Tensor:
        """Negative log-likelihood of each hidden piece, shape (n_asked,)."""
        return F.cross_entropy(self.words, batch.targets, reduction="none")

    def order_losses(self, batch: BatchTensors) -> Tensor:
        """Negative log-likelihood of each order that is asked; of none, if none is."""
        if self.order is None:
            return self.words.new_zeros(0)
        asked = batch.in_order != NOT_ASKED
        wanted = batch.in_order[asked].to(self.order.dtype)
        return F.binary_cross_entropy_with_logits(self.order[asked], wanted, reduction="none")


class PretrainNetwork(nn.Module):
    """`model`: a Hugging Face masked language model, whose output projection is its input embedding."""

    def __init__(self, model: nn.Module, *, sentence_order: bool) -> None:
        super().__init__()
        self.model = model
        self.order_head: nn.Module | None = None
        if sentence_order:
            hidden = int(cast(Any, model.config).hidden_size)
            self.order_head = nn.Sequential(nn.Linear(hidden, hidden), nn.Tanh(), nn.Linear(hidden, 1))
        self._asked: tuple[Tensor, Tensor] | None = None
        self._first: Tensor | None = None
        cast(Any, model).base_model.register_forward_hook(self._gather)

    def forward(self, batch: BatchTensors) -> Answers:
        """Read the windows of a batch and answer what it asks."""
        self._asked = (batch.rows, batch.columns)
        words = self.model(input_ids=batch.ids, attention_mask=batch.mask).logits[0].float()  # (n_asked, V)
        order = None if self.order_head is None else self.order_head(self._first).float()[:, 0]  # (n_windows,)
        self._asked = self._first = None
        return Answers(words, order)

    def _gather(self, encoder: nn.Module, inputs: object, output: Any) -> Any:
        """Between encoder and head: (n_windows, n_tokens, H) to (1, n_asked, H)."""
        if self._asked is None:
            return output
        states = output.last_hidden_state
        self._first = states[:, 0]  # (n_windows, H)
        output.last_hidden_state = states[self._asked][None]
        return output
