"""An object store on loopback: the little of S3's and Google Cloud Storage's protocols that is asked of them.

Objects lie in `objects`, by `bucket/key`. What is asked of a bucket in `forbidden` is answered with 403.
"""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import BinaryIO
from urllib.parse import parse_qs, quote, unquote, urlsplit
from xml.sax.saxutils import escape

_GCS = "/storage/v1/b/"
_UPLOAD = "/upload"
_DATE = "2015-10-21T07:28:00Z"


class ObjectStore(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects: dict[str, bytes] = {}
        self.buckets: set[str] = {"bucket"}
        self.forbidden: set[str] = set()
        self.asked: list[str] = []
        self.puts: list[str] = []
        self.signed: list[bool] = []
        self.page_keys = 1000

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ObjectStore

    def log_message(self, *_: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        self.server.asked.append(f"{self.command} {self.path}")
        self.server.signed.append("Authorization" in self.headers)
        url = urlsplit(self.path)
        self._query = {name: values[0] for name, values in parse_qs(url.query).items()}
        gcs = url.path.startswith(_GCS)
        path = unquote(url.path.removeprefix(_GCS) if gcs else url.path[1:])
        bucket, _, key = path.partition("/")
        if gcs:
            key = key.removeprefix("o").lstrip("/")
        if bucket in self.server.forbidden:
            self._refuse(403, "AccessDenied", gcs=gcs)
        elif bucket not in self.server.buckets:
            self._refuse(404, "NoSuchBucket", gcs=gcs)
        elif not key:
            self._list(bucket, gcs=gcs)
        elif f"{bucket}/{key}" not in self.server.objects:
            self._refuse(404, "NoSuchKey", gcs=gcs)
        elif gcs and self._query.get("alt") != "media":
            self._reply(200, json.dumps(_describe(bucket, key, self.server.objects[f"{bucket}/{key}"])).encode())
        else:
            self._send(self.server.objects[f"{bucket}/{key}"])

    def do_PUT(self) -> None:
        """An object, whole; of Google's the upload that a POST has opened."""
        url = urlsplit(self.path)
        bucket, _, key = unquote(url.path.removeprefix(_UPLOAD).lstrip("/")).partition("/")
        content = self._body()
        if bucket in self.server.forbidden:
            self._refuse(403, "AccessDenied", gcs=url.path.startswith(_UPLOAD))
            return
        self.server.puts.append(f"{bucket}/{key}")
        self.server.objects[f"{bucket}/{key}"] = content
        gcs = url.path.startswith(_UPLOAD)
        self._reply(200, json.dumps(_describe(bucket, key, content)).encode() if gcs else b"", {"ETag": '"1"'})

    def do_POST(self) -> None:
        """Opens an upload to Google's store."""
        url = urlsplit(self.path)
        bucket = url.path.removeprefix(_UPLOAD + "/storage/v1/b/").partition("/")[0]
        name = {name: values[0] for name, values in parse_qs(url.query).items()}.get("name", "")
        self._body()
        if bucket in self.server.forbidden:
            self._refuse(403, "AccessDenied", gcs=True)
        else:
            self._reply(200, b"", {"Location": f"{self.server.url}{_UPLOAD}/{bucket}/{quote(name)}"})

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = _join_chunks(self.rfile)
        return _join_chunks(io.BytesIO(body)) if self.headers.get("Content-Encoding") == "aws-chunked" else body

    def _send(self, content: bytes) -> None:
        span = self.headers.get("Range")
        if not span:
            self._reply(200, content, {"ETag": '"1"', "Last-Modified": "Wed, 21 Oct 2015 07:28:00 GMT"})
            return
        first, _, last = span.removeprefix("bytes=").partition("-")
        start, end = int(first), min(int(last or len(content)), len(content) - 1)
        self._reply(206, content[start : end + 1], {"Content-Range": f"bytes {start}-{end}/{len(content)}"})

    def _list(self, bucket: str, *, gcs: bool) -> None:
        prefix, after = self._query.get("prefix", ""), self._query.get("continuation-token", "")
        found = {name.partition("/")[2]: content for name, content in self.server.objects.items()}
        keys = sorted(key for key in found if f"{bucket}/{key}" in self.server.objects and key.startswith(prefix))
        if gcs:
            items = [_describe(bucket, key, found[key]) for key in keys]
            self._reply(200, json.dumps({"kind": "storage#objects", "items": items}).encode())
            return
        left = [key for key in keys if key > after]
        page = left[: self.server.page_keys]
        contents = "".join(
            f"<Contents><Key>{escape(key)}</Key><Size>{len(found[key])}</Size><LastModified>{_DATE}</LastModified>"
            "</Contents>"
            for key in page
        )
        more = f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>" if len(page) < len(left) else ""
        head = f"<Name>{bucket}</Name><KeyCount>{len(page)}</KeyCount><IsTruncated>{str(bool(more)).lower()}"
        body = f"<ListBucketResult>{head}</IsTruncated>{more}{contents}</ListBucketResult>"
        self._reply(200, f'<?xml version="1.0"?>{body}'.encode(), {"Content-Type": "application/xml"})

    def _refuse(self, status: int, code: str, *, gcs: bool) -> None:
        if gcs:
            body = json.dumps({"error": {"code": status, "message": code}})
        else:
            body = f'<?xml version="1.0"?><Error><Code>{code}</Code><Message>refused</Message></Error>'
        self._reply(status, body.encode(), {"Content-Type": "application/json" if gcs else "application/xml"})

    def _reply(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _join_chunks(stream: BinaryIO) -> bytes:
    """What is sent in chunks, each after its length; what trails the last is read and left out."""
    content = b""
    while length := int(stream.readline().partition(b";")[0], 16):
        content += stream.read(length)
        stream.readline()
    while stream.readline().strip():
        pass
    return content


def _describe(bucket: str, key: str, content: bytes) -> dict[str, str]:
    dates = {"timeCreated": _DATE, "updated": _DATE}
    generation = {"generation": "1", "metageneration": "1"}
    return {"kind": "storage#object", "bucket": bucket, "name": key, "size": str(len(content)), **dates, **generation}


@contextmanager
def object_store() -> Iterator[ObjectStore]:
    with ObjectStore() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
