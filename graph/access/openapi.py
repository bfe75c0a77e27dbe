"""The HTTP interface described as OpenAPI 3.1, made from the registry of questions: a path for each of them.

Clients and form-like test pages are generated from it. Questions are described by their headers and nowhere else.
"""

from __future__ import annotations

from importlib import metadata
from typing import Any, Final

from graph.access.describe import schema_of
from graph.names import LABELS
from graph.questions import Question, all_questions

_ERRORS: Final = {
    "400": "not understood: a parameter is missing, unknown or of another type",
    "403": "Cypher that does more than read",
    "404": "no such question, or no single thing of that name",
    "503": "too much at once, or the graph can't be reached",
    "504": "out of time",
}


def openapi_of(*, cypher: bool) -> dict[str, Any]:
    """The description of all paths; without `cypher` that path isn't there."""
    paths: dict[str, Any] = {
        "/questions": {"get": _operation("list-questions", "The questions", [_in_query("words", "words to look for")])},
        "/questions/{name}": {
            "get": _operation("describe-question", "One question: parameters, columns, Cypher", [_QUESTION_NAME])
        },
        "/entities": {"get": _operation("find-entities", "What a name stands for", _entity_parameters())},
        "/schema": {"get": _operation("schema", "Labels, relationship types and how many there are", [])},
        "/healthz": {"get": _operation("health", "Whether the server answers", [])},
        "/hypotheses": {"get": _operation("hypotheses", "Rank what paths of two steps suggest", _search_parameters())},
    }
    if cypher:
        paths["/cypher"] = {"post": _operation("cypher", "Answer Cypher that only reads", [], body=_CYPHER_BODY)}
    for question in all_questions().values():
        paths[f"/questions/{question.name}/answer"] = _question_path(question)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Hypograph",
            "version": metadata.version("hypograph"),
            "description": "Questions to a knowledge graph read from biomedical literature. All of it only reads.",
        },
        "paths": paths,
        "components": {"schemas": _SCHEMAS},
    }


def _question_path(question: Question) -> dict[str, Any]:
    parameters = [
        {
            "name": parameter.name,
            "in": "query",
            "required": parameter.default is None,
            "description": parameter.about,
            "schema": schema_of(parameter),
        }
        for parameter in question.parameters
    ]
    body = {
        "type": "object",
        "properties": {p.name: {**schema_of(p), "description": p.about} for p in question.parameters},
        "required": [p.name for p in question.parameters if p.default is None],
        "additionalProperties": False,
    }
    return {
        "get": _operation(question.name, question.asks, parameters, notes=question.notes),
        "post": _operation(f"{question.name}-post", question.asks, [], notes=question.notes, body=body),
    }


def _operation(
    id: str, summary: str, parameters: list[dict[str, Any]], *, notes: str = "", body: dict[str, Any] | None = None
) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": id,
        "summary": summary,
        "description": notes,
        "parameters": parameters,
        "responses": {
            "200": {"description": "the answer", "content": {"application/json": {"schema": {"type": "object"}}}},
            **{status: _error(about) for status, about in _ERRORS.items()},
        },
    }
    if body is not None:
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": body}}}
    return operation


def _error(about: str) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {"description": about, "content": content}


def _in_query(name: str, about: str, *, required: bool = False, **schema: Any) -> dict[str, Any]:
    schema = {"type": "string", **schema}
    return {"name": name, "in": "query", "required": required, "description": about, "schema": schema}


def _entity_parameters() -> list[dict[str, Any]]:
    return [
        _in_query("name", "an id, a name or a synonym", required=True),
        _in_query("type", "what it may be", enum=list(LABELS), default="concept"),
    ]


def _search_parameters() -> list[dict[str, Any]]:
    from graph.hypotheses.find import SIGN_BY_EFFECT, TYPE_BY_END
    from graph.hypotheses.paths import RANKINGS

    return [
        *(_in_query(end, f"name or id of a {end}") for end in TYPE_BY_END),
        _in_query("find", "what to look for around one of them", enum=list(TYPE_BY_END)),
        _in_query("effect", "direction", enum=list(SIGN_BY_EFFECT), default="any"),
        _in_query(
            "rank", "put first what few things join, or what much is known of", enum=list(RANKINGS), default="specific"
        ),
        _in_query("until", "know only what was published until this year", type="integer", minimum=1),
        _in_query("limit", "most hypotheses", type="integer", minimum=1, default=20),
        _in_query("paths", "paths shown of each", type="integer", minimum=1, default=3),
        _in_query("min_belief", "least belief of an edge", type="number", minimum=0, maximum=1, default=0.1),
        _in_query("any_chemical", "find chemicals that are in no list of drugs", type="boolean", default=False),
        _in_query("max_degree", "pass over neighbours with more edges", type="integer", minimum=1),
    ]


_QUESTION_NAME: Final[dict[str, Any]] = {
    "name": "name",
    "in": "path",
    "required": True,
    "description": "the question's name",
    "schema": {"type": "string"},
}
_CYPHER_BODY: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {"query": {"type": "string"}, "parameters": {"type": "object"}},
    "required": ["query"],
    "additionalProperties": False,
}
_SCHEMAS: Final[dict[str, Any]] = {
    "Error": {"type": "object", "properties": {"error": {"type": "string"}}, "required": ["error"]}
}
