"""Vocabulary edges as numbers, and what they lead to."""

from __future__ import annotations

import random

import pyarrow as pa
import pytest

from engine.link.families import is_membership
from graph.write.closure import Vocabulary, VocabularyEdges

Rows = list[tuple[str, str, str]]


def edges_of(rows: Rows) -> VocabularyEdges:
    names = ("subject", "predicate", "object")
    return VocabularyEdges.of(
        pa.table({name: pa.array([row[at] for row in rows], pa.string()) for at, name in enumerate(names)})
    )


def rows_of(edges: VocabularyEdges) -> Rows:
    table = edges.table()
    predicates = edges.predicates.take(edges.predicate).to_pylist()
    return list(zip(table["subject"].to_pylist(), predicates, table["object"].to_pylist(), strict=True))


def made_up(rng: random.Random, n_edges: int) -> Rows:
    concepts = [*(f"c:{number}" for number in range(8)), *(f"fplx:{number}" for number in range(4))]
    return [
        (rng.choice(concepts), rng.choice(("IS_A", "MEMBER_OF", "ENCODES")), rng.choice(concepts))
        for _ in range(n_edges)
    ]


def reach(start: set[str], steps: Rows) -> set[str]:
    """All that can be reached from `start`, found the plain way."""
    while fresh := {end for begin, _, end in steps if begin in start} - start:
        start = start | fresh
    return start


@pytest.mark.parametrize("seed", range(20))
def test_edges_are_followed_as_far_as_they_lead(seed: int) -> None:
    rng = random.Random(seed)
    rows = made_up(rng, rng.choice((0, 1, 5, 15, 40)))
    names = [*(f"c:{number}" for number in range(9)), *(f"fplx:{number}" for number in range(5))]
    named, held = ({rng.choice(names) for _ in range(rng.randrange(3))} for _ in range(2))
    members = reach(named, [(end, type_, begin) for begin, type_, end in rows if is_membership(type_, end)])
    assert Vocabulary(edges_of(rows)).closure(named, held=held) == reach(members | held, rows)


@pytest.mark.parametrize("seed", range(5))
def test_edges_are_kept_once_and_found_again(seed: int) -> None:
    rng = random.Random(seed)
    rows = made_up(rng, 30)
    edges = edges_of(rows)
    assert rows_of(edges) == sorted(set(rows), key=lambda row: (row[1], row[0], row[2]))
    assert rows_of(edges.starting_at(["c:1", "c:404"])) == [row for row in rows_of(edges) if row[0] == "c:1"]
    is_a = edges_of([row for row in rows if row[1] == "IS_A"])
    asked = [(subject, object_) for subject, _, object_ in [*rows, ("c:404", "IS_A", "c:1")] if rng.random() < 0.5]
    subjects, objects = (pa.array([pair[at] for pair in asked], pa.string()) for at in (0, 1))
    assert is_a.find(subjects, objects).tolist() == [(a, b) in asked for a, _, b in rows_of(is_a)]


def test_a_family_brings_the_members_of_families_below_it_and_a_disease_no_subtypes() -> None:
    rows = [("hgnc:1", "MEMBER_OF", "fplx:class"), ("fplx:class", "IS_A", "fplx:all"), ("mondo:1", "IS_A", "mondo:2")]
    vocabulary = Vocabulary(edges_of(rows))
    assert vocabulary.closure(["fplx:all"]) == {"fplx:all", "fplx:class", "hgnc:1"}
    assert vocabulary.closure(["mondo:2"]) == {"mondo:2"}
    assert vocabulary.closure([], held=["fplx:all"]) == {"fplx:all"}
