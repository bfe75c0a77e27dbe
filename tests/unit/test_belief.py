"""Belief: its terms worked by hand, what is promised of it, how it is fitted, whether chances mean something."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.schema import AFFIRMED, ASSERTIONS, NEGATED, SPECULATED, TITLE
from engine.train.measure.reliability import measure_reliability
from graph.belief import Kind, Sentence, Statement, Support, support_of, weigh
from graph.belief.edge import belief_terms, believe
from graph.belief.fit import JudgedEdge, fit_documents, likeliest
from graph.belief.fitted import FITTED, Coefficients
from graph.belief.sentence import log_odds, text_terms

BY = Coefficients(
    sentence={"intercept": -0.5, "score": 0.5, "mentions": 0.25, "title": 1.0, "speculated": -0.75},
    kinds={"Chemical INHIBITS Gene": 0.125},
    edge={"sentences": 0.5, "publications": 1.0, "denials": 2.0},
)
INHIBITS = Kind("Chemical", "INHIBITS", "Gene")
PLAIN = Sentence(INHIBITS, score=0.9, mention_score=0.8, link_score=1.0, assertion=AFFIRMED, section="RESULTS")


def odds(chance: float) -> float:
    return chance / (1.0 - chance)


def believed(*statements: Statement) -> float:
    support = support_of(statements)
    assert support is not None
    return support.belief


def test_no_evidence_no_edge() -> None:
    assert support_of([]) is None


def test_a_sentence_that_names_both_ends_several_times_counts_once() -> None:
    told = [
        Statement("PMID:1", AFFIRMED, 0.5, 2001, sentence="A and a treat X."),
        Statement("PMID:1", AFFIRMED, 0.6, 2001, sentence="A and a treat X."),
        Statement("PMID:1", NEGATED, 0.5, 2001, sentence="A and a treat X."),
        Statement("PMID:2", AFFIRMED, 0.5, 2001, sentence="A and a treat X."),
    ]
    support = support_of(told)
    assert support is not None
    assert (support.n_evidence, support.n_negated, support.n_publications) == (3, 1, 2)
    assert support.belief == believe(told)
    likeliest_reading = belief_terms(told[1:], by=BY)
    assert belief_terms(told, by=BY) == likeliest_reading
    assert likeliest_reading["further sentences"] == 0.0
    elsewhere = Statement("PMID:1", AFFIRMED, 0.5, 2001, sentence="X is treated by A.")
    assert belief_terms([*told, elsewhere], by=BY)["further sentences"] == pytest.approx(0.5 * math.log(1.5))


def test_support_counts_and_years() -> None:
    statements = [
        Statement("PMID:1", AFFIRMED, 0.5, 2001),
        Statement("PMID:1", AFFIRMED, 0.8, 2001),
        Statement("PMID:2", AFFIRMED, 0.5, 2004),
        Statement("PMID:3", NEGATED, 0.1, 1990),
        Statement("PMID:4", SPECULATED, 0.4, None),
    ]
    assert support_of(statements) == Support(
        belief=believe(statements),
        n_evidence=5,
        n_publications=4,
        n_negated=1,
        n_speculated=1,
        first_year=2001,
        last_year=2004,
    )


def test_one_sentence_is_believed_as_far_as_it_goes() -> None:
    assert believe([Statement("PMID:1", AFFIRMED, 0.8)], by=BY) == 0.8
    assert believe([Statement("PMID:1", SPECULATED, 0.3)], by=BY) == 0.3


def test_terms_by_hand() -> None:
    """The best is 0.8; one more sentence of 0.5 beside it; another publication of 0.6; 0.7 against 0.8 and 0.6."""
    terms = belief_terms(
        [
            Statement("PMID:1", AFFIRMED, 0.8),
            Statement("PMID:1", AFFIRMED, 0.5),
            Statement("PMID:2", AFFIRMED, 0.6),
            Statement("PMID:3", NEGATED, 0.7),
            Statement("PMID:3", NEGATED, 0.2),
        ],
        by=BY,
    )
    assert terms == pytest.approx(
        {
            "best sentence": math.log(4),
            "further sentences": 0.5 * math.log(1.5),
            "other publications": math.log(1.6),
            "denials": -2.0 * math.log(1 + 0.7 / 1.4),
        }
    )


def test_what_two_models_read_in_one_publication_does_not_add_up() -> None:
    once = [Statement("PMID:1", AFFIRMED, 0.8, reader="a"), Statement("PMID:1", AFFIRMED, 0.5, reader="a")]
    again = [Statement("PMID:1", AFFIRMED, 0.8, reader="b"), Statement("PMID:1", AFFIRMED, 0.4, reader="b")]
    assert belief_terms([*once, *again], by=BY) == belief_terms(once, by=BY)
    better = Statement("PMID:1", AFFIRMED, 0.9, reader="b")
    terms = belief_terms([*once, better], by=BY)
    assert terms["best sentence"] == pytest.approx(math.log(9))
    assert terms["further sentences"] == pytest.approx(0.5 * math.log(1.5))  # what one model found more, not less by it


def test_publications_multiply_the_odds_less_and_less() -> None:
    chances = [believe([Statement(f"PMID:{i}", AFFIRMED, 0.5) for i in range(n)], by=BY) for n in range(1, 5)]
    assert [odds(chance) for chance in chances] == pytest.approx([1.0, 1.5, 2.0, 2.5], rel=1e-3)


def test_what_is_only_denied_is_not_believed() -> None:
    support = support_of([Statement("PMID:1", NEGATED, 0.9, 2001)])
    assert support is not None
    assert (support.belief, support.first_year, support.n_negated) == (0.0, None, 1)


statements = st.lists(
    st.builds(
        Statement,
        publication=st.sampled_from([f"PMID:{i}" for i in range(6)]),
        assertion=st.sampled_from(ASSERTIONS),
        weight=st.floats(0, 1),
        year=st.none() | st.integers(1950, 2025),
        reader=st.sampled_from(["a", "b"]),
        sentence=st.sampled_from([None, "said", "told"]),
    ),
    min_size=1,
    max_size=12,
)


@given(statements, st.randoms(use_true_random=False))
def test_order_does_not_matter(known: list[Statement], rng: random.Random) -> None:
    shuffled = list(known)
    rng.shuffle(shuffled)
    assert support_of(shuffled) == support_of(known)


@given(statements, st.sampled_from([AFFIRMED, SPECULATED]), st.sampled_from(["PMID:new", "PMID:1"]), st.floats(0, 1))
def test_a_further_sentence_for_it_never_lowers_it(
    known: list[Statement], assertion: str, publication: str, weight: float
) -> None:
    assert 0 <= believed(*known) <= believed(*known, Statement(publication, assertion, weight, reader="b")) <= 1


@given(statements, st.floats(0, 1))
def test_a_further_denial_never_raises_it(known: list[Statement], weight: float) -> None:
    assert believed(*known, Statement("PMID:new", NEGATED, weight)) <= believed(*known)


# ------------------------------------------------------------------------------------------- sentences


def test_weigh_adds_up_its_terms_and_multiplies_the_links() -> None:
    guessed = replace(PLAIN, assertion=SPECULATED, section=TITLE, link_score=0.5)
    terms = text_terms(guessed, by=BY)
    assert terms == pytest.approx(
        {
            "intercept": -0.5,
            "score": 0.5 * math.log(9),
            "kind": 0.125,
            "mentions": 0.25 * math.log(4),
            "title": 1.0,
            "speculated": -0.75,
        }
    )
    text = 1 / (1 + math.exp(-sum(terms.values())))
    assert weigh(guessed, by=BY) == pytest.approx(text / 2)
    assert weigh(replace(guessed, link_score=None), by=BY) == pytest.approx(text)
    assert list(text_terms(PLAIN, by=BY)) == ["intercept", "score", "kind", "mentions"]
    assert list(text_terms(replace(PLAIN, mention_score=None), by=BY)) == ["intercept", "score", "kind"]


def test_labels_of_the_graph_stand_for_the_types_that_text_names() -> None:
    assert Kind("Drug", "INHIBITS", "GeneFamily").key == INHIBITS.key
    assert Kind("Gene", "PROMOTES", "Phenotype").key == "Gene PROMOTES Disease"
    assert Kind("Gene", "BINDS", "Drug").key == Kind("Chemical", "BINDS", "Gene").key == "Chemical BINDS Gene"


def test_no_score_is_certainty_and_an_unknown_kind_is_an_ordinary_one() -> None:
    assert [log_odds(score) for score in (1.2, 1.0, 0.0, -1.0)] == pytest.approx(
        [math.log(99)] * 2 + [-math.log(99)] * 2
    )
    assert text_terms(replace(PLAIN, kind=Kind("Gene", "EATS", "Gene")), by=BY)["kind"] == 0.0


def test_version_follows_the_coefficients() -> None:
    other = replace(BY, edge={**BY.edge, "denials": 2.5})
    assert BY.version == replace(BY).version != other.version


# ------------------------------------------------------------------------------------------------- fit


def made_edges(n: int, *, seed: int = 5) -> list[JudgedEdge]:
    """Edges whose truth is drawn from the chances that `BY` gives their sentences."""
    rng = random.Random(seed)
    made = []
    for number in range(n):
        kind = INHIBITS if number % 2 else Kind("Chemical", "TREATS", "Disease")
        sentences = tuple(
            Sentence(
                kind,
                score=rng.uniform(0.3, 0.98),
                mention_score=rng.uniform(0.3, 0.98),
                link_score=0.1,  # how names are linked has no part in what the text says
                assertion=rng.choice([AFFIRMED, SPECULATED]),
                section=rng.choice([TITLE, None]),
            )
            for _ in range(rng.choice([1, 1, 2, 4]))
        )
        known = [Statement("D", s.assertion, weigh(replace(s, link_score=None), by=BY)) for s in sentences]
        made.append(JudgedEdge(tuple((s,) for s in sentences), rng.random() < believe(known, by=BY)))
    return made


def test_fit_finds_what_made_the_judgements() -> None:
    found = fit_documents(made_edges(6000))
    assert found.sentence == pytest.approx(BY.sentence, abs=0.2)
    assert found.edge["sentences"] == pytest.approx(BY.edge["sentences"], abs=0.2)
    difference = found.kinds["Chemical INHIBITS Gene"] - found.kinds["Chemical TREATS Disease"]
    assert difference == pytest.approx(0.125, abs=0.15)
    assert {name: found.edge[name] for name in ("publications", "denials")} == {
        name: FITTED.edge[name] for name in ("publications", "denials")
    }


def test_growth_that_is_known_is_kept_and_the_rest_fitted_around_it() -> None:
    edges = made_edges(6000)
    found = fit_documents(edges, growth=BY.edge["sentences"])
    assert found.edge["sentences"] == BY.edge["sentences"]
    assert found.sentence == pytest.approx(BY.sentence, abs=0.2)
    held = fit_documents(edges, growth=0.0)
    assert held.sentence["intercept"] > found.sentence["intercept"], "what growth may not say, the best sentence must"


def test_a_kind_with_little_gold_stays_near_the_others() -> None:
    many = [JudgedEdge(((replace(PLAIN, score=0.5),),), i % 2 == 0) for i in range(400)]
    rare = JudgedEdge(((replace(PLAIN, score=0.5, kind=Kind("Chemical", "TREATS", "Disease")),),), True)
    assert 0.0 < fit_documents([*many, rare]).kinds["Chemical TREATS Disease"] < 0.3


def test_a_sentence_is_fitted_by_its_likeliest_reading() -> None:
    doubtful = replace(PLAIN, score=0.35)
    several = [JudgedEdge(tuple((s, doubtful) for (s,) in e.sentences), e.is_said) for e in made_edges(300)]
    once = [
        JudgedEdge(tuple((s,) if s.score > 0.5 else (s, s) for (s,) in e.sentences), e.is_said) for e in made_edges(300)
    ]
    assert fit_documents(once) == fit_documents(made_edges(300))
    assert fit_documents(several) != fit_documents(made_edges(300))


def test_gold_does_not_judge_denials() -> None:
    with pytest.raises(ValueError, match="affirm or suppose"):
        fit_documents([JudgedEdge(((replace(PLAIN, assertion=NEGATED),),), True)])


def test_likeliest_is_the_share() -> None:
    right = np.array([1.0] * 3 + [0.0] * 7)
    assert likeliest(lambda share: np.full(10, share), right, values=[0.1, 0.3, 0.9]) == 0.3


def test_fitted_coefficients_keep_the_promises() -> None:
    assert min(FITTED.edge.values()) >= 0.0
    assert FITTED.sentence["score"] > 0.0
    assert FITTED.sentence["mentions"] > 0.0
    assert FITTED.sentence["speculated"] < 0.0


# ----------------------------------------------------------------------------------------- reliability


def test_reliability_by_hand() -> None:
    found = measure_reliability([0.25, 0.25, 0.25, 0.25, 0.95, 0.95], [1, 0, 0, 0, 1, 0])
    assert (found.n, found.base_rate) == (6, pytest.approx(1 / 3))
    assert [(b.lowest, b.n, b.share_right) for b in found.bins] == [(0.2, 4, 0.25), (0.9, 2, 0.5)]
    assert found.calibration_error == pytest.approx((4 * 0.0 + 2 * 0.45) / 6)
    brier = (0.75**2 + 3 * 0.25**2 + 0.05**2 + 0.95**2) / 6
    assert found.brier == pytest.approx(brier)
    assert found.skill == pytest.approx(1 - brier / (2 / 9))


def test_the_base_rate_has_no_skill_and_certainty_that_is_right_has_all() -> None:
    assert measure_reliability([0.5, 0.5], [1, 0]).skill == 0.0
    assert measure_reliability([1.0, 0.0], [1, 0]).skill == 1.0


@pytest.mark.parametrize(("chances", "right"), [([], []), ([0.5], [1, 0])])
def test_reliability_needs_an_outcome_for_each_forecast(chances: list[float], right: list[int]) -> None:
    with pytest.raises(ValueError, match="as many forecasts as outcomes"):
        measure_reliability(chances, right)
