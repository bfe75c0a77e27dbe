"""A small PubMed on loopback that does what servers and networks do: cuts, stalls, corrupts, refuses, forgets.

`faults[path]` are played one a request of that path (HEAD aside), in order; then the path answers well.
"""

from __future__ import annotations

import hashlib
import re
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one answer."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    cut_after: int | None = None  # bytes of the body
    stall_after: int | None = None
    flip: bool = False
    no_range: bool = False
    then: str = ""  # name of a file that is replaced by `with_` once this was answered
    with_: bytes = b""


@dataclass(frozen=True)
class Asked:
    method: str
    path: str
    range: str
    agent: str
    at: float
    form: dict[str, str]


class PubMed(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.dates: dict[str, str] = {}
        self.md5: dict[str, str] = {}
        self.records: set[int] = set()
        self.faults: defaultdict[str, list[Fault]] = defaultdict(list)
        self.asked: list[Asked] = []
        self.sent: defaultdict[str, int] = defaultdict(int)
        self.at_once = self.most_at_once = 0
        self.with_sizes = True
        self.released = threading.Event()
        self.idle = threading.Condition()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/"

    def put(self, number: int, content: bytes, *, folder: str = "baseline") -> str:
        name = f"pubmed25n{number:04}.xml.gz"
        self.files[f"/{folder}/{name}"] = content
        self.dates[name] = "2025-01-10 14:02"
        return name

    def count(self, path: str) -> int:
        """Requests of a path so far."""
        return sum(asked.path == path for asked in self.asked)

    def forget(self) -> None:
        """Starts all counts anew."""
        self.asked.clear()
        self.sent.clear()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed is no error here."""

    def listing(self, folder: str) -> bytes:
        rows = []
        for path, content in sorted(self.files.items()):
            if path.startswith(folder):
                name = path.removeprefix(folder)
                rest = f"  {self.dates[name]}  {len(content)}  " if self.with_sizes else ""
                rows += [f'<a href="{name}">{name}</a>{rest}', f'<a href="{name}.md5">{name}.md5</a>']
        return ("<pre>" + "\n".join(['<a href="/pubmed/">Parent Directory</a>   -', *rows]) + "</pre>").encode()


def record(pmid: int) -> bytes:
    citation = f'<MedlineCitation Status="MEDLINE">\n<PMID Version="1">{pmid}</PMID>'
    article = "<Article><ArticleTitle>Gemcitabine inhibits RRM1.</ArticleTitle></Article>"
    other = (
        "<CommentsCorrectionsList><CommentsCorrections><PMID>77</PMID></CommentsCorrections></CommentsCorrectionsList>"
    )
    return f"<PubmedArticle>{citation}{article}{other}</MedlineCitation></PubmedArticle>".encode()


def article_set(*pmids: int) -> bytes:
    return b'<?xml version="1.0" ?>\n<PubmedArticleSet>' + b"\n".join(map(record, pmids)) + b"</PubmedArticleSet>\n"


class _Handler(BaseHTTPRequestHandler):
    server: PubMed
    ended = False

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        agent, range_ = self.headers.get("User-Agent", ""), self.headers.get("Range", "")
        with self.server.idle:
            # A client that reads the last byte may ask again before this server's thread is through.
            self.server.idle.wait_for(lambda: self.server.at_once == 0, timeout=0.3)
            self.server.asked.append(Asked(self.command, self.path, range_, agent, time.monotonic(), form))
            self.server.at_once += 1
            self.server.most_at_once = max(self.server.most_at_once, self.server.at_once)
            faults = self.server.faults[self.path]
            fault = faults.pop(0) if faults and self.command != "HEAD" else Fault()
        try:
            self._send(fault, form)
        finally:
            self._end()

    def _end(self) -> None:
        with self.server.idle:
            self.server.at_once -= 0 if self.ended else 1
            self.ended = True
            self.server.idle.notify_all()

    def _send(self, fault: Fault, form: dict[str, str]) -> None:
        content = self._content(form) if fault.body is None else fault.body
        status = fault.status or (404 if content is None else 200)
        if content is None or (status >= 400 and fault.body is None):
            content = b""  # a client may be gone before the body of a refusal is sent, and counted
        headers = dict(fault.headers)
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if status == 200 and wanted and not fault.no_range:
            first, size = int(wanted[1]), len(content)
            status, content = (206, content[first:]) if first < size else (416, b"")
            if status == 206:
                headers.setdefault("Content-Range", f"bytes {first}-{size - 1}/{size}")
        if fault.flip:
            content = bytes([content[0] ^ 1]) + content[1:]
        self.send_response(status)
        for name, value in {"Content-Length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self._send_body(content, fault)
        if fault.then:
            self.server.files[fault.then] = fault.with_

    def _send_body(self, content: bytes, fault: Fault) -> None:
        ends = [end for end in (fault.cut_after, fault.stall_after) if end is not None]
        content = content[: ends[0]] if ends else content
        self.server.sent[self.path] += len(content)
        self.wfile.write(content)
        self.wfile.flush()
        if fault.stall_after is not None:
            self._end()
            self.server.released.wait(10)
        if ends:
            self.connection.shutdown(socket.SHUT_RDWR)

    def _content(self, form: dict[str, str]) -> bytes | None:
        if self.path == "/efetch.fcgi":
            return article_set(*(pmid for pmid in map(int, form["id"].split(",")) if pmid in self.server.records))
        if self.path.endswith("/"):
            return self.server.listing(self.path)
        if self.path.endswith(".md5"):
            file = self.path.removesuffix(".md5")
            name = file.rsplit("/", 1)[-1]
            if file not in self.server.files:
                return None
            md5 = self.server.md5.get(name) or hashlib.md5(self.server.files[file]).hexdigest()
            return f"MD5({name})= {md5}\n".encode()
        return self.server.files.get(self.path)


@contextmanager
def running_pubmed() -> Iterator[PubMed]:
    server = PubMed()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        server.server_close()
        thread.join()
