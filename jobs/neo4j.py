"""`hypograph neo4j up|down|status`: a private Neo4j server on the loopback address, for whoever has none.

Says on stderr what it does or what is missing; the last line of stdout is one JSON object with the server's `uri`.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

import click

from graph.errors import ServerError
from graph.server import server_status, start_server, stop_server
from graph.server_instance import default_home
from graph.server_lines import DEFAULT_LINE, LINES

_Command = TypeVar("_Command", bound=Callable[..., None])


def _instance_options(function: _Command) -> _Command:
    version = click.option(
        "--version",
        "line",
        type=click.Choice(list(LINES)),
        default=DEFAULT_LINE,
        show_default=True,
        help="Release line of Neo4j; each has a folder of its own.",
    )
    home = click.option(
        "--home",
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder of the instance (data, logs, server.json).  [default: ~/.cache/hypograph/neo4j/VERSION]",
    )
    return version(home(function))


@click.group(help="Start, stop or look at a private Neo4j server on the loopback address.")
def command() -> None:
    """Group of the three commands."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(message)s")
    logging.getLogger("neo4j").setLevel(logging.CRITICAL)  # its connection retries while a server starts are no news


@command.command()
@_instance_options
@click.option("--port", type=click.IntRange(0, 65535), default=0, show_default=True, help="Bolt port; 0 is a free one.")
@click.option("--heap-gb", type=click.FloatRange(0.25), default=1.0, show_default=True, help="Java heap, in GB.")
@click.option(
    "--how",
    type=click.Choice(["auto", "docker", "java"]),
    default="auto",
    show_default=True,
    help="auto: the server that HYPOGRAPH_NEO4J_URI names, else Docker, else Java with jars through Maven.",
)
def up(*, line: str, home: Path | None, port: int, heap_gb: float, how: str) -> None:
    """Start a server, or give back the one that runs; returns when it answers.

    Authentication is off, because the server listens on 127.0.0.1 only.
    """
    try:
        server = start_server(line, home=home, port=port, heap_gb=heap_gb, how=how)
    except ServerError as error:
        raise click.ClickException(str(error)) from error
    print(json.dumps(asdict(server)))


@command.command()
@_instance_options
def down(*, line: str, home: Path | None) -> None:
    """Stop the server that `up` started; its data stays."""
    folder = home or default_home(line)
    try:
        stopped = stop_server(folder)
    except ServerError as error:
        raise click.ClickException(str(error)) from error
    if not stopped:
        click.echo(f"no server of {folder} runs", err=True)
    print(json.dumps({"home": str(folder), "stopped": stopped}))


@command.command()
@_instance_options
def status(*, line: str, home: Path | None) -> None:
    """Say whether the server runs, and where."""
    folder = home or default_home(line)
    server = server_status(folder)
    print(
        json.dumps({"running": False, "home": str(folder)} if server is None else {"running": True, **asdict(server)})
    )


if __name__ == "__main__":
    command()
