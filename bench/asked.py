"""What every benchmark of a language model tells beside its figures: which model, at what cost, on which machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jobs.generator_options import ChosenEngine
from jobs.speed.machine import describe_machine, list_versions


def describe_asked(chosen: ChosenEngine, counters: Mapping[str, float]) -> dict[str, Any]:
    """The end of a result; `counters`: prompts, tokens and seconds by purpose, as an asker counts them."""
    return {
        "generator": chosen.name,
        "generator_revision": chosen.revision,
        "costs": {name: round(value, 1) for name, value in counters.items()},
        "machine": describe_machine(),
        "versions": list_versions(),
    }
