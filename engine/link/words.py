"""A disease's name as its set of words: order, number, spelling and an organ's adjective don't tell names apart.

"cancer of the kidney", "renal cancers" and "kidney cancer" have one key. Knows nothing of the lexicon. Trade-off:
closed lists, as no stemmer may merge what medicine tells apart ("hypertension" and "hypotension", "gastric" and
"gastritis").
"""

from __future__ import annotations

import re
import zlib
from typing import Final

from engine.link.normalise import american, fold, singular

_SPLIT = re.compile(r"[^a-z0-9+]+")
_POSSESSIVE = re.compile(r"['’`´]s\b", re.IGNORECASE)
_ARTICLE = re.compile(r"(?:\A|\s)a\s")  # but the letter in "vitamin A"
_IDLE: Final = frozenset(("an", "and", "by", "due", "for", "from", "in", "of", "on", "or", "the", "to", "type", "with"))
_ORGANS: Final = {
    "renal": "kidney",
    "nephric": "kidney",
    "hepatic": "liver",
    "cardiac": "heart",
    "myocardial": "myocardium",
    "pulmonary": "lung",
    "cerebral": "brain",
    "encephalic": "brain",
    "gastric": "stomach",
    "cutaneous": "skin",
    "dermal": "skin",
    "ocular": "eye",
    "ophthalmic": "eye",
    "mammary": "breast",
    "ovarian": "ovary",
    "uterine": "uterus",
    "cervical": "cervix",
    "pancreatic": "pancreas",
    "prostatic": "prostate",
    "colonic": "colon",
    "rectal": "rectum",
    "intestinal": "intestine",
    "esophageal": "esophagus",
    "laryngeal": "larynx",
    "splenic": "spleen",
    "thymic": "thymus",
    "testicular": "testis",
    "muscular": "muscle",
    "neural": "nerve",
    "nervous": "nerve",
    "neuronal": "nerve",
    "arterial": "artery",
    "venous": "vein",
    "valvular": "valve",
    "hematologic": "blood",
    "hematological": "blood",
    "osseous": "bone",
    "dental": "tooth",
    "retinal": "retina",
    "corneal": "cornea",
    "vascular": "vessel",
    "urinary": "urine",
    "vesical": "bladder",
    "adrenal": "adrenal",
}
_SAME: Final = {
    "tumor": "neoplasm",
    "familial": "hereditary",
    "inherited": "hereditary",
    "haemorrhage": "bleeding",
    "hemorrhage": "bleeding",
    "hemorrhagic": "bleeding",
    "deficiency": "deficit",
    "beta": "beta",
    "b": "beta",
    "neurological": "neurologic",
    "psychological": "psychologic",
    "metastatic": "metastasis",
    "children": "child",
    "women": "woman",
    "ii": "2",
    "iii": "3",
    "iv": "4",
    "i": "1",
    "dysfunctional": "dysfunction",
    "disorder": "disease",
    "illness": "disease",
    "abnormality": "anomaly",
    "malformation": "anomaly",
    "defect": "anomaly",
    "ischaemic": "ischemia",
    "ischemic": "ischemia",
    "hypertrophic": "hypertrophy",
    "lesion": "injury",
    "damage": "injury",
    "disturbance": "dysfunction",
}
# What an organ's plain disease is called in papers: "renal toxicity" is no more than "Kidney Diseases" to an indexer.
_PLAIN: Final = {
    **dict.fromkeys(("toxicity", "injury", "dysfunction", "complication", "deficit", "involvement"), "disease"),
    "impairment": "insufficiency",
    "function": "insufficiency",
}
_BEFORE_PLAIN: Final = frozenset({"tissue", "acute", "drug", "induced"})
_LESS: Final = frozenset(
    {"decreased", "reduced", "impaired", "decline", "loss", "failure", "reduction", "deterioration"}
)


def words_key(name: str) -> str:
    """The name's words, each in one form, sorted; empty for a name of fewer than two telling words."""
    return join_words(words_of_name(name))


def join_words(words: frozenset[str]) -> str:
    """The key of a set of words; empty for fewer than two."""
    return " ".join(sorted(words)) if len(words) > 1 else ""


def words_of_name(name: str) -> frozenset[str]:
    """The name's telling words, each in one form: letters a to z, digits and plus signs."""
    plain = _ARTICLE.sub(" ", _POSSESSIVE.sub("", fold(name)))
    return frozenset(_form(w) for w in _SPLIT.split(plain.lower()) if w and w not in _IDLE)


def plain_key(name: str) -> str:
    """The key of "ORGAN disease" for an organ's damage or toxicity, of "ORGAN insufficiency" for less function."""
    words = words_of_name(name)
    said = words & _PLAIN.keys()
    organ = words - said - _BEFORE_PLAIN - _LESS
    if len(said) != 1 or len(organ) != 1 or not organ <= ORGANS or ("function" in said) != bool(words & _LESS):
        return ""
    return " ".join(sorted({*organ, *(_PLAIN[word] for word in said)}))


def words_hash(key: str) -> int:
    """Thirty-two bits of a key, for a sorted array of numbers."""
    return zlib.crc32(key.encode())


ORGANS: Final = frozenset(_ORGANS.values()) | {"cardiovascular", "epididymis", "thyroid", "cerebellum", "joint"}


def is_organ(word: str) -> bool:
    """Whether a word is an organ's, or its adjective."""
    return _form(word.lower()) in ORGANS


def _form(word: str) -> str:
    word = american(word) or word
    word = _SAME.get(word, word)
    word = singular(word) or word
    word = _ORGANS.get(word, word)
    return _SAME.get(word, word)
