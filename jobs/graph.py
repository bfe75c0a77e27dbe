"""`hypograph graph`: what a graph is, what an update changed, and how an older graph becomes current.

Answers go to stdout as a table for people or as JSON for programs, remarks to stderr. Only `migrate` writes.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import click

from graph.changes import EDGE, PUBLICATION, SUMMARY, Change, PublicationChange, read_changes, to_json
from graph.connect import is_neo4j, open_store
from graph.errors import GraphError
from graph.schema import TRIPLE_TYPES
from jobs.graph_text import WHAT, ChangeTables, info_text


@click.group()
def command() -> None:
    """Describe a graph, compare two, bring an older one up to date."""


_graph = click.option(
    "--graph", envvar="HYPOGRAPH_GRAPH", required=True, metavar="URI", help="neo4j://, bolt:// or a path."
)


@command.command()
@_graph
@click.option("--format", "format_", type=click.Choice(("table", "json")), default="table", show_default=True)
def info(*, graph: str, format_: str) -> None:
    """Say what a graph holds: schema and version, counts, models, years, whether a load is unfinished."""
    from graph.describe import describe_graph

    try:
        with open_store(graph, read_only=True) as store:
            about = {"graph": graph, **describe_graph(store)}
    except GraphError as error:
        raise click.ClickException(str(error)) from error
    print(json.dumps(about) if format_ == "json" else info_text(about))


@command.command()
@click.argument("old")
@click.argument("new", required=False)
@click.option("--what", type=click.Choice(tuple(WHAT)), multiple=True, help="Only these; may be repeated.")
@click.option(
    "--predicate",
    "predicates",
    type=click.Choice(TRIPLE_TYPES, case_sensitive=False),
    multiple=True,
    metavar="NAME",
    help="Only edges of this type; repeatable.",
)
@click.option("--min-change", type=click.FloatRange(0, 1), default=0.0, show_default=True, help="Least move of belief.")
@click.option("--limit", type=click.IntRange(0), default=20, show_default=True, help="Most rows of a table; 0: all.")
@click.option("--format", "format_", type=click.Choice(("table", "jsonl")), default="table", show_default=True)
def diff(
    *,
    old: str,
    new: str | None,
    what: tuple[str, ...],
    predicates: tuple[str, ...],
    min_change: float,
    limit: int,
    format_: str,
) -> None:
    """Show what changed from the graph OLD to the graph NEW, or what the file OLD recorded.

    A graph is an address or the path of an embedded store. With one argument it is a file that `load --changes` or
    `run --changes` wrote. Edges are shown by how far belief moved, the farthest first.
    """
    started = time.monotonic()
    kinds = {WHAT[name] for name in what or WHAT}
    tables = ChangeTables(limit or sys.maxsize)
    try:
        for change in _changes(old, new, kinds):
            if _is_wanted(change, kinds, predicates, min_change):
                tables.add(change)
                if format_ == "jsonl":
                    print(to_json(change))
    except GraphError as error:
        raise click.ClickException(str(error)) from error
    if format_ == "jsonl":
        counts = {name: dict(tables.counts[kind]) for name, kind in WHAT.items() if kind in kinds}
        seconds = round(time.monotonic() - started, 3)
        print(json.dumps({"kind": SUMMARY, "command": "graph diff", **counts, "seconds": seconds}))
    else:
        print("\n\n".join(tables.text(name) for name, kind in WHAT.items() if kind in kinds))


@command.command()
@click.option("--graph", required=True, metavar="URI", help="neo4j://, bolt:// or the path of an embedded store.")
def migrate(*, graph: str) -> None:
    """Bring a graph of an older schema version to this program's. The graph keeps its content and its address."""
    from graph.migrate import migrate as take_steps

    if not is_neo4j(graph) and not Path(graph).exists():
        raise click.ClickException(f"{graph}: no graph there")  # opening it for writing would make one
    started, steps = time.monotonic(), []
    try:
        with open_store(graph) as store:
            for step in take_steps(store):
                print(f"{step.name}: {step.about}", file=sys.stderr)
                steps.append(step.name)
            writes = store.counters.total
    except GraphError as error:
        raise click.ClickException(str(error)) from error
    seconds = round(time.monotonic() - started, 3)
    print(
        json.dumps({"command": "graph migrate", "graph": graph, "steps": steps, "writes": writes, "seconds": seconds})
    )


def _changes(old: str, new: str | None, kinds: set[str]) -> Iterator[Change]:
    from graph.diff import diff_edges, diff_publications

    if new is None:
        if is_neo4j(old):
            raise click.UsageError("one graph alone: name the graph to compare it with, OLD NEW")
        yield from read_changes(Path(old))
        return
    with ExitStack() as stack:
        stores = [stack.enter_context(open_store(uri, read_only=True)) for uri in (old, new)]
        if EDGE in kinds:
            yield from diff_edges(*stores)
        if PUBLICATION in kinds:
            yield from diff_publications(*stores)


def _is_wanted(change: Change, kinds: set[str], predicates: tuple[str, ...], min_change: float) -> bool:
    if isinstance(change, PublicationChange):
        return PUBLICATION in kinds
    is_named = not predicates or change.predicate in predicates
    return EDGE in kinds and is_named and change.size >= min_change


if __name__ == "__main__":
    command()
