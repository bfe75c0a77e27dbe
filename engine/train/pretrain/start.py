"""What a pretraining run starts from and leaves behind: ordinary Hugging Face folders of an encoder.

A start without a masked-language head gets an untrained one. Knows nothing of training.
"""

from __future__ import annotations

import logging
import shutil
from pathlib import Path
from typing import Any, Final, cast

import torch
from transformers import AutoConfig, AutoModelForMaskedLM
from transformers.utils import logging as transformers_logging

from engine.model.checkpoint import (
    ATTENTION_DROPOUTS,
    HIDDEN_DROPOUTS,
    TOKENIZER_FILE,
    check_length,
    open_tokenizer,
    set_dropout,
)
from engine.model.config import CONFIG_FILE, CheckpointError
from engine.train.pretrain.network import PretrainNetwork
from engine.train.pretrain.settings import PretrainSettings

log = logging.getLogger(__name__)

_TOKENIZER_FILES: Final = (
    *(TOKENIZER_FILE, "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"),
    *("vocab.txt", "vocab.json", "merges.txt"),
)


def open_start(folder: Path, settings: PretrainSettings) -> PretrainNetwork:
    """Open an encoder to train on, in float32; what it lacks of heads is drawn from the seed.

    Raises: CheckpointError if the folder holds no complete encoder, or one that reads shorter windows.
    """
    if (folder / CONFIG_FILE).is_file():
        raise CheckpointError(f"{folder} is an extractor; pretraining goes on from an encoder, as it was before")
    if not (folder / "config.json").is_file():
        raise CheckpointError(f"{folder} is no Hugging Face folder: config.json is missing")
    config = AutoConfig.from_pretrained(folder, local_files_only=True)
    check_length(folder, settings.max_tokens)
    set_dropout(config, settings.dropout)
    config.tie_word_embeddings = True
    torch.manual_seed(settings.seed)
    model = _load(folder, config)
    rows, pieces = model.get_input_embeddings().num_embeddings, open_tokenizer(folder).get_vocab_size()
    if pieces > rows:
        raise CheckpointError(f"{folder} embeds {rows} word pieces, its tokenizer has {pieces}")
    if model.get_output_embeddings().weight is not model.get_input_embeddings().weight:
        raise CheckpointError(f"{folder}: {type(model).__name__} doesn't tie its output to its input embeddings")
    return PretrainNetwork(model, sentence_order=settings.sentence_order)


def _load(folder: Path, config: Any) -> Any:
    before = transformers_logging.get_verbosity()
    transformers_logging.set_verbosity_error()  # which weights are missing is judged below
    try:
        model, found = AutoModelForMaskedLM.from_pretrained(
            folder, config=config, local_files_only=True, dtype=torch.float32, output_loading_info=True
        )
    except (OSError, ValueError) as fault:
        raise CheckpointError(f"{folder} can't be opened as a masked language model: {fault}") from fault
    finally:
        transformers_logging.set_verbosity(before)
    missing = sorted(found["missing_keys"])
    lost = [name for name in missing if name.startswith(f"{model.base_model_prefix}.")]
    if lost:
        raise CheckpointError(f"{folder} lacks {len(lost)} of the encoder's weights, {lost[0]} for one")
    if missing:
        log.info("%s has no masked-language head: it gets an untrained one", folder)
    return model


def save_encoder(network: PretrainNetwork, *, start: Path, out: Path) -> None:
    """Leave the encoder with its masked-language head in `out`, with the tokenizer and the dropout of `start`."""
    out.mkdir(parents=True, exist_ok=True)
    model = cast(Any, network.model)
    model.save_pretrained(out)
    config = AutoConfig.from_pretrained(out, local_files_only=True)
    before = AutoConfig.from_pretrained(start, local_files_only=True)
    for name in (*HIDDEN_DROPOUTS, *ATTENTION_DROPOUTS):
        if hasattr(before, name):
            setattr(config, name, getattr(before, name))
    config.save_pretrained(out)
    for name in _TOKENIZER_FILES:
        if (start / name).is_file():
            shutil.copyfile(start / name, out / name)
