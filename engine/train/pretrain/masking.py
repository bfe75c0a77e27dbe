"""Windows to what the network reads and is asked: hidden words, and whether two segments stand in their order.

Whole words are chosen, and all pieces of a word share its fate: 80 of 100 chosen words become mask tokens, 10 random
pieces, 10 stay as they are. Everything random comes from the caller's generator, so a step's masks follow from its
seed. Source: Devlin et al. 2019 (arXiv:1810.04805) and the whole-word variant of its code; order, Lan et al. 2020
(arXiv:1909.11942). Knows nothing of networks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from engine.model.special import SpecialIds, special_ids
from engine.train.pretrain.windows import TokenizedText, Window

if TYPE_CHECKING:
    from tokenizers import Tokenizer

NOT_ASKED: Final = -1
_SPECIAL: Final = -1  # the word of a piece that belongs to none
_UNCHOSEN, _MASKED, _RANDOM, _KEPT = range(4)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Ids of the special tokens, and all others, from which random pieces are drawn."""

    special: SpecialIds
    ordinary: np.ndarray

    @classmethod
    def of(cls, tokenizer: Tokenizer) -> Vocabulary:
        """Raises: CheckpointError if the tokenizer lacks a special token."""
        special = special_ids(tokenizer)
        added = {identity for identity, token in tokenizer.get_added_tokens_decoder().items() if token.special}
        ordinary = sorted(set(tokenizer.get_vocab().values()) - added - set(astuple(special)))
        return cls(special, np.asarray(ordinary, dtype=np.int64))


@dataclass(frozen=True, slots=True)
class MaskedWindow:
    """One window as it is read. Shapes: `ids` (n_tokens,), `asked` (n_asked,) positions, `targets` (n_asked,) ids.

    `in_order`: 1 or 0, or `NOT_ASKED`.
    """

    ids: np.ndarray
    asked: np.ndarray
    targets: np.ndarray
    in_order: int


@dataclass(frozen=True, slots=True)
class MaskedBatch:
    """Padded windows. Shapes: `ids`, `mask` (n_windows, n_tokens); `rows`, `columns`, `targets` (n_asked,); `in_order`
    (n_windows,). All int64."""

    ids: np.ndarray
    mask: np.ndarray
    rows: np.ndarray
    columns: np.ndarray
    targets: np.ndarray
    in_order: np.ndarray

    @property
    def n_ordered(self) -> int:
        """Windows whose order is asked."""
        return int((self.in_order != NOT_ASKED).sum())


def mask_window(
    text: TokenizedText,
    window: Window,
    vocabulary: Vocabulary,
    generator: np.random.Generator,
    *,
    mask_share: float,
    sentence_order: bool,
) -> MaskedWindow:
    """Lay out a window, hide `mask_share` of its words, at least one, and swap its two segments half of the time."""
    in_order = NOT_ASKED
    if sentence_order and len(window) == 2:
        in_order = int(generator.random() < 0.5)
        window = window if in_order else window[::-1]
    ids, word = _lay_out(text, window, vocabulary)
    n_words = int(word.max()) + 1
    fates = np.full(n_words + 1, _UNCHOSEN)  # the last one is that of special tokens, which have the index -1
    chosen = generator.permutation(n_words)[: max(1, round(mask_share * n_words))]
    fates[chosen] = generator.choice([_MASKED, _RANDOM, _KEPT], size=len(chosen), p=[0.8, 0.1, 0.1])
    fate = fates[word]
    asked = np.flatnonzero(fate != _UNCHOSEN)
    targets = ids[asked]
    ids = np.where(fate == _MASKED, vocabulary.special.mask, ids)
    random = fate == _RANDOM
    ids[random] = generator.choice(vocabulary.ordinary, size=int(random.sum()))
    return MaskedWindow(ids, asked, targets, in_order)


def _lay_out(text: TokenizedText, window: Window, vocabulary: Vocabulary) -> tuple[np.ndarray, np.ndarray]:
    """Pieces with special tokens, and the word within the window that each belongs to. Shapes: (n_tokens,) both."""
    ids = [np.asarray([vocabulary.special.begin])]
    word = [np.asarray([_SPECIAL])]
    n_words = 0
    for first, last in window:
        ids += [text.ids[text.words[first] : text.words[last]], np.asarray([vocabulary.special.end])]
        counts = np.diff(text.words[first : last + 1])
        word += [n_words + np.repeat(np.arange(last - first), counts), np.asarray([_SPECIAL])]
        n_words += last - first
    return np.concatenate(ids).astype(np.int64), np.concatenate(word)


def collate(windows: Sequence[MaskedWindow], *, pad_id: int) -> MaskedBatch:
    """Pad windows to the longest of them."""
    shape = (len(windows), max(len(window.ids) for window in windows))
    ids = np.full(shape, pad_id, dtype=np.int64)
    mask = np.zeros(shape, dtype=np.int64)
    for row, window in enumerate(windows):
        ids[row, : len(window.ids)] = window.ids
        mask[row, : len(window.ids)] = 1
    return MaskedBatch(
        ids,
        mask,
        np.repeat(np.arange(len(windows)), [len(window.asked) for window in windows]),
        np.concatenate([window.asked for window in windows]),
        np.concatenate([window.targets for window in windows]),
        np.asarray([window.in_order for window in windows]),
    )
