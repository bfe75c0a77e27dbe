"""A shard's entity and vocabulary tables, of which only what documents in force name goes into the graph.

A shard holds the concepts of documents, too, that another shard or the graph has a higher revision of. What those
alone name would depend on how documents were cut into shards, so it is left out.
It knows nothing of documents. The trade-off: one shard's entities and vocabulary edges are held in memory.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from graph.errors import LoadError
from graph.schema import LEXICON_TYPES
from graph.write.batch import Tally
from graph.write.closure import Vocabulary
from graph.write.entities import EntityWriter, one_a_concept
from graph.write.rows import Triple, entity_node
from graph.write.shards import read_table, rows_of


class ShardConcepts:
    """The concepts of one shard, written as they are named."""

    def __init__(self, shard: Path, entities: EntityWriter, tally: Tally) -> None:
        self._shard = shard
        self._entities = entities
        self._tally = tally
        self._nodes = {
            node.id: node for node in one_a_concept(entity_node(row) for row in rows_of(read_table(shard, "entity")))
        }
        self._edges: dict[str, list[Triple]] = defaultdict(list)
        for row in rows_of(read_table(shard, "lexicon_edge")):
            edge = Triple(row["subject"], row["predicate"], row["object"])
            if edge.predicate not in LEXICON_TYPES:
                raise LoadError(f"{shard}: lexicon edge {edge}: expected one of {', '.join(LEXICON_TYPES)}")
            self._edges[edge.subject].append(edge)
        self._vocabulary = Vocabulary(edge for edges in self._edges.values() for edge in edges)
        self._written: set[str] = set()
        tally.count("entities", rows=len(self._nodes), written=0, unchanged=0)
        tally.count("lexicon_edges", rows=sum(map(len, self._edges.values())), written=0, unchanged=0)

    def check_ends(self, triples: Mapping[str, Triple]) -> None:
        """Make sure that every end of these triples is known. Raises: LoadError if one is neither here nor there."""
        ends = {end for triple in triples.values() for end in (triple.subject, triple.object)} - self._nodes.keys()
        missing = sorted(ends - self._entities.labels_of(ends).keys())
        if missing:
            raise LoadError(
                f"{self._shard}: {len(missing)} ends of triples are neither in its entity table nor in the graph, "
                f"first {missing[0]}"
            )

    def write(self, named: set[str]) -> dict[str, Triple]:
        """Bring these concepts, and what vocabularies join to them, up to date.

        Returns: by id, the triples that lost their edge because an end changed its label.
        """
        todo = self._vocabulary.closure(named) - self._written
        self._written |= todo
        nodes = [self._nodes[id_] for id_ in sorted(todo & self._nodes.keys())]
        orphaned = self._entities.write_entities(nodes)
        edges = [edge for id_ in sorted(todo) for edge in sorted(set(self._edges.get(id_, ())))]
        self._entities.write_lexicon_edges(edges)
        return dict(orphaned)

    def finish(self) -> None:
        """Count the concepts that no document in force names."""
        self._tally.count("entities", unnamed=len(self._nodes.keys() - self._written))
