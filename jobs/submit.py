"""`hypograph submit`: `hypograph extract`, or `run` with --graph, as a job of a Ray cluster, and its log and exit code.

A thin layer over Ray's own job submission: it checks the settings here, makes paths absolute, takes the project's
code along, and names the job by its command, so that the same command follows a job that is under way instead of
starting a second one, and goes on with the run when that job is over. Nothing here knows what a job does.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import os
import shlex
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from engine.storage import StorageError, is_remote, plain_path
from jobs.extract import run_arguments, say
from jobs.settings import Settings, load_settings, settings_options

if TYPE_CHECKING:
    from ray.job_submission import JobSubmissionClient

ROOT: Final = Path(__file__).parent.parent
_POLL_S: Final = 1.0
_START_S: Final = 120.0
_NOT_YET: Final = "try again later"
_LAST_LINES: Final = 20
_MAYBE_IDS: Final = ("model", "generate")  # a Hugging Face id looks like a relative path and is none
_OVERRIDES: Final = ("RAY_ADDRESS", "RAY_API_SERVER_ADDRESS")


@click.command()
@run_arguments
@click.option(
    "--address",
    default="http://127.0.0.1:8265",
    show_default=True,
    help="Job server of the cluster: the address of its dashboard.",
)
@click.option("--graph", metavar="URI", help="Load each shard into this graph too, as `hypograph run` does.")
@click.option("--follow/--no-follow", default=True, show_default=True, help="Show the job's log and wait for its end.")
@settings_options
def command(
    inputs: tuple[str, ...],
    out: Path,
    overwrite: bool,
    address: str,
    graph: str | None,
    follow: bool,
    config: Path | None,
    **flags: Any,
) -> None:
    """Run extract, or run, as a job of a Ray cluster.

    INPUTS, --out and other paths are those that the cluster's nodes see; relative ones are made absolute here. The
    same command again follows the job while it runs, and goes on with the run after it has ended.
    """
    settings = load_settings(config=config, flags=flags)
    entrypoint = job_command(inputs, out=out, overwrite=overwrite, graph=graph, settings=settings)
    client = _connect(address)
    try:
        job = _submit(client, entrypoint)
        state = _follow(client, job) if follow else str(client.get_job_status(job))
        summary = _last_json(client.get_job_logs(job)) if follow else None
        print(json.dumps({"command": "submit", "job": job, "state": state, "address": address, "summary": summary}))
        if follow and state != "SUCCEEDED":
            say(f"job {job}: {client.get_job_info(job).message}")
            sys.exit(1)
    except (OSError, RuntimeError) as error:  # what is raised where the connection breaks, and where the server fails
        raise click.ClickException(f"lost the job server at {address}: {error}; the same command follows on") from error


def job_command(inputs: Sequence[str], *, out: Path, overwrite: bool, graph: str | None, settings: Settings) -> str:
    """The command line of the job, with absolute paths and the settings that are not the defaults."""
    words = ["python", "-m", "jobs.run" if graph else "jobs.extract"]
    try:
        words += [path if is_remote(path) else os.path.abspath(path) for path in map(plain_path, inputs)]
    except StorageError as error:
        raise click.UsageError(str(error)) from error
    words += ["--out", os.path.abspath(out)]
    if graph:
        words += ["--graph", graph if "://" in graph else os.path.abspath(graph)]
    if overwrite:
        words.append("--overwrite")
    return shlex.join([*words, *_as_flags(settings.model_dump(exclude_unset=True))])


def _as_flags(values: Mapping[str, Any]) -> list[str]:
    words: list[str] = []
    for name, value in values.items():
        flag = name.replace("_", "-")
        if value is None:
            continue
        if isinstance(value, bool):
            words.append(f"--{flag}" if value else f"--no-{flag}")
        else:
            path = Path(value).exists() if name in _MAYBE_IDS else isinstance(value, Path)
            words += [f"--{flag}", os.path.abspath(value) if path else str(value)]
    return words


def _connect(address: str) -> JobSubmissionClient:
    try:
        from ray.job_submission import JobSubmissionClient

        for name in _OVERRIDES:  # which Ray would take in place of what was asked for
            os.environ.pop(name, None)
        return JobSubmissionClient(address)
    except (OSError, RuntimeError, ValueError) as error:
        raise click.ClickException(f"no job server at {address}: {error}") from error


def _submit(client: JobSubmissionClient, entrypoint: str) -> str:
    """Starts the job, unless one of the same command is under way. Returns: the job's id."""
    name = f"hypograph-{hashlib.blake2b(entrypoint.encode(), digest_size=5).hexdigest()}"
    known = {info.submission_id: info.status for info in client.list_jobs()}
    attempt = 1
    while (job := f"{name}-{attempt}") in known:
        if not known[job].is_terminal():
            say(f"job {job} is under way ({known[job]})")
            return job
        attempt += 1
    say(f"job {job}: {entrypoint}")
    _start(client, job, entrypoint)
    return job


def _start(client: JobSubmissionClient, job: str, entrypoint: str) -> None:
    """Uploads the code and starts the job; a cluster that has just come up refuses jobs for a while."""
    ends = time.monotonic() + _START_S
    quiet = logging.root.manager.disable
    logging.disable(logging.WARNING)  # Ray names every file that it leaves out
    try:
        while True:
            try:
                client.submit_job(entrypoint=entrypoint, submission_id=job, runtime_env=_environment())
                return
            except RuntimeError as error:
                if _NOT_YET not in str(error) or time.monotonic() > ends:
                    raise click.ClickException(f"the job server refused the job: {error}") from error
                time.sleep(_POLL_S)
    finally:
        logging.disable(quiet)


def _environment() -> dict[str, Any]:
    """What the job brings along: the checkout, where this is one; an installed Hypograph must be there too."""
    return {"working_dir": str(ROOT)} if (ROOT / "pyproject.toml").exists() else {}


def _follow(client: JobSubmissionClient, job: str) -> str:
    """Copies the job's log to stderr until it ends. Returns: its last state."""
    from aiohttp import ClientError

    try:
        asyncio.run(_copy_log(client, job))
    except (ClientError, RuntimeError) as error:
        say(f"the log is cut off ({error}), waiting for the job")
    while not (state := client.get_job_status(job)).is_terminal():
        time.sleep(_POLL_S)
    return str(state)


async def _copy_log(client: JobSubmissionClient, job: str) -> None:
    async for text in client.tail_job_logs(job):
        print(text, end="", file=sys.stderr, flush=True)


def _last_json(log: str) -> dict[str, Any] | None:
    """The summary that a job printed as its last line; None if it printed none."""
    for line in reversed(log.splitlines()[-_LAST_LINES:]):
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict):
            return found
    return None


if __name__ == "__main__":
    command()
