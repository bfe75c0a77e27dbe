"""Parameters to ask every question with: drawn from a graph by a seed, and by name for the graph written by hand."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any, Final

from graph.questions import Question, all_questions
from tests.reference_answers import Reference
from tests.small_graph import SmallGraph

_VALUES: Final[dict[str, list[Any]]] = {
    "limit": [3, 1000],
    "min_belief": [0.0, 0.01, 0.4],
    "max_belief": [0.5, 1.0],
    "levels": [0, 1, 5],
    "since": [0, 1995],
    "before": [1997, 2050],
    "min_members": [1, 2],
    "min_drugs": [1, 2],
    "min_edges": [1, 5],
    "min_publications": [1, 2],
    "predicate": ["", "INHIBITS"],
    "label": ["Gene", "Drug", "Chemical", "Disease"],
    "text": ["c", "synonym 1", "3", "IM"],
}
_LABELS: Final = {
    "drug": ("Chemical",),
    "gene": ("Gene", "GeneFamily"),
    "disease": ("Disease", "Phenotype"),
    "concept": ("Gene", "GeneFamily", "Chemical", "Disease", "Phenotype"),
}
_TRIES: Final = 60  # draws until one has an answer; the next one is taken as it comes

# One set of parameters a question with which the graph written by hand has something to answer.
HAND_CASES: Final[dict[str, dict[str, Any]]] = {
    "ambiguous-names": {"label": "Drug"},
    "claims-by-year": {"concept": "imatinib"},
    "combination-ideas": {"disease": "GIST"},
    "compare-drugs": {"first": "imatinib", "second": "dasatinib"},
    "contradictions": {},
    "counteracting-drugs": {"drug": "quercetin"},
    "denied-edges": {"concept": "EGFR"},
    "disease-bridges": {"first": "CML", "second": "GIST"},
    "disease-combinations": {"disease": "GIST"},
    "disease-drug-phenotypes": {"disease": "CML"},
    "disease-drugs": {"disease": "CML"},
    "disease-drugs-harm": {"disease": "GIST"},
    "disease-genes": {"disease": "GIST"},
    "disease-inducers": {"disease": "edema"},
    "disease-subtypes": {"disease": "leukemia"},
    "downstream-diseases": {"gene": "KIT"},
    "drug-diseases": {"drug": "imatinib"},
    "drug-interactions": {"drug": "imatinib"},
    "drug-proteins": {"drug": "imatinib"},
    "drug-targets": {"drug": "imatinib"},
    "drugs-of-partners": {"gene": "EGFR"},
    "drugs-via-gene": {"disease": "CML"},
    "edge-evidence": {"subject": "imatinib", "object": "ABL1"},
    "edge-history": {"subject": "imatinib", "object": "ABL1"},
    "edge-journals": {"subject": "imatinib", "object": "ABL1"},
    "evidence-by-extractor": {"concept": "imatinib"},
    "evidence-by-section": {"concept": "imatinib"},
    "family-diseases": {"gene": "EGFR"},
    "family-drugs": {"gene": "tyrosine kinases"},
    "feed-forward-loops": {"concept": "quercetin"},
    "feedback-loops": {},
    "find": {"text": "tinib"},
    "first-publication": {"subject": "imatinib", "object": "ABL1"},
    "for-and-against": {"subject": "imatinib", "object": "ABL1"},
    "gene-disease-drugs": {"gene": "KIT", "disease": "GIST"},
    "gene-diseases": {"gene": "ABL1"},
    "gene-partners": {"gene": "KIT"},
    "hubs": {},
    "interaction-triangles": {"gene": "EGFR"},
    "links": {"first": "imatinib", "second": "GIST"},
    "low-belief-edges": {"min_publications": 2, "max_belief": 1},
    "mechanism": {"drug": "imatinib", "disease": "CML"},
    "mechanism-conflicts": {"drug": "rifampin"},
    "mechanism-two-genes": {"drug": "imatinib", "disease": "GIST"},
    "newest-edges": {"since": 2000},
    "off-targets": {"drug": "imatinib"},
    "opposite-effects": {"min_belief": 0},
    "ortholog-evidence": {"gene": "ABL1"},
    "partner-proteins": {"gene": "EGFR"},
    "paths": {"first": "imatinib", "second": "GIST"},
    "profile": {"concept": "imatinib"},
    "publication-claims": {"publication": "1"},
    "reading-list": {"concept": "imatinib"},
    "recent-evidence": {"concept": "imatinib", "since": 2004},
    "remedies": {"drug": "imatinib"},
    "repurposing": {"drug": "metformin"},
    "retracted-support": {},
    "retraction-impact": {},
    "richest-publications": {},
    "rising-concepts": {"since": 2004},
    "safer-alternatives": {"drug": "imatinib", "disease": "type 2 diabetes mellitus"},
    "selectivity": {"gene": "ABL1"},
    "shared-enzyme": {"drug": "simvastatin"},
    "shared-neighbours": {"first": "CML", "second": "leukemia"},
    "sibling-drugs": {"disease": "osteosarcoma"},
    "side-effect-targets": {"disease": "edema"},
    "side-effects": {"drug": "imatinib"},
    "sign-flips": {},
    "similar": {"concept": "imatinib"},
    "single-paper-edges": {"concept": "metformin"},
    "speculated-edges": {},
    "stale-edges": {"before": 2003},
    "surface-forms": {"concept": "imatinib"},
    "target-chemicals": {"gene": "ABL1"},
    "target-drugs": {"gene": "ABL1"},
    "target-safety": {"gene": "KIT"},
    "undrugged-genes": {"disease": "arthritis"},
    "upstream": {"gene": "ABL1"},
    "weak-hubs": {},
}


def question_cases(
    reference: Reference, *, count: int, seed: int, only: str | None = None
) -> Iterator[tuple[Question, dict[str, Any]]]:
    """`count` sets of parameters for each question, or for the `only` one; two of three have an answer if any has."""
    graph = reference.graph
    ids = {type: [e.id for e in graph.entities if e.label in known] for type, known in _LABELS.items()}
    ids["publication"] = [p.id for p in graph.publications]
    for question in all_questions().values():
        if only in (None, question.name):
            dice = random.Random(f"{seed} {question.name}")
            for turn in range(count):
                for _ in range(_TRIES if turn % 3 < 2 else 1):
                    values = _draw(question, turn, graph, ids, dice)
                    if reference.answer(question.name, **values):
                        break
                yield question, values


def _draw(
    question: Question, turn: int, graph: SmallGraph, ids: dict[str, list[str]], dice: random.Random
) -> dict[str, Any]:
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
    return values
