"""The plain way that Hypograph is held beside: which pairs it asks, how it marks them, and that both count alike."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from bench.gold_edges import source_row
from bench.plain import mark_pair, pairs_of
from bench.side_by_side import _found_in, score
from engine.schema import CHEMICAL, DISEASE, SOURCE_ROW, Span
from engine.train.annotated import Annotated, ConceptRelation, GoldMention

TEXT = "Aspirin, not ibuprofen, causes ulcers.\nUlcers healed after aspirin."
MENTIONS = (
    GoldMention(0, 7, CHEMICAL, "D1"), GoldMention(13, 22, CHEMICAL, "D2"), GoldMention(31, 37, DISEASE, "D3"),
    GoldMention(39, 45, DISEASE, "D3"), GoldMention(59, 66, CHEMICAL, "D1"),
)  # fmt: skip
DOCUMENT = Annotated(
    "1", "bc5cdr", TEXT, MENTIONS, concept_relations=(ConceptRelation("D1", "D3", "INDUCES"),),
    heads=frozenset({CHEMICAL, DISEASE}), predicates={(CHEMICAL, DISEASE): frozenset({"INDUCES"})},
    sentences=(Span(0, 38), Span(39, 67)),
)  # fmt: skip
SPANS = [(m.type, Span(m.start, m.end)) for m in MENTIONS]


def test_pairs_share_a_sentence_and_are_marked_in_it() -> None:
    asked = list(pairs_of(DOCUMENT, SPANS))
    assert asked == [(Span(0, 7), Span(31, 37)), (Span(13, 22), Span(31, 37)), (Span(59, 66), Span(39, 45))]
    assert mark_pair(DOCUMENT, asked[0]) == "# Aspirin #, not ibuprofen, causes @ ulcers @."
    assert mark_pair(DOCUMENT, asked[2]) == "@ Ulcers @ healed after # aspirin #."


def test_relations_count_once_a_document_and_by_the_concepts_of_gold_borders() -> None:
    right, wrong, loose = (Span(0, 7), Span(31, 37)), (Span(13, 22), Span(31, 37)), (Span(0, 7), Span(30, 37))
    figures = score([DOCUMENT], [(set(SPANS[:3]), (right, (Span(59, 66), Span(39, 45)), wrong, loose))])
    assert figures["spans"][CHEMICAL]["recall"] == 0.6667
    assert figures["spans"][DISEASE]["precision"] == 1.0
    found = figures["relations"]["Chemical INDUCES Disease"]
    assert (found["predicted"], found["gold"], found["precision"], found["recall"]) == (3, 1, 0.3333, 1.0)


def test_a_row_of_the_stages_gives_its_affirmed_inductions() -> None:
    mentions = [{"start": m.start, "end": m.end, "type": m.type} for m in MENTIONS[:3]]
    mentions.append({"start": 50, "end": 55, "type": "Gene"})
    said: dict[str, Any] = {"head": 0, "tail": 2, "predicate": "INDUCES", "assertion": "affirmed"}
    relations = [
        said, {**said, "head": 1, "assertion": "negated"}, {**said, "predicate": "TREATS"}, {**said, "tail": 3},
    ]  # fmt: skip
    spans, induced = _found_in({"mentions": mentions, "relations": relations})
    assert spans == set(SPANS[:3])
    assert induced == ((Span(0, 7), Span(31, 37)),)


def test_an_annotated_document_becomes_a_source_row() -> None:
    (row,) = pa.Table.from_pylist([source_row(DOCUMENT, 7)], schema=SOURCE_ROW).to_pylist()
    assert (row["doc_id"], row["record"], row["title"]) == ("7", 7, "Aspirin, not ibuprofen, causes ulcers.")
    assert row["text"] == TEXT
