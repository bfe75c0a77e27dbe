"""A stand-in for an OpenAI-compatible server, on loopback, that answers as the scripted engine does."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from engine.generate.request import Request
from tests.scripted_engine import ScriptedEngine


@dataclass
class ModelServer:
    """`faults`: status codes that the next requests get; `cut`: what is said with them breaks off.

    `seen`: headers and bodies of the prompts that came.
    `models`: names of the models that it has. `odd`: what stands in place of the completion's only choice, by a word of
    the prompt.
    """

    url: str = ""
    models: list[str] = field(default_factory=lambda: ["scripted"])
    faults: list[int] = field(default_factory=list)
    cut: bool = False
    odd: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    seen: list[tuple[dict[str, str], dict[str, Any]]] = field(default_factory=list)


@contextmanager
def model_server() -> Iterator[ModelServer]:
    state = ModelServer()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status = state.faults.pop(0) if state.faults else 200
            self._send(status, {"data": [{"id": name} for name in state.models]})

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            state.seen.append((dict(self.headers), body))
            status = state.faults.pop(0) if state.faults else 200
            if status != 200:
                self._send(status, {"error": "as asked"})
            else:
                prompt = body["messages"][1]["content"]
                odd = [{"choices": choices} for word, choices in state.odd.items() if word in prompt]
                self._send(200, {**_completion(body), **(odd[0] if odd else {})})

        def _send(self, status: int, content: object) -> None:
            data = json.dumps(content, indent=1).encode()
            self.send_response(status)
            if status == 302:
                self.send_header("Location", f"{state.url}/elsewhere")
            if state.cut and status != 200:
                self.send_header("Transfer-Encoding", "chunked")
                data = b"99\r\n" + data
            else:
                self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _completion(body: dict[str, Any]) -> dict[str, Any]:
    user = body["messages"][1]["content"]
    wanted = body.get("response_format")
    schema = json.dumps(wanted["json_schema"]["schema"]) if wanted else None
    choices = ("Yes", "No", "Unclear") if body.get("logprobs") else ()
    (answer,) = ScriptedEngine().answer(
        [Request(system="", user=user, choices=choices, schema=schema, seed=body["seed"])]
    )
    top = [{"token": token[:2], "logprob": logprob} for token, logprob in answer.logprobs.items()]
    choice: dict[str, Any] = {"message": {"content": answer.text}, "finish_reason": answer.finish}
    if choices:
        choice["logprobs"] = {"content": [{"top_logprobs": [*top, {"token": "The", "logprob": -3.0}]}]}
    usage = {"prompt_tokens": answer.prompt_tokens, "completion_tokens": answer.answer_tokens}
    return {"choices": [choice], "usage": usage}
