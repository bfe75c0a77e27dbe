"""Hypotheses over real servers: the same as from the embedded store, today and in a year."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.schema import CHEMICAL, DISEASE, GENE
from graph.connect import open_store
from graph.hypotheses.paths import Scoring, discover
from graph.hypotheses.read import read_everything, read_quotes, read_surroundings
from graph.store import Store
from tests.small_graph import at_random

pytestmark = pytest.mark.neo4j


@pytest.mark.parametrize("until", [None, 1997])
def test_servers_give_what_the_embedded_store_gives(neo4j_store: Store, tmp_path: Path, until: int | None) -> None:
    graph = at_random(3, n_sentences=500)
    graph.load(neo4j_store)
    with open_store(str(tmp_path / "graph")) as embedded:
        graph.load(embedded)
        n_found = 0
        for id, kind in (("c:1", DISEASE), ("x:2", CHEMICAL), ("g:3", DISEASE), ("m:1", CHEMICAL), ("x:1", GENE)):
            found = []
            for store in (neo4j_store, embedded):
                network = read_surroundings(store, [id], sought=kind, until=until, page_rows=40).network
                found.append(discover(network, network.merged(id), kind, scoring=Scoring(), limit=20))
            assert found[0] == found[1], (id, kind)
            n_found += len(found[0])
        assert n_found
        triples = {sentence.triple for sentence in graph.sentences}
        assert read_quotes(neo4j_store, triples, until=until) == read_quotes(embedded, triples, until=until)
        ours, theirs = (read_everything(store, page_rows=60) for store in (neo4j_store, embedded))
        assert (ours.concepts, ours.humans, ours.claims) == (theirs.concepts, theirs.humans, theirs.claims)
