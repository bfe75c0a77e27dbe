"""What the commands share that fine-tune: the flags that tell them apart, `--passes`, and the summary."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final

import click

from engine.link.archive import ArchiveError
from engine.model.config import CheckpointError
from engine.train.annotated import CorpusError
from jobs.worker_group import TrainingRun, train

GENERATOR_FLAG: Final = "--generator"
SECOND_FLAG: Final = "--second"


def parse_passes(given: Sequence[str], defaults: Mapping[str, float]) -> dict[str, float]:
    """What `--passes` says, beside the defaults. Raises: click.UsageError for a corpus that isn't one of them."""
    chosen = dict(defaults)
    for item in given:
        name, _, number = item.partition("=")
        if name not in chosen:
            raise click.UsageError(f"--passes: no corpus {name!r}; known: {', '.join(chosen)}")
        chosen[name] = float(number)
    return chosen


def train_and_report(run: TrainingRun, *, workers: int) -> None:
    """Train, and print the summary. Raises: click.ClickException."""
    from engine.train.state import StateError

    try:
        report = train(run, workers=workers)
    except (ArchiveError, CheckpointError, CorpusError, StateError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(json.dumps({key: report[key] for key in ("documents", "planned_tokens", "seconds", "selection")}))
