"""One step of training: losses by hand, masked words, bfloat16, and the weights that are kept in the end."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.schema import CHEMICAL, GENE
from engine.train.annotated import GoldRelation
from engine.train.examples import UNLABELLED
from engine.train.settings import FinetuneSettings
from tests.tiny_model import tiny_reader
from tests.unit.training_examples import CONFIG, INDUCES, TREATS, example, induced_asthma


def test_statements_of_several_pairs_and_of_unasked_labels_are_scored_right() -> None:
    """By hand: "none" has the logit 0, the best pair speaks for a statement, unlabelled labels don't compete."""
    import math

    import torch

    from engine.train.trainer import opposite_labels, relation_loss

    built = induced_asthma("INDUCES", "ASSOCIATED_WITH")
    logits = torch.zeros(2, len(CONFIG.labels))
    logits[:, INDUCES] = torch.tensor([1.0, 3.0])
    logits[:, TREATS] = 9.0
    expected = math.log(math.exp(0) + math.exp(0) + math.exp(3)) - 3
    nothing_opposed = torch.zeros(len(CONFIG.labels), len(CONFIG.labels), dtype=torch.bool)
    assert float(relation_loss(logits, [built], nothing_opposed)) == pytest.approx(expected, abs=1e-5)
    denied = math.log(math.exp(0) + math.exp(0) + math.exp(3) + math.exp(9)) - 3
    assert float(relation_loss(logits, [built], opposite_labels(CONFIG))) == pytest.approx(denied, abs=1e-5)


def test_only_annotated_heads_are_taught() -> None:
    """Of two documents the second annotates one head; the loss is the mean over the annotated words and heads."""
    import torch

    from engine.model.chain import chain_loss
    from engine.train.trainer import mention_loss

    torch.manual_seed(2)
    logits, chain = torch.randn(5, 2, 3), torch.randn(2, 3, 3)
    tags = torch.tensor([[0, 1], [1, 2], [2, 0], [1, UNLABELLED], [0, UNLABELLED]])
    starts = torch.tensor([True, False, False, True, False])
    expected = chain_loss(logits[:, :1], tags[:, :1], starts, chain[:1])
    expected = expected + chain_loss(logits[:3, 1:], tags[:3, 1:], starts[:3], chain[1:])
    assert float(mention_loss(logits, tags, [3, 2], chain)) == pytest.approx(float(expected) / 8, rel=1e-5)


def test_masked_words_keep_their_cues(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With every word masked the encoder sees mask tokens between the special ones, and the cues of the text."""
    import torch

    from engine.model.checkpoint import open_network
    from engine.model.special import special_ids
    from engine.train.trainer import Trainer
    from tests.tiny_model import save_tiny_model

    built = example("aspirin inhibits COX", [("aspirin", CHEMICAL), ("COX", GENE)], heads=frozenset({CHEMICAL, GENE}))
    network, config = open_network(save_tiny_model(tmp_path / "tiny"), dtype=torch.float32, device="cpu")
    seen: list[torch.Tensor] = []
    encode = network.encode
    monkeypatch.setattr(network, "encode", lambda *inputs: seen.extend(inputs[:4]) or encode(*inputs))
    Trainer(network, tiny_reader(), config, FinetuneSettings(word_dropout=1.0)).run_step([[built]], 0.5)
    ids, _, _, cues = seen
    special = special_ids(tiny_reader().tokenizer)
    assert ids[0].tolist() == [special.begin, *[special.mask] * len(built.words.ids), special.end]
    assert cues[0].sum() > 0


def test_a_step_in_bfloat16_has_the_losses_of_float32(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the machine has units for bfloat16, training runs in it: forced here, on whatever machine this is."""
    import torch

    from engine.model.checkpoint import open_network
    from engine.train import trainer as module
    from tests.tiny_model import save_tiny_model

    built = example(
        "aspirin inhibits COX in asthma",
        [("aspirin", CHEMICAL), ("COX", GENE)],
        relations=(GoldRelation(0, 1, "INHIBITS"),),
        heads=frozenset({CHEMICAL, GENE}),
        predicates={(CHEMICAL, GENE): frozenset({"INHIBITS", "BINDS"})},
    )
    losses = []
    for dtype in (torch.float32, torch.bfloat16):
        monkeypatch.setattr(module, "fast_dtype", lambda _, chosen=dtype: chosen)
        network, config = open_network(save_tiny_model(tmp_path / "tiny"), dtype=torch.float32, device="cpu")
        torch.manual_seed(0)
        trainer = module.Trainer(network, tiny_reader(), config, FinetuneSettings())
        losses.append(trainer.run_step([[built]], 0.5))
        assert all(parameter.dtype is torch.float32 for parameter in network.parameters())
    assert losses[0]["relation"] > 0
    for name, loss in losses[0].items():
        assert losses[1][name] == pytest.approx(loss, rel=0.05)


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_the_finished_weights_lie_between_the_average_and_the_start(tmp_path: Path, share: float) -> None:
    """After one step the average is that step's weights; `start_share` of the start's are mixed in."""
    import torch

    from engine.model.checkpoint import fresh_network
    from engine.train.trainer import Trainer
    from tests.tiny_model import save_tiny_model

    network = fresh_network(save_tiny_model(tmp_path), CONFIG)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    settings = FinetuneSettings(start_share=share, freeze_embeddings=False, warmup_share=0.0)
    trainer = Trainer(network, tiny_reader(), CONFIG, settings)
    trainer.run_step([[induced_asthma("INDUCES", "TREATS")]], 0.5)
    moved = 0.0
    for name, value in trainer.finished_network().state_dict().items():
        trained = network.state_dict()[name]
        assert torch.allclose(value, share * before[name] + (1 - share) * trained, atol=1e-6)
        moved += float((trained - before[name]).abs().max())
    assert moved > 0


def test_a_cpu_that_trains_in_bfloat16_attends_by_plain_products(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch
    from transformers import BertConfig, BertModel

    import engine.train.attention as attention

    encoder = BertModel(BertConfig(vocab_size=50, hidden_size=8, num_hidden_layers=1, num_attention_heads=2))
    monkeypatch.setattr(attention, "fast_dtype", lambda device: torch.float32)
    attention.use_fast_attention(encoder)
    assert encoder.config._attn_implementation == "sdpa"
    monkeypatch.setattr(attention, "fast_dtype", lambda device: torch.bfloat16)
    attention.use_fast_attention(encoder)
    assert encoder.config._attn_implementation == "eager"
