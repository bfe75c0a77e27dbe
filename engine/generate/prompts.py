"""Turns what is to be asked into requests: whether a passage states a relation, and which relations a passage states.

Pure functions of strings. The words are part of a request's identity: to change one is to ask anew, and the test with
the published hashes says so. This file knows nothing of engines or document rows.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from engine.generate.request import Request
from engine.schema import ASSERTIONS, NEGATED, SPECULATED

ENTAILED: Final = "Yes"
CONTRADICTED: Final = "No"
NEUTRAL: Final = "Unclear"
CHOICES: Final = (ENTAILED, CONTRADICTED, NEUTRAL)

MOST_TRIPLES: Final = 8  # of a passage
_MOST_TRIPLES_AGAIN: Final = 2

_VERIFY: Final = (
    "You check claims against passages of biomedical abstracts. Answer with one word. "
    "Yes: the passage states the claim. No: the passage states the opposite. "
    "Unclear: the passage states neither, or only names the things together."
)
_EXTRACT: Final = (
    "You find relations that a passage of a biomedical abstract states between numbered entities. "
    "Report only what a numbered sentence itself says, never what you know. For each relation give the number of the "
    "sentence that states it; sentences without a number are there to be understood. "
    "No relation is a good answer: then the list is empty.\n\n"
    # Small models answer every passage with the empty list unless they have seen another answer.
    "An example. Passage:\nLysates were cleared.\nS1: RAF1 bound YWHAB, but not TUBB. "
    "[E1: RAF1 (Gene), E2: YWHAB (Gene), E3: TUBB (Gene)]\nRelations to find: BINDS: the one binds to the other. "
    'Answer: {"triples":[{"sentence":"S1","subject":"E1","predicate":"BINDS","object":"E2","assertion":"affirmed"},'
    '{"sentence":"S1","subject":"E1","predicate":"BINDS","object":"E3","assertion":"negated"}]}'
)

# How a predicate reads in a sentence; the passage's own words for subject and object go into the braces.
PHRASES: Final[Mapping[str, str]] = {
    "INHIBITS": "{subject} inhibits {object}",
    "ACTIVATES": "{subject} activates {object}",
    "AGONIST_OF": "{subject} is an agonist of {object}",
    "ANTAGONIST_OF": "{subject} is an antagonist of {object}",
    "UPREGULATES": "{subject} increases the expression or amount of {object}",
    "DOWNREGULATES": "{subject} decreases the expression or amount of {object}",
    "REGULATES": "{subject} regulates or affects {object}",
    "BINDS": "{subject} binds to {object}",
    "SUBSTRATE_OF": "{subject} is a substrate of {object}",
    "PRODUCT_OF": "{subject} is a product of {object}",
    "PART_OF": "{subject} is a part of {object}",
    "TREATS": "{subject} treats or prevents {object}",
    "INDUCES": "{subject} causes or worsens {object}",
    "ASSOCIATED_WITH": "{subject} is associated with {object}",
    "PROMOTES": "{subject} promotes {object}",
    "PROTECTS_FROM": "{subject} protects from {object}",
    "INTERACTS_WITH": "{subject} interacts with {object}",
    "COEXPRESSED_WITH": "{subject} and {object} are expressed together, their expression is correlated",
    "COMBINED_WITH": "{subject} and {object} are given together",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """An entity that an extracted relation may name: its number in the prompt, its type, its words in the sentence."""

    id: str
    type: str
    name: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence as it is shown; one that relations may be found in has a number, and the entities named in it."""

    text: str
    id: str | None = None
    entities: tuple[Choice, ...] = ()

    def shown(self) -> str:
        """The sentence's line in the prompt."""
        if self.id is None:
            return self.text
        listed = ", ".join(f"{entity.id}: {entity.name} ({entity.type})" for entity in self.entities)
        return f"{self.id}: {self.text} [{listed}]"


@dataclass(frozen=True, slots=True)
class Offer:
    """Triples that an answer may hold: in one sentence a subject, any of the predicates, and any of the objects."""

    sentence: str
    subject: str
    predicates: tuple[str, ...]
    objects: tuple[str, ...]


def state_claim(subject: str, predicate: str, object_: str, *, assertion: str) -> str:
    """The claim that a relation makes, as a sentence without its full stop."""
    phrase = PHRASES.get(predicate) or f"{{subject}} {predicate.lower().replace('_', ' ')} {{object}}"
    claim = phrase.replace("{subject}", subject).replace("{object}", object_)
    if assertion == NEGATED:
        return f"It is not so that {claim}"
    return f"It may be that {claim}" if assertion == SPECULATED else claim


def ask_claim(passage: str, claim: str) -> Request:
    """Does the passage state the claim? The probabilities of the three answers are wanted, and no text."""
    return Request(
        system=_VERIFY,
        user=f"Passage: {passage}\n\nClaim: {claim}.\n\nDoes the passage state the claim? Yes, No or Unclear?",
        choices=CHOICES,
    )


def ask_relations(
    sentences: Sequence[Sentence],
    offers: Sequence[Offer],
    descriptions: Mapping[str, str],
    *,
    max_tokens: int,
    attempt: int = 0,
) -> Request:
    """Which of the offered triples do these sentences of a passage state? The answer is bound to a schema.

    A later `attempt` is drawn at another temperature and may hold fewer triples: an answer may have been too long.
    """
    passage = "\n".join(sentence.shown() for sentence in sentences)
    described = "\n".join(f"{name}: {text}" for name, text in descriptions.items())
    user = f"Passage:\n{passage}\n\nRelations to find:\n{described}\n\nAnswer in JSON."
    schema = _relations_schema(offers, max_triples=MOST_TRIPLES if attempt == 0 else _MOST_TRIPLES_AGAIN)
    return ask_json(_EXTRACT, user, schema, max_tokens=max_tokens, attempt=attempt)


def ask_json(system: str, user: str, schema: Mapping[str, Any], *, max_tokens: int, attempt: int) -> Request:
    """The request for an answer that is bound to a JSON schema; a later `attempt` is drawn at another temperature."""
    return Request(
        system=system,
        user=user,
        schema=json.dumps(schema, separators=(",", ":")),
        max_tokens=max_tokens,
        temperature=0.0 if attempt == 0 else 0.5,
        seed=attempt,
    )


def _relations_schema(offers: Sequence[Offer], *, max_triples: int) -> dict[str, Any]:
    """JSON schema of an answer: a bounded list of triples, each of which is offered."""
    triples = {"type": "array", "maxItems": max_triples, "items": {"anyOf": [_offered(offer) for offer in offers]}}
    return object_schema({"triples": triples})


def _offered(offer: Offer) -> dict[str, Any]:
    return object_schema(
        {
            "sentence": _one_of(offer.sentence),
            "subject": _one_of(offer.subject),
            "predicate": _one_of(*offer.predicates),
            "object": _one_of(*offer.objects),
            "assertion": _one_of(*ASSERTIONS),
        }
    )


def _one_of(*words: str) -> dict[str, Any]:
    return {"type": "string", "enum": list(words)}


def object_schema(properties: Mapping[str, Any]) -> dict[str, Any]:
    """JSON schema of an object with these properties, all of them, and no others."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }
