"""What an engine is asked and what it answers: value types, a request's identity, the interface of an engine.

A request is text and limits, nothing else, so its hash says what was asked whichever engine answers; together with the
engine's revision it is the key under which the answer is kept. This file knows no engine and nothing of documents.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Final, Protocol

STOP: Final = "stop"  # how an answer ends that came to its end
LENGTH: Final = "length"  # ... and one that was cut off at `max_tokens`


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One question to a language model.

    `choices`: words of which the answer is one: their log-probabilities as the first token are wanted, and no text.
    `schema`: JSON schema, as text, that the answer is held to while it is decoded.
    """

    system: str
    user: str
    choices: tuple[str, ...] = ()
    schema: str | None = None
    max_tokens: int = 1
    temperature: float = 0.0
    seed: int = 0

    @property
    def key(self) -> str:
        """Identity: 32 hexadecimal digits (BLAKE2b, 128 bits) over everything that is asked."""
        content = json.dumps(asdict(self), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.blake2b(content.encode(), digest_size=16).hexdigest()

    def messages(self) -> list[dict[str, str]]:
        """The request as chat messages."""
        return [{"role": "system", "content": self.system}, {"role": "user", "content": self.user}]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an engine said; `error` is why it said nothing, which holds while its settings are these.

    `logprobs`: natural logarithms of the probabilities of the request's choices, those that are known.
    """

    text: str = ""
    finish: str = STOP
    logprobs: Mapping[str, float] = field(default_factory=dict)
    prompt_tokens: int = 0
    answer_tokens: int = 0
    error: str | None = None


class EngineDeathError(Exception):
    """The engine died with requests in flight; only a new process helps."""


class EngineUnavailableError(Exception):
    """The engine can't be reached or refuses everything: nothing is wrong with the requests.

    `answers`: those that came all the same, by their request's place in the batch.
    """

    def __init__(self, message: str, answers: Mapping[int, Answer] | None = None) -> None:
        super().__init__(message)
        self.answers = answers or {}


class Engine(Protocol):
    """A language model that answers requests."""

    @property
    def revision(self) -> str:
        """Identity of the weights, as far as it can be known."""
        ...

    def answer(self, requests: Sequence[Request], /) -> list[Answer]:
        """One answer a request, in order.

        Raises: EngineDeathError, EngineUnavailableError.
        """
        ...


def sum_by_choice(found: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Log-probabilities of choices, where several tokens may begin one."""
    sums: dict[str, float] = {}
    for choice, logprob in found:
        sums[choice] = sums.get(choice, 0.0) + math.exp(logprob)
    return {choice: math.log(total) for choice, total in sums.items() if total > 0.0}
