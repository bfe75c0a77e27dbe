"""Run every benchmark, one after another, and print their JSON together as the last line: `python -m bench`.

Each runs in a process of its own, so that none warms the next one's caches or holds its memory. Loading and asking are
measured on the embedded store and on a private Neo4j that is started for it; where none can be started, that one is
left out and the reason is in the output. `--record` keeps each result as `bench/results/VERSION/NAME.json`, from which
`bench.figures` fills the tables of README and docs. Exit code 1 if any benchmark fails, after all have run.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click

from graph.errors import ServerError
from graph.server import start_server, stop_server

_LOADS: Final = ("load", "load-neo4j", "load-bare", "load-bare-neo4j")
BENCHMARKS: Final = ("job", *_LOADS, "latency", "latency-neo4j", "linking", "serve")
_BARE: Final = ("--bare", "--entities", "100000", "--triples", "1000000")
_ENVIRONMENT: Final = {"linking": {"OPENBLAS_NUM_THREADS": "1"}}  # its speed is that of one core
_HEAP_GB: Final = {"latency": 4.0}  # a million edges with evidence, read as a whole
RESULTS: Final = Path(__file__).parent / "results"


def run_module(name: str, arguments: Sequence[str] = ()) -> tuple[int, dict[str, Any]]:
    """Run one benchmark; its log goes to stderr as it comes.

    Returns: exit code, and the JSON object that it printed last (or what went wrong with it).
    """
    command = [sys.executable, "-m", f"bench.{name}", *arguments]
    environment = os.environ | _ENVIRONMENT.get(name, {})
    ended = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, env=environment)
    for text in (ended.stdout, ended.stdout.strip().rpartition("\n")[2]):
        try:
            result: dict[str, Any] = json.loads(text)
        except json.JSONDecodeError:
            continue
        return ended.returncode, result
    return ended.returncode or 1, {"bench": name, "faults": ["it printed no JSON object last"]}


def run_benchmark(name: str) -> tuple[int, dict[str, Any]]:
    """Run the benchmark of this name of `BENCHMARKS`; as `run_module`."""
    module, *rest = name.split("-")
    arguments = _BARE if "bare" in rest else ()
    return run_on_neo4j(module, arguments) if "neo4j" in rest else run_module(module, arguments)


def run_on_neo4j(module: str, arguments: Sequence[str]) -> tuple[int, dict[str, Any]]:
    """Run one benchmark on an empty private Neo4j, which is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="hypograph-bench-neo4j-") as name:
        try:
            server = start_server(home=Path(name), heap_gb=_HEAP_GB.get(module, 1.0))
        except ServerError as error:
            return 0, {"bench": module, "left_out": str(error)}
        try:
            return run_module(module, [*arguments, "--graph", server.uri])
        finally:
            stop_server(Path(name))


def record(name: str, result: dict[str, Any]) -> None:
    """Keep a result under the version that it was measured with."""
    folder = RESULTS / importlib.metadata.version("hypograph")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(result, indent=1, sort_keys=True) + "\n", encoding="utf-8")


@click.command()
@click.option("--only", type=click.Choice(BENCHMARKS), multiple=True, help="Run these only.")
@click.option("--record", "keep", is_flag=True, help="Keep the results under bench/results/.")
def main(only: tuple[str, ...], keep: bool) -> None:
    """Run the benchmarks."""
    results, failed = {}, []
    for name in only or BENCHMARKS:
        click.echo(f"bench: {name}", err=True)
        code, results[name] = run_benchmark(name)
        if code != 0:
            failed.append(name)
            click.echo(f"bench: {name} failed: {'; '.join(results[name].get('faults', ['see above']))}", err=True)
        elif keep and "left_out" not in results[name]:
            record(name, results[name])
    click.echo(json.dumps({"results": results, "failed": failed}))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
