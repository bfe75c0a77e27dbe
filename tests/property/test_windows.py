"""No mention is lost or doubled at a window's edge, whatever the text, the window and the overlap."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.model.batch import collate_windows, fill_budget
from engine.model.cues import CUES
from engine.model.decode import decode_bio
from engine.model.text import Words, cut_windows
from engine.schema import Span


@st.composite
def documents(draw: st.DrawFn) -> tuple[Words, list[Span]]:
    pieces = draw(st.lists(st.integers(1, 5), min_size=1, max_size=120))
    starts = np.cumsum([0, *(p + 1 for p in pieces)])[:-1]
    words = Words(
        ids=np.arange(sum(pieces), dtype=np.int32),
        first=np.cumsum([0, *pieces]).astype(np.int32),
        starts=starts.astype(np.int32),
        ends=(starts + pieces).astype(np.int32),
        cues=np.zeros((len(pieces), len(CUES)), dtype=np.uint8),
    )
    breaks = sorted(draw(st.sets(st.integers(1, len(pieces)), max_size=10)) | {len(pieces)})
    first = 0
    sentences = []
    for last in breaks:
        sentences.append(Span(int(words.starts[first]), int(words.ends[last - 1])))
        first = last
    return words, [s for s in sentences if s.start < s.end]


@settings(max_examples=200, deadline=None)
@given(documents(), st.integers(8, 40), st.integers(0, 7))
def test_every_word_is_owned_once_and_windows_fit(document: tuple[Words, list[Span]], size: int, overlap: int) -> None:
    words, sentences = document
    windows = cut_windows(words, sentences, max_tokens=size, overlap_tokens=overlap)
    owned = [w for window in windows for w in range(window.own_first, window.own_last)]
    assert owned == list(range(len(words)))
    for window in windows:
        assert window.first <= window.own_first <= window.own_last <= window.last
        assert words.first[window.last] - words.first[window.first] <= size


@settings(max_examples=200, deadline=None)
@given(documents(), st.integers(8, 40), st.integers(0, 7), st.data())
def test_mentions_survive_the_edges(
    document: tuple[Words, list[Span]], size: int, overlap: int, data: st.DataObject
) -> None:
    """Tags are scattered over the windows' pieces and pooled back; the decoded spans are those of the whole text."""
    words, sentences = document
    tags = np.array(data.draw(st.lists(st.integers(0, 2), min_size=len(words), max_size=len(words))))
    windows = cut_windows(words, sentences, max_tokens=size, overlap_tokens=overlap)
    batch = collate_windows([(words, window) for window in windows], cls_id=-1, sep_id=-2, pad_id=-3)
    piece_tag = np.append(np.repeat(tags, np.diff(words.first)), 0)
    pooled = np.zeros((batch.n_words + 1, 3))
    np.add.at(pooled, batch.word.ravel(), np.eye(3)[piece_tag[batch.ids.ravel()]])
    stitched = pooled[: batch.n_words, None] / np.diff(words.first)[:, None, None]
    direct = np.eye(3)[tags][:, None]
    assert np.allclose(stitched, direct)
    assert decode_bio(stitched.argmax(-1), stitched, words) == decode_bio(direct.argmax(-1), direct, words)


@settings(max_examples=100, deadline=None)
@given(st.lists(documents(), min_size=1, max_size=4), st.integers(8, 40), st.integers(0, 7), st.data())
def test_windows_may_be_laid_out_in_any_order(
    read: list[tuple[Words, list[Span]]], size: int, overlap: int, data: st.DataObject
) -> None:
    """Each owned word's pieces carry its place among the words that the chosen windows own, in their order."""
    windows = [
        (words, window)
        for words, sentences in read
        for window in cut_windows(words, sentences, max_tokens=size, overlap_tokens=overlap)
    ]
    chosen = data.draw(st.permutations(windows))
    batch = collate_windows(chosen, cls_id=-1, sep_id=-2, pad_id=-3)
    owned = [
        words.ids[words.first[w] : words.first[w + 1]] for words, x in chosen for w in range(x.own_first, x.own_last)
    ]
    assert batch.n_words == len(owned) == sum(len(words) for words, _ in read)
    for place, pieces in enumerate(owned):
        assert batch.ids[batch.word == place].tolist() == pieces.tolist()


@given(st.lists(st.integers(1, 600), max_size=60), st.integers(64, 2048))
def test_budget_holds_and_nothing_is_left_out(lengths: list[int], budget: int) -> None:
    groups = fill_budget(lengths, budget_tokens=budget)
    assert sorted(i for group in groups for i in group) == list(range(len(lengths)))
    for group in groups:
        assert len(group) == 1 or len(group) * max(lengths[i] for i in group) <= budget
