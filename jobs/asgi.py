"""Runs an ASGI application on a socket of this machine until it is told to stop; the options that such commands share.

It prints one JSON line when it listens, with the address, since port 0 takes a free one. It knows no application.
"""

from __future__ import annotations

import json
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
_CONNECTIONS: Final = 256
_KEEP_ALIVE_S: Final = 15

Command = TypeVar("Command", bound=Callable[..., Any])


def add_limits(*, rows: int) -> Callable[[Command], Command]:
    """The options of a server of questions, as a decorator: `ServerLimits`' fields, and `cypher`."""
    options = (
        click.option(
            "--timeout-s", type=click.FloatRange(0.001), default=30.0, show_default=True, help="A question's."
        ),
        click.option("--rows", type=click.IntRange(1), default=rows, show_default=True, help="Most rows of an answer."),
        click.option("--running", type=click.IntRange(1), default=4, show_default=True, help="Questions run at once."),
        click.option(
            "--waiting", type=click.IntRange(0), default=16, show_default=True, help="Questions that may wait."
        ),
        click.option(
            "--cypher/--no-cypher", default=True, show_default=True, help="Take Cypher besides the questions."
        ),
    )

    def add(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return add


def missing_extra(fault: ImportError) -> click.ClickException:
    """What to say where the servers' packages are not installed."""
    return click.ClickException(f"{fault}: install the extra `api` (make install EXTRAS=api)")


def run_app(app: Any, *, command: str, host: str, port: int, path: str = "") -> None:
    """Serve `app` at this address until Ctrl-C or SIGTERM. Raises: ClickException if it can't listen there."""
    import uvicorn

    with _listen(host, port) as listening:
        bound: str = listening.getsockname()[0]
        number: int = listening.getsockname()[1]
        print(json.dumps({"command": command, "url": f"{url_of(bound, number)}{path}"}), flush=True)
        if host not in LOOPBACK:
            print(f"{command}: no password and no TLS: whoever reaches {host} can ask", file=sys.stderr)
        config = uvicorn.Config(
            app,
            http="h11",
            ws="none",
            log_level="warning",
            access_log=False,
            server_header=False,
            limit_concurrency=_CONNECTIONS,
            timeout_keep_alive=_KEEP_ALIVE_S,
        )
        for number in (signal.SIGINT, signal.SIGTERM):  # uvicorn stops at them and raises them again for us
            signal.signal(number, lambda *_: None)
        uvicorn.Server(config).run(sockets=[listening])
    print("stopped", file=sys.stderr)


def url_of(host: str, port: int) -> str:
    """Where a server at this address is asked; an IPv6 address stands in brackets."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise click.ClickException(f"can't listen at {host}, port {port}: {error.strerror or error}") from error
