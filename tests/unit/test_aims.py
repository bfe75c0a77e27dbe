"""What a study set out to learn, and where a sentence goes on to what was done or found."""

from __future__ import annotations

import pytest

from engine.schema import Span
from engine.wording.aims import find_aim


@pytest.mark.parametrize(
    ("text", "aim"),
    [
        ("The aim of this study was to assess captopril.", "aim of this study was to assess captopril."),
        ("OBJECTIVE: To evaluate captopril in asthma.", "OBJECTIVE: To evaluate captopril in asthma."),
        ("To assess captopril in asthma, we treated 12 patients.", "captopril in asthma"),
        ("To assess captopril in asthma, 12 patients were treated.", "captopril in asthma"),
        ("We investigated the effect of captopril on asthma and found none of losartan.", "captopril on asthma and"),
        ("Patients were screened for asthma; captopril relieved it.", "asthma"),
        ("To test whether renin matters, blockade with captopril reduced asthma.", "whether renin matters"),
        ("Patients were screened for asthma and had cough.", "asthma"),
        ("The study evaluates captopril in asthma.", "captopril in asthma."),
        ("Our trial compared captopril with placebo in asthma.", "captopril with placebo in asthma."),
        ("The aim was to assess captopril in asthma, the first cause of cough, and the dose.",
         "aim was to assess captopril in asthma, the first cause of cough"),
        ("The objective was to learn little.", None),
        ("The aim was to assess the efficacy, the safety, and the effects of captopril in asthma.",
         "aim was to assess the efficacy, the safety, and the effects of captopril in asthma."),
        ("It was done to determine the safety and efficacy of captopril in asthma.", "captopril in asthma."),
        ("The effects of captopril on asthma were then studied in 9 women.",
         "The effects of captopril on asthma were then studied"),
        ("The effect of nedocromil on exercise-induced asthma was examined, and it was lost.",
         "The effect of nedocromil on exercise-induced asthma was examined"),
        ("Efficacy, safety and tolerability of captopril in asthma were assessed.",
         "Efficacy, safety and tolerability of captopril in asthma were assessed"),
        ("This effect of aspirin on pain was also examined in rats.", None),
        ("In a trial to evaluate the efficacy of captopril in asthma, captopril reduced cough.", "captopril in asthma"),
        ("This is the first trial to establish the efficacy of captopril in asthma.", None),
        ("We tested whether captopril relieves asthma, and the drug attenuated wheeze.",
         "captopril relieves asthma"),
        ("In this study compared with placebo, captopril relieved asthma.", None),
        ("This review focuses on the approved use of captopril for asthma.", None),
        ("The effect of captopril was lost and asthma was studied.", None),
        ("The aim of the ACE (Captopril in Asthma) trial is to test adherence, the dose and cost.",
         "aim of the ACE (Captopril in Asthma) trial is to test adherence, the dose and cost."),
        ("Does captopril relieve asthma?", "Does captopril relieve asthma?"),
        ("Captopril relieves asthma: is it dose dependent?", "is it dose dependent?"),
        ("Does captopril relieve asthma? Protocol of a trial in asthma", "Does captopril relieve asthma?"),
        ("What is the mechanism by which captopril relieves asthma?", None),
        ("A trial aimed at investigating captopril in asthma.", "captopril in asthma."),
        ("Why does captopril relieve asthma?", None),
        ("We studied captopril in asthma.", None),
        ("To test this idea, captopril was given.", None),
        ("To elucidate the mechanism by which captopril treats asthma.", None),
        ("We identified the role of renin in asthma.", None),
        ("Captopril was used to treat asthma.", None),
        ("To describe asthma after captopril.", None),
        ("To review the safety of captopril in asthma.", "the safety of captopril in asthma."),
        ("Phase 2 evaluated the efficacy of captopril in asthma.", "captopril in asthma."),
        ("We measured the effects of captopril on asthma.", "captopril on asthma."),
        ("We measured captopril in asthma.", None),
        ("The growth-inhibitory effects of captopril were tested in cells.",
         "The growth-inhibitory effects of captopril were tested"),
        ("The effect of estrogen on cancer is not established.", "The effect of estrogen on cancer is not established"),
        ("The effect of estrogen on cancer is well established.", None),
        ("However, the effect of estrogen on cancer is unknown.",
         "However, the effect of estrogen on cancer is unknown"),
        ("The effect of estrogen on cancer is known, but that on stroke is unknown.", None),
        ("The protective effects of estrogen against stroke are not completely understood.", None),
        ("The mechanism of the effect of estrogen on stroke is unknown.", None),
        ("In our study the effect of losartan on proteinuria was significant.", None),
        ("The genotype determines the efficacy of codeine in pain.", None),
        ("We studied the mechanism of the effect of losartan.", None),
        ("The effect of losartan on proteinuria was estimated at 35%.", None),
        ("The efficacy of cetuximab in cancer was determined by KRAS status.", None),
        ("To summarize, losartan reduces proteinuria.", None),
        ("Smith examined the effect of losartan in rats and reported that it reduced cough.", "losartan in rats and"),
    ],
)  # fmt: skip
def test_what_a_study_was_to_learn_is_left_open(text: str, aim: str | None) -> None:
    before = "Captopril treats asthma. "
    found = find_aim(before + text, Span(len(before), len(before) + len(text)))
    assert (None if found is None else (before + text)[found.start : found.end].strip()) == aim
