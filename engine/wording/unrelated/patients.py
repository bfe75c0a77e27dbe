"""Diseases that say who the patients are, and not what a drug does to them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Final

from engine.schema import CHEMICAL, DISEASE
from engine.wording.language import ids_in, list_of
from engine.wording.slots import SLOTS, wordings
from engine.wording.unrelated.pairs import TREATED, Pair, Unrelated, matches_of, numbers_in, pairs_in

# What the patients have besides what the drug is given for.
_BESIDE_TREATED: Final = wordings(
    "HEAD ~7 in|for [the|an?] ~2 CARE [of|for] ~4 TAIL ~4 in|of|among ~4 PEOPLE with ~4 BESIDE",
    "CARE of|for ~4 TAIL ~4 with|by|using ~4 HEAD ~3 in|of|among ~4 PEOPLE with ~4 BESIDE",
    "HEAD ~5 LESS ~6 [OTHER] TAIL ~4 in|of|among ~4 PEOPLE with ~4 BESIDE",
    "effects? of ~5 HEAD ~2 on|against ~5 TAIL ~4 in|of|among ~4 PEOPLE with ~4 BESIDE",
    "PEOPLE with ~4 BESIDE ~8 HEAD ~3 in|for [the] CARE [of|for] ~3 TAIL",
)
# Or what it is given for is a complaint in.
_WITHIN: Final = wordings(
    "HEAD ~5 CARE of|for ~4 [OTHER] TAIL in|accompanying ~2 BESIDE",
    "CARE of|for ~4 TAIL in|accompanying ~2 BESIDE ~2 with|by|using ~3 HEAD",
    "HEAD ~1 for ~3 TAIL in|accompanying ~2 BESIDE",
)
_SYMPTOM: Final = re.compile(
    r"symptom|cogniti|memory|dementia|attack|episode|relapse|exacerbat|flare|rigidity|spastic|tremor|weight|obes", re.I
)
# Diseases of patients who got the drug for something else: to measure what becomes of it, or while they are operated.
_WHILE_ILL: Final = wordings(
    "KINETICS [of] ~6 HEAD ~6 in|of|among ~4 PEOPLE with ~4 BESIDE",
    "PEOPLE [who] UNDERGOING ~4 SURGERY of|for ~3 BESIDE ~8 GIVEN ~6 HEAD",
)
_PATIENTS: Final = rf"{SLOTS['PEOPLE']}|groups?"
_PATIENTS_WITH: Final = re.compile(
    rf"(?<![-\w])<D(?P<first>\d+)>(?:,?(?: type[- ](?:I|II|1|2))? (?P<next><D\d+>))?,? (?:\w+ )?(?:{_PATIENTS})\b"
    rf"(?: (?:with|and|who had|who have|having|suffering from) (?:[\w-]+ ){{0,3}}?(?P<others>{list_of('D')}))?",
    re.I,
)
# "streptozotocin (STZ)-induced diabetic rats"
_MADE_ILL: Final = re.compile(
    r"<C(?P<by>\d+)>(?:(?: ?\(|/| and | plus )<C(?P<also>\d+)>\)?)?-? ?(?:induced|treated) (?:[\w-]+ ){0,3}\Z", re.I
)
_TREATED_FIRST: Final = re.compile(r"hypertensi|psoria|depress|schizophren|asthma|epilep|migrain|arthriti|obes", re.I)
_DIABETIC: Final = re.compile(r"diabeti|NIDDM|IDDM", re.I)
_OF_SUGAR: Final = re.compile(r"glyc|gluc|HbA|insulin|antidiab|DPP|GLP|SGLT|\bsugar", re.I)
_AGAINST_SUGAR: Final = re.compile(
    r"metformin|insulin|acarbose|miglitol|\bgl[iy]|butamide|propamide|gliptin|glitazone|gliflozin|glutide|exenatide|glinide"
    r"|sul(?:f|ph)onylurea",
    re.I,
)
_UNUSED: Final = wordings(
    "TAIL ~3 resistant|refractory|unresponsive|intolerant (?:to|of) ^2 HEAD",
    "TAIL ~10 contraindications?|contraindicated|intolerance|(?:in|un)ability ~1 to|for|of [the_use_of] ~2 HEAD",
    "TAIL ~8 (?:inadequate|incomplete|insufficient|poor)_response to ~5 HEAD",
    "TAIL ~4 despite ~4 HEAD",
    "TAIL ~8 failed ^1 (?:treatment|therapy)_with HEAD",
    "TAIL ~4 who (?:had_)?(?:did_not|failed_to) REACH with|on ~2 HEAD",
    REACH=r"(?:achieve|reach|attain)(?: (?!were\b|was\b|received|got\b|treated|started|switched)[\w-]+){0,4}?",
)
_UNRELIEVED: Final = wordings("TAIL ~8 persist(?:s|ed|ing)? during|despite|on|under ~2 HEAD")


def read_bystanders(text: str, names: Sequence[str]) -> set[Pair]:
    """The chemicals and diseases of which a sentence says neither treatment nor harm.

    `text`: a sentence with its names marked (`language.mark_names`). `names`: the texts of the document's mentions.
    """
    found = {pair for match in matches_of(_UNUSED, text) for pair in pairs_in(match)}
    for match in matches_of((*_BESIDE_TREATED, *_WHILE_ILL), text):
        found.update(pairs_in(match, "beside"))
    chemicals = [number for number in ids_in(text, CHEMICAL) if not _AGAINST_SUGAR.search(names[number])]
    for match in _PATIENTS_WITH.finditer(text):
        made_ill = _MADE_ILL.search(text, 0, match.start())
        causes = {int(number) for number in made_ill.groups() if number} if made_ill else set()
        found.update(product((number for number in chemicals if number not in causes), _other_diseases(match, names)))
    return found


def _other_diseases(match: re.Match[str], names: Sequence[str]) -> Iterator[int]:
    """Of the diseases that say who the patients are, those that they have besides the one that is treated."""
    first = int(match["first"])
    others = [number for part in ("next", "others") for number in numbers_in(match, part, DISEASE)]
    if _TREATED_FIRST.search(names[first]) and not _DIABETIC.search(names[first]):
        yield from others
    elif _DIABETIC.search(names[first]) and not _OF_SUGAR.search(match.string):
        yield first


def read_untreated(text: str, names: Sequence[str]) -> Iterator[Unrelated]:
    """Diseases that a drug isn't given for, or doesn't relieve, whatever harm it does."""
    for match in matches_of(_UNRELIEVED, text):
        yield from ((*pair, TREATED) for pair in pairs_in(match))
    for match in matches_of(_WITHIN, text):
        if not any(_SYMPTOM.search(names[number]) for number in numbers_in(match, "tails", DISEASE)):
            yield from ((*pair, TREATED) for pair in pairs_in(match, "beside"))
