"""A private Neo4j Community server on the loopback address, for whoever has none: start, stop, look.

A server by URI that already runs, Docker, or a Java with the server's jars, whichever this machine has. Authentication
is off, which is tolerable only because the server listens on 127.0.0.1; the usage report is off too. Every user
of the same machine can reach it: it is for laptops and test machines, not for production.
This file knows nothing of our graph. An instance is one folder (data, logs, `server.json`); starting one that
runs gives back the running one. A start takes 5 s (5.26) to 10 s (2026) and 0.5 to 0.8 GB.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from graph.errors import ServerError
from graph.server_docker import container_runs, start_docker, stop_container
from graph.server_instance import Server, claim, default_home, locked, read_record, remove_record, write_record
from graph.server_java import end_process, is_ours, start_java
from graph.server_lines import DEFAULT_LINE, LINES, Line
from graph.server_probe import ask_version, free_port

URI_VARIABLE: Final = "HYPOGRAPH_NEO4J_URI"


def start_server(
    line: str = DEFAULT_LINE, *, home: Path | None = None, port: int = 0, heap_gb: float = 1.0, how: str = "auto"
) -> Server:
    """Start the instance of `home`, or give back the one that runs already; returns when it answers queries.

    `how` is auto (a server by URI, Docker, Java, in this order), docker or java; port 0 is a free one.
    Raises: ServerError that says what is missing.
    """
    uri = os.environ.get(URI_VARIABLE)
    if uri and how == "auto":
        return Server(uri, "external", ask_version(uri))
    instance = (home or default_home(line)).resolve()
    instance.mkdir(parents=True, exist_ok=True)
    with locked(instance):
        running = _running(instance)
        if running:
            if running.version.split(".")[0] != LINES[line].release.split(".")[0]:
                raise ServerError(
                    f"{instance} runs Neo4j {running.version}, not {line}: stop it, or use another --home"
                )
            return running
        claim(instance, line)
        server = _start_somehow(LINES[line], instance, port or free_port(), heap_gb=heap_gb, how=how)
        write_record(instance, server)
        return server


def stop_server(home: Path) -> bool:
    """Stop the instance of this folder, if it runs; its data stays. Returns: whether one ran."""
    instance = home.resolve()
    if not instance.is_dir():
        return False
    with locked(instance):
        server = _running(instance)
        if server is None:
            return False
        if server.container:
            stop_container(server.container)
        elif server.pid is not None:
            end_process(server.pid, instance)
        remove_record(instance)
        return True


def server_status(home: Path) -> Server | None:
    """The instance of this folder, if it runs."""
    return _running(home.resolve())


def _start_somehow(line: Line, instance: Path, port: int, *, heap_gb: float, how: str) -> Server:
    ways = {"docker": start_docker, "java": start_java}
    chosen = list(ways) if how == "auto" else [how]
    reasons = []
    for way in chosen:
        try:
            return ways[way](line, instance, port, heap_gb)
        except ServerError as error:
            reasons.append(f"- {way.capitalize()}: {error}")
    if how == "auto":
        reasons.insert(0, f"- a running server: set {URI_VARIABLE} to its bolt:// or neo4j:// address")
    raise ServerError(f"Neo4j {line.release} can't be started here:\n" + "\n".join(reasons))


def _running(instance: Path) -> Server | None:
    server = read_record(instance)
    if server is None:
        return None
    alive = container_runs(server.container) if server.container else is_ours(server.pid or 0, instance)
    return server if alive else None
