"""Counts of mentions: strict as seqeval's, relaxed, words of scopes, slices and errors; numbers computed by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.assertion import NEGATION_SCOPE
from engine.model.decode import ScoredSpan
from engine.model.predict import Prediction
from engine.schema import CHEMICAL, DISEASE, GENE, Span
from engine.train.annotated import Annotated, GoldMention
from engine.train.corpora.iob import read_iob
from engine.train.measure.counts import Counts, Tally, count_all, sum_counts, tally_matches
from engine.train.measure.errors import list_span_errors, sample_errors
from engine.train.measure.slices import count_names, slice_by_names, slice_by_section, tally_slices
from engine.train.measure.spans import gold_spans, predicted_spans, scope_tokens, tally_relaxed
from tests.tiny_model import HEADS


def only(tally: Tally) -> Counts:
    (counts,) = count_all(tally).values()
    return counts


def test_strict_and_relaxed_spans_of_a_hand_made_case() -> None:
    gold = [{(GENE, Span(0, 4)), (GENE, Span(8, 12))}, {(GENE, Span(0, 3)), (GENE, Span(5, 9))}]
    predicted = [{(GENE, Span(0, 4)), (GENE, Span(8, 11))}, {(GENE, Span(0, 3)), (CHEMICAL, Span(5, 9))}]
    # Strict, genes: 2 of 3 predicted are right, 2 of 4 gold are found: P 2/3, R 1/2, F1 4/7.
    strict = count_all(tally_matches(predicted, gold))
    assert strict[GENE] == Counts(right=2, predicted=3, found=2, gold=4)
    assert (strict[GENE].precision, strict[GENE].recall) == pytest.approx((2 / 3, 1 / 2))
    assert strict[GENE].f1 == pytest.approx(4 / 7)
    # Relaxed: 8-11 overlaps 8-12, so 3 of 3 and 3 of 4; a chemical finds no gene.
    relaxed = count_all(tally_relaxed(predicted, gold))
    assert relaxed[GENE] == Counts(right=3, predicted=3, found=3, gold=4)
    assert relaxed[CHEMICAL] == Counts(right=0, predicted=1, found=0, gold=0)


def test_a_long_span_finds_two_and_a_neighbour_none() -> None:
    gold = [{(GENE, Span(0, 4)), (GENE, Span(5, 9)), (GENE, Span(10, 12))}]
    assert only(tally_relaxed([{(GENE, Span(0, 10))}], gold)) == Counts(right=1, predicted=1, found=2, gold=3)


@pytest.mark.parametrize(
    ("gold", "predicted", "expected"),
    [
        ("B I O B", "B I O B", (2, 2, 2)),
        ("B I O B", "B O O B", (1, 2, 2)),  # a shorter span is another span
        ("B I B I", "B I I I", (0, 1, 2)),  # one span over two finds neither
        ("O B I O", "O I I O", (1, 1, 1)),  # an I after an O opens a span, as in conlleval
        ("B B O O", "B I O O", (0, 1, 2)),
        ("O O O O", "O B O O", (0, 1, 0)),
    ],
)
def test_strict_spans_are_those_of_seqeval(gold: str, predicted: str, expected: tuple[int, int, int]) -> None:
    """Seqeval's default mode: chunks as conlleval reads them, correct if type and both ends agree."""

    def spans(tags: str) -> set[tuple[str, Span]]:
        lines = "".join(f"w\t{tag}{'-GENE' if tag != 'O' else ''}\n" for tag in tags.split())
        (document,) = read_iob(lines, corpus="c", type=GENE, source="f")
        return gold_spans(document)

    counts = sum_counts(count_all(tally_matches([spans(predicted)], [spans(gold)])).values())
    assert (counts.right, counts.predicted, counts.gold) == expected
    assert counts.f1 == pytest.approx(2 * expected[0] / (expected[1] + expected[2]))


def test_words_of_scopes_are_counted() -> None:
    text = "It does not bind DNA-1 here."
    gold = {(NEGATION_SCOPE, Span(8, 22))}  # not bind DNA - 1
    said = {(NEGATION_SCOPE, Span(3, 16)), (GENE, Span(17, 22))}  # does not bind
    counts = only(tally_matches([scope_tokens(text, said)], [scope_tokens(text, gold)]))
    # "not" and "bind" in both: P 2/3, R 2/5, F1 4/8.
    assert counts == Counts(right=2, predicted=3, found=2, gold=5)
    assert counts.f1 == pytest.approx(1 / 2)


spans = st.builds(lambda start, length: Span(start, start + length), st.integers(0, 30), st.integers(1, 6))
typed_spans = st.sets(st.tuples(st.sampled_from([GENE, DISEASE]), spans), max_size=8)


@settings(deadline=None)
@given(st.lists(st.tuples(typed_spans, typed_spans), min_size=1, max_size=4))
def test_relaxed_is_never_below_strict(sides: list[tuple[set[tuple[str, Span]], set[tuple[str, Span]]]]) -> None:
    predicted, gold = [side[0] for side in sides], [side[1] for side in sides]
    strict, relaxed = count_all(tally_matches(predicted, gold)), count_all(tally_relaxed(predicted, gold))
    assert strict.keys() == relaxed.keys()
    for kind, counts in strict.items():
        assert relaxed[kind].precision >= counts.precision
        assert relaxed[kind].recall >= counts.recall
        assert relaxed[kind].f1 >= counts.f1
        assert (relaxed[kind].predicted, relaxed[kind].gold) == (counts.predicted, counts.gold)


def test_slices_by_name_and_section() -> None:
    """Training has TNF eleven times and IL-2 once; MYC is new. The title holds TNF, the abstract the others."""
    text = "TNF\nIL2 and MYC"
    mentions = (GoldMention(0, 3, GENE), GoldMention(4, 7, GENE), GoldMention(12, 15, GENE))
    heads = frozenset({GENE})
    document = Annotated("PMID:1", "c", text, mentions, heads=heads)
    taught = [Annotated("PMID:2", "c", "TNF", (GoldMention(0, 3, GENE),), heads=heads)] * 11
    taught.append(Annotated("PMID:3", "c", "IL-2", (GoldMention(0, 4, GENE),), heads=heads))
    names = count_names(taught)
    assert names == {(GENE, "tnf"): 11, (GENE, "il2"): 1}
    prediction = Prediction([ScoredSpan(0, 3, 0, 1.0), ScoredSpan(12, 15, 0, 1.0)], [], [], np.zeros((0, 1)))
    predicted = [predicted_spans(document, prediction, HEADS)]
    slicers = {**slice_by_names(names), "section": slice_by_section}
    found = {
        dimension: {part: (c := only(tally)) and (c.right, c.predicted, c.gold) for part, tally in parts.items()}
        for dimension, parts in tally_slices([document], predicted, [gold_spans(document)], slicers).items()
    }
    assert found == {
        "name_in_training": {"seen": (1, 1, 2), "unseen": (1, 1, 1)},
        "name_frequency": {"frequent": (1, 1, 1), "rare": (0, 0, 1)},
        "section": {"abstract": (1, 1, 2), "title": (1, 1, 1)},
    }


def test_errors_say_what_went_wrong_and_where() -> None:
    text = "TNF rises. IL 2 falls. MYC and ATP stay."
    gold = {(GENE, Span(0, 3)), (GENE, Span(11, 15)), (GENE, Span(23, 26))}
    said = {(GENE, Span(11, 13)), (CHEMICAL, Span(23, 26)), (CHEMICAL, Span(31, 34))}
    document = Annotated("PMID:1", "c", text)
    errors = list_span_errors(document, said, gold)
    assert [(e["error"], e["type"], e["text"], e["sentence"], e.get("said")) for e in errors] == [
        ("missed", GENE, "TNF", "TNF rises.", None),
        ("borders", GENE, "IL 2", "IL 2 falls.", "Gene 'IL'"),
        ("type", GENE, "MYC", "MYC and ATP stay.", "Chemical 'MYC'"),
        ("spurious", CHEMICAL, "ATP", "MYC and ATP stay.", None),
    ]
    drawn = sample_errors(errors, 2, seed=1)
    assert drawn == sample_errors(errors, 2, seed=1)
    assert len(drawn) == 2
    assert sample_errors(errors, 9, seed=1) == errors
