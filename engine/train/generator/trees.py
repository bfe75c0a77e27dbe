"""Lessons laid out as one tree of tokens: what their prompts begin alike is read once, which is most of it.

A token attends to its own lesson's tokens before it and to no other, and stands at its own lesson's position, so the
losses are those of lessons read one by one. Trade-off: the mask takes (T, T) places, so a tree is kept to some
thousand tokens. This file knows nothing of models.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.train.generator.settings import GeneratorSettings
from engine.train.generator.tokens import TokenLesson


class Growing:
    """A tree that lessons are added to; the last token of an answer stays out, for nothing follows it."""

    def __init__(self) -> None:
        self.tokens: list[int] = []
        self.parents: list[int] = []  # -1 at the root
        self._children: dict[tuple[int, int], int] = {}

    def __len__(self) -> int:
        return len(self.tokens)

    def growth(self, lesson: TokenLesson) -> int:
        """Tokens that a lesson would add."""
        path = lesson.read
        node = -1
        for depth, token in enumerate(path):
            following = self._children.get((node, token))
            if following is None:
                return len(path) - depth
            node = following
        return 0

    def add(self, lesson: TokenLesson) -> list[int]:
        """Add a lesson; returns where its tokens stand."""
        node = -1
        path = []
        for token in lesson.read:
            following = self._children.get((node, token))
            if following is None:
                following = self._children[node, token] = len(self.tokens)
                self.tokens.append(token)
                self.parents.append(node)
            node = following
            path.append(node)
        return path


@dataclass(frozen=True, slots=True)
class Tree:
    """What a model reads of B lessons, and where it is to say what.

    Shapes: `ids` and `positions` (T,), int64; `sees` (T, T), bool: whether the first attends to the second. Of the
    answers' tokens, in the lessons' order: `at` (A,), where each is the next token; `wanted` (A,), the token;
    `lesson` (A,), whose it is. `first` (B,): which of these is a lesson's first.
    """

    ids: np.ndarray
    positions: np.ndarray
    sees: np.ndarray
    at: np.ndarray
    wanted: np.ndarray
    lesson: np.ndarray
    first: np.ndarray


def lay_out(lessons: Sequence[TokenLesson]) -> Tree:
    """The tree of lessons."""
    growing = Growing()
    at: list[int] = []
    for lesson in lessons:
        at += growing.add(lesson)[len(lesson.prompt) - 1 :]
    counts = [len(lesson.answer) for lesson in lessons]
    size = len(growing)
    sees = np.eye(size, dtype=np.bool_)
    positions = np.zeros(size, dtype=np.int64)
    for node, parent in enumerate(growing.parents):
        if parent >= 0:
            sees[node] |= sees[parent]
            positions[node] = positions[parent] + 1
    return Tree(
        ids=np.array(growing.tokens, dtype=np.int64),
        positions=positions,
        sees=sees,
        at=np.array(at, dtype=np.int64),
        wanted=np.array([token for lesson in lessons for token in lesson.answer], dtype=np.int64),
        lesson=np.repeat(np.arange(len(lessons)), counts),
        first=np.cumsum([0, *counts[:-1]]),
    )


def fill_trees(lessons: Sequence[TokenLesson], order: Sequence[int], *, tokens: int) -> list[list[int]]:
    """Lesson numbers, in their order, cut into trees of so many tokens at most; a longer lesson has its own."""
    trees: list[list[int]] = []
    growing = Growing()
    for i in order:
        if not trees or len(growing) + growing.growth(lessons[i]) > tokens:
            trees.append([])
            growing = Growing()
        growing.add(lessons[i])
        trees[-1].append(i)
    return trees


def plan_steps(lessons: Sequence[TokenLesson], settings: GeneratorSettings) -> list[list[list[int]]]:
    """Steps of trees of lesson numbers; each pass reads every lesson once, the last one perhaps a part.

    Passages come in a drawn order, all lessons of one after another. Everything follows from the settings and the seed
    alone, so a run that was killed goes on at the step of its last checkpoint.
    """
    drawn = np.random.default_rng(settings.seed)
    of_passage: dict[int, list[int]] = {}
    for i, lesson in enumerate(lessons):
        of_passage.setdefault(lesson.passage, []).append(i)
    passages = list(of_passage.values())
    trees: list[list[int]] = []
    size = settings.trees
    wanted = None if settings.steps is None else settings.steps * size
    left = round(settings.passes * len(lessons))
    while left > 0 if wanted is None else len(trees) < wanted:
        order = [i for passage in drawn.permutation(len(passages)) for i in passages[passage]]
        trees += fill_trees(lessons, order[:left] if wanted is None else order, tokens=settings.tree_tokens)
        left -= len(order)
    trees = trees[:wanted]
    return [trees[i : i + size] for i in range(0, len(trees), size)]
