"""The whole of Hypograph's reading, top to bottom: input files -> document rows -> Parquet.

    read      one row a document, streamed out of XML, JSONL, Parquet ...     engine/read
    segment   sentences                                                       engine/segment.py
    extract   mentions, typed relations, classes: an encoder and its heads    engine/extract.py
    link      mention -> concept id                                           engine/link
    generate  a language model verifies and adds relations, where asked for   engine/generate
    write     finished rows to row files                                      engine/output.py

`build_stages` is the plain list of the middle ones, each with its class, what it is built with and its pool;
`engine.on_ray.run_shard` puts reading before and writing after it and runs the whole on Ray Data.
This file knows nothing of Ray, command lines or graphs, and importing it loads no model.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine import schema
from engine.extract import Extractor
from engine.generate.request import Engine
from engine.generate.stage import Generator, Tasks
from engine.link.linker import Linker
from engine.link.own_names import OwnNames
from engine.model.config import PRECISE
from engine.on_ray import READ_CPUS, WRITE_CPUS
from engine.segment import Segmenter
from engine.stage_actor import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineSettings:
    """What the pipeline needs to know; `jobs.settings` fills it in. `generate`: the stage after linking, if any."""

    model: Path
    lexicon: Path | None = None
    own_names: OwnNames | None = None
    device: str = "auto"
    dtype: str = "auto"
    batch_rows: int = 128
    extract_actors: int = 1
    extract_threads: int = 1
    extract_cpus: float = 0.5
    extract_gpus: float = 0.0
    segment_actors: int = 1
    link_actors: int = 1
    cpu_stage_cpus: float = 0.1
    document_timeout_s: float | None = None
    read_tasks: int = 2
    operating_point: str = PRECISE
    doubtful_from: float | None = None
    generate: Stage | None = None


def build_stages(settings: PipelineSettings) -> list[Stage]:
    """The stages between reading and writing, in order."""
    segment = Stage(
        name="segment",
        actor=Segmenter,
        needs=("text", "sections", "errors"),
        adds=("sentences",),
        batch_rows=settings.batch_rows,
        timeout_s=settings.document_timeout_s,
        pool_size=settings.segment_actors,
        cpus=settings.cpu_stage_cpus,
    )
    extract = Stage(
        name="extract",
        actor=Extractor,
        kwargs={
            "model": settings.model,
            "dtype": settings.dtype,
            "device": settings.device,
            "threads": settings.extract_threads,
            "operating_point": settings.operating_point,
            "doubtful_from": settings.doubtful_from,
        },
        needs=("text", "sentences", "errors"),
        adds=("mentions", "relations", "labels"),
        batch_rows=settings.batch_rows,
        timeout_s=settings.document_timeout_s,
        pool_size=settings.extract_actors,
        cpus=settings.extract_cpus,
        gpus=settings.extract_gpus,
    )
    link = Stage(
        name="link",
        actor=Linker,
        kwargs={"lexicon": settings.lexicon, "own": settings.own_names},
        needs=("text", "mentions", "relations", "errors"),
        adds=("mentions", "relations"),
        batch_rows=settings.batch_rows,
        timeout_s=settings.document_timeout_s,
        pool_size=settings.link_actors,
        cpus=settings.cpu_stage_cpus,
    )
    return [segment, extract, link, *([settings.generate] if settings.generate else [])]


def generative_stage(
    *,
    open_engine: Callable[[], Engine],
    cache: Path,
    tasks: Tasks,
    engines: int = 1,
    gpus: float = 0.0,
    batch_rows: int = 128,
) -> Stage:
    """The stage of the language model, over rows that are linked: those of a pipeline, or a finished run's.

    `engines`: engines at once; `gpus`: of each.
    """
    return Stage(
        name=schema.GENERATE_STAGE,
        actor=Generator,
        kwargs={"open_engine": open_engine, "cache": cache, "tasks": tasks},
        needs=("text", "sentences", "mentions", "relations", "errors"),
        adds=("relations",),
        batch_rows=batch_rows,
        pool_size=engines,
        gpus=gpus,
        max_deaths=3,  # at the second the prompt is found that did it
    )


def check_stages(stages: Sequence[Stage]) -> None:
    """Each stage finds its columns, and together they complete a document row.

    Raises: ValueError naming the stage and the column, before anything starts.
    """
    known = set(schema.SOURCE_ROW.names)
    for stage in stages:
        missing = [name for name in stage.needs if name not in known]
        if missing:
            raise ValueError(f"stage {stage.name} needs {missing}, which no stage before it adds")
        known.update(stage.adds)
    if known != set(schema.DOCUMENT_ROW.names):
        raise ValueError(f"the stages leave {sorted(known.symmetric_difference(schema.DOCUMENT_ROW.names))} open")


def check_resources(stages: Sequence[Stage], *, cpus: float, gpus: float) -> None:
    """The pools fit the cluster, with room for one read and one write.

    Raises: ValueError saying what is needed and what is there.
    """
    need_gpus = sum(stage.pool_size * stage.gpus for stage in stages)
    need_cpus = sum(stage.pool_size * stage.cpus for stage in stages) + READ_CPUS + WRITE_CPUS
    for what, need, there in (("GPUs", need_gpus, gpus), ("CPUs", need_cpus, cpus)):
        if need > there:
            raise ValueError(f"the stages need {need:g} {what} and Ray has {there:g}: use smaller pools or more nodes")
