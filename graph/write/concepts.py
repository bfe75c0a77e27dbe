"""A shard's entity and vocabulary tables, of which only what documents in force name goes into the graph.

A shard holds the concepts of documents, too, that another shard or the graph has a higher revision of. What those
alone name would depend on how documents were cut into shards, so it is left out.
It knows nothing of documents. The trade-off: one shard's entities and vocabulary edges are held in memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from graph.errors import LoadError
from graph.schema import LEXICON_TYPES
from graph.write.batch import Tally
from graph.write.closure import Vocabulary, VocabularyEdges
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
        rows = read_table(shard, "lexicon_edge")
        _check_edges(rows, shard)
        self._edges = VocabularyEdges.of(rows)
        self._vocabulary = Vocabulary(self._edges)
        self._written: set[str] = set()
        tally.count("entities", rows=len(self._nodes), written=0, unchanged=0)
        tally.count("lexicon_edges", rows=len(rows), written=0, unchanged=0, removed=0)

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
        complete = todo & self._nodes.keys()  # a shard that has an entity has all edges that start there
        self._entities.write_lexicon_edges(self._edges.starting_at(todo), complete=complete)
        return dict(orphaned)

    def finish(self) -> None:
        """Count the concepts that no document in force names."""
        self._tally.count("entities", unnamed=len(self._nodes.keys() - self._written))


def _check_edges(rows: pa.Table, shard: Path) -> None:
    is_known = pc.is_in(rows["predicate"], pa.array(LEXICON_TYPES))
    is_whole = pc.and_(pc.is_valid(rows["subject"]), pc.is_valid(rows["object"]))
    wrong = rows.filter(pc.invert(pc.and_(is_known, is_whole)))
    if len(wrong):
        edge = rows_of(wrong.slice(0, 1))[0]
        raise LoadError(
            f"{shard}: lexicon edge {edge}: expected a subject, an object, and one of {', '.join(LEXICON_TYPES)}"
        )
