"""Documents to tensors: windows sorted by length fill a token budget, heads see one flat list of words.

Heads never see padding: the pieces of all windows are pooled into `n_words` word vectors, documents one after
another. A pair with more than `MAX_CONTEXT_WORDS` between its ends has a longer context, no pair is cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.model.cues import CUES
from engine.model.pairs import Pair
from engine.model.text import Window, Words
from engine.schema import Span


@dataclass(frozen=True, slots=True)
class EncoderBatch:
    """What the encoder reads.

    Shapes: `ids`, `mask`, `word` (n_windows, n_tokens), int64; `word` holds the flat index of the word that a
    piece belongs to, or `n_words` for pieces that are special, padding, or owned by another window. `cues`
    (n_windows, n_tokens, n_cues), float32: those of each piece's word.
    """

    ids: np.ndarray
    mask: np.ndarray
    word: np.ndarray
    cues: np.ndarray
    n_words: int
    real_tokens: int


@dataclass(frozen=True, slots=True)
class PairBatch:
    """What the relation head reads: flat word ranges, half-open. Shapes: `*_words` (n_pairs, 2), others (n_pairs,)."""

    head_words: np.ndarray
    tail_words: np.ndarray
    context_words: np.ndarray
    type_pair: np.ndarray

    def __len__(self) -> int:
        return len(self.type_pair)

    def select(self, rows: np.ndarray) -> PairBatch:
        """The pairs at `rows`, in that order."""
        return PairBatch(self.head_words[rows], self.tail_words[rows], self.context_words[rows], self.type_pair[rows])


def window_tokens(words: Words, window: Window) -> int:
    """Pieces that the encoder reads of a window, its two special ones included."""
    return int(words.first[window.last] - words.first[window.first]) + 2


def collate_windows(windows: Sequence[tuple[Words, Window]], *, cls_id: int, sep_id: int, pad_id: int) -> EncoderBatch:
    """Lay out windows, each with its document's words, as padded rows between `cls_id` and `sep_id`.

    The flat list of words is those that the windows own, window after window: of all windows of some documents in
    their order, these documents' words.
    """
    lengths = [window_tokens(source, window) for source, window in windows]
    firsts = np.cumsum([0, *(window.own_last - window.own_first for _, window in windows)])
    n_words = int(firsts[-1])
    shape = (len(windows), max(lengths, default=2))
    ids = np.full(shape, pad_id, dtype=np.int64)
    word = np.full(shape, n_words, dtype=np.int64)
    mask = np.zeros(shape, dtype=np.int64)
    cues = np.zeros((*shape, len(CUES)), dtype=np.float32)
    for row, ((source, window), length) in enumerate(zip(windows, lengths, strict=True)):
        low, high = int(source.first[window.first]), int(source.first[window.last])
        ids[row, 0], ids[row, length - 1] = cls_id, sep_id
        ids[row, 1 : length - 1] = source.ids[low:high]
        mask[row, :length] = 1
        counts = np.diff(source.first[window.first : window.last + 1])
        owner = np.repeat(np.arange(window.first, window.last), counts)
        owned = (owner >= window.own_first) & (owner < window.own_last)
        cues[row, 1 : length - 1] = source.cues[owner]
        word[row, 1 : length - 1] = np.where(owned, owner - window.own_first + firsts[row], n_words)
    return EncoderBatch(ids, mask, word, cues, n_words, sum(lengths))


def collate_pairs(pairs: Sequence[Sequence[Pair]], word_counts: Sequence[int]) -> PairBatch:
    """Lay out the pairs of several documents over the flat list of their words."""
    offsets = np.cumsum([0, *word_counts])
    rows = [(pair, int(offset)) for document, offset in zip(pairs, offsets, strict=False) for pair in document]

    def ranges(name: str) -> np.ndarray:
        values = [(getattr(pair, name)[0] + offset, getattr(pair, name)[1] + offset) for pair, offset in rows]
        return np.asarray(values, dtype=np.int64).reshape(-1, 2)

    type_pair = np.asarray([pair.type_pair for pair, _ in rows], dtype=np.int64)
    return PairBatch(ranges("head_words"), ranges("tail_words"), ranges("context_words"), type_pair)


def collate_units(units: Sequence[Sequence[Span]], words: Sequence[Words]) -> np.ndarray:
    """Lay out the texts that get a class, spans of several documents, over the flat list of their words.

    Returns: half-open ranges, shape (n_units, 2), int64; a span that touches no word has none.
    """
    offsets = np.cumsum([0, *(len(w) for w in words)])
    ranges = [
        (found[0] + offset, found[1] + offset)
        for source, spans, offset in zip(words, units, offsets, strict=False)
        for span in spans
        if (found := source.find(span)) is not None
    ]
    return np.asarray(ranges, dtype=np.int64).reshape(-1, 2)


def fill_budget(lengths: Sequence[int], *, budget_tokens: int) -> list[list[int]]:
    """Group items of the given padded lengths, longest first, so that rows times longest stays within the budget.

    Returns: lists of indices; an item longer than the budget stands alone.
    """
    groups: list[list[int]] = []
    longest = 0
    for item in sorted(range(len(lengths)), key=lambda i: (-lengths[i], i)):
        if groups and (len(groups[-1]) + 1) * longest <= budget_tokens:
            groups[-1].append(item)
        else:
            groups.append([item])
            longest = lengths[item]
    return groups
