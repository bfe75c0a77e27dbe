"""Lessons as tokens, laid out into the steps of a run; everything follows from the settings and the seed alone.

So a run that was killed goes on at the step of its last checkpoint. Knows tokenizers by what it is handed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final

import numpy as np

from engine.generate.chat import prompt_tokens
from engine.model.batch import fill_budget
from engine.train.generator.lessons import Lesson
from engine.train.generator.settings import GeneratorSettings

_STRETCH: Final = 512  # lessons among which those of like length share a micro-batch


@dataclass(frozen=True, slots=True)
class TokenLesson:
    """A lesson's prompt, as it is sent at run time, and the answer with the token that ends it."""

    kind: str
    prompt: tuple[int, ...]
    answer: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.prompt) + len(self.answer)


def tokenize(lessons: Sequence[Lesson], tokenizer: Any, *, max_tokens: int) -> list[TokenLesson]:
    """The lessons that fit: prompt and answer into `max_tokens`, and the answer into its request's limit."""
    found = []
    for lesson in lessons:
        answer = (*tokenizer.encode(lesson.answer, add_special_tokens=False), tokenizer.eos_token_id)
        one = TokenLesson(lesson.kind, tuple(prompt_tokens(tokenizer, lesson.request)), answer)
        fits = lesson.request.choices or len(answer) <= lesson.request.max_tokens
        if fits and len(one) <= max_tokens:
            found.append(one)
    return found


def fingerprint(lessons: Sequence[TokenLesson]) -> str:
    """Identity of lessons in their order: 16 hexadecimal digits."""
    digest = blake2b(digest_size=8)
    for lesson in lessons:
        digest.update(np.array([len(lesson.prompt), *lesson.prompt, *lesson.answer], dtype=np.int64).tobytes())
    return digest.hexdigest()


def plan_steps(lessons: Sequence[TokenLesson], settings: GeneratorSettings) -> list[list[list[int]]]:
    """Steps of micro-batches of lesson numbers; each pass reads every lesson once, the last one perhaps a part."""
    drawn = np.random.default_rng(settings.seed)
    order: list[int] = []
    left = round(settings.passes * len(lessons))
    while left > 0:
        order += drawn.permutation(len(lessons))[:left].tolist()
        left -= len(lessons)
    batches: list[list[int]] = []
    for begin in range(0, len(order), _STRETCH):
        members = order[begin : begin + _STRETCH]
        groups = fill_budget([len(lessons[i]) for i in members], budget_tokens=settings.micro_batch_tokens)
        batches += [[members[j] for j in groups[g]] for g in drawn.permutation(len(groups))]
    size = settings.micro_batches
    steps = [batches[i : i + size] for i in range(0, len(batches), size)]
    return steps if settings.steps is None else steps[: settings.steps]
