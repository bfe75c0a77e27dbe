"""Scores of hand-made cases, their numbers computed by hand; the published definitions of three evaluations."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.model.config import ExtractorConfig
from engine.model.decode import ScoredSpan
from engine.model.pairs import Pair
from engine.model.predict import Prediction
from engine.schema import CHEMICAL, DISEASE, GENE, TYPE_PAIRS, Span
from engine.train.annotated import NEGATION_SCOPE, Annotated, ConceptRelation, GoldMention, GoldRelation
from engine.train.corpora.iob import read_iob
from engine.train.examples import UNLABELLED
from engine.train.measure.calibration import calibrate
from engine.train.measure.confusion import tabulate_confusion
from engine.train.measure.counts import Counts, Tally, count_all, sum_counts, tally_matches
from engine.train.measure.errors import list_relation_errors, list_span_errors, sample_errors
from engine.train.measure.intervals import Bootstrap, ratios
from engine.train.measure.relations import count_relations, gold_triples, stated_triples
from engine.train.measure.slices import count_names, slice_by_names, slice_by_section, tally_slices
from engine.train.measure.spans import gold_spans, predicted_spans, scope_tokens, tally_relaxed
from engine.train.measure.thresholds import PairScores
from tests.tiny_model import HEADS

CONFIG = ExtractorConfig(mention_heads=HEADS, max_tokens=512)
COLUMN = {label: column for column, label in enumerate(CONFIG.labels)}

# ---------------------------------------------------------------------------------------------- spans


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


# ------------------------------------------------------------------------------------------ relations


def stating(document: Annotated, *stated: tuple[tuple[int, int, str], tuple[int, int, str], str]) -> Prediction:
    """A prediction with the ends' mentions that states each (head, tail, predicate) with score 0.9."""
    named = list(dict.fromkeys(end for *ends, _ in stated for end in ends))
    mentions = [(Span(start, end), type) for start, end, type in named]
    scores = np.zeros((len(stated), len(CONFIG.labels)), dtype=np.float32)
    pairs = []
    for row, (head, tail, predicate) in enumerate(stated):
        types = (head[2], tail[2])
        pairs.append(Pair(named.index(head), named.index(tail), TYPE_PAIRS.index(types), (0, 1), (1, 2), (0, 2)))
        scores[row, COLUMN[*types, predicate]] = 0.9
    spans = [ScoredSpan(start, end, HEADS.index(type), 0.9) for start, end, type in named]
    return Prediction(spans, mentions, pairs, scores)


def micro(document: Annotated, prediction: Prediction) -> Counts:
    pairs = PairScores(np.zeros((0, 0)), np.zeros((0, 0)), ((document, prediction),))
    return sum_counts(count_relations(pairs, CONFIG).values())


ASPIRIN, COX, TNF = (0, 7, CHEMICAL), (17, 20, GENE), (25, 28, GENE)
DRUGPROT = Annotated(
    "PMID:1", "drugprot", "aspirin inhibits COX and TNF here",
    (GoldMention(0, 7, CHEMICAL, "T1"), GoldMention(17, 20, GENE, "T2"), GoldMention(25, 28, GENE, "T3")),
    relations=(GoldRelation(0, 1, "INHIBITS"), GoldRelation(0, 2, "DOWNREGULATES")),
    heads=frozenset({CHEMICAL, GENE}),
    predicates={(CHEMICAL, GENE): frozenset({"INHIBITS", "DOWNREGULATES", "BINDS"})},
)  # fmt: skip


def test_relations_are_counted_as_drugprot_counts_them() -> None:
    """Micro-F1 over distinct (document, chemical, gene, type): here one of two right, one of two found."""
    counts = micro(DRUGPROT, stating(DRUGPROT, (ASPIRIN, COX, "INHIBITS"), (ASPIRIN, TNF, "BINDS")))
    assert (counts.right, counts.predicted, counts.gold) == (1, 2, 2)
    official = {("1", "INHIBITS", "T1", "T2"), ("1", "BINDS", "T1", "T3")}
    truth = {("1", "INHIBITS", "T1", "T2"), ("1", "DOWNREGULATES", "T1", "T3")}
    assert counts.f1 == 2 * len(official & truth) / (len(official) + len(truth))


def test_a_label_that_the_corpus_does_not_annotate_is_not_judged() -> None:
    counts = micro(DRUGPROT, stating(DRUGPROT, (ASPIRIN, COX, "REGULATES")))
    assert (counts.predicted, counts.gold) == (0, 2)


def test_a_predicted_mention_with_other_borders_makes_its_relation_wrong() -> None:
    shifted = (16, 20, GENE)
    counts = micro(DRUGPROT, stating(DRUGPROT, (ASPIRIN, shifted, "INHIBITS"), (ASPIRIN, TNF, "DOWNREGULATES")))
    assert (counts.right, counts.predicted, counts.gold) == (1, 2, 2)
    other_type = replace(DRUGPROT, predicates={(CHEMICAL, GENE): frozenset({"INHIBITS"})}, relations=())
    assert micro(other_type, stating(other_type, ((17, 20, CHEMICAL), TNF, "INHIBITS"))).right == 0


# Two mentions of one chemical, one of another; a disease, and a mention of two diseases at once.
BC5CDR = Annotated(
    "PMID:2", "bc5cdr", "aspirin, aspirin, zinc; asthma; renal and liver failure",
    (
        GoldMention(0, 7, CHEMICAL, "C1"), GoldMention(9, 16, CHEMICAL, "C1"), GoldMention(18, 22, CHEMICAL, "C2"),
        GoldMention(24, 30, DISEASE, "D1"), GoldMention(32, 55, DISEASE, "D2|D3"),
    ),
    concept_relations=(ConceptRelation("C1", "D1", "INDUCES"), ConceptRelation("C2", "D2", "INDUCES")),
    heads=frozenset({CHEMICAL, DISEASE}),
    predicates={(CHEMICAL, DISEASE): frozenset({"INDUCES"})},
)  # fmt: skip


def test_relations_between_concepts_are_counted_as_bc5cdr_counts_them() -> None:
    """Distinct (document, chemical id, disease id): what two mentions of a chemical state is one triple."""
    first, second, zinc, asthma, failure = ((m.start, m.end, m.type) for m in BC5CDR.mentions)
    prediction = stating(
        BC5CDR, (first, asthma, "INDUCES"), (second, asthma, "INDUCES"), (zinc, failure, "INDUCES"),
        (second, failure, "INDUCES"),
    )  # fmt: skip
    counts = micro(BC5CDR, prediction)
    # Stated: C1-D1, C2-D2, C2-D3, C1-D2, C1-D3; gold: C1-D1, C2-D2. P 2/5, R 2/2, F1 4/7.
    official = {("2", "C1", "D1"), ("2", "C2", "D2"), ("2", "C2", "D3"), ("2", "C1", "D2"), ("2", "C1", "D3")}
    truth = {("2", "C1", "D1"), ("2", "C2", "D2")}
    assert (counts.right, counts.predicted, counts.gold) == (len(official & truth), len(official), len(truth))
    assert counts.f1 == pytest.approx(4 / 7)


def test_a_predicted_mention_takes_the_concept_of_the_gold_mention_at_its_very_span() -> None:
    asthma = (24, 30, DISEASE)
    right = micro(BC5CDR, stating(BC5CDR, ((9, 16, CHEMICAL), asthma, "INDUCES")))
    wrong = micro(BC5CDR, stating(BC5CDR, ((9, 15, CHEMICAL), asthma, "INDUCES")))
    assert (right.right, right.predicted, right.gold) == (1, 1, 2)
    assert (wrong.right, wrong.predicted, wrong.gold) == (0, 1, 2)


def test_a_symmetric_triple_has_no_order_and_ignored_pairs_are_not_judged() -> None:
    document = Annotated(
        "PMID:3", "biored", "EGFR binds GRB2", (GoldMention(0, 4, GENE, "1"), GoldMention(11, 15, GENE, "2")),
        concept_relations=(ConceptRelation("2", "1", "BINDS"), ConceptRelation("1", "2", "BINDS")),
        predicates={(GENE, GENE): frozenset({"BINDS", "INTERACTS_WITH"})},
    )  # fmt: skip
    prediction = stating(document, ((0, 4, GENE), (11, 15, GENE), "BINDS"))
    assert micro(document, prediction) == Counts(1, 1, 1, 1)
    ignoring = replace(document, concept_relations=(), ignored=frozenset({("1", "2"), ("2", "1")}))
    assert micro(ignoring, prediction) == Counts()


# --------------------------------------------------------------------------- intervals and calibration

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


# ------------------------------------------------------------------------ confusion, slices and errors


def test_confusion_sums_to_gold_and_stated() -> None:
    gold = [{("a", ("1", "2")), ("b", ("1", "3")), ("a", ("1", "4"))}]
    stated = [{("a", ("1", "2")), ("a", ("3", "1")), ("c", ("5", "6"))}]
    assert tabulate_confusion(stated, gold) == {"a": {"a": 1, "none": 1}, "b": {"a": 1}, "none": {"c": 1}}


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


def test_relation_errors_name_label_and_ends() -> None:
    stated = stated_triples(DRUGPROT, stating(DRUGPROT, (ASPIRIN, COX, "BINDS")), CONFIG)
    errors = list_relation_errors(DRUGPROT, stated, gold_triples(DRUGPROT))
    assert [(e["error"], e["label"], e["head"], e["tail"], e.get("said")) for e in errors] == [
        ("missed", "Chemical DOWNREGULATES Gene", "aspirin", "TNF", None),
        ("label", "Chemical INHIBITS Gene", "aspirin", "COX", "Chemical BINDS Gene"),
    ]
    assert {e["sentence"] for e in errors} == {DRUGPROT.text}
    (spurious,) = list_relation_errors(DRUGPROT, stated, {})
    assert (spurious["error"], spurious["label"]) == ("spurious", "Chemical BINDS Gene")
