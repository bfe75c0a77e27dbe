"""Documents to windows: the runs of whole words that the encoder reads at once.

Packed windows are full: a document follows another, and one that doesn't fit goes on in the next window. Windows for
sentence order hold two neighbouring parts of one document, which costs padding. A word is what the tokenizer's
pre-tokenizer says. Knows nothing of masks. Measured: 220,000 tokens a CPU second from text to `TokenizedText`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np

from engine.segment import split_sentences

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Segment = tuple[int, int]  # words of the text, half-open
Window = tuple[Segment, ...]

_BATCH_DOCUMENTS = 64  # of full papers, whose encodings are many times larger than their ids


@dataclass(frozen=True, slots=True)
class TokenizedText:
    """Documents one after another: word `w` has the pieces `ids[words[w]:words[w + 1]]`.

    `documents` and `sentences` hold the first word of each, and at last the number of words. Shapes: `ids` (n_tokens,)
    int32; `words` (n_words + 1,), `documents` (n_documents + 1,), `sentences` (n_sentences + 1,), int64.
    """

    ids: np.ndarray
    words: np.ndarray
    documents: np.ndarray
    sentences: np.ndarray

    def fingerprint(self) -> str:
        """A hash of all of it, to tell one text from another."""
        digest = sha256()
        for column in (self.ids, self.words, self.documents, self.sentences):
            digest.update(column.tobytes())
        return digest.hexdigest()


def tokenize(texts: Sequence[str], tokenizer: Tokenizer, *, longest_word_tokens: int) -> TokenizedText:
    """Tokenize documents without special tokens; a longer word counts as several, so that each fits a window.

    Documents in which the tokenizer finds nothing are left out.
    """
    ids: list[np.ndarray] = []
    words: list[np.ndarray] = []
    documents: list[int] = []
    sentences: list[np.ndarray] = []
    n_tokens = n_words = 0
    for begin in range(0, len(texts), _BATCH_DOCUMENTS):
        batch = list(texts[begin : begin + _BATCH_DOCUMENTS])
        for text, encoding in zip(batch, tokenizer.encode_batch(batch, add_special_tokens=False), strict=True):
            if not encoding.ids:
                continue
            first = _first_pieces(encoding.word_ids, longest_word_tokens)
            # By their ends: to a byte-level tokenizer the blank before a word may be a part of it.
            ends = np.asarray([end for _, end in encoding.offsets])[np.append(first[1:], len(encoding.ids)) - 1]
            sentence_starts = [sentence.start for sentence in split_sentences(text)]
            at = np.unique(np.searchsorted(ends, sentence_starts, side="right"))
            documents.append(n_words)
            sentences.append(n_words + np.union1d([0], at[at < len(first)]))
            words.append(n_tokens + first)
            ids.append(np.asarray(encoding.ids, dtype=np.int32))
            n_tokens += len(encoding.ids)
            n_words += len(first)
    return TokenizedText(
        np.concatenate([*ids, np.zeros(0, dtype=np.int32)]),
        np.concatenate([*words, [n_tokens]]).astype(np.int64),
        np.asarray([*documents, n_words], dtype=np.int64),
        np.concatenate([*sentences, [n_words]]).astype(np.int64),
    )


def _first_pieces(word_ids: Sequence[int | None], longest: int) -> np.ndarray:
    """Indices of the pieces that begin a word."""
    number = np.asarray([-1 if word is None else word for word in word_ids], dtype=np.int64)
    begins = np.concatenate([[True], number[1:] != number[:-1]])
    index = np.arange(len(number))
    within = index - np.maximum.accumulate(np.where(begins, index, 0))
    return np.flatnonzero(within % longest == 0)


def pack_documents(text: TokenizedText, order: Sequence[int], *, max_tokens: int) -> list[Window]:
    """Fill windows with the documents in `order`; each segment is followed by a separator, and a window begins with
    one special token."""
    windows: list[Window] = []
    current: list[Segment] = []
    room = max_tokens - 1
    for document in order:
        first, end = int(text.documents[document]), int(text.documents[document + 1])
        while first < end:
            last = _last_that_fits(text, first, end, room - 1)
            if last == first:
                windows.append(tuple(current))
                current, room = [], max_tokens - 1
                continue
            current.append((first, last))
            room -= int(text.words[last] - text.words[first]) + 1
            first = last
    if current:
        windows.append(tuple(current))
    return windows


def pair_sentences(text: TokenizedText, order: Sequence[int], *, max_tokens: int) -> list[Window]:
    """Windows of whole sentences of one document, each in two segments that meet at the sentence end next to its
    middle; where there is no such end, in one segment, whose order can't be asked."""
    return [
        _split_near_middle(text, first, last)
        for document in order
        for first, last in _cut_at_sentences(text, document, max_tokens - 3)
    ]


def _cut_at_sentences(text: TokenizedText, document: int, max_tokens: int) -> Iterator[Segment]:
    first, end = int(text.documents[document]), int(text.documents[document + 1])
    while first < end:
        last = _last_that_fits(text, first, end, max_tokens)
        sentence_end = int(text.sentences[np.searchsorted(text.sentences, last, side="right") - 1])
        last = sentence_end if sentence_end > first else last
        yield first, last
        first = last


def _split_near_middle(text: TokenizedText, first: int, last: int) -> Window:
    low, high = np.searchsorted(text.sentences, [first + 1, last])
    inside = text.sentences[low:high]
    if not len(inside):
        return ((first, last),)
    middle = (text.words[first] + text.words[last]) / 2
    cut = int(inside[np.argmin(np.abs(text.words[inside] - middle))])
    return (first, cut), (cut, last)


def _last_that_fits(text: TokenizedText, first: int, end: int, room_tokens: int) -> int:
    limit = int(text.words[first]) + room_tokens
    return max(first, min(end, int(np.searchsorted(text.words, limit, side="right")) - 1))
