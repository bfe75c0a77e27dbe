"""The question files: every header complete, every text read-only, in order, and true to the schema's word lists."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from engine.schema import CHEMICAL, DISEASE, GENE, LEXICON_PREDICATES, PREDICATE_BY_NAME, predicates_of
from graph.errors import QuestionError
from graph.guard import Token, check_read_only, tokenize
from graph.questions import Question, all_questions, find_question, parse_question
from graph.schema import CONTENT_LABELS, DRUG

QUESTIONS = list(all_questions().values())
each = pytest.mark.parametrize("question", QUESTIONS, ids=[q.name for q in QUESTIONS])


def test_the_questions_that_were_promised_are_there() -> None:
    assert len(all_questions()) >= 60
    assert {
        "drug-targets",
        "target-drugs",
        "drug-proteins",
        "edge-evidence",
        "for-and-against",
        "gene-diseases",
        "disease-genes",
        "drugs-via-gene",
        "shared-neighbours",
        "newest-edges",
        "side-effects",
        "disease-drugs",
        "drug-interactions",
        "contradictions",
        "publication-claims",
        "repurposing",
        "hubs",
    } <= set(all_questions())


@each
def test_header_says_what_is_asked_taken_and_answered(question: Question) -> None:
    assert question.asks.endswith("?")
    assert all(parameter.about for parameter in question.parameters)
    assert all(column.about for column in question.columns)
    assert question.parameters[-1].name == "limit"
    assert question.parameters[-1].default == 25


@each
def test_text_passes_the_guard(question: Question) -> None:
    check_read_only(question.cypher)


@each
def test_parameters_of_the_text_are_those_of_the_header(question: Question) -> None:
    used = {b.text for a, b in _pairs(question) if a.text == "$"}
    assert used == {parameter.name for parameter in question.parameters}


@each
def test_columns_of_the_text_are_those_of_the_header(question: Question) -> None:
    last_return = question.cypher.rpartition("\nRETURN ")[2].partition("\nORDER BY")[0]
    items = re.split(r",(?![^(]*\))", last_return)  # commas outside parentheses
    names = [item.rpartition(" AS ")[2].split()[-1] for item in items]
    assert names == [column.name for column in question.columns]


@each
def test_answer_is_ordered_to_the_last_row_and_limited(question: Question) -> None:
    tail = question.cypher.rpartition("\nORDER BY ")[2]
    order, _, limit = tail.partition("\nLIMIT ")
    assert limit.strip() in ("", "$limit")
    assert "LIMIT $limit" in question.cypher
    keys = [key.strip().removesuffix(" DESC") for key in order.split(",")]
    assert any(key.endswith("id") or key == "direction" or "stance" in key or key in _TIE_BREAKERS for key in keys)


# Where an id alone leaves ties, what follows it in the order tells the rows apart.
_TIE_BREAKERS = ("effect", "role", "relation", "lowering", "label", "year", "journal", "section", "form", "key")
_TIE_BREAKERS += ("model_revision",)


@each
def test_labels_and_types_are_those_of_the_schema(question: Question) -> None:
    known = {*PREDICATE_BY_NAME, *LEXICON_PREDICATES, "IN", *CONTENT_LABELS, DRUG}
    used = {b.text for a, b in _pairs(question) if a.text in (":", "|") and b.kind == "word"}
    # `x IN list | ...` and map keys do not occur with a capital letter
    assert {name for name in used if name[0].isupper()} <= known


@pytest.mark.parametrize("name", ["drug-targets", "target-drugs", "drug-proteins"])
def test_questions_about_targets_ask_for_every_chemical_gene_predicate(name: str) -> None:
    assert _types(name, "INHIBITS") == set(predicates_of(CHEMICAL, GENE))


@pytest.mark.parametrize("name", ["gene-diseases", "disease-genes"])
def test_questions_about_diseases_ask_for_every_gene_disease_predicate(name: str) -> None:
    assert _types(name, "PROMOTES") == set(predicates_of(GENE, DISEASE))


def test_partners_are_asked_for_by_every_gene_gene_predicate() -> None:
    assert _types("gene-partners", "COEXPRESSED_WITH") == set(predicates_of(GENE, GENE))


@pytest.mark.parametrize("name", ["drugs-via-gene", "repurposing"])
def test_signed_chains_ask_for_every_signed_predicate(name: str) -> None:
    signed = {p for p in predicates_of(CHEMICAL, GENE) if PREDICATE_BY_NAME[p].sign}
    assert _types(name, "INHIBITS") == signed
    assert _types(name, "PROMOTES") == {p for p in predicates_of(GENE, DISEASE) if PREDICATE_BY_NAME[p].sign}


_SIGNED_CG = {p for p in predicates_of(CHEMICAL, GENE) if PREDICATE_BY_NAME[p].sign}
_FAMILIES = [
    set(predicates_of(CHEMICAL, GENE)),
    _SIGNED_CG,
    _SIGNED_CG | {"SUBSTRATE_OF"},
    {"INHIBITS", "ACTIVATES", "AGONIST_OF", "ANTAGONIST_OF", "BINDS"},  # a direct hit
    {"INHIBITS", "ACTIVATES", "AGONIST_OF", "ANTAGONIST_OF"},  # one with a direction
    set(predicates_of(CHEMICAL, DISEASE)),
    set(predicates_of(GENE, DISEASE)),
    {p for p in predicates_of(GENE, DISEASE) if PREDICATE_BY_NAME[p].sign},
    {*predicates_of(CHEMICAL, DISEASE), *predicates_of(GENE, DISEASE)},
    {"TREATS", "INDUCES"},
    set(predicates_of(GENE, GENE)),
    {p for p in predicates_of(GENE, GENE) if PREDICATE_BY_NAME[p].sign},
    {"BINDS", "INTERACTS_WITH"},
    set(predicates_of(CHEMICAL, CHEMICAL)),
    {"MEMBER_OF", "IS_A"},  # from a gene to its families, from a family to those above it
    *({p.name for p in PREDICATE_BY_NAME.values() if p.sign in signs} for signs in ({1}, {-1}, {1, -1})),
]


@each
def test_a_list_of_types_is_one_that_is_meant(question: Question) -> None:
    """No question forgets a predicate of the pair that it asks about."""
    for text in re.findall(r"\[\w*:([A-Z_|\s]+)(?:\*[\d.]+)?\]", question.cypher):
        types = set(re.split(r"[|\s]+", text))
        assert len(types) == 1 or types in _FAMILIES, types


def _pairs(question: Question) -> list[tuple[Token, Token]]:
    return list(pairwise(tokenize(question.cypher)))


def _types(name: str, one: str) -> set[str]:
    """The types of the relationship pattern that lists `one`."""
    patterns = re.findall(r"\[\w*:([A-Z_|\s]+)\]", all_questions()[name].cypher)
    (found,) = {frozenset(re.split(r"[|\s]+", p)) for p in patterns if one in p}
    return set(found)


# ------------------------------------------------------------------------------------------- parsing

TEXT = """// name: one
// asks: What?
// notes: First.
// notes: Second.
// param: drug drug            the drug
// param: text string = ""     any
// param: least float = 0.5    least
// column: a     first
RETURN $drug AS a, $text AS b, $least AS c
"""


def test_parse_reads_every_field() -> None:
    question = parse_question(TEXT, source="one.cypher")
    assert (question.name, question.asks, question.notes) == ("one", "What?", "First. Second.")
    assert [(p.name, p.type, p.default) for p in question.parameters] == [
        ("drug", "drug", None),
        ("text", "string", ""),
        ("least", "float", 0.5),
    ]
    assert [c.name for c in question.columns] == ["a"]
    assert question.cypher == TEXT


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("// name: one\n", ""),
        ("// asks: What?\n", ""),
        ("// column: a     first\n", ""),
        ("drug drug  ", "drug medicine  "),
        ("drug drug            the drug", "drug drug"),
        ("// notes: First.", "// remark: First."),
        ("// notes: First.", "//"),
        ("// column: a     first", "// column: a"),
    ],
)
def test_an_incomplete_header_names_the_file(old: str, new: str) -> None:
    assert old in TEXT
    with pytest.raises(QuestionError, match=r"one\.cypher"):
        parse_question(TEXT.replace(old, new), source="one.cypher")


def test_a_question_is_found_in_any_spelling_of_its_name() -> None:
    assert find_question("Drug_Targets") is all_questions()["drug-targets"]


def test_an_unknown_question_is_answered_with_the_nearest() -> None:
    with pytest.raises(QuestionError, match="did you mean drug-targets"):
        find_question("drug-target")
    with pytest.raises(QuestionError, match=r"there are .*drug-targets"):
        find_question("zzz")
