"""Leaves out of an extractor the word pieces that no English text needs: half of a small model are its word vectors.

Pieces of Latin and Greek letters, figures and signs stay, and the special ones; those of other scripts go, and those
that were never used. Where a text has neither, its pieces, and so all scores, stay the same; a word of another script
becomes one unknown piece.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from unicodedata import name

from tokenizers import Tokenizer

from engine.model.checkpoint import describe_start, open_network, open_reader, save_network
from engine.model.config import CheckpointError
from engine.model.special import special_ids
from engine.model.text import WordReader

_UNUSED: Final = re.compile(r"\[unused\d+\]")
# Words of a letter's Unicode name that tell another script; signs and letters of none of them stay.
_SCRIPTS: Final = (
    *("CJK", "KATAKANA", "HIRAGANA", "KATAKANA-HIRAGANA", "HANGUL", "IDEOGRAPHIC", "KANGXI"),
    *("ARABIC", "HEBREW", "CYRILLIC", "ARMENIAN", "GEORGIAN", "THAI", "TIBETAN", "MYANMAR", "KHMER", "LAO"),
    *("DEVANAGARI", "BENGALI", "TAMIL", "TELUGU", "KANNADA", "MALAYALAM", "SINHALA", "GUJARATI", "GURMUKHI", "ORIYA"),
)


def trim(extractor: Path, out: Path) -> int:
    """Write to `out` the extractor without the pieces that English doesn't need; returns how many were left out.

    Raises: CheckpointError if the tokenizer isn't one of word pieces.
    """
    import torch

    network, config = open_network(extractor, dtype=torch.float32, device="cpu")
    reader = open_reader(extractor)
    described: dict[str, Any] = json.loads(reader.tokenizer.to_str())
    if described["model"]["type"] != "WordPiece":
        raise CheckpointError(f"{extractor}: its tokenizer is of type {described['model']['type']}, not WordPiece")
    special = {token["content"] for token in described["added_tokens"]}
    before: dict[str, int] = described["model"]["vocab"]
    if not special <= before.keys():
        raise CheckpointError(f"{extractor}: the vocabulary lacks {', '.join(sorted(special - before.keys()))}")
    kept = [piece for piece in sorted(before, key=before.__getitem__) if piece in special or is_needed(piece)]
    after = {piece: number for number, piece in enumerate(kept)}
    described["model"]["vocab"] = after
    for token in described["added_tokens"]:
        token["id"] = after[token["content"]]
    described["post_processor"] = None  # would add special pieces by their old numbers; windows add their own
    words = network.encoder.get_input_embeddings()  # type: ignore[operator]
    chosen = words.weight.data[[before[piece] for piece in kept]]
    tokenizer = Tokenizer.from_str(json.dumps(described))
    padding = special_ids(tokenizer).pad
    fewer = torch.nn.Embedding(len(kept), chosen.shape[1], padding_idx=padding)
    fewer.weight.data = chosen
    network.encoder.set_input_embeddings(fewer)  # type: ignore[operator]
    network.encoder_config.vocab_size = len(kept)
    network.encoder_config.pad_token_id = padding
    trained: dict[str, object] = {"start": describe_start(extractor), "trim": {"left_out": len(before) - len(kept)}}
    save_network(network, replace(config, trained=trained), WordReader(tokenizer, reader.names), out)
    return len(before) - len(kept)


def is_needed(piece: str) -> bool:
    """Whether a piece may stand in English text: it is no placeholder, and has no letter of another script."""
    if _UNUSED.fullmatch(piece):
        return False
    return not any(name(letter, "").split(" ")[0] in _SCRIPTS for letter in piece if ord(letter) > 127)
