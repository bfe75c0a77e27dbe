"""Text to words, their pieces and cues, and the token windows that the encoder reads.

A word is what the tokenizer's pre-tokenizer says (for BERT: runs between blanks and punctuation), without the blanks
that byte-level pieces carry, and cut at punctuation that stands in a piece of its own, where the pre-tokenizer cuts at
blanks alone. Heads work on words, so a mention can't begin inside a word piece, and each word belongs to exactly one
window: labels are stitched from the owning windows and decoded once a document, so no mention is lost or doubled at an
edge.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from string import punctuation
from typing import TYPE_CHECKING, Final
from unicodedata import category

import numpy as np

from engine.model.cues import NameList, mark_cases
from engine.schema import Span

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# Longer runs, such as a sequence of bases, are several words, as one must fit into a window. BERT's own limit, beyond
# which a word is one unknown piece, is as many characters.
_MAX_WORD_PIECES: Final = 100


@dataclass(frozen=True, slots=True)
class Words:
    """A tokenized text: word `w` is `text[starts[w]:ends[w]]`, its pieces `ids[first[w]:first[w + 1]]`.

    Shapes: `starts`, `ends` (n_words,); `first` (n_words + 1,); `ids` (n_tokens,), no special tokens. int32.
    `cues` (n_words, n_cues), uint8, see `engine.model.cues`.
    """

    ids: np.ndarray
    first: np.ndarray
    starts: np.ndarray
    ends: np.ndarray
    cues: np.ndarray

    def __len__(self) -> int:
        return len(self.starts)

    def find(self, span: Span) -> tuple[int, int] | None:
        """The half-open range of words that `span` touches, or None if it touches none."""
        low = int(np.searchsorted(self.ends, span.start, side="right"))
        high = int(np.searchsorted(self.starts, span.end, side="left"))
        return (low, high) if low < high else None

    def count_by_sentence(self, sentences: Sequence[Span]) -> list[int]:
        """How many words begin in each sentence that has any; those before the first sentence are by themselves."""
        starts = np.searchsorted(self.starts, [sentence.start for sentence in sentences])
        counts = np.diff(np.unique([0, *starts, len(self)]))
        return [int(count) for count in counts]


@dataclass(frozen=True, slots=True)
class Window:
    """Words `first:last` that the encoder reads at once; it owns `own_first:own_last` of them."""

    first: int
    last: int
    own_first: int
    own_last: int


class WordReader:
    """Reads texts as a model does: word pieces by its tokenizer, cues by its names."""

    def __init__(self, tokenizer: Tokenizer, names: NameList) -> None:
        self.tokenizer = tokenizer
        self.names = names

    def read(self, texts: Sequence[str]) -> list[Words]:
        """Tokenize texts without truncation, padding or special tokens."""
        encodings = self.tokenizer.encode_batch(list(texts), add_special_tokens=False)
        return [_words(encoding, text, self.names) for encoding, text in zip(encodings, texts, strict=True)]


def _words(encoding: object, text: str, names: NameList) -> Words:
    ids: list[int] = []
    first: list[int] = []
    starts: list[int] = []
    ends: list[int] = []
    previous = None
    for token, word, (start, end) in zip(encoding.ids, encoding.word_ids, encoding.offsets, strict=True):  # type: ignore[attr-defined]
        piece = text[start:end]
        start += len(piece) - len(piece.lstrip())
        end = start + len(piece.strip())
        if start == end:  # a piece that stands for no character, or for a blank alone
            continue
        goes_on = word is not None and word == previous
        # Pieces of one character, such as the bytes of a dash, begin before the one before them ends.
        if goes_on and ends[-1] <= start:
            goes_on = len(ids) - first[-1] < _MAX_WORD_PIECES and not _is_cut(text, ends[-1], start)
        if not goes_on:
            first.append(len(ids))
            starts.append(start)
            ends.append(end)
        else:
            ends[-1] = end
        previous = word
        ids.append(token)
    first.append(len(ids))
    written = [text[start:end] for start, end in zip(starts, ends, strict=True)]
    cues = np.concatenate([mark_cases(written), names.mark(written)], axis=1)
    pieces, bounds, begins, stops = (np.asarray(column, dtype=np.int32) for column in (ids, first, starts, ends))
    return Words(pieces, bounds, begins, stops, cues)


def _is_cut(text: str, before: int, start: int) -> bool:
    """Whether punctuation ends at `before` or begins at `start`."""
    return _is_punctuation(text[before - 1]) or _is_punctuation(text[start])


def _is_punctuation(character: str) -> bool:
    """As BERT's pre-tokenizer means it: all that ASCII has but letters, figures and blanks, and Unicode's own."""
    return character in punctuation or category(character).startswith("P")


def cut_windows(words: Words, sentences: Sequence[Span], *, max_tokens: int, overlap_tokens: int) -> list[Window]:
    """Cut a document into windows of at most `max_tokens` pieces that share about `overlap_tokens` pieces.

    A window ends at the last sentence end that leaves it at least half full, else at a word. The words shared by
    two windows are owned half by each: a word's owner has at least about half the overlap as context on each side.
    Returns: windows in order; every word is owned by exactly one.
    """
    n_words = len(words)
    sentence_ends = {found[1] for sentence in sentences if (found := words.find(sentence))}
    bounds: list[tuple[int, int]] = []
    first = 0
    while first < n_words:
        last = _last_that_fits(words, first, max_tokens)
        if last < n_words:
            half = first + (last - first) // 2
            last = max((end for end in sentence_ends if half < end <= last), default=last)
        bounds.append((first, last))
        if last >= n_words:
            break
        target = int(words.first[last]) - overlap_tokens
        first = max(first + 1, min(last, int(np.searchsorted(words.first, target, side="left"))))
    return _own(bounds, n_words)


def _last_that_fits(words: Words, first: int, max_tokens: int) -> int:
    limit = int(words.first[first]) + max_tokens
    last = int(np.searchsorted(words.first, limit, side="right")) - 1
    return max(last, first + 1)


def _own(bounds: list[tuple[int, int]], n_words: int) -> list[Window]:
    cuts = [0]
    cuts += [(last + first) // 2 for (_, last), (first, _) in itertools.pairwise(bounds)]
    cuts.append(n_words)
    return [
        Window(first, last, own_first, own_last)
        for (first, last), own_first, own_last in zip(bounds, cuts, cuts[1:], strict=False)
    ]
