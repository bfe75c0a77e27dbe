"""The state that a killed training run goes on from, one file in `OUT/.training`; replaced whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import torch

REPORT_FILE: Final = "training.json"


class StateError(ValueError):
    """A state that belongs to another run."""


def state_path(out: Path) -> Path:
    """Where a run that writes into `out` keeps its state."""
    return out / ".training" / "state.pt"


def load_state(path: Path, settings: Mapping[str, Any]) -> dict[str, Any] | None:
    """The state of the last checkpoint; None if there is none yet.

    Raises: StateError if it was saved by a run with other settings, or from another start.
    """
    if not path.is_file():
        return None
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=False)
    if not _is_same_run(state["settings"], settings):
        raise StateError(f"{path} belongs to a run with other settings or another start; choose another OUT")
    return state


def _is_same_run(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """What older versions didn't save of the start isn't compared."""
    if "start" not in now:
        return before == now
    saved = before.get("start", {})
    start = {name: value for name, value in now["start"].items() if name in saved}
    return {**before, "start": saved} == {**now, "start": start}


def save_state(path: Path, state: Mapping[str, Any]) -> None:
    """Replace the last checkpoint; `state["settings"]` is what `load_state` compares."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    torch.save(dict(state), partial)
    os.replace(partial, path)
