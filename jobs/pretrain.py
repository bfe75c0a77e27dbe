"""`hypograph pretrain`: train an encoder on unlabelled text; a killed run goes on by the same command."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from engine.model.hub import model_folder
from engine.train.pretrain.settings import PretrainSettings
from jobs.finetune_options import max_steps_option
from jobs.local_folder import LocalFolder, refuse_overwriting
from jobs.worker_group import begin_work, check_workers, threads_a_worker, threads_option, train

_DEFAULTS = PretrainSettings()
_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@click.argument("folders", metavar="[ENCODER] OUT", nargs=-1, required=True, type=LocalFolder())
@click.option(
    "--text",
    multiple=True,
    required=True,
    type=_FILE,
    help="Documents, .jsonl or .txt, plain or .gz; repeatable.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder that holds gold/: documents of reported splits are left out of the text [default: none are].",
)
@click.option("--from-scratch", metavar="CONFIG.json", type=_FILE, help="Shape of a new encoder, instead of ENCODER.")
@click.option(
    "--vocab-size",
    type=click.IntRange(100),
    default=30_000,
    show_default=True,
    help="Word pieces of a new encoder's tokenizer.",
)
@click.option("--sentence-order", is_flag=True, help="Also learn which of two parts of a text comes first.")
@click.option(
    "--max-tokens",
    type=click.IntRange(16),
    default=_DEFAULTS.max_tokens,
    show_default=True,
    help="Word pieces a window.",
)
@click.option(
    "--passes",
    type=click.FloatRange(0, min_open=True),
    default=_DEFAULTS.passes,
    show_default=True,
    help="How often the text is read.",
)
@click.option("--steps", type=click.IntRange(1), help="Steps of the whole run [default: all that --passes give].")
@click.option(
    "--batch-windows",
    type=click.IntRange(1),
    default=_DEFAULTS.batch_windows,
    show_default=True,
    help="Windows a step.",
)
@click.option(
    "--micro-batches",
    type=click.IntRange(1),
    default=_DEFAULTS.micro_batches,
    show_default=True,
    help="Parts in which a step is read, for workers to share.",
)
@click.option("--rate", type=float, default=_DEFAULTS.rate, show_default=True, help="Peak learning rate.")
@click.option(
    "--dropout",
    type=click.FloatRange(0, 1, max_open=True),
    default=_DEFAULTS.dropout,
    show_default=True,
    help="Share of hidden values dropped.",
)
@click.option(
    "--held-out",
    "held_out_share",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=_DEFAULTS.held_out_share,
    show_default=True,
    help="Share of documents to measure on.",
)
@click.option(
    "--evaluations",
    type=click.IntRange(1),
    default=_DEFAULTS.evaluations,
    show_default=True,
    help="How often the held-out part is scored after the start.",
)
@click.option(
    "--checkpoint-every-steps",
    type=click.IntRange(1),
    default=_DEFAULTS.checkpoint_every_steps,
    show_default=True,
    help="Steps between two states to go on from.",
)
@click.option(
    "--seed",
    type=int,
    default=_DEFAULTS.seed,
    show_default=True,
    help="Seed of the order, the masks and fresh weights.",
)
@click.option(
    "--workers",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Processes of Ray Train that share each step; at most its micro-batches.",
)
@threads_option
@max_steps_option
def command(
    folders: tuple[Path, ...],
    text: tuple[Path, ...],
    data: Path | None,
    from_scratch: Path | None,
    vocab_size: int,
    workers: int,
    threads: int | None,
    max_steps: int | None,
    **options: Any,
) -> None:
    """Train ENCODER on unlabelled text, by hiding words, and leave it in OUT.

    ENCODER is a Hugging Face folder or id; OUT is such a folder too, from which `hypograph finetune` can start. With
    --from-scratch only OUT is given. A run that was killed goes on by the same command.
    """
    wanted = 1 if from_scratch else 2
    if len(folders) != wanted:
        raise click.UsageError(f"expected {'OUT' if from_scratch else 'ENCODER OUT'}, got {len(folders)} folders")
    from engine.model.config import CheckpointError
    from engine.train.annotated import CorpusError
    from engine.train.pretrain.documents import TextError, hold_out, read_documents
    from engine.train.pretrain.run import prepare_scratch
    from engine.train.state import StateError

    settings = PretrainSettings(**options)
    check_workers(workers, settings.micro_batches)
    files = tuple(file.absolute() for file in text)
    data = data.absolute() if data else None
    out = folders[-1].absolute()
    threads = threads_a_worker(workers, threads)
    try:
        if from_scratch:
            begin_work(threads)
            start = prepare_scratch(
                from_scratch, out, text=files, settings=settings, vocabulary_size=vocab_size, data=data
            )
        else:
            start = model_folder(folders[0]).absolute()
            refuse_overwriting(out, start)
            if workers > 1:  # what is wrong is said before Ray starts
                hold_out(read_documents(files, data=data), settings.held_out_share)
        report = train(PretrainRun(start, out, files, data, settings, max_steps, threads), workers=workers)
    except (TextError, CorpusError, CheckpointError, StateError) as fault:
        raise click.ClickException(str(fault)) from fault
    click.echo(json.dumps({key: report[key] for key in ("documents", "tokens", "steps", "seconds", "history")}))


@dataclass(frozen=True, slots=True)
class PretrainRun:
    """One worker's part of a pretraining: what `pretrain` is called with."""

    encoder: Path
    out: Path
    text: tuple[Path, ...]
    data: Path | None
    settings: PretrainSettings
    max_steps: int | None
    threads: int | None

    @property
    def name(self) -> str:
        """The command."""
        return "pretrain"

    def __call__(self) -> dict[str, object]:
        """Train; returns the report."""
        from engine.train.pretrain.run import pretrain

        begin_work(self.threads)
        return pretrain(
            self.encoder,
            self.out,
            text=self.text,
            settings=self.settings,
            data=self.data,
            max_steps=self.max_steps,
        )


if __name__ == "__main__":
    command()
