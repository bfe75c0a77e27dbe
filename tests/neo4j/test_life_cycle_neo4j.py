"""The life cycle on real servers: histories, models side by side, migration, comparison, a server that dies."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from graph.changes import Change
from graph.connect import open_store
from graph.counters import Counters
from graph.describe import describe_graph
from graph.diff import diff_edges, diff_publications
from graph.fingerprint import hash_graph
from graph.migrate import migrate
from graph.server import server_status, start_server, stop_server
from graph.store import Store
from graph.write import load_folder
from tests.histories import MODELS, TRIPLES, Day, Expected, Said, Version
from tests.tables import Tables, write_run

pytestmark = pytest.mark.neo4j

FIRST, SECOND = (Said(triple, "affirmed", 0.62) for triple in TRIPLES[:2])
MOUSE = Said(TRIPLES[-1], "negated", 0.87)


def version(number: int, revision: int, *said: Said, deleted: bool = False, retracts: str | None = None) -> Version:
    named = (retracts,) if retracts else ()
    return Version(f"PMID:{number}", revision, deleted, False, named, (said, said[:1]))


PAPER = version(1, 1, FIRST, MOUSE)
HISTORIES = {
    "a notice before its paper, then withdrawn": [
        Day(((version(9, 1, retracts="PMID:1"),),)),
        Day(((PAPER,), (version(2, 1, SECOND),))),
        Day(((version(9, 2, deleted=True), version(2, 2, deleted=True)),)),
    ],
    "another model beside, a revision, a late older one": [
        Day(((PAPER, version(2, 2, SECOND)),)),
        Day(((PAPER,),), MODELS[1], keep=True),
        Day(((version(2, 1, MOUSE),),), MODELS[1], keep=True),
        Day(((version(1, 2, SECOND),),), MODELS[1], keep=True),
    ],
}


@pytest.mark.parametrize("name", HISTORIES)
def test_a_history_gives_the_embedded_stores_graph(neo4j_store: Store, tmp_path: Path, name: str) -> None:
    expected = Expected()
    with open_store(str(tmp_path / "graph.kgl")) as embedded:
        for number, day in enumerate(HISTORIES[name]):
            folder = day.write(tmp_path / f"day{number}")
            assert day.load(neo4j_store, folder).tally == day.load(embedded, folder).tally
            expected.load(day)
            expected.check(neo4j_store)
            assert hash_graph(neo4j_store) == hash_graph(embedded)
            assert day.load(neo4j_store, folder).counters == Counters()


def test_a_graph_is_compared_with_one_in_the_other_store(neo4j_store: Store, tmp_path: Path) -> None:
    before, after = (write_run(tmp_path / name, [tables]) for name, tables in (("a", states(3)), ("b", states(5))))
    told: list[Change] = []
    with open_store(str(tmp_path / "graph.kgl")) as old:
        for store in (old, neo4j_store):
            load_folder(store, before)
        load_folder(neo4j_store, after, on_change=told.append)
        found: list[Change] = [*diff_edges(old, neo4j_store), *diff_publications(old, neo4j_store, page_rows=2)]
        assert sorted(map(repr, found)) == sorted(map(repr, told))
        assert [change.change for change in told].count("added") == 2
        assert list(diff_edges(neo4j_store, neo4j_store)) == []


def states(n_documents: int) -> Tables:
    tables = Tables()
    for number in range(n_documents):
        tables.state(f"PMID:{number}", *TRIPLES[0], score=0.3)
    return tables


def test_a_graph_of_version_1_is_migrated(neo4j_store: Store, tmp_path: Path) -> None:
    load_folder(neo4j_store, write_run(tmp_path / "run", [states(3)]))
    whole = hash_graph(neo4j_store)
    neo4j_store.execute_write("CREATE (a:Gene {id: 'hgnc:1'})-[:ENCODES]->(b:Protein {id: 'uniprot:1'})")
    neo4j_store.execute_write("DROP INDEX publication_retracted")
    neo4j_store.execute_write("MATCH (m:Hypograph) SET m.schema_version = 1 REMOVE m.belief_version")
    assert [step.name for step in migrate(neo4j_store)] == ["version 1 to 2", "version 2 to 3"]
    assert hash_graph(neo4j_store) == whole
    about = describe_graph(neo4j_store)
    assert about["schema_version"] == about["program_version"]
    assert all(item["present"] for item in about["schema"])


@pytest.mark.nightly
def test_a_load_goes_on_when_its_server_is_killed_and_comes_back(line: str, tmp_path: Path) -> None:
    """The server dies without warning in the middle of the load, which waits within the driver's own retries.

    Where the start takes longer than those, the load fails, and the same one goes on.
    """
    tables = Tables()
    for number in range(100):
        tables.state(f"PMID:{number}", *TRIPLES[number % len(TRIPLES)], at=100).add_document(f"PMID:{number}")
    folder = write_run(tmp_path / "run", [tables])
    with open_store(str(tmp_path / "whole.kgl")) as store:
        load_folder(store, folder)
        whole = hash_graph(store)
    home = tmp_path / "server"
    server = start_server(line, home=home, heap_gb=0.5)
    try:
        code = (
            "import sys; from pathlib import Path\n"
            "from graph.connect import open_store; from graph.write import load_folder\n"
            "with open_store(sys.argv[1]) as store:\n"
            "    load_folder(store, Path(sys.argv[2]), batch_rows=4)"
        )
        load = subprocess.Popen([sys.executable, "-c", code, server.uri, str(folder)], stderr=subprocess.DEVNULL)
        with open_store(server.uri, read_only=True) as watched:
            while not watched.execute("MATCH (e:Evidence) RETURN count(e) AS n")[0]["n"]:
                time.sleep(0.02)
                assert load.poll() is None
        assert server.pid
        os.kill(server.pid, signal.SIGKILL)
        while server_status(home):
            time.sleep(0.02)
        assert load.poll() is None, "the load was over before the server died"
        again = start_server(line, home=home, port=server.port or 0, heap_gb=0.5)
        assert again.uri == server.uri
        failed = load.wait(timeout=300) != 0
        with open_store(server.uri) as store:
            if failed:
                load_folder(store, folder)
            assert hash_graph(store) == whole
            assert load_folder(store, folder).counters == Counters()
    finally:
        stop_server(home)
