"""Which known drug-target and gene-disease pairs whose names share a sentence of a run became edges.

    python -m bench.known_truths RUN [--data ../shared/data] > bench/results/V/known-truths.json

A pair counts if a sentence of RUN holds a mention linked to each of its ends. It is found if a triple of the two is
affirmed or supposed by some sentence: `acting` by a predicate that the list means (`bench.known_pairs`), `any` by
whatever predicate. A sentence may name both and say nothing of the kind, so nothing should find all of them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from bench.known_pairs import PREDICATES, KnownPairs, read_known_pairs
from bench.run_folder import read_live_evidence, read_live_rows
from engine.link.lexicon import Lexicon
from engine.schema import NEGATED, TypePair

Found = dict[TypePair, set[tuple[str, str]]]


def pairs_in_sentences(row: Mapping[str, Any], types: TypePair) -> Iterator[tuple[str, str]]:
    """The concepts of these two types that share a sentence of a document, each pair as often as it does."""
    for sentence in row["sentences"] or ():
        inside = [
            mention
            for mention in row["mentions"] or ()
            if mention["concept_id"] and sentence["start"] <= mention["start"] < sentence["end"]
        ]
        firsts, lasts = ({m["concept_id"] for m in inside if m["type"] == type} for type in types)
        yield from ((first, last) for first in firsts for last in lasts)


def count_truths(run: Path, known: Mapping[TypePair, KnownPairs]) -> dict[str, dict[str, int]]:
    """Of each list: known pairs that share a sentence, and how many of them became edges."""
    named: Found = {types: set() for types in known}
    for row in read_live_rows(run).select(["sentences", "mentions"]).to_pylist():
        for types in known:
            named[types].update(pair for pair in pairs_in_sentences(row, types) if pair in known[types].pairs)
    acting, joined = ({types: set[tuple[str, str]]() for types in known} for _ in range(2))
    columns = ["triple_id", "predicate", "assertion", "head_id", "head_type", "tail_id", "tail_type"]
    for row in read_live_evidence(run).select(columns).to_pylist():
        types = (row["head_type"], row["tail_type"])
        if row["triple_id"] and row["assertion"] != NEGATED and types in known:
            joined[types].add((row["head_id"], row["tail_id"]))
            if row["predicate"] in PREDICATES[types]:
                acting[types].add((row["head_id"], row["tail_id"]))
    return {
        " - ".join(types): {
            "share_a_sentence": len(pairs),
            "any": len(pairs & joined[types]),
            "acting": len(pairs & acting[types]),
        }
        for types, pairs in named.items()
    }


@click.command(help=__doc__)
@click.argument("run", type=click.Path(path_type=Path, exists=True))
@click.option("--data", type=click.Path(path_type=Path), default=Path("../shared/data"), show_default=True)
@click.option("--lexicon", type=click.Path(path_type=Path), default=None, help="The lexicon that RUN was linked with.")
def command(*, run: Path, data: Path, lexicon: Path | None) -> None:
    """Counts, and prints JSON."""
    json.dump(count_truths(run, read_known_pairs(data, Lexicon.open(lexicon))), sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    command()
