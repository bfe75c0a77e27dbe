"""The benchmark of growth: what it takes of its input, and the faults that it finds."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import pytest

from bench.memory import measure_growth
from bench.scale import ScaleRun, find_faults, spread, write_input

SMALL = ScaleRun(
    1000,
    2,
    read=1000,
    rejected=0,
    tokens=400_000,
    wall_seconds=80,
    busy_seconds=60,
    peak_memory_gb=3.0,
    memory_growth=None,
)
LARGE = replace(SMALL, documents=20_000, read=20_000, tokens=8_000_000, busy_seconds=1_200, memory_growth=0.09)
ONE = replace(SMALL, workers=1, busy_seconds=115)


def test_a_smaller_run_takes_evenly_spaced_lines_of_the_larger_one() -> None:
    lines = [b"%d\n" % number for number in range(10)]
    assert spread(lines, 10) == lines
    assert spread(lines, 4) == [b"0\n", b"2\n", b"5\n", b"7\n"]


def test_lines_are_written_a_thousand_a_file(tmp_path: Path) -> None:
    lines = [b"%d\n" % number for number in range(2_001)]
    paths = write_input(tmp_path / "input", lines)
    read = [gzip.decompress(path.read_bytes()).splitlines(keepends=True) for path in paths]
    assert [len(part) for part in read] == [1000, 1000, 1]
    assert [line for part in read for line in part] == lines


def test_runs_that_grow_in_step_have_no_fault() -> None:
    assert find_faults([SMALL, LARGE], [ONE, SMALL]) == []


@pytest.mark.parametrize(
    ("fault", "large", "one"),
    [
        ("6,667 tokens/s at 1,000, 5,714 at 20,000", replace(LARGE, busy_seconds=1_400), ONE),
        ("memory grew by 11% while 20,000 documents were read", replace(LARGE, memory_growth=0.11), ONE),
        ("memory grew by an unknown share", replace(LARGE, memory_growth=None), ONE),
        ("20,000 documents gave 19,999, 0 of them rejected", replace(LARGE, read=19_999), ONE),
        ("20,000 documents gave 20,000, 1 of them rejected", replace(LARGE, rejected=1), ONE),
        ("two workers are 1.50 times one", LARGE, replace(ONE, busy_seconds=90)),
    ],
)
def test_each_fault_is_found(fault: str, large: ScaleRun, one: ScaleRun) -> None:
    assert any(fault in found for found in find_faults([SMALL, large], [one, SMALL]))


def test_growth_is_that_of_the_time_at_work_whatever_its_peaks() -> None:
    at_work = [100] * 10 + [104, 105, 106, 105, 104, 105, 30, 250] * 10 + [110] * 10
    assert measure_growth([10, 20, 40, *at_work, 30, 20]) == pytest.approx(0.1)
    assert measure_growth([100] * 30) == 0.0
    assert measure_growth([100 + i for i in range(100)]) == pytest.approx(0.9, abs=0.05)
    assert measure_growth([100] * 29) is None
    assert measure_growth([0] * 40) is None
    assert measure_growth([10] * 20 + [100] * 20) is None
