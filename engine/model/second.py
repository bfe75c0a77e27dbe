"""The second reading: a pair that may state something is read again, alone, its ends between typed markers.

The first reading sees a document once and scores all its pairs from the same states; here the encoder knows from its
first layer on which two are meant. It costs a sentence a pair, so only pairs that may state something are read again.
The encoder is the first reading's with a low-rank change to each of its matrices, so a model grows by 4 % instead of
by a second encoder, and what the first reading finds stays what it was.
Source: typed entity markers, Zhou and Chen 2021 (arXiv:2102.01373); LoRA, Hu et al. 2021 (arXiv:2106.09685).
"""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.model.attention import APART, FUSED
from engine.model.config import ExtractorConfig
from engine.model.cues import CUES
from engine.model.pairs import Pair, cut_context
from engine.model.text import Words

if TYPE_CHECKING:
    from engine.model.special import SpecialIds

# Words of a sentence that are read again; a longer one is cut around the pair.
_CONTEXT_WORDS: Final = 64
# Pairs are padded to multiples of this, and those of one length are read together, so that in bfloat16 too no pair's
# scores depend on the pairs that it is read with.
_STEP: Final = 16


@dataclass(frozen=True, slots=True)
class MarkedPair:
    """A pair's sentence, as the encoder reads it, without the special pieces around it.

    Shapes: `ids`, `marks` (n_pieces,), int64; `marks` is 0 for a piece of the text, else 1 + the number of the marker
    that stands there instead of one. `cues` (n_pieces, n_cues), float32. `head`, `tail`: places of the markers that
    begin the two mentions.
    """

    ids: np.ndarray
    marks: np.ndarray
    cues: np.ndarray
    head: int
    tail: int

    def __len__(self) -> int:
        return len(self.ids) + 2

    @property
    def padded_tokens(self) -> int:
        """What the pair takes in a batch: its pieces, filled up to a multiple of `_STEP`."""
        return -(-len(self) // _STEP) * _STEP


def mark_pair(words: Words, pair: Pair, config: ExtractorConfig) -> MarkedPair:
    """Lay out a pair's sentence with a marker before and behind each end; markers tell the type of a mention."""
    first, last = cut_context(pair.context_words, pair.head_words, pair.tail_words, _CONTEXT_WORDS)
    low, high = int(words.first[first]), int(words.first[last])
    types = config.type_pairs[pair.type_pair]
    ends: list[tuple[int, int, int]] = []  # place, 0 for a marker that closes, marker
    for (begin, end), type in zip((pair.head_words, pair.tail_words), types, strict=True):
        marker = 1 + 2 * config.entity_types.index(type)
        ends += [(int(words.first[begin]) - low, 1, marker), (int(words.first[end]) - low, 0, marker + 1)]
    order = sorted(range(4), key=lambda i: ends[i][:2])
    places = [ends[i][0] for i in order]
    counts = np.diff(words.first[first : last + 1])
    cues = np.repeat(words.cues[first:last], counts, axis=0).astype(np.float32)
    return MarkedPair(
        ids=np.insert(words.ids[low:high].astype(np.int64), places, 0),
        marks=np.insert(np.zeros(high - low, dtype=np.int64), places, [ends[i][2] for i in order]),
        cues=np.insert(cues, places, 0.0, axis=0),
        head=places[order.index(0)] + order.index(0),
        tail=places[order.index(2)] + order.index(2),
    )


@dataclass(frozen=True, slots=True)
class MarkedBatch:
    """Marked pairs as padded rows. Shapes: `ids`, `marks`, `mask` (P, T), `cues` (P, T, C), `ends` (P, 2)."""

    ids: Tensor
    marks: Tensor
    mask: Tensor
    cues: Tensor
    ends: Tensor

    @classmethod
    def of(cls, pairs: Sequence[MarkedPair], special: SpecialIds, device: torch.device) -> MarkedBatch:
        """Lay out pairs between special pieces, padded as far as the longest asks for."""
        shape = (len(pairs), max(pair.padded_tokens for pair in pairs))
        ids = np.full(shape, special.pad, dtype=np.int64)
        marks, mask = np.zeros((2, *shape), dtype=np.int64)
        cues = np.zeros((*shape, len(CUES)), dtype=np.float32)
        for row, pair in enumerate(pairs):
            inside = slice(1, len(pair) - 1)
            ids[row, 0], ids[row, inside], ids[row, len(pair) - 1] = special.begin, pair.ids, special.end
            marks[row, inside], mask[row, : len(pair)], cues[row, inside] = pair.marks, 1, pair.cues
        ends = np.array([(1 + pair.head, 1 + pair.tail) for pair in pairs], dtype=np.int64)
        return cls(*(torch.from_numpy(array).to(device) for array in (ids, marks, mask, cues, ends)))


def batch_by_length(
    pairs: Sequence[MarkedPair], special: SpecialIds, device: torch.device, *, budget_tokens: int
) -> Iterator[tuple[np.ndarray, MarkedBatch]]:
    """Batches of pairs of one padded length each, with the places of their pairs; the padded pieces fill a budget."""
    of_length: dict[int, list[int]] = defaultdict(list)
    for row, pair in enumerate(pairs):
        of_length[pair.padded_tokens].append(row)
    for length, rows in sorted(of_length.items()):
        size = max(1, budget_tokens // length)
        for chosen in (rows[i : i + size] for i in range(0, len(rows), size)):
            batch = MarkedBatch.of([pairs[row] for row in chosen], special, device)
            yield np.array(chosen, dtype=np.int64), batch


class SecondReader(nn.Module):
    """What the second reading has of its own: markers, a low-rank change to the encoder's matrices, and a head."""

    def __init__(self, config: ExtractorConfig, encoder: nn.Module) -> None:
        super().__init__()
        embedding = cast(Any, encoder).get_input_embeddings().embedding_dim
        hidden, size, rank = cast(Any, encoder).config.hidden_size, config.second_size, config.second_rank
        self.marker = nn.Embedding(1 + 2 * len(config.entity_types), embedding)
        nn.init.normal_(self.marker.weight, std=0.03)  # about what a word's is
        linears = _linears(encoder)
        self.down = nn.ParameterList(
            torch.randn(rank, linear.in_features) / linear.in_features**0.5 for linear in linears
        )
        self.up = nn.ParameterList(torch.zeros(linear.out_features, rank) for linear in linears)
        self.hidden_out = nn.Linear(2 * hidden, size)
        self.label_out = nn.Linear(size, len(config.labels))
        nn.init.constant_(self.label_out.bias, -2.5)  # most pairs state nothing

    @contextmanager
    def changing(self, encoder: nn.Module) -> Iterator[None]:
        """Inside, each matrix of the encoder has its change beside it, through which the change is trained."""

        def beside(down: Tensor, up: Tensor) -> Any:
            return lambda linear, inputs, out: out + F.linear(F.linear(inputs[0], down), up)

        hooks = [
            linear.register_forward_hook(beside(down, up))
            for linear, down, up in zip(_linears(encoder), self.down, self.up, strict=True)
        ]
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()

    @torch.no_grad()
    def changed(self, encoder: nn.Module) -> nn.Module:
        """A copy of the encoder with the change in its matrices, for reading; both share the word vectors."""
        words = cast(Any, encoder).get_input_embeddings()
        copied = copy.deepcopy(encoder, {id(words): words})
        if cast(Any, copied).config._attn_implementation == APART:  # these are many, short and of one length
            cast(Any, copied).set_attn_implementation(FUSED)
        for linear, down, up in zip(_linears(copied), self.down, self.up, strict=True):
            linear.weight.copy_(linear.weight.float() + up.float() @ down.float())
        return copied

    def forward(self, encoder: nn.Module, cue_in: nn.Module, batch: MarkedBatch) -> Tensor:
        """Logits of every label for every pair; "none" has the logit 0. Returns: shape (P, n_labels)."""
        pieces = cast(Any, encoder).get_input_embeddings()(batch.ids)  # (P, T, H)
        pieces = torch.where((batch.marks > 0)[..., None], self.marker(batch.marks).to(pieces.dtype), pieces)
        pieces = pieces + cue_in(batch.cues.to(pieces.dtype))
        states = encoder(inputs_embeds=pieces, attention_mask=batch.mask).last_hidden_state
        rows = torch.arange(len(states), device=states.device)[:, None]
        ends = states[rows, batch.ends].flatten(1)  # (P, 2 H)
        hidden = F.gelu(self.hidden_out(ends))
        logits: Tensor = self.label_out(F.dropout(hidden, 0.1, self.training))
        return logits


def _linears(encoder: nn.Module) -> list[nn.Linear]:
    """The encoder's matrices, in the order of their names."""
    return [module for _, module in sorted(encoder.named_modules()) if isinstance(module, nn.Linear)]
