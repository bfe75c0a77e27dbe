"""`graph.open`: typed answers, pandas, networkx, names, hypotheses."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from dataclasses import FrozenInstanceError
from pathlib import Path

import networkx as nx
import pytest

import graph
from graph.access.deadline import Deadline
from graph.access.describe import graph_schema
from graph.access.graph import Graph
from graph.access.table import Column
from graph.access.values import Node, Relationship, TableError
from graph.connect import open_store
from graph.errors import ForbiddenCypher, QueryTimeout, QuestionError, ReadOnlyViolation, StoreError, UnknownName
from graph.hypotheses.find import Search
from tests.small_graph import hand_written

IMATINIB, ABL1 = "mesh:D000068877", "hgnc:76"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("access") / "graph.kgl")
    with open_store(path) as store:
        hand_written().load(store)
    return path


@pytest.fixture(scope="module")
def opened(path: str) -> Iterator[Graph]:
    with graph.open(path) as opened:
        yield opened


# ------------------------------------------------------------------------------------------- answers


def test_an_answer_has_typed_columns_and_says_what_it_answers(opened: Graph) -> None:
    table = opened.ask("drug-targets", drug="gleevec", limit="2")
    assert table.columns[0] == Column("target", "string", "gene or gene family")
    types = {column.name: column.type for column in table.columns}
    assert (types["belief"], types["n_publications"], types["orthologs"]) == ("float", "int", "list")
    assert (table.question, table.parameters["drug"], table.parameters["limit"]) == ("drug-targets", IMATINIB, 2)
    assert table.entities["drug"].name == "Imatinib Mesylate"
    assert [row["target"] for row in table] == table.column("target") == ["ABL1", "KIT"]
    assert (len(table), table[0]["target"], [row["target"] for row in table[1:]]) == (2, "ABL1", ["KIT"])
    with pytest.raises(FrozenInstanceError):
        table.rows = ()  # type: ignore[misc]
    with pytest.raises(TableError, match="no column 'gene'; there are target, target_id"):
        table.column("gene")


def test_what_the_schema_says_of_a_statements_sentences_finds_them(opened: Graph) -> None:
    (note,) = (note for note in graph_schema(opened.counts())["notes"] if note.startswith("A statement's sentences"))
    way = note.partition(": ")[2].partition(";")[0]
    found = opened.cypher(f"MATCH (:Drug)-[r:INHIBITS]->(:Gene) {way} RETURN count(*) AS n")
    all_there = opened.cypher(
        "MATCH (:Drug)-[r:INHIBITS]->(:Gene) MATCH (e:Evidence) WHERE e.triple_id = r.id RETURN e"
    )
    assert found[0]["n"] == len(all_there) > 0


def test_types_are_read_off_the_values(opened: Graph) -> None:
    table = opened.cypher("UNWIND [1, 2.5, null] AS a RETURN a, a > 2 AS b, null AS c, {x: a} AS d")
    assert [(column.name, column.type) for column in table.columns] == [
        ("a", "float"),
        ("b", "bool"),
        ("c", "null"),
        ("d", "map"),
    ]
    assert opened.cypher("UNWIND [1, 'x'] AS a RETURN a").columns == (Column("a", "mixed"),)
    assert opened.cypher("MATCH (n:Gene {id: 'none'}) RETURN n.id AS a").columns == (Column("a", "null"),)


def test_nodes_and_relationships_are_objects_that_know_their_ends(opened: Graph) -> None:
    text = "MATCH (d:Drug {id: $id})-[r:INHIBITS]->(g:Gene {id: $gene}) RETURN d, r, [g] AS l"
    (row,) = opened.cypher(text, id=IMATINIB, gene=ABL1)
    assert isinstance(row["d"], Node)
    assert (sorted(row["d"].labels), row["d"].properties["name"]) == (["Chemical", "Drug"], "Imatinib Mesylate")
    assert isinstance(row["r"], Relationship)
    assert (row["r"].type, row["r"].start, row["r"].end) == ("INHIBITS", IMATINIB, ABL1)
    assert row["l"][0].properties["id"] == ABL1
    (alone,) = opened.cypher("MATCH (:Drug)-[r:INHIBITS]->(:Gene {id: $gene}) RETURN r LIMIT 1", gene=ABL1)
    assert (alone["r"].start, alone["r"].end) == (None, None)


@pytest.mark.parametrize(
    "literal",
    [
        "{id: [1], labels: 1, properties: 2}",
        "{labels: 'x', properties: 2}",
        "{nodes: 1, relationships: 2}",
        "{id: 1, labels: ['x'], properties: {id: [1]}}",
        "{type: 1, start: [], end: {}, properties: [], id: 1}",
    ],
)
def test_a_map_that_looks_like_a_node_does_no_harm(opened: Graph, literal: str) -> None:
    assert len(opened.cypher(f"RETURN {literal} AS m")) == 1


def test_limits_hold(path: str) -> None:
    with graph.open(path, timeout_s=0.2, limit_rows=3) as opened:
        table = opened.cypher("MATCH (n:Gene) RETURN n.id AS id")
        assert (len(table), table.truncated) == (3, True)
        with pytest.raises(QueryTimeout, match=r"stopped after 0\.2 s"):
            opened.cypher("UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b RETURN sum(a * b) AS s")


def test_hypotheses_share_one_time_limit(path: str) -> None:
    with graph.open(path, timeout_s=1e-9) as opened, pytest.raises(QueryTimeout, match="several queries"):
        opened.hypotheses(drug="imatinib")


def test_what_is_stopped_at_a_shared_limit_names_that_limit(opened: Graph) -> None:
    endless = "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b RETURN sum(a * b) AS s"
    store = Deadline(opened._store, timeout_s=0.2)
    time.sleep(0.05)
    with pytest.raises(QueryTimeout, match=r"stopped after 0\.2 s, which several queries share"):
        store.query(endless, timeout_s=60, limit_rows=1)


def test_a_graph_is_opened_for_reading(opened: Graph, tmp_path: Path) -> None:
    with pytest.raises(ForbiddenCypher, match="CREATE"):
        opened.cypher("CREATE (n)")
    with pytest.raises(ReadOnlyViolation):
        opened._store.execute_write("CREATE (n:Gene {id: 'x'})")
    with pytest.raises(StoreError, match="no graph there"):
        graph.open(str(tmp_path / "none.kgl"))


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (2**63, "64 bits"),
        ("\ud800", "half a surrogate"),
        ({"\ud800": 1}, "half a surrogate"),
        ({1: 2}, "texts as keys"),
        (object(), "is a object"),
        ([0] * 20_001, "more than 20,000 values"),
        (json.loads("[" * 18 + "]" * 18), "nested more than 16"),
    ],
)
def test_parameters_that_no_store_takes_are_refused_by_name(opened: Graph, value: object, reason: str) -> None:
    with pytest.raises(QuestionError, match=f"wrong .*{reason}"):
        opened.cypher("RETURN $wrong AS x", wrong=value)


def test_a_query_that_no_store_takes_is_refused(opened: Graph) -> None:
    with pytest.raises(QuestionError, match=r"the query .* half a surrogate"):
        opened.cypher("RETURN '\ud800' AS x")


def test_a_parameter_may_have_any_name(opened: Graph) -> None:
    text = "RETURN $text AS a, $timeout_s AS b, $limit_rows AS c, $cypher AS d, $self AS e"
    (row,) = opened.cypher(text, **{"text": 1, "timeout_s": 2, "limit_rows": 3, "cypher": 4, "self": 5})
    assert tuple(row.values()) == (1, 2, 3, 4, 5)


# ------------------------------------------------------------------------------------------- pandas


def test_a_data_frame_keeps_types_and_what_is_missing(opened: Graph) -> None:
    table = opened.cypher(
        "UNWIND [[1, 'a', true, 0.5], [null, null, null, null]] AS r RETURN r[0] AS i, r[1] AS s, r[2] AS b, r[3] AS f"
    )
    frame = table.to_pandas()
    assert [str(dtype) for dtype in frame.dtypes] == ["Int64", "string", "boolean", "float64"]
    assert frame.isna().sum().tolist() == [1, 1, 1, 1]
    empty = opened.ask("drug-targets", drug="lepirudin").to_pandas()
    assert (len(empty), empty.columns[0], empty.attrs["question"]) == (0, "target", "drug-targets")


def test_without_pandas_the_extra_is_named(opened: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(TableError, match="extra `notebooks`"):
        opened.cypher("RETURN 1 AS x").to_pandas()


def test_a_notebook_shows_a_table_with_its_text_escaped(opened: Graph) -> None:
    shown = opened.cypher("UNWIND range(1, 60) AS i RETURN '<script>' AS a, ['x', '&'] AS b")._repr_html_()
    assert "<script>" not in shown
    assert "<td>&lt;script&gt;</td><td>x, &amp;</td>" in shown
    assert "and 10 more" in shown
    assert shown.count("<tr>") == 51


def test_a_notebook_shows_a_path_by_its_names(opened: Graph) -> None:
    text = "MATCH p = (:Drug {id: $id})-[:INHIBITS]->(:Gene {id: $gene}) RETURN p, [0.123456] AS l"
    shown = opened.cypher(text, id=IMATINIB, gene=ABL1)._repr_html_()
    assert f"<td>Imatinib Mesylate, {IMATINIB} INHIBITS {ABL1}, ABL1</td><td>0.123</td>" in shown


# ------------------------------------------------------------------------------------------- networkx


def test_paths_become_their_graph_with_true_directions(opened: Graph) -> None:
    text = "MATCH p = (g:Gene {id: $id})<-[:INHIBITS]-(d:Drug) RETURN p ORDER BY d.id"
    network = opened.cypher(text, id=ABL1).to_networkx()
    assert sorted(network.edges(keys=False)) == [(IMATINIB, ABL1), ("mesh:D000069439", ABL1)]
    data = network.get_edge_data(IMATINIB, ABL1)
    ((key, edge),) = data.items()
    assert (key[:2], edge["predicate"], edge["sign"]) == ("T:", "INHIBITS", -1)
    assert network.nodes[IMATINIB] == {
        "id": IMATINIB,
        "name": "Imatinib Mesylate",
        "label": "Chemical",
        "is_drug": True,
        "synonyms": "imatinib|Gleevec|STI-571",
    }


def test_a_relationship_in_several_rows_is_one_edge(opened: Graph) -> None:
    text = "MATCH (a:Gene)-[r:MEMBER_OF]->(b:GeneFamily) UNWIND [1, 2] AS i RETURN a, r, b"
    assert opened.cypher(text).to_networkx().number_of_edges() == 3


def test_statements_in_columns_become_edges(opened: Graph, tmp_path: Path) -> None:
    table = opened.ask("single-paper-edges", concept="metformin")
    network = table.to_networkx()
    assert network.number_of_edges() == len(table)
    first = table[0]
    edge = next(iter(network.get_edge_data(first["subject_id"], first["object_id"]).values()))
    assert (edge["predicate"], edge["publication"]) == (first["predicate"], first["publication"])
    assert network.nodes[first["subject_id"]] == {"name": first["subject"]}
    nx.write_graphml(network, tmp_path / "x.graphml")


def test_every_other_column_becomes_an_attribute_whatever_its_name(opened: Graph) -> None:
    rows = "UNWIND [1, 2] AS n RETURN 'a' AS subject, 'JOINS' AS predicate, 'b' AS object, 'same' AS key, n AS weight"
    edges = opened.cypher(rows).to_networkx().get_edge_data("a", "b").values()
    assert [edge["weight"] for edge in edges] == [1, 2]
    assert all(edge["key"] == "same" for edge in edges)


def test_an_end_may_be_what_the_question_is_about(opened: Graph) -> None:
    table = opened.ask("drug-targets", drug="imatinib")
    network = table.to_networkx(subject=table.entities["drug"], predicate="effect", object="target")
    assert set(network.successors(IMATINIB)) == set(table.column("target_id"))
    assert network.nodes[IMATINIB] == {"name": "Imatinib Mesylate", "label": "Chemical"}
    assert network.get_edge_data(IMATINIB, ABL1)[0]["orthologs"] in ("", "ncbigene:11350|rgd:1584969")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("RETURN 1 AS x", "subject, object, predicate missing among x"),
        ("MATCH ()-[r:BINDS]->() RETURN r", "BINDS without its ends"),
        ("MATCH (n:Hypograph) RETURN {labels: ['X'], properties: {}} AS n", "has no id"),
    ],
)
def test_what_makes_no_graph_is_explained(opened: Graph, text: str, reason: str) -> None:
    with pytest.raises(TableError, match=reason):
        opened.cypher(text).to_networkx()


# -------------------------------------------------------------------------------- names, hypotheses


def test_names_are_found_best_first(opened: Graph) -> None:
    assert [entity.id for entity in opened.find("ABL1")] == [ABL1, "ncbigene:11350", "rgd:1584969", "uniprot:P00519"]
    assert [entity.id for entity in opened.find(" c-abl ", type="gene")] == [ABL1, "ncbigene:11350"]
    assert opened.find("no such thing") == []
    assert opened.suggest("imatinob", type="drug") == ["imatinib (Imatinib Mesylate)"]
    with pytest.raises(QuestionError, match="no type 'cell', expected one of drug, gene, disease, concept"):
        opened.find("x", type="cell")


def test_hypotheses_are_rows_a_table_and_a_graph(opened: Graph) -> None:
    found = opened.hypotheses(drug="metformin", limit=3)
    rows, table = found.rows(), found.table()
    assert [row["rank"] for row in rows] == table.column("rank")
    assert table.column("object_id") == [row["last"]["id"] for row in rows]
    hop = rows[0]["paths"][0]["hops"][0]
    between = hop["object"] if hop["forward"] else hop["subject"]
    assert table[0]["via"][0] == between["name"]
    assert {data["kind"] for _, _, data in found.to_networkx().edges(data=True)} == {"stated", "predicted"}
    assert found.to_svg(title="a < b").startswith("<svg")
    assert len(found.to_pandas()) == len(rows)


@pytest.mark.parametrize(
    ("asked", "error", "reason"),
    [
        ({}, QuestionError, "give one of drug, target and disease"),
        ({"drug": "imatinob"}, UnknownName, "drug: the graph has no drug"),
        ({"drug": "imatinib", "find": "drug"}, QuestionError, "pairs of two drugs"),
        ({"drug": "imatinib", "find": "gene"}, QuestionError, "find is 'gene', expected one of drug, target"),
        ({"drug": "imatinib", "limit": 0}, QuestionError, "limit is 0, expected a whole number from 1 up"),
        ({"drug": "imatinib", "min_belief": 2}, QuestionError, "min_belief is 2"),
        ({"drug": ["imatinib"]}, QuestionError, "drug is a list, expected a text"),
    ],
)
def test_mistakes_in_a_search_are_explained(
    opened: Graph, asked: dict[str, object], error: type[Exception], reason: str
) -> None:
    with pytest.raises(error, match=reason):
        opened.hypotheses(**asked)  # type: ignore[arg-type]


def test_the_registry_is_the_command_lines(opened: Graph) -> None:
    assert "drug-targets" in opened.questions()
    assert opened.counts().nodes["Drug"] == 8
    assert Search() == Search(limit=20)
