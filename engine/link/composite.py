"""Composite mentions: the several names that one mention stands for ("BRCA1/2", "breast and ovarian cancer").

Proposes readings by the shape of the mention alone, surest first; what the parts link to decides (`split.py`).
Knows nothing of the lexicon. Trade-off: a reading costs nothing if it is wrong, since its parts then name nothing, so
the shapes are wide; what is one thing in spite of its slash or its "and" is a closed list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final

from engine.link.normalise import singular
from engine.link.words import is_organ

_MEMO: Final = 1 << 16
_MOST_CHARS: Final = 150

_SEPARATOR = re.compile(r"\s*,\s+(?:(?:and/or|and|or)\s+)?|\s+(?:and/or|and|or|as well as|&)\s+|\s*/\s*", re.IGNORECASE)
_LISTED = re.compile(r"\b(?:and|or)\b|[,&]", re.IGNORECASE)
_BRACKET = re.compile(r"(?<=\s)[(\[][^()\[\]]*[)\]]")
_BOTH = re.compile(r"(?:both|either|the)\s+", re.IGNORECASE)
# Phrases of a list that are one word of a longer one ("breast and head and neck cancers").
_FIXED = re.compile(
    r"\bhead and neck\b|\bhand, foot,? and mouth\b|\bfoot and mouth\b|\bear, nose,? and throat\b|\bblack and white\b",
    re.IGNORECASE,
)
# Genes that stand together for one thing, not for each of them.
_ONE_THING = re.compile(
    r"\b(?:pathways?|signall?ing|ax[ie]s|cascades?|complex(?:es)?|(?:hetero|homo)?dimers?|fusions?|ratios?|interactions?"
    r"|chimeras?|exchangers?|antiporters?|symporters?|co-?transporters?)$",
    re.IGNORECASE,
)
# Syndromes are named so: the nine mentions of NCBI Disease train that begin like this and would split have one gold id.
_ONE_SYNDROME = re.compile(r"(?:hereditary|inherited|familial)\b", re.IGNORECASE)
# A last word that the names before it need too: "insulin and IGF-1 receptors" doesn't speak of insulin.
_SHARED_NOUN = re.compile(
    r"(?:receptors?|kinases?|channels?|transporters?|subunits?|isoforms?|ligands?|inhibitors?|antagonists?|agonists?"
    r"|antibod(?:y|ies))$",
    re.IGNORECASE,
)
_FAMILY = re.compile(r"([A-Za-z]{2,})[-\s]?\d")
_LETTER = re.compile(r"[^\W\d_]")
_ION = re.compile(r"[A-Z][a-z]?\d?[+-]")
_FORMULA = {"K+": "potassium", "H+": "hydrogen ion"}  # one letter names too much to be looked up
# A disease that a modifier of the one before it rarely belongs to ("renal failure and hypertension").
_OF_ITS_OWN = re.compile(
    r"hypo|hyper|diabetes|obesity|asthma|sepsis|death|ana?emia|epilepsy|depression|stroke|nausea|vomiting|fever",
    re.IGNORECASE,
)
# "breast cancer and melanoma", "heart disease and cancer" have nothing in common, "gastric ulcer and cancer" the organ.
_TUMOUR = re.compile(r"cancer|carcinoma|melanoma|lymphoma|leuka?emia|myeloma", re.IGNORECASE)
_UNLIKE_TUMOURS = re.compile(r"(?:diseases?|failure|attacks?)\Z", re.IGNORECASE)

_GREEK = "(?:alpha|beta|gamma|delta|epsilon|zeta|theta|kappa|[αβγδεζθκ])"
# What members of a family are told apart by, and what must stand before it.
_UNITS = tuple(
    (re.compile(f"(.*{before})({unit})$"), re.compile(f"-?({unit})((?:[\\s-].*)?)$"))
    for before, unit in (
        ("", rf"{_GREEK}-?\d{{1,2}}"),
        ("", _GREEK),
        (r"(?<!\d)", r"\d{1,2}[A-Z]\d{0,2}"),
        (r"(?<!\d)", r"\d{1,3}[A-Za-z]?"),
        (r"[\s-]", "[IVX]{1,4}"),
        (r"[\s\d-]", "[A-Z]"),
        (r"[\s\d-]", rf"[A-Z][a-z]?\d{{1,2}}(?:[a-z]|{_GREEK})?"),
    )
)
# Where a word's first half may end, for a half that the word before lends ("hepato- and nephro|toxicity").
_FIRST_HALF = re.compile(
    r"(?=(?:[a-z]*?[a-z]{2}o|hypo|hyper|mono|poly|intra|extra|inter|pre|post|brady|tachy|dys|endo|peri|micro|macro|anti"
    r"|non|bi|uni|tri|para|tetra)[a-z]{4})",
    re.IGNORECASE,
)
_HALVES = re.compile(
    r"hypo|hyper|mono|poly|intra|extra|inter|pre|post|brady|tachy|dys|peri|anti|non|bi|uni|tri|para|tetra",
    re.IGNORECASE,
)
_OF = re.compile(r"(.+?)(\s(?:of|in)\s(?:both\s)?(?:the\s)?)(.+)$", re.IGNORECASE)
_THE = re.compile(r"the\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Part:
    """One name of a composite mention: what to look up, and the stretch of the mention that says it.

    Units: `start` and `end` are code points from the mention's start. The stretch reaches from what the names share
    to the part's own words ("Smad1/5" of "Smad1/5/8" says Smad5), so no two parts of a reading have the same.
    """

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Piece:
    text: str
    start: int
    end: int


@lru_cache(maxsize=_MEMO)
def readings(name: str, type: str) -> tuple[tuple[Part, ...], ...]:
    """Ways to read a mention as several names, surest first, each of two parts at least; none if it is no list."""
    if len(name) > _MOST_CHARS or not _SEPARATOR.search(name):
        return ()
    if (type == "Gene" and _ONE_THING.search(name)) or (type == "Disease" and _ONE_SYNDROME.match(name)):
        return ()
    masked = _FIXED.sub(lambda m: m.group().replace(" ", "\0"), name)
    masked = _BRACKET.sub(lambda m: " " * len(m.group()), masked)
    pieces = _cut(masked)
    if len(pieces) < 2 or any(p.text.count("(") != p.text.count(")") for p in pieces):
        return ()
    listed = any(_LISTED.search(masked[a.end : b.start]) for a, b in pairwise(pieces))
    found = [tuple(_clean(part) for part in reading) for reading in _read(pieces, type, listed=listed)]
    return tuple(dict.fromkeys(r for r in found if len({p.text.lower() for p in r}) == len(r)))


def _cut(name: str) -> list[_Piece]:
    """What stands between the separators; empty if nothing does between two of them."""
    bounds = [m.span() for m in _SEPARATOR.finditer(name)]
    starts, ends = [0, *(end for _, end in bounds)], [*(start for start, _ in bounds), len(name)]
    both = _BOTH.match(name)
    starts[0] = both.end() if both else 0
    pieces = [_Piece(name[s:e].strip(), s, e) for s, e in zip(starts, ends, strict=True)]
    return pieces if all(p.text for p in pieces) else []


def _read(pieces: Sequence[_Piece], type: str, *, listed: bool) -> Iterator[list[Part]]:
    yield from _share_head(pieces)
    yield from _share_tail(pieces)
    yield from _share_word_end(pieces)
    if type == "Disease":
        yield from _share_modifier(pieces)
        yield from _share_site(pieces)
    if _stand_alone(pieces, type, listed=listed):
        yield [Part(p.text, p.start, p.end) for p in pieces]


def _share_head(pieces: Sequence[_Piece]) -> Iterator[list[Part]]:
    """ "MMP-2 and -9", "interleukins 6 and 8", "type 1 and 2 diabetes": a stem, then what tells its members apart."""
    first, *others = pieces
    for at_end, at_start in _UNITS:
        opened = at_end.match(first.text)
        matches = [at_start.match(p.text) for p in others]
        if opened is None or not all(matches):
            continue
        units = [opened.group(2), *(m.group(1) for m in matches if m)]
        tails = [m.group(2) for m in matches if m]
        stem, tail = _one(opened.group(1)), tails[-1]
        if any(tails[:-1]) or not any(c.isalpha() for c in stem) or (len(stem.strip(" -")) < 2 and not tail):
            continue
        spans = [(first.start, p.end) for p in pieces]
        yield [Part(stem + u + tail, *span) for u, span in zip(units, spans, strict=True)]
        if tail:  # "prostaglandin D2, E2 or F2 alpha"
            ends = [""] * len(others) + [tail]
            yield [Part(stem + u + e, *span) for u, e, span in zip(units, ends, spans, strict=True)]


def _one(stem: str) -> str:
    """The stem in the singular, if its last word stands by itself ("interleukins ", "caspases-")."""
    word = stem.rstrip(" -")
    if word == stem or singular(word.split()[-1].lower() if word else "") is None or not word.endswith("s"):
        return stem
    return word[:-1] + stem[len(word) :]


def _share_tail(pieces: Sequence[_Piece]) -> Iterator[list[Part]]:
    """ "Duchenne and Becker muscular dystrophy", "alpha2- and I1-receptors": the last words belong to all."""
    *others, last = pieces
    hanging = any(p.text.endswith("-") for p in others)
    for cut in re.finditer(r"[\s-]+" if hanging else r"\s+", last.text):
        tail = last.text[cut.start() :]
        if cut.start() > 0 and tail.strip(" -"):
            yield [Part(p.text.rstrip("-") + tail, p.start, last.end) for p in others] + [
                Part(last.text, last.start, last.end)
            ]


def _share_word_end(pieces: Sequence[_Piece]) -> Iterator[list[Part]]:
    """ "hepato- and nephrotoxicity": the end of the last one's first word belongs to all."""
    *others, last = pieces
    if not all(re.fullmatch(r"(?:.*\s)?[A-Za-z]{2,}-", p.text) for p in others):
        return
    word = last.text.split()[0]
    cuts = [i for i in range(2, len(word) - 3) if word[i - 1] == "o" or _HALVES.fullmatch(word[:i])]
    for cut in cuts:
        yield [Part(p.text[:-1] + last.text[cut:], p.start, last.end) for p in others] + [
            Part(last.text, last.start, last.end)
        ]


def _stand_alone(pieces: Sequence[_Piece], type: str, *, listed: bool) -> bool:
    """Whether each may be a name by itself.

    With a slash only genes of one family ("COX-1/COX-2"), ions and diseases: of drugs it makes one product (all five of
    BC5CDR train and development: "levodopa/carbidopa"). Not after "cancer of the breast", whose organs aren't diseases.
    """
    if any(p.text.endswith("-") or not _LETTER.search(p.text) for p in pieces) or _SHARED_NOUN.search(pieces[-1].text):
        return False
    if type == "Disease":
        return not _OF.match(pieces[0].text)
    if listed:
        return True
    if type == "Chemical":
        return all(_ION.fullmatch(p.text) for p in pieces)
    stems = [_FAMILY.match(p.text) for p in pieces]
    return all(stems) and len({m.group(1).lower() for m in stems if m}) == 1


def _share_modifier(pieces: Sequence[_Piece]) -> Iterator[list[Part]]:
    """ "ventricular tachycardia and fibrillation": the first one's first words belong to all."""
    first, *others = pieces
    modifier, space, disease = first.text.rpartition(" ")
    apart = is_organ(modifier) and (_TUMOUR.match(disease) or _UNLIKE_TUMOURS.match(disease))
    alone = [p.text for p in others if _OF_ITS_OWN.match(p.text) or (apart and _TUMOUR.match(p.text))]
    if space and not alone and not any(" " in p.text for p in others):
        yield [Part(first.text, first.start, first.end)] + [
            Part(f"{modifier} {p.text}", first.start, p.end) for p in others
        ]


def _share_site(pieces: Sequence[_Piece]) -> Iterator[list[Part]]:
    """ "cancer of the breast and ovaries": one disease of several places, or "breast cancer"."""
    first, *others = pieces
    match = _OF.match(first.text)
    if match is None:
        return
    disease, of, place = match.groups()
    places = [place, *(_THE.sub("", p.text, count=1) for p in others)]
    spans = [(first.start, p.end) for p in pieces]
    yield [Part(disease + of + p, *span) for p, span in zip(places, spans, strict=True)]
    organs = [p[:-3] + "y" if p.endswith("ies") else p for p in places]
    yield [Part(f"{p} {disease}", *span) for p, span in zip(organs, spans, strict=True)]


def _clean(part: Part) -> Part:
    text = re.sub(r"\s+", " ", part.text.replace("\0", " ")).replace(" -", "-").strip()
    return Part(_FORMULA.get(text, text), part.start, part.end)
