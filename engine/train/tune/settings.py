"""Settings of a search, with their defaults; imports nothing heavy, so that a command line can show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

REDUCTION: Final = 2


@dataclass(frozen=True, slots=True)
class TuneSettings:
    """How to search. `share`: of the training documents of each corpus, chosen by a hash of their ids.

    `tokens`: how much a trial reads, in padded word pieces, whatever its micro-batches: trials of one price compare.
    `rungs`: how often a trial is scored; from one to the next it has read twice as much, and only the better half
    goes on. `documents`: at most so many carved ones of each corpus are scored. `confirmations`: seeds with which
    the best settings and the defaults are trained again, and scored on other carved documents.
    """

    trials: int = 40
    tokens: int = 120_000
    rungs: int = 3
    share: float = 0.1
    documents: int = 40
    confirmations: int = 3
    seed: int = 13

    @property
    def parts(self) -> tuple[int, ...]:
        """The parts of a trial after which it is scored, of `parts[-1]` in all."""
        return tuple(REDUCTION**rung for rung in range(self.rungs))
