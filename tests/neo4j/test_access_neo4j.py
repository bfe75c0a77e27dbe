"""Ways in over real servers: the same typed answers as over the embedded store, and values that stay values."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import graph
from graph.access.gate import ServerLimits
from graph.access.graph import Graph
from graph.access.rest import build_app
from graph.connect import open_store
from graph.errors import QueryTimeout
from graph.fingerprint import hash_graph
from tests.neo4j.conftest import wipe
from tests.small_graph import hand_written

pytestmark = pytest.mark.neo4j

ATTACK = "x'}) DETACH DELETE n //`\"] RETURN 1"


@pytest.fixture(scope="module")
def opened(neo4j_uri: str) -> Iterator[Graph]:
    with open_store(neo4j_uri) as writing:
        wipe(writing)
        hand_written().load(writing)
    with graph.open(neo4j_uri) as opened:
        yield opened


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Graph]:
    path: Path = tmp_path_factory.mktemp("access") / "graph.kgl"
    with open_store(str(path)) as writing:
        hand_written().load(writing)
    with graph.open(str(path)) as opened:
        yield opened


@pytest.mark.parametrize(
    "text",
    [
        "MATCH p = (g:Gene {id: 'hgnc:76'})<-[:INHIBITS]-(d:Drug) RETURN p ORDER BY d.id",
        "MATCH (g:Gene)-[r:MEMBER_OF]->(f) RETURN {g: g, l: [r, f]} AS m, g.id AS id ORDER BY id",
        "MATCH (:Drug)-[r:TREATS]->(:Disease) RETURN r ORDER BY r.id",
        "UNWIND [1, null, 2.5] AS x RETURN x, x > 2 AS b, [x] AS l",
    ],
)
def test_both_stores_give_the_same_table_and_network(opened: Graph, embedded: Graph, text: str) -> None:
    ours, theirs = opened.cypher(text), embedded.cypher(text)
    assert ours.columns == theirs.columns
    assert ours.rows == theirs.rows
    if "p = " in text or "{g: g" in text:
        network, other = ours.to_networkx(), theirs.to_networkx()
        assert sorted(network.edges(keys=True)) == sorted(other.edges(keys=True))
        assert dict(network.nodes(data=True)) == dict(other.nodes(data=True))


def test_hostile_values_and_a_time_limit(opened: Graph, neo4j_uri: str) -> None:
    before = hash_graph(opened._store)
    app = build_app(opened, limits=ServerLimits())
    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as client:
        for value in (ATTACK, "$limit", r"\u0027 OR 1=1 //", "x\x00y", 2**70, ["x"], True, -1):
            for name in ("drug", "min_belief", "limit"):
                body = {"drug": "imatinib", name: value}
                reply = client.post("/questions/drug-targets/answer", json=body)
                assert reply.status_code in (400, 404), reply.text
            reply = client.post("/cypher", json={"query": "RETURN $x AS x", "parameters": {"x": value}})
            assert reply.status_code == (400 if value == 2**70 else 200)
            assert value == 2**70 or reply.json()["rows"] == [{"x": value}]
        names = {"timeout_s": 1, "parameters_": 2, "query": 3}
        text = "RETURN $timeout_s + $parameters_ + $query AS x"
        assert client.post("/cypher", json={"query": text, "parameters": names}).json()["rows"] == [{"x": 6}]
    with graph.open(neo4j_uri, timeout_s=0.5) as short, pytest.raises(QueryTimeout):
        short.cypher("UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b WITH a * b AS c RETURN sum(c) AS s")
    assert hash_graph(opened._store) == before
