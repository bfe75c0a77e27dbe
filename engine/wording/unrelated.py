"""Pairs that a sentence names without saying anything of them, by its wording alone.

What corpora have few of and abstracts of trials are full of: what the patients have besides what the drug is given
for ("hypertensive patients with diabetes"), a drug beside the class of another ("versus an ACE inhibitor, enalapril"),
the name of a class taken for that of a chemical ("calcium antagonists"), names that stand in one list, what a germ or a
tumour withstands ("methicillin-resistant"). A gene in the name of a class ("ACE inhibitor") is what a drug acts on, not
what a sentence relates to a disease, and the tumour of "the tumour suppressor TET2" is said of no other gene.

Held against gold of training splits, of the pairs that these wordings call unrelated 12 of 380 in BC5CDR, 17 of 573 in
DrugProt and 54 of 1,571 gene pairs in BioRED are in gold all the same, and of 157 diseases that a drug is told to bring
about BioRED has it treat none. BioRED also relates what is measured to the patients' disease (36 of 88 chemicals and
diseases), which we don't.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import permutations, product
from typing import Final

from engine.schema import CHEMICAL, DISEASE, GENE, Span, TypePair, predicates_of
from engine.wording.language import ABBREVIATION, any_of, ids_in, list_of, mark_names
from engine.wording.slots import SLOTS, wordings

Pair = tuple[int, int]  # the numbers of head and tail
Unrelated = tuple[int, int, frozenset[str]]  # head, tail, the predicates that hold in no case

TREATED: Final = frozenset({"TREATS"})
HARMED: Final = frozenset({"INDUCES"})
CARED: Final = TREATED | HARMED
MOVED: Final = frozenset({"UPREGULATES", "DOWNREGULATES"})
CONSUMED: Final = frozenset({"SUBSTRATE_OF"})
RAISED: Final = frozenset({"ACTIVATES", "UPREGULATES", "AGONIST_OF"})
LOWERED: Final = frozenset({"INHIBITS", "DOWNREGULATES", "ANTAGONIST_OF"})
# What may hold between two types.
ALL: Final = {
    types: frozenset(predicates_of(*types))
    for types in ((CHEMICAL, DISEASE), (CHEMICAL, GENE), (GENE, GENE), (GENE, DISEASE))
}

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
# "headache response rates", "seizure-free": what a drug is given for.
_RELIEVED: Final = re.compile(r"<D(?P<relieved>\d+)>(?:-free|[ -](?:response rate|relief|control|remission)s?)\b", re.I)
_OFTEN_HARM: Final = re.compile(r"nausea|vomit|emesis|bleed|h(?:a)?emorrhag|dyskines|toxic", re.I)
# What a drug only tests for: "dobutamine stress echocardiography".
_PROBE: Final = re.compile(
    r"<C(?P<probe>\d+)> (?:stress |infusion |provocation )?(?:echocardiograph\w+|scintigraph\w+|renograph\w+|tests?\b"
    r"|testing\b|challenge|PET\b|provocation|breath test)",
    re.I,
)
_HELPED: Final = re.compile(r"\b(?:improv|reliev)", re.I)
# What a society or a trial is called after, and what an electrocardiogram shows.
_CALLED_AFTER: Final = re.compile(
    r"<D(?P<after>\d+)> (?-i:Study Group|Society|Foundation|Association|Study|Trial|Investigators)\b"
    r"|\bST(?: |-)(?:segment )?<D(?P<wave>\d+)>"
)
# "to treat the reduction of blood pressure" is no treatment.
_REDUCTION: Final = re.compile(r"\b(?:reduction|lowering)s?\b", re.I)
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

# What a drug was given for is none of its harms.
_CURED: Final = wordings(
    "TAIL ~6 successfully (?:treated|managed) (?:with|by|using) ~3 HEAD",
)
# What comes less often with it, or is what it is good for, unless it is withdrawn.
_UNHARMED: Final = wordings(
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
_WITHDRAWN: Final = re.compile(r"\b(?:withdraw|discontinu|stop|cessation|reduc)", re.I)
_HEADS: Final = SLOTS["HEAD"]
# A gene within the name of a class of drugs, as ACE in "ACE inhibitor".
_CLASS: Final = rf"(?P<class>{list_of('G', r'(?: and | or |/)')})(?:-specific|-selective)?[ -]{SLOTS['MODULATORS']}\b"
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
_RATED: Final = re.compile(
    r"\b(?:more|most|less|better) (?:[\w-]+ ){0,3}\Z", re.I
)  # "a more potent ACE inhibitor than"
_OF_CLASS: Final = re.compile(
    rf"(?P<class>{list_of('G', r'(?: and | or | and/or |/)')})(?:-specific|-selective)?[ -]"
    rf"{SLOTS['MODULATORS']}\b",
    re.I,
)
# "the tumour suppressor TET2 is a substrate of AMPK"
_SUPPRESSOR: Final = re.compile(
    rf"<D(?P<suppressed>\d+)>[ -]suppress(?:or|ive)s?(?: (?:genes?|proteins?))?,? (?P<suppressors>{list_of('G')})", re.I
)
_KIN: Final = re.compile(
    rf"<C\d+>, (?:an?|the) (?:[\w-]+ ){{0,3}}(?:metabolite|derivative|analog(?:ue)?|enantiomer|isomer) of {_HEADS}, "
    r"(?:is|was)\b",
    re.I,
)
_PART_OF_NAME: Final = re.compile(
    r"<C(?P<chemical>\d+)> (?:channels?|kinases?|fingers?|receptors?|synthases?|synthetase|dehydrogenases?"
    r"|transporters?|oxidases?|reductases?|phosphatases?|pumps?|hydroxylases?|transferases?|antagonists?|blockers?|inhibitors?"
    r"|complex(?:es)?|(?:compounds?|analog(?:ue)?s?|derivatives?)(?=,? \(?<C))\b",
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
# A class by which a drug is called ("of the dihydropyridine class", "X, a naturally occurring vitamin,"), or its salt.
_CALLED: Final = re.compile(
    r"\bof the <C(?P<class>\d+)> (?:class|family|type|series)\b"
    r"|<C\d+>, an? (?:(?!(?:of|to|for|with|from|in|and|or|plus)\b)[\w-]+ ){0,5}<C(?P<kind>\d+)>"
    r"(?=[,)]|--|\Z)(?!, (?:and|or|both)\b)"
    r"|\bhydrochloride \(<C(?P<salt>\d+)>\)|\bplacebo \(<C(?P<sham>\d+)>\)",
    re.I,
)
# What no longer helps, or tells germs apart: "methicillin-resistant infection", "cisplatin-refractory cancer".
# What is not borne does harm.
_RESISTED: Final = re.compile(
    r"<C(?P<resisted>\d+)>[- ](?:resistant|refractory|unresponsive|insensitive|intolerant|susceptible)\b",
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
# What some of those who are treated have and others don't, and what comes when a drug is withdrawn.
_EITHER_WAY: Final = re.compile(
    r"\b(?:with (?:or|and|and/or) without (?:(?!(?:for|in|of|to|as|on|after|with)\b)[\w-]+ ){0,2}?"
    r"|(?:causes?|such as|of|no|without) rebound )(?P<either><D\d+>)|\bnon-?(?P<non><D\d+>)",
    re.I,
)
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
_LISTED_GENES: Final = re.compile(
    rf"(?P<list><G\d+>{ABBREVIATION}"
    rf"(?:(?:, (?:and |or )?| and | or | and/or | versus | vs\.? | over | than )<G\d+>{ABBREVIATION}){{1,4}})",
    re.I,
)
_CONTRASTED_GENES: Final = re.compile(
    rf"(?P<list><G\d+>{ABBREVIATION},? (?:but (?:spares?|not)|rather than|relative to) <G\d+>)", re.I
)
_KIND: Final = re.compile(
    r"<G(?P<gene>\d+)>(?:\+|[- ](?:positive|negative)) (?:[\w-]+ ){0,2}?(?:patients|tumou?rs?|cancers?|cells?|<D\d+>)",
    re.I,
)
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
        rf"(?<!-)<G(?P<gene>\d+)>{ABBREVIATION}[ -](?:m?RNA |gene |protein |expression )?{how} (?:by|with) {_HEADS}",
        re.I,
    )
    for sign, how in (
        (LOWERED, r"(?:up-?regulation|induction|activation|stimulation)"),
        (RAISED, r"(?:down-?regulation|inhibition|suppression|blockade|antagonism)"),
    )
}
_TURNED: Final = re.compile(
    r"\b(?:inhibit|suppress|block|prevent|attenuat|abolish|abrogat|revers(?!ibl)|reduc|decreas|diminish|impair|antagoni"
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
# What falls where a gene is lost, that gene doesn't lower: "RSK2 knockdown reduced IFNG", "less IFNG in RSK2 KO mice".
_LOSS: Final = (
    r"(?:knock-?downs?|knock-?outs?|KO|silencing|depletion|deletion|inactivation|ablation|si-?RNAs?|sh-?RNAs?)"
)
_OF_LOSS: Final = {
    "LOSS": rf"(?:{_LOSS}|loss)",
    "LOST": rf"<G(?P<lost>\d+)>{ABBREVIATION}",
    "LACKING": rf"<G(?P<lost>\d+)>[ -](?:{_LOSS}|deficien\w+|null|depleted)",
    "MOVED": r"<G(?P<moved>\d+)>",
}
_MOVES: Final = {
    "DOWNREGULATES": any_of(
        r"reduc\w+ decreas\w+ lower\w* suppress\w+ diminish\w+ attenuat\w+ abolish\w+ impair\w+ abrogat\w+",
        r"down-?regulat\w+ inhibit\w+",
    ),
    "UPREGULATES": any_of(r"increas\w+ enhanc\w+ elevat\w+ rais\w+ up-?regulat\w+ induc\w+"),
}
# "reduced the degradation of", "induction of ... was reduced in", "but not in"
_UNDONE: Final = re.compile(
    r"(?<!and )(?<!or )\b(?:degrad|ubiquitin|repress|suppress|inhibit|reduc|decreas|lower|diminish|attenuat|abolish"
    r"|impair|abrogat|block|prevent|turnover|loss\b|not\b)",
    re.I,
)
_LOST: Final = {
    predicate: wordings(
        "LOSS of ~2 LOST ~6 MOVE ~6 MOVED",
        "LACKING ~6 MOVE ~6 MOVED",
        "MOVE ~6 MOVED ~4 in ~2 LACKING",
        MOVE=f"(?P<move>{move})",
        **_OF_LOSS,
    )
    for predicate, move in _MOVES.items()
}
_JOINED: Final = re.compile(
    r"interact|bind|bound|complex|associat|phosphorylat|regulat|dimer|activat|inhibit|cooperat|between|co-?immuno"
    r"|recruit|target|depend|fus|cleav|signal|pathway|co-?express|synerg|axis",
    re.I,
)
_REACH: Final = 60


def read_bystanders(text: str, names: Sequence[str]) -> set[Pair]:
    """The chemicals and diseases of which a sentence says neither treatment nor harm.

    `text`: a sentence with its names marked (`language.mark_names`). `names`: the texts of the document's mentions.
    """
    found = {pair for match in _matches(_UNUSED, text) for pair in pairs_in(match)}
    for match in _matches((*_BESIDE_TREATED, *_WHILE_ILL), text):
        found.update(pairs_in(match, "beside"))
    chemicals = [number for number in ids_in(text, CHEMICAL) if not _AGAINST_SUGAR.search(names[number])]
    for match in _PATIENTS_WITH.finditer(text):
        found.update(product(chemicals, _other_diseases(match, names)))
    return found


def _other_diseases(match: re.Match[str], names: Sequence[str]) -> Iterator[int]:
    """Of the diseases that say who the patients are, those that they have besides the one that is treated."""
    first = int(match["first"])
    others = [number for part in ("next", "others") for number in ids_in(match[part] or "", DISEASE)]
    if _TREATED_FIRST.search(names[first]) and not _DIABETIC.search(names[first]):
        yield from others
    elif _DIABETIC.search(names[first]) and not _OF_SUGAR.search(match.string):
        yield first


def read_unrelated(text: str, names: Sequence[str], types: Collection[TypePair] = ALL) -> Iterator[Unrelated]:
    """The other pairs that a marked sentence doesn't relate, as far as they are of these types."""
    if (CHEMICAL, GENE) in types:
        yield from ((drug, gene, ALL[CHEMICAL, GENE]) for drug, gene in _not_acting(text, names))
        genes = ids_in(text, GENE)
        for match in _DONE_BY.finditer(text):
            done_by = next(int(number) for number in match.groups() if number)
            yield from ((drug, done_by, MOVED) for drug in ids_in(text, CHEMICAL))
        for sign, pattern in _NOT_SIGNED.items():
            for match in pattern.finditer(text):
                if not _is_turned(text, match):
                    yield from ((drug, int(match["gene"]), sign) for drug in _in(match, "heads", CHEMICAL))
        for gene, drugs, sign in _undone(text):
            yield from ((drug, gene, sign) for drug in drugs)
        for match in _SPARED.finditer(text):
            yield int(match["sparing"]), int(match["spared"]), LOWERED
        for match in _MADE.finditer(text):
            made = _in(match, "made", CHEMICAL) + _in(match, "rich", CHEMICAL)
            yield from ((product_, gene, CONSUMED) for product_, gene in product(made, genes))
    if (GENE, DISEASE) in types:
        acted_on = {gene for match in _OF_CLASS.finditer(text) for gene in _in(match, "class", GENE)}
        yield from ((g, disease, ALL[GENE, DISEASE]) for g, disease in product(acted_on, ids_in(text, DISEASE)))
        for match in _SUPPRESSOR.finditer(text):
            others = set(ids_in(text, GENE)).difference(_in(match, "suppressors", GENE))
            yield from ((gene, int(match["suppressed"]), ALL[GENE, DISEASE]) for gene in sorted(others))
        for match in _DONE_BY.finditer(text):
            if match["counted"] or (match["gene"] and names[int(match["gene"])].lower() == "insulin"):
                measured = int(match["counted"] or match["gene"])
                yield from ((measured, disease, ALL[GENE, DISEASE]) for disease in ids_in(text, DISEASE))
    if (CHEMICAL, DISEASE) in types:
        yield from _not_given(text, names)
    if (GENE, GENE) in types:
        yield from ((first, second, ALL[GENE, GENE]) for first, second in _apart(text, ids_in(text, GENE)))
        for predicate, patterns in _LOST.items():
            for match in _matches(patterns, text):
                if not _UNDONE.search(text, match.end("move"), match.end()):
                    yield int(match["lost"]), int(match["moved"]), frozenset({predicate})


def _undone(text: str) -> Iterator[tuple[int, list[int], frozenset[str]]]:
    """Genes, drugs, and what these don't do to them: not the opposite of what they cause, nor what they undo."""
    for match in _UNDOES.finditer(text):
        same, opposite = (LOWERED, RAISED) if match["fall"] else (RAISED, LOWERED)
        gene, causes, agents = int(match["gene"]), _in(match, "cause", CHEMICAL), _in(match, "by", CHEMICAL)
        yield gene, causes if match["undone"] or _is_turned(text, match) else causes + agents, opposite
        subject = _SUBJECT.search(text, 0, match.start()) if match["undone"] else None
        if subject is not None:
            yield gene, [drug for drug in _in(subject, "heads", CHEMICAL) if drug not in causes], same


def _is_turned(text: str, change: re.Match[str]) -> bool:
    """Whether the words before a change say that it is undone."""
    return _TURNED.search(text, max(0, change.start() - _REACH), change.start()) is not None


def _not_acting(text: str, names: Sequence[str]) -> Iterator[Pair]:
    """Chemicals beside the name of a class that they are not of, with the gene in that name."""
    for match in _matches(_DRUG_AND_CLASS, text):
        of_it = _NEXT_DRUG.match(text, match.end())  # "captopril with the ACE inhibitor captopril"
        itself = names[int(of_it[1])].lower() if of_it and match.end("class") > match.end("heads") else None
        if not _OTHERS.search(match[0]) and not _RATED.search(text, 0, match.start("class")):
            drugs = (drug for drug in _in(match, "heads", CHEMICAL) if names[drug].lower() != itself)
            yield from product(drugs, _in(match, "class", GENE))
    owners: dict[int, set[str]] = {}
    for match in _matches(_OWNED, text):
        for gene in _in(match, "class", GENE):
            owners.setdefault(gene, set()).update(names[own].lower() for own in _in(match, "own", CHEMICAL))
    apart = {names[own].lower() for match in _OF_ANOTHER.finditer(text) for own in _in(match, "own", CHEMICAL)}
    for gene, owned in owners.items():
        of_others = apart.union(*(known for g, known in owners.items() if names[g].lower() != names[gene].lower()))
        yield from ((drug, gene) for drug in ids_in(text, CHEMICAL) if names[drug].lower() in of_others - owned)
    for match in _KIN.finditer(text):
        yield from product(_in(match, "heads", CHEMICAL), ids_in(text, GENE))


def _not_given(text: str, names: Sequence[str]) -> Iterator[Unrelated]:
    """Chemicals that are part of another name, that are measured, that are no drugs here or no longer help.

    Diseases that tell how little harm a drug does, so that it isn't given for them, or that it healed and didn't bring.
    """
    diseases = ids_in(text, DISEASE)
    for match in _PART_OF_NAME.finditer(text):
        yield from ((int(match["chemical"]), disease, ALL[CHEMICAL, DISEASE]) for disease in diseases)
    for match in _CALLED.finditer(text):
        called = int(match["class"] or match["kind"] or match["salt"] or match["sham"])
        if not match["salt"] or names[called].lower() == "hcl":
            yield from ((called, disease, ALL[CHEMICAL, DISEASE]) for disease in diseases)
    for match in _EITHER_WAY.finditer(text):
        for disease in _in(match, "either", DISEASE) + _in(match, "non", DISEASE):
            yield from ((chemical, disease, TREATED) for chemical in ids_in(text, CHEMICAL))
    for match in _LEVELS.finditer(text):
        yield from ((int(match["measured"] or match["level"]), disease, CARED) for disease in diseases)
    for match in _PROBE.finditer(text):
        if not _HELPED.search(text):
            yield from ((int(match["probe"]), disease, TREATED) for disease in diseases)
    for match in _CALLED_AFTER.finditer(text):
        called_after = int(match["after"] or match["wave"])
        yield from ((chemical, called_after, ALL[CHEMICAL, DISEASE]) for chemical in ids_in(text, CHEMICAL))
    for match in _RELIEVED.finditer(text):
        if not _OFTEN_HARM.search(names[int(match["relieved"])]):
            yield from ((chemical, int(match["relieved"]), HARMED) for chemical in ids_in(text, CHEMICAL))
    for disease in diseases:
        if _REDUCTION.search(names[disease]):
            yield from ((chemical, disease, TREATED) for chemical in ids_in(text, CHEMICAL))
    for match in _TAKEN.finditer(text):
        yield from ((int(match["taken"] or match["abused"]), disease, TREATED) for disease in diseases)
    for match in _RESISTED.finditer(text):
        borne = TREATED if match[0].lower().endswith("intolerant") else CARED
        yield from ((int(match["resisted"]), disease, borne) for disease in diseases)
    for match in _HARMLESS.finditer(text):
        if _HARM.search(names[int(match["little"])]):
            yield from ((chemical, int(match["little"]), TREATED) for chemical in ids_in(text, CHEMICAL))
    for match in _STUNTED.finditer(text):
        yield from ((chemical, int(match["stunted"]), HARMED) for chemical in ids_in(text, CHEMICAL))
    for match in _matches(_CURED, text):
        if not _WITHDRAWN.search(match[0]):
            yield from ((*pair, HARMED) for pair in pairs_in(match))
    for match in _matches(_UNHARMED, text):
        if not _STOPPED.search(text, max(0, match.start() - _REACH), match.end()):
            yield from ((*pair, HARMED) for pair in pairs_in(match))
    for match in _matches(_UNRELIEVED, text):
        yield from ((*pair, TREATED) for pair in pairs_in(match))
    for match in _matches(_WITHIN, text):
        if not any(_SYMPTOM.search(names[number]) for number in _in(match, "tails", DISEASE)):
            yield from ((*pair, TREATED) for pair in pairs_in(match, "beside"))


def _other_way(text: str) -> Iterator[Unrelated]:
    """What a drug lessens it doesn't induce, and what it brings about it doesn't treat."""
    for match in _LESSENED.finditer(text):
        yield int(match["lessens"]), int(match["lessened"]), HARMED
    for match in _BROUGHT.finditer(text):
        yield int(match["brings"]), int(match["brought"]), TREATED


def _apart(text: str, genes: Sequence[int]) -> Iterator[Pair]:
    """Genes that stand in one list, in a contrast, or for the kind of cells, each with the others."""
    for match in _LISTED_GENES.finditer(text):
        around = text[max(0, match.start() - _REACH) : match.end() + _REACH]
        if not _JOINED.search(around):
            yield from permutations(_in(match, "list", GENE), 2)
    for match in _CONTRASTED_GENES.finditer(text):
        yield from permutations(_in(match, "list", GENE), 2)
    for match in _KIND.finditer(text):
        kind = int(match["gene"])
        for gene in genes:
            if gene != kind:
                yield from ((gene, kind), (kind, gene))


def find_unrelated(
    text: str, mentions: Sequence[tuple[Span, str]], sentence: Span, types: Collection[TypePair]
) -> dict[Pair, frozenset[str]]:
    """The pairs of a document's mentions that one of its sentences doesn't relate, with what it says in no case.

    `mentions`: each with its type; `types`: of the pairs that are asked for.
    """
    marked = mark_names(text, mentions, sentence)
    names = [text[span.start : span.end] for span, _ in mentions]
    found: dict[Pair, frozenset[str]] = {}
    told = list(read_unrelated(marked, names, types))
    if (CHEMICAL, DISEASE) in types:
        told += [(head, tail, CARED) for head, tail in read_bystanders(marked, names)]
        told += _other_way(marked)
    for head, tail, predicates in told:
        found[head, tail] = found.get((head, tail), frozenset()) | predicates
    return found


def _matches(patterns: Iterable[re.Pattern[str]], text: str) -> Iterator[re.Match[str]]:
    return (match for pattern in patterns for match in pattern.finditer(text))


def pairs_in(match: re.Match[str], tails: str = "tails") -> Iterable[Pair]:
    """Each chemical of a match with each disease of its group `tails`."""
    return product(_in(match, "heads", CHEMICAL), _in(match, tails, DISEASE))


def _in(match: re.Match[str], group: str, type: str) -> list[int]:
    return ids_in(match[group] or "", type)
