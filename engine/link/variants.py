"""Other ways to write a mention, surest first: what a linker may look up when the mention itself is no known name.

Knows nothing of the lexicon. Trade-off: closed lists of what may be taken off (a plural, a bracket, "gene",
"severe"), each safe alone; word order and spelling distance are left to candidates by n-gram.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.link.normalise import american, ate_to_acid, greek_for_letter, letter_for_greek, name_key, singular
from engine.link.salts import base_of_salt

_BRACKET = re.compile(r"\s*[(\[][^()\[\]]*[)\]]\s*")
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
    ("tensive", "tension"),
    ("toxic", "toxicity"),
    ("emic", "emia"),
    ("inflammatory", "inflammation"),
    ("obese", "obesity"),
    ("epileptic", "epilepsy"),
    ("diabetic", "diabetes"),
    ("diabetics", "diabetes"),
    ("schizophrenic", "schizophrenia"),
    ("convulsive", "convulsions"),
    ("parkinsonian", "parkinsonism"),
    ("cirrhotic", "cirrhosis"),
    ("dyskinetic", "dyskinesia"),
    ("ischaemic", "ischemia"),
    ("asthmatic", "asthma"),
    ("psychotic", "psychosis"),
    ("depressive", "depression"),
    ("metastatic", "metastasis"),
    ("thrombotic", "thrombosis"),
    ("cancerous", "cancer"),
    ("arthritic", "arthritis"),
    ("hypertensives", "hypertension"),
    ("fibrotic", "fibrosis"),
    ("necrotic", "necrosis"),
    ("autistic", "autism"),
    ("alcoholic", "alcoholism"),
)
_CHEMICAL_TAIL = re.compile(
    r"(?:[ -]+(?:hydrochloride|HCl|tablets?|therapy|treatment|ions?|injections?|monotherapy|solution|levels?|molecules?"
    r"|compounds?|acids|residues?))+$",
    re.IGNORECASE,
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


def _texts(name: str, type: str) -> Iterator[tuple[str, str]]:
    yield "exact", name
    plain = _BRACKET.sub(" ", name).strip()
    if plain and plain != name and len(plain) > 3:
        yield "bracket", plain
    for stripped in _stripped(plain or name, type):
        if len(stripped) > 1 and stripped != name:
            yield "stripped", stripped


def _stripped(name: str, type: str) -> Iterator[str]:
    if type == "Gene":
        tail = _GENE_TAIL.sub("", name)
        yield tail
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
        base = base_of_salt(name)
        if base is not None:
            yield base
        tail = _CHEMICAL_TAIL.sub("", name)
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
