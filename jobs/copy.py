"""Copies what is finished of a run to an object store, where it outlives the machine and every node can read it.

A shard's flat tables go first and its marker last, so whoever takes a marker for the word that a shard is whole is
right there too. A shard that is there already, by the content of its marker, is not copied again. The run's record goes
before all, and a place that holds another run's is refused. Row files and journals, from which a run goes on, stay.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click

from engine.schema import FLAT_TABLES
from engine.shards import Shard
from engine.storage import REMOTE_SCHEMES, open_input, put_file
from jobs.run_record import RunRecord


def find_owner(to: str) -> str | None:
    """The id of the run that a place holds, None if it is free.

    Raises: click.UsageError if it is no place to copy to; StorageError, which shows no key in it.
    """
    if not to.rstrip("/").startswith(tuple(f"{scheme}://" for scheme in REMOTE_SCHEMES)):
        raise click.UsageError("--copy-to: expected s3://bucket/... or gs://bucket/...")
    found = _read(_record_at(to))
    if found is None:
        return None
    try:
        return str(json.loads(found)["run_id"])
    except (ValueError, KeyError, TypeError):
        return ""  # no run's record, so nobody's place to write over


def copy_shards(shards: Sequence[Shard], record: RunRecord, to: str) -> None:
    """Copy finished shards of a run below the prefix `to`. Raises: StorageError naming the object."""
    for shard in shards:
        there = f"{to.rstrip('/')}/{shard.folder.relative_to(record.out).as_posix()}"
        if _read(f"{there}/{shard.done.name}") == shard.done.read_bytes():
            continue
        for name in FLAT_TABLES:
            put_file(shard.folder / f"{name}.parquet", f"{there}/{name}.parquet")
        put_file(shard.done, f"{there}/{shard.done.name}")


def copy_record(path: Path, to: str) -> None:
    """Copy a run's record below the prefix. Raises: StorageError."""
    put_file(path, _record_at(to))


def _record_at(to: str) -> str:
    return f"{to.rstrip('/')}/run.json"


def _read(uri: str) -> bytes | None:
    try:
        with open_input(uri) as stream:
            return b"".join(iter(lambda: stream.read(1 << 20), b""))
    except FileNotFoundError:
        return None
