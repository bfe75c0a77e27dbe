"""Translates sentences: concepts' names stay out of the model's hands, numbers and citations are held to identity.

Each name of a concept is replaced by a placeholder, which the model is to leave where it belongs, and which is then
filled with the concept's preferred name. A translation whose placeholders, numbers or PMIDs are not those of the
original is asked for once more; after that the sentence stays in the original and is counted by reason.
Trade-off: what the checks can't see is whether the words are right; that is as good as the model. Preferred names are
not translated, for the vocabularies have them in English. Knows nothing of graphs or document rows.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

from pydantic import BaseModel, ConfigDict

from engine.generate.ask import Asker
from engine.generate.parse import parse_object
from engine.generate.prompts import ask_json, object_schema
from engine.generate.request import Answer, Request
from engine.schema import Span

ATTEMPTS: Final = 2
_LONGER: Final = 3  # a translation has at most so many times the letters of the original, and some
_PLACEHOLDER: Final = re.compile(r"\[\[\d+\]\]")
_SHORT: Final = 4  # a name of so few letters may be an English word in small ones: there upper and lower case count
_LIST: Final = r"/(?:\d+|\w)\b"  # what goes on from a name to those that share its beginning: ERK1/2, LC3A/B
_CITATION: Final = re.compile(r"PMID:? ?\d+", re.I)
_NUMBER: Final = re.compile(r"\d+(?:[.,]\d+)*")
_SYSTEM: Final = (
    "You translate sentences of biomedical texts. [[1]], [[2]] and so on stand for names: leave each as it is, as "
    "often as it is there, where it belongs in the translation. Leave numbers, units and PMIDs exactly as they are "
    "written, with the same decimal marks. Add nothing, leave nothing out, keep what is denied denied and what is "
    "guessed guessed."
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence to translate: its text, and the spans in it that name a concept, each with the preferred name."""

    text: str
    names: tuple[tuple[Span, str], ...] = ()

    def masked(self) -> str:
        """The text with a placeholder for each name, `[[1]]` for the first; one concept's names share theirs."""
        placeholders = self._placeholders
        parts, free = [], 0
        for span, name in self.names:
            parts += [self.text[free : span.start], placeholders[name]]
            free = span.end
        return "".join([*parts, self.text[free:]])

    def fill(self, translated: str) -> str:
        """A translation of the masked text with the preferred names."""
        names = {placeholder: name for name, placeholder in self._placeholders.items()}
        return _PLACEHOLDER.sub(lambda found: names.get(found[0], found[0]), translated)

    @property
    def preferred(self) -> tuple[str, ...]:
        """The preferred names, each once, in the order of the text."""
        return tuple(dict.fromkeys(name for _, name in self.names))

    @property
    def _placeholders(self) -> dict[str, str]:
        """What stands for each preferred name; nothing that the text says itself."""
        unsaid = (placeholder for i in count(1) if (placeholder := f"[[{i}]]") not in self.text)
        return dict(zip(self.preferred, unsaid, strict=False))


@dataclass(frozen=True, slots=True)
class Translation:
    """The sentences in their order; `left`: how many stay in the original, by reason."""

    sentences: tuple[str, ...]
    left: Counter[str]

    @classmethod
    def none(cls, sentences: Sequence[Sentence]) -> Translation:
        """The sentences as they are."""
        return cls(tuple(sentence.text for sentence in sentences), Counter())


class _Said(BaseModel):
    model_config = ConfigDict(extra="ignore")

    translation: str


def name_concepts(text: str, names: Mapping[str, str]) -> Sentence:
    """The sentence with the names in it that are no part of another word or list, of two that overlap the longer.

    `names`: each name of a concept, and the concept's preferred one; upper or lower case alike, save in short ones and
    in those of several concepts that case alone tells apart (STAT3, Stat3).
    """
    longest_first = sorted(filter(str.strip, names), key=lambda name: (-len(name), name))
    if not longest_first:
        return Sentence(text)
    owners: dict[str, set[str]] = defaultdict(set)
    for name, preferred in names.items():
        owners[name.casefold()].add(preferred)
    as_is = {name for name in names if len(name) <= _SHORT or len(owners[name.casefold()]) > 1}
    each = (f"({re.escape(name)})" if name in as_is else f"((?i:{re.escape(name)}))" for name in longest_first)
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(each)})(?!\w|{_LIST})")
    found = ((Span(*match.span()), longest_first[(match.lastindex or 1) - 1]) for match in pattern.finditer(text))
    return Sentence(text, tuple((span, names[name]) for span, name in found))


def name_mentions(text: str, span: Span, mentions: Iterable[tuple[Span, str]]) -> Sentence:
    """The sentence at `span` of a text with its mentions, of those that overlap the first and longest."""
    inside = sorted((m for m in mentions if span.covers(m[0])), key=lambda m: (m[0].start, -m[0].end))
    names: list[tuple[Span, str]] = []
    for where, name in inside:
        here = Span(where.start - span.start, where.end - span.start)
        if not names or here.start >= names[-1][0].end:
            names.append((here, name))
    return Sentence(text[span.start : span.end], tuple(names))


def translate(asker: Asker, sentences: Sequence[Sentence], language: str, *, max_tokens: int) -> Translation:
    """The sentences in another language. Raises: what the engine raises."""
    done: dict[int, str] = {}
    why: dict[int, str] = {}
    for attempt in range(ATTEMPTS):
        todo = [i for i in range(len(sentences)) if i not in done]
        requests = [
            ask_translation(sentences[i].masked(), language, max_tokens=max_tokens, attempt=attempt) for i in todo
        ]
        for i, answer in zip(todo, asker.ask(requests, purpose="translate"), strict=True):
            said = _read(answer, sentences[i].masked())
            if isinstance(said, str):
                done[i] = sentences[i].fill(said)
            else:
                why[i] = said.reason
    left = Counter(reason for i, reason in why.items() if i not in done)
    return Translation(tuple(done.get(i, sentence.text) for i, sentence in enumerate(sentences)), left)


def ask_translation(text: str, language: str, *, max_tokens: int, attempt: int = 0) -> Request:
    """The request for a translation of a masked sentence; a later attempt may come out otherwise."""
    translation = {"type": "string", "minLength": 1, "maxLength": _LONGER * len(text) + 100}
    user = f"Translate into {language}: {text}\n\nAnswer in JSON."
    return ask_json(_SYSTEM, user, object_schema({"translation": translation}), max_tokens=max_tokens, attempt=attempt)


@dataclass(frozen=True, slots=True)
class _Refused:
    reason: str


def _read(answer: Answer, original: str) -> str | _Refused:
    said = parse_object(answer, _Said)
    if isinstance(said, str):
        return _Refused("unanswered")
    translated = " ".join(said.translation.split())
    reason = find_difference(original, translated)
    return _Refused(reason) if reason else translated


def find_difference(original: str, translated: str) -> str | None:
    """What must be the same and isn't: the placeholders, the citations or the numbers, each as often; None if all is.

    `original`: with its placeholders.
    """
    if not translated:
        return "empty"
    texts = [original, translated]
    for reason, pattern in (("placeholders", _PLACEHOLDER), ("citations", _CITATION), ("numbers", _NUMBER)):
        first, second = (Counter(_key(found) for found in pattern.findall(text)) for text in texts)
        if first != second:
            return reason
        texts = [pattern.sub(" ", text) for text in texts]
    return None


def _key(found: str) -> str:
    """A citation is its number, however it is spelled; all else is itself."""
    return found.lower().replace(" ", "").replace(":", "")
