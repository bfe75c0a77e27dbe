"""How far a fine-tuning is: losses, evaluations, best score, seconds; saved with what is trained, and taken up again.

Knows nothing of what is trained or how it is evaluated.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from engine.train.state import REPORT_FILE, load_state, save_state, state_path
from engine.train.workers import evaluation_steps

log = logging.getLogger(__name__)


class ProgressSettings(Protocol):
    """How often a run is evaluated and saved."""

    @property
    def evaluations(self) -> int:
        """How often it is evaluated, evenly spread."""

    @property
    def checkpoint_every_steps(self) -> int:
        """Steps between two checkpoints."""


class Progress:
    """One run that writes into `out`; its state lies in `out/.training`."""

    def __init__(self, out: Path, parts: Mapping[str, Any], identity: Mapping[str, object]) -> None:
        """`parts`: the modules and optimizers that change. `identity`: what must be the same where a run goes on."""
        self.out = out
        self.history: list[dict[str, object]] = []
        self.losses: list[Mapping[str, float]] = []
        self.best = -1.0
        self.asks_to_evaluate = False
        self._parts = parts
        self._identity = identity
        self._before_s = 0.0
        self._since = time.monotonic()

    def seconds(self) -> float:
        """How long it took so far, over all calls that worked at it; a killed one's up to its last checkpoint."""
        return self._before_s + time.monotonic() - self._since

    def resume(self) -> int:
        """Load the last checkpoint, if any; returns the number of the last finished step.

        Raises: StateError if it was saved by a run with another identity (see `load_state`).
        """
        state = load_state(state_path(self.out), self._identity)
        if state is None:
            return 0
        for name, part in self._parts.items():
            part.load_state_dict(state[name])
        self.history, self.losses, self.best = state["history"], state["losses"], state["best"]
        self._before_s, self._since = state["seconds"], time.monotonic()
        log.info("resumed after step %d", state["step"])
        return int(state["step"])

    def steps_to_take(
        self, total: int, settings: ProgressSettings, *, max_steps: int | None, leads: bool
    ) -> Iterator[int]:
        """The numbers of the steps that are left, from 1 on, up to `max_steps`; checkpoints are saved between them
        and after the last.

        Where `leads`, this is the worker that evaluates, when `asks_to_evaluate` says so, and saves.
        """
        evaluate_at = evaluation_steps(total, settings.evaluations)
        last = total if max_steps is None else min(total, max_steps)
        for number in range(self.resume() + 1, last + 1):
            self.asks_to_evaluate = leads and number in evaluate_at
            yield number
            if leads and (number % settings.checkpoint_every_steps == 0 or number in evaluate_at or number == last):
                self.checkpoint(number)

    def note(self, number: int, total: int, losses: Mapping[str, float]) -> None:
        """Keep the losses of a step, and log now and then."""
        self.losses.append(losses)
        if number % 20 == 0:
            seconds = self.seconds()
            recent = {name: np.mean([row[name] for row in self.losses[-20:]]) for name in losses}
            left = seconds / number * (total - number)
            means = ", ".join(f"{name} {mean:.4f}" for name, mean in recent.items())
            log.info("step %d of %d, %s, %.0f s, about %.0f s left", number, total, means, seconds, left)

    def is_best(self, score: float) -> bool:
        """Whether an evaluation's score is the best yet, which it then is."""
        better = score > self.best
        self.best = max(score, self.best)
        return better

    def checkpoint(self, number: int) -> None:
        """Save what `resume` loads."""
        state = {
            "settings": self._identity,
            "step": number,
            **{name: part.state_dict() for name, part in self._parts.items()},
            "history": self.history,
            "losses": self.losses,
            "best": self.best,
            "seconds": self.seconds(),
        }
        save_state(state_path(self.out), state)

    def report(self, facts: Mapping[str, object], *, write: bool) -> dict[str, object]:
        """The facts and how the run went; `write`: also into `out/training.json`."""
        report = {
            **facts,
            "seconds": round(self.seconds()),
            "selection": round(self.best, 4),
            "history": self.history,
        }
        if write:
            self.out.mkdir(parents=True, exist_ok=True)
            (self.out / REPORT_FILE).write_text(json.dumps(report, indent=1) + "\n")
        return report
