"""Drugs beside the name of a class that they are not of, as of "ACE inhibitors"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Final

from engine.schema import CHEMICAL, GENE
from engine.wording.language import ABBREVIATION, ids_in, list_of
from engine.wording.slots import SLOTS, wordings
from engine.wording.unrelated.pairs import Pair, matches_of, numbers_in

_HEADS: Final = SLOTS["HEAD"]
# A gene within the name of a class of drugs, as ACE in "ACE inhibitor".
_OF_IT: Final = rf"(?:-specific|-selective)?[ -]{SLOTS['MODULATORS']}\b"
_CLASS: Final = rf"(?P<class>{list_of('G', r'(?: and | or |/)')}){_OF_IT}"
_BETWEEN: Final = r"(?:,? and |,? or |,? versus |,? vs\.? |,? plus |,? compared (?:with|to) |/)"
_DRUG_AND_CLASS: Final = (
    re.compile(rf"{_HEADS}{_BETWEEN}(?:an? )?{_CLASS}(?! <C)", re.I),
    re.compile(
        rf"{_CLASS}{ABBREVIATION}(?:(?<!s),? <C\d+>{ABBREVIATION},?)?(?:{_BETWEEN}|,? with | than | to )"
        rf"(?:placebo,? (?:and |or )?|with |an? |the |that of |either |(?:high|low|standard)[- ]dose |inhaled |oral )"
        rf"{{0,3}}{_HEADS}",
        re.I,
    ),
    re.compile(rf"{_CLASS}(?:, [\w -]+){{1,3}},? (?:and|or) {_HEADS}", re.I),
    re.compile(rf"{_HEADS}(?:, [\w -]+){{1,3}},? (?:and|or) {_CLASS}", re.I),
    re.compile(
        rf"{_CLASS}[- ](?:induced|associated|related) (?:[\w-]+ ){{0,2}}<D\d+> (?:[\w-]+ ){{0,6}}{_HEADS}", re.I
    ),
    re.compile(
        r"\b(?:selectiv|preferential|specific)\w* inhibits? (?P<class><G\d+>)(?: over <G\d+>)?,? "
        rf"(?:versus|vs\.?|compared (?:with|to)) (?:that of )?{_HEADS}",
        re.I,
    ),
    re.compile(
        rf"(?P<class><G\d+>{ABBREVIATION})[ -]inhibition (?:with|by) <C\d+>,? (?:and |or )?(?:[\w-]+ ){{0,3}}"
        rf"(?:inhibition|blockade|treatment|therapy) (?:with|by) {_HEADS}",
        re.I,
    ),
    *wordings(
        "HEAD ~12 WITHSTANDING to ~2 CLASS",
        "HEAD ~8 combination|combined with [an?|the] CLASS",
        "HEAD ~3 with|plus (?:an?|the) CLASS",
        "HEAD ~8 APART ~6 CLASS",
        "HEAD ~8 alternatives?_to ~4 CLASS",
        "CLASS ~8 in_combination_with|combined_with|together_with|plus [either] HEAD",
        "HEAD ~8 APART ~6 INHIBITION",
        CLASS=_CLASS,
        INHIBITION=rf"(?P<class><G\d+>{ABBREVIATION}) (?:inhibition|blockade|antagonism)",
    ),
)
_OF_SUCH: Final = r"(?:(?!(?:and|or|with|versus|vs|plus|than|to|but|not|compared)\b)[\w'/%-]+,? ){0,6}?"
# Of what a class is said: "enalapril, an ACE inhibitor", "ACE inhibitors such as enalapril"; in brackets of one alone.
_OWNED: Final = (
    re.compile(rf"(?P<own>{list_of('C')})(?:, | is | was | are | were | as ){_OF_SUCH}" + _CLASS, re.I),
    re.compile(rf"(?P<own><C\d+>) \({_OF_SUCH}" + _CLASS, re.I),
    re.compile(rf"{_CLASS}(?:, | | \()(?:such as |like |including |namely )?(?P<own>{list_of('C')})", re.I),
)
# What is of a class that no gene names: "nifedipine is a dihydropyridine calcium antagonist".
_OF_ANOTHER: Final = re.compile(
    r"(?P<own><C\d+>)(?: \([^()]{1,20}\))?(?:, | is | was | are | were )(?:an? |the )"
    r"(?:(?!(?:and|or|with|versus|vs|plus|than|to|but|not|compared|of)\b)[\w'/%-]+ ){0,5}?"
    r"(?<!> )(?:antagonist|blocker|inhibitor|agonist|diuretic)s?\b(?! (?:of|for|at)\b)",
    re.I,
)
_NEXT_DRUG: Final = re.compile(r",? \(?<C(\d+)>")
# What tells that a drug is one of the class too: "like other ACE inhibitors", "first-generation ACE inhibitors".
_OTHERS: Final = re.compile(
    r"\b(?:others?|(?:first|second|third)-generation|existing|conventional|older|previous|known|standard"
    r"|current(?:ly)?|available|approved|reported|classical|traditional)\b",
    re.I,
)
_RATED: Final = re.compile(r"\b(?:more|most|less|better) (?:[\w-]+ ){0,3}\Z", re.I)  # "a more potent ACE inhibitor"
_KIN: Final = re.compile(
    rf"<C\d+>, (?:an?|the) (?:[\w-]+ ){{0,3}}(?:metabolite|derivative|analog(?:ue)?|enantiomer|isomer) of {_HEADS}, "
    r"(?:is|was)\b",
    re.I,
)
_OF_CLASS: Final = re.compile(rf"(?P<class>{list_of('G', r'(?: and | or | and/or |/)')}){_OF_IT}", re.I)


def read_beside_classes(text: str, names: Sequence[str]) -> Iterator[Pair]:
    """Chemicals beside the name of a class that they are not of, with the gene in that name."""
    for match in matches_of(_DRUG_AND_CLASS, text):
        of_it = _NEXT_DRUG.match(text, match.end())  # "captopril with the ACE inhibitor captopril"
        itself = names[int(of_it[1])].lower() if of_it and match.end("class") > match.end("heads") else None
        if not _OTHERS.search(match[0]) and not _RATED.search(text, 0, match.start("class")):
            drugs = (drug for drug in numbers_in(match, "heads", CHEMICAL) if names[drug].lower() != itself)
            yield from product(drugs, numbers_in(match, "class", GENE))
    owners: dict[int, set[str]] = {}
    for match in matches_of(_OWNED, text):
        for gene in numbers_in(match, "class", GENE):
            owners.setdefault(gene, set()).update(names[own].lower() for own in numbers_in(match, "own", CHEMICAL))
    apart = {names[own].lower() for match in _OF_ANOTHER.finditer(text) for own in numbers_in(match, "own", CHEMICAL)}
    for gene, owned in owners.items():
        of_others = apart.union(*(known for g, known in owners.items() if names[g].lower() != names[gene].lower()))
        yield from ((drug, gene) for drug in ids_in(text, CHEMICAL) if names[drug].lower() in of_others - owned)
    for match in _KIN.finditer(text):
        yield from product(numbers_in(match, "heads", CHEMICAL), ids_in(text, GENE))


def genes_of_classes(text: str) -> set[int]:
    """The genes that stand in the name of a class of drugs, which is what these act on."""
    return {gene for match in _OF_CLASS.finditer(text) for gene in numbers_in(match, "class", GENE)}
