"""Fetches PubMed's files, each checked against the checksum that lies beside it, and none twice.

A file grows in a part named after its checksum, so that what a cut connection or a killed process left is gone on
with by a Range request, and never mixed with a file that has changed since. What doesn't match is fetched anew,
`CHECKSUM_TRIES` times in all, and then kept apart as `.bad`. A file that is there is hashed at every fetch (about
0.5 GB a second) and, where the listing shows the same date and size as when it came, not asked for again: looking for
news costs one request.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from io import RawIOBase
from pathlib import Path
from typing import Final, Literal

from engine.fetch.client import Answer, Client
from engine.fetch.errors import ChecksumError, FolderError, PassingError, RefusedError
from engine.fetch.folder import FetchFolder, md5_of
from engine.fetch.listing import ListedFile, read_listing, read_md5

CHECKSUM_TRIES: Final = 3

State = Literal["there", "compare", "resume", "fetch"]


@dataclass(slots=True)
class Report:
    """What a fetch did: names of files, and why the failed ones failed."""

    fetched: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Planned:
    """A listed file, whether it is to be fetched, and about how many bytes are to come, None if nobody knows."""

    file: ListedFile
    state: State
    about_bytes: int | None


def list_files(client: Client, url: str) -> list[ListedFile]:
    """The PubMed files of a folder on a server, by number.

    Raises: UnreachableError, or RefusedError if there is no such folder or no such file in it.
    """
    files = read_listing(client.read(url).decode("utf-8", errors="replace"), url=url)
    if not files:
        raise RefusedError(f"{url}: no PubMed file (pubmedNNnNNNN.xml.gz) in what the server lists", status=200)
    return files


def plan_files(files: Sequence[ListedFile], folder: FetchFolder) -> list[Planned]:
    """What fetching would do, without asking anybody. "compare" needs the server's checksum to tell."""
    return [_plan(file, folder) for file in files]


def _plan(file: ListedFile, folder: FetchFolder) -> Planned:
    path = folder.path / file.name
    if path.exists():
        if _is_known(file, folder, md5=md5_of(path)):
            return Planned(file, "there", 0)
        return Planned(file, "compare", file.about_bytes)
    parts = [part.stat().st_size for part in folder.state.glob(f"{file.name}.*.part")]
    if not any(parts):
        return Planned(file, "fetch", file.about_bytes)
    left = None if file.about_bytes is None else max(0, file.about_bytes - max(parts))
    return Planned(file, "resume", left)


def check_space(planned: Sequence[Planned], folder: FetchFolder) -> None:
    """Raises: FolderError if the disk surely can't hold what is to come."""
    needed = sum(plan.about_bytes or 0 for plan in planned if plan.state in ("fetch", "resume"))
    parent = next(path for path in (folder.path, *folder.path.absolute().parents) if path.exists())
    free = shutil.disk_usage(parent).free
    if needed > free:
        raise FolderError(f"{folder.path}: about {needed / 1e9:,.1f} GB are to come and {free / 1e9:,.1f} GB are free")


def fetch_files(
    client: Client, planned: Sequence[Planned], folder: FetchFolder, *, tell: Callable[[str], None] = lambda _: None
) -> Report:
    """Fetches what isn't there; a file that is refused or damaged is noted, and the next one is fetched.

    Raises: UnreachableError or FolderError, which would hit every other file too; what has come is kept.
    """
    report = Report()
    for plan in planned:
        name = plan.file.name
        try:
            size = 0 if plan.state == "there" else _fetch_file(client, plan.file, folder)
        except (RefusedError, ChecksumError) as error:
            tell(f"{name} failed: {error}")
            report.failed[name] = str(error)
            continue
        (report.fetched if size else report.skipped).append(name)
        report.bytes += size
    return report


def _fetch_file(client: Client, file: ListedFile, folder: FetchFolder) -> int:
    """Returns: the file's bytes, 0 if it is there already."""
    path = folder.path / file.name
    here = md5_of(path) if path.exists() else None
    expected = _ask_md5(client, file)
    if here == expected:
        folder.enter(file.name, url=file.url, md5=expected, listed=file.listed)
        return 0
    part = folder.part(file.name, expected)
    known = folder.entries.get(file.name)
    if here and (known is None or known.md5 != here):  # neither old nor new: damaged, perhaps only cut short
        with folder.writing():
            os.replace(path, folder.bad(file.name) if part.exists() else part)
    for tries_left in reversed(range(CHECKSUM_TRIES)):
        _grow(client, file.url, part, folder, expected=expected)
        got = md5_of(part)
        if got == expected:
            return folder.keep(part, file.name, url=file.url, md5=expected, listed=file.listed)
        with folder.writing():
            os.replace(part, folder.bad(file.name))
        if tries_left:
            expected = _ask_md5(client, file)  # the file may have been replaced in between
            part = folder.part(file.name, expected)
    bad = folder.bad(file.name)
    reason = f"its MD5 is {got} and should be {expected}, {CHECKSUM_TRIES} times"
    raise ChecksumError(f"{file.url}: {reason}; what came last is kept as {bad}")


def _ask_md5(client: Client, file: ListedFile) -> str:
    return read_md5(client.read(file.url + ".md5"), name=file.name)


def _is_known(file: ListedFile, folder: FetchFolder, *, md5: str) -> bool:
    entry = folder.entries.get(file.name)
    return entry is not None and entry.md5 == md5 and bool(file.listed) and entry.listed == file.listed


def _grow(client: Client, url: str, part: Path, folder: FetchFolder, *, expected: str) -> None:
    """Fetches until the part has all that the server has, as far as its lengths tell."""
    furthest = part.stat().st_size if part.exists() else 0

    def attempt() -> None:
        nonlocal furthest
        if furthest and md5_of(part) == expected:  # killed between the last byte and the renaming
            return
        try:
            _fetch_rest(client, url, part, folder)
        except PassingError as fault:
            size = part.stat().st_size if part.exists() else 0
            fault.progress = size > furthest
            furthest = max(furthest, size)
            raise

    client.retry(attempt)


def _fetch_rest(client: Client, url: str, part: Path, folder: FetchFolder) -> None:
    offset = part.stat().st_size if part.exists() else 0
    try:
        with client.open(url, offset=offset) as answer:
            goes_on = answer.status == 206
            if goes_on and _start(answer) != offset:
                _drop(part, folder)
                raise PassingError(f"{url}: asked for bytes from {offset:,}, got {answer.headers.get('Content-Range')}")
            with folder.writing():
                file = part.open("ab" if goes_on else "wb", buffering=0)
            with file:
                for chunk in answer.chunks():
                    with folder.writing():
                        _write_all(file, chunk)
    except RefusedError as error:
        if error.status != 416 or not offset:
            raise
        _drop(part, folder)
        raise PassingError(f"{url}: has fewer bytes than the {offset:,} that were here; these are dropped") from error


def _write_all(file: RawIOBase, chunk: bytes) -> None:
    """Writes past any buffer, so that a process that is killed has kept all that came."""
    rest = memoryview(chunk)
    while rest:
        rest = rest[file.write(rest) :]


def _drop(part: Path, folder: FetchFolder) -> None:
    with folder.writing():
        part.unlink()


def _start(answer: Answer) -> int | None:
    first = answer.headers.get("Content-Range", "").removeprefix("bytes ").partition("-")[0]
    return int(first) if first.isdecimal() else None
