"""Why an edge is believed: the terms add up to what the edge carries, and the command shows them."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from engine.schema import TITLE
from graph.belief.explain import explain_edge
from graph.connect import open_store
from graph.errors import LoadError, QuestionError, UnknownName
from graph.write import load_folder
from jobs.belief import command
from tests.tables import Tables, write_run

IMATINIB, ABL1, KIT = "mesh:D000068877", "hgnc:76", "hgnc:6342"


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("belief")
    tables = Tables()
    tables.state("PMID:1", IMATINIB, "INHIBITS", ABL1, score=0.97, head_link_score=0.9, section=TITLE)
    tables.state("PMID:1", IMATINIB, "INHIBITS", ABL1, at=100, score=0.6)
    tables.state("PMID:2", IMATINIB, "INHIBITS", ABL1, score=0.8, assertion="speculated")
    tables.state("PMID:3", IMATINIB, "INHIBITS", ABL1, score=0.7, assertion="negated")
    tables.state("PMID:4", IMATINIB, "INHIBITS", ABL1, score=0.99).add_document("PMID:4", retracted=True)
    tables.state("PMID:5", IMATINIB, "INHIBITS", KIT, assertion="negated")
    path = str(folder / "graph.kgl")
    with open_store(path) as store:
        load_folder(store, write_run(folder / "run", [tables]))
    return path


def _explain(graph: str, *arguments: str) -> Result:
    return CliRunner().invoke(command, ["explain", *arguments, "--graph", graph])


def test_terms_add_up_to_the_belief_that_the_edge_carries(graph: str) -> None:
    with open_store(graph, read_only=True) as store:
        found = explain_edge(store, "gleevec", "INHIBITS", "ABL1")
    chance = 1 / (1 + math.exp(-math.fsum(found.terms.values())))
    assert found.belief == found.stored == pytest.approx(chance, abs=1e-4)
    assert all(abs(value) > 0.01 for value in found.terms.values())
    assert found.terms["denials"] < 0.0 < found.terms["further sentences"]
    assert len(found.sentences) == 5
    assert [sentence.publication for sentence in found.sentences if sentence.retracted] == ["PMID:4"]


def test_terms_of_a_sentence_times_its_link_score_are_its_chance(graph: str) -> None:
    with open_store(graph, read_only=True) as store:
        found = explain_edge(store, IMATINIB, "INHIBITS", ABL1)
    for sentence in found.sentences:
        text = 1 / (1 + math.exp(-math.fsum(sentence.terms.values())))
        assert sentence.link_score is not None
        assert sentence.chance == pytest.approx(text * sentence.link_score, abs=1e-4)
    title = next(sentence for sentence in found.sentences if "title" in sentence.terms)
    assert (title.publication, title.link_score) == ("PMID:1", 0.9)
    assert [s.publication for s in found.sentences if "speculated" in s.terms] == ["PMID:2"]


def test_what_is_only_denied_has_no_terms(graph: str) -> None:
    with open_store(graph, read_only=True) as store:
        found = explain_edge(store, IMATINIB, "INHIBITS", KIT)
    assert (found.belief, dict(found.terms), len(found.sentences)) == (0.0, {}, 1)
    assert "nothing affirms or supposes it" in _explain(graph, "imatinib", "inhibits", "KIT").stdout


def test_the_order_of_the_ends_does_not_matter_and_errors_say_what_is_wrong(graph: str) -> None:
    with open_store(graph, read_only=True) as store:
        assert explain_edge(store, ABL1, "INHIBITS", IMATINIB).subject == "Imatinib"
        with pytest.raises(UnknownName, match=r"no TREATS between Imatinib .* and ABL1 .*; it has INHIBITS"):
            explain_edge(store, IMATINIB, "TREATS", ABL1)
        with pytest.raises(QuestionError, match="no relationship type 'EATS'"):
            explain_edge(store, IMATINIB, "EATS", ABL1)
        with pytest.raises(UnknownName, match="nosuchdrug"):
            explain_edge(store, "nosuchdrug", "INHIBITS", ABL1)


def test_the_command_shows_the_terms_beside_the_sentences(graph: str) -> None:
    result = _explain(graph, "imatinib", "inhibits", "ABL1", "--limit", "3")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].startswith("Imatinib INHIBITS ABL1: belief 0.")
    assert [line.split("  ")[1] for line in lines[1:6]] == [
        "best sentence",
        "further sentences",
        "other publications",
        "denials",
        "log-odds",
    ]
    assert "“Imatinib INHIBITS ABL1 (PMID:1, 0).”" in result.stdout
    assert lines[-1] == "and 2 more sentences; --limit shows them"


def test_what_a_sentence_holds_does_not_steer_the_terminal(tmp_path: Path) -> None:
    path = str(tmp_path / "graph.kgl")
    with open_store(path) as store:
        load_folder(store, write_run(tmp_path / "run", [Tables().state("PMID:1", IMATINIB, "INHIBITS", ABL1)]))
        store.execute_write("MATCH (e:Evidence) SET e.sentence = $told", told="Cleared \x1b[2J away.")
        store.execute_write("MATCH ()-[r:INHIBITS]->() SET r.belief = 0.123")
    lines = _explain(path, "imatinib", "INHIBITS", "ABL1").stdout.splitlines()
    assert "    “Cleared  [2J away.”" in lines
    assert "the edge carries 0.12: no load has settled it, or `graph migrate`" in lines[1]


def test_json_has_the_same(graph: str) -> None:
    result = _explain(graph, "imatinib", "INHIBITS", "ABL1", "--format", "json")
    found = json.loads(result.stdout)
    assert found["belief"] == found["stored"]
    assert {"chance", "terms", "sentence", "publication", "link_score"} < found["sentences"][0].keys()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(("imatinib", "EATS", "ABL1"), 2), (("nosuch", "INHIBITS", "ABL1"), 1), (("imatinib", "TREATS", "ABL1"), 1)],
)
def test_exit_codes(graph: str, arguments: tuple[str, ...], code: int) -> None:
    assert _explain(graph, *arguments).exit_code == code


def test_a_graph_of_other_coefficients_is_not_written_to(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", [Tables().state("PMID:1", IMATINIB, "INHIBITS", ABL1)])
    with open_store(str(tmp_path / "graph.kgl")) as store:
        load_folder(store, run)
        store.execute_write("MATCH (m:Hypograph) SET m.belief_version = 'older'")
        with pytest.raises(LoadError, match="computed with coefficients older"):
            load_folder(store, run)
