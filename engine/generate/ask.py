"""Asks an engine and keeps what it said: each request is asked once, whatever dies, and a rerun asks nothing.

Answers lie in one SQLite file by engine revision and request. The file is also the memory of engine deaths: the
requests that were in flight when an engine died are noted, later asked one by one, and one that was in flight at two
deaths is answered with an error, for good. Whoever catches `EngineDeathError` starts a new process and asks again.
Trade-off: one file is simple to copy and to look into, but several machines may share it only on storage that locks
files; else give each its own. This file knows nothing of what is asked.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Final

from engine.generate.request import Answer, Engine, EngineDeathError, EngineUnavailableError, Request

MAX_DEATHS: Final = 2
_AT_ONCE: Final = 500  # SQLite's limit of values in a statement is 999 in old builds
_WAIT_S: Final = 60.0
_HOPELESS: Final = 3  # rejected requests without one answer


class AnswerCache:
    """Answers and deaths of one engine revision, in a file that other revisions share."""

    def __init__(self, path: Path, *, revision: str) -> None:
        """Raises: EngineUnavailableError if the file is none of answers, or can't be made."""
        self._path, self._revision = path, revision
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with closing(self._open()) as file, file:
                for table, kind in (("answer", "TEXT"), ("death", "INTEGER")):
                    file.execute(
                        f"CREATE TABLE IF NOT EXISTS {table} (revision TEXT, request TEXT, value {kind} NOT NULL, "
                        "PRIMARY KEY (revision, request)) WITHOUT ROWID"
                    )
        except (OSError, sqlite3.Error) as error:
            raise EngineUnavailableError(f"{path} is no file of answers: {error}") from error

    def find(self, keys: Sequence[str]) -> dict[str, Answer]:
        """The answers that are kept, by request."""
        return {key: Answer(**json.loads(text)) for key, text in self._select("answer", keys)}

    def deaths(self, keys: Sequence[str]) -> dict[str, int]:
        """How often each request was in flight when the engine died; those that never were are left out."""
        return {key: int(times) for key, times in self._select("death", keys)}

    def keep(self, answers: Mapping[str, Answer]) -> None:
        """Keep answers, all or none of them; a refusal is none, as other settings may lift it."""
        given = {key: answer for key, answer in answers.items() if answer.error is None}
        rows = [(self._revision, key, json.dumps(asdict(answer))) for key, answer in given.items()]
        with closing(self._open()) as file, file:
            file.executemany("INSERT OR REPLACE INTO answer VALUES (?, ?, ?)", rows)

    def note_death(self, keys: Iterable[str]) -> None:
        """Note that the engine died with these in flight."""
        rows = [(self._revision, key) for key in keys]
        with closing(self._open()) as file, file:
            file.executemany(
                "INSERT INTO death VALUES (?, ?, 1) ON CONFLICT (revision, request) DO UPDATE SET value = value + 1",
                rows,
            )

    def is_hopeless(self) -> bool:
        """Whether the engine never answered and killed itself twice over several requests: then it isn't they."""
        with closing(self._open()) as file:
            (deadly,) = file.execute(
                "SELECT count(*) FROM death WHERE revision = ? AND value >= ?", (self._revision, MAX_DEATHS)
            ).fetchone()
        return deadly >= _HOPELESS and not self.has_answers()

    def has_answers(self) -> bool:
        """Whether the engine ever answered."""
        with closing(self._open()) as file:
            (answered,) = file.execute(
                "SELECT EXISTS (SELECT 1 FROM answer WHERE revision = ?)", (self._revision,)
            ).fetchone()
        return bool(answered)

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=_WAIT_S)

    def _select(self, table: str, keys: Sequence[str]) -> list[tuple[str, str]]:
        found: list[tuple[str, str]] = []
        with closing(self._open()) as file:
            for start in range(0, len(keys), _AT_ONCE):
                some = keys[start : start + _AT_ONCE]
                marks = ", ".join("?" * len(some))
                query = f"SELECT request, value FROM {table} WHERE revision = ? AND request IN ({marks})"
                found += file.execute(query, (self._revision, *some)).fetchall()
        return found


class Asker:
    """An engine behind its cache; `counters` tell what it cost, by purpose."""

    def __init__(self, engine: Engine, cache: AnswerCache, *, in_flight: int = 512) -> None:
        """`in_flight`: requests handed to the engine at once, which is what a death costs."""
        self._engine = engine
        self._cache = cache
        self._in_flight = in_flight
        self.counters: dict[str, float] = defaultdict(float)

    def ask(self, requests: Sequence[Request], *, purpose: str) -> list[Answer]:
        """One answer a request, in order; equal requests are asked once.

        Raises: EngineDeathError, after noting what was in flight; EngineUnavailableError, after keeping what came.
        """
        asked = {request.key: request for request in requests}
        answers = self._cache.find(list(asked))
        self._count(purpose, prompts=len(requests), cached=sum(request.key in answers for request in requests))
        open_keys = [key for key in asked if key not in answers]
        deaths = self._cache.deaths(open_keys)
        if deaths and self._cache.is_hopeless():
            raise EngineUnavailableError(
                "the engine died at every prompt and never answered one: it can't run this model"
            )
        answers |= {key: _rejected(times) for key, times in deaths.items() if times >= MAX_DEATHS}
        alone = [[key] for key, times in deaths.items() if times < MAX_DEATHS]
        together = [key for key in open_keys if key not in deaths]
        for keys in (*alone, *(together[i : i + self._in_flight] for i in range(0, len(together), self._in_flight))):
            answers |= self._ask(keys, [asked[key] for key in keys], purpose)
        return [answers[request.key] for request in requests]

    def _ask(self, keys: list[str], requests: list[Request], purpose: str) -> dict[str, Answer]:
        started = time.perf_counter()
        try:
            said = self._engine.answer(requests)
        except EngineDeathError:
            self._cache.note_death(keys)
            raise
        except EngineUnavailableError as error:
            self._cache.keep({keys[place]: answer for place, answer in error.answers.items()})
            if len(error.answers) < len(requests) or not self._cache.has_answers():
                raise
            said = [error.answers[place] for place in range(len(requests))]  # others were of use: it's the prompts
        answers = dict(zip(keys, said, strict=True))
        self._cache.keep(answers)
        self._count(
            purpose,
            asked=len(keys),
            prompt_tokens=sum(answer.prompt_tokens for answer in said),
            answer_tokens=sum(answer.answer_tokens for answer in said),
            seconds=time.perf_counter() - started,
        )
        return answers

    def _count(self, purpose: str, **numbers: float) -> None:
        for name, number in numbers.items():
            self.counters[f"{purpose}_{name}"] += number


def _rejected(deaths: int) -> Answer:
    return Answer(error=f"the engine died {deaths} times while it held this prompt")
