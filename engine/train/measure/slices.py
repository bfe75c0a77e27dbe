"""Span scores of parts of a split: names that training taught or not, frequent or rare ones, title or abstract.

A name is a type and the letters of its surface form. Strict matches share their span, so gold and predicted spans of a
part are the same question asked of both, and precision has a meaning there as recall has.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from engine.schema import Span
from engine.train.annotated import Annotated
from engine.train.measure.counts import Tally, tally_matches
from engine.train.measure.spans import TypedSpan, gold_spans
from engine.train.overlap import letters

Names = Mapping[tuple[str, str], int]
# A document, a type and a span of it: the part that the span belongs to, or None for no part.
Slicer = Callable[[Annotated, str, Span], str | None]
FREQUENT = 10


def count_names(documents: Iterable[Annotated]) -> Names:
    """How often each name is a gold mention of a head that its corpus annotates."""
    return Counter(
        (type, letters(document.text[span.start : span.end]))
        for document in documents
        for type, span in gold_spans(document)
    )


def slice_by_names(names: Names) -> Mapping[str, Slicer]:
    """Seen in training or not; of those seen, whether at least `FREQUENT` times."""

    def times(document: Annotated, type: str, span: Span) -> int:
        return names.get((type, letters(document.text[span.start : span.end])), 0)

    def seen(document: Annotated, type: str, span: Span) -> str:
        return "seen" if times(document, type, span) else "unseen"

    def frequency(document: Annotated, type: str, span: Span) -> str | None:
        found = times(document, type, span)
        return None if not found else "frequent" if found >= FREQUENT else "rare"

    return {"name_in_training": seen, "name_frequency": frequency}


def slice_by_section(document: Annotated, type: str, span: Span) -> str | None:
    """Title, which is the text's first line, or abstract; a text of one line has neither."""
    title = document.text.find("\n")
    return None if title < 0 else "title" if span.start < title else "abstract"


def tally_slices(
    documents: Sequence[Annotated],
    predicted: Sequence[Collection[TypedSpan]],
    gold: Sequence[Collection[TypedSpan]],
    slicers: Mapping[str, Slicer],
) -> dict[str, dict[str, Tally]]:
    """Strict counts of each part that occurs: dimension, part, type."""

    def choose(spans: Collection[TypedSpan], document: Annotated, slicer: Slicer, part: str) -> set[TypedSpan]:
        return {(type, span) for type, span in spans if slicer(document, type, span) == part}

    tallies: dict[str, dict[str, Tally]] = {}
    for dimension, slicer in slicers.items():
        parts = {
            slicer(document, type, span)
            for document, *sides in zip(documents, predicted, gold, strict=True)
            for side in sides
            for type, span in side
        }
        for part in sorted(part for part in parts if part is not None):
            said, true = (
                [choose(spans, document, slicer, part) for document, spans in zip(documents, side, strict=True)]
                for side in (predicted, gold)
            )
            tallies.setdefault(dimension, {})[part] = tally_matches(said, true)
    return tallies
