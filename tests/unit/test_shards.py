"""How inputs are cut into shards, and how a later call adds to them."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.shards import InputFile, Shard, plan_from_json, plan_shards, plan_to_json
from jobs.settings import Settings


def files(*sizes: int) -> list[InputFile]:
    return [InputFile(path=f"/in/{i}.xml", bytes=size) for i, size in enumerate(sizes)]


def sizes(shards: list[Shard]) -> list[list[int]]:
    return [[file.bytes for file in shard.inputs] for shard in shards]


def test_shards_are_bounded_by_files_and_bytes_and_a_big_file_stands_alone(tmp_path: Path) -> None:
    shards = plan_shards(tmp_path, files(1, 1, 1, 1, 99, 1), max_files=3, max_bytes=10)
    assert sizes(shards) == [[1, 1, 1], [1], [99], [1]]
    assert [shard.folder.name for shard in shards] == ["00000", "00001", "00002", "00003"]


def test_small_files_fill_a_shard_by_default(tmp_path: Path) -> None:
    given, default = files(*[1_500] * 1_000), Settings()
    assert len(plan_shards(tmp_path, given, max_files=default.shard_files, max_bytes=default.shard_mb << 20)) == 1


def test_a_plan_survives_json(tmp_path: Path) -> None:
    shards = plan_shards(tmp_path, files(1, 2, 3), max_files=2, max_bytes=10)
    assert plan_from_json(tmp_path, plan_to_json(shards)) == shards


def test_later_inputs_make_later_shards(tmp_path: Path) -> None:
    first = plan_shards(tmp_path, files(1, 2), max_files=4, max_bytes=10)
    assert plan_shards(tmp_path, files(1, 2), max_files=1, max_bytes=10, planned=first) == first
    both = plan_shards(tmp_path, files(1, 2, 3), max_files=4, max_bytes=10, planned=first)
    assert sizes(both) == [[1, 2], [3]]
    assert both[0] == first[0]


def test_an_input_named_twice_is_read_once(tmp_path: Path) -> None:
    assert sizes(plan_shards(tmp_path, [*files(1), *files(1)], max_files=9, max_bytes=9)) == [[1]]


def test_a_changed_input_is_refused(tmp_path: Path) -> None:
    planned = plan_shards(tmp_path, files(1), max_files=1, max_bytes=9)
    with pytest.raises(ValueError, match=r"/in/0\.xml had 1 bytes when this run began and has 5 now"):
        plan_shards(tmp_path, files(5), max_files=1, max_bytes=9, planned=planned)


def test_a_missing_input_is_refused_only_while_it_is_needed(tmp_path: Path) -> None:
    planned = plan_shards(tmp_path, files(1), max_files=1, max_bytes=9)
    with pytest.raises(ValueError, match=r"shard 0 is unfinished and needs /in/0\.xml"):
        plan_shards(tmp_path, [], max_files=1, max_bytes=9, planned=planned)
    planned[0].folder.mkdir(parents=True)
    planned[0].done.touch()
    assert plan_shards(tmp_path, [], max_files=1, max_bytes=9, planned=planned) == planned
