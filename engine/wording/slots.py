"""What the words in capitals of a wording stand for, and wordings made of them."""

from __future__ import annotations

import re
from typing import Final

from engine.wording.language import ABBREVIATION, any_of, compile_wording, list_of

SLOTS: Final = {
    "HEAD": rf"(?P<heads>{list_of('C')})",
    "TAIL": rf"(?P<tails>{list_of('D')})(?! cells?\b| cell lines?\b| relief| models?\b|-bearing|-derived"
    r"| volumes?\b| index\b| work\b| scores?\b| thresholds?\b)",
    "GENE": rf"<G(?P<gene>\d+)>{ABBREVIATION}",
    "HARMFUL": rf"(?P<heads>{list_of('C')})[- ](?:induced|provoked|evoked|elicited|related)",
    "OTHER": r"<C\d+>[- ]induced",
    "BESIDE": rf"(?P<beside>{list_of('D')})(?! cells?\b)",
    "GIVEN": any_of(
        "treated_with treatment_with therapy_with receiv(?:ed|ing) were_given was_given taking trial_of efficacy_of",
        "responded_to randomi[sz]ed_to(?:_receive)? (?:randomly_)?(?:assigned|allocated)_to(?:_receive)?",
    ),
    "PEOPLE": any_of(
        "patients? outpatients inpatients subjects men women children adults infants people persons individuals",
        "volunteers rats mice",
    ),
    "CARE": any_of("treatment management therapy prophylaxis prevention relief control treating preventing"),
    "LESS": any_of(
        r"reduc(?:e|es|ed|ing|tions?) attenuat\w+ ameliorat\w+ alleviat\w+ prevent\w* suppress\w* reliev\w+ relief",
        r"improv\w+ decreas\w+ lower(?:s|ed|ing)? diminish\w* revers(?:e|es|ed|al) abolish\w* regression remission",
        r"protect\w*_against delay(?:s|ed)? control(?:s|led|ling)?",
    ),
    "LESSENED": any_of(
        "treated managed controlled reduced attenuated prevented relieved decreased improved reversed abolished",
        "alleviated ameliorated",
    ),
    "FEWER": any_of("lower less reduced decreased fewer smaller"),
    "DROP": any_of(
        "lower less reduced decreased fewer smaller reductions? decreases? improvements?",
        "regression remission resolution",
    ),
    "GOOD": any_of("protective beneficial preventive prophylactic therapeutic favou?rable inhibitory suppressive"),
    "MERIT": any_of("efficacy effectiveness benefits? safety tolerability trial effects? use"),
    "COURSE": any_of("therapy treatment monotherapy administration use alone"),
    "BE": any_of("was were is are"),
    "CAUSES": any_of(r"(?:caus|produc|induc|provok|precipitat|trigger|elicit)(?:es|ed|ing|e)"),
    "CAUSED": any_of("induced caused provoked produced precipitated elicited triggered"),
    "DUE": any_of("due secondary attributed attributable related"),
    "EXPOSURE": any_of("use administration exposure ingestion overdose intoxication injection abuse"),
    "TOXICITY": any_of("toxicity overdose intoxication poisoning"),
    "MORE": any_of("higher more_common more_frequent increased"),
    "NAMELY": any_of("was were is are include[sd]? including such_as like"),
    # What follows the name of a target in the name of a class of drugs.
    "MODULATORS": r"(?:(?:receptor|channel) )?"
    + any_of("inhibitors? blockers? antagonists? agonists? modulators? activators? stimulators?"),
    "APART": any_of(
        "versus vs compared_with compared_to comparable_to than in_addition_to added_to adding added_on instead_of",
        "combined_with in_combination_with with_or_without in_contrast_to addition_of unlike superior_to",
    ),
    "KINETICS": any_of("pharmacokinetics? bioavailability clearance disposition absorption"),
    "UNDERGOING": any_of("undergoing underwent undergo scheduled_for"),
    "SURGERY": any_of("resection surgery operation excision removal repair"),
    "WITHSTANDING": any_of("refractory resistant unresponsive response"),
}


def wordings(*texts: str, **more: str) -> tuple[re.Pattern[str], ...]:
    """Compile wordings whose words in capitals are those of `SLOTS`, or of `more`."""
    return tuple(compile_wording(text, {**SLOTS, **more}) for text in texts)
