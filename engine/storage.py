"""Files wherever they lie: local paths, and objects of S3 and Google Cloud Storage by their URIs.

A remote file is named `s3://bucket/key` or `gs://bucket/key`, the key as it is, without percent signs for what is
special in addresses. Credentials, region and endpoint come from the environment, never from a URI, because a run writes
down what it read. pyarrow's file systems do the work, and try again after a passing fault. `file://` is a local path.
A run's folder is resumed by renaming files, which object stores can't, so it is local; what is finished of it can be
copied to one. It knows nothing of formats. What storage refuses is a `StorageError` that says what, where and why.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from engine.read.chunks import ByteStream

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem

REMOTE_SCHEMES: Final = ("s3", "gs")
_LOCAL_SCHEME: Final = "file"
# Public buckets are read without credentials where one of these is set, as with GDAL.
_ANONYMOUS_VARIABLES: Final = {"s3": "AWS_NO_SIGN_REQUEST", "gs": "GS_NO_SIGN_REQUEST"}
_SETTINGS: Final = {
    "s3": "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY or AWS_PROFILE, AWS_REGION and AWS_ENDPOINT_URL; "
    "AWS_NO_SIGN_REQUEST=yes reads a public bucket",
    "gs": "GOOGLE_APPLICATION_CREDENTIALS; GS_NO_SIGN_REQUEST=yes reads a public bucket",
}
_TRIES: Final = 5
_GCS_RETRY: Final = timedelta(seconds=60)
_BUFFER_BYTES: Final = 4 << 20  # of one request to an object store
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_WILDCARD: Final = re.compile(r"[*?]")
_GLOB_TOKEN: Final = re.compile(r"\*\*/|\*\*|\*|\?|[^*?]+")
_GLOB_PATTERNS: Final = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


class StorageError(OSError):
    """Storage refused to be read or written: full, gone, or without the right. No record is at fault."""

    def __str__(self) -> str:
        return str(self.args[-1])


def is_remote(path: str) -> bool:
    """Whether a path is a URI; those of local files (`file://`) are made paths by `plain_path` first."""
    return "://" in path


def plain_path(path: str) -> str:
    """The path of a `file://` URI; anything else as it is. Raises: StorageError if the URI names another host."""
    scheme, separator, rest = path.partition("://")
    if not separator or scheme != _LOCAL_SCHEME:
        return path
    if not rest.startswith("/"):
        raise StorageError(f"{path}: expected file:///path, with three slashes")
    return rest


def file_size(path: str) -> int | None:
    """Bytes of a file; None if there is none. Raises: StorageError if a remote one can't be asked for."""
    if not is_remote(path):
        return Path(path).stat().st_size if Path(path).is_file() else None
    system, inside = _resolve(path)
    with _told(path):
        info = system.get_file_info(inside)
    return int(info.size) if info.is_file else None


@contextmanager
def open_input(path: str) -> Iterator[ByteStream]:
    """A file to read from its beginning. Raises: FileNotFoundError; StorageError, also while it is read."""
    with _told(path):
        stream = _open_remote(path) if is_remote(path) else open(path, "rb")  # noqa: SIM115 - closed below
    with stream:
        yield _Told(stream, path)


def _open_remote(uri: str) -> Any:
    system, inside = _resolve(uri)
    return system.open_input_stream(inside, compression=None, buffer_size=_BUFFER_BYTES)


class _Told:
    """A stream whose faults name the file."""

    def __init__(self, stream: Any, path: str) -> None:
        self._stream = stream
        self._path = path

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes, none at the end. Raises: StorageError."""
        with _told(self._path):
            return bytes(self._stream.read(size))


def put_file(local: Path, uri: str) -> None:
    """Copy a local file to an object, in place of what is there.

    Raises: OSError naming the local file; StorageError, after which a part of the object may be there.
    """
    system, inside = _resolve(uri)
    with local.open("rb") as source, _told(uri, "written"), system.open_output_stream(inside) as target:
        while chunk := source.read(_BUFFER_BYTES):
            target.write(chunk)


def list_remote(uri: str) -> dict[str, int]:
    """Files of a remote path with their bytes: the file itself, all below a folder, or those that a glob matches.

    `*` and `?` stand for what is between slashes, `**` for any folders. Hidden files are left out.
    Raises: FileNotFoundError if nothing is there; StorageError if the store can't be asked.
    """
    size = file_size(uri)
    if size is not None:
        return {uri: size}
    wildcard = _WILDCARD.search(uri)
    folder = uri[: wildcard.start()].rpartition("/")[0] if wildcard else uri.rstrip("/")
    files = _list_folder(folder)
    if wildcard:
        pattern = "".join(_GLOB_PATTERNS.get(token, re.escape(token)) for token in _GLOB_TOKEN.findall(uri))
        # A glob that matches a folder means what is in it.
        matches = re.compile(f"{pattern}(?:/.*)?")
        files = {file: size for file, size in files.items() if matches.fullmatch(file)}
    if not files:
        raise FileNotFoundError(f"no such bucket, file or folder, and no glob that matches: {uri}")
    return files


def _list_folder(folder: str) -> dict[str, int]:
    from pyarrow.fs import FileSelector

    system, inside = _resolve(folder)
    with _told(folder):
        infos = system.get_file_info(FileSelector(inside, recursive=True, allow_not_found=True))
    scheme = folder.partition("://")[0]
    return {
        f"{scheme}://{info.path}": int(info.size)
        for info in infos
        if info.is_file and not any(part.startswith(".") for part in info.path[len(inside) :].split("/"))
    }


def _resolve(uri: str) -> tuple[FileSystem, str]:
    """The file system of a URI and the path in it. Raises: StorageError if it is no URI of ours."""
    scheme, _, path = uri.partition("://")
    bucket = path.partition("/")[0]
    if scheme not in REMOTE_SCHEMES:
        known = ", ".join(f"{name}://" for name in (*REMOTE_SCHEMES, _LOCAL_SCHEME))
        raise StorageError(f"{scheme}://...: expected a path, or a URI that begins with {known}")
    if "@" in bucket:  # what stands before it may be a key, and must not be shown
        raise StorageError(f"{scheme}://...: credentials don't belong in a URI; {_from_environment(scheme)}")
    if not bucket or _WILDCARD.search(bucket):
        raise StorageError(f"{uri}: expected {scheme}://bucket/path, found no bucket's name")
    with _told(uri):
        return _open_system(scheme, bucket), path


@cache
def _open_system(scheme: str, bucket: str) -> FileSystem:
    """The file system of a bucket; for S3 that asks once where the bucket is, unless AWS_REGION says so."""
    from pyarrow import fs

    anonymous = os.environ.get(_ANONYMOUS_VARIABLES[scheme], "").lower() in {"yes", "true", "1"}
    if scheme == "gs":
        return fs.GcsFileSystem(anonymous=anonymous, retry_time_limit=_GCS_RETRY)
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""
    if endpoint and not endpoint.startswith(("http://", "https://")):  # else Amazon would be asked in its place
        raise StorageError("AWS_ENDPOINT_URL must begin with http:// or https://")
    own = urlsplit(endpoint)
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    return fs.S3FileSystem(
        anonymous=anonymous,
        region=region or ("us-east-1" if own.netloc else fs.resolve_s3_region(bucket)),
        endpoint_override=own.netloc or None,
        scheme=own.scheme or None,
        retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=_TRIES),
        allow_delayed_open=True,  # small files by one request
    )


@contextmanager
def _told(path: str, what: str = "read") -> Iterator[None]:
    """Makes what is raised inside the block name the file; that it isn't there to be read stays a FileNotFoundError."""
    try:
        yield
    except StorageError:
        raise
    except OSError as error:
        if isinstance(error, FileNotFoundError) and what == "read":
            raise
        reason = str(error).partition("\n")[0].partition(" error_info=")[0]
        hint = f" ({_from_environment(path.partition('://')[0])})" if is_remote(path) else ""
        raise StorageError(f"{path} can't be {what}: {reason}{hint}") from error


def _from_environment(scheme: str) -> str:
    return f"the environment says who asks and where: {_SETTINGS[scheme]}"


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Makes what storage refuses inside the block a StorageError that names the file."""
    try:
        yield
    except StorageError:
        raise
    except OSError as error:
        reason = "no space is left there" if error.errno in _FULL else str(error)
        raise StorageError(error.errno, f"{path} can't be written: {reason}") from error
