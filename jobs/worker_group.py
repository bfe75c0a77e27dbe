"""Runs a training in this process, or in a group of worker processes of Ray Train.

It knows nothing of what is trained: a run is called in every worker, and its first worker writes the report.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Protocol

import click

threads_option = click.option(
    "--threads",
    type=click.IntRange(1),
    default=None,
    help="CPU threads a worker [default: all cores, or 1 of several].",
)


class TrainingRun(Protocol):
    """One worker's part of a training. Ray carries it to its workers."""

    @property
    def out(self) -> Path:
        """The folder that the run writes, on storage that every worker sees."""

    @property
    def name(self) -> str:
        """The command that the run belongs to."""

    def __call__(self) -> dict[str, object]:
        """Train; returns the report."""


def train(run: TrainingRun, *, workers: int) -> dict[str, object]:
    """Call `run` here, or in several workers; returns the report."""
    return run() if workers == 1 else train_on_ray(run, workers=workers)


def train_on_ray(run: TrainingRun, *, workers: int) -> dict[str, object]:
    """Call `run` in `workers` processes of Ray Train, one process group, on GPUs where there is one for each.

    Raises: what a worker raised, as the run would alone.
    """
    from ray.train import RunConfig, ScalingConfig, WorkerGroupError
    from ray.train.torch import TorchTrainer

    from engine.train.state import REPORT_FILE
    from jobs.ray_session import ray_session

    def work() -> None:
        run()

    def quieten() -> None:
        # It asks Ray's dashboard, which a private Ray hasn't, and says so every second.
        cleaner = "ray.train.v2._internal.execution.controller.placement_group_cleaner"
        logging.getLogger(cleaner).setLevel(logging.ERROR)

    with ray_session(prepare_worker=quieten) as capacity:
        trainer = TorchTrainer(
            work,
            scaling_config=ScalingConfig(num_workers=workers, use_gpu=capacity.gpus >= workers),
            run_config=RunConfig(name=run.name, storage_path=str(run.out / ".training" / "ray")),
        )
        try:
            trainer.fit()
        except WorkerGroupError as fault:
            _, failure = min(fault.worker_failures.items())
            # Ray wraps it in an exception whose message is the traceback, and offers no public way to it.
            raise getattr(failure, "_base_exc", failure) from fault
    report: dict[str, object] = json.loads((run.out / REPORT_FILE).read_text(encoding="utf-8"))
    return report


def check_workers(workers: int, micro_batches: int) -> None:
    """Check that each worker gets a part of every step. Raises: click.UsageError."""
    if workers > micro_batches:
        raise click.UsageError(f"--workers: a step has {micro_batches} micro-batches to share")


def begin_work(threads: int | None) -> None:
    """What a worker does first: log to stderr, and keep to its CPU threads."""
    import torch

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    if threads is not None:
        torch.set_num_threads(threads)


def threads_a_worker(workers: int, threads: int | None) -> int | None:
    """CPU threads of one worker: as asked for, else all cores, or 1 of several workers."""
    return 1 if workers > 1 and threads is None else threads
