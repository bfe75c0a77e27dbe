"""What `hypograph submit` asks a job server for; the server is stood in for. And the manifests that ask the same."""

from __future__ import annotations

import json
import shlex
from collections.abc import AsyncIterator
from enum import StrEnum
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import click
import pytest
import yaml
from click.testing import CliRunner, Result

from jobs import submit
from jobs.cli import main

ROOT = Path(__file__).parents[2]


class Status(StrEnum):
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"

    def is_terminal(self) -> bool:
        return self is not Status.RUNNING


class Server:
    """Jobs that end at once with what `ends` says."""

    def __init__(self) -> None:
        self.jobs: dict[str, Status] = {}
        self.asked: list[dict[str, Any]] = []
        self.refusals: list[str] = []
        self.ends = Status.SUCCEEDED
        self.log = 'reading\n{"command": "extract", "records": 3}\n'

    def list_jobs(self) -> list[SimpleNamespace]:
        return [SimpleNamespace(submission_id=name, status=status) for name, status in self.jobs.items()]

    def submit_job(self, **job: Any) -> str:
        if self.refusals:
            raise RuntimeError(self.refusals.pop())
        self.asked.append(job)
        self.jobs[job["submission_id"]] = Status.RUNNING
        return str(job["submission_id"])

    def get_job_status(self, job: str) -> Status:
        return self.jobs[job]

    def get_job_info(self, job: str) -> SimpleNamespace:
        return SimpleNamespace(message=f"it {self.jobs[job]}")

    def get_job_logs(self, job: str) -> str:
        return self.log

    async def tail_job_logs(self, job: str) -> AsyncIterator[str]:
        yield self.log
        self.jobs[job] = self.ends


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    server = Server()
    monkeypatch.setattr(submit, "_connect", lambda address: server)
    return server


def invoke(*arguments: str) -> tuple[Result, dict[str, Any]]:
    result = CliRunner().invoke(main, ["submit", *arguments])
    return result, json.loads(result.stdout.splitlines()[-1]) if result.stdout else {}


def parse(words: list[str]) -> click.Context:
    """The words that stand behind `python -m`, as the command of that module takes them."""
    command = main.get_command(click.Context(main), words[0].removeprefix("jobs."))
    assert command is not None
    return command.make_context(words[0], words[1:])


def test_the_job_is_the_command_with_absolute_paths(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model").mkdir()
    (tmp_path / "run.yaml").write_text("batch_rows: 7\nmax_reject_share: 0.5\n")
    result, summary = invoke(
        *("in put", "/data/*.xml", "--out", "runs/a", "--graph", "g.kgl", "--config", "run.yaml", "--batch-rows", "9"),
        *("--model", "model", "--wait-for-nodes", "--cache", "answers.sqlite", "--lexicon", "absent.zst"),
    )
    assert result.exit_code == 0, result.output
    (job,) = server.asked
    python, m, *words = shlex.split(job["entrypoint"])
    assert (python, m, words[0]) == ("python", "-m", "jobs.run")
    found = parse(words).params
    assert found["inputs"] == (f"{tmp_path}/in put", "/data/*.xml")
    assert (found["out"], found["graph"]) == (tmp_path / "runs/a", f"{tmp_path}/g.kgl")
    assert (found["batch_rows"], found["max_reject_share"], found["wait_for_nodes"]) == (9, 0.5, True)
    assert (found["model"], found["dtype"]) == (tmp_path / "model", None)
    assert (found["cache"], found["lexicon"]) == (tmp_path / "answers.sqlite", tmp_path / "absent.zst")
    assert job["runtime_env"] == {"working_dir": str(ROOT)}
    assert (summary["state"], summary["summary"]["records"]) == ("SUCCEEDED", 3)
    assert "reading" in result.stderr


def test_a_hub_id_stays_one_and_without_a_graph_it_is_extract(server: Server) -> None:
    invoke("/in", "--out", "/out", "--model", "org/name@1", "--no-wait-for-nodes", "--overwrite")
    words = shlex.split(server.asked[0]["entrypoint"])
    assert words[2:] == [
        "jobs.extract",
        "/in",
        "--out",
        "/out",
        "--overwrite",
        "--model",
        "org/name@1",
        "--no-wait-for-nodes",
    ]


def test_the_same_command_follows_the_job_that_runs_and_goes_on_when_it_has_ended(server: Server) -> None:
    first = invoke("/in", "--out", "/out", "--no-follow")[1]
    assert (first["state"], first["summary"]) == ("RUNNING", None)
    result, second = invoke("/in", "--out", "/out")
    assert (second["job"], len(server.asked)) == (first["job"], 1)
    assert "is under way (RUNNING)" in result.stderr
    third = invoke("/in", "--out", "/out")[1]
    assert third["job"] == first["job"].removesuffix("-1") + "-2"
    assert len(server.asked) == 2
    assert invoke("/in", "--out", "/other")[1]["job"].endswith("-1")


def test_a_job_that_fails_ends_with_exit_code_1(server: Server) -> None:
    server.ends, server.log = Status.FAILED, "no\n[1]\n"
    result, summary = invoke("/in", "--out", "/out")
    assert (result.exit_code, summary["state"], summary["summary"]) == (1, "FAILED", None)
    assert "it FAILED" in result.stderr


def test_a_log_that_cannot_be_followed_is_waited_for_and_a_server_that_fails_is_told(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def no_websocket(job: str) -> AsyncIterator[str]:
        server.jobs[job] = server.ends
        raise aiohttp.ClientError("502, Invalid response status")
        yield

    monkeypatch.setattr(server, "tail_job_logs", no_websocket)
    result, summary = invoke("/in", "--out", "/out")
    assert (result.exit_code, summary["state"]) == (0, "SUCCEEDED"), result.output
    assert "the log is cut off (502, Invalid response status), waiting for the job" in result.stderr

    def fail(job: str) -> Status:
        raise RuntimeError("Request failed with status code 500: no head.")

    monkeypatch.setattr(server, "get_job_status", fail)
    result, _ = invoke("/in", "--out", "/out")
    assert (result.exit_code, "500: no head.; the same command follows on" in result.stderr) == (1, True)


def test_a_cluster_that_has_just_come_up_is_asked_again(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(submit, "_POLL_S", 0)
    server.refusals = ["500: no agent, please try again later"] * 2
    assert invoke("/in", "--out", "/out")[1]["state"] == "SUCCEEDED"
    server.refusals = ["400: no"]
    result, _ = invoke("/in", "--out", "/out")
    assert (result.exit_code, "refused the job: 400: no" in result.output) == (1, True)


def test_a_wrong_setting_never_reaches_the_server(server: Server) -> None:
    result, _ = invoke("/in", "--out", "/out", "--batch-rows", "0")
    assert (result.exit_code, server.asked) == (2, [])


def test_where_no_server_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "10.1.1.1:1")
    result, _ = invoke("/in", "--out", "/out", "--address", "http://127.0.0.1:9")
    assert result.exit_code == 1
    assert "no job server at http://127.0.0.1:9" in result.output


@pytest.mark.parametrize("path", ["runs/mine/run.json", "pubmed/pubmed26n0001.xml.gz", "mine.kgl", "mine.kgl-wal"])
def test_what_the_docs_write_into_the_checkout_is_not_sent_to_a_cluster(path: str) -> None:
    import logging

    from ray._private.runtime_env.packaging import get_excludes_from_ignore_files

    ignored = get_excludes_from_ignore_files(ROOT, include_gitignore=True, logger=logging.getLogger())
    assert any(ignores(ROOT / path) for ignores in ignored)
    assert not any(ignores(ROOT / "jobs/runs.py") for ignores in ignored)


# ---------------------------------------------------------------------------------------- manifests


@pytest.fixture
def manifest() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((ROOT / "rayjob.yaml").read_text(encoding="utf-8"))
    return content


def test_the_rayjob_runs_a_command_that_there_is(manifest: dict[str, Any]) -> None:
    assert (manifest["apiVersion"], manifest["kind"]) == ("ray.io/v1", "RayJob")
    python, m, *words = shlex.split(manifest["spec"]["entrypoint"])
    assert (python, m) == ("python", "-m")
    found = parse(words).params
    assert found["wait_for_nodes"], "its pods come when the stages ask for them"
    assert all(Path(path).is_relative_to("/shared") for path in (*found["inputs"], found["out"]))


def test_the_rayjobs_image_is_said_to_hold_rays_job_server() -> None:
    assert "make install EXTRAS=gpu,serve" in (ROOT / "rayjob.yaml").read_text(encoding="utf-8")


def test_the_rayjobs_pods_hold_what_the_command_asks_for(manifest: dict[str, Any]) -> None:
    import ray

    cluster = manifest["spec"]["rayClusterSpec"]
    assert cluster["rayVersion"] == ray.__version__
    groups = {group["groupName"]: group for group in cluster["workerGroupSpecs"]}
    for group in (cluster["headGroupSpec"], *groups.values()):
        spec = group["template"]["spec"]
        (container,) = spec["containers"]
        volumes = {volume["name"] for volume in spec["volumes"]}
        assert {mount["name"] for mount in container["volumeMounts"]} == volumes
        assert "/shared" in {mount["mountPath"] for mount in container["volumeMounts"]}
        assert container["resources"]["limits"] == container["resources"]["requests"]
    found = parse(shlex.split(manifest["spec"]["entrypoint"])[2:]).params
    gpus = groups["gpu-extractor"]
    limits = gpus["template"]["spec"]["containers"][0]["resources"]["limits"]
    assert int(limits["nvidia.com/gpu"]) * gpus["maxReplicas"] >= found["extract_actors"] * found["extract_gpus"]


def test_the_rayjobs_head_names_the_port_of_the_runs_counters_beside_rays_own(manifest: dict[str, Any]) -> None:
    found = parse(shlex.split(manifest["spec"]["entrypoint"])[2:]).params
    (head,) = manifest["spec"]["rayClusterSpec"]["headGroupSpec"]["template"]["spec"]["containers"]
    ports = {port["name"]: port["containerPort"] for port in head["ports"]}
    assert ports.pop("run-metrics") == found["metrics_port"]
    assert found["metrics_host"] == "0.0.0.0", "Prometheus comes from another pod"
    assert ports == {"gcs-server": 6379, "dashboard": 8265, "client": 10001, "metrics": 8080}


def test_keys_of_the_rayjob_are_those_of_kuberays_v1(manifest: dict[str, Any]) -> None:
    """A misspelt key is dropped by the API server without a word; these are the ones that we may use."""
    spec = manifest["spec"]
    assert spec.keys() <= {
        "entrypoint",
        "backoffLimit",
        "shutdownAfterJobFinishes",
        "ttlSecondsAfterFinished",
        "rayClusterSpec",
    }
    cluster = spec["rayClusterSpec"]
    assert cluster.keys() <= {
        *("rayVersion", "enableInTreeAutoscaling", "autoscalerOptions", "headGroupSpec", "workerGroupSpecs"),
    }
    assert cluster["autoscalerOptions"].keys() <= {"idleTimeoutSeconds"}
    assert cluster["headGroupSpec"].keys() <= {"rayStartParams", "template"}
    for group in cluster["workerGroupSpecs"]:
        assert group.keys() <= {"groupName", "replicas", "minReplicas", "maxReplicas", "rayStartParams", "template"}
        assert group["minReplicas"] <= group["replicas"] <= group["maxReplicas"]
        assert all(isinstance(value, str) for value in group["rayStartParams"].values())
