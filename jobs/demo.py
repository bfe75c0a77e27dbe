"""`hypograph demo`: real PubMed records into a graph that answers, step by step, saying what it does.

It runs what `hypograph run` and `hypograph ask` run, prints the commands that would do the same, and answers four
questions with sentences and PMIDs. The records lie in `jobs/demo/`, which is a folder of data and no package.
This file knows nothing of models or stores; it only chooses, calls and prints.
"""

from __future__ import annotations

import contextlib
import io
import json
import shlex
import sys
import textwrap
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from graph.ask import prepare, run_question
from graph.connect import open_store
from graph.errors import GraphError
from graph.questions import find_question
from graph.store import Answer, Store
from jobs.local_folder import LocalFolder
from jobs.progress import format_s

RECORDS: Final = Path(__file__).parent / "demo" / "records.xml.gz"
_WIDTH: Final = 100


@dataclass(frozen=True, slots=True)
class DemoQuestion:
    """A question of `graph/questions`, its parameters, and how a row of its answer is headed."""

    title: str
    question: str
    parameters: Mapping[str, str]
    heading: str
    rows: int = 5


# What is asked; to change it, look at `hypograph ask` for the questions and their columns.
QUESTIONS: Final = (
    DemoQuestion(
        "Which genes have to do with pancreatic cancer?",
        "disease-genes",
        {"disease": "pancreatic cancer"},
        "{gene} {role} {stated_for}",
    ),
    DemoQuestion(
        "Which drugs treat pancreatic cancer?",
        "disease-drugs",
        {"disease": "pancreatic cancer"},
        "{drug} TREATS {stated_for}",
    ),
    DemoQuestion(
        "On which genes does bicalutamide act, and how?",
        "drug-targets",
        {"drug": "bicalutamide"},
        "bicalutamide {effect} {target}",
    ),
    DemoQuestion(
        "What speaks for and what against gemcitabine in pancreatic cancer?",
        "for-and-against",
        {"subject": "gemcitabine", "object": "pancreatic cancer"},
        "{subject} {predicate} {object}: {stance}",
    ),
)


@click.command()
@click.option(
    "--out",
    type=LocalFolder(),
    default=Path("out/demo"),
    show_default=True,
    help="Folder for the run and the graph; what an earlier demo left there is replaced.",
)
def command(out: Path) -> None:
    """Read a few hundred PubMed records into a graph and ask it four questions."""
    started = time.monotonic()
    run, graph = out / "run", out / "graph.kgl"
    _check_replaceable(run, graph)
    try:
        out.mkdir(parents=True, exist_ok=True)
        graph.unlink(missing_ok=True)
    except OSError as error:
        raise click.ClickException(f"{out} can't be written: {error}") from error
    _say(
        "Hypograph demo: from PubMed records to a graph that answers, in four steps.\n"
        f"Everything that it writes goes to {out}/; it needs no network and takes a few minutes on two cores."
    )
    _step(1, "The records")
    _say(
        f"{_relative(RECORDS)} holds 400 real PubMed records with abstracts, on tumours, infections, drugs\n"
        "and enzymes. None claims a copyright; its README says where they come from and how they were chosen."
    )
    _step(2, "Read, extract, link, load")
    _say(
        "One small model reads every abstract once: it marks genes, chemicals and diseases, the relations that\n"
        "sentences state between them, and whether they are affirmed, denied or guessed. A lexicon gives the names\n"
        "their identifiers. Parquet is kept in between; the graph is one file that needs no server. The same as:"
    )
    arguments = [str(_relative(RECORDS)), "--out", str(run), "--graph", str(graph), "--overwrite"]
    _say_command("run", *arguments)
    summary = _run(arguments)
    _say(_describe_run(summary))
    _step(3, "Four questions")
    answered = 0
    with open_store(str(graph), read_only=True) as store:
        for number, question in enumerate(QUESTIONS, start=1):
            answered += ask_question(store, number, question, graph=graph)
    _step(4, "What to try next")
    _say_next(graph)
    seconds = time.monotonic() - started
    _say(f"\nDone in {format_s(seconds)}.")
    print(json.dumps({"command": "demo", "run": summary, "answered": answered, "seconds": round(seconds, 1)}))
    if answered < len(QUESTIONS):
        sys.exit(1)


def _run(arguments: list[str]) -> dict[str, Any]:
    """What `hypograph run` does with these arguments. Returns: its summary line."""
    from jobs.run import command as run_command

    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        run_command.main(args=arguments, prog_name="hypograph run", standalone_mode=False)
    summary: dict[str, Any] = json.loads(printed.getvalue().strip().splitlines()[-1])
    return summary


def _describe_run(summary: Mapping[str, Any]) -> str:
    tables = summary["tables"]
    edges = summary["load"]["edges"]
    return (
        f"\n{_count(tables['document'], 'document')} read, {summary['rejected']} rejected; "
        f"{_count(tables['evidence'], 'statement')} found, of which those with two known ends\nmake "
        f"{_count(edges['written'] + edges['unchanged'], 'edge')} between {_count(tables['entity'], 'concept')}. "
        f"It took {format_s(summary['wall_s'])}."
    )


def ask_question(store: Store, number: int, demo: DemoQuestion, *, graph: Path) -> bool:
    """Ask one question and print its answer. Returns: whether there was one."""
    _say(f"\n{number}. {demo.title}")
    given = [argument for name, value in demo.parameters.items() for argument in ("--param", f"{name}={value}")]
    _say_command("ask", demo.question, *given, "--graph", str(graph))
    question = find_question(demo.question)
    try:
        prepared = prepare(store, question, demo.parameters)
        answer = run_question(store, question, prepared)
    except GraphError as error:
        _say(f"   no answer: {error}")
        return False
    taken = [f"{demo.parameters[name]} is {entity.id}, {entity.name}" for name, entity in prepared.entities.items()]
    _say("   (" + "; ".join(taken) + ")")
    if not answer.rows:
        _say("   The graph knows nothing of it.")
        return False
    _say_rows(store, demo, answer)
    return True


def _say_rows(store: Store, demo: DemoQuestion, answer: Answer) -> None:
    for row in answer.rows[: demo.rows]:
        _say(f"\n   {_bold(demo.heading.format_map(row))}   {_support(row)}")
        if row.get("sentence"):
            _say(textwrap.fill(f"“{row['sentence']}”", _WIDTH, initial_indent="      ", subsequent_indent="      "))
            _say(f"      {_cite(store, str(row['publication']))}")
    more = len(answer.rows) - demo.rows
    if more > 0:
        _say(f"\n   and {more} more")


def _support(row: Mapping[str, object]) -> str:
    parts = []
    belief, publications, against = (row.get(name) for name in ("belief", "n_publications", "n_negated"))
    if isinstance(belief, float):
        parts.append(f"belief {belief:.2f}")
    if isinstance(publications, int):
        parts.append(_count(publications, "publication"))
    if isinstance(against, int) and against:
        parts.append(f"{_count(against, 'sentence')} against")
    return f"[{', '.join(parts)}]" if parts else ""


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _cite(store: Store, publication: str) -> str:
    """`PMID:123, journal, 1999`, as far as the graph knows."""
    found = store.execute("MATCH (p:Publication {id: $id}) RETURN p.journal AS journal, p.year AS year", id=publication)
    known = [str(value) for row in found for value in (row["journal"], row["year"]) if value is not None]
    return ", ".join([publication, *known])


def _say_next(graph: Path) -> None:
    _say("All questions, and what one takes:")
    _say_command("ask", "--list")
    _say("One of your own, in Cypher (read-only):")
    _say_command(
        "cypher",
        "MATCH (d:Drug)-[r:INHIBITS]->(g:Gene) RETURN d.name, g.name, r.belief ORDER BY r.belief DESC LIMIT 10",
        "--graph",
        str(graph),
    )
    _say("PubMed's newest file, into a Neo4j that Hypograph starts for you:")
    _say_command("fetch", "pubmed", "--updates", "--limit", "1", "--to", "pubmed/")
    _say_command("neo4j", "up", "--port", "7687")
    _say_command("run", "pubmed/", "--out", "runs/first", "--graph", "bolt://127.0.0.1:7687")


def _check_replaceable(run: Path, graph: Path) -> None:
    """Whether what lies there is a demo's, and not somebody's own run or graph. Raises: UsageError."""
    there = [path for path in (run / "run.json", graph) if path.exists()]
    if there and not _is_of_the_demo(run / "run.json"):
        raise click.UsageError(f"{there[0]} is not the demo's, which would replace it: give another --out")


def _is_of_the_demo(record: Path) -> bool:
    try:
        shards = json.loads(record.read_text(encoding="utf-8"))["shards"]
        return [Path(file["path"]).name for shard in shards for file in shard] == [RECORDS.name]
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _relative(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _step(number: int, title: str) -> None:
    _say(f"\n{_bold(f'Step {number}. {title}')}\n")


def _bold(text: str) -> str:
    return f"\x1b[1m{text}\x1b[0m" if sys.stdout.isatty() else text


def _say_command(*words: str) -> None:
    _say(f"   $ hypograph {shlex.join(words)}")


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    command()
