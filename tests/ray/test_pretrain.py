"""Pretraining by two workers of Ray Train against pretraining by one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.train.pretrain.settings import PretrainSettings
from jobs.pretrain import PretrainRun
from jobs.worker_group import train_on_ray
from tests.tiny_model import tiny_tokenizer

pytestmark = [pytest.mark.ray, pytest.mark.nightly, pytest.mark.usefixtures("ray_cluster")]


def test_two_workers_learn_what_one_learns(tmp_path: Path) -> None:
    """With dropout: it follows from the micro-batch, whichever worker reads that."""
    import torch
    from safetensors.torch import load_file
    from transformers import BertConfig, BertModel

    config = BertConfig(
        vocab_size=200,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=64,
    )
    start = tmp_path / "start"
    torch.manual_seed(0)
    BertModel(config).save_pretrained(start)
    tiny_tokenizer().save(str(start / "tokenizer.json"))
    text = tmp_path / "text.txt"
    text.write_text("".join(f"Aspirin {i} helps. It helps in asthma {i}.\n" for i in range(60)))
    settings = PretrainSettings(
        max_tokens=64,
        sentence_order=True,
        steps=10,
        batch_windows=8,
        rate=5e-3,
        dropout=0.1,
        held_out_share=0.2,
        evaluations=1,
    )
    one, two = (PretrainRun(start, tmp_path / name, (text,), None, settings, None, 1) for name in ("one", "two"))
    report = train_on_ray(two, workers=2)
    assert report["documents"] == one()["documents"]
    losses = [
        [json.loads(line)["loss"] for line in (run.out / "loss.jsonl").read_text().splitlines() if '"loss"' in line]
        for run in (one, two)
    ]
    assert len(losses[0]) == 10
    assert losses[1] == pytest.approx(losses[0], rel=1e-3)
    layer = "bert.encoder.layer.0.output.dense.weight"
    before = load_file(start / "model.safetensors")[layer.removeprefix("bert.")]
    alone, shared = (load_file(run.out / "model.safetensors")[layer] for run in (one, two))
    assert float(torch.dist(alone, shared)) < 0.05 * float(torch.dist(alone, before))
