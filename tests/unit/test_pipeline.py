"""The list of stages, and the checks that come before anything starts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from engine.on_ray import block_bytes
from engine.pipeline import PipelineSettings, build_stages, check_resources, check_stages

SETTINGS = PipelineSettings(model=Path("/model"), lexicon=Path("/lexicon"), extract_actors=4, extract_gpus=0.5)


def test_the_stages_in_order_with_what_they_are_built_with() -> None:
    stages = build_stages(SETTINGS)
    check_stages(stages)
    assert [stage.name for stage in stages] == ["segment", "extract", "link"]
    _, extract, link = stages
    assert (extract.pool_size, extract.gpus, extract.kwargs["model"]) == (4, 0.5, Path("/model"))
    assert link.kwargs == {"lexicon": Path("/lexicon"), "own": None}
    assert link.gpus == 0


def test_a_stage_in_the_wrong_place_is_refused() -> None:
    segment, extract, link = build_stages(SETTINGS)
    with pytest.raises(ValueError, match=r"stage extract needs \['sentences'\], which no stage before it adds"):
        check_stages([extract, segment, link])
    with pytest.raises(ValueError, match=r"stage link needs \['mentions', 'relations'\]"):
        check_stages([segment, link])
    with pytest.raises(ValueError, match=r"leave.*labels.*open"):
        check_stages([segment, replace(extract, adds=("mentions", "relations")), link])


def test_pools_that_do_not_fit_are_refused_with_the_numbers() -> None:
    stages = build_stages(SETTINGS)
    check_resources(stages, cpus=4, gpus=2)
    with pytest.raises(ValueError, match="need 2 GPUs and Ray has 1"):
        check_resources(stages, cpus=4, gpus=1)
    with pytest.raises(ValueError, match=r"need 2\.7 CPUs and Ray has 2"):
        check_resources(stages, cpus=2, gpus=2)


def test_blocks_are_small_for_small_inputs_and_bounded_for_large_ones() -> None:
    assert block_bytes(0, pool_size=1) == 128 << 10
    assert block_bytes(16 << 20, pool_size=2) == 1 << 20
    assert block_bytes(1 << 40, pool_size=1) == 8 << 20
