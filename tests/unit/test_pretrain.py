"""Pretraining tiny encoders: from any start or from nothing, cut and gone on, through the command line."""

from __future__ import annotations

import json
import math
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from engine.model.config import CheckpointError, ExtractorConfig
from engine.train.chart import Series, draw_chart, round_ticks
from engine.train.pretrain.settings import PretrainSettings
from engine.train.pretrain.windows import tokenize
from jobs.cli import main
from tests.tiny_model import HEADS, save_tiny_model, tiny_tokenizer

SETTINGS = PretrainSettings(
    max_tokens=64, batch_windows=8, steps=6, rate=1e-3, held_out_share=0.2, evaluations=1, checkpoint_every_steps=2
)
SHAPE = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> None:
    import torch

    torch.set_num_threads(1)


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "text.txt"
    path.write_text("".join(f"Aspirin {i} helps. It helps in asthma {i}.\n" for i in range(60)))
    return path


@pytest.fixture
def encoder(tmp_path: Path) -> Path:
    """A BERT without a masked-language head, as sentence encoders are published."""
    import torch
    from transformers import BertConfig, BertModel

    torch.manual_seed(1)
    folder = tmp_path / "encoder"
    config = BertConfig(vocab_size=200, max_position_embeddings=64, **SHAPE)
    BertModel(config).save_pretrained(folder)
    tiny_tokenizer().save(str(folder / "tokenizer.json"))
    return folder


def lines(out: Path) -> list[dict[str, float]]:
    return [json.loads(line) for line in (out / "loss.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("sentence_order", [False, True])
def test_a_cut_run_goes_on_with_the_same_losses(
    tmp_path: Path, text: Path, encoder: Path, monkeypatch: pytest.MonkeyPatch, sentence_order: bool
) -> None:
    """Killed in its fifth step and started again, it has the losses and weights of an undisturbed run, bit for bit."""
    import torch
    from safetensors.torch import load_file, save_file

    from engine.train.pretrain.run import pretrain
    from engine.train.pretrain.steps import Losses, PretrainSteps
    from engine.train.state import StateError

    settings = replace(SETTINGS, sentence_order=sentence_order, dropout=0.1)
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    pretrain(encoder, whole, text=[text], settings=settings)
    take_step = PretrainSteps.run_step

    def die(self: PretrainSteps, number: int, *arguments: object) -> Losses:
        losses = take_step(self, number, *arguments)  # type: ignore[arg-type]
        if number == 5:
            raise KeyboardInterrupt
        return losses

    with monkeypatch.context() as patch:
        patch.setattr(PretrainSteps, "run_step", die)
        with pytest.raises(KeyboardInterrupt):
            pretrain(encoder, cut, text=[text], settings=settings)
    pretrain(encoder, cut, text=[text], settings=settings)
    assert lines(cut) == lines(whole)
    assert [row["step"] for row in lines(whole)] == [0, 1, 2, 3, 4, 5, 6, 6]
    assert ("order_loss" in lines(whole)[1]) == sentence_order
    one, other = (load_file(out / "model.safetensors") for out in (whole, cut))
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)
    with pytest.raises(StateError, match="other settings"):
        pretrain(encoder, cut, text=[text], settings=replace(settings, rate=2e-3))
    weights = load_file(encoder / "model.safetensors")
    weights["embeddings.word_embeddings.weight"][0, 0] += 1
    save_file(weights, encoder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(StateError, match="another start"):
        pretrain(encoder, cut, text=[text], settings=settings)
    history = json.loads((cut / "training.json").read_text())["history"]
    assert [row["step"] for row in history] == [0, 6]
    assert (history[0]["order_accuracy"] is not None) == sentence_order


def test_the_result_is_a_start_for_the_extractor(tmp_path: Path, text: Path, encoder: Path) -> None:
    import torch
    from transformers import AutoConfig, AutoModelForMaskedLM

    from engine.model.checkpoint import fresh_network, open_tokenizer
    from engine.train.pretrain.run import pretrain

    out = tmp_path / "out"
    pretrain(encoder, out, text=[text], settings=SETTINGS)
    model, found = AutoModelForMaskedLM.from_pretrained(out, local_files_only=True, output_loading_info=True)
    assert not found["missing_keys"]
    assert model.get_output_embeddings().weight is model.get_input_embeddings().weight
    learned = model.bert.embeddings.word_embeddings.weight
    network = fresh_network(out, ExtractorConfig(mention_heads=HEADS))
    assert torch.equal(network.encoder.embeddings.word_embeddings.weight, learned)
    assert not torch.equal(fresh_network(encoder, network.config).encoder.embeddings.word_embeddings.weight, learned)
    assert open_tokenizer(out).to_str() == open_tokenizer(encoder).to_str()
    before, after = (AutoConfig.from_pretrained(folder) for folder in (encoder, out))
    assert before.hidden_dropout_prob == after.hidden_dropout_prob == 0.1
    assert before.attention_probs_dropout_prob == after.attention_probs_dropout_prob == 0.1


@pytest.mark.parametrize(("sentence_order", "perplexity", "accuracy"), [(False, 30, 0.08), (True, 5, 0.6)])
def test_the_loss_falls(
    tmp_path: Path, encoder: Path, sentence_order: bool, perplexity: float, accuracy: float
) -> None:
    """Letters that come in one order are learned; where each window begins with the same, nearly all of it."""
    from engine.train.pretrain.run import pretrain

    text = tmp_path / "toy.txt"
    text.write_text("".join(f"a b c d e f g h. I {i} j k l m n o p.\n" for i in range(100)))
    settings = replace(SETTINGS, steps=60, rate=1e-2, sentence_order=sentence_order, batch_windows=16, max_tokens=32)
    report = pretrain(encoder, tmp_path / "out", text=[text], settings=settings)
    first, last = report["history"]  # type: ignore[misc]
    assert first["perplexity"] > 100
    assert last["perplexity"] < perplexity
    assert last["accuracy"] > accuracy > first["accuracy"]
    if sentence_order:
        assert last["order_accuracy"] > 0.9
    losses = [row["loss"] for row in lines(tmp_path / "out") if "loss" in row]
    assert np.mean(losses[-10:]) < 0.8 * np.mean(losses[:10])


def test_a_run_that_diverges_ends_with_its_figures(tmp_path: Path, encoder: Path) -> None:
    from engine.train.pretrain.run import pretrain

    text = tmp_path / "toy.txt"
    text.write_text("".join(f"a b c d e f g h. I {i} j k l m n o p.\n" for i in range(100)))
    settings = replace(SETTINGS, steps=20, rate=1e4, batch_windows=16, max_tokens=32)
    history = pretrain(encoder, tmp_path / "out", text=[text], settings=settings)["history"]
    assert math.isfinite(history[-1]["perplexity"])  # type: ignore[index]
    assert history[-1]["perplexity"] > history[0]["perplexity"]  # type: ignore[index]


@pytest.mark.parametrize("kind", ["Bert", "Roberta", "DistilBert", "ModernBert", "Electra", "Albert", "MPNet"])
def test_only_hidden_pieces_reach_the_vocabulary(kind: str) -> None:
    """Whatever the architecture, the logits are those that the whole model gives at the asked positions."""
    import torch
    import transformers

    from engine.train.pretrain.masking import MaskedBatch
    from engine.train.pretrain.network import BatchTensors, PretrainNetwork

    shape = {"dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 64} if kind == "DistilBert" else SHAPE
    ids = {"pad_token_id": 0, "bos_token_id": 2, "eos_token_id": 3}
    torch.manual_seed(0)
    config = getattr(transformers, f"{kind}Config")(vocab_size=200, max_position_embeddings=64, **shape, **ids)
    model = getattr(transformers, f"{kind}ForMaskedLM")(config).eval()
    windows = np.random.default_rng(0).integers(5, 200, (3, 20))
    mask = np.ones((3, 20), dtype=np.int64)
    mask[2, 15:] = 0
    rows, columns = np.asarray([0, 0, 1, 2]), np.asarray([1, 5, 19, 3])
    batch = MaskedBatch(windows, mask, rows, columns, windows[rows, columns], np.asarray([1, 0, -1]))
    tensors = BatchTensors.of(batch, torch.device("cpu"))
    with torch.inference_mode():
        whole = model(input_ids=tensors.ids, attention_mask=tensors.mask).logits[rows, columns]
        answers = PretrainNetwork(model, sentence_order=True).eval()(tensors)
    assert answers.words.shape == (4, 200)
    torch.testing.assert_close(answers.words, whole)
    assert answers.order_losses(tensors).shape == (2,)


def test_an_encoder_from_nothing_reads_with_a_tokenizer_of_its_own(tmp_path: Path, text: Path) -> None:
    from transformers import AutoTokenizer

    from engine.model.checkpoint import open_tokenizer

    config = tmp_path / "shape.json"
    config.write_text(json.dumps({"model_type": "bert", "max_position_embeddings": 64, **SHAPE}))
    out = tmp_path / "out"
    arguments = ["pretrain", str(out), "--text", str(text), "--from-scratch", str(config), "--vocab-size", "120"]
    arguments += ["--steps", "2", "--batch-windows", "4", "--max-tokens", "32", "--held-out", "0.2", "--threads", "1"]
    result = CliRunner().invoke(main, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout.splitlines()[-1])["steps"] == 2
    tokenizer = open_tokenizer(out)
    assert json.loads((out / "config.json").read_text())["vocab_size"] == tokenizer.get_vocab_size() <= 120
    said = "Aspirin 7 helps. It helps in asthma 7."
    assert tokenizer.decode(tokenizer.encode(said).ids).replace(" .", ".") == said.lower()
    assert tokenizer.token_to_id("aspirin") is not None
    ours, theirs = tokenizer.encode(said).ids, AutoTokenizer.from_pretrained(out)(said)["input_ids"]
    assert ours == theirs
    assert ours[0] == tokenizer.token_to_id("[CLS]")
    assert (tokenize([said], tokenizer, longest_word_tokens=29).ids == ours[1:-1]).all()
    other = tmp_path / "other.txt"
    other.write_text(text.read_text() + "Zinc helps.\n")
    for changed in (["--vocab-size", "110"], ["--text", str(other)]):
        again = CliRunner().invoke(main, [*arguments, *changed])
        assert again.exit_code == 1
        assert "start was made of another text, config, vocabulary size or seed" in again.output


def test_a_start_from_nothing_goes_on_with_its_own_text_alone(tmp_path: Path) -> None:
    """Also where a run was killed before its first checkpoint; one of an older version doesn't say what it read."""
    from engine.train.pretrain.scratch import write_scratch_start

    config = tmp_path / "shape.json"
    config.write_text(json.dumps({"model_type": "bert", "max_position_embeddings": 64, **SHAPE}))

    def start(*texts: str) -> Path:
        return write_scratch_start(config, texts, tmp_path / "start", vocabulary_size=100, seed=13)

    assert start("aspirin helps", "zinc") == start("aspirin helps", "zinc")
    with pytest.raises(CheckpointError, match="another text"):
        start("aspirin", "helps zinc")
    asked = json.loads((tmp_path / "start" / "scratch.json").read_text())
    del asked["text"]
    (tmp_path / "start" / "scratch.json").write_text(json.dumps(asked))
    assert start("aspirin", "helps zinc") == tmp_path / "start"


def test_a_tokenizer_follows_from_its_text_alone() -> None:
    """The library's trainer by itself gives two tokenizers for this text, by chance: its issue 1794."""
    from engine.train.pretrain.scratch import train_wordpiece

    text = ["Wel come to the 🤗 Tok en izers libr ary."]
    first, *others = (train_wordpiece(text, vocabulary_size=200).to_str() for _ in range(20))
    assert set(others) == {first}
    tokenizer = train_wordpiece(text, vocabulary_size=200)
    assert [token.content for token in tokenizer.get_added_tokens_decoder().values()] == [
        *("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"),
    ]
    assert tokenizer.encode("Tokens", add_special_tokens=False).tokens[0] == "tok"


@pytest.mark.parametrize(
    ("content", "said"),
    [("{", "no JSON"), ('{"hidden_size": 3}', "model_type"), ('{"model_type": "llama"}', "no masked language model")],
)
def test_a_shape_that_describes_no_encoder_is_named(tmp_path: Path, text: Path, content: str, said: str) -> None:
    config = tmp_path / "shape.json"
    config.write_text(content)
    arguments = ["pretrain", str(tmp_path / "out"), "--text", str(text), "--from-scratch", str(config)]
    result = CliRunner().invoke(main, [*arguments, "--held-out", "0.2"])
    assert result.exit_code == 1, result.output
    assert "shape.json" in result.output
    assert said in result.output


def test_starts_that_can_not_be_trained_on_are_refused(tmp_path: Path, encoder: Path) -> None:
    from safetensors.torch import load_file, save_file

    from engine.train.pretrain.start import open_start

    with pytest.raises(CheckpointError, match="reads at most 64 tokens"):
        open_start(encoder, replace(SETTINGS, max_tokens=65))
    with pytest.raises(CheckpointError, match="is an extractor"):
        open_start(save_tiny_model(tmp_path / "extractor"), SETTINGS)
    with pytest.raises(CheckpointError, match=r"config\.json is missing"):
        open_start(tmp_path, SETTINGS)
    tokenizer = tiny_tokenizer()
    tokenizer.add_tokens([f"word{i}" for i in range(10)])
    tokenizer.save(str(encoder / "tokenizer.json"))
    with pytest.raises(CheckpointError, match="embeds 200 word pieces, its tokenizer has 203"):
        open_start(encoder, SETTINGS)
    weights = load_file(encoder / "model.safetensors")
    del weights["encoder.layer.1.output.dense.weight"]
    save_file(weights, encoder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(CheckpointError, match=r"lacks 1 of the encoder's weights, bert\.encoder\.layer\.1"):
        open_start(encoder, SETTINGS)


def test_usage_errors_come_before_any_work(tmp_path: Path, text: Path, encoder: Path) -> None:
    out, shape = str(tmp_path / "out"), str(text)
    for arguments, said in (
        ([str(encoder), out, "--text", str(tmp_path / "absent.txt")], "absent.txt"),
        ([out, "--text", str(text)], "expected ENCODER OUT, got 1 folders"),
        ([str(encoder), out, "--text", str(text), "--from-scratch", shape], "expected OUT, got 2 folders"),
        ([str(encoder), out, "--text", str(text), "--workers", "3"], "2 micro-batches"),
    ):
        result = CliRunner().invoke(main, ["pretrain", *arguments])
        assert result.exit_code == 2, result.output
        assert said in result.output
    (tmp_path / "empty.txt").touch()
    result = CliRunner().invoke(main, ["pretrain", str(encoder), out, "--text", str(tmp_path / "empty.txt")])
    assert result.exit_code == 1
    assert "empty.txt holds no document" in result.output
    assert not Path(out).exists()


def test_the_picture_shows_every_series() -> None:
    series = [Series("<training>", [(0, 3.0), (50, 2.0), (100, 1.5)]), Series("held out", [(100, 1.7)], dots=True)]
    picture = ElementTree.fromstring(draw_chart(series, title="t", x_label="step", y_label="loss"))
    space = "{http://www.w3.org/2000/svg}"
    lines_, dots = picture.findall(f"{space}polyline"), picture.findall(f"{space}circle")
    assert [len(str(line.get("points")).split()) for line in lines_] == [3, 1]
    assert len(dots) == 1
    assert "<training>" in [element.text for element in picture.iter(f"{space}text")]
    assert round_ticks(1.5, 3.0) == [1.5, 2.0, 2.5, 3.0]
    assert round_ticks(2.0, 2.0) == [1.4, 1.6, 1.8, 2.0, 2.2, 2.4, 2.6]
    with pytest.raises(ValueError, match="needs a point"):
        draw_chart([], title="t", x_label="step", y_label="loss")
