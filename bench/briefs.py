"""Draw topics at random from a run, have a language model brief on them, and write its sentences for a person to judge.

    python -m bench.briefs RUN GRAPH MODEL --cache FILE --out bench/judgements/NAME.tsv [--seed 7] [--free]

A topic is an edge, a drug, a disease, or a set of publications, in turn; each has some evidence in the graph, and
what has more is not likelier. The briefs are those of `hypograph brief` with its defaults. A line of the table is one
sentence with what it cites; `evidence` holds what the model was shown of the publications that it cites. The judge
fills in `verdict` (right: what is cited says so), `error` (one of `ERRORS`, if wrong) and `note`;
`bench.score_briefs` counts. The last line is one JSON object. The same run, graph, model, seed and number give the
same table.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from bench.asked import describe_asked
from bench.judge_table import write_table
from bench.run_folder import read_live_evidence, read_table
from engine.generate.ask import AnswerCache, Asker
from engine.generate.summary import Evidence, Summary, SummaryError, ask_summary, summarise
from engine.schema import NEGATED
from graph.connect import open_store
from graph.errors import GraphError, QuestionError
from graph.store import Store
from jobs.brief import BriefSettings, read_evidence
from jobs.generator_options import EngineSettings, choose_engine

ERRORS: Final = {
    "not_stated": "what is cited doesn't say so, or says it of something else",
    "too_much": "what is cited says less: weaker, of fewer, or only as a guess",
    "denied": "what is cited says the opposite",
    "senseless": "no statement, or none that can be understood",
}
_LEAST_EVIDENCE: Final = 3
_SET: Final = 3  # publications of a set


@dataclass(frozen=True, slots=True)
class Topic:
    """What to brief on: one or two names, or publications."""

    kind: str
    names: tuple[str, ...] = ()
    publications: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BriefSentence:
    """One line of the judge's table; the last three columns are the judge's."""

    brief: int
    kind: str
    topic: str
    sentence: str
    publications: str
    evidence: str
    verdict: str = ""
    error: str = ""
    note: str = ""


def draw_topics(
    triples: Sequence[Mapping[str, Any]],
    evidence: Sequence[Mapping[str, Any]],
    entities: Sequence[Mapping[str, Any]],
    *,
    seed: int,
) -> Iterator[Topic]:
    """Topics with some evidence, the kinds in turn, without end: whoever draws may leave one out."""
    entity = {row["concept_id"]: row for row in entities}
    of_triple = {row["triple_id"]: row for row in triples}
    edges, concepts, documents = Counter[str](), Counter[str](), Counter[str]()
    for row in evidence:
        if row["triple_id"] in of_triple and row["assertion"] != NEGATED:
            triple = of_triple[row["triple_id"]]
            edges[row["triple_id"]] += 1
            concepts.update((triple["subject"], triple["object"]))
            documents[row["doc_id"]] += 1
    told_edges, told_concepts, told_documents = (
        sorted(name for name, times in counts.items() if times >= _LEAST_EVIDENCE)
        for counts in (edges, concepts, documents)
    )
    of_type = {kind: [c for c in told_concepts if entity[c]["type"].lower() == kind] for kind in ("drug", "disease")}
    drawn = random.Random(seed)
    while True:
        edge = of_triple[drawn.choice(told_edges)]
        yield Topic("edge", (entity[edge["subject"]]["name"], entity[edge["object"]]["name"]))
        for kind, known in of_type.items():
            yield Topic(kind, (entity[drawn.choice(known)]["name"],))
        yield Topic("publications", publications=tuple(drawn.sample(told_documents, _SET)))


def read_topics(
    store: Store, topics: Iterator[Topic], *, briefs: int, limit: int
) -> list[tuple[Topic, str, list[Evidence]]]:
    """The first topics whose names mean one thing to the graph, with the graph's words for them and evidence."""
    found = []
    while len(found) < briefs:
        topic = next(topics)
        try:
            words, evidence, _ = read_evidence(store, topic.names, topic.publications, limit=limit)
        except QuestionError:
            continue
        if evidence:
            found.append((topic, words, evidence))
    return found


def list_sentences(
    number: int, topic: Topic, words: str, evidence: Sequence[Evidence], summary: Summary
) -> list[BriefSentence]:
    """The lines of a brief."""
    return [
        BriefSentence(
            brief=number,
            kind=topic.kind,
            topic=words,
            sentence=statement.text,
            publications=" ".join(statement.publications),
            evidence=" ¦ ".join(" ".join(e.text.split()) for e in evidence if e.publication in statement.publications),
        )
        for statement in summary.statements
    ]


@click.command()
@click.argument("run", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("graph")
@click.argument("model")
@click.option("--cache", type=click.Path(path_type=Path, dir_okay=False), required=True, help="File of answers.")
@click.option("--adapter", type=click.Path(path_type=Path), help="LoRA adapter to lay over the model.")
@click.option("--briefs", type=click.IntRange(1), default=30, show_default=True)
@click.option("--seed", default=7, show_default=True, help="Seed of the draw.")
@click.option("--free", is_flag=True, help="Let the model use its own words, as --wording free does.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Table to write; must not exist.")
def main(
    run: Path, graph: str, model: str, cache: Path, adapter: Path | None, briefs: int, seed: int, free: bool, out: Path
) -> None:
    """Brief on topics of RUN, loaded into GRAPH, with MODEL."""
    if out.exists():
        raise click.ClickException(f"{out} exists, and may hold judgements")
    settings = BriefSettings(generator=model)
    chosen = choose_engine(EngineSettings(adapter=adapter), model)
    topics = draw_topics(
        read_table(run, "triple").to_pylist(),
        read_live_evidence(run).to_pylist(),
        read_table(run, "entity").to_pylist(),
        seed=seed,
    )
    try:
        with open_store(graph, read_only=True) as store:
            told = read_topics(store, topics, briefs=briefs, limit=settings.evidence)
    except GraphError as error:
        raise click.ClickException(str(error)) from error
    asker = Asker(chosen.open(), AnswerCache(cache, revision=chosen.revision))
    bounds = {"sentences": settings.sentences, "max_tokens": settings.answer_tokens}
    # All at once, so that they share the engine; each brief then finds its answer in the cache.
    asker.ask([ask_summary(words, evidence, attempt=0, **bounds) for _, words, evidence in told], purpose="summary")
    lines: list[BriefSentence] = []
    dropped, failed = Counter[str](), Counter[str]()
    struck = 0
    for number, (topic, words, evidence) in enumerate(told, start=1):
        try:
            summary = summarise(asker, words, evidence, free_wording=free, **bounds)
        except SummaryError as error:
            failed[str(error)] += 1
            continue
        dropped += summary.dropped
        struck += summary.struck
        lines += list_sentences(number, topic, words, evidence, summary)
    write_table(lines, BriefSentence, out)
    result = {
        "bench": "briefs",
        "seed": seed,
        "free_wording": free,
        "briefs": len(told) - failed.total(),
        "without_a_sentence": len(told) - failed.total() - len({line.brief for line in lines}),
        "failed": dict(failed),
        "sentences": len(lines),
        "dropped": dict(dropped),
        "citations_struck": struck,
        **describe_asked(chosen, asker.counters),
    }
    click.echo(json.dumps(result))


if __name__ == "__main__":
    main()
