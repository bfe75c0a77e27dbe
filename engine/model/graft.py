"""Gives an extractor what a pretraining changed in its encoder, without training it anew.

Extractor and pretrained encoder began as the same base. What pretraining added to each of the base's weights is added
to the extractor's, by a share: its heads still fit, and a training that goes on from there starts with both.
Source: task vectors, Ilharco et al. 2023 (arXiv:2212.04089).
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from engine.model.checkpoint import (
    describe_start,
    load_encoder,
    open_first_reading,
    open_reader,
    open_tokenizer,
    save_network,
)
from engine.model.config import CheckpointError

if TYPE_CHECKING:
    from torch import Tensor

_REPORT_FILE: Final = "training.json"  # beside an encoder that `hypograph pretrain` wrote
_REPORTED: Final = ("documents", "tokens", "steps")


def graft(extractor: Path, out: Path, *, pretrained: Path, base: Path, share: float = 1.0) -> None:
    """Write to `out` the extractor whose encoder has got `share` of what differs between `pretrained` and `base`.

    `pretrained`, `base`: Hugging Face folders. Thresholds stay those of `extractor`: choose them anew by training.
    A second reading is left out.
    Raises: CheckpointError naming the folder if encoders or tokenizers don't fit each other.
    """
    network, config = open_first_reading(extractor)
    changed, before = load_encoder(pretrained).state_dict(), load_encoder(base).state_dict()
    weights = network.encoder.state_dict()
    for folder, other in ((pretrained, changed), (base, before)):
        _check_fit(extractor, weights, folder, other)
    for name, value in weights.items():
        if value.is_floating_point():
            value.add_(changed[name] - before[name], alpha=share)
    trained: dict[str, object] = {
        "start": describe_start(extractor),
        "graft": {"share": share, "base": describe_start(base), "pretraining": _read_report(pretrained)},
    }
    save_network(network, replace(config, trained=trained), open_reader(extractor), out)


def _check_fit(extractor: Path, weights: dict[str, Tensor], folder: Path, other: dict[str, Tensor]) -> None:
    if open_tokenizer(folder).get_vocab() != open_tokenizer(extractor).get_vocab():
        raise CheckpointError(
            f"{folder} has another vocabulary than {extractor}: what it learned can't be carried over"
        )
    for name, value in weights.items():
        found = other.get(name)
        if found is None or found.shape != value.shape:
            shape = "none" if found is None else tuple(found.shape)
            raise CheckpointError(f"{folder} doesn't fit {extractor}: {name} is {tuple(value.shape)}, there {shape}")


def _read_report(folder: Path) -> dict[str, Any]:
    path = folder / _REPORT_FILE
    report = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return {name: report[name] for name in _REPORTED if name in report}
