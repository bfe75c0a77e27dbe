"""`hypograph bench`: its arithmetic with stated numbers, and the command with the tiny model, without Ray."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

from engine.journal import Journal, count_actors
from engine.output import RowCounts
from engine.shards import Shard
from jobs import bench
from jobs import extract as job
from jobs.speed.encoder import count_operations
from jobs.speed.estimate import estimate_corpus, seconds_once_started
from jobs.speed.machine import measure_matrix_peak
from tests.tiny_model import save_tiny_model
from tests.unit.no_ray import stand_in_for_ray

# 400 documents in 20 s with heads: 2.4e12 operations, 1.2e11 a second, half of a peak of 240 GFLOP/s.
PADDED = ("padded_tokens", "padded_tokens_again")
MEASURED = bench.Measured(
    documents=400,
    mean_chars=1500.0,
    dtype="float32",
    job_with_start=8.0,
    job=12.0,
    heads=20.0,
    encoder=24.0,
    padding=0.05,
    operations=2.4e12,
    peak_gflops=240.0,
)


def test_all_of_pubmed_takes_hours_and_money_by_rate_workers_and_length() -> None:
    found = estimate_corpus(36_000_000, documents_per_s=100.0, workers=5, price_per_hour=0.5)
    assert (found.machine_hours, found.hours, found.cost) == (100.0, 20.0, 50.0)
    shorter = estimate_corpus(36_000_000, documents_per_s=100.0, length_ratio=0.8)
    assert (shorter.machine_hours, shorter.hours, shorter.cost) == (80.0, 80.0, None)


def test_once_started_the_busiest_stage_sets_the_pace_and_tables_come_after() -> None:
    stages = {
        "segment": {"seconds": 2.0},
        "extract": {"seconds": 60.0},
        "link": {"seconds": 25.0},
        "tables": {"seconds": 3.0},
    }
    assert seconds_once_started(stages, {"segment": 1, "extract": 2, "link": 1}) == 33.0
    assert seconds_once_started(stages, {"segment": 1, "extract": 4, "link": 1}) == 28.0


def test_operations_are_those_of_the_layers_matrices_and_of_attention() -> None:
    config = SimpleNamespace(num_hidden_layers=2, hidden_size=8, intermediate_size=32)
    # 10 pieces: 4 matrices of 8 x 8 and two of 8 x 32 are 768 numbers; attention 4 x (36 + 16) x 8
    assert count_operations([6, 4], config) == 2 * (2 * 10 * 768 + 4 * 52 * 8)


def test_shares_and_limits() -> None:
    assert (MEASURED.encoder_share, MEASURED.peak_share) == (0.5, 0.5)
    assert bench.check_limits(MEASURED) == {"encoder_share": False, "peak_share": True, "padding": True}
    assert not bench.check_limits(replace(MEASURED, peak_gflops=0.8))["peak_share"], "no machine beats its peak"
    assert bench.check_limits(replace(MEASURED, job=14.4, heads=15.9, padding=0.101)) == {
        "encoder_share": True,
        "peak_share": False,
        "padding": False,
    }


def test_each_figure_stands_beside_its_limit_and_the_estimate_beside_what_it_assumes() -> None:
    estimate = estimate_corpus(38_000_000, documents_per_s=12.0, workers=8, price_per_hour=0.2)
    said = bench.describe(MEASURED, estimate, mean_chars=None, price_per_hour=0.2)
    (share,) = (line.split() for line in said.splitlines() if "plain encoder's rate" in line)
    assert share[-4:] == ["50%", "at", "least", "60%"]
    assert (
        "38,000,000 documents on 8 machines like this: 110.0 hours, 879.6 machine hours, 175.93 at 0.2 an hour" in said
    )
    assert "as long as these (1,500)" in said
    alone = bench.describe(MEASURED, estimate_corpus(100, documents_per_s=1.0), mean_chars=1200.0, price_per_hour=None)
    assert "100 documents on 1 machine like this: 0.0 hours, 0.0 machine hours\nif they are 1,200 characters" in alone


def test_actors_are_counted_by_their_journals_and_not_by_their_deaths(tmp_path: Path) -> None:
    for actor in ("a1", "a2"):
        Journal(tmp_path, "extract", actor).begin(["d1"])
    Journal(tmp_path, "extract", "a1")  # finds that it died, and notes it
    Journal(tmp_path, "link", "b").release()
    assert count_actors(tmp_path) == {"extract": 2, "link": 1}


def test_padding_is_that_of_both_readings_and_of_one_where_there_was_one() -> None:
    first = {"tokens": 90, "padded_tokens": 100}
    assert bench.padding_share(first) == pytest.approx(0.1)
    assert bench.padding_share(first | {"tokens_again": 10, "padded_tokens_again": 25}) == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("option", "value"),
    [("--documents", "0"), ("--mean-chars", "0"), ("--mean-chars", "-5"), ("--price-per-hour", "-1")],
)
def test_nothing_is_measured_for_an_estimate_that_can_t_be_meant(option: str, value: str) -> None:
    result = CliRunner().invoke(bench.command, ["--records", "1", "--model", "/nowhere", option, value])
    assert result.exit_code == 2
    assert f"Invalid value for '{option}'" in result.output


def test_the_command_measures_the_tiny_model_and_estimates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = save_tiny_model(tmp_path / "model")
    stand_in_for_ray(monkeypatch)
    run_here = job.run_shard

    def run(shard: Shard, stages: Sequence[Any], **options: Any) -> Iterator[RowCounts]:
        for part in run_here(shard, stages, **options):
            for actor in "ab":
                counters = (
                    dict.fromkeys(("tokens", "tokens_again"), 45) | dict.fromkeys(PADDED, 50) | {"pairs_again": 3}
                )
                Journal(shard.folder / "journal", "extract", actor).finish(rows=3, seconds=2.0, counters=counters)
            yield part

    monkeypatch.setattr(job, "run_shard", run)
    monkeypatch.setattr(bench, "measure_matrix_peak", partial(measure_matrix_peak, seconds=0.2))
    arguments = ["--records", "6", "--model", str(model), "--device", "cpu", "--dtype", "float32"]
    result = CliRunner().invoke(bench.command, [*arguments, "--documents", "7200", "--price-per-hour", "2"])
    assert result.exit_code == 0, result.output
    said = json.loads(result.stdout.splitlines()[-1])
    assert (said["command"], said["documents"], said["dtype"]) == ("bench", 6, "float32")
    assert said["padding"] == pytest.approx(0.1)
    assert said["job"] == pytest.approx(3.0, rel=0.3), "6 documents in 2 s, and their tables in a little more"
    assert said["estimate"]["cost"] == pytest.approx(2 * 7200 / said["job"] / 3600)
    assert said["heads"] > 0
    assert said["encoder"] > said["heads"] / 2, "the encoder alone has less to do"
    assert said["limits"].keys() == {"encoder_share", "peak_share", "padding"}
    assert 0 < said["peak_share"] < 1
