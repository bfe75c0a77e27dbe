"""Whether a language model's schema-bound answers can be used, and what holding it to a schema costs.

    python -m bench.schema_answers RUN MODEL --cache FILE [--adapter FOLDER] [--documents 100] [--triples NAME.tsv]

Reads the finished run's first documents that have a passage to ask about, and lets the generative stage extract one
relation type from them: how many prompts got a valid answer, at the first try and after one retry, how many triples
name a sentence of the passage as their quote, and how many were dropped for what. Then prompts are asked again both
ways, for answers as long as the bound ones at most: seconds a token held to the schema and free, on two halves in turn
so that each kind comes first once. With `--triples` fifty of the triples that were kept are drawn and left for a person
to judge, in a table as `bench.sample_edges` makes them. The last line is one JSON object; exit code 1 if fewer than
99.9 % of the answers are valid.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import click
import pyarrow as pa
import pyarrow.parquet as pq

from bench.asked import describe_asked
from bench.run_folder import finished_shards
from bench.sample_edges import SampledEdge, write_edges
from engine.generate.request import Engine, Request
from engine.generate.stage import PREFIX, Generator, Tasks, passages_of, stating
from engine.generate.triples import RelationType, open_relation_types
from engine.output import row_files
from jobs.generator_options import EngineSettings, choose_engine

LEAST_VALID: Final = 0.999
_JUDGED: Final = 50
_SEED: Final = 7
_RELATION: Final = "COEXPRESSED_WITH"


def draw_triples(rows: Sequence[Mapping[str, Any]], *, most: int = _JUDGED) -> list[SampledEdge]:
    """The relations that a language model found in document rows, so many of them at random, with a seed."""
    found = [(row, r) for row in rows for r in row["relations"] or () if r["extractor"].startswith(PREFIX)]
    return [_describe(*drawn) for drawn in random.Random(_SEED).sample(found, min(most, len(found)))]


def _describe(row: Mapping[str, Any], relation: Mapping[str, Any]) -> SampledEdge:
    head, tail = (row["mentions"][relation[end]] for end in ("head", "tail"))
    words = [row["text"][end["start"] : end["end"]] for end in (head, tail)]
    return SampledEdge(
        triple_id="",
        subject=head["concept_id"],
        subject_name=words[0],
        subject_type=head["type"],
        predicate=relation["predicate"],
        object=tail["concept_id"],
        object_name=words[1],
        object_type=tail["type"],
        sentence=" ".join(stating(row, relation).split()),
        head_text=words[0],
        tail_text=words[1],
        assertion=relation["assertion"],
        score=round(relation["score"], 3),
        pmid=row["doc_id"],
        n_evidence=1,
    )


def find_documents(run: Path, kind: RelationType, documents: int) -> pa.Table:
    """The run's first document rows that have a passage to ask about.

    Raises: click.ClickException if there are none, FileNotFoundError if no shard is finished.
    """
    found: list[pa.Table] = []
    for shard in finished_shards(run):
        for path in row_files(shard / "rows"):
            table = pq.read_table(path)
            rows = table.select(["text", "sentences", "mentions"]).to_pylist()
            kept = [i for i, row in enumerate(rows) if row["text"] and passages_of(row, [kind])]
            found.append(table.take(pa.array(kept, pa.int64())))
            if sum(map(len, found)) >= documents:
                return pa.concat_tables(found).slice(0, documents)
    if not sum(map(len, found)):
        raise click.ClickException(f"{run}: no document has a passage that may state {kind.name}")
    return pa.concat_tables(found)


def count_answers(counters: Mapping[str, float], prompts: int) -> dict[str, Any]:
    """Valid answers and what they say, from the stage's counters; `prompts`: passages that were asked about.

    `sentence_known`: the share of triples that name a sentence of the passage, whose words are then their quote.
    """
    said = {name.removeprefix("dropped_"): int(n) for name, n in counters.items() if name.startswith("dropped_")}
    not_entailed = said.pop("not_entailed", 0)
    rejected, retried, triples = (int(counters.get(name, 0)) for name in ("rejected", "retried", "said"))
    return {
        "prompts": prompts,
        "valid_at_once": round(1 - retried / prompts, 5),
        "valid": round(1 - rejected / prompts, 5),
        "triples_said": triples,
        "sentence_known": round(1 - said.get("unknown_sentence", 0) / triples, 5) if triples else None,
        "dropped": said,
        "dropped_not_entailed": not_entailed,
        "kept": int(counters.get("extracted", 0)),
    }


def compare_decoding(engine: Engine, requests: Sequence[Request]) -> dict[str, float]:
    """Seconds a token, held to the schema and free, for answers that may be of the same lengths, on two halves in turn.

    How long each answer is when it is held to its schema is found first and not timed; the engine has then read every
    prompt, so reading costs neither way of decoding anything. Each schema gets a title of its own, so that its grammar
    is compiled within the time that is taken, as it is when a passage is new.
    """
    lengths = [max(1, answer.answer_tokens) for answer in engine.answer(requests)]
    bound = [
        replace(request, schema=json.dumps(json.loads(str(request.schema)) | {"title": f"{i}"}), max_tokens=length)
        for i, (request, length) in enumerate(zip(requests, lengths, strict=True))
    ]
    asked = {"bound": bound, "free": [replace(request, schema=None) for request in bound]}
    seconds, tokens = dict.fromkeys(asked, 0.0), dict.fromkeys(asked, 0)
    for half, order in enumerate((("bound", "free"), ("free", "bound"))):
        for kind in order:
            started = time.perf_counter()
            answers = engine.answer(asked[kind][half::2])
            seconds[kind] += time.perf_counter() - started
            tokens[kind] += sum(answer.answer_tokens for answer in answers)
    per_token = {kind: seconds[kind] / max(1, tokens[kind]) for kind in seconds}
    return {
        **{f"{kind}_tokens": tokens[kind] for kind in tokens},
        **{f"{kind}_tokens_per_s": round(1 / value, 2) if value else 0.0 for kind, value in per_token.items()},
        "slower_by": round(per_token["bound"] / per_token["free"] - 1, 4) if per_token["free"] else 0.0,
    }


@click.command()
@click.argument("run", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.argument("model")
@click.option("--cache", type=click.Path(path_type=Path, dir_okay=False), required=True, help="File of answers.")
@click.option("--adapter", type=click.Path(path_type=Path), help="LoRA adapter to lay over the model.")
@click.option("--documents", type=click.IntRange(1), default=100, show_default=True)
@click.option(
    "--compared", type=click.IntRange(2), default=40, show_default=True, help="Prompts to compare decoding on."
)
@click.option("--triples", type=click.Path(path_type=Path), help="Table to judge; must not exist.")
def main(
    run: Path, model: str, cache: Path, adapter: Path | None, documents: int, compared: int, triples: Path | None
) -> None:
    """Measure schema-bound answers."""
    if triples and triples.exists():
        raise click.ClickException(f"{triples} exists, and may hold judgements")
    (kind,) = open_relation_types([_RELATION])
    chosen = choose_engine(EngineSettings(adapter=adapter), model)
    table = find_documents(run, kind, documents)
    tasks = Tasks(generator=chosen.name, types=(kind,))
    rows = table.select(["text", "sentences", "mentions"]).to_pylist()
    asked = [p.ask(max_tokens=tasks.max_tokens) for row in rows for p in passages_of(row, [kind])]
    engine = chosen.open()
    generator = Generator(open_engine=lambda: engine, cache=cache, tasks=tasks)
    kept = generator(table).to_pylist()
    if triples:
        write_edges(draw_triples(kept), triples)
    counts = count_answers(generator.counters, len(asked))
    result = {
        "bench": "schema_answers",
        "documents": len(table),
        **counts,
        "decoding": compare_decoding(engine, asked[:compared]),
        **describe_asked(chosen, generator.counters),
    }
    click.echo(json.dumps(result))
    sys.exit(0 if counts["valid"] >= LEAST_VALID else 1)


if __name__ == "__main__":
    main()
