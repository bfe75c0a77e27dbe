"""Which of an encoder's attention kernels trains fastest."""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import nn

from engine.model.attention import APART, FUSED
from engine.model.checkpoint import fast_dtype

_PLAIN = "eager"


def use_fast_attention(encoder: nn.Module) -> None:
    """Let a CPU that trains in bfloat16 attend by plain matrix products.

    PyTorch's fused attention goes backward slowly there: one core trained the shipped model at 1,460 tokens/s without
    it and at 1,260 with it (steps of 2 x 1,000 tokens, AMD with AVX-512 bf16). Elsewhere it is the faster one, and an
    encoder that knows no fused attention is left as it is.
    """
    device = next(encoder.parameters()).device.type
    if cast(Any, encoder).config._attn_implementation in (FUSED, APART):
        slow = device == "cpu" and fast_dtype(device) is torch.bfloat16
        cast(Any, encoder).set_attn_implementation(_PLAIN if slow else FUSED)
