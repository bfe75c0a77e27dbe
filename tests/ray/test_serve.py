"""The HTTP endpoint on Ray Serve with the tiny model: answers, refusals, load, a full queue, a reader that dies."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pyarrow as pa
import pytest

from engine.pipeline import PipelineSettings, build_stages
from engine.read.files import read_file
from engine.serve.answers import answer_of
from jobs.serve import serving
from jobs.settings import ServeSettings
from tests.tiny_model import save_tiny_model
from tests.unit.tiny_vocab import pack_tiny_lexicon

pytestmark = [
    pytest.mark.ray,
    pytest.mark.usefixtures("ray_cluster"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

TEXTS = [
    "Aspirin inhibits COX in asthma.",
    "imatinib targets ABL and KIT in leukaemia " * 12,
    "Timolol (0.5%) lowers TP53, EGFR-1 and p53; mice (n = 7) had seizures, pain + HTN. LSD acts on CD25 / CAT!",
]
XML = b"""<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>7</PMID><Article><ArticleTitle>Aspirin in asthma
</ArticleTitle><Abstract><AbstractText>It inhibits COX.</AbstractText></Abstract></Article></MedlineCitation>
</PubmedArticle></PubmedArticleSet>"""

ANSWER_S = 150  # above the endpoint's own limit of 120 s; a new reader takes 10 s, or 40 s where both cores are busy

Reply = tuple[int, dict[str, Any], dict[str, str]]


def call(url: str, body: object = None, *, kind: str = "application/json") -> Reply:
    """Status, JSON and headers of an answer, whatever the status."""
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, headers={"Content-Type": kind})
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_S) as answer:
            return answer.status, json.loads(answer.read()), dict(answer.headers)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.loads(refused.read()), dict(refused.headers)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    return port


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> ServeSettings:
    folder = tmp_path_factory.mktemp("served")
    return ServeSettings(
        model=save_tiny_model(folder / "model", seed=7, thresholds=0.001),
        lexicon=pack_tiny_lexicon(folder),
        dtype="float32",
        threads=1,
        port=free_port(),
        max_body_kb=64,
        max_documents=20,
        queue_kchars=200,
        batch_kchars=8,
    )


@pytest.fixture(scope="module")
def url(ray_cluster: str, settings: ServeSettings) -> Iterator[str]:
    with serving(settings) as ready:
        yield ready["url"]


@pytest.fixture(scope="module")
def batch_answers(settings: ServeSettings, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What the stages say of `TEXTS` when they come from a file, all in one table."""
    path = tmp_path_factory.mktemp("file") / "texts.jsonl"
    path.write_text("".join(json.dumps({"id": str(i), "text": text}) + "\n" for i, text in enumerate(TEXTS)))
    table = pa.concat_tables(read_file(str(path)))
    stages = build_stages(PipelineSettings(model=settings.model, lexicon=settings.lexicon, dtype="float32"))
    actors = [stage.actor(**stage.kwargs) for stage in stages]
    for actor in actors:
        table = actor(table)
    lexicon = actors[-1].lexicon  # type: ignore[attr-defined]

    def name_of(concept_id: str) -> str:
        name: str = lexicon.concept(concept_id).name
        return name

    _, about, _ = call(f"http://127.0.0.1:{settings.port}/model")
    return [answer_of(row, name_of=name_of, model_revision=about["model"]["revision"]) for row in table.to_pylist()]


def alike(found: Any, expected: Any) -> bool:
    """Equal but for the last digits of scores, which depend on what else was in the batch."""
    if isinstance(expected, dict):
        return found.keys() == expected.keys() and all(alike(found[name], expected[name]) for name in expected)
    if isinstance(expected, list):
        return len(found) == len(expected) and all(map(alike, found, expected))
    return bool(found == (pytest.approx(expected, abs=1e-4) if isinstance(expected, float) else expected))


def test_it_says_how_it_is_and_what_answers(url: str) -> None:
    assert call(f"{url}/health")[:2] == (200, {"ok": True, "readers": 1})
    status, about, _ = call(f"{url}/model")
    assert status == 200
    assert len(about["model"]["revision"]) == 12
    assert about["model"]["mention_heads"][:3] == ["Gene", "Chemical", "Disease"]
    assert about["limits"]["max_documents"] == 20


def test_documents_are_answered_as_the_batch_job_reads_them(url: str, batch_answers: list[dict[str, Any]]) -> None:
    documents = [{"id": str(i), "text": text} for i, text in enumerate(TEXTS)]
    status, answer, _ = call(f"{url}/extract", {"documents": documents})
    assert status == 200, answer
    assert [document["id"] for document in answer["documents"]] == ["0", "1", "2"]
    assert alike(answer["documents"], batch_answers)
    assert any(document["mentions"] for document in answer["documents"])
    assert any(document["relations"] for document in answer["documents"])
    for document in answer["documents"]:
        for mention in document["mentions"]:
            assert document["text"][mention["start"] : mention["end"]] == mention["text"]
        for relation in document["relations"]:
            assert document["mentions"][relation["head"]]["text"] in relation["sentence"]


def test_pubmed_xml_and_plain_text_are_read(url: str) -> None:
    status, answer, _ = call(f"{url}/extract", XML, kind="application/xml")
    assert (status, [d["id"] for d in answer["documents"]]) == (200, ["PMID:7"])
    assert answer["documents"][0]["text"] == "Aspirin in asthma\nIt inhibits COX."
    assert len(answer["documents"][0]["sentences"]) == 2
    status, answer, _ = call(f"{url}/extract", {"text": TEXTS[0]})
    assert (status, answer["documents"][0]["id"][:5]) == (200, "TEXT:")


@pytest.mark.parametrize(
    ("body", "kind", "status", "reason"),
    [
        (b"{", "application/json", 400, "no JSON"),
        ({"texts": 1}, "application/json", 400, r"found \['texts'\]"),
        ({"documents": [{"text": "fine"}, {"id": 3}]}, "application/json", 400, "document 2 can't be read, no_text"),
        (b"<PubmedArticleSet><PubmedArticle>", "application/xml", 400, "truncated"),
        (b"text", "text/plain", 415, "text/plain"),
        ({"text": "x" * 70_000}, "application/json", 413, "65,536 bytes"),
        ({"documents": [{"text": "x"}] * 21}, "application/json", 413, "21 documents, at most 20"),
    ],
)
def test_what_is_wrong_is_refused_with_the_reason(url: str, body: object, kind: str, status: int, reason: str) -> None:
    found, answer, _ = call(f"{url}/extract", body, kind=kind)
    assert found == status, answer
    with pytest.raises(AssertionError, match=reason):
        raise AssertionError(answer["error"])


def test_paths_and_methods_that_are_none(url: str) -> None:
    assert call(f"{url}/nothing")[0] == 404
    status, _, headers = call(f"{url}/extract")
    assert (status, headers["allow"]) == (405, "POST")
    assert call(f"{url}/health", {})[0] == 405


def test_two_hundred_requests_at_once_are_answered_rightly(url: str, batch_answers: list[dict[str, Any]]) -> None:
    def ask(number: int) -> Reply:
        i = number % len(TEXTS)
        return call(f"{url}/extract", {"documents": [{"id": str(i), "text": TEXTS[i]}]})

    with ThreadPoolExecutor(max_workers=200) as clients:
        replies = list(clients.map(ask, range(200)))
    assert [status for status, _, _ in replies] == [200] * 200
    for number, (_, answer, _) in enumerate(replies):
        assert alike(answer["documents"], [batch_answers[number % len(TEXTS)]])


def test_a_full_queue_refuses_at_once_and_recovers(url: str) -> None:
    documents = {"documents": [{"text": TEXTS[1]}] * 20}
    with ThreadPoolExecutor(max_workers=100) as clients:
        replies = list(clients.map(lambda _: call(f"{url}/extract", documents), range(100)))
    statuses = {status for status, _, _ in replies}
    assert statuses == {200, 503}
    _, answer, headers = next(reply for reply in replies if reply[0] == 503)
    assert "of 200 thousand characters are under way" in answer["error"]
    assert headers["retry-after"] == "1"
    assert call(f"{url}/health")[0] == 200
    assert call(f"{url}/extract", {"text": TEXTS[0]})[0] == 200


def kill_reader() -> None:
    """End the process of the one reader, as the kernel does when memory runs out."""
    import ray

    named = ray.util.list_named_actors(all_namespaces=True)
    (reader,) = (ray.get_actor(**actor) for actor in named if "#Reader#" in actor["name"])
    os.kill(ray.get(reader.__ray_call__.remote(lambda _: os.getpid())), signal.SIGKILL)


def test_a_reader_killed_under_load_leaves_right_answers_or_503(url: str, batch_answers: list[dict[str, Any]]) -> None:
    """No request hangs or fails without a reason, and Serve puts a new reader in the place of the dead one."""
    warm, back = threading.Semaphore(0), threading.Event()

    def ask(number: int) -> tuple[int, Reply, float]:
        i, started = number % len(TEXTS), time.monotonic()
        reply = call(f"{url}/extract", {"documents": [{"id": str(i), "text": TEXTS[i]}]})
        warm.release()
        return i, reply, time.monotonic() - started

    def ask_until_back(client: int) -> list[tuple[int, Reply, float]]:
        asked = [ask(client)]
        while not back.is_set():
            asked.append(ask(client + len(asked)))
        return asked

    with ThreadPoolExecutor(max_workers=32) as clients:
        futures = [clients.submit(ask_until_back, client) for client in range(32)]
        try:
            for _ in range(64):
                assert warm.acquire(timeout=ANSWER_S)
            kill_reader()
            killed = time.monotonic()
            while ask(0)[1][0] != 200:  # asked after its death, answered by the next one
                assert time.monotonic() < killed + ANSWER_S
        finally:
            back.set()
        asked = [one for future in futures for one in future.result()]

    assert max(seconds for _, _, seconds in asked) < ANSWER_S
    refused = [(answer["error"], headers["retry-after"]) for _, (status, answer, headers), _ in asked if status == 503]
    answered = [(i, answer) for i, (status, answer, _), _ in asked if status == 200]
    assert len(answered) + len(refused) == len(asked)
    assert ("a reader died with this request, another is started: ActorDiedError", "1") in refused
    assert all(" reader " in error for error, _ in refused)
    assert all(alike(answer["documents"], [batch_answers[i]]) for i, answer in answered)
    assert call(f"{url}/health")[:2] == (200, {"ok": True, "readers": 1})
    for i, text in enumerate(TEXTS):
        status, answer, _ = call(f"{url}/extract", {"documents": [{"id": str(i), "text": text}]})
        assert (status, alike(answer["documents"], [batch_answers[i]])) == (200, True)
