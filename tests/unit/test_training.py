"""Labels, losses, scores, and a tiny run that is cut and goes on."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from engine.model.config import ExtractorConfig
from engine.schema import CHEMICAL, DISEASE, GENE, Span
from engine.train.annotated import Annotated, ConceptRelation, GoldMention, GoldRelation
from engine.train.examples import UNLABELLED, Example, build_examples
from engine.train.measure.thresholds import NEVER, PairScores, choose_thresholds
from engine.train.plan import is_carved, plan_steps
from engine.train.settings import FinetuneSettings
from tests.tiny_model import HEADS, tiny_reader
from tests.unit.tiny_vocab import pack_tiny_lexicon

CONFIG = ExtractorConfig(mention_heads=HEADS, max_tokens=512)
INHIBITS = CONFIG.labels.index((CHEMICAL, GENE, "INHIBITS"))
TREATS = CONFIG.labels.index((CHEMICAL, DISEASE, "TREATS"))
INDUCES = CONFIG.labels.index((CHEMICAL, DISEASE, "INDUCES"))


def example(text: str, mentions: list[tuple[str, str]], **annotations: object) -> Example:
    gold = tuple(GoldMention(text.index(s), text.index(s) + len(s), type, s) for s, type in mentions)
    document = Annotated("PMID:1", "c", text, gold, sentences=(Span(0, len(text)),), **annotations)  # type: ignore[arg-type]
    (built,) = build_examples([document], tiny_reader(), CONFIG)
    return built


def induced_asthma(*annotated: str) -> Example:
    """Two mentions of one chemical and one disease, of which a corpus says INDUCES; `annotated`: its predicates."""
    text = "aspirin and aspirin in asthma"
    mentions = (
        GoldMention(0, 7, CHEMICAL, "D1"),
        GoldMention(12, 19, CHEMICAL, "D1"),
        GoldMention(23, 29, DISEASE, "D2"),
    )
    document = Annotated(
        "PMID:1", "c", text, mentions,
        concept_relations=(ConceptRelation("D1", "D2", "INDUCES"),),
        predicates={(CHEMICAL, DISEASE): frozenset(annotated)},
        sentences=(Span(0, len(text)),),
    )  # fmt: skip
    (built,) = build_examples([document], tiny_reader(), CONFIG)
    return built


def test_a_corpus_labels_only_what_it_annotates() -> None:
    built = example(
        "aspirin inhibits COX",
        [("aspirin", CHEMICAL), ("COX", GENE)],
        relations=(GoldRelation(0, 1, "INHIBITS"),),
        heads=frozenset({CHEMICAL}),
        predicates={(CHEMICAL, GENE): frozenset({"INHIBITS", "BINDS"})},
    )
    assert built.tags[:, HEADS.index(CHEMICAL)].tolist() == [1, 0, 0]
    assert (built.tags[:, HEADS.index(GENE)] == UNLABELLED).all()
    known = {CONFIG.labels[c]: int(v) for c, v in enumerate(built.labels[0]) if v != UNLABELLED}
    assert known == {(CHEMICAL, GENE, "INHIBITS"): 1, (CHEMICAL, GENE, "BINDS"): 0}


@pytest.mark.parametrize(("verb", "label"), [("does not inhibit", UNLABELLED), ("was given with", 0)])
def test_an_unlabelled_denied_pair_is_no_negative(verb: str, label: int) -> None:
    built = example(
        f"aspirin {verb} COX",
        [("aspirin", CHEMICAL), ("COX", GENE)],
        predicates={(CHEMICAL, GENE): frozenset({"INHIBITS"})},
    )
    assert built.labels[0, INHIBITS] == label


def test_document_level_relations_label_every_pair_of_their_concepts_as_one_statement() -> None:
    built = induced_asthma("INDUCES")
    assert built.labels[:, INDUCES].tolist() == [1, 1]
    assert built.labels[:, TREATS].tolist() == [UNLABELLED, UNLABELLED]
    assert built.groups.tolist() == [0, 0]


def test_thresholds_follow_the_scores_of_labels_with_enough_gold() -> None:
    generator = np.random.default_rng(0)
    labels = np.full((200, len(CONFIG.labels)), UNLABELLED, dtype=np.int8)
    scores = np.zeros(labels.shape, dtype=np.float32)
    labels[:, INHIBITS] = np.arange(200) < 50
    scores[:, INHIBITS] = np.where(np.arange(200) < 50, 0.8, 0.6) + generator.uniform(-0.05, 0.05, 200)
    taught = np.zeros(len(CONFIG.labels), dtype=bool)
    taught[INHIBITS] = True
    chosen = choose_thresholds(PairScores(scores, labels), CONFIG, taught=taught)
    assert set(np.delete(chosen, INHIBITS)) == {NEVER}, "a label that nothing taught is never said"
    assert 0.64 <= chosen[INHIBITS] <= 0.76


def test_a_vague_label_must_be_surer_than_a_precise_one() -> None:
    """The same scores: F1 takes the many of 0.4 along for their recall, F0.5 leaves them out for their errors."""
    score = np.concatenate([np.full(20, 0.8), np.full(30, 0.4)]).astype(np.float32)
    gold = np.concatenate([np.ones(20), np.arange(30) % 2]).astype(np.int8)
    labels = np.full((50, len(CONFIG.labels)), UNLABELLED, dtype=np.int8)
    scores = np.zeros(labels.shape, dtype=np.float32)
    vague = CONFIG.labels.index((CHEMICAL, DISEASE, "ASSOCIATED_WITH"))
    for column in (INDUCES, vague):
        scores[:, column], labels[:, column] = score, gold
    chosen = choose_thresholds(PairScores(scores, labels), CONFIG)
    assert chosen[INDUCES] <= 0.4 < chosen[vague] <= 0.8


def test_the_plan_holds_its_passes_and_its_budget() -> None:
    text = "aspirin inhibits COX"
    many = [example(text + " x" * (i % 7), [("aspirin", CHEMICAL)]) for i in range(40)]
    settings = FinetuneSettings(passes={"c": 2.5}, micro_batch_tokens=200, micro_batches=2, steps=None)
    steps = plan_steps(many, settings)
    assert steps == plan_steps(many, settings)
    batches = [batch for step in steps for batch in step]
    assert all(len(b) * max(many[i].length_tokens for i in b) <= 200 for b in batches)
    read = np.bincount([i for b in batches for i in b], minlength=40)
    assert read.max() <= 3
    assert read.sum() >= 100 - 2 * max(len(b) for b in batches)


def test_carving_takes_about_its_share() -> None:
    share = np.mean([is_carved(f"PMID:{i}", 0.1) for i in range(5000)])
    assert 0.08 < share < 0.12


PUBTATOR = "\n".join(
    f"{i}|t|Aspirin {i} and asthma.\n{i}|a|Study {i} shows aspirin causes asthma.\n{i}\t0\t7\tAspirin\tChemical\tD1\n"
    for i in range(60)
)


def test_a_cut_run_goes_on_to_the_same_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed between two steps and started again, training ends where an undisturbed run ends, bit for bit."""
    import torch

    from engine.model.checkpoint import WEIGHTS_FILE
    from engine.train import finetune as module
    from tests.tiny_model import save_tiny_model

    torch.set_num_threads(1)
    gold = tmp_path / "gold" / "bc5cdr"
    gold.mkdir(parents=True)
    (gold / "CDR_TrainingSet.PubTator.txt.gz").write_bytes(gzip.compress(PUBTATOR.encode()))
    monkeypatch.setattr(module, "read_training_documents", lambda data: read(data))
    encoder = hugging_face_folder(save_tiny_model(tmp_path / "tiny"), tmp_path / "encoder")
    lexicon = pack_tiny_lexicon(tmp_path / "vocab")

    def read(data: Path) -> list[Annotated]:
        from engine.train.corpora import read_corpus

        return list(read_corpus("bc5cdr", "train", data=data))

    settings = FinetuneSettings(
        passes={"bc5cdr": 2}, micro_batch_tokens=600, checkpoint_every_steps=2, evaluations=1, steps=None
    )
    for out, cuts in (("whole", [None]), ("cut", [3, None])):
        for cut in cuts:
            module.finetune(encoder, tmp_path / out, data=tmp_path, settings=settings, lexicon=lexicon, max_steps=cut)
    whole, cut_ = (torch_state(tmp_path / name / WEIGHTS_FILE) for name in ("whole", "cut"))
    assert whole.keys() == cut_.keys()
    assert all(torch.equal(whole[name], cut_[name]) for name in whole)
    report = json.loads((tmp_path / "cut" / "training.json").read_text())
    assert report["history"][0]["spans"].keys() == {CHEMICAL, DISEASE}
    other = FinetuneSettings(passes={"bc5cdr": 1}, steps=None)
    with pytest.raises(ValueError, match="other settings"):
        module.finetune(encoder, tmp_path / "cut", data=tmp_path, settings=other, lexicon=lexicon)


def test_a_symmetric_statement_is_counted_once() -> None:
    """Gene pairs are asked in both orders; where a corpus states only symmetric predicates, both are one statement."""
    text = "EGFR and GRB2"
    for annotated, statements in (({"BINDS"}, 1), ({"BINDS", "ACTIVATES"}, 2)):
        document = Annotated(
            "PMID:1", "c", text, (GoldMention(0, 4, GENE, "1"), GoldMention(9, 13, GENE, "2")),
            concept_relations=(ConceptRelation("1", "2", "BINDS"), ConceptRelation("2", "1", "BINDS")),
            predicates={(GENE, GENE): frozenset(annotated)}, sentences=(Span(0, len(text)),),
        )  # fmt: skip
        (built,) = build_examples([document], tiny_reader(), CONFIG)
        assert len(built.pairs) == 2
        assert len(set(built.groups.tolist())) == 2
        assert len(set(built.statements.tolist())) == statements


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


def test_training_goes_on_from_an_extractor(tmp_path: Path) -> None:
    """Encoder and heads that keep their shape are carried over; a relation head of another shape starts anew."""
    from dataclasses import replace

    import torch

    from engine.model.checkpoint import describe_start, fresh_network, model_revision, open_network
    from tests.tiny_model import save_tiny_model

    folder = save_tiny_model(tmp_path / "tiny")
    source, config = open_network(folder, dtype=torch.float32, device="cpu")
    before = source.state_dict()
    same = fresh_network(folder, config).state_dict()
    assert all(torch.equal(same[name], value) for name, value in before.items())
    other = fresh_network(folder, replace(config, pair_layers=0)).state_dict()
    assert torch.equal(other["mention_out.weight"], before["mention_out.weight"])
    assert not torch.equal(other["pair_reader.project.weight"], before["pair_reader.project.weight"])
    assert describe_start(folder)["model_revision"] == model_revision(folder)


def test_only_annotated_heads_are_taught() -> None:
    """Of two documents the second annotates one head; the loss is the mean over the annotated words and heads."""
    import torch

    from engine.model.chain import chain_loss
    from engine.train.trainer import mention_loss

    torch.manual_seed(2)
    logits, chain = torch.randn(5, 2, 3), torch.randn(2, 3, 3)
    tags = torch.tensor([[0, 1], [1, 2], [2, 0], [1, UNLABELLED], [0, UNLABELLED]])
    starts = torch.tensor([True, False, False, True, False])
    expected = chain_loss(logits[:, 0], tags[:, 0], starts, chain[0])
    expected = expected + chain_loss(logits[:3, 1], tags[:3, 1], starts[:3], chain[1])
    assert float(mention_loss(logits, tags, [3, 2], chain)) == pytest.approx(float(expected) / 8, rel=1e-5)


def test_masked_words_keep_their_cues(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With every word masked the encoder sees mask tokens between the special ones, and the cues of the text."""
    import torch

    from engine.model.checkpoint import open_network, special_ids
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


def test_a_folder_of_another_format_says_so(tmp_path: Path) -> None:
    from engine.model.checkpoint import model_revision
    from engine.model.config import CONFIG_FILE, CheckpointError
    from tests.tiny_model import save_tiny_model

    folder = save_tiny_model(tmp_path / "tiny")
    values = json.loads((folder / CONFIG_FILE).read_text())
    (folder / CONFIG_FILE).write_text(json.dumps(values | {"format_version": 1}))
    with pytest.raises(CheckpointError, match="format 1, this version reads 2"):
        model_revision(folder)


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


def torch_state(path: Path):  # type: ignore[no-untyped-def]
    from safetensors.torch import load_file

    return load_file(path)


def hugging_face_folder(model: Path, folder: Path) -> Path:
    """The encoder of a tiny extractor as a plain Hugging Face folder, with room for 512 tokens."""
    import torch
    from transformers import BertConfig, BertModel

    torch.manual_seed(1)
    values = json.loads((model / "config.json").read_text()) | {"max_position_embeddings": 512}
    BertModel(BertConfig(**values), add_pooling_layer=False).save_pretrained(folder)
    (folder / "tokenizer.json").write_bytes((model / "tokenizer.json").read_bytes())
    return folder


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


def test_only_an_extractor_can_be_mixed_in(tmp_path: Path) -> None:
    from engine.model.config import CheckpointError
    from engine.train.finetune import finetune
    from tests.tiny_model import save_tiny_model

    encoder = hugging_face_folder(save_tiny_model(tmp_path / "tiny"), tmp_path / "encoder")
    settings = FinetuneSettings(start_share=0.5)
    with pytest.raises(CheckpointError, match="is no extractor"):
        finetune(encoder, tmp_path / "out", data=tmp_path, settings=settings)
