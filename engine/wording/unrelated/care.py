"""Chemicals that treat nothing or harm nobody here, and diseases that nothing treats or brings about."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Final

from engine.schema import CHEMICAL, DISEASE
from engine.wording.language import ids_in
from engine.wording.slots import SLOTS, wordings
from engine.wording.unrelated.pairs import ALL, CARED, HARMED, REACH, TREATED, Unrelated, matches_of, pairs_in

_PART_OF_NAME: Final = re.compile(
    r"<C(?P<chemical>\d+)> (?:channels?|kinases?|fingers?|receptors?|synthases?|synthetase|dehydrogenases?"
    r"|transporters?|oxidases?|reductases?|phosphatases?|pumps?|hydroxylases?|transferases?|antagonists?|blockers?|inhibitors?"
    r"|complex(?:es)?|(?:compounds?|analog(?:ue)?s?|derivatives?)(?=,? \(?<C))\b",
    re.I,
)
# A class by which a drug is called ("of the dihydropyridine class", "X, a naturally occurring vitamin,").
_CALLED: Final = re.compile(
    r"\bof the <C(?P<class>\d+)> (?:class|family|type|series)\b"
    r"|<C\d+>, an? (?:(?!(?:of|to|for|with|from|in|and|or|plus)\b)[\w-]+ ){0,5}<C(?P<kind>\d+)>"
    r"(?=[,)]|--|\Z)(?!, (?:and|or|both)\b)"
    r"|\bplacebo \(<C(?P<sham>\d+)>\)",
    re.I,
)
_LEVELS: Final = re.compile(
    r"\b(?:serum|plasma|urinary|urine|blood|tissue|circulating|intracellular|dietary|endogenous) (?:[\w-]+ )?"
    r"<C(?P<measured>\d+)>"
    r"|<C(?P<level>\d+)>(?: \([\w-]{1,12}\))?"
    r"(?: (?:levels?|excretion|content|uptake|secretion|saturation)\b|,? [<>=\u2264\u2265] ?(?:or = ?)?\d"
    r"(?![\d.,]* ?(?:mg|g|mcg|[\u00b5\u03bcu]g|IU|U)\b(?!/d?l)))",
    re.I,
)
_TAKEN: Final = re.compile(
    r"<C(?P<taken>\d+)>(?: \([\w-]{1,12}\))? (?:abuse|misuse|consumption|intake)\b"
    r"|\babus(?:e|es|ed|ing) (?:of )?<C(?P<abused>\d+)>",
    re.I,
)
_SALT: Final = re.compile(r"\bhydrochloride \(<C(?P<salt>\d+)>\)", re.I)
_HCL: Final = re.compile(r"\AHCl\Z", re.I)
# What no longer helps, or tells germs apart: "methicillin-resistant infection", "cisplatin-refractory cancer".
_RESISTED: Final = re.compile(
    r"<C(?P<resisted>\d+)>[- ](?:resistant|refractory|unresponsive|insensitive|susceptible)\b", re.I
)
_NOT_BORNE: Final = re.compile(r"<C(?P<borne>\d+)>[- ]intolerant\b", re.I)  # it may well do harm
# What a society or a trial is called after, and what an electrocardiogram shows.
_CALLED_AFTER: Final = re.compile(
    r"<D(?P<after>\d+)> (?-i:Study Group|Society|Foundation|Association|Study|Trial|Investigators)\b"
    r"|\bST(?: |-)(?:segment )?<D(?P<wave>\d+)>"
)
# What some of those who are treated have and others don't, and what comes when a drug is withdrawn.
_EITHER_WAY: Final = re.compile(
    r"\b(?:with (?:or|and|and/or) without (?:(?!(?:for|in|of|to|as|on|after|with)\b)[\w-]+ ){0,2}?"
    r"|(?:causes?|such as|of|no|without) rebound )<D(?P<either>\d+)>|\bnon-?<D(?P<non>\d+)>",
    re.I,
)
# How a tumour's growth is acted on: "tumor growth-inhibitory effects".
_STUNTED: Final = re.compile(
    r"<D(?P<stunted>\d+)>[ -](?:cell )?(?:growth[ -])?(?:inhibit(?:ory|ion)|suppressive|suppression)\b", re.I
)
# How little harm comes, which nothing is given for: "with reduced toxicity".
_HARM: Final = re.compile(r"toxic|adverse|side effect", re.I)
_HARMLESS: Final = re.compile(
    r"(?:\b(?:with|of|and|has|have|had|its|the|an?) (?:reduced|decreased|lower)"
    r"|\b(?:less|minimal|low|mild|acceptable|manageable|dose[ -]limiting)) (?:\w+ )?<D(?P<little>\d+)>",
    re.I,
)
# "headache response rates", "seizure-free": what a drug is given for.
_RELIEVED: Final = re.compile(r"<D(?P<relieved>\d+)>(?:-free|[ -](?:response rate|relief|control|remission)s?)\b", re.I)
_SELDOM_HARM: Final = re.compile(r"\A(?!.*(?:nausea|vomit|emesis|bleed|ha?emorrhag|dyskines|toxic))", re.I)

_ANY: Final = re.compile("")
_CARE: Final = ALL[CHEMICAL, DISEASE]
# Wordings whose groups are numbers of chemicals, what these don't do to any disease of the sentence, and their names.
_OF_CHEMICALS: Final = (
    (_PART_OF_NAME, _CARE, _ANY),
    (_CALLED, _CARE, _ANY),
    (_SALT, _CARE, _HCL),
    (_LEVELS, CARED, _ANY),
    (_TAKEN, TREATED, _ANY),
    (_RESISTED, CARED, _ANY),
    (_NOT_BORNE, TREATED, _ANY),
)
# And those whose groups are numbers of diseases, what no chemical of the sentence does to these, and their names.
_OF_DISEASES: Final = (
    (_CALLED_AFTER, _CARE, _ANY),
    (_EITHER_WAY, TREATED, _ANY),
    (_HARMLESS, TREATED, _HARM),
    (_RELIEVED, HARMED, _SELDOM_HARM),
    (_STUNTED, HARMED, _ANY),
)
# What a drug only tests for: "dobutamine stress echocardiography".
_PROBE: Final = re.compile(
    r"<C(?P<probe>\d+)> (?:stress |infusion |provocation )?(?:echocardiograph\w+|scintigraph\w+|renograph\w+|tests?\b"
    r"|testing\b|challenge|PET\b|provocation|breath test)",
    re.I,
)
_HELPED: Final = re.compile(r"\b(?:improv|reliev)", re.I)
# "to treat the reduction of blood pressure" is no treatment.
_REDUCTION: Final = re.compile(r"\b(?:reduction|lowering)s?\b", re.I)
# What a drug was given for, or what comes less often with it, is none of its harms, unless it is withdrawn.
_UNHARMED: Final = wordings(
    "TAIL ~6 successfully (?:treated|managed) (?:with|by|using) ~3 HEAD",
    "HEAD ~3 (?:drug|treatment|agent|therapy)_of_choice (?:for|in|against) ~3 TAIL",
    "(?:less|fewer)(?!_(?:than|common|frequent|often|severe)) ~6 TAIL ~3 with ~2 HEAD",
    "TAIL ~2 BE ~1 (?:less|lower|reduced|fewer) [frequent|common|severe|often] WITH ^1 HEAD",
    "(?:smaller|lower) (?:percentage|proportion|number|rate) of ~2 TAKERS ~4 (?:experienced|developed|had) ~4 TAIL",
    "(?:more|higher|greater) ~8 TAIL ~4 than ^2 HEAD",
    "benefits? of ~3 HEAD ~1 in|on|for ^2 TAIL",
    "HEAD HAS [an?] ~1 BENEFICIAL effects? on|in|against ^2 TAIL",
    "(?<!-)indications? for ^1 HEAD ~3 include|are|were|is ~6 TAIL",
    "HEAD ~6 DROP of|in ^3 TAIL",
    TAKERS=rf"{SLOTS['HEAD']}(?:[- ]treated)?",
    WITH=rf"(?:in|with|after|on)(?: {SLOTS['PEOPLE']})?(?: (?:receiving|taking|on))?",
    HAS=r"(?:has|had|have|exerts?|exerted|shows?|showed)",
    BENEFICIAL=r"(?:beneficial|favou?rable|therapeutic|protective|preventive|prophylactic)",
)
_STOPPED: Final = re.compile(r"\b(?:withdraw|discontinu|stop|cessation|switch|replac|taper|dos(?:e|age)s?\b)", re.I)
# What a drug takes away: "ramipril-induced regression of hypertrophy".
_LESSENED: Final = re.compile(
    r"<C(?P<lessens>\d+)>[- ](?:induced|associated|mediated) (?:[\w-]+ ){0,2}?(?:regression|reductions?|decreases?"
    r"|attenuation|inhibition|suppression|prevention|reversal|improvements?|amelioration|relief|remissions?|resolution"
    r"|control|healing|protection) (?:of|in|from|against) (?:[\w-]+ ){0,4}?<D(?P<lessened>\d+)>",
    re.I,
)
# What it brings about: "NSAID-associated ulcer treatment".
_BROUGHT: Final = re.compile(
    r"<C(?P<brings>\d+)>[- ](?:induced|associated|related|provoked|evoked) "
    r"(?:(?!(?:of|in|from)\b)[\w-]+ ){0,3}?<D(?P<brought>\d+)>",
    re.I,
)


def read_care(text: str, names: Sequence[str]) -> Iterator[Unrelated]:
    """Of a marked sentence's chemicals and diseases, which ones aren't treated or brought about.

    Chemicals that are part of another name, that are measured, that are no drugs here or no longer help. Diseases that
    tell how little harm a drug does, so that it isn't given for them, or that it healed and didn't bring.
    """
    chemicals, diseases = ids_in(text, CHEMICAL), ids_in(text, DISEASE)
    for pattern, predicates, name in _OF_CHEMICALS:
        for chemical in _named(pattern, text, names, name):
            yield from ((chemical, disease, predicates) for disease in diseases)
    for pattern, predicates, name in _OF_DISEASES:
        for disease in _named(pattern, text, names, name):
            yield from ((chemical, disease, predicates) for chemical in chemicals)
    if not _HELPED.search(text):
        for probe in _named(_PROBE, text, names, _ANY):
            yield from ((probe, disease, TREATED) for disease in diseases)
    reductions = [disease for disease in diseases if _REDUCTION.search(names[disease])]
    yield from ((*pair, TREATED) for pair in product(chemicals, reductions))
    for match in matches_of(_UNHARMED, text):
        if not _STOPPED.search(text, max(0, match.start() - REACH), match.end()):
            yield from ((*pair, HARMED) for pair in pairs_in(match))


def read_other_way(text: str) -> Iterator[Unrelated]:
    """What a drug lessens it doesn't induce, and what it brings about it doesn't treat."""
    for match in _LESSENED.finditer(text):
        yield int(match["lessens"]), int(match["lessened"]), HARMED
    for match in _BROUGHT.finditer(text):
        yield int(match["brings"]), int(match["brought"]), TREATED


def _named(pattern: re.Pattern[str], text: str, names: Sequence[str], name: re.Pattern[str]) -> Iterator[int]:
    """The numbers that a wording's groups hold, of names that match."""
    for match in pattern.finditer(text):
        yield from (int(number) for number in match.groups() if number and name.search(names[int(number)]))
