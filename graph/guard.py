"""Refuses Cypher that does more than read, before it reaches any store.

A read transaction alone isn't enough: in it LOAD CSV still reads files and addresses, and procedures still call out.
So the text is cut into tokens (comments, strings and backticked names set aside), must begin as a query does, must hold
no word that writes or administers, and may call only the procedures and function families listed here. What Neo4j
and the embedded store might read differently (unicode escapes, invisible characters, nested comments) is refused
rather than interpreted. So is what is very long or deep: some hundred nested or united queries overflow the stack of
the embedded store, and planning isn't under its time limit. The trade-off: a harmless variable called `set` needs
backticks; the message says so.
This file knows no store and no graph: reads are also run in read transactions, with a time and a row limit.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from graph.errors import ForbiddenCypher

PROCEDURES: Final = frozenset(
    {
        "db.info",
        "db.index.fulltext.queryNodes",
        "db.index.fulltext.queryRelationships",
        "db.index.vector.queryNodes",
        "db.index.vector.queryRelationships",
        "db.labels",
        "db.ping",
        "db.propertyKeys",
        "db.relationshipTypes",
        "db.schema.nodeTypeProperties",
        "db.schema.relTypeProperties",
        "db.schema.visualization",
        "dbms.components",
    }
)
# A function without a namespace is always Neo4j's own, and none of those reaches outside the graph.
FUNCTION_FAMILIES: Final = (
    "date",
    "datetime",
    "duration",
    "localdatetime",
    "localtime",
    "point",
    "time",
    "vector.similarity",
)

MAX_CHARS: Final = 10_000  # twice as long as any of our own questions
MAX_NESTING: Final = 50
MAX_UNIONS: Final = 50

_PREFIXES: Final = frozenset({"EXPLAIN", "PROFILE"})
_FIRST_WORDS: Final = frozenset(
    {"MATCH", "OPTIONAL", "WITH", "UNWIND", "RETURN", "CALL", "LET", "FILTER", "FOR", "WHEN"}
)
_WRITES: Final = frozenset(
    {"CREATE", "INSERT", "MERGE", "SET", "DELETE", "DETACH", "NODETACH", "REMOVE", "DROP", "FOREACH", "TRANSACTIONS"}
)
_ADMINISTERS: Final = frozenset(
    {"ALTER", "DEALLOCATE", "DENY", "DRYRUN", "GRANT", "REALLOCATE", "RENAME", "REVOKE", "SHOW", "TERMINATE", "USE"}
)

_TOKEN: Final = re.compile(
    r"""(?P<space>\s+)
      | (?P<comment>//[^\n]*|/\*.*?\*/)
      | (?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
      | (?P<name>`(?:[^`]|``)*`)
      | (?P<number>\d\w*(?:\.\d\w*)?)
      | (?P<word>[^\W\d]\w*)
      | (?P<mark>\.\.|.)""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE: Final = re.compile(r"\\u+[0-9A-Fa-f]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of query text. `text` of a backticked name is what stands inside; of a word, its spelling."""

    kind: str
    text: str
    start: int

    @property
    def keyword(self) -> str:
        """The keyword that any reader might take this word for; empty for what is no word."""
        if self.kind != "word":
            return ""
        return unicodedata.normalize("NFKC", self.text).casefold().upper()


def check_read_only(cypher: str) -> None:
    """Raise ForbiddenCypher, with the word and its place, unless this text only reads.

    It is a check of what a text may do, not of its grammar: a text that passes may still be refused by the store.
    """
    if len(cypher) > MAX_CHARS:
        raise ForbiddenCypher(f"refused: a query of {len(cypher):,} characters, at most {MAX_CHARS:,} are taken")
    cypher = cypher.replace("\r\n", "\n")
    tokens = list(tokenize(cypher))
    if tokens and tokens[-1].text == ";":
        tokens.pop()
    _check_beginning(tokens, cypher)
    _check_size(tokens, cypher)
    for position, token in enumerate(tokens):
        if token.kind == "mark" and token.text == ";":
            raise _forbidden(cypher, token, "one statement at a time")
        if not _is_plain_name(tokens, position):
            _check_word(token, cypher)
            if token.keyword == "CALL":
                _check_procedure(tokens, position, cypher)
        _check_function(tokens, position, cypher)


def tokenize(cypher: str) -> Iterator[Token]:
    """The tokens of a query text without white space and comments.

    Raises: ForbiddenCypher for a quote or comment that does not end, and for what two readers could read differently.
    """
    escape = _ESCAPE.search(cypher)
    if escape:
        raise _forbidden(cypher, Token("mark", escape.group(), escape.start()), "write the character, not its escape")
    for match in _TOKEN.finditer(cypher):
        kind, text, start = match.lastgroup or "", match.group(), match.start()
        token = Token(kind, text[1:-1].replace("``", "`") if kind == "name" else text, start)
        if kind in ("space", "comment", "mark", "word", "number") and _has_hidden(text):
            raise _forbidden(cypher, Token("mark", ascii(text).strip("'"), start), "an invisible character")
        if kind == "comment" and "/*" in text[2:] and text.startswith("/*"):
            raise _forbidden(cypher, token, "a comment in a comment")
        if kind == "name" and "\\" in text:
            raise _forbidden(cypher, token, "a backslash in a backticked name")
        if kind == "mark" and (text in "'\"`\\" or cypher.startswith("/*", start)):
            raise _forbidden(cypher, token, "a quote or a comment that does not end")
        if kind not in ("space", "comment"):
            yield token


def _has_hidden(text: str) -> bool:
    return any(unicodedata.category(c).startswith("C") and c not in "\t\n" for c in text)


def _check_beginning(tokens: list[Token], cypher: str) -> None:
    rest = list(tokens)
    while rest and (rest[0].keyword in _PREFIXES or rest[0].keyword == "CYPHER"):
        prefix = rest.pop(0)
        if prefix.keyword == "CYPHER" and rest and rest[0].text in ("5", "25"):
            rest.pop(0)
    if not rest:
        raise ForbiddenCypher("expected a query, found no word of one")
    if rest[0].keyword not in _FIRST_WORDS:
        reason = "a query that only reads begins with MATCH, OPTIONAL MATCH, WITH, UNWIND, RETURN or CALL"
        raise _forbidden(cypher, rest[0], reason)


def _check_size(tokens: list[Token], cypher: str) -> None:
    depth = unions = 0
    for token in tokens:
        if token.kind == "mark":
            depth += (token.text in "([{") - (token.text in ")]}")
        unions += token.keyword == "UNION"
        if depth > MAX_NESTING:
            raise _forbidden(cypher, token, f"brackets nested more than {MAX_NESTING} deep")
        if unions > MAX_UNIONS:
            raise _forbidden(cypher, token, f"more than {MAX_UNIONS} UNIONs")


def _is_plain_name(tokens: list[Token], position: int) -> bool:
    """Whether the grammar leaves this place to a name: a property, a label, a parameter, a key of a map."""
    before = tokens[position - 1].text if position and tokens[position - 1].kind == "mark" else ""
    after = tokens[position + 1].text if position + 1 < len(tokens) else ""
    if before == ".":  # 1.SET might be read as the number 1. and a word
        return position >= 2 and tokens[position - 2].kind != "number"
    return before in (":", "$") or (before in ("{", ",") and after == ":")


def _check_word(token: Token, cypher: str) -> None:
    keyword = token.keyword
    if keyword in _WRITES:
        raise _forbidden(cypher, token, "only reading is allowed here (a name of that spelling goes in backticks)")
    if keyword in _ADMINISTERS:
        raise _forbidden(cypher, token, "schema and administration commands are refused (a name goes in backticks)")
    if keyword == "LOAD":
        raise _forbidden(cypher, token, "LOAD reads files and network addresses (a name goes in backticks)")


def _check_procedure(tokens: list[Token], position: int, cypher: str) -> None:
    name, _ = _dotted(tokens, position + 1)
    if name and name not in PROCEDURES:
        listed = ", ".join(sorted(PROCEDURES))
        raise _forbidden(cypher, tokens[position + 1], f"procedure {name} is not among those allowed: {listed}")


def _check_function(tokens: list[Token], position: int, cypher: str) -> None:
    """Look at a dotted name that is called: `a.b.c(`."""
    if position and (tokens[position - 1].text == "." or tokens[position - 1].keyword == "CALL"):
        return
    name, end = _dotted(tokens, position)
    if "." not in name or end >= len(tokens) or tokens[end].text != "(":
        return
    family = name.casefold().rpartition(".")[0]
    if family not in FUNCTION_FAMILIES:
        raise _forbidden(cypher, tokens[position], f"function {name} is not among those allowed")


def _dotted(tokens: list[Token], start: int) -> tuple[str, int]:
    """The dotted name that begins at this token, and the place behind it; an empty name if none begins here."""
    parts: list[str] = []
    place = start
    while place < len(tokens) and tokens[place].kind in ("word", "name"):
        parts.append(tokens[place].text)
        place += 1
        if place >= len(tokens) or tokens[place].text != "." or tokens[place].kind != "mark":
            break
        place += 1
    return ".".join(parts), place


def _forbidden(cypher: str, token: Token, reason: str) -> ForbiddenCypher:
    line = cypher.count("\n", 0, token.start) + 1
    column = token.start - (cypher.rfind("\n", 0, token.start) + 1) + 1
    shown = token.text if len(token.text) <= 40 else token.text[:37] + "..."
    return ForbiddenCypher(f"refused at line {line}, column {column}: {shown!r}: {reason}")
