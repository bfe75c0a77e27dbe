"""Parameters to ask every question with, drawn from a graph by a seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from graph.questions import Question, all_questions
from tests.small_graph import SmallGraph

_VALUES: dict[str, list[Any]] = {
    "limit": [3, 1000],
    "min_belief": [0.0, 0.01, 0.4],
    "levels": [0, 1, 5],
    "since": [0, 1995],
    "predicate": ["", "INHIBITS"],
    "label": ["Gene", "Drug", "Chemical", "Disease"],
    "text": ["c", "synonym 1", "3", "IM"],
}


def question_cases(graph: SmallGraph, *, count: int, seed: int) -> Iterator[tuple[Question, dict[str, Any]]]:
    """`count` sets of parameters for each question; pairs of ends are mostly pairs that an edge joins."""
    dice = random.Random(seed)
    labels = {
        "drug": ("Chemical",),
        "gene": ("Gene", "GeneFamily"),
        "disease": ("Disease", "Phenotype"),
        "concept": ("Gene", "GeneFamily", "Chemical", "Disease", "Phenotype"),
    }
    ids = {type: [e.id for e in graph.entities if e.label in known] for type, known in labels.items()}
    ids["publication"] = [p.id for p in graph.publications]
    for question in all_questions().values():
        for turn in range(count):
            values: dict[str, Any] = {}
            for parameter in question.parameters:
                if parameter.type in ids:
                    given = parameter.default is None or turn % 2 == 1
                    values[parameter.name] = dice.choice(ids[parameter.type]) if given else parameter.default
                else:
                    values[parameter.name] = dice.choice(_VALUES[parameter.name])
            if {"subject", "object"} <= values.keys() and turn % 3 < 2:
                sentence = dice.choice(graph.sentences)
                values["subject"], values["object"] = dice.sample([sentence.subject, sentence.object], 2)
            yield question, values
