"""Names by how they are spelt: the index against a count by hand, and which of the concepts found is the likest."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.link.likest import likest
from engine.link.near import Near, NearNames, near_arrays
from engine.link.words import words_of_name
from tests.unit.tiny_lexicon import entry, lexicon_of

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


def test_the_likest_is_the_one_that_is_ahead_and_adds_little() -> None:
    lexicon = lexicon_of(
        [
            entry("mondo:1", "Disease", {"bladder inflammation": 1}),
            entry("mondo:2", "Disease", {"familial gall bladder inflammation of childhood": 1}),
            entry("mondo:3", "Disease", {"migraine": 1}),
            entry("mondo:4", "Disease", {"deafness": 1}),
            entry("hgnc:1", "Gene", {"bladder inflammatory protein": 1}, taxon="ncbitaxon:9606"),
        ]
    )
    found = lexicon.candidates_near("inflammatory bladder", limit=5)
    assert {candidate.concept_id for _, some in found for candidate in some} == {"mondo:1", "mondo:2"}
    best = likest(found)
    assert best is not None
    assert best[0].concept_id == "mondo:1"
    assert 0.0 < best[1] < 1.0


def test_a_name_that_two_diseases_have_alike_means_neither() -> None:
    lexicon = lexicon_of([entry(f"mondo:{i}", "Disease", {"bladder inflammation": 1}) for i in (1, 2)])
    assert likest(lexicon.candidates_near("bladder inflammations", limit=5)) is None
    assert likest([(Near(0, 1.0, 0.0, 0.0), ())]) is None


def test_a_single_word_is_no_part_of_a_longer_name() -> None:
    names = ("sleep disorder", "spasticity", "embolism")
    lexicon = lexicon_of([entry(f"mondo:{i}", "Disease", {name: 1}) for i, name in enumerate(names)])

    def found(name: str) -> set[str]:
        return {candidate.surface for _, some in lexicon.candidates_near(name, limit=5) for candidate in some}

    assert found("sleep") == set()
    assert found("plasticity") == set()
    assert found("embolic") == {"embolism"}
    assert found("sleep disturbances") == {"sleep disorder"}
