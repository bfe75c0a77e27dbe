"""`hypograph models trim`: which word pieces go, and that English and Greek are read as before."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from tokenizers import Tokenizer

from engine.model.checkpoint import TOKENIZER_FILE, open_network, open_reader, save_network
from engine.model.config import ExtractorConfig
from engine.model.predict import Document, Predictor
from engine.model.special import special_ids
from engine.model.text import WordReader
from engine.model.trim import is_needed
from engine.schema import Span
from jobs.cli import main
from tests.tiny_model import save_tiny_model

TEXT = "TNF-α inhibits β-catenin in 5 µM zinc ± ≥ Å; naïve"
GOES = ("[unused7]", "中", "##й", "ア", "ב")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A tiny extractor whose special pieces don't come first, with pieces of several scripts."""
    folder = save_tiny_model(tmp_path / "tiny", second_rank=2)
    network, config = open_network(folder, dtype=torch.float32, device="cpu")
    reader = open_reader(folder)
    described = json.loads(reader.tokenizer.to_str())
    pieces = [*GOES[:2], *described["model"]["vocab"], *GOES[2:], "α", "β"]
    described["model"]["vocab"] = {piece: number for number, piece in enumerate(pieces)}
    network.encoder.resize_token_embeddings(len(pieces))
    network.encoder_config.vocab_size = len(pieces)
    tokenizer = Tokenizer.from_str(json.dumps(described))
    save_network(network, config, WordReader(tokenizer, reader.names), folder)
    return folder


@pytest.mark.parametrize(
    ("piece", "needed"),
    [("zinc", True), ("##α", True), ("é", True), ("≥", True), ("₂", True), *((piece, False) for piece in GOES)],
)
def test_what_english_text_needs(piece: str, needed: bool) -> None:
    assert is_needed(piece) is needed


def test_english_and_greek_are_read_as_before(model: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["models", "trim", str(model), str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    assert "5 word pieces left out" in done.output
    found = []
    for folder in (model, tmp_path / "out"):
        network, config = open_network(folder, dtype=torch.float32, device="cpu")
        reader = open_reader(folder)
        assert len(network.encoder.get_input_embeddings().weight) == reader.tokenizer.get_vocab_size()
        predictor = Predictor(network, reader, replace(config, second_from=()), budget_tokens=256)
        found.append(predictor.predict([Document(TEXT, [Span(0, len(TEXT))])])[0])
    assert found[0].spans == found[1].spans
    assert np.array_equal(found[0].tags, found[1].tags)
    assert np.array_equal(found[0].scores, found[1].scores)
    tokenizer = open_reader(tmp_path / "out").tokenizer
    assert tokenizer.encode("中", add_special_tokens=False).tokens == ["[UNK]"]
    assert set(GOES).isdisjoint(tokenizer.get_vocab())
    special = special_ids(tokenizer)
    assert tokenizer.id_to_token(special.begin) == "[CLS]"
    trained = ExtractorConfig.load(tmp_path / "out").trained
    assert trained["trim"] == {"left_out": 5}
    assert CliRunner().invoke(main, ["models", "verify", str(tmp_path / "out")]).exit_code == 0
    info = CliRunner().invoke(main, ["models", "info", str(tmp_path / "out")]).output
    assert "without 5 word pieces that no English text needs" in info


def test_a_tokenizer_of_another_kind_is_refused(model: Path, tmp_path: Path) -> None:
    from engine.model.checkpoint import save_sums

    described = json.loads((model / TOKENIZER_FILE).read_text())
    vocabulary = described["model"]["vocab"]
    described["model"] = {"type": "WordLevel", "vocab": vocabulary, "unk_token": "[UNK]"}
    (model / TOKENIZER_FILE).write_text(json.dumps(described))
    save_sums(model)
    refused = CliRunner().invoke(main, ["models", "trim", str(model), str(tmp_path / "out")])
    assert refused.exit_code == 1
    assert "is of type WordLevel, not WordPiece" in refused.output
