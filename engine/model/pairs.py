"""Which pairs of mentions a document asks the relation head about, and what each pair sees of its sentence.

A pair must share a sentence and its types must be able to stand in a relation (the config's `type_pairs`). Gene pairs
are asked in both orders, since some of their predicates are directed; chemical pairs once, since theirs are symmetric.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from engine.model.config import ExtractorConfig
from engine.model.text import Words
from engine.schema import Span

MAX_CONTEXT_WORDS = 128


@dataclass(frozen=True, slots=True)
class Pair:
    """A candidate: numbers of head, tail and type pair (in the config), and word ranges of head, tail and context."""

    head: int
    tail: int
    type_pair: int
    head_words: tuple[int, int]
    tail_words: tuple[int, int]
    context_words: tuple[int, int]


def pair_mentions(
    spans: Sequence[Span], types: Sequence[str], sentences: Sequence[Span], words: Words, config: ExtractorConfig
) -> list[Pair]:
    """List the candidate pairs of a document, in order of head, tail and type pair."""
    numbers = {pair: number for number, pair in enumerate(config.type_pairs)}
    unordered = config.unordered_pairs
    starts = [sentence.start for sentence in sentences]
    by_sentence: dict[int, list[int]] = {}
    located = [words.find(span) for span in spans]
    for mention, span in enumerate(spans):
        sentence = bisect_right(starts, span.start) - 1
        if sentence >= 0 and located[mention] is not None:
            by_sentence.setdefault(sentence, []).append(mention)
    pairs: list[Pair] = []
    for sentence, members in by_sentence.items():
        bounds = words.find(sentences[sentence])
        for head in members:
            for tail in members:
                types_of_pair = (types[head], types[tail])
                if types_of_pair not in numbers or (types_of_pair in unordered and head > tail):
                    continue
                pair = _pair(head, tail, numbers[types_of_pair], spans, located, bounds)
                if pair is not None:
                    pairs.append(pair)
    return pairs


def _pair(
    head: int,
    tail: int,
    type_pair: int,
    spans: Sequence[Span],
    located: Sequence[tuple[int, int] | None],
    bounds: tuple[int, int] | None,
) -> Pair | None:
    head_words, tail_words = located[head], located[tail]
    if spans[head].overlaps(spans[tail]):
        return None
    if head_words is None or tail_words is None or bounds is None:
        return None
    context = cut_context(bounds, head_words, tail_words, MAX_CONTEXT_WORDS)
    inside = context[0] <= min(head_words[0], tail_words[0]) and max(head_words[1], tail_words[1]) <= context[1]
    return Pair(head, tail, type_pair, head_words, tail_words, context) if inside else None


def cut_context(
    bounds: tuple[int, int], head: tuple[int, int], tail: tuple[int, int], most_words: int
) -> tuple[int, int]:
    """The sentence of a pair, cut around the two where it has more than `most_words`; all are half-open word ranges."""
    first, last = min(head[0], tail[0], bounds[0]), max(head[1], tail[1], bounds[1])
    if last - first <= most_words:
        return first, last
    inner_first, inner_last = min(head[0], tail[0]), max(head[1], tail[1])
    spare = max(0, most_words - (inner_last - inner_first))
    first = max(first, inner_first - spare // 2)
    return first, min(last, max(first + most_words, inner_last))
