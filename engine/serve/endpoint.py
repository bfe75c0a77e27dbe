"""The HTTP door, a Ray Serve deployment before the readers: routes, limits, errors. Computes nothing itself.

    POST /extract   {"text": ...}, {"documents": [...]} or XML -> documents with mentions and relations
    GET  /health    200 while a reader runs, else 503
    GET  /model     which model and lexicon answer, and the limits

Errors are JSON, {"error": "..."}, with HTTP's status: 400 unreadable, 404 and 405 no such path or method, 413 too
large, 415 another type, 500 a stage failed, 504 no answer in time; 503 (with Retry-After) too much is under way, no
reader is up, or the reader died with the request. Serve starts another reader; the door asks it nothing again, for what
killed one may kill the next. What comes in meanwhile waits for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa
from ray import serve
from ray.exceptions import RayError, RayTaskError
from ray.serve.exceptions import DeploymentUnavailableError
from ray.serve.handle import DeploymentHandle
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from engine.pipeline import PipelineSettings
from engine.schema import SOURCE_ROW
from engine.serve.reader import Part, Reader
from engine.serve.requests import Limits, RequestError, read_request, split_rows, units_of

APP: Final = "hypograph"
_RETRY_AFTER_S: Final = 1
_REFUSED_AT_ONCE: Final = 1000  # requests that the door can be reading and refusing besides
_HEALTH_CHECK_S: Final = 1.0  # a dead reader is found at the next check; Serve's own 10 s add to each restart
_STATUS_WAIT_S: Final = 5.0  # for Serve's controller, which may be down as well

Answer = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointSettings:
    """How much is taken in, read at once and waited for; units are thousands of characters."""

    limits: Limits
    replicas: int = 1
    queue_units: int = 1024
    batch_units: int = 16
    batch_wait_s: float = 0.01
    timeout_s: float = 120.0

    @property
    def ongoing(self) -> int:
        """Most parts of requests that can be under way at once: a part has one unit or more, see `Endpoint`."""
        return self.queue_units + self.limits.documents + self.batch_units


class Endpoint:
    """Checks and reads requests, hands their documents to the readers in parts, puts the answers together.

    It counts what is under way itself and hands all of it on, so that it waits where batches are formed. Serve's own
    queue asks a full reader again and again, up to a second apart: 200 requests at once to a tiny model took 14.7 s
    through it and 2.9 s so. A request that finds nothing under way is always taken.
    """

    def __init__(self, reader: DeploymentHandle, *, settings: EndpointSettings, about: Mapping[str, Any]) -> None:
        self._reader = reader
        self._settings = settings
        self._about = about
        self._units = 0
        self._routes: dict[str, tuple[str, Answer]] = {
            "/extract": ("POST", self._extract),
            "/health": ("GET", self._health),
            "/model": ("GET", self._model),
        }

    async def __call__(self, request: Request) -> Response:
        """Answer one request; whatever is wrong with it comes as JSON."""
        method, answer = self._routes.get(request.url.path, ("", self._model))
        if not method:
            return _error(404, f"no {request.url.path} here: there are {', '.join(self._routes)}")
        if request.method != method and (request.method, method) != ("HEAD", "GET"):
            return _error(405, f"{request.url.path} takes {method}, not {request.method}", Allow=method)
        try:
            async with asyncio.timeout(self._settings.timeout_s):
                return await answer(request)
        except RequestError as refused:
            return _error(refused.status, str(refused))
        except ClientDisconnect:
            return _error(400, "the client left before its request was read")
        except DeploymentUnavailableError as absent:
            return _error(503, f"no reader is up: {absent}")
        except TimeoutError:
            return await self._explain_timeout()
        except RayTaskError as failed:
            return _error(500, f"the reader failed: {type(failed.cause).__name__}")
        except RayError as died:
            return _error(503, f"a reader died with this request, another is started: {type(died).__name__}")

    async def _extract(self, request: Request) -> Response:
        body = await self._read_body(request)
        content_type = request.headers.get("content-type", "")
        rows = await asyncio.to_thread(read_request, body, content_type=content_type, limits=self._settings.limits)
        units, most = units_of(rows), self._settings.queue_units
        if self._units and self._units + units > most:
            raise RequestError(503, f"{self._units} of {most} thousand characters are under way, this has {units} more")
        batch = self._settings.batch_units
        parts = [
            Part(pa.Table.from_pylist(part, schema=SOURCE_ROW), min(units_of(part), batch))
            for part in split_rows(rows, units=batch)
        ]
        self._units += units
        try:
            read = await asyncio.gather(*(self._reader.read.remote(part) for part in parts))
        finally:
            self._units -= units
        documents = b",".join(document for answers in read for document in answers)
        revision = self._about["model"]["revision"].encode()
        content = b'{"model_revision":"%s","documents":[%s]}' % (revision, documents)
        return Response(content, media_type="application/json")

    async def _read_body(self, request: Request) -> bytes:
        """The body, read no further than the limit."""
        if request.headers.get("content-encoding", "identity") != "identity":
            raise RequestError(415, f"Content-Encoding is {request.headers['content-encoding']}: send it unpacked")
        declared = request.headers.get("content-length", "")
        if declared.isdecimal():
            self._settings.limits.check_body(int(declared))
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            self._settings.limits.check_body(len(body))
        return bytes(body)

    async def _health(self, request: Request) -> Response:
        running = await _count_readers()
        return JSONResponse({"ok": running > 0, "readers": running}, status_code=200 if running else 503)

    async def _explain_timeout(self) -> Response:
        """Too much was asked, or there was nobody to ask."""
        waited = f"no answer within {self._settings.timeout_s:g} s"
        try:
            async with asyncio.timeout(_STATUS_WAIT_S):
                running = await _count_readers()
        except (TimeoutError, RayError):
            return _error(503, f"{waited}, and Ray Serve doesn't say whether a reader is up")
        if not running:
            return _error(503, f"{waited}: no reader is up")
        return _error(504, f"{waited}: send fewer documents at once")

    async def _model(self, request: Request) -> Response:
        return JSONResponse(dict(self._about))


async def _count_readers() -> int:
    """Readers that run, as Serve's controller knows them."""
    status = await asyncio.to_thread(serve.status)
    readers = status.applications[APP].deployments[Reader.__name__].replica_states
    return sum(number for state, number in readers.items() if state == "RUNNING")


def _error(status: int, message: str, **headers: str) -> JSONResponse:
    """An answer that says what is wrong; a 503 says as well when to ask again."""
    if status == 503:
        headers["Retry-After"] = str(_RETRY_AFTER_S)
    return JSONResponse({"error": message}, status_code=status, headers=headers)


def build_app(stages: PipelineSettings, *, settings: EndpointSettings, about: Mapping[str, Any]) -> serve.Application:
    """The application: readers, each with the whole pipeline, behind one door. `about` is what GET /model says."""
    reader = serve.deployment(Reader).options(
        num_replicas=settings.replicas,
        ray_actor_options={"num_cpus": stages.extract_cpus, "num_gpus": stages.extract_gpus},
        max_ongoing_requests=settings.ongoing,
        max_constructor_retry_count=1,
        health_check_period_s=_HEALTH_CHECK_S,
    )
    door = serve.deployment(Endpoint).options(
        num_replicas=1,
        ray_actor_options={"num_cpus": 0},
        max_ongoing_requests=settings.ongoing + _REFUSED_AT_ONCE,
        max_constructor_retry_count=1,
    )
    bound = reader.bind(
        settings=stages,
        model_revision=about["model"]["revision"],
        batch_units=settings.batch_units,
        batch_wait_s=settings.batch_wait_s,
    )
    return door.bind(bound, settings=settings, about=dict(about))
