"""The endpoint without Ray: bodies to rows, limits, answers, and the door before readers that are stood in for."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest
from click.testing import CliRunner
from ray.exceptions import ActorDiedError, OutOfMemoryError, RayError, RayTaskError
from starlette.requests import Request

from engine.pipeline import PipelineSettings
from engine.read.rows import document_row
from engine.schema import DOCUMENT_ROW, SOURCE_ROW
from engine.serve.answers import answer_of
from engine.serve.endpoint import Endpoint, EndpointSettings
from engine.serve.reader import Part, Reader
from engine.serve.requests import Limits, RequestError, read_request, split_rows, units_of
from engine.stage_actor import SchemaError, Stage
from jobs.cli import main
from tests.unit.rows import document, mention, relation, small_lexicon

LIMITS = Limits(body_bytes=10_000, documents=3)
JSON = "application/json; charset=utf-8"
XML = b"<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>%d</PMID><Article><ArticleTitle>A title</ArticleTitle>"
XML += b"</Article></MedlineCitation></PubmedArticle></PubmedArticleSet>"


def read(content: object, kind: str = JSON) -> list[dict[str, Any]]:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return read_request(body, content_type=kind, limits=LIMITS)


def test_text_alone_is_a_document_named_by_its_hash() -> None:
    (row,) = read({"text": "Imatinib\ninhibits ABL."})
    assert (row["text"], row["doc_id"][:5]) == ("Imatinib\ninhibits ABL.", "TEXT:")
    assert read({"text": "x", "id": "mine"})[0]["doc_id"] == "mine"


def test_documents_are_read_like_lines_of_a_file() -> None:
    rows = read(
        {"documents": [{"id": "a", "title": "T", "text": "own text"}, {"pmid": 7, "title": "T", "abstract": "A"}]}
    )
    assert [(row["doc_id"], row["title"], row["text"]) for row in rows] == [
        ("a", "T", "own text"),
        ("PMID:7", "T", "T\nA"),
    ]


@pytest.mark.parametrize("kind", ["application/xml", "text/xml; charset=utf-8"])
def test_pubmed_xml_is_read(kind: str) -> None:
    (row,) = read(XML % 12, kind)
    assert (row["doc_id"], row["text"]) == ("PMID:12", "A title")


@pytest.mark.parametrize(
    ("content", "kind", "status", "reason"),
    [
        ({"text": "x"}, "", 415, "Content-Type is missing"),
        ({"text": "x"}, "text/plain", 415, "Content-Type is text/plain, expected one of application/json"),
        (b"", JSON, 400, "the body is empty"),
        (b"{'text': 1}", JSON, 400, "the body is no JSON: Expecting property name"),
        (b"\xff\xfe", JSON, 400, "the body is no JSON"),
        (b"[" * 9000, JSON, 400, "the body is no JSON"),
        ([], JSON, 400, "expected an object with text or documents, found list"),
        ({"txt": "x"}, JSON, 400, r"found \['txt'\]"),
        ({"text": "x", "documents": []}, JSON, 400, "found both"),
        ({"documents": {}}, JSON, 400, "documents is no list: dict"),
        ({"documents": []}, JSON, 400, "holds no document"),
        ({"documents": [{"text": "x"}, 3]}, JSON, 400, "document 2 can't be read, bad_json: expected an object"),
        ({"text": ""}, JSON, 400, "document 1 can't be read, no_text: no title"),
        ({"text": 3}, JSON, 400, "bad_field: text is no text: int"),
        (b'{"text": "\\ud800"}', JSON, 400, "half a surrogate pair"),
        ({"text": "x", "pmid": "one"}, JSON, 400, "bad_pmid"),
        (b"<a/>", "application/xml", 400, "can't be read, no_records"),
        (b"plain", "application/xml", 400, "can't be read"),
        (XML[:-40] % 1, "application/xml", 400, "document 1 can't be read"),
        (XML.replace(b"A title", b"A &bomb;") % 1, "application/xml", 400, "undefined_entity"),
        (b"<PubmedArticleSet/>", "application/xml", 400, "holds no document"),
        (b'<?xml version="1.0" encoding="hex"?>' + XML % 1, "application/xml", 400, "'hex' is no encoding of text"),
        (gzip.compress(XML % 1), "application/xml", 400, "is gzip: send it unpacked"),
        ({"text": "x" * 10_000}, JSON, 413, "larger than 10,000 bytes"),
        ({"documents": [{"text": "x"}] * 4}, JSON, 413, "4 documents, at most 3"),
        ((XML % 1) * 4, "application/xml", 413, "4 documents, at most 3"),
    ],
)
def test_a_bad_request_is_refused_with_the_reason(content: object, kind: str, status: int, reason: str) -> None:
    with pytest.raises(RequestError, match=reason) as refused:
        read(content, kind)
    assert refused.value.status == status


def test_no_depth_is_too_deep_to_be_refused() -> None:
    for depth in range(800, 1000):  # from somewhere on it can be read and not be written again
        body = b'{"text": "x", "more": %s%s}' % (b"[" * depth, b"]" * depth)
        with suppress(RequestError):
            assert len(read(body)) == 1


def test_requests_are_cut_into_parts_that_fill_a_batch() -> None:
    rows = [
        document_row(doc_id=str(i), source_file="", record=i, text="x" * chars)
        for i, chars in enumerate([10, 1000, 1001, 9000, 10, 10])
    ]
    assert units_of(rows) == 1 + 1 + 2 + 9 + 1 + 1
    parts = split_rows(rows, units=4)
    assert [[row["doc_id"] for row in part] for part in parts] == [["0", "1", "2"], ["3"], ["4", "5"]]
    assert split_rows([], units=4) == []


def test_an_answer_has_names_ids_and_the_sentence_of_each_relation() -> None:
    text = "Some words. Imatinib inhibits ABL. Foo."
    row = document(
        "PMID:1",
        text,
        mentions=[
            mention(text, "Imatinib", "Chemical", "mesh:D000068877"),
            mention(text, "ABL", "Gene", "hgnc:76"),
            mention(text, "Foo", "Gene"),
        ],
        relations=[relation(0, 1, "INHIBITS"), relation(1, 2, "BINDS", assertion="negated")],
    )
    lexicon = small_lexicon()

    def name_of(concept_id: str) -> str | None:
        concept = lexicon.concept(concept_id)
        return concept.name if concept else None

    answer = json.loads(json.dumps(answer_of(row, name_of=name_of, model_revision="m")))
    assert [(m["text"], m["id"], m["name"]) for m in answer["mentions"]] == [
        ("Imatinib", "mesh:D000068877", "imatinib"),
        ("ABL", "hgnc:76", "ABL1"),
        ("Foo", None, None),
    ]
    first, second = answer["relations"]
    assert (first["head"], first["predicate"], first["tail"], first["sentence"]) == (0, "INHIBITS", 1, text[12:34])
    assert (first["triple_id"][:2], first["evidence_id"][:2], first["score"]) == ("T:", "E:", 0.8)
    assert (second["triple_id"], second["assertion"]) == (None, "negated")
    assert {second["head"], second["tail"]} == {1, 2}


# ------------------------------------------------------------------------------------------- the door


class FakeReaders:
    """Stands in for the readers' handle: answers each document with its id, or does what a test says."""

    def __init__(self, act: Callable[[Part], object] = lambda part: None) -> None:
        self.parts: list[Part] = []
        self.read = self
        self._act = act

    async def remote(self, part: Part) -> list[bytes]:
        self.parts.append(part)
        done = self._act(part)
        if asyncio.iscoroutine(done):
            await done
        return [json.dumps({"id": doc_id}).encode() for doc_id in part.rows["doc_id"].to_pylist()]


def door(readers: FakeReaders, **changed: Any) -> Endpoint:
    settings = EndpointSettings(**{"limits": LIMITS, "batch_units": 2, "queue_units": 4, **changed})
    return Endpoint(readers, settings=settings, about={"model": {"revision": "abc"}, "limits": {}})


def request(method: str, path: str, *chunks: bytes, **headers: str) -> Request:
    given = {"content_type": "application/json", **headers}
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in given.items()],
        "server": ("127.0.0.1", 8000),
        "scheme": "http",
    }
    messages = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    messages.append({"type": "http.request", "body": b"", "more_body": False})

    async def receive() -> dict[str, Any]:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    return Request(scope, receive)


def ask(endpoint: Endpoint, *requests: Request) -> list[tuple[int, dict[str, Any], dict[str, str]]]:
    async def all_at_once() -> list[Any]:
        return await asyncio.gather(*map(endpoint, requests))

    answers = asyncio.run(all_at_once())
    return [(answer.status_code, json.loads(answer.body), dict(answer.headers)) for answer in answers]


def texts(*chars: int) -> bytes:
    return json.dumps({"documents": [{"id": str(i), "text": "x" * n} for i, n in enumerate(chars)]}).encode()


def test_parts_come_back_as_one_answer_in_order() -> None:
    readers = FakeReaders()
    ((status, answer, _),) = ask(door(readers), request("POST", "/extract", texts(5, 2500, 5)))
    assert (status, answer) == (200, {"model_revision": "abc", "documents": [{"id": "0"}, {"id": "1"}, {"id": "2"}]})
    assert [(len(part.rows), part.units) for part in readers.parts] == [(1, 1), (1, 2), (1, 1)]


def test_a_body_is_not_read_past_its_limit() -> None:
    endpoint = door(FakeReaders())
    said = request("POST", "/extract", content_length="10001")
    unsaid = request("POST", "/extract", *[b"x" * 4000] * 3)
    packed = request("POST", "/extract", b"", content_encoding="gzip")
    assert [status for status, _, _ in ask(endpoint, said, unsaid, packed)] == [413, 413, 415]


def test_more_than_the_queue_holds_is_refused_and_later_taken() -> None:
    async def wait() -> None:
        await asyncio.sleep(0.05)

    endpoint = door(FakeReaders(lambda part: wait()))
    replies = ask(endpoint, *(request("POST", "/extract", texts(900, 900)) for _ in range(3)))
    assert [status for status, _, _ in replies].count(200) == 2
    _, answer, headers = next(reply for reply in replies if reply[0] == 503)
    assert "4 of 4 thousand characters are under way, this has 2 more" in answer["error"]
    assert headers["retry-after"] == "1"
    assert ask(endpoint, request("POST", "/extract", texts(9000)))[0][0] == 200, "alone even a large one is taken"


@pytest.mark.parametrize(
    ("fault", "status", "reason"),
    [
        (ActorDiedError(), 503, "a reader died with this request, another is started: ActorDiedError"),
        (OutOfMemoryError("full"), 503, "a reader died with this request, another is started: OutOfMemoryError"),
        (RayTaskError("read", "its stack", KeyError("x")).as_instanceof_cause(), 500, "the reader failed: KeyError"),
    ],
)
def test_a_dead_reader_is_told_from_a_fault_of_a_stage(fault: RayError, status: int, reason: str) -> None:
    def fail(_: Part) -> None:
        raise fault

    endpoint = door(FakeReaders(fail))
    ((found, answer, headers),) = ask(endpoint, request("POST", "/extract", texts(1)))
    assert (found, answer) == (status, {"error": reason})
    assert headers.get("retry-after") == ("1" if status == 503 else None)
    assert endpoint._units == 0, "what failed is no longer under way"


@pytest.mark.parametrize(
    ("readers", "status", "reason"),
    [
        (1, 504, "no answer within 0.05 s: send fewer documents at once"),
        (0, 503, "no answer within 0.05 s: no reader is up"),
        (ActorDiedError(), 503, "no answer within 0.05 s, and Ray Serve doesn't say whether a reader is up"),
    ],
)
def test_a_late_answer_is_told_from_one_that_nobody_works_on(
    monkeypatch: pytest.MonkeyPatch, readers: int | RayError, status: int, reason: str
) -> None:
    async def count_readers() -> int:
        if isinstance(readers, RayError):
            raise readers
        return readers

    monkeypatch.setattr("engine.serve.endpoint._count_readers", count_readers)
    endpoint = door(FakeReaders(lambda part: asyncio.sleep(5)), timeout_s=0.05)
    ((found, answer, headers),) = ask(endpoint, request("POST", "/extract", texts(1)))
    assert (found, answer) == (status, {"error": reason})
    assert headers.get("retry-after") == ("1" if status == 503 else None)


def test_only_known_paths_and_methods_are_answered() -> None:
    replies = ask(
        door(FakeReaders()),
        request("GET", "/"),
        request("GET", "/extract"),
        request("POST", "/model"),
        request("GET", "/model"),
    )
    assert [status for status, _, _ in replies] == [404, 405, 405, 200]
    assert replies[1][2]["allow"] == "POST"


# ---------------------------------------------------------------------------------------- the command


@pytest.mark.parametrize(
    ("flags", "exit_code", "reason"),
    [
        (["--port", "0"], 2, "port: Input should be greater than or equal to 1"),
        (["--model", "no/such/folder"], 1, "neither a folder nor a Hugging Face id"),
        (["--lexicon", "absent.zst"], 1, "absent.zst: no lexicon here"),
    ],
)
def test_what_cannot_be_served_is_said_before_ray_starts(flags: list[str], exit_code: int, reason: str) -> None:
    result = CliRunner().invoke(main, ["serve", *flags])
    assert result.exit_code == exit_code, result.output
    assert reason in result.output


# --------------------------------------------------------------------------------------- the reader


class Poisoned:
    """A stage of the reader: takes no text 'poison', and nothing at all once its device is broken."""

    broken = False

    def __call__(self, rows: pa.Table) -> pa.Table:
        if self.broken or "poison" in rows["text"].to_pylist():
            raise RuntimeError("CUDA error")
        empty = [pa.array([[]] * len(rows), DOCUMENT_ROW.field(name).type) for name in ADDED]
        return pa.table([*rows.columns, *empty], names=[*rows.column_names, *ADDED])


ADDED = tuple(name for name in DOCUMENT_ROW.names if name not in SOURCE_ROW.names)


def test_a_document_that_a_stage_cannot_take_is_told_and_a_broken_reader_is_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stage = Stage(name="extract", actor=Poisoned, needs=("text",), adds=ADDED)
    monkeypatch.setattr("engine.serve.reader.build_stages", lambda settings: [stage])
    monkeypatch.setattr("engine.serve.reader.open_lexicon", lambda *_, **__: small_lexicon())
    monkeypatch.setattr("engine.stage_actor.MAX_FAULTS_IN_A_ROW", 3)
    settings = PipelineSettings(model=Path("model"))
    reader = Reader.__new__(Reader)
    monkeypatch.setattr(Reader, "read", SimpleNamespace(set_max_batch_size=int, set_batch_wait_timeout_s=float))
    reader.__init__(settings=settings, model_revision="m", batch_units=1, batch_wait_s=0.1)  # type: ignore[misc]

    def answer(*texts: str) -> list[list[str]]:
        rows = [document_row(doc_id=text, source_file="", record=i, text=text) for i, text in enumerate(texts)]
        parts = [pa.Table.from_pylist([row], schema=SOURCE_ROW) for row in rows]
        return [[e["kind"] for e in json.loads(part)["errors"]] for (part,) in reader.read_together(parts)]

    assert answer("good", "poison", "fine") == [[], ["exception"], []]
    monkeypatch.setattr(Poisoned, "broken", True)
    assert answer("a", "b") == [["exception"], ["exception"]]
    reader.check_health()
    with pytest.raises(SchemaError, match="took none of the last 3 documents"):
        answer("c")
    with pytest.raises(RuntimeError, match="takes no document any more"):
        reader.check_health()
