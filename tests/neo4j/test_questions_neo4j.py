"""Questions over real servers: the answers of both release lines are those of plain lists and of the embedded store."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from graph.ask import ask, prepare, query_read_only, run_question
from graph.connect import open_store
from graph.errors import ForbiddenCypher, QueryTimeout, QuestionError, ReadOnlyViolation, UnknownName
from graph.names import resolve_name
from graph.questions import all_questions
from graph.store import Store
from tests.neo4j.conftest import wipe
from tests.question_cases import HAND_CASES, question_cases
from tests.reference_answers import Reference
from tests.small_graph import SmallGraph, at_random, hand_written

pytestmark = pytest.mark.neo4j


@pytest.fixture(scope="module", params=["hand", "random"])
def loaded(request: pytest.FixtureRequest, neo4j_uri: str, line: str) -> Iterator[tuple[SmallGraph, Store]]:
    """A graph of the tests on a server, opened for reading; the one at random on the older line only.

    A server plans each question anew for each graph, which takes seconds.
    """
    if request.param == "random" and not line.startswith("5."):
        pytest.skip("the other line answers over this graph")
    graph = hand_written() if request.param == "hand" else at_random(3)
    with open_store(neo4j_uri) as writing:
        wipe(writing)
        graph.load(writing)
    with open_store(neo4j_uri, read_only=True) as store:
        yield graph, store


@pytest.mark.parametrize("loaded", ["random"], indirect=True)
@pytest.mark.parametrize("name", list(all_questions()))
def test_answers_are_those_of_the_plain_computation(loaded: tuple[SmallGraph, Store], name: str) -> None:
    graph, store = loaded
    reference = Reference(graph)
    for question, values in question_cases(reference, count=2, seed=11, only=name):
        answer = ask(store, question, values)
        assert answer.columns == tuple(column.name for column in question.columns)
        rows = [tuple(row[column] for column in answer.columns) for row in answer.rows]
        assert rows == reference.answer(name, **values), values


@pytest.mark.parametrize("loaded", ["hand"], indirect=True)
def test_answers_are_those_of_the_embedded_store(loaded: tuple[SmallGraph, Store], tmp_path: Any) -> None:
    graph, store = loaded
    with open_store(str(tmp_path / "graph")) as embedded:
        graph.load(embedded)
        for question, values in question_cases(Reference(graph), count=1, seed=12):
            answers = ask(store, question, values), ask(embedded, question, values)
            assert answers[0].columns == answers[1].columns
            assert answers[0].rows == answers[1].rows, (question.name, values)


@pytest.mark.parametrize("name", list(all_questions()))
def test_every_question_compiles_in_the_next_cypher(neo4j_store: Store, line: str, name: str) -> None:
    """Cypher 5 is what both lines run here by default, so the other tests compile it."""
    if line.startswith("5."):
        pytest.skip("this line knows no other Cypher")
    question = all_questions()[name]
    values = {p.name: p.default if p.default is not None else "x" for p in question.parameters}
    neo4j_store.execute(f"CYPHER 25 EXPLAIN {question.cypher}", **values)


on_hand_written = pytest.mark.parametrize("loaded", ["hand"], indirect=True)


@on_hand_written
@pytest.mark.parametrize("name", list(all_questions()))
def test_every_question_has_something_to_say(loaded: tuple[SmallGraph, Store], name: str) -> None:
    graph, store = loaded
    prepared = prepare(store, all_questions()[name], HAND_CASES[name])
    answer = run_question(store, all_questions()[name], prepared)
    rows = [tuple(row[column] for column in answer.columns) for row in answer.rows]
    assert rows
    assert rows == Reference(graph).answer(name, **prepared.values)


@pytest.fixture
def store(loaded: tuple[SmallGraph, Store]) -> Store:
    return loaded[1]


@on_hand_written
@pytest.mark.parametrize(
    ("type", "text", "id"),
    [
        ("drug", "gleevec", "mesh:D000068877"),
        ("gene", "abl1", "hgnc:76"),
        ("gene", "c-ABL", "hgnc:76"),
        ("disease", "oedema", "hp:0000969"),
    ],
)
def test_names_resolve(store: Store, type: str, text: str, id: str) -> None:
    assert resolve_name(store, text, type=type).id == id


@on_hand_written
def test_a_slip_is_answered_with_the_nearest_name(store: Store) -> None:
    with pytest.raises(UnknownName, match="did you mean 'imatinib"):
        resolve_name(store, "imatinb", type="drug")


@on_hand_written
def test_nothing_that_is_typed_becomes_cypher(store: Store) -> None:
    before = store.execute("MATCH (n) RETURN count(n) AS n")
    good = {"drug": "imatinib", "gene": "ABL1", "disease": "CML", "concept": "ABL1", "publication": "1"}
    text = "\\u0027}) MATCH (n) DETACH DELETE n //'}) MATCH (n) DETACH DELETE n //"
    for question in all_questions().values():
        for target in question.parameters:
            values = {
                p.name: good.get(p.type, p.default if p.default is not None else "a") for p in question.parameters
            }
            values[target.name] = text
            if target.type == "string":
                assert ask(store, question, values).rows == []
            else:
                with pytest.raises(QuestionError):
                    ask(store, question, values)
    assert store.execute("MATCH (n) RETURN count(n) AS n") == before


@on_hand_written
def test_raw_cypher_is_guarded_and_the_transaction_reads_only(store: Store) -> None:
    with pytest.raises(ForbiddenCypher):
        query_read_only(store, "LOAD CSV FROM 'file:///etc/passwd' AS row RETURN row", timeout_s=5, limit_rows=5)
    with pytest.raises(ReadOnlyViolation):  # were the guard ever passed, the transaction would still refuse
        store.query("MATCH (n) SET n.x = 1", timeout_s=5, limit_rows=5)
    labels = query_read_only(store, "CALL db.labels() YIELD label RETURN label", timeout_s=30, limit_rows=50).rows
    assert {"Gene", "Drug", "Evidence"} <= {row["label"] for row in labels}


@on_hand_written
def test_rows_and_time_are_limited(store: Store) -> None:
    cut = query_read_only(store, "UNWIND range(1, 50) AS x RETURN x ORDER BY x", timeout_s=30, limit_rows=7)
    assert cut.truncated
    assert [row["x"] for row in cut.rows] == [1, 2, 3, 4, 5, 6, 7]
    endless = "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b RETURN sum(a * b) AS s"
    with pytest.raises(QueryTimeout):
        query_read_only(store, endless, timeout_s=0.5, limit_rows=5)
