"""Questions, entities and answers as plain JSON values: what both servers say of them.

A question is described by its own header, so there is one registry. An answer is cut to a number of bytes by leaving
out rows from the end, which it then says (`truncated`). Numbers that JSON lacks (NaN, infinities) become null.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from engine.schema import PREDICATES
from graph.access.table import Table
from graph.access.values import Node, Relationship
from graph.errors import QuestionError
from graph.fingerprint import GraphCounts
from graph.names import Entity
from graph.parameters import shown
from graph.questions import ENTITY_PARAMETERS, WORD_PARAMETERS, Parameter, Question
from graph.schema import CONTENT_LABELS, DRUG, IN, LEXICON_TYPES, RETRACTS, TRIPLE_PROPERTIES, properties_of

_JSON_TYPES: Final = {"int": "integer", "float": "number", "belief": "number"}
_LABELS: Final = (*CONTENT_LABELS, DRUG)


def brief_of(question: Question) -> dict[str, Any]:
    """One line of the registry: the name, what it asks, and its parameters, required ones first by their types."""
    return {
        "question": question.name,
        "asks": question.asks,
        "needs": {p.name: p.type for p in question.parameters if p.default is None},
        "takes": {p.name: p.default for p in question.parameters if p.default is not None},
    }


def description_of(question: Question) -> dict[str, Any]:
    """The whole header, and the Cypher that runs."""
    return {
        "question": question.name,
        "asks": question.asks,
        "notes": question.notes,
        "parameters": [
            {"name": p.name, "type": p.type, "required": p.default is None, "default": p.default, "about": p.about}
            for p in question.parameters
        ],
        "columns": [asdict(column) for column in question.columns],
        "cypher": "\n".join(line for line in question.cypher.splitlines() if not line.startswith("//")),
    }


def schema_of(parameter: Parameter) -> dict[str, Any]:
    """A parameter as JSON Schema."""
    schema: dict[str, Any] = {"type": _JSON_TYPES.get(parameter.type, "string")}
    if parameter.type in _JSON_TYPES:
        schema["minimum"] = 0
        if parameter.type == "belief":
            schema["maximum"] = 1
    elif parameter.type in WORD_PARAMETERS:
        unset = [parameter.default] if parameter.default == "" else []
        schema["enum"] = [*unset, *WORD_PARAMETERS[parameter.type]]
    elif parameter.type in ENTITY_PARAMETERS:
        schema["description"] = f"name or id of a {parameter.type}"
    if parameter.default is not None:
        schema["default"] = parameter.default
    return schema


def matching(questions: Iterable[Question], words: str) -> list[Question]:
    """The questions in whose name, text, parameters or columns all these words occur, in any case."""
    wanted = words.lower().replace("-", " ").split()
    return [q for q in questions if all(word in _text_of(q) for word in wanted)]


def _text_of(question: Question) -> str:
    parts = [question.name.replace("-", " "), question.asks, question.notes]
    parts += [f"{p.name} {p.type}" for p in question.parameters]
    parts += [f"{column.name} {column.about}" for column in question.columns]
    return " ".join(parts).lower()


def graph_schema(counts: GraphCounts) -> dict[str, Any]:
    """What the graph is made of, for someone who wants to write Cypher, and how much of it there is."""
    return {
        "nodes": {
            label: {"count": counts.nodes.get(label, 0), "properties": properties_of(label)} for label in _LABELS
        },
        "statements": {
            predicate.name: {
                "count": counts.relationships.get(predicate.name, 0),
                "joins": [f"{head} to {tail}" for head, tail in predicate.pairs],
                "sign": predicate.sign,
                "symmetric": predicate.symmetric,
            }
            for predicate in PREDICATES
        },
        "statement_properties": TRIPLE_PROPERTIES,
        "other_relationships": {type: counts.relationships.get(type, 0) for type in (*LEXICON_TYPES, IN, RETRACTS)},
        "notes": [
            "A Gene end may be a GeneFamily, a Disease end a Phenotype; a Drug is a Chemical that has that label too.",
            "A statement's sentences: WITH r, r.id AS id MATCH (e:Evidence {triple_id: id})-[:IN]->(p:Publication); "
            "the embedded store finds none where r.id itself stands in the braces.",
            "(rodent:Gene)-[:ORTHOLOG_OF]->(human:Gene)-[:MEMBER_OF]->(:GeneFamily), (human)-[:ENCODES]->(:Protein).",
            "Families lie in families: all levels are (:Gene)-[:MEMBER_OF|IS_A*1..4]->(:GeneFamily).",
            "Ids are CURIEs: hgnc:3236, mesh:D000077143, mondo:0005148, PMID:123.",
        ],
    }


def entity_of(entity: Entity) -> dict[str, Any]:
    """An entity that a name stands for."""
    return {"id": entity.id, "name": entity.name, "label": entity.label}


def answer_of(table: Table, *, max_bytes: int) -> dict[str, Any]:
    """An answer whose rows, as JSON, take at most `max_bytes`."""
    rows = _fitting(({name: plain_of(value) for name, value in row.items()} for row in table), max_bytes)
    about = {} if table.question is None else {"question": table.question, "parameters": dict(table.parameters)}
    entities = {name: entity_of(entity) for name, entity in table.entities.items()}
    return {
        **about,
        **({"entities": entities} if entities else {}),
        "columns": [asdict(column) for column in table.columns],
        "rows": rows,
        "truncated": table.truncated or len(rows) < len(table),
        "warnings": list(table.warnings),
    }


def hypotheses_of(rows: Sequence[Mapping[str, Any]], *, max_bytes: int) -> dict[str, Any]:
    """Ranked hypotheses that, as JSON, take at most `max_bytes`."""
    kept = _fitting(rows, max_bytes)
    return {"hypotheses": kept, "truncated": len(kept) < len(rows)}


def _fitting(rows: Iterable[Mapping[str, Any]], max_bytes: int) -> list[Mapping[str, Any]]:
    """The first rows, as many as fit."""
    kept: list[Mapping[str, Any]] = []
    size = 0
    for row in rows:
        size += len(json.dumps(row, ensure_ascii=False).encode()) + 1
        if size > max_bytes:
            break
        kept.append(row)
    return kept


def plain_of(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, Node):
        return {"labels": list(value.labels), "properties": plain_of(value.properties)}
    if isinstance(value, Relationship):
        ends = {"start": value.start, "end": value.end}
        return {"type": value.type, **ends, "properties": plain_of(value.properties)}
    if isinstance(value, Mapping):
        return {str(key): plain_of(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_of(item) for item in value]
    return str(value)


def read_search(given: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, Any]]:
    """What is asked of hypotheses, given as texts or JSON values: the ends, and the options of a search.

    Raises: QuestionError for an unknown name or a value of another type.
    """
    ends = {name: given[name] for name in ("drug", "target", "disease") if given.get(name) is not None}
    options: dict[str, Any] = {}
    for name, value in given.items():
        if name in ("drug", "target", "disease") or value is None:
            continue
        if name not in _READ:
            raise QuestionError(f"no option {shown(name)}; hypotheses take drug, target, disease, {', '.join(_READ)}")
        try:
            options[name] = _READ[name](value)
        except (ValueError, TypeError) as error:
            raise QuestionError(f"{name} is {shown(value)}, which can't be read") from error
    return ends, options


def _flag(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    raise ValueError


_READ: Final[dict[str, Callable[[Any], Any]]] = {
    "find": str,
    "effect": str,
    "rank": str,
    "until": int,
    "limit": int,
    "paths": int,
    "min_belief": float,
    "any_chemical": _flag,
    "max_degree": int,
}
