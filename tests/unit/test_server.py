"""Private servers without starting one: finding a Java, saying what is missing, refusing what would mix data."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest

from graph.connect import open_store
from graph.errors import ServerError, StoreError
from graph.java import fetch_jars, find_java
from graph.server import server_status, start_server, stop_server
from graph.server_instance import Server
from graph.server_java import is_ours
from graph.server_lines import LINES
from graph.server_probe import wait_until_ready


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing on it: no Java, no Maven, no Docker."""
    monkeypatch.setattr("graph.java._INSTALLED", (f"{tmp_path}/jvm/*",))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in [*os.environ]:
        if name.startswith(("JAVA_HOME", "HYPOGRAPH_NEO4J")):
            monkeypatch.delenv(name)
    (tmp_path / "bin").mkdir()
    return tmp_path


def _install_java(home: Path, version: str) -> Path:
    program = home / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    (home / "release").write_text(f'IMPLEMENTOR="x"\nJAVA_VERSION="{version}"\n')
    return home


def _install(folder: Path, name: str, script: str) -> None:
    program = folder / "bin" / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def test_java_is_chosen_by_version_in_the_order_that_is_accepted(bare: Path) -> None:
    for version in ("1.8.0_402", "17.0.15", "25.0.3", "21"):
        _install_java(bare / "jvm" / f"jdk-{version}", version)
    assert find_java((25,)).major == 25
    assert find_java((21, 17)).major == 21
    assert find_java((8,)).home.name == "jdk-1.8.0_402"


def test_java_home_of_a_version_wins(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _install_java(bare / "jvm" / "a", "17.0.1")
    mine = _install_java(bare / "mine", "17.0.2")
    monkeypatch.setenv("JAVA_HOME_17", str(mine))
    assert find_java((17,)).home == mine.resolve()


def test_java_of_the_wrong_version_is_named(bare: Path) -> None:
    _install_java(bare / "jvm" / "old", "11.0.1")
    with pytest.raises(ServerError, match=r"needs Java 17 or 21, found Java 11 in .*old; .*JAVA_HOME_17"):
        find_java((17, 21))


def test_all_that_is_missing_is_said(bare: Path) -> None:
    with pytest.raises(ServerError) as caught:
        start_server("5.26", home=bare / "home")
    message = str(caught.value)
    assert "HYPOGRAPH_NEO4J_URI" in message
    assert "`docker` is not on PATH" in message
    assert "needs Java 17 or 21, found no Java at all" in message


def test_maven_is_missed_by_name(bare: Path) -> None:
    java = find_java((25,)) if _install_java(bare / "jvm" / "new", "25") else None
    assert java is not None
    with pytest.raises(ServerError, match="`mvn`"):
        fetch_jars("2026.09.0", bare / "jars", java=java)


def test_a_failed_fetch_leaves_no_half_folder(bare: Path) -> None:
    _install_java(bare / "jvm" / "new", "25")
    _install(bare, "mvn", "mkdir jars; echo 'could not resolve org.neo4j'; exit 1")
    with pytest.raises(ServerError, match=r"could not resolve org\.neo4j"):
        fetch_jars("2026.09.0", bare / "jars", java=find_java((25,)))
    assert list((bare / "jars").iterdir()) == []


def test_jars_are_fetched_once(bare: Path) -> None:
    _install_java(bare / "jvm" / "new", "25")
    _install(bare, "mvn", ': > fetched; echo "$@" > arguments; /bin/mkdir jars')
    first = fetch_jars("2026.09.0", bare / "jars", java=find_java((25,)))
    _install(bare, "mvn", "exit 1")
    assert fetch_jars("2026.09.0", bare / "jars", java=find_java((25,))) == first


def test_a_docker_without_a_daemon_is_said(bare: Path) -> None:
    _install(bare, "docker", "echo 'Cannot connect to the Docker daemon' >&2; exit 1")
    with pytest.raises(ServerError, match="Docker: `docker info` failed: Cannot connect"):
        start_server("5.26", home=bare / "home")


def test_docker_publishes_on_loopback_only(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _install(bare, "docker", f'echo "$@" >> {bare}/calls; echo true')
    monkeypatch.setattr("graph.server_docker.wait_until_ready", lambda *arguments: None)
    server = start_server("2026", home=bare / "home", how="docker", heap_gb=0.5)
    run = next(line for line in (bare / "calls").read_text().splitlines() if line.startswith("run"))
    assert f"--publish 127.0.0.1:{server.port}:7687" in run
    assert run.endswith(f"neo4j:{LINES['2026'].release}-community")
    assert "usage__report_enabled=false" in run
    assert start_server("2026", home=bare / "home", how="docker") == server
    assert stop_server(bare / "home")
    assert (bare / "calls").read_text().splitlines()[-1] == f"stop {server.container}"


def test_a_foreign_server_that_does_not_answer_is_said(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HYPOGRAPH_NEO4J_URI", "bolt://127.0.0.1:1")
    with pytest.raises(ServerError, match=r"bolt://127\.0\.0\.1:1 does not answer"):
        start_server("5.26")


def test_a_foreign_server_is_asked_as_a_graph_is_opened(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def refuse(uri: str, *, auth: object, **_: object) -> None:
        asked.append(auth)
        raise ValueError("no such server")

    monkeypatch.setattr("neo4j.GraphDatabase.driver", refuse)
    monkeypatch.setenv("HYPOGRAPH_NEO4J_URI", "bolt://me:secret@elsewhere")
    monkeypatch.setenv("HYPOGRAPH_NEO4J_PASSWORD", "hidden")
    with pytest.raises(ServerError, match="bolt://elsewhere does not answer"):
        start_server("5.26")
    with pytest.raises(StoreError):
        open_store("bolt://elsewhere")
    assert asked == [("neo4j", "hidden")] * 2


def test_a_recorded_process_that_is_another_program_is_not_ours(tmp_path: Path) -> None:
    record = {"uri": "bolt://127.0.0.1:1", "kind": "java", "version": "5.26.0", "pid": os.getpid()}
    (tmp_path / "server.json").write_text(json.dumps(record))
    assert server_status(tmp_path) is None
    assert stop_server(tmp_path) is False  # and this test goes on living


@pytest.mark.parametrize(("state", "ours"), [(b"R", True), (b"Z", False)])
def test_a_process_that_shows_no_arguments_yet_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: bytes, ours: bool
) -> None:
    process = tmp_path / "7"
    process.mkdir()
    (process / "stat").write_bytes(b"7 (a (java) x) " + state + b" 1 7 7")
    (process / "cmdline").touch()
    monkeypatch.setattr("graph.server_java._PROC", tmp_path)
    loaded = threading.Timer(0.05, (process / "cmdline").write_bytes, [b"java\0--home-dir=/instance\0"])
    loaded.start()
    assert is_ours(7, Path("/instance")) is ours
    loaded.join()
    assert is_ours(7, Path("/instance"))
    assert not is_ours(7, Path("/other"))
    assert not is_ours(8, Path("/instance"))


def test_a_server_that_ends_without_a_word_is_said_to_have_been_killed(tmp_path: Path) -> None:
    console = tmp_path / "console.log"
    console.touch()
    with pytest.raises(ServerError, match="printed nothing"):
        wait_until_ready(Server("bolt://127.0.0.1:1", "java", "5.26.0"), lambda: False, console)


def test_a_folder_of_one_line_is_not_given_to_another(bare: Path) -> None:
    (bare / "home").mkdir()
    (bare / "home" / "line").write_text("2026\n")
    with pytest.raises(ServerError, match="holds the data of Neo4j 2026"):
        start_server("5.26", home=bare / "home")


def test_nothing_to_stop(tmp_path: Path) -> None:
    assert stop_server(tmp_path / "never") is False
