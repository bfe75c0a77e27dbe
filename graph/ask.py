"""Asks a question of the graph: parameters are checked and names resolved, then the file's own text runs.

Values go to the store as parameters and never into the text, so nothing that a person types can become Cypher. The
one exception is the number of rows of a question, a checked whole number.
Each text passes the read-only guard and runs in a read transaction with a time and a row limit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from graph.errors import QuestionError, UnknownName
from graph.guard import check_read_only, tokenize
from graph.names import Entity, resolve_name
from graph.parameters import check_parameters, check_scalar, check_text, shown
from graph.questions import ENTITY_PARAMETERS, WORD_PARAMETERS, Parameter, Question, find_question
from graph.store import Answer, Store

TIMEOUT_S: Final = 60.0
LIMIT_ROWS: Final = 10_000
_NUMBERS: Final = {"int": "a whole number from 0 up", "float": "a number from 0 up", "belief": "a number from 0 to 1"}


@dataclass(frozen=True, slots=True)
class Prepared:
    """The values that a question runs with, and what its names were taken for."""

    values: dict[str, object]
    entities: dict[str, Entity]


def ask(
    store: Store,
    question: str | Question,
    parameters: Mapping[str, object] | None = None,
    *,
    timeout_s: float = TIMEOUT_S,
    limit_rows: int = LIMIT_ROWS,
) -> Answer:
    """Answer one of the questions, by name; `parameters` are as a person gives them, names or ids.

    Raises: QuestionError, UnknownName for the question or a parameter; QueryTimeout past the time limit.
    """
    asked = find_question(question) if isinstance(question, str) else question
    prepared = prepare(store, asked, parameters or {})
    return run_question(store, asked, prepared, timeout_s=timeout_s, limit_rows=limit_rows)


def run_question(
    store: Store, question: Question, prepared: Prepared, *, timeout_s: float = TIMEOUT_S, limit_rows: int = LIMIT_ROWS
) -> Answer:
    """Run a question whose parameters are prepared."""
    cypher = limit_in_text(question.cypher, prepared.values)
    return query_read_only(store, cypher, timeout_s=timeout_s, limit_rows=limit_rows, parameters=prepared.values)


def limit_in_text(cypher: str, values: Mapping[str, object]) -> str:
    """The text with the number itself in the place of `$limit` in `LIMIT $limit`.

    Only where the text says the number does kglite keep that many rows while it sorts; with a parameter it sorts them
    all (a million edges: 29 s of CPU instead of 3). The server plans for the number too.
    """
    tokens = list(tokenize(cypher))
    for word, dollar, name in reversed(list(zip(tokens, tokens[1:], tokens[2:], strict=False))):
        asked = (word.keyword, dollar.text, name.kind) == ("LIMIT", "$", "word")
        number = values.get(name.text) if asked else None
        if type(number) is int and number >= 0:
            cypher = f"{cypher[: dollar.start]}{number}{cypher[name.start + len(name.text) :]}"
    return cypher


def query_read_only(
    store: Store,
    cypher: str,
    *,
    timeout_s: float,
    limit_rows: int,
    parameters: Mapping[str, object] | None = None,
) -> Answer:
    """Answer any Cypher that only reads.

    Raises: ForbiddenCypher if it does more, QuestionError for a text or parameter that no store takes, both before the
    store sees it.
    """
    check_read_only(cypher)
    check_text("the query", cypher)
    check_parameters(parameters or {})
    return store.query(cypher, parameters, timeout_s=timeout_s, limit_rows=limit_rows)


def prepare(store: Store, question: Question, given: Mapping[str, object]) -> Prepared:
    """Check the given parameters against the question's and resolve names to ids."""
    known = {parameter.name: parameter for parameter in question.parameters}
    for name in given:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"it takes {', '.join(known)}"
            raise QuestionError(f"{question.name} has no parameter {shown(name)}; {hint}")
    values: dict[str, object] = {}
    entities: dict[str, Entity] = {}
    for parameter in question.parameters:
        value = given.get(parameter.name, parameter.default)
        if value is None:
            raise QuestionError(f"{question.name} needs {parameter.name}: {parameter.about} ({parameter.type})")
        check_scalar(parameter.name, value)
        if parameter.type in ENTITY_PARAMETERS and value != parameter.default:
            entity = resolve_name(store, str(value), type=parameter.type)
            entities[parameter.name] = entity
            values[parameter.name] = entity.id
        elif parameter.type == "publication":
            values[parameter.name] = _resolve_publication(store, str(value))
        else:
            values[parameter.name] = _convert(question, parameter, value)
    return Prepared(values, entities)


def _resolve_publication(store: Store, text: str) -> str:
    wanted = text.strip()
    wanted = f"PMID:{wanted}" if wanted.isascii() and wanted.isdigit() else wanted
    if wanted[:5].upper() == "PMID:":
        wanted = f"PMID:{wanted[5:].strip()}"
    if not store.execute("MATCH (p:Publication {id: $id}) RETURN p.id AS id", id=wanted):
        raise UnknownName(f"the graph has no publication {shown(wanted)}")
    return wanted


def _convert(question: Question, parameter: Parameter, value: object) -> object:
    if parameter.type == "string" or parameter.type in ENTITY_PARAMETERS:
        return str(value)
    said = f"{question.name}: {parameter.name} is {shown(value)}, expected"
    if parameter.type in WORD_PARAMETERS:
        return _known_word(str(value), parameter, said)
    kind = int if parameter.type == "int" else float
    try:
        number = kind(str(value))
    except ValueError as error:
        raise QuestionError(f"{said} {_NUMBERS[parameter.type]}") from error
    # No parameter of ours is negative, and NaN is refused with it.
    if not 0 <= number < 2**63 or (parameter.type == "belief" and number > 1):
        raise QuestionError(f"{said} {_NUMBERS[parameter.type]}")
    return number


def _known_word(word: str, parameter: Parameter, said: str) -> str:
    """The label or predicate as the schema spells it; a word that isn't there would match nothing, and not say so."""
    if word == parameter.default:
        return word
    known = {_letters(name): name for name in WORD_PARAMETERS[parameter.type]}
    found = known.get(_letters(word))
    if found is None:
        raise QuestionError(f"{said} one of {', '.join(known.values())}")
    return found


def _letters(word: str) -> str:
    return "".join(character for character in word.lower() if character.isalpha())
