"""How sure figures are: bootstrap intervals, micro- and macro-F1 over resamples, calibration of scores."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.schema import GENE
from engine.train.examples import UNLABELLED
from engine.train.measure.calibration import calibrate
from engine.train.measure.counts import Counts
from engine.train.measure.intervals import Bootstrap, ratios

counts_of_documents = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(0, 6)).map(
        lambda n: (n[0], n[0] + n[1], n[0], n[0] + n[2])
    ),
    min_size=1,
    max_size=25,
).filter(lambda rows: sum(row[1] + row[3] for row in rows) > 0)


@settings(deadline=None)
@given(counts_of_documents)
def test_an_interval_contains_its_estimate(rows: list[tuple[int, int, int, int]]) -> None:
    """A resample's F1 is above the estimate if a sum with mean 0 is positive, so both sides have their share."""
    tally = {GENE: np.array(rows)}
    figures = Bootstrap(len(rows)).describe(tally)[GENE]
    low, high = figures["intervals_95"]["f1"]  # type: ignore[index]
    assert low <= figures["f1"] <= high  # type: ignore[operator]


def test_intervals_are_those_of_the_resamples_by_hand() -> None:
    """One document all right, one all wrong: a resample has 2, 1 or 0 good ones, with the shares 1/4, 1/2, 1/4."""
    bootstrap = Bootstrap(2)
    assert bootstrap.drawn.sum(axis=1).tolist() == [2.0] * 1000
    tally = {GENE: np.array([[1, 1, 1, 1], [0, 1, 0, 1]])}
    assert np.unique(ratios(bootstrap.drawn @ tally[GENE])[:, 2]).tolist() == [0.0, 0.5, 1.0]
    figures = bootstrap.describe(tally)[GENE]
    assert (figures["f1"], figures["intervals_95"]["f1"]) == (0.5, [0.0, 1.0])  # type: ignore[index]
    assert figures == Bootstrap(2).describe(tally)[GENE], "the same seed, the same interval"


def test_the_sections_of_a_paper_are_drawn_together() -> None:
    """Two papers of two sections each are drawn as two documents are; names that all differ change nothing."""
    two, four = Bootstrap(2), Bootstrap(4, groups=["b", "a", "b", "a"])
    assert np.array_equal(four.drawn, two.drawn[:, [0, 1, 0, 1]])
    assert np.array_equal(Bootstrap(3, groups=["c", "a", "b"]).drawn, Bootstrap(3).drawn)
    assert Bootstrap(0, groups=[]).drawn.shape == (1000, 0)


def test_micro_and_macro_by_hand() -> None:
    """Label a: 1 of 1 right, 1 gold. Label b: 0 of 1, 3 gold. Label c has no gold. Macro (1 + 0) / 2, micro 2 / 7."""
    tally = {"a": np.array([[1, 1, 1, 1]]), "b": np.array([[0, 1, 0, 3]]), "c": np.array([[0, 1, 0, 0]])}
    bootstrap = Bootstrap(1)
    assert bootstrap.describe_macro(tally) == {"f1": 0.5, "kinds": 2, "intervals_95": {"f1": [0.5, 0.5]}}
    assert bootstrap.describe_micro(tally)["f1"] == round(2 / 7, 4)
    assert bootstrap.describe_micro({}) == Counts().as_dict()
    assert Bootstrap(0).describe_macro({}) == {"f1": 0.0, "kinds": 0}
    # Half of the resamples of two documents draw both: then macro-F1 is 1/2, else 1 or 0 of the one label with gold.
    apart = {"a": np.array([[1, 1, 1, 1], [0, 0, 0, 0]]), "b": np.array([[0, 0, 0, 0], [0, 0, 0, 1]])}
    assert Bootstrap(2).describe_macro(apart) == {"f1": 0.5, "kinds": 2, "intervals_95": {"f1": [0.0, 1.0]}}


def test_calibration_by_hand() -> None:
    """Three bins: 0.25 of which none is right, 0.85 and 0.81 of which one is, 1.0 which is right."""
    scores = np.array([[0.25, 0.1], [0.85, 0.9], [0.2, 0.81], [1.0, 0.0], [0.5, 0.5]])
    labels = np.array([[0, 1], [1, UNLABELLED], [0, 0], [1, 0], [UNLABELLED, UNLABELLED]])
    found = calibrate(scores, labels)
    # (|0.25 - 0| + 2 |0.83 - 0.5| + |1 - 1|) / 4 = 0.91 / 4
    assert found["expected_calibration_error"] == pytest.approx(0.2275)
    assert found["forecasts"] == 4
    bins = [(b["from"], b["forecasts"], b["mean_score"], b["share_right"]) for b in found["bins"]]  # type: ignore[attr-defined]
    assert bins == [(0.2, 1, 0.25, 0.0), (0.8, 2, 0.83, 0.5), (0.9, 1, 1.0, 1.0)]
