"""`hypograph belief explain`: why an edge is believed as far as it is, term by term, beside its sentences."""

from __future__ import annotations

import json
import math
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Final

import click

from graph.belief.explain import ExplainedSentence, Explanation, explain_edge
from graph.connect import open_store
from graph.errors import GraphError, QuestionError, UnknownName
from jobs.output import printable

_WIDTH_CHARS: Final = 110


@click.group()
def command() -> None:
    """Look into belief: the chance that an edge is right."""


@command.command()
@click.argument("subject")
@click.argument("predicate")
@click.argument("object_", metavar="OBJECT")
@click.option("--graph", envvar="HYPOGRAPH_GRAPH", required=True, metavar="URI", help="neo4j://, bolt:// or a path.")
@click.option("--limit", type=click.IntRange(0), default=10, show_default=True, help="Most sentences shown.")
@click.option("--format", "format_", type=click.Choice(("text", "json")), default="text", show_default=True)
def explain(*, subject: str, predicate: str, object_: str, graph: str, limit: int, format_: str) -> None:
    """Say why an edge is believed as far as it is: SUBJECT and OBJECT by name or id, PREDICATE as in the graph.

    The terms are log-odds: 0 is a chance of one half, +1 about 3 to 1, -1 about 1 to 3; their sum is the belief's.
    """
    try:
        with open_store(graph, read_only=True) as store:
            found = explain_edge(store, subject, predicate.upper(), object_)
    except UnknownName as error:
        raise click.ClickException(str(error)) from error
    except QuestionError as error:
        raise click.UsageError(str(error)) from error
    except GraphError as error:
        raise click.ClickException(str(error)) from error
    if format_ == "json":
        print(json.dumps({**asdict(found), "sentences": [asdict(s) for s in found.sentences[:limit]]}))
        return
    print("\n".join(printable(line) for line in _lines(found, limit=limit)))


def _lines(found: Explanation, *, limit: int) -> Iterator[str]:
    yield f"{found.subject} {found.predicate} {found.object}: belief {found.belief:.2f}   ({found.id})"
    if found.stored != found.belief:
        yield f"  the edge carries {found.stored:.2f}: no load has settled it, or `graph migrate` would change it"
    if found.terms:
        yield from _terms(found.terms, indent=2)
    else:
        yield "  nothing affirms or supposes it"
    for sentence in found.sentences[:limit]:
        yield ""
        yield from _sentence(sentence)
    left = len(found.sentences) - limit
    if left > 0:
        yield ""
        yield f"and {left} more {'sentence' if left == 1 else 'sentences'}; --limit shows them"


def _terms(terms: Mapping[str, float], *, indent: int) -> Iterator[str]:
    width = max(len(name) for name in (*terms, "log-odds"))
    for name, value in terms.items():
        if value:  # what doesn't apply here adds nothing
            yield f"{'':{indent}}{name:<{width}}  {value:+.2f}"
    total = math.fsum(terms.values())
    yield f"{'':{indent}}{'log-odds':<{width}}  {total:+.2f}, a chance of {1 / (1 + math.exp(-total)):.2f}"


def _sentence(sentence: ExplainedSentence) -> Iterator[str]:
    marks = f", {sentence.year}" if sentence.year else ""
    marks += ", retracted: counts for nothing" if sentence.retracted else ""
    yield f"  {sentence.assertion}, chance {sentence.chance:.2f}   {sentence.publication}{marks}"
    quoted = f"“{sentence.sentence}”"
    yield from textwrap.wrap(quoted, _WIDTH_CHARS, initial_indent="    ", subsequent_indent="    ")
    yield from _terms(sentence.terms, indent=6)
    if sentence.link_score is not None:
        yield f"      times {sentence.link_score:.2f}, the chance that both names are these concepts"


if __name__ == "__main__":
    command()
