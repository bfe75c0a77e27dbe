"""The pieces of a tokenizer that stand for no text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.model.config import CheckpointError

if TYPE_CHECKING:
    from tokenizers import Tokenizer


@dataclass(frozen=True, slots=True)
class SpecialIds:
    """Ids of the tokens that begin and end a window, fill it up, and stand for a hidden piece."""

    begin: int
    end: int
    pad: int
    mask: int


def special_ids(tokenizer: Tokenizer) -> SpecialIds:
    """The tokenizer's special tokens, in BERT's or RoBERTa's spelling. Raises: CheckpointError if it lacks one.

    One that the tokenizer marks as special goes first: MPNet, which uses <s>, has BERT's [CLS] as an ordinary piece.
    """
    marked = {identity for identity, token in tokenizer.get_added_tokens_decoder().items() if token.special}
    found = []
    for names in (("[CLS]", "<s>"), ("[SEP]", "</s>"), ("[PAD]", "<pad>"), ("[MASK]", "<mask>")):
        ids = [identity for name in names if (identity := tokenizer.token_to_id(name)) is not None]
        if not ids:
            raise CheckpointError(f"the tokenizer has none of the special tokens {', '.join(names)}")
        found.append(next((identity for identity in ids if identity in marked), ids[0]))
    return SpecialIds(*found)
