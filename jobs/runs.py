"""`hypograph runs`: the runs below some folders, how far each is, what came of it, what it cost. It only reads.

Counts are those of finished shards, as `run.json` has them; `records` adds what the row files of the others hold.
A run is *running* while its driver lives: on this host its process is asked for, elsewhere its files must have changed
lately. Device hours are what was held, seconds of the finished shards times the CPUs and GPUs that Ray had, because
that is what is paid for; of a call that was killed they miss what came after its last row file. Nothing here knows Ray.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import click
import pyarrow as pa
import pyarrow.parquet as pq

from engine.journal import JOURNAL_FOLDER
from engine.output import row_files
from engine.shards import Shard, plan_from_json
from jobs.output import FORMATS, format_answer
from jobs.run_record import driver_lives, read_record

FINISHED: Final = "finished"
RUNNING: Final = "running"
STOPPED: Final = "stopped"
COLUMNS: Final = (
    *("run", "state", "shards", "records", "rejected", "evidence", "triples", "seconds", "docs_per_s"),
    *("cpu_hours", "gpu_hours", "cost", "model", "started", "run_id"),
)


@click.command()
@click.argument("folders", nargs=-1, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--format", "format_", type=click.Choice(FORMATS), default="table", show_default=True, help="Output.")
@click.option("--cpu-hour-price", type=click.FloatRange(min=0), help="Price of a CPU for an hour, for `cost`.")
@click.option("--gpu-hour-price", type=click.FloatRange(min=0), help="Price of a GPU for an hour, for `cost`.")
@click.option(
    "--quiet-minutes",
    type=click.FloatRange(min=0),
    default=15.0,
    show_default=True,
    help="A run of another host whose files have not changed for so long has stopped.",
)
def command(
    folders: tuple[Path, ...],
    format_: str,
    cpu_hour_price: float | None,
    gpu_hour_price: float | None,
    quiet_minutes: float,
) -> None:
    """List runs: state, counts, rejects, cost.

    FOLDERS are searched to any depth; by default the one you are in.
    """
    rows = []
    for out in find_runs(folders or (Path(),)):
        try:
            rows.append(describe_run(out, quiet_s=60 * quiet_minutes, prices=(cpu_hour_price, gpu_hour_price)))
        except click.ClickException as error:
            click.echo(f"{out}/run.json is no record of a run: {error}", err=True)
        except (KeyError, TypeError) as error:
            click.echo(f"{out}/run.json is no record of a run: it lacks {error}", err=True)
    shown = [name for name in COLUMNS if name != "cost" or (cpu_hour_price, gpu_hour_price) != (None, None)]
    short = [name for name in shown if name not in ("model", "started", "run_id")]
    print(format_answer(short if format_ == "table" else shown, rows, format=format_))


def find_runs(folders: Sequence[Path]) -> Iterator[Path]:
    """Folders that hold a `run.json`, in order of their names; none inside of another."""
    for folder in folders:
        for name, inside, files in os.walk(folder):
            inside.sort()
            if "run.json" in files:
                inside.clear()
                yield Path(name)


def describe_run(
    out: Path, *, quiet_s: float, prices: tuple[float | None, float | None] = (None, None)
) -> dict[str, Any]:
    """One row of the list.

    Raises: click.ClickException, KeyError or TypeError if `run.json` is none of ours.
    """
    record = read_record(out)
    result, machine = record["result"], record["machine"]
    shards = plan_from_json(out, record["shards"])
    left = [shard for shard in shards if not shard.done.exists()]
    cpu_hours, gpu_hours = (result["seconds"] * machine.get(kind, 0) / 3600 for kind in ("cpus", "gpus"))
    return {
        "run": str(out),
        "state": _state(record, left, quiet_s=quiet_s),
        "shards": f"{len(shards) - len(left)}/{len(shards)}",
        "records": result["records"] + sum(map(_written_rows, left)),
        "rejected": result["rejected"],
        "evidence": result["tables"].get("evidence", 0),
        "triples": result["tables"].get("triple", 0),
        "seconds": result["seconds"],
        "docs_per_s": round(result["records"] / result["seconds"], 1) if result["seconds"] else None,
        "cpu_hours": round(cpu_hours, 3),
        "gpu_hours": round(gpu_hours, 3),
        "cost": round(cpu_hours * (prices[0] or 0) + gpu_hours * (prices[1] or 0), 2),
        "model": record["model_revision"],
        "started": record["started"],
        "run_id": record["run_id"],
    }


def _state(record: Mapping[str, Any], left: Sequence[Shard], *, quiet_s: float) -> str:
    if not left:
        return FINISHED
    lives = driver_lives(record)
    if lives is None:
        # Before the first shard and after each the record is written, when none of those left has files yet.
        written = datetime.fromisoformat(record["written"]).timestamp()
        lives = time.time() - max(written, *map(_last_change, left)) < quiet_s
    return RUNNING if lives else STOPPED


def _last_change(shard: Shard) -> float:
    """When a file of a shard was last written, in seconds since 1970; each batch of documents renames some to its name.

    Only the folders tell: a file that one of them lists, a temporary one say, may be gone before it is looked at.
    """
    folders = (folder for folder in (shard.folder / JOURNAL_FOLDER, shard.rows) if folder.is_dir())
    return max((folder.stat().st_mtime for folder in folders), default=0.0)


def _written_rows(shard: Shard) -> int:
    """Documents that an unfinished shard holds already."""
    try:
        return sum(pq.read_metadata(path).num_rows for path in row_files(shard.rows))
    except (pa.ArrowException, OSError):
        return 0  # it is being removed


if __name__ == "__main__":
    command()
