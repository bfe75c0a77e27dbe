"""Summaries of numbered evidence, each sentence with what it rests on; what doesn't hold is dropped.

The model is bound to a schema: sentences, and for each the numbers of the evidence that it cites. A sentence stays only
if it cites what was offered, every number and every name like EGFR or p53 in it stands in what it cites or in the
topic's name, and the verifier, shown one piece of the cited evidence at a time, holds the sentence to be stated there
rather than denied or absent; of several citations those that state it stay. The last check is as good as the model that
makes it, and small models believe too much: unless the wording is free, the piece must also say the sentence in its own
words. Knows nothing of graphs: evidence is text with the name of its publication.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from engine.generate.ask import Asker
from engine.generate.grounding import is_in_words_of
from engine.generate.parse import parse_object
from engine.generate.prompts import ask_claim, ask_json, object_schema
from engine.generate.request import Answer, Request
from engine.generate.verify import read_verdict

ATTEMPTS: Final = 2
_SENTENCE_CHARS: Final = 400
_CITES: Final = 6
_NUMBER: Final = re.compile(r"\d+(?:[.,]\d+)*")
_WORD: Final = re.compile(r"\w+")
_PLURAL: Final = re.compile(r"(?<=[A-Z\d])s$")
_NAME: Final = re.compile(r"(?=.*[^\W\d_])(?:.*\d|.*[A-Z].*[A-Z])")  # letters with a digit, or with two capitals
_SYSTEM: Final = (
    "You summarise evidence from biomedical abstracts for a scientist. Use only the numbered evidence, never what you "
    "know. Say what is stated and what is denied; where the evidence disagrees, give each side a sentence of its own. "
    "Each of your sentences makes one statement and names the numbers of the evidence that says it, and only those. "
    "Plain words, no introduction."
)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence from a publication."""

    text: str
    publication: str


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence of a summary, and the publications that it rests on, in the order of the evidence."""

    text: str
    publications: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """`dropped`: how many sentences did not hold, by reason. `struck`: pieces of evidence that others cited in vain."""

    statements: tuple[Statement, ...]
    dropped: Counter[str]
    struck: int


class SummaryError(RuntimeError):
    """The model gave no answer that can be used."""


class _Sentence(BaseModel):
    # A model that isn't bound writes 1 for "1".
    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)

    text: str
    cites: list[str]


class _Said(BaseModel):
    model_config = ConfigDict(extra="ignore")

    sentences: list[_Sentence]


def summarise(
    asker: Asker,
    topic: str,
    evidence: Sequence[Evidence],
    *,
    sentences: int,
    max_tokens: int,
    free_wording: bool = False,
) -> Summary:
    """At most `sentences` sentences about `topic`; with `free_wording` in any words that the model holds to be stated.

    Raises: SummaryError if no answer can be used; what the engine raises.
    """
    said = _ask(asker, topic, evidence, sentences=sentences, max_tokens=max_tokens)
    dropped: Counter[str] = Counter()
    held: list[tuple[_Sentence, list[Evidence], int]] = []  # and how many it cited
    for sentence in said:
        cited = cited_evidence(sentence.text, sentence.cites, evidence, topic)
        if isinstance(cited, str):
            dropped[cited] += 1
            continue
        worded = [e for e in cited if free_wording or is_in_words_of(sentence.text, e.text)]
        if worded:
            held.append((sentence, worded, len(cited)))
        else:
            dropped["not_in_its_words"] += 1
    claims = [ask_claim(e.text, sentence.text.rstrip(". ")) for sentence, cited, _ in held for e in cited]
    states = iter([_is_stated(answer) for answer in asker.ask(claims, purpose="check")])
    statements: dict[str, Statement] = {}
    struck = 0
    for sentence, cited, n_cited in held:
        stating = [e for e in cited if next(states)]
        text = " ".join(sentence.text.split())
        reason = why_not_there(text, stating, topic) if stating else "not_stated_there"
        if not reason and text not in statements and len(statements) == sentences:
            reason = "too_many"
        if reason:
            dropped[reason] += 1
            continue
        before = statements[text].publications if text in statements else ()
        dropped.update(["said_before"] if before else [])
        statements[text] = Statement(text, tuple(dict.fromkeys((*before, *(e.publication for e in stating)))))
        struck += n_cited - len(stating)
    return Summary(tuple(statements.values()), dropped, struck)


def _is_stated(answer: Answer) -> bool:
    verdict = read_verdict(answer.logprobs)
    return verdict is not None and verdict.entailed > max(verdict.contradicted, verdict.neutral)


def cited_evidence(text: str, cites: Sequence[str], evidence: Sequence[Evidence], topic: str) -> list[Evidence] | str:
    """What a sentence cites, in the order of the evidence; or why its citation can't hold."""
    if not text.strip():
        return "empty"
    numbers = {str(i + 1): i for i in range(len(evidence))}
    if not cites:
        return "uncited"
    if not set(cites) <= numbers.keys():
        return "cites_what_is_not_there"
    cited = [evidence[i] for i in sorted({numbers[cite] for cite in cites})]
    return why_not_there(text, cited, topic) or cited


def why_not_there(text: str, cited: Sequence[Evidence], topic: str) -> str | None:
    """Whether a sentence has a number or a name that stands neither in what it cites nor in the topic's own names."""
    known = [*(e.text for e in cited), *(word for word in topic.split() if _NAME.match(word))]
    if not set(_NUMBER.findall(text)) <= {number for words in known for number in _NUMBER.findall(words)}:
        return "number_not_there"
    return None if _names_in(text) <= {name for words in known for name in _names_in(words)} else "name_not_there"


def _names_in(text: str) -> set[str]:
    """Words like EGFR or p53, without the s of a plural, in lower case."""
    return {_PLURAL.sub("", word).casefold() for word in _WORD.findall(text) if _NAME.match(word)}


def ask_summary(topic: str, evidence: Sequence[Evidence], *, sentences: int, max_tokens: int, attempt: int) -> Request:
    """The request for a summary; a later attempt may come out otherwise."""
    listed = "\n".join(f"{i}. {e.text}" for i, e in enumerate(evidence, start=1))
    user = f"Evidence:\n{listed}\n\nSummarise in at most {sentences} sentences what this says of {topic}, in JSON."
    schema = _schema(len(evidence), sentences=sentences)
    return ask_json(_SYSTEM, user, schema, max_tokens=max_tokens, attempt=attempt)


def _schema(n_evidence: int, *, sentences: int) -> dict[str, Any]:
    numbers = [str(i + 1) for i in range(n_evidence)]
    sentence = object_schema(
        {
            "text": {"type": "string", "minLength": 1, "maxLength": _SENTENCE_CHARS},
            "cites": {"type": "array", "items": {"enum": numbers}, "minItems": 1, "maxItems": _CITES},
        }
    )
    return object_schema({"sentences": {"type": "array", "items": sentence, "maxItems": sentences}})


def _ask(asker: Asker, topic: str, evidence: Sequence[Evidence], *, sentences: int, max_tokens: int) -> list[_Sentence]:
    reason = ""
    for attempt in range(ATTEMPTS):
        request = ask_summary(topic, evidence, sentences=sentences, max_tokens=max_tokens, attempt=attempt)
        (answer,) = asker.ask([request], purpose="summary")
        if answer.error:
            raise SummaryError(answer.error)
        said = parse_object(answer, _Said)
        if not isinstance(said, str):
            return said.sentences
        reason = said
    raise SummaryError(reason)
