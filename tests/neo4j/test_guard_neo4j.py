"""The guard against the server's own judgement: what it lets through, the server plans as reading.

Texts are put together at random from the pieces that guards stumble over; EXPLAIN says what each would do.
"""

from __future__ import annotations

import random
from typing import Any

import pytest

from graph.errors import ForbiddenCypher
from graph.guard import check_read_only

pytestmark = pytest.mark.neo4j

_PIECES = [
    "MATCH (n) ", "WITH n ", "RETURN n ", "RETURN 1 AS x ", "WITH 1 AS as ", "UNWIND [1] AS as ", "CREATE (m) ",
    "SET n.x = 1 ", "DELETE n ", "MERGE (m) ", "REMOVE n.x ", "CALL { ", "} ", "'", '"', "`", "/*", "*/", "//", "\n",
    "\r", "\\", "\\u0027", "\\u002f", "\\u000a", "\u2028", "\u00a0", ";", "{set: 1}", "n.set ", "1.", "$p ", "AS as ",
    "CALL db.labels() YIELD label ", "CALL db.createLabel('x') ", "LOAD CSV FROM 'file:///x' AS r ", "UNION ",
    "CREATE (m) RETURN 1 AS x ", "MATCH (n) DELETE n ", "MATCH (n) SET n:X ",
]  # fmt: skip


def test_what_the_guard_lets_through_the_server_plans_as_reading(neo4j_uri: str) -> None:
    from neo4j import GraphDatabase
    from neo4j.exceptions import Neo4jError

    dice = random.Random(5)
    seen, planned = 0, 0
    with GraphDatabase.driver(neo4j_uri, notifications_min_severity="OFF") as driver, driver.session() as session:
        while seen < 250:
            text = "".join(dice.choices(_PIECES, k=dice.randrange(2, 7)))
            try:
                check_read_only(text)
            except ForbiddenCypher:
                continue
            seen += 1
            try:
                summary: Any = session.run("EXPLAIN " + text, p=1).consume()
            except Neo4jError:
                continue  # no Cypher at all
            planned += 1
            assert summary.query_type == "r", text
            assert "LoadCSV" not in str(summary.plan), text
    assert planned >= 10
