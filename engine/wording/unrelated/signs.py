"""What a drug does not do to a protein: the sign of a change, what is measured by it, what an enzyme makes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Final

from engine.schema import CHEMICAL, GENE
from engine.wording.language import ABBREVIATION, ids_in, list_of
from engine.wording.slots import SLOTS
from engine.wording.unrelated.pairs import CONSUMED, LOWERED, LOWERING, MOVED, RAISED, REACH, Unrelated, numbers_in

# A protein that is measured by what it does, or counted: "insulin sensitivity", "urinary albumin excretion".
_DONE_BY: Final = re.compile(
    r"\b(?:glycated|glycosylated) <G(?P<changed>\d+)>"
    r"|<G(?P<gene>\d+)> (?:sensitivity|resistance|requirements?|excretion|clearance)\b"
    r"|<G(?P<corrected>\d+)>[ /](?:to[ -])?(?:creatinine|<C\d+>) ratio"
    r"|<G(?P<counted>\d+)>\+? (?:T[ -])?(?:cell |lymphocyte )?counts?\b",
    re.I,
)
# "IL-24 induction by NSAIDs" has a sign, which is no other one, unless something turns it ("suppression of ... by").
_NOT_SIGNED: Final = {
    sign: re.compile(
        rf"(?<!-)<G(?P<gene>\d+)>{ABBREVIATION}[ -](?:m?RNA |gene |protein |expression )?{how} (?:by|with) "
        rf"{SLOTS['HEAD']}",
        re.I,
    )
    for sign, how in (
        (LOWERED, r"(?:up-?regulation|induction|activation|stimulation)"),
        (RAISED, r"(?:down-?regulation|inhibition|suppression|blockade|antagonism)"),
    )
}
_TURNED: Final = re.compile(
    rf"\b(?:{LOWERING}|revers(?!ibl)|antagoni"
    r"|down-?regulat|ameliorat|modulat|protect|alleviat|mitigat|blunt|counteract|restor|rescu)\w*"
    r"(?: (?:[\w-]+|<[CG]\d+>(?:[-/][\w<>-]+)?)){0,4} ?(?:<G\d+>/)?\Z",
    re.I,
)
# "inhibits COX-2 and spares COX-1"
_SPARED: Final = re.compile(
    r"<C(?P<sparing>\d+)>[^<;]{0,40}(?:<G\d+>[^<;]{0,20})?\bspar(?:es|ed|ing) (?:the )?<G(?P<spared>\d+)>", re.I
)
# "reversed the cisplatin-induced inhibition of IL-6": what undoes a change doesn't make it, and what made it did.
_ACTED_ON: Final = (
    r"(?:<G\d+>|genes?|proteins?|m?RNA|expression|activity|levels?|release|secretion|production|promoter|pathway"
    r"|phosphorylation|MAPK)"
)
_CHANGE: Final = (
    r"(?P<cause>(?:<C\d+>|(?<![\w-])[\w-]+)[- ](?:induced|mediated|evoked|stimulated) )?"
    r"\b(?:(?P<fall>inhibition|suppression|reductions?|decreases?|loss|degradation|down-?regulation)"
    r"|(?P<rise>increases?|elevations?|activation|up-?regulation|induction|stimulation|overexpression)) (?:of|in) "
    r"(?:(?!of |in |inhibit|degrad|suppress|loss |activat|induct|release )[\w-]+ ){0,2}?"
    rf"<G(?P<gene>\d+)>{ABBREVIATION}"
    rf"(?:(?:(?:,? (?:and |or )?|/){_ACTED_ON})* (?:by|with|to|after) (?:the )?(?P<by>{list_of('C')}))?"
)
_UNDOES: Final = re.compile(
    r"(?P<undone>\b(?:prevent|revers|attenuat|block|abolish|abrogat|counteract|antagoni[sz]|blunt|suppress|inhibit|reduc)"
    rf"(?:e|s|es|ed|ing)? (?:the |an? )?)?{_CHANGE}",
    re.I,
)
_SUBJECT: Final = re.compile(rf"(?P<heads>{list_of('C', r'(?: and | or | plus |/)')})(?:[^<;:]|<G\d+>){{0,60}}\Z")
# What an enzyme makes of something, or what it is rich in, isn't its substrate.
_MADE: Final = re.compile(
    r"\b(?:metaboli[sz]ed|converted|biotransformed|transformed|oxidi[sz]ed|hydroly[sz]ed)"
    r"(?: (?!<C|similar|contrast|addition|due\b|prior\b|relative)\S+){0,6}? (?:in)?to "
    rf"(?:(?:an?|the|its) )?(?:[\w-]+ ){{0,2}}?(?P<made>{list_of('C')})(?!,? (?:an?|the) substrate|, which|, that)"
    rf"|\brich in (?P<rich>{list_of('C')})(?!,? (?:an?|the) substrate)",
    re.I,
)


def read_signs(text: str) -> Iterator[Unrelated]:
    """What chemicals of a marked sentence don't do to its genes: the other sign, what is measured, what made them."""
    for match in _DONE_BY.finditer(text):
        measured = next(int(number) for number in match.groups() if number)
        yield from ((drug, measured, MOVED) for drug in ids_in(text, CHEMICAL))
    for sign, pattern in _NOT_SIGNED.items():
        for match in pattern.finditer(text):
            if not _is_turned(text, match):
                yield from ((drug, int(match["gene"]), sign) for drug in numbers_in(match, "heads", CHEMICAL))
    yield from _undone(text)
    for match in _SPARED.finditer(text):
        yield int(match["sparing"]), int(match["spared"]), LOWERED
    for match in _MADE.finditer(text):
        made = numbers_in(match, "made", CHEMICAL) + numbers_in(match, "rich", CHEMICAL)
        yield from ((*pair, CONSUMED) for pair in product(made, ids_in(text, GENE)))


def genes_that_are_measured(text: str, names: Sequence[str]) -> Iterator[int]:
    """Genes that stand for a count of cells or for what insulin does, of which no disease is said."""
    for match in _DONE_BY.finditer(text):
        if match["counted"]:
            yield int(match["counted"])
        elif match["gene"] and names[int(match["gene"])].lower() == "insulin":
            yield int(match["gene"])


def _undone(text: str) -> Iterator[Unrelated]:
    """A drug doesn't do the opposite of the change that it causes, nor the change that it undoes."""
    for match in _UNDOES.finditer(text):
        same, opposite = (LOWERED, RAISED) if match["fall"] else (RAISED, LOWERED)
        gene, causes = int(match["gene"]), numbers_in(match, "cause", CHEMICAL)
        if match["undone"]:
            subject = _SUBJECT.search(text, 0, match.start())
            undoing = [] if subject is None else numbers_in(subject, "heads", CHEMICAL)
            yield from ((drug, gene, same) for drug in undoing if drug not in causes)
        elif not _is_turned(text, match):
            causes += numbers_in(match, "by", CHEMICAL)
        yield from ((drug, gene, opposite) for drug in causes)


def _is_turned(text: str, change: re.Match[str]) -> bool:
    """Whether the words before a change say that it is undone."""
    return _TURNED.search(text, max(0, change.start() - REACH), change.start()) is not None
