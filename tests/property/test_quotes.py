"""Quotes and answers, whatever a model says: nothing invented gets through, nothing raises."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from engine.generate.request import Answer
from engine.generate.triples import find_quote, parse_answer
from engine.schema import Span

WORDS = st.text(alphabet="ab.*(\\ \n\té", max_size=30)


@given(text=WORDS, start=st.integers(0, 30), end=st.integers(0, 30))
def test_what_stands_in_the_passage_is_found(text: str, start: int, end: int) -> None:
    quote = text[start:end]
    found = find_quote(text, quote, within=Span(0, len(text)))
    if quote.split():
        assert found is not None
        assert text[found.start : found.end].split() == quote.split()
    else:
        assert found is None


@given(text=WORDS, quote=WORDS, start=st.integers(0, 30), size=st.integers(0, 30))
def test_what_is_found_stands_there(text: str, quote: str, start: int, size: int) -> None:
    within = Span(start, start + size)
    found = find_quote(text, quote, within=within)
    if found is not None:
        assert within.covers(found)
        assert text[found.start : found.end].split() == quote.split()
    elif quote.split():
        assert quote not in text[start : start + size]


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["triples", "quote", "subject", "object", "predicate", "x"]), inner, max_size=4
        )
    ),
    max_leaves=10,
)


@given(answer=st.text(max_size=60) | JSON.map(json.dumps))
def test_no_answer_raises(answer: str) -> None:
    said = parse_answer(Answer(text=answer))
    assert isinstance(said, str | list)
