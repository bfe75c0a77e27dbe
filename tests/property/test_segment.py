"""What holds for the sentences of any text."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.schema import Span
from engine.segment import split_sentences

PIECES = st.sampled_from(
    [
        "E. coli",
        "vs.",
        "Fig. 1",
        " ",
        "\n",
        ". ",
        "? ",
        "(",
        ")",
        "[",
        "]",
        "The",
        "p53",
        "0.5",
        "i.v.",
        "\u2009",
        '"',
        ";",
    ]
)
TEXTS = st.one_of(st.text(max_size=200), st.lists(PIECES, max_size=60).map("".join))


@st.composite
def texts_with_sections(draw: st.DrawFn) -> tuple[str, list[Span]]:
    text = draw(TEXTS)
    edges = sorted(draw(st.lists(st.integers(0, len(text)), max_size=6, unique=True)))
    return text, [Span(start, end) for start, end in zip(edges[::2], edges[1::2], strict=False)]


@settings(deadline=None)  # the time of one example says nothing on a busy machine
@given(texts_with_sections())
def test_sentences_cover_all_that_is_not_blank_in_order(case: tuple[str, list[Span]]) -> None:
    text, sections = case
    at = 0
    for span in split_sentences(text, sections):
        assert text[at : span.start].strip() == ""
        assert at <= span.start < span.end <= len(text)
        piece = text[span.start : span.end]
        assert piece == piece.strip()
        assert "\n" not in piece
        at = span.end
    assert text[at:].strip() == ""


@settings(deadline=None)
@given(texts_with_sections())
def test_no_sentence_crosses_the_edge_of_a_section(case: tuple[str, list[Span]]) -> None:
    text, sections = case
    for span in split_sentences(text, sections):
        for section in sections:
            assert section.covers(span) or not section.overlaps(span)


@settings(deadline=None)
@given(TEXTS, TEXTS)
def test_lines_are_cut_apart_from_each_other(first: str, second: str) -> None:
    shift = len(first) + 1
    together = split_sentences(f"{first}\n{second}")
    apart = split_sentences(first) + [Span(s.start + shift, s.end + shift) for s in split_sentences(second)]
    assert together == apart
