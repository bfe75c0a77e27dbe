"""Names by how they are spelt: the index against a count by hand."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.link.near import NearNames, near_arrays
from engine.link.words import words_of_name

WORDS = st.frozensets(st.text("abcde", min_size=1, max_size=7), min_size=1, max_size=3)


def runs(words: Collection[str]) -> set[str]:
    padded = [f"  {word} " for word in words]
    return {word[i : i + 4] for word in padded for i in range(len(word) - 3)}


@given(st.lists(WORDS, min_size=1, max_size=12), WORDS)
def test_likeness_is_the_cosine_of_runs(names: list[frozenset[str]], asked: frozenset[str]) -> None:
    """Every name that shares a run is found, the likest first, with the weights that counting by hand gives."""
    places = np.arange(10, 10 + len(names), dtype=np.uint32)
    found = NearNames(near_arrays(places, names)).search(asked, limit=len(names))
    held = Counter(run for name in names for run in runs(name))

    def weight(some: set[str]) -> float:
        return sum(max(0.0, math.log(len(names) / (1 + held[run]))) ** 2 for run in some)

    expected = {10 + i: weight(runs(name) & runs(asked)) for i, name in enumerate(names)}
    assert {near.surface for near in found} == {place for place, shared in expected.items() if shared > 0}
    for near in found:
        name = names[near.surface - 10]
        assert near.shared == pytest.approx(expected[near.surface], rel=1e-4)
        assert near.added == pytest.approx(weight(runs(name) - runs(asked)), rel=1e-4, abs=1e-3)
        assert near.missed == pytest.approx(weight(runs(asked) - runs(name)), rel=1e-4, abs=1e-3)
        assert 0 <= near.cosine <= 1.0001
    assert [near.cosine for near in found] == sorted((near.cosine for near in found), reverse=True)


def test_at_most_as_many_as_are_asked_for() -> None:
    names = [words_of_name(name) for name in ("lung cyst", "lung abscess", "lung bleeding", "heart block", "ear ache")]
    index = NearNames(near_arrays(np.arange(5), names))
    assert len(index.search(words_of_name("lungs"), limit=2)) == 2
    assert index.search(words_of_name("qqqqqq"), limit=2) == []
    assert index.search(frozenset(), limit=2) == []


def test_an_index_of_nothing_finds_nothing() -> None:
    assert NearNames(near_arrays(np.zeros(0), [])).search({"lung"}, limit=3) == []
