"""Loading into real servers: the same graph as in the embedded store, idempotent by the server's own counters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from neo4j import Session

from graph.connect import open_store
from graph.counters import Counters
from graph.errors import ConstraintError, QueryError, QueryTimeout, ReadOnlyViolation, StoreError
from graph.fingerprint import count_graph, hash_graph
from graph.schema import apply_schema
from graph.store import Store
from graph.write import load_folder
from tests.tables import Tables, write_run

pytestmark = pytest.mark.neo4j

IMATINIB, ABL1, KIT, CML = "mesh:D000068877", "hgnc:76", "hgnc:6342", "mondo:0011996"


def two_shards() -> list[Tables]:
    first = Tables().state("PMID:1", IMATINIB, "INHIBITS", ABL1, score=0.8).state("PMID:3", KIT, "BINDS", ABL1)
    second = Tables().state("PMID:2", IMATINIB, "INHIBITS", ABL1, score=0.5, assertion="negated")
    second.state("PMID:2", IMATINIB, "TREATS", CML, at=100).add_document("PMID:9", retracts=["PMID:3", "PMID:404"])
    return [first, second.leave_unlinked("PMID:2")]


def update() -> Tables:
    tables = Tables().state("PMID:1", IMATINIB, "ACTIVATES", KIT, revision=2)
    return tables.add_document("PMID:2", revision=2, deleted=True).add_document("PMID:9", revision=2)


def test_both_stores_hold_the_same_graph_through_an_update(neo4j_store: Store, tmp_path: Path) -> None:
    runs = [write_run(tmp_path / "run", two_shards()), write_run(tmp_path / "update", [update()])]
    with open_store(str(tmp_path / "graph.kgl")) as embedded:
        for folder in runs:
            ours, theirs = load_folder(embedded, folder), load_folder(neo4j_store, folder)
            assert ours.tally == theirs.tally
            assert count_graph(embedded) == count_graph(neo4j_store)
            assert hash_graph(embedded) == hash_graph(neo4j_store)
    assert count_graph(neo4j_store).relationships == {"ACTIVATES": 1, "BINDS": 1, "ENCODES": 1, "IN": 2}


def test_the_second_load_leaves_the_servers_counters_at_zero(neo4j_store: Store, tmp_path: Path) -> None:
    first = load_folder(neo4j_store, write_run(tmp_path / "run", two_shards()))
    assert first.counters.constraints_added > 0
    assert first.tally["evidence"]["written"] == 4
    shards = two_shards()
    for shard in shards:
        for row in shard.evidence.values():
            row["run_id"] = "run-2"
    again = load_folder(neo4j_store, write_run(tmp_path / "again", shards))
    assert again.counters == Counters()
    assert again.tally["evidence"]["unchanged"] == 4


def test_constraints_hold(neo4j_store: Store) -> None:
    apply_schema(neo4j_store)
    neo4j_store.execute_write("MERGE (n:Chemical {id: 'm:1'}) SET n:Drug")
    for label in ("Chemical", "Drug"):
        with pytest.raises(ConstraintError, match="m:1"):
            neo4j_store.execute_write(f"CREATE (n:{label} {{id: 'm:1'}})")


CREATE_PAIR = "CREATE (:Gene {id: $id})-[:ENCODES]->(:Protein {id: $id})"
MERGE_PAIR = "MERGE (g:Gene {id: $id}) MERGE (p:Protein {id: $id}) MERGE (g)-[:ENCODES]->(p)"


def test_what_is_there_after_all_is_merged(neo4j_store: Store) -> None:
    apply_schema(neo4j_store)
    for _ in range(2):
        neo4j_store.create(CREATE_PAIR, MERGE_PAIR, id="x:1")
    assert count_graph(neo4j_store).nodes == {"Gene": 1, "Protein": 1}
    assert count_graph(neo4j_store).relationships == {"ENCODES": 1}


EDGES = pa.table(
    {
        "subject": ["x:1", "x:1", "x:2"],
        "object": ["x:1", "x:2", "x:1"],
        "text": ["a", "", None],
        "year": [1999, None, -1],
        "number": [1.0, 0.25, None],
        "truth": [True, None, False],
        "list": [["a", "b"], [], None],
    }
)
ENDS = "UNWIND ['x:1', 'x:2'] AS id CREATE (:Gene {id: id}), (:Protein {id: id})"


def test_edges_in_bulk_are_the_same_in_both_stores(neo4j_store: Store, tmp_path: Path) -> None:
    with open_store(str(tmp_path / "graph.kgl")) as embedded:
        for store in (neo4j_store, embedded):
            apply_schema(store)
            store.execute_write(ENDS)
            changed = store.create_edges("ENCODES", ("Gene", "Protein"), EDGES)
            assert (changed.relationships_created, changed.nodes_created) == (3, 0)
            columns = ", ".join(f"r.{name} AS {name}" for name in EDGES.column_names[2:])
            found = store.execute(
                f"MATCH (a:Gene)-[r:ENCODES]->(b:Protein) RETURN a.id AS subject, b.id AS object, {columns} "
                "ORDER BY subject, object"
            )
            assert found == EDGES.to_pylist()
            there = store.find_edges("ENCODES", "Gene", ["x:2", "x:1", "x:404"])
            order = [("subject", "ascending"), ("object", "ascending")]
            assert there.sort_by(order) == EDGES.select(["subject", "object"])
            assert len(store.find_edges("ENCODES", "Gene", [])) == 0


@pytest.mark.parametrize("column", ["subject", "object"])
def test_an_edge_without_an_end_is_refused(neo4j_store: Store, column: str) -> None:
    neo4j_store.execute_write(ENDS)
    ends = {"subject": ["x:1", "x:1"], "object": ["x:1", "x:1"]} | {column: ["x:1", "x:404"]}
    with pytest.raises(QueryError, match="nodes to be joined, 1 are there"):
        neo4j_store.create_edges("ENCODES", ("Gene", "Protein"), pa.table(ends))
    assert count_graph(neo4j_store).relationships == {}


def test_what_the_driver_sends_again_is_merged(neo4j_store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """No constraint keeps edges single: the second time, after a commit whose word was lost, they are looked for."""
    neo4j_store.execute_write(ENDS)
    nodes = count_graph(neo4j_store).nodes
    attempt = Session.execute_write

    def lose_the_first_answer(session: Session, work: Any) -> Any:
        attempt(session, work)
        return attempt(session, work)

    monkeypatch.setattr(Session, "execute_write", lose_the_first_answer)
    pair = "MATCH (g:Gene) MATCH (p:Protein) "
    neo4j_store.create(f"{pair}CREATE (g)-[:BINDS]->(p)", f"{pair}MERGE (g)-[:BINDS]->(p)")
    neo4j_store.create_edges("ENCODES", ("Gene", "Protein"), EDGES)
    assert count_graph(neo4j_store).relationships == {"BINDS": 4, "ENCODES": 3}
    assert count_graph(neo4j_store).nodes == nodes


def test_readers_are_held_to_reading_and_to_their_limits(neo4j_store: Store, neo4j_uri: str) -> None:
    neo4j_store.execute_write("UNWIND range(1, 5) AS i MERGE (n:Gene {id: 'g:' + toString(i)})")
    with open_store(neo4j_uri, read_only=True) as reader:
        answer = reader.query("MATCH (n:Gene) RETURN n ORDER BY n.id", timeout_s=10, limit_rows=2)
        assert (answer.columns, answer.truncated) == (("n",), True)
        assert answer.rows == [{"n": {"labels": ["Gene"], "properties": {"id": f"g:{i}"}}} for i in (1, 2)]
        for call in (reader.execute, reader.execute_write):
            with pytest.raises(ReadOnlyViolation):
                call("CREATE (n:Gene {id: 'x'})")
        with pytest.raises(QueryTimeout):
            reader.query(
                "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b WITH a * b AS c RETURN sum(c) AS s",
                timeout_s=0.5,
                limit_rows=1,
            )


def test_a_wrong_address_says_so_and_keeps_the_password() -> None:
    with pytest.raises(StoreError, match=r"bolt://127\.0\.0\.1:1: no Neo4j answers there"):
        open_store("bolt://127.0.0.1:1")
    with pytest.raises(StoreError) as raised:
        open_store("neo4j://someone:secret@127.0.0.1:1")
    assert "secret" not in str(raised.value)
