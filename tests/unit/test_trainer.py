"""One step of training: losses by hand, masked words, bfloat16, and the weights that are kept in the end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from engine.model.predict import Document
from engine.schema import CHEMICAL, DISEASE, GENE, Span
from engine.train.annotated import Annotated, ConceptRelation, GoldMention, GoldRelation
from engine.train.examples import UNLABELLED, build_examples
from engine.train.settings import FinetuneSettings
from engine.train.workers import Workers
from tests.tiny_model import save_tiny_model, tiny_reader
from tests.unit.training_examples import CONFIG, INDUCES, TREATS, example, induced_asthma

if TYPE_CHECKING:
    from engine.train.trainer import Trainer


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


def near_a_negation() -> Annotated:
    """A chemical and a disease of which a corpus states nothing, twice; the second time "not" stands between them."""
    text = "aspirin in asthma and so forth for long , but aspirin not in asthma"
    mentions = [(0, 7, CHEMICAL), (11, 17, DISEASE), (46, 53, CHEMICAL), (61, 67, DISEASE)]
    return Annotated(
        "PMID:1", "c", text, tuple(GoldMention(s, e, type, type) for s, e, type in mentions),
        concept_relations=(ConceptRelation("other", DISEASE, "INDUCES"),),
        predicates={(CHEMICAL, DISEASE): frozenset({"INDUCES"})},
        sentences=(Span(0, len(text)),),
    )  # fmt: skip


def test_a_pair_near_a_negation_does_not_speak_for_its_statement() -> None:
    """However sure the network is of the pairs that aren't labelled, these are taught no "none"; alone they cost 0."""
    import math

    import torch

    from engine.train.trainer import opposite_labels, relation_loss

    (built,) = build_examples([near_a_negation()], tiny_reader(), CONFIG)
    labelled = torch.from_numpy(built.labels[:, INDUCES] != UNLABELLED)
    assert built.groups.tolist() == [0, 0, 0, 0]
    assert 0 < int(labelled.sum()) < 4
    logits = torch.zeros(4, len(CONFIG.labels), requires_grad=True)
    with torch.no_grad():
        logits[~labelled] = 9.0
        logits[labelled, INDUCES] = 1.0
    loss = relation_loss(logits, [built], opposite_labels(CONFIG))
    loss.backward()  # type: ignore[no-untyped-call]
    assert float(loss.detach()) == pytest.approx(math.log(1 + math.e), abs=1e-5)
    assert logits.grad is not None
    assert not logits.grad[~labelled].any()
    assert logits.grad[labelled, INDUCES].min() > 0
    silent = replace(built, labels=np.full_like(built.labels, UNLABELLED))
    assert float(relation_loss(logits, [silent], opposite_labels(CONFIG)).detach()) == 0


def test_a_pair_near_a_negation_is_not_scored_for_its_statement(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    from engine.model.checkpoint import open_network
    from engine.model.predict import Predictor
    from engine.train.readings import score_pairs

    network, config = open_network(save_tiny_model(tmp_path / "tiny"), dtype=torch.float32, device="cpu")
    predictor = Predictor(network, tiny_reader(), config, budget_tokens=256)
    document = near_a_negation()
    (built,) = build_examples([document], tiny_reader(), config)
    column = config.labels.index((CHEMICAL, DISEASE, "INDUCES"))
    labelled = {pair for pair, row in zip(built.pairs, built.labels, strict=True) if row[column] != UNLABELLED}
    (found,) = predictor.predict([Document(document.text, [Span(0, len(document.text))], built.mentions)])
    found.scores[:, column] = [0.25 if pair in labelled else 0.75 for pair in found.pairs]
    monkeypatch.setattr(predictor, "predict", lambda documents: [found])
    scored = score_pairs(predictor, [document])
    assert (scored.scores[:, column].tolist(), scored.labels[:, column].tolist()) == ([0.25], [0])


def test_a_document_without_a_word_is_not_scored(tmp_path: Path) -> None:
    from engine.train.readings import open_predictor, score_pairs

    predictor, _ = open_predictor(save_tiny_model(tmp_path / "tiny"), threads=1)
    wordless = replace(near_a_negation(), text="\u200b", mentions=())
    scored = score_pairs(predictor, [wordless, near_a_negation()])
    assert [document for document, _ in scored.readings] == [near_a_negation()]


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

    built = example("aspirin inhibits COX", [("aspirin", CHEMICAL), ("COX", GENE)], heads=frozenset({CHEMICAL, GENE}))
    network, config = open_network(save_tiny_model(tmp_path / "tiny"), dtype=torch.float32, device="cpu")
    seen: list[torch.Tensor] = []
    encode = network.encode
    monkeypatch.setattr(network, "encode", lambda *inputs: seen.extend(inputs[:4]) or encode(*inputs))
    Trainer(network, tiny_reader(), config, FinetuneSettings(word_dropout=1.0)).run_step(2, 2, [[built]])
    ids, _, _, cues = seen
    special = special_ids(tiny_reader().tokenizer)
    assert ids[0].tolist() == [special.begin, *[special.mask] * len(built.words.ids), special.end]
    assert cues[0].sum() > 0


def test_a_step_in_bfloat16_has_the_losses_of_float32(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the machine has units for bfloat16, training runs in it: forced here, on whatever machine this is."""
    import torch

    from engine.model.checkpoint import open_network
    from engine.train import trainer as module

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
        losses.append(trainer.run_step(2, 2, [[built]]))
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

    network = fresh_network(save_tiny_model(tmp_path), CONFIG)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    settings = FinetuneSettings(start_share=share, freeze_embeddings=False, warmup_share=0.0)
    trainer = Trainer(network, tiny_reader(), CONFIG, settings)
    trainer.run_step(2, 2, [[induced_asthma("INDUCES", "TREATS")]])
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


def one_step(folder: Path, *, workers: Workers | None = None, seed: int = 0) -> tuple[Trainer, dict[str, float]]:
    """A step of two micro-batches with much dropout; `seed`: where PyTorch's generator happens to stand before."""
    import torch

    from engine.model.checkpoint import open_network
    from engine.train.trainer import Trainer

    annotated = {"heads": frozenset({CHEMICAL, GENE}), "predicates": {(CHEMICAL, GENE): frozenset({"INHIBITS"})}}
    batches = [
        [example(f"aspirin {verb} COX in life", [("aspirin", CHEMICAL), ("COX", GENE)], **annotated)]
        for verb in ("inhibits", "meets")
    ]
    network, config = open_network(folder, dtype=torch.float32, device="cpu", dropout=0.5)
    trainer = Trainer(network, tiny_reader(), config, FinetuneSettings(word_dropout=0.3))
    trainer._workers = workers or trainer._workers
    torch.manual_seed(seed)
    return trainer, trainer.run_step(7, 20, batches)


def test_a_step_drops_by_its_number_alone(tmp_path: Path) -> None:
    """So a run that goes on repeats it, whatever generators its devices have and wherever these stand."""
    import torch

    folder = save_tiny_model(tmp_path)
    (one, losses), (other, again) = (one_step(folder, seed=seed) for seed in (1, 2))
    assert losses == again
    weights = other.network.state_dict()
    assert all(torch.equal(value, weights[name]) for name, value in one.network.state_dict().items())


def test_two_workers_drop_what_one_drops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from torch import distributed

    folder = save_tiny_model(tmp_path)
    _, alone = one_step(folder)
    monkeypatch.setattr(distributed, "all_reduce", lambda values: None)
    shares = [one_step(folder, workers=Workers(rank, 2), seed=rank)[1] for rank in range(2)]
    assert min(share["relation"] for share in shares) > 0
    for name, loss in alone.items():
        assert sum(share[name] for share in shares) == pytest.approx(loss, rel=1e-5)


def test_what_no_worker_touched_has_no_gradient(monkeypatch: pytest.MonkeyPatch) -> None:
    """As with one worker, so that the optimizer leaves it where it is; what one of two touched has that gradient."""
    import torch
    from torch import distributed

    ours, theirs = ([torch.zeros(shape, requires_grad=True) for shape in ((2, 3), (4,), (2,), (3,))] for _ in range(2))
    ours[0].grad, ours[2].grad = torch.ones(2, 3), torch.zeros(2)
    theirs[0].grad, theirs[1].grad = torch.full((2, 3), 2.0), torch.full((4,), 5.0)
    sent: list[torch.Tensor] = []
    monkeypatch.setattr(distributed, "all_reduce", lambda values: sent.append(values.clone()))
    Workers(1, 2).add_gradients(theirs)
    monkeypatch.setattr(distributed, "all_reduce", lambda values: values.add_(sent[0]))
    Workers(0, 2).add_gradients(ours)
    assert [None if p.grad is None else p.grad.tolist() for p in ours] == [[[3.0] * 3] * 2, [5.0] * 4, [0.0] * 2, None]


SIZES = {"num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 64, "hidden_size": 32}
# Of each kind of encoder: a weight of its second layer, of its embeddings, and what becomes of their rates at 0.5 a
# layer. ALBERT has one set of weights for all three layers.
KINDS = {
    "Bert": ("encoder.layer.1.output.dense", 0.5, "embeddings.word_embeddings"),
    "Electra": ("encoder.layer.1.output.dense", 0.5, "embeddings.word_embeddings"),
    "MPNet": ("encoder.layer.1.output.dense", 0.5, "encoder.relative_attention_bias"),
    "DistilBert": ("transformer.layer.1.ffn.lin1", 0.5, "embeddings.word_embeddings"),
    "ModernBert": ("layers.1.mlp.Wo", 0.5, "embeddings.tok_embeddings"),
    "Albert": ("encoder.albert_layer_groups.0.albert_layers.0.ffn", 1.0, "embeddings.word_embeddings"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_any_encoder_is_trained_with_its_dropout_and_slower_lower_layers(kind: str, tmp_path: Path) -> None:
    import torch
    import transformers

    from engine.model.checkpoint import fresh_network, open_network, save_network
    from engine.train.trainer import Trainer

    distil = {"dim": 32, "n_layers": 3, "n_heads": 4, "hidden_dim": 64}
    torch.manual_seed(0)
    config = getattr(transformers, f"{kind}Config")(
        vocab_size=200, max_position_embeddings=128, pad_token_id=0, bos_token_id=2, eos_token_id=3,
        **(distil if kind == "DistilBert" else SIZES),
    )  # fmt: skip
    getattr(transformers, f"{kind}Model")(config).save_pretrained(tmp_path / "encoder")
    network = fresh_network(tmp_path / "encoder", CONFIG, dropout=0.25)
    rates = {module.p for module in network.encoder.modules() if isinstance(module, torch.nn.Dropout)}
    assert 0.25 in rates
    assert rates <= {0.0, 0.25}
    settings = FinetuneSettings(encoder_rate=1.0, layer_decay=0.5, warmup_share=0.0, freeze_embeddings=False)
    trainer = Trainer(network, tiny_reader(), CONFIG, settings)
    rate_of = {id(p): group["lr"] for group in trainer.optimizer.param_groups for p in group["params"]}
    layer, rate, below = KINDS[kind]
    weights = [network.encoder.get_parameter(f"{name}.weight") for name in (layer, below)]
    assert [rate_of[id(weight)] for weight in weights] == [rate, 0.125]
    if kind == "ModernBert":
        assert rate_of[id(network.encoder.final_norm.weight)] == 1.0
    before = weights[0].detach().clone()
    trainer.run_step(1, 20, [[induced_asthma("INDUCES", "TREATS")]])
    assert not torch.equal(weights[0], before)
    save_network(trainer.finished_network(), CONFIG, tiny_reader(), tmp_path / "model")
    again, _ = open_network(tmp_path / "model", dtype=torch.float32, device="cpu", dropout=0.5)
    assert 0.5 in {module.p for module in again.encoder.modules() if isinstance(module, torch.nn.Dropout)}
