"""A language model behind an OpenAI-compatible address: `vllm serve`, or a hosted one.

What is asked is the same as of vLLM in this process, with one difference: an endpoint tells the likeliest first tokens
only, so a choice that is none of the twenty counts as unseen. The key comes from the environment alone, and is never
sent to where a redirect points. An endpoint can't prove its weights: its revision is the address and the model's name.
"""

from __future__ import annotations

import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from http.client import HTTPException
from typing import Any, Final

from engine.generate.request import Answer, EngineUnavailableError, Request, sum_by_choice

KEY_VARIABLE: Final = "HYPOGRAPH_ENDPOINT_KEY"
_TOP_LOGPROBS: Final = 20
_PASSING: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_THE_PROMPTS_FAULT: Final = frozenset({400, 413, 422})
_WITHHELD: Final = "content_filter"  # how a completion ends that the endpoint keeps to itself
_HOPELESS: Final = 3  # completions without what was asked for, and none of use beside them
_LONGEST_WAIT_S: Final = 60.0


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Refuse: the answer 3xx becomes an error."""


class OpenAIEngine:
    """A model named `model` at `url`, such as http://127.0.0.1:8000/v1; `connections` requests at a time."""

    def __init__(
        self,
        *,
        url: str,
        model: str,
        connections: int = 16,
        retries: int = 4,
        wait_s: float = 1.0,
        timeout_s: float = 300,
    ) -> None:
        if not (url.startswith(("http://", "https://")) and url.isascii()):
            raise EngineUnavailableError(f"{url!r} is no address: expected http://HOST:PORT/v1 or https://HOST/v1")
        self._url, self._model = url.rstrip("/"), model
        self._connections, self._retries, self._wait_s, self._timeout_s = connections, retries, wait_s, timeout_s
        self._opener = urllib.request.build_opener(_NoRedirect())

    @property
    def revision(self) -> str:
        """Address and name: all that can be known."""
        return f"{self._model}@{self._url}"

    def check(self) -> None:
        """See that the endpoint is up and has the model. Raises: EngineUnavailableError."""
        names = self.models()
        if self._model not in names:
            raise EngineUnavailableError(f"{self._url} has no model {self._model!r}; it has {', '.join(names)}")

    def models(self) -> list[str]:
        """Names of the models that the endpoint has. Raises: EngineUnavailableError."""
        content = self._fetch("/models", None)
        try:
            return [str(entry["id"]) for entry in json.loads(content)["data"]]
        except (ValueError, KeyError, TypeError) as fault:
            raise EngineUnavailableError(f"{self._url}/models answered no list of models: {fault!r}") from fault

    def answer(self, requests: Sequence[Request], /) -> list[Answer]:
        """One answer a request, in order; a completion that lacks what was asked for costs itself.

        Raises: EngineUnavailableError with the answers that came, also where several came and none is of use.
        """
        with ThreadPoolExecutor(self._connections) as pool:
            futures = [pool.submit(self._complete, request) for request in requests]
            try:
                wait(futures, return_when=FIRST_EXCEPTION)
            finally:
                pool.shutdown(cancel_futures=True)
        answers: dict[int, Answer] = {}
        odd: list[str] = []
        for place, (request, future) in enumerate(zip(requests, futures, strict=True)):
            if future.cancelled() or future.exception():
                continue
            said = future.result()
            try:
                answers[place] = said if isinstance(said, Answer) else _read(request, said)
            except (ValueError, KeyError, IndexError, TypeError, AttributeError) as fault:
                odd.append(f"{self._url} answered something else than a chat completion with what was asked: {fault!r}")
                answers[place] = Answer(error=odd[-1])
        _raise_first(futures, answers)
        if len(odd) == len(requests) >= _HOPELESS:
            raise EngineUnavailableError(odd[0], answers)
        return [answers[place] for place in range(len(requests))]

    def _complete(self, request: Request) -> bytes | Answer:
        """What the endpoint says to a request, unread, or the answer that it refuses."""
        body: dict[str, Any] = {
            "model": self._model,
            "messages": request.messages(),
            "max_tokens": request.max_tokens,
            "temperature": request.temperature,
            "seed": request.seed,
        }
        if request.choices:
            body |= {"logprobs": True, "top_logprobs": _TOP_LOGPROBS}
        if request.schema:
            schema = {"name": "answer", "strict": True, "schema": json.loads(request.schema)}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        try:
            return self._fetch("/chat/completions", body)
        except _RefusedError as refusal:
            return Answer(error=str(refusal))

    def _fetch(self, path: str, body: Mapping[str, Any] | None) -> bytes:
        """The body of the answer; passing faults are tried again, with twice the wait each time."""
        headers = {"Content-Type": "application/json"}
        if key := _read_key():
            headers["Authorization"] = f"Bearer {key}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._url + path, data=data, headers=headers)
        for wait_s in self._waits():
            try:
                with self._opener.open(request, timeout=self._timeout_s) as response:
                    content: bytes = response.read()
                    return content
            except urllib.error.HTTPError as error:
                reason = f"{self._url}{path} answered {error.code}: {_beginning_of(error)}"
                if body is not None and error.code in _THE_PROMPTS_FAULT:
                    raise _RefusedError(reason) from error
                if error.code not in _PASSING:
                    raise EngineUnavailableError(f"{reason} (a key is read from {KEY_VARIABLE})") from error
                wait_s = max(wait_s or 0.0, _retry_after(error)) if wait_s is not None else None
            except (OSError, HTTPException) as error:
                reason = f"{self._url}{path} can't be reached: {error}"
            if wait_s is None:
                raise EngineUnavailableError(f"{reason} (tried {1 + self._retries} times)")
            time.sleep(wait_s)
        raise AssertionError("unreachable: the last wait is None")

    def _waits(self) -> Iterator[float | None]:
        yield from (self._wait_s * 2**attempt for attempt in range(self._retries))
        yield None


class _RefusedError(Exception):
    """The endpoint understood and won't answer this one."""


def _read_key() -> str:
    """The key, without the line break of the file that it came from.

    Raises: EngineUnavailableError if it can't stand in a header; the message doesn't show it.
    """
    key = os.environ.get(KEY_VARIABLE, "").strip()
    if not (key.isascii() and key.isprintable()):
        raise EngineUnavailableError(f"{KEY_VARIABLE} is no key: it holds characters that are not printable ASCII")
    return key


def _beginning_of(error: urllib.error.HTTPError) -> str:
    """What was said with an error, in one line, unless the connection broke over it."""
    try:
        return " ".join(error.read(300).decode(errors="replace").split())
    except (OSError, HTTPException) as fault:
        return repr(fault)


def _retry_after(error: urllib.error.HTTPError) -> float:
    text = error.headers.get("Retry-After", "")
    return min(float(text), _LONGEST_WAIT_S) if text.isdigit() else 0.0


def _raise_first(futures: Sequence[Future[Any]], answers: Mapping[int, Answer]) -> None:
    """Raises: what the first that failed did; an EngineUnavailableError with the answers."""
    for fault in (future.exception() for future in futures if not future.cancelled()):
        if isinstance(fault, EngineUnavailableError):
            raise EngineUnavailableError(str(fault), answers) from fault
        if fault:
            raise fault


def _read(request: Request, content: bytes) -> Answer:
    """Raises: ValueError, KeyError, IndexError, TypeError, AttributeError if it lacks what was asked for."""
    said = json.loads(content)
    choice, usage = said["choices"][0], said.get("usage") or {}
    if choice.get("finish_reason") == _WITHHELD:
        return Answer(error=f"the endpoint withholds the answer: {_WITHHELD}")
    logprobs: dict[str, float] = {}
    if request.choices:
        first = choice["logprobs"]["content"][0]["top_logprobs"]
        logprobs = match_choices(((entry["token"], float(entry["logprob"])) for entry in first), request.choices)
    text = "" if request.choices else choice["message"]["content"] or ""
    if not isinstance(text, str):
        raise TypeError(f"content is no text: {type(text).__name__}")
    return Answer(
        text=text,
        finish=choice.get("finish_reason") or "",
        logprobs=logprobs,
        prompt_tokens=int(usage.get("prompt_tokens") or 0),
        answer_tokens=int(usage.get("completion_tokens") or 0),
    )


def match_choices(tokens: Iterable[tuple[str, float]], choices: Sequence[str]) -> dict[str, float]:
    """Log-probabilities of the choices, from tokens with theirs: a token counts for the one choice that it begins."""
    found = []
    for token, logprob in tokens:
        letters = token.strip().lower()
        begun = [choice for choice in choices if letters and choice.lower().startswith(letters)]
        if len(begun) == 1:
            found.append((begun[0], logprob))
    return sum_by_choice(found)
