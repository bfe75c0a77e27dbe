"""Questions over the embedded store: answers equal those computed from plain lists; names resolve or explain."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from engine.schema import GENE
from graph.ask import Prepared, ask, limit_in_text, prepare, query_read_only, run_question
from graph.connect import open_store
from graph.errors import ForbiddenCypher, QueryTimeout, QuestionError, UnknownName
from graph.names import resolve_name
from graph.questions import ENTITY_PARAMETERS, all_questions, find_question
from graph.store import Store
from tests.question_cases import HAND_CASES, question_cases
from tests.reference_answers import Reference
from tests.reference_base import Row
from tests.small_graph import Entity, SmallGraph, at_random, hand_written

GRAPHS = {"hand": hand_written(), "random 1": at_random(1), "random 2": at_random(2, n_sentences=900)}
REFERENCES = {name: Reference(graph) for name, graph in GRAPHS.items()}


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Store]]:
    folder = tmp_path_factory.mktemp("graphs")
    opened: dict[str, Store] = {}
    for name, graph in GRAPHS.items():
        path = str(folder / name.replace(" ", "-"))
        with open_store(path) as writing:
            graph.load(writing)
        opened[name] = open_store(path, read_only=True)
    yield opened
    for store in opened.values():
        store.close()


@pytest.fixture
def store(stores: dict[str, Store]) -> Store:
    return stores["hand"]


@cache
def _expected(graph: str, name: str) -> list[tuple[dict[str, Any], list[Row]]]:
    """Parameters for a question, and the rows that it must answer with."""
    cases = question_cases(REFERENCES[graph], count=12, seed=7, only=name)
    return [(values, REFERENCES[graph].answer(name, **values)) for _, values in cases]


@pytest.mark.parametrize("name", list(all_questions()))
@pytest.mark.parametrize("graph", list(GRAPHS))
def test_answers_are_those_of_the_plain_computation(stores: dict[str, Store], graph: str, name: str) -> None:
    question = find_question(name)
    for values, expected in _expected(graph, name):
        answer = ask(stores[graph], question, values)
        assert answer.columns == tuple(column.name for column in question.columns)
        assert [tuple(row[column] for column in answer.columns) for row in answer.rows] == expected, values


@pytest.mark.parametrize("name", list(all_questions()))
def test_every_question_has_something_to_say_of_the_graph_written_by_hand(store: Store, name: str) -> None:
    question = find_question(name)
    prepared = prepare(store, question, HAND_CASES[name])
    answer = run_question(store, question, prepared)
    rows = [tuple(row[column] for column in answer.columns) for row in answer.rows]
    assert rows
    assert rows == REFERENCES["hand"].answer(name, **prepared.values)


@pytest.mark.parametrize("name", list(all_questions()))
def test_what_the_graph_does_not_know_has_an_empty_answer(store: Store, name: str) -> None:
    """An id that is no longer there by the time the question runs; `ask` itself refuses an unknown name."""
    question = find_question(name)
    values = dict(prepare(store, question, HAND_CASES[name]).values)
    for parameter in question.parameters:
        if parameter.type in (*ENTITY_PARAMETERS, "publication") or parameter.name in ("text", "label"):
            unknown = Prepared(values | {parameter.name: "none:0"}, {})
            assert run_question(store, question, unknown).rows == []


@pytest.mark.parametrize("name", list(all_questions()))
def test_the_cases_are_worth_asking(name: str) -> None:
    """At least a third of the cases of every question have an answer, in the thin random graph or in the dense one."""
    filled = [sum(bool(rows) for _, rows in _expected(graph, name)) for graph in ("random 1", "random 2")]
    assert max(filled) >= 4


# --------------------------------------------------------------- what a reader would say of imatinib


def test_evidence_on_a_mouse_gene_reaches_the_human_one(store: Store) -> None:
    rows = ask(store, "drug-targets", {"drug": "imatinib"}).rows
    abl = next(row for row in rows if row["target"] == "ABL1" and row["effect"] == "INHIBITS")
    assert abl["target_id"] == "hgnc:76"
    assert abl["orthologs"] == ["ncbigene:11350", "rgd:1584969"]
    assert abl["n_publications"] == 5
    assert abl["n_negated"] == 1
    assert abl["publication"] == "PMID:1"
    assert not [row for row in rows if row["target_id"] in ("ncbigene:11350", "rgd:1584969")]


def test_a_relation_that_is_only_denied_is_shown_on_request_only(store: Store) -> None:
    asked = {"drug": "imatinib"}
    assert "EGFR" not in [row["target"] for row in ask(store, "drug-targets", asked).rows]
    assert "EGFR" in [row["target"] for row in ask(store, "drug-targets", {**asked, "min_belief": 0}).rows]


def test_proteins_are_reached_through_the_gene(store: Store) -> None:
    rows = ask(store, "drug-proteins", {"drug": "dasatinib"}).rows
    assert {(row["protein_id"], row["gene_id"]) for row in rows} == {
        ("uniprot:P00519", "hgnc:76"),
        ("uniprot:P10721", "hgnc:6342"),
    }


def test_subtypes_are_taken_in_by_levels(store: Store) -> None:
    assert ask(store, "disease-drugs", {"disease": "leukemia"}).rows == []
    rows = ask(store, "disease-drugs", {"disease": "leukemia", "levels": "1"}).rows
    assert [(row["drug"], row["stated_for"]) for row in rows] == [("Imatinib Mesylate", "chronic myelogenous leukemia")]


def test_a_drug_that_treats_the_disease_is_no_new_idea(store: Store) -> None:
    names = [row["drug"] for row in ask(store, "drugs-via-gene", {"disease": "CML"}).rows]
    assert names == ["Dasatinib"]


def test_for_and_against_shows_both(store: Store) -> None:
    rows = ask(store, "for-and-against", {"subject": "imatinib", "object": "ABL1"}).rows
    stances = [(row["object"], row["predicate"], row["stance"], row["n_sentences"]) for row in rows]
    assert ("ABL1", "INHIBITS", "for", 2) in stances
    assert ("ABL1", "INHIBITS", "against", 1) in stances
    assert ("Abl1", "INHIBITS", "undecided", 1) in stances


def test_a_retracted_publication_supports_nothing(store: Store) -> None:
    assert ask(store, "side-effects", {"drug": "dasatinib"}).rows == []
    rows = ask(store, "retracted-support", {"concept": "dasatinib"}).rows
    assert [(row["publication"], row["belief"]) for row in rows] == [("PMID:9", None)]


# -------------------------------------------------------------------------------------------- names


@pytest.mark.parametrize(
    ("type", "text", "id"),
    [
        ("drug", "imatinib", "mesh:D000068877"),
        ("drug", "IMATINIB MESYLATE", "mesh:D000068877"),
        ("drug", "  gleevec ", "mesh:D000068877"),
        ("drug", "mesh:D000068877", "mesh:D000068877"),
        ("drug", "MESH:d000068877", "mesh:D000068877"),
        ("drug", "quercetin", "mesh:D011794"),
        ("gene", "ABL1", "hgnc:76"),
        ("gene", "abl1", "hgnc:76"),
        ("gene", "c-abl", "hgnc:76"),
        ("gene", "ncbigene:11350", "ncbigene:11350"),
        ("gene", "Il6", "ncbigene:16193"),
        ("gene", "ampk", "fplx:AMPK"),
        ("disease", "edema", "hp:0000969"),
        ("disease", "GIST", "mondo:0011719"),
        ("concept", "ABL1", "hgnc:76"),
        ("concept", "uniprot:p00519", "hgnc:76"),  # a protein is its gene
        ("concept", "kit_human", "hgnc:6342"),
    ],
)
def test_names_ids_and_synonyms_in_any_case(store: Store, type: str, text: str, id: str) -> None:
    assert resolve_name(store, text, type=type).id == id


@pytest.mark.parametrize(
    ("type", "text", "near"),
    [
        ("drug", "imatinb", "imatinib"),
        ("drug", "dasatanib", "dasatinib"),
        ("drug", "metphormin", "metformin"),
        ("disease", "lukemia", "leukemia"),
        ("disease", "diabetes", "type 2 diabetes mellitus"),
        ("gene", "ABL11", "abl1"),
    ],
)
def test_a_slip_is_answered_with_the_nearest_name(store: Store, type: str, text: str, near: str) -> None:
    with pytest.raises(UnknownName, match=f"did you mean .*{near}"):
        resolve_name(store, text, type=type)


@pytest.mark.parametrize("text", ["zzzzzz", "", " ", "ABL1", "leukemia"])
def test_what_is_no_drug_is_no_drug(store: Store, text: str) -> None:
    with pytest.raises(UnknownName, match="no drug"):
        resolve_name(store, text, type="drug")


def test_a_question_about_a_protein_is_one_about_its_gene(store: Store) -> None:
    of_gene, of_protein = (ask(store, "profile", {"concept": name}).rows for name in ("ABL1", "ABL1_HUMAN"))
    assert of_protein == of_gene != []


def test_a_protein_of_several_genes_lists_them(tmp_path: Path) -> None:
    graph = SmallGraph(
        entities=[Entity("uniprot:P1", "Protein", "calmodulin"), Entity("g:1", GENE, "A1"), Entity("g:2", GENE, "A2")],
        lexicon=[("g:1", "ENCODES", "uniprot:P1"), ("g:2", "ENCODES", "uniprot:P1")],
    )
    with open_store(str(tmp_path / "graph.kgl")) as store:
        graph.load(store)
        with pytest.raises(UnknownName, match=r"2 entities, give the id: g:1 \(A1\); g:2 \(A2\)"):
            resolve_name(store, "Calmodulin", type="concept")


def test_an_ambiguous_name_lists_the_candidates(store: Store) -> None:
    with pytest.raises(UnknownName, match=r"drugbank:DB00001 \(Lepirudin\); drugbank:DB00002 \(Cetuximab\)"):
        resolve_name(store, "Twin", type="drug")


# --------------------------------------------------------------------------------------- parameters


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "needs drug"),
        ({"drug": "imatinib", "limt": 3}, "did you mean limit"),
        ({"drug": "imatinib", "zzz": 3}, "it takes drug, min_belief, limit"),
        ({"drug": "imatinib", "limit": "many"}, "expected a whole number"),
        ({"drug": "imatinib", "limit": "-1"}, "from 0 up"),
        ({"drug": "imatinib", "limit": 10**30}, "from 0 up"),
        ({"drug": "imatinib", "limit": "2.5"}, "expected a whole number"),
        ({"drug": "imatinib", "min_belief": "high"}, "expected a number from 0 to 1"),
        ({"drug": "imatinib", "min_belief": "nan"}, "from 0 to 1"),
        ({"drug": "imatinib", "min_belief": "50"}, "from 0 to 1"),
    ],
)
def test_wrong_parameters_are_explained(store: Store, given: dict[str, object], message: str) -> None:
    with pytest.raises(QuestionError, match=message):
        prepare(store, find_question("drug-targets"), given)


@pytest.mark.parametrize(
    ("question", "parameter", "given", "taken"),
    [
        ("hubs", "label", "gene family", "GeneFamily"),
        ("hubs", "label", "drug", "Drug"),
        ("newest-edges", "predicate", "agonist of", "AGONIST_OF"),
        ("newest-edges", "predicate", "", ""),
    ],
)
def test_words_of_the_schema_are_taken_in_any_spelling(
    store: Store, question: str, parameter: str, given: str, taken: str
) -> None:
    assert prepare(store, find_question(question), {parameter: given}).values[parameter] == taken


@pytest.mark.parametrize(("question", "parameter"), [("hubs", "label"), ("newest-edges", "predicate")])
def test_words_that_the_schema_lacks_are_refused(store: Store, question: str, parameter: str) -> None:
    with pytest.raises(QuestionError, match=f"{parameter} is 'Genes', expected one of "):
        prepare(store, find_question(question), {parameter: "Genes"})


@pytest.mark.parametrize("text", ["1", "PMID:1", "pmid: 1"])
def test_a_publication_by_its_number(store: Store, text: str) -> None:
    assert ask(store, "publication-claims", {"publication": text}).rows


def test_an_unknown_publication(store: Store) -> None:
    with pytest.raises(UnknownName, match="PMID:999"):
        ask(store, "publication-claims", {"publication": "999"})


INJECTIONS = [
    "x' OR true //",
    "'}) DETACH DELETE (n) //",
    "\\u0027}) MATCH (n) DETACH DELETE n //",
    '"}) CREATE (:Gene {id: "evil"}) //',
    "`) SET n.name = 'evil' //",
    "$limit",
    "1; MATCH (n) DETACH DELETE n",
    "\x00",
]


@pytest.mark.parametrize("name", list(all_questions()))
def test_nothing_that_is_typed_becomes_cypher(store: Store, name: str) -> None:
    """Hostile text in every parameter ends in an error of ours or in an empty answer; the graph stays as it is."""
    before = store.execute("MATCH (n) RETURN count(n) AS n, collect(n.name)[0..3] AS names")
    question = find_question(name)
    good = {"drug": "imatinib", "gene": "ABL1", "disease": "CML", "concept": "ABL1", "publication": "1"}
    for target in question.parameters:
        for text in INJECTIONS:
            values = {
                p.name: good.get(p.type, p.default if p.default is not None else "a") for p in question.parameters
            }
            values[target.name] = text
            if target.type == "string":
                assert ask(store, question, values).rows == []
            else:
                with pytest.raises(QuestionError):
                    ask(store, question, values)
    assert store.execute("MATCH (n) RETURN count(n) AS n, collect(n.name)[0..3] AS names") == before


# --------------------------------------------------------------------------------- raw Cypher, limits


def test_raw_cypher_is_guarded_before_it_runs(store: Store) -> None:
    with pytest.raises(ForbiddenCypher):
        query_read_only(store, "MATCH (n) DELETE n", timeout_s=5, limit_rows=5)
    assert query_read_only(store, "MATCH (n:Gene) RETURN count(n) AS n", timeout_s=5, limit_rows=5).rows == [{"n": 8}]


def test_rows_and_time_are_limited(store: Store) -> None:
    cut = query_read_only(store, "UNWIND range(1, 50) AS x RETURN x ORDER BY x", timeout_s=5, limit_rows=7)
    assert cut.truncated
    assert [row["x"] for row in cut.rows] == [1, 2, 3, 4, 5, 6, 7]
    endless = "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b RETURN sum(a * b) AS s"
    with pytest.raises(QueryTimeout):
        query_read_only(store, endless, timeout_s=0.2, limit_rows=5)


def test_the_number_of_rows_stands_in_the_text_and_nothing_else_does() -> None:
    text = "MATCH (n {id: $id}) // LIMIT $limit\nWHERE n.x <> 'LIMIT $limit' WITH n LIMIT $limit RETURN n LIMIT  $limit"
    said = "MATCH (n {id: $id}) // LIMIT $limit\nWHERE n.x <> 'LIMIT $limit' WITH n LIMIT 25 RETURN n LIMIT  25"
    assert limit_in_text(text, {"limit": 25, "id": 3}) == said
    for other in ("25", True, -1, 2.5, None):
        assert limit_in_text(text, {"limit": other}) == text


def test_graph_of_the_tests_has_what_the_questions_are_about() -> None:
    graph: SmallGraph = GRAPHS["hand"]
    assert {e.sign for e in graph.edges()} == {-1, 0, 1}
    assert any(p.retracted for p in graph.publications)
