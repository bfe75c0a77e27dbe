"""The network: one encoder pass, then heads over the flat list of words.

The relation head reads each pair's sentence again, but small: the words' encoder states are projected once, get
embeddings that say where head, tail and other mentions stand, pass `pair_layers` narrow transformer layers (none in the
shipped model), and one query a pair reads the result. So it tells pairs of one sentence apart, which pooled span
vectors alone can't. Its labels compete in one softmax with "none", which every pair must beat to state anything.
Source: typed entity markers, Zhou and Chen 2021 (arXiv:2102.01373), moved behind the shared encoder.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from engine.model.batch import PairBatch
from engine.model.chain import FORBIDDEN
from engine.model.config import BIO, ExtractorConfig
from engine.model.cues import CUES
from engine.model.second import SecondReader

# Where a word stands relative to a pair. "Between" knows which end came first.
_BEFORE, _HEAD, _TAIL, _BETWEEN_HEAD_FIRST, _BETWEEN_TAIL_FIRST, _AFTER = range(6)
# Contexts are padded to multiples of this: at others a pair's scores in bfloat16 depend on the pairs read with it.
_CONTEXT_STEP = 16


@dataclass(frozen=True, slots=True)
class PairTensors:
    """A PairBatch on the network's device. Shapes: `*_words` (P, 2), `type_pair` (P,), int64."""

    head_words: Tensor
    tail_words: Tensor
    context_words: Tensor
    type_pair: Tensor

    @classmethod
    def of(cls, pairs: PairBatch, device: torch.device) -> PairTensors:
        """Move the arrays of `pairs` to `device`."""
        arrays = (pairs.head_words, pairs.tail_words, pairs.context_words, pairs.type_pair)
        return cls(*(torch.from_numpy(array).to(device) for array in arrays))


class PairLayer(nn.Module):
    """A pre-norm transformer layer over the sentences of pairs; scaled-dot-product attention, no dropout inside."""

    def __init__(self, size: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm_attention = nn.LayerNorm(size)
        self.query_key_value = nn.Linear(size, 3 * size)
        self.attention_out = nn.Linear(size, size)
        self.norm_mlp = nn.LayerNorm(size)
        self.mlp_in = nn.Linear(size, 2 * size)
        self.mlp_out = nn.Linear(2 * size, size)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """Shapes: `x` (P, S, D); `mask` (P, 1, 1, S), true where a word may be read."""
        pairs, length, size = x.shape
        qkv = self.query_key_value(self.norm_attention(x)).view(pairs, length, 3, self.heads, size // self.heads)
        query, key, value = qkv.permute(2, 0, 3, 1, 4)  # (P, heads, S, D / heads)
        read = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)
        x = x + self.attention_out(read.transpose(1, 2).reshape(pairs, length, size))
        x = x + self.mlp_out(F.gelu(self.mlp_in(self.norm_mlp(x))))
        return x


class PairReader(nn.Module):
    """Logits of every label of `config.labels` for every pair; "none" has the logit 0."""

    def __init__(self, config: ExtractorConfig, hidden: int) -> None:
        super().__init__()
        size = config.pair_size
        self.heads = config.pair_attention_heads
        self.project = nn.Linear(hidden, size)
        self.role = nn.Embedding(6, size)
        self.mention_type = nn.Embedding(1 + len(config.mention_heads), size)
        self.type_pair = nn.Embedding(len(config.type_pairs), size)
        self.layers = nn.ModuleList(PairLayer(size, self.heads) for _ in range(config.pair_layers))
        self.norm = nn.LayerNorm(size)
        self.query = nn.Linear(2 * size, size)
        self.key_value = nn.Linear(size, 2 * size)
        self.hidden_out = nn.Linear(3 * size, size)
        self.label_out = nn.Linear(size, len(config.labels))
        # Most pairs state nothing: start there, so that the first steps aren't spent on learning it.
        nn.init.constant_(self.label_out.bias, -2.5)
        for table in (self.role, self.mention_type, self.type_pair):
            nn.init.normal_(table.weight, std=0.1)

    def project_words(self, words: Tensor, word_type: Tensor) -> Tensor:
        """Shapes: `words` (N, H), `word_type` (N,) 0 or 1 + mention head -> (N, D)."""
        projected: Tensor = self.project(words) + self.mention_type(word_type)
        return projected

    def forward(self, projected: Tensor, pairs: PairTensors) -> Tensor:
        """Shapes: `projected` (N, D) -> logits (P, n_labels)."""
        first, last = pairs.context_words[:, :1], pairs.context_words[:, 1:]
        length = -(-int((last - first).max()) // _CONTEXT_STEP) * _CONTEXT_STEP
        index = first + torch.arange(length, device=first.device)  # (P, S)
        present = index < last
        index = torch.minimum(index, last - 1)
        roles, in_head, in_tail = _roles(index, pairs)
        x = projected[index] + self.role(roles) + self.type_pair(pairs.type_pair)[:, None]  # (P, S, D)
        mask = present[:, None, None, :]
        for layer in self.layers:
            x = layer(x, mask)
        x = self.norm(x)
        head, tail = _mean(x, in_head & present), _mean(x, in_tail & present)  # (P, D)
        read = self._read(torch.cat([head, tail], dim=-1), x, mask)
        hidden = F.gelu(self.hidden_out(torch.cat([read, head, tail], dim=-1)))
        logits: Tensor = self.label_out(F.dropout(hidden, 0.1, self.training))
        return logits

    def _read(self, ends: Tensor, x: Tensor, mask: Tensor) -> Tensor:
        pairs, length, size = x.shape
        query = self.query(ends).view(pairs, 1, self.heads, size // self.heads).transpose(1, 2)
        key, value = self.key_value(x).view(pairs, length, 2, self.heads, size // self.heads).permute(2, 0, 3, 1, 4)
        read = F.scaled_dot_product_attention(query, key, value, attn_mask=mask)  # (P, heads, 1, D / heads)
        return read.transpose(1, 2).reshape(pairs, size)


def none_first(logits: Tensor, known: Tensor) -> Tensor:
    """Put the logit 0 of "none of these" before the labels, and take those out that aren't asked.

    Shapes: `logits`, `known` (P, L) -> (P, 1 + L).
    """
    asked = logits.masked_fill(~known, -1e4)  # finite, so that 0 times its logarithm is 0
    return torch.cat([logits.new_zeros(len(logits), 1), asked], dim=1)


def _roles(index: Tensor, pairs: PairTensors) -> tuple[Tensor, Tensor, Tensor]:
    head_first, head_last = pairs.head_words[:, :1], pairs.head_words[:, 1:]
    tail_first, tail_last = pairs.tail_words[:, :1], pairs.tail_words[:, 1:]
    in_head = (index >= head_first) & (index < head_last)
    in_tail = (index >= tail_first) & (index < tail_last)
    ordered = head_first < tail_first
    between = torch.where(ordered, _BETWEEN_HEAD_FIRST, _BETWEEN_TAIL_FIRST).expand_as(index)
    roles = torch.where(index < torch.minimum(head_first, tail_first), _BEFORE, between)
    roles = torch.where(index >= torch.maximum(head_last, tail_last), _AFTER, roles)
    roles = torch.where(in_head, _HEAD, roles)
    return torch.where(in_tail, _TAIL, roles), in_head, in_tail


def _mean(x: Tensor, chosen: Tensor) -> Tensor:
    weight = chosen.to(x.dtype)[:, :, None]
    return (x * weight).sum(1) / weight.sum(1).clamp(min=1)


class ExtractorNetwork(nn.Module):
    """An encoder with mention heads, a relation head and class heads, as far as its config names any of each."""

    def __init__(self, encoder: nn.Module, config: ExtractorConfig, hidden: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.encoder_config = cast(Any, encoder.config)
        self.encoder_layers = int(self.encoder_config.num_hidden_layers)
        self.config = config
        self.cue_in = nn.Linear(len(CUES), cast(Any, encoder).get_input_embeddings().embedding_dim, bias=False)
        nn.init.zeros_(self.cue_in.weight)  # at first the encoder reads as it was trained to
        self.mention_out = nn.Linear(hidden, len(config.mention_heads) * len(BIO)) if config.mention_heads else None
        # What names are like, before any is read: one that has begun goes on more often than its words alone say.
        self.transitions = nn.Parameter(torch.zeros(len(config.mention_heads), len(BIO), len(BIO)))
        self.register_buffer("_forbidden", torch.zeros(len(BIO), len(BIO)), persistent=False)
        with torch.no_grad():
            self.transitions[:, 1:, BIO.index("I")] = 1.5
            cast(Tensor, self._forbidden)[BIO.index("O"), BIO.index("I")] = FORBIDDEN
        self.pair_reader = PairReader(config, hidden) if config.labels else None
        self.second_reader = SecondReader(config, encoder) if config.second_rank else None
        self.class_out = nn.ModuleDict({level: nn.Linear(hidden, len(n)) for level, n in config.classes.items()})

    def encode(self, ids: Tensor, mask: Tensor, word: Tensor, cues: Tensor, n_words: int) -> Tensor:
        """Read windows and pool the pieces of each word by their mean.

        Shapes: `ids`, `mask`, `word` (B, T), `cues` (B, T, C) -> (n_words, H).
        """
        pieces = cast(Any, self.encoder).get_input_embeddings()(ids)  # (B, T, H)
        pieces = pieces + self.cue_in(cues.to(pieces.dtype))
        states = self.encoder(inputs_embeds=pieces, attention_mask=mask).last_hidden_state  # (B, T, H)
        flat = word.reshape(-1)
        total = states.new_zeros(n_words + 1, states.shape[-1])
        total = total.index_add(0, flat, states.reshape(-1, states.shape[-1]))
        count = torch.bincount(flat, minlength=n_words + 1).clamp(min=1).to(states.dtype)
        pooled: Tensor = (total / count[:, None])[:n_words]
        return pooled

    def tag(self, words: Tensor) -> Tensor:
        """Shapes: `words` (N, H) -> logits (N, n_heads, 3)."""
        if self.mention_out is None:
            return words.new_zeros(len(words), 0, len(BIO), dtype=torch.float32)
        logits: Tensor = self.mention_out(F.dropout(words, 0.1, self.training)).float()
        return logits.view(len(words), len(self.config.mention_heads), len(BIO))

    def classify(self, words: Tensor, units: Tensor, level: str) -> Tensor:
        """Choose among a level's labels from the mean of each unit's words.

        Shapes: `words` (N, H), `units` (U, 2) half-open ranges of words, none empty -> logits (U, n_labels).
        """
        total = F.pad(words.float().cumsum(0), (0, 0, 1, 0))  # (N + 1, H), row n the sum of the words before n
        first, last = units[:, 0], units[:, 1]
        mean = ((total[last] - total[first]) / (last - first)[:, None]).to(words.dtype)  # (U, H)
        logits: Tensor = self.class_out[level](F.dropout(mean, 0.1, self.training)).float()
        return logits

    def chain(self) -> Tensor:
        """Scores of a tag after another, shape (n_heads, 3, 3), from and to; an I never follows an O."""
        return self.transitions.float() + cast(Tensor, self._forbidden)
