"""Says what a graph is: its schema and version, what it holds, whose evidence, and whether a load is unfinished.

It only reads. The trade-off: counting by model reads every piece of evidence (a second for 10^6 in the embedded store).
"""

from __future__ import annotations

from typing import Any

from graph.fingerprint import count_graph
from graph.schema import (
    EVIDENCE,
    IN,
    PUBLICATION,
    SCHEMA_VERSION,
    STUB_REVISION,
    read_settled,
    read_version,
    statements_for,
)
from graph.store import Store


def describe_graph(store: Store) -> dict[str, Any]:
    """What the graph is, as plain values.

    Returns: store; schema_version (None if nothing of ours is there) and program_version; settled; nodes and
        relationships by label and type; publications by state; first and last year; models; and schema:
        each constraint and index that belongs to it, `present` or not.
    """
    counts = count_graph(store)
    return {
        "store": store.kind,
        "schema_version": read_version(store),
        "program_version": SCHEMA_VERSION,
        "settled": read_settled(store),
        "nodes": counts.nodes,
        "relationships": counts.relationships,
        "publications": _publications(store),
        "years": _years(store),
        "models": _models(store),
        "schema": _schema(store),
    }


def _publications(store: Store) -> dict[str, int]:
    """How many are retracted, withdrawn, or known by a notice alone."""
    conditions = {
        "retracted": f"p.retracted = true AND p.revision <> {STUB_REVISION}",
        "withdrawn": "p.deleted = true",
        "named_by_notice_only": f"p.revision = {STUB_REVISION}",
    }
    return {
        name: _int(store.execute(f"MATCH (p:{PUBLICATION}) WHERE {condition} RETURN count(p) AS n")[0]["n"])
        for name, condition in conditions.items()
    }


def _years(store: Store) -> list[int] | None:
    row = store.execute(f"MATCH (p:{PUBLICATION}) RETURN min(p.year) AS first, max(p.year) AS last")[0]
    return None if row["first"] is None else [_int(row["first"]), _int(row["last"])]


def _models(store: Store) -> list[dict[str, object]]:
    return store.execute(
        f"MATCH (e:{EVIDENCE})-[:{IN}]->(p:{PUBLICATION}) RETURN e.model_revision AS model, e.extractor AS extractor, "
        "count(e) AS evidence, count(DISTINCT p) AS publications ORDER BY evidence DESC, model, extractor"
    )


def _schema(store: Store) -> list[dict[str, object]]:
    found = {row["name"] for kind in ("INDEXES", "CONSTRAINTS") for row in store.execute(f"SHOW {kind}")}
    return [
        {"name": statement.name, "kind": statement.kind, "present": statement.name in found}
        for statement in statements_for(store)
    ]


def _int(value: object) -> int:
    return value if isinstance(value, int) else 0
