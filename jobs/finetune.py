"""`hypograph finetune`: train the extractor on the annotated corpora; a killed run goes on by the same command."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import click


@click.command()
@click.argument("encoder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("out", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    default=Path("../shared/data"),
    show_default=True,
    help="Folder that holds gold/.",
)
@click.option("--passes", multiple=True, metavar="CORPUS=N", help="Passes over a corpus in the whole run; repeatable.")
@click.option(
    "--encoder-rate", type=float, default=4e-4, show_default=True, help="Peak learning rate of the top encoder layer."
)
@click.option("--head-rate", type=float, default=1.5e-3, show_default=True, help="Peak learning rate of the heads.")
@click.option("--evaluations", type=int, default=1, show_default=True, help="How often the carved part is scored.")
@click.option(
    "--steps", type=int, default=770, show_default=True, help="Steps of the whole run; 0 for all that --passes give."
)
@click.option("--threads", type=int, default=None, help="CPU threads [default: all cores].")
@click.option(
    "--max-steps", type=int, default=None, help="Pause after this many steps; the same command without it goes on."
)
@click.option("--seed", type=int, default=13, show_default=True)
def command(
    encoder: Path,
    out: Path,
    data: Path,
    passes: tuple[str, ...],
    encoder_rate: float,
    head_rate: float,
    evaluations: int,
    steps: int,
    threads: int | None,
    max_steps: int | None,
    seed: int,
) -> None:
    """Train an extractor that starts from ENCODER (a Hugging Face folder) and leave it in OUT."""
    import torch

    from engine.train.finetune import FinetuneSettings, finetune

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    if threads is not None:
        torch.set_num_threads(threads)
    chosen = dict(FinetuneSettings().passes)
    for item in passes:
        name, _, number = item.partition("=")
        if name not in chosen:
            raise click.UsageError(f"--passes: no corpus {name!r}; known: {', '.join(chosen)}")
        chosen[name] = float(number)
    settings = FinetuneSettings(
        passes=chosen,
        encoder_rate=encoder_rate,
        head_rate=head_rate,
        evaluations=evaluations,
        seed=seed,
        steps=steps or None,
    )
    report = finetune(encoder, out, data=data, settings=settings, max_steps=max_steps)
    click.echo(json.dumps({key: report[key] for key in ("documents", "planned_tokens", "seconds", "selection")}))


if __name__ == "__main__":
    command()
