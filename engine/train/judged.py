"""Pairs of names that were judged one by one, in abstracts that nobody annotated.

Corpora are abstracts that were chosen for their relations, and what they are about is mostly related. In others names
stand side by side for many reasons: what the patients have besides, the other arm of a trial, a test, a comparator.
A table of judged pairs says of some what their sentence states, and of as many that it states nothing. It holds places
and labels alone, no text: the documents are those of a run, which also tells their other mentions.
"""

from __future__ import annotations

import csv
import hashlib
import io
import logging
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from engine.schema import AFFIRMED, NEGATED, SPECULATED, SYMMETRIC, predicates_of
from engine.train.annotated import Annotated, CorpusError, GoldRelation

log = logging.getLogger(__name__)

CORPUS: Final = "judged"
# The sentence states nothing of the two; or one of them is no name of its type, or cut so that it means another thing.
NOTHING: Final = ("NONE", "NO_NAME")
COLUMNS: Final = (
    "doc_id",
    "head_start",
    "head_end",
    "head_type",
    "tail_start",
    "tail_end",
    "tail_type",
    "label",
    "assertion",
)
_Place = tuple[int, int, str]  # where a mention begins and ends, and its type


@dataclass(frozen=True, slots=True)
class JudgedPair:
    """A pair of a document, what its sentence states of it (None: nothing), and whether that is affirmed or not.

    `weight`: how many pairs it stands for, where they were drawn in strata; training doesn't ask.
    """

    head: _Place
    tail: _Place
    predicate: str | None
    assertion: str
    weight: float = 1.0


def read_judged(table: Path) -> dict[str, list[JudgedPair]]:
    """The judged pairs of a tab-separated table (`COLUMNS`, and `weight` if it has one), by document.

    Raises: CorpusError naming the file, the line and what is wrong with it.
    """
    try:
        text = table.read_text(encoding="utf-8")
    except UnicodeDecodeError as fault:
        raise CorpusError(f"{table} is not UTF-8: {fault}") from fault
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter="\t", quoting=csv.QUOTE_NONE)
    if absent := [name for name in COLUMNS if name not in (rows.fieldnames or ())]:
        raise CorpusError(f"{table} has no column {', '.join(absent)}")
    pairs: dict[str, dict[tuple[_Place, _Place], JudgedPair]] = defaultdict(dict)
    for number, row in enumerate(rows, start=2):
        try:
            pair = _pair_of(row)
            if (pair.head, pair.tail) in pairs[row["doc_id"]]:
                raise ValueError("the pair was judged before")
            pairs[row["doc_id"]][pair.head, pair.tail] = pair
        except (KeyError, TypeError, ValueError) as fault:
            raise CorpusError(f"{table}, line {number}: {fault}") from fault
    return {doc_id: list(judged.values()) for doc_id, judged in pairs.items()}


def _pair_of(row: Mapping[str, str]) -> JudgedPair:
    head, tail = ((int(row[f"{end}_start"]), int(row[f"{end}_end"]), row[f"{end}_type"]) for end in ("head", "tail"))
    label, assertion, weight = row["label"], row["assertion"], float(row.get("weight", 1))
    known = predicates_of(head[2], tail[2])
    if not known or (label not in NOTHING and label not in known):
        raise ValueError(f"{head[2]} {label} {tail[2]} is no statement of ours")
    if label not in NOTHING and assertion not in (AFFIRMED, NEGATED, SPECULATED):
        raise ValueError(f"assertion {assertion!r}")
    if not 0 < weight < math.inf:
        raise ValueError(f"weight {weight:g}")
    return JudgedPair(head, tail, None if label in NOTHING else label, assertion, weight)


def hash_judged(table: Path) -> str:
    """SHA-256 of a table, to tell another one by."""
    return hashlib.sha256(table.read_bytes()).hexdigest()


def places_of(document: Annotated) -> dict[tuple[int, int, str], int]:
    """The number of each mention by where it begins and ends, and its type, as judged pairs name their ends."""
    return {(m.start, m.end, m.type): number for number, m in enumerate(document.mentions)}


def label_judged(documents: Iterable[Annotated], judged: Mapping[str, Sequence[JudgedPair]]) -> Iterator[Annotated]:
    """Those documents of a run of which pairs were judged, with these alone as what they teach.

    A pair whose ends the run didn't find is left out. Of two mentions of one type the other order is asked too, for the
    symmetric predicates, which say the same in both.
    Raises: CorpusError if the run found no pair of the table.
    """
    found = 0
    for document in documents:
        pairs = judged.get(document.doc_id, ())
        place = places_of(document)
        known = [(place[p.head], place[p.tail], p) for p in pairs if p.head in place and p.tail in place]
        found += len(known)
        if known:
            asked = {(tail, head): symmetric for head, tail, p in known if (symmetric := _symmetric(p))}
            yield replace(
                document,
                corpus=CORPUS,
                relations=tuple(GoldRelation(head, tail, p.predicate) for head, tail, p in known if p.predicate),
                asked=asked | {(head, tail): _predicates(p) for head, tail, p in known},
                predicates={(p.head[2], p.tail[2]): _predicates(p) for _, _, p in known},
                lists_denied=True,
            )
    if not found:
        raise CorpusError("the runs found none of the judged pairs: are they of the same abstracts?")
    log.info("%d of %d judged pairs are of mentions that the runs found", found, sum(map(len, judged.values())))


def _symmetric(pair: JudgedPair) -> frozenset[str]:
    return _predicates(pair).intersection(SYMMETRIC) if pair.head[2] == pair.tail[2] else frozenset()


def _predicates(pair: JudgedPair) -> frozenset[str]:
    return frozenset(predicates_of(pair.head[2], pair.tail[2]))
