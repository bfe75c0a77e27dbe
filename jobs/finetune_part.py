"""`hypograph finetune --relations EXTRACTOR` and `--second EXTRACTOR`: train a part of an extractor, all else stays.

The same command resumes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import click

from engine.model.config import CheckpointError
from engine.model.hub import model_folder
from engine.train.settings import HeadSettings, SecondSettings
from jobs.finetune_options import (
    RELATIONS_FLAG,
    SECOND_FLAG,
    data_option,
    judged_option,
    max_steps_option,
    parse_passes,
    passes_option,
    run_option,
    train_and_report,
    workers_option,
)
from jobs.local_folder import LocalFolder, refuse_overwriting
from jobs.worker_group import begin_work, check_workers, threads_a_worker, threads_option

_Function = TypeVar("_Function", bound=Callable[..., Any])
_HEAD = HeadSettings()
_SECOND = SecondSettings()
_COMMON = (
    click.argument("out", type=LocalFolder()),
    data_option,
    run_option,
    judged_option,
    passes_option,
    click.option(
        "--head-rate", type=float, default=_HEAD.head_rate, show_default=True, help="Peak learning rate of the head."
    ),
    click.option(
        "--evaluations",
        type=click.IntRange(1),
        default=_HEAD.evaluations,
        show_default=True,
        help="How often the carved part is scored.",
    ),
    workers_option,
    threads_option,
    max_steps_option,
    click.option("--seed", type=int, default=_HEAD.seed, show_default=True, help="Seed of the order and the start."),
)


def _with_common(function: _Function) -> _Function:
    for option in reversed(_COMMON):
        function = option(function)
    return function


def _extractor(flag: str) -> Callable[[_Function], _Function]:
    return click.option(
        flag, "model", type=click.Path(path_type=Path), required=True, help="The extractor: folder or id."
    )


@click.command()
@_extractor(RELATIONS_FLAG)
@_with_common
@click.option(
    "--start-share",
    type=click.FloatRange(0, 1),
    default=_HEAD.start_share,
    show_default=True,
    help="How much of the head's weights before is mixed into the trained ones.",
)
def relations_command(**options: Any) -> None:
    """Train the relation head of an extractor on, and leave all in OUT."""
    _train(_HEAD, **options)


@click.command()
@_extractor(SECOND_FLAG)
@_with_common
@click.option(
    "--rank",
    type=click.IntRange(1),
    default=_SECOND.rank,
    show_default=True,
    help="Rank of the change to each of the encoder's matrices.",
)
@click.option(
    "--share",
    type=click.FloatRange(0, 1, min_open=True),
    default=_SECOND.share,
    show_default=True,
    help="What the second reading weighs in a pair's scores.",
)
@click.option(
    "--change-rate",
    type=float,
    default=_SECOND.change_rate,
    show_default=True,
    help="Peak learning rate of that change and of the markers.",
)
def second_command(**options: Any) -> None:
    """Train a second reading of pairs for an extractor, and leave both in OUT."""
    _train(_SECOND, **options)


def _train(
    defaults: HeadSettings | SecondSettings,
    *,
    model: Path,
    out: Path,
    data: Path,
    runs: tuple[Path, ...],
    judged: Path | None,
    passes: tuple[str, ...],
    workers: int,
    threads: int | None,
    max_steps: int | None,
    **options: Any,
) -> None:
    settings = replace(defaults, passes=parse_passes(passes, defaults.passes), **options)
    check_workers(workers, settings.micro_batches)
    try:
        model = model_folder(model)
    except CheckpointError as error:
        raise click.ClickException(str(error)) from error
    refuse_overwriting(out, model)
    run = PartRun(
        model=model.absolute(),
        out=out.absolute(),
        data=data.absolute(),
        settings=settings,
        runs=tuple(folder.absolute() for folder in runs),
        judged=judged.absolute() if judged else None,
        max_steps=max_steps,
        threads=threads_a_worker(workers, threads),
    )
    train_and_report(run, workers=workers)


@dataclass(frozen=True, slots=True)
class PartRun:
    """One worker's part of the training; its settings tell what is trained."""

    model: Path
    out: Path
    data: Path
    settings: HeadSettings | SecondSettings
    runs: tuple[Path, ...]
    judged: Path | None
    max_steps: int | None
    threads: int | None

    @property
    def name(self) -> str:
        """The command."""
        return "finetune-second" if isinstance(self.settings, SecondSettings) else "finetune-relations"

    def __call__(self) -> dict[str, object]:
        """Train; returns the report."""
        from engine.train.relation_head import train_relation_head
        from engine.train.second import train_second

        begin_work(self.threads)
        common: dict[str, Any] = {
            "data": self.data,
            "runs": self.runs,
            "judged": self.judged,
            "max_steps": self.max_steps,
        }
        if isinstance(self.settings, SecondSettings):
            return train_second(self.model, self.out, settings=self.settings, **common)
        return train_relation_head(self.model, self.out, settings=self.settings, **common)
