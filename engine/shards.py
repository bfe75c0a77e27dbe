"""The folder that a run writes: which inputs make up which shard, where its files lie, when it is finished.

    OUT/input/*                        rows that a replay took over from another run; other runs have none
    OUT/shards/00000/rows/*.parquet    finished document rows, each file complete (temporary name, then rename)
    OUT/shards/00000/{document,entity,lexicon_edge,triple,evidence,reject}.parquet
    OUT/shards/00000/_DONE             its inputs and counts as JSON, written last

A shard is what is finished, loaded and resumed as a whole: small enough that losing its flat tables costs little,
large enough that starting the actors anew (about 10 s) does not matter. Inputs that arrive later make later shards.
This file knows nothing of what is in the tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from engine.read.format import AUTO

EXTRACTED_ROWS: Final = "extracted-rows"  # the format of an input that is a row file of another run
INPUT_FOLDER: Final = "input"


@dataclass(frozen=True, slots=True)
class InputFile:
    """One input file, its size, which tells a file that changed since, and what it is to be read as."""

    path: str
    bytes: int
    format: str = AUTO


@dataclass(frozen=True, slots=True)
class Shard:
    """A unit of work that is finished as a whole: some input files and the folder of their output."""

    index: int
    folder: Path
    inputs: tuple[InputFile, ...]

    @property
    def rows(self) -> Path:
        """Folder of the finished document rows."""
        return self.folder / "rows"

    @property
    def done(self) -> Path:
        """The completion marker, written last."""
        return self.folder / "_DONE"

    @property
    def bytes(self) -> int:
        """Size of the inputs as they lie on disk."""
        return sum(file.bytes for file in self.inputs)


def plan_shards(
    out: Path, inputs: Sequence[InputFile], *, max_files: int, max_bytes: int, planned: Sequence[Shard] = ()
) -> list[Shard]:
    """Cuts inputs into shards, after those that an earlier run `planned`; files that these hold are not planned again.

    Raises: ValueError if a planned file is gone from `inputs` while its shard is unfinished, or has another size or
    format now.
    """
    given = {file.path: file for file in inputs}
    for shard in planned:
        _check_inputs(shard, given)
    known = {file.path for shard in planned for file in shard.inputs}
    fresh = [file for file in given.values() if file.path not in known]
    first = 1 + max((shard.index for shard in planned), default=-1)
    groups = _group(fresh, max_files=max_files, max_bytes=max_bytes)
    return [*planned, *(_shard(out, first + i, group) for i, group in enumerate(groups))]


def _check_inputs(shard: Shard, given: Mapping[str, InputFile]) -> None:
    finished = shard.done.exists()
    for file in shard.inputs:
        now = given.get(file.path)
        if now is None and not finished:
            raise ValueError(f"shard {shard.index} is unfinished and needs {file.path}, which is no longer an input")
        if now is not None and now.bytes != file.bytes:
            raise ValueError(f"{file.path} had {file.bytes} bytes when this run began and has {now.bytes} now")
        if now is not None and now.format != file.format:
            raise ValueError(f"{file.path} was of format {file.format} when this run began and is {now.format} now")


def _group(files: Sequence[InputFile], *, max_files: int, max_bytes: int) -> list[tuple[InputFile, ...]]:
    groups: list[tuple[InputFile, ...]] = []
    group: list[InputFile] = []
    size = 0
    for file in files:
        if group and (len(group) == max_files or size + file.bytes > max_bytes):
            groups.append(tuple(group))
            group, size = [], 0
        group.append(file)
        size += file.bytes
    return [*groups, tuple(group)] if group else groups


def _shard(out: Path, index: int, inputs: tuple[InputFile, ...]) -> Shard:
    return Shard(index=index, folder=out / "shards" / f"{index:05d}", inputs=inputs)


def plan_to_json(shards: Sequence[Shard]) -> list[list[dict[str, Any]]]:
    """The inputs of each shard, in order, for the run record."""
    return [[asdict(file) for file in shard.inputs] for shard in shards]


def plan_from_json(out: Path, plan: Sequence[Sequence[Mapping[str, Any]]]) -> list[Shard]:
    """Inverse of `plan_to_json`."""
    return [_shard(out, i, tuple(InputFile(**file) for file in inputs)) for i, inputs in enumerate(plan)]
