"""A finished document row to what an HTTP answer says of it. Knows nothing of HTTP or Ray.

Relations are the batch job's own evidence (`engine.tables.derive_evidence`): the same ids, sentences and ends. Spans
are code points into `text`, half-open. Scores are rounded to six digits, which float32 has.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pyarrow as pa

from engine.schema import DOCUMENT_ROW
from engine.tables import derive_evidence

NameOf = Callable[[str], str | None]

_RELATION: Final = ("predicate", "triple_id", "evidence_id", "assertion", "sentence", "sentences", "section")
_SCORES: Final = ("score", "assertion_score")


def answer_of(row: dict[str, Any], *, name_of: NameOf, model_revision: str) -> dict[str, Any]:
    """What is said of one document, as plain JSON values; `name_of` gives a concept's name by its id."""
    text = row["text"] or ""
    mentions = [
        {
            "start": mention["start"],
            "end": mention["end"],
            "text": text[mention["start"] : mention["end"]],
            "type": mention["type"],
            "id": mention["concept_id"],
            "name": name_of(mention["concept_id"]) if mention["concept_id"] else None,
            "score": _rounded(mention["score"]),
            "link_score": _rounded(mention["link_score"]),
        }
        for mention in row["mentions"]
    ]
    return {
        "id": row["doc_id"],
        "title": row["title"],
        "text": text,
        "deleted": row["deleted"],
        "retracted": row["retracted"],
        "sentences": row["sentences"],
        "mentions": mentions,
        "relations": _relations_of(row, model_revision),
        "labels": [{**label, "score": _rounded(label["score"])} for label in row["labels"]],
        "errors": row["errors"],
    }


def _relations_of(row: dict[str, Any], model_revision: str) -> list[dict[str, Any]]:
    """One entry a statement; `head` and `tail` are places in the document's list of mentions."""
    if not row["relations"]:
        return []
    place = {(m["start"], m["end"], m["type"]): i for i, m in enumerate(row["mentions"])}
    table = pa.Table.from_pylist([row], schema=DOCUMENT_ROW)
    return [
        {
            **{
                end: place[piece[f"{end}_start"], piece[f"{end}_end"], piece[f"{end}_type"]] for end in ("head", "tail")
            },
            **{name: piece[name] for name in _RELATION},
            **{name: _rounded(piece[name]) for name in _SCORES},
        }
        for piece in derive_evidence(table, model_revision=model_revision, run_id="").to_pylist()
    ]


def _rounded(score: float | None) -> float | None:
    return None if score is None else round(score, 6)
