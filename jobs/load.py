"""`hypograph load`: puts the finished shards of a run's folder into a graph.

Progress goes to stderr; the last line of stdout is one JSON summary. Loading the same rows again writes nothing, and
the summary shows it: `writes` is what the store itself counted.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import click

from graph.errors import GraphError
from graph.store import open_store
from graph.write import load_folder


class LoadProgress:
    """Prints a line on stderr every `every_s` seconds: stage, rows done, rate."""

    def __init__(self, *, every_s: float) -> None:
        self._every_s = every_s
        self._stage = ""
        self._started = self._printed = time.monotonic()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Note how far a stage is; the last word of a stage is always printed."""
        now = time.monotonic()
        if stage != self._stage:
            self._stage, self._started = stage, self._printed
        if done == total or now - self._printed >= self._every_s:
            rate = done / max(1e-9, now - self._started)
            print(f"{stage}: {done:,} of {total:,}, {rate:,.0f}/s", file=sys.stderr, flush=True)
            self._printed = now


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="DIR")
@click.option("--graph", required=True, metavar="URI", help="neo4j://..., bolt://... or the path of an embedded store.")
@click.option("--progress-s", default=10.0, show_default=True, help="Seconds between two lines of progress.")
def command(folder: Path, graph: str, progress_s: float) -> None:
    """Load what extract wrote into a graph.

    DIR is the folder that `hypograph extract --out` wrote; its finished shards are loaded. Only what differs from
    the graph is written, so a load can be repeated, or go on after it was killed.
    """
    started = time.monotonic()
    try:
        with open_store(graph) as store:
            report = load_folder(store, folder, on_progress=LoadProgress(every_s=progress_s))
    except GraphError as error:
        raise click.ClickException(str(error)) from error
    seconds = round(time.monotonic() - started, 3)
    print(json.dumps({"command": "load", "folder": str(folder), **report.as_dict(), "seconds": seconds}))


if __name__ == "__main__":
    command()
