"""Relations that a sentence denies by its wording: "X did not inhibit Y" states INHIBITS, and denies it.

Gold corpora leave denied pairs unlabelled, so a head that learnt from them alone takes most of them for unrelated.
What these wordings label is that something is stated; that it's denied, the taggers of negation scopes say.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from engine.schema import CHEMICAL, DISEASE, GENE
from engine.train.wording import AND, any_of, compile_wording, list_of, names_in

TypePair = tuple[str, str]

_CG: Final = (CHEMICAL, GENE)
_CD: Final = (CHEMICAL, DISEASE)
_GG: Final = (GENE, GENE)
_GD: Final = (GENE, DISEASE)

# What a kind of verb says of two names, the one that acts first.
_SAYS: Final[dict[str, dict[TypePair, str]]] = {
    "BLOCK": {_CG: "INHIBITS", _CD: "TREATS", _GG: "DOWNREGULATES", _GD: "PROTECTS_FROM"},
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

_OR: Final = rf"(?:{AND}|,? nor )"
_SLOTS: Final = {
    "FIRST": rf"(?P<first>{list_of('CDG', _OR)})",
    "SECOND": rf"(?P<second>{list_of('CDG', _OR)})(?! (?:inhibit|block|antagoni)\w*)",
    "NOT": any_of(
        "(?:did|does|do|had|has|have|was|were|is|are|could|can|would)_(?:also_|either_)?not(?!_only)",
        "cannot didn't doesn't fail(?:s|ed)?_to unable_to without nor never",
    ),
    "BLOCK": any_of(r"inhibit\w* block\w* antagoni[sz]\w* suppress\w*"),
    "LESSEN": any_of(
        r"reduc\w+ decreas\w+ lower\w* attenuat\w+ downregulat\w+ prevent\w* improv\w+ reliev\w+ alleviat\w+",
        r"ameliorat\w+ revers\w+ abolish\w* diminish\w*",
    ),
    "ACTIVATE": any_of(r"activat\w+ stimulat\w+"),
    "RAISE": any_of(r"increas\w+ elevat\w+ rais\w+ enhanc\w+ up-?regulat\w+ aggravat\w+ worsen\w* exacerbat\w+"),
    "CAUSE": any_of(r"caus\w+ induc\w+ produc\w+ provok\w+ elicit\w* trigger\w* promot\w+"),
    "TOUCH": any_of(r"affect\w* alter\w* chang\w+ influenc\w+ modif\w+ modulat\w+ impair\w*"),
    "BIND": any_of(r"bind bound binding interact"),
    "LINKED": any_of("associated correlated? related linked"),
    "NOT_FOUND": r"(?:did not|failed to) (?:find|show|reveal|confirm|detect|observe) (?:an?|any|the)",
    "LINK": any_of("associations? correlations? relationships? relations? links? interactions?"),
    "EFFECT": any_of("effects? influence impact"),
}


def _wordings(*texts: str) -> tuple[re.Pattern[str], ...]:
    return tuple(compile_wording(text, _SLOTS) for text in texts)


# The first name acts on the second; in the passive the second on the first.
_ACTIVE: Final = {
    kind: _wordings(f"FIRST ~4 NOT ~2 {kind} ~4 SECOND", f"neither ~2 FIRST ~2 {kind} ~4 SECOND") for kind in _SAYS
}
_PASSIVE: Final = {kind: _wordings(f"FIRST ~3 NOT ~2 {kind} ~2 by|with|after|during|in ~4 SECOND") for kind in _SAYS}
_NO_EFFECT: Final = _wordings(
    "no ~3 EFFECT of ~3 FIRST ~3 on|upon ~4 SECOND",
    "FIRST ~3 (?:had|has|have|show(?:s|ed)?|exert(?:s|ed)?|with|without) [no|any] ~2 EFFECT on|upon ~4 SECOND",
)
_NO_LINK: Final = _wordings(
    "no ~4 LINK ~4 between|of ~4 FIRST ~4 and|with|to ~5 SECOND",
    "NOT_FOUND ~4 LINK ~4 between|of ~4 FIRST ~4 and|with|to ~5 SECOND",
    "FIRST ~4 NOT ~3 LINKED ~1 with|to ~5 SECOND",
    "FIRST ~3 unrelated to ~4 SECOND",
)
_NOT_METABOLIZED: Final = _wordings("FIRST ~3 NOT ~2 metaboli[sz]ed by ~3 SECOND")
_OPEN: Final = re.compile(
    r"\b(?:whether|hypothes\w+|not (?:only|known|clear|yet)|unclear|unknown|may or may not|although|however,? it)\b",
    re.I,
)
_OPEN_REACH: Final = 40
_DENIED: Final = re.compile(r"\b(?:no|nor|neither|not|never|cannot|fail\w*|unable|without|unrelated)\b|n't\b", re.I)


def read_denials(text: str) -> Iterator[tuple[int, int, TypePair, str]]:
    """Head, tail, their types and the predicate of each pair that a sentence says of that it isn't so.

    `text`: a sentence as `wording.mark_names` gives it.
    """
    if not _DENIED.search(text):
        return
    for kind, says in _SAYS.items():
        yield from _read(_ACTIVE[kind], says, text)
        yield from _read(_PASSIVE[kind], says, text, passive=True)
    yield from _read(_NO_EFFECT, _SAYS["TOUCH"], text)
    yield from _read(_NOT_METABOLIZED, _METABOLIZED, text)
    yield from _read(_NO_LINK, _LINKED, text)
    yield from _read(_NO_LINK, _LINKED, text, passive=True)


def _read(
    patterns: tuple[re.Pattern[str], ...], says: dict[TypePair, str], text: str, *, passive: bool = False
) -> Iterator[tuple[int, int, TypePair, str]]:
    for pattern in patterns:
        for match in pattern.finditer(text):
            if _OPEN.search(text, max(0, match.start() - _OPEN_REACH), match.end()) or not _DENIED.search(match[0]):
                continue
            acting, acted = ("second", "first") if passive else ("first", "second")
            for head_type, head in names_in(match[acting]):
                for tail_type, tail in names_in(match[acted]):
                    predicate = says.get((head_type, tail_type))
                    if predicate is not None and head != tail:
                        yield head, tail, (head_type, tail_type), predicate
