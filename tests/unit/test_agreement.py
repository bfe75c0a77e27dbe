"""The comparison of stores: equal graphs agree, an edge changed behind its back is found."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from bench.agreement import Call, Reply, answer_all, canonical, main
from graph.connect import open_store
from graph.store import Answer
from tests.tables import Tables, write_run


def _run(folder: Path) -> Path:
    tables = Tables()
    tables.state("PMID:1", "mesh:D000068877", "INHIBITS", "hgnc:76")
    tables.state("PMID:2", "mesh:D000068877", "INHIBITS", "hgnc:76", assertion="negated")
    tables.state("PMID:2", "mesh:D000068877", "TREATS", "mondo:0011996", at=100)
    tables.state("PMID:3", "hgnc:76", "PROMOTES", "mondo:0011996")
    write_run(folder, [tables])
    return folder


def test_two_graphs_of_one_run_agree_and_the_second_load_writes_nothing(tmp_path: Path) -> None:
    run = _run(tmp_path / "run")
    arguments = [str(run), "--samples", "1"]
    for name in ("a", "b"):
        arguments += ["--graph", f"{name}={tmp_path / name}.kgl"]
    result = CliRunner().invoke(main, arguments)
    summary = json.loads(result.stdout.strip().splitlines()[-1])
    assert (result.exit_code, summary["faults"]) == (0, [])
    assert summary["calls_with_rows"] > 10
    for name in ("a", "b"):
        assert summary["graphs"][name]["second_load"]["writes"] == 0
        assert summary["graphs"][name]["nodes"]["Evidence"] == 4
        assert summary["graphs"][name]["relationships"]["INHIBITS"] == 1


def test_a_graph_that_was_changed_is_found(tmp_path: Path) -> None:
    run = _run(tmp_path / "run")
    uris = [str(tmp_path / name) for name in ("a.kgl", "b.kgl")]
    with open_store(uris[1]) as store:
        store.execute_write("CREATE (:Gene {id: 'hgnc:0', name: 'NOT1', name_key: 'not1'})")
    arguments = [str(run), *(word for uri in uris for word in ("--graph", uri)), "--samples", "1"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 1
    faults = json.loads(result.stdout.strip().splitlines()[-1])["faults"]
    assert f"nodes of {uris[1]} differ from {uris[0]}" in faults
    assert f"content of {uris[1]} differ from {uris[0]}" in faults


def test_answers_are_compared_by_value_and_order() -> None:
    rows: list[dict[str, object]] = [{"gene": "ABL1", "belief": 0.1 + 0.2}, {"gene": "KIT", "belief": 0.1}]
    same = [{"belief": 0.3, "gene": "ABL1"}, {"belief": 0.1, "gene": "KIT"}]
    columns = ("gene", "belief")
    assert canonical(Answer(columns, rows)) == canonical(Answer(columns, list(same)))
    assert canonical(Answer(columns, rows)) != canonical(Answer(columns, rows[::-1]))


def test_an_error_is_an_answer_too(tmp_path: Path) -> None:
    with open_store(str(tmp_path / "empty.kgl")) as store:
        (reply,) = answer_all(store, [Call("drug-targets", {"drug": "imatinib"})])
    assert isinstance(reply, Reply)
    assert reply.text.startswith("UnknownName:")
    assert reply.rows == 0
