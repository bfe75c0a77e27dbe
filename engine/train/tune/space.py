"""What is searched, as data: fields of `FinetuneSettings` and the range of each.

`average_decay` is not among them: it is a matter of a run's length, and trials are short.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from engine.train.settings import FinetuneSettings

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class Dimension:
    """A field of `FinetuneSettings` and its range, both ends included. `step`: whole numbers, so far apart."""

    name: str
    low: float
    high: float
    log: bool = False
    step: int | None = None

    @property
    def flag(self) -> str:
        """The option of `hypograph finetune` that sets it."""
        return "--" + self.name.replace("_", "-")

    @property
    def default(self) -> float:
        """What a run has that doesn't set it."""
        value: float = getattr(FinetuneSettings(), self.name)
        return value

    def read(self, value: float) -> float:
        """The value with which a run is made: whole, or of so few digits that a flag says it exactly."""
        return int(value) if self.step else float(f"{value:.{_DIGITS}g}")

    def distribution(self) -> BaseDistribution:
        """The same range for Optuna."""
        from optuna.distributions import FloatDistribution, IntDistribution

        if self.step:
            return IntDistribution(int(self.low), int(self.high), step=self.step)
        return FloatDistribution(self.low, self.high, log=self.log)


SPACE: Final = (
    Dimension("encoder_rate", 3e-5, 1e-3, log=True),
    Dimension("head_rate", 2e-4, 1e-2, log=True),
    Dimension("layer_decay", 0.6, 1.0),
    Dimension("weight_decay", 1e-3, 0.3, log=True),
    Dimension("encoder_dropout", 0.0, 0.3),
    Dimension("word_dropout", 0.0, 0.3),
    Dimension("mention_weight", 1.0, 20.0, log=True),
    Dimension("warmup_share", 0.01, 0.3),
    Dimension("micro_batch_tokens", 500, 2000, step=250),
)


def default_values(space: Iterable[Dimension] = SPACE) -> dict[str, float]:
    """The point of the space at which `hypograph finetune` stands without flags."""
    return {dimension.name: dimension.default for dimension in space}


def read_values(values: Mapping[str, float], space: Iterable[Dimension] = SPACE) -> dict[str, float]:
    """A point of the space as runs take it."""
    return {dimension.name: dimension.read(values[dimension.name]) for dimension in space}


def write_flags(values: Mapping[str, float], space: Iterable[Dimension] = SPACE) -> str:
    """A point of the space as options of `hypograph finetune`; values that are the defaults are left out."""
    return " ".join(f"{d.flag} {values[d.name]:g}" for d in space if values[d.name] != d.default)
