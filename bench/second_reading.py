"""What the second reading brings and costs: F1 and documents a second, by the chance from which pairs are read again.

    python -m bench.second_reading [--data DATA] > bench/results/V/second-reading.json

The shipped extractor with the chance raised and lowered for the types of pairs that it reads again, and without a
second reading. F1 of relations with gold mentions is that of the DrugProt documents which every training carved out;
they choose the balanced thresholds of each point too, so all are optimistic alike. Speed is that of mentions and
relations on the demo's records, from texts on, on all cores, beside the plain encoder on the same texts. The last line
of stdout is one JSON object.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import click
import numpy as np
import pyarrow as pa

from engine.model.config import BALANCED, ExtractorConfig
from engine.model.predict import Document, Predictor
from engine.model.special import special_ids
from engine.read.files import read_file
from engine.segment import split_sentences
from engine.train.annotated import Annotated
from engine.train.leak import read_training_of, split_carved
from engine.train.measure.counts import sum_counts
from engine.train.measure.relations import count_relations
from engine.train.measure.thresholds import NEVER, choose_balanced_thresholds
from engine.train.readings import open_predictor, score_pairs
from jobs.demo import RECORDS
from jobs.settings import SHIPPED_MODEL
from jobs.speed.encoder import measure_encoder
from jobs.speed.machine import describe_machine, list_versions

CORPUS: Final = "drugprot"
CHANCES: Final = (NEVER, 0.7, 0.5, 0.3, 0.2, 0.1, 0.05, 0.0)


def vary(config: ExtractorConfig, chance: float) -> ExtractorConfig:
    """The config with another chance for the pairs of types that are read again."""
    return replace(config, second_from=tuple(chance if t in config.read_again else NEVER for t in config.type_pairs))


def measure(data: Path) -> dict[str, Any]:
    """Rows of `chance`, documents a second and F1; `encoder_documents_per_second` beside them.

    Raises: click.ClickException if the shipped model has no second reading.
    """
    predictor, opened = open_predictor(SHIPPED_MODEL, threads=len(os.sched_getaffinity(0)))
    config = predictor.config
    if not config.read_again:
        raise click.ClickException("the shipped model has no second reading")
    _, carved = split_carved(read_training_of(config.trained, data=data), config.trained)
    gold = [document for document in carved if document.corpus == CORPUS and document.predicates]
    rows = pa.concat_tables(list(read_file(str(RECORDS)))).select(["text"]).to_pylist()
    documents = [Document(row["text"], split_sentences(row["text"], [])) for row in rows if row["text"]]
    special = special_ids(predictor.reader.tokenizer)
    plain = measure_encoder(
        [document.text for document in documents],
        network=predictor.network.encoder,
        tokenizer=predictor.reader.tokenizer,
        ends=(special.begin, special.end),
        window=config.max_tokens,
    )
    found = list(_measure_points(predictor, documents, gold))
    return {
        **opened,
        "corpus": CORPUS,
        "carved_documents": len(gold),
        "documents": len(documents),
        "shipped": {" ".join(types): chance for types, chance in config.read_again.items()},
        "encoder_documents_per_second": round(plain.documents / plain.seconds, 1),
        "points": found,
    }


def _measure_points(
    predictor: Predictor, documents: Sequence[Document], gold: Sequence[Annotated]
) -> Iterator[dict[str, Any]]:
    config = predictor.config
    taught = np.array(config.thresholds) < NEVER
    for chance in CHANCES:
        predictor.config = vary(config, chance)
        predictor.predict(documents[:8])
        started = time.perf_counter()
        predictor.predict(documents)
        seconds = time.perf_counter() - started
        pairs = score_pairs(predictor, gold)
        thresholds = choose_balanced_thresholds(pairs, config, taught=taught)
        counts = sum_counts(
            count_relations(pairs, replace(config, balanced_thresholds=thresholds).at(BALANCED)).values()
        )
        yield {
            "chance": chance if chance <= 1 else None,
            "documents_per_second": round(len(documents) / seconds, 1),
            **counts.as_dict(),
        }
    predictor.config = config


@click.command(help=__doc__)
@click.option("--data", type=click.Path(path_type=Path), default=Path("../shared/data"), show_default=True)
def command(data: Path) -> None:
    """Measures, and prints JSON."""
    about = {"bench": "second-reading", "versions": list_versions()}
    measured = measure(data)
    click.echo(json.dumps({**about, **measured, "machine": describe_machine()}))


if __name__ == "__main__":
    command()
