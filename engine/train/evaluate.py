"""Scores of an extractor on annotated documents: strict spans a type, relations with gold mentions.

`choose_thresholds` picks each label's threshold; it is meant for the carved part of the training documents, never for a
split that is reported.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.model.config import ExtractorConfig
from engine.model.decode import VAGUE, average_mirrors, choose_labels, find_mirrors, symmetric_columns
from engine.model.predict import Document, Predictor
from engine.schema import PREDICATE_BY_NAME, TYPE_PAIRS
from engine.train.annotated import Annotated
from engine.train.corpora.pubtator import concepts_of
from engine.train.examples import UNLABELLED, build_examples, sentences_of
from engine.train.score import Counts, count_by_kind

NEVER = 2.0
_VAGUE_BETA = 0.5
_LEAST_SUPPORT = 15
# Below 0.2 F1 may still rise a little, by pairs of which four in five are wrong: nobody wants to read those.
_GRID = np.arange(0.2, 0.91, 0.02)


@dataclass(frozen=True, slots=True)
class Scores:
    """Strict span counts a mention head; relation counts a label (head type, tail type, predicate) and in all."""

    spans: Mapping[str, Counts]
    relations: Mapping[str, Counts]

    @property
    def relations_micro(self) -> Counts:
        """All relation labels together."""
        return sum(self.relations.values(), Counts())

    def as_dict(self) -> dict[str, object]:
        """Figures for a report."""
        return {
            "spans": {head: counts.as_dict() for head, counts in self.spans.items()},
            "relations": {label: counts.as_dict() for label, counts in self.relations.items()},
            "relations_micro": self.relations_micro.as_dict(),
        }


@dataclass(frozen=True, slots=True)
class PairScores:
    """Statements of a corpus with their scores: the best pair of each group speaks for it.

    Shapes: `scores`, `labels` (n_statements, n_labels), labels 0, 1 or `UNLABELLED`; `type_pair` (n_statements,).
    """

    scores: np.ndarray
    labels: np.ndarray
    type_pair: np.ndarray
    unreachable: Mapping[str, int]


def score_spans(predictor: Predictor, documents: Sequence[Annotated]) -> Mapping[str, Counts]:
    """Strict span counts of the heads that each document's corpus annotates.

    A gold mention inside a longer gold mention of its type can't be found by a BIO tagger; it counts as missed.
    """
    read = predictor.predict([Document(d.text, sentences_of(d)) for d in documents])
    heads = predictor.config.mention_heads
    predicted = [
        (heads[s.head], (i, s.start, s.end))
        for i, (document, found) in enumerate(zip(documents, read, strict=True))
        for s in found.spans
        if heads[s.head] in document.heads
    ]
    gold = [
        (m.type, (i, m.start, m.end))
        for i, document in enumerate(documents)
        for m in document.mentions
        if m.type in document.heads
    ]
    return count_by_kind(predicted, gold)


def score_pairs(predictor: Predictor, documents: Sequence[Annotated]) -> PairScores:
    """Score the statements that the corpora annotate, with gold mentions; symmetric ones are asked once."""
    config = predictor.config
    examples = build_examples(documents, predictor.reader, config)
    asked = [d for d in documents if d.text.strip()]
    read = predictor.predict(
        [Document(d.text, sentences_of(d), e.mentions) for d, e in zip(asked, examples, strict=True)]
    )
    scores: list[np.ndarray] = []
    labels: list[np.ndarray] = []
    type_pair: list[int] = []
    unreachable: dict[str, int] = {}
    for document, example, found in zip(asked, examples, read, strict=True):
        row_of = {(p.head, p.tail, p.type_pair): row for row, p in enumerate(found.pairs)}
        rows = [row_of[p.head, p.tail, p.type_pair] for p in example.pairs]
        scored, gold = average_mirrors(found.scores, found.pairs, config), example.labels.copy()
        for _, second in find_mirrors(example.pairs):
            gold[second, symmetric_columns(config)] = UNLABELLED
        for statement in np.unique(example.statements):
            members = np.flatnonzero(example.statements == statement)
            scores.append(scored[[rows[m] for m in members]].max(axis=0))
            labels.append(gold[members].max(axis=0))
            type_pair.append(example.pairs[members[0]].type_pair)
        for name, missed in _unreachable(document, example.pairs).items():
            unreachable[name] = unreachable.get(name, 0) + missed
    shape = (0, len(config.labels))
    return PairScores(
        np.stack(scores) if scores else np.zeros(shape, np.float32),
        np.stack(labels) if labels else np.zeros(shape, np.int8),
        np.asarray(type_pair, dtype=np.int64),
        unreachable,
    )


def _unreachable(document: Annotated, pairs: Sequence[object]) -> dict[str, int]:
    """Gold relations whose ends share no sentence: they are asked of no pair and count as missed."""
    asked_mentions = {(p.head, p.tail) for p in pairs}  # type: ignore[attr-defined]
    missed: dict[str, int] = {}
    entities = [m for m in document.mentions if any(m.type in pair for pair in TYPE_PAIRS)]
    position = {id(mention): i for i, mention in enumerate(entities)}
    for relation in document.relations:
        head, tail = document.mentions[relation.head], document.mentions[relation.tail]
        if (position[id(head)], position[id(tail)]) not in asked_mentions:
            name = label_name((head.type, tail.type, relation.predicate))
            missed[name] = missed.get(name, 0) + 1
    asked_concepts = {
        (h, t)
        for head, tail in asked_mentions
        for h in concepts_of(entities[head])
        for t in concepts_of(entities[tail])
    }
    type_of = {concept: m.type for m in entities for concept in concepts_of(m)}
    counted: set[tuple[object, str]] = set()
    for fact in document.concept_relations:
        symmetric = PREDICATE_BY_NAME[fact.predicate].symmetric
        key = (frozenset((fact.head, fact.tail)) if symmetric else (fact.head, fact.tail), fact.predicate)
        asked = (fact.head, fact.tail) in asked_concepts or (symmetric and (fact.tail, fact.head) in asked_concepts)
        types = (type_of.get(fact.head), type_of.get(fact.tail))
        if None not in types and not asked and key not in counted:
            counted.add(key)
            name = label_name((types[0] or "", types[1] or "", fact.predicate))
            missed[name] = missed.get(name, 0) + 1
    return missed


def label_name(label: tuple[str, str, str]) -> str:
    """One readable key a label: `Chemical INHIBITS Gene`."""
    return f"{label[0]} {label[2]} {label[1]}"


def count_relations(pairs: PairScores, config: ExtractorConfig) -> Mapping[str, Counts]:
    """Counts a label under the decision that extraction takes, `choose_labels`.

    Labels without gold and without a prediction are left out.
    """
    counts: dict[str, Counts] = {}
    chosen = choose_labels(pairs.scores, pairs.type_pair, config)
    for column, label in enumerate(config.labels):
        known = pairs.labels[:, column] != UNLABELLED
        gold = pairs.labels[known, column] == 1
        predicted = chosen[known] == column
        missed = pairs.unreachable.get(label_name(label), 0)
        if gold.any() or predicted.any() or missed:
            counts[label_name(label)] = Counts(
                int((gold & predicted).sum()), int(predicted.sum()), int(gold.sum()) + missed
            )
    return counts


def choose_thresholds(
    pairs: PairScores, config: ExtractorConfig, *, taught: np.ndarray | None = None
) -> tuple[float, ...]:
    """The threshold of best F1 for each label; a label with too little gold to choose by gets a half.

    A vague label says little even where it is right, so it must be surer: its threshold is that of the best F0.5, which
    weighs precision twice as much as recall. The curve is smoothed over three grid points, so that one lucky pair
    doesn't choose. A label that no training document states (`taught` false, shape (n_labels,)) gets `NEVER`: its
    scores mean nothing.
    """
    known = pairs.labels != UNLABELLED
    chosen = []
    for column, (_, _, predicate) in enumerate(config.labels):
        beta = _VAGUE_BETA if predicate in VAGUE else 1.0
        if taught is not None and not taught[column]:
            chosen.append(NEVER)
            continue
        rows = known[:, column]
        enough = (pairs.labels[rows, column] == 1).sum() >= _LEAST_SUPPORT
        chosen.append(_best(pairs.scores[rows, column], pairs.labels[rows, column], beta=beta) if enough else 0.5)
    return tuple(round(threshold, 2) for threshold in chosen)


def _best(scores: np.ndarray, labels: np.ndarray, *, beta: float) -> float:
    gold = labels == 1
    found = np.array([((scores >= t) & gold).sum() for t in _GRID])
    chosen = np.array([(scores >= t).sum() for t in _GRID])
    f_beta = (1 + beta**2) * found / np.maximum(1, chosen + beta**2 * gold.sum())
    smooth = np.convolve(np.pad(f_beta, 1, mode="edge"), np.ones(3) / 3, mode="valid")
    return float(_GRID[int(smooth.argmax())])


def score(predictor: Predictor, documents: Sequence[Annotated]) -> Scores:
    """Strict spans and relations with gold mentions at the predictor's thresholds."""
    with_heads = [d for d in documents if d.heads]
    with_pairs = [d for d in documents if d.predicates]
    spans = score_spans(predictor, with_heads) if with_heads else {}
    relations = count_relations(score_pairs(predictor, with_pairs), predictor.config) if with_pairs else {}
    return Scores(spans, relations)
