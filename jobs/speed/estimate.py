"""What a corpus would take, from what a sample took: plain arithmetic on measured figures, and what it assumes.

It knows nothing of how they were measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Estimate:
    """Hours and machine hours of a corpus; `cost` in the price's own currency, None without a price."""

    documents: int
    workers: int
    hours: float
    machine_hours: float
    cost: float | None


def estimate_corpus(
    documents: int,
    *,
    documents_per_s: float,
    workers: int = 1,
    price_per_hour: float | None = None,
    length_ratio: float = 1.0,
) -> Estimate:
    """The corpus on so many machines like the measured one.

    `documents_per_s`: of one machine, once started. `length_ratio`: mean length of the corpus's documents over that of
    the measured ones. Assumed: machines add up, and a document's cost grows with its length.
    """
    machine_hours = documents * length_ratio / documents_per_s / 3600
    cost = None if price_per_hour is None else machine_hours * price_per_hour
    return Estimate(documents, workers, machine_hours / workers, machine_hours, cost)


def seconds_once_started(stages: Mapping[str, Mapping[str, Any]], actors: Mapping[str, int]) -> float:
    """What a run's documents took without starting anything: its busiest stage's actors, then its flat tables.

    `stages`: the seconds of each stage, summed over its actors, as the run record has them. Stages work side by side,
    so the busiest one's time is that of all; the tables of a shard are derived after it.
    """
    busiest = max(stages[name]["seconds"] / count for name, count in actors.items())
    return float(busiest + stages["tables"]["seconds"])
