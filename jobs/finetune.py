"""`hypograph finetune`: train the extractor on the annotated corpora; a killed run goes on by the same command."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from engine.train.plan import FinetuneSettings


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
    "--encoder-rate", type=float, default=2.5e-4, show_default=True, help="Peak learning rate of the top encoder layer."
)
@click.option("--head-rate", type=float, default=1e-3, show_default=True, help="Peak learning rate of the heads.")
@click.option("--evaluations", type=int, default=2, show_default=True, help="How often the carved part is scored.")
@click.option(
    "--steps", type=int, default=0, show_default=True, help="Steps of the whole run; 0 for all that --passes give."
)
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
    workers: int,
    threads: int | None,
    max_steps: int | None,
    seed: int,
) -> None:
    """Train an extractor that starts from ENCODER and leave it in OUT.

    ENCODER is a Hugging Face folder, or an extractor's folder to go on from.
    """
    from engine.train.plan import FinetuneSettings

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
    if workers > settings.micro_batches:
        raise click.UsageError(f"--workers: a step has {settings.micro_batches} micro-batches to share")
    if workers > 1 and threads is None:
        threads = 1
    run = TrainingRun(encoder.absolute(), out.absolute(), data.absolute(), settings, max_steps, threads)
    report = run() if workers == 1 else train_on_ray(run, workers=workers)
    click.echo(json.dumps({key: report[key] for key in ("documents", "planned_tokens", "seconds", "selection")}))


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """One worker's part of a training run: what `finetune` is called with. Ray carries it to its workers."""

    encoder: Path
    out: Path
    data: Path
    settings: FinetuneSettings
    max_steps: int | None
    threads: int | None

    def __call__(self) -> dict[str, object]:
        """Train; returns the report."""
        import torch

        from engine.train.finetune import finetune

        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
        if self.threads is not None:
            torch.set_num_threads(self.threads)
        return finetune(self.encoder, self.out, data=self.data, settings=self.settings, max_steps=self.max_steps)


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
