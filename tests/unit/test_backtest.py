"""The back-test: candidates, positives, figures computed by hand, intervals, and that no later claim leaks in."""

from __future__ import annotations

import json
import math
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.schema import AFFIRMED, NEGATED, triple_id
from graph.connect import open_store
from graph.hypotheses.backtest import ENOUGH_POSITIVES, Candidate, History, backtest, choose_years, measure
from graph.hypotheses.network import Claim, Concept
from graph.hypotheses.paths import Scoring
from graph.hypotheses.ranking import Ranking, bootstrap_weights, interval, ranks_within
from jobs.backtest import command
from tests.small_graph import at_random

SCORING = Scoring(min_belief=0.0, inner_damping=0.5, outer_damping=0.5, popularity=0.0)


def concept(id: str) -> Concept:
    label = {"c": "Chemical", "g": "Gene", "x": "Disease"}[id[0]]
    return Concept(id, id, label, is_drug=label == "Chemical")


def claim(subject: str, predicate: str, object: str, year: int | None, assertion: str = AFFIRMED) -> Claim:
    triple = triple_id(subject, predicate, object)
    return Claim(triple, subject, predicate, object, assertion, 1.0, f"PMID:{subject}{object}{year}", year)


def history(*claims: Claim) -> History:
    return History([concept(f"{letter}{n}") for letter in "cgx" for n in range(1, 4)], claims, humans={})


# c1 and c2 inhibit g1, which promotes x1 and x2; g2 has no way to a disease
BASE = [
    claim("c1", "INHIBITS", "g1", 2000),
    claim("c2", "INHIBITS", "g1", 2001),
    claim("g1", "PROMOTES", "x1", 1999),
    claim("g1", "PROMOTES", "x2", 2001),
    claim("c3", "INHIBITS", "g2", 2000),
]


def _pairs(known: History, year: int) -> dict[tuple[str, str], int | None]:
    found = known.candidates("drug-disease", year, scoring=SCORING)
    return {(c.first, c.last): c.first_year for c in found}


def test_candidates_have_a_path_in_the_year_and_nothing_said_of_them() -> None:
    known = history(
        *BASE,
        claim("c1", "TREATS", "x1", 2001),  # known in 2001, so no candidate then; positive in 2000
        claim("c1", "TREATS", "x2", 2001, NEGATED),  # a denial is knowledge too
        claim("c2", "TREATS", "x1", 2005, NEGATED),  # denied later first, affirmed still later
        claim("c2", "INDUCES", "x1", 2007),
        claim("c3", "TREATS", "x1", 2004),  # came true without a path
    )
    assert _pairs(known, 2000) == {("c1", "x1"): 2001}
    assert _pairs(known, 2001) == {("c2", "x1"): 2007, ("c2", "x2"): None}
    assert _pairs(known, 1998) == {}


def test_degrees_are_those_of_the_year() -> None:
    known = history(*BASE, claim("c1", "ACTIVATES", "g3", 2009))
    (only,) = known.candidates("drug-disease", 2000, scoring=SCORING)
    assert only.degrees == 1 * 1
    assert only.score == pytest.approx(0.99 * 0.99)  # no sentence is certain
    later = {(c.first, c.last): c for c in known.candidates("drug-disease", 2009, scoring=SCORING)}
    assert later["c1", "x1"].degrees == 2 * 1
    assert later["c1", "x1"].score == pytest.approx(
        only.score * 2**-SCORING.inner_damping * 2**-SCORING.inner_damping * 2**-SCORING.outer_damping
    )


def test_claims_without_a_year_count_for_nothing() -> None:
    known = history(*BASE, claim("c1", "TREATS", "x1", None), claim("g1", "PROMOTES", "x3", None))
    assert len(known.claims) == len(BASE)
    assert _pairs(known, 2000) == {("c1", "x1"): None}


def test_other_pairs() -> None:
    known = history(*BASE, claim("g1", "UPREGULATES", "g2", 2000), claim("g2", "PROMOTES", "x1", 2008))
    found = known.candidates("gene-disease", 2001, scoring=SCORING)
    assert {(c.first, c.last): c.first_year for c in found} == {("g2", "x1"): 2008, ("g2", "x2"): None}
    found = known.candidates("drug-gene", 2001, scoring=SCORING)
    assert {(c.first, c.last) for c in found} == {("c1", "g2"), ("c2", "g2"), ("c3", "g1")}


_ENDS = [
    *[(c, "INHIBITS", g) for c in ("c1", "c2", "c3") for g in ("g1", "g2", "g3")],
    *[(g, "PROMOTES", x) for g in ("g1", "g2", "g3") for x in ("x1", "x2", "x3")],
    *[(c, "TREATS", x) for c in ("c1", "c2", "c3") for x in ("x1", "x2", "x3")],
]
_CLAIMS = st.lists(
    st.builds(
        lambda ends, year, assertion: claim(*ends, year, assertion),
        st.sampled_from(_ENDS),
        st.one_of(st.none(), st.integers(1995, 2010)),
        st.sampled_from([AFFIRMED, AFFIRMED, NEGATED]),
    ),
    max_size=40,
)


@given(_CLAIMS, st.integers(1995, 2010))
@settings(max_examples=150, deadline=None)
def test_later_claims_change_labels_only(claims: list[Claim], year: int) -> None:
    past = [c for c in claims if c.year is not None and c.year <= year]

    def shown(known: History) -> list[tuple[str, str, float, int]]:
        found = known.candidates("drug-disease", year, scoring=SCORING)
        return [(c.first, c.last, c.score, c.degrees) for c in found]

    assert shown(history(*claims)) == shown(history(*past))
    assert all(c.first_year is None for c in history(*past).candidates("drug-disease", year, scoring=SCORING))


# ------------------------------------------------------------------------------------ figures


def test_average_precision_by_hand() -> None:
    ranking = Ranking(np.array([0.9, 0.8, 0.7, 0.6]), np.array([True, False, True, False]))
    assert ranking.average_precision() == pytest.approx((1 / 1 + 2 / 3) / 2)
    assert ranking.precision_at(1) == 1.0
    assert ranking.precision_at(2) == 0.5
    assert ranking.precision_at(3) == pytest.approx(2 / 3)
    assert math.isnan(ranking.precision_at(5))


def test_equal_scores_are_one_place() -> None:
    scores, positive = np.array([0.9, 0.5, 0.5, 0.5, 0.5]), np.array([False, True, False, False, True])
    for order in (np.arange(5), np.arange(5)[::-1]):
        ranking = Ranking(scores[order], positive[order])
        assert ranking.average_precision() == pytest.approx(2 / 5)
        assert ranking.precision_at(3) == pytest.approx((0 + 2 * 2 / 4) / 3)


def test_weights_repeat_rows() -> None:
    dice = np.random.default_rng(4)
    scores, positive = dice.integers(0, 12, 60).astype(float), dice.random(60) < 0.3
    weights = dice.integers(0, 4, 60)
    repeated = Ranking(np.repeat(scores, weights), np.repeat(positive, weights))
    weighted = Ranking(scores, positive)
    assert weighted.average_precision(weights.astype(float)) == pytest.approx(repeated.average_precision())
    assert weighted.precision_at(20, weights.astype(float)) == pytest.approx(repeated.precision_at(20))


def test_without_a_positive_or_a_row_there_is_no_figure() -> None:
    assert math.isnan(Ranking(np.array([1.0, 2.0]), np.array([False, False])).average_precision())
    empty = measure("drug-disease", [], years=[2000])
    assert (empty.n_candidates, empty.n_positives) == (0, 0)
    assert math.isnan(empty.ratio.value)


def test_ranks_within_a_year_are_comparable() -> None:
    ranks = ranks_within(np.array([1, 1, 1, 2, 2]), np.array([10.0, 20.0, 20.0, 0.1, 0.2]))
    assert ranks.tolist() == pytest.approx([0.5 / 3, 2 / 3, 2 / 3, 0.25, 0.75])


def test_the_bootstrap_draws_whole_pairs() -> None:
    clusters = np.array([0, 1, 0, 2, 2])
    for weights in bootstrap_weights(clusters, draws=20, seed=1):
        assert weights[0] == weights[2]
        assert weights[3] == weights[4]
        assert weights[0] + weights[1] + weights[3] == 3


def test_the_bootstrap_holds_one_draw_at_a_time() -> None:
    tracemalloc.start()
    for weights in bootstrap_weights(np.arange(10_000), draws=100, seed=1):
        assert weights.sum() == len(weights)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20 * 10_000 * 8


def test_an_interval_holds_the_middle_of_its_draws() -> None:
    found = interval(5.0, [float(n) for n in range(101)] + [float("nan")])
    assert (found.value, found.low, found.high) == (5.0, pytest.approx(2.5), pytest.approx(97.5))


def _made_up(n: int, *, seed: int) -> list[Candidate]:
    """Candidates whose score tells the positives and whose degrees don't."""
    dice = np.random.default_rng(seed)
    positive = dice.random(n) < 0.1
    scores = dice.random(n) + positive
    return [
        Candidate(2000, f"c{i}", "x1", float(scores[i]), int(dice.integers(1, 99)), 2005 if positive[i] else None)
        for i in range(n)
    ]


def test_a_ranking_that_knows_beats_degrees_and_the_interval_says_so() -> None:
    result = measure("drug-disease", _made_up(2000, seed=2), years=[2000], draws=200)
    assert result.n_positives >= 100
    assert result.auprc.value > 0.6
    assert result.degree_auprc.value == pytest.approx(result.share, abs=0.04)
    assert result.ratio.low > 3
    assert result.ratio.low < result.ratio.value < result.ratio.high
    assert result.precision_at[10] > result.degree_precision_at[10]


def test_figures_are_the_same_again() -> None:
    first, second = (measure("drug-disease", _made_up(300, seed=3), years=[2000], draws=50) for _ in range(2))
    assert first == second


def test_years_are_put_together_each_pair_drawn_once() -> None:
    known = history(*BASE, claim("c2", "TREATS", "x1", 2007))
    result = backtest(known, "drug-disease", [2001, 2005], scoring=SCORING, draws=5)
    assert (result.n_candidates, result.n_positives, result.n_distinct_positives) == (8, 2, 1)
    assert result.years == (2001, 2005)


def test_years_are_chosen_from_the_newest_back() -> None:
    known = history(*BASE, claim("c2", "TREATS", "x1", 2007))
    assert choose_years(known, ["drug-disease"], every=3, scoring=SCORING) == [2001, 2004]
    assert choose_years(history(), ["drug-disease"], every=3, scoring=SCORING) == []


def test_years_are_chosen_down_to_the_oldest() -> None:
    known = history(*BASE, claim("c2", "TREATS", "x1", 2002))  # BASE begins in 1999
    assert choose_years(known, ["drug-disease"], every=3, scoring=SCORING) == [1999]
    assert choose_years(known, ["drug-disease"], every=4, scoring=SCORING) == []


def test_years_are_chosen_until_enough_different_pairs_came_true() -> None:
    drugs = [f"c{n}" for n in range(ENOUGH_POSITIVES)]
    told = [claim("g1", "PROMOTES", "x1", 1990), *(claim(drug, "INHIBITS", "g1", 1991) for drug in drugs)]
    told += [claim(drug, "TREATS", "x1", 2003 if n % 3 else 2010) for n, drug in enumerate(drugs)]
    known = History([concept(id) for id in [*drugs, "g1", "x1"]], told, humans={})
    assert choose_years(known, ["drug-disease"], every=3, scoring=SCORING) == [2001, 2004, 2007]


# ---------------------------------------------------------------------------------- the command


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("backtest") / "graph")
    with open_store(path) as store:
        at_random(5, n_sentences=500).load(store)
    return path


def test_the_command_prints_a_table_and_ends_with_json(graph: str, tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    arguments = ["--graph", graph, "--until", "1995", "--draws", "20", "--json", str(file)]
    result = CliRunner().invoke(command, arguments)
    assert result.exit_code == 0, result.output
    summary = json.loads(result.stdout.splitlines()[-1])
    assert summary == json.loads(file.read_text())
    assert [row["pairs"] for row in summary["results"]] == ["drug-disease", "drug-gene", "gene-disease"]
    assert summary["claims"]["counted"] > 0
    row = summary["results"][0]
    assert row["positives"] > 0
    assert row["ratio"]["low"] <= row["ratio"]["value"] <= row["ratio"]["high"]
    assert "too few to tell" in result.stderr
    assert "AUPRC" in result.stdout


def test_a_year_that_nothing_comes_after_is_refused(graph: str) -> None:
    result = CliRunner().invoke(command, ["--graph", graph, "--until", "1995", "--until", "2001"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--until 2001: nothing in the graph is newer (2001)" in " ".join(result.stderr.split())


def test_claims_without_any_year_are_no_past(tmp_path: Path) -> None:
    undated = at_random(5, n_sentences=40)
    undated.publications = [replace(publication, year=None) for publication in undated.publications]  # type: ignore[arg-type]
    with open_store(str(tmp_path / "undated")) as store:
        undated.load(store)
    result = CliRunner().invoke(command, ["--graph", str(tmp_path / "undated"), "--until", "1995"])
    assert (result.exit_code, result.stdout) == (1, "")
    assert "no claim has a year" in result.stderr


def test_a_list_of_publications_may_begin_with_a_byte_order_mark(graph: str, tmp_path: Path) -> None:
    counted = []
    for encoding in ("utf-8", "utf-8-sig"):
        (tmp_path / "true.txt").write_text("PMID:1\nPMID:2\n", encoding=encoding)
        arguments = ["--graph", graph, "--until", "1991", "--draws", "2", "--publications", str(tmp_path / "true.txt")]
        summary = json.loads(CliRunner().invoke(command, arguments).stdout.splitlines()[-1])
        counted.append(summary["claims"]["counted"])
    assert counted[0] == counted[1] > 0


def test_only_named_publications_count(graph: str, tmp_path: Path) -> None:
    (tmp_path / "true.txt").write_text("PMID:1\nPMID:2\n")
    arguments = ["--graph", graph, "--until", "1991", "--draws", "2", "--publications", str(tmp_path / "true.txt")]
    summary = json.loads(CliRunner().invoke(command, arguments).stdout.splitlines()[-1])
    assert 0 < summary["claims"]["counted"] < summary["claims"]["all"] / 5


def test_publications_that_say_nothing_here_are_refused(graph: str, tmp_path: Path) -> None:
    (tmp_path / "bare.txt").write_text("1\n2\n")
    result = CliRunner().invoke(command, ["--graph", graph, "--publications", str(tmp_path / "bare.txt")])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "none of these ids (PMID:123) has a claim" in " ".join(result.stderr.replace("│", " ").split())


def test_figures_that_cannot_be_written_are_printed(graph: str, tmp_path: Path) -> None:
    nowhere = str(tmp_path / "absent" / "figures.json")
    result = CliRunner().invoke(command, ["--graph", graph, "--until", "1995", "--draws", "2", "--json", nowhere])
    assert result.exit_code == 1
    assert json.loads(result.stdout.splitlines()[-1])["command"] == "backtest"
    assert "No such file" in result.stderr
