"""`hypograph replay`: the records that a run rejected, once more, by today's code, model and limits.

It finds them (`engine.replay`), writes them as the one input of an ordinary run into a folder of its own, and extracts
that. `hypograph load` takes the folder beside the old one: the newest row of a document counts.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click
import pyarrow as pa
import pyarrow.parquet as pq

from engine.output import atomic_path, write_json
from engine.replay import list_rejects, read_rejects
from engine.schema import GENERATE_STAGE, SOURCE_ROW
from engine.shards import INPUT_FOLDER, InputFile, Shard
from engine.storage import writing
from jobs.extract import check_place, extract, finish, goes_on, say
from jobs.local_folder import LocalFolder
from jobs.run_record import check_apart, check_folder, read_record, read_shards
from jobs.settings import load_settings, settings_options

_READING_STAGES: Final = ("read", "segment", "extract", "link")
STAGES: Final = (*_READING_STAGES, GENERATE_STAGE)
_BATCH_ROWS: Final = 1024


@click.command()
@click.argument("run", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--out", type=LocalFolder(), required=True, help="Folder to write.")
@click.option("--stage", "stages", multiple=True, type=click.Choice(STAGES), help="Only what this stage rejected.")
@click.option("--kind", "kinds", multiple=True, help="Only rejects of this kind, as the run's summary names it.")
@click.option("--overwrite", is_flag=True, help="Remove what an earlier replay wrote to --out, and start anew.")
@settings_options
def command(
    run: Path,
    out: Path,
    stages: tuple[str, ...],
    kinds: tuple[str, ...],
    overwrite: bool,
    config: Path | None,
    **flags: Any,
) -> None:
    """Extract once more what a run rejected.

    RUN is the folder of a run; its finished shards are looked through. The exit code is 0 however many are rejected
    again, unless --max-reject-share is given.
    """
    if flags.get("max_reject_share") is None:
        flags["max_reject_share"] = 1.0
    settings = load_settings(config=config, flags=flags)
    if settings.generate is None:  # a document whose prompts were not answered would lose what others of them brought
        if GENERATE_STAGE in stages:
            raise click.UsageError(f"--stage {GENERATE_STAGE} needs --generate: a language model is asked once more")
        stages = stages or _READING_STAGES
    run, out = run.absolute(), out.absolute()
    check_apart(run, out)
    if settings.copy_to:
        check_place(settings.copy_to, out, overwrite=overwrite)
    shards = read_shards(run)
    finished = [shard for shard in shards if shard.done.exists()]
    if len(finished) < len(shards):
        say(f"{len(shards) - len(finished)} of {len(shards)} shards are unfinished: what they reject is not known yet")
    selection = {
        "run": str(run),
        "run_id": read_record(run)["run_id"],
        "shards": len(finished),
        "stages": sorted(stages),
        "kinds": sorted(kinds),
    }
    with goes_on(out):
        counts = _write_input(selection, finished, out, overwrite=overwrite, timeout_s=settings.document_timeout_s)
    if not counts["rejects"]:
        say(f"{run} has no such rejects")
        print(json.dumps({"command": "replay", "replayed": counts, "ok": True}))
        return
    rows = _input_file(out)
    file = InputFile(path=str(rows), bytes=rows.stat().st_size, format="rows")
    summary = extract([file], out=out, settings=settings, overwrite=overwrite)
    recovered = summary["records"] - summary["rejected"]
    not_found = summary["rejects"].get("read: not_found", 0)
    say(
        f"of {counts['rejects']} rejects {recovered} records are documents now, {summary['rejected']} are rejected "
        f"again, {not_found} of them because they were not found"
    )
    outcome = {**counts, "recovered": recovered, "rejected_again": summary["rejected"], "not_found": not_found}
    finish("replay", {**summary, "replayed": outcome}, settings)


def _input_file(out: Path) -> Path:
    return out / INPUT_FOLDER / "rejects.rows.parquet"


def _write_input(
    selection: dict[str, Any], finished: Sequence[Shard], out: Path, *, overwrite: bool, timeout_s: float
) -> dict[str, int]:
    """Writes the rejects as they are read today, unless an earlier call did. Returns: how many rejects gave how many.

    Raises: click.ClickException if an earlier call replayed something else into the folder.
    """
    check_folder(out)
    about = out / INPUT_FOLDER / "replay.json"
    if about.exists() and not overwrite:
        written = json.loads(about.read_text(encoding="utf-8"))
        if written["selection"] != selection:
            raise click.ClickException(
                f"{out} replays {written['selection']}, this is {selection}: give another --out, or --overwrite"
            )
        return dict(written["counts"])
    rejects = [(shard, list_rejects(shard, stages=selection["stages"], kinds=selection["kinds"])) for shard in finished]
    counts = {"rejects": sum(len(of_shard) for _, of_shard in rejects), "records": 0}
    if not counts["rejects"]:
        return counts
    with writing(about.parent):
        about.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(_input_file(out)) as temporary, pq.ParquetWriter(temporary, SOURCE_ROW) as writer:
        for shard, of_shard in rejects:
            rows = list(read_rejects(shard, of_shard, timeout_s=timeout_s))
            for start in range(0, len(rows), _BATCH_ROWS):
                writer.write_table(pa.Table.from_pylist(rows[start : start + _BATCH_ROWS], schema=SOURCE_ROW))
            counts["records"] += len(rows)
    write_json(about, {"selection": selection, "counts": counts})
    return counts


if __name__ == "__main__":
    command()
