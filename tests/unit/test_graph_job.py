"""`hypograph graph` as a command: what it prints, its exit codes, and the options of loads that belong to it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from engine.schema import AFFIRMED
from graph.schema import SCHEMA_VERSION
from jobs.cli import main
from tests.tables import Tables, believed, write_run

IMATINIB, ABL1, KIT, CML = "mesh:D000068877", "hgnc:76", "hgnc:6342", "mondo:0011996"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def updated(tmp_path: Path) -> dict[str, Path]:
    """A graph before and after an update, and what the load told of it."""
    before = Tables().state("PMID:1", IMATINIB, "INHIBITS", ABL1, score=0.5).state("PMID:2", IMATINIB, "TREATS", CML)
    after = Tables().state("PMID:3", IMATINIB, "INHIBITS", ABL1, score=0.4).state("PMID:3", IMATINIB, "BINDS", KIT)
    after.add_document("PMID:2", revision=2, deleted=True)
    paths = {name: tmp_path / name for name in ("old.kgl", "new.kgl", "changes.jsonl")}
    assert run("load", write_run(tmp_path / "r1", [before]), "--graph", paths["old.kgl"]).exit_code == 0
    shutil.copy(paths["old.kgl"], paths["new.kgl"])
    options = ("--graph", paths["new.kgl"], "--changes", paths["changes.jsonl"])
    assert run("load", write_run(tmp_path / "r2", [after]), *options).exit_code == 0
    return paths


def test_diff_shows_the_farthest_moves_first(updated: dict[str, Path]) -> None:
    result = run("graph", "diff", updated["old.kgl"], updated["new.kgl"])
    assert result.exit_code == 0
    edges, publications = result.stdout.split("\n\n")
    head, columns, _, *rows = edges.splitlines()
    assert head == "edges: 1 added, 1 changed, 1 removed"
    assert columns.split() == ["change", "subject", "predicate", "object", "belief", "evidence", "publications"]
    assert sorted(row.split()[0] for row in rows[:2]) == ["added", "removed"]
    told = ("PMID:1", 0.5, AFFIRMED), ("PMID:3", 0.4, AFFIRMED)
    before, after = f"{believed(told[0]):.4g}", f"{believed(*told):.4g}"
    assert rows[2].split()[:7] == ["changed", "Imatinib", "INHIBITS", "ABL1", before, "->", after]
    assert publications.splitlines()[0] == "publications: 1 added, 1 withdrawn"
    assert "PMID:3  +2" in publications


def test_diff_of_a_recorded_load_says_the_same(updated: dict[str, Path]) -> None:
    graphs = run("graph", "diff", updated["old.kgl"], updated["new.kgl"], "--format", "jsonl")
    record = run("graph", "diff", updated["changes.jsonl"], "--format", "jsonl")
    lines: list[list[dict[str, Any]]] = [
        [json.loads(line) for line in result.stdout.splitlines()] for result in (graphs, record)
    ]
    told = [sorted(map(str, some[:-1])) for some in lines]
    assert told[0] == told[1]
    assert lines[0][-1]["edges"] == {"added": 1, "removed": 1, "changed": 1}
    assert lines[0][-1]["kind"] == "summary"


def test_diff_is_cut_and_filtered(updated: dict[str, Path]) -> None:
    def heads(*options: object) -> list[str]:
        stdout = run("graph", "diff", updated["changes.jsonl"], *options).stdout
        return [part.splitlines()[0] for part in stdout.rstrip().split("\n\n")]

    assert heads("--limit", 1)[0] == "edges: 1 added, 1 changed, 1 removed; 1 shown"
    assert heads("--what", "edges", "--predicate", "INHIBITS") == ["edges: 1 changed"]
    assert heads("--what", "edges", "--predicate", "inhibits") == ["edges: 1 changed"]
    assert heads("--what", "edges", "--min-change", 0.25) == ["edges: 1 added, 1 removed"]
    assert heads("--what", "edges", "--predicate", "INDUCES") == ["edges: nothing changed"]
    assert heads("--what", "publications") == ["publications: 1 added, 1 withdrawn"]


def test_a_predicate_that_there_is_not_is_refused(updated: dict[str, Path]) -> None:
    result = run("graph", "diff", updated["changes.jsonl"], "--predicate", "INHIBIT")
    assert (result.exit_code, "'INHIBIT' is not one of" in result.stderr) == (2, True)


def test_what_cannot_be_compared(updated: dict[str, Path], tmp_path: Path) -> None:
    for arguments, said in (
        ((updated["old.kgl"],), "expected a file of changes, or two graphs"),
        ((updated["old.kgl"], tmp_path / "absent.kgl"), "no graph there"),
        ((tmp_path / "absent.jsonl",), "expected a file of changes"),
    ):
        result = run("graph", "diff", *arguments)
        assert (result.exit_code, said in result.stderr) == (1, True), result.stderr
    assert run("graph", "diff", "bolt://127.0.0.1:1").exit_code == 2


def test_info_for_people_and_for_programs(updated: dict[str, Path]) -> None:
    told = json.loads(run("graph", "info", "--graph", updated["new.kgl"], "--format", "json").stdout)
    assert (told["schema_version"], told["settled"], told["relationships"]["BINDS"]) == (SCHEMA_VERSION, True, 1)
    text = run("graph", "info", "--graph", updated["new.kgl"]).stdout
    for words in (f"version {SCHEMA_VERSION}", "up to date", "1 withdrawn", "model-1", "publication_retracted"):
        assert words in text


def test_migrate_leaves_a_current_graph_alone_and_makes_none(updated: dict[str, Path], tmp_path: Path) -> None:
    told = json.loads(run("graph", "migrate", "--graph", updated["new.kgl"]).stdout)
    assert (told["steps"], told["writes"]) == ([], 0)
    assert run("graph", "migrate", "--graph", tmp_path / "absent.kgl").exit_code == 1
    assert not (tmp_path / "absent.kgl").exists()


def test_load_keeps_other_models_when_asked(tmp_path: Path) -> None:
    graph = tmp_path / "graph.kgl"
    for model in ("model-1", "model-2"):
        tables = Tables().state("PMID:1", IMATINIB, "INHIBITS", ABL1, model=model)
        folder = write_run(tmp_path / model, [tables], model=model)
        assert run("load", folder, "--graph", graph, "--keep-other-models").exit_code == 0
    told = json.loads(run("graph", "info", "--graph", graph, "--format", "json").stdout)
    assert [row["model"] for row in told["models"]] == ["model-1", "model-2"]
