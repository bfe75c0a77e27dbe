"""Names to keys: what two spellings must share to be the same name, and how far letter case may differ.

`name_key` is the order in which the lexicon is sorted, so it is part of the file format: change it and raise
`NORMALISER`. It knows nothing of vocabularies. Trade-off: hyphens, spaces and brackets vanish, so "IL-6",
"IL 6" and "IL6" meet, and a rare pair like "co-op" and "coop" meets too; `case_fit` keeps "CAT" from "cat".
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from engine.link.english import ENGLISH_WORDS

NORMALISER: Final = 1

_GREEK: Final = {
    "α": "alpha",
    "ɑ": "alpha",  # the phonetic letter, which looks the same in print
    "β": "beta",
    "γ": "gamma",
    "δ": "delta",
    "∆": "delta",  # the sign for a change
    "ε": "epsilon",
    "ζ": "zeta",
    "η": "eta",
    "θ": "theta",
    "ι": "iota",
    "κ": "kappa",
    "λ": "lambda",
    "μ": "mu",
    "ν": "nu",
    "ξ": "xi",
    "π": "pi",
    "ρ": "rho",
    "σ": "sigma",
    "ς": "sigma",
    "τ": "tau",
    "υ": "upsilon",
    "φ": "phi",
    "ϕ": "phi",
    "χ": "chi",
    "ψ": "psi",
    "ω": "omega",
    "ß": "beta",  # typed for beta far more often than as a German letter
}
_GREEK_NAMES: Final = {
    "alpha": "a",
    "beta": "b",
    "gamma": "g",
    "delta": "d",
    "epsilon": "e",
    "zeta": "z",
    "eta": "h",
    "theta": "q",
    "kappa": "k",
    "lambda": "l",
}
_BRITISH: Final = (
    ("aemi", "emi"),
    ("haem", "hem"),
    ("tumour", "tumor"),
    ("oedem", "edem"),
    ("rrhoea", "rrhea"),
    ("oestr", "estr"),
    ("oesoph", "esoph"),
    ("paed", "ped"),
    ("faec", "fec"),
    ("caec", "cec"),
    ("orthopaed", "orthoped"),
    ("sulph", "sulf"),
    ("ischaem", "ischem"),
    ("leukaem", "leukem"),
    ("coeliac", "celiac"),
    ("foet", "fet"),
    ("fibre", "fiber"),
    ("aluminium", "aluminum"),
)

_PLAIN: Final = str.maketrans(dict.fromkeys("‐‑‒–−", "-") | dict.fromkeys("‘’ʼ´", "'"))
_GREEK_OF_LETTER: Final = {"a": "alpha", "b": "beta", "g": "gamma", "d": "delta", "k": "kappa"}
# A Greek letter's Latin one before a hyphen, or at the end after a hyphen, a digit or a capital.
_LATIN_FOR_GREEK = re.compile(
    r"(?:([abgdk])-)?([A-Za-z][A-Za-z0-9-]{2,}?)(?:(?:(?<=[0-9A-Z])|(?<=[a-zA-Z0-9])-)([abgdk]))?\Z"
)
_LATIN_WORD = re.compile(r"(?<![A-Za-z0-9-])([abgdk])(?=-[a-z]{3})")
_KEPT = re.compile(r"[^a-z0-9+~]+")
_BETWEEN_DIGITS = re.compile(r"(?<=[0-9])[^a-z0-9+]+(?=[0-9])")
_POSSESSIVE = re.compile(r"['’`´]s\b")
_LETTERS_DIGITS = re.compile(r"[^0-9A-Za-z]+")


def plain(text: str) -> str:
    """Text with typographers' hyphens, minus signs and apostrophes as a keyboard has them, a code point for each."""
    return text if text.isascii() else text.translate(_PLAIN)


def fold(text: str) -> str:
    """Text in ASCII where it can be: Greek letters by name, accents off, hyphens and apostrophes plain; case kept."""
    if text.isascii():
        return text
    out = []
    for char in unicodedata.normalize("NFKD", plain(text)):
        lowered = char.lower()
        if lowered in _GREEK:
            out.append(_GREEK[lowered])
        elif not unicodedata.combining(char):
            out.append(char)
    return "".join(out)


def name_key(name: str) -> str:
    """The key under which a name is sorted and found; empty for a name without letters and digits.

    Lower case, folded; possessives off; everything but letters, digits and `+` off, except that between two
    digits a `~` stays ("IL-1 2" is not "IL-12").
    """
    lowered = fold(name).lower()
    if "s" in lowered:
        lowered = _POSSESSIVE.sub("", lowered)
    lowered = _BETWEEN_DIGITS.sub("~", lowered)
    return _KEPT.sub("", lowered)


def singular(key: str) -> str | None:
    """The key of the singular, where a plain English plural ends it; else None."""
    if len(key) < 5 or (key.endswith(("ss", "us", "is", "as", "os")) and not key.endswith(("omas", "emias"))):
        return None
    if key.endswith("ies"):
        return key[:-3] + "y"
    return key[:-1] if key.endswith("s") else None


def american(key: str) -> str | None:
    """The key in American spelling, where it is written in British; else None."""
    out = key
    for british, plain in _BRITISH:
        if british in out:
            out = out.replace(british, plain)
    return out if out != key else None


def ate_to_acid(key: str) -> str | None:
    """The key of an acid for its anion ("glutamate": "glutamicacid"); else None."""
    return key[:-3] + "icacid" if key.endswith("ate") and len(key) > 6 else None


def greek_for_letter(name: str) -> str | None:
    """The key with a Greek letter's name for a Latin one ("b-catenin", "HIF-1a", "interferon-g", "PPARg"), or None."""
    match = _LATIN_FOR_GREEK.match(name)
    if match is None or not (match.group(1) or match.group(3)):
        spelt = _LATIN_WORD.sub(lambda letter: _GREEK_OF_LETTER[letter.group(1)], name)
        return name_key(spelt) if spelt != name else None
    first, stem, last = match.groups()
    return name_key((_GREEK_OF_LETTER[first] if first else "") + stem + (_GREEK_OF_LETTER[last] if last else ""))


def letter_for_greek(key: str) -> str | None:
    """The key with a trailing Greek letter's name as one Latin letter ("tnfalpha": "tnfa"); else None."""
    for name, letter in _GREEK_NAMES.items():
        stem, found, number = key.rpartition(name)
        if found and len(stem) >= 2 and (not number or number.isdigit()):
            return stem + letter + number
    return None


def bare(name: str) -> str:
    """Letters and digits of a folded name, case kept."""
    return _LETTERS_DIGITS.sub("", _POSSESSIVE.sub("", fold(name)))


IDENTICAL: Final = 0
SAME: Final = 1
NEAR: Final = 2


def case_fit(mention: str, surface: str, *, titled: bool = False) -> int | None:
    """How the letter case of a mention fits that of a vocabulary's name with the same (or nearly the same) key.

    `titled` says that the vocabulary writes ordinary words like titles ("Pain", "Lead").
    Returns: IDENTICAL, SAME, NEAR, or None where the two must not be taken for one name: an English word for a name in
    capitals ("impact" for IMPACT), or a word of up to four letters that the vocabulary spells otherwise.
    """
    written, listed = bare(mention), bare(surface)
    english = written.lower() in ENGLISH_WORDS
    if english and not titled and not written.isupper():
        return None  # "cat" is no gene, though the mouse's Ctsk goes by it
    if mention == surface:
        return IDENTICAL
    if written == listed:
        return SAME
    if english and not listed.islower():
        if titled and listed[1:].islower() and len(listed) > 2:
            return SAME
        return NEAR if written.isupper() else None
    first_only = written[1:] == listed[1:] and written[1:].islower()
    if first_only and (len(written) > 4 or listed[:1].islower() or titled):
        return SAME  # capitalised at the start of a sentence, in a title, or by the vocabulary's habit
    letters = sum(c.isalpha() for c in written)
    if letters <= 4 and letters == len(written):
        capitals = sum(c.isupper() for c in written)  # "IFNg" for IFNG is fine, "Cat" for CAT is not
        return NEAR if capitals >= 2 and len(written) >= 3 else None
    if letters <= 2 and len(written) <= 3:  # "p53" is fine, "h2" for H2 is not
        return NEAR if len(written) == 3 and written[1:].isdigit() else None
    return NEAR
