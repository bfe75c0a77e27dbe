"""The questions: one `.cypher` file each, the same text for every store, front end and for a paste into Neo4j Browser.

A file begins with a header of comment lines; what follows is the query, and it is never rewritten:

    // name: drug-targets
    // asks: Which genes does a drug act on, and how?
    // notes: what a reader should know; may repeat, or be absent
    // param: drug drug                  the drug or chemical
    // param: limit int = 25             most rows
    // column: target            gene or gene family

A parameter has a name, a type, a default written as JSON (without one it must be given) and, two blanks later, what it
is. The types drug, gene, disease and concept take a name or an id of the graph, label and predicate a word of its
schema, and belief a number from 0 to 1. This file knows no store.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Final

from graph.errors import QuestionError
from graph.parameters import shown
from graph.schema import DRUG, ENTITY_LABELS, TRIPLE_TYPES

ENTITY_PARAMETERS: Final = ("drug", "gene", "disease", "concept")
WORD_PARAMETERS: Final = {"label": (*ENTITY_LABELS, DRUG), "predicate": TRIPLE_TYPES}
PARAMETER_TYPES: Final = (*ENTITY_PARAMETERS, *WORD_PARAMETERS, "publication", "string", "int", "float", "belief")

_PARAMETER: Final = re.compile(r"(?P<name>[a-z_]+) (?P<type>[a-z]+)(?: = (?P<default>\S+))?(?:  +(?P<about>.+))?")
_COLUMN: Final = re.compile(r"(?P<name>[a-z_0-9]+)  +(?P<about>.+)")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a question; `default` is None where it must be given."""

    name: str
    type: str
    default: str | int | float | None
    about: str


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the answer."""

    name: str
    about: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its header and the text of the whole file, which is also what runs."""

    name: str
    asks: str
    notes: str
    parameters: tuple[Parameter, ...]
    columns: tuple[Column, ...]
    cypher: str


def parse_question(text: str, *, source: str) -> Question:
    """Read a question file. Raises: QuestionError that names the file and the line of the header that is wrong."""
    fields: dict[str, list[str]] = {"name": [], "asks": [], "notes": [], "param": [], "column": []}
    for line in text.splitlines():
        if not line.startswith("//"):
            break
        key, colon, value = line.removeprefix("//").strip().partition(": ")
        if not colon or key not in fields:
            raise QuestionError(f"{source}: header line {line!r} is none of {', '.join(fields)}")
        fields[key].append(value.strip())
    if len(fields["name"]) != 1 or len(fields["asks"]) != 1 or not fields["column"]:
        raise QuestionError(f"{source}: a header needs one `name`, one `asks` and its columns")
    return Question(
        name=fields["name"][0],
        asks=fields["asks"][0],
        notes=" ".join(fields["notes"]),
        parameters=tuple(_parse_parameter(value, source) for value in fields["param"]),
        columns=tuple(_parse_column(value, source) for value in fields["column"]),
        cypher=text,
    )


def _parse_parameter(value: str, source: str) -> Parameter:
    match = _PARAMETER.fullmatch(value)
    if match is None or match["type"] not in PARAMETER_TYPES or not match["about"]:
        expected = f"`name type = default  what it is`, type one of {', '.join(PARAMETER_TYPES)}"
        raise QuestionError(f"{source}: parameter {value!r} is not {expected}")
    default = json.loads(match["default"]) if match["default"] else None
    return Parameter(match["name"], match["type"], default, match["about"])


def _parse_column(value: str, source: str) -> Column:
    match = _COLUMN.fullmatch(value)
    if match is None:
        raise QuestionError(f"{source}: column {value!r} is not `name  what it is`")
    return Column(match["name"], match["about"])


@cache
def all_questions() -> Mapping[str, Question]:
    """The questions that ship with the project, by name, in the order of their names."""
    files = [entry for entry in resources.files(__name__).iterdir() if entry.name.endswith(".cypher")]
    questions = {}
    for entry in sorted(files, key=lambda entry: entry.name):
        question = parse_question(entry.read_text(encoding="utf-8"), source=entry.name)
        if question.name != entry.name.removesuffix(".cypher"):
            raise QuestionError(f"{entry.name}: its header names it {question.name}")
        questions[question.name] = question
    return MappingProxyType(questions)


def find_question(name: str) -> Question:
    """The question of this name; `_` is as good as `-`. Raises: QuestionError with the nearest names."""
    questions = all_questions()
    found = questions.get(name.lower().replace("_", "-"))
    if found is None:
        near = get_close_matches(name.lower(), questions, n=3, cutoff=0.5)
        hint = f"did you mean {', '.join(near)}?" if near else f"there are {', '.join(questions)}"
        raise QuestionError(f"no question {shown(name)}; {hint}")
    return found
