"""Which of many phrases a text holds, as words in a row, whatever stands between them.

Knows nothing of what the phrases mean. Trade-off: each is looked for from its first two words on, so phrases that
begin alike cost a comparison each.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from engine.link.normalise import fold

_TOKEN: Final = re.compile(r"[a-z0-9]+")
_OPENING: Final = 2
_SHORTEST: Final = 6  # characters: a shorter phrase stands in many texts by chance


class Phrases:
    """Phrases to look for, letter case and punctuation aside; those of under six characters are never found."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._by_opening: dict[tuple[str, ...], dict[tuple[str, ...], set[str]]] = defaultdict(lambda: defaultdict(set))
        for phrase in phrases:
            words = _tokens(phrase)
            if len(" ".join(words)) >= _SHORTEST:
                self._by_opening[words[:_OPENING]][words].add(phrase)

    def held_by(self, text: str) -> set[str]:
        """The phrases that the text holds, as they were given."""
        tokens, held = _tokens(text), set[str]()
        for place in range(len(tokens)):
            for size in range(1, _OPENING + 1):
                for words, phrases in self._by_opening.get(tokens[place : place + size], {}).items():
                    if tokens[place : place + len(words)] == words:
                        held |= phrases
        return held


def _tokens(text: str) -> tuple[str, ...]:
    return tuple(_TOKEN.findall(fold(text).lower()))
