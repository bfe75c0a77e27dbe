"""`hypograph generate`: a language model verifies what a finished run's classifier doubts, and extracts what it can't.

A pass of its own over a run's row files, shard by shard, into an ordinary run folder that `hypograph load` takes. The
same command goes on after a crash, and takes up shards that the run has finished since. Answers are kept beside the
output, so doing it again asks nothing. This file knows nothing of graphs.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import click
from pydantic import Field

from engine.generate.request import EngineUnavailableError
from engine.link.lexicon import Lexicon
from engine.model.config import PRECISE
from engine.on_ray import run_shard
from engine.output import row_files
from engine.shards import EXTRACTED_ROWS, InputFile, Shard, plan_from_json
from engine.storage import writing
from jobs.extract import complete_shard, goes_on, open_lexicon, say
from jobs.generation import Generation, plan_generation
from jobs.generator_options import GeneratorSettings, TaskSettings
from jobs.input_sample import estimate_documents
from jobs.local_folder import LocalFolder
from jobs.metrics import serve_metrics
from jobs.progress import ProgressLine
from jobs.ray_session import ray_session
from jobs.run_record import (
    Fingerprint,
    RunRecord,
    check_apart,
    code_revision,
    open_record,
    read_record,
    summarise,
)
from jobs.settings import METRICS_HOST, METRICS_PORT, add_options, load


class GenerateSettings(TaskSettings, GeneratorSettings):
    """Settings of `hypograph generate`."""

    names: Path | None = Field(None, description="Names of your own that the run was linked with.")
    lexicon: Path | None = Field(
        None, description="Lexicon that the run was linked with; the shipped one if not given."
    )
    batch_rows: int = Field(256, ge=1, description="Documents handed to an engine at once.")
    file_rows: int = Field(1024, ge=1, description="Documents in one row file: what a killed run may lose.")
    max_reject_share: float = Field(
        0.01, ge=0, le=1, description="Share of unanswered prompts, 0 to 1, above which the run ends with exit code 1."
    )
    ray_address: str | None = Field(
        None, description="Ray cluster to join; by default RAY_ADDRESS, else a private one on this machine."
    )
    object_store_mb: int = Field(512, ge=80, description="Shared memory of a private Ray, in MiB.")
    progress_s: float = Field(10.0, ge=0, description="Seconds between two lines of progress.")
    metrics_port: int | None = METRICS_PORT
    metrics_host: str = METRICS_HOST


@click.command()
@click.argument("run", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="RUN")
@click.option("--out", type=LocalFolder(), required=True, help="Folder to write.")
@click.option("--overwrite", is_flag=True, help="Remove what an earlier call wrote to --out, but for the answers.")
@lambda command: add_options(GenerateSettings, command)
def command(run: Path, out: Path, overwrite: bool, config: Path | None, **flags: Any) -> None:
    """Verify doubtful relations of a finished run with a language model, and extract new ones.

    RUN is the folder that `hypograph extract --out` wrote. What is written to --out is loaded instead of it, or after.
    """
    settings = load(GenerateSettings, config=config, flags=flags)
    summary = generate(run, out=out, settings=settings, overwrite=overwrite)
    print(json.dumps({"command": "generate", **summary}))
    if not summary["ok"]:
        raise SystemExit(1)


def generate(run: Path, *, out: Path, settings: GenerateSettings, overwrite: bool = False) -> dict[str, Any]:
    """Takes up what is not done yet. Returns: the sums over all shards, and the seconds that this call took.

    Raises: click.UsageError for settings that can't be meant; click.ClickException for what is not there.
    """
    started = time.monotonic()
    run, out = run.absolute(), out.absolute()
    check_apart(run, out)
    generation = plan_generation(settings, settings.generator)
    before, lexicon = _open_run(run, settings)
    sources = _finished_sources(run, before)
    generators = _join_generators(before.get("generators", {}), generation, run)
    fingerprint = Fingerprint(
        before["model_revision"],
        lexicon.version,
        code_revision(),
        generator=generation.revision,
        operating_point=before.get("operating_point", PRECISE),
    )
    record = open_record(out, fingerprint=fingerprint, settings=settings, overwrite=overwrite, source=before["run_id"])
    record = replace(record, shards=tuple(_plan(out, sources, record.shards)), generators=generators)
    todo = [shard for shard in record.shards if not shard.done.exists()]
    say(f"{len(record.shards)} shards to take from {run}, {len(record.shards) - len(todo)} of them finished")
    if generation.warning:
        say(generation.warning)
    with goes_on(out):
        # Before Ray starts, so that a second command finds the folder taken. Where nothing is to do, an earlier call
        # died between finishing the last shard and writing the record.
        if todo or not record.is_current():
            with writing(out):
                out.mkdir(parents=True, exist_ok=True)
            record.write(capacity={})
        if todo:
            try:
                _run_shards(todo, record, settings=settings, generation=generation, lexicon=lexicon)
            except EngineUnavailableError as error:
                raise click.ClickException(f"{error}; the same command goes on") from error
    result = summarise(record.done())
    about = generation.summarise(result)
    return {
        "out": str(out),
        "run_id": record.run_id,
        **result,
        **about,
        "ok": about["unanswered_share"] <= settings.max_reject_share,
        "wall_s": round(time.monotonic() - started, 2),
    }


def _open_run(run: Path, settings: GenerateSettings) -> tuple[Mapping[str, Any], Lexicon]:
    if not (run / "run.json").exists():
        raise click.UsageError(f"{run} holds no run.json: give the folder that `hypograph extract` wrote")
    before = read_record(run)
    lexicon = open_lexicon(settings.lexicon, settings.names)
    if lexicon.version != before["lexicon_version"]:
        raise click.ClickException(
            f"{run} was linked with lexicon {before['lexicon_version']}, this is {lexicon.version}: "
            "give the --lexicon and the --names of that run"
        )
    return before, lexicon


def _join_generators(earlier: Mapping[str, str], generation: Generation, run: Path) -> dict[str, str]:
    """The revision of each generator by its extractor's name, under which the run may hold evidence already.

    Raises: click.ClickException if this one's relations would be taken for those of an earlier one of its name.
    """
    for name, revision in generation.extractors.items():
        if generation.tasks.types and earlier.get(name, revision) != revision:
            raise click.ClickException(
                f"{run} was read by {name} of revision {earlier[name]}, this is {revision}, and evidence tells them "
                "apart by name alone: give the run that it was made of, or the generator under another name"
            )
    return {**generation.extractors, **earlier}


def _finished_sources(run: Path, before: Mapping[str, Any]) -> list[tuple[InputFile, ...]]:
    """The row files of each finished shard of the run. Raises: click.ClickException if none is finished."""
    sources = [
        tuple(InputFile(str(path), path.stat().st_size, EXTRACTED_ROWS) for path in row_files(shard.rows))
        for shard in plan_from_json(run, before["shards"])
        if shard.done.exists()
    ]
    if not any(sources):
        raise click.ClickException(f"{run}: no shard is finished yet")
    return [files for files in sources if files]


def _plan(out: Path, sources: Sequence[tuple[InputFile, ...]], planned: Sequence[Shard]) -> list[Shard]:
    """A shard for each finished one of the run, its row files as inputs; those planned before stay as they are.

    Raises: click.ClickException if a row file that was planned is gone, or has another size now.
    """
    known = {file.path for shard in planned for file in shard.inputs}
    given = {file.path: file.bytes for files in sources for file in files}
    for file in (file for shard in planned for file in shard.inputs):
        if given.get(file.path) != file.bytes:
            now = "is gone" if file.path not in given else f"has {given[file.path]} now"
            raise click.ClickException(
                f"{file.path} had {file.bytes} bytes when {out} was begun and {now}: "
                "give another --out, or --overwrite to start anew"
            )
    shards = list(planned)
    for files in sources:
        if files[0].path not in known:
            number = len(shards)
            shards.append(Shard(number, out / "shards" / f"{number:05d}", files))
    return shards


def _run_shards(
    shards: Sequence[Shard],
    record: RunRecord,
    *,
    settings: GenerateSettings,
    generation: Generation,
    lexicon: Lexicon,
) -> None:
    expected = estimate_documents(shards)
    with (
        serve_metrics(record, host=settings.metrics_host, port=settings.metrics_port, to_come=expected),
        ray_session(address=settings.ray_address, object_store_mb=settings.object_store_mb) as capacity,
    ):
        stage = generation.build_stage(capacity, out=record.out, batch_rows=settings.batch_rows)
        record.write(capacity=asdict(capacity))
        progress = ProgressLine(expected, every_s=settings.progress_s)
        run = partial(run_shard, stages=[stage], read_tasks=1, file_rows=settings.file_rows)
        for shard in shards:
            complete_shard(shard, record, run=run, lexicon=lexicon, progress=progress)
            record.write(capacity=asdict(capacity))


if __name__ == "__main__":
    command()
