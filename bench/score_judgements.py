"""What share of the judged edges is right, with its interval, and which errors are commonest.

    python -m bench.score_judgements bench/judgements/NAME.tsv [--floor 0.60]

Reads the tables that `bench.sample_edges` wrote and a person filled in; a line without a verdict, or with one that
is not in the list, is an error of the judge's table and stops the count. The interval is Wilson's, 95 %.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from bench.judge_table import read_table
from bench.sample_edges import ERRORS, VERDICTS


class JudgementError(ValueError):
    """A line of a judged table that can't be counted; the message names file, line and reason."""


def read_judgements(path: Path, *, errors: Collection[str] = ERRORS) -> list[dict[str, str]]:
    """The lines of a judged table; `errors`: what its judge may call an error.

    Raises: JudgementError at the first line without a valid verdict, or wrong without a known error.
    """
    rows = read_table(path)
    for number, row in enumerate(rows, start=2):
        if row["verdict"] not in VERDICTS:
            raise JudgementError(f"{path}, line {number}: verdict {row['verdict']!r} is none of {', '.join(VERDICTS)}")
        if (row["verdict"] == "wrong") != (row["error"] in errors):
            found = f"verdict {row['verdict']} with error {row['error']!r}"
            raise JudgementError(f"{path}, line {number}: {found}; known errors: {', '.join(errors)}")
    return rows


def wilson_interval(right: int, total: int, *, z: float = 1.959964) -> tuple[float, float]:
    """Wilson's score interval of a proportion.

    Source: E. B. Wilson, J. Am. Stat. Assoc. 22 (1927) 209-212.
    Raises: ValueError if `total` is not positive.
    """
    if total <= 0:
        raise ValueError(f"an interval needs at least one trial, got {total}")
    share = right / total
    centre = share + z * z / (2 * total)
    half = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    return (centre - half) / scale, (centre + half) / scale


def score_judgements(rows: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """Counts, share right with its interval, errors by frequency, and the share by predicate and by pair of types."""
    right = sum(row["verdict"] == "right" for row in rows)
    low, high = wilson_interval(right, len(rows))
    return {
        "edges": len(rows),
        "right": right,
        "share": round(right / len(rows), 3),
        "interval_95": [round(low, 3), round(high, 3)],
        "errors": dict(Counter(row["error"] for row in rows if row["verdict"] == "wrong").most_common()),
        "by_predicate": _shares(rows, lambda row: row["predicate"]),
        "by_types": _shares(rows, lambda row: f"{row['subject_type']}-{row['object_type']}"),
        "by_support": _shares(rows, lambda row: "one sentence" if row["n_evidence"] == "1" else "more"),
    }


def _shares(rows: Sequence[Mapping[str, str]], key: Callable[[Mapping[str, str]], str]) -> dict[str, str]:
    return count_shares((key(row), row["verdict"] == "right") for row in rows)


def count_shares(judged: Iterable[tuple[str, bool]]) -> dict[str, str]:
    """Of (kind, whether it is right): "right/all" of each kind, the commonest kind first."""
    total, right = Counter[str](), Counter[str]()
    for kind, is_right in judged:
        total[kind] += 1
        right[kind] += is_right
    return {kind: f"{right[kind]}/{count}" for kind, count in total.most_common()}


@click.command()
@click.argument("tables", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--floor", default=0.60, show_default=True, help="Share right below which the command fails.")
def main(tables: tuple[Path, ...], floor: float) -> None:
    """Count the judgements of TABLES."""
    try:
        rows = [row for table in tables for row in read_judgements(table)]
    except JudgementError as error:
        raise click.ClickException(str(error)) from error
    summary = score_judgements(rows)
    click.echo(json.dumps({"tables": [table.name for table in tables], **summary}))
    if summary["right"] < floor * summary["edges"]:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
