"""What the commands share that fine-tune: the flags that tell them apart, options, and the summary."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import click

from engine.link.archive import ArchiveError
from engine.model.config import CheckpointError
from engine.train.annotated import CorpusError
from jobs.worker_group import TrainingRun, train

GENERATOR_FLAG: Final = "--generator"
RELATIONS_FLAG: Final = "--relations"
SECOND_FLAG: Final = "--second"

data_option = click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=Path("../shared/data"),
    show_default=True,
    help="Folder that holds gold/.",
)
run_option = click.option(
    "--run",
    "runs",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    multiple=True,
    help="Folder of a finished run, whose abstracts patterns label, or of which pairs are judged; repeatable.",
)
judged_option = click.option(
    "--judged",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Table of judged pairs in the documents of --run.",
)
passes_option = click.option(
    "--passes", multiple=True, metavar="CORPUS=N", help="Passes over a corpus in the whole run; repeatable."
)
workers_option = click.option(
    "--workers",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Processes of Ray Train that share each step; at most its micro-batches, two.",
)
max_steps_option = click.option(
    "--max-steps",
    type=click.IntRange(1),
    default=None,
    help="Pause after this many steps; the same command without it goes on.",
)


def parse_passes(given: Sequence[str], defaults: Mapping[str, float]) -> dict[str, float]:
    """What `--passes` says, beside the defaults.

    Raises: click.UsageError for a corpus that isn't one of them, or what is no number of passes.
    """
    chosen = dict(defaults)
    for item in given:
        name, _, number = item.partition("=")
        if name not in chosen:
            raise click.UsageError(f"--passes: no corpus {name!r}; known: {', '.join(chosen)}")
        try:
            chosen[name] = float(number)
        except ValueError:
            chosen[name] = math.nan
        if not 0 <= chosen[name] < math.inf:
            raise click.UsageError(f"--passes: expected {name}=N with a number from 0 on, found {item!r}")
    return chosen


def train_and_report(run: TrainingRun, *, workers: int) -> None:
    """Train, and print the summary. Raises: click.ClickException."""
    from engine.train.state import StateError

    try:
        report = train(run, workers=workers)
    except (ArchiveError, CheckpointError, CorpusError, StateError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(json.dumps({key: report[key] for key in ("documents", "planned_tokens", "seconds", "selection")}))
