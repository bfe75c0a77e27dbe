"""In what share of the judged briefs every sentence rests on what it cites, with its interval.

    python -m bench.score_briefs bench/judgements/NAME.tsv [--floor 0.90]

Reads the table that `bench.briefs` wrote and a person filled in. A brief whose sentences were all dropped before is in
no line, and in no count. The interval is Wilson's, 95 %.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from bench.briefs import ERRORS
from bench.score_judgements import JudgementError, count_shares, read_judgements, wilson_interval


def score_briefs(rows: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """Counts of briefs and of sentences, errors by frequency, and the briefs by what they are about."""
    holds: dict[str, bool] = {}
    for row in rows:
        holds[row["brief"]] = holds.get(row["brief"], True) and row["verdict"] == "right"
    kind = {row["brief"]: row["kind"] for row in rows}
    right = sum(holds.values())
    return {
        "briefs": len(holds),
        "right": right,
        "share": round(right / len(holds), 3),
        "interval_95": [round(limit, 3) for limit in wilson_interval(right, len(holds))],
        "sentences": len(rows),
        "right_sentences": sum(row["verdict"] == "right" for row in rows),
        "errors": dict(Counter(row["error"] for row in rows if row["verdict"] == "wrong").most_common()),
        "by_kind": count_shares((kind[brief], held) for brief, held in holds.items()),
    }


@click.command()
@click.argument("table", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--floor", default=0.90, show_default=True, help="Share of briefs below which the command fails.")
def main(table: Path, floor: float) -> None:
    """Count the judgements of TABLE."""
    try:
        rows = read_judgements(table, errors=ERRORS)
    except JudgementError as error:
        raise click.ClickException(str(error)) from error
    summary = score_briefs(rows)
    click.echo(json.dumps({"table": table.name, **summary}))
    if summary["right"] < floor * summary["briefs"]:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
