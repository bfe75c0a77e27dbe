"""The HTTP interface: what it answers, what it refuses and how; and the command that runs it."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

import graph
from graph.access.describe import schema_of
from graph.access.gate import Busy, Gate, ServerLimits
from graph.access.graph import Graph
from graph.access.rest import build_app
from graph.connect import open_store
from graph.errors import GraphError, StoreError
from graph.questions import all_questions, find_question
from jobs.cli import main
from tests.question_cases import HAND_CASES
from tests.small_graph import hand_written

ROOT = Path(__file__).parents[2]
LIMITS = ServerLimits(rows=5, body_bytes=2_000, answer_bytes=20_000)
LOCAL = "http://127.0.0.1:8010"


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("rest") / "graph.kgl")
    with open_store(path) as store:
        hand_written().load(store)
    return path


@pytest.fixture(scope="module")
def opened(path: str) -> Iterator[Graph]:
    with graph.open(path, timeout_s=0.5, limit_rows=LIMITS.rows) as opened:
        yield opened


@pytest.fixture(scope="module")
def client(opened: Graph) -> Iterator[TestClient]:
    with TestClient(build_app(opened, limits=LIMITS), base_url=LOCAL, raise_server_exceptions=False) as client:
        yield client


# ------------------------------------------------------------------------------------------- answers


def test_every_question_of_the_registry_is_answered(client: TestClient, opened: Graph) -> None:
    listed = client.get("/questions").json()["questions"]
    assert [entry["question"] for entry in listed] == list(all_questions())
    for name, parameters in HAND_CASES.items():
        reply = client.post(f"/questions/{name}/answer", json=parameters)
        assert reply.status_code == 200, reply.text
        answer, table = reply.json(), opened.ask(name, **parameters)
        assert [column["name"] for column in answer["columns"]] == [column.name for column in table.columns]
        assert answer["rows"] == [dict(row) for row in table]
        assert client.get(f"/questions/{name}/answer", params=parameters).json() == answer


def test_an_answer_says_what_names_were_taken_for(client: TestClient) -> None:
    answer = client.get("/questions/drug_targets/answer?drug=gleevec&limit=1").json()
    assert answer["question"] == "drug-targets"
    assert answer["parameters"] == {"drug": "mesh:D000068877", "min_belief": 0.01, "limit": 1}
    assert answer["entities"]["drug"] == {"id": "mesh:D000068877", "name": "Imatinib Mesylate", "label": "Chemical"}
    assert answer["columns"][0] == {"name": "target", "type": "string", "about": "gene or gene family"}
    assert answer["truncated"] is False


def test_a_question_is_described_by_its_header(client: TestClient) -> None:
    described = client.get("/questions/drug-targets").json()
    assert described["parameters"][0] == {
        "name": "drug",
        "type": "drug",
        "required": True,
        "default": None,
        "about": "the drug or chemical",
    }
    assert described["cypher"].startswith("MATCH")
    found = client.get("/questions", params={"words": "Side-Effects"}).json()["questions"]
    assert {"side-effects", "side-effect-targets"} <= {entry["question"] for entry in found}
    assert len(found) < 10


def test_entities_and_what_is_near(client: TestClient) -> None:
    found = client.get("/entities?name=c-abl&type=gene").json()
    assert [entity["id"] for entity in found["entities"]] == ["hgnc:76", "ncbigene:11350"]
    assert client.get("/entities?name=imatinob").json() == {"entities": [], "near": ["imatinib (Imatinib Mesylate)"]}


def test_hypotheses_are_those_of_python(client: TestClient, opened: Graph) -> None:
    answer = client.get("/hypotheses?drug=metformin&limit=2&any_chemical=true").json()
    assert answer["hypotheses"] == opened.hypotheses(drug="metformin", limit=2, any_chemical=True).rows()


def test_cypher_with_values_that_json_lacks(client: TestClient) -> None:
    text = "MATCH (g:Gene {id: $id})-[r:MEMBER_OF]->(f) RETURN g, r, f, 0.0 / 0.0 AS nan, [1.5] AS l"
    (row,) = client.post("/cypher", json={"query": text, "parameters": {"id": "hgnc:76"}}).json()["rows"]
    assert (row["g"]["labels"], row["g"]["properties"]["name"]) == (["Gene"], "ABL1")
    assert row["r"] == {"type": "MEMBER_OF", "start": "hgnc:76", "end": "fplx:TK", "properties": row["r"]["properties"]}
    assert (row["nan"], row["l"]) == (None, [1.5])


def test_answers_are_cut_at_rows_and_at_bytes_and_say_so(client: TestClient) -> None:
    rows = client.post("/cypher", json={"query": "UNWIND range(1, 9) AS i RETURN i"}).json()
    assert (len(rows["rows"]), rows["truncated"]) == (5, True)
    long = "UNWIND [1, 2, 3] AS i RETURN i, reduce(s = 'x', j IN range(1, 13) | s + s) AS s"
    cut = client.post("/cypher", json={"query": long}).json()
    assert ([row["i"] for row in cut["rows"]], cut["truncated"]) == ([1, 2], True)


def test_the_description_has_every_question_and_its_parameters(client: TestClient) -> None:
    described = client.get("/openapi.json").json()
    for question in all_questions().values():
        operations = described["paths"][f"/questions/{question.name}/answer"]
        named = {entry["name"]: entry for entry in operations["get"]["parameters"]}
        assert set(named) == {parameter.name for parameter in question.parameters}
        for parameter in question.parameters:
            entry = named[parameter.name]
            assert entry["required"] is (parameter.default is None)
            assert entry["schema"].get("default") == parameter.default
        schema = operations["post"]["requestBody"]["content"]["application/json"]["schema"]
        assert schema["required"] == [p.name for p in question.parameters if p.default is None]
    assert described["paths"]["/questions/{name}"]["get"]["parameters"][0]["in"] == "path"
    ids = [operation["operationId"] for path in described["paths"].values() for operation in path.values()]
    assert len(ids) == len(set(ids))


def test_cypher_can_be_left_out(opened: Graph) -> None:
    with TestClient(build_app(opened, limits=LIMITS, cypher=False), base_url=LOCAL) as client:
        assert client.post("/cypher", json={"query": "RETURN 1"}).status_code == 404
        assert "/cypher" not in client.get("/openapi.json").json()["paths"]


# ------------------------------------------------------------------------------------------- refusals

JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("method", "url", "extra", "status", "reason"),
    [
        ("GET", "/", {}, 404, "no / here: start with /questions"),
        ("GET", "/questions/drug-target/answer", {}, 404, "did you mean drug-targets"),
        ("GET", "/questions/drug-targets/answer?drug=imatinob", {}, 404, "did you mean 'imatinib"),
        ("GET", "/questions/drug-targets/answer?drug=twin", {}, 404, "name of 2 entities, give the id"),
        ("GET", "/questions/drug-targets/answer", {}, 400, "needs drug"),
        ("GET", "/questions/drug-targets/answer?drug=a&drug=b", {}, 400, "'drug' is given twice"),
        (
            "GET",
            "/questions/drug-targets/answer?drug=imatinib&limit=x",
            {},
            400,
            "limit is 'x', expected a whole number",
        ),
        ("GET", "/questions/drug-targets/answer?drug=imatinib&lim=1", {}, 400, "did you mean limit"),
        ("POST", "/questions/drug-targets/answer?drug=x", {"json": {}}, 400, "not in both"),
        ("POST", "/questions/drug-targets/answer", {"json": {"drug": ["x"]}}, 400, "drug is a list"),
        ("POST", "/questions/drug-targets/answer", {"json": {"drug": True}}, 400, "drug is a true or false"),
        ("POST", "/questions/drug-targets/answer", {"json": []}, 400, "expected a JSON object, found list"),
        ("POST", "/questions/drug-targets/answer", {"content": b"{", "headers": JSON}, 400, "no JSON"),
        ("POST", "/questions/drug-targets/answer", {"content": b"[" * 1999, "headers": JSON}, 400, "no JSON"),
        ("POST", "/questions/drug-targets/answer", {"content": b"\xff", "headers": JSON}, 400, "no JSON"),
        ("POST", "/questions/drug-targets/answer", {"content": b"1" * 2001, "headers": JSON}, 413, "2,000 bytes"),
        ("POST", "/questions/drug-targets/answer", {"content": b"drug=x"}, 415, "Content-Type is missing"),
        ("PUT", "/questions/drug-targets/answer", {}, 405, "another method"),
        ("GET", "/cypher", {}, 405, "another method"),
        ("POST", "/cypher", {"json": {"query": 1}}, 400, 'expected {"query": text'),
        ("POST", "/cypher", {"json": {"query": "RETURN 1", "params": {}}}, 400, 'expected {"query": text'),
        ("POST", "/cypher", {"json": {"query": "MATCH (n RETURN n"}}, 400, "yntax"),
        ("POST", "/cypher", {"json": {"query": "CREATE (n)"}}, 403, "refused at line 1, column 1: 'CREATE'"),
        (
            "POST",
            "/cypher",
            {"json": {"query": "UNWIND range(1, 1000000) AS a UNWIND range(1, 100000) AS b RETURN sum(a * b) AS s"}},
            504,
            "stopped after 0.5 s",
        ),
        ("GET", "/entities", {}, 400, "expected ?name=NAME"),
        ("GET", "/entities?name=x&type=cell", {}, 400, "no type 'cell'"),
        ("GET", "/hypotheses", {}, 400, "give one of drug, target and disease"),
        ("GET", "/hypotheses?drug=imatinib&limit=x", {}, 400, "limit is 'x'"),
        ("GET", "/hypotheses?drug=imatinib&lim=x", {}, 400, "no option 'lim'"),
        ("GET", "/healthz", {"headers": {"host": "example.org"}}, 403, "found 'example.org'"),
        ("GET", f"/questions?words={'x' * 16_400}", {}, 414, "16,384"),
    ],
)
def test_what_is_refused_says_why_as_json(
    client: TestClient, method: str, url: str, extra: dict[str, Any], status: int, reason: str
) -> None:
    reply = client.request(method, url, **extra)
    assert (reply.status_code, reply.headers["content-type"]) == (status, "application/json"), reply.text
    assert reason in reply.json()["error"]
    assert list(reply.json()) == ["error"]


def test_a_store_that_is_gone_and_a_fault_of_ours(opened: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(error: Exception) -> Any:
        def raise_it(*_: object, **__: object) -> None:
            raise error

        return raise_it

    with TestClient(build_app(opened, limits=LIMITS), base_url=LOCAL, raise_server_exceptions=False) as client:
        for error, status in ((StoreError("gone"), 503), (GraphError("odd"), 500), (KeyError("a secret"), 500)):
            monkeypatch.setattr(Graph, "ask", fail(error))
            reply = client.get("/questions/hubs/answer")
            assert reply.status_code == status
            assert ("retry-after" in reply.headers) == (status == 503)
            assert "secret" not in reply.text


def test_a_body_that_does_not_come_is_given_up(opened: Graph) -> None:
    app = build_app(opened, limits=ServerLimits(body_s=0.05))
    sent: list[dict[str, Any]] = []
    scope = {"type": "http", "method": "POST", "path": "/cypher", "raw_path": b"/cypher", "query_string": b""}
    headers = [(b"host", b"localhost"), (b"content-type", b"application/json")]

    async def receive() -> dict[str, Any]:
        await asyncio.sleep(5)
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app({**scope, "headers": headers, "server": ("localhost", 80), "scheme": "http"}, receive, send))
    assert sent[0]["status"] == 408


def test_the_gate_runs_so_many_lets_so_many_wait_and_refuses_the_rest() -> None:
    async def scenario() -> tuple[list[str], int]:
        gate = Gate(ServerLimits(running=2, waiting=1))
        release, running = threading.Event(), []
        outcomes: list[str] = []

        def work() -> str:
            running.append(1)
            release.wait(5)
            return "answered"

        async def ask() -> None:
            try:
                outcomes.append(await gate.run(work))
            except Busy:
                outcomes.append("refused")

        async with anyio.create_task_group() as group:
            for _ in range(5):
                group.start_soon(ask)
            await anyio.sleep(0.2)
            at_once = len(running)
            release.set()
        outcomes.append(await gate.run(lambda: "later"))
        return outcomes, at_once

    outcomes, at_once = asyncio.run(scenario())
    assert (outcomes, at_once) == (["refused"] * 2 + ["answered"] * 3 + ["later"], 2)


# ------------------------------------------------------------------------------------------- the command


def test_the_command_answers_and_stops_on_a_signal(path: str) -> None:
    command = [sys.executable, "-m", "jobs.api", "--graph", path, "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            url = json.loads(server.stdout.readline())["url"]
            with urllib.request.urlopen(f"{url}/questions/hubs/answer?limit=1", timeout=30) as reply:
                assert json.load(reply)["rows"][0]["name"] == "ABL1"
        finally:
            started = time.monotonic()
            server.send_signal(signal.SIGTERM)
            rest, errors = server.communicate(timeout=30)
    assert (server.returncode, rest) == (0, ""), errors
    assert errors == "stopped\n"
    assert time.monotonic() - started < 10


def test_what_cannot_be_served_is_said(path: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["api", "--graph", str(tmp_path / "none")])
    assert (result.exit_code, "no graph there" in result.output) == (1, True)
    result = CliRunner().invoke(main, ["api", "--graph", path, "--host", "203.0.113.1"])
    assert (result.exit_code, "can't listen at 203.0.113.1, port 8010" in result.output) == (1, True)


def test_parameters_say_which_values_they_take() -> None:
    about = {p.name: schema_of(p) for p in find_question("newest-edges").parameters}
    assert about["predicate"]["enum"][:2] == ["", "INHIBITS"]
    assert (about["min_belief"]["type"], about["min_belief"]["minimum"], about["min_belief"]["maximum"]) == (
        "number",
        0,
        1,
    )
    (label, *_) = find_question("hubs").parameters
    assert "" not in schema_of(label)["enum"]
    assert "Drug" in schema_of(label)["enum"]
