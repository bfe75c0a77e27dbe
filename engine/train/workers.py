"""How a training run goes whatever is learned: the workers that share a step, their sums, its rate, its evaluations.

Knows of Ray only that it has made PyTorch's process group before. Trade-off: gradients go over in one flat copy, once
a step, which costs their memory twice and needs no wrapper around the network.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, distributed

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Workers:
    """This process's place among the workers; alone it is worker 0 of 1."""

    rank: int
    count: int

    @classmethod
    def here(cls) -> Workers:
        """The process group that this process has joined, if any."""
        if not distributed.is_initialized():
            return cls(0, 1)
        return cls(distributed.get_rank(), distributed.get_world_size())

    def share(self, items: Sequence[Item]) -> Sequence[Item]:
        """This worker's part of a step's micro-batches."""
        return items[self.rank :: self.count]

    def add_gradients(self, parameters: Sequence[Tensor]) -> None:
        """Add up the gradients of all workers; one that a worker's share didn't touch counts as zero.

        One that no worker's touched stays None, as with one worker: an optimizer moves by what it remembers at zero.
        """
        if self.count == 1:
            return
        parts = [(torch.zeros_like(p) if p.grad is None else p.grad).flatten() for p in parameters]
        flat = torch.cat([*parts, parts[0].new_tensor([p.grad is not None for p in parameters])])
        distributed.all_reduce(flat)
        *gradients, touched = torch.split(flat, [*map(len, parts), len(parts)])
        for parameter, gradient, times in zip(parameters, gradients, touched.tolist(), strict=True):
            parameter.grad = gradient.view_as(parameter) if times else None

    def wait(self) -> None:
        """Return once all workers have come here."""
        if self.count > 1:
            distributed.barrier()

    def add_up(self, values: Sequence[float], device: torch.device) -> list[float]:
        """The sum of each value over all workers."""
        if self.count == 1:
            return list(values)
        total = torch.tensor(values, dtype=torch.float32, device=device)
        distributed.all_reduce(total)
        return [float(value) for value in total]


def evaluation_steps(steps: int, evaluations: int) -> set[int]:
    """The steps after which a run is evaluated: evenly spread, the last one among them."""
    return {round(steps * (k + 1) / evaluations) for k in range(evaluations)}


def seed_part(seed: int, step: int, part: int) -> None:
    """Seed what a step's micro-batch draws: the same after a pause, on whichever worker, on every device."""
    torch.manual_seed(int(np.random.SeedSequence((seed, step, part)).generate_state(1, np.uint64)[0] >> 1))


def rate_factor(progress: float, warmup_share: float) -> float:
    """Linear warm-up, then linear decay to zero; `progress` is the share of the run that is done."""
    return progress / warmup_share if progress < warmup_share else (1.0 - progress) / (1.0 - warmup_share)
