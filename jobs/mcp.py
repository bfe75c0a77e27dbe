"""`hypograph mcp`: the graph for language models, by the Model Context Protocol, read-only.

Over stdio, which is how a client on this machine starts it, stdin and stdout carry the protocol, so nothing else is
printed there. Over HTTP it prints its address, as `hypograph api` does.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click

from graph.errors import GraphError
from jobs.asgi import add_limits, missing_extra, run_app


@click.command()
@click.option("--graph", envvar="HYPOGRAPH_GRAPH", required=True, metavar="URI", help="neo4j://, bolt:// or a path.")
@click.option("--http", is_flag=True, help="Speak streamable HTTP at /mcp instead of stdio.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at, with --http.")
@click.option("--port", type=click.IntRange(0, 65535), default=8011, show_default=True, help="0 takes a free one.")
@add_limits(rows=200)
def command(*, graph: str, http: bool, host: str, port: int, cypher: bool, **limits: Any) -> None:
    """Give a language model the questions of a graph, hypotheses and read-only Cypher (MCP).

    A client starts it and talks over stdin and stdout; with --http it listens until Ctrl-C or SIGTERM.
    """
    try:
        from graph.access.tools import MODEL_LIMITS, build_server
    except ImportError as fault:
        raise missing_extra(fault) from fault
    import graph as graphs

    chosen = replace(MODEL_LIMITS, **limits)
    try:
        with graphs.open(graph, timeout_s=chosen.timeout_s, limit_rows=chosen.rows) as opened:
            server = build_server(opened, limits=chosen, cypher=cypher)
            if http:
                app = server.streamable_http_app(host=host, json_response=True, stateless_http=True)
                run_app(app, command="mcp", host=host, port=port, path="/mcp")
            else:
                server.run("stdio")
    except GraphError as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    command()
