"""Owns the graph: its stores, schema, writer, belief and questions. Knows nothing of models.

`graph.open(uri)` is the way in from Python; see `graph.access.graph`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graph.access.graph import Graph


def open(uri: str, *, timeout_s: float | None = None, limit_rows: int | None = None) -> Graph:
    """Open the graph at `uri`, a Neo4j address or an embedded store's path, for reading.

    Units: `timeout_s` seconds and `limit_rows` rows an answer, a minute and 10,000 unless given.
    Raises: graph.errors.StoreError if it cannot be opened or reached.
    """
    from graph.access.graph import Graph  # so that importing a part of the package loads no more than that part
    from graph.ask import LIMIT_ROWS, TIMEOUT_S

    return Graph(uri, timeout_s=timeout_s or TIMEOUT_S, limit_rows=limit_rows or LIMIT_ROWS)
