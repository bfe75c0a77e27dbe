"""What gold teaches a generator: claims and triples from hand-made documents, as tokens, in steps."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from engine.generate.prompts import ask_claim, state_claim
from engine.generate.request import Answer
from engine.generate.triples import parse_answer
from engine.schema import CHEMICAL, DISEASE, GENE, PREDICATE_BY_NAME
from engine.train.annotated import Annotated, ConceptRelation, GoldMention, GoldRelation
from engine.train.corpora import BC5CDR, BIORED
from engine.train.generator.lessons import Lesson, build_lessons
from engine.train.generator.settings import GeneratorSettings
from engine.train.generator.tokens import TokenLesson, fingerprint, tokenize
from engine.train.generator.trees import fill_trees, lay_out, plan_steps
from engine.train.generator.triples import TABLE

CG = {(CHEMICAL, GENE): frozenset({"INHIBITS", "ACTIVATES"})}
TEXT = "Imatinib inhibits ABL1 and KIT. Aspirin was given with ABL1. Aspirin did not inhibit KIT."


def found(text: str, name: str, kind: str, *, nth: int = 0, concept: str | None = None) -> GoldMention:
    start = -1
    for _ in range(nth + 1):
        start = text.index(name, start + 1)
    return GoldMention(start, start + len(name), kind, concept)


MENTIONS = (
    found(TEXT, "Imatinib", CHEMICAL, concept="T1"),
    found(TEXT, "ABL1", GENE, concept="T2"),
    found(TEXT, "KIT", GENE, concept="T3"),
    found(TEXT, "Aspirin", CHEMICAL, concept="T4"),
    found(TEXT, "ABL1", GENE, nth=1, concept="T5"),
    found(TEXT, "Aspirin", CHEMICAL, nth=1, concept="T6"),
    found(TEXT, "KIT", GENE, nth=1, concept="T7"),
)


def drugprot(**other: Any) -> Annotated:
    relations = (GoldRelation(0, 1, "INHIBITS"), GoldRelation(0, 2, "INHIBITS"))
    given = {"mentions": MENTIONS, "relations": relations, "predicates": CG} | other
    return Annotated("d1", "drugprot", TEXT, **given)


def claims(lessons: list[Lesson]) -> dict[str, str]:
    return {
        lesson.request.user.split("Claim: ")[1].split(".\n")[0]: lesson.answer
        for lesson in lessons
        if lesson.kind != "triples"
    }


def triples(lessons: list[Lesson]) -> list[list[tuple[str, str, str, str]]]:
    answers = [parse_answer(Answer(text=lesson.answer)) for lesson in lessons if lesson.kind == "triples"]
    assert not any(isinstance(answer, str) for answer in answers)
    return [[(t.subject, t.predicate, t.object, t.sentence) for t in answer] for answer in answers]  # type: ignore[union-attr]


def test_claims_are_stated_denied_or_neither() -> None:
    said = claims(build_lessons([drugprot()], seed=1))
    neither = {claim for claim, answer in said.items() if answer == "Unclear"}
    assert {claim: answer for claim, answer in said.items() if claim not in neither} == {
        "Imatinib inhibits ABL1": "Yes",
        "It is not so that Imatinib inhibits ABL1": "No",
        "Imatinib inhibits KIT": "Yes",
        "It is not so that Imatinib inhibits KIT": "No",
        "Aspirin inhibits KIT": "No",
        "It is not so that Aspirin inhibits KIT": "Yes",
    }
    otherwise = {"Imatinib activates ABL1", "Imatinib activates KIT"}
    assert otherwise <= neither, "a stated pair under a predicate that doesn't hold of it"
    (unclear,) = neither - otherwise
    assert unclear.removeprefix("It is not so that ") in {"Aspirin inhibits ABL1", "Aspirin activates ABL1"}


def test_prompts_are_those_of_the_run_time() -> None:
    lesson = build_lessons([drugprot()], seed=1)[0]
    claim = state_claim("Imatinib", "INHIBITS", "ABL1", assertion="affirmed")
    assert lesson.request == ask_claim("Imatinib inhibits ABL1 and KIT.", claim)


def test_triples_are_quoted_by_their_sentence() -> None:
    lessons = build_lessons([drugprot()], seed=1)
    assert triples(lessons) == [[("E1", "INHIBITS", "E2", "S1"), ("E1", "INHIBITS", "E3", "S1")]]
    (lesson,) = (lesson for lesson in lessons if lesson.kind == "triples")
    assert "INHIBITS: the chemical inhibits" in lesson.request.user
    assert "TREATS" not in lesson.request.user, "what the corpus does not annotate is not asked"
    assert "S1: Imatinib inhibits ABL1 and KIT. [E1: Imatinib (Chemical), E2: ABL1 (Gene), E3: KIT (Gene)]" in (
        lesson.request.user.splitlines()
    )
    assert " " not in lesson.answer, "JSON without white space, as the engine is held to"


def test_a_corpus_of_documents_takes_the_closest_mentions_of_one_sentence() -> None:
    text = (
        "Aspirin, so they say, after years causes asthma. In rats aspirin causes asthma. Aspirin did not help asthma."
    )
    kinds = (("Aspirin", CHEMICAL, "C1", 0), ("asthma", DISEASE, "D1", 0), ("aspirin", CHEMICAL, "C1", 0))
    mentions = [found(text, name, kind, concept=concept, nth=nth) for name, kind, concept, nth in kinds]
    mentions += [found(text, "asthma", DISEASE, nth=1, concept="D1")]
    relation = ConceptRelation("C1", "D1", "INDUCES")
    document = Annotated(
        "d", "bc5cdr", text, tuple(mentions), concept_relations=(relation,), predicates=BC5CDR.predicates
    )
    lessons = build_lessons([document], seed=1)
    assert claims(lessons) == {
        "aspirin causes or worsens asthma": "Yes",
        "It is not so that aspirin causes or worsens asthma": "No",
    }
    assert all("In rats" in lesson.request.user.split("\n\n")[0] for lesson in lessons if lesson.kind != "triples")


def test_a_passage_that_names_two_that_another_one_relates_is_not_taught_as_silent() -> None:
    text = "Aspirin causes asthma. Aspirin was studied in asthma. Aspirin was studied in gout."
    mentions = [found(text, "Aspirin", CHEMICAL, nth=i, concept="C1") for i in range(3)]
    mentions += [found(text, "asthma", DISEASE, nth=i, concept="D1") for i in range(2)]
    mentions += [found(text, "gout", DISEASE, concept="D2")]
    relation = ConceptRelation("C1", "D1", "INDUCES")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("engine.generate.triples._join_sentences", lambda sentences, _: ([one] for one in sentences))
        document = Annotated(
            "d", "bc5cdr", text, tuple(mentions), concept_relations=(relation,), predicates=BC5CDR.predicates
        )
        lessons = [lesson for lesson in build_lessons([document], seed=1) if lesson.kind == "triples"]
    assert {lesson.passage: bool(triples([lesson])[0]) for lesson in lessons} == {
        "Aspirin causes asthma.": True,
        "Aspirin was studied in gout.": False,
    }


def test_what_may_be_denied_or_is_not_known_teaches_nothing() -> None:
    denied = drugprot(relations=(GoldRelation(5, 6, "INHIBITS"),), lists_denied=True)
    assert not any("Aspirin inhibits KIT" in claim for claim in claims(build_lessons([denied], seed=1)))
    text = "Without aspirin KIT fell."
    mentions = (found(text, "aspirin", CHEMICAL), found(text, "KIT", GENE))
    unread = Annotated("d2", "drugprot", text, mentions, predicates=CG)
    assert claims(build_lessons([unread], seed=1)) == {}, "near a cue of negation a pair may be denied"
    asked = drugprot(asked={(0, 1): CG[CHEMICAL, GENE], (0, 2): CG[CHEMICAL, GENE]})
    lessons = build_lessons([asked], seed=1)
    unclear = {claim for claim, answer in claims(lessons).items() if answer == "Unclear"}
    assert unclear == {"Imatinib activates ABL1", "Imatinib activates KIT"}, "of other pairs the corpus says nothing"
    assert triples(lessons) == []


def test_a_document_s_lessons_depend_on_the_seed_alone() -> None:
    other = drugprot(relations=())
    assert build_lessons([drugprot(), other], seed=1)[: len(build_lessons([drugprot()], seed=1))] == build_lessons(
        [drugprot()], seed=1
    )
    assert build_lessons([drugprot()], seed=1) == build_lessons([drugprot()], seed=1)


def test_every_predicate_that_gold_has_is_described() -> None:
    import tomllib

    entries = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    assert entries.keys() == PREDICATE_BY_NAME.keys() - {"COEXPRESSED_WITH"}
    assert {p for predicates in BIORED.predicates.values() for p in predicates} <= entries.keys()


class Letters:
    """A letter is a token; the answer ends with 0."""

    eos_token_id = 0

    def apply_chat_template(self, messages: list[dict[str, str]], **_: object) -> list[int]:
        return [ord(letter) for message in messages for letter in message["content"]]

    def encode(self, text: str, **_: object) -> list[int]:
        return [ord(letter) for letter in text]


def test_lessons_that_are_too_long_are_left_out() -> None:
    lessons = build_lessons([drugprot()], seed=1)
    everything = tokenize(lessons, Letters(), max_tokens=10_000)
    assert len(everything) == len(lessons)
    assert everything[0].answer == (*map(ord, "Yes"), 0)
    longest = max(map(len, everything))
    assert len(tokenize(lessons, Letters(), max_tokens=longest - 1)) == len(lessons) - 1
    short = build_lessons([drugprot()], seed=1, answer_tokens=8)
    assert {lesson.kind for lesson in tokenize(short, Letters(), max_tokens=10_000)} == {"Yes", "No", "Unclear"}


def test_lessons_of_a_passage_have_its_number() -> None:
    lessons = build_lessons([drugprot()], seed=1)
    as_tokens = tokenize(lessons, Letters(), max_tokens=9999)
    numbers = {lesson.passage: one.passage for lesson, one in zip(lessons, as_tokens, strict=True)}
    assert sorted(numbers.values()) == list(range(len(numbers)))
    assert all(
        lesson.request.user.startswith(f"Passage: {lesson.passage}\n") for lesson in lessons if lesson.kind != "triples"
    )


def test_each_pass_reads_each_lesson_once_and_a_passage_s_lessons_together() -> None:
    drawn = random.Random(0)
    lessons = [
        TokenLesson("Yes", passage, (1, passage, *range(drawn.randint(3, 30))), (2, 0))
        for passage in range(175)
        for _ in range(4)
    ]
    settings = GeneratorSettings(passes=2.5, tree_tokens=64, trees=3)
    plan = plan_steps(lessons, settings)
    read = [i for step in plan for tree in step for i in tree]
    counts = np.bincount(read, minlength=700)
    assert (len(read), counts.min(), counts.max()) == (1750, 2, 3)
    assert all(lay_out([lessons[i] for i in tree]).ids.size <= 64 for step in plan for tree in step)
    assert all(len(step) == 3 for step in plan[:-1])
    assert sum(a // 4 != b // 4 for a, b in pairwise(read)) < 175 * 3, "a passage comes as a whole"
    assert plan == plan_steps(lessons, settings)
    whole = len(plan_steps(lessons, GeneratorSettings(tree_tokens=64)))
    for wanted in (1, whole + 5):
        assert len(plan_steps(lessons, GeneratorSettings(steps=wanted, tree_tokens=64))) == wanted, (
            "steps win over passes"
        )
    assert fingerprint(lessons) != fingerprint(lessons[::-1])


def test_what_lessons_begin_alike_is_laid_out_once() -> None:
    tree = lay_out([TokenLesson("Yes", 0, (5, 6, 7), (8, 0)), TokenLesson("No", 0, (5, 6, 9), (3, 0))])
    assert tree.ids.tolist() == [5, 6, 7, 8, 9, 3], "the end of an answer is not read"
    assert tree.positions.tolist() == [0, 1, 2, 3, 2, 3]
    seen = [[int(i) for i in np.flatnonzero(row)] for row in tree.sees]
    assert seen == [[0], [0, 1], [0, 1, 2], [0, 1, 2, 3], [0, 1, 4], [0, 1, 4, 5]]
    assert tree.at.tolist() == [2, 3, 4, 5], "where an answer's token is next"
    assert tree.wanted.tolist() == [8, 0, 3, 0]
    assert tree.lesson.tolist() == [0, 0, 1, 1]
    assert tree.first.tolist() == [0, 2]


def test_one_prompt_with_two_answers_is_laid_out_once() -> None:
    tree = lay_out([TokenLesson("Yes", 0, (5, 6), (8, 0)), TokenLesson("No", 0, (5, 6), (9, 0))])
    assert tree.ids.tolist() == [5, 6, 8, 9]
    assert (tree.at.tolist(), tree.wanted.tolist()) == ([1, 2, 1, 3], [8, 0, 9, 0])


def test_a_lesson_longer_than_a_tree_has_its_own() -> None:
    lengths = (3, 3, 40, 3)
    lessons = [TokenLesson("Yes", i, (i,) * length, (8, 0)) for i, length in enumerate(lengths)]
    assert fill_trees(lessons, range(4), tokens=10) == [[0, 1], [2], [3]]


@pytest.mark.parametrize("answer", ["Yes", "No", "Unclear"])
def test_answers_of_claims_are_the_choices(answer: str) -> None:
    lessons = [lesson for lesson in build_lessons([drugprot()], seed=1) if lesson.kind == answer]
    assert lessons
    assert all(lesson.answer == answer and answer in lesson.request.choices for lesson in lessons)
