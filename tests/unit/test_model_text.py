from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from engine.extract import Extractor
from engine.model.cues import NameList
from engine.model.decode import decode_bio, tag_runs
from engine.model.predict import Document
from engine.model.text import WordReader, cut_windows
from engine.schema import Span
from jobs.settings import SHIPPED_MODEL
from tests.tiny_model import tiny_reader


@pytest.fixture(scope="module")
def reader() -> WordReader:
    return tiny_reader()


def test_words_follow_the_pre_tokenizer(reader: WordReader) -> None:
    text = "IL-6 inhibits\nTNF."
    (words,) = reader.read([text])
    surfaces = [text[s:e] for s, e in zip(words.starts, words.ends, strict=True)]
    assert surfaces == ["IL", "-", "6", "inhibits", "TNF", "."]
    assert words.first[-1] == len(words.ids)


def bytes_as_pieces() -> Tokenizer:
    """As ModernBERT's tokenizer: pieces, bytes and " aspirin", carry the blank before them, and nothing trims it."""
    merged = ["Ġaspirin"[:length] for length in range(2, 9)]
    pieces = [*sorted(pre_tokenizers.ByteLevel.alphabet()), *merged]
    merges = [(piece[:-1], piece[-1]) for piece in merged]
    tokenizer = Tokenizer(models.BPE(vocab={piece: i for i, piece in enumerate(pieces)}, merges=merges))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return tokenizer


def trimmed_bytes() -> Tokenizer:
    """As RoBERTa's, which trims all but a blank before the whole text."""
    tokenizer = bytes_as_pieces()
    tokenizer.post_processor = processors.RobertaProcessing(("!", 0), ("!", 0))
    return tokenizer


def letters_between_blanks() -> Tokenizer:
    """As those of XLM-RoBERTa and ALBERT: words end at blanks alone, punctuation is a piece among others."""
    pieces = ["<unk>", "▁", *map(chr, range(33, 127)), "β", "–"]
    tokenizer = Tokenizer(models.Unigram([(piece, 0.0) for piece in pieces], 0))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    return tokenizer


def letters_after_blanks() -> Tokenizer:
    """As DeBERTa's: pieces carry the blank before them, and words end at blanks alone."""
    tokenizer = letters_between_blanks()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    return tokenizer


@pytest.mark.parametrize("build", [bytes_as_pieces, trimmed_bytes, letters_between_blanks, letters_after_blanks])
def test_words_have_no_blanks_and_end_at_punctuation_whatever_the_pieces(build: Callable[[], Tokenizer]) -> None:
    text = " An aspirin (ASA), β–catenin  inhibitor."
    (words,) = WordReader(build(), NameList.of([])).read([text])
    surfaces = [text[s:e] for s, e in zip(words.starts, words.ends, strict=True)]
    assert surfaces == ["An", "aspirin", "(", "ASA", ")", ",", "β", "–", "catenin", "inhibitor", "."]
    assert words.first[-1] == len(words.ids)
    assert (words.ends[:-1] <= words.starts[1:]).all()


def test_a_word_of_more_pieces_than_a_window_holds_is_several() -> None:
    text = "The primer ACGT" + 300 * "ACGβ" + " binds."
    (words,) = WordReader(bytes_as_pieces(), NameList.of([])).read([text])
    assert np.diff(words.first).max() <= 101
    assert (words.ends[:-1] <= words.starts[1:]).all()
    assert text[words.starts[2] : words.ends[-3]] == text.split()[2], "nothing of it is left out"
    windows = cut_windows(words, [Span(0, len(text))], max_tokens=510, overlap_tokens=64)
    assert max(int(words.first[w.last] - words.first[w.first]) for w in windows) <= 510


def test_find_returns_the_words_a_span_touches(reader: WordReader) -> None:
    (words,) = reader.read(["aspirin blocks COX"])
    assert words.find(Span(0, 7)) == (0, 1)
    assert words.find(Span(3, 10)) == (0, 2)
    assert words.find(Span(7, 8)) is None


@pytest.mark.parametrize(
    ("sentences", "counts"),
    [
        ([Span(0, 6), Span(7, 13), Span(14, 17)], [2, 3, 2]),
        ([Span(7, 13)], [2, 5]),
        ([Span(0, 6), Span(6, 7), Span(7, 17)], [2, 5]),  # one without a word
        ([], [7]),
    ],
)
def test_words_are_of_the_sentence_that_they_begin_in(
    reader: WordReader, sentences: list[Span], counts: list[int]
) -> None:
    (words,) = reader.read(["a blue\nno ox. b c"])
    assert words.count_by_sentence(sentences) == counts


def test_a_short_text_is_one_window(reader: WordReader) -> None:
    (words,) = reader.read(["aspirin blocks COX"])
    (window,) = cut_windows(words, [Span(0, 18)], max_tokens=100, overlap_tokens=8)
    assert (window.first, window.last, window.own_first, window.own_last) == (0, 3, 0, 3)


def test_an_empty_text_has_no_window(reader: WordReader) -> None:
    (words,) = reader.read([""])
    assert len(words) == 0
    assert cut_windows(words, [], max_tokens=100, overlap_tokens=8) == []


def test_windows_end_at_sentences(reader: WordReader) -> None:
    text = "a a a a a . b b b b b . c c c c c ."
    (words,) = reader.read([text])
    sentences = [Span(0, 11), Span(12, 23), Span(24, 35)]
    windows = cut_windows(words, sentences, max_tokens=14, overlap_tokens=4)
    assert windows[0].last == 12


def test_neither_names_nor_scopes_leave_their_sentence() -> None:
    predictor = Extractor(model=SHIPPED_MODEL, threads=1, dtype="float32").predictor
    text = "Cisplatin does not cure lung cancer\nLung cancer progresses on aspirin"
    end = text.index("\n")
    (read,) = predictor.predict([Document(text, [Span(0, end), Span(end + 1, len(text))])])
    assert [text[s.start : s.end].lower() for s, _ in read.mentions].count("lung cancer") == 2
    assert not any(s.start < end < s.end for s in read.spans)


def test_decoding_spells_spans() -> None:
    assert tag_runs(np.array([0, 1, 2, 1, 0, 2, 2])) == [(1, 3), (3, 4), (5, 7)]


def test_decoding_gives_offsets_head_and_score(reader: WordReader) -> None:
    text = "low dose aspirin blocks COX"
    (words,) = reader.read([text])
    tags = np.zeros((5, 2), dtype=np.int64)
    tags[2, 1], tags[4, 0] = 1, 2
    probabilities = np.zeros((5, 2, 3))
    probabilities[2, 1] = (0.1, 0.8, 0.1)
    probabilities[4, 0] = (0.2, 0.2, 0.6)
    spans = decode_bio(tags, probabilities, words)
    assert [(text[s.start : s.end], s.head, round(s.score, 3)) for s in spans] == [("aspirin", 1, 0.8), ("COX", 0, 0.6)]
