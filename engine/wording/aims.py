"""What a sentence says that a study set out to learn: a doubt that taggers of scopes don't mark.

"We investigated the effect of X on Y" says nothing of whether there is one. Told by wording alone; what a study was to
learn the mechanism of is taken for granted, and what was found besides isn't part of the aim.
"""

from __future__ import annotations

import re
from typing import Final

from engine.schema import Span

_ASK: Final = r"(?:assess|evaluat|investigat|examin|explor|stud[iy]|test|compar|analy[sz])"
_LEARN: Final = (
    rf"(?:(?:{_ASK}|determin|identif[iy]|clarif[iy]|elucidat|establish|verif[iy]|quantif[iy])\w*\b"
    r"|(?:review|summari[sz])\w*\b(?!,)(?! [^,:]*:))"
)
# Verbs alone of these, no "in our study the effect of", "the genotype determines the effect of".
_SEEK: Final = (
    r"(?:(?:assess|evaluat|investigat|examin|explor)(?:e|es|ed)?\b|(?:studied|tested|analy[sz]ed|measured|estimated)\b"
    r"|(?:(?<=\bto )|(?<=\bwe ))(?:study|test|analy[sz]e|determine|measure|estimate)\b|(?<=\bwe )determined\b)"
)
_OF_WHAT: Final = r"(?! (?:the )?(?:\w+ ){0,2}mechanisms?\b| (?:how|why)\b| (?:this|these|our) )"
_MERITS: Final = (
    r"(?:effects?|roles?|influence|impact|efficacy|effectiveness|efficiency|safety|tolerability|ability|relationship"
    r"|association|correlation)s?\b"
)
_MERIT_OF: Final = rf"{_MERITS}(?:,? (?:and |or )?[\w-]+){{0,3}}? (?:of|between)"
_PAST: Final = (
    r"(?<!-)\b(?:was|were|had|did|reduced|increased|decreased|inhibited|improved|lowered|prevented|induced|caused|declined"
    r"|rose|fell)\b(?! (?:risk|levels?|expression|activity|incidence|prevalence)\b)"
)
_AIM: Final = re.compile(
    rf"(?:(?P<stated>\b(?:aims?|purposes?|objectives?|goals?)\b[^.;:]{{0,80}}?(?:\b(?:was|is|were|are)|:) to {_LEARN})"
    rf"|\b(?:aimed|designed|undertaken|conducted|performed|carried out|sought|wished|intended) (?:to|at) {_LEARN}"
    rf"|(?P<opening>\A(?:[A-Z]+: )?(?:in order )?to {_LEARN})){_OF_WHAT}"
    r"|(?P<searched>\b(?:was|were) (?:also )?(?:analy[sz]ed|screened|genotyped|examined|tested|investigated) for\b)"
    rf"|\b(?:we|the authors?) (?:have |also |then |therefore )?{_ASK}\w* (?:whether|if)"
    rf"|\b{_SEEK}(?: \w+ly)? the (?!mechanisms?\b)(?:[\w-]+ ){{0,3}}?{_MERIT_OF}"
    r"|\b(?:(?:we|the authors?) (?:have |also |then |therefore )?|to )compar\w* the (?:possible |potential )?"
    rf"{_MERIT_OF}"
    rf"|\b(?:this|the|our)(?: \w+)? (?:study|trial|work|paper|article|report|review) (?:also )?"
    rf"(?:{_ASK}(?:es|s|ed)\b(?! (?:with|to)\b){_OF_WHAT}|focus(?:es|ed)(?: on)? the {_MERIT_OF})"
    r"|(?P<asked>\A(?:[A-Z]+: ?)?(?!(?:this|these|our)\b|(?:the )?(?:\w+ ){0,2}mechanisms?\b)"
    rf"(?:the )?(?:[\w-]+ ){{0,3}}?{_MERIT_OF} (?:(?!{_PAST})[^;])*\b(?:was|were) (?:also |then |therefore )?"
    rf"(?:{_ASK}|determin|measur|estimat)\w*\b(?! (?:to be|as|at)\b)(?<!determined(?= by (?!\w+ing\b))))"
    r"|(?P<open>\A(?:[A-Z]+: ?)?(?:however, )?(?!(?:the )?(?:\w+ ){0,2}mechanisms?\b)"
    rf"(?:the )?(?:[\w-]+ ){{0,3}}?{_MERIT_OF} (?:(?!{_PAST}"
    r"|\b(?:is|are|remains?|has|have|but|whereas|while|yet|though|although|that|which)\b)[^;])*"
    r"\b(?:is|are|remains?) (?:(?!incompletely\b)\w+ly )?(?:uncertain|unknown|unclear"
    r"|not (?:(?!(?:ful|complete|entire|precise|exact)ly\b)\w+ )?(?:known|clear|established|understood))\b)",
    re.IGNORECASE,
)
_FOUND: Final = (
    r", (?:(?:and )?(?:we|it|they|this|these|patients|subjects|rats|mice|animals|cells|samples|\d+) "
    rf"|and (?:the|an?) (?!(?:\w+ ){{0,2}}{_MERITS})|(?:the|an?) (?=.*{_PAST})|(?:which|and) {_PAST})"
    r"|\b(?:found|show(?:s|ed|n|ing)?|observed|demonstrat\w+|reveal\w+|result(?:s|ed|ing)|indicat\w+|suggest\w+|confirm\w+"
    r"|identified|yielded|exhibit\w+|reported|concluded)\b|;"
)
_AIM_END: Final = re.compile(_FOUND, re.IGNORECASE)
# "To test whether X, Y was inhibited": the main clause follows the aim.
_OPENING_END: Final = re.compile(rf"{_FOUND}|, (?!and )(?=.*{_PAST})", re.IGNORECASE)
# "They were screened for X and had Y"
_SEARCH_END: Final = re.compile(rf"{_FOUND}|, | and ", re.IGNORECASE)
# A question up to its mark, from a colon on where one stands before it; one that takes for granted what it asks the
# reason of is none.
_QUESTION: Final = re.compile(r"(?:\A|(?<=: ))(?!how\b|why\b)(?:(?!: |\bmechanisms?\b)[^?])*\?(?!\w)", re.IGNORECASE)


def find_aim(text: str, sentence: Span) -> Span | None:
    """The part of a sentence that says what was to be learned, up to what was done or found; None if there is none.

    A question is one as a whole.
    """
    said = text[sentence.start : sentence.end]
    question = _QUESTION.search(said)
    if question is not None:
        return Span(sentence.start + question.start(), sentence.start + question.end())
    aim = _AIM.search(said)
    if aim is None:
        return None
    begin, after = sentence.start + aim.start(), sentence.start + aim.end()
    if aim["asked"] or aim["open"]:
        return Span(begin, after)
    fronted = aim["opening"] or said.startswith("In ")
    end = _SEARCH_END if aim["searched"] else _OPENING_END if fronted else _AIM_END
    found = end.search(text, after, sentence.end)
    return Span(begin if aim["stated"] else after, found.start() if found else sentence.end)
