"""Name keys and letter case: which spellings meet, and which must not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.link.normalise import (
    IDENTICAL,
    NEAR,
    SAME,
    american,
    ate_to_acid,
    case_fit,
    fold,
    greek_for_letter,
    letter_for_greek,
    name_key,
    plain,
    singular,
)


@pytest.mark.parametrize(
    "spellings",
    [
        ("IL-6", "IL 6", "il6", "IL\u20116"),
        ("TNF-α", "TNF-alpha", "TNFalpha", "TNF\u03b1"),
        ("Alzheimer's disease", "Alzheimer disease", "ALZHEIMER’S DISEASE", "Alzheimer´s disease"),
        ("NF-kappa(B)", "NF-κB", "NF kappaB"),
        ("Sjögren syndrome", "Sjogren syndrome"),
        ("(R)-salbutamol", "R-Salbutamol"),
        ("diabetes mellitus, type 2", "diabetes mellitus type 2"),
        ('"imatinib",', "imatinib"),
        ("∆9-THC", "Δ9-THC", "delta9-THC"),
        ("IFN-ɑ", "IFN-α", "IFN-alpha"),
        ("interferon-γ", "interferon-ɣ".replace("ɣ", "γ")),
    ],
)
def test_spellings_of_one_name_share_a_key(spellings: tuple[str, ...]) -> None:
    assert len({name_key(s) for s in spellings}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [("IL-1 2", "IL-12"), ("1,2-diol", "12-diol"), ("Ca2+", "Ca2"), ("GLUT1", "GLUT4"), ("p21", "p2.1")],
)
def test_names_that_differ_keep_different_keys(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


@given(st.text(max_size=40))
def test_key_is_stable_under_case_and_outer_blanks(name: str) -> None:
    key = name_key(name)
    assert name_key(f"  {name}\t") == key
    assert not any(c.isupper() or c.isspace() for c in key)


@given(st.text(alphabet="abcXYZ019-+ ", max_size=20))
def test_a_key_is_its_own_key(name: str) -> None:
    assert name_key(name_key(name)) == name_key(name)


@pytest.mark.parametrize(
    ("key", "expected"),
    [("tumors", "tumor"), ("neuropathies", "neuropathy"), ("diabetes", "diabete"), ("virus", None), ("sepsis", None)],
)
def test_singular(key: str, expected: str | None) -> None:
    assert singular(key) == expected


def test_american_spelling() -> None:
    assert american("anaemia") == "anemia"
    assert american("braintumour") == "braintumor"
    assert american("asthma") is None


def test_greek_and_latin_letters() -> None:
    assert letter_for_greek("pkcdelta") == "pkcd"
    assert letter_for_greek("tgfbeta1") == "tgfb1"
    assert letter_for_greek("alpha") is None
    assert greek_for_letter("b-catenin") == "betacatenin"
    assert greek_for_letter("HIF-1a") == "hif1alpha"
    assert greek_for_letter("interferon-g") == "interferongamma"
    assert greek_for_letter("PPARg") == "ppargamma"
    assert greek_for_letter("actina") is None
    assert greek_for_letter("EGFR") is None
    assert ate_to_acid("glutamate") == "glutamicacid"
    assert ate_to_acid("rate") is None


@pytest.mark.parametrize(
    ("mention", "surface", "fit"),
    [
        ("EGFR", "EGFR", IDENTICAL),
        ("IL-6", "IL6", SAME),
        ("Insulin", "insulin", SAME),
        ("insulin", "INSULIN", NEAR),
        ("p53", "P53", NEAR),
        ("IFNg", "IFNG", NEAR),
        ("cat", "CAT", None),
        ("Cat", "CAT", None),
        ("impact", "IMPACT", None),
        ("Impact", "IMPACT", None),
        ("IMPACT", "IMPACT", IDENTICAL),
        ("rest", "REST", None),
        ("cat", "cat", None),
        ("mice", "MICE", None),
        ("and", "AND", None),
        ("a", "A", None),
        ("h2", "H2", None),
        ("all", "ALL", None),
    ],
)
def test_case_fit_of_gene_names(mention: str, surface: str, fit: int | None) -> None:
    assert case_fit(mention, surface) == fit


@pytest.mark.parametrize(
    ("mention", "surface", "fit"),
    [("pain", "Pain", SAME), ("lead", "Lead", SAME), ("tin", "Tin", SAME), ("as", "As", None)],
)
def test_vocabularies_that_write_titles(mention: str, surface: str, fit: int | None) -> None:
    assert case_fit(mention, surface, titled=True) == fit


def test_fold_keeps_case() -> None:
    assert fold("TGF-β1 Å") == "TGF-beta1 A"


def test_plain_text_has_as_many_code_points() -> None:
    assert plain("IL‐1β – “Crohn´s”, −5") == "IL-1β - “Crohn's”, -5"
