"""One load at a time on real servers: the second waits, a dead one's lease is taken over, who lost it stops."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from graph import lease
from graph.connect import open_store
from graph.counters import Counters
from graph.errors import LeaseLost
from graph.fingerprint import hash_graph
from graph.lease import Process
from graph.schema import apply_schema
from graph.store import Store
from graph.write import load_folder
from tests.tables import Tables, write_run

pytestmark = pytest.mark.neo4j

FIRST = Tables().state("PMID:1", "mesh:D000068877", "INHIBITS", "hgnc:76", score=0.8)
SECOND = Tables().state("PMID:2", "mesh:D000068877", "INHIBITS", "hgnc:76", score=0.5)


@pytest.fixture
def other_store(neo4j_store: Store, neo4j_uri: str) -> Iterator[Store]:
    with open_store(neo4j_uri) as store:
        yield store


@pytest.fixture
def start() -> Iterator[Callable[..., Future[Any]]]:
    with ThreadPoolExecutor(1) as pool:
        yield pool.submit


def hold_as(store: Store, process: Process, *, left_ms: int) -> None:
    store.execute(
        "MERGE (m:Hypograph {id: 'graph'}) SET m.lease_token = 'other', m.lease_host = $host, m.lease_pid = $pid, "
        "m.lease_machine = $machine, m.lease_since = timestamp(), m.lease_until = timestamp() + $left_ms",
        host=process.host,
        machine=process.machine,
        pid=process.pid,
        left_ms=left_ms,
    )


def meta(store: Store) -> set[str]:
    (row,) = store.execute("MATCH (m:Hypograph) RETURN keys(m) AS keys")
    return set(row["keys"])  # type: ignore[call-overload, no-any-return]


def test_of_two_loads_at_once_the_second_waits(
    neo4j_store: Store,
    other_store: Store,
    start: Callable[..., Future[Any]],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    runs = [write_run(tmp_path / name, [tables]) for name, tables in (("a", FIRST), ("b", SECOND))]
    with neo4j_store.writing():
        with caplog.at_level(logging.WARNING):
            second = start(load_folder, other_store, runs[1])
            while "waiting for the graph: process" not in caplog.text:
                assert not second.done()
                time.sleep(0.02)
        apply_schema(neo4j_store)
        assert other_store.counters == Counters()
    second.result(timeout=300)
    load_folder(neo4j_store, runs[0])
    assert meta(neo4j_store) == {"id", "schema_version", "belief_version", "settled", "loaded"}
    assert load_folder(other_store, runs[0]).counters == Counters()
    with open_store(str(tmp_path / "whole.kgl")) as whole:
        for run in runs:
            load_folder(whole, run)
        assert hash_graph(neo4j_store) == hash_graph(whole)


def test_what_a_dead_process_held_is_taken_over_at_once_and_any_other_when_it_has_run_out(neo4j_store: Store) -> None:
    here = Process.this()
    hold_as(neo4j_store, Process(here.host, here.machine, 2**22 + 1), left_ms=3_600_000)
    with neo4j_store.writing():
        assert "lease_lock" in meta(neo4j_store)
    hold_as(neo4j_store, here, left_ms=1500)
    started = time.monotonic()
    with neo4j_store.writing():
        assert time.monotonic() - started > 1


def test_who_was_taken_over_writes_no_more(neo4j_store: Store, other_store: Store) -> None:
    def write_through_a_takeover() -> None:
        with neo4j_store.writing():
            neo4j_store.execute_write("CREATE (:Gene {id: 'g:1'})")
            other_store.execute("MATCH (m:Hypograph) SET m.lease_until = 0")  # it slept
            with other_store.writing():
                edge = pa.table({"subject": ["g:1"], "object": ["g:1"]})
                for write in (
                    neo4j_store.execute_write,
                    lambda text: neo4j_store.create(text, text),
                    lambda text: neo4j_store.create_edges("BINDS", ("Gene", "Gene"), edge),
                ):
                    with pytest.raises(LeaseLost, match="taken over"):
                        write("CREATE (:Gene {id: 'g:2'})")
                other_store.execute_write("CREATE (:Gene {id: 'g:3'})")
            neo4j_store.execute_write("CREATE (:Gene {id: 'g:4'})")

    with pytest.raises(LeaseLost, match="its lease is gone"):
        write_through_a_takeover()
    found = neo4j_store.execute("MATCH (n:Gene) RETURN n.id AS id ORDER BY id")
    assert [row["id"] for row in found] == ["g:1", "g:3"]


def test_a_write_and_a_takeover_wait_for_one_another(
    neo4j_store: Store, other_store: Any, start: Callable[..., Future[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither comes between the look at the lease and the commit, however the two meet."""
    take = "MATCH (m:Hypograph) SET m.lease_token = $token, m.lease_until = $until"

    def write_while_it_is_taken() -> None:
        with neo4j_store.writing(), other_store._driver.session() as session, session.begin_transaction() as takeover:
            takeover.run(take, token="other", until=0).consume()
            writing = start(neo4j_store.execute_write, "CREATE (:Gene {id: 'g:1'})")
            time.sleep(0.5)
            assert not writing.done()
            takeover.commit()
            writing.result(timeout=300)

    with pytest.raises(LeaseLost):
        write_while_it_is_taken()
    monkeypatch.setattr(lease, "_CLAIM_S", 0.5)
    with other_store._driver.session() as session, session.begin_transaction() as write:
        write.run("MATCH (m:Hypograph) SET m.lease_lock = true").consume()
        claiming = start(lambda: neo4j_store.writing().__enter__())
        time.sleep(0.8)  # longer than a claim may take
        assert not claiming.done()
        write.run(take, token=None, until=None).consume()
        write.commit()
    claiming.result(timeout=300)
    assert neo4j_store.execute("MATCH (n:Gene) RETURN n") == []
