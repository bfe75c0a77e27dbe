"""What a shard took is the sum over all calls that worked at it."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from engine import journal
from engine.journal import Clock, Journal, count_actors, judge_deaths, sum_journals


def test_the_clock_goes_on_where_a_killed_call_last_saved_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(journal, "time", SimpleNamespace(monotonic=lambda: now[0]))
    killed = Clock(tmp_path / "journal")
    now[0] += 7
    killed.save()
    now[0] += 5  # lost: the call was killed before it saved again
    resumed = Clock(tmp_path / "journal")
    now[0] += 2
    assert resumed.seconds == 9
    resumed.save()
    assert Clock(tmp_path / "journal").seconds == 9


def test_what_was_counted_before_a_restart_stays_though_it_is_not_counted_again(tmp_path: Path) -> None:
    Journal(tmp_path, "generate", "a").finish(rows=1, seconds=1.0, counters={"verify_prompts": 4, "rejected": 1})
    Journal(tmp_path, "generate", "a").finish(rows=1, seconds=1.0, counters={"verify_prompts": 2, "extracted": 1})
    sums = sum_journals(tmp_path)["generate"]
    assert (sums["verify_prompts"], sums["rejected"], sums["extracted"]) == (6, 1, 1)


def test_the_clock_is_no_actor(tmp_path: Path) -> None:
    Clock(tmp_path).save()
    assert count_actors(tmp_path) == {}
    assert sum_journals(tmp_path) == {}


def test_an_actor_that_dies_again_before_its_first_batch_blames_no_document_twice(tmp_path: Path) -> None:
    Journal(tmp_path, "extract", "a1").begin(["one", "two"])
    (tmp_path / "extract.a1.stack").write_text('  File "/x/old.py", line 1 in wait\n')
    for _ in range(3):
        again = Journal(tmp_path, "extract", "a1")
    assert again.deaths() == {"one": ["old.py, line 1, in wait"], "two": ["old.py, line 1, in wait"]}
    again.begin(["one"])
    assert Journal(tmp_path, "extract", "a1").deaths()["one"][-1] == "", "the old stack tells nothing of this death"


def test_the_last_death_is_the_last_whichever_actor_died(tmp_path: Path) -> None:
    for second, actor in enumerate(("b", "a")):
        Journal(tmp_path, "extract", actor).begin(["one"])
        if actor == "b":
            (tmp_path / "extract.b.stack").write_text('  File "/x/old.py", line 1 in wait\n')
        Journal(tmp_path, "extract", actor)
        os.utime(tmp_path / f"extract.{actor}.death0.json", (second, second))
    deaths = Journal(tmp_path, "extract", "c").deaths()["one"]
    assert deaths == ["old.py, line 1, in wait", ""]
    assert judge_deaths(deaths, 1.0, "document")[0] == "crash"
