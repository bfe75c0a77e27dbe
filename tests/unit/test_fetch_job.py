"""`hypograph fetch` as it is typed: what it prints, its exit codes, and that a killed one goes on."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from engine.read.files import list_inputs
from jobs.cli import main
from tests.unit.pubmed_server import Fault, PubMed, running_pubmed

ROOT = Path(__file__).parents[2]
SIZE = 400_000
TWO = "/updatefiles/pubmed25n0002.xml.gz"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[PubMed]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.delenv("NCBI_API_KEY", raising=False)
    with running_pubmed() as server:
        for folder, number in itertools.product(("baseline", "updatefiles"), (1, 2, 3)):
            server.put(number, os.urandom(SIZE), folder=folder)
        server.records = set(range(1, 1001))
        yield server


def arguments(server: PubMed, to: Path, *more: str) -> list[str]:
    return ["pubmed", "--to", str(to), "--base-url", server.url, "--eutils-url", server.url, "--pause", "0", *more]


def hypograph_fetch(server: PubMed, to: Path, *more: str) -> Result:
    return CliRunner().invoke(main, ["fetch", *arguments(server, to, *more)])


def summary(result: Result) -> dict[str, Any]:
    return dict(json.loads(result.stdout.splitlines()[-1]))


def kill_when(server: PubMed, to: Path, is_time: Callable[[], bool], *more: str) -> None:
    """Starts `python -m jobs.fetch`, and kills it without warning once it is time."""
    command = [sys.executable, "-m", "jobs.fetch", *arguments(server, to, *more)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as job:
        deadline = time.monotonic() + 60
        while not is_time():
            assert job.poll() is None, "it ended by itself"
            assert time.monotonic() < deadline
            time.sleep(0.01)
        job.send_signal(signal.SIGKILL)


def names_in(folder: Path) -> list[str]:
    return [Path(path).name for path in list_inputs([str(folder)])]


def test_the_first_baseline_files_and_the_newest_updates(server: PubMed, tmp_path: Path) -> None:
    result = hypograph_fetch(server, tmp_path, "--baseline", "--limit", "1")
    assert result.exit_code == 0, result.output
    done = summary(result)
    assert {name: done[name] for name in ("files", "skipped", "failed", "bytes", "ok")} == {
        "files": 1,
        "skipped": 0,
        "failed": {},
        "bytes": SIZE,
        "ok": True,
    }
    assert names_in(tmp_path) == ["pubmed25n0001.xml.gz"]
    assert all(asked.agent.startswith("hypograph/") for asked in server.asked)
    assert summary(hypograph_fetch(server, tmp_path / "news", "--updates", "--limit", "2"))["files"] == 2
    assert names_in(tmp_path / "news") == ["pubmed25n0002.xml.gz", "pubmed25n0003.xml.gz"]


def test_a_list_says_what_would_come_and_writes_nothing(server: PubMed, tmp_path: Path) -> None:
    result = hypograph_fetch(server, tmp_path / "to", "--baseline", "--list")
    assert [asked.path for asked in server.asked] == ["/baseline/"]
    assert not (tmp_path / "to").exists()
    assert result.stdout.splitlines()[0] == f"fetch\t{SIZE}\t{server.url}baseline/pubmed25n0001.xml.gz"
    assert summary(result)["about_bytes"] == 3 * SIZE

    hypograph_fetch(server, tmp_path / "to", "--baseline", "--limit", "1")
    after = summary(hypograph_fetch(server, tmp_path / "to", "--baseline", "--list"))
    assert (after["states"], after["about_bytes"]) == ({"there": 1, "fetch": 2}, 2 * SIZE)

    server.with_sizes = False
    server.forget()
    assert summary(hypograph_fetch(server, tmp_path / "other", "--baseline", "--list"))["about_bytes"] == 3 * SIZE
    assert [asked.method for asked in server.asked] == ["GET", "HEAD", "HEAD", "HEAD"]


def test_a_killed_fetch_goes_on_with_the_rest(server: PubMed, tmp_path: Path) -> None:
    half = SIZE // 2
    server.faults[TWO] = [Fault(stall_after=half)]

    def is_time() -> bool:
        return any(part.stat().st_size == half for part in tmp_path.glob(".fetch/pubmed25n0002*.part"))

    kill_when(server, tmp_path, is_time, "--updates")
    assert names_in(tmp_path) == ["pubmed25n0001.xml.gz"]
    server.forget()
    listed = summary(hypograph_fetch(server, tmp_path, "--updates", "--list"))
    assert listed["states"] == {"there": 1, "resume": 1, "fetch": 1}
    assert listed["about_bytes"] == half + SIZE
    server.forget()
    done = summary(hypograph_fetch(server, tmp_path, "--updates"))
    assert (done["files"], done["skipped"]) == (2, 1)
    assert sum(sent for path, sent in server.sent.items() if path.endswith(".gz")) == half + SIZE
    assert [asked.range for asked in server.asked if asked.path == TWO] == [f"bytes={half}-"]
    for name in names_in(tmp_path):
        assert (tmp_path / name).read_bytes() == server.files[f"/updatefiles/{name}"]


def test_killed_ids_go_on_with_the_rest(server: PubMed, tmp_path: Path) -> None:
    ids = tmp_path / "ids.txt"
    ids.write_text("\n".join(map(str, range(1, 501))))
    to = tmp_path / "to"
    server.faults["/efetch.fcgi"] = [Fault(), Fault(stall_after=100)]
    kill_when(server, to, lambda: server.count("/efetch.fcgi") == 2, "--ids", str(ids))
    assert len(names_in(to)) == 1
    server.forget()
    done = summary(hypograph_fetch(server, to, "--ids", str(ids)))
    assert (done["records"], done["skipped"], done["files"]) == (300, 200, 2)
    assert [len(asked.form["id"].split(",")) for asked in server.asked] == [200, 100]


def test_ids_with_bad_lines_go_on_without_them(server: PubMed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NCBI_API_KEY", "a-secret-key")
    ids = tmp_path / "ids.txt"
    ids.write_text("1\nnonsense\nPMID:2\n99999\n")
    to = tmp_path / "to"
    result = hypograph_fetch(server, to, "--ids", str(ids), "--email", "me@example.org")
    assert result.exit_code == 0, result.output
    done = summary(result)
    assert (done["records"], done["rejected"], done["requests"]) == (2, 2, 2)
    assert f"{ids}:2: 'nonsense'" in result.stderr
    rejects = [json.loads(line) for line in (to / ".fetch" / "rejects.jsonl").read_text().splitlines()]
    assert [reject.get("line") or reject["id"] for reject in rejects] == [2, "PMID:99999"]
    assert len(names_in(to)) == 1  # the rejects are no input of a run
    assert {asked.form["api_key"] for asked in server.asked} == {"a-secret-key"}
    assert {asked.form["email"] for asked in server.asked} == {"me@example.org"}
    assert "a-secret-key" not in result.output
    assert done["seconds"] > 0.33  # two requests: three a second at most, with --pause 0 too


def test_a_list_of_ids_says_what_would_be_asked(server: PubMed, tmp_path: Path) -> None:
    ids = tmp_path / "ids.txt"
    ids.write_text("1\n2\n3\n")
    result = hypograph_fetch(server, tmp_path / "to", "--ids", str(ids), "--list", "--limit", "2")
    assert result.stdout.splitlines()[0] == f"fetch\t28000\t{server.url}efetch.fcgi\t1,2"
    assert summary(result)["about_bytes"] == 28000
    assert server.asked == []
    assert not (tmp_path / "to").exists()


def test_a_file_that_fails_is_exit_code_1_and_named(server: PubMed, tmp_path: Path) -> None:
    server.faults[TWO] = [Fault(status=404, body=b"")]
    result = hypograph_fetch(server, tmp_path, "--updates")
    assert result.exit_code == 1
    done = summary(result)
    assert (done["files"], done["ok"]) == (2, False)
    assert "404" in done["failed"]["pubmed25n0002.xml.gz"]


def test_an_unreachable_server_is_an_error_with_a_reason(server: PubMed, tmp_path: Path) -> None:
    server.shutdown()
    server.server_close()
    result = hypograph_fetch(server, tmp_path / "to", "--baseline", "--retries", "0")
    assert result.exit_code == 1
    assert "no connection" in result.stderr
    assert "Traceback" not in result.output
    assert not (tmp_path / "to").exists()


@pytest.mark.parametrize("address", ["http://a..b/", "http://127.0.0.1/pübmed/", "http://127.0.0.1:port/"])
def test_an_address_that_http_cannot_ask_for_is_an_error_with_a_reason(
    server: PubMed, tmp_path: Path, address: str
) -> None:
    result = hypograph_fetch(server, tmp_path / "to", "--baseline", "--base-url", address)
    assert (result.exit_code, result.stderr.startswith(f"Error: {address}baseline/: ")) == (1, True), result.output


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ([], "exactly one of"),
        (["--baseline", "--updates"], "exactly one of"),
        (["--baseline", "--base-url", "ftp://ftp.ncbi.nlm.nih.gov/pubmed/"], "http(s) address"),
        (["--baseline", "--base-url", "file:///etc/"], "http(s) address"),
        (["--baseline", "--base-url", "http://[::1/"], "Invalid IPv6 URL"),
        (["--ids", "EMPTY"], "holds no PMID"),
        (["--baseline", "--limit", "0"], "x>=1"),
        (["--baseline", "--email", "a\nb"], "printable"),
    ],
)
def test_what_can_not_be_meant_is_a_usage_error(server: PubMed, tmp_path: Path, more: list[str], reason: str) -> None:
    (tmp_path / "EMPTY").write_text("# nothing\n")
    more = [str(tmp_path / "EMPTY") if text == "EMPTY" else text for text in more]
    result = hypograph_fetch(server, tmp_path / "to", *more)
    assert result.exit_code == 2, result.output
    assert reason in result.output
    assert server.asked == []
    assert not (tmp_path / "to").exists()


def test_at_its_end_nothing_is_left_to_come_whatever_was_estimated(server: PubMed, tmp_path: Path) -> None:
    (tmp_path / "ids").write_text("1\n2\n")
    result = hypograph_fetch(server, tmp_path / "to", "--ids", str(tmp_path / "ids"))
    assert " gone" in result.stderr.splitlines()[-1]
    assert " left" not in result.stderr.splitlines()[-1], "the records are smaller than records are in the mean"


def test_a_folder_that_cannot_be_is_no_broken_manifest(server: PubMed, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = hypograph_fetch(server, tmp_path / "file" / "to", "--baseline")
    assert result.exit_code == 1
    assert "Not a directory" in result.stderr
    assert "remove it" not in result.stderr


def test_what_is_named_as_a_file_of_records_and_is_none_is_passed_over(server: PubMed, tmp_path: Path) -> None:
    (tmp_path / "ids").write_text("1\n")
    (tmp_path / "to" / "folder.xml").mkdir(parents=True)
    (tmp_path / "to" / "dangling.xml.gz").symlink_to("nowhere")
    result = hypograph_fetch(server, tmp_path / "to", "--ids", str(tmp_path / "ids"))
    assert (result.exit_code, summary(result)["records"]) == (0, 1), result.output
