"""The engine behind an OpenAI-compatible address, against a server on loopback."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.generate.ask import AnswerCache, Asker
from engine.generate.openai_engine import OpenAIEngine, match_choices
from engine.generate.prompts import Choice, Offer, Sentence, ask_claim, ask_json, ask_relations
from engine.generate.request import EngineUnavailableError
from engine.generate.triples import parse_answer
from tests.unit.model_server import ModelServer, model_server


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelServer]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with model_server() as running:
        yield running


def engine(server: ModelServer, *, retries: int = 2) -> OpenAIEngine:
    return OpenAIEngine(url=server.url, model="scripted", retries=retries, wait_s=0.01, timeout_s=10)


def test_claims_get_the_probabilities_of_their_choices(server: ModelServer) -> None:
    claims = [ask_claim("Imatinib inhibits ABL1.", "x"), ask_claim("Imatinib is not here.", "x")]
    yes, no = engine(server).answer(claims)
    assert yes.logprobs["Yes"] == pytest.approx(math.log(0.9))
    assert max(no.logprobs, key=no.logprobs.__getitem__) == "No"
    assert (yes.text, yes.prompt_tokens, yes.answer_tokens) == ("", 10, 1)
    body = server.seen[0][1]
    assert (body["model"], body["max_tokens"], body["top_logprobs"], body["temperature"]) == ("scripted", 1, 20, 0.0)


def test_relations_are_held_to_their_schema(server: ModelServer) -> None:
    entities = (Choice("E1", "Gene", "TP53"), Choice("E2", "Gene", "MDM2"))
    sentence = Sentence("TP53 and MDM2 are expressed.", "S1", entities)
    offer = Offer("S1", "E1", ("COEXPRESSED_WITH",), ("E2",))
    request = ask_relations([sentence], [offer], {"COEXPRESSED_WITH": "..."}, max_tokens=99)
    (answer,) = engine(server).answer([request])
    said = parse_answer(answer)
    assert not isinstance(said, str)
    assert said[0].predicate == "COEXPRESSED_WITH"
    wanted = server.seen[0][1]["response_format"]["json_schema"]
    assert (wanted["strict"], wanted["schema"]) == (True, json.loads(request.schema or ""))


def test_the_key_comes_from_the_environment(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HYPOGRAPH_ENDPOINT_KEY", raising=False)
    engine(server).answer([ask_claim("a", "b")])
    monkeypatch.setenv("HYPOGRAPH_ENDPOINT_KEY", "secret")
    engine(server).answer([ask_claim("a", "b")])
    assert [headers.get("Authorization") for headers, _ in server.seen] == [None, "Bearer secret"]
    assert "secret" not in engine(server).revision


def test_a_key_may_end_with_a_line_break_and_one_that_is_none_is_not_shown(
    server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HYPOGRAPH_ENDPOINT_KEY", "secret\n")
    engine(server).answer([ask_claim("a", "b")])
    assert server.seen[0][0]["Authorization"] == "Bearer secret"
    for key in ("\u201csecret\u201d", "sec\nret"):
        monkeypatch.setenv("HYPOGRAPH_ENDPOINT_KEY", key)
        with pytest.raises(EngineUnavailableError, match="HYPOGRAPH_ENDPOINT_KEY is no key") as refused:
            engine(server).check()
        assert "sec" not in str(refused.value)


def test_passing_faults_are_tried_again(server: ModelServer) -> None:
    server.faults = [503, 429]
    (answer,) = engine(server).answer([ask_claim("a inhibits b", "x")])
    assert (answer.error, len(server.seen)) == (None, 3)
    server.faults = [500, 500, 500]
    with pytest.raises(EngineUnavailableError, match=r"answered 500.*tried 3 times"):
        engine(server).answer([ask_claim("a", "b")])
    server.faults, server.cut = [503], True
    (answer,) = engine(server).answer([ask_claim("a inhibits b", "x")])
    assert answer.error is None, "what is said with a fault may break off"


def test_a_prompt_that_is_refused_costs_itself(server: ModelServer) -> None:
    server.faults = [400]
    (answer,) = engine(server).answer([ask_claim("a", "b")])
    assert "answered 400" in (answer.error or "")


WITHHELD: dict[str, Any] = {"message": {"content": None}, "finish_reason": "content_filter", "logprobs": None}
ODD: list[list[dict[str, Any]]] = [[], [WITHHELD], [WITHHELD | {"logprobs": {"content": []}, "finish_reason": "stop"}]]


@pytest.mark.parametrize("choices", ODD)
def test_a_completion_without_what_was_asked_costs_itself(server: ModelServer, choices: list[dict[str, Any]]) -> None:
    server.odd = {"odd": choices}
    good, odd = engine(server).answer([ask_claim("a inhibits b", "x"), ask_claim("odd", "x")])
    assert (good.error, max(good.logprobs, key=good.logprobs.__getitem__)) == (None, "Yes")
    assert odd.error
    (alone,) = engine(server).answer([ask_claim("odd", "x")])
    assert alone.error, "what is left of a batch is no reason to give up"


@pytest.mark.parametrize("content", [[{"type": "text", "text": "{}"}], {"triples": []}])
def test_a_completion_whose_content_is_no_text_costs_itself(server: ModelServer, content: object) -> None:
    server.odd = {"odd": [{"message": {"content": content}, "finish_reason": "stop"}]}
    (answer,) = engine(server).answer([ask_json("s", "odd", {"properties": {}}, max_tokens=9, attempt=0)])
    assert "content is no text" in (answer.error or "")


def test_an_endpoint_of_whose_completions_none_is_of_use_is_given_up(server: ModelServer) -> None:
    requests = [ask_claim(f"odd {i}", "x") for i in range(3)]
    server.odd = {"odd": [{"message": {"content": "Yes"}, "finish_reason": "stop"}]}  # it gives no log-probabilities
    with pytest.raises(EngineUnavailableError, match="something else than a chat completion with what was asked"):
        engine(server).answer(requests)
    server.odd = {"odd": [WITHHELD]}
    assert all("content_filter" in str(answer.error) for answer in engine(server).answer(requests))


def test_prompts_that_stay_odd_are_no_reason_to_give_up_an_endpoint_that_answered_others(
    server: ModelServer, tmp_path: Path
) -> None:
    odd = [ask_claim(f"odd {i}", "x") for i in range(3)]
    server.odd = {"odd": [{"message": {"content": "Yes"}, "finish_reason": "stop"}]}
    opened = engine(server)
    asker = Asker(opened, AnswerCache(tmp_path / "c", revision=opened.revision))
    with pytest.raises(EngineUnavailableError):
        asker.ask(odd, purpose="verify")
    assert asker.ask([ask_claim("a inhibits b", "x")], purpose="verify")[0].error is None
    assert all(answer.error for answer in asker.ask(odd, purpose="verify"))


def test_what_came_before_an_endpoint_went_away_is_kept(server: ModelServer, tmp_path: Path) -> None:
    requests = [ask_claim(f"{i} inhibits it", "x") for i in range(40)]
    opened = OpenAIEngine(url=server.url, model="scripted", connections=1, retries=0, timeout_s=10)
    server.faults = [200, 200, 401]

    def ask() -> list[float]:
        asker = Asker(opened, AnswerCache(tmp_path / "c", revision=opened.revision))
        return [answer.logprobs["Yes"] for answer in asker.ask(requests, purpose="verify")]

    with pytest.raises(EngineUnavailableError, match="answered 401"):
        ask()
    assert len(server.seen) < len(requests), "no more is asked once it is gone"
    assert ask() == [pytest.approx(math.log(0.9))] * len(requests)
    assert len(server.seen) == len(requests) + 1, "each was answered once"


@pytest.mark.parametrize("status", [401, 404, 302])
def test_a_wrong_key_or_address_ends_it_at_once(server: ModelServer, status: int) -> None:
    server.faults = [status]
    with pytest.raises(EngineUnavailableError, match=f"answered {status}.*HYPOGRAPH_ENDPOINT_KEY"):
        engine(server).answer([ask_claim("a", "b")])
    assert len(server.seen) == 1


def test_what_is_not_there_is_named(server: ModelServer) -> None:
    engine(server).check()
    with pytest.raises(EngineUnavailableError, match="has no model 'other'; it has scripted"):
        OpenAIEngine(url=server.url, model="other").check()
    with pytest.raises(EngineUnavailableError, match="is no address"):
        OpenAIEngine(url="file:///etc/passwd", model="x")
    with pytest.raises(EngineUnavailableError, match="can't be reached"):
        OpenAIEngine(url="http://127.0.0.1:1/v1", model="x", retries=0).check()
    with pytest.raises(EngineUnavailableError, match="is no address"):
        OpenAIEngine(url="http://127.0.0.1:1/v1\u200b", model="x")
    server.faults = [400]  # so Gemini's answers a wrong key
    with pytest.raises(EngineUnavailableError, match=r"/models answered 400.*HYPOGRAPH_ENDPOINT_KEY"):
        engine(server).check()


@pytest.mark.parametrize(
    "said", [b"<html>Welcome</html>", b'["scripted"]', b'{"data": null}', b'{"data": [{"name": 1}]}']
)
def test_an_address_that_lists_no_models_is_named(said: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(OpenAIEngine, "_fetch", lambda *_: said)
    with pytest.raises(EngineUnavailableError, match="http://host/models answered no list of models"):
        OpenAIEngine(url="http://host", model="scripted").check()


def test_a_token_counts_for_the_one_choice_that_it_begins() -> None:
    tokens = [(" Yes", math.log(0.25)), ("yes", math.log(0.25)), ("N", math.log(0.2)), ("", -1.0), ("Yesterday", -1.0)]
    assert match_choices(tokens, ("Yes", "No")) == {"Yes": pytest.approx(math.log(0.5)), "No": math.log(0.2)}
    assert match_choices([("N", -1.0)], ("No", "Neutral")) == {}
