"""Which windows a step reads, and how they are masked: a function of text, settings and the step's number alone.

So a run that was killed goes on without reading what it has passed, and all workers agree without talking.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from engine.train.pretrain.masking import MaskedBatch, Vocabulary, collate, mask_window
from engine.train.pretrain.settings import PretrainSettings
from engine.train.pretrain.windows import TokenizedText, Window, pack_documents, pair_sentences

# What a generator is for, so that no two of them give the same numbers.
_PACKING, _READING, _MASKING, _HELD_OUT = range(4)
SPECIAL_TOKENS: Final = 3  # the most that a window with one word in it carries


def cut_windows(text: TokenizedText, settings: PretrainSettings) -> list[Window]:
    """The windows of all documents, these in random order."""
    order = np.random.default_rng((settings.seed, _PACKING)).permutation(len(text.documents) - 1)
    cut = pair_sentences if settings.sentence_order else pack_documents
    return cut(text, [int(document) for document in order], max_tokens=settings.max_tokens)


class StepPlan:
    """The steps of a run over a text, by their numbers from 1 to `steps`."""

    def __init__(self, text: TokenizedText, vocabulary: Vocabulary, settings: PretrainSettings) -> None:
        self.windows = cut_windows(text, settings)
        self.steps = settings.steps or max(1, round(settings.passes * len(self.windows) / settings.batch_windows))
        self._text = text
        self._vocabulary = vocabulary
        self._settings = settings
        self._order: tuple[int, np.ndarray] = (-1, np.zeros(0, dtype=np.int64))

    def read_step(self, number: int) -> list[MaskedBatch]:
        """The micro-batches of a step; windows of like length share one."""
        first = (number - 1) * self._settings.batch_windows
        windows = [self._window(first + i) for i in range(self._settings.batch_windows)]
        seed = (self._settings.seed, _MASKING, number)
        return mask_batches(
            self._text, windows, self._vocabulary, self._settings, seed=seed, parts=self._settings.micro_batches
        )

    def _window(self, place: int) -> Window:
        """The window at a place of the run; every pass over the text has an order of its own."""
        round_, index = divmod(place, len(self.windows))
        if self._order[0] != round_:
            generator = np.random.default_rng((self._settings.seed, _READING, round_))
            self._order = (round_, generator.permutation(len(self.windows)))
        return self.windows[int(self._order[1][index])]


def held_out_batches(text: TokenizedText, vocabulary: Vocabulary, settings: PretrainSettings) -> list[MaskedBatch]:
    """The windows that every evaluation of a run reads, masked alike each time."""
    windows = cut_windows(text, settings)[: settings.held_out_windows]
    parts = -(-len(windows) * settings.micro_batches // settings.batch_windows)
    return mask_batches(text, windows, vocabulary, settings, seed=(settings.seed, _HELD_OUT), parts=parts)


def mask_batches(
    text: TokenizedText,
    windows: Sequence[Window],
    vocabulary: Vocabulary,
    settings: PretrainSettings,
    *,
    seed: Sequence[int],
    parts: int,
) -> list[MaskedBatch]:
    """Mask windows and lay them out in at most `parts` batches, the shortest first."""
    generator = np.random.default_rng(seed)
    masked = [
        mask_window(
            text,
            window,
            vocabulary,
            generator,
            mask_share=settings.mask_share,
            sentence_order=settings.sentence_order,
        )
        for window in windows
    ]
    masked.sort(key=lambda window: len(window.ids))
    edges = [len(masked) * part // parts for part in range(parts + 1)]
    return [collate(masked[low:high], pad_id=vocabulary.special.pad) for low, high in pairwise(edges) if low < high]
