"""`hypograph generate`: a finished run in, a run folder out that loads; resuming, costs, what is refused. No Ray."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from engine.output import RowCounts, count_rows, write_flat_tables, write_json, write_rows
from engine.shards import InputFile, Shard, plan_to_json
from engine.stage_actor import Stage, StageActor
from graph.connect import open_store
from jobs import generate as job
from jobs import generation
from jobs import load as load_job
from jobs.generator_options import ChosenEngine, TaskSettings
from jobs.ray_session import Capacity
from tests.scripted_engine import open_scripted
from tests.unit.rows import small_lexicon, table
from tests.unit.test_generate_stage import genes, row


@pytest.fixture
def finished_run(tmp_path: Path) -> Path:
    """The output of `extract` in two shards."""
    run = tmp_path / "run"
    rows = [row("Imatinib inhibits ABL1.", 0.5), genes("ABL1 and KIT are expressed together.")]
    shards = []
    for i, content in enumerate(rows):
        shard = Shard(i, run / "shards" / f"{i:05d}", (InputFile(f"/in/{i}.xml", 5),))
        write_rows(table(content), shard.rows)
        write_flat_tables(shard, lexicon=small_lexicon(), model_revision="m1", run_id="r1")  # type: ignore[arg-type]
        write_json(shard.done, {})
        shards.append(shard)
    record = {"run_id": "r1", "model_revision": "m1", "lexicon_version": "small", "shards": plan_to_json(shards)}
    write_json(run / "run.json", record)
    return run


@pytest.fixture(autouse=True)
def stand_ins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No Ray, no model, a small lexicon."""

    @contextmanager
    def no_ray(**_: object) -> Iterator[Capacity]:
        yield Capacity(cpus=2.0, gpus=0.0)

    def run_here(shard: Shard, stages: Sequence[Stage], **_: object) -> Iterator[RowCounts]:
        (stage,) = stages
        actor = StageActor(stage=stage, journal=shard.folder / "journal", actor_id="a")
        for file in shard.inputs:
            rows = actor(pq.read_table(file.path))
            write_rows(rows, shard.rows)
            yield count_rows(rows)

    opened = partial(open_scripted, log=tmp_path / "log")
    chosen = ChosenEngine("scripted", "scripted-1", opened, in_process=True)
    monkeypatch.setattr(job, "ray_session", no_ray)
    monkeypatch.setattr(job, "run_shard", run_here)
    monkeypatch.setattr(generation, "choose_engine", lambda *_: chosen)
    monkeypatch.setattr(job, "open_lexicon", lambda *_: small_lexicon())


def generate(run: Path, *flags: str) -> tuple[Result, dict[str, Any]]:
    arguments = [str(run), "--out", str(run.parent / "out"), "--generator", "scripted", *flags]
    result = CliRunner().invoke(job.command, arguments)
    return result, json.loads(result.stdout.splitlines()[-1]) if result.exit_code != 2 and result.stdout else {}


def evidence(folder: Path) -> dict[str, dict[str, Any]]:
    rows = [r for path in sorted(folder.glob("shards/*/evidence.parquet")) for r in pq.read_table(path).to_pylist()]
    return {r["predicate"]: r for r in rows}


def asked(folder: Path) -> int:
    return len((folder / "log").read_text().splitlines())


def test_a_run_is_verified_and_its_evidence_keeps_its_identity(finished_run: Path) -> None:
    result, summary = generate(finished_run)
    assert result.exit_code == 0, result.output
    assert (summary["records"], summary["shards"], summary["ok"], summary["calibrated"]) == (2, 2, True, False)
    assert "no coefficients were fitted for scripted" in result.stderr
    before, after = evidence(finished_run)["INHIBITS"], evidence(finished_run.parent / "out")["INHIBITS"]
    assert (after["classifier_score"], after["score"]) == (0.5, pytest.approx(0.75))
    assert after["evidence_id"] == before["evidence_id"]
    assert "COEXPRESSED_WITH" not in evidence(finished_run.parent / "out"), "off unless asked for"


def test_extracted_relations_are_evidence_of_the_generator(finished_run: Path) -> None:
    _, summary = generate(finished_run, "--extract", "COEXPRESSED_WITH")
    new = evidence(finished_run.parent / "out")["COEXPRESSED_WITH"]
    assert (new["extractor"], new["model_revision"]) == ("generator:scripted", "scripted-1")
    assert new["triple_id"].startswith("T:")
    assert summary["tables"]["triple"] == 2


def test_what_an_earlier_generator_extracted_stays_its_own(finished_run: Path) -> None:
    generate(finished_run, "--extract", "COEXPRESSED_WITH")
    first = finished_run.parent / "out"
    result = CliRunner().invoke(
        job.command, [str(first), "--out", str(first.parent / "two"), "--generator", "scripted"]
    )
    assert result.exit_code == 0, result.output
    record = json.loads((first / "run.json").read_text())
    assert record["generators"] == {"generator:scripted": "scripted-1"}
    write_json(first / "run.json", {**record, "generators": {"generator:scripted": "older"}})
    choose_other = ChosenEngine("other", "other-1", open_scripted, in_process=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(generation, "choose_engine", lambda *_: choose_other)
        arguments = [str(first), "--out", str(first.parent / "three"), "--generator", "other"]
        assert CliRunner().invoke(job.command, arguments).exit_code == 0
    assert evidence(first.parent / "three")["COEXPRESSED_WITH"]["model_revision"] == "older"


def test_another_generator_of_an_earlier_one_s_name_leaves_it_its_evidence(
    finished_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    generate(finished_run, "--extract", "COEXPRESSED_WITH")
    first, second = finished_run.parent / "out", finished_run.parent / "two"
    newer = ChosenEngine("scripted", "scripted-2", open_scripted, in_process=True)
    monkeypatch.setattr(generation, "choose_engine", lambda *_: newer)
    arguments = [str(first), "--out", str(second), "--generator", "scripted"]
    refused = CliRunner().invoke(job.command, [*arguments, "--extract", "COEXPRESSED_WITH"])
    assert refused.exit_code == 1
    assert "was read by generator:scripted of revision scripted-1, this is scripted-2" in refused.stderr
    assert CliRunner().invoke(job.command, arguments).exit_code == 0
    assert evidence(second)["COEXPRESSED_WITH"]["model_revision"] == "scripted-1"
    CliRunner().invoke(job.command, [*arguments, "--extract", "COEXPRESSED_WITH", "--overwrite"])
    assert evidence(second), "what is refused removes nothing"


def test_what_an_earlier_pass_extracted_is_not_there_twice(finished_run: Path) -> None:
    _, first = generate(finished_run, "--extract", "COEXPRESSED_WITH")
    out = finished_run.parent / "out"
    arguments = [str(out), "--out", str(finished_run.parent / "two"), "--generator", "scripted"]
    result = CliRunner().invoke(job.command, [*arguments, "--extract", "COEXPRESSED_WITH"])
    again = json.loads(result.stdout.splitlines()[-1])
    assert (again["relations"], again["tables"]) == (first["relations"], first["tables"])


def test_the_record_tells_prompts_tokens_seconds_and_cache_hits(finished_run: Path) -> None:
    generate(finished_run, "--extract", "COEXPRESSED_WITH")
    record = json.loads((finished_run.parent / "out" / "run.json").read_text())
    costs = record["result"]["stages"]["generate"]
    assert (costs["verify_prompts"], costs["verify_cached"], costs["verify_prompt_tokens"]) == (2, 0, 20)
    assert (costs["extract_prompts"], costs["extract_answer_tokens"]) == (1, 30)
    assert {"verify_seconds", "extract_seconds", "seconds_to_start"} <= costs.keys()
    assert record["generator"].startswith("scripted-1 ")
    assert record["settings"]["generator"] == "scripted"


def test_the_same_command_goes_on_and_a_rerun_asks_nothing(finished_run: Path) -> None:
    tmp_path = finished_run.parent
    _, whole = generate(finished_run, "--extract", "COEXPRESSED_WITH")
    n = asked(tmp_path)
    (tmp_path / "out" / "shards" / "00001" / "_DONE").unlink()
    assert generate(finished_run, "--extract", "COEXPRESSED_WITH")[1]["tables"] == whole["tables"]
    _, again = generate(finished_run, "--extract", "COEXPRESSED_WITH", "--overwrite")
    assert again["tables"] == whole["tables"]
    assert asked(tmp_path) == n
    assert again["stages"]["generate"]["verify_cached"] == 2


def test_shards_that_came_later_are_taken_up(finished_run: Path) -> None:
    (finished_run / "shards" / "00001" / "_DONE").unlink()
    assert generate(finished_run)[1]["shards"] == 1
    write_json(finished_run / "shards" / "00001" / "_DONE", {})
    assert generate(finished_run)[1]["shards"] == 2


def test_a_run_that_was_made_anew_is_another_one(finished_run: Path) -> None:
    generate(finished_run)
    record = json.loads((finished_run / "run.json").read_text())
    write_json(finished_run / "run.json", {**record, "run_id": "r2"})
    result, _ = generate(finished_run)
    assert (result.exit_code, "was made of run r1, this is run r2" in result.stderr) == (1, True)
    assert generate(finished_run, "--overwrite")[0].exit_code == 0
    assert json.loads((finished_run.parent / "out" / "run.json").read_text())["source"] == "r2"


@pytest.mark.parametrize("now", ["begun and is gone", "begun and has"])
def test_row_files_that_changed_since_are_not_mixed_with_what_was_made_of_them(finished_run: Path, now: str) -> None:
    generate(finished_run)
    (path,) = (finished_run / "shards" / "00001" / "rows").iterdir()
    if "gone" in now:
        path.rename(path.with_name("other.parquet"))
    else:
        with path.open("ab") as file:
            file.write(b"more")
    result, _ = generate(finished_run)
    assert (result.exit_code, now in result.stderr, str(path) in result.stderr) == (1, True, True)


@pytest.mark.parametrize("out", ["run", "run/again", ".", "link"])
def test_the_run_that_is_read_is_never_written_to(finished_run: Path, out: str) -> None:
    (finished_run.parent / "link").symlink_to(finished_run)
    before = sorted(finished_run.rglob("*"))
    arguments = [str(finished_run), "--out", str(finished_run.parent / out), "--generator", "scripted", "--overwrite"]
    result = CliRunner().invoke(job.command, arguments)
    assert (result.exit_code, "must lie apart" in result.stderr) == (2, True)
    assert sorted(finished_run.rglob("*")) == before


def test_a_document_that_the_stage_cannot_take_counts_among_the_unanswered(
    finished_run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("a bug of the stage")

    monkeypatch.setattr("engine.generate.stage.find_passages", fail)
    result, summary = generate(finished_run, "--extract", "COEXPRESSED_WITH")
    assert summary["rejects"] == {"generate: exception": 2}
    assert (summary["unanswered_share"], result.exit_code) == (1.0, 1)


def test_a_folder_is_taken_before_ray_starts(finished_run: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(job, "ray_session", lambda **_: contextmanager(refuse)())
        assert generate(finished_run)[0].exit_code == 1
    record = json.loads((finished_run.parent / "out" / "run.json").read_text())
    assert (record["status"], record["result"]["shards"], len(record["shards"])) == ("running", 0, 2)
    assert generate(finished_run)[1]["run_id"] == record["run_id"]


def test_an_overwritten_run_that_has_no_record_yet_can_be_begun_again(finished_run: Path) -> None:
    generate(finished_run)
    out = finished_run.parent / "out"
    (out / "answers.sqlite").touch()
    shutil.rmtree(out / "shards")
    (out / "run.json").unlink()
    assert generate(finished_run, "--overwrite")[0].exit_code == 0


def refuse() -> Iterator[Capacity]:
    raise job.click.ClickException("Ray can't be started")
    yield


def test_the_whole_pattern_of_a_relation_type_is_part_of_what_is_asked(tmp_path: Path) -> None:
    revisions = set()
    for last in ("marker", "signal"):
        table_of_types = tmp_path / f"{last}.toml"
        pattern = "|".join([*(f"a rather long word {i}" for i in range(20)), last])
        table_of_types.write_text(
            f'[BIOMARKER_OF]\ndescription = "d"\npairs = [["Gene", "Disease"]]\nonly_where = "{pattern}"\n'
        )
        settings = TaskSettings(extract="BIOMARKER_OF", relation_types=table_of_types)  # type: ignore[call-arg]
        revisions.add(generation.plan_generation(settings, "m").revision)
    assert len(revisions) == 2


def test_a_relation_type_that_is_named_twice_is_asked_for_once() -> None:
    settings = TaskSettings(extract="COEXPRESSED_WITH,COEXPRESSED_WITH")  # type: ignore[call-arg]
    assert len(generation.plan_generation(settings, "m").tasks.types) == 1


def test_other_questions_or_weights_are_another_run(finished_run: Path) -> None:
    generate(finished_run)
    result, _ = generate(finished_run, "--verify-from", "0.3")
    assert result.exit_code == 1
    assert "was begun with generator scripted-1" in result.stderr


def test_what_it_writes_loads_and_replaces_the_scores(finished_run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    generate(finished_run, "--extract", "COEXPRESSED_WITH")
    graph = str(finished_run.parent / "g.kgl")
    for folder in (finished_run, finished_run.parent / "out"):
        result = CliRunner().invoke(load_job.command, [str(folder), "--graph", graph])
        assert result.exit_code == 0, result.output
    with open_store(graph) as store:
        rows = store.execute(
            "MATCH (e:Evidence) RETURN e.predicate AS p, e.score AS s, e.classifier_score AS c, e.verifier_score AS v"
        )
    found = {r["p"]: (r["s"], r["c"], r["v"]) for r in rows}
    assert found == {"INHIBITS": (0.75, 0.5, 0.9), "COEXPRESSED_WITH": (0.9, None, 0.9)}


@pytest.mark.parametrize(
    ("flags", "exit_code", "reason"),
    [
        (["--no-verify"], 2, "nothing to do"),
        (["--verify-from", "0.9"], 2, "is above --verify-to 0.8"),
        (["--extract", "LIKES"], 2, "has no relation type LIKES"),
        (["--replicas", "0"], 2, "replicas"),
    ],
)
def test_settings_that_can_t_be_meant_are_refused(
    finished_run: Path, flags: list[str], exit_code: int, reason: str
) -> None:
    result, _ = generate(finished_run, *flags)
    assert result.exit_code == exit_code
    assert reason in result.stderr


def test_answers_without_room_for_a_prompt_are_refused(finished_run: Path) -> None:
    result, _ = generate(finished_run, "--answer-tokens", "600", "--context-tokens", "600")
    assert (result.exit_code, "--answer-tokens 600 leaves no room" in result.stderr) == (2, True)


def test_another_lexicon_or_no_run_is_refused(finished_run: Path, tmp_path: Path) -> None:
    record = json.loads((finished_run / "run.json").read_text())
    write_json(finished_run / "run.json", {**record, "lexicon_version": "other"})
    assert "was linked with lexicon other, this is small" in generate(finished_run)[0].stderr
    (tmp_path / "empty").mkdir()
    assert "holds no run.json" in generate(tmp_path / "empty")[0].stderr


def test_engines_take_the_gpus_that_ray_has(tmp_path: Path) -> None:
    def pool(gpus: float, spare: float = 0.0, **settings: int) -> tuple[int, float]:
        planned = generation.plan_generation(TaskSettings(**settings), "m")  # type: ignore[arg-type]
        stage = planned.build_stage(Capacity(cpus=8.0, gpus=gpus), out=tmp_path, batch_rows=1, spare_gpus=spare)
        return stage.pool_size, stage.gpus

    assert pool(0.0) == (1, 0.0)
    assert pool(4.0) == (4, 1.0)
    assert pool(4.0, tensor_parallel=2) == (2, 2.0)
    assert pool(4.0, spare=1.0) == (3, 1.0)
    assert pool(1.0, spare=1.0) == (1, 1.0), "one GPU is the language model's"
    with pytest.raises(job.click.ClickException, match="need 4 GPUs and Ray has 2"):
        pool(2.0, tensor_parallel=2, replicas=2)
