"""The first-form belief of an edge: its values on cases worked by hand, and what is promised of it."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.schema import AFFIRMED, ASSERTIONS, NEGATED, SPECULATED
from graph.belief import Statement, Support, support_of, weigh


def believe(*statements: Statement) -> float:
    support = support_of(statements)
    assert support is not None
    return support.belief


def test_no_evidence_no_edge() -> None:
    assert support_of([]) is None


def test_support_counts_and_years() -> None:
    support = support_of(
        [
            Statement("PMID:1", AFFIRMED, 0.5, 2001),
            Statement("PMID:1", AFFIRMED, 0.8, 2001),
            Statement("PMID:2", AFFIRMED, 0.5, 2004),
            Statement("PMID:3", NEGATED, 0.1, 1990),
            Statement("PMID:4", SPECULATED, 0.4, None),
        ]
    )
    # noisy-or of the best sentences 0.8 and 0.5 is 0.9; the share that affirms is 1.3 / (1.3 + 0.1 + 0.25 * 0.4)
    assert support == Support(
        belief=round(0.9 * 1.3 / 1.5, 4),
        n_evidence=5,
        n_publications=4,
        n_negated=1,
        n_speculated=1,
        first_year=2001,
        last_year=2004,
    )


def test_one_publication_speaks_once() -> None:
    assert believe(*[Statement("PMID:1", AFFIRMED, 0.5)] * 10) == 0.5
    assert believe(*[Statement(f"PMID:{i}", AFFIRMED, 0.5) for i in range(3)]) == 0.875


def test_one_against_one_halves_and_one_against_many_hardly_matters() -> None:
    one, denial = Statement("PMID:1", AFFIRMED, 0.8), Statement("PMID:0", NEGATED, 0.8)
    assert believe(one, denial) == 0.4
    many = [Statement(f"PMID:{i}", AFFIRMED, 0.8) for i in range(1, 100)]
    assert believe(*many, denial) > 0.98


def test_what_is_only_denied_or_guessed_is_not_believed() -> None:
    support = support_of([Statement("PMID:1", NEGATED, 0.9, 2001), Statement("PMID:2", SPECULATED, 0.9, 2002)])
    assert support is not None
    assert (support.belief, support.first_year, support.n_evidence) == (0.0, None, 2)


@pytest.mark.parametrize(
    ("score", "link_score", "weight"), [(0.8, 0.5, 0.4), (0.8, None, 0.8), (1.2, 1.0, 1.0), (-0.1, 1.0, 0.0)]
)
def test_weigh(score: float, link_score: float | None, weight: float) -> None:
    assert weigh(score, link_score) == pytest.approx(weight)


statements = st.lists(
    st.builds(
        Statement,
        publication=st.sampled_from([f"PMID:{i}" for i in range(6)]),
        assertion=st.sampled_from(ASSERTIONS),
        weight=st.floats(0, 1),
        year=st.none() | st.integers(1950, 2025),
    ),
    min_size=1,
    max_size=12,
)


@given(statements, st.randoms(use_true_random=False))
def test_order_does_not_matter(known: list[Statement], rng: random.Random) -> None:
    shuffled = list(known)
    rng.shuffle(shuffled)
    assert support_of(shuffled) == support_of(known)


@given(statements, st.floats(0, 1))
def test_a_further_affirming_publication_never_lowers_it(known: list[Statement], weight: float) -> None:
    assert 0 <= believe(*known) <= believe(*known, Statement("PMID:new", AFFIRMED, weight)) <= 1


@given(statements, st.floats(0, 1))
def test_a_further_denial_never_raises_it(known: list[Statement], weight: float) -> None:
    assert believe(*known, Statement("PMID:new", NEGATED, weight)) <= believe(*known)
