"""The job around the pipeline: shards, resuming, the record, the last line and the exit code. Ray is stood in for."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from engine.pipeline import build_stages, check_resources, check_stages
from jobs import extract as job
from jobs import generation
from jobs.generator_options import ChosenEngine
from jobs.ray_session import Capacity, resolve
from jobs.settings import Settings
from tests.scripted_engine import open_scripted
from tests.tiny_model import save_tiny_model
from tests.unit import no_ray
from tests.unit.no_ray import stand_in_for_ray


@pytest.fixture
def run_order(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Shards in the order in which they ran."""
    return stand_in_for_ray(monkeypatch)


def run(folder: Path, *flags: str) -> tuple[Result, dict[str, Any]]:
    result = CliRunner().invoke(job.command, [str(folder / "in"), "--out", str(folder / "out"), *flags])
    return result, json.loads(result.stdout.splitlines()[-1]) if result.stdout else {}


def write_inputs(folder: Path, *contents: str) -> None:
    (folder / "in").mkdir(exist_ok=True)
    for i, content in enumerate(contents):
        (folder / "in" / f"{i}.jsonl").write_text(content, encoding="utf-8")


def line(number: int) -> str:
    return json.dumps({"pmid": number, "title": f"Title {number}", "abstract": "Imatinib inhibits ABL."}) + "\n"


def test_the_last_line_sums_what_was_done(tmp_path: Path, run_order: list[int]) -> None:
    write_inputs(tmp_path, line(1) + line(2), line(3))
    result, summary = run(tmp_path, "--shard-files", "1")
    assert result.exit_code == 0, result.output
    assert (summary["command"], summary["records"], summary["rejected"], summary["ok"]) == ("extract", 3, 0, True)
    assert (summary["shards"], summary["tables"]["document"]) == (2, 3)
    assert run_order == [0, 1]
    record = json.loads((tmp_path / "out" / "run.json").read_text())
    assert (record["status"], record["result"]["records"]) == ("finished", 3)
    assert "shard 1 is complete: 3 of about 3 documents" in result.stderr


def test_finished_shards_are_skipped_and_new_inputs_added(tmp_path: Path, run_order: list[int]) -> None:
    write_inputs(tmp_path, line(1))
    run(tmp_path)
    write_inputs(tmp_path, line(1), line(2))
    result, summary = run(tmp_path)
    assert result.exit_code == 0, result.output
    assert (run_order, summary["records"]) == ([0, 1], 2)
    assert "2 input files in 2 shards, 1 of them finished" in result.stderr


def test_an_unfinished_shard_is_run_again_and_the_record_made_current(tmp_path: Path, run_order: list[int]) -> None:
    write_inputs(tmp_path, line(1))
    run(tmp_path)
    (tmp_path / "out" / "shards" / "00000" / "_DONE").unlink()
    _, summary = run(tmp_path)
    assert (run_order, summary["records"]) == ([0, 0], 1)


def test_the_time_left_counts_what_is_not_done_yet(
    tmp_path: Path, run_order: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_inputs(tmp_path, line(1) + line(2), line(3))
    run(tmp_path, "--shard-files", "1")
    for shard in ("00000", "00001"):
        (tmp_path / "out" / "shards" / shard / "_DONE").unlink()
    shutil.rmtree(tmp_path / "out" / "shards" / "00001")
    run_all = job.run_shard
    monkeypatch.setattr(job, "run_shard", lambda shard, **rest: run_all(shard, **rest) if shard.index else iter(()))
    result, summary = run(tmp_path, "--shard-files", "1")
    assert summary["records"] == 3
    assert "shard 0 is complete: 0 of about 1 documents" in result.stderr
    assert "shard 1 is complete: 1 of about 1 documents" in result.stderr


def test_a_folder_is_taken_before_ray_starts(
    tmp_path: Path, run_order: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_inputs(tmp_path, line(1))
    run(tmp_path)
    write_inputs(tmp_path, line(1), line(2))
    start = job.ray_session

    def look(**options: Any) -> Any:
        record = json.loads((tmp_path / "out" / "run.json").read_text())
        assert (record["status"], record["driver"]["pid"], len(record["shards"])) == ("running", os.getpid(), 2)
        return start(**options)

    monkeypatch.setattr(job, "ray_session", look)
    assert run(tmp_path)[1]["records"] == 2
    assert run(tmp_path, "--overwrite", "--shard-files", "1")[1]["records"] == 2


def test_a_changed_input_is_refused_and_overwrite_begins_anew(tmp_path: Path, run_order: list[int]) -> None:
    write_inputs(tmp_path, line(1))
    run(tmp_path)
    write_inputs(tmp_path, line(1) + line(2))
    result, _ = run(tmp_path)
    assert result.exit_code == 1
    assert "0.jsonl had" in result.output
    assert "--overwrite" in result.output
    _, summary = run(tmp_path, "--overwrite")
    assert summary["records"] == 2


def test_a_run_that_kept_nothing_for_a_verifier_is_not_gone_on_with_by_one_that_does(
    tmp_path: Path, run_order: list[int]
) -> None:
    write_inputs(tmp_path, line(1))
    run(tmp_path)
    result, _ = run(tmp_path, "--doubtful-from", "0.2")
    assert result.exit_code == 1
    assert "was begun with doubtful from none, this is 0.2" in result.output
    assert run(tmp_path)[0].exit_code == 0


def test_records_that_do_not_count_are_told(tmp_path: Path, run_order: list[int]) -> None:
    write_inputs(tmp_path, line(1) + line(2) + line(1))
    result, summary = run(tmp_path)
    assert (summary["records"], summary["superseded"], summary["tables"]["document"]) == (3, 1, 2)
    assert "1 of 3 records are older forms of others of the same id" in result.stderr


@pytest.mark.parametrize(("share", "exit_code"), [("0.4", 1), ("0.5", 0)])
def test_too_many_rejects_end_with_exit_code_1(
    tmp_path: Path, run_order: list[int], share: str, exit_code: int
) -> None:
    write_inputs(tmp_path, line(1) + '{"pmid": \n')
    result, summary = run(tmp_path, "--max-reject-share", share)
    assert result.exit_code == exit_code, result.output
    assert (summary["rejected"], summary["reject_share"], summary["ok"]) == (1, 0.5, exit_code == 0)
    assert list(summary["rejects"].values()) == [1]
    assert "1 of 2 records were rejected" in result.stderr


def test_pools_that_do_not_fit_are_refused_before_a_shard_runs(tmp_path: Path, run_order: list[int]) -> None:
    write_inputs(tmp_path, line(1))
    result, _ = run(tmp_path, "--extract-gpus", "1", "--extract-actors", "4")
    assert result.exit_code == 1
    assert "need 4 GPUs and Ray has 0" in result.output
    assert run_order == []
    assert run(tmp_path, "--extract-gpus", "1", "--extract-actors", "4", "--wait-for-nodes")[0].exit_code == 0


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "names.zst"])
def test_a_damaged_model_is_told_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(job, "ray_session", lambda **_: pytest.fail("Ray is started"))
    model = save_tiny_model(tmp_path / "model")
    whole = (model / name).read_bytes()
    (model / name).write_bytes(whole[: len(whole) // 2])
    write_inputs(tmp_path, line(1))
    result, _ = run(tmp_path, "--model", str(model))
    assert (result.exit_code, str(model / name) in result.stderr) == (1, True), result.output
    assert not (tmp_path / "out").exists()


def choose_scripted(monkeypatch: pytest.MonkeyPatch, revision: str = "scripted-1") -> None:
    chosen = ChosenEngine("scripted", revision, open_scripted, in_process=True)
    monkeypatch.setattr(generation, "choose_engine", lambda *_: chosen)


def test_a_language_model_is_one_more_stage_and_part_of_the_record(
    tmp_path: Path, run_order: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    choose_scripted(monkeypatch)
    write_inputs(tmp_path, line(1) + line(2))
    result, summary = run(tmp_path, "--generate", "scripted", "--verify-from", "0.1")
    assert result.exit_code == 0, result.output
    assert (summary["generator"], summary["calibrated"], summary["unanswered_share"]) == ("scripted", False, 0.0)
    assert "no coefficients were fitted for scripted" in result.stderr
    record = json.loads((tmp_path / "out" / "run.json").read_text())
    assert record["generator"].startswith("scripted-1 ")
    assert (record["settings"]["generate"], record["settings"]["verify_from"]) == ("scripted", 0.1)
    assert record["result"]["stages"]["generate"]["rows"] == 2
    for flags in (["--generate", "scripted"], []):
        result, _ = run(tmp_path, *flags)
        assert (result.exit_code, "was begun with generator scripted-1" in result.stderr) == (1, True)


def test_unanswered_prompts_end_with_exit_code_1_and_reject_no_document(
    tmp_path: Path, run_order: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    choose_scripted(monkeypatch)
    texts = [no_ray.STATEMENT, f"{no_ray.STATEMENT} in silence"]
    write_inputs(tmp_path, "".join(json.dumps({"pmid": i, "title": text}) + "\n" for i, text in enumerate(texts, 1)))
    result, summary = run(tmp_path, "--generate", "scripted", "--verify-to", "1")
    assert (result.exit_code, summary["rejected"], summary["unanswered_share"]) == (1, 0, 0.5)
    assert summary["rejects"] == {"generate: unanswered": 1}
    assert "50.00% of the prompts were not answered" in result.stderr
    assert run(tmp_path, "--generate", "scripted", "--verify-to", "1", "--max-reject-share", "0.5")[0].exit_code == 0


def test_options_of_the_language_model_are_nothing_without_one(tmp_path: Path, run_order: list[int]) -> None:
    write_inputs(tmp_path, line(1))
    result, _ = run(tmp_path, "--extract", "COEXPRESSED_WITH")
    assert (result.exit_code, "--extract is nothing without --generate" in result.stderr) == (2, True)
    result, _ = run(tmp_path, "--generate", "x", "--no-verify")
    assert (result.exit_code, "nothing to do" in result.stderr) == (2, True)
    assert run_order == []


@pytest.mark.parametrize(
    ("gpus", "settings", "engines", "extractors"),
    [
        (4.0, {}, 3, (1, 1.0)),
        (1.0, {}, 1, (4, 0.0)),
        (4.0, {"tensor_parallel": 4}, 1, (4, 0.0)),
        (4.0, {"extract_gpus": 0.5, "extract_actors": 2}, 3, (2, 0.5)),
        (4.0, {"device": "cpu"}, 4, (4, 0.0)),
    ],
)
def test_extractors_and_engines_share_the_gpus(
    gpus: float,
    settings: dict[str, Any],
    engines: int,
    extractors: tuple[int, float],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    choose_scripted(monkeypatch)
    chosen, capacity = Settings(generate="scripted", **settings), Capacity(cpus=4.0, gpus=gpus)
    planned = generation.plan_generation(chosen, "scripted")
    stage = job._build_generative_stage(planned, chosen, capacity, tmp_path)
    resolved = resolve(chosen, capacity, generate=stage)
    stages = build_stages(resolved)
    check_stages(stages)
    check_resources(stages, cpus=capacity.cpus, gpus=capacity.gpus)
    assert [stage.name for stage in stages] == ["segment", "extract", "link", "generate"]
    assert (stage.pool_size, (resolved.extract_actors, resolved.extract_gpus)) == (engines, extractors)


@pytest.mark.parametrize("named", ["folder", "link", "glob"])
def test_a_run_below_its_input_never_reads_what_it_wrote(tmp_path: Path, run_order: list[int], named: str) -> None:
    write_inputs(tmp_path, line(1))
    out = tmp_path / "in" / "runs" / "a"
    inputs = {"folder": tmp_path / "in", "link": tmp_path / "link", "glob": tmp_path / "in" / "**"}[named]
    (tmp_path / "link").symlink_to(tmp_path / "in", target_is_directory=True)
    flags = [str(inputs), str(tmp_path / "in" / "0.jsonl"), "--out", str(out)]
    for _ in range(2):
        result = CliRunner().invoke(job.command, flags)
        assert result.exit_code == 0, result.output
    summary = json.loads(result.stdout.splitlines()[-1])
    assert (summary["shards"], summary["records"]) == ((1, 1) if named != "link" else (1, 2))
    result = CliRunner().invoke(job.command, [str(out / "run.json"), "--out", str(out)])
    assert (result.exit_code, "nothing to read in" in result.output) == (2, True)


def test_another_run_below_the_input_is_read_as_rows_alone(tmp_path: Path, run_order: list[int]) -> None:
    write_inputs(tmp_path, line(1), line(2))
    out = tmp_path / "in" / "old"
    assert CliRunner().invoke(job.command, [str(tmp_path / "in" / "0.jsonl"), "--out", str(out)]).exit_code == 0
    (out / "shards" / "kept.jsonl").write_text(line(3))  # not the run's
    result, summary = run(tmp_path)
    assert result.exit_code == 0, result.output
    assert summary["records"] == 3
    rows = str(out / "shards" / "*" / "rows" / "*.parquet")
    for flags, exit_code in (["--format", "rows"], 0), ([], 2):
        result = CliRunner().invoke(job.command, [rows, "--out", str(tmp_path / "new"), *flags])
        assert result.exit_code == exit_code, result.output
    (out / "shards" / "kept.jsonl").unlink()
    result = CliRunner().invoke(job.command, [str(out), "--out", str(tmp_path / "folder"), "--format", "rows"])
    assert (result.exit_code, json.loads(result.stdout.splitlines()[-1])["rejected"]) == (0, 0), result.output
