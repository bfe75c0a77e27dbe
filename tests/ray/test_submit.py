"""`hypograph submit` to a real job server on loopback: the job extracts, and the same command again finds it done."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from click.testing import CliRunner

from jobs.cli import main

pytestmark = [pytest.mark.ray, pytest.mark.nightly]


@pytest.fixture
def job_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Address of the job server of a cluster that ends with this test; it shares no port or folder with another."""
    for name in ("RAY_ADDRESS", "RAY_API_SERVER_ADDRESS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    monkeypatch.setenv("RAY_worker_niceness", "0")
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")  # of `python`
    port, dashboard, agent, client = free_ports(4)
    with tempfile.TemporaryDirectory(prefix="ray", dir="/tmp") as folder:  # a path of sockets, which must be short
        command = [
            *("ray", "start", "--head", "--block", "--disable-usage-stats", "--num-cpus=2", f"--temp-dir={folder}"),
            *("--node-ip-address=127.0.0.1", f"--port={port}", f"--ray-client-server-port={client}"),
            *("--dashboard-host=127.0.0.1", f"--dashboard-port={dashboard}", f"--dashboard-agent-listen-port={agent}"),
            f"--object-store-memory={128 << 20}",
        ]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as head:
            try:
                yield f"http://127.0.0.1:{dashboard}"
            finally:
                head.terminate()


def free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def wait_for(url: str) -> None:
    deadline = time.monotonic() + 200
    while time.monotonic() < deadline:
        with suppress(OSError), urlopen(f"{url}/api/version", timeout=10):
            return
        time.sleep(0.2)
    pytest.fail(f"{url} did not come up")


def test_a_submitted_job_extracts_and_is_found_done_the_next_time(job_server: str, tmp_path: Path) -> None:
    wait_for(job_server)
    (tmp_path / "a.jsonl").write_text('{"pmid": 1, "text": "Imatinib inhibits ABL1."}\n{"pmid": \n')
    command = ["submit", str(tmp_path / "a.jsonl"), "--out", str(tmp_path / "out"), "--address", job_server]
    command += ["--max-reject-share", "0.5", "--dtype", "float32"]

    def submit() -> dict[str, Any]:
        result = CliRunner().invoke(main, command)
        assert result.exit_code == 0, result.output
        summary: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
        assert summary["state"] == "SUCCEEDED"
        assert "1 input files in 1 shards" in result.stderr, "the job's log is shown"
        return summary

    first, second = submit(), submit()
    assert (first["summary"]["records"], first["summary"]["rejected"], first["summary"]["ok"]) == (2, 1, True)
    assert (tmp_path / "out" / "shards" / "00000" / "_DONE").exists()
    assert second["job"].removesuffix("-2") == first["job"].removesuffix("-1")
    assert second["summary"]["run_id"] == first["summary"]["run_id"]
