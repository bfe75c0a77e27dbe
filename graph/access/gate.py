"""Lets a server's questions through: so many at once, so many waiting, the rest refused at once.

Questions block, so each runs in a thread of its own and the event loop stays free to answer that it is well. A question
can't be taken back once a store has it; its time limit ends it. So a client that leaves keeps its place until then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import anyio
import anyio.to_thread

from graph.errors import GraphError

T = TypeVar("T")


class Busy(GraphError):  # noqa: N818
    """More is asked at once than the server takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerLimits:
    """What a server takes and gives. `answer_bytes` counts an answer's rows as JSON."""

    timeout_s: float = 30.0
    rows: int = 1_000
    answer_bytes: int = 4 << 20
    body_bytes: int = 64 << 10
    body_s: float = 10.0
    running: int = 4
    waiting: int = 16


class Gate:
    """Counts what runs and what waits."""

    def __init__(self, limits: ServerLimits) -> None:
        self._most = limits.running + limits.waiting
        self._limiter = anyio.CapacityLimiter(limits.running)
        self._taken = 0

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` returns, run in a thread. Raises: Busy, or what `work` raises."""
        if self._taken >= self._most:
            raise Busy(f"{self._taken} questions are under way or waiting, no more are taken: ask again in a second")
        self._taken += 1
        try:
            return await anyio.to_thread.run_sync(work, limiter=self._limiter)
        finally:
            self._taken -= 1
