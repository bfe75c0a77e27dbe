"""Draws parameters for the named questions from a run's own edges, so that most have an answer."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.run_folder import read_live_evidence, read_table
from graph.questions import Parameter, Question


@dataclass(frozen=True, slots=True)
class Call:
    """A question with the parameters that it is asked with."""

    question: str
    parameters: Mapping[str, object]


class Sampler:
    """Draws parameters from the edges of a run, so that most questions have an answer."""

    def __init__(
        self,
        triples: Sequence[Mapping[str, str]],
        types: Mapping[str, str],
        documents: Sequence[str],
        *,
        seed: int,
        by_degree: bool = False,
    ) -> None:
        """With `by_degree` an entity comes as often as it has edges, else each as often as any other."""
        self._random = random.Random(seed)
        self._triples = sorted(triples, key=lambda triple: triple["triple_id"])
        self._types = types
        self._documents = sorted(documents)
        ends = sorted(end for triple in triples for end in (triple["subject"], triple["object"]))
        ends = ends if by_degree else list(dict.fromkeys(ends))
        self._ends = {
            "drug": [end for end in ends if types[end] in ("Drug", "Chemical")],
            "gene": [end for end in ends if types[end] in ("Gene", "GeneFamily")],
            "disease": [end for end in ends if types[end] in ("Disease", "Phenotype")],
            "concept": ends,
        }

    def draw(self, question: Question, samples: int, *, required_only: bool = False) -> Iterator[Call]:
        """`samples` calls of a question; both ends of a pair come from one edge."""
        for _ in range(samples if question.parameters else 1):
            triple = self._random.choice(self._triples)
            asked = [p for p in question.parameters if self._asked(p, required_only)]
            yield Call(question.name, {p.name: self._value(p, triple) for p in asked})

    def _asked(self, parameter: Parameter, required_only: bool) -> bool:
        """Required ones always, optional entities half the time if wanted; all others keep their defaults."""
        if parameter.default is None or required_only:
            return parameter.default is None
        return parameter.type in self._ends and self._random.random() < 0.5

    def _value(self, parameter: Parameter, triple: Mapping[str, str]) -> object:
        if parameter.name in ("subject", "object"):
            return triple[parameter.name]
        if parameter.type == "publication":
            return self._random.choice(self._documents)
        if parameter.type in self._ends:
            return self._random.choice(self._ends[parameter.type])
        if parameter.type == "string":
            return triple["subject"].partition(":")[2][:3]
        raise ValueError(f"parameter {parameter.name} of type {parameter.type} has no default and can't be drawn")


def read_sampler(run: Path, *, seed: int, by_degree: bool = False) -> Sampler:
    """A sampler over the triples of a run that have evidence.

    Raises: FileNotFoundError if the folder holds no finished shard.
    """
    linked = {row["triple_id"] for row in read_live_evidence(run).select(["triple_id"]).to_pylist()}
    triples = [row for row in read_table(run, "triple").to_pylist() if row["triple_id"] in linked]
    types = {row["concept_id"]: row["type"] for row in read_table(run, "entity").to_pylist()}
    return Sampler(triples, types, read_table(run, "document")["doc_id"].to_pylist(), seed=seed, by_degree=by_degree)
