"""Who imports whom, read from the source; and that light things start without the heavy ones."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import networkx as nx
import pytest

ROOT = Path(__file__).parents[2]
ALLOWED = {"engine": {"engine"}, "graph": {"graph", "engine"}, "jobs": {"jobs", "graph", "engine"}}
HEAVY = {
    "torch",
    "transformers",
    "vllm",
    "ray",
    "kglite",
    "neo4j",
    "mcp",
    "pandas",
    "prometheus_client",
    "starlette",
    "uvicorn",
}
# Modules that are all about one heavy package, and are themselves imported only inside functions.
MAY_IMPORT_AT_THE_TOP = {
    "engine/model/attention.py": {"torch", "transformers"},
    "engine/model/network.py": {"torch"},
    "engine/model/predict.py": {"torch"},
    "engine/model/second.py": {"torch"},
    "engine/model/take_over.py": {"torch"},
    "engine/read/source.py": {"ray"},
    "engine/serve/endpoint.py": {"ray", "starlette"},
    "engine/serve/reader.py": {"ray"},
    "graph/access/rest.py": {"starlette"},
    "graph/access/tools.py": {"mcp"},
    "graph/store_embedded.py": {"kglite"},
    "graph/store_neo4j.py": {"neo4j"},
}


def sources(package: str) -> list[Path]:
    return sorted((ROOT / package).rglob("*.py"))


def imports(tree: ast.AST, *, top_only: bool) -> Iterator[str]:
    """Names of imported modules; with `top_only` those that importing the file imports (TYPE_CHECKING aside)."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield node.module or ""
        elif top_only and (isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) or _is_typing(node)):
            continue
        else:
            yield from imports(node, top_only=top_only)


def _is_typing(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def parse(path: Path) -> ast.AST:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


@pytest.mark.parametrize("package", ALLOWED)
def test_packages_import_in_one_direction(package: str) -> None:
    ours = set(ALLOWED) | {"tests", "bench"}
    for path in sources(package):
        roots = {name.split(".")[0] for name in imports(parse(path), top_only=False)}
        assert roots & ours <= ALLOWED[package], f"{path.relative_to(ROOT)} imports {roots & ours - ALLOWED[package]}"


def test_no_files_import_each_other_in_a_circle() -> None:
    paths = [path for package in (*ALLOWED, "bench") for path in sources(package)]
    files = {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in paths}
    graph = nx.DiGraph(
        (name, other)
        for name, path in files.items()
        for other in imports(parse(path), top_only=False)
        if other in files and other != name
    )
    assert graph.number_of_edges() > len(files)
    assert list(nx.simple_cycles(graph)) == []


@pytest.mark.parametrize("package", ["engine", "jobs"])
def test_only_graph_knows_the_stores(package: str) -> None:
    for path in sources(package):
        roots = {name.split(".")[0] for name in imports(parse(path), top_only=False)}
        assert roots.isdisjoint({"neo4j", "kglite"}), f"{path.relative_to(ROOT)} imports a graph driver"


@pytest.mark.parametrize("package", ALLOWED)
def test_heavy_packages_are_imported_inside_functions(package: str) -> None:
    for path in sources(package):
        name = str(path.relative_to(ROOT))
        if name.startswith("engine/train/"):
            continue
        heavy = {module.split(".")[0] for module in imports(parse(path), top_only=True)} & HEAVY
        assert heavy <= MAY_IMPORT_AT_THE_TOP.get(name, set()), f"{name} imports {heavy} at its top"


def loaded_by(statement: str) -> tuple[set[str], float]:
    """Modules in a fresh interpreter after `statement`, and its seconds of CPU, which other work does not lengthen."""
    code = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    before = os.times()
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    after = os.times()
    seconds = after.children_user + after.children_system - before.children_user - before.children_system
    return {name.split(".")[0] for name in json.loads(run.stdout.splitlines()[-1])}, seconds


def test_help_starts_in_under_a_second() -> None:
    statement = "from click.testing import CliRunner; from jobs.cli import main; CliRunner().invoke(main, ['--help'])"
    modules, seconds = loaded_by(statement)
    assert modules.isdisjoint(HEAVY | {"numpy", "pyarrow", "pydantic"})
    assert seconds < 1.0


@pytest.mark.parametrize(
    "module",
    [
        *("engine.schema", "engine.pipeline", "engine.tables", "engine.on_ray", "engine.read.files", "engine.extract"),
        *(
            "graph.store",
            "graph.connect",
            "graph.ask",
            "graph.write",
            "jobs.extract",
            "jobs.run",
            "jobs.ask",
            "jobs.cypher",
        ),
        *("engine.fetch.files", "engine.fetch.records", "jobs.fetch"),
        *("graph.hypotheses.read", "graph.hypotheses.backtest", "jobs.hypotheses", "jobs.backtest"),
        *("graph", "graph.access.graph", "graph.access.describe", "graph.access.openapi", "graph.access.gate"),
        *("jobs.api", "jobs.mcp", "jobs.notebooks"),
        *("engine.link.evaluate", "engine.link.report", "jobs.evaluate"),
        *("engine.generate.stage", "engine.generate.vllm_engine", "engine.generate.openai_engine"),
        *("jobs.generate", "jobs.brief"),
        *("engine.model.describe", "engine.serve.answers", "engine.serve.requests", "jobs.models", "jobs.serve"),
    ],
)
def test_light_modules_load_nothing_heavy(module: str) -> None:
    modules, _ = loaded_by(f"import {module}")
    assert modules.isdisjoint(HEAVY), f"{module} loads {modules & HEAVY}"
