"""Hostile values in every parameter of every question, and forbidden Cypher, through every way in.

The graph holds a drug that is called like an attack: asking for it by name must find it, and nothing else may happen.
The content is hashed before and after, in the store's memory too, where a write would be seen that was never saved.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterator
from itertools import cycle
from typing import Any

import pytest
from click.testing import CliRunner
from mcp import Client
from starlette.testclient import TestClient

import graph
from engine.schema import CHEMICAL
from graph.access.gate import ServerLimits
from graph.access.graph import Graph
from graph.access.rest import build_app
from graph.access.table import Table
from graph.access.tools import build_server
from graph.connect import open_store
from graph.errors import ForbiddenCypher, QuestionError
from graph.fingerprint import hash_graph
from graph.questions import Question, all_questions
from jobs.ask import command as ask_command
from jobs.cypher import command as cypher_command
from tests.cypher_texts import FORBIDDEN
from tests.question_cases import HAND_CASES
from tests.small_graph import Entity, hand_written

ATTACK = "x'}) DETACH DELETE n //`\"] RETURN 1"
HOSTILE: list[Any] = [
    ATTACK,
    "' OR true OR '",
    '" OR "" = "',
    "`}) MATCH (n) SET n.name = 'x' //",
    "}) DETACH DELETE n //",
    "*/ CREATE (n:Gene) /*",
    "; MATCH (n) DELETE n",
    "CALL db.labels()",
    "LOAD CSV FROM 'file:///etc/passwd' AS r RETURN r",
    r"\u0027 OR 1=1 //",
    "\\' OR 1=1 //",
    "$limit",
    "x\x00y",
    "\ud800",
    "‮drow",
    "x" * 1_001,
    "9" * 400,
    -1,
    2**70,
    float("nan"),
    float("inf"),
    1e308,
    True,
    ["hgnc:76"],
    {"id": "hgnc:76"},
    "",
]
TEXTS = [value for value in HOSTILE if isinstance(value, str)]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("injection") / "graph.kgl")
    small = hand_written()
    small.entities.append(Entity("mesh:X1", CHEMICAL, ATTACK, (), drug=True))
    with open_store(path) as store:
        small.load(store)
    return path


@pytest.fixture(scope="module")
def opened(path: str) -> Iterator[Graph]:
    with graph.open(path, timeout_s=5.0) as opened:
        yield opened


@pytest.fixture(scope="module")
def untouched(opened: Graph, path: str) -> Callable[[], None]:
    """Checks that the graph is what it was, in memory and as a file."""

    def content() -> tuple[str, str]:
        with open_store(path, read_only=True) as store:
            return hash_graph(opened._store), hash_graph(store)

    before = content()

    def check() -> None:
        assert content() == before

    return check


def attacks(values: list[Any], *, each: int | None = None) -> Iterator[tuple[Question, dict[str, Any], str]]:
    """Each parameter of each question with hostile values: all of them, or the next few in turn."""
    turn = cycle(values)
    for question in all_questions().values():
        for parameter in question.parameters:
            for value in values if each is None else [next(turn) for _ in range(each)]:
                yield question, {**HAND_CASES[question.name], parameter.name: value}, parameter.name


def test_python(opened: Graph, untouched: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """What runs is each question's own text, whatever the values are; a number of rows is a number."""
    answered = refused = 0
    ran: set[str] = set()
    query = opened._store.query

    def listen(cypher: str, *arguments: Any, **options: Any) -> Any:
        ran.add(cypher)
        return query(cypher, *arguments, **options)

    monkeypatch.setattr(opened._store, "query", listen)
    for question, parameters, name in attacks(HOSTILE, each=8):
        try:
            table = opened.ask(question.name, **parameters)
        except QuestionError:
            refused += 1
            continue
        answered += 1
        assert isinstance(table, Table)
        value = parameters[name]
        if name in ("text", "label", "predicate") and value and str(value) not in ATTACK:
            assert not table.rows, f"{question.name}: {name} {value!r} was more than a value"

    assert (answered > 20, refused > 500) == (True, True)
    own = [re.escape(q.cypher).replace(r"LIMIT\ \$limit", r"LIMIT\ \d+") for q in all_questions().values()]
    assert all(any(re.fullmatch(text, cypher) for text in own) for cypher in ran)
    untouched()


def test_http(opened: Graph, untouched: Callable[[], None]) -> None:
    app = build_app(opened, limits=ServerLimits())
    seen = set()
    with TestClient(app, base_url="http://localhost", raise_server_exceptions=False) as client:
        for question, parameters, _ in attacks(HOSTILE, each=1):
            body = json.dumps(parameters)  # NaN and Infinity too, which are no JSON and which Python reads
            url = f"/questions/{question.name}/answer"
            reply = client.post(url, content=body, headers={"content-type": "application/json"})
            assert reply.status_code in (200, 400, 404), (question.name, parameters, reply.text)
            seen.add(reply.status_code)
        for question, parameters, _ in attacks([text for text in TEXTS if text != "\ud800"], each=1):
            reply = client.get(f"/questions/{question.name}/answer", params=parameters)
            assert reply.status_code in (200, 400, 404), (question.name, parameters, reply.text)
        for text in TEXTS:
            if text != "\ud800":
                assert client.get("/entities", params={"name": text}).status_code in (200, 400)
                assert client.get("/hypotheses", params={"drug": text}).status_code in (200, 400, 404)
                assert client.get("/questions", params={"words": text}).status_code == 200
    assert seen == {200, 400, 404}
    untouched()


def test_mcp(opened: Graph, untouched: Callable[[], None]) -> None:
    async def scenario() -> int:
        answered = 0
        async with Client(build_server(opened)) as client:
            for question, parameters, _ in attacks(HOSTILE, each=1):
                asked = {"question": question.name, "parameters": parameters}
                result = await client.call_tool("ask_question", asked)
                text = result.content[0].text  # type: ignore[union-attr]
                assert text != "Error executing tool ask_question", f"a crash: {question.name} {parameters!r}"
                answered += not result.is_error
            for text in TEXTS:
                for tool, arguments in (("find_concept", {"name": text}), ("find_hypotheses", {"drug": text})):
                    result = await client.call_tool(tool, arguments)
                    said = result.content[0].text  # type: ignore[union-attr]
                    assert said != f"Error executing tool {tool}", f"a crash: {tool} {text!r}"
        return answered

    assert asyncio.run(scenario()) > 5
    untouched()


def test_command_line(path: str, untouched: Callable[[], None]) -> None:
    codes = set()
    for question, parameters, _ in attacks([text for text in TEXTS if "\x00" not in text], each=1):
        given = [argument for name, value in parameters.items() for argument in ("-p", f"{name}={value}")]
        result = CliRunner().invoke(ask_command, [question.name, *given, "--graph", path, "--format", "json"])
        assert result.exception is None or isinstance(result.exception, SystemExit), (question.name, parameters)
        codes.add(result.exit_code)
    assert codes == {0, 1, 2}
    untouched()


def test_a_name_that_looks_like_an_attack_is_a_name(opened: Graph, path: str) -> None:
    assert opened.ask("drug-targets", drug=ATTACK).entities["drug"].id == "mesh:X1"
    assert opened.cypher("MATCH (d:Drug {name: $name}) RETURN d.id AS id", name=ATTACK).column("id") == ["mesh:X1"]
    with TestClient(build_app(opened, limits=ServerLimits()), base_url="http://localhost") as client:
        reply = client.get("/questions/drug-targets/answer", params={"drug": ATTACK})
        assert reply.json()["entities"]["drug"]["id"] == "mesh:X1"
    result = CliRunner().invoke(ask_command, ["drug-targets", "-p", f"drug={ATTACK}", "--graph", path])
    assert "(Chemical mesh:X1)" in result.stderr


def test_forbidden_cypher_is_refused_everywhere_by_the_same_words(
    opened: Graph, path: str, untouched: Callable[[], None]
) -> None:
    async def ask_by_mcp() -> list[str]:
        async with Client(build_server(opened)) as client:
            results = [await client.call_tool("run_cypher", {"query": text}) for text in FORBIDDEN]
        assert all(result.is_error for result in results)
        return [result.content[0].text for result in results]  # type: ignore[union-attr]

    by_mcp = asyncio.run(ask_by_mcp())
    with TestClient(build_app(opened, limits=ServerLimits()), base_url="http://localhost") as client:
        for text, told_by_mcp in zip(FORBIDDEN, by_mcp, strict=True):
            with pytest.raises(ForbiddenCypher) as raised:
                opened.cypher(text)
            reason = str(raised.value)
            assert told_by_mcp == f"Error executing tool run_cypher: {reason}"
            reply = client.post("/cypher", json={"query": text})
            assert (reply.status_code, reply.json()) == (403, {"error": reason}), text
            result = CliRunner().invoke(cypher_command, ["-", "--graph", path], input=text.encode())
            assert (result.exit_code, result.stdout) == (1, ""), text
            if "\r" not in text:  # which a text stream makes a line break
                assert result.stderr == f"Error: {reason}\n"
    untouched()
