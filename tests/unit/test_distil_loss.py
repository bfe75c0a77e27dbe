"""What a teacher's answers cost a student, by hand; and that gold alone is learned from as before."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.model.config import ExtractorConfig
from engine.schema import CHEMICAL, DISEASE, GENE, TYPE_PAIRS, Span
from engine.train.distil.answers import Answer
from engine.train.distil.examples import build_taught_example
from engine.train.examples import UNLABELLED, Example
from engine.train.plan import plan_steps
from engine.train.settings import FinetuneSettings
from tests.tiny_model import HEADS, save_tiny_model, tiny_reader
from tests.unit.training_examples import example, induced_asthma

CONFIG = ExtractorConfig(mention_heads=HEADS, max_tokens=64, overlap_tokens=16)


def taught_example(
    text: str, mentions: Sequence[tuple[str, str]], *, certain: bool = False, config: ExtractorConfig = CONFIG
) -> Example:
    """A text with a teacher's mentions, whose first is surely one of its head; all pairs' first labels have 0.25."""
    (words,) = tiny_reader().read([text])
    named = [(Span(text.index(name), text.index(name) + len(name)), type) for name, type in mentions]
    tags = np.full((len(words), len(HEADS), 2), 0.0 if certain else 0.25, np.float16)
    tags[0, :, 1] = 0
    if certain:
        tags[0, HEADS.index(named[0][1]), 0] = 1
    told = Answer(
        "x", text, [Span(0, len(text))], named, words.starts, words.ends, tags,
        np.array([(0, 1, CONFIG.labels.index((CHEMICAL, GENE, "INHIBITS")))], np.int32), np.array([0.25], np.float16),
    )  # fmt: skip
    return build_taught_example(told, words, config)


def test_a_pair_costs_its_cross_entropy_over_none_and_the_labels_of_its_types() -> None:
    import torch

    from engine.train.distil.loss import pair_losses

    soft = taught_example("aspirin inhibits COX", [("aspirin", CHEMICAL), ("COX", GENE)])
    gold = induced_asthma("INDUCES")
    asked = CONFIG.asked_labels()[TYPE_PAIRS.index((CHEMICAL, GENE))]
    logits = torch.zeros(3, len(CONFIG.labels))
    logits[2, CONFIG.labels.index((CHEMICAL, GENE, "INHIBITS"))] = 2.0
    logits[2, CONFIG.labels.index((CHEMICAL, DISEASE, "TREATS"))] = 9.0  # not of these types: doesn't compete
    total = math.log(int(asked.sum()) + math.exp(2.0))
    (loss,) = pair_losses(logits, [gold, soft]).tolist()
    assert loss == pytest.approx(0.75 * total + 0.25 * (total - 2.0), abs=1e-4)
    assert pair_losses(logits[:2], [gold]).shape == (0,)


def test_tags_cost_least_where_the_student_says_what_the_teacher_says() -> None:
    """A hard document between two soft ones is left alone; following the gradient ends at the teacher's words."""
    import torch

    from engine.train.distil.loss import tag_losses

    soft = [taught_example(text, [("aspirin", CHEMICAL)]) for text in ("aspirin works", "aspirin does not")]
    examples = [soft[0], example("aspirin inhibits COX", []), soft[1]]
    chain = torch.zeros(len(HEADS), 3, 3)
    chain[:, 0, 2] = -1e4
    logits = torch.randn(8, len(HEADS), 3, generator=torch.Generator().manual_seed(0)).requires_grad_()
    optimizer = torch.optim.Adam([logits], lr=0.1)
    for _ in range(300):
        optimizer.zero_grad()
        losses = tag_losses(logits, examples, chain)
        losses.sum().backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    assert losses.shape == (5, len(HEADS))
    assert logits.grad is not None
    assert not logits.grad[2:5].any()
    entropy = {2: -0.25 * math.log(0.25) - 0.75 * math.log(0.75), 3: -0.5 * math.log(0.25) - 0.5 * math.log(0.5)}
    expected = [entropy[2], entropy[3], entropy[2], entropy[3], entropy[3]]
    assert losses.mean(dim=1).tolist() == pytest.approx(expected, abs=2e-3)


def test_words_and_pairs_of_the_teacher_join_the_mean_of_gold() -> None:
    import torch

    from engine.train.trainer import mention_loss, opposite_labels, relation_loss

    torch.manual_seed(2)
    logits, chain = torch.randn(5, 2, 3), torch.randn(2, 3, 3)
    tags = torch.tensor([[0, UNLABELLED], [1, UNLABELLED], [2, UNLABELLED], *[[UNLABELLED] * 2] * 2])
    gold, taught = mention_loss(logits, tags, [3, 2], chain), torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    joined = mention_loss(logits, tags, [3, 2], chain, taught)
    assert float(joined) == pytest.approx((3 * float(gold) + 10) / 7, rel=1e-5)
    built, opposed = induced_asthma("INDUCES"), opposite_labels(CONFIG)
    scores = torch.randn(2, len(CONFIG.labels))
    (one,) = [float(relation_loss(scores, [built], opposed))]
    joined = relation_loss(scores, [built], opposed, torch.tensor([5.0, 6.0]))
    assert float(joined) == pytest.approx((one + 11) / 3, rel=1e-5)


def test_without_a_teacher_nothing_changes(tmp_path: Path) -> None:
    """The plan and a step on gold alone are the same whatever is said of the teacher, bit for bit."""
    import torch

    from engine.model.checkpoint import fresh_network
    from engine.train.trainer import Trainer

    many = [replace(induced_asthma("INDUCES", "TREATS"), corpus="c") for _ in range(30)]
    base = FinetuneSettings(passes={"c": 2.5}, micro_batch_tokens=300)
    named = replace(base, passes={"c": 2.5, "teacher": 3.0}, teacher_weight=7.0)
    assert plan_steps(many, base) == plan_steps(many, named)
    weights = []
    folder = save_tiny_model(tmp_path)
    for settings in (base, named):
        torch.manual_seed(0)
        trainer = Trainer(fresh_network(folder, CONFIG), tiny_reader(), CONFIG, settings)
        trainer.run_step(2, 2, [many[:2], many[2:4]])
        weights.append(trainer.network.state_dict())
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])


def test_the_teacher_s_weight_scales_what_it_teaches(tmp_path: Path) -> None:
    """With weight 0 a soft document leaves the encoder where it is; with weight 1 its loss falls, step by step."""
    import torch

    from engine.model.checkpoint import fresh_network
    from engine.train.trainer import Trainer

    soft = taught_example("aspirin inhibits COX", [("aspirin", CHEMICAL), ("COX", GENE)], certain=True)
    folder = save_tiny_model(tmp_path)
    settings = FinetuneSettings(encoder_rate=1e-3, word_dropout=0.0, warmup_share=0.0, weight_decay=0.0)
    still = Trainer(fresh_network(folder, CONFIG), tiny_reader(), CONFIG, replace(settings, teacher_weight=0.0))
    before = {name: value.clone() for name, value in still.network.state_dict().items()}
    assert still.run_step(2, 2, [[soft]]) == {"mention": 0.0, "relation": 0.0}
    assert all(torch.equal(before[name], value) for name, value in still.network.state_dict().items())
    torch.manual_seed(0)
    trainer = Trainer(fresh_network(folder, CONFIG), tiny_reader(), CONFIG, settings)
    losses = [trainer.run_step(2, 2, [[soft]]) for _ in range(60)]
    first, last = (
        {name: np.mean([loss[name] for loss in part]) for name in losses[0]} for part in (losses[:5], losses[-5:])
    )
    floor = -0.25 * math.log(0.25) - 0.75 * math.log(0.75)
    assert last["mention"] < 0.1 * first["mention"]
    assert floor - 0.01 < last["relation"] < first["relation"]


def test_a_teacher_says_nothing_of_classes(tmp_path: Path) -> None:
    """Beside a document with a class it costs the class heads nothing."""
    import torch

    from engine.model.checkpoint import fresh_network
    from engine.train.trainer import Trainer

    config = replace(CONFIG, classes={"document": ("a", "b")})
    soft = taught_example("aspirin inhibits COX", [("aspirin", CHEMICAL), ("COX", GENE)], config=config)
    gold = replace(example("aspirin helps", []), classes={"document": np.array([[0, 2, 1]])})
    network = fresh_network(save_tiny_model(tmp_path), config)
    trainer = Trainer(network, tiny_reader(), config, FinetuneSettings())
    network.eval()
    words = len(soft.words)
    states = torch.randn(words + len(gold.words), 32, generator=torch.Generator().manual_seed(0))
    alone = trainer._class_loss(states[words:], [gold])
    assert float(alone.detach()) > 0
    assert torch.allclose(trainer._class_loss(states, [soft, gold]), alone)
    assert float(trainer._class_loss(states[:words], [soft]).detach()) == 0
    assert trainer.run_step(2, 2, [[soft]])["class"] == 0
