"""Of the sentences that deny a relation, how many came out as negated, with the interval of that share.

    python -m bench.score_denied bench/judgements/NAME.tsv... [--sentences 100] [--floor 0.70]

Reads the tables that `bench.sample_denied` wrote and a person filled in, one after another, and what the run said from
the file beside each. The first `--sentences` lines with a yes count; the lines before the last of them must be judged,
those after it needn't be. Right means the right polarity: some relation of the two mentions was extracted as negated,
whatever its predicate; how many had the predicate that the judge named, either way round, is told apart. The interval
is Wilson's, 95 %. How many of the other lines, which deny nothing of the two, came out as negated all the same is told
too: it says what the finding costs, in sentences that were drawn for their cues.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click

from bench.judge_table import read_table
from bench.sample_denied import extracted_path
from bench.score_judgements import JudgementError, count_shares, wilson_interval
from engine.schema import AFFIRMED, NEGATED, SPECULATED, predicates_of

_NOTHING: Final = "nothing"


def read_judged(paths: Sequence[Path], *, sentences: int) -> list[dict[str, str]]:
    """The lines of judged tables up to the one that is number `sentences` to deny a relation; all if there are fewer.

    Raises: JudgementError at a line before that one that is not judged, or whose predicate doesn't go with its verdict
    and types.
    """
    judged: list[dict[str, str]] = []
    for path in paths:
        for number, row in enumerate(read_table(path), start=2):
            if sum(line["denied"] == "yes" for line in judged) == sentences:
                return judged
            fault = _find_fault(row)
            if fault:
                raise JudgementError(f"{path}, line {number}: {fault}")
            judged.append(row)
    return judged


def _find_fault(row: Mapping[str, str]) -> str | None:
    if row["denied"] not in ("yes", "no"):
        return f"denied is {row['denied']!r}, expected yes or no"
    if row["denied"] == "no":
        return f"predicate {row['predicate']!r} of a relation that is not denied" if row["predicate"] else None
    known = predicates_of(row["head_type"], row["tail_type"])
    return None if row["predicate"] in known else f"predicate {row['predicate']!r} is none of {', '.join(known)}"


def score_denied(judged: Sequence[Mapping[str, str]], extracted: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """Counts, share with the right polarity and its interval, what the others came out as, and the share by kind."""
    said: dict[str, set[tuple[str, str]]] = {}
    for relation in extracted:
        said.setdefault(relation["doc_id"], set()).add((relation["assertion"], relation["predicate"]))
    denied = [row for row in judged if row["denied"] == "yes"]
    others = [_outcome_of(said.get(row["doc_id"], set())) for row in judged if row["denied"] == "no"]
    outcomes = [_outcome_of(said.get(row["doc_id"], set())) for row in denied]
    right = [outcome == NEGATED for outcome in outcomes]
    low, high = wilson_interval(sum(right), len(denied))
    return {
        "sentences": len(denied),
        "right": sum(right),
        "share": round(sum(right) / len(denied), 3),
        "interval_95": [round(low, 3), round(high, 3)],
        "right_predicate": sum((NEGATED, row["predicate"]) in said.get(row["doc_id"], set()) for row in denied),
        "extracted_as": dict(Counter(outcomes).most_common()),
        "by_predicate": count_shares(zip((row["predicate"] for row in denied), right, strict=True)),
        "by_types": count_shares(zip((f"{row['head_type']}-{row['tail_type']}" for row in denied), right, strict=True)),
        "others": len(others),
        "others_negated": others.count(NEGATED),
    }


def _outcome_of(said: set[tuple[str, str]]) -> str:
    """The assertion of what was extracted, negated before the others; or that nothing was."""
    assertions = {assertion for assertion, _ in said}
    return next((assertion for assertion in (NEGATED, SPECULATED, AFFIRMED) if assertion in assertions), _NOTHING)


@click.command()
@click.argument("tables", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--sentences", default=100, show_default=True, help="Denied relations to count.")
@click.option("--floor", default=0.70, show_default=True, help="Share right below which the command fails.")
def main(tables: tuple[Path, ...], sentences: int, floor: float) -> None:
    """Count the judgements of TABLES."""
    try:
        judged = read_judged(tables, sentences=sentences)
        if all(row["denied"] == "no" for row in judged):
            raise JudgementError(f"{', '.join(map(str, tables))}: no sentence denies a relation")
        extracted = [row for table in tables for row in read_table(extracted_path(table))]
    except (JudgementError, FileNotFoundError) as error:
        raise click.ClickException(str(error)) from error
    summary = score_denied(judged, extracted)
    click.echo(json.dumps({"tables": [table.name for table in tables], **summary}))
    if summary["right"] < floor * summary["sentences"]:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
