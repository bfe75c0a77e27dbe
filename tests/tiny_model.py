"""A tiny random extractor, built in the test: real network, real files, no meaning."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from engine.model.config import ExtractorConfig
from engine.model.cues import NameList
from engine.model.text import WordReader
from engine.schema import CHEMICAL, DISEASE, GENE

HEADS = (GENE, CHEMICAL, DISEASE, "NegationScope", "SpeculationScope")


def tiny_tokenizer() -> Tokenizer:
    """Characters as word pieces, BERT's pre-tokenizer: words have as many pieces as letters."""
    letters = [chr(c) for c in range(33, 127)]
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{letter}" for letter in letters)]
    tokenizer = Tokenizer(models.WordPiece({piece: i for i, piece in enumerate(vocabulary)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    return tokenizer


def tiny_reader() -> WordReader:
    """The tiny tokenizer, and three names."""
    return WordReader(tiny_tokenizer(), NameList.of([("aspirin", CHEMICAL), ("COX", GENE), ("asthma", DISEASE)]))


def save_tiny_model(folder: Path, *, seed: int = 0, thresholds: float = 0.5, second_rank: int = 0) -> Path:
    """Write a model folder with two encoder layers of 32 dimensions and random weights."""
    import torch
    from transformers import BertConfig, BertModel

    from engine.model.checkpoint import save_network
    from engine.model.network import ExtractorNetwork

    torch.manual_seed(seed)
    encoder_config = BertConfig(
        vocab_size=200,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=128,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    config = ExtractorConfig(mention_heads=HEADS, pair_size=16, pair_layers=1, max_tokens=64, overlap_tokens=16)
    config = replace(config, thresholds=(thresholds,) * len(config.labels), second_rank=second_rank, second_size=8)
    network = ExtractorNetwork(BertModel(encoder_config, add_pooling_layer=False), config, 32)
    torch.nn.init.normal_(network.cue_in.weight, std=0.02)
    save_network(network, config, tiny_reader(), folder)
    return folder
