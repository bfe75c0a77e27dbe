"""The plain encoder alone: the strong baseline that the whole job is held against.

Texts in, last hidden states out, nothing else: no heads, no Ray, no files. Windows of all texts are sorted by length
and fill a token budget, the best of a few budgets is kept, every core works.
Knows nothing of Hypograph's model code, so a mistake there can't flatter the ratio.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from jobs.speed.machine import synchronise

_BUDGETS: Final = (2_048, 4_096, 8_192, 16_384)
_SAMPLE_TOKENS: Final = 8_000


@dataclass(frozen=True, slots=True)
class EncoderRate:
    """What the encoder did: real tokens (no padding, no special tokens), padded tokens, seconds of one pass.

    `operations`: additions and multiplications in the matrix products of real tokens, special ones among them.
    """

    documents: int
    tokens: int
    padded_tokens: int
    seconds: float
    budget_tokens: int
    dtype: str
    operations: float

    @property
    def tokens_per_second(self) -> float:
        """Real tokens a second, tokenizing included."""
        return self.tokens / self.seconds


def measure_encoder(
    texts: Sequence[str], *, network: Any, tokenizer: Any, ends: tuple[int, int], window: int = 512
) -> EncoderRate:
    """Encode all texts once, after choosing the token budget on a sample of them.

    `network`: a Hugging Face encoder; `tokenizer`: its fast one, without padding and truncation; `ends`: the ids that
    stand before and after each window of at most `window` pieces, themselves included.
    """
    import torch

    torch.set_num_threads(len(os.sched_getaffinity(0)))
    sample = _cut(tokenizer, texts[: max(1, len(texts) // 10)], ends, window)
    size, kept = 0, []
    for ids in sample:
        kept.append(ids)
        size += len(ids)
        if size > _SAMPLE_TOKENS:
            break
    _encode(network, kept, _BUDGETS[0])  # the first pass pays for allocations
    budget = min(_BUDGETS, key=lambda tokens: _timed(network, kept, tokens))

    start = time.perf_counter()
    windows = _cut(tokenizer, texts, ends, window)
    padded = _encode(network, windows, budget)
    seconds = time.perf_counter() - start
    lengths = [len(ids) for ids in windows]
    return EncoderRate(
        documents=len(texts),
        tokens=sum(lengths) - 2 * len(lengths),
        padded_tokens=padded,
        seconds=seconds,
        budget_tokens=budget,
        dtype=str(network.dtype).removeprefix("torch."),
        operations=count_operations(lengths, network.config),
    )


def count_operations(lengths: Sequence[float], config: Any) -> float:
    """Additions and multiplications of a transformer encoder's matrix products over windows of these lengths.

    A layer has four square matrices of the hidden size and two of hidden by inner size, and attention's two products of
    a window with itself; what embeds, normalises and adds is left out. Two operations a multiplied number.
    """
    hidden, inner = config.hidden_size, config.intermediate_size
    linear = 2.0 * sum(lengths) * (4 * hidden**2 + 2 * hidden * inner)
    attention = 4.0 * sum(length**2 for length in lengths) * hidden
    return float(config.num_hidden_layers * (linear + attention))


def _cut(tokenizer: Any, texts: Sequence[str], ends: tuple[int, int], window: int) -> list[list[int]]:
    """Token ids of every text in windows of at most `window`, special tokens included, without overlap."""
    first, last = ends
    body = window - 2
    windows = []
    for encoding in tokenizer.encode_batch(list(texts), add_special_tokens=False):
        ids = encoding.ids
        windows += [[first, *ids[at : at + body], last] for at in range(0, max(1, len(ids)), body)]
    return windows


def _encode(network: Any, windows: Sequence[Sequence[int]], budget: int) -> int:
    """Run all windows through the network, longest first. Returns: padded tokens."""
    import torch

    ordered = sorted(windows, key=len, reverse=True)
    padded, at = 0, 0
    with torch.inference_mode():
        while at < len(ordered):
            longest = len(ordered[at])
            rows = ordered[at : at + max(1, budget // longest)]
            ids = torch.zeros(len(rows), longest, dtype=torch.long)  # (B, T)
            mask = torch.zeros_like(ids)  # (B, T)
            for row, window in enumerate(rows):
                ids[row, : len(window)] = torch.tensor(window)
                mask[row, : len(window)] = 1
            network(input_ids=ids.to(network.device), attention_mask=mask.to(network.device))
            padded += ids.numel()
            at += len(rows)
    synchronise(network.device)
    return padded


def _timed(network: Any, windows: Sequence[Sequence[int]], budget: int) -> float:
    start = time.perf_counter()
    _encode(network, windows, budget)
    return time.perf_counter() - start
