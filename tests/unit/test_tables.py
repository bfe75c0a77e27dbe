"""Flat tables from rows written by hand."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from engine import schema, tables
from engine.read.rows import number_revision
from tests.unit.rows import Concept, Edge, SmallLexicon, document, mention, relation, small_lexicon, table

TEXT = "Imatinib in leukemia. Imatinib inhibits ABL. We saw nothing else. It also binds KIT."
ABL, KIT, IMATINIB, CML = "hgnc:76", "hgnc:6342", "mesh:D000068877", "mondo:0011996"


def derive(*rows: dict[str, Any]) -> dict[str, pa.Table]:
    return tables.derive_tables(table(*rows), lexicon=small_lexicon(), model_revision="m1", run_id="r1")


def imatinib_row(**other: Any) -> dict[str, Any]:
    mentions = [
        mention(TEXT, "Imatinib", schema.CHEMICAL, IMATINIB, nth=1),
        mention(TEXT, "ABL", schema.GENE, ABL),
        mention(TEXT, "KIT", schema.GENE, KIT),
    ]
    return document("PMID:1", TEXT, mentions=mentions, relations=[relation(0, 1, "INHIBITS")]) | other


def test_every_table_has_its_schema_even_when_it_is_empty() -> None:
    for rows in ([], [imatinib_row()]):
        got = derive(*rows)
        assert list(got) == list(schema.FLAT_TABLES)
        for name, expected in schema.FLAT_TABLES.items():
            assert got[name].schema.equals(expected), name


def test_a_relation_becomes_evidence_and_a_triple() -> None:
    got = derive(imatinib_row())
    (evidence,) = got["evidence"].to_pylist()
    (triple,) = got["triple"].to_pylist()
    assert triple == {
        "triple_id": schema.triple_id(IMATINIB, "INHIBITS", ABL),
        "subject": IMATINIB,
        "predicate": "INHIBITS",
        "object": ABL,
    }
    assert evidence["triple_id"] == triple["triple_id"]
    assert evidence["sentence"] == "Imatinib inhibits ABL."
    assert (evidence["head_text"], evidence["tail_text"]) == ("Imatinib", "ABL")
    assert TEXT[evidence["tail_start"] : evidence["tail_end"]] == "ABL"
    assert (evidence["model_revision"], evidence["run_id"], evidence["section"]) == ("m1", "r1", None)


def test_the_run_is_no_part_of_the_identity() -> None:
    rows = table(imatinib_row())
    first, second = (
        tables.derive_evidence(rows, model_revision="m1", run_id=run)["evidence_id"].to_pylist() for run in ("a", "b")
    )
    other_model = tables.derive_evidence(rows, model_revision="m2", run_id="a")["evidence_id"].to_pylist()
    assert first == second != other_model


def test_a_relation_across_sentences_keeps_both_and_shows_the_gap() -> None:
    (evidence,) = derive(imatinib_row(relations=[relation(0, 2, "BINDS")]))["evidence"].to_pylist()
    assert evidence["sentence"] == "Imatinib inhibits ABL. … It also binds KIT."
    assert [TEXT[s["start"] : s["end"]] for s in evidence["sentences"]] == [
        "Imatinib inhibits ABL.",
        "It also binds KIT.",
    ]


def test_the_section_is_that_of_the_head() -> None:
    start = TEXT.index("Imatinib inhibits")
    sections = [{"label": "RESULTS", "start": start, "end": len(TEXT)}]
    (evidence,) = derive(imatinib_row(sections=sections))["evidence"].to_pylist()
    assert evidence["section"] == "RESULTS"


@pytest.mark.parametrize("ends", [(1, 2), (2, 1)])
def test_ends_of_a_symmetric_predicate_are_sorted(ends: tuple[int, int]) -> None:
    got = derive(imatinib_row(relations=[relation(*ends, "INTERACTS_WITH")]))
    (triple,) = got["triple"].to_pylist()
    assert (triple["subject"], triple["object"]) == (KIT, ABL)  # "hgnc:6342" < "hgnc:76"
    assert got["evidence"]["head_text"].to_pylist() == ["KIT"]


def test_both_directions_of_a_symmetric_relation_are_one_piece_of_evidence() -> None:
    both = [relation(1, 2, "BINDS", score=0.6), relation(2, 1, "BINDS", score=0.7)]
    evidence = derive(imatinib_row(relations=both))["evidence"]
    assert evidence["score"].to_pylist() == [pytest.approx(0.7)]


def test_an_unlinked_end_and_a_self_loop_are_kept_as_evidence_only() -> None:
    row = imatinib_row(relations=[relation(0, 1, "INHIBITS"), relation(1, 2, "UPREGULATES")])
    row["mentions"][0]["concept_id"] = None
    row["mentions"][2]["concept_id"] = ABL
    got = derive(row)
    assert got["evidence"]["triple_id"].to_pylist() == [None, None]
    assert got["evidence"]["head_text"].to_pylist() == ["Imatinib", "ABL"]
    assert len(got["triple"]) == len(got["entity"]) == 0


def test_a_triple_is_stated_once_however_often_it_is_read() -> None:
    got = derive(imatinib_row(), imatinib_row(doc_id="PMID:2", record=2))
    assert len(got["evidence"]) == 2
    assert len(got["triple"]) == 1


def test_entities_bring_proteins_families_and_broader_diseases_but_no_unnamed_rodent_gene() -> None:
    got = derive(imatinib_row())
    assert got["entity"]["concept_id"].to_pylist() == sorted([ABL, IMATINIB, "fplx:ABL", "uniprot:P00519"])
    assert got["lexicon_edge"].to_pylist() == [
        {"subject": ABL, "predicate": "ENCODES", "object": "uniprot:P00519"},
        {"subject": ABL, "predicate": "MEMBER_OF", "object": "fplx:ABL"},
    ]


def test_a_rodent_gene_reaches_the_human_gene_and_a_family_its_members() -> None:
    for named in ("ncbigene:11350", "fplx:ABL"):
        entity, edges = tables.derive_entities([named], lexicon=small_lexicon())  # type: ignore[arg-type]
        assert {named, ABL, "uniprot:P00519"} <= set(entity["concept_id"].to_pylist())
        assert "ENCODES" in edges["predicate"].to_pylist()
    entity, _ = tables.derive_entities([CML], lexicon=small_lexicon())  # type: ignore[arg-type]
    assert entity["concept_id"].to_pylist() == ["mondo:0005059", CML]


def test_a_family_brings_the_members_of_the_families_below_it() -> None:
    families = ("fplx:HDAC", "fplx:HDAC_I")
    lexicon = SmallLexicon(
        [Concept("hgnc:4852", "Gene", "HDAC1"), *(Concept(family, "GeneFamily", family) for family in families)],
        [Edge("hgnc:4852", "MEMBER_OF", "fplx:HDAC_I"), Edge("fplx:HDAC_I", "IS_A", "fplx:HDAC")],
    )
    entity, edges = tables.derive_entities(["fplx:HDAC"], lexicon=lexicon)  # type: ignore[arg-type]
    assert entity["concept_id"].to_pylist() == sorted([*families, "hgnc:4852"])
    assert sorted(edges["predicate"].to_pylist()) == ["IS_A", "MEMBER_OF"]


def test_closures_of_parts_add_up_to_the_closure_of_the_whole() -> None:
    lexicon = small_lexicon()
    seeds = ["ncbigene:11350", "fplx:ABL", KIT, CML]
    whole, whole_edges = tables.derive_entities(seeds, lexicon=lexicon)  # type: ignore[arg-type]
    parts = [tables.derive_entities([seed], lexicon=lexicon) for seed in seeds]  # type: ignore[arg-type]
    assert {i for entity, _ in parts for i in entity["concept_id"].to_pylist()} == set(whole["concept_id"].to_pylist())
    union = {tuple(edge.values()) for _, edges in parts for edge in edges.to_pylist()}
    assert union == {tuple(edge.values()) for edge in whole_edges.to_pylist()}


def test_a_concept_that_the_lexicon_lacks_is_a_bug_that_names_both() -> None:
    row = imatinib_row()
    row["mentions"][1]["concept_id"] = "hgnc:0"
    with pytest.raises(KeyError, match="'hgnc:0' is in the rows but not in lexicon small"):
        derive(row)


def test_the_newest_revision_wins_whatever_the_order() -> None:
    old, new = imatinib_row(), imatinib_row(revision=2, relations=[], source_file="b.xml", title="new")
    for rows in ((old, new), (new, old)):
        got = derive(*rows)
        assert got["document"]["title"].to_pylist() == ["new"]
        assert len(got["evidence"]) == 0


def test_of_equal_revisions_the_first_in_the_input_wins_and_a_doubled_row_counts_once() -> None:
    first, second = imatinib_row(title="first"), imatinib_row(title="second", source_file="b.xml")
    for rows in ((first, second, first), (second, first)):
        got = derive(*rows)
        assert got["document"]["title"].to_pylist() == ["first"]
        assert len(got["evidence"]) == 1


def test_a_tombstone_replaces_and_stays() -> None:
    got = derive(imatinib_row(), document("PMID:1", deleted=True, revision=9, text=""))
    assert got["document"]["deleted"].to_pylist() == [True]
    assert len(got["evidence"]) == 0


def test_a_row_with_errors_is_a_reject_and_does_not_replace_a_good_revision() -> None:
    error = {"stage": "extract", "kind": "crash", "message": "died"}
    failed = imatinib_row(revision=2, errors=[error], record=7)
    unread = document(None, errors=[{"stage": "read", "kind": "no_pmid", "message": "?"}], raw=b"<x/>", record=8)
    got = derive(imatinib_row(), failed, unread)
    assert got["document"]["revision"].to_pylist() == [1]
    assert len(got["evidence"]) == 1
    assert [(r["doc_id"], r["record"], r["kind"], r["raw"]) for r in got["reject"].to_pylist()] == [
        ("PMID:1", 7, "crash", None),
        (None, 8, "no_pmid", b"<x/>"),
    ]


def test_what_the_generator_could_not_answer_costs_no_row() -> None:
    unanswered = {"stage": "generate", "kind": "unanswered", "message": "m"}
    failed = {"stage": "extract", "kind": "unreadable", "message": "m"}
    rows = [document("A"), document("B", errors=[failed]), document("C", errors=[unanswered])]
    more = [document("D", errors=[unanswered, failed]), document("E")]
    mask = tables.newest_rows(pa.concat_tables([table(*rows), table(*more)]))  # two chunks
    assert mask.tolist() == [True, False, True, False, True]


@pytest.mark.parametrize("newest_says", [True, False])
def test_a_full_text_is_retracted_where_the_newest_record_below_it_says_so(newest_says: bool) -> None:
    full_text = imatinib_row(revision=schema.FULL_TEXT + 1)
    records = [imatinib_row(revision=1, retracted=not newest_says), imatinib_row(revision=2, retracted=newest_says)]
    other = imatinib_row(doc_id="PMID:2", revision=schema.FULL_TEXT)
    for rows in ([full_text, *records, other], [*records[::-1], other, full_text]):
        documents = {row["doc_id"]: row for row in derive(*rows)["document"].to_pylist()}
        assert (documents["PMID:1"]["revision"], documents["PMID:1"]["retracted"]) == (
            full_text["revision"],
            newest_says,
        )
        assert not documents["PMID:2"]["retracted"]


@pytest.mark.parametrize("newest_names", [["PMID:7"], []])
def test_a_full_text_retracts_what_the_newest_record_below_it_names(newest_names: list[str]) -> None:
    full_text = imatinib_row(revision=schema.FULL_TEXT, retracts=["PMID:8"])
    records = [imatinib_row(revision=1, retracts=["PMID:9"]), imatinib_row(revision=2, retracts=newest_names)]
    other = imatinib_row(doc_id="PMID:2", revision=schema.FULL_TEXT)
    for rows in ([full_text, *records, other], [*records[::-1], other, full_text]):
        documents = {row["doc_id"]: row["retracts"] for row in derive(*rows)["document"].to_pylist()}
        assert documents == {"PMID:1": ["PMID:8", *newest_names], "PMID:2": []}


def test_a_full_text_is_retracted_where_an_older_form_of_it_is() -> None:
    older = imatinib_row(revision=schema.FULL_TEXT, retracted=True)
    newer = imatinib_row(revision=schema.FULL_TEXT + 1)
    failed = {"errors": [{"stage": "extract", "kind": "crash", "message": "died"}]}
    assert derive(older, newer)["document"]["retracted"].to_pylist() == [True]
    assert derive(older | failed, newer)["document"]["retracted"].to_pylist() == [False]


def test_what_a_record_says_that_was_deleted_since_or_could_not_be_read_marks_no_full_text() -> None:
    full_text = imatinib_row(revision=schema.FULL_TEXT)
    flagged = imatinib_row(revision=1, retracted=True, retracts=["PMID:7"])
    error = {"stage": "extract", "kind": "crash", "message": "died"}
    for rows in ([flagged | {"errors": [error]}], [flagged, document("PMID:1", deleted=True, revision=2, text="")]):
        (row,) = derive(full_text, *rows)["document"].to_pylist()
        assert (row["retracted"], row["retracts"]) == (False, [])


def test_full_texts_begin_where_their_readers_number_them() -> None:
    assert number_revision(full_text=True) - number_revision() == schema.FULL_TEXT
