"""Asks whether a Neo4j server answers, and waits until one does.

A server answers when a query comes back; that its port is open says too little. This file knows nothing of how the
server was started: whoever waits says whether it is still alive.
"""

from __future__ import annotations

import contextlib
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from graph.errors import ServerError
from graph.server_instance import LOOPBACK, Server
from graph.store_neo4j import auth_of, without_password

START_LIMIT_S: Final = 600.0  # a start takes seconds, but minutes where other work has the cores


def wait_until_ready(server: Server, is_alive: Callable[[], bool], console: Path | None) -> None:
    """Return when the server answers; `console` is the file that says why it ended.

    Raises: ServerError if it ended, or did not answer within the limit.
    """
    end = time.monotonic() + START_LIMIT_S
    while time.monotonic() < end:
        if not is_alive():
            said = console.read_text(encoding="utf-8", errors="replace").strip() if console else ""
            last = "\n".join(said.splitlines()[-8:]) or "it printed nothing: was it killed, for lack of memory?"
            raise ServerError(f"the server ended while it started\n{last}")
        if _accepts(server.port):
            with contextlib.suppress(ServerError):
                ask_version(server.uri)
                return
        time.sleep(0.2)
    raise ServerError(
        f"the server did not answer within {START_LIMIT_S:.0f} s" + (f"; see {console}" if console else "")
    )


def _accepts(port: int | None) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1.0)
        return port is not None and probe.connect_ex((LOOPBACK, port)) == 0


def free_port() -> int:
    """A port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def ask_version(uri: str) -> str:
    """The version that a server states. Raises: ServerError if it does not answer."""
    from neo4j import GraphDatabase
    from neo4j.exceptions import DriverError, Neo4jError

    try:
        with GraphDatabase.driver(
            uri, auth=auth_of(os.environ), max_transaction_retry_time=0.0, connection_timeout=10.0
        ) as driver:
            result = driver.execute_query("CALL dbms.components() YIELD versions RETURN versions[0] AS version")
    except (DriverError, Neo4jError, ValueError) as error:
        raise ServerError(f"the server at {without_password(uri)} does not answer: {error}") from error
    return str(result.records[0]["version"])
