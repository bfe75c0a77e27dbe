"""Joins the Ray cluster that is meant, or starts a private one on this machine, and leaves it again.

It knows nothing of what runs there.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Final

import click

from engine.link.own_names import OwnNames
from engine.pipeline import PipelineSettings
from engine.stage_actor import Stage
from jobs.settings import Settings

_EXTRACTOR_GB: Final = 2.0  # what an extractor on a CPU takes, and room for its batch
_BATCH_ROWS: Final = 128
_GPU_BATCH_ROWS: Final = 1024  # of passes of 32,768 tokens a hundred documents would not fill two


@dataclass(frozen=True, slots=True)
class Capacity:
    """What Ray has to give; `memory_gb` is None where it doesn't say."""

    cpus: float
    gpus: float
    memory_gb: float | None = None


@contextmanager
def ray_session(
    *, address: str | None = None, object_store_mb: int = 512, prepare_worker: Callable[[], None] | None = None
) -> Iterator[Capacity]:
    """Ray for the length of the block; a Ray that this process has already started is used and left alone.

    `object_store_mb`: MiB of shared memory of a private Ray. `prepare_worker`: what each of its workers calls first.
    Raises: click.ClickException if no cluster is at the address.
    """
    import ray

    if ray.is_initialized():
        yield _capacity()
        return
    address = address or os.environ.get("RAY_ADDRESS")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is reported to anyone
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    # Ray's own default of 15 lets any other process of the machine starve the workers.
    os.environ.setdefault("RAY_worker_niceness", "0")
    if address:
        try:
            ray.init(address=address, logging_level="warning")
        except (ConnectionError, ValueError) as error:
            raise click.ClickException(f"no Ray cluster at {address}: {error}") from error
    else:
        # On loopback; a token that an earlier Ray left in the home directory must not lock this one.
        os.environ.setdefault("RAY_AUTH_MODE", "disabled")
        ray.init(
            address="local",
            num_cpus=len(os.sched_getaffinity(0)),
            include_dashboard=False,
            object_store_memory=object_store_mb << 20,
            logging_level="warning",
            runtime_env={"worker_process_setup_hook": prepare_worker} if prepare_worker else None,
            _node_ip_address="127.0.0.1",
        )
    try:
        yield _capacity()
    finally:
        ray.shutdown()


def _capacity() -> Capacity:
    import ray

    resources = ray.cluster_resources()
    memory = resources.get("memory")
    return Capacity(
        cpus=resources.get("CPU", 0.0),
        gpus=resources.get("GPU", 0.0),
        memory_gb=None if memory is None else round(memory / 1e9, 1),
    )


def default_batch_rows(*, gpu: bool) -> int:
    """Documents handed to a stage at once, where nothing else was asked for."""
    return _GPU_BATCH_ROWS if gpu else _BATCH_ROWS


def resolve(
    settings: Settings, capacity: Capacity, *, own_names: OwnNames | None = None, generate: Stage | None = None
) -> PipelineSettings:
    """Fills in what the settings leave to the machine, pool sizes and GPUs; `own_names` is what `names` holds.

    `generate`: the generative stage, if there is one; its GPUs are taken.
    """
    if generate:
        capacity = replace(capacity, gpus=capacity.gpus - generate.pool_size * generate.gpus)
    gpus = settings.extract_gpus
    if gpus is None:
        gpus = 1.0 if capacity.gpus >= 1 and settings.device != "cpu" else 0.0
    cores = max(1, int(capacity.cpus))
    fit = int(capacity.gpus // gpus) if gpus else cores // settings.extract_threads
    if not gpus and capacity.memory_gb is not None:
        fit = min(fit, int(capacity.memory_gb // _EXTRACTOR_GB))
    return PipelineSettings(
        model=settings.model.absolute(),
        lexicon=settings.lexicon.absolute() if settings.lexicon else None,
        own_names=own_names,
        device=settings.device,
        dtype=settings.dtype,
        batch_rows=settings.batch_rows or default_batch_rows(gpu=gpus > 0),
        extract_actors=settings.extract_actors or max(1, fit),
        extract_threads=settings.extract_threads,
        extract_cpus=0.5 * settings.extract_threads,
        extract_gpus=gpus,
        segment_actors=settings.segment_actors or max(1, cores // 8),
        link_actors=settings.link_actors or max(1, cores // 4),
        read_tasks=settings.read_tasks or max(1, cores // 2),
        document_timeout_s=settings.document_timeout_s,
        operating_point=settings.operating_point,
        doubtful_from=settings.kept_from,
        generate=generate,
    )
