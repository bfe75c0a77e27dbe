"""`hypograph run`: extract and load. Each shard is loaded as soon as it is complete.

The graph is opened before anything is extracted, so a wrong address or password costs nothing. Shards that an earlier
call finished are loaded first: loading writes only what differs, so a run that died between the two is made whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from engine.shards import Shard
from graph.connect import is_neo4j, open_store
from graph.counters import Counters
from graph.errors import GraphError
from graph.write import LoadReport, NewestRows, load_folder
from jobs.extract import extract, finish, list_input_files, run_arguments, say
from jobs.load import load_options, open_changes
from jobs.settings import load_settings, settings_options


@click.command()
@run_arguments
@load_options
@settings_options
def command(
    inputs: tuple[str, ...],
    out: Path,
    graph: str,
    keep_other_models: bool,
    changes: Path | None,
    overwrite: bool,
    config: Path | None,
    **flags: Any,
) -> None:
    """Extract and load: each shard is in the graph as soon as it is complete.

    INPUTS are files, folders or globs, local, s3:// or gs://, plain or gzipped, of PubMed XML, MEDLINE text, BioC,
    PubTator, JATS, JSON lines, CSV, Parquet or plain text.
    """
    settings = load_settings(config=config, flags=flags)
    files = list_input_files(inputs, format=settings.format, out=out)
    out = out.absolute()
    if not is_neo4j(graph):
        _check_outside(out, "--graph", graph)
    if changes:
        _check_outside(out, "--changes", changes)
    reports: list[LoadReport] = []
    newest = NewestRows()
    try:
        with open_changes(changes) as on_change, open_store(graph) as store:

            def load(shards: Sequence[Shard]) -> None:
                report = load_folder(
                    store,
                    out,
                    only=[shard.folder for shard in shards],
                    newest=newest,
                    keep_other_models=keep_other_models,
                    on_change=on_change,
                )
                reports.append(report)
                say(f"loaded {len(shards)} shards: {report.counters.total} changes in {report.seconds:.1f} s")

            summary = extract(files, out=out, settings=settings, overwrite=overwrite, on_shards=load)
    except GraphError as error:
        kept = f"\nWhat is extracted is kept in {out}: give the same command again when the graph can be written."
        raise click.ClickException(f"{error}{kept if (out / 'run.json').exists() else ''}") from error
    finish("run", {**summary, "graph": graph, "load": sum_reports(reports)}, settings)


def _check_outside(out: Path, option: str, path: str | Path) -> None:
    """Raises: click.UsageError if the path lies in a folder where a run begins, which must be empty."""
    if Path(path).resolve().is_relative_to(out.resolve()) and not (out / "run.json").exists():
        raise click.UsageError(f"{option} {path} lies in --out {out}, where a run begins: give it a place outside")


def sum_reports(reports: Sequence[LoadReport]) -> dict[str, Any]:
    """One report for all loads of a run."""
    tally: dict[str, Counter[str]] = {}
    for report in reports:
        for kind, outcomes in report.tally.items():
            tally.setdefault(kind, Counter()).update(outcomes)
    total = LoadReport(
        shards=sum(report.shards for report in reports),
        tally={kind: dict(outcomes) for kind, outcomes in tally.items()},
        counters=sum((report.counters for report in reports), Counters()),
        seconds=sum(report.seconds for report in reports),
        repaired=any(report.repaired for report in reports),
    )
    return total.as_dict()


if __name__ == "__main__":
    command()
