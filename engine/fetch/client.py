"""HTTP as a guest: one connection at a time, a pause between requests, passing faults tried again.

Every request is a connection of its own, opened after the last one ended (about 0.1 s of handshakes for a file of
20 MB). What passes, and is tried again with twice the wait each time: no connection, a stall, a body that ends early,
and the statuses of `_PASSING_STATUS`; a server's Retry-After is waited for. Other statuses are refusals and are
told at once. Proxies come from the environment, as urllib reads them. Knows nothing of PubMed.
"""

from __future__ import annotations

import contextlib
import email.utils
import http.client
import random
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from engine.fetch.errors import PassingError, RefusedError, UnreachableError

READ_BYTES: Final = 1 << 16
_BODY_KEPT_BYTES: Final = 2000
_PASSING_STATUS: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_PASSING: Final = (http.client.HTTPException, OSError)  # around nothing but a socket

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How politely to ask. `pause_s` is between the starts of two requests."""

    user_agent: str
    pause_s: float = 0.34
    timeout_s: float = 60.0
    retries: int = 5
    backoff_s: float = 1.0
    longest_wait_s: float = 600.0


class Answer:
    """A response whose headers have come."""

    def __init__(self, response: http.client.HTTPResponse, url: str, *, on_bytes: Callable[[int], None]) -> None:
        self._response = response
        self._url = url
        self._on_bytes = on_bytes
        self.status = response.status
        self.headers = response.headers

    @property
    def length(self) -> int | None:
        """Bytes of the body as announced, None if they aren't."""
        announced = self.headers.get("Content-Length", "")
        return int(announced) if announced.isdecimal() else None

    def chunks(self) -> Iterator[bytes]:
        """Yield the body as it comes in. Raises: PassingError if it stalls or ends before what was announced."""
        length = self.length
        got = 0
        while length is None or got < length:
            try:
                chunk = self._response.read1(READ_BYTES)
            except _PASSING as error:
                raise PassingError(f"{self._url}: broke off after {got:,} bytes ({_reason(error)})") from error
            if not chunk:
                break
            got += len(chunk)
            self._on_bytes(len(chunk))
            yield chunk
        if length is not None and got < length:
            raise PassingError(f"{self._url}: broke off after {got:,} of {length:,} bytes")


class Client:
    """Asks one thing at a time and counts `requests` and `bytes` of bodies."""

    def __init__(
        self,
        manners: Manners,
        *,
        tell: Callable[[str], None] = lambda _: None,
        on_bytes: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._manners = manners
        self._tell = tell
        self._on_bytes = on_bytes
        self._opener = _http_only()
        self._started = float("-inf")
        self.requests = 0
        self.bytes = 0

    def retry(self, attempt: Callable[[], Result]) -> Result:
        """What `attempt` returns, tried again while it raises PassingError; progress starts the count anew.

        Raises: UnreachableError after `retries` more tries, or if the server asks for more than `longest_wait_s`.
        """
        failures = 0
        while True:
            try:
                return attempt()
            except PassingError as fault:
                failures = 1 if fault.progress else failures + 1
                if failures > self._manners.retries:
                    raise UnreachableError(f"{fault}; tried {failures} times") from fault
                if fault.retry_after_s > self._manners.longest_wait_s:
                    raise UnreachableError(f"{fault}; it asks to wait {fault.retry_after_s:,.0f} s") from fault
                wait_s = max(fault.retry_after_s, self._backoff_s(failures))
                self._tell(f"{fault}; again in {wait_s:.1f} s")
                time.sleep(wait_s)

    def _backoff_s(self, failures: int) -> float:
        doubled = self._manners.backoff_s * 2.0 ** min(failures - 1, 30)
        return min(doubled, self._manners.longest_wait_s) * random.uniform(0.5, 1.0)

    def read(self, url: str, *, form: Mapping[str, str] | None = None) -> bytes:
        """A whole body; with `form` as the answer to a POST.

        Raises: UnreachableError, RefusedError.
        """

        def attempt() -> bytes:
            with self.open(url, form=form) as answer:
                return b"".join(answer.chunks())

        return self.retry(attempt)

    def size(self, url: str) -> int | None:
        """Bytes of what is there, None if the server doesn't say. Raises: UnreachableError, RefusedError."""

        def attempt() -> int | None:
            with self.open(url, method="HEAD") as answer:
                return answer.length

        return self.retry(attempt)

    @contextlib.contextmanager
    def open(
        self, url: str, *, form: Mapping[str, str] | None = None, offset: int = 0, method: str | None = None
    ) -> Iterator[Answer]:
        """One request, not tried again; with `offset` for the bytes from there on, which the server may ignore.

        Raises: PassingError, RefusedError.
        """
        data = urllib.parse.urlencode(form).encode() if form is not None else None
        headers = {"User-Agent": self._manners.user_agent} | ({"Range": f"bytes={offset}-"} if offset else {})
        request = urllib.request.Request(url, data=data, headers=headers, method=method)
        time.sleep(max(0.0, self._started + self._manners.pause_s - time.monotonic()))
        self._started = time.monotonic()
        self.requests += 1
        with self._send(request) as response:
            yield Answer(response, url, on_bytes=self._count)

    def _count(self, length: int) -> None:
        self.bytes += length
        self._on_bytes(length)

    def _send(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        url = request.full_url
        try:
            response: http.client.HTTPResponse = self._opener.open(request, timeout=self._manners.timeout_s)
        except urllib.error.HTTPError as error:
            raise _refusal(url, error) from error
        except urllib.error.URLError as error:
            if isinstance(error.reason, ssl.SSLCertVerificationError) or not isinstance(error.reason, OSError):
                raise UnreachableError(f"{url}: {_reason(error.reason)}") from error
            raise PassingError(f"{url}: no connection ({_reason(error.reason)})") from error
        except (http.client.InvalidURL, UnicodeError) as error:  # the latter: a host or a path that HTTP can't name
            raise UnreachableError(f"{url}: {_reason(error)}") from error
        except _PASSING as error:
            raise PassingError(f"{url}: no answer ({_reason(error)})") from error
        return response


def _http_only() -> urllib.request.OpenerDirector:
    """urllib without what opens files and FTP, so that neither an address nor a redirect reaches them."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.UnknownHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    return opener


def _refusal(url: str, error: urllib.error.HTTPError) -> PassingError | RefusedError:
    with error:
        message = f"{url}: {error.code} {error.reason}"
        if error.code in _PASSING_STATUS:
            return PassingError(message, retry_after_s=_retry_after_s(error.headers.get("Retry-After", "")))
        try:
            body = error.read(_BODY_KEPT_BYTES)
        except _PASSING:
            body = b""
    return RefusedError(message, status=error.code, body=body)


def _retry_after_s(header: str) -> float:
    """Seconds from a Retry-After, which holds seconds or a date; 0 if it says nothing that can be read."""
    if header.strip().isdecimal():
        return float(header)
    try:
        date = email.utils.parsedate_to_datetime(header)
    except ValueError:
        return 0.0
    return max(0.0, date.timestamp() - time.time())


def _reason(error: object) -> str:
    return str(error) or type(error).__name__
