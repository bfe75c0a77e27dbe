"""What a model is offered and what of its answers is kept: nothing invented gets through, nothing raises."""

from __future__ import annotations

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from engine.generate.request import Answer
from engine.generate.triples import RelationType, check_triples, find_passages, parse_answer
from engine.schema import Mention, Span

TYPES = [
    RelationType("BINDS", "...", (("Gene", "Gene"),), symmetric=True),
    RelationType("TREATS", "...", (("Drug", "Disease"),), only_where=re.compile("y")),
]
KINDS = {"a": "Gene", "b": "Gene", "c": "Drug", "d": "Disease"}
TEXT = st.text(alphabet="abcd xy.", min_size=1, max_size=40)


def read(text: str) -> tuple[list[Span], list[Mention]]:
    """Sentences end with a full stop; every letter of KINDS is a concept."""
    sentences = [Span(*found.span()) for found in re.finditer(r"[^.]*\.|[^.]+", text)]
    mentions = [Mention(i, i + 1, KINDS[c], 1.0, c) for i, c in enumerate(text) if c in KINDS]
    return sentences, mentions


@given(text=TEXT, said=st.data())
def test_what_was_offered_is_kept_and_nothing_else(text: str, said: st.DataObject) -> None:
    sentences, mentions = read(text)
    for passage in find_passages(text, sentences, mentions, TYPES, passage_chars=15):
        offered = [
            {"sentence": o.sentence, "subject": o.subject, "predicate": predicate, "object": end}
            for o in passage.offers
            for predicate in o.predicates
            for end in o.objects
        ]
        name = st.sampled_from(["S1", "S2", "E1", "E2", "E3", "BINDS", "TREATS", "x"])
        changes = st.dictionaries(st.sampled_from(["sentence", "subject", "predicate", "object"]), name, max_size=2)
        drawn = said.draw(st.lists(st.tuples(st.sampled_from(offered), changes), min_size=1, max_size=6))
        triples = [triple | change for triple, change in drawn]
        right = [t for t in triples if t in offered or (turn(t) in offered and t["predicate"] == "BINDS")]
        parsed = parse_answer(Answer(text=json.dumps({"triples": triples})))
        assert not isinstance(parsed, str)
        kept, dropped = check_triples(parsed, passage)
        assert dropped.total() == len(triples) - len(right)
        assert bool(kept) == bool(right)
        for found in kept:
            head, tail = mentions[found.head], mentions[found.tail]
            (sentence,) = (s for s in sentences if s.start <= head.start < s.end)
            assert sentence.start <= tail.start < sentence.end
            assert head.concept_id != tail.concept_id
            (kind,) = (t for t in TYPES if t.name == found.predicate)
            assert kind.joins(head.type, tail.type)
            assert head.start < tail.start or not kind.symmetric
            assert kind.only_where is None or "y" in text[sentence.start : sentence.end]


def turn(triple: dict[str, str]) -> dict[str, str]:
    """The triple with its ends the other way round."""
    return triple | {"subject": triple["object"], "object": triple["subject"]}


@given(text=TEXT)
def test_every_pair_that_one_sentence_may_relate_is_offered_once(text: str) -> None:
    sentences, mentions = read(text)
    passages = list(find_passages(text, sentences, mentions, TYPES, passage_chars=15))
    offered = [
        (passage.spans[o.sentence], passage.concepts[o.subject], predicate, passage.concepts[end])
        for passage in passages
        for o in passage.offers
        for predicate in o.predicates
        for end in o.objects
    ]
    wanted = set()
    for sentence in sentences:
        words = text[sentence.start : sentence.end]
        if "a" in words and "b" in words:
            wanted.add(
                (sentence, *(("a", "BINDS", "b") if words.index("a") < words.index("b") else ("b", "BINDS", "a")))
            )
        if "c" in words and "d" in words and "y" in words:
            wanted.add((sentence, "c", "TREATS", "d"))
    assert (set(offered), len(offered)) == (wanted, len(wanted))
    for passage in passages:
        shown = "\n".join(sentence.text for sentence in passage.sentences)
        assert shown.replace("\n", "") == text[passage.span.start : passage.span.end]


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["triples", "sentence", "subject", "object", "predicate", "x"]), inner, max_size=4
        )
    ),
    max_leaves=10,
)


@given(answer=st.text(max_size=60) | JSON.map(json.dumps))
def test_no_answer_raises(answer: str) -> None:
    said = parse_answer(Answer(text=answer))
    assert isinstance(said, str | list)
