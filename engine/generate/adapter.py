"""A LoRA adapter's folder, as PEFT writes it: what it is laid over, its rank, its identity. Reads files, no weights."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CONFIG_FILE: Final = "adapter_config.json"
WEIGHTS_FILE: Final = "adapter_model.safetensors"
ABOUT_FILE: Final = "generator.json"
_VLLM_RANKS: Final = (8, 16, 32, 64, 128, 256, 320, 512)


class AdapterError(ValueError):
    """A folder is no adapter, or is one for another model; names folder and reason."""


@dataclass(frozen=True, slots=True)
class Adapter:
    """`revision`: 12 hexadecimal digits of a SHA-256 over its two files."""

    folder: Path
    name: str
    rank: int
    revision: str

    @property
    def vllm_rank(self) -> int:
        """The rank that vLLM is told to make room for: it takes certain ones only."""
        return next(rank for rank in _VLLM_RANKS if rank >= self.rank)


def open_adapter(folder: Path, *, base_revision: str) -> Adapter:
    """The adapter in a folder, for the model of this revision.

    Raises: AdapterError if it is none, too large for vLLM, or says that it was trained over other weights.
    """
    try:
        config = (folder / CONFIG_FILE).read_bytes()
        weights = (folder / WEIGHTS_FILE).read_bytes()
        rank = int(json.loads(config)["r"])
    except (FileNotFoundError, NotADirectoryError) as error:
        raise AdapterError(f"{folder} is no adapter: it needs {CONFIG_FILE} and {WEIGHTS_FILE}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise AdapterError(f"{folder / CONFIG_FILE} names no rank `r`: {error!r}") from error
    if not 0 < rank <= _VLLM_RANKS[-1]:
        raise AdapterError(f"{folder} has rank {rank}; vLLM takes at most {_VLLM_RANKS[-1]}")
    trained_over = _read_base(folder)
    if trained_over not in (None, base_revision):
        raise AdapterError(f"{folder} was trained over the model {trained_over}, this one is {base_revision}")
    return Adapter(folder, folder.resolve().name, rank, hashlib.sha256(config + weights).hexdigest()[:12])


def write_base(folder: Path, base_revision: str) -> None:
    """Note beside an adapter which weights it was trained over."""
    (folder / ABOUT_FILE).write_text(json.dumps({"base_revision": base_revision}) + "\n", encoding="utf-8")


def _read_base(folder: Path) -> str | None:
    """Which weights an adapter was trained over; None where nobody noted it. Raises: AdapterError."""
    path = folder / ABOUT_FILE
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["base_revision"]) if path.is_file() else None
    except (ValueError, KeyError, TypeError) as error:
        raise AdapterError(f"{path} names no `base_revision`: {error!r}") from error
