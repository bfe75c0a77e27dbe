"""`run` when its graph goes away or its disk is full: what it says, and that the same command makes the same graph."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from engine.shards import Shard
from graph.connect import open_store
from graph.counters import Counters
from graph.errors import StoreError
from graph.fingerprint import hash_graph
from graph.store_embedded import EmbeddedStore
from jobs import load as load_job
from jobs import run as job
from tests.tables import Tables, write_run
from tests.unit.little_space import little_space
from tests.unit.no_ray import STATEMENT, stand_in_for_ray


def run(folder: Path, name: str) -> tuple[Result, dict[str, Any]]:
    arguments = ["--out", str(folder / name), "--graph", str(folder / f"{name}.kgl"), "--shard-files", "1"]
    result = CliRunner().invoke(job.command, [str(folder / "in"), *arguments])
    return result, json.loads(result.stdout.splitlines()[-1]) if result.stdout else {}


def hash_of(path: Path) -> str:
    with open_store(str(path), read_only=True) as store:
        assert store.execute("MATCH (e:Evidence) RETURN count(e) AS n")[0]["n"]
        return hash_graph(store)


@pytest.mark.parametrize("shards_before", [0, 1, 2])
def test_a_graph_that_goes_away_ends_the_run_and_the_same_command_makes_it_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shards_before: int
) -> None:
    ran = stand_in_for_ray(monkeypatch)
    (tmp_path / "in").mkdir()
    for i in range(3):
        line = json.dumps({"pmid": i + 1, "title": f"Title {i}", "abstract": f"We say that {STATEMENT}."})
        (tmp_path / "in" / f"{i}.jsonl").write_text(line + "\n", encoding="utf-8")
    assert run(tmp_path, "whole")[0].exit_code == 0
    ran.clear()

    written = EmbeddedStore.execute_write

    def gone(self: EmbeddedStore, cypher: str, /, **params: object) -> Counters:
        if "Evidence" in cypher and "rows" in params and len(ran) > shards_before:
            raise StoreError("bolt://db:7687: the connection to Neo4j failed")
        return written(self, cypher, **params)

    monkeypatch.setattr(EmbeddedStore, "execute_write", gone)
    failed, _ = run(tmp_path, "out")
    monkeypatch.setattr(EmbeddedStore, "execute_write", written)
    assert (failed.exit_code, failed.stdout) == (1, "")
    assert "bolt://db:7687: the connection to Neo4j failed" in failed.stderr
    assert f"What is extracted is kept in {tmp_path / 'out'}: give the same command again" in failed.stderr
    assert ran == list(range(shards_before + 1)), "it ends at once"

    result, summary = run(tmp_path, "out")
    assert result.exit_code == 0, result.output
    assert summary["records"] == 3
    assert ran == [0, 1, 2], "what was extracted isn't extracted again"
    assert hash_of(tmp_path / "out.kgl") == hash_of(tmp_path / "whole.kgl")
    assert run(tmp_path, "out")[1]["load"]["writes"] == 0


@pytest.mark.parametrize("limit_bytes", [3_000, 60_000])
def test_a_load_onto_a_full_disk_says_so_and_the_same_one_goes_on(tmp_path: Path, limit_bytes: int) -> None:
    tables = Tables()
    for number in range(300):
        tables.state(f"PMID:{number}", "mesh:D000068877", "INHIBITS", "hgnc:76")
    folder = write_run(tmp_path / "run", [tables])
    paths = [tmp_path / "whole.kgl", tmp_path / "graph.kgl"]
    commands = [[str(folder), "--graph", str(path)] for path in paths]
    assert CliRunner().invoke(load_job.command, commands[0]).exit_code == 0
    with little_space(limit_bytes):
        full = CliRunner().invoke(load_job.command, commands[1])
    assert (full.exit_code, full.stdout) == (1, "")
    assert f"{paths[1]}: cannot be saved" in full.stderr
    assert "the disk filled" in full.stderr
    again = CliRunner().invoke(load_job.command, commands[1])
    assert again.exit_code == 0, again.output
    assert hash_of(paths[1]) == hash_of(paths[0])


def test_the_graph_is_opened_before_anything_is_extracted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[Shard] = []
    monkeypatch.setattr(job, "extract", lambda *_, **__: ran)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jsonl").touch()
    (tmp_path / "out.kgl").mkdir()
    result, _ = run(tmp_path, "out")
    assert result.exit_code == 1
    assert "expected the file of an embedded graph, found a folder" in result.stderr
    assert "kept" not in result.stderr


def test_a_graph_in_the_folder_where_a_run_begins_is_refused_and_not_made(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").touch()
    out = tmp_path / "out"
    arguments = [str(tmp_path / "a.jsonl"), "--out", str(out), "--graph", str(out / "graph.kgl")]
    result = CliRunner().invoke(job.command, arguments)
    assert result.exit_code == 2
    assert f"--graph {out / 'graph.kgl'} lies in --out {out}" in result.stderr
    assert not out.exists()
    out.mkdir()
    graph, changes = str(tmp_path / "graph.kgl"), str(out / "changes.jsonl")
    result = CliRunner().invoke(job.command, [*arguments[:-1], graph, "--changes", changes])
    assert result.exit_code == 2
    assert f"--changes {changes} lies in --out {out}" in result.stderr
    assert list(out.iterdir()) == []
