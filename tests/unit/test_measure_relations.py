"""Counts of relations as DrugProt and BC5CDR count them, confusion and errors; numbers computed by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.model.config import ExtractorConfig
from engine.model.decode import ScoredSpan
from engine.model.pairs import Pair
from engine.model.predict import Prediction
from engine.schema import CHEMICAL, DISEASE, GENE, TYPE_PAIRS, Span
from engine.train.annotated import Annotated, ConceptRelation, GoldMention, GoldRelation
from engine.train.measure.confusion import tabulate_confusion
from engine.train.measure.counts import Counts, sum_counts
from engine.train.measure.errors import list_relation_errors
from engine.train.measure.relations import (
    count_relations,
    directed_triples,
    gold_triples,
    related_ends,
    stated_triples,
)
from engine.train.measure.thresholds import PairScores
from tests.tiny_model import HEADS

CONFIG = ExtractorConfig(mention_heads=HEADS, max_tokens=512)
COLUMN = {label: column for column, label in enumerate(CONFIG.labels)}


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


def test_what_is_denied_is_not_found_to_hold() -> None:
    prediction = stating(DRUGPROT, (ASPIRIN, COX, "INHIBITS"), (ASPIRIN, TNF, "DOWNREGULATES"))
    denial = ScoredSpan(24, 29, HEADS.index("NegationScope"), 0.9)
    counts = micro(DRUGPROT, replace(prediction, spans=[*prediction.spans, denial]))
    assert (counts.right, counts.predicted, counts.gold) == (1, 1, 2)
    listed = replace(DRUGPROT, lists_denied=True)
    assert micro(listed, replace(prediction, spans=[*prediction.spans, denial])).right == 2


def test_related_pairs_have_no_order_and_no_predicate() -> None:
    prediction = stating(DRUGPROT, (ASPIRIN, COX, "BINDS"))
    assert related_ends(stated_triples(DRUGPROT, prediction, CONFIG)) == {("related", ("T1", "T2"))}
    assert related_ends(gold_triples(DRUGPROT, ())) == {("related", ("T1", "T2")), ("related", ("T1", "T3"))}


def test_regulation_has_a_direction_and_binding_has_none() -> None:
    document = Annotated(
        "PMID:4", "genia", "TNF raises and binds IL6", (GoldMention(0, 3, GENE, "1"), GoldMention(21, 24, GENE, "2")),
        relations=(GoldRelation(0, 1, "UPREGULATES"), GoldRelation(0, 1, "BINDS")),
        predicates={(GENE, GENE): frozenset({"UPREGULATES", "BINDS"})},
    )  # fmt: skip
    label = "Gene UPREGULATES Gene"
    assert directed_triples(gold_triples(document, CONFIG.symmetric), CONFIG) == {(label, ("1", "2"))}
    turned = stating(document, ((21, 24, GENE), (0, 3, GENE), "UPREGULATES"))
    assert directed_triples(stated_triples(document, turned, CONFIG), CONFIG) == {(label, ("2", "1"))}
    assert directed_triples(gold_triples(DRUGPROT, ()), CONFIG) == set()


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


def test_no_concept_is_joined_with_itself() -> None:
    document = Annotated(
        "d", "biored", "A/B binds A",
        (GoldMention(0, 3, GENE, "1,2"), GoldMention(10, 11, GENE, "1")),
        predicates={(GENE, GENE): frozenset({"BINDS"})},
    )  # fmt: skip
    stated = stated_triples(document, stating(document, ((0, 3, GENE), (10, 11, GENE), "BINDS")), CONFIG)
    assert {ends for _, ends in stated} == {("1", "2")}


def test_confusion_sums_to_gold_and_stated() -> None:
    gold = [{("a", ("1", "2")), ("b", ("1", "3")), ("a", ("1", "4"))}]
    stated = [{("a", ("1", "2")), ("a", ("3", "1")), ("c", ("5", "6"))}]
    assert tabulate_confusion(stated, gold) == {"a": {"a": 1, "none": 1}, "b": {"a": 1}, "none": {"c": 1}}


def test_relation_errors_name_label_and_ends() -> None:
    stated = stated_triples(DRUGPROT, stating(DRUGPROT, (ASPIRIN, COX, "BINDS")), CONFIG)
    errors = list_relation_errors(DRUGPROT, stated, gold_triples(DRUGPROT, CONFIG.symmetric))
    assert [(e["error"], e["label"], e["head"], e["tail"], e.get("said")) for e in errors] == [
        ("missed", "Chemical DOWNREGULATES Gene", "aspirin", "TNF", None),
        ("label", "Chemical INHIBITS Gene", "aspirin", "COX", "Chemical BINDS Gene"),
    ]
    assert {e["sentence"] for e in errors} == {DRUGPROT.text}
    (spurious,) = list_relation_errors(DRUGPROT, stated, {})
    assert (spurious["error"], spurious["label"]) == ("spurious", "Chemical BINDS Gene")
