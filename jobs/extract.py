"""`hypograph extract`: documents in, Parquet out, shard by shard. The same as `python -m jobs.extract` on a cluster.

A run that was killed goes on by the same command; inputs that came later are added by naming them too.
This file knows nothing of graphs.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import click
import pyarrow.parquet as pq

from engine import pipeline
from engine.generate.request import EngineUnavailableError
from engine.journal import JOURNAL_FOLDER, Clock, sum_journals
from engine.link.archive import ArchiveError
from engine.link.lexicon import Lexicon
from engine.link.own_names import OwnNames, OwnNamesError, open_with_names
from engine.model.checkpoint import check_files, model_revision
from engine.model.config import CheckpointError, ExtractorConfig
from engine.model.hub import model_folder
from engine.on_ray import run_shard
from engine.output import RowCounts, count_file, finished_keys, row_files, write_flat_tables, write_json
from engine.read.files import list_inputs
from engine.read.format import AUTO
from engine.schema import is_costly
from engine.shards import InputFile, Shard, plan_shards
from engine.stage_actor import Stage
from engine.storage import StorageError, writing
from jobs.copy import copy_record, copy_shards, find_owner
from jobs.generation import Generation, plan_generation
from jobs.generator_options import TaskSettings
from jobs.input_sample import choose_file_rows, estimate_documents
from jobs.local_folder import LocalFolder
from jobs.metrics import serve_metrics
from jobs.progress import ProgressLine
from jobs.ray_session import Capacity, default_batch_rows, ray_session, resolve
from jobs.run_record import Fingerprint, RunRecord, code_revision, open_record, read_record, summarise
from jobs.settings import Settings, load_settings, settings_options

OnShards = Callable[[Sequence[Shard]], None]


def run_arguments(command: Callable[..., None]) -> Callable[..., None]:
    """Adds what every run takes: the inputs, where to write, whether to start anew."""
    for add in (
        click.option("--overwrite", is_flag=True, help="Remove what an earlier run wrote to --out, and start anew."),
        click.option("--out", type=LocalFolder(), required=True, help="Folder to write."),
        click.argument("inputs", nargs=-1, required=True),
    ):
        command = add(command)
    return command


@click.command()
@run_arguments
@settings_options
def command(inputs: tuple[str, ...], out: Path, overwrite: bool, config: Path | None, **flags: Any) -> None:
    """Read documents, extract and link relations, write Parquet.

    INPUTS are files, folders or globs, local, s3:// or gs://, plain or gzipped, of PubMed XML, MEDLINE text, BioC,
    PubTator, JATS, JSON lines, CSV, Parquet or plain text.
    """
    settings = load_settings(config=config, flags=flags)
    files = list_input_files(inputs, format=settings.format, out=out)
    summary = extract(files, out=out, settings=settings, overwrite=overwrite)
    finish("extract", summary, settings)


def extract(
    files: Sequence[InputFile],
    *,
    out: Path,
    settings: Settings,
    overwrite: bool = False,
    on_shards: OnShards | None = None,
) -> dict[str, Any]:
    """Extracts what is not extracted yet; calls `on_shards` with the finished shards, first the old, then each new one.

    Returns: the sums over all shards, and the seconds that this call took.
    """
    started = time.monotonic()
    out = out.absolute()
    generation = _plan_generation(settings)
    settings = find_model(settings)
    with goes_on(out):
        record = _extract(
            files, out=out, settings=settings, generation=generation, overwrite=overwrite, on_shards=on_shards
        )
        result = summarise(record.done())
    about = generation.summarise(result) if generation else {}
    return {"out": str(out), "run_id": record.run_id, **result, **about, "wall_s": round(time.monotonic() - started, 2)}


def _extract(
    files: Sequence[InputFile],
    *,
    out: Path,
    settings: Settings,
    generation: Generation | None,
    overwrite: bool,
    on_shards: OnShards | None,
) -> RunRecord:
    if settings.copy_to:
        check_place(settings.copy_to, out, overwrite=overwrite)
    lexicon, own_names, fingerprint = _open_weights(settings)
    fingerprint = replace(
        fingerprint,
        generator=generation.revision if generation else None,
        doubtful_from=None if settings.kept_from is None else f"{settings.kept_from:g}",
    )
    record = open_record(out, fingerprint=fingerprint, settings=settings, overwrite=overwrite)
    record = replace(_plan(record, files, settings), generators=generation.extractors if generation else {})
    todo = [shard for shard in record.shards if not shard.done.exists()]
    say(f"{len(files)} input files in {len(record.shards)} shards, {len(record.shards) - len(todo)} of them finished")
    finished = [shard for shard in record.shards if shard not in todo]
    # Before Ray starts, so that a second command finds the folder taken. Where nothing is to do, an earlier call died
    # between finishing the last shard and writing the record.
    if todo or not record.is_current():
        with writing(out):
            out.mkdir(parents=True, exist_ok=True)
        record.write(capacity={})
    if settings.copy_to:
        copy_record(record.path, settings.copy_to)

    def hand_on(shards: Sequence[Shard]) -> None:
        if settings.copy_to:
            copy_shards(shards, record, settings.copy_to)
        if on_shards:
            on_shards(shards)

    if finished:
        hand_on(finished)
    if generation and generation.warning:
        say(generation.warning)
    if todo:
        try:
            _run_shards(
                todo,
                record,
                settings=settings,
                lexicon=lexicon,
                own_names=own_names,
                generation=generation,
                on_shards=hand_on,
            )
        except EngineUnavailableError as error:
            raise click.ClickException(f"{error}; the same command goes on") from error
    if settings.copy_to:
        copy_record(record.path, settings.copy_to)
    return record


def check_place(to: str, out: Path, *, overwrite: bool) -> None:
    """Raises: click.ClickException if a place to copy to holds another run than the one that goes on in `out`.

    Under `overwrite` that is any run, the removed one too: its shards that have no successor would stay among the new.
    """
    owner = find_owner(to)
    if owner is None:
        return
    if overwrite or not (out / "run.json").exists() or owner != read_record(out)["run_id"]:
        raise click.ClickException(f"{to} holds another run: give another place, or remove what is there")


def _plan_generation(settings: Settings) -> Generation | None:
    """What the language model is asked, if one was named. Raises: click.UsageError, click.ClickException."""
    if settings.generate is not None:
        return plan_generation(settings, settings.generate)
    stray = sorted(settings.model_fields_set & TaskSettings.model_fields.keys())
    if stray:
        raise click.UsageError(f"--{stray[0].replace('_', '-')} is nothing without --generate")
    return None


@contextmanager
def goes_on(out: Path) -> Iterator[None]:
    """Makes what is no fault of ours nor of a document, full or absent storage, a message that says what to do.

    Raises: click.ClickException.
    """
    try:
        yield
    except StorageError as error:
        raise click.ClickException(
            f"{error}\nWhat is finished is kept in {out}: mend this and give the same command again."
        ) from error


def list_input_files(inputs: Sequence[str], *, format: str = AUTO, out: Path | None = None) -> list[InputFile]:
    """The files that `inputs` name, absolute, because the workers' folder is another one; none of them lies in `out`.

    Raises: click.UsageError if an input is not there, can't be asked for, or holds nothing to read.
    """
    try:
        sizes = list_inputs(inputs, format=format, out=out)
    except (FileNotFoundError, StorageError) as error:
        raise click.UsageError(str(error)) from error
    if not sizes:
        raise click.UsageError(f"nothing to read in {', '.join(inputs)}")
    return [InputFile(path=path, bytes=size, format=format) for path, size in sizes.items()]


def find_model(settings: Settings) -> Settings:
    """The settings with the model's folder where they named a Hugging Face id. Raises: click.ClickException."""
    try:
        return settings.model_copy(update={"model": model_folder(settings.model)})
    except CheckpointError as error:
        raise click.ClickException(str(error)) from error


def open_lexicon(lexicon: Path | None, names: Path | None) -> Lexicon:
    """The lexicon that a run was linked with, names of one's own included. Raises: click.ClickException."""
    try:
        return open_with_names(lexicon, names)[0]
    except (FileNotFoundError, ArchiveError, OwnNamesError) as error:
        raise click.ClickException(str(error)) from error


def _open_weights(settings: Settings) -> tuple[Lexicon, OwnNames | None, Fingerprint]:
    try:
        revision = model_revision(settings.model)
        check_files(settings.model)
        ExtractorConfig.load(settings.model).at(settings.operating_point)
        lexicon, own_names = open_with_names(settings.lexicon, settings.names)
    except (FileNotFoundError, ArchiveError, CheckpointError, OwnNamesError) as error:
        raise click.ClickException(str(error)) from error
    fingerprint = Fingerprint(revision, lexicon.version, code_revision(), operating_point=settings.operating_point)
    return lexicon, own_names, fingerprint


def _plan(record: RunRecord, files: Sequence[InputFile], settings: Settings) -> RunRecord:
    try:
        shards = plan_shards(
            record.out,
            files,
            max_files=settings.shard_files,
            max_bytes=settings.shard_mb << 20,
            planned=record.shards,
        )
    except ValueError as error:
        raise click.ClickException(f"{error}: give another --out, or --overwrite to start anew") from error
    return replace(record, shards=tuple(shards))


def _run_shards(
    shards: Sequence[Shard],
    record: RunRecord,
    *,
    settings: Settings,
    lexicon: Lexicon,
    own_names: OwnNames | None,
    generation: Generation | None,
    on_shards: OnShards,
) -> None:
    expected = estimate_documents(shards)
    with (
        serve_metrics(record, host=settings.metrics_host, port=settings.metrics_port, to_come=expected),
        ray_session(address=settings.ray_address, object_store_mb=settings.object_store_mb) as capacity,
    ):
        generate = _build_generative_stage(generation, settings, capacity, record.out) if generation else None
        resolved = resolve(settings, capacity, own_names=own_names, generate=generate)
        stages = pipeline.build_stages(resolved)
        pipeline.check_stages(stages)
        if not settings.wait_for_nodes:
            _check_resources(stages, capacity)
        record.write(capacity=asdict(capacity))
        progress = ProgressLine(expected, every_s=settings.progress_s)
        for shard in shards:
            run = partial(
                run_shard,
                stages=stages,
                read_tasks=resolved.read_tasks,
                file_rows=settings.file_rows or choose_file_rows(shard),
                read_timeout_s=resolved.document_timeout_s,
            )
            complete_shard(shard, record, run=run, lexicon=lexicon, progress=progress)
            record.write(capacity=asdict(capacity))
            on_shards([shard])


def _build_generative_stage(generation: Generation, settings: Settings, capacity: Capacity, out: Path) -> Stage:
    """The stage, which leaves the extractors the GPUs that were asked for, by default one of several."""
    spare = (settings.extract_actors or 1) * (1.0 if settings.extract_gpus is None else settings.extract_gpus)
    return generation.build_stage(
        capacity,
        out=out,
        batch_rows=settings.batch_rows or default_batch_rows(gpu=False),
        spare_gpus=0.0 if settings.device == "cpu" else spare,
    )


def _check_resources(stages: Sequence[Stage], capacity: Capacity) -> None:
    try:
        pipeline.check_resources(stages, cpus=capacity.cpus, gpus=capacity.gpus)
    except ValueError as error:
        raise click.ClickException(f"{error} (--wait-for-nodes starts all the same)") from error


def complete_shard(
    shard: Shard,
    record: RunRecord,
    *,
    run: Callable[[Shard], Iterator[RowCounts]],
    lexicon: Lexicon,
    progress: ProgressLine,
) -> None:
    """Runs what is left of a shard, derives its flat tables and marks it complete."""
    clock = Clock(shard.folder / JOURNAL_FOLDER)
    progress.leave_out(len(finished_keys(shard.rows)))
    for part in run(shard):
        progress.add(rows=part.rows, rejected=part.rejected)
        clock.save()
    _finish_shard(shard, record, lexicon=lexicon, clock=clock)
    say(f"shard {shard.index} is complete: {progress.text()}")


def _finish_shard(shard: Shard, record: RunRecord, *, lexicon: Lexicon, clock: Clock) -> None:
    started = time.monotonic()
    counts = write_flat_tables(
        shard,
        lexicon=lexicon,
        model_revision=record.fingerprint.model_revision,
        run_id=record.run_id,
        generators=record.generators,
    )
    rejects = pq.read_table(shard.folder / "reject.parquet", columns=["source_file", "record", "stage", "kind"])
    rows = rejects.to_pylist()
    held = sum(map(count_file, row_files(shard.rows)), RowCounts())
    stages = sum_journals(shard.folder / JOURNAL_FOLDER) | {"tables": {"seconds": time.monotonic() - started}}
    content = {
        "inputs": [file.path for file in shard.inputs],
        "records": len(finished_keys(shard.rows)),
        "mentions": held.mentions,
        "relations": held.relations,
        "rejected": len({(row["source_file"], row["record"]) for row in rows if is_costly(row)}),
        "rejects": dict(Counter(f"{row['stage']}: {row['kind']}" for row in rows)),
        "tables": counts,
        "stages": stages,
        "seconds": clock.seconds,
    }
    write_json(shard.done, content)


def finish(command_name: str, summary: dict[str, Any], settings: Settings) -> None:
    """Prints the summary as the last line of stdout; exit code 1 if too many records or prompts were rejected."""
    share = summary["rejected"] / max(1, summary["records"])
    unanswered = summary.get("unanswered_share", 0.0)
    failed = max(share, unanswered) > settings.max_reject_share
    if summary["rejected"]:
        say(f"{summary['rejected']} of {summary['records']} records were rejected: {summary['rejects']}")
    older = max(0, summary["records"] - summary["rejected"] - summary["tables"].get("document", 0))
    if older:
        say(f"{older} of {summary['records']} records are older forms of others of the same id, or repeat them")
    if unanswered:
        say(f"{unanswered:.2%} of the prompts were not answered")
    if summary["rejected"] or unanswered:
        say(f"why, with file and record: {summary['out']}/shards/*/reject.parquet")
    if failed:
        say(f"that is more than --max-reject-share {settings.max_reject_share:g}: exit code 1")
    print(
        json.dumps(
            {"command": command_name, **summary, "superseded": older, "reject_share": round(share, 6), "ok": not failed}
        )
    )
    if failed:
        sys.exit(1)


def say(text: str) -> None:
    """Tells the user what happens, on stderr."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    command()
