"""Which module each benchmark of `python -m bench` runs, with what, and on which store."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from bench import __main__ as all_benchmarks
from graph.errors import ServerError
from graph.server_instance import Server

BARE = ["--bare", "--entities", "100000", "--triples", "1000000"]
URI = "bolt://127.0.0.1:7"


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[str]]]:
    """What was run, with servers that are never started."""
    ran: list[tuple[str, list[str]]] = []

    def run(name: str, arguments: Sequence[str] = ()) -> tuple[int, dict[str, Any]]:
        ran.append((name, list(arguments)))
        return 0, {}

    monkeypatch.setattr(all_benchmarks, "run_module", run)
    monkeypatch.setattr(all_benchmarks, "start_server", lambda **_: Server(URI, "java", "5.26.0"))
    monkeypatch.setattr(all_benchmarks, "stop_server", lambda home: True)
    return ran


@pytest.mark.parametrize(
    ("name", "module", "arguments"),
    [
        ("job", "job", []),
        ("load", "load", []),
        ("load-neo4j", "load", ["--graph", URI]),
        ("load-bare", "load", BARE),
        ("load-bare-neo4j", "load", [*BARE, "--graph", URI]),
        ("latency", "latency", []),
        ("latency-neo4j", "latency", ["--graph", URI]),
    ],
)
def test_a_name_says_module_and_store(
    ran: list[tuple[str, list[str]]], name: str, module: str, arguments: list[str]
) -> None:
    assert name in all_benchmarks.BENCHMARKS
    all_benchmarks.run_benchmark(name)
    assert ran == [(module, arguments)]


def test_every_benchmark_is_a_module(ran: list[tuple[str, list[str]]]) -> None:
    for name in all_benchmarks.BENCHMARKS:
        all_benchmarks.run_benchmark(name)
    folder = Path(all_benchmarks.__file__).parent
    assert all((folder / f"{module}.py").is_file() for module, _ in ran)


def test_without_a_server_the_benchmark_is_left_out(
    ran: list[tuple[str, list[str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: object) -> Server:
        raise ServerError("needs Java 17")

    monkeypatch.setattr(all_benchmarks, "start_server", fail)
    assert all_benchmarks.run_benchmark("latency-neo4j") == (0, {"bench": "latency", "left_out": "needs Java 17"})
    assert ran == []
