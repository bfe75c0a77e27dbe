"""Diseases by their words: what meets in spite of order, number and spelling, what must not, and what heads say."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.link.variants import heads
from engine.link.words import plain_key, words_hash, words_key


@pytest.mark.parametrize(
    "names",
    [
        ("cancer of the kidney", "renal cancers", "Kidney cancer", "kidney, cancer of the"),  # order, number, organ
        ("cerebral haemorrhage", "bleeding in the brain", "brain hemorrhages"),
        ("tumours of the stomach", "gastric neoplasms", "stomach tumor"),
        ("diseases of the ovaries", "ovarian disease", "ovary disorder"),
        ("hereditary neuropathies", "familial neuropathy", "inherited neuropathy"),
        ("haemolytic anaemia", "hemolytic anemia", "anemia, hemolytic"),  # British spelling
        ("paediatric tumours", "pediatric neoplasm"),
        ("type II diabetes", "diabetes, type 2", "diabetes type 2"),  # Roman numerals, and a word that is idle
        ("mucopolysaccharidosis III", "mucopolysaccharidosis type 3"),
        ("glycogen storage disease IV", "type 4 glycogen storage disease"),
        ("Alzheimer's disease", "disease of Alzheimer", "Alzheimer’s disease"),
        ("β thalassemia", "beta-thalassemia", "b thalassemia"),
        ("hepatic damage", "lesions of the liver", "injury to the liver"),
    ],
)
def test_these_are_the_same_words(names: tuple[str, ...]) -> None:
    keys = {words_key(name) for name in names}
    assert len(keys) == 1
    assert keys != {""}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("pulmonary hypertension", "pulmonary hypotension"),
        ("gastric disease", "gastritis disease"),
        ("hepatic failure", "hepatitis failure"),
        ("renal artery stenosis", "renal vein stenosis"),
        ("diabetes type 1", "diabetes type 2"),
        ("hepatitis B infection", "hepatitis C infection"),
        ("acute leukemia", "chronic leukemia"),
        ("kidney disease", "kidney injury"),
        ("brain ischemia", "brain anemia"),
    ],
)
def test_these_are_not(one: str, other: str) -> None:
    assert words_key(one) != words_key(other)
    assert words_key(one)
    assert words_key(other)


@pytest.mark.parametrize(
    "name", ["", "hypertension", "the kidney", "disease of the", "type", "of the", "kidneys of the kidney", "()"]
)
def test_one_telling_word_is_too_few(name: str) -> None:
    assert words_key(name) == ""
    assert plain_key(name) == ""


@pytest.mark.parametrize(
    "name", ["lupus nephritis", "lung fibrosis", "status epilepticus", "skin abscess", "ascites fluid"]
)
def test_an_s_that_is_no_plural_stays(name: str) -> None:
    assert words_key(name).split() == sorted(name.replace("ascites", "ascite").split())


@settings(deadline=None)
@given(st.permutations(["renal", "cancers", "of", "the", "elderly", "acute"]))
def test_order_never_counts(words: list[str]) -> None:
    assert words_key(" ".join(words)) == "acute cancer elderly kidney"


@settings(deadline=None)
@given(st.text(alphabet="bcdinorsteyu -',1", max_size=40))
def test_a_key_is_sorted_and_blind_to_case_and_blanks(name: str) -> None:
    key = words_key(name)
    assert key.split() == sorted(set(key.split()))
    assert key == "" or len(key.split()) > 1
    assert words_key(f"  {name.upper()}\t") == key


def test_the_article_is_idle_and_the_letter_is_not() -> None:
    assert words_key("a renal cancer") == words_key("renal cancer") == words_key("cancer of a kidney")
    assert words_key("vitamin A deficiency") != words_key("vitamin deficiency")


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("renal toxicity", "kidney disease"),
        ("acute renal toxicity", "kidney disease"),
        ("drug-induced liver injury", "liver disease"),
        ("liver tissue damage", "liver disease"),
        ("hepatic lesions", "liver disease"),
        ("cardiac dysfunction", "heart disease"),
        ("cardiovascular complications", "cardiovascular disease"),
        ("ocular involvement", "eye disease"),
        ("renal impairment", "kidney insufficiency"),
        ("decreased renal function", "kidney insufficiency"),
        ("loss of renal function", "kidney insufficiency"),
        ("impaired cardiac function", "heart insufficiency"),
    ],
)
def test_the_plain_disease_of_an_organ(name: str, plain: str) -> None:
    assert plain_key(name) == words_key(plain)


@pytest.mark.parametrize(
    "name",
    [
        "cardiac and renal toxicity",  # two organs
        "renal tubular toxicity",  # more than an organ
        "behavioral toxicity",  # no organ
        "renal function",  # as it should be
        "reduced renal impairment",  # better
        "renal injury and dysfunction",  # two words for it
        "renal failure",
        "kidney disease",
        "toxicity",
    ],
)
def test_these_have_no_plain_disease(name: str) -> None:
    assert plain_key(name) == ""


def test_a_hash_is_32_bits_and_the_same_everywhere() -> None:
    assert words_hash("cancer kidney") == 834372355
    assert 0 <= words_hash("") < 2**32


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("spring allergic rhinitis", "allergic rhinitis", "rhinitis"),
        ("levodopa-induced dyskinesia", "induced dyskinesia", "dyskinesia"),  # a cause before it: enough by itself
        ("statin myalgia", "myalgia", "myalgia"),
        ("severe chronic neck pain", "chronic neck pain", "neck pain"),
        ("sporadic head and neck cancer", "head and neck cancer", "and neck cancer"),
        ("non-small-cell lung cancer", "cell lung cancer", "lung cancer"),  # never what it is not
    ],
)
def test_heads_from_the_longest_to_the_shortest(name: str, first: str, last: str) -> None:
    found = list(heads(name))
    assert (found[0], found[-1]) == (first, last)
    assert all(name.endswith(head) for head in found)
    assert found == sorted(found, key=len, reverse=True)


@pytest.mark.parametrize("name", ["drug toxicity", "motor dyskinesia", "wound infections", "acute flu", "myalgia", ""])
def test_a_single_generic_word_is_no_head(name: str) -> None:
    assert list(heads(name)) == []


@pytest.mark.parametrize("name", ["deep ST-segment depression", "bone marrow depression", "programmed cell death"])
def test_a_last_word_that_is_another_thing_there_is_no_head(name: str) -> None:
    assert list(heads(name)) == []
    assert list(heads("postnatal " + name.rsplit(" ", 1)[1])) != []
