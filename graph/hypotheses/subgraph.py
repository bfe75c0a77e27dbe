"""What a list of hypotheses shows, as a networkx graph: concepts, the edges of the paths, the predicted edges.

Nodes carry name, label, what the network says of them and three metrics of the subgraph; stated edges are keyed by
their triple id, predicted ones by the hypothesis. It knows no store and no file format.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import networkx as nx

from engine.schema import AFFIRMED, NEGATED
from graph.hypotheses.network import Concept, Edge, Network
from graph.hypotheses.paths import Hypothesis, edges_shown
from graph.hypotheses.read import Quote

STATED: Final = "stated"
PREDICTED: Final = "predicted"
_SEED: Final = 1


def subgraph_of(
    hypotheses: Sequence[Hypothesis],
    network: Network,
    *,
    paths: int,
    quotes: Mapping[str, Sequence[Quote]] | None = None,
) -> nx.MultiDiGraph:
    """The concepts and edges of the first `paths` paths of each hypothesis; rodent genes as their human ones."""
    graph = nx.MultiDiGraph()
    for hypothesis in hypotheses:
        for concept in (hypothesis.first, hypothesis.last):
            _add_node(graph, concept)
    for edge in sorted({edge.id: edge for edge in edges_shown(hypotheses, paths=paths)}.values(), key=lambda e: e.id):
        subject, object_ = network.merged(edge.subject), network.merged(edge.object)
        for id in (subject, object_):
            _add_node(graph, network.concept(id))
        graph.add_edge(subject, object_, key=edge.id, **_edge_attributes(edge, (quotes or {}).get(edge.id, ())))
    for rank, hypothesis in enumerate(hypotheses, start=1):
        if hypothesis.predicate is None:
            continue
        graph.add_edge(
            hypothesis.first.id,
            hypothesis.last.id,
            key=f"H:{rank}",
            kind=PREDICTED,
            predicate=hypothesis.predicate,
            sign=hypothesis.sign,
            rank=rank,
            score=hypothesis.score,
            n_paths=hypothesis.n_paths,
        )
    _add_metrics(graph)
    return graph


def _add_node(graph: nx.MultiDiGraph, concept: Concept) -> None:
    if concept.id not in graph:
        graph.add_node(concept.id, name=concept.name, label=concept.label, is_drug=concept.is_drug)


def _edge_attributes(edge: Edge, quotes: Sequence[Quote]) -> dict[str, Any]:
    support = edge.support
    against = sorted({quote.publication for quote in quotes if quote.assertion == NEGATED})
    stating = sorted({quote.publication for quote in quotes if quote.assertion != NEGATED})
    known = {
        "kind": STATED,
        "predicate": edge.predicate,
        "sign": edge.sign,
        "belief": support.belief,
        "n_for": edge.n_affirmed,
        "n_against": support.n_negated,
        "n_speculated": support.n_speculated,
        "first_year": support.first_year,
        "last_year": support.last_year,
        "publications": "|".join(stating or against),  # of an edge that is only denied those that deny it
        "publications_against": "|".join(against) if stating and against else None,
        "sentence": next((q.sentence for q in quotes if q.assertion == AFFIRMED), None),
        "against": next((q.sentence for q in quotes if q.assertion == NEGATED), None),
    }
    return {name: value for name, value in known.items() if value is not None}


def _add_metrics(graph: nx.MultiDiGraph) -> None:
    """Degree, betweenness and community of each node, over the stated edges."""
    stated = nx.Graph()
    stated.add_nodes_from(graph)
    for a, b, data in graph.edges(data=True):
        if data["kind"] == STATED and data["belief"] > 0.0:
            weight = max(data["belief"], stated.edges[a, b]["belief"] if stated.has_edge(a, b) else 0.0)
            stated.add_edge(a, b, belief=weight)
    between = nx.betweenness_centrality(stated)
    communities = nx.community.louvain_communities(stated, weight="belief", seed=_SEED) if len(stated) else []
    numbered = sorted((sorted(community) for community in communities), key=lambda ids: (-len(ids), ids))
    community_of = {id: number for number, ids in enumerate(numbered) for id in ids}
    for id, data in graph.nodes(data=True):
        data["degree"] = stated.degree(id)
        data["betweenness"] = round(between[id], 4)
        data["community"] = community_of[id]


def metrics_of(graph: nx.MultiDiGraph) -> dict[str, Any]:
    """The subgraph in a few figures: sizes, components, the concepts that most shortest paths run through."""
    stated = nx.Graph((a, b) for a, b, data in graph.edges(data=True) if data["kind"] == STATED)
    central = sorted(graph.nodes(data=True), key=lambda item: (-item[1]["betweenness"], item[0]))[:5]
    return {
        "n_concepts": graph.number_of_nodes(),
        "n_stated": sum(data["kind"] == STATED for _, _, data in graph.edges(data=True)),
        "n_predicted": sum(data["kind"] == PREDICTED for _, _, data in graph.edges(data=True)),
        "n_components": nx.number_connected_components(stated) if len(stated) else 0,
        "n_communities": len({data["community"] for _, data in graph.nodes(data=True)}),
        "most_central": [{"id": id, "name": data["name"], "betweenness": data["betweenness"]} for id, data in central],
    }
