"""Fits how likely the likest disease is, `COEFFICIENTS` in `engine/link/likest.py`, on names that nothing else links.

    hypograph lexicon build --without bc5cdr/dev --without ncbi-disease/dev --without biored/train --out HELD
    python -m bench.likeness --lexicon HELD [--data DATA]

The names are those of disease mentions with one gold id on the splits that choices are made on; a name counts once a
document, and a mention of an id that the lexicon lacks counts as one that nothing is right for. The last line is one
JSON object: the coefficients of all names, and how the links of names would be in documents that the fit left out (five
parts by document), above several chances.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click
import numpy as np
import numpy.typing as npt

from engine.link.gold import SPLITS, Judge, gold_ids
from engine.link.likest import CLOSEST, SEARCHED, describe
from engine.link.linker import Linker
from engine.train.corpora import read_corpus
from graph.belief.fit import logistic_regression

_PARTS: Final = 5
_RIDGE: Final = 1.0
_CHANCES: Final = (0.4, 0.5, 0.6, 0.7)

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Unlinked:
    """A name that nothing links, in a document, with its gold ids."""

    doc_id: str
    name: str
    gold: tuple[str, ...]


def find_unlinked(linker: Linker, data: Path) -> list[Unlinked]:
    """The names that would be linked by likeness, a name once a document."""
    found: dict[Unlinked, None] = {}
    for corpus, part in SPLITS["dev"]:
        for document in read_corpus(corpus, part, data=data):
            for mention in document.mentions:
                gold = gold_ids(mention)
                for name in linker.names_to_search(document.text, [(mention.start, mention.end, mention.type)]):
                    if len(gold) == 1:
                        found[Unlinked(document.doc_id, name, gold)] = None
    return list(found)


@dataclass(frozen=True, slots=True)
class Table:
    """A row for each concept that a name may mean. Shapes: `features` (n, f), others (n,)."""

    features: Floats
    right: Floats
    name: npt.NDArray[np.int64]
    part: npt.NDArray[np.int64]


def tabulate(linker: Linker, unlinked: Sequence[Unlinked]) -> Table:
    """What speaks for each concept that a name may mean, and whether it is the right one."""
    judge = Judge(linker.lexicon)
    alike = linker.lexicon.candidates_alike([one.name for one in unlinked], searched=SEARCHED, closest=CLOSEST)
    rows = [
        (features, judge.right(concept, one.gold), number, zlib.crc32(one.doc_id.encode()) % _PARTS)
        for number, (one, found) in enumerate(zip(unlinked, alike, strict=True))
        for concept, features in describe(found).items()
    ]
    features, right, name, part = zip(*rows, strict=True)
    return Table(np.array(features), np.array(right, dtype=np.float64), np.array(name), np.array(part))


def fit(table: Table, rows: npt.NDArray[np.bool_]) -> Floats:
    """The coefficients that some rows give."""
    ridge = np.full(table.features.shape[1], _RIDGE)
    return np.asarray(logistic_regression(table.features[rows], table.right[rows], ridge))


def cross_validate(table: Table) -> dict[str, Any]:
    """The likest concept of each name, by a fit on the other documents: links and right ones above each chance."""
    chances = np.zeros(len(table.right))
    for part in range(_PARTS):
        out = table.part == part
        chances[out] = 1 / (1 + np.exp(-table.features[out] @ fit(table, ~out)))
    order = np.lexsort((-chances, table.name))
    first = order[np.unique(table.name[order], return_index=True)[1]]
    above = {str(least): first[chances[first] >= least] for least in _CHANCES}
    return {
        "names": len(first),
        "right_first": int(table.right[first].sum()),
        "above": {least: {"linked": len(some), "right": int(table.right[some].sum())} for least, some in above.items()},
    }


@click.command()
@click.option("--data", type=click.Path(path_type=Path), default=Path("../shared/data"), show_default=True)
@click.option("--lexicon", type=click.Path(path_type=Path), required=True, help="One that learned nothing from them.")
def main(data: Path, lexicon: Path) -> None:
    """Fit and print."""
    linker = Linker(lexicon=lexicon)
    unlinked = find_unlinked(linker, data)
    table = tabulate(linker, unlinked)
    coefficients = fit(table, np.ones(len(table.right), dtype=np.bool_))
    found = {"coefficients": [round(float(c), 3) for c in coefficients], **cross_validate(table)}
    click.echo(json.dumps({"bench": "likeness", "lexicon": linker.lexicon.version, "unlinked": len(unlinked), **found}))


if __name__ == "__main__":
    main()
