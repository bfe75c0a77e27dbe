"""Which relation label is taken for which: gold labels against stated ones, `none` among both."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from itertools import zip_longest

from engine.train.measure.relations import Triple

NONE = "none"


def tabulate_confusion(
    stated: Sequence[Collection[Triple]], gold: Sequence[Collection[Triple]]
) -> dict[str, dict[str, int]]:
    """Gold label to stated label to number of triples; one collection a document.

    Right labels pair off first, what is left of the same two ends is paired in order of name, the rest with `none`. So
    a row sums to the gold triples of its label and a column to the stated ones of its label.
    """
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for said, true in zip(stated, gold, strict=True):
        for label, _ in set(said) & set(true):
            table[label][label] += 1
        left: dict[frozenset[str], tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
        for side, triples in enumerate((set(true) - set(said), set(said) - set(true))):
            for label, ends in sorted(triples):
                left[frozenset(ends)][side].append(label)
        for missed, wrong in left.values():
            for truth, answer in zip_longest(missed, wrong, fillvalue=NONE):
                table[truth][answer] += 1
    return {truth: dict(sorted(answers.items())) for truth, answers in sorted(table.items())}
