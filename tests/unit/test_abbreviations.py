"""Abbreviations that a document defines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.link.abbreviations import find_abbreviations


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("treated by transarterial chemoembolization (TACE) twice", {"TACE": "transarterial chemoembolization"}),
        ("lysergic acid diethylamide (LSD) was", {"LSD": "lysergic acid diethylamide"}),
        ("the epidermal growth factor receptor (EGFR).", {"EGFR": "epidermal growth factor receptor"}),
        ("non-Hodgkin lymphoma (NHL)", {"NHL": "non-Hodgkin lymphoma"}),
        ("tumour necrosis factor-alpha (TNF-alpha) rose", {"TNF-alpha": "tumour necrosis factor-alpha"}),
        ('acute respiratory distress syndrome ("ARDS") and', {"ARDS": "acute respiratory distress syndrome"}),
        ("hemoglobin (Hb) fell", {"Hb": "hemoglobin"}),
        ("hemoglobin（Hb）fell", {"Hb": "hemoglobin"}),
        ("antinuclear antibodies (ANA; titre 1:80)", {"ANA": "antinuclear antibodies"}),
        ("HCC (hepatocellular carcinoma) is", {"HCC": "hepatocellular carcinoma"}),
        ("spinal muscular atrophy (SMA) and SMA again", {"SMA": "spinal muscular atrophy"}),
        ("interleukin 6 (IL-6)", {"IL-6": "interleukin 6"}),
        ("nuclear factor-κB (NF-κB) rose", {"NF-κB": "nuclear factor-κB"}),
        ("tumour necrosis factor alpha (TNF-α) rose", {"TNF-α": "tumour necrosis factor alpha"}),
        ("of the tumour necrosis factor-α (TNF-alpha)", {"TNF-alpha": "tumour necrosis factor-α"}),
        ("in β-adrenergic receptor (βAR) cells", {"βAR": "β-adrenergic receptor"}),
        ("tumour necrosis factor (TNF, TNFSF2) rose", {"TNF": "tumour necrosis factor"}),
        ("tumour necrosis factor (TNF, a cytokine, here) rose", {"TNF": "tumour necrosis factor"}),
    ],
)
def test_definitions(text: str, expected: dict[str, str]) -> None:
    assert find_abbreviations(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "a dose of ten (10 mg) daily",
        "in women (n = 40) and men",
        "as reported (see Table)",
        "the enzyme (CAT) was",  # no word of the text spells it
        "it fell (P < 0.05)",
        "the Kinase or Ras pathway's (KRAS, BRAF, NF1) genes",  # three examples
        "Alu sequences (ACE, TPA25, and D1)",
        "the (Prl) or its receptor (PrlR)",  # begins in a bracket
        "",
        "(((",
    ],
)
def test_what_defines_nothing(text: str) -> None:
    assert find_abbreviations(text) == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("in myotonic dystrophy (DM) and", {"DM": "myotonic dystrophy"}),
        ("DM (myotonic dystrophy) is", {}),  # only before the bracket
        ("Patients had Myotonic Dystrophy (DM).", {"DM": "Myotonic Dystrophy"}),
        ("of zeta omega kappa lambda (LKOZ)", {"LKOZ": "zeta omega kappa lambda"}),
        ("growth factor (GF)", {"GF": "growth factor"}),  # in order: no need to swap
    ],
)
def test_initials_may_be_swapped(text: str, expected: dict[str, str]) -> None:
    assert find_abbreviations(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "the (DM)",
        "dystrophy (DM)",  # too few words
        "mad dystrophy (DM)",  # a word of three letters
        "dystrophy and myotonia (MD)",  # another word between
        "old myotonic paralysis (DM)",
        "of zeta omega kappa lambda sigma (SLKOZ)",  # five letters
        "Dystrophy. Myotonic (DM)",  # another sentence
    ],
)
def test_initials_that_do_not_tell(text: str) -> None:
    assert find_abbreviations(text) == {}


def test_a_definition_does_not_reach_into_the_sentence_before() -> None:
    assert find_abbreviations("We saw tumours. Necrosis Factor (TNF) was high.") == {}


def test_the_first_definition_counts() -> None:
    text = "coronary heart disease (CHD) but not congenital heart disease (CHD)"
    assert find_abbreviations(text) == {"CHD": "coronary heart disease"}


@given(st.text(alphabet="abcDEF (),.[]-1\n", max_size=80))
def test_long_forms_stand_in_the_text(text: str) -> None:
    for short, long in find_abbreviations(text).items():
        assert short in text
        assert long in " ".join(text.split())
