"""The read-only guard: what it lets through, and the ways around it that it must know."""

from __future__ import annotations

import pytest

from graph.errors import ForbiddenCypher
from graph.guard import MAX_CHARS, MAX_NESTING, MAX_UNIONS, check_read_only, tokenize
from tests.cypher_texts import FORBIDDEN, READS


@pytest.mark.parametrize("cypher", READS)
def test_reads_pass(cypher: str) -> None:
    check_read_only(cypher)


@pytest.mark.parametrize("cypher", FORBIDDEN)
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


@pytest.mark.parametrize(
    ("largest", "too_large", "reason"),
    [
        (f"RETURN '{'x' * (MAX_CHARS - 9)}'", f"RETURN '{'x' * (MAX_CHARS - 8)}'", "10,001 characters"),
        (f"RETURN {'(' * MAX_NESTING}1", f"RETURN {'(' * (MAX_NESTING + 1)}1", "nested more than 50 deep"),
        (f"{'CALL { ' * MAX_NESTING}RETURN 1", f"{'CALL { ' * (MAX_NESTING + 1)}RETURN 1", "nested more than 50 deep"),
        ("RETURN 1" + " UNION RETURN 1" * MAX_UNIONS, "RETURN 1" + " union RETURN 1" * (MAX_UNIONS + 1), "50 UNIONs"),
        (f"RETURN [{'[], ' * 999}1]", f"RETURN [{'[], ' * 2500}1]", "characters"),
    ],
)
def test_what_would_end_the_embedded_store_is_refused(largest: str, too_large: str, reason: str) -> None:
    check_read_only(largest)
    with pytest.raises(ForbiddenCypher, match=reason):
        check_read_only(too_large)
