"""Tables for a person to judge, or to hold judgements against: one row a line, tab-separated, with a header."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def write_table(rows: Sequence[DataclassInstance], kind: type[DataclassInstance], out: Path) -> None:
    """Write rows of one dataclass, its fields as columns; never over a file that exists, it may hold judgements.

    Raises: FileExistsError.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("x", encoding="utf-8", newline="") as lines:
        names = [field.name for field in fields(kind)]
        writer = csv.DictWriter(lines, names, delimiter="\t", lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)


def read_table(path: Path) -> list[dict[str, str]]:
    """The rows of a table, judged or not, in order."""
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t"))
