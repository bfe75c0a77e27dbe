"""Opens the graph store that a URI names: a Neo4j server by the official driver, or an embedded kglite store's file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from graph.errors import StoreError
from graph.store import Store

NEO4J_SCHEMES: Final = ("neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s", "bolt+ssc")


def is_neo4j(uri: str) -> bool:
    """Whether `uri` names a Neo4j server rather than a file."""
    scheme, separator, _ = uri.partition("://")
    return bool(separator) and scheme in NEO4J_SCHEMES


def open_store(uri: str, *, read_only: bool = False, environment: Mapping[str, str] | None = None) -> Store:
    """Open the graph at `uri`: a Neo4j address, or the path of an embedded store.

    User, password and database of a Neo4j server come from the environment (`HYPOGRAPH_NEO4J_USER`,
    `HYPOGRAPH_NEO4J_PASSWORD`, `HYPOGRAPH_NEO4J_DATABASE`), never from the URI.
    Raises: StoreError if it cannot be opened or reached; StoreBusy if another process writes to the file.
    """
    if is_neo4j(uri):
        from graph.store_neo4j import Neo4jStore

        return Neo4jStore(uri, read_only=read_only, environment=environment)
    scheme, separator, _ = uri.partition("://")
    if separator:  # the embedded store would make folders of that name; the rest may hold a password
        raise StoreError(f"{scheme}://...: expected {'://, '.join(NEO4J_SCHEMES)}:// or the path of an embedded graph")
    from graph.store_embedded import EmbeddedStore

    return EmbeddedStore(uri, read_only=read_only)
