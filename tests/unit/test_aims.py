"""What a study set out to learn, and where a sentence goes on to what was done or found."""

from __future__ import annotations

import pytest

from engine.schema import Span
from engine.wording.aims import find_aim


@pytest.mark.parametrize(
    ("text", "aim"),
    [
        ("The aim of this study was to assess captopril in asthma.", "captopril in asthma."),
        ("OBJECTIVE: To evaluate captopril in asthma.", "captopril in asthma."),
        ("To assess captopril in asthma, we treated 12 patients.", "captopril in asthma"),
        ("To assess captopril in asthma, 12 patients were treated.", "captopril in asthma"),
        ("We investigated the effect of captopril on asthma and found none of losartan.", "captopril on asthma and"),
        ("Patients were screened for asthma; captopril relieved it.", "asthma"),
        ("To test whether renin matters, blockade with captopril reduced asthma.", "whether renin matters"),
        ("Patients were screened for asthma and had cough.", "asthma"),
        ("We studied captopril in asthma.", None),
        ("To test this idea, captopril was given.", None),
        ("To elucidate the mechanism by which captopril treats asthma.", None),
        ("We identified the role of renin in asthma.", None),
        ("Captopril was used to treat asthma.", None),
        ("To describe asthma after captopril.", None),
    ],
)
def test_what_a_study_was_to_learn_is_left_open(text: str, aim: str | None) -> None:
    before = "Captopril treats asthma. "
    found = find_aim(before + text, Span(len(before), len(before) + len(text)))
    assert (None if found is None else (before + text)[found.start : found.end].strip()) == aim
