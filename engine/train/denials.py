"""Relations that a sentence denies by its wording: "X did not inhibit Y" states INHIBITS, and denies it.

Gold corpora leave denied pairs unlabelled, so a head that learnt from them alone takes most of them for unrelated.
What these wordings label is that something is stated; that it's denied, the taggers of negation scopes say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from engine.model.decode import VAGUE
from engine.schema import CHEMICAL, DISEASE, GENE, TypePair
from engine.wording.language import AND, COMPOUND, NEGATION_CUES, any_of, compile_wording, list_of, names_in

_Denial = tuple[tuple[int, int, TypePair], str]

_CG: Final = (CHEMICAL, GENE)
_CD: Final = (CHEMICAL, DISEASE)
_GG: Final = (GENE, GENE)
_GD: Final = (GENE, DISEASE)

# What a kind of verb says of two names, the one that acts first.
_SAYS: Final[dict[str, dict[TypePair, str]]] = {
    "BLOCK": {_CG: "INHIBITS", _CD: "TREATS", _GG: "DOWNREGULATES", _GD: "PROTECTS_FROM"},
    "RELIEVE": {_CD: "TREATS", _GD: "PROTECTS_FROM"},
    "LESSEN": {_CG: "DOWNREGULATES", _CD: "TREATS", _GG: "DOWNREGULATES", _GD: "PROTECTS_FROM"},
    "ACTIVATE": {_CG: "ACTIVATES", _GG: "UPREGULATES"},
    "RAISE": {_CG: "UPREGULATES", _CD: "INDUCES", _GG: "UPREGULATES", _GD: "PROMOTES"},
    "CAUSE": {_CG: "UPREGULATES", _CD: "INDUCES", _GG: "UPREGULATES", _GD: "PROMOTES"},
    "TOUCH": {_CG: "REGULATES", _CD: "ASSOCIATED_WITH", _GG: "REGULATES", _GD: "ASSOCIATED_WITH"},
    "BIND": {_CG: "BINDS", _GG: "BINDS"},
}
_LINKED: Final[dict[TypePair, str]] = {
    _CG: "REGULATES",
    _CD: "ASSOCIATED_WITH",
    _GG: "INTERACTS_WITH",
    _GD: "ASSOCIATED_WITH",
}
_METABOLIZED: Final[dict[TypePair, str]] = {_CG: "SUBSTRATE_OF"}
_USED: Final[dict[TypePair, str]] = {_CD: "TREATS"}
_BLOCKED: Final[dict[TypePair, str]] = {_CG: "INHIBITS"}

_OR: Final = rf"(?:{AND}|,? nor )"
_BLOCKER: Final = (
    r"(?! (?:receptor |channel |pump )?(?:inhibitors?|inhibition|block(?:ers?|ade)|antagonists?|agonists?)\b)"
)
_PEOPLE: Final = r"(?![ -](?:patients?|subjects?|children|women|men|adults|individuals|people|rats?|mice|cells?)\b)"
_VERBS: Final = {
    "BLOCK": any_of(r"inhibit\w* block\w* antagoni[sz]\w* suppress\w*"),
    "RELIEVE": any_of(
        r"prevent\w* improv\w+ reliev\w+ alleviat\w+ ameliorat\w+ eradicat\w+ protect\w* limit treat control"
    ),
    "LESSEN": any_of(r"reduc\w+ decreas\w+ lower\w* attenuat\w+ downregulat\w+ revers\w+ abolish\w* diminish\w*"),
    "ACTIVATE": any_of(r"activat\w+ stimulat\w+"),
    "RAISE": any_of(r"increas\w+ elevat\w+ rais\w+ enhanc\w+ up-?regulat\w+ aggravat\w+ worsen\w* exacerbat\w+"),
    "CAUSE": any_of(
        r"caus\w+ induc\w+ produc\w+ provok\w+ elicit\w* trigger\w* promot\w+ result_in lead_to led_to favou?r"
    ),
    "TOUCH": any_of(
        r"affect\w* alter\w* chang\w+ influenc\w+ modif\w+ modulat\w+ impair\w* interfer\w+ regulat\w+ mediat\w+"
    ),
    "BIND": any_of(r"bind bound binding interact\w*"),
}
_SLOTS: Final = {
    "FIRST": rf"(?P<first>{list_of('CDG', _OR)}){_BLOCKER}",
    "FIRST,": rf"(?P<first>{list_of('CDG', _OR)}){_BLOCKER},?",
    "SECOND": rf"(?P<second>{list_of('CDG', _OR)}){_BLOCKER}{_PEOPLE}(?!{COMPOUND})",
    "NAME": r"<[CDG]\d+>,?",
    "NOT": any_of(
        "(?:did|does|do|had|has|have|was|were|is|are|could|can|would)_(?:also_|either_)?not(?!_only)",
        "cannot didn't doesn't fail(?:s|ed)?_to unable_to without nor never",
    ),
    "VERB": "|".join(rf"(?P<{kind}>{verbs})" for kind, verbs in _VERBS.items()),
    "DIFFER": any_of("change differ vary increase decrease rise fall improve respond"),
    "LINKED": any_of(
        r"associated correlat\w+ related linked predict\w* reflect\w* contribut\w+ involved implicated required",
        "necessary essential dependent",
    ),
    "NOT_FOUND": r"(?:did not|failed to) (?:find|show|reveal|confirm|detect|observe) (?:an?|any|the)",
    "LINK": any_of("associations? correlations? relationships? relations? links? interactions? evidence role"),
    "EFFECT": any_of("effects? influence impact action"),
    "CHANGES": any_of("changes? differences? alterations? modifications?"),
    "RISES": any_of("increases? elevations? rises? upregulation induction stimulation activation"),
    "FALLS": any_of("decreases? reductions? inhibition suppression attenuation improvements? falls?"),
    "UNCHANGED": any_of("unaffected unchanged unaltered unmodified"),
    "USEFUL": any_of("effective beneficial useful efficacious helpful superior"),
    "USE": any_of("benefits? efficacy effectiveness protection improvement"),
    "OF_TIME": any_of("with by after during in following on between to"),
    "INHIBITOR": any_of("inhibitors? blockers?"),
}


def _wordings(*texts: str) -> tuple[re.Pattern[str], ...]:
    return tuple(compile_wording(text, _SLOTS) for text in texts)


# The first name acts on the second; in the passive the second on the first.
_ACTIVE: Final = _wordings(
    "FIRST ~6 NOT ~3 VERB ~6 SECOND",
    "FIRST ~6 NOT ~3 VERB ~2 NAME ~3 or|nor|and ~3 SECOND",
    "neither ~2 FIRST ~3 VERB ~5 SECOND",
    "but not FIRST, ~3 VERB ~5 SECOND",
    "no evidence that ~3 FIRST ~4 VERB ~5 SECOND",
)
_PASSIVE: Final = _wordings(
    "FIRST ~5 NOT ~3 VERB ~2 OF_TIME ~5 SECOND",
    "FIRST ~4 VERB ~2 by ~3 NAME ~1 but not ~3 SECOND",
)
_NO_EFFECT: Final = _wordings(
    "no ~3 EFFECT of ~3 FIRST ~4 on|upon|in ~5 SECOND",
    "FIRST ~5 (?:had|has|have|show(?:s|ed)?|exert(?:s|ed)?|with|without|lack(?:s|ed)?) [no|any|little] ~2 EFFECT"
    " on|upon ~5 SECOND",
)
_NOT_AFFECTED: Final = _wordings(
    "FIRST ~4 UNCHANGED ~2 OF_TIME ~5 SECOND",
    "no ~3 CHANGES ~1 in|of ~5 FIRST ~5 OF_TIME ~5 SECOND",
    "FIRST ~5 NOT ~2 DIFFER ~5 OF_TIME ~5 SECOND",
)
_NOT_RAISED: Final = _wordings("no ~3 RISES ~1 in|of ~5 FIRST ~5 OF_TIME ~5 SECOND")
_NOT_LESSENED: Final = _wordings("no ~3 FALLS ~1 in|of ~5 FIRST ~5 OF_TIME ~5 SECOND")
_NO_LINK: Final = _wordings(
    "no ~4 LINK ~4 between|of|for ~5 FIRST ~6 and|with|to|in|on ~6 SECOND",
    "NOT_FOUND ~4 LINK ~4 between|of ~5 FIRST ~5 and|with|to ~6 SECOND",
    "FIRST ~6 NOT ~4 LINKED ~1 with|to|in|for|by|on ~6 SECOND",
    "FIRST ~4 unrelated to ~5 SECOND",
    "FIRST ~4 independent(?:ly)? of ~4 SECOND",
)
_NO_USE: Final = _wordings(
    "FIRST ~6 NOT ~3 USEFUL ~3 in|for|against|at ~6 SECOND",
    "FIRST ~5 ineffective ~2 in|for|against|at ~6 SECOND",
    "no ~3 USE of|from|with|for ~3 FIRST ~5 in|on|for|against ~6 SECOND",
    "failed to (?:show|confirm|demonstrate) ~3 USE of|from|with|for ~3 FIRST ~5 in|on|for|against ~6 SECOND",
)
_NOT_METABOLIZED: Final = _wordings(
    "FIRST ~4 NOT ~3 metaboli[sz]ed ~1 by ~5 SECOND", "FIRST ~4 NOT ~3 substrates? (?:of|for) ~3 SECOND"
)
_NO_INHIBITOR: Final = _wordings("FIRST ~4 NOT ~4 INHIBITOR of ~3 SECOND")
_OPEN: Final = re.compile(
    r"\b(?:whether|hypothes\w+|not (?:only|known|clear|yet|fully)|unclear|unknown|may or may not|although|however,? it"
    r")\b",
    re.I,
)
_OPEN_REACH: Final = 40
_DENIED: Final = re.compile(NEGATION_CUES, re.I)
# Where a sentence turns to what it affirms: "did not alter X but reduced Y".
_TURN: Final = re.compile(
    rf"\b(?:but(?! not)|whereas|while|yet|instead|and (?:\w+ly )?(?:{'|'.join(_VERBS.values())}))\b", re.I
)
_BY: Final = re.compile(r"\bby\b", re.I)
_ASIDE: Final = re.compile(r" ?\([^()<>]*\)")


def read_denials(text: str) -> Iterator[tuple[int, int, TypePair, str]]:
    """Head, tail, their types and the predicate of each pair that a sentence says of that it isn't so.

    Where a vague predicate and a precise one are denied of a pair, it is the precise one.
    `text`: a sentence as `language.mark_names` gives it.
    """
    if not _DENIED.search(text) or len(names_in(text)) < 2:
        return
    said: dict[tuple[int, int, TypePair], dict[str, None]] = {}
    for key, predicate in _read_all(_ASIDE.sub("", text)):
        said.setdefault(key, {})[predicate] = None
    for key, predicates in said.items():
        yield from ((*key, p) for p in predicates if p not in VAGUE or VAGUE.issuperset(predicates))


def _read_all(text: str) -> Iterator[_Denial]:
    yield from _read(_ACTIVE, None, text)
    yield from _read(_PASSIVE, None, text, passive=True)
    yield from _read(_NO_EFFECT, _SAYS["TOUCH"], text)
    yield from _read(_NOT_AFFECTED, _SAYS["TOUCH"], text, passive=True)
    yield from _read(_NOT_RAISED, _SAYS["RAISE"], text, passive=True)
    yield from _read(_NOT_LESSENED, _SAYS["LESSEN"], text, passive=True)
    yield from _read(_NO_USE, _USED, text)
    yield from _read(_NOT_METABOLIZED, _METABOLIZED, text)
    yield from _read(_NO_INHIBITOR, _BLOCKED, text)
    yield from _read(_NO_LINK, _LINKED, text)
    yield from _read(_NO_LINK, _LINKED, text, passive=True)


def _read(
    patterns: tuple[re.Pattern[str], ...], says: dict[TypePair, str] | None, text: str, *, passive: bool = False
) -> Iterator[_Denial]:
    """Without `says`, the kind of the wording's verb decides."""
    acting, acted = ("second", "first") if passive else ("first", "second")
    for pattern in patterns:
        for match in filter(_is_denial, pattern.finditer(text)):
            meant = says or _said_by_verb(match, passive=passive)
            for head_type, head in names_in(match[acting]):
                for tail_type, tail in names_in(match[acted]):
                    predicate = meant.get((head_type, tail_type))
                    if predicate is not None and head != tail:
                        yield (head, tail, (head_type, tail_type)), predicate


def _is_denial(match: re.Match[str]) -> bool:
    """Whether the words of a match deny, neither leaving it open nor turning to what is affirmed."""
    opened = _OPEN.search(match.string, max(0, match.start() - _OPEN_REACH), match.end())
    return not opened and _DENIED.search(match[0]) is not None and not _TURN.search(match[0])


def _said_by_verb(match: re.Match[str], *, passive: bool) -> dict[TypePair, str]:
    """What a verb of its kind says; nothing where an active wording met a passive: "was not activated by"."""
    kind = next(kind for kind in _SAYS if match[kind])
    after = match.end(kind)
    turned = not passive and _BY.search(match.string, after, max(after, match.start("second")))
    return {} if turned else _SAYS[kind]
