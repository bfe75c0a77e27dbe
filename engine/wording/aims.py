"""What a sentence says that a study set out to learn: a doubt that taggers of scopes don't mark.

"We investigated the effect of X on Y" says nothing of whether there is one. Told by wording alone; what a study was to
learn the mechanism of is taken for granted, and what was found besides isn't part of the aim.
"""

from __future__ import annotations

import re
from typing import Final

from engine.schema import Span

_ASK: Final = r"(?:assess|evaluat|investigat|examin|explor|stud[iy]|test|compar|analy[sz])"
_LEARN: Final = rf"(?:{_ASK}|determin|identif[iy]|clarif[iy]|elucidat|establish)\w*\b"
_OF_WHAT: Final = r"(?! (?:the )?(?:\w+ ){0,2}mechanisms?\b| (?:how|why)\b| (?:this|these|our) )"
_AIM: Final = re.compile(
    rf"(?:\b(?:aims?|purposes?|objectives?|goals?)\b[^.;:]{{0,80}}?(?:\b(?:was|is|were|are)|:) to {_LEARN}"
    rf"|\b(?:aimed|designed|undertaken|conducted|performed|carried out|sought|wished|intended) to {_LEARN}"
    rf"|(?P<opening>\A(?:[A-Z]+: )?(?:in order )?to {_LEARN})){_OF_WHAT}"
    r"|(?P<searched>\b(?:was|were) (?:also )?(?:analy[sz]ed|screened|genotyped|examined|tested|investigated) for\b)"
    rf"|\bwe (?:have |also |then |therefore )?{_ASK}\w* (?:whether|if|the (?:possible |potential )?"
    r"(?:effects?|roles?|influence|impact|efficacy|ability|relationship|association|correlation)s? (?:of|between))",
    re.IGNORECASE,
)
_PAST: Final = (
    r"(?:was|were|had|did|reduced|increased|decreased|inhibited|improved|lowered|prevented|induced|caused|declined|rose"
    r"|fell)"
)
_FOUND: Final = (
    r", (?:(?:and )?(?:we|it|they|this|these|the|an?|patients|subjects|rats|mice|animals|cells|samples|\d+) "
    rf"|(?:which|and) {_PAST}\b)"
    r"|\b(?:found|show(?:s|ed|n|ing)?|observed|demonstrat\w+|reveal\w+|result(?:s|ed|ing)|indicat\w+|suggest\w+|confirm\w+"
    r"|identified|yielded|exhibit\w+)\b|;"
)
_AIM_END: Final = re.compile(_FOUND, re.IGNORECASE)
# "To test whether X, Y was inhibited": the main clause follows the aim.
_OPENING_END: Final = re.compile(rf"{_FOUND}|, (?!and )(?=.*\b{_PAST}\b)", re.IGNORECASE)
# "They were screened for X and had Y"
_SEARCH_END: Final = re.compile(rf"{_FOUND}|, | and ", re.IGNORECASE)


def find_aim(text: str, sentence: Span) -> Span | None:
    """The part of a sentence that says what was to be learned, up to what was done or found; None if there is none."""
    aim = _AIM.search(text[sentence.start : sentence.end])
    if aim is None:
        return None
    begin = sentence.start + aim.end()
    end = _SEARCH_END if aim["searched"] else _OPENING_END if aim["opening"] else _AIM_END
    found = end.search(text, begin, sentence.end)
    return Span(begin, found.start() if found else sentence.end)
