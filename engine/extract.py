"""The extraction stage: an actor that adds mentions and relations to document rows. Knows nothing of Ray or linking.

One encoder pass a window gives mentions, scopes and relations. A batch that fails is halved until the failing
document stands alone; it alone gets an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from engine.assertion import Scope, judge_assertion
from engine.schema import (
    DOCUMENT_ROW,
    EXTRACT_COLUMNS,
    NEGATED,
    PREDICATE_BY_NAME,
    SPECULATED,
    TYPE_PAIRS,
    Mention,
    Relation,
    Span,
)

if TYPE_CHECKING:
    from engine.model.config import ExtractorConfig
    from engine.model.predict import Document, Prediction

STAGE = "extract"

# Said only of pairs of which nothing more precise is said.
_VAGUE = frozenset({"ASSOCIATED_WITH", "REGULATES", "INTERACTS_WITH"})
_SCOPE_HEADS = {"NegationScope": NEGATED, "SpeculationScope": SPECULATED}


class Extractor:
    """Adds `mentions` and `relations` to rows that have `text` and `sentences`."""

    def __init__(
        self,
        *,
        model: Path | str,
        device: str = "auto",
        dtype: str = "auto",
        threads: int | None = None,
        budget_tokens: int = 8192,
    ) -> None:
        import torch

        from engine.model.checkpoint import fast_dtype, open_network, open_tokenizer
        from engine.model.predict import Predictor

        if threads is not None:
            torch.set_num_threads(threads)
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        network, config = open_network(Path(model), dtype=fast_dtype(device, dtype), device=device)
        self.config = config
        self.predictor = Predictor(network, open_tokenizer(Path(model)), config, budget_tokens=budget_tokens)

    @property
    def counters(self) -> dict[str, int]:
        """Word pieces read so far, without and with padding; the run record sums them over the pool."""
        return {"tokens": self.predictor.tokens.real, "padded_tokens": self.predictor.tokens.padded}

    def __call__(self, table: pa.Table) -> pa.Table:
        """Extract from every row that is neither deleted nor in error.

        Raises: KeyError if `text` or `sentences` is absent.
        """
        from engine.model.predict import Document

        rows = table.select(["text", "sentences", "deleted", "errors"]).to_pylist()
        readable = [i for i, row in enumerate(rows) if row["text"] and not row["deleted"] and not row["errors"]]
        documents = [
            Document(rows[i]["text"], [Span(s["start"], s["end"]) for s in rows[i]["sentences"] or []])
            for i in readable
        ]
        mentions: list[list[dict[str, object]]] = [[] for _ in rows]
        relations: list[list[dict[str, object]]] = [[] for _ in rows]
        errors = [list(row["errors"] or []) for row in rows]
        for i, found in zip(readable, self._read(documents), strict=True):
            if isinstance(found, str):
                errors[i].append({"stage": STAGE, "kind": "unreadable", "message": found})
                continue
            named, stated = assemble(found, self.config)
            mentions[i] = [_struct(m, Mention.__slots__) for m in named]
            relations[i] = [_struct(r, Relation.__slots__) for r in stated]
        columns = {"mentions": mentions, "relations": relations}
        for field in EXTRACT_COLUMNS:
            table = _put(table, field, columns[field.name])
        return _put(table, DOCUMENT_ROW.field("errors"), errors)

    def _read(self, documents: Sequence[Document]) -> list[Prediction | str]:
        """Predict all documents; one that can't be read gives the reason instead."""
        try:
            return list(self.predictor.predict(documents))
        except (RuntimeError, ValueError, IndexError) as fault:
            if len(documents) == 1:
                return [f"{type(fault).__name__}: {fault}"]
        middle = len(documents) // 2
        return self._read(documents[:middle]) + self._read(documents[middle:])


def assemble(prediction: Prediction, config: ExtractorConfig) -> tuple[list[Mention], list[Relation]]:
    """Turn a prediction into mentions and the relations that reach their thresholds, in order of their ends."""
    heads = config.mention_heads
    score_of = {(s.start, s.end, heads[s.head]): s.score for s in prediction.spans}
    mentions = [Mention(s.start, s.end, type, score_of[s.start, s.end, type]) for s, type in prediction.mentions]
    scopes = [
        Scope(Span(s.start, s.end), _SCOPE_HEADS[heads[s.head]], s.score)
        for s in prediction.spans
        if heads[s.head] in _SCOPE_HEADS
    ]
    stated = [
        Relation(
            head,
            tail,
            predicate,
            score,
            *judge_assertion(prediction.mentions[head][0], prediction.mentions[tail][0], scopes),
        )
        for (head, tail), labels in _stated_labels(prediction, config).items()
        for predicate, score in labels
    ]
    return mentions, sorted(stated, key=lambda r: (r.head, r.tail, r.predicate))


def _stated_labels(prediction: Prediction, config: ExtractorConfig) -> dict[tuple[int, int], list[tuple[str, float]]]:
    """Predicates that reach their threshold, for each (head, tail).

    A symmetric predicate is scored for both orders of a pair; its score is their mean, its head the earlier mention.
    """
    columns: dict[tuple[str, str], list[int]] = {}
    for column, (head_type, tail_type, _) in enumerate(config.labels):
        columns.setdefault((head_type, tail_type), []).append(column)
    row_of = {(pair.head, pair.tail, pair.type_pair): row for row, pair in enumerate(prediction.pairs)}
    stated: dict[tuple[int, int], list[tuple[str, float]]] = {}
    for row, pair in enumerate(prediction.pairs):
        mirror = row_of.get((pair.tail, pair.head, pair.type_pair))
        for column in columns[TYPE_PAIRS[pair.type_pair]]:
            predicate = config.labels[column][2]
            score = float(prediction.scores[row, column])
            if PREDICATE_BY_NAME[predicate].symmetric and mirror is not None:
                if pair.head > pair.tail:
                    continue
                score = (score + float(prediction.scores[mirror, column])) / 2
            if score >= config.threshold(column):
                stated.setdefault((pair.head, pair.tail), []).append((predicate, score))
    precise = {
        frozenset(ends) for ends, labels in stated.items() if any(predicate not in _VAGUE for predicate, _ in labels)
    }
    kept = {
        ends: [label for label in labels if label[0] not in _VAGUE or frozenset(ends) not in precise]
        for ends, labels in stated.items()
    }
    return {ends: labels for ends, labels in kept.items() if labels}


def _struct(item: Mention | Relation, names: Sequence[str]) -> dict[str, object]:
    return {name: getattr(item, name) for name in names}


def _put(table: pa.Table, field: pa.Field, values: Sequence[object]) -> pa.Table:
    column = pa.array(values, type=field.type)
    if field.name in table.column_names:
        return table.set_column(table.column_names.index(field.name), field, column)
    return table.append_column(field, column)
