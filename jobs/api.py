"""`hypograph api`: the questions over HTTP, read-only, until it is told to stop."""

from __future__ import annotations

from typing import Any

import click

from graph.errors import GraphError
from jobs.asgi import LOOPBACK, add_limits, missing_extra, run_app


@click.command()
@click.option("--graph", envvar="HYPOGRAPH_GRAPH", required=True, metavar="URI", help="neo4j://, bolt:// or a path.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option("--port", type=click.IntRange(0, 65535), default=8010, show_default=True, help="0 takes a free one.")
@add_limits(rows=1_000)
def command(*, graph: str, host: str, port: int, cypher: bool, **limits: Any) -> None:
    """Offer the questions of a graph, hypotheses and read-only Cypher over HTTP.

    GET /questions is a start, GET /openapi.json describes the rest. Prints one JSON line when it listens, and stops on
    Ctrl-C or SIGTERM.
    """
    try:
        from graph.access.gate import ServerLimits
        from graph.access.rest import build_app
    except ImportError as fault:
        raise missing_extra(fault) from fault
    import graph as graphs

    chosen = ServerLimits(**limits)
    try:
        with graphs.open(graph, timeout_s=chosen.timeout_s, limit_rows=chosen.rows) as opened:
            app = build_app(opened, limits=chosen, cypher=cypher, any_host=host not in LOOPBACK)
            run_app(app, command="api", host=host, port=port)
    except GraphError as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    command()
