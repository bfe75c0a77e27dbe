"""Labels: what a corpus teaches of a pair, and what it leaves open."""

from __future__ import annotations

import pytest

from engine.schema import CHEMICAL, GENE, Span
from engine.train.annotated import Annotated, ConceptRelation, GoldMention, GoldRelation
from engine.train.examples import UNLABELLED, build_examples
from tests.tiny_model import HEADS, tiny_reader
from tests.unit.training_examples import CONFIG, INDUCES, INHIBITS, TREATS, example, induced_asthma


def test_a_corpus_labels_only_what_it_annotates() -> None:
    built = example(
        "aspirin inhibits COX",
        [("aspirin", CHEMICAL), ("COX", GENE)],
        relations=(GoldRelation(0, 1, "INHIBITS"),),
        heads=frozenset({CHEMICAL}),
        predicates={(CHEMICAL, GENE): frozenset({"INHIBITS", "BINDS"})},
    )
    assert built.tags[:, HEADS.index(CHEMICAL)].tolist() == [1, 0, 0]
    assert (built.tags[:, HEADS.index(GENE)] == UNLABELLED).all()
    known = {CONFIG.labels[c]: int(v) for c, v in enumerate(built.labels[0]) if v != UNLABELLED}
    assert known == {(CHEMICAL, GENE, "INHIBITS"): 1, (CHEMICAL, GENE, "BINDS"): 0}


@pytest.mark.parametrize(("verb", "label"), [("does not inhibit", UNLABELLED), ("was given with", 0)])
def test_an_unlabelled_denied_pair_is_no_negative(verb: str, label: int) -> None:
    built = example(
        f"aspirin {verb} COX",
        [("aspirin", CHEMICAL), ("COX", GENE)],
        predicates={(CHEMICAL, GENE): frozenset({"INHIBITS"})},
    )
    assert built.labels[0, INHIBITS] == label


def test_document_level_relations_label_every_pair_of_their_concepts_as_one_statement() -> None:
    built = induced_asthma("INDUCES")
    assert built.labels[:, INDUCES].tolist() == [1, 1]
    assert built.labels[:, TREATS].tolist() == [UNLABELLED, UNLABELLED]
    assert built.groups.tolist() == [0, 0]


def test_a_symmetric_statement_is_counted_once() -> None:
    """Gene pairs are asked in both orders; where a corpus states only symmetric predicates, both are one statement."""
    text = "EGFR and GRB2"
    for annotated, statements in (({"BINDS"}, 1), ({"BINDS", "ACTIVATES"}, 2)):
        document = Annotated(
            "PMID:1", "c", text, (GoldMention(0, 4, GENE, "1"), GoldMention(9, 13, GENE, "2")),
            concept_relations=(ConceptRelation("1", "2", "BINDS"), ConceptRelation("2", "1", "BINDS")),
            predicates={(GENE, GENE): frozenset(annotated)}, sentences=(Span(0, len(text)),),
        )  # fmt: skip
        (built,) = build_examples([document], tiny_reader(), CONFIG)
        assert len(built.pairs) == 2
        assert len(set(built.groups.tolist())) == 2
        assert len(set(built.statements.tolist())) == statements
