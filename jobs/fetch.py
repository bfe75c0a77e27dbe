"""`hypograph fetch`: PubMed's files or single records into a folder, which `run` and `extract` then read.

The one command that downloads documents. How is in `engine/fetch/`; this file reads flags and tells how it goes. The
API key comes from the environment alone (NCBI_API_KEY) and is never printed or kept.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import click

from jobs.local_folder import LocalFolder
from jobs.progress import format_s

if TYPE_CHECKING:
    from engine.fetch.client import Client  # else only inside the functions, so that --help stays light
    from engine.fetch.files import Planned
    from engine.fetch.folder import FetchFolder
    from engine.fetch.records import BadLine

NCBI: Final = "https://ftp.ncbi.nlm.nih.gov/pubmed/"
EUTILS: Final = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/"
_PROGRESS_S: Final = 10.0


@click.group()
def command() -> None:
    """Fetch documents to read, when asked to and only then."""


def _address(_: click.Context, __: click.Parameter, value: str) -> str:
    try:
        parts = urlsplit(value)
    except ValueError as error:
        raise click.BadParameter(f"{value!r}: {error}") from error
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise click.BadParameter(f"expected the http(s) address of a folder, got {value!r}")
    return value.rstrip("/") + "/"


def _ascii(_: click.Context, __: click.Parameter, value: str) -> str:
    if not (value.isascii() and value.isprintable()):
        raise click.BadParameter(f"expected printable ASCII, got {value!r}")
    return value


@command.command()
@click.option("--baseline", is_flag=True, help="All of PubMed as of last December: more than 1,200 files, tens of GB.")
@click.option("--updates", is_flag=True, help="The daily files since the baseline.")
@click.option(
    "--ids",
    "ids_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The records of a file of PMIDs, one a line.",
)
@click.option("--to", type=LocalFolder(), required=True, help="Folder to write.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    help="Only the first N baseline files, the newest N update files, or the first N ids.",
)
@click.option("--list", "list_only", is_flag=True, help="Say what would be fetched, and how many bytes; write nothing.")
@click.option(
    "--base-url", callback=_address, default=NCBI, show_default=True, help="Holds baseline/ and updatefiles/."
)
@click.option("--eutils-url", callback=_address, default=EUTILS, show_default=True, help="Holds efetch.fcgi.")
@click.option(
    "--pause",
    "pause_s",
    type=click.FloatRange(min=0),
    default=0.34,
    show_default=True,
    help="Least seconds between two requests; the E-utilities get at most 3 a second whatever it says.",
)
@click.option(
    "--retries",
    type=click.IntRange(min=0),
    default=5,
    show_default=True,
    help="Tries after a passing fault, with twice the wait each time.",
)
@click.option(
    "--timeout",
    "timeout_s",
    type=click.FloatRange(min=0, min_open=True),
    default=60.0,
    show_default=True,
    help="Seconds without a byte after which a connection is given up.",
)
@click.option(
    "--email", callback=_ascii, default="", help="Address under which NCBI may reach you; sent with each request."
)
def pubmed(baseline: bool, updates: bool, ids_file: Path | None, to: Path, **options: Any) -> None:
    """Fetch PubMed's files, or the records of a list of PMIDs, into a folder; what is there already is not fetched.

    Give one of --baseline, --updates and --ids. The same command goes on where it was stopped.
    """
    from engine.fetch.errors import FetchError

    if baseline + updates + (ids_file is not None) != 1:
        raise click.UsageError("give exactly one of --baseline, --updates and --ids FILE")
    started = time.monotonic()
    try:
        if ids_file is not None:
            summary = _fetch_ids(ids_file, to, **options)
        else:
            summary = _fetch_files("baseline" if baseline else "updatefiles", to, **options)
    except (FetchError, OSError) as error:
        raise click.ClickException(str(error)) from error
    ok = not summary.get("failed")
    seconds = round(time.monotonic() - started, 2)
    print(json.dumps({"command": "fetch", "to": str(to), **summary, "seconds": seconds, "ok": ok}))
    if not ok:
        sys.exit(1)


def _fetch_files(
    part: str, to: Path, *, limit: int | None, list_only: bool, base_url: str, **options: Any
) -> dict[str, Any]:
    from engine.fetch.files import check_space, fetch_files, list_files, plan_files
    from engine.fetch.folder import FetchFolder

    progress = _Progress()
    client = _client(progress, **options)
    folder = FetchFolder(to)
    files = list_files(client, f"{base_url}{part}/")
    if limit is not None:
        files = files[:limit] if part == "baseline" else files[-limit:]
    if list_only:
        return _list_files(client, plan_files(files, folder))
    with folder.locked():
        say(f"{len(files)} files to have; hashing those that are there")
        planned = plan_files(files, folder)
        check_space(planned, folder)
        progress.start(sum(plan.about_bytes or 0 for plan in planned if plan.state != "compare"))
        say(f"{sum(plan.state == 'there' for plan in planned)} files are there")
        report = fetch_files(client, planned, folder, tell=say)
    progress.end()
    return {
        "files": len(report.fetched),
        "skipped": len(report.skipped),
        "failed": report.failed,
        "bytes": report.bytes,
        "bytes_received": client.bytes,
        "requests": client.requests,
    }


def _list_files(client: Client, planned: Sequence[Planned]) -> dict[str, Any]:
    states: dict[str, int] = {}
    total = 0
    for plan in planned:
        size = plan.about_bytes
        if size is None:  # a listing without sizes
            size = client.size(plan.file.url) or 0
        states[plan.state] = states.get(plan.state, 0) + 1
        total += size
        print(f"{plan.state}\t{size}\t{plan.file.url}")
    return {"list": True, "files": len(planned), "states": states, "about_bytes": total}


def _fetch_ids(
    ids_file: Path, to: Path, *, limit: int | None, list_only: bool, eutils_url: str, email: str, **options: Any
) -> dict[str, Any]:
    from engine.fetch.folder import FetchFolder
    from engine.fetch.records import BATCH_IDS, MAX_REQUESTS_PER_S, RECORD_BYTES, EUtils, fetch_records, read_ids

    ids, bad = read_ids(ids_file)
    ids = ids[:limit]
    _tell_bad(ids_file, bad)
    if not ids:
        raise click.UsageError(f"{ids_file} holds no PMID")
    folder = FetchFolder(to)
    if list_only:
        return _list_ids(_not_held(ids, folder), n_ids=len(ids), bad=bad, eutils_url=eutils_url)
    progress = _Progress()
    options["pause_s"] = max(options["pause_s"], 1 / MAX_REQUESTS_PER_S)
    client = _client(progress, email=email, **options)
    eutils = EUtils(eutils_url, api_key=os.environ.get("NCBI_API_KEY", ""), email=email)
    with folder.locked():
        wanted = _not_held(ids, folder)
        requests = -(-len(wanted) // BATCH_IDS)
        say(f"{len(ids)} ids, {len(ids) - len(wanted)} of them are there, {requests} requests to come")
        progress.start(len(wanted) * RECORD_BYTES)
        rejects = [asdict(line) for line in bad]
        rejects_file = folder.write_rejects(rejects)
        report = fetch_records(client, wanted, folder, eutils, tell=say)
        rejects += [{"id": f"PMID:{pmid}", "reason": "PubMed gives no record"} for pmid in report.missing]
        folder.write_rejects(rejects)
    progress.end()
    if rejects:
        say(f"{len(bad)} lines and {len(report.missing)} ids gave no record: {rejects_file}")
    return {
        "files": len(report.files),
        "records": report.records,
        "skipped": len(ids) - len(wanted),
        "rejected": len(rejects),
        "bytes": report.bytes,
        "bytes_received": client.bytes,
        "requests": client.requests,
    }


def _not_held(ids: Sequence[int], folder: FetchFolder) -> list[int]:
    held = folder.held_ids()
    return [pmid for pmid in ids if pmid not in held]


def _list_ids(wanted: Sequence[int], *, n_ids: int, bad: Sequence[BadLine], eutils_url: str) -> dict[str, Any]:
    from engine.fetch.records import BATCH_IDS, RECORD_BYTES

    for first in range(0, len(wanted), BATCH_IDS):
        batch = wanted[first : first + BATCH_IDS]
        print(f"fetch\t{len(batch) * RECORD_BYTES}\t{eutils_url}efetch.fcgi\t{','.join(map(str, batch))}")
    return {
        "list": True,
        "records": len(wanted),
        "skipped": n_ids - len(wanted),
        "rejected": len(bad),
        "about_bytes": len(wanted) * RECORD_BYTES,
    }


def _tell_bad(path: Path, bad: Sequence[BadLine]) -> None:
    shown = 10
    for line in bad[:shown]:
        say(f"{path}:{line.line}: {line.text!r}: {line.reason}")
    if len(bad) > shown:
        say(f"and {len(bad) - shown} more lines of {path}")


def _client(progress: _Progress, *, pause_s: float, retries: int, timeout_s: float, email: str, **_: object) -> Client:
    from engine.fetch.client import Client, Manners

    agent = f"hypograph/{version('hypograph')} (reads PubMed; {email or 'no address given'})"
    manners = Manners(user_agent=agent, pause_s=pause_s, retries=retries, timeout_s=timeout_s)
    return Client(manners, tell=say, on_bytes=progress.add)


class _Progress:
    """Prints a line every `_PROGRESS_S` while bytes come."""

    def __init__(self) -> None:
        self.start(0)

    def start(self, about_bytes: int) -> None:
        """Counts from here."""
        self._total, self._got = about_bytes, 0
        self._started = self._printed = time.monotonic()

    def add(self, length: int) -> None:
        """Counts bytes, and prints if it is time."""
        self._got += length
        if time.monotonic() - self._printed >= _PROGRESS_S:
            self._printed = time.monotonic()
            say(self.text())

    def end(self) -> None:
        """Prints what came; nothing more is to, whatever was estimated."""
        self._total = self._got
        say(self.text())

    def text(self) -> str:
        """What is printed."""
        seconds = max(1e-9, time.monotonic() - self._started)
        total = f" of about {self._total / 1e6:,.1f}" if self._total > self._got else ""
        left = f", {format_s((self._total - self._got) * seconds / self._got)} left" if total and self._got else ""
        return (
            f"{self._got / 1e6:,.1f}{total} MB, {self._got / 1e6 / seconds:,.1f} MB/s, {format_s(seconds)} gone{left}"
        )


def say(text: str) -> None:
    """Tells the user what happens, on stderr."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    command()
