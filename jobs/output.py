"""How an answer looks on stdout: as a table for reading, as JSON or CSV for programs.

A table puts long values, sentences above all, under their row and wraps them, so that a row of numbers stays one line.
JSON is one object on one line: what was asked, the columns, the rows. Nothing here knows a store or a question.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
import textwrap
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

FORMATS: Final = ("table", "json", "csv")
_LONG_CHARS: Final = 42
_PLAIN_WIDTH_CHARS: Final = 120  # where stdout is no terminal

Rows = Sequence[Mapping[str, object]]


def format_answer(columns: Sequence[str], rows: Rows, *, format: str, about: Mapping[str, object] | None = None) -> str:
    """The answer as text that ends without a line break; `about` goes into the JSON object only."""
    if format == "json":
        return json.dumps({**(about or {}), "columns": list(columns), "rows": [dict(row) for row in rows]}, default=str)
    if format == "csv":
        return _as_csv(columns, rows)
    return _as_table(columns, rows, width=shutil.get_terminal_size((_PLAIN_WIDTH_CHARS, 24)).columns)


def _as_csv(columns: Sequence[str], rows: Rows) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_machine(row.get(column)) for column in columns] for row in rows)
    return text.getvalue().rstrip("\n")


def _machine(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _as_table(columns: Sequence[str], rows: Rows, *, width: int) -> str:
    cells = [{column: _readable(row.get(column)) for column in columns} for row in rows]
    short = [c for c in columns if all(_width(cell[c]) <= _LONG_CHARS for cell in cells)]
    numeric = {c for c in short if all(isinstance(row.get(c), int | float | None) for row in rows)}
    widths = {c: max(_width(c), *(_width(cell[c]) for cell in cells), 1) for c in short} if cells else {}
    lines = []
    if short:
        lines = ["  ".join(_pad(c, widths.get(c, _width(c)), right=c in numeric) for c in short).rstrip()]
        lines += ["  ".join("-" * widths.get(c, _width(c)) for c in short)]
    for cell in cells:
        if not any(cell.values()):
            lines.append("(empty)")  # a line of blanks would look like no row
        lines += ["  ".join(_pad(cell[c], widths[c], right=c in numeric) for c in short).rstrip()] if short else []
        for column in columns:
            if column not in short and cell[column]:
                label = f"    {column}: "
                lines += textwrap.wrap(
                    cell[column], width=max(width, 40), initial_indent=label, subsequent_indent="      "
                )
    return "\n".join(line for line in lines if line or not short) if cells else "(no rows)"


def _readable(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        return ", ".join(_readable(item) for item in value)
    text = json.dumps(value, default=str, ensure_ascii=False) if isinstance(value, dict) else str(value)
    return printable(text)


def printable(text: str) -> str:
    """Text from documents must not steer the terminal: what isn't seen is a blank."""
    return "".join(character if character.isprintable() else " " for character in text)


def _width(text: str) -> int:
    """Columns that a terminal gives to a text."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide - sum(unicodedata.combining(character) > 0 for character in text)


def _pad(text: str, width: int, *, right: bool) -> str:
    space = " " * (width - _width(text))
    return space + text if right else text + space
