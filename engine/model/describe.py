"""What a model folder says of itself, gathered from its files without opening the network: for people and programs.

Knows nothing of how it is shown.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from engine.model.checkpoint import REVISION_FILES, WEIGHTS_FILE, model_revision
from engine.model.config import CONFIG_FILE, CheckpointError, ExtractorConfig, list_training_runs

CARD_FILE: Final = "CARD.md"
FIGURES_FILE: Final = "evaluation.json"
_HEAD_LIMIT_BYTES: Final = 100 << 20
# DistilBERT has names of its own.
_ENCODER_KEYS: Final = {
    "model_type": ("model_type",),
    "num_hidden_layers": ("num_hidden_layers", "n_layers"),
    "hidden_size": ("hidden_size", "dim"),
}


def find_models(folder: Path) -> list[Path]:
    """The model folders at or below `folder`, sorted; hidden folders, such as a training's own state, are left out."""
    found = (path.parent for path in folder.rglob(CONFIG_FILE))
    return sorted(f for f in found if not any(part.startswith(".") for part in f.relative_to(folder).parts))


def describe_model(folder: Path) -> dict[str, Any]:
    """Revision, format, size, encoder, heads, labels with thresholds, classes, training in short, measured figures.

    `measured` is None where no evaluation lies beside the model.
    Raises: CheckpointError if a file is missing or can't be read.
    """
    revision = model_revision(folder)
    config = ExtractorConfig.load(folder)
    return {
        "folder": str(folder),
        "revision": revision,
        "format": config.format_version,
        "bytes": sum((folder / name).stat().st_size for name in REVISION_FILES),
        "parameters": count_parameters(folder / WEIGHTS_FILE),
        "encoder": read_encoder(folder),
        "max_tokens": config.max_tokens,
        "second_reading": {
            "rank": config.second_rank,
            "share": config.second_share,
            "from": {" ".join(types): chance for types, chance in config.read_again.items()},
        }
        if config.second_rank
        else None,
        "mention_heads": list(config.mention_heads),
        "labels": [
            {
                "head": head,
                "tail": tail,
                "predicate": predicate,
                "threshold": config.threshold(i),
                "balanced_threshold": config.balanced_thresholds[i] if config.balanced_thresholds else None,
            }
            for i, (head, tail, predicate) in enumerate(config.labels)
        ],
        "classes": {level: list(names) for level, names in config.classes.items()},
        "trained": [describe_run(run) for run in list_training_runs(config.trained)],
        "measured": _describe_figures(folder / FIGURES_FILE),
        "card": (folder / CARD_FILE).is_file(),
    }


def read_encoder(folder: Path) -> dict[str, Any]:
    """The encoder's kind, layers and dimensions by its `config.json`; what this doesn't state is None."""
    config = _read_json(folder / "config.json")
    return {name: next((config[key] for key in keys if key in config), None) for name, keys in _ENCODER_KEYS.items()}


def count_parameters(weights: Path) -> int:
    """Numbers in a safetensors file, from its head alone. Raises: CheckpointError if it is no such file."""
    with weights.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        head = file.read(length) if length <= _HEAD_LIMIT_BYTES else b""
    try:
        tensors = {name: value for name, value in json.loads(head).items() if name != "__metadata__"}
        return sum(_product(value["shape"]) for value in tensors.values())
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise CheckpointError(f"{weights} is no safetensors file: its head can't be read ({fault})") from fault


def describe_run(run: Mapping[str, Any]) -> dict[str, Any]:
    """A training run in short; what it doesn't state is None."""
    start = run.get("start") or {}
    return {
        "from": start.get("model_revision") or start.get("encoder") or None,
        **{name: run.get(name) for name in ("documents", "carved_documents", "planned_tokens", "step", "lexicon")},
        "passes": read_passes(run) or None,
        "teacher": (run.get("teacher") or {}).get("model_revision"),
        "graft": (run.get("graft") or {}).get("share"),
        "second": run.get("second"),
        "relation_head": run.get("relation_head"),
        "trim": (run.get("trim") or {}).get("left_out"),
        "mix": (run.get("mix") or {}).get("share"),
    }


def read_passes(run: Mapping[str, Any]) -> dict[str, float]:
    """How often a run read each corpus; a teacher's texts and judged pairs are named only where there were some."""
    passes = (run.get("settings") or {}).get("passes") or {}
    return {name: n for name, n in passes.items() if name not in ("teacher", "judged") or run.get(name)}


def _describe_figures(path: Path) -> dict[str, Any] | None:
    if not path.is_file():
        return None
    report = _read_json(path)
    return {
        "model_revision": report.get("model_revision"),
        "dtype": report.get("dtype"),
        "splits": {name: _f1_of(figures) for name, figures in report.get("splits", {}).items()},
    }


def _f1_of(figures: Mapping[str, Any]) -> dict[str, float]:
    """F1 of each mention type, of relations between given and between found mentions; only what was measured."""
    found = {f"{head} spans": counts["f1"] for head, counts in figures.get("spans", {}).items()}
    for name, key in (("relations", "relations"), ("end to end", "end_to_end"), ("classes", "classes")):
        if figures.get(key):
            found[name] = figures[f"{key}_micro"]["f1"]
    return found


def _product(shape: list[int]) -> int:
    product = 1
    for length in shape:
        product *= length
    return product


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as fault:
        raise CheckpointError(f"{path} is damaged: {fault}") from fault
    if not isinstance(content, dict):
        raise CheckpointError(f"{path} is damaged: expected an object, found {type(content).__name__}")
    return content
