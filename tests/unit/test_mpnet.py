"""MPNet, the teacher's kind of encoder: other special tokens than BERT's, whose spellings its vocabulary holds too."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers

from engine.model.checkpoint import fresh_network, open_network, open_reader, save_network
from engine.model.config import ExtractorConfig
from engine.model.special import SpecialIds, special_ids
from engine.model.text import WordReader
from engine.schema import CHEMICAL, DISEASE, Span
from engine.train.annotated import Annotated, ConceptRelation, GoldMention
from engine.train.pretrain.masking import Vocabulary
from engine.train.settings import FinetuneSettings
from tests.tiny_model import HEADS, tiny_reader, tiny_tokenizer

CONFIG = ExtractorConfig(mention_heads=HEADS, pair_size=16, max_tokens=64, overlap_tokens=16)
DOCUMENT = Annotated(
    "PMID:1", "c", "aspirin in asthma",
    (GoldMention(0, 7, CHEMICAL, "D1"), GoldMention(11, 17, DISEASE, "D2")),
    heads=frozenset({CHEMICAL, DISEASE}),
    concept_relations=(ConceptRelation("D1", "D2", "INDUCES"),),
    predicates={(CHEMICAL, DISEASE): frozenset({"INDUCES"})},
)  # fmt: skip


def mpnet_tokenizer() -> Tokenizer:
    """MPNet's order: its own special tokens, BERT's vocabulary with BERT's as ordinary pieces, the mask token last."""
    bert = tiny_tokenizer().get_vocab()
    vocabulary = ["<s>", "<pad>", "</s>", "<unk>", *sorted(bert, key=lambda piece: bert[piece]), "<mask>"]
    tokenizer = Tokenizer(models.WordPiece({piece: i for i, piece in enumerate(vocabulary)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>", "[UNK]", AddedToken("<mask>", lstrip=True)])
    return tokenizer


@pytest.fixture
def encoder(tmp_path: Path) -> Path:
    """A tiny MPNet with a pooler, as sentence encoders are published."""
    import torch
    from transformers import MPNetConfig, MPNetModel

    torch.manual_seed(1)
    folder = tmp_path / "encoder"
    config = MPNetConfig(
        vocab_size=mpnet_tokenizer().get_vocab_size(),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=66,
    )
    MPNetModel(config).save_pretrained(folder)
    mpnet_tokenizer().save(str(folder / "tokenizer.json"))
    return folder


def test_special_tokens_are_those_that_the_tokenizer_marks() -> None:
    tokenizer = mpnet_tokenizer()
    last = tokenizer.get_vocab_size() - 1
    assert tokenizer.token_to_id("[CLS]") is not None
    assert special_ids(tokenizer) == SpecialIds(begin=0, end=2, pad=1, mask=last)
    assert Vocabulary.of(tokenizer).special.mask == last
    plain = tiny_tokenizer()  # marks none
    assert special_ids(plain) == SpecialIds(begin=2, end=3, pad=0, mask=4)


def test_an_mpnet_is_trained_saved_and_opened(encoder: Path, tmp_path: Path) -> None:
    """Its lower layers learn slower, its loss falls, windows as long as its positions are read, and it opens again."""
    import torch

    from engine.model.predict import Document, Predictor
    from engine.train.examples import build_examples
    from engine.train.trainer import Trainer

    torch.manual_seed(0)
    reader = WordReader(mpnet_tokenizer(), tiny_reader().names)
    network = fresh_network(encoder, CONFIG, dropout=0.0)
    assert not any("pooler" in name for name, _ in network.named_parameters())
    settings = FinetuneSettings(encoder_rate=1e-3, layer_decay=0.5, head_rate=1e-2, word_dropout=0.0)
    trainer = Trainer(network, reader, CONFIG, settings)
    rate_of = {id(parameter): group["lr"] for group in trainer.optimizer.param_groups for parameter in group["params"]}
    layers = [network.encoder.get_parameter(f"encoder.layer.{i}.output.dense.weight") for i in range(2)]
    assert [rate_of[id(layer)] for layer in layers] == [5e-4, 1e-3]
    (built,) = build_examples([DOCUMENT], reader, CONFIG)
    losses = [sum(trainer.run_step(4, 10, [[built]]).values()) for _ in range(40)]
    assert np.mean(losses[-5:]) < 0.5 * np.mean(losses[:5])

    long = "aspirin in asthma " * 30
    asked = [Document(DOCUMENT.text, [Span(0, len(DOCUMENT.text))]), Document(long, [Span(0, len(long))])]
    finished = trainer.finished_network()
    before = Predictor(finished.to(torch.bfloat16).float(), reader, CONFIG, budget_tokens=2048).predict(asked)
    folder = tmp_path / "model"
    save_network(finished, CONFIG, reader, folder)
    opened, config = open_network(folder, dtype=torch.float32, device="cpu")
    after = Predictor(opened, open_reader(folder), config, budget_tokens=2048).predict(asked)
    assert len(after[1].tags) == 90
    for one, other in zip(before, after, strict=True):
        assert one.mentions == other.mentions
        assert np.allclose(one.tags, other.tags, atol=1e-5)
        assert np.allclose(one.scores, other.scores, atol=1e-5)
