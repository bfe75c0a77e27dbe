"""The read-only guard: what it lets through, and the ways around it that it must know."""

from __future__ import annotations

import pytest

from graph.errors import ForbiddenCypher
from graph.guard import check_read_only, tokenize

READS = [
    "MATCH (n) RETURN n",
    "match (n:Drug) where n.name = 'x' return n.id order by n.id limit 3;",
    "OPTIONAL MATCH (n) RETURN n",
    "WITH 1 AS a RETURN a",
    "UNWIND [1, 2] AS x RETURN x",
    "RETURN 1 AS a UNION RETURN 2 AS a",
    "EXPLAIN MATCH (n) RETURN n",
    "PROFILE MATCH (n) RETURN n",
    "CYPHER 25 RETURN 1 AS a",
    "EXPLAIN CYPHER 5 RETURN 1 AS a",
    "CALL db.labels() YIELD label RETURN label",
    "CALL db.labels",
    "CALL `db`.`labels`()",
    "CALL db.index.fulltext.queryNodes('names', $text) YIELD node RETURN node.id",
    "MATCH (n) CALL (n) { MATCH (n)-->(m) RETURN count(m) AS c } RETURN n.id, c",
    "MATCH (n) WHERE EXISTS { (n)-[:TREATS]->(:Disease) } RETURN n",
    "MATCH (n) WHERE n.name CONTAINS 'CREATE (n)' RETURN n",
    'MATCH (n) WHERE n.name = "it\'s; DELETE" RETURN n',
    "MATCH (n) WHERE n.name = 'a\\' CREATE \\\\' RETURN n",
    "MATCH (n) // CREATE (m)\nRETURN n",
    "MATCH (n) /* DELETE n */ RETURN n",
    "MATCH (n) RETURN n.set, n.`delete`, n {.create}",
    "MATCH (n:Create)-[:SET]->(:Merge) RETURN n",
    "MATCH (n) RETURN {set: 1, delete: 2} AS m",
    "MATCH (n) WHERE n.id = $create RETURN n",
    "MATCH (`set`) RETURN `set`",
    "MATCH p = (a)-[*1..3]->(b) RETURN [x IN nodes(p) | x.name]",
    "MATCH (n) USING INDEX n:Drug(id) WHERE n.id = 'x' RETURN n",
    "RETURN date.truncate('year', date()) AS d, duration.between(date(), date()) AS e, point.distance(null, null) AS f",
    "RETURN vector.similarity.cosine([1.0], [1.0]) AS s",
    "RETURN 1.5e3 AS a, 0x1F AS b, -1 AS c",
    "MATCH (n)\r\nRETURN n // end of line of another system\r\n",
    "RETURN 'β-catenin, naïve, 中' AS `β`",
    "RETURN 'C:\\\\users' AS path",
    "MATCH (loader)-[:CALLS]->(created) RETURN loader.settings, created",
]

WRITES = [
    "CREATE (n)",
    "create (n)",
    "CrEaTe (n)",
    "INSERT (n)",
    "MERGE (n:Drug {id: 'x'})",
    "MATCH (n) SET n.x = 1",
    "MATCH (n) SET n:Label",
    "MATCH (n) REMOVE n.x",
    "MATCH (n) DELETE n",
    "MATCH (n) DETACH DELETE n",
    "MATCH (n) NODETACH DELETE n",
    "MATCH (n) FOREACH (x IN [1] | SET n.x = x)",
    "MATCH (n) CALL { WITH n SET n.x = 1 } RETURN n",
    "MATCH (n) CALL (n) { CREATE (m) } IN TRANSACTIONS",
    "UNWIND [1] AS x CREATE (n {x: x})",
    "RETURN 1 AS a UNION CREATE (n) RETURN 1 AS a",
    "EXPLAIN CREATE (n)",
    "PROFILE MATCH (n) DELETE n",
    "CYPHER 5 CREATE (n)",
    "CYPHER planner=cost CREATE (n)",
    "/* harmless */ CREATE (n)",
    "MATCH (n) RETURN n; CREATE (m)",
    "MATCH (n)/**/DELETE/**/n",
    "MATCH (n)\tDELETE\nn",
    "MATCH (n)\u00a0DELETE\u2003n",
    "MATCH (n) WITH n, 1 AS as WITH as CREATE (m)",
    "UNWIND [1] AS as CREATE (n) RETURN 1",
    "RETURN 1.SET",
    "MATCH (n) WHERE n.x = 1.DELETE n",
    "MATCH (n) WITH n AS `a` DELETE `a`",
    "MATCH (n) WHERE n.name = 'a' DELETE n //'",
    "MATCH (n) WHERE n.name = 'a\\\\' DELETE n //'",
    'MATCH (n) WHERE n.name = "a" DELETE n //"',
    "MATCH (n) // hidden\nDELETE n",
    "MATCH (n) RETURN '/*' AS a UNION MATCH (n) DELETE n RETURN '*/' AS a",
    "MATCH (n:`a``) DELETE n //`) DELETE n",
]

ESCAPES = [
    r"\u0043REATE (n)",
    r"MATCH (n) \u0044ELETE n",
    r"MATCH (n) DELET\u0045 n",
    r"MATCH (n) WHERE n.name = 'a\u0027 DELETE n //'",
    r"MATCH (n:`a\u0060) DELETE n //`) RETURN n",
    r"MATCH (n) // a\u000aDELETE n",
    r"MATCH (n) /* \u002a\u002f DELETE n /* */ RETURN n",
    r"MATCH (n) \u002f* ' \u002a/ DELETE n // '",
    r"MATCH (n) \uu0044ELETE n",
    r"MATCH (n) \U0044ELETE n",
    r"MATCH (n) WHERE n.name = '\\u0027' RETURN n",
]

HIDDEN = [
    "MATCH (n) // a\rDELETE n",
    "MATCH (n) // a\x85DELETE n",
    "MATCH (n) DEL\u200bETE n",
    "MATCH (n) DEL\u00adETE n",
    "MATCH (n)\ufeffDELETE n",
    "MATCH (n)\x00DELETE n",
    "MATCH (n)\x1cRETURN n",
    "MATCH (n) \u202eRETURN n",
    "MATCH (n) DELETE\u180en",
    "MATCH (n) \u017fET n.x = 1",
    "MATCH (n) \uff24\uff25\uff2c\uff25\uff34\uff25 n",
]

UNFINISHED = [
    "MATCH (n) RETURN 'a",
    'MATCH (n) RETURN "a',
    "MATCH (n:`a) RETURN n",
    "MATCH (n) /* RETURN n",
    "MATCH (n) RETURN 'a\\'",
    "MATCH (n) /* /* */ DELETE n */ RETURN n",
    "MATCH (n:`a\\`) RETURN n",
    "MATCH (n) RETURN \\n",
]

OUTSIDE = [
    "LOAD CSV FROM 'file:///etc/passwd' AS row RETURN row",
    "LOAD CSV WITH HEADERS FROM 'https://example.org/x.csv' AS row RETURN row",
    "MATCH (n) LOAD CSV FROM n.url AS row RETURN row",
    "MATCH (n) CALL { LOAD CSV FROM 'file:///etc/passwd' AS r RETURN r } RETURN r",
    "USING PERIODIC COMMIT LOAD CSV FROM 'file:///x' AS r CREATE (n)",
    "MATCH (n) load/**/csv from 'file:///x' AS r RETURN r",
    "CALL apoc.load.json('https://example.org') YIELD value RETURN value",
    "CALL apoc.cypher.run('CREATE (n)', {}) YIELD value RETURN value",
    "CALL apoc.cypher.doIt('CREATE (n)', {})",
    "CALL `apoc`.`load`.`json`('x')",
    "CALL `apoc.load.json`('x')",
    "CALL /* */ apoc . load . json ('x')",
    "CALL db.create.setNodeVectorProperty(n, 'x', [1.0])",
    "CALL db.createLabel('x')",
    "CALL dbms.listConfig()",
    "CALL dbms.killQuery('x')",
    "CALL dbms.security.createUser('x', 'y', false)",
    "CALL dbms.setConfigValue('x', 'y')",
    "CALL gds.graph.project('g', '*', '*')",
    "CALL tx.setMetaData({})",
    "CALL db.index.fulltext.awaitEventuallyConsistentIndexRefresh()",
    "CALL db.LABELS()",
    "CALL db",
    "CALL unknown()",
    "OPTIONAL CALL apoc.load.json('x')",
    "MATCH (n) RETURN apoc.load.json('https://example.org')",
    "RETURN apoc.text.join(['a'], 'b')",
    "RETURN apoc . util . sleep (1)",
    "RETURN `apoc`.`version`()",
    "RETURN genai.vector.encode('x', 'OpenAI', {token: 'y'})",
    "RETURN ai.text.embed('x', 'y', {})",
    "RETURN gds.version()",
    "RETURN db.nameFromElementId('x')",
    "RETURN graph.names()",
]

ADMINISTERS = [
    "CREATE INDEX FOR (n:Drug) ON (n.id)",
    "CREATE CONSTRAINT FOR (n:Drug) REQUIRE n.id IS UNIQUE",
    "DROP CONSTRAINT c",
    "DROP INDEX i IF EXISTS",
    "CREATE USER x SET PASSWORD 'y'",
    "ALTER USER x SET PASSWORD 'y'",
    "ALTER CURRENT USER SET PASSWORD FROM 'a' TO 'b'",
    "GRANT ROLE admin TO x",
    "DENY READ {*} ON GRAPH * TO x",
    "REVOKE ROLE admin FROM x",
    "RENAME USER x TO y",
    "START DATABASE neo4j",
    "STOP DATABASE neo4j",
    "ENABLE SERVER 'x'",
    "SHOW USERS",
    "SHOW TRANSACTIONS",
    "SHOW DATABASES",
    "TERMINATE TRANSACTIONS 'neo4j-transaction-1'",
    "USE system RETURN 1",
    "MATCH (n) CALL { USE other MATCH (m) RETURN m } RETURN m",
    "DRYRUN REALLOCATE DATABASES",
    "",
    "  // nothing\n",
    "EXPLAIN",
    "hello",
    "(n) RETURN n",
]


@pytest.mark.parametrize("cypher", READS)
def test_reads_pass(cypher: str) -> None:
    check_read_only(cypher)


@pytest.mark.parametrize("cypher", [*WRITES, *ESCAPES, *HIDDEN, *UNFINISHED, *OUTSIDE, *ADMINISTERS])
def test_everything_else_is_refused(cypher: str) -> None:
    with pytest.raises(ForbiddenCypher):
        check_read_only(cypher)


@pytest.mark.parametrize("prefix", ["MATCH (n) ", "MATCH (n)\n/* x */\t", "WITH 'a' AS a // b\n"])
@pytest.mark.parametrize(
    "word", ["CREATE", "merge", "Set", "DELETE", "remove", "DROP", "FOREACH", "Load", "USE", "INSERT"]
)
def test_a_writing_word_is_refused_wherever_a_clause_may_stand(prefix: str, word: str) -> None:
    with pytest.raises(ForbiddenCypher, match=word):
        check_read_only(f"{prefix}{word} (m)")


def test_the_message_names_word_and_place() -> None:
    with pytest.raises(ForbiddenCypher) as caught:
        check_read_only("MATCH (n)\nWHERE n.x = 1\n  DELETE n")
    assert "line 3, column 3: 'DELETE'" in str(caught.value)
    assert "backticks" in str(caught.value)


def test_the_message_for_a_procedure_lists_those_allowed() -> None:
    with pytest.raises(ForbiddenCypher) as caught:
        check_read_only("CALL apoc.load.json('x')")
    assert "apoc.load.json" in str(caught.value)
    assert "db.labels" in str(caught.value)


def test_tokens_keep_strings_and_names_whole() -> None:
    tokens = [(t.kind, t.text) for t in tokenize("RETURN 'a //' AS `b``c`, 1..2 // d")]
    assert tokens == [
        ("word", "RETURN"),
        ("string", "'a //'"),
        ("word", "AS"),
        ("name", "b`c"),
        ("mark", ","),
        ("number", "1"),
        ("mark", ".."),
        ("number", "2"),
    ]
