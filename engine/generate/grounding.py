"""Whether a sentence says what a text says in that text's own words: a check that asks no model. Pure.

Every content word of the sentence stands in the text, most of them in the same order, and words that turn a statement
(not, may, whether ...) stand in both or in neither, as far as the sentence was taken from there. The trade-off: a true
paraphrase fails, and so does a sentence that draws two texts together; what passes is close to a quotation.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_WORD: Final = re.compile(r"[^\W_]+")
_NOT: Final = re.compile(r"n['\u2019]t\b")  # didn't
_FUNCTION: Final = re.compile(
    r"a|also|among|an|and|any|are|as|at|be|been|being|both|by|can|d(id|o|oes|uring)|evidence|for|found|from|ha(d|s|ve)"
    r"|in|into|is|it|its|more|most|of|on|or|our|reported|show(n|ed|s)?|so|some|stud(y|ies)|such"
    r"|th(an|at|e|eir|em|en|ere|ese|ey|is|ose|rough|us)|to|upon|us(ed|ing)|versus|vs|was|we|were"
    r"|wh(en|ere|ich|ile|o)|will|with"
)
_TURN: Final = re.compile(
    r"appear(s|ed)?|cannot|could|fail(ed|s)?|hypothes(is|i[sz]ed)|if|lack(s|ed|ing)?|(un)?likely|may|might"
    r"|n(either|ever|o|one|or|ot)|possibl[ey]|potential(ly)?|probably|seem(s|ed)?|should|suggest(s|ed|ing)?|unclear"
    r"|whether|without|would"
)
_ENDING: Final = re.compile(r"(e|es|s|ed|d|ing|ion|ions|ive|ment|ments|er|ers|or|ors|ly|y|al|ally|ness|iveness)?")
_IN_ORDER: Final = 0.9  # of the content words, at least
_BEFORE: Final = 6  # words before the first that was taken that may turn it: "it is not known that"
_AFTER: Final = 4  # and after the last: "was not found"
_STEM: Final = 4  # letters, at least


def is_in_words_of(sentence: str, text: str) -> bool:
    """Whether the text says the sentence in its own words."""
    said, words = _words(sentence), _words(text)
    content = [word for word in said if not _FUNCTION.fullmatch(word) and not _TURN.fullmatch(word)]
    same = [[_same(word, other) for other in words] for word in content]
    if not content or not all(map(any, same)):
        return False
    taken = _in_same_order(same)
    if len(taken) < _IN_ORDER * len(content):
        return False
    part = words[max(0, taken[0] - _BEFORE) : taken[-1] + 1 + _AFTER]
    return _turns(said) <= _turns(words) and _turns(part) <= _turns(said)


def _turns(words: Sequence[str]) -> set[str]:
    return {word for word in words if _TURN.fullmatch(word)}


def _words(text: str) -> list[str]:
    return _WORD.findall(_NOT.sub(" not", text.casefold()))


def _same(word: str, other: str) -> bool:
    """Whether these are forms of one word: they begin alike, and each ends as words are inflected."""
    if word == other:
        return True
    common = next((i for i, (a, b) in enumerate(zip(word, other, strict=False)) if a != b), min(len(word), len(other)))
    # Endings may begin alike: upregulat-ion, upregulat-ing.
    stems = range(max(_STEM, common - 1), common + 1)
    return any(_ENDING.fullmatch(word[stem:]) and _ENDING.fullmatch(other[stem:]) for stem in stems)


def _in_same_order(same: Sequence[Sequence[bool]]) -> list[int]:
    """Where in the text the longest common subsequence stands, by dynamic programming.

    `same`: for each content word of the sentence, whether each word of the text is it.
    """
    n_content, n_words = len(same), len(same[0])
    longest = [[0] * (n_words + 1) for _ in range(n_content + 1)]
    for i in reversed(range(n_content)):
        for j in reversed(range(n_words)):
            own = longest[i + 1][j + 1] + 1 if same[i][j] else 0
            longest[i][j] = max(own, longest[i + 1][j], longest[i][j + 1])
    found: list[int] = []
    i = j = 0
    while i < n_content and j < n_words:
        if longest[i][j] == longest[i + 1][j]:
            i += 1
        elif longest[i][j] == longest[i][j + 1]:
            j += 1
        else:
            found.append(j)
            i, j = i + 1, j + 1
    return found
