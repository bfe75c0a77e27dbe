"""Lessons as tokens. Knows tokenizers by what it is handed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np

from engine.generate.chat import prompt_tokens
from engine.train.generator.lessons import Lesson


@dataclass(frozen=True, slots=True)
class TokenLesson:
    """A lesson's prompt, as it is sent at run time, and the answer with the token that ends it.

    Lessons of one `passage` have its number.
    """

    kind: str
    passage: int
    prompt: tuple[int, ...]
    answer: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.prompt) + len(self.answer)

    @property
    def read(self) -> tuple[int, ...]:
        """The tokens after which one of the answer follows."""
        return (*self.prompt, *self.answer[:-1])


def tokenize(lessons: Sequence[Lesson], tokenizer: Any, *, max_tokens: int) -> list[TokenLesson]:
    """The lessons that fit: prompt and answer into `max_tokens`, and the answer into its request's limit."""
    found = []
    passages: dict[str, int] = {}
    for lesson in lessons:
        passage = passages.setdefault(lesson.passage, len(passages))
        answer = (*tokenizer.encode(lesson.answer, add_special_tokens=False), tokenizer.eos_token_id)
        one = TokenLesson(lesson.kind, passage, tuple(prompt_tokens(tokenizer, lesson.request)), answer)
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
