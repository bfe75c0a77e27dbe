"""What counts as said in a text's own words."""

from __future__ import annotations

import pytest

from engine.generate.grounding import is_in_words_of

MELOXICAM = (
    "Meloxicam 7.5 mg once daily had better gastrointestinal tolerability and an efficacy comparable to that of "
    "piroxicam in patients with osteoarthritis."
)
TEMOCAPRIL = (
    "These results indicate that therapy with temocapril may be superior in reducing UAE than is diuretic therapy in "
    "patients who had no signs of renal impairment."
)


@pytest.mark.parametrize(
    ("sentence", "text"),
    [
        (MELOXICAM, MELOXICAM),
        ("Meloxicam had better gastrointestinal tolerability.", MELOXICAM),
        ("Therapy with temocapril may be superior in reducing UAE than diuretic therapy.", TEMOCAPRIL),
        ("Temocapril may reduce UAE in patients who had no signs of renal impairment.", TEMOCAPRIL),
        ("The inhibitor reduces hypertension.", "Inhibitors reduced the patients' hypertension."),
        ("Aspirin causes bleeding.", "Bleeding is rare, but aspirin is causing bleeding."),
        ("p53 activates p21.", "We show that p53 activated p21."),
        ("It acts by upregulating COX.", "It acts by upregulation of COX."),
    ],
)
def test_quotations_and_what_was_cut_out_of_one_pass(sentence: str, text: str) -> None:
    assert is_in_words_of(sentence, text)


@pytest.mark.parametrize(
    ("sentence", "text", "why"),
    [
        ("Piroxicam has better gastrointestinal tolerability than meloxicam.", MELOXICAM, "turned round"),
        ("Meloxicam is effective in osteoarthritis.", MELOXICAM, "efficacy compared is no effect"),
        ("Meloxicam had no better gastrointestinal tolerability.", MELOXICAM, "denied"),
        ("Temocapril is superior in reducing UAE than diuretic therapy.", TEMOCAPRIL, "no longer a guess"),
        ("Temocapril may be superior in patients who had signs of renal impairment.", TEMOCAPRIL, "no longer denied"),
        ("Aspirin helps.", "It is not known whether aspirin helps.", "denied before it begins"),
        ("Drug causes hyperglycemia.", "The drug causes hypertension.", "words that only begin alike"),
        ("It is so.", "It is so.", "nothing is said"),
        ("An effect of aspirin on mortality was found.", "An effect of aspirin on mortality was not found.", "behind"),
        ("Aspirin reduces mortality.", "That aspirin reduces mortality was never confirmed.", "behind"),
        ("Aspirin reduces mortality.", "Aspirin didn't reduce mortality.", "shortened"),
        ("Aspirin reduces mortality.", "None of the aspirin trials reduced mortality.", "none"),
        ("Aspirin reduces mortality.", "Aspirin seems to reduce mortality.", "a guess"),
        ("p53 activates p21.", "p21 activates p53.", "turned round"),
        ("TNF inhibits EGF.", "EGF inhibits TNF.", "turned round"),
        ("It is used in men.", "It is used in women.", "of others"),
        ("Prednisolone reduced asthma.", "Prednisone reduced asthma.", "another drug"),
        ("It causes hepatitis.", "It causes hepatoma.", "another disease"),
    ],
)
def test_what_the_text_does_not_say_so_fails(sentence: str, text: str, why: str) -> None:
    assert not is_in_words_of(sentence, text), why
