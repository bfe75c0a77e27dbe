"""Real Neo4j servers for the tests of this folder: one of each release line, started when first needed.

They are private servers on free ports with data in a temporary folder; a server that HYPOGRAPH_NEO4J_URI names is
never touched, for these tests wipe what they use. Without a server a test is skipped with the reason; with CI=true it
fails.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from graph.connect import open_store
from graph.errors import ServerError
from graph.server import start_server, stop_server
from graph.server_lines import LINES
from graph.store import Store


@pytest.fixture(scope="session", params=list(LINES))
def line(request: pytest.FixtureRequest) -> str:
    """A release line; a test that uses it, or a server, runs once for each."""
    chosen: str = request.param
    return chosen


@pytest.fixture(scope="session")
def neo4j_uri(line: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a private server of the line."""
    home = tmp_path_factory.mktemp(f"neo4j-{line}")
    with pytest.MonkeyPatch.context() as environment:
        for name in ("HYPOGRAPH_NEO4J_URI", "HYPOGRAPH_NEO4J_USER", "HYPOGRAPH_NEO4J_PASSWORD"):
            environment.delenv(name, raising=False)
        try:
            server = start_server(line, home=home, heap_gb=0.5)
        except ServerError as error:
            if os.environ.get("CI") == "true":
                pytest.fail(f"no Neo4j server, and CI=true: {error}")
            pytest.skip(str(error))
        try:
            yield server.uri
        finally:
            stop_server(home)


@pytest.fixture
def neo4j_store(neo4j_uri: str) -> Iterator[Store]:
    """A writable store on an empty server: no node, no constraint, no index."""
    with open_store(neo4j_uri) as store:
        wipe(store)
        yield store


def wipe(store: Store) -> None:
    """Empty a test server."""
    store.execute("MATCH (n) DETACH DELETE n")
    for row in store.execute("SHOW CONSTRAINTS YIELD name RETURN name"):
        store.execute(f"DROP CONSTRAINT `{row['name']}`")
    for row in store.execute("SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP' RETURN name"):
        store.execute(f"DROP INDEX `{row['name']}`")
