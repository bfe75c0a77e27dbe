"""What belief is fitted and measured on: gold edges, known pairs, and the halves that are kept apart."""

from __future__ import annotations

import csv
import gzip
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.belief import fit_growth, measure_publications, noisy_or
from bench.gold_edges import _gold_by_ends, _lies_on_gold
from bench.judged_belief import JudgedByHand, correct_kinds, say_what_is_judged
from bench.known_edges import KnownEdge
from bench.known_pairs import DRUG_TARGETS, GENE_DISEASES, is_even, read_known_pairs
from bench.known_truths import pairs_in_sentences
from bench.reliability_picture import draw_reliability
from bench.select_known import select
from engine.link.entry import LexiconEdge
from engine.schema import AFFIRMED, CHEMICAL, DISEASE, GENE
from engine.train.annotated import Annotated, ConceptRelation, GoldMention, GoldRelation
from graph.belief import Kind, Sentence, Statement
from graph.belief.edge import believe
from graph.belief.fitted import FITTED
from tests.unit.tiny_lexicon import entry, lexicon_of

TYPES = (CHEMICAL, GENE)


def _gold(**columns: Any) -> Annotated:
    mentions = (
        GoldMention(0, 7, CHEMICAL, "D1"),
        GoldMention(17, 21, GENE, "25|26"),
        GoldMention(30, 37, CHEMICAL, "D1"),
    )
    return Annotated("D", "made", "aspirin inhibits COX1 because aspirin", mentions, **columns)


def _piece(head: tuple[int, int], tail: tuple[int, int], predicate: str = "INHIBITS") -> dict[str, Any]:
    ends = {"head": (*head, CHEMICAL), "tail": (*tail, GENE)}
    return {"predicate": predicate} | {
        f"{end}_{name}": value
        for end, values in ends.items()
        for name, value in zip(("start", "end", "type"), values, strict=True)
    }


def test_a_sentence_is_right_where_gold_joins_mentions_that_ours_overlap() -> None:
    document = _gold(relations=(GoldRelation(0, 1, "INHIBITS"),))
    gold = list(_gold_by_ends(document))
    assert _lies_on_gold(document, _piece((0, 4), (15, 21)), gold)
    assert not _lies_on_gold(document, _piece((30, 37), (17, 21)), gold)  # another mention
    assert not _lies_on_gold(document, _piece((0, 7), (17, 21), "ACTIVATES"), gold)
    assert not _lies_on_gold(document, _piece((17, 21), (0, 7)), gold)  # the other way round


def test_a_relation_of_concepts_counts_for_all_their_mentions() -> None:
    document = _gold(concept_relations=(ConceptRelation("D1", "26", "INHIBITS"),))
    gold = list(_gold_by_ends(document))
    assert _lies_on_gold(document, _piece((30, 37), (17, 21)), gold)
    assert not list(_gold_by_ends(_gold()))


# ------------------------------------------------------------------------------------------ known pairs


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, list(rows[0]), delimiter="\t")
        writer.writeheader()
        writer.writerows(rows)


def test_known_pairs_are_read_as_concepts_and_a_family_stands_for_its_members(tmp_path: Path) -> None:
    lexicon = lexicon_of(
        [
            entry("mesh:D1", "Drug", {"imatinib": 0}),
            entry("hgnc:76", "Gene", {"ABL1": 0}, ["uniprot:P00519"]),
            entry("uniprot:P00519", "Protein", {"ABL1_HUMAN": 0}),
            entry("fplx:ABL", "GeneFamily", {"ABL": 0}),
            entry("mondo:1", "Disease", {"some syndrome": 0}, ["omim:617602"]),
        ],
        [LexiconEdge("hgnc:76", "MEMBER_OF", "fplx:ABL")],
    )
    target = {"drug": "Imatinib", "drugcentral_id": "1", "target_name": "ABL1"}
    _write(tmp_path / DRUG_TARGETS, [{"uniprot": "P00519", **target}, {"uniprot": "Q99999", **target}])
    xrefs = {"uniprot": "P00519", "xrefs": "MIM:617602,MedGen:C1"}
    _write(tmp_path / GENE_DISEASES, [xrefs])
    known = read_known_pairs(tmp_path, lexicon)
    assert known[CHEMICAL, GENE].pairs == {("mesh:D1", "hgnc:76"), ("mesh:D1", "fplx:ABL")}
    assert known[GENE, DISEASE].pairs == {("hgnc:76", "mondo:1"), ("fplx:ABL", "mondo:1")}
    assert known[CHEMICAL, GENE].speaks_of("mesh:D1", "fplx:ABL")
    assert not known[CHEMICAL, GENE].speaks_of("mesh:D1", "mondo:1")


def test_abstracts_are_chosen_whose_sentences_name_a_drug_and_a_target(tmp_path: Path) -> None:
    lexicon = lexicon_of(
        [
            entry("mesh:D1", "Drug", {"imatinib mesylate": 0}),
            entry("mesh:D2", "Drug", {"gefitinib": 0}),
            entry("mesh:D3", "Drug", {"unlisted": 0}),
            entry("hgnc:76", "Gene", {"ABL1": 0}, ["uniprot:P00519"]),
            entry("hgnc:3236", "Gene", {"EGFR": 0}, ["uniprot:P00533"]),
        ]
    )
    drugs = (("Imatinib mesylate", "P00519"), ("Gefitinib", "P00533"))
    rows = [{"drug": drug, "drugcentral_id": "1", "target_name": "T", "uniprot": protein} for drug, protein in drugs]
    _write(tmp_path / DRUG_TARGETS, rows)
    _write(tmp_path / GENE_DISEASES, [{"uniprot": "P00519", "xrefs": "MIM:1"}])
    texts = {
        "1": "Imatinib mesylate, a drug, inhibits (ABL1).",
        "2": "Gefitinib spares ABL1.",  # no pair
        "3": "Gefitinib was given. EGFR was seen.",  # no sentence of both
        "4": "Imatinib inhibits ABL1 as unlisted does.",  # no drug
    }
    (tmp_path / "corpus").mkdir()
    with gzip.open(tmp_path / "corpus" / "abstracts_pmid.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(
            json.dumps({"pmid": name, "title": None, "abstract": text}) + "\n" for name, text in texts.items()
        )
    assert [json.loads(line)["pmid"] for line in select(tmp_path, lexicon)] == ["1", "2"]
    assert [json.loads(line)["pmid"] for line in select(tmp_path, lexicon, {"PMID:4"})] == ["1", "2", "4"]


def test_a_missing_list_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"drug_target_drugcentral2023\.tsv\.gz is missing"):
        read_known_pairs(tmp_path, lexicon_of([entry("mesh:D1", "Drug", {"imatinib": 0})]))


def test_halves_are_halves_and_stay_the_same() -> None:
    even = [is_even("mesh:D1", f"hgnc:{number}") for number in range(1000)]
    assert 450 < sum(even) < 550
    assert [is_even("PMID:1"), is_even("PMID:2"), is_even("PMID:3"), is_even("PMID:4")] == [False, True, True, True]


# --------------------------------------------------------------------------------------------- figures


def _edges(n: int, *, coefficient: float, listed: float, seed: int = 3) -> list[KnownEdge]:
    """Edges of one to five publications, known as belief with this coefficient and such a list would have it."""
    dice = np.random.default_rng(seed)
    by = replace(FITTED, edge={**FITTED.edge, "publications": coefficient})
    made = []
    for number in range(n):
        chances = dice.uniform(0.2, 0.9, size=dice.integers(1, 6))
        statements = tuple(Statement(f"PMID:{i}", AFFIRMED, float(c)) for i, c in enumerate(chances))
        known = bool(dice.random() < listed * believe(statements, by=by))
        made.append(KnownEdge(TYPES, statements, tuple(map(float, chances)), known, number % 2 == 0))
    return made


def test_the_coefficient_of_publications_is_found_and_belief_then_beats_the_others() -> None:
    grown = [fit_growth(FITTED, known=_edges(4000, coefficient=c, listed=0.6)) for c in (0.2, 2.0)]
    low, high = (by.edge["publications"] for by in grown)
    assert low < 0.9 < 1.1 < high
    assert {by.edge["denials"] for by in grown} == {FITTED.edge["denials"]}
    edges = _edges(8000, coefficient=FITTED.edge["publications"], listed=0.6)
    report = measure_publications(edges)
    assert report["belief"]["calibration_error"] < 0.03
    assert report["belief"]["skill"] > max(report["noisy_or"]["skill"], report["publications"]["skill"])
    assert report["listed"]["Chemical - Gene"] == pytest.approx(0.6, abs=0.05)
    assert report["even"] == report["odd"] == 4000


def test_what_a_former_model_found_in_a_document_of_the_run_is_judged_no_more() -> None:
    row = {"subject_type": "Drug", "predicate": "TREATS", "object_type": "Disease", "assertion": AFFIRMED}
    judged = [
        {**row, "triple_id": identity, "pmid": pmid, "score": "0.9", "n_evidence": n}
        for identity, pmid, n in (("T:1", "PMID:1", "2"), ("T:2", "PMID:1", "1"), ("T:3", "PMID:9", "5"))
    ]
    piece = {
        "triple_id": "T:1", "doc_id": "PMID:1", "sentence": "A treats B.", "score": 0.8, "mention_score": 0.9,
        "head_type": CHEMICAL, "tail_type": DISEASE, "predicate": "TREATS", "assertion": AFFIRMED, "section": None,
        "head_link_score": 1.0, "tail_link_score": 1.0,
    }  # fmt: skip
    elsewhere = {**piece, "triple_id": "T:2", "doc_id": "PMID:2"}
    told = {r["triple_id"]: t for r, t in say_what_is_judged(judged, [piece, elsewhere], {"PMID:1", "PMID:2"})}
    assert told.keys() == {"T:1", "T:3"}
    assert [(where, text) for where, text, _ in told["T:1"]] == [("PMID:1", "A treats B.")]
    assert [sentence.score for _, _, sentence in told["T:3"]] == [0.9] * 3


TREATS, INHIBITS = Kind("Drug", "TREATS", "Disease"), Kind("Drug", "INHIBITS", "Gene")


def _by_hand(n: int, *, chance: float, publications: int, kind: Kind) -> list[JudgedByHand]:
    """Edges of so many publications, of which that share is right."""
    sentence = Sentence(kind, 0.9, 0.9, 1.0, AFFIRMED, None)
    told = [(f"PMID:{i}", "", sentence) for i in range(publications)]
    return [JudgedByHand(told, number < chance * n) for number in range(n)]


def test_judged_edges_that_grow_no_better_hold_growth_down() -> None:
    known = _edges(400, coefficient=2.0, listed=0.6)
    flat = [edge for n in (1, 9) for edge in _by_hand(200, chance=0.6, publications=n, kind=INHIBITS)]
    free, held = (fit_growth(FITTED, known=known, judged=judged).edge["publications"] for judged in ((), flat))
    assert held < 0.5 < free


def test_a_kind_is_corrected_where_many_were_judged_and_gold_has_few() -> None:
    judged = _by_hand(100, chance=0.5, publications=1, kind=TREATS)
    judged += _by_hand(10, chance=0.0, publications=1, kind=INHIBITS)
    by = correct_kinds(judged, FITTED, gold={})
    assert np.mean([edge.belief(by) for edge in judged[:100]]) == pytest.approx(0.5, abs=0.03)
    assert {k for k in by.kinds if by.kinds[k] != FITTED.kinds.get(k)} == {"Chemical TREATS Disease"}
    assert correct_kinds(judged, FITTED, gold={"Chemical TREATS Disease": 500}) == FITTED


def test_noisy_or() -> None:
    assert noisy_or([0.5, 0.5]) == pytest.approx(0.75)
    assert noisy_or([]) == 0.0


def test_the_picture_shows_every_curve_by_name() -> None:
    bins = [{"lowest": 0.2, "n": 10, "mean_chance": 0.25, "share_right": 0.3}]
    picture = draw_reliability({"a < b": {"n": 10, "bins": bins}})
    assert picture.count("<polyline") == 1
    assert "a &lt; b, 10 items" in picture


# --------------------------------------------------------------------------------------- known truths


def test_pairs_share_a_sentence_where_both_ends_are_linked_in_it() -> None:
    mentions = [
        {"start": 0, "end": 4, "type": CHEMICAL, "concept_id": "mesh:D1"},
        {"start": 10, "end": 14, "type": GENE, "concept_id": "hgnc:1"},
        {"start": 30, "end": 34, "type": GENE, "concept_id": "hgnc:2"},
        {"start": 5, "end": 8, "type": GENE, "concept_id": None},
    ]
    row = {"sentences": [{"start": 0, "end": 20}, {"start": 21, "end": 40}], "mentions": mentions}
    assert list(pairs_in_sentences(row, TYPES)) == [("mesh:D1", "hgnc:1")]
    assert list(pairs_in_sentences({"sentences": None, "mentions": None}, TYPES)) == []
