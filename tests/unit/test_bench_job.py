"""The job's benchmark: copies that differ, faults that are found, memory of a whole process tree."""

from __future__ import annotations

import gzip
import re
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from bench.job import JobRun, choose_copies, find_faults, write_copies
from bench.memory import run_watched
from jobs.speed.encoder import EncoderRate
from jobs.speed.machine import describe_machine

SMALL = JobRun(2, documents=800, evidence=1000, rejected=0, seconds=40.0, peak_memory_gb=3.0, processes=9)
LARGE = JobRun(8, documents=3200, evidence=4000, rejected=0, seconds=100.0, peak_memory_gb=3.1, processes=9)
PMID = re.compile(rb"<MedlineCitation[^>]*>\s*<PMID[^>]*>(\d+)</PMID>")


def _faults(
    large: JobRun = LARGE, *, ratio: float = 0.5, padding: float = 0.05, kept: JobRun | None = None
) -> list[str]:
    known = None if kept is None else asdict(kept)
    return find_faults(
        SMALL, large, ratio=ratio, floor=0.35, memory_gb=6, padding=padding, most_padding=0.1, kept=known
    )


def test_copies_hold_the_same_records_under_pmids_of_their_own(tmp_path: Path) -> None:
    first, second = (gzip.decompress(path.read_bytes()) for path in write_copies(tmp_path, 2))
    pmids = [[int(pmid) for pmid in PMID.findall(content)] for content in (first, second)]
    assert len(pmids[0]) == 400
    assert len(set(pmids[0] + pmids[1])) == 800
    assert [pmid + 100_000_000 for pmid in pmids[0]] == pmids[1]
    assert len(second) - len(first) < 400 * 9  # nothing but longer numbers


def test_a_good_run_has_no_fault() -> None:
    assert _faults(kept=SMALL) == []
    assert _faults(replace(LARGE, evidence=4008)) == []  # 0.2 %: scores at a threshold


@pytest.mark.parametrize(
    ("fault", "large", "ratio"),
    [
        ("the floor is 0.35", LARGE, 0.34),
        ("the limit is 6 GB", replace(LARGE, peak_memory_gb=6.1), 0.5),
        ("memory grew", replace(LARGE, peak_memory_gb=3.4), 0.5),
        ("8 copies gave 3199 documents, expected 3200", replace(LARGE, documents=3199), 0.5),
        ("8 copies gave 4020 evidence, expected 4000", replace(LARGE, evidence=4020), 0.5),
        ("8 copies gave 1 rejected, expected 0", replace(LARGE, rejected=1), 0.5),
    ],
)
def test_each_fault_is_found(fault: str, large: JobRun, ratio: float) -> None:
    assert any(fault in found for found in _faults(large, ratio=ratio))


def test_too_much_padding_is_a_fault() -> None:
    assert _faults(padding=0.121) == ["12.1% of what the encoder reads is padding, the limit is 10%"]


def test_another_count_than_the_recorded_one_is_a_fault() -> None:
    assert _faults(kept=replace(SMALL, evidence=1100)) == ["2 copies gave 1000 evidence, expected 1100"]


def test_the_large_run_is_chosen_by_the_encoder_and_bounded() -> None:
    slow = EncoderRate(800, 280_000, 290_000, seconds=50.0, budget_tokens=4096, dtype="float32", operations=6e12)
    fast = replace(slow, seconds=0.1)
    assert choose_copies(slow, small=SMALL, seconds=120) == 8
    assert choose_copies(fast, small=replace(SMALL, seconds=31.0), seconds=600) == 60


def test_memory_of_a_child_of_the_command_is_counted() -> None:
    child = "import time; held = bytearray(b'1') * 80_000_000; time.sleep(1.5)"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}]); print('ended')"
    outcome = run_watched([sys.executable, "-c", parent], interval=0.1)
    assert (outcome.returncode, outcome.stdout) == (0, "ended\n")
    assert outcome.peak_bytes > 80_000_000
    assert outcome.processes == 2


def test_the_machine_is_described() -> None:
    machine = describe_machine()
    assert isinstance(machine["cores"], int)
    assert machine["cores"] >= 1
    assert machine["cpu"]
