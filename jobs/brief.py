"""`hypograph brief`: what a graph says of a concept, an edge or publications, each sentence with its PMIDs.

Evidence comes from the graph's own questions, words from a language model, which never sees the graph. On request the
model translates them; so it does an abstract of a run, which needs no graph. This file only brings these together and
prints.
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal

import click
from pydantic import Field

from engine.generate.ask import AnswerCache, Asker
from engine.generate.request import EngineDeathError, EngineUnavailableError
from engine.generate.summary import Evidence, SummaryError, summarise
from engine.generate.translate import Sentence, Translation, name_concepts, translate
from graph.ask import LIMIT_ROWS, prepare, run_question
from graph.connect import open_store
from graph.errors import GraphError, QuestionError
from graph.names import LABELS
from graph.questions import find_question
from graph.store import Store
from jobs.generator_options import ChosenEngine, GeneratorSettings, check_room, choose_engine
from jobs.output import printable
from jobs.run_abstract import read_abstract
from jobs.settings import add_options, load

_MOST_NAMES: Final = 2
_LANGUAGE: Final = re.compile(r"[^\W\d_][\w' ()-]{1,39}")


class BriefSettings(GeneratorSettings):
    """Settings of `hypograph brief`."""

    sentences: int = Field(6, ge=1, le=50, description="Most sentences of the summary.")
    evidence: int = Field(
        30,
        ge=1,
        le=500,
        description="Most sentences of evidence that the model is shown, but one at least of each --publication.",
    )
    wording: Literal["evidence", "free"] = Field(
        "evidence",
        description="evidence: a sentence stays only if what it cites says it in the same words; free: in any words, "
        "if the model holds it to be stated, which small models do too readily.",
    )
    answer_tokens: int = Field(1024, ge=64, description="Most tokens of one answer.")
    translate: str | None = Field(None, description="Language to translate into, such as German.")
    names: Path | None = Field(None, description="Names of your own that the run was linked with.")
    lexicon: Path | None = Field(
        None, description="Lexicon that the run was linked with; the shipped one if not given."
    )
    cache: Path = Field(
        Path("out/answers.sqlite"), description="File of answers: what was asked before is not asked again."
    )


@click.command()
@click.argument("names_of", metavar="[NAMES]...", nargs=-1)
@click.option(
    "--publication", "publications", multiple=True, metavar="PMID", help="Summarise these publications; repeatable."
)
@click.option("--graph", envvar="HYPOGRAPH_GRAPH", metavar="URI", help="neo4j://..., bolt://... or an embedded store.")
@click.option("--abstract", metavar="PMID", help="With --run and --translate: translate this abstract instead.")
@click.option(
    "--run", type=click.Path(exists=True, file_okay=False, path_type=Path), help="The run that holds the abstract."
)
@lambda command: add_options(BriefSettings, command)
def command(
    names_of: tuple[str, ...],
    publications: tuple[str, ...],
    graph: str | None,
    abstract: str | None,
    run: Path | None,
    config: Path | None,
    **flags: Any,
) -> None:
    """Summarise evidence of a graph, each sentence with the publications that it rests on.

    NAMES: one drug, disease or gene; or two of them for what is said of both. Or none, and --publication. With
    --translate the summary is in another language, or, by --abstract and --run, an abstract that was read.
    """
    settings = load(BriefSettings, config=config, flags=flags)
    if settings.translate is not None and not _LANGUAGE.fullmatch(settings.translate):
        raise click.UsageError(f"--translate {settings.translate!r} is no language: give a name, such as German")
    if (abstract is None) != (run is None) or (abstract and not settings.translate):
        raise click.UsageError("--abstract, --run and --translate belong together")
    if sum(map(bool, (names_of, publications, abstract))) != 1 or len(names_of) > _MOST_NAMES:
        raise click.UsageError("give one or two NAMES, or --publication, or --abstract, and not both")
    if not abstract and not graph:
        raise click.UsageError("give the --graph, or HYPOGRAPH_GRAPH")
    chosen = choose_engine(settings, settings.generator)
    check_room(chosen, settings, answer_tokens=settings.answer_tokens)
    if abstract and run:
        sentences = read_abstract(run, abstract, lexicon=settings.lexicon, names=settings.names)
        result = _translate_abstract(sentences, chosen, settings)
        print(json.dumps({"command": "brief", "abstract": abstract, **result}))
    else:
        result = _summarise_graph(str(graph), names_of, publications, chosen, settings)
        print(json.dumps({"command": "brief", **result}))


def _summarise_graph(
    graph: str,
    names: Sequence[str],
    publications: Sequence[str],
    chosen: ChosenEngine,
    settings: BriefSettings,
) -> dict[str, Any]:
    """Print the summary. Returns: what the last line says of it."""
    try:
        with open_store(graph, read_only=True) as store:
            topic, evidence, concepts = read_evidence(store, names, publications, limit=settings.evidence)
            known = read_names(store, concepts) if settings.translate else {}
    except QuestionError as error:
        raise click.UsageError(str(error)) from error
    except GraphError as error:
        raise click.ClickException(str(error)) from error
    if not evidence:
        raise click.ClickException(f"the graph has no evidence on {topic}")
    print(f"{len(evidence)} sentences of evidence on {topic}", file=sys.stderr)
    try:
        asker = _open_asker(chosen, settings)
        summary = summarise(
            asker,
            topic,
            evidence,
            sentences=settings.sentences,
            max_tokens=settings.answer_tokens,
            free_wording=settings.wording == "free",
        )
        texts = [name_concepts(statement.text, known) for statement in summary.statements]
        translation = _translate(asker, texts, settings)
    except (EngineUnavailableError, EngineDeathError, SummaryError) as error:
        raise click.ClickException(str(error)) from error
    for text, statement in zip(translation.sentences, summary.statements, strict=True):
        print(printable(f"{text} [{', '.join(statement.publications)}]"))
    return {
        "topic": topic,
        **_about(chosen, asker),
        "evidence": len(evidence),
        "sentences": len(summary.statements),
        "dropped": dict(summary.dropped),
        "citations_struck": summary.struck,
        **_about_translation(translation, settings),
    }


def _translate_abstract(sentences: Sequence[Sentence], chosen: ChosenEngine, settings: BriefSettings) -> dict[str, Any]:
    """Print the abstract, a sentence a line. Returns: what the last line says of it."""
    try:
        asker = _open_asker(chosen, settings)
        translation = _translate(asker, sentences, settings)
    except (EngineUnavailableError, EngineDeathError) as error:
        raise click.ClickException(str(error)) from error
    print("\n".join(printable(sentence) for sentence in translation.sentences))
    about = _about_translation(translation, settings)
    return {**_about(chosen, asker), "sentences": len(sentences), **about}


def _open_asker(chosen: ChosenEngine, settings: BriefSettings) -> Asker:
    cache = AnswerCache(settings.cache, revision=chosen.revision)  # told of before the model takes its time
    return Asker(chosen.open(), cache)


def _translate(asker: Asker, sentences: Sequence[Sentence], settings: BriefSettings) -> Translation:
    """The sentences in the language that was asked for, as they are if none was."""
    if settings.translate is None:
        return Translation.none(sentences)
    return translate(asker, sentences, settings.translate, max_tokens=settings.answer_tokens)


def _about(chosen: ChosenEngine, asker: Asker) -> dict[str, Any]:
    return {
        "generator": chosen.name,
        "generator_revision": chosen.revision,
        "costs": {name: round(number, 3) for name, number in asker.counters.items()},
    }


def _about_translation(translation: Translation, settings: BriefSettings) -> dict[str, Any]:
    if settings.translate is None:
        return {}
    left = translation.left
    return {
        "language": settings.translate,
        "translated": len(translation.sentences) - left.total(),
        "left_in_the_original": dict(left),
    }


def read_evidence(
    store: Store, names: Sequence[str], publications: Sequence[str], *, limit: int
) -> tuple[str, list[Evidence], set[str]]:
    """What is summarised, in words, and its evidence: each sentence of a publication once, the best first.

    And the names of the concepts that the evidence is about.

    Raises: GraphError, for a name that the graph does not know among others.
    """
    if len(names) == _MOST_NAMES:
        topic = f"{names[0]} and {names[1]}"
        rows = _ask(store, "edge-evidence", {"subject": names[0], "object": names[1], "limit": LIMIT_ROWS})
        rows = [row for row in rows if not row["retracted"]][:limit]
    elif names:
        topic = names[0]
        rows = _ask(store, "recent-evidence", {"concept": names[0], "since": 0, "limit": limit})
    else:
        claims = find_question("publication-claims")
        ids = dict.fromkeys(prepare(store, claims, {"publication": p}).values["publication"] for p in publications)
        topic = f"{len(ids)} publications"
        share = max(1, limit // len(ids))
        rows = [
            {**row, "publication": id}
            for id in ids
            for row in _ask(store, "publication-claims", {"publication": id, "limit": share})
        ]
    pairs = dict.fromkeys((str(row["sentence"]), str(row["publication"])) for row in rows)
    concepts = {str(row[end]) for row in rows for end in ("subject", "object")}
    return topic, [Evidence(*pair) for pair in pairs], concepts


def read_names(store: Store, concepts: Collection[str]) -> dict[str, str]:
    """Each name that the graph has for these concepts, and the concept's own; one that two share is left out."""
    known: dict[str, set[str]] = defaultdict(set)
    keys = sorted({concept.lower() for concept in concepts})
    for label in LABELS["concept"]:
        query = (
            f"MATCH (n:{label}) WHERE n.name_key IN $keys "
            "WITH n.name AS concept, [n.name] + coalesce(n.synonyms, []) AS names UNWIND names AS name "
            "RETURN DISTINCT concept, name"
        )
        for row in store.execute(query, keys=keys):
            if row["concept"] in concepts:
                known[str(row["name"])].add(str(row["concept"]))
    return {name: next(iter(owners)) for name, owners in known.items() if len(owners) == 1}


def _ask(store: Store, question: str, parameters: Mapping[str, object]) -> Sequence[Mapping[str, Any]]:
    asked = find_question(question)
    return run_question(store, asked, prepare(store, asked, parameters)).rows


if __name__ == "__main__":
    command()
