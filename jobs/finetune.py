"""`hypograph finetune`: train the extractor on the annotated corpora, or on a task's; resumes by the same command."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.model.config import CheckpointError
from engine.model.hub import model_folder
from engine.train.settings import FinetuneSettings
from jobs.finetune_options import (
    GENERATOR_FLAG,
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

if TYPE_CHECKING:
    from engine.train.distil.answers import AnswerFolder
    from engine.train.task import Task

DEFAULTS = FinetuneSettings()


class FinetuneCommand(click.Command):
    """The command below, or that of `--generator`, `--relations` or `--second`: their options differ."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """The context of the command that is meant."""
        flags = {arg.partition("=")[0] for arg in args}
        if GENERATOR_FLAG in flags:
            from jobs.finetune_generator import command as of_generator

            return of_generator.make_context(info_name, args, parent, **extra)
        if SECOND_FLAG in flags:
            from jobs.finetune_part import second_command

            return second_command.make_context(info_name, args, parent, **extra)
        if RELATIONS_FLAG in flags:
            from jobs.finetune_part import relations_command

            return relations_command.make_context(info_name, args, parent, **extra)
        return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that the context is of."""
        return super().invoke(ctx) if ctx.command is self else ctx.command.invoke(ctx)


@click.command(cls=FinetuneCommand)
@click.argument("encoder", type=click.Path(path_type=Path))
@click.argument("out", type=LocalFolder())
@data_option
@click.option(
    "--task",
    "task_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="TOML file of a task: labelled files to learn from instead, and the heads to train.",
)
@run_option
@judged_option
@passes_option
@click.option(
    "--encoder-rate",
    type=float,
    default=DEFAULTS.encoder_rate,
    show_default=True,
    help="Peak learning rate of the top encoder layer.",
)
@click.option(
    "--head-rate", type=float, default=DEFAULTS.head_rate, show_default=True, help="Peak learning rate of the heads."
)
@click.option(
    "--layer-decay",
    type=click.FloatRange(0, 1, min_open=True),
    default=DEFAULTS.layer_decay,
    show_default=True,
    help="Rate of an encoder layer, as a share of that of the layer above.",
)
@click.option(
    "--weight-decay",
    type=click.FloatRange(0),
    default=DEFAULTS.weight_decay,
    show_default=True,
    help="AdamW's weight decay.",
)
@click.option(
    "--encoder-dropout",
    type=click.FloatRange(0, 1, max_open=True),
    default=DEFAULTS.encoder_dropout,
    show_default=True,
    help="Share of the encoder's hidden values dropped.",
)
@click.option(
    "--word-dropout",
    type=click.FloatRange(0, 1),
    default=DEFAULTS.word_dropout,
    show_default=True,
    help="Share of words masked.",
)
@click.option(
    "--mention-weight",
    type=click.FloatRange(0),
    default=DEFAULTS.mention_weight,
    show_default=True,
    help="Weight of the mentions' loss; that of the relations is 1.",
)
@click.option(
    "--warmup-share",
    type=click.FloatRange(0, 1, max_open=True),
    default=DEFAULTS.warmup_share,
    show_default=True,
    help="Share of the steps in which rates rise.",
)
@click.option(
    "--micro-batch-tokens",
    type=click.IntRange(1),
    default=DEFAULTS.micro_batch_tokens,
    show_default=True,
    help="Padded word pieces of a micro-batch, of which a step has two.",
)
@click.option(
    "--evaluations",
    type=click.IntRange(1),
    default=DEFAULTS.evaluations,
    show_default=True,
    help="How often the carved part is scored.",
)
@click.option(
    "--start-share",
    type=click.FloatRange(0, 1),
    default=DEFAULTS.start_share,
    show_default=True,
    help="How much of the weights of the extractor ENCODER is mixed into the trained ones.",
)
@click.option("--steps", type=click.IntRange(1), help="Steps of the whole run [default: all that --passes give].")
@workers_option
@threads_option
@max_steps_option
@click.option(
    "--lexicon",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Lexicon whose names become cues [default: the shipped one].",
)
@click.option(
    "--seed",
    type=int,
    default=DEFAULTS.seed,
    show_default=True,
    help="Seed of the order, the dropout and the fresh heads.",
)
@click.option(
    GENERATOR_FLAG,
    metavar="MODEL",
    expose_value=False,
    help="Train a language model instead: `finetune --generator MODEL OUT`; its options: `--generator MODEL --help`.",
)
@click.option(
    RELATIONS_FLAG,
    metavar="EXTRACTOR",
    expose_value=False,
    help="Train a relation head alone: `finetune --relations EXTRACTOR OUT`; see `--relations EXTRACTOR --help`.",
)
@click.option(
    SECOND_FLAG,
    metavar="EXTRACTOR",
    expose_value=False,
    help="Train a second reading: `finetune --second EXTRACTOR OUT`; its options: `--second EXTRACTOR --help`.",
)
def command(workers: int, **options: Any) -> None:
    """Train an extractor that starts from ENCODER and leave it in OUT.

    ENCODER is a Hugging Face folder or id, or an extractor's to go on from.
    """
    train_and_report(plan_run(workers=workers, **options), workers=workers)


def plan_run(
    encoder: Path,
    out: Path,
    data: Path,
    runs: tuple[Path, ...],
    judged: Path | None,
    passes: tuple[str, ...],
    workers: int,
    threads: int | None,
    lexicon: Path | None,
    max_steps: int | None,
    task_file: Path | None = None,
    **options: Any,
) -> FinetuneRun:
    """The run that the command's options ask for. Raises: click.ClickException."""
    from engine.train.annotated import CorpusError
    from engine.train.leak import LeakError, check_unseen
    from engine.train.task import PASSES, TaskError, open_task, read_evaluation, read_training

    if task_file and (runs or judged):
        raise click.UsageError("--task learns from its own files alone: leave out --run and --judged")
    try:
        task = open_task(task_file) if task_file else None
        if task:  # what is wrong with its files is said before a training that `evaluate` would refuse
            check_unseen(f"{task.name}/evaluate", read_evaluation(task), read_training(task))
    except (CorpusError, LeakError, TaskError) as error:
        raise click.ClickException(str(error)) from error
    chosen = parse_passes(passes, {task.name: PASSES} if task else DEFAULTS.passes)
    carve_share = task.carve_share if task else DEFAULTS.carve_share
    settings = replace(DEFAULTS, passes=chosen, carve_share=carve_share, **options)
    check_workers(workers, settings.micro_batches)
    try:
        encoder = model_folder(encoder)
    except CheckpointError as error:
        raise click.ClickException(str(error)) from error
    refuse_overwriting(out, encoder)
    return FinetuneRun(
        encoder=encoder.absolute(),
        out=out.absolute(),
        data=data.absolute(),
        settings=settings,
        lexicon=lexicon.absolute() if lexicon else None,
        runs=tuple(folder.absolute() for folder in runs),
        judged=judged.absolute() if judged else None,
        task=replace(task, folder=task.folder.absolute()) if task else None,
        max_steps=max_steps,
        threads=threads_a_worker(workers, threads),
    )


@dataclass(frozen=True, slots=True)
class FinetuneRun:
    """One worker's part of a fine-tuning: what `finetune` is called with."""

    encoder: Path
    out: Path
    data: Path
    settings: FinetuneSettings
    lexicon: Path | None
    runs: tuple[Path, ...]
    max_steps: int | None
    threads: int | None
    task: Task | None = None
    judged: Path | None = None

    @property
    def name(self) -> str:
        """The command."""
        return "finetune"

    def __call__(self, teacher: AnswerFolder | None = None) -> dict[str, object]:
        """Train, on a teacher's answers too where there is one; returns the report."""
        from engine.train.finetune import finetune

        begin_work(self.threads)
        return finetune(
            self.encoder,
            self.out,
            data=self.data,
            settings=self.settings,
            lexicon=self.lexicon,
            runs=self.runs,
            judged=self.judged,
            task=self.task,
            teacher=teacher,
            max_steps=self.max_steps,
        )


if __name__ == "__main__":
    command()
