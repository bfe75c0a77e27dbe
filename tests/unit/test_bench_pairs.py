"""What is counted of judged pairs: weights, symmetric statements, assertions, and their table."""

from __future__ import annotations

import numpy as np
import pytest

from bench.pairs import ALL, count_judged, count_pairs, describe, said_of
from bench.tables import RENDERERS
from bench.tables.results import Results
from engine.schema import CHEMICAL, DISEASE, GENE, Relation
from engine.train.annotated import Annotated, GoldMention
from engine.train.judged import JudgedPair
from engine.train.measure.counts import FOUND, GOLD, PREDICTED, RIGHT

MENTIONS = (GoldMention(0, 3, GENE), GoldMention(10, 13, GENE))
DOCUMENT = Annotated("PMID:7", "run", "RET binds AKT.", MENTIONS)
FIRST, SECOND = (0, 3, GENE), (10, 13, GENE)


def test_a_symmetric_statement_is_found_in_either_order_a_directed_one_in_its_own() -> None:
    backwards = JudgedPair(SECOND, FIRST, "BINDS", "affirmed")
    assert said_of(backwards, DOCUMENT, [Relation(0, 1, "BINDS", 0.9)]) is not None
    assert said_of(backwards, DOCUMENT, [Relation(0, 1, "UPREGULATES", 0.9)]) is None
    assert said_of(backwards, DOCUMENT, [Relation(1, 0, "UPREGULATES", 0.9)]) is not None
    assert said_of(JudgedPair((1, 3, GENE), FIRST, None, ""), DOCUMENT, [Relation(0, 1, "BINDS", 0.9)]) is None


def test_pairs_count_by_what_they_stand_for() -> None:
    head, tail = (0, 4, CHEMICAL), (11, 17, DISEASE)
    judged = {
        "a": [JudgedPair(head, tail, "TREATS", "negated", 3.0), JudgedPair(FIRST, SECOND, None, "", 2.0)],
        "b": [JudgedPair(head, tail, "INDUCES", "affirmed", 1.0)],
    }
    said = {
        "a": [Relation(0, 1, "TREATS", 0.9, assertion="affirmed"), Relation(0, 1, "BINDS", 0.9)],
        "b": [None],
    }
    tally, assertions = count_pairs(judged, said)
    assert tally[ALL].sum(axis=0)[[RIGHT, PREDICTED, FOUND, GOLD]].tolist() == [3, 5, 3, 4]
    assert tally["Gene Gene"].sum(axis=0)[[RIGHT, PREDICTED, FOUND, GOLD]].tolist() == [0, 2, 0, 0]
    assert assertions.sum(axis=0).tolist() == [3, 0]
    figures = describe(tally, assertions)
    assert (figures[ALL]["precision"], figures[ALL]["recall"], figures["assertion"]) == (0.6, 0.75, 0.0)
    assert figures["Gene Gene"]["f1"] == 0
    assert count_judged(judged)[ALL] == {"pairs": 3, "stated": 2}


def test_nothing_right_has_no_share_of_right_assertions() -> None:
    tally, assertions = count_pairs({"a": [JudgedPair(FIRST, SECOND, None, "")]}, {"a": [None]})
    assert describe(tally, assertions)["assertion"] is None
    assert np.allclose(tally[ALL], 0)


def test_the_table_has_both_operating_points(monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = ("all", "Chemical Disease", "Chemical Gene", "Gene Disease", "Gene Gene")
    figures = {"precision": 0.5, "recall": 0.25, "f1": 0.3333, "intervals_95": {"f1": [0.2, 0.4]}}
    point = {**dict.fromkeys(kinds, figures), "assertion": 0.9}
    judged = {kind: {"pairs": 9, "stated": 4} for kind in kinds}
    measured = {"model_revision": "abc", "judged": judged, "precise": point, "balanced": point}
    monkeypatch.setattr(Results, "read", lambda self, name: measured)
    table = RENDERERS["pairs"](Results(None, None))  # type: ignore[arg-type]
    assert "| two genes | balanced | 0.50 | 0.25 | 0.33 | 0.20 to 0.40 | 9 (4 stated) |" in table
    assert "0.90 of the right statements have the right assertion" in table
