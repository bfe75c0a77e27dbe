"""The stopwatch of the stage profile: inner parts are not their outer one's, and what is watched is given back."""

from __future__ import annotations

import time

import pytest

from bench.stage_profile import _PARTS, Stopwatch, watched


def test_an_inner_part_s_time_is_its_own() -> None:
    watch = Stopwatch()
    with watch.part("outer"):
        time.sleep(0.02)
        for _ in range(2):
            with watch.part("inner"):
                time.sleep(0.02)
    assert watch.seconds["inner"] == pytest.approx(0.04, abs=0.02)
    assert watch.seconds["outer"] == pytest.approx(0.02, abs=0.015)


def test_a_part_that_raises_is_counted_and_the_outer_goes_on() -> None:
    watch = Stopwatch()
    with watch.part("outer"), pytest.raises(ValueError, match="x"), watch.part("inner"):
        raise ValueError("x")
    assert set(watch.seconds) == {"inner", "outer"}


def test_watched_functions_are_given_back() -> None:
    before = [getattr(owner, name) for _, owner, name in _PARTS]
    with watched(Stopwatch()):
        assert [getattr(owner, name) for _, owner, name in _PARTS] != before
    assert [getattr(owner, name) for _, owner, name in _PARTS] == before
