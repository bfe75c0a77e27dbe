"""What short forms stand for where nobody says: counted over texts that do, with the words that go with each sense.

"RA" is rheumatoid arthritis in most texts that define it, retinoic acid in some, and the words around tell the two
apart: those that go with one in the texts that spell it out, whether they define it or not, and those of a concept's
own names. `mine_senses` reads texts twice, while a lexicon is built; `weigh` is what the linker asks. Knows nothing of
how a long form is linked: it is told.
Trade-off: words are kept as 32-bit hashes, 24 a sense, since only their presence counts.
"""

from __future__ import annotations

import math
import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from engine.link.abbreviations import find_abbreviations
from engine.link.archive import Array
from engine.link.layout import string_arrays
from engine.link.normalise import fold, name_key, singular
from engine.link.phrases import Phrases
from engine.schema import ENTITY_TYPES

_WORD = re.compile(r"[a-z][a-z0-9]{3,}")
_MOST_WORDS: Final = 24
_LEAST_WEIGHT: Final = 0.7
_MOST_WEIGHT: Final = 3.0
_OWN_WORD: Final = 2.5  # of a word of the long form itself
_COMMON: Final = 3.0  # how many texts of any kind stand beside those of the other senses
_OTHER_TYPE: Final = 0.25  # how likely a sense of another type is under the tagger's type
_NO_TYPE: Final = 0.35  # how likely a sense that is no concept is
_NAME_WORD: Final = 1.0  # of a word of another name of a concept
_MOST_TOLD: Final = 8.0
_TOGETHER: Final = 0.75  # words of a text say in part the same: together they tell less than one by one
UNHEARD: Final = 1.0  # the weight of a meaning that no text has defined yet
_IDLE: Final = frozenset(
    [
        "acid",
        "acute",
        "associated",
        "autosomal",
        "cell",
        "cells",
        "chronic",
        "congenital",
        "deficiency",
        "disease",
        "disorder",
        "dominant",
        "familial",
        "family",
        "factor",
        "form",
        "from",
        "gene",
        "group",
        "high",
        "human",
        "idiopathic",
        "like",
        "member",
        "protein",
        "receptor",
        "recessive",
        "related",
        "severe",
        "subunit",
        "symptoms",
        "syndrome",
        "system",
        "that",
        "type",
        "with",
    ]
)


@dataclass(frozen=True, slots=True)
class Sense:
    """One meaning of a short form: a concept a type ("" for none), in how many documents, and telling words."""

    concepts: tuple[str, str, str]
    documents: int
    words: tuple[tuple[int, float], ...]


@dataclass(slots=True)
class _Tally:
    """Documents that define a short form in one sense, by number; the words of `read` ones that spell it out."""

    concepts: tuple[str, str, str]
    documents: list[int] = field(default_factory=list)
    longs: Counter[str] = field(default_factory=Counter)
    read: int = 0
    words: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class _Background:
    """In how many of all passages each word stands."""

    passages: int
    words: Counter[str]

    def share(self, word: str) -> float:
        return (self.words[word] + 0.5) / (self.passages + 1)


def words_of(text: str) -> frozenset[int]:
    """Hashes of the text's words of four letters or more."""
    return frozenset(map(_hash, _plain_words(text)))


def telling_words(name: str) -> frozenset[str]:
    """A name's words of four letters or more, in the singular, that few concepts have."""
    return frozenset(singular(word) or word for word in _plain_words(name)) - _IDLE


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a short form may stand for: a concept ("" for another), its weight, and the words that speak for it."""

    concept_id: str
    weight: float
    words: Mapping[int, float]


def meanings(
    senses: Sequence[Sense],
    type: str,
    listed: Iterable[tuple[str, float]],
    names_of: Callable[[str], Iterable[str]],
    *,
    unheard: float = UNHEARD,
) -> tuple[Meaning, ...]:
    """The senses of a short form and what a vocabulary lists under it (concept, prior), in one.

    Words of a concept's names (`names_of`) speak for it too, where no text told how much.
    """
    place = ENTITY_TYPES.index(type)
    held: dict[str, tuple[float, dict[int, float]]] = {}
    others = [Meaning("", unheard, {})]
    for sense in senses:
        concept = sense.concepts[place]
        if concept:
            weight, words = held.get(concept, (0.0, {}))
            held[concept] = (weight + sense.documents, {**words, **dict(sense.words)})
        else:
            kind = _OTHER_TYPE if any(sense.concepts) else _NO_TYPE
            others.append(Meaning("", sense.documents * kind, dict(sense.words)))
    for concept, prior in listed:
        weight, words = held.get(concept, (0.0, {}))
        held[concept] = (weight + prior, words)
    own = {c: {_hash(w) for name in names_of(c) for w in _plain_words(name) if w not in _IDLE} for c in held}
    said = (Meaning(c, weight, {**dict.fromkeys(own[c], _NAME_WORD), **words}) for c, (weight, words) in held.items())
    return (*said, *others)


def weigh(choices: Sequence[Meaning], words: frozenset[int]) -> list[float]:
    """The probability of each meaning in a document with these words; they add up to 1."""
    logs = []
    for meaning in choices:
        told = sum(weight for word, weight in meaning.words.items() if word in words)
        logs.append(math.log(meaning.weight) + min(_TOGETHER * told, _MOST_TOLD))
    most = max(logs)
    shares = [math.exp(value - most) for value in logs]
    return [share / sum(shares) for share in shares]


def mine_senses(
    texts: Sequence[Sequence[str]], link: Callable[[str, str], tuple[str, str, str]]
) -> dict[str, list[Sense]]:
    """Senses of every short form that the texts define, commonest first; `link` gives a definition's concept a type.

    `texts`: the passages of each. A document counts once for a sense, however often it spells it out.
    """
    tallies = _count_definitions(texts, link)
    background = _count_words(texts, [tally for held in tallies.values() for tally in held])
    return {short: _senses(held, background) for short, held in sorted(tallies.items())}


def to_arrays(senses: dict[str, list[Sense]], place: Mapping[str, int]) -> dict[str, Array]:
    """The senses as arrays that ship: short forms in order, their senses, the senses' words; `place` of a concept."""
    shorts = sorted(senses)
    held = [sense for short in shorts for sense in senses[short]]
    return {
        **string_arrays("short", shorts),
        "sense_count": np.array([len(senses[short]) for short in shorts], np.uint16),
        "sense_documents": np.array([sense.documents for sense in held], np.uint16),
        **{
            f"sense_{type.lower()}": np.array(
                [place[s.concepts[i]] + 1 if s.concepts[i] else 0 for s in held], np.uint32
            )
            for i, type in enumerate(ENTITY_TYPES)
        },
        "sense_word_count": np.array([len(sense.words) for sense in held], np.uint8),
        "sense_word": np.array([word for sense in held for word, _ in sense.words], np.uint32),
        "sense_weight": np.array([round(weight * 50) for sense in held for _, weight in sense.words], np.uint8),
    }


# ------------------------------------------------------------------------------------------ inside


def _count_definitions(
    texts: Sequence[Sequence[str]], link: Callable[[str, str], tuple[str, str, str]]
) -> dict[str, list[_Tally]]:
    spelt: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    defining: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, passages in enumerate(texts):
        defined: dict[str, str] = {}
        for passage in passages:
            defined = find_abbreviations(passage) | defined
        for short, long in defined.items():
            key = name_key(long)
            sense = (short, singular(key) or key)
            spelt[sense][long] += 1
            defining[sense].append(number)
    tallies: dict[str, dict[object, _Tally]] = defaultdict(dict)
    for (short, key), longs in sorted(spelt.items()):
        concepts = link(short, min(longs, key=lambda long: (-longs[long], long.lower(), long)))
        tally = tallies[short].setdefault(concepts if any(concepts) else key, _Tally(concepts))
        tally.documents += defining[short, key]
        for long, count in longs.items():
            tally.longs[long.lower()] += count
    return {short: list(held.values()) for short, held in tallies.items()}


def _count_words(texts: Sequence[Sequence[str]], tallies: Sequence[_Tally]) -> _Background:
    """Count the words of each sense's documents: of the first passage that defines it or spells out a long form."""
    spelt: dict[str, list[int]] = defaultdict(list)
    defined: dict[int, list[int]] = defaultdict(list)
    for place, tally in enumerate(tallies):
        for long in tally.longs:
            spelt[long].append(place)
        for number in tally.documents:
            defined[number].append(place)
    phrases, background = Phrases(spelt), Counter[str]()
    for number, passages in enumerate(texts):
        seen: set[int] = set()
        for passage in passages:
            present, lowered = _plain_words(passage), passage.lower()
            background.update(present)
            spoken = {place for long in phrases.held_by(passage) for place in spelt[long]}
            spoken |= {place for place in defined[number] if any(long in lowered for long in tallies[place].longs)}
            for place in spoken - seen:
                tallies[place].read += 1
                tallies[place].words.update(present)
            seen |= spoken
    return _Background(sum(map(len, texts)), background)


def _senses(tallies: list[_Tally], background: _Background) -> list[Sense]:
    tallies.sort(key=lambda t: (-len(t.documents), t.concepts, min(t.longs)))
    everywhere: Counter[str] = sum((t.words for t in tallies), Counter())
    read = sum(t.read for t in tallies)
    return [Sense(t.concepts, len(t.documents), _telling(t, everywhere, read, background)) for t in tallies]


def _telling(
    tally: _Tally, everywhere: Counter[str], read: int, background: _Background
) -> tuple[tuple[int, float], ...]:
    """Words that the sense's texts have more often than those of the other senses and some of any kind.

    The long form's own come first.
    """
    own = {w for long in tally.longs for w in _plain_words(long) if w not in _IDLE}
    weights = dict.fromkeys(own, _OWN_WORD)
    for word, count in tally.words.items():
        if count > 1 and word not in own:
            here = (count + 0.5) / (tally.read + 1)
            there = (everywhere[word] - count + _COMMON * background.share(word)) / (read - tally.read + _COMMON)
            weight = min(_MOST_WEIGHT, math.log(here / there)) * min(1.0, tally.read / 5)
            if weight >= _LEAST_WEIGHT:
                weights[word] = weight
    order = sorted(weights, key=lambda word: (word not in own, -weights[word], -tally.words[word], word))
    return tuple((_hash(word), round(weights[word], 2)) for word in order[:_MOST_WORDS])


def _plain_words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(fold(text).lower()))


def _hash(word: str) -> int:
    return zlib.crc32(word.encode())
