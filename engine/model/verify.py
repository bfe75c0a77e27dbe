"""Checks a model folder from its files to a forward pass, and names the file where something is wrong."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from engine.link.archive import ArchiveError
from engine.model.checkpoint import (
    REVISION_FILES,
    SUMS_FILE,
    TOKENIZER_FILE,
    WEIGHTS_FILE,
    model_revision,
    open_network,
    open_reader,
    open_tokenizer,
    read_sums,
    read_weights,
)
from engine.model.config import CONFIG_FILE, CheckpointError, ExtractorConfig
from engine.model.cues import NAMES_FILE, NameList
from engine.model.describe import FIGURES_FILE
from engine.model.special import special_ids
from engine.schema import Span

_SENTENCE: Final = "Gemcitabine inhibits RRM1 in pancreatic cancer."
_ENDS: Final = ("Gemcitabine", "RRM1")


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, a file or a step, and what was found."""

    what: str
    ok: bool
    message: str


def verify_model(folder: Path) -> list[Check]:
    """Check that a model folder is whole and works. Later checks need the earlier ones: those stop at the first fault.

    Returns: the checks made, in order; the folder is good if all are `ok`.
    """
    checks = list(_check_files(folder))
    if not all(check.ok for check in checks):
        return checks
    steps: tuple[tuple[str, Callable[[Path], str]], ...] = (
        (CONFIG_FILE, _open_config),
        ("config.json", _open_encoder_config),
        (TOKENIZER_FILE, _open_tokenizer),
        (NAMES_FILE, _open_names),
        (WEIGHTS_FILE, _open_weights),
        ("forward pass", _read_sentence),
    )
    for what, step in steps:
        try:
            checks.append(Check(what, True, step(folder)))
        except (CheckpointError, ArchiveError, OSError, ValueError, KeyError, TypeError, RuntimeError) as fault:
            checks.append(Check(what, False, f"{type(fault).__name__}: {fault}"))
            break
    return checks


def _check_files(folder: Path) -> Iterator[Check]:
    """Each file is there and is what it was when the model was written and measured."""
    sums = read_sums(folder)
    whole = True
    for name in REVISION_FILES:
        try:
            found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        except OSError as fault:
            whole = False
            reason = "is missing" if isinstance(fault, FileNotFoundError) else f"can't be read: {fault.strerror}"
            yield Check(name, False, f"{folder / name} {reason}")
            continue
        expected = sums.get(name)
        if expected is not None and expected != found:
            whole = False
            yield Check(name, False, f"{folder / name} has SHA-256 {found}, {SUMS_FILE} says {expected}")
        else:
            yield Check(name, True, f"SHA-256 {found[:12]}..." + ("" if expected else f", {SUMS_FILE} doesn't name it"))
    if whole:
        yield _check_revision(folder)


def _check_revision(folder: Path) -> Check:
    try:
        revision = model_revision(folder)
    except (CheckpointError, ValueError) as fault:
        return Check(CONFIG_FILE, False, str(fault))
    figures = folder / FIGURES_FILE
    if not figures.is_file():
        return Check("revision", True, f"{revision}; no {FIGURES_FILE} to compare it with")
    try:
        measured = json.loads(figures.read_text(encoding="utf-8"))["model_revision"]
    except (OSError, ValueError, KeyError, TypeError) as fault:
        return Check(FIGURES_FILE, False, f"{figures} is damaged: {type(fault).__name__}: {fault}")
    if measured != revision:
        return Check(FIGURES_FILE, False, f"{figures} was measured on revision {measured}, the files are {revision}")
    return Check("revision", True, f"{revision}, the one that was measured")


def _open_config(folder: Path) -> str:
    config = ExtractorConfig.load(folder)
    return f"format {config.format_version}, {len(config.mention_heads)} heads, {len(config.labels)} labels"


def _open_encoder_config(folder: Path) -> str:
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(folder, local_files_only=True)
    return f"{config.model_type}, hidden size {config.hidden_size}"


def _open_tokenizer(folder: Path) -> str:
    json.loads((folder / TOKENIZER_FILE).read_text(encoding="utf-8"))
    tokenizer = open_tokenizer(folder)
    special_ids(tokenizer)
    return f"{tokenizer.get_vocab_size()} word pieces"


def _open_names(folder: Path) -> str:
    return f"{len(NameList.open(folder / NAMES_FILE).hashes)} names"


def _open_weights(folder: Path) -> str:
    import torch

    weights = read_weights(folder)
    for name, tensor in weights.items():
        if not torch.isfinite(tensor).all():
            raise CheckpointError(f"{folder / WEIGHTS_FILE}: {name} holds a value that is no finite number")
    return f"{sum(tensor.numel() for tensor in weights.values())} finite numbers in {len(weights)} tensors"


def _read_sentence(folder: Path) -> str:
    """Run the network in float32 on one sentence with known mentions, so that a relation head has pairs to score."""
    import torch

    from engine.model.predict import BUDGET_TOKENS, Document, Predictor

    network, config = open_network(folder, dtype=torch.float32, device="cpu")
    predictor = Predictor(network, open_reader(folder), config, budget_tokens=BUDGET_TOKENS)
    types = config.labels[0][:2] if config.labels else ()
    starts = [(_SENTENCE.index(name), name, type) for name, type in zip(_ENDS, types, strict=False)]
    mentions = [(Span(start, start + len(name)), type) for start, name, type in starts]
    (read,) = predictor.predict([Document(_SENTENCE, [Span(0, len(_SENTENCE))], mentions)])
    values: list[Any] = [*read.scores.ravel().tolist(), *(span.score for span in read.spans)]
    values += [label.score for label in read.labels]
    if (config.labels and not read.scores.size) or not np.isfinite(values).all():
        raise CheckpointError("a forward pass gives scores that are no finite numbers")
    return f"{len(values)} finite scores of one sentence and {len(read.pairs)} pairs of its mentions"
