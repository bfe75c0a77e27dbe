"""`hypograph backtest`: hides what was published after a year and counts how much of it the ranking foresaw.

A table goes to stdout, then one line of JSON with everything in it. What counts as past and as future is said in
`graph/hypotheses/backtest.py`.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from graph.connect import open_store
from graph.errors import GraphError
from graph.hypotheses.paths import RANKINGS
from jobs.hypotheses import rank_option
from jobs.output import format_answer

if TYPE_CHECKING:
    from graph.hypotheses.backtest import History, Result
    from graph.hypotheses.read import Everything

_PAIRS: Final = ("drug-disease", "drug-gene", "gene-disease")
_FILE: Final = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option(
    "--until",
    "years",
    type=click.IntRange(1),
    multiple=True,
    metavar="YEAR",
    help="Last year that is known; repeatable, and then put together [default: from the newest back, until there are "
    "100 pairs that came true].",
)
@click.option("--every", type=click.IntRange(1), default=3, show_default=True, help="Years between those chosen.")
@click.option(
    "--pairs", type=click.Choice(_PAIRS), multiple=True, default=_PAIRS, show_default=True, help="Repeatable."
)
@click.option(
    "--publications",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Count only these, an id a line: those whose year is known and not estimated.",
)
@click.option(
    "--min-belief", type=click.FloatRange(0, 1), default=0.1, show_default=True, help="Least belief of an edge."
)
@rank_option
@click.option("--draws", type=click.IntRange(1), default=1000, show_default=True, help="Bootstrap draws of pairs.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of the draws.")
@click.option("--graph", envvar="HYPOGRAPH_GRAPH", metavar="URI", help="neo4j://, bolt:// or an embedded store's path.")
@click.option("--json", "json_file", type=_FILE, help="Also write the figures here.")
def command(
    *,
    years: tuple[int, ...],
    every: int,
    pairs: tuple[str, ...],
    publications: Path | None,
    min_belief: float,
    rank: str,
    draws: int,
    seed: int,
    graph: str | None,
    json_file: Path | None,
) -> None:
    """Rank with the past only and count what came true: precision at k, AUPRC, and its ratio to ranking by degrees."""
    from engine.output import write_json
    from graph.hypotheses.backtest import ENOUGH_POSITIVES, History, backtest, choose_years
    from graph.hypotheses.read import read_everything

    if graph is None:
        raise click.UsageError("say which graph: --graph URI, or HYPOGRAPH_GRAPH in the environment")
    started = time.monotonic()
    try:
        with open_store(graph, read_only=True) as store:
            everything = read_everything(store)
    except GraphError as error:
        raise click.ClickException(str(error)) from error
    claims = everything.claims
    if publications is not None:
        try:
            wanted = set(publications.read_text(encoding="utf-8-sig").split())
        except (OSError, UnicodeDecodeError) as error:
            raise click.UsageError(f"--publications {publications}: {error}") from error
        claims = [claim for claim in claims if claim.publication in wanted]
        if not claims:
            raise click.UsageError(f"--publications {publications}: none of these ids (PMID:123) has a claim here")
    history = History(everything.concepts, claims, humans=everything.humans)
    newest = history.last_year()
    if newest is None:
        raise click.ClickException("no claim has a year: there's no past to rank with")
    if any(year >= newest for year in years):
        raise click.UsageError(
            f"--until {max(years)}: nothing in the graph is newer ({newest}), so nothing can come true"
        )
    scoring = replace(RANKINGS[rank], min_belief=min_belief)
    chosen = sorted(set(years)) or choose_years(history, pairs, every=every, scoring=scoring)
    if not chosen:
        raise click.ClickException(f"no claim is {every} years older than another: there's no past to rank with")
    results = [backtest(history, name, chosen, scoring=scoring, draws=draws, seed=seed) for name in pairs]
    print(format_answer(tuple(_row(results[0])), [_row(result) for result in results], format="table"))
    for result in results:
        if result.n_distinct_positives < ENOUGH_POSITIVES:
            print(f"{result.pairs}: fewer than {ENOUGH_POSITIVES} pairs came true; too few to tell", file=sys.stderr)
    summary = {
        "command": "backtest",
        "until": chosen,
        "claims": _count_claims(everything, history),
        "min_belief": min_belief,
        "rank": rank,
        "draws": draws,
        "results": [_as_json(result) for result in results],
        "seconds": round(time.monotonic() - started, 1),
    }
    print(json.dumps(summary))
    if json_file is not None:
        try:
            write_json(json_file, summary)
        except OSError as error:
            raise click.ClickException(str(error)) from error


def _count_claims(everything: Everything, history: History) -> dict[str, int]:
    """How many claims there are, and how many count."""
    without = sum(claim.year is None for claim in everything.claims)
    return {"all": len(everything.claims), "without_year": without, "counted": len(history.claims)}


def _row(result: Result) -> dict[str, object]:
    ratio = result.ratio
    row: dict[str, object] = {
        "pairs": result.pairs,
        "candidates": result.n_candidates,
        "came true": result.n_positives,
        "share": result.share,
        **{f"P@{k}": value for k, value in result.precision_at.items()},
        "AUPRC": result.auprc.value,
        "of degrees": result.degree_auprc.value,
        "ratio": f"{ratio.value:.2f} ({ratio.low:.2f} to {ratio.high:.2f})" if ratio.value == ratio.value else None,
    }
    return {name: None if value != value else value for name, value in row.items()}  # NaN: not known


def _as_json(result: Result) -> dict[str, Any]:
    def figure(value: float) -> float | None:
        return None if value != value else round(value, 6)

    def interval(name: str) -> dict[str, float | None]:
        known = getattr(result, name)
        return {"value": figure(known.value), "low": figure(known.low), "high": figure(known.high)}

    return {
        "pairs": result.pairs,
        "candidates": result.n_candidates,
        "positives": result.n_positives,
        "distinct_positives": result.n_distinct_positives,
        "share": figure(result.share),
        "precision_at": {str(k): figure(value) for k, value in result.precision_at.items()},
        "degree_precision_at": {str(k): figure(value) for k, value in result.degree_precision_at.items()},
        "auprc": interval("auprc"),
        "degree_auprc": interval("degree_auprc"),
        "ratio": interval("ratio"),
    }


if __name__ == "__main__":
    command()
