"""`hypograph finetune`: train the extractor on the annotated corpora; a killed run goes on by the same command."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, replace
from pathlib import Path

import click

from engine.link.archive import ArchiveError
from engine.model.config import CheckpointError
from engine.train.annotated import CorpusError
from engine.train.settings import FinetuneSettings

DEFAULTS = FinetuneSettings()


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
    "--evaluations",
    type=click.IntRange(1),
    default=DEFAULTS.evaluations,
    show_default=True,
    help="How often the carved part is scored.",
)
@click.option("--steps", type=click.IntRange(1), help="Steps of the whole run [default: all that --passes give].")
@click.option(
    "--workers",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Processes of Ray Train that share each step; at most its micro-batches, two.",
)
@click.option("--threads", type=int, default=None, help="CPU threads a worker [default: all cores, or 1 of several].")
@click.option(
    "--max-steps", type=int, default=None, help="Pause after this many steps; the same command without it goes on."
)
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
def command(
    encoder: Path,
    out: Path,
    data: Path,
    passes: tuple[str, ...],
    encoder_rate: float,
    head_rate: float,
    evaluations: int,
    steps: int | None,
    workers: int,
    threads: int | None,
    lexicon: Path | None,
    max_steps: int | None,
    seed: int,
) -> None:
    """Train an extractor that starts from ENCODER and leave it in OUT.

    ENCODER is a Hugging Face folder, or an extractor's folder to go on from.
    """
    chosen = dict(DEFAULTS.passes)
    for item in passes:
        name, _, number = item.partition("=")
        if name not in chosen:
            raise click.UsageError(f"--passes: no corpus {name!r}; known: {', '.join(chosen)}")
        chosen[name] = float(number)
    settings = replace(
        DEFAULTS,
        passes=chosen,
        encoder_rate=encoder_rate,
        head_rate=head_rate,
        evaluations=evaluations,
        steps=steps,
        seed=seed,
    )
    if workers > settings.micro_batches:
        raise click.UsageError(f"--workers: a step has {settings.micro_batches} micro-batches to share")
    if workers > 1 and threads is None:
        threads = 1
    run = TrainingRun(
        encoder=encoder.absolute(),
        out=out.absolute(),
        data=data.absolute(),
        settings=settings,
        lexicon=lexicon.absolute() if lexicon else None,
        max_steps=max_steps,
        threads=threads,
    )
    try:
        report = run() if workers == 1 else train_on_ray(run, workers=workers)
    except (ArchiveError, CheckpointError, CorpusError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(json.dumps({key: report[key] for key in ("documents", "planned_tokens", "seconds", "selection")}))


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """One worker's part of a training run: what `finetune` is called with. Ray carries it to its workers."""

    encoder: Path
    out: Path
    data: Path
    settings: FinetuneSettings
    lexicon: Path | None
    max_steps: int | None
    threads: int | None

    def __call__(self) -> dict[str, object]:
        """Train; returns the report."""
        import torch

        from engine.train.finetune import finetune

        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
        if self.threads is not None:
            torch.set_num_threads(self.threads)
        return finetune(
            self.encoder,
            self.out,
            data=self.data,
            settings=self.settings,
            lexicon=self.lexicon,
            max_steps=self.max_steps,
        )


def train_on_ray(run: TrainingRun, *, workers: int) -> dict[str, object]:
    """Call `run` in `workers` processes of Ray Train, one process group, on GPUs where there is one for each."""
    from ray.train import RunConfig, ScalingConfig
    from ray.train.torch import TorchTrainer

    from jobs.ray_session import ray_session

    def work() -> None:
        run()

    with ray_session() as capacity:
        TorchTrainer(
            work,
            scaling_config=ScalingConfig(num_workers=workers, use_gpu=capacity.gpus >= workers),
            run_config=RunConfig(name="finetune", storage_path=str(run.out / ".training" / "ray")),
        ).fit()
    report: dict[str, object] = json.loads((run.out / "training.json").read_text())
    return report


if __name__ == "__main__":
    command()
