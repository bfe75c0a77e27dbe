"""What counts as the same output of two runs, and what does not."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest

from engine.model.config import ExtractorConfig
from tests.ray.same_output import SCORE_DIFFERENCE, Likeness, check_same
from tests.ray.same_output import Tables as Rows
from tests.tables import Tables

IMATINIB, GLUCOSE, ABL1, KIT = "mesh:D000068877", "mesh:D005947", "hgnc:76", "hgnc:6342"
THRESHOLD = 0.6
_CONFIG = ExtractorConfig(mention_heads=("Gene", "Chemical", "Disease"))
CONFIG = replace(_CONFIG, thresholds=(THRESHOLD,) * len(_CONFIG.labels))


def rows_of(tables: Tables) -> Rows:
    return {name: table.to_pylist() for name, table in tables.tables().items()}


def stated() -> Tables:
    return Tables().state("PMID:1", IMATINIB, "INHIBITS", ABL1, score=0.9).add_document("PMID:2")


def changed(tables: Rows, **columns: Any) -> Rows:
    """With these values in the first piece of evidence."""
    tables = copy.deepcopy(tables)
    tables["evidence"][0] |= columns
    return tables


@pytest.fixture
def rows() -> Rows:
    return rows_of(stated())


def test_what_is_equal_is_the_same(rows: Rows) -> None:
    assert check_same(rows, copy.deepcopy(rows), CONFIG) == Likeness(1, (), 0.0)


@pytest.mark.parametrize("name", ["score", "assertion_score", "mention_score", "head_link_score"])
def test_scores_may_differ_a_little(rows: Rows, name: str) -> None:
    value = rows["evidence"][0][name]
    found = check_same(rows, changed(rows, **{name: value - 0.9 * SCORE_DIFFERENCE}), CONFIG)
    assert found.most_different == pytest.approx(0.9 * SCORE_DIFFERENCE)
    with pytest.raises(AssertionError, match=f"^{name} of E:"):
        check_same(rows, changed(rows, **{name: value - 1.1 * SCORE_DIFFERENCE}), CONFIG)
    with pytest.raises(AssertionError, match=f"^{name} of E:.* and None"):
        check_same(rows, changed(rows, **{name: None}), CONFIG)


@pytest.mark.parametrize(("name", "value"), [("assertion", "negated"), ("head_id", GLUCOSE), ("sentence", "Other.")])
def test_nothing_else_may_differ(rows: Rows, name: str, value: object) -> None:
    with pytest.raises(AssertionError, match=f"^{name} of E:"):
        check_same(rows, changed(rows, **{name: value}), CONFIG)


@pytest.mark.parametrize("name", ["document", "evidence", "triple", "entity", "lexicon_edge"])
def test_nothing_may_be_lost_or_doubled(rows: Rows, name: str) -> None:
    lost = rows | {name: rows[name][1:]}
    for pair in ((rows, lost), (lost, rows)):
        with pytest.raises(AssertionError, match=name):
            check_same(*pair, CONFIG)
    if name in ("document", "evidence"):
        with pytest.raises(AssertionError, match=name):
            check_same(rows, rows | {name: [*rows[name], rows[name][0]]}, CONFIG)


@pytest.mark.parametrize("score", [THRESHOLD, THRESHOLD + 0.9 * SCORE_DIFFERENCE])
def test_evidence_at_its_threshold_is_counted_apart_with_what_it_alone_names(rows: Rows, score: float) -> None:
    more = rows_of(stated().state("PMID:2", GLUCOSE, "INHIBITS", KIT, score=score))
    (id_,) = {row["evidence_id"] for row in more["evidence"]} - {row["evidence_id"] for row in rows["evidence"]}
    for pair in ((rows, more), (more, rows)):
        assert check_same(*pair, CONFIG) == Likeness(1, (id_,), 0.0)
    with pytest.raises(AssertionError, match=r"^entity: 1 rows"):
        check_same(rows, more | {"entity": [*more["entity"], {"concept_id": "hgnc:1"}]}, CONFIG)
    with pytest.raises(AssertionError, match=r"^document differs"):
        check_same(rows, more | {"document": more["document"][:1]}, CONFIG)


def test_evidence_above_its_threshold_is_lost(rows: Rows) -> None:
    score = THRESHOLD + 1.1 * SCORE_DIFFERENCE
    more = rows_of(stated().state("PMID:2", GLUCOSE, "INHIBITS", KIT, score=score))
    with pytest.raises(AssertionError, match=r"^evidence: 1 rows are in one output only"):
        check_same(more, rows, CONFIG)


def test_the_threshold_is_the_labels_own(rows: Rows) -> None:
    column = CONFIG.labels.index(("Chemical", "Gene", "BINDS"))
    thresholds = [THRESHOLD] * len(CONFIG.labels)
    thresholds[column] = 0.8
    config = replace(CONFIG, thresholds=tuple(thresholds))
    swapped = {"head_type": "Gene", "tail_type": "Chemical"}
    at_it = rows_of(stated().state("PMID:2", GLUCOSE, "BINDS", KIT, score=0.8, **swapped))
    assert len(check_same(rows, at_it, config).apart) == 1
    with pytest.raises(AssertionError, match=r"^evidence: 1 rows"):
        check_same(rows, at_it, CONFIG)


def test_what_is_stated_of_a_pair_in_place_of_evidence_at_its_threshold_is_apart_too() -> None:
    precise = rows_of(stated().state("PMID:2", GLUCOSE, "INHIBITS", KIT, score=THRESHOLD))
    vague = rows_of(stated().state("PMID:2", GLUCOSE, "REGULATES", KIT, score=0.95))
    assert len(check_same(precise, vague, CONFIG).apart) == 2
    elsewhere = rows_of(stated().state("PMID:2", GLUCOSE, "REGULATES", KIT, score=0.95, at=100))
    with pytest.raises(AssertionError, match=r"^evidence: 1 rows"):
        check_same(precise, elsewhere, CONFIG)
