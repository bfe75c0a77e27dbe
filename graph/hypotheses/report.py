"""Hypotheses as plain rows for JSON: ends, prediction, paths, and for each hop its best sentence for and against.

It knows no store: sentences are handed in, by triple. The same rows are what a person reads (`jobs.hypotheses`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from engine.schema import AFFIRMED, NEGATED, SPECULATED
from graph.hypotheses.network import Concept, Edge, Network
from graph.hypotheses.paths import Hop, Hypothesis, Path
from graph.hypotheses.read import Quote

Quotes = Mapping[str, Sequence[Quote]]
_DIGITS: Final = 6


def hypothesis_rows(
    hypotheses: Sequence[Hypothesis], network: Network, quotes: Quotes, *, paths: int
) -> list[dict[str, Any]]:
    """One row a hypothesis, with its first `paths` paths, in the order of the list."""
    return [
        {
            "rank": rank,
            "first": concept_row(hypothesis.first),
            "predicate": hypothesis.predicate,
            "last": concept_row(hypothesis.last),
            "sign": hypothesis.sign,
            "score": _rounded(hypothesis.score),
            "agreement": None if hypothesis.agreement is None else _rounded(hypothesis.agreement),
            "n_paths": hypothesis.n_paths,
            "known": [_edge_row([edge], network, quotes) for edge in hypothesis.known],
            "paths": [_path_row(path, network, quotes) for path in hypothesis.paths[:paths]],
        }
        for rank, hypothesis in enumerate(hypotheses, start=1)
    ]


def concept_row(concept: Concept) -> dict[str, Any]:
    """Id, name and type of a concept."""
    return {"id": concept.id, "name": concept.name, "type": "Drug" if concept.is_drug else concept.label}


def _rounded(value: float) -> float:
    """By digits and not by decimals: through concepts of thousands of edges a path weighs less than a millionth."""
    return float(f"{value:.{_DIGITS}g}")


def _path_row(path: Path, network: Network, quotes: Quotes) -> dict[str, Any]:
    return {
        "sign": path.sign,
        "weight": _rounded(path.weight),
        "is_mechanism": path.is_mechanism,
        "hops": [_hop_row(hop, network, quotes) for hop in path.hops],
    }


def _hop_row(hop: Hop, network: Network, quotes: Quotes) -> dict[str, Any]:
    """The hop as it is stated; `forward` says whether the path runs through it that way."""
    subject, object_ = (hop.source, hop.target) if hop.forward else (hop.target, hop.source)
    row = _edge_row(hop.edges, network, quotes)
    ends = {"subject": concept_row(network.concept(subject)), "object": concept_row(network.concept(object_))}
    return {**row, **ends, "forward": hop.forward}


def _edge_row(edges: Sequence[Edge], network: Network, quotes: Quotes) -> dict[str, Any]:
    first = edges[0]
    said = [quote for edge in edges for quote in quotes.get(edge.id, ())]
    return {
        "subject": concept_row(network.concept(network.merged(first.subject))),
        "predicate": first.predicate,
        "object": concept_row(network.concept(network.merged(first.object))),
        "sign": first.sign,
        "belief": first.support.belief,
        "n_for": sum(edge.n_affirmed for edge in edges),
        "n_against": sum(edge.support.n_negated for edge in edges),
        "n_speculated": sum(edge.support.n_speculated for edge in edges),
        "triples": [edge.id for edge in edges],
        "best_for": _best(said, AFFIRMED),
        "best_against": _best(said, NEGATED),
        "best_speculated": _best(said, SPECULATED),
    }


def _best(quotes: Iterable[Quote], assertion: str) -> dict[str, Any] | None:
    own = [quote for quote in quotes if quote.assertion == assertion]
    if not own:
        return None
    best = max(own, key=lambda quote: quote.weight)
    return {"sentence": best.sentence, "publication": best.publication, "year": best.year}
