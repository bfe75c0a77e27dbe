"""`hypograph load`: puts the finished shards of a run's folder into a graph.

Progress goes to stderr; the last line of stdout is one JSON summary. Loading the same rows again writes nothing, and
the summary shows it: `writes` is what the store itself counted.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click

from graph.changes import Change, to_json
from graph.connect import open_store
from graph.errors import ChangesError, GraphError
from graph.write import load_folder


class LoadProgress:
    """Prints a line on stderr every `every_s` seconds: stage, rows done, their rate since the stage's first word."""

    def __init__(self, *, every_s: float) -> None:
        self._every_s = every_s
        self._first: dict[str, tuple[float, int]] = {}  # shards and the documents of each are told by turns
        self._printed = time.monotonic()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Note how far a stage is; the last word of a stage is always printed."""
        now = time.monotonic()
        since, before = self._first.setdefault(stage, (now, done))
        if done == total or now - self._printed >= self._every_s:
            rate = f", {(done - before) / max(1e-9, now - since):,.2f}/s" if done > before else ""
            print(f"{stage}: {done:,} of {total:,}{rate}", file=sys.stderr, flush=True)
            self._printed = now


def load_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of every command that loads: where to, what of other models, where to tell what changes."""
    options = [
        click.option(
            "--graph", required=True, metavar="URI", help="neo4j://..., bolt://... or the path of an embedded store."
        ),
        click.option(
            "--keep-other-models",
            is_flag=True,
            help="Put this model's evidence beside that of others for the same documents, not in its place.",
        ),
        click.option(
            "--changes",
            type=click.Path(dir_okay=False, path_type=Path),
            metavar="FILE",
            help="Append what changes to FILE, for `hypograph graph diff FILE`.",
        ),
    ]
    for option in reversed(options):
        command = option(command)
    return command


@contextlib.contextmanager
def open_changes(path: Path | None) -> Iterator[Callable[[Change], None] | None]:
    """What takes down changes, a line each; None where no file is named.

    Raises: click.ClickException if the file can't be opened. What it gives raises ChangesError where no more can be
        written, and leaves whole lines.
    """
    if path is None:
        yield None
        return
    try:
        file = path.open("ab", buffering=0)  # each line at once: the load may be killed
    except OSError as error:
        raise click.ClickException(f"{path}: cannot be written ({error})") from error

    def write(change: Change) -> None:
        line = f"{to_json(change)}\n".encode()
        before = os.fstat(file.fileno()).st_size  # a pipe has no place to tell
        try:
            if file.write(line) < len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError as error:
            with contextlib.suppress(OSError):
                file.truncate(before)
            raise ChangesError(f"{path}: cannot be written ({error})") from error

    with file:
        yield write


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="DIR")
@load_options
@click.option("--progress-s", default=10.0, show_default=True, help="Seconds between two lines of progress.")
def command(folder: Path, graph: str, keep_other_models: bool, changes: Path | None, progress_s: float) -> None:
    """Load what extract wrote into a graph.

    DIR is the folder that `hypograph extract --out` wrote; its finished shards are loaded. Only what differs from
    the graph is written, so a load can be repeated, or go on after it was killed.
    """
    started = time.monotonic()
    try:
        with open_changes(changes) as on_change, open_store(graph) as store:
            report = load_folder(
                store,
                folder,
                keep_other_models=keep_other_models,
                on_progress=LoadProgress(every_s=progress_s),
                on_change=on_change,
            )
    except GraphError as error:
        raise click.ClickException(str(error)) from error
    seconds = round(time.monotonic() - started, 3)
    print(json.dumps({"command": "load", "folder": str(folder), **report.as_dict(), "seconds": seconds}))


if __name__ == "__main__":
    command()
