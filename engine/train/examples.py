"""Annotated documents to training examples: tags a word, candidate pairs, and what each corpus says of them.

Most relation corpora leave a denied pair unlabelled. A head taught such pairs as negatives would learn to suppress
"X did not inhibit Y", which must come out as stated and denied. So a negative pair near a negation cue teaches nothing,
unless its corpus lists what is denied.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from engine.model.batch import collate_units, window_tokens
from engine.model.config import ExtractorConfig
from engine.model.pairs import Pair, pair_mentions
from engine.model.text import Window, WordReader, Words, cut_windows
from engine.schema import Span
from engine.segment import split_sentences
from engine.train.annotated import Annotated, GoldMention
from engine.train.corpora.pubtator import concepts_of
from engine.wording.language import NEGATION_CUES

UNLABELLED = -1
_NEGATION_CUE = re.compile(NEGATION_CUES, re.I)
_CUE_REACH_CHARS = 40


@dataclass(frozen=True, slots=True)
class SoftLabels:
    """What a teacher says of an unlabelled document, as probabilities.

    Shapes: `starts` (n_words,), true at each sentence's first word, where reading begins a chain; `tags` (n_words,
    n_heads, 2), first and later words of a mention, the rest is outside; `labels` (n_pairs, n_labels), the rest is
    none, `UNLABELLED` where a label is not of the pair's types. The last two are float16.
    """

    starts: np.ndarray
    tags: np.ndarray
    labels: np.ndarray


@dataclass(frozen=True, slots=True)
class Example:
    """One document ready to train on.

    Shapes: `tags` (n_words, n_heads), int64, `UNLABELLED` under heads that the corpus doesn't annotate;
    `labels` (n_pairs, n_labels), int8, 0, 1 or `UNLABELLED`; `groups` (n_pairs,): pairs of one number are one
    statement of the corpus (a document-level relation is true if any of its mention pairs states it).
    `statements` (n_pairs,): the same for counting, where both orders of a symmetric statement are one.
    `classes`: by level, the words of each sentence or document that has a class, and the class's number; shape
    (n_units, 3), int64: first word, end, number.
    `soft`: of a document that a teacher labelled; its `tags` and `labels` are all `UNLABELLED`.
    """

    corpus: str
    words: Words
    windows: list[Window]
    mentions: list[tuple[Span, str]]
    tags: np.ndarray
    pairs: list[Pair]
    labels: np.ndarray
    groups: np.ndarray
    statements: np.ndarray
    classes: Mapping[str, np.ndarray] = field(default_factory=dict)
    soft: SoftLabels | None = None

    @property
    def length_tokens(self) -> int:
        """Padded pieces that the document takes in a batch."""
        return max(window_tokens(self.words, window) for window in self.windows) * len(self.windows)


def sentences_of(document: Annotated) -> Sequence[Span]:
    """The corpus's own sentences where it has them, else ours."""
    return document.sentences if document.sentences is not None else split_sentences(document.text, [])


def build_examples(documents: Sequence[Annotated], reader: WordReader, config: ExtractorConfig) -> list[Example]:
    """Tokenize and label documents; those without any word are left out."""
    words = reader.read([document.text for document in documents])
    return [build_example(document, w, config) for document, w in zip(documents, words, strict=True) if len(w)]


def build_example(document: Annotated, words: Words, config: ExtractorConfig) -> Example:
    """Label a document whose words are read already."""
    sentences = sentences_of(document)
    type_pairs = config.type_pairs
    numbers = [i for i, m in enumerate(document.mentions) if any(m.type in pair for pair in type_pairs)]
    position = {number: i for i, number in enumerate(numbers)}
    entities = [document.mentions[number] for number in numbers]
    spans = [Span(m.start, m.end) for m in entities]
    pairs = pair_mentions(spans, [m.type for m in entities], sentences, words, config) if document.predicates else []
    pairs = [pair for pair in pairs if document.predicates.get(type_pairs[pair.type_pair])]
    stated = {(position[r.head], position[r.tail], r.predicate) for r in document.relations}
    labels = np.full((len(pairs), len(config.labels)), UNLABELLED, dtype=np.int8)
    groups: dict[tuple[object, ...], int] = {}
    statements: dict[tuple[object, ...], int] = {}
    group_of, statement_of = np.zeros((2, len(pairs)), dtype=np.int64)
    for row, pair in enumerate(pairs):
        head, tail = entities[pair.head], entities[pair.tail]
        asked = document.predicates[type_pairs[pair.type_pair]]
        if document.asked is not None:
            asked = document.asked.get((numbers[pair.head], numbers[pair.tail]), frozenset())
        labels[row] = _label_pair(pair, head, tail, document, stated, asked, config)
        key: tuple[object, ...] = (row,)
        if document.concept_relations and not document.relations:
            key = (pair.type_pair, head.concept, tail.concept)
        group_of[row] = groups.setdefault(key, len(groups))
        if len(key) > 1 and _is_symmetric(type_pairs[pair.type_pair], document, config):
            key = (pair.type_pair, frozenset({head.concept, tail.concept}))
        statement_of[row] = statements.setdefault(key, len(statements))
    return Example(
        corpus=document.corpus,
        words=words,
        windows=cut_windows(words, sentences, max_tokens=config.max_tokens - 2, overlap_tokens=config.overlap_tokens),
        mentions=[(span, m.type) for span, m in zip(spans, entities, strict=True)],
        tags=tag_words(document.mentions, document.heads, words, config.mention_heads),
        pairs=pairs,
        labels=labels,
        groups=group_of,
        statements=statement_of,
        classes=number_classes(document, words, config.classes),
    )


def _is_symmetric(types: tuple[str, str], document: Annotated, config: ExtractorConfig) -> bool:
    return types[0] == types[1] and all(p in config.symmetric for p in document.predicates[types])


def number_classes(document: Annotated, words: Words, classes: Mapping[str, Sequence[str]]) -> dict[str, np.ndarray]:
    """What `Example.classes` holds; a gold text without a word is left out."""
    numbered = {}
    for level, names in classes.items():
        gold = [(Span(g.start, g.end), names.index(g.label)) for g in document.labels if g.level == level]
        gold = [(span, number) for span, number in gold if words.find(span) is not None]
        numbers = np.array([number for _, number in gold], dtype=np.int64)
        numbered[level] = np.column_stack([collate_units([[span for span, _ in gold]], [words]), numbers])
    return numbered


def tag_words(
    mentions: Sequence[GoldMention], annotated: frozenset[str], words: Words, heads: Sequence[str]
) -> np.ndarray:
    """BIO tags: 0 outside, 1 first word, 2 later word. Of overlapping mentions of one head the longest is kept."""
    tags = np.full((len(words), len(heads)), UNLABELLED, dtype=np.int64)
    for column, head in enumerate(heads):
        if head in annotated:
            tags[:, column] = 0
    for mention in sorted(mentions, key=lambda m: (m.start - m.end, m.start)):
        found = words.find(Span(mention.start, mention.end))
        if mention.type not in annotated or found is None:
            continue
        column = heads.index(mention.type)
        if not tags[found[0] : found[1], column].any():
            tags[found[0], column] = 1
            tags[found[0] + 1 : found[1], column] = 2
    return tags


def _label_pair(
    pair: Pair,
    head: GoldMention,
    tail: GoldMention,
    document: Annotated,
    stated: set[tuple[int, int, str]],
    asked: frozenset[str],
    config: ExtractorConfig,
) -> np.ndarray:
    row = np.full(len(config.labels), UNLABELLED, dtype=np.int8)
    types = config.type_pairs[pair.type_pair]
    head_concepts, tail_concepts = concepts_of(head), concepts_of(tail)
    links = [(h, t) for h in head_concepts for t in tail_concepts]
    if any(link in document.ignored for link in links) or head.concept == tail.concept is not None:
        return row
    true = {r.predicate for r in document.concept_relations if (r.head, r.tail) in links}
    true |= {p for h, t, p in stated if (h, t) == (pair.head, pair.tail)}
    if types[0] == types[1]:
        true |= {p for h, t, p in stated if (t, h) == (pair.head, pair.tail) and p in config.symmetric}
    denied = not true and not document.lists_denied and near_negation(document.text, head, tail)
    for column, (head_type, tail_type, predicate) in enumerate(config.labels):
        if (head_type, tail_type) == types and predicate in asked and not denied:
            row[column] = predicate in true
    return row


def near_negation(text: str, head: GoldMention, tail: GoldMention) -> bool:
    """Whether a cue of negation stands shortly before two mentions, or between them."""
    first, last = min(head.start, tail.start), max(head.end, tail.end)
    return _NEGATION_CUE.search(text, max(0, first - _CUE_REACH_CHARS), last) is not None
