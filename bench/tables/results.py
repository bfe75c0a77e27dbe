"""Where measured results lie, and what all tables are made with: Markdown, machines, shares."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]


class MissingResult(FileNotFoundError):  # noqa: N818
    """A result that a table needs has not been measured for this version."""


@dataclass(frozen=True, slots=True)
class Results:
    """Where the results of one version lie."""

    folder: Path
    model: Path

    def read(self, name: str) -> dict[str, Any]:
        """One benchmark's JSON. Raises: MissingResult."""
        return self._load(self.folder / f"{name}.json")

    def evaluation(self) -> dict[str, Any]:
        """The shipped model's scores. Raises: MissingResult."""
        return self._load(self.model / "evaluation.json")

    def text(self, name: str) -> str:
        """A text file beside the results. Raises: MissingResult."""
        path = self.folder / name
        if not path.is_file():
            raise MissingResult(f"{path} is missing")
        return path.read_text(encoding="utf-8")

    def _load(self, path: Path) -> dict[str, Any]:
        if not path.is_file():
            raise MissingResult(f"{path} is missing")
        loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return loaded


def latest_results() -> Results:
    """The results of the newest version that has any."""
    versions = [folder for folder in (ROOT / "bench/results").glob("[0-9]*") if folder.is_dir()]
    newest = max(versions, key=lambda folder: [int(part) for part in folder.name.split(".")], default=ROOT / "none")
    return Results(newest, ROOT / "engine/weights/encoder")


def markdown(header: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A table in Markdown."""
    lines = [list(header)]
    lines.append(["---"] * len(lines[0]))
    lines += [[str(cell) for cell in row] for row in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def machine_line(result: Mapping[str, Any]) -> str:
    """What a result was measured on."""
    machine = result["machine"]
    return f"{machine['cores']} cores of {machine['cpu']}, {machine['memory_gb']} GB, no GPU:"


def list_shares(shares: Mapping[str, str]) -> str:
    """Names and shares in one line."""
    return ", ".join(f"{name} {share}" for name, share in shares.items())
