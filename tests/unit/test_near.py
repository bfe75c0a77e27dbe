"""Names by how they are spelt: the index against a count by hand."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.link.near import NearNames, largest, near_arrays
from engine.link.words import words_of_name

WORDS = st.frozensets(st.text("abcde", min_size=1, max_size=7), min_size=1, max_size=3)


def runs(words: Collection[str]) -> set[str]:
    padded = [f"  {word} " for word in words]
    return {word[i : i + 4] for word in padded for i in range(len(word) - 3)}


def index_of(names: Sequence[frozenset[str]], *, first: int = 0) -> NearNames:
    """The index of names whose surface forms are numbered from `first`."""
    forms: dict[frozenset[str], list[int]] = {}
    for place, name in enumerate(names, start=first):
        forms.setdefault(name, []).append(place)
    counts = np.array([len(places) for places in forms.values()], np.int64)
    starts = np.concatenate([[0], np.cumsum(counts)])
    places = np.array([place for places in forms.values() for place in places], np.int64)
    return NearNames({**near_arrays(list(forms), counts), "point_form": places, "point_form_start": starts})


@given(st.lists(WORDS, min_size=1, max_size=12), WORDS)
def test_likeness_is_the_cosine_of_runs(names: list[frozenset[str]], asked: frozenset[str]) -> None:
    """Every name that shares a run is found, the likest first, with the weights that counting by hand gives."""
    found = index_of(names, first=10).search(asked, limit=len(names))
    held = Counter(run for name in names for run in runs(name))

    def weight(some: set[str]) -> float:
        return sum(max(0.0, math.log(len(names) / (1 + held[run]))) ** 2 for run in some)

    expected = {10 + i: weight(runs(name) & runs(asked)) for i, name in enumerate(names)}
    assert {near.surface for near in found} == {place for place, shared in expected.items() if shared > 0}
    for near in found:
        name = names[near.surface - 10]
        assert near.words == list(dict.fromkeys(names)).index(name)
        assert near.shared == pytest.approx(expected[near.surface], rel=1e-4)
        assert near.added == pytest.approx(weight(runs(name) - runs(asked)), rel=1e-4, abs=1e-3)
        assert near.missed == pytest.approx(weight(runs(asked) - runs(name)), rel=1e-4, abs=1e-3)
        assert 0 <= near.cosine <= 1.0001
    assert [near.cosine for near in found] == sorted((near.cosine for near in found), reverse=True)


def test_at_most_as_many_as_are_asked_for() -> None:
    names = [words_of_name(name) for name in ("lung cyst", "lung abscess", "lung bleeding", "heart block", "ear ache")]
    index = index_of(names)
    assert len(index.search(words_of_name("lungs"), limit=2)) == 2
    assert index.search(words_of_name("qqqqqq"), limit=2) == []
    assert index.search(frozenset(), limit=2) == []


def test_of_names_that_are_equally_like_the_first_are_found() -> None:
    names = ["lung cyst", "cysts of the lung", "heart block", "lungs, cyst", "ear ache", "skin rash", "eye injury"]
    index = index_of([words_of_name(name) for name in names])
    assert [near.surface for near in index.search(words_of_name("lung cysts"), limit=2)] == [0, 1]
    assert [near.surface for near in index.search(words_of_name("lung cysts"), limit=9)] == [0, 1, 3]


def test_an_index_of_nothing_finds_nothing() -> None:
    assert index_of([]).search({"lung"}, limit=3) == []


@given(st.data(), st.integers(0, 4), st.sampled_from([0, 1, 63, 64, 65, 200, 323]), st.sampled_from([-math.inf, 2.0]))
def test_the_largest_are_those_of_a_stable_sort(data: st.DataObject, limit: int, columns: int, least: float) -> None:
    """Whether a row is short or long enough to be dealt into groups, and however many values are the same."""
    most = data.draw(st.integers(1, 9))
    values = np.random.default_rng(data.draw(st.integers(0, 99))).integers(0, most, (3, columns)).astype(np.float32)
    for row, places in zip(values, largest(values, limit, least=least), strict=True):
        order = [place for place in np.argsort(-row, kind="stable").tolist() if row[place] >= least]
        assert places.tolist() == order[:limit]
