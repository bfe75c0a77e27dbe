"""The latency benchmark on a graph of a few edges: every question is asked, one that is stopped is a fault."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

import bench.latency as latency
from graph.errors import QueryTimeout
from graph.questions import all_questions
from graph.store import Answer


def _arguments(folder: Path) -> list[str]:
    return ["--entities", "60", "--triples", "150", "--samples", "1", "--keep", str(folder)]


def test_every_question_is_asked_once(tmp_path: Path) -> None:
    result = CliRunner().invoke(latency.command, _arguments(tmp_path))
    found = json.loads(result.stdout)
    assert (found["edges"], found["one_hop"]["calls"], found["two_hops"]["calls"]) == (150, 10, 10)
    assert found["once"]["seconds"].keys() == all_questions().keys()
    assert found["once"]["stopped_at_time_limit"] == []


def test_a_question_that_is_stopped_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(store: object, question: str, parameters: object) -> Answer:
        if question == "hubs":
            raise QueryTimeout("stopped after 60 s")
        return Answer((), [])

    monkeypatch.setattr(latency, "ask", stop)
    result = CliRunner().invoke(latency.command, _arguments(tmp_path))
    assert result.exit_code == 1
    assert json.loads(result.stdout)["faults"] == ["hubs: stopped at its time limit"]
