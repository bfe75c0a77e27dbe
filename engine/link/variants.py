"""Other ways to write a mention, surest first: what a linker may look up when the mention itself is no known name.

Knows nothing of the lexicon. Trade-off: closed lists of what may be taken off (a plural, a bracket, "gene",
"severe"), each safe alone; word order and spelling distance are left to candidates by n-gram.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.link.normalise import american, ate_to_acid, greek_for_letter, letter_for_greek, name_key, singular
from engine.link.salts import base_of_salt
from engine.link.words import ORGANS

_WORD_BREAK = re.compile(r"[\s-]+")
_DENIED = re.compile(r"(?:^|[\s-])non\Z", re.IGNORECASE)
_LIST = re.compile(r",|/|\b(?:and|or)\b")
_PHRASE = re.compile(r"\s(?:in|by|from|due|after|following|during|on|at|associated|caused)\s")
_BRACKET = re.compile(r"\s*[(\[][^()\[\]]*[)\]]\s*")
# Heads of names that say nothing without the place or the cause before them.
_SAYS_NO_MORE = re.compile(
    r"(?:toxicit(?:y|ies)|infections?|pains?|tumou?rs?|neoplas(?:ms?|ia)|cancers?|carcinomas?|adenocarcinomas?|adenomas?|sarcomas?"
    r"|(?:tumou?ri|carcino)genesis|diseases?|syndromes?|disorders?|conditions?|injur(?:y|ies)|damages?|lesions?|inflammation"
    r"|hyperactivity|necrosis|infarct(?:ion)?s?|hypertroph(?:y|ic)|ruptures?|ulcers?|ulcerations?|aneurysms?|hyperplasia"
    r"|symptoms?|complications?|deficits?|impairments?|dysfunctions?|abnormalit(?:y|ies)|defects?|anomal(?:y|ies)"
    r"|malformations?|failures?|insufficiency|deficienc(?:y|ies)|dyskinesias?|neuropath(?:y|ies)|occlusions?|stenosis|thrombosis"
    r"|bleeding|ha?emorrhages?|metastas[ie]s|atrophy|degeneration|fibrosis|obstruction|cysts?|polyps?|masses|mass|spasms?"
    r"|oedema|edema|abscess(?:es)?|perforations?|fractures?|dilatation|loss|weakness|reactions?|attacks?|episodes?)\Z",
    re.IGNORECASE,
)
# Last words that are another thing after these: no mood, and no person's death.
_OTHER_SENSE = re.compile(
    r"(?:segment|marrow|respiratory|ventilatory|cns|system|spreading|cortical|cardiac|myocardial|immune|synaptic|term)"
    r"[ -]depressions?\Z|(?:cells?|cellular|neuron|neuronal|neural|apoptotic|excitotoxic|programmed)[ -]deaths?\Z",
    re.IGNORECASE,
)
_RECEPTOR = re.compile(r"(\S{2,8})[ -]+receptors?\Z", re.IGNORECASE)
# A species letter before a symbol, a splice form or an isoform behind it: "hGRalpha", "FLNBv4", "NRG-1 beta", "OCT4A".
_ISOFORM = re.compile(
    r"h?((?:(?<=h)|(?<!h))[A-Z][A-Za-z]*-?[0-9A-Z]+?)(?: ?(?:alpha|beta|gamma|delta)|v[0-9]+|(?<=[0-9])[A-D])?\Z"
)
_GENE_HEAD = re.compile(
    r"^(?:(?:human|mouse|murine|rat|recombinant|endogenous|wild[- ]type|wt|mutant|mutated|total|plasma|serum|soluble"
    r"|anti|phospho(?:rylated)?|phosphorylated|activated|active|intracellular|cellular|circulating|the|rh|rec)[ -]+)+",
    re.IGNORECASE,
)
_GENE_TAIL = re.compile(
    r"(?:[ -]+(?:genes?|proteins?|mRNAs?|promoter|cDNA|transcripts?|oncogene|proto-oncogene|polypeptide|isoforms?"
    r"|alleles?|enzymes?|antigen|loc(?:us|i)))+$",
    re.IGNORECASE,
)
_DISEASE_HEAD = re.compile(
    r"^(?:(?:severe|mild|moderate|advanced|recurrent|sporadic|progressive|symptomatic|isolated|idiopathic|new[- ]onset"
    r"|early[- ]onset|late[- ]onset|patients with|presence of|history of|the|acute onset|refractory|persistent"
    r"|transient|inherited|hereditary|human|primary|clinical|overt|fatal|unilateral|bilateral|classical|classic|typical)"
    r"[ -]+)+",
    re.IGNORECASE,
)
_DISEASE_TAIL = re.compile(
    r"(?:[ -]+(?:patients?|symptoms?|episodes?|attacks?|lesions?|cases?|phenotypes?))+$", re.IGNORECASE
)
_ADJECTIVES = (
    ("-deficient", " deficiency"),
    (" deficient", " deficiency"),
    ("hypertensives", "hypertension"),
    ("tensive", "tension"),
    ("toxic", "toxicity"),
    ("penic", "penia"),
    ("emic", "emia"),
    ("uric", "uria"),
    ("oxic", "oxia"),
    ("algic", "algia"),
    ("plegic", "plegia"),
    ("rrhythmic", "rrhythmia"),
    ("trophic", "trophy"),
    ("pathic", "pathy"),
    ("kinetic", "kinesia"),
    ("embolic", "embolism"),
    ("aneurysmal", "aneurysm"),
    ("edematous", "edema"),
    ("inflammatory", "inflammation"),
    ("obese", "obesity"),
    ("epileptic", "epilepsy"),
    ("diabetic", "diabetes"),
    ("diabetics", "diabetes"),
    ("schizophrenic", "schizophrenia"),
    ("convulsive", "convulsions"),
    ("parkinsonian", "parkinsonism"),
    ("ischaemic", "ischemia"),
    ("asthmatic", "asthma"),
    ("depressive", "depression"),
    ("metastatic", "metastasis"),
    ("autistic", "autism"),
    ("alcoholic", "alcoholism"),
    ("cancerous", "cancer"),
    ("painful", "pain"),
    ("allergic", "allergy"),
    ("dyskinetic", "dyskinesia"),
    ("rotic", "rosis"),
    ("otic", "osis"),
    ("ritic", "ritis"),
)
_CHEMICAL_TAIL = re.compile(
    r"(?:[ -]+(?:hydrochloride|HCl|tablets?|therapy|treatment|ions?|injections?|monotherapy|solution|levels?|molecules?"
    r"|compounds?|acids|residues?))+$",
    re.IGNORECASE,
)
_FORMULATION = re.compile(r"[ -](?:(?:SR|CR|XL|ER|XR|LA|MR|GITS)/?)+\Z")  # how a tablet releases it: "verapamil SR"
# What a drug does to its target, in the words that pharmacologists use for one another: MeSH lists one or two of them.
_DRUG_CLASS = re.compile(
    r"[ -](?:(?:inhibitor|antagonist|blocker)s?|(?:inhibiting|blocking|antagonist) (?:agent|drug)s?)\Z", re.IGNORECASE
)
_CHEMICAL_HEAD = re.compile(
    r"^(?:(?:oral|intravenous|i\.v\.|topical|inhaled|free|total|serum|plasma|exogenous|endogenous|extracellular"
    r"|intracellular|the|high-dose|low-dose|liposomal|pegylated|radiolabell?ed|\[?3H\]?|racemic)[ -]+)+",
    re.IGNORECASE,
)


def variants(name: str, type: str) -> Iterator[tuple[str, str, str]]:
    """Ways to look a mention up: (kind, text, key), surest first, each key once.

    Kinds: `exact`, `form` (plural, spelling, Greek letter), `bracket` (its bracket off), `stripped` (a word off).
    """
    seen: set[str] = set()
    for kind, text in _texts(name, type):
        base = name_key(text)
        for step, key in enumerate(_keys(text, base, type)):
            if key and key not in seen:
                seen.add(key)
                yield (kind if step == 0 or kind != "exact" else "form"), text, key


def heads(name: str) -> Iterator[str]:
    """A disease's name without its leading words, longest first: "allergic rhinitis" of "spring allergic rhinitis".

    A single last word counts only if it tells a disease by itself: "myalgia", but not "toxicity". "in", "by" or "after"
    end the name ("cysts in the kidney"), and a list stays whole. Nothing is cut between "non" and what it denies, nor
    before a last word that is another thing there ("ST segment depression").
    """
    name = _PHRASE.split(name, maxsplit=1)[0]
    if _OTHER_SENSE.search(name):
        return
    listed = _LIST.search(name) is not None
    for cut in _WORD_BREAK.finditer(name):
        head = name[cut.end() :]
        if listed and not _LIST.search(head):
            return
        if _DENIED.search(name[: cut.start()]):
            continue
        last = not _WORD_BREAK.search(head)
        caused = name[: cut.start()].endswith("-induced")
        if len(head) > 3 and not (last and (head.lower() in ORGANS or (_SAYS_NO_MORE.match(head) and not caused))):
            yield head


def _texts(name: str, type: str) -> Iterator[tuple[str, str]]:
    yield "exact", name
    plain = _BRACKET.sub(" ", name).replace(" -", "-").strip()
    if plain and plain != name and len(plain) > 3:
        yield "bracket", plain
    for stripped in _stripped(plain or name, type):
        if len(stripped) > 1 and stripped != name:
            yield "stripped", stripped


def _stripped(name: str, type: str) -> Iterator[str]:
    if type == "Gene":
        tail = _GENE_TAIL.sub("", name)
        yield tail
        if receptor := _RECEPTOR.match(name):
            yield receptor.group(1) + "R"
        if plain := _ISOFORM.match(name):
            yield plain.group(1)
        yield _GENE_HEAD.sub("", name)
        yield _GENE_HEAD.sub("", tail)
    elif type == "Disease":
        tail = _DISEASE_TAIL.sub("", name)
        yield tail
        yield _DISEASE_HEAD.sub("", tail)
        for ending, noun in _ADJECTIVES:
            if tail.lower().endswith(ending):
                yield tail[: len(tail) - len(ending)] + noun
                return
    else:
        if _DRUG_CLASS.search(name):
            yield from (_DRUG_CLASS.sub(head, name) for head in (" inhibitors", " antagonists", " blockers"))
        base = base_of_salt(name)
        if base is not None:
            yield base
        tail = _CHEMICAL_TAIL.sub("", _FORMULATION.sub("", name))
        yield tail
        yield _CHEMICAL_HEAD.sub("", tail)


def _keys(text: str, key: str, type: str) -> Iterator[str]:
    yield key
    if type == "Chemical" and (acid := ate_to_acid(key)) is not None:
        yield acid
    one = singular(key)
    if one is not None:
        yield one
    plain = american(key)
    if plain is not None:
        yield plain
        if (one := singular(plain)) is not None:
            yield one
    if type == "Gene":
        yield from (k for k in (greek_for_letter(text), letter_for_greek(key)) if k is not None)
    elif len(key) > 4 and not key.endswith("s"):
        yield key + "s"
