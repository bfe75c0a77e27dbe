"""`hypograph finetune --second EXTRACTOR`: train the second reading of an extractor; resumes by the same command."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from engine.model.config import CheckpointError
from engine.model.hub import model_folder
from engine.train.settings import SecondSettings
from jobs.finetune_options import (
    SECOND_FLAG,
    data_option,
    max_steps_option,
    parse_passes,
    passes_option,
    run_option,
    train_and_report,
    workers_option,
)
from jobs.local_folder import LocalFolder, refuse_overwriting
from jobs.worker_group import begin_work, check_workers, threads_a_worker, threads_option

DEFAULTS = SecondSettings()


@click.command()
@click.option(SECOND_FLAG, "model", type=click.Path(path_type=Path), required=True, help="The extractor: folder or id.")
@click.argument("out", type=LocalFolder())
@data_option
@run_option
@passes_option
@click.option(
    "--rank",
    type=click.IntRange(1),
    default=DEFAULTS.rank,
    show_default=True,
    help="Rank of the change to each of the encoder's matrices.",
)
@click.option(
    "--share",
    type=click.FloatRange(0, 1, min_open=True),
    default=DEFAULTS.share,
    show_default=True,
    help="What the second reading weighs in a pair's scores.",
)
@click.option(
    "--change-rate",
    type=float,
    default=DEFAULTS.change_rate,
    show_default=True,
    help="Peak learning rate of that change and of the markers.",
)
@click.option(
    "--head-rate", type=float, default=DEFAULTS.head_rate, show_default=True, help="Peak learning rate of the head."
)
@click.option(
    "--evaluations",
    type=click.IntRange(1),
    default=DEFAULTS.evaluations,
    show_default=True,
    help="How often the carved part is scored.",
)
@workers_option
@threads_option
@max_steps_option
@click.option("--seed", type=int, default=DEFAULTS.seed, show_default=True, help="Seed of the order and the start.")
def command(
    model: Path,
    out: Path,
    data: Path,
    runs: tuple[Path, ...],
    passes: tuple[str, ...],
    workers: int,
    threads: int | None,
    max_steps: int | None,
    **options: Any,
) -> None:
    """Train a second reading of pairs for an extractor, and leave both in OUT."""
    settings = replace(DEFAULTS, passes=parse_passes(passes, DEFAULTS.passes), **options)
    check_workers(workers, settings.micro_batches)
    try:
        model = model_folder(model)
    except CheckpointError as error:
        raise click.ClickException(str(error)) from error
    refuse_overwriting(out, model)
    run = SecondRun(
        model=model.absolute(),
        out=out.absolute(),
        data=data.absolute(),
        settings=settings,
        runs=tuple(folder.absolute() for folder in runs),
        max_steps=max_steps,
        threads=threads_a_worker(workers, threads),
    )
    train_and_report(run, workers=workers)


@dataclass(frozen=True, slots=True)
class SecondRun:
    """One worker's part of the training: what `train_second` is called with."""

    model: Path
    out: Path
    data: Path
    settings: SecondSettings
    runs: tuple[Path, ...]
    max_steps: int | None
    threads: int | None

    @property
    def name(self) -> str:
        """The command."""
        return "finetune-second"

    def __call__(self) -> dict[str, object]:
        """Train; returns the report."""
        from engine.train.second import train_second

        begin_work(self.threads)
        return train_second(
            self.model,
            self.out,
            data=self.data,
            settings=self.settings,
            runs=self.runs,
            max_steps=self.max_steps,
        )
