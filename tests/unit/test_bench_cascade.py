"""What the cascade's figures are made of: fit, thresholds, areas, paired bootstrap, and what is drawn."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bench.cascade import (
    _Part,
    area_under_roc,
    calibrate,
    choose_threshold,
    compare_f1,
    count,
    draw_documents,
    fit_combination,
    measure,
)
from engine.schema import CHEMICAL, GENE
from engine.train.annotated import Annotated, GoldMention
from engine.train.generator.doubts import Doubt

TEXT = "Imatinib inhibits ABL1."
MENTIONS = (GoldMention(0, 8, CHEMICAL, "T1"), GoldMention(18, 22, GENE, "T2"))


def drawn(n: int, *, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores of two judges that each know half of the truth."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(n, 2)) * 1.5
    right = rng.random(n) < 1 / (1 + np.exp(-(0.4 + 0.7 * logits[:, 0] + 1.3 * logits[:, 1])))
    return 1 / (1 + np.exp(-logits[:, 0])), 1 / (1 + np.exp(-logits[:, 1])), right


def test_the_fit_finds_the_coefficients_that_made_the_data() -> None:
    found = fit_combination(*drawn(40_000))
    assert (found.intercept, found.classifier, found.verifier) == pytest.approx((0.4, 0.7, 1.3), abs=0.06)
    assert found.fitted


def test_the_fit_is_finite_where_a_score_parts_all() -> None:
    score = np.array([0.2, 0.3, 0.7, 0.8])
    found = fit_combination(np.full(4, 0.5), score, score > 0.5)
    assert math.isfinite(found.verifier)
    assert found.verifier > 0


def test_areas_count_ties_half() -> None:
    right = np.array([True, True, False, False])
    assert area_under_roc(np.array([0.9, 0.5, 0.5, 0.1]), right) == 0.875
    assert area_under_roc(np.array([0.1, 0.1, 0.9, 0.9]), right) == 0
    assert math.isnan(area_under_roc(np.ones(2), np.ones(2, dtype=bool)))


def test_the_threshold_has_the_best_f1_where_chances_are_true() -> None:
    draw = np.random.default_rng(3)
    chances = draw.uniform(size=20_000)
    right = draw.uniform(size=20_000) < chances
    best = max(np.linspace(0.05, 0.95, 181), key=lambda least: count(chances >= least, right).f1)
    assert choose_threshold(chances) == pytest.approx(best, abs=0.03)
    assert choose_threshold(np.ones(3)) == 0.5, "all are right: any line below them will do"
    assert choose_threshold(np.zeros(0)) == 0.5
    assert count(chances > 1, right).f1 == 0


def test_a_score_by_itself_becomes_a_chance() -> None:
    score = np.linspace(0.05, 0.95, 4000)
    right = np.random.default_rng(4).uniform(size=4000) < score**2
    own = calibrate(score, right)
    assert own.verifier == pytest.approx(0, abs=1e-6)
    assert [own(s, 0.5) for s in (0.3, 0.7)] == pytest.approx([0.09, 0.49], abs=0.05)


def test_two_rules_that_agree_differ_by_nothing() -> None:
    first, second, right = drawn(400)
    names = [str(i // 4) for i in range(400)]
    same = compare_f1(first > 0.5, first > 0.5, right, names)
    assert same == {"value": 0.0, "interval_95": [0.0, 0.0]}
    better = compare_f1(first > 0.5, second > 0.5, right, names)
    assert better["value"] == pytest.approx(count(second > 0.5, right).f1 - count(first > 0.5, right).f1, abs=1e-4)
    low, high = better["interval_95"]  # type: ignore[misc]
    assert low < better["value"] < high  # type: ignore[operator]


def test_both_together_beat_each_where_each_knows_half() -> None:
    parts = []
    for seed in (1, 2):
        classifier, verifier, right = drawn(4000, seed=seed)
        names = tuple(str(i // 4) for i in range(4000))
        parts.append(_Part(names, classifier, verifier, np.full(4000, 0.5), right))
    carved, reported = parts
    found = measure(carved, reported, fit_combination(carved.classifier, carved.verifier, carved.right))
    areas = found["area_under_roc"]
    assert areas["both"] > areas["verifier"] > areas["classifier"]
    assert found["gain"]["interval_95"][0] > 0
    assert found["calibration_error"] < 0.05


def test_whole_documents_are_drawn() -> None:
    documents = [Annotated(str(i), "drugprot", TEXT, MENTIONS) for i in range(10)]
    doubts = [Doubt(documents[i // 3], (0, 1, str(i)), 0.5, 0.5, False) for i in range(30)]
    kept = draw_documents(doubts, 10)
    assert len(kept) == 12
    assert {d.document.doc_id for d in kept}.isdisjoint({d.document.doc_id for d in doubts if d not in kept})
    assert draw_documents(doubts, 100) != doubts
    assert sorted(d.said for d in draw_documents(doubts, 100)) == sorted(d.said for d in doubts)
