"""The commands `ask` and `cypher` as people use them, and the three forms of an answer."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from graph.connect import open_store
from jobs.ask import command as ask_command
from jobs.cypher import command as cypher_command
from jobs.output import format_answer
from tests.small_graph import hand_written


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("ask") / "graph")
    with open_store(path) as store:
        hand_written().load(store)
    return path


def _ask(*arguments: str) -> Result:
    return CliRunner().invoke(ask_command, list(arguments))


def _cypher(*arguments: str, input: str | None = None) -> Result:
    return CliRunner().invoke(cypher_command, list(arguments), input=input)


def test_json_says_what_was_asked_and_what_names_were_taken_for(graph: str) -> None:
    result = _ask("drug-targets", "--param", "drug=gleevec", "-p", "limit=2", "--graph", graph, "--format", "json")
    assert result.exit_code == 0
    answer = json.loads(result.stdout)
    assert answer["question"] == "drug-targets"
    assert answer["parameters"] == {"drug": "mesh:D000068877", "min_belief": 0.01, "limit": 2}
    assert answer["entities"] == {"drug": {"id": "mesh:D000068877", "name": "Imatinib Mesylate", "label": "Chemical"}}
    assert answer["truncated"] is False
    assert [row["target"] for row in answer["rows"]] == ["ABL1", "KIT"]
    assert answer["rows"][0]["publication"] == "PMID:1"
    assert "drug: Imatinib Mesylate (Chemical mesh:D000068877)" in result.stderr
    assert "2 rows, the limit" in result.stderr


def test_csv_reads_back(graph: str) -> None:
    result = _ask("edge-evidence", "-p", "subject=imatinib", "-p", "object=ABL1", "--graph", graph, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert {row["assertion"] for row in rows} == {"affirmed", "negated", "speculated"}
    assert rows[0]["sentence"].endswith('5\' β "quoted" \\ text.')


def test_a_table_has_the_sentence_under_its_row(graph: str) -> None:
    result = _ask("side-effects", "-p", "drug=imatinib", "--graph", graph)
    lines = result.stdout.splitlines()
    assert lines[0].split() == [
        "disease",
        "disease_id",
        "belief",
        "n_publications",
        "n_negated",
        "last_year",
        "publication",
    ]
    assert lines[2].split() == ["Edema", "hp:0000969", "0.85", "1", "0", "2006", "PMID:8"]
    assert lines[3].startswith("    sentence: mesh:D000068877 INDUCES")


def test_the_graph_may_stand_in_the_environment(graph: str) -> None:
    result = CliRunner(env={"HYPOGRAPH_GRAPH": graph}).invoke(ask_command, ["hubs", "--format", "json"])
    assert json.loads(result.stdout)["rows"][0]["name"] == "ABL1"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["drug-target", "-p", "drug=x"], 2, "did you mean drug-targets"),
        (["drug-targets"], 2, "needs drug"),
        (["drug-targets", "-p", "drug"], 2, "expected NAME=VALUE"),
        (["drug-targets", "-p", "drug=a", "-p", "drug=b"], 2, "given twice"),
        (["drug-targets", "-p", "drug=imatinib", "-p", "limit=x"], 2, "expected a whole number"),
        (["drug-targets", "-p", "drug=imatinib", "--timeout", "0"], 2, "Invalid value for '--timeout'"),
        (["drug-targets", "-p", "drug=imatinb"], 1, "did you mean 'imatinib (Imatinib Mesylate)'"),
    ],
)
def test_mistakes_are_explained(graph: str, arguments: list[str], code: int, message: str) -> None:
    result = _ask(*arguments, "--graph", graph)
    assert result.exit_code == code
    assert message in result.stderr
    assert result.stdout == ""


def test_without_a_graph_it_says_how_to_name_one() -> None:
    result = _ask("hubs")
    assert result.exit_code == 2
    assert "--graph" in result.stderr


def test_a_graph_that_is_not_there(tmp_path: Path) -> None:
    result = _ask("hubs", "--graph", str(tmp_path / "none"))
    assert result.exit_code == 1
    assert "no graph there" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_list_names_every_question_and_the_details_of_one() -> None:
    overview = _ask("--list").stdout
    assert "drug-targets" in overview
    assert "drug [min_belief=0.01] [limit=25]" in overview
    assert len(json.loads(_ask("--list", "--format", "json").stdout)["rows"]) >= 20
    details = _ask("--list", "drug-targets").stdout
    assert "orthologs" in details
    assert "MATCH (d:Chemical" in details


def test_the_details_of_a_question_come_in_the_forms_for_programs_too() -> None:
    (details,) = json.loads(_ask("--list", "drug-targets", "--format", "json").stdout)["rows"]
    assert (details["question"], details["parameters"][0]["name"]) == ("drug-targets", "drug")
    header, row = csv.reader(io.StringIO(_ask("--list", "drug-targets", "--format", "csv").stdout))
    assert json.loads(row[header.index("columns")]) == details["columns"]


# ------------------------------------------------------------------------------------------- cypher


def test_cypher_answers_with_a_row_limit(graph: str) -> None:
    result = _cypher(
        "MATCH (n:Gene) RETURN n.id AS id ORDER BY id", "--graph", graph, "--limit", "2", "--format", "json"
    )
    answer = json.loads(result.stdout)
    assert answer["rows"] == [{"id": "hgnc:2637"}, {"id": "hgnc:3236"}]
    assert answer["truncated"] is True
    assert "cut at 2 rows" in result.stderr


def test_cypher_takes_parameters_and_stdin(graph: str) -> None:
    text = "UNWIND $ids AS id RETURN id, $name AS name"
    result = _cypher("-", "-p", "ids=[1, 2]", "-p", "name=x y", "--graph", graph, "--format", "csv", input=text)
    assert result.stdout.splitlines() == ["id,name", "1,x y", "2,x y"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("CREATE (n)", "'CREATE'"),
        ("LOAD CSV FROM 'file:///etc/passwd' AS r RETURN r", "'LOAD'"),
        ("CALL apoc.load.json('x')", "apoc.load.json"),
    ],
)
def test_cypher_that_does_more_than_read_is_refused(graph: str, text: str, message: str) -> None:
    result = _cypher(text, "--graph", graph)
    assert result.exit_code == 1
    assert message in result.stderr
    assert result.stdout == ""


def test_cypher_that_takes_too_long_is_stopped(graph: str) -> None:
    endless = "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b RETURN sum(a * b) AS s"
    result = _cypher(endless, "--graph", graph, "--timeout", "0.2")
    assert result.exit_code == 1
    assert "stopped after 0.2 s" in result.stderr


def test_cypher_with_an_error_in_it_says_so(graph: str) -> None:
    result = _cypher("MATCH (n RETURN n", "--graph", graph)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")


@pytest.mark.parametrize(("given", "value"), [("NaN", None), ("[1e999, 0.5]", [None, 0.5]), ("true", True)])
def test_json_has_no_number_that_json_lacks(graph: str, given: str, value: object) -> None:
    result = _cypher("RETURN $x AS x", "-p", f"x={given}", "--graph", graph, "--format", "json")
    assert json.loads(result.stdout, parse_constant=pytest.fail)["rows"] == [{"x": value}]


@pytest.mark.parametrize("given", ["1" * 5000, "[" * 100_000])
def test_a_parameter_that_cannot_be_read_as_json_is_a_text(graph: str, given: str) -> None:
    result = _cypher("RETURN size($x) AS n", "-p", f"x={given}", "--graph", graph, "--format", "json")
    assert json.loads(result.stdout)["rows"] == [{"n": len(given)}]


# ------------------------------------------------------------------------------------------- output


def test_values_of_every_kind_in_every_form() -> None:
    columns = ("a", "b", "c", "d")
    rows = [
        {"a": None, "b": 0.123456, "c": ["x", "y"], "d": "1\n2\x1b[31m"},
        {"a": True, "b": 10.0, "c": [], "d": "中"},
    ]
    assert json.loads(format_answer(columns, rows, format="json")) == {"columns": list(columns), "rows": rows}
    parsed = list(csv.reader(io.StringIO(format_answer(columns, rows, format="csv"))))
    assert parsed[1] == ["", "0.123456", '["x", "y"]', "1\n2\x1b[31m"]
    table = format_answer(columns, rows, format="table").splitlines()
    assert table[2].split() == ["0.1235", "x,", "y", "1", "2", "[31m"]
    assert "\x1b" not in "".join(table)
    assert table[3].endswith("中")


def test_no_rows() -> None:
    assert format_answer(("a",), [], format="table") == "(no rows)"
    assert format_answer(("a", "b"), [], format="csv") == "a,b"


def test_rows_that_hold_nothing_are_seen_in_a_table() -> None:
    assert format_answer(("a",), [{"a": None}, {"a": 1}], format="table").splitlines() == ["a", "-", "(empty)", "1"]


def test_a_table_of_long_values_alone_begins_with_the_first() -> None:
    assert format_answer(("a",), [{"a": "x" * 50}], format="table") == f"    a: {'x' * 50}"
