"""The embedded store behind the common methods: values, limits, refusals, and what survives closing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from graph.connect import is_neo4j, open_store
from graph.counters import Counters
from graph.errors import ConstraintError, QueryError, QueryTimeout, ReadOnlyViolation, StoreBusy, StoreError
from graph.schema import SCHEMA_VERSION, apply_schema
from graph.store import Store
from tests.unit.little_space import little_space


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "graph.kgl")


@pytest.fixture
def store(path: str) -> Iterator[Store]:
    with open_store(path) as opened:
        opened.execute_write(
            "MERGE (a:Gene {id: 'g:1'}) SET a.name = 'A', a.synonyms = ['x'] "
            "MERGE (e:Evidence {id: 'E:1'}) MERGE (p:Publication {id: 'P:1'}) SET p.title = 'T'"
        )
        opened.execute_write("MATCH (e:Evidence) MATCH (p:Publication) MERGE (e)-[r:IN]->(p) SET r.n = 1")
        yield opened


def test_which_uris_are_servers() -> None:
    assert is_neo4j("neo4j://localhost")
    assert is_neo4j("bolt+s://localhost:7687")
    assert not is_neo4j("graph.kgl")
    assert not is_neo4j("neo4j")
    assert not is_neo4j("file://graph.kgl")


def test_values_come_back_in_the_common_form(store: Store) -> None:
    answer = store.query("MATCH p = (e)-[r:IN]->(b) RETURN e, r, p, [b] AS l", timeout_s=5, limit_rows=5)
    evidence = {"labels": ["Evidence"], "properties": {"id": "E:1"}}
    publication = {"labels": ["Publication"], "properties": {"id": "P:1", "title": "T"}}
    relationship = {"type": "IN", "start": "E:1", "end": "P:1", "properties": {"n": 1}}
    assert answer.columns == ("e", "r", "p", "l")
    assert answer.rows == [
        {"e": evidence, "r": relationship, "p": [evidence, relationship, publication], "l": [publication]}
    ]


def test_counters_add_up(store: Store) -> None:
    before = store.counters
    changed = store.execute_write("MERGE (n:Gene {id: 'g:2'}) SET n.name = 'B'")
    assert (changed.nodes_created, changed.properties_set) == (1, 1)
    assert store.counters - before == changed
    assert store.execute_write("MERGE (n:Gene {id: 'g:2'})") == Counters()
    assert Counters().total == 0


def test_row_limit_is_told(store: Store) -> None:
    cut = store.query("MATCH (n) RETURN n.id AS id ORDER BY id", timeout_s=5, limit_rows=2)
    assert ([row["id"] for row in cut.rows], cut.truncated) == (["E:1", "P:1"], True)
    whole = store.query("MATCH (n) RETURN n.id AS id", timeout_s=5, limit_rows=3)
    assert (len(whole.rows), whole.truncated) == (3, False)


def test_unknown_label_is_a_warning_and_not_printed(store: Store, capfd: pytest.CaptureFixture[str]) -> None:
    answer = store.query("MATCH (n:Gnee) RETURN n.id AS id", timeout_s=5, limit_rows=2)
    assert (answer.rows, answer.columns) == ([], ("id",))
    assert "Gnee" in answer.warnings[0]
    assert capfd.readouterr().err == ""


def test_query_stops_at_its_time_limit(store: Store) -> None:
    endless = "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b WITH a * b AS c RETURN sum(c) AS s"
    with pytest.raises(QueryTimeout, match=r"^stopped after 0\.1 s$"):
        store.query(endless, timeout_s=0.1, limit_rows=1)


def test_query_never_writes_and_the_store_still_can(store: Store) -> None:
    for text in ("CREATE (n:Gene {id: 'x'})", "MATCH (n) DETACH DELETE n", "MATCH (n:Gene) SET n.name = 'no'"):
        with pytest.raises(ReadOnlyViolation):
            store.query(text, timeout_s=5, limit_rows=5)
    assert store.execute_write("MERGE (n:Gene {id: 'g:3'})").nodes_created == 1


def test_broken_cypher_says_where(store: Store) -> None:
    with pytest.raises(QueryError, match="line 1"):
        store.query("MATCH (n RETURN n", timeout_s=5, limit_rows=5)


def test_saved_on_close_and_read_only_for_readers(path: str) -> None:
    with open_store(path) as store:
        store.execute_write("MERGE (n:Gene {id: 'g:1'})")
    with open_store(path, read_only=True) as reader, open_store(path, read_only=True) as second:
        assert reader.execute("MATCH (n) RETURN count(n) AS n") == second.execute("MATCH (n) RETURN count(n) AS n")
        with pytest.raises(ReadOnlyViolation):
            reader.execute_write("MERGE (n:Gene {id: 'g:2'})")
        with pytest.raises(ReadOnlyViolation):
            reader.execute("MERGE (n:Gene {id: 'g:2'})")
        assert reader.execute("MATCH (n) RETURN count(n) AS n") == [{"n": 1}]


def test_one_writer(path: str) -> None:
    with open_store(path), pytest.raises(StoreBusy, match=r"graph\.kgl"):
        open_store(path)


def test_a_link_is_the_graph_that_it_leads_to(tmp_path: Path, path: str) -> None:
    link = tmp_path / "current.kgl"
    link.symlink_to(path)
    with open_store(str(link)) as store:
        store.execute_write("MERGE (n:Gene {id: 'g:1'})")
        with pytest.raises(StoreBusy):
            open_store(path)
    assert link.is_symlink()
    with open_store(path, read_only=True) as reader:
        assert reader.execute("MATCH (n:Gene) RETURN n.id AS id") == [{"id": "g:1"}]


def _die_after(statement: str, path: str) -> None:
    script = (
        "import os, sys\n"
        "import pyarrow as pa\n"
        "from graph.connect import open_store\n"
        "store = open_store(sys.argv[1])\n"
        f"{statement}\n"
        "os._exit(9)\n"
    )
    assert subprocess.run([sys.executable, "-c", script, path], check=False).returncode == 9


def test_a_removed_graph_takes_the_log_of_a_killed_process_with_it(path: str) -> None:
    _die_after("store.execute_write('MERGE (:Gene {id: 1})')", path)
    with open_store(path) as store:
        assert store.execute("MATCH (n:Gene) RETURN n.id AS id") == [{"id": 1}]
    _die_after("store.execute_write('MERGE (:Gene {id: 2})')", path)
    Path(path).unlink()
    with open_store(path) as store:
        assert store.execute("MATCH (n:Gene) RETURN n.id AS id") == []


def test_a_new_graph_on_a_full_disk_is_begun_again(path: str) -> None:
    with little_space(100), pytest.raises(StoreError, match="cannot be saved"):
        open_store(path)
    with open_store(path) as store:
        assert store.execute("MATCH (n) RETURN count(n) AS n") == [{"n": 0}]


def test_a_log_of_another_graph_is_named(path: str) -> None:
    open_store(path).close()
    empty = Path(path).read_bytes()
    with open_store(path) as store:
        store.execute_write(ENDS)
    ends = "pa.table({'subject': ['g:1'], 'object': ['d:1']})"
    _die_after(f"store.create_edges('IS_A', ('Gene', 'Disease'), {ends})", path)
    Path(path).write_bytes(empty)
    with pytest.raises(StoreError, match=r"graph\.kgl: not a readable graph .*missing endpoints"):
        open_store(path)


def test_a_reader_is_told_once_of_what_is_not_saved_yet(path: str, caplog: pytest.LogCaptureFixture) -> None:
    with open_store(path) as store:
        open_store(path, read_only=True).close()
        assert caplog.messages == []
        store.execute_write("MERGE (n:Gene {id: 'g:1'})")
        with open_store(path, read_only=True) as reader:
            assert reader.execute("MATCH (n:Gene) RETURN n.id AS id") == []
    assert caplog.messages == [f"{path}: what a load has written that is under way or was killed is not read"]


def test_paths_that_are_no_graph(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("not a graph")
    for path, read_only, said in (
        (tmp_path / "absent.kgl", True, "no graph there"),
        (tmp_path, False, "folder"),
        (text, True, "not a readable graph"),
        (text / "graph.kgl", False, r"notes\.txt"),
    ):
        with pytest.raises(StoreError, match=said):
            open_store(str(path), read_only=read_only)


def test_missing_folders_are_made_for_a_writer_only(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "graph.kgl"
    with pytest.raises(StoreError, match="no graph there"):
        open_store(str(path), read_only=True)
    assert not path.parent.parent.exists()
    with open_store(str(path)) as store:
        store.execute_write("MERGE (n:Gene {id: 'g:1'})")
    with open_store(str(path), read_only=True) as reader:
        assert reader.execute("MATCH (n:Gene) RETURN n.id AS id") == [{"id": "g:1"}]


def test_an_address_of_another_kind_is_refused_and_makes_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StoreError, match=r"neo4js://\.\.\.: expected neo4j://") as raised:
        open_store("neo4js://someone:secret@localhost")
    assert "secret" not in str(raised.value)
    assert list(tmp_path.iterdir()) == []


def test_schema_is_applied_once_and_holds(path: str) -> None:
    with open_store(path) as store:
        apply_schema(store)
        assert store.counters.constraints_added > 0
        before = store.counters
        apply_schema(store)
        assert store.counters == before
        store.execute_write("MERGE (n:Gene {id: 'g:1'})")
        with pytest.raises(ConstraintError, match="g:1"):
            store.execute_write("CREATE (n:Gene {id: 'g:1'})")
        assert store.execute("MATCH (m:Hypograph) RETURN m.schema_version AS v") == [{"v": SCHEMA_VERSION}]


def test_what_is_there_after_all_is_merged(tmp_path: Path) -> None:
    with open_store(str(tmp_path / "graph.kgl")) as store:
        store.execute_write("CREATE CONSTRAINT gene_id IF NOT EXISTS FOR (n:Gene) REQUIRE n.id IS UNIQUE")
        statements = "UNWIND $rows AS row CREATE (:Gene {id: row})", "UNWIND $rows AS row MERGE (:Gene {id: row})"
        assert store.create(*statements, rows=["g:1", "g:2"]).nodes_created == 2
        assert store.create(*statements, rows=["g:3", "g:2", "g:4"]).nodes_created == 2
        found = store.execute("MATCH (n:Gene) RETURN n.id AS id ORDER BY id")
        assert [row["id"] for row in found] == ["g:1", "g:2", "g:3", "g:4"]
    with open_store(str(tmp_path / "graph.kgl"), read_only=True) as reader, pytest.raises(ReadOnlyViolation):
        reader.create(*statements, rows=["g:5"])


def test_a_property_that_is_new_to_its_label_is_created_all_the_same(tmp_path: Path) -> None:
    with open_store(str(tmp_path / "graph.kgl")) as store:
        store.execute_write("CREATE (:Gene {id: 'g:1', name: 'A'})")
        create = "UNWIND $rows AS row CREATE (:Gene {id: row.id, taxon: row.taxon})"
        with pytest.raises(QueryError, match="Unknown property 'taxon'"):
            store.execute_write(create, rows=[{"id": "g:2", "taxon": "t:1"}])
        merge = "UNWIND $rows AS row MERGE (n:Gene {id: row.id}) SET n += row"
        assert store.create(create, merge, rows=[{"id": "g:2", "taxon": "t:1"}]).nodes_created == 1
        assert store.execute("MATCH (n:Gene {id: 'g:2'}) RETURN n.taxon AS taxon") == [{"taxon": "t:1"}]
        with pytest.raises(QueryError, match="nothing"):
            store.create("nothing like Cypher", "nothing like Cypher")


VALUES = pa.schema(
    [
        ("subject", pa.string()),
        ("object", pa.string()),
        ("text", pa.string()),
        ("integer", pa.int64()),
        ("number", pa.float64()),
        ("truth", pa.bool_()),
        ("list", pa.list_(pa.string())),
        ("nothing", pa.string()),
    ]
)
ROWS: list[dict[str, Any]] = [
    {
        "subject": "g:1",
        "object": "d:1",
        "text": "é",
        "integer": 1999,
        "number": 0.25,
        "truth": True,
        "list": ["a", "b"],
    },
    {"subject": "g:1", "object": "d:2", "text": "", "integer": None, "number": 1.0, "truth": None, "list": []},
    {"subject": "g:2", "object": "d:1", "text": None, "integer": -2, "number": None, "truth": False, "list": None},
]
ENDS = "UNWIND ['1', '2'] AS i CREATE (:Gene {id: 'g:' + i}) CREATE (:Disease {id: 'd:' + i})"


def as_edges(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=VALUES)


def test_edges_in_bulk_are_those_that_a_create_makes(path: str) -> None:
    names = VALUES.names[2:]
    properties = ", ".join(f"{name}: row.{name}" for name in names)
    with open_store(path) as store:
        store.execute_write(ENDS)
        store.execute_write(
            "UNWIND $rows AS row MATCH (a:Gene {id: row.subject}) MATCH (b:Disease {id: row.object}) "
            f"CREATE (a)-[:INHIBITS {{{properties}}}]->(b)",
            rows=as_edges(ROWS).to_pylist(),
        )
        changed = store.create_edges("PROMOTES", ("Gene", "Disease"), as_edges(ROWS))
        assert changed == Counters(relationships_created=3)
    with open_store(path, read_only=True) as reader:
        columns = ", ".join(f"r.{name} AS {name}" for name in names)
        by_type = [
            reader.execute(
                f"MATCH (a:Gene)-[r:{type_}]->(b:Disease) "
                f"RETURN a.id AS subject, b.id AS object, keys(r) AS keys, {columns} ORDER BY subject, object"
            )
            for type_ in ("INHIBITS", "PROMOTES")
        ]
        assert by_type[0] == by_type[1]
        assert [{name: row[name] for name in VALUES.names} for row in by_type[1]] == as_edges(ROWS).to_pylist()
        assert [type(by_type[1][0][name]) for name in ("integer", "number", "truth")] == [int, float, bool]
        with pytest.raises(ReadOnlyViolation):
            reader.create_edges("PROMOTES", ("Gene", "Disease"), as_edges(ROWS))


def test_an_embedded_store_joins_no_pair_twice(path: str) -> None:
    with open_store(path) as store:
        store.execute_write(ENDS)
        bare = as_edges(ROWS).select(["subject", "object"])
        assert store.create_edges("IS_A", ("Gene", "Disease"), bare.slice(1)).relationships_created == 2
        assert store.create_edges("IS_A", ("Gene", "Disease"), bare) == Counters(relationships_created=1)
        assert store.create_edges("IS_A", ("Gene", "Disease"), bare) == Counters()
        found = store.find_edges("IS_A", "Gene", ["g:1", "g:2", "g:3"])
        assert found.sort_by([("subject", "ascending"), ("object", "ascending")]) == bare
        assert len(store.find_edges("IS_A", "Gene", [])) == 0
        changed = store.create_edges("IS_A", ("Gene", "Disease"), as_edges(ROWS).select(["subject", "object", "text"]))
        assert changed == Counters(properties_set=3)
        assert store.execute("MATCH ()-[r:IS_A]->() RETURN count(r) AS n") == [{"n": 3}]


@pytest.mark.parametrize(("column", "absent"), [("subject", "g:9"), ("object", "d:9"), ("object", "g:1")])
def test_an_edge_without_an_end_is_refused_and_nothing_is_made_up(path: str, column: str, absent: str) -> None:
    with open_store(path) as store:
        store.execute_write(ENDS)
        rows = [*ROWS, {**ROWS[0], column: absent}]
        with pytest.raises(QueryError, match=r"of 3 (Gene|Disease) nodes to be joined, 2 are there"):
            store.create_edges("IS_A", ("Gene", "Disease"), as_edges(rows))
        assert store.execute("MATCH (n) RETURN count(n) AS n") == [{"n": 4}]
        assert store.execute("MATCH ()-[r]->() RETURN count(r) AS n") == [{"n": 0}]


def test_edges_in_bulk_outlive_a_process_that_is_killed(path: str) -> None:
    _die_after(
        f"store.execute_write({ENDS!r})\n"
        "edges = pa.table({'subject': ['g:1', 'g:2'], 'object': ['d:1', 'd:1'], 'n': [1, None]})\n"
        "store.create_edges('IS_A', ('Gene', 'Disease'), edges)",
        path,
    )
    with open_store(path) as store:
        found = store.execute("MATCH (a)-[r:IS_A]->(b) RETURN a.id AS a, b.id AS b, r.n AS n ORDER BY a")
        assert found == [{"a": "g:1", "b": "d:1", "n": 1}, {"a": "g:2", "b": "d:1", "n": None}]
