"""`hypograph cypher`: runs Cypher of a reader's own on a graph, if it only reads.

Texts that write, administer, read files or call what is not on our list are refused before the store sees them; what
remains runs in a read transaction with a time limit and a row limit. The answer goes to stdout, remarks to stderr.
"""

from __future__ import annotations

import json
import sys
import time

import click

from graph.access.describe import plain_of
from graph.ask import query_read_only
from graph.connect import open_store
from graph.errors import GraphError
from graph.guard import check_read_only
from jobs.ask import split_parameters
from jobs.output import FORMATS, format_answer


@click.command()
@click.argument("query", metavar="CYPHER")
@click.option("--param", "-p", "given", multiple=True, metavar="NAME=VALUE", help="A $parameter, as JSON or as text.")
@click.option("--graph", envvar="HYPOGRAPH_GRAPH", required=True, metavar="URI", help="neo4j://, bolt:// or a path.")
@click.option("--limit", "limit_rows", type=click.IntRange(1), default=100, show_default=True, help="Most rows.")
@click.option("--timeout", "timeout_s", type=click.FloatRange(0.001), default=30.0, show_default=True, help="Seconds.")
@click.option("--format", "format_", type=click.Choice(FORMATS), default="table", show_default=True)
def command(*, query: str, given: tuple[str, ...], graph: str, limit_rows: int, timeout_s: float, format_: str) -> None:
    """Run read-only Cypher on a graph. CYPHER is the text, or - to read it from stdin."""
    text = sys.stdin.read() if query == "-" else query
    parameters = {name: _value(value) for name, value in split_parameters(given).items()}
    started = time.monotonic()
    try:
        check_read_only(text)  # before a graph is opened, let alone asked
        with open_store(graph, read_only=True) as store:
            answer = query_read_only(store, text, timeout_s=timeout_s, limit_rows=limit_rows, parameters=parameters)
    except GraphError as error:
        raise click.ClickException(str(error)) from error
    about = {"truncated": answer.truncated, "seconds": round(time.monotonic() - started, 3)}
    rows = answer.rows
    if format_ == "json":  # which lacks NaN and infinities
        rows = [{name: plain_of(value) for name, value in row.items()} for row in rows]
    print(format_answer(answer.columns, rows, format=format_, about=about))
    for warning in answer.warnings:
        print(f"note: {warning}", file=sys.stderr)
    if answer.truncated:
        print(f"cut at {limit_rows} rows; --limit gives more", file=sys.stderr)


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):  # a number of thousands of digits and what is nested too deep, too
        return text


if __name__ == "__main__":
    command()
