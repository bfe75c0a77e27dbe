"""A start from nothing: a WordPiece tokenizer trained on the text, and an encoder of random weights beside it.

The folder is written once, before any worker starts, and is then a start like any other; so a run that goes on reads
the same tokenizer and the same weights.
"""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoConfig, AutoModelForMaskedLM, PreTrainedTokenizerFast

from engine.model.config import CheckpointError
from engine.model.special import special_ids

_SPECIAL: Final = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_ROLES: Final = {"pad": "[PAD]", "cls": "[CLS]", "sep": "[SEP]", "bos": "[CLS]", "eos": "[SEP]"}
_ALPHABET_CHARS: Final = 1000
_ASKED_FILE: Final = "scratch.json"


def write_scratch_start(
    config_file: Path, texts: Sequence[str], folder: Path, *, vocabulary_size: int, seed: int
) -> Path:
    """Write a random encoder of the shape that `config_file` gives, with a tokenizer of its own; returns `folder`.

    Only the embeddings' size and the special tokens' ids in the config are replaced.
    Raises: CheckpointError if the file describes no encoder with a masked-language model, or `folder` was made of
    other values or other texts.
    """
    text = sha256("\0".join(texts).encode()).hexdigest()
    asked = {"config": _read_json(config_file), "vocabulary_size": vocabulary_size, "seed": seed, "text": text}
    if folder.is_dir():
        made = json.loads((folder / _ASKED_FILE).read_text(encoding="utf-8"))
        if not made.items() <= asked.items():  # older versions didn't keep the text's hash
            raise CheckpointError(
                f"{folder} was made of another text, config, vocabulary size or seed; choose another OUT"
            )
        return folder
    config = _read_config(config_file)
    tokenizer = train_wordpiece(texts, vocabulary_size=vocabulary_size)
    config.vocab_size = tokenizer.get_vocab_size()
    for name, token in _ROLES.items():
        if getattr(config, f"{name}_token_id", None) is not None:
            setattr(config, f"{name}_token_id", tokenizer.token_to_id(token))
    torch.manual_seed(seed)
    try:
        model = AutoModelForMaskedLM.from_config(config)
    except ValueError as fault:
        raise CheckpointError(f"{config_file} describes no masked language model: {fault}") from fault
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    model.save_pretrained(partial)
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=getattr(config, "max_position_embeddings", None),
        **{f"{token.strip('[]').lower()}_token": token for token in _SPECIAL},
    ).save_pretrained(partial)
    (partial / _ASKED_FILE).write_text(json.dumps(asked) + "\n", encoding="utf-8")
    os.replace(partial, folder)
    return folder


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as fault:
        raise CheckpointError(f"{path} is no JSON: {fault}") from fault


def _read_config(path: Path) -> Any:
    values = _read_json(path)
    if not isinstance(values, dict) or "model_type" not in values:
        raise CheckpointError(f"{path} is no Hugging Face config: expected an object with `model_type`")
    try:
        return AutoConfig.for_model(values.pop("model_type"), **values)
    except (ValueError, TypeError) as fault:
        raise CheckpointError(f"{path}: {fault}") from fault


def train_wordpiece(texts: Sequence[str], *, vocabulary_size: int) -> Tokenizer:
    """Train BERT's kind of tokenizer, lower case, on texts; a small text may give fewer pieces than were asked for.

    The trainer numbers the letters inside words in an order that changes from run to run, and breaks ties by these
    numbers (huggingface/tokenizers, issue 1794). So it is told these letters as if they were special tokens, and a
    clean tokenizer is made of the pieces that it finds.
    """
    letters = find_letters(texts)
    trainer = trainers.WordPieceTrainer(
        vocab_size=vocabulary_size,
        special_tokens=[*_SPECIAL, *(f"##{letter}" for letter in letters)],
        initial_alphabet=letters,
        limit_alphabet=len(letters),
        show_progress=False,
    )
    trained = _bert_tokenizer(models.WordPiece(unk_token="[UNK]"))
    trained.train_from_iterator(texts, trainer, length=len(texts))
    tokenizer = _bert_tokenizer(models.WordPiece(trained.get_vocab(), unk_token="[UNK]"))
    tokenizer.add_special_tokens(list(_SPECIAL))
    special = special_ids(tokenizer)
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", special.end), ("[CLS]", special.begin))
    return tokenizer


def find_letters(texts: Iterable[str]) -> list[str]:
    """The commonest characters that are not blank, as the tokenizer normalises them; sorted."""
    normalizer = normalizers.BertNormalizer(lowercase=True)
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update("".join(normalizer.normalize_str(text).split()))
    commonest = sorted(counts, key=lambda letter: (-counts[letter], letter))
    return sorted(commonest[:_ALPHABET_CHARS])


def _bert_tokenizer(model: models.WordPiece) -> Tokenizer:
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer
