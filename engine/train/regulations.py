"""Which gene raises, lowers or regulates another, where a sentence's wording says so: "TNF induced IL6 expression".

The one corpus that gives gene-gene regulation a direction and a sign is small, and made of full papers. What is denied
or supposed is left alone, and so is what a gene's absence does ("knockdown of X reduced Y"): whose sign is meant
differs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from engine.schema import GENE
from engine.wording.language import COMPOUND, NEGATION_CUES, any_of, compile_wording, ids_in, list_of

DIRECTED: Final = frozenset({"UPREGULATES", "DOWNREGULATES", "REGULATES"})

_GENES: Final = list_of("G")
_ABSENT: Final = any_of(
    r"inhibitors? inhibition knock-?down silencing depletion deficien\w+ deletion loss antagonists? blockers? blockade",
    r"antibod\w+ si-?rnas? shrnas? knock-?out null mutants? mutations? lacking ablation absence antisense agonists?",
    "dominant anti",
)
_VERBS: Final = {
    "UPREGULATES": r"(?:(?:up-?|positively_)regulat|induc|enhanc|stimulat|promot|activat|transactivat|elevat|increas)",
    "DOWNREGULATES": r"(?:(?:down-?|negatively_)regulat|inhibit|suppress|repress|block|abolish|reduc|decreas|attenuat)",
    "REGULATES": r"(?<!positively_)(?<!negatively_)(?:regulat|modulat|control(?=s|led|ling))",
}
_ENDING: Final = "(?:e|s|es|ed|ing|led|ling)?"
_NOUNS: Final = {
    "UPREGULATES": any_of("upregulation induction stimulation activation transactivation enhancement"),
    "DOWNREGULATES": any_of("suppression repression downregulation attenuation"),
    "REGULATES": any_of("regulation modulation control"),
}
_SLOTS: Final = {
    "FIRST": rf"(?P<first>{_GENES})(?![ -]{_ABSENT})(?:[ -](?:proteins?|treatment|stimulation|overexpression|alone))?",
    "SECOND": rf"(?P<second>{_GENES})(?![ -]{_ABSENT})(?!{COMPOUND}|\w)"
    r"(?! (?:\w+ )?(?:degradation|resistance|sensitivity|loss))",
    "ADVERB": any_of(r"\w+ly also can then thus which that"),
    "PROVOKED": rf"(?P<first>{_GENES}) ?- ?(?:induced|stimulated|activated)",
    "TARGETED": any_of(
        "expression activation activity transcription production secretion release synthesis mRNA levels? protein gene",
        "promoter phosphorylation signal(?:l)?ing induction abundance transcripts? translation",
    ),
    "BE": any_of("is was were are be been being"),
}


def _wordings(*texts: str) -> tuple[re.Pattern[str], ...]:
    return tuple(compile_wording(text, _SLOTS) for text in texts)


# The first gene acts on the second, or, in the passive, the second on the first.
_ACTIVE: Final = {
    predicate: _wordings(
        f"FIRST [ADVERB] [ADVERB] {verb}{_ENDING} [the] ^2 SECOND",
        f"FIRST [ADVERB] [ADVERB] {verb}{_ENDING} [the|both] ^1 TARGETED [and|or] [TARGETED] of ^2 SECOND",
    )
    for predicate, verb in _VERBS.items()
}
_PROVOKED: Final = _wordings("PROVOKED ^2 SECOND TARGETED", "PROVOKED ^1 TARGETED of ^2 SECOND")
_PASSIVE: Final = {
    predicate: _wordings(
        f"FIRST ~3 BE ~1 {verb}(?:ed|led) [directly] by ^3 SECOND", f"{_NOUNS[predicate]} of ^2 FIRST ~2 by ^2 SECOND"
    )
    for predicate, verb in _VERBS.items()
}
_NOT_SAID: Final = re.compile(
    rf"{NEGATION_CUES}|\b(?:whether|hypothes\w+|may|might|could|unclear|unknown|{_ABSENT})\b", re.I
)
# Two of them in one wording, as in "X reduced the increased Y", leave its sign open.
_SIGNED: Final = re.compile(
    rf"(?<!\w)(?:{_VERBS['UPREGULATES']}|{_VERBS['DOWNREGULATES']})(?:e|s|es|ed|ing)\b".replace("_", " ")
    + r"|\b(?:degradation|reductions?|decreases?|suppression|repression|downregulation|resistance|impaired)\b",
    re.I,
)
_REACH: Final = 30


def read_regulations(text: str) -> Iterator[tuple[int, int, str]]:
    """Head, tail and predicate of each regulation of a gene by another that a sentence states.

    `text`: a sentence as `language.mark_names` gives it.
    """
    if len(ids_in(text, GENE)) < 2:
        return
    for predicate in _VERBS:
        yield from ((head, tail, predicate) for head, tail in _read(_ACTIVE[predicate], text))
        yield from ((head, tail, predicate) for tail, head in _read(_PASSIVE[predicate], text))
    yield from ((head, tail, "UPREGULATES") for head, tail in _read(_PROVOKED, text))


def _read(patterns: tuple[re.Pattern[str], ...], text: str) -> Iterator[tuple[int, int]]:
    for pattern in patterns:
        for match in pattern.finditer(text):
            said = not _NOT_SAID.search(text, max(0, match.start() - _REACH), match.end())
            if said and len(_SIGNED.findall(match[0])) <= 1:
                firsts, seconds = ids_in(match["first"], GENE), ids_in(match["second"], GENE)
                yield from ((first, second) for first in firsts for second in seconds if first != second)
