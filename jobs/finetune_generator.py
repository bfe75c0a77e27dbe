"""`hypograph finetune --generator`: train a LoRA adapter over a language model on claims and triples made of gold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from engine.link.archive import ArchiveError
from engine.model.config import CheckpointError
from engine.model.hub import model_folder
from engine.train.annotated import CorpusError
from engine.train.generator.settings import GeneratorSettings
from jobs.finetune_options import data_option, max_steps_option
from jobs.local_folder import LocalFolder, refuse_overwriting
from jobs.worker_group import begin_work, threads_option

_DEFAULTS = GeneratorSettings()


@click.command()
@click.option(
    "--generator", required=True, metavar="MODEL", help="The instruct model to train: a folder or a Hugging Face id."
)
@click.argument("out", type=LocalFolder())
@data_option
@click.option(
    "--doubts-of",
    "extractor",
    metavar="EXTRACTOR",
    help="Learn only to judge the claims that this extractor is in doubt of: a folder or a Hugging Face id.",
)
@click.option(
    "--rank", type=click.IntRange(1, 512), default=_DEFAULTS.rank, show_default=True, help="Rank of the adapter."
)
@click.option(
    "--scale",
    type=click.FloatRange(0, min_open=True),
    default=_DEFAULTS.scale,
    show_default=True,
    help="LoRA's alpha, over the rank.",
)
@click.option(
    "--dropout",
    type=click.FloatRange(0, 1, max_open=True),
    default=_DEFAULTS.dropout,
    show_default=True,
    help="Share of the adapter's inputs dropped.",
)
@click.option("--blocks", type=click.IntRange(1), help="Train only the model's last blocks, so many [default: all].")
@click.option("--rate", type=float, default=_DEFAULTS.rate, show_default=True, help="Peak learning rate.")
@click.option(
    "--passes",
    type=click.FloatRange(0, min_open=True),
    default=_DEFAULTS.passes,
    show_default=True,
    help="How often the lessons are read.",
)
@click.option("--steps", type=click.IntRange(1), help="Steps of the whole run [default: all that --passes give].")
@click.option(
    "--max-tokens",
    type=click.IntRange(64),
    default=_DEFAULTS.max_tokens,
    show_default=True,
    help="Prompt and answer together; longer lessons are left out.",
)
@click.option(
    "--tree-tokens",
    type=click.IntRange(64),
    default=_DEFAULTS.tree_tokens,
    show_default=True,
    help="Tokens of lessons that are read at once, what they begin alike counted once: what must fit into memory.",
)
@click.option(
    "--trees", type=click.IntRange(1), default=_DEFAULTS.trees, show_default=True, help="How often that, in a step."
)
@click.option(
    "--held-out-lessons",
    type=click.IntRange(1),
    default=_DEFAULTS.held_out_lessons,
    show_default=True,
    help="Most lessons to be scored on.",
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
    "--seed", type=int, default=_DEFAULTS.seed, show_default=True, help="Seed of the lessons, their order and dropout."
)
@threads_option
@max_steps_option
def command(
    generator: str,
    out: Path,
    data: Path,
    extractor: str | None,
    threads: int | None,
    max_steps: int | None,
    **options: Any,
) -> None:
    """Train an adapter that makes MODEL judge claims and extract relations, and leave it in OUT.

    Lessons come from the training splits of the gold corpora, in the prompts of `hypograph generate`. A run that was
    killed goes on by the same command.
    """
    from engine.train.generator.run import finetune_generator
    from engine.train.state import StateError

    begin_work(threads)
    try:
        base = model_folder(generator)
        refuse_overwriting(out, base)
        report = finetune_generator(
            base.absolute(),
            out.absolute(),
            data=data.absolute(),
            settings=GeneratorSettings(**options),
            extractor=model_folder(extractor).absolute() if extractor else None,
            max_steps=max_steps,
        )
    except (ArchiveError, CheckpointError, CorpusError, StateError) as error:
        raise click.ClickException(str(error)) from error
    shown = ("generator", "generator_revision", "steps", "seconds", "history")
    click.echo(json.dumps({"command": "finetune", "out": str(out), **{name: report[name] for name in shown}}))
