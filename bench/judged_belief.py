"""What hand-judged edges say of belief: a correction for each kind of which enough were judged and gold has little.

An edge of RUN brings all its statements; one of another run brings its strongest sentence, as the judge's table has
it, once for each piece of evidence up to `MOST`, with scores of mentions and links that are usual.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from bench.run_belief import sentence_of
from bench.run_folder import read_live_evidence
from bench.score_judgements import read_judgements
from graph.belief import Kind, Sentence, Statement, weigh
from graph.belief.edge import believe
from graph.belief.fit import Floats, likeliest
from graph.belief.fitted import Coefficients

ENOUGH: Final = 30
MOST: Final = 3
MENTION_SCORE: Final = 0.9
LINK_SCORE: Final = 0.95
OFFSETS: Final = tuple(round(0.1 * step, 1) for step in range(-30, 31))

Told = Sequence[tuple[str, Sentence]]  # publication, sentence


def fit_judged(tables: Sequence[Path], run: Path, by: Coefficients) -> Coefficients:
    """The coefficients with the kinds corrected of which at least `ENOUGH` edges were judged."""
    rows = [row for table in tables for row in read_judgements(table)]
    told = _told(rows, run)
    kinds = dict(by.kinds)
    for key in sorted({known[0][1].kind.key for known in told}):
        chosen = [n for n, known in enumerate(told) if known[0][1].kind.key == key]
        if len(chosen) >= ENOUGH:
            right = np.array([rows[n]["verdict"] == "right" for n in chosen], np.float64)
            likely = likeliest(_chances([told[n] for n in chosen], key, by), right, values=OFFSETS)
            kinds[key] = round(by.kinds.get(key, 0.0) + likely, 3)
    return replace(by, kinds=kinds)


def _chances(told: Sequence[Told], key: str, by: Coefficients) -> Callable[[float], Floats]:
    def chances(offset: float) -> Floats:
        moved = replace(by, kinds={**by.kinds, key: by.kinds.get(key, 0.0) + offset})
        stated = [[Statement(where, s.assertion, weigh(s, by=moved)) for where, s in known] for known in told]
        return np.array([believe(known, by=moved) for known in stated])

    return chances


def _told(rows: Sequence[Mapping[str, str]], run: Path) -> list[Told]:
    wanted = {row["triple_id"] for row in rows}
    found: dict[str, list[tuple[str, Sentence]]] = {}
    for piece in read_live_evidence(run).to_pylist():
        if piece["triple_id"] in wanted:
            found.setdefault(piece["triple_id"], []).append((piece["doc_id"], sentence_of(piece)))
    return [found.get(row["triple_id"]) or _as_shown(row) for row in rows]


def _as_shown(row: Mapping[str, Any]) -> Told:
    kind = Kind(row["subject_type"], row["predicate"], row["object_type"])
    sentence = Sentence(kind, float(row["score"]), MENTION_SCORE, LINK_SCORE, row["assertion"], None)
    return [(str(number), sentence) for number in range(min(int(row["n_evidence"]), MOST))]
