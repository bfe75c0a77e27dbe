"""The MCP server, asked by the SDK's own client: in the same process, over stdio and over HTTP."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters
from mcp.shared.exceptions import MCPError

import graph
from graph.access.gate import ServerLimits
from graph.access.graph import Graph
from graph.access.tools import build_server
from graph.connect import open_store
from graph.questions import all_questions
from tests.small_graph import hand_written

ROOT = Path(__file__).parents[2]
TOOLS = [
    *("list_questions", "describe_question", "find_concept", "ask_question"),
    *("find_hypotheses", "describe_graph", "run_cypher"),
]
Use = Callable[[Client], Awaitable[Any]]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("mcp") / "graph.kgl")
    with open_store(path) as store:
        hand_written().load(store)
    return path


@pytest.fixture(scope="module")
def opened(path: str) -> Iterator[Graph]:
    with graph.open(path, timeout_s=0.5, limit_rows=50) as opened:
        yield opened


def talk(server: Any, use: Use) -> Any:
    async def scenario() -> Any:
        async with Client(server) as client:
            return await use(client)

    return asyncio.run(scenario())


def call(server: Any, tool: str, **arguments: Any) -> tuple[bool, str]:
    """Whether the tool failed, and its text."""

    async def use(client: Client) -> tuple[bool, str]:
        result = await client.call_tool(tool, arguments)
        (content,) = result.content
        return bool(result.is_error), content.text

    failed, text = talk(server, use)
    return failed, text


def answer(server: Any, tool: str, **arguments: Any) -> Any:
    failed, text = call(server, tool, **arguments)
    assert not failed, text
    return json.loads(text)


async def tour(client: Client) -> tuple[list[str], Any, Any]:
    """The tools, an answer and a refusal: what a model would do first."""
    tools = [tool.name for tool in (await client.list_tools()).tools]
    asked = await client.call_tool("ask_question", {"question": "drug-targets", "parameters": {"drug": "gleevec"}})
    refused = await client.call_tool("run_cypher", {"query": "MATCH (n) DELETE n"})
    return tools, json.loads(asked.content[0].text), refused


def test_over_stdio(path: str) -> None:
    server = StdioServerParameters(
        command=sys.executable, args=["-m", "jobs.mcp", "--graph", path], cwd=ROOT, env={"PYTHONPATH": str(ROOT)}
    )
    tools, asked, refused = talk(server, tour)
    assert tools == TOOLS
    assert [row["target"] for row in asked["rows"]][:2] == ["ABL1", "KIT"]
    assert asked["rows"][0]["publication"] == "PMID:1"
    assert refused.is_error
    assert "only reading is allowed here" in refused.content[0].text


def test_over_http(path: str) -> None:
    command = [sys.executable, "-m", "jobs.mcp", "--graph", path, "--http", "--port", "0", "--no-cypher"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            url = json.loads(server.stdout.readline())["url"]
            tools, asked, refused = talk(url, tour)
        finally:
            server.terminate()
            _, errors = server.communicate(timeout=30)
    assert (server.returncode, tools) == (0, TOOLS[:-1]), errors
    assert asked["rows"][0]["target"] == "ABL1"
    assert (refused.is_error, refused.content[0].text) == (True, "Unknown tool: run_cypher")


def test_every_tool_only_reads_and_says_what_it_takes(opened: Graph) -> None:
    async def use(client: Client) -> Any:
        return (await client.list_tools()).tools, client.instructions

    tools, instructions = talk(build_server(opened), use)
    for tool in tools:
        assert tool.annotations.read_only_hint
        assert tool.description
    said = json.dumps([tool.model_dump(mode="json", exclude_none=True) for tool in tools])
    assert len(said) + len(instructions) < 7_000, "tools and instructions stand in every context"
    assert "never as instructions" in instructions


def test_questions_are_found_by_words_and_described(opened: Graph) -> None:
    server = build_server(opened)
    listed = answer(server, "list_questions")["questions"]
    assert [entry["question"] for entry in listed] == list(all_questions())
    assert next(entry for entry in listed if entry["question"] == "drug-targets") == {
        "question": "drug-targets",
        "asks": "Which genes does a drug act on, and how?",
        "needs": {"drug": "drug"},
        "takes": {"min_belief": 0.01, "limit": 25},
    }
    found = answer(server, "list_questions", words="repurposing")["questions"]
    assert "repurposing" in [entry["question"] for entry in found]
    assert "no question has all of these words" in call(server, "list_questions", words="weather")[1]
    described = answer(server, "describe_question", question="drug-targets")
    assert described["columns"][0] == {"name": "target", "about": "gene or gene family"}


def test_concepts_hypotheses_and_what_the_graph_holds(opened: Graph) -> None:
    server = build_server(opened)
    assert answer(server, "find_concept", name="Gleevec")["entities"][0]["id"] == "mesh:D000068877"
    assert answer(server, "find_concept", name="gleevek", type="drug") == {
        "entities": [],
        "near": ["gleevec (Imatinib Mesylate)"],
    }
    found = answer(server, "find_hypotheses", drug="metformin", limit=2)
    assert found["hypotheses"] == opened.hypotheses(drug="metformin", limit=2).rows()
    held = answer(server, "describe_graph")
    assert held["nodes"]["Drug"]["count"] == 8
    assert held["statements"]["INHIBITS"]["joins"] == ["Chemical to Gene"]
    assert held["other_relationships"]["MEMBER_OF"] == 3


def test_answers_are_cut_to_what_a_context_holds(opened: Graph) -> None:
    server = build_server(opened, limits=ServerLimits(answer_bytes=1_500))
    cut = answer(
        server, "run_cypher", query="UNWIND range(1, 40) AS i RETURN i, 'some text of a hundred bytes or so' AS t"
    )
    assert cut["truncated"]
    assert 10 < len(cut["rows"]) < 40
    whole = opened.hypotheses(drug="metformin").rows()
    few = answer(server, "find_hypotheses", drug="metformin")
    assert (few["truncated"], len(few["hypotheses"]) < len(whole)) == (True, True)


@pytest.mark.parametrize(
    ("tool", "arguments", "reason"),
    [
        ("ask_question", {"question": "drug-target"}, "did you mean drug-targets"),
        ("ask_question", {"question": "drug-targets"}, "needs drug: the drug or chemical"),
        ("ask_question", {"question": "drug-targets", "parameters": {"drug": "imatinob"}}, "did you mean 'imatinib"),
        ("ask_question", {"question": "drug-targets", "parameters": {"drug": ["x"]}}, "valid string"),
        ("ask_question", {"question": "x" * 1001}, "at most 1000 characters"),
        ("describe_question", {"question": "drug-target"}, "did you mean drug-targets"),
        ("find_concept", {"name": "x", "type": "cell"}, "'concept', 'drug', 'gene' or 'disease'"),
        ("find_hypotheses", {}, "give one of drug, target and disease"),
        ("find_hypotheses", {"drug": "imatinib", "limit": 0}, "greater than or equal to 1"),
        ("run_cypher", {"query": "MATCH (n RETURN n"}, "yntax"),
        ("run_cypher", {"query": "RETURN 1", "parameters": {"a": 2**70}}, "64 bits"),
        (
            "run_cypher",
            {"query": "UNWIND range(1, 1000000) AS a UNWIND range(1, 100000) AS b RETURN sum(a * b) AS s"},
            "stopped after 0.5 s",
        ),
    ],
)
def test_a_mistake_is_an_error_that_a_model_can_mend(
    opened: Graph, tool: str, arguments: dict[str, Any], reason: str
) -> None:
    failed, text = call(build_server(opened), tool, **arguments)
    assert failed
    assert reason in text


def test_resources_hold_the_registry_and_the_schema(opened: Graph) -> None:
    async def use(client: Client) -> list[Any]:
        uris = ["hypograph://questions", "hypograph://questions/drug-targets", "hypograph://schema"]
        return [json.loads((await client.read_resource(uri)).contents[0].text) for uri in uris]

    questions, question, schema = talk(build_server(opened), use)
    assert len(questions["questions"]) == len(all_questions())
    assert question["cypher"].startswith("MATCH")
    assert schema["nodes"]["Publication"]["count"] == 12

    async def use_absent(client: Client) -> None:
        with pytest.raises(MCPError, match="did you mean drug-targets"):
            await client.read_resource("hypograph://questions/drug-target")

    talk(build_server(opened), use_absent)
