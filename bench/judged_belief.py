"""What hand-judged edges say of belief: a correction for each kind of which enough were judged and gold has little.

An edge of RUN brings all its statements; one of another run brings its strongest sentence, as the judge's table has
it, once for each piece of evidence up to `MOST`, with scores of mentions and links that are usual. What a former model
found in a document of RUN, and RUN doesn't, is left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from bench.run_belief import sentence_of
from bench.run_folder import read_live_evidence, read_table
from bench.score_judgements import read_judgements
from graph.belief import Kind, Sentence, Statement, weigh
from graph.belief.edge import believe
from graph.belief.fit import Floats, likeliest
from graph.belief.fitted import Coefficients

ENOUGH: Final = 30
MUCH: Final = 60
MOST: Final = 3
MENTION_SCORE: Final = 0.9
LINK_SCORE: Final = 0.95
OFFSETS: Final = tuple(round(0.1 * step, 1) for step in range(-30, 31))

Told = Sequence[tuple[str, str, Sentence]]  # publication, text of the sentence, what was read in it


@dataclass(frozen=True, slots=True)
class JudgedByHand:
    """An edge that a person judged, and all that is told of it."""

    told: Told
    is_right: bool

    @property
    def kind(self) -> str:
        """The key of its kind."""
        return self.told[0][2].kind.key

    def belief(self, by: Coefficients) -> float:
        """As far as it is believed by these coefficients."""
        return believe([Statement(where, s.assertion, weigh(s, by=by), sentence=t) for where, t, s in self.told], by=by)


def read_judged(tables: Sequence[Path], run: Path) -> list[JudgedByHand]:
    """The judged edges of some tables that still count."""
    rows = [row for table in tables for row in read_judgements(table)]
    documents = set(read_table(run, "document")["doc_id"].to_pylist())
    told = say_what_is_judged(rows, read_live_evidence(run).to_pylist(), documents)
    return [JudgedByHand(known, row["verdict"] == "right") for row, known in told]


def correct_kinds(judged: Sequence[JudgedByHand], by: Coefficients, *, gold: Mapping[str, int]) -> Coefficients:
    """The coefficients with the kinds corrected of which `ENOUGH` edges were judged, and gold has fewer than `MUCH`.

    `gold`: edges of each kind that the coefficients were fitted on. Judged edges were drawn among the well believed, so
    a correction by them makes a kind with much gold too little believed.
    """
    kinds = dict(by.kinds)
    for key, number in sorted(Counter(edge.kind for edge in judged).items()):
        if number < ENOUGH or gold.get(key, 0) >= MUCH:
            continue
        of_kind = [edge for edge in judged if edge.kind == key]
        right = np.array([edge.is_right for edge in of_kind], np.float64)

        def chances(offset: float, key: str = key, of_kind: Sequence[JudgedByHand] = of_kind) -> Floats:
            moved = replace(by, kinds={**by.kinds, key: by.kinds.get(key, 0.0) + offset})
            return np.array([edge.belief(moved) for edge in of_kind])

        kinds[key] = round(by.kinds.get(key, 0.0) + likeliest(chances, right, values=OFFSETS), 3)
    return replace(by, kinds=kinds)


def say_what_is_judged(
    rows: Sequence[Mapping[str, str]], evidence: Iterable[Mapping[str, Any]], documents: Collection[str]
) -> Iterator[tuple[Mapping[str, str], Told]]:
    """Each judged edge that still counts, with its statements; `documents`: the ids of those that the run has read."""
    wanted = {row["triple_id"] for row in rows}
    found: dict[str, list[tuple[str, str, Sentence]]] = {}
    for piece in evidence:
        if piece["triple_id"] in wanted:
            found.setdefault(piece["triple_id"], []).append((piece["doc_id"], piece["sentence"], sentence_of(piece)))
    for row in rows:
        stated = found.get(row["triple_id"], [])
        if row["pmid"] not in documents:
            yield row, stated or _as_shown(row)
        elif any(where == row["pmid"] for where, _, _ in stated):
            yield row, stated


def _as_shown(row: Mapping[str, Any]) -> Told:
    kind = Kind(row["subject_type"], row["predicate"], row["object_type"])
    sentence = Sentence(kind, float(row["score"]), MENTION_SCORE, LINK_SCORE, row["assertion"], None)
    return [(str(number), "", sentence) for number in range(min(int(row["n_evidence"]), MOST))]
