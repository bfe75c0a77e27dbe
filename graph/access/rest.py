"""The questions over HTTP: routes, limits, errors. It reads requests and writes JSON; answering is the graph's.

    GET  /questions                the registry; ?words=... finds in it
    GET  /questions/{name}         a question's header and Cypher
    GET  /questions/{name}/answer  its answer; parameters in the query string
    POST /questions/{name}/answer  the same; parameters as a JSON object
    GET  /hypotheses               ?drug=, ?target=, ?disease=: one or two of them, and the options of a search
    GET  /entities                 ?name=...&type=drug: what a name stands for
    POST /cypher                   {"query": ..., "parameters": {...}}: Cypher that only reads
    GET  /schema, /healthz, /openapi.json

Errors are JSON, {"error": "..."}: 400 not understood, 403 Cypher that does more than read, 404 no such path, question
or name, 405 another method, 408 a body that doesn't come, 413 and 414 too large, 415 another type, 503 too much at once
(with Retry-After) or a store that can't be reached, 504 out of time. There is no password and no TLS, hence loopback by
default; there, only requests to a local name are answered, so that no web page can ask through a name of its own.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Final

import anyio
from starlette.applications import Starlette
from starlette.datastructures import QueryParams
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from graph.access.describe import (
    answer_of,
    brief_of,
    description_of,
    entity_of,
    graph_schema,
    hypotheses_of,
    matching,
    read_search,
)
from graph.access.gate import Busy, Gate, ServerLimits
from graph.access.graph import Graph
from graph.access.openapi import openapi_of
from graph.errors import (
    ForbiddenCypher,
    GraphError,
    QueryError,
    QueryTimeout,
    QuestionError,
    ReadOnlyViolation,
    StoreError,
    UnknownName,
)
from graph.parameters import shown
from graph.questions import Question, find_question

_LOCAL_NAMES: Final = ("127.0.0.1", "localhost", "::1")
_QUERY_CHARS: Final = 16_384
_RETRY_AFTER_S: Final = 1
_STATUS: Final = {  # the nearest base class counts
    UnknownName: 404,
    QuestionError: 400,
    ForbiddenCypher: 403,
    ReadOnlyViolation: 403,
    QueryTimeout: 504,
    QueryError: 400,
    Busy: 503,
    StoreError: 503,
    GraphError: 500,
}

Answer = Callable[[Request], Awaitable[Response]]


def build_app(graph: Graph, *, limits: ServerLimits, cypher: bool = True, any_host: bool = False) -> Starlette:
    """The application. Without `cypher` only named questions are answered; `any_host` takes any Host header."""
    api = _Api(graph, limits)
    routes = [
        Route("/questions", api.questions),
        Route("/questions/{name}", api.question),
        Route("/questions/{name}/answer", api.ask, methods=["GET", "POST"]),
        Route("/hypotheses", api.hypotheses),
        Route("/entities", api.entities),
        Route("/schema", api.schema),
        Route("/healthz", api.health),
        Route("/openapi.json", partial(_openapi, cypher=cypher)),
    ]
    if cypher:
        routes.append(Route("/cypher", api.cypher, methods=["POST"]))
    guards = [] if any_host else [Middleware(_LocalNames)]
    handlers: Mapping[Any, Any] = {
        GraphError: _explain,
        HTTPException: _explain_http,
        ClientDisconnect: _explain_disconnect,
        Exception: _explain_fault,
    }
    return Starlette(routes=routes, middleware=guards, exception_handlers=dict(handlers))


class _LocalNames:
    """Refuses requests to this machine by another name: a web page could have its own name lead here and read along."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            asked = Request(scope).url.hostname
            if asked not in _LOCAL_NAMES:
                refusal = _error(403, f"expected a Host header of {', '.join(_LOCAL_NAMES)}, found {shown(asked)}")
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)


class _Api:
    """The routes' answers."""

    def __init__(self, graph: Graph, limits: ServerLimits) -> None:
        self._graph = graph
        self._limits = limits
        self._gate = Gate(limits)

    async def questions(self, request: Request) -> Response:
        """The registry."""
        given = _query(request, "words")
        found = matching(self._graph.questions().values(), given.get("words", ""))
        return JSONResponse({"questions": [brief_of(question) for question in found]})

    async def question(self, request: Request) -> Response:
        """One question's header."""
        return JSONResponse(description_of(_find(request)))

    async def ask(self, request: Request) -> Response:
        """A question's answer."""
        name = _find(request).name
        given = _query(request)
        if request.method == "POST":
            if given:
                raise HTTPException(400, "parameters come in the query string or in the body, not in both")
            given = await self._read_object(request)
        table = await self._gate.run(lambda: self._graph.ask(name, **given))
        return JSONResponse(answer_of(table, max_bytes=self._limits.answer_bytes))

    async def cypher(self, request: Request) -> Response:
        """The answer to a reader's own Cypher."""
        body = await self._read_object(request)
        text, parameters = body.get("query"), body.get("parameters", {})
        if not isinstance(text, str) or not isinstance(parameters, dict) or body.keys() - {"query", "parameters"}:
            raise HTTPException(400, 'expected {"query": text, "parameters": {...}}, the second may be left out')
        table = await self._gate.run(lambda: self._graph.cypher(text, **parameters))
        return JSONResponse(answer_of(table, max_bytes=self._limits.answer_bytes))

    async def hypotheses(self, request: Request) -> Response:
        """Ranked hypotheses."""
        ends, options = read_search(_query(request))
        found = await self._gate.run(lambda: self._graph.hypotheses(**ends, **options).rows())
        return JSONResponse(hypotheses_of(found, max_bytes=self._limits.answer_bytes))

    async def entities(self, request: Request) -> Response:
        """What a name stands for, or what is near it."""
        given = _query(request, "name", "type")
        if "name" not in given:
            raise HTTPException(400, "expected ?name=NAME, and type if it is known")
        name, type = given["name"], given.get("type", "concept")
        found = await self._gate.run(lambda: self._graph.find(name, type=type))
        near = [] if found else await self._gate.run(lambda: self._graph.suggest(name, type=type))
        return JSONResponse({"entities": [entity_of(entity) for entity in found], "near": near})

    async def schema(self, request: Request) -> Response:
        """What the graph holds."""
        return JSONResponse(graph_schema(await self._gate.run(self._graph.counts)))

    async def health(self, request: Request) -> Response:
        """That the server is there."""
        return JSONResponse({"ok": True, "store": self._graph.kind})

    async def _read_object(self, request: Request) -> dict[str, Any]:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise HTTPException(415, f"Content-Type is {kind or 'missing'}, expected application/json")
        try:
            with anyio.fail_after(self._limits.body_s):
                body = await self._read_body(request)
        except TimeoutError as error:
            raise HTTPException(408, f"the body did not come within {self._limits.body_s:g} s") from error
        try:
            content = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise HTTPException(400, f"the body is no JSON: {error}") from error
        if not isinstance(content, dict):
            raise HTTPException(400, f"expected a JSON object, found {type(content).__name__}")
        return content

    async def _read_body(self, request: Request) -> bytes:
        """The body, read no further than the limit."""
        most = self._limits.body_bytes
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > most:
                raise HTTPException(413, f"the body is larger than {most:,} bytes")
        return bytes(body)


def _find(request: Request) -> Question:
    try:
        return find_question(request.path_params["name"])
    except QuestionError as error:
        raise HTTPException(404, str(error)) from error


def _query(request: Request, *known: str) -> dict[str, Any]:
    """The query string as a dict; with `known` names no others are taken."""
    text = request.url.query
    if len(text) > _QUERY_CHARS:
        raise HTTPException(414, f"a query string of {len(text):,} characters, at most {_QUERY_CHARS:,} are taken")
    given = QueryParams(text)
    names = [name for name, _ in given.multi_items()]
    twice = sorted({name for name in names if names.count(name) > 1})
    unknown = sorted(set(names) - set(known)) if known else []
    if twice or unknown:
        problem = f"{shown(twice[0])} is given twice" if twice else f"no parameter {shown(unknown[0])}"
        raise HTTPException(400, problem + (f"; it takes {', '.join(known)}" if known else ""))
    return dict(given)


async def _openapi(request: Request, *, cypher: bool) -> Response:
    return JSONResponse(openapi_of(cypher=cypher))


async def _explain(request: Request, error: GraphError) -> Response:
    status = next(_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS)
    return _error(status, str(error))


async def _explain_http(request: Request, error: HTTPException) -> Response:
    allow = {name: value for name, value in (error.headers or {}).items() if name.lower() == "allow"}
    path = request.url.path[:100]
    unsaid = {
        "Not Found": f"no {path} here: start with /questions",
        "Method Not Allowed": f"{path} takes another method",
    }
    return _error(error.status_code, unsaid.get(error.detail, error.detail), **allow)


async def _explain_disconnect(request: Request, error: ClientDisconnect) -> Response:
    return _error(400, "the client left before its request was read")


async def _explain_fault(request: Request, error: Exception) -> Response:
    return _error(500, f"a fault of the server: {type(error).__name__}")


def _error(status: int, message: str, **headers: str) -> JSONResponse:
    if status == 503:
        headers["Retry-After"] = str(_RETRY_AFTER_S)
    return JSONResponse({"error": message}, status_code=status, headers=headers)
