"""`hypograph brief`: what a graph says of a concept, an edge or publications, each sentence with its PMIDs.

Evidence comes from the graph's own questions, words from a language model, which never sees the graph. This file only
brings the two together and prints.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click
from pydantic import Field

from engine.generate.ask import AnswerCache, Asker
from engine.generate.request import EngineDeathError, EngineUnavailableError
from engine.generate.summary import Evidence, SummaryError, summarise
from graph.ask import prepare, run_question
from graph.errors import GraphError, QuestionError
from graph.questions import find_question
from graph.store import Store, open_store
from jobs.generator_options import GeneratorSettings, choose_engine
from jobs.settings import add_options, load

_MOST_NAMES: Final = 2


class BriefSettings(GeneratorSettings):
    """Settings of `hypograph brief`."""

    sentences: int = Field(6, ge=1, le=50, description="Most sentences of the summary.")
    evidence: int = Field(30, ge=1, le=500, description="Most sentences of evidence that the model is shown.")
    answer_tokens: int = Field(1024, ge=64, description="Most tokens of one answer.")
    cache: Path = Field(
        Path("out/answers.sqlite"), description="File of answers: what was asked before is not asked again."
    )


@click.command()
@click.argument("names", nargs=-1)
@click.option(
    "--publication", "publications", multiple=True, metavar="PMID", help="Summarise these publications; repeatable."
)
@click.option(
    "--graph",
    required=True,
    envvar="HYPOGRAPH_GRAPH",
    metavar="URI",
    help="neo4j://..., bolt://... or an embedded store.",
)
@lambda command: add_options(BriefSettings, command)
def command(
    names: tuple[str, ...], publications: tuple[str, ...], graph: str, config: Path | None, **flags: Any
) -> None:
    """Summarise evidence of a graph, each sentence with the publications that it rests on.

    NAMES: one drug, disease or gene; or two of them for what is said of both. Or none, and --publication.
    """
    settings = load(BriefSettings, config=config, flags=flags)
    if bool(names) == bool(publications) or len(names) > _MOST_NAMES:
        raise click.UsageError("give one or two NAMES, or --publication, and not both")
    chosen = choose_engine(settings)
    try:
        with open_store(graph, read_only=True) as store:
            topic, evidence = read_evidence(store, names, publications, limit=settings.evidence)
    except QuestionError as error:
        raise click.UsageError(str(error)) from error
    except GraphError as error:
        raise click.ClickException(str(error)) from error
    if not evidence:
        raise click.ClickException(f"the graph has no evidence on {topic}")
    print(f"{len(evidence)} sentences of evidence on {topic}", file=sys.stderr)
    try:
        asker = Asker(chosen.open(), AnswerCache(settings.cache, revision=chosen.revision))
        summary = summarise(asker, topic, evidence, sentences=settings.sentences, max_tokens=settings.answer_tokens)
    except (EngineUnavailableError, EngineDeathError, SummaryError) as error:
        raise click.ClickException(str(error)) from error
    for statement in summary.statements:
        print(f"{statement.text} [{', '.join(statement.publications)}]")
    result = {
        "command": "brief",
        "topic": topic,
        "generator": chosen.name,
        "generator_revision": chosen.revision,
        "evidence": len(evidence),
        "sentences": len(summary.statements),
        "dropped": dict(summary.dropped),
        "costs": {name: round(number, 3) for name, number in asker.counters.items()},
    }
    print(json.dumps(result))


def read_evidence(
    store: Store, names: Sequence[str], publications: Sequence[str], *, limit: int
) -> tuple[str, list[Evidence]]:
    """What is summarised, in words, and its evidence: each sentence of a publication once, the best first.

    Raises: GraphError, for a name that the graph does not know among others.
    """
    if len(names) == _MOST_NAMES:
        topic = f"{names[0]} and {names[1]}"
        rows = _ask(store, "edge-evidence", {"subject": names[0], "object": names[1], "limit": limit})
        rows = [row for row in rows if not row["retracted"]]
    elif names:
        topic = names[0]
        rows = _ask(store, "recent-evidence", {"concept": names[0], "since": 0, "limit": limit})
    else:
        topic = f"{len(publications)} publications"
        share = max(1, limit // len(publications))
        rows = [
            {**row, "publication": found}
            for found in publications
            for row in _ask(store, "publication-claims", {"publication": found, "limit": share})
        ]
    pairs = dict.fromkeys((str(row["sentence"]), _name(str(row["publication"]))) for row in rows)
    return topic, [Evidence(*pair) for pair in pairs]


def _ask(store: Store, question: str, parameters: Mapping[str, object]) -> Sequence[Mapping[str, Any]]:
    asked = find_question(question)
    return run_question(store, asked, prepare(store, asked, parameters)).rows


def _name(publication: str) -> str:
    return f"PMID:{publication}" if publication.isdecimal() else publication


if __name__ == "__main__":
    command()
