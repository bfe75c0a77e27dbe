"""How long a fine-tuning says that it took: every step, and over all calls that worked at it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from engine.train import progress
from engine.train.settings import FinetuneSettings


def test_seconds_are_those_of_all_calls_up_to_now(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: clock[0])
    settings = FinetuneSettings(checkpoint_every_steps=1, evaluations=1)

    def run(max_steps: int) -> dict[str, object]:
        training = progress.Progress(tmp_path, {"model": torch.nn.Linear(1, 1)}, {"seed": 1})
        for number in training.steps_to_take(5, settings, max_steps=max_steps, leads=True):
            clock[0] += 2.0
            training.note(number, 5, {"loss": 1.0})
        return training.report({}, write=True)

    assert run(3)["seconds"] == 6
    clock[0] += 1000.0  # nobody works at it
    assert run(5)["seconds"] == 10
    assert json.loads((tmp_path / "training.json").read_text())["seconds"] == 10
