"""The extraction stage: an actor that adds mentions, relations and class labels to document rows.

Knows nothing of Ray or linking. One encoder pass a window gives mentions, scopes, relations and classes; pairs
that may state something may be read again. A document that can't be read fails its batch: who calls finds it
(`engine.stage_actor.Isolator`).
"""

from __future__ import annotations

import ctypes
import os
import sys
from bisect import bisect_right
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from engine.assertion import SCOPE_ASSERTIONS, Scope, cut_denial, judge_assertion, read_denial, read_doubt
from engine.model.config import PRECISE
from engine.model.decode import VAGUE, average_mirrors, choose_doubtful, choose_labels
from engine.schema import (
    EXTRACT_COLUMNS,
    NEGATED,
    SPECULATED,
    ClassLabel,
    Mention,
    Relation,
    Span,
)
from engine.wording.aims import find_aim
from engine.wording.unrelated import find_unrelated

if TYPE_CHECKING:
    from engine.model.config import ExtractorConfig
    from engine.model.predict import Document, Prediction

# On a CPU, PyTorch and oneDNN keep what they made for each shape of a batch, 1,024 of them by default each, and the
# allocator keeps what lay between. After 1,062 abstracts in bfloat16 an extractor held 958 MB of its own with 64 of
# oneDNN's alone, 768 MB when it gave free memory back after each batch, and 535 MB, from the first 300 abstracts on,
# with 4 of PyTorch's as well.
_CACHES = {"ONEDNN_PRIMITIVE_CACHE_CAPACITY": "64", "LRU_CACHE_CAPACITY": "4"}


class Extractor:
    """Adds `mentions`, `relations` and `labels` to rows that have `text` and `sentences`."""

    def __init__(
        self,
        *,
        model: Path | str,
        device: str = "auto",
        dtype: str = "auto",
        threads: int | None = None,
        budget_tokens: int | None = None,
        operating_point: str = PRECISE,
        doubtful_from: float | None = None,
    ) -> None:
        """`operating_point`: which of the model's thresholds decide (`ExtractorConfig.at`).

        `doubtful_from`: relations of this score or more that don't reach their threshold are kept for a verifier.
        Raises: CheckpointError if the model can't be opened, or has no such operating point.
        """
        for name, shapes in _CACHES.items():
            os.environ.setdefault(name, shapes)  # read at the first matrix product
        import torch

        from engine.model.checkpoint import fast_dtype, open_network, open_reader
        from engine.model.predict import BUDGET_TOKENS, GPU_BUDGET_TOKENS, Predictor

        if threads is not None:
            torch.set_num_threads(threads)
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        if budget_tokens is None:
            budget_tokens = BUDGET_TOKENS if device == "cpu" else GPU_BUDGET_TOKENS
        network, config = open_network(Path(model), dtype=fast_dtype(device, dtype), device=device)
        self.config = config.at(operating_point)
        self.doubtful_from = doubtful_from
        self.predictor = Predictor(network, open_reader(Path(model)), config, budget_tokens=budget_tokens)

    @property
    def counters(self) -> dict[str, int]:
        """Word pieces read so far, without and with padding, in both readings; the run record sums them over a pool."""
        read = self.predictor.tokens
        return {
            "tokens": read.real,
            "padded_tokens": read.padded,
            "pairs_again": read.pairs_again,
            "tokens_again": read.real_again,
            "padded_tokens_again": read.padded_again,
        }

    def __call__(self, table: pa.Table) -> pa.Table:
        """Extract from every row that is neither deleted nor in error.

        Raises: KeyError if `text` or `sentences` is absent; whatever one of the documents makes the model raise.
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
        labels: list[list[dict[str, object]]] = [[] for _ in rows]
        for i, document, found in zip(readable, documents, self.predictor.predict(documents), strict=True):
            named, stated = assemble(found, self.config, document, doubtful_from=self.doubtful_from)
            mentions[i] = [_struct(m, Mention.__slots__) for m in named]
            relations[i] = [_struct(r, Relation.__slots__) for r in stated]
            labels[i] = [_struct(label, ClassLabel.__slots__) for label in found.labels]
        columns = {"mentions": mentions, "relations": relations, "labels": labels}
        for field in EXTRACT_COLUMNS:
            table = _put(table, field, columns[field.name])
        _give_memory_back()
        return table


def assemble(
    prediction: Prediction, config: ExtractorConfig, document: Document, *, doubtful_from: float | None = None
) -> tuple[list[Mention], list[Relation]]:
    """Turn a document's prediction into mentions and the relations that reach their thresholds, in order of ends."""
    heads = config.mention_heads
    score_of = {(s.start, s.end, heads[s.head]): s.score for s in prediction.spans}
    mentions = [Mention(s.start, s.end, type, score_of[s.start, s.end, type]) for s, type in prediction.mentions]
    related = read_relations(prediction, config, document.text, document.sentences, doubtful_from=doubtful_from)
    return mentions, related


def read_relations(
    prediction: Prediction,
    config: ExtractorConfig,
    text: str,
    sentences: Sequence[Span],
    *,
    doubtful_from: float | None = None,
) -> list[Relation]:
    """What the pairs state, and whether it holds; one statement for two mentions at most, in order of their ends.

    A symmetric predicate is scored for both orders of a pair; its score is their mean, its head the earlier mention.
    Of the two orders of a gene pair the surer one speaks. What the wording of its sentence tells to be unrelated is
    left out, however sure. With `doubtful_from` a pair that states nothing gets its most probable label if that has
    this score; it is marked as kept for a verifier (`Relation`).
    """
    if not prediction.pairs:
        return []
    scopes = _find_scopes(prediction, config, text, sentences)
    mentions = prediction.mentions
    spans = [span for span, _ in mentions]
    judged = [judge_assertion(spans[pair.head], spans[pair.tail], scopes, text) for pair in prediction.pairs]
    denied = np.asarray([assertion == NEGATED for assertion, _ in judged])
    scores = average_mirrors(prediction.scores, prediction.pairs, config)
    type_pair = np.asarray([pair.type_pair for pair in prediction.pairs], dtype=np.int64)
    chosen = choose_labels(scores, type_pair, config, denied)
    stated = chosen >= 0
    if doubtful_from is not None:
        chosen = np.where(stated, chosen, choose_doubtful(scores, type_pair, config, least=doubtful_from))
    best: dict[frozenset[int], tuple[tuple[bool, bool, bool, float], Relation]] = {}
    for row in np.flatnonzero(chosen >= 0).tolist():
        pair, column, is_stated = prediction.pairs[row], int(chosen[row]), bool(stated[row])
        predicate, score = config.labels[column][2], float(scores[row, column])
        precedence = (is_stated, score >= config.threshold(column), predicate not in VAGUE, score)
        ends = frozenset((pair.head, pair.tail))
        if ends not in best or precedence > best[ends][0]:
            best[ends] = (
                precedence,
                Relation(
                    pair.head,
                    pair.tail,
                    predicate,
                    score,
                    assertion=judged[row][0],
                    assertion_score=judged[row][1],
                    classifier_score=None if is_stated else score,
                ),
            )
    related = _leave_out_unrelated([said for _, said in best.values()], mentions, text, sentences)
    return sorted(related, key=lambda said: (said.head, said.tail))


def _leave_out_unrelated(
    stated: Sequence[Relation], mentions: Sequence[tuple[Span, str]], text: str, sentences: Sequence[Span]
) -> list[Relation]:
    starts = [sentence.start for sentence in sentences]
    of_sentence: dict[int, list[Relation]] = {}
    for said in stated:
        of_sentence.setdefault(bisect_right(starts, mentions[said.head][0].start) - 1, []).append(said)
    related: list[Relation] = []
    for number, together in of_sentence.items():
        types = {(mentions[said.head][1], mentions[said.tail][1]) for said in together}
        unrelated = find_unrelated(text, mentions, sentences[number], types)
        related += [said for said in together if said.predicate not in unrelated.get((said.head, said.tail), ())]
    return related


def _find_scopes(prediction: Prediction, config: ExtractorConfig, text: str, sentences: Sequence[Span]) -> list[Scope]:
    """What is denied and doubted: what the tagger found, as far as its clause goes, and what was to be learned."""
    heads = config.mention_heads
    scopes = [Scope(aim, SPECULATED, 1.0) for aim in (find_aim(text, sentence) for sentence in sentences) if aim]
    for said in prediction.spans:
        if heads[said.head] in SCOPE_ASSERTIONS:
            span, assertion = Span(said.start, said.end), SCOPE_ASSERTIONS[heads[said.head]]
            if assertion == NEGATED:
                span = cut_denial(text, span)
                assertion = read_denial(text, span)
            else:
                assertion = read_doubt(text, span)
            scopes.append(Scope(span, assertion, said.score))
    return scopes


def _give_memory_back() -> None:
    """Let the C library hand free memory to the system, some hundredths of a second; others than glibc's don't."""
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
        if trim is not None:
            trim(0)


def _struct(item: Mention | Relation | ClassLabel, names: Sequence[str]) -> dict[str, object]:
    return {name: getattr(item, name) for name in names}


def _put(table: pa.Table, field: pa.Field, values: Sequence[object]) -> pa.Table:
    column = pa.array(values, type=field.type)
    if field.name in table.column_names:
        return table.set_column(table.column_names.index(field.name), field, column)
    return table.append_column(field, column)
