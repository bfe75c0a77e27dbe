"""What an encoder reads of a window is the same, whichever windows are read with it."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from transformers import BertConfig, BertModel, ModernBertConfig, ModernBertModel

from engine.model.attention import APART, attend_apart, read_windows_apart

LENGTHS = (37, 20, 5, 1)


def tiny_bert() -> Any:
    torch.manual_seed(5)
    config = BertConfig(
        vocab_size=60, hidden_size=64, intermediate_size=128, num_hidden_layers=2, num_attention_heads=2
    )
    return BertModel(config, add_pooling_layer=False).eval()


def tiny_modern_bert() -> Any:
    """Every other layer of it reads a few neighbours only."""
    torch.manual_seed(5)
    config = ModernBertConfig(
        vocab_size=60,
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=4,
        num_attention_heads=2,
        local_attention=8,
        pad_token_id=0,
        cls_token_id=1,
        sep_token_id=2,
        eos_token_id=2,
        bos_token_id=1,
    )
    return ModernBertModel(config).eval()


def padded(longest: int) -> tuple[torch.Tensor, torch.Tensor]:
    ids = torch.randint(3, 60, (len(LENGTHS), longest), generator=torch.Generator().manual_seed(3))
    mask = (torch.arange(longest) < torch.tensor(LENGTHS)[:, None]).long()
    return ids * mask, mask


def read(encoder: Any, ids: torch.Tensor, mask: torch.Tensor) -> list[torch.Tensor]:
    with torch.inference_mode():
        states = encoder(input_ids=ids, attention_mask=mask).last_hidden_state
    return [row[:length] for row, length in zip(states, mask.sum(1).tolist(), strict=True)]


@pytest.mark.parametrize("build", [tiny_bert, tiny_modern_bert])
def test_windows_apart_are_read_as_fused_attention_reads_them(build: Any) -> None:
    encoder = build()
    ids, mask = padded(max(LENGTHS))
    fused = read(encoder, ids, mask)
    read_windows_apart(encoder)
    assert encoder.config._attn_implementation == APART
    for one, other in zip(fused, read(encoder, ids, mask), strict=True):
        assert torch.allclose(one, other, atol=1e-5)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("row", range(len(LENGTHS)))
def test_attention_to_a_window_depends_on_no_other(dtype: torch.dtype, row: int) -> None:
    generator = torch.Generator().manual_seed(7)
    states = [torch.randn(len(LENGTHS), 2, 37, 32, generator=generator).to(dtype) for _ in range(3)]
    mask = (torch.arange(37) < torch.tensor(LENGTHS)[:, None])[:, None, None, :].expand(-1, 1, 37, 37)
    module = torch.nn.Identity()
    together, _ = attend_apart(module, *states, mask, is_causal=False)
    length = LENGTHS[row]
    alone, _ = attend_apart(module, *(s[row : row + 1, :, :length] for s in states), None, is_causal=False)
    assert torch.equal(together[row, :length], alone[0])
    assert not together[row, length:].any()


def test_an_encoder_that_leaves_no_choice_stays_as_it_is() -> None:
    encoder = tiny_bert()
    encoder.set_attn_implementation("eager")
    read_windows_apart(encoder)
    assert encoder.config._attn_implementation == "eager"


def test_a_model_folder_is_read_window_by_window_on_a_cpu() -> None:
    from engine.model.checkpoint import open_network
    from jobs.settings import SHIPPED_MODEL

    network, _ = open_network(SHIPPED_MODEL, dtype=torch.float32, device="cpu")
    assert network.encoder_config._attn_implementation == APART
    assert APART not in network.encoder_config.to_json_string()
