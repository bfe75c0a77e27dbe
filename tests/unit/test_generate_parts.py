"""Prompts and their hashes, verdicts, scores, passages, and what of an answer is kept."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import pytest

from engine.generate.prompts import CHOICES, PHRASES, Choice, Offer, Sentence, ask_claim, ask_relations, state_claim
from engine.generate.request import LENGTH, Answer, sum_by_choice
from engine.generate.triples import (
    Passage,
    check_triples,
    find_passages,
    open_relation_types,
    parse_answer,
)
from engine.generate.verify import EVEN, Combination, open_combination, read_verdict
from engine.schema import ASSERTIONS, PREDICATES, Mention, Span

TEXT = "TP53 and MDM2 are expressed together in liver. KIT is a kinase. MDM2 binds TP53 tightly."
SENTENCES = [Span(0, 46), Span(47, 63), Span(64, len(TEXT))]
COEXPRESSED = open_relation_types(["COEXPRESSED_WITH"])


def mentions() -> list[Mention]:
    names = {"TP53": "hgnc:11998", "MDM2": "hgnc:6973", "KIT": "hgnc:6342"}
    found = [(m.start(), m.group()) for m in re.finditer("|".join(names), TEXT)]
    return [Mention(start, start + len(name), "Gene", 0.9, names[name]) for start, name in found]


def passage() -> Passage:
    (found,) = find_passages(TEXT, SENTENCES, mentions(), COEXPRESSED, passage_chars=40)
    return found


# ------------------------------------------------------------------------------------------------ prompts


def test_a_request_has_a_published_identity() -> None:
    claim = ask_claim("Imatinib inhibits ABL1.", state_claim("Imatinib", "INHIBITS", "ABL1", assertion="affirmed"))
    sentence = Sentence(TEXT, "S1", (Choice("E1", "Gene", "TP53"), Choice("E2", "Gene", "MDM2")))
    offer = Offer("S1", "E1", ("COEXPRESSED_WITH",), ("E2",))
    relations = ask_relations([sentence], [offer], {"COEXPRESSED_WITH": "expressed together"}, max_tokens=256)
    assert claim.key == "f29beba0d4e9555aeee7585b42e65667"
    assert relations.key == "1f48743a8e28277c684780757288d79d"


def test_a_second_attempt_is_another_request() -> None:
    first, second = (ask_relations((), (), {}, max_tokens=64, attempt=attempt) for attempt in (0, 1))
    assert first.key != second.key
    assert (first.temperature, second.temperature) == (0.0, 0.5)
    assert [json.loads(str(r.schema))["properties"]["triples"]["maxItems"] for r in (first, second)] == [8, 2]


def test_every_predicate_reads_as_a_sentence() -> None:
    assert set(PHRASES) == {predicate.name for predicate in PREDICATES}
    assert all("{subject}" in phrase and "{object}" in phrase for phrase in PHRASES.values())
    assert state_claim("a {object}", "INHIBITS", "b", assertion="affirmed") == "a b inhibits b"


@pytest.mark.parametrize(
    ("assertion", "claim"),
    [("affirmed", "A kills B"), ("negated", "It is not so that A kills B"), ("speculated", "It may be that A kills B")],
)
def test_a_claim_says_what_the_relation_asserts(assertion: str, claim: str) -> None:
    assert state_claim("A", "KILLS", "B", assertion=assertion) == claim


def test_the_schema_allows_what_is_offered_alone() -> None:
    offers = [Offer("S1", "E1", ("BINDS",), ("E2", "E3")), Offer("S2", "E3", ("INDUCES", "TREATS"), ("E1",))]
    request = ask_relations([Sentence("...", "S1")], offers, {"BINDS": "...", "TREATS": "..."}, max_tokens=9)
    triples = json.loads(request.schema or "")["properties"]["triples"]
    assert triples["maxItems"] == 8
    allowed = [item["properties"] for item in triples["items"]["anyOf"]]
    names = ("sentence", "subject", "predicate", "object", "assertion")
    assert [[one[name]["enum"] for name in names] for one in allowed] == [
        [["S1"], ["E1"], ["BINDS"], ["E2", "E3"], [*ASSERTIONS]],
        [["S2"], ["E3"], ["INDUCES", "TREATS"], ["E1"], [*ASSERTIONS]],
    ]


def test_sentences_that_relations_may_be_found_in_are_numbered_and_list_their_entities() -> None:
    (whole,) = find_passages(TEXT, SENTENCES, mentions(), COEXPRESSED)
    shown = whole.ask(max_tokens=9).user.split("\n\n")[0]
    assert shown == (
        "Passage:\nS1: TP53 and MDM2 are expressed together in liver. [E1: TP53 (Gene), E2: MDM2 (Gene)]\n"
        "KIT is a kinase.\nMDM2 binds TP53 tightly."
    )


# ---------------------------------------------------------------------------------------------- verdicts


def test_a_verdict_is_the_share_of_each_answer() -> None:
    verdict = read_verdict({"Yes": math.log(0.06), "No": math.log(0.03), "Unclear": math.log(0.01)})
    assert verdict is not None
    assert (verdict.entailed, verdict.contradicted, verdict.neutral) == pytest.approx((0.6, 0.3, 0.1))


def test_an_answer_that_was_not_seen_counts_next_to_nothing() -> None:
    verdict = read_verdict({"Unclear": -0.1})
    assert verdict is not None
    assert verdict.neutral > 0.999999
    assert read_verdict({}) is None
    assert read_verdict({"Perhaps": -0.1}) is None


def test_tokens_that_begin_one_choice_are_added_up() -> None:
    sums = sum_by_choice([("Yes", math.log(0.2)), ("Yes", math.log(0.1)), ("No", -math.inf)])
    assert sums == {"Yes": pytest.approx(math.log(0.3))}


def test_a_joint_score_rises_with_both_and_heeds_the_verifier() -> None:
    combine = open_combination("anything")
    assert not combine.fitted
    assert combine(0.5, 0.5) == pytest.approx(0.5)
    assert combine(0.3, 0.9) > combine(0.3, 0.6) > combine(0.2, 0.6)
    assert 0.0 < combine(0.0, 0.0) < combine(1.0, 1.0) < 1.0
    assert combine(0.8, 0.2) == pytest.approx(0.5)


def test_a_generator_has_coefficients_of_its_own(tmp_path: Path) -> None:
    table = tmp_path / "c.toml"
    table.write_text('[fitted."model-1.5"]\nintercept = -1\nclassifier = 1\nverifier = 2\n')
    for name in ("model-1.5", "org/model-1.5"):
        assert open_combination(name, table=table) == Combination(-1.0, 1.0, 2.0, fitted=True)
    assert open_combination("org/other", table=table) == EVEN
    table.write_text('[fitted."model-1.5"]\nintercept = -1\n')
    with pytest.raises(ValueError, match=r"c\.toml: model-1\.5: 'classifier' is missing"):
        open_combination("org/model-1.5", table=table)
    table.write_bytes(b"\xff")
    with pytest.raises(ValueError, match=r"cannot read coefficients from .*c\.toml"):
        open_combination("model-1.5", table=table)
    table.write_text("[fitted")
    with pytest.raises(ValueError, match=r"cannot read coefficients from .*c\.toml"):
        open_combination("model-1.5", table=table)


# ---------------------------------------------------------------------------------------- relation types


def test_the_shipped_types_know_the_schema() -> None:
    (kind,) = COEXPRESSED
    assert (kind.pairs, kind.symmetric) == ((("Gene", "Gene"),), True)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "has no relation type NEW; it has none"),
        ("[NEW]\n", "NEW: description: Field required"),
        ('[NEW]\ndescription = "x"\n', "`pairs` is missing"),
        ('[NEW]\ndescription = "x"\npairs = [["Gene", "Planet"]]\n', "NEW: pairs.0.1"),
        ('[NEW]\ndescription = "x"\nonly_where = "("\n', "NEW: only_where"),
        ("[NEW", "cannot read relation types"),
    ],
)
def test_a_type_that_can_t_be_meant_is_refused(tmp_path: Path, content: str, reason: str) -> None:
    (tmp_path / "r.toml").write_text(content)
    with pytest.raises(ValueError, match=re.escape(reason)):
        open_relation_types(["NEW"], table=tmp_path / "r.toml")


# ---------------------------------------------------------------------------------------------- passages


def test_only_passages_that_could_state_the_relation_are_asked_about() -> None:
    found = passage()  # of three sentences the first names two genes and says "expressed"
    assert found.span == SENTENCES[0]
    assert found.concepts == {"E1": "hgnc:11998", "E2": "hgnc:6973"}
    (whole,) = find_passages(TEXT, SENTENCES, mentions(), COEXPRESSED)
    assert (whole.span, whole.spans, whole.offers) == (Span(0, len(TEXT)), found.spans, found.offers)


def test_names_within_names_and_two_readings_of_one_name_make_no_pair() -> None:
    text = "NADPH oxidase expressed with KIT."
    spans = ((0, 5, "hgnc:1"), (0, 13, "hgnc:2"), (29, 32, "hgnc:3"), (29, 32, "hgnc:4"))
    named = [Mention(start, end, "Gene", 0.9, concept) for start, end, concept in spans]
    (found,) = find_passages(text, [Span(0, len(text))], named, COEXPRESSED)
    pairs = {(found.concepts[o.subject], found.concepts[end]) for o in found.offers for end in o.objects}
    assert pairs == {(one, other) for one in ("hgnc:1", "hgnc:2") for other in ("hgnc:3", "hgnc:4")}


def test_what_one_sentence_offers_may_not_be_said_of_another() -> None:
    text = "TP53 and MDM2 are expressed. MDM2 and KIT are expressed."
    found = [(m.start(), m.group()) for m in re.finditer("TP53|MDM2|KIT", text)]
    named = [Mention(start, start + len(name), "Gene", 0.9, name) for start, name in found]
    (both,) = find_passages(text, [Span(0, 28), Span(29, len(text))], named, COEXPRESSED)
    said = parse_answer(Answer(text=json.dumps({"triples": [triple(), triple(sentence="S2")]})))
    assert not isinstance(said, str)
    kept, dropped = check_triples(said, both)
    assert ([(t.head, t.tail) for t in kept], dict(dropped)) == ([(0, 1)], {"not_offered": 1})


def test_one_concept_or_an_unlinked_name_makes_no_pair() -> None:
    one = [Mention(0, 4, "Gene", 0.9, "hgnc:1"), Mention(9, 13, "Gene", 0.9, "hgnc:1")]
    unlinked = [Mention(0, 4, "Gene", 0.9, "hgnc:1"), Mention(9, 13, "Gene", 0.9, None)]
    for named in (one, unlinked):
        assert list(find_passages(TEXT, SENTENCES, named, COEXPRESSED)) == []


# ---------------------------------------------------------------------------------------------- answers


def triple(**other: str) -> dict[str, str]:
    base = {"sentence": "S1", "subject": "E1", "predicate": "COEXPRESSED_WITH", "object": "E2"}
    return {**base, "assertion": "affirmed", **other}


def checked(*triples: dict[str, str]) -> tuple[list[tuple[int, int, str]], dict[str, int]]:
    said = parse_answer(Answer(text=json.dumps({"triples": list(triples)})))
    assert not isinstance(said, str)
    kept, dropped = check_triples(said, passage())
    return [(t.head, t.tail, t.predicate) for t in kept], dict(dropped)


def test_a_triple_that_was_offered_is_kept_once_whichever_end_comes_first() -> None:
    assert checked(triple(), triple(), triple(subject="E2", object="E1")) == ([(0, 1, "COEXPRESSED_WITH")], {})


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"sentence": "S2"}, "unknown_sentence"),
        ({"sentence": TEXT[:45]}, "unknown_sentence"),
        ({"subject": "E9"}, "unknown_entity"),
        ({"object": "E1"}, "not_offered"),
        ({"predicate": "INHIBITS"}, "unknown_predicate"),
    ],
)
def test_no_triple_that_was_not_offered(change: dict[str, str], reason: str) -> None:
    assert checked(triple(**change)) == ([], {reason: 1})


@pytest.mark.parametrize(
    "text",
    [
        '{"triples": []}',
        '```json\n{"triples": []}\n```',
        'Here: {"triples": [], "note": "a\tb"} Done.',
        '{"triples": []}\n\n{"triples": []}',
        '{"triples": []} No relation of {E1} is stated.',
    ],
)
def test_words_around_an_answer_do_no_harm(text: str) -> None:
    assert parse_answer(Answer(text=text)) == []


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(text="none"), "holds no JSON object"),
        (Answer(text='{"triples": [}'), "is no JSON"),
        (Answer(text='{"triples": [], "score": ' + "1" * 5000 + "}"), "is no JSON: Exceeds the limit"),
        (Answer(text='{"triples": [], "note": "\\ud800"}'), "is no JSON: 'utf-8' codec can't encode"),
        (Answer(text='{"relations": []}'), "triples: Field required"),
        (Answer(text='{"triples": [{"sentence": 1}]}'), "triples.0.sentence"),
        (Answer(text='{"triples": [', finish=LENGTH, answer_tokens=64), "cut off after 64 tokens"),
        (Answer(error="the prompt is too long"), "the prompt is too long"),
    ],
)
def test_an_answer_that_is_of_no_use_says_why(answer: Answer, reason: str) -> None:
    said = parse_answer(answer)
    assert isinstance(said, str)
    assert reason in said


def test_choices_begin_with_letters_of_their_own() -> None:
    assert len({choice[0] for choice in CHOICES}) == len(CHOICES)
