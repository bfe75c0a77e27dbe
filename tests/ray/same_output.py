"""Whether two runs over the same input gave the same output: the same keys and assertions, scores within 0.001.

In bfloat16 a score depends a little on which texts were read together, so evidence that lies that near the threshold
of its label may be there once and not the other time. It is counted apart, with what is stated of its pair instead,
and the triples and concepts that nothing else names may come and go with it. All else that differs is a fault.
Knows nothing of how the tables were made.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

from engine import schema
from engine.model.config import ExtractorConfig

SCORE_DIFFERENCE: Final = 0.001
SCORES: Final = tuple(field.name for field in schema.EVIDENCE if field.type == pa.float32())

Row = dict[str, Any]
Tables = dict[str, list[Row]]  # by the names of `schema.FLAT_TABLES`, without `run_id`


@dataclass(frozen=True, slots=True)
class Likeness:
    """`evidence` that both have, ids of what only one has for it lies `apart` at a threshold, how far scores differ."""

    evidence: int
    apart: tuple[str, ...]
    most_different: float


def check_same(expected: Tables, found: Tables, config: ExtractorConfig) -> Likeness:
    """Raises: AssertionError that names the first difference that there may not be."""
    for name in ("document", "reject"):
        assert expected[name] == found[name], f"{name} differs"
    first, second = (_by_id(tables["evidence"]) for tables in (expected, found))
    alone = [row for id_, row in (first | second).items() if (id_ in first) != (id_ in second)]
    doubtful = {_pair_of(row) for row in alone if _is_at_threshold(row, config)}
    apart = [row for row in alone if _pair_of(row) in doubtful]
    _check_none("evidence", [row for row in alone if row not in apart])
    common = first.keys() & second.keys()
    differences = [_compare(first[id_], second[id_]) for id_ in common]
    _check_rest(expected, found, apart)
    ids = tuple(sorted(row["evidence_id"] for row in apart))
    return Likeness(len(common), ids, max(differences, default=0.0))


def _by_id(rows: list[Row]) -> dict[str, Row]:
    by_id = {row["evidence_id"]: row for row in rows}
    assert len(by_id) == len(rows), "evidence is doubled"
    return by_id


def _pair_of(row: Row) -> tuple[object, ...]:
    """Both mentions: of two of them one thing is stated at most."""
    ends = sorted((row[f"{end}_start"], row[f"{end}_end"]) for end in ("head", "tail"))
    return row["doc_id"], row["revision"], *ends


def _is_at_threshold(row: Row, config: ExtractorConfig) -> bool:
    types = row["head_type"], row["tail_type"]  # in one order or, where the predicate is symmetric, in either
    labels = [(*types, row["predicate"]), (*types[::-1], row["predicate"])]
    thresholds = [config.threshold(config.labels.index(label)) for label in labels if label in config.labels]
    return any(abs(row["score"] - threshold) <= SCORE_DIFFERENCE for threshold in thresholds)


def _compare(first: Row, second: Row) -> float:
    """Returns: how far the scores of the same evidence differ at most."""
    differing = [name for name in first if name not in SCORES and first[name] != second[name]]
    assert not differing, f"{', '.join(differing)} of {first['evidence_id']}: {first} and {second}"
    most = 0.0
    for name in SCORES:
        one, other = first[name], second[name]
        assert (one is None) == (other is None), f"{name} of {first['evidence_id']}: {one} and {other}"
        if one is not None:
            most = max(most, abs(one - other))
            assert most <= SCORE_DIFFERENCE, f"{name} of {first['evidence_id']}: {one} and {other}"
    return most


def _check_rest(expected: Tables, found: Tables, apart: list[Row]) -> None:
    """Only triples of evidence that is apart, and concepts that these alone need, may differ."""
    alone = {name: _in_one(expected[name], found[name]) for name in ("triple", "entity", "lexicon_edge")}
    stated = {row["triple_id"] for row in apart}
    _check_none("triple", [row for row in alone["triple"] if row["triple_id"] not in stated])
    named = {row[end] for row in apart for end in ("head_id", "tail_id")}
    for _ in alone["lexicon_edge"]:  # as many steps as could be needed
        named |= {end for ends in map(_ends_of, alone["lexicon_edge"]) if ends & named for end in ends}
    _check_none("lexicon_edge", [row for row in alone["lexicon_edge"] if not _ends_of(row) & named])
    _check_none("entity", [row for row in alone["entity"] if row["concept_id"] not in named])


def _ends_of(edge: Row) -> set[str]:
    return {edge["subject"], edge["object"]}


def _in_one(first: list[Row], second: list[Row]) -> list[Row]:
    return [*(row for row in first if row not in second), *(row for row in second if row not in first)]


def _check_none(name: str, rows: Iterable[Row]) -> None:
    rows = list(rows)
    assert not rows, f"{name}: {len(rows)} rows are in one output only, the first is {rows[0]}"
