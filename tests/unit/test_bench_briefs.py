"""Briefs drawn for a judge: topics by seed, a line a sentence with what it cites, and the count."""

from __future__ import annotations

import json
from collections import Counter
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pytest
from click.testing import CliRunner

from bench import briefs
from bench.briefs import BriefSentence, draw_topics, list_sentences, read_topics
from bench.judge_table import read_table, write_table
from bench.score_briefs import main as score
from engine.generate.summary import Evidence, Statement, Summary
from graph.connect import open_store
from jobs.generator_options import ChosenEngine
from tests.small_graph import hand_written
from tests.unit.test_brief import Writer, said

ENTITIES = [
    {"concept_id": "d1", "name": "Imatinib", "type": "Drug"},
    {"concept_id": "d2", "name": "Aspirin", "type": "Drug"},
    {"concept_id": "g1", "name": "ABL1", "type": "Gene"},
    {"concept_id": "x1", "name": "leukemia", "type": "Disease"},
]
TRIPLES = [
    {"triple_id": "t1", "subject": "d1", "object": "g1"},
    {"triple_id": "t2", "subject": "d1", "object": "x1"},
    {"triple_id": "t3", "subject": "d2", "object": "x1"},
]


def told(triple: str, times: int, assertion: str = "affirmed") -> list[dict[str, str]]:
    return [{"triple_id": triple, "assertion": assertion, "doc_id": f"PMID:{i}"} for i in range(times)]


def test_topics_come_in_turn_and_have_evidence() -> None:
    evidence = [*told("t1", 3), *told("t2", 4), *told("t3", 2), *told("t3", 9, "negated")]
    first = list(islice(draw_topics(TRIPLES, [*evidence, *told("t2", 3), *told("t1", 3)], ENTITIES, seed=1), 40))
    assert [topic.kind for topic in first[:4]] == ["edge", "drug", "disease", "publications"]
    assert {topic.names for topic in first if topic.kind == "edge"} == {("Imatinib", "ABL1"), ("Imatinib", "leukemia")}
    assert {topic.names for topic in first if topic.kind == "drug"} == {("Imatinib",)}, "Aspirin is told of but twice"
    sets = [topic.publications for topic in first if topic.kind == "publications"]
    assert all(len(set(publications)) == 3 for publications in sets)
    assert first == list(
        islice(draw_topics(TRIPLES, [*evidence, *told("t2", 3), *told("t1", 3)], ENTITIES, seed=1), 40)
    )


@pytest.fixture
def graph(tmp_path: Path) -> str:
    path = str(tmp_path / "g.kgl")
    with open_store(path) as store:
        hand_written().load(store)
    return path


def known() -> list[dict[str, str]]:
    """The entities, of which the graph knows but the first, by the name of one of its own."""
    small = hand_written()
    name = small.entity(next(iter(small.edges())).subject).name
    return [{**row, "name": name if row["concept_id"] == "d1" else "no such thing"} for row in ENTITIES]


EVIDENCE = [*told("t1", 3), *told("t2", 3), *told("t2", 3)]


def test_a_name_that_the_graph_does_not_know_is_passed_over(graph: str) -> None:
    edges_and_drugs = (t for t in draw_topics(TRIPLES, EVIDENCE, known(), seed=1) if t.kind != "publications")
    with open_store(graph, read_only=True) as store:
        topics = read_topics(store, edges_and_drugs, briefs=2, limit=5)
    assert [(topic.kind, words) for topic, words, _ in topics] == [("drug", known()[0]["name"])] * 2
    assert all(found for _, _, found in topics)


def test_briefs_are_written_for_a_judge_and_counted(
    graph: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [said(("It acts.", ["1"]), ("It is new.", []), ("It cures all.", ["1"])), "garbage", "garbage"]
    chosen = ChosenEngine("writer", "writer-1", lambda: Writer(*answers), in_process=False)
    monkeypatch.setattr(briefs, "choose_engine", lambda *_: chosen)
    tables = {"triple": TRIPLES, "entity": known()}
    monkeypatch.setattr(briefs, "read_table", lambda _, name: pa.Table.from_pylist(tables[name]))
    monkeypatch.setattr(briefs, "read_live_evidence", lambda _: pa.Table.from_pylist(EVIDENCE))
    out = tmp_path / "briefs.tsv"
    arguments = [str(tmp_path), graph, "writer", "--cache", str(tmp_path / "c"), "--briefs", "1", "--free"]
    arguments += ["--out", str(out)]
    done = CliRunner().invoke(briefs.main, arguments)
    assert done.exit_code == 0, done.output
    result = json.loads(done.stdout.splitlines()[-1])
    assert (result["briefs"], result["sentences"], result["failed"]) == (1, 1, {})
    assert result["dropped"] == {"uncited": 1, "not_stated_there": 1}
    (line,) = read_table(out)
    assert (line["brief"], line["kind"], line["sentence"], line["verdict"]) == ("1", "drug", "It acts.", "")
    assert line["publications"].startswith("PMID:")
    again = CliRunner().invoke(briefs.main, arguments)
    assert (again.exit_code, "may hold judgements" in again.stderr) == (1, True)


def test_a_line_shows_what_was_shown_of_the_cited_publications() -> None:
    (topic,) = islice(draw_topics(TRIPLES, told("t1", 3), [{**e, "type": "Drug"} for e in ENTITIES], seed=1), 1)
    evidence = [Evidence("It inhibits\nABL1.", "PMID:1"), Evidence("And KIT.", "PMID:2"), Evidence("Twice.", "PMID:1")]
    summary = Summary((Statement("It inhibits ABL1.", ("PMID:1",)),), dropped=Counter(), struck=0)
    (line,) = list_sentences(4, topic, "Imatinib and ABL1", evidence, summary)
    assert line == BriefSentence(
        4, "edge", "Imatinib and ABL1", "It inhibits ABL1.", "PMID:1", "It inhibits ABL1. ¦ Twice."
    )


def judged(path: Path, *verdicts: tuple[int, str, str]) -> str:
    lines = [
        BriefSentence(brief, "drug", "x", "s", "PMID:1", "e", verdict, error) for brief, verdict, error in verdicts
    ]
    write_table(lines, BriefSentence, path)
    return str(path)


def test_a_brief_holds_if_all_its_sentences_do(tmp_path: Path) -> None:
    table = judged(tmp_path / "b.tsv", (1, "right", ""), (1, "right", ""), (2, "right", ""), (2, "wrong", "too_much"))
    done = CliRunner().invoke(score, [table])
    found = json.loads(done.stdout)
    assert (done.exit_code, found["briefs"], found["right"], found["right_sentences"]) == (1, 2, 1, 3)
    assert (found["errors"], found["by_kind"]) == ({"too_much": 1}, {"drug": "1/2"})
    assert CliRunner().invoke(score, [table, "--floor", "0.5"]).exit_code == 0


@pytest.mark.parametrize(("verdict", "error"), [("", ""), ("wrong", "no_relation"), ("right", "denied")])
def test_a_line_that_cannot_be_counted_is_named(tmp_path: Path, verdict: str, error: str) -> None:
    done = CliRunner().invoke(score, [judged(tmp_path / "b.tsv", (1, verdict, error))])
    assert (done.exit_code, "b.tsv, line 2" in done.stderr) == (1, True)
