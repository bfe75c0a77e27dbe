"""`hypograph ask`: answers a named question from a graph.

The answer goes to stdout in the format that was chosen; what the names were taken for, and whether a limit cut the
answer, goes to stderr. `--list` shows the questions, and with a question's name its parameters and columns.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping

import click

from graph.access.describe import description_of, entity_of
from graph.ask import LIMIT_ROWS, TIMEOUT_S, Prepared, prepare, run_question
from graph.connect import open_store
from graph.errors import GraphError, QuestionError, UnknownName
from graph.questions import Parameter, Question, all_questions, find_question
from graph.store import Answer
from jobs.output import FORMATS, format_answer


@click.command()
@click.argument("question", required=False)
@click.option("--param", "-p", "given", multiple=True, metavar="NAME=VALUE", help="A parameter; may be repeated.")
@click.option("--graph", envvar="HYPOGRAPH_GRAPH", metavar="URI", help="neo4j://, bolt:// or an embedded store's path.")
@click.option("--format", "format_", type=click.Choice(FORMATS), default="table", show_default=True)
@click.option(
    "--timeout",
    "timeout_s",
    type=click.FloatRange(0.001),
    default=TIMEOUT_S,
    show_default=True,
    help="Seconds until it is given up.",
)
@click.option("--list", "list_", is_flag=True, help="Show the questions, or what QUESTION takes and answers.")
def command(
    *, question: str | None, given: tuple[str, ...], graph: str | None, format_: str, timeout_s: float, list_: bool
) -> None:
    """Answer a named question from a graph.

    Names work as well as ids: `hypograph ask drug-targets --param drug=imatinib --graph graph.kgl`.
    """
    try:
        if list_ or question is None:
            print(_overview(format_) if question is None else _details(find_question(question), format_))
            return
        asked = find_question(question)
        parameters = split_parameters(given)
        if graph is None:
            raise click.UsageError("say which graph: --graph URI, or HYPOGRAPH_GRAPH in the environment")
        started = time.monotonic()
        with open_store(graph, read_only=True) as store:
            prepared = prepare(store, asked, parameters)
            answer = run_question(store, asked, prepared, timeout_s=timeout_s)
    except UnknownName as error:
        raise click.ClickException(str(error)) from error
    except QuestionError as error:
        raise click.UsageError(str(error)) from error
    except GraphError as error:
        raise click.ClickException(str(error)) from error
    _report(asked, prepared, answer, format_=format_, seconds=time.monotonic() - started)


def split_parameters(given: tuple[str, ...]) -> dict[str, str]:
    """`NAME=VALUE` texts as a dict. Raises: UsageError for one without `=` or one given twice."""
    parameters: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise click.UsageError(f"--param {text!r}: expected NAME=VALUE")
        if name in parameters:
            raise click.UsageError(f"--param {name} is given twice")
        parameters[name] = value
    return parameters


def _report(asked: Question, prepared: Prepared, answer: Answer, *, format_: str, seconds: float) -> None:
    for name, entity in prepared.entities.items():
        print(f"{name}: {entity.name} ({entity.label} {entity.id})", file=sys.stderr)
    about = {
        "question": asked.name,
        "parameters": prepared.values,
        "entities": {name: entity_of(entity) for name, entity in prepared.entities.items()},
        "truncated": answer.truncated,
        "seconds": round(seconds, 3),
    }
    print(format_answer(answer.columns, answer.rows, format=format_, about=about))
    limit = prepared.values.get("limit")
    if len(answer.rows) == limit or answer.truncated:
        hint = "--param limit=N gives more" if not answer.truncated else f"never more than {LIMIT_ROWS}"
        print(f"{len(answer.rows)} rows, the limit; {hint}", file=sys.stderr)


def _overview(format_: str) -> str:
    rows: list[Mapping[str, object]] = [
        {"question": q.name, "asks": q.asks, "parameters": " ".join(_signature(p) for p in q.parameters)}
        for q in all_questions().values()
    ]
    if format_ != "table":
        return format_answer(("question", "asks", "parameters"), rows, format=format_)
    width = max(len(name) for name in all_questions())
    return "\n".join(f"{row['question']:<{width}}  {row['asks']}\n{'':<{width}}    {row['parameters']}" for row in rows)


def _signature(parameter: Parameter) -> str:
    return parameter.name if parameter.default is None else f"[{parameter.name}={parameter.default}]"


def _details(question: Question, format_: str) -> str:
    if format_ != "table":
        described = description_of(question)
        return format_answer(tuple(described), [described], format=format_)
    lines = [question.asks, *([question.notes] if question.notes else []), "", "Parameters:"]
    for parameter in question.parameters:
        default = "required" if parameter.default is None else f"default {parameter.default!r}"
        lines.append(f"  {parameter.name:<14} {parameter.type:<12} {parameter.about} ({default})")
    lines += ["", "Columns:", *(f"  {column.name:<22} {column.about}" for column in question.columns)]
    query = [line for line in question.cypher.splitlines() if not line.startswith("//")]
    return "\n".join([*lines, "", "Cypher:", *(f"  {line}" for line in query)])


if __name__ == "__main__":
    command()
