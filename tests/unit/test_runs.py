"""The list of runs: states, counts, cost; and that two drivers do not write to one folder."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from jobs.cli import main
from tests.unit.no_ray import stand_in_for_ray


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A finished run of two shards, three documents, one of them rejected."""
    stand_in_for_ray(monkeypatch)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jsonl").write_text('{"pmid": 1, "text": "a"}\n{"pmid": 2, "text": "poison"}\n')
    (tmp_path / "in" / "b.jsonl").write_text('{"pmid": 3, "text": "b"}\n')
    out = tmp_path / "runs" / "deep" / "one"
    CliRunner().invoke(main, ["extract", str(tmp_path / "in"), "--out", str(out), "--shard-files", "1"])
    return out


def listed(*arguments: object) -> list[dict[str, Any]]:
    result = CliRunner().invoke(main, ["runs", "--format", "json", *map(str, arguments)])
    assert result.exit_code == 0, result.output
    rows: list[dict[str, Any]] = json.loads(result.stdout)["rows"]
    return rows


def change(run: Path, **content: Any) -> None:
    path = run / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | content))


def unfinish(run: Path, **driver: Any) -> None:
    (run / "shards" / "00001" / "_DONE").unlink()
    known = json.loads((run / "run.json").read_text())["driver"]
    change(run, status="running", driver=known | driver)


def test_counts_and_device_hours(run: Path, tmp_path: Path) -> None:
    change(run, result=json.loads((run / "run.json").read_text())["result"] | {"seconds": 7200.0})
    change(run, machine={"cpus": 4.0, "gpus": 0.5})
    (row,) = listed(tmp_path / "runs", "--cpu-hour-price", 0.1, "--gpu-hour-price", 2)
    assert {name: row[name] for name in ("run", "state", "shards", "records", "rejected", "evidence", "triples")} == {
        "run": str(run),
        "state": "finished",
        "shards": "2/2",
        "records": 3,
        "rejected": 1,
        "evidence": 0,
        "triples": 0,
    }
    assert (row["cpu_hours"], row["gpu_hours"], row["cost"]) == (8.0, 1.0, 2.8)
    result = CliRunner().invoke(main, ["runs", str(run)])
    assert f"run: {run}" in result.stdout
    assert result.stdout.split()[:2] == ["state", "shards"]


def test_a_run_is_running_while_its_process_is(run: Path) -> None:
    unfinish(run)
    (row,) = listed(run)
    assert (row["state"], row["shards"], row["records"]) == ("running", "1/2", 3 + 1)
    change(run, driver={"host": platform.node(), "pid": os.getpid(), "born": "1"})
    assert listed(run)[0]["state"] == "stopped", "another process of that number"
    ended = subprocess.Popen([sys.executable, "-c", ""])
    while Path(f"/proc/{ended.pid}/stat").read_text().split()[2] != "Z":
        time.sleep(0.01)
    change(run, driver={"host": platform.node(), "pid": ended.pid, "born": "1"})
    assert listed(run)[0]["state"] == "stopped"
    ended.wait()
    assert listed(run)[0]["state"] == "stopped"


def test_a_run_of_another_host_is_running_while_its_files_change(run: Path) -> None:
    unfinish(run, host="elsewhere")
    written = json.loads((run / "run.json").read_text())["written"]
    change(run, written="2026-01-01T00:00:00Z")
    assert listed(run)[0]["state"] == "running"
    for path in [*(run / "shards" / "00001").rglob("*"), run / "shards" / "00001"]:
        os.utime(path, (time.time() - 3600,) * 2)
    assert listed(run)[0]["state"] == "stopped"
    assert listed(run, "--quiet-minutes", 90)[0]["state"] == "running"
    shutil.rmtree(run / "shards" / "00001")
    assert listed(run)[0]["state"] == "stopped"
    change(run, written=written)
    assert listed(run)[0]["state"] == "running", "between two shards, or before the first"


def test_a_file_that_goes_while_it_is_listed_is_no_matter(run: Path) -> None:
    unfinish(run, host="elsewhere")
    journal = run / "shards" / "00001" / "journal"
    journal.mkdir(exist_ok=True)
    (journal / ".extract.1.json.7.tmp").symlink_to("renamed-meanwhile")
    assert listed(run)[0]["state"] == "running"


def test_what_is_no_run_is_told_and_left_out(run: Path, tmp_path: Path) -> None:
    for name, content in (("broken", "{"), ("other", '{"a": 1}')):
        (tmp_path / "runs" / name).mkdir()
        (tmp_path / "runs" / name / "run.json").write_text(content)
    result = CliRunner().invoke(main, ["runs", str(tmp_path / "runs"), "--format", "csv"])
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 2
    assert result.stderr.count("run.json is no record of a run") == 2
    assert "cannot read" in result.stderr
    assert "it lacks 'run_id'" in result.stderr
    assert CliRunner().invoke(main, ["runs", str(tmp_path / "in")]).stdout == "(no rows)\n"


def test_two_drivers_do_not_write_to_one_folder(run: Path, tmp_path: Path) -> None:
    command = ["extract", str(tmp_path / "in"), "--out", str(run), "--shard-files", "1", "--max-reject-share", "1"]
    sleeper = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    born = Path(f"/proc/{sleeper.pid}/stat").read_text().rpartition(")")[2].split()[19]
    unfinish(run, pid=sleeper.pid, born=born)
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 1
    assert f"process {sleeper.pid} of this machine is writing" in result.output
    sleeper.communicate(b"\n")
    assert CliRunner().invoke(main, command).exit_code == 0
    assert listed(run)[0]["state"] == "finished"
