"""The edges of a run that known pairs speak of: what publications say of a pair, and whether a list holds it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.known_pairs import PREDICATES, KnownPairs, is_even
from bench.run_belief import EXTRACTED, link_score, statements_of
from bench.run_folder import read_live_evidence
from engine.schema import TypePair
from graph.belief import Statement


@dataclass(frozen=True, slots=True)
class KnownEdge:
    """An edge between two concepts that known pairs speak of; `is_even`: whether its pair may fit."""

    types: TypePair
    statements: tuple[Statement, ...]
    scores: tuple[float, ...]  # of each statement: relation score times link scores, uncalibrated
    is_known: bool
    is_even: bool

    @property
    def n_publications(self) -> int:
        """Publications that say anything of it."""
        return len({statement.publication for statement in self.statements})


def read_known_edges(run: Path, known: Mapping[TypePair, KnownPairs]) -> list[KnownEdge]:
    """The edges of a run's finished shards. Raises: FileNotFoundError if none is finished."""
    columns = ("triple_id", "doc_id", "predicate", "model_revision", "sentence", *EXTRACTED)
    ends = [f"{end}_{what}" for end in ("head", "tail") for what in ("id", "type", "link_score")]
    grouped: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in read_live_evidence(run).select([*columns, *ends]).to_pylist():
        types = (row["head_type"], row["tail_type"])
        is_asked = row["triple_id"] and row["predicate"] in PREDICATES.get(types, frozenset())
        if is_asked and known[types].speaks_of(row["head_id"], row["tail_id"]):
            grouped[row["triple_id"]].append(row)
    return [_edge(rows, known) for _, rows in sorted(grouped.items())]


def _edge(rows: Sequence[Mapping[str, Any]], known: Mapping[TypePair, KnownPairs]) -> KnownEdge:
    first = rows[0]
    types, pair = (first["head_type"], first["tail_type"]), (first["head_id"], first["tail_id"])
    scores = tuple(row["score"] * link_score(row) for row in rows)
    return KnownEdge(types, statements_of(rows), scores, pair in known[types].pairs, is_even(*pair))
