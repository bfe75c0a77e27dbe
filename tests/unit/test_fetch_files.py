"""PubMed's files from a server that cuts, stalls, corrupts and refuses: what is on disk, and what it cost."""

from __future__ import annotations

import hashlib
import itertools
import json
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.fetch.client import Client, Manners
from engine.fetch.errors import ChecksumError, FolderError, RefusedError, UnreachableError
from engine.fetch.files import CHECKSUM_TRIES, Report, check_space, fetch_files, list_files, plan_files
from engine.fetch.folder import FetchFolder
from engine.fetch.listing import ListedFile, read_listing, read_md5
from tests.unit.pubmed_server import Fault, PubMed, running_pubmed

SIZE = 300_000
HALF = 150_000
ONE = "/baseline/pubmed25n0001.xml.gz"
CONTENT = random.Random(1).randbytes(SIZE)
OTHER = random.Random(2).randbytes(SIZE + 1000)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[PubMed]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with running_pubmed() as server:
        server.put(1, CONTENT)
        yield server


class Visit:
    """One fetch of a whole folder: its report, its client's counts, and what it told."""

    def __init__(self, server: PubMed, to: Path, *, part: str = "baseline", **manners: float) -> None:
        self.told: list[str] = []
        how = Manners(user_agent="hypograph/test", **{"pause_s": 0, "timeout_s": 5, "backoff_s": 0.01, **manners})  # type: ignore[arg-type]
        self.client = Client(how, tell=self.told.append)
        folder = FetchFolder(to)
        with folder.locked():
            planned = plan_files(list_files(self.client, f"{server.url}{part}/"), folder)
            self.states = [plan.state for plan in planned]
            self.report: Report = fetch_files(self.client, planned, folder, tell=self.told.append)


def files_in(folder: Path) -> dict[str, bytes]:
    """What a run over the folder would see."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def parts_in(folder: Path) -> list[Path]:
    return sorted((folder / ".fetch").glob("*.part"))


# ------------------------------------------------------------------------------------------ when all goes well


def test_files_come_whole_with_a_manifest_and_never_twice(server: PubMed, tmp_path: Path) -> None:
    server.put(2, OTHER)
    visit = Visit(server, tmp_path / "new" / "pubmed")
    assert files_in(tmp_path / "new" / "pubmed") == {"pubmed25n0001.xml.gz": CONTENT, "pubmed25n0002.xml.gz": OTHER}
    assert visit.report.bytes == SIZE + len(OTHER)
    assert visit.client.requests == len(server.asked) == 5  # the listing, two checksums, two files
    assert visit.client.bytes == sum(server.sent.values())
    assert server.most_at_once == 1
    assert {asked.agent for asked in server.asked} == {"hypograph/test"}
    manifest = json.loads((tmp_path / "new" / "pubmed" / ".fetch" / "manifest.json").read_text())
    entry = manifest["files"]["pubmed25n0001.xml.gz"]
    assert entry["md5"] == hashlib.md5(CONTENT).hexdigest()
    assert entry["bytes"] == SIZE
    assert entry["url"] == server.url + ONE[1:]
    assert entry["fetched"].startswith("20")

    server.forget()
    again = Visit(server, tmp_path / "new" / "pubmed")
    assert again.report.skipped == ["pubmed25n0001.xml.gz", "pubmed25n0002.xml.gz"]
    assert [asked.path for asked in server.asked] == ["/baseline/"]


def test_files_that_someone_else_put_there_are_compared_and_kept(server: PubMed, tmp_path: Path) -> None:
    (tmp_path / "pubmed25n0001.xml.gz").write_bytes(CONTENT)
    visit = Visit(server, tmp_path)
    assert (visit.states, visit.report.skipped) == (["compare"], ["pubmed25n0001.xml.gz"])
    assert server.sent[ONE] == 0
    assert "pubmed25n0001.xml.gz" in FetchFolder(tmp_path).entries


def test_without_dates_in_the_listing_the_checksum_is_asked_for_again(server: PubMed, tmp_path: Path) -> None:
    server.with_sizes = False
    Visit(server, tmp_path)
    server.forget()
    Visit(server, tmp_path)
    assert [asked.path for asked in server.asked] == ["/baseline/", ONE + ".md5"]


def test_a_pause_lies_between_requests(server: PubMed, tmp_path: Path) -> None:
    started = time.monotonic()  # the server's clock won't do: a busy machine notes a request late
    Visit(server, tmp_path, pause_s=0.2)
    assert len(server.asked) == 3
    assert time.monotonic() - started > 0.4


# ------------------------------------------------------------------------------------------ faults that pass


def test_a_cut_connection_is_gone_on_with(server: PubMed, tmp_path: Path) -> None:
    server.faults[ONE] = [Fault(cut_after=100_000), Fault(cut_after=100_000)]
    visit = Visit(server, tmp_path)
    assert files_in(tmp_path) == {"pubmed25n0001.xml.gz": CONTENT}
    assert [asked.range for asked in server.asked if asked.path == ONE] == ["", "bytes=100000-", "bytes=200000-"]
    assert server.sent[ONE] == SIZE
    assert "broke off after 100,000 of 300,000 bytes" in visit.told[0]
    assert parts_in(tmp_path) == []


def test_progress_starts_the_count_of_tries_anew(server: PubMed, tmp_path: Path) -> None:
    server.faults[ONE] = [Fault(cut_after=50_000)] * 5
    Visit(server, tmp_path, retries=1)
    assert files_in(tmp_path) == {"pubmed25n0001.xml.gz": CONTENT}
    assert server.count(ONE) == 6


def test_a_connection_that_stalls_is_given_up_and_gone_on_with(server: PubMed, tmp_path: Path) -> None:
    server.faults[ONE] = [Fault(stall_after=HALF)]
    visit = Visit(server, tmp_path, timeout_s=1)
    assert files_in(tmp_path) == {"pubmed25n0001.xml.gz": CONTENT}
    assert server.sent[ONE] == SIZE
    assert "timed out" in visit.told[0]


def test_a_server_that_ignores_ranges_sends_all_of_it_again(server: PubMed, tmp_path: Path) -> None:
    server.faults[ONE] = [Fault(cut_after=HALF), Fault(no_range=True)]
    Visit(server, tmp_path)
    assert files_in(tmp_path) == {"pubmed25n0001.xml.gz": CONTENT}
    assert server.sent[ONE] == HALF + SIZE


def test_a_server_that_always_cuts_and_ignores_ranges_is_given_up(server: PubMed, tmp_path: Path) -> None:
    server.faults[ONE] = [Fault(cut_after=HALF, no_range=True)] * 20
    with pytest.raises(UnreachableError, match="tried 3 times"):
        Visit(server, tmp_path, retries=2)
    assert server.count(ONE) == 3
    assert files_in(tmp_path) == {}
    assert [part.stat().st_size for part in parts_in(tmp_path)] == [HALF]


def test_another_range_than_asked_for_is_not_taken(server: PubMed, tmp_path: Path) -> None:
    wrong = {"Content-Range": f"bytes 7-{SIZE - 1}/{SIZE}"}
    server.faults[ONE] = [Fault(cut_after=HALF), Fault(headers=wrong)]
    Visit(server, tmp_path)
    assert files_in(tmp_path) == {"pubmed25n0001.xml.gz": CONTENT}
    assert server.count(ONE) == 3


def test_a_busy_server_is_waited_for_as_it_asks(server: PubMed, tmp_path: Path) -> None:
    server.faults[ONE] = [Fault(status=503, headers={"Retry-After": "1"}, body=b"busy")]
    visit = Visit(server, tmp_path)
    first, second = (asked.at for asked in server.asked if asked.path == ONE)
    assert second - first >= 1.0
    assert "503" in visit.told[0]
    assert "again in 1.0 s" in visit.told[0]
    assert server.sent[ONE] == SIZE + len(b"busy")
    assert files_in(tmp_path) == {"pubmed25n0001.xml.gz": CONTENT}


@pytest.mark.parametrize("retry_after", ["3600", "Wed, 21 Oct 2099 07:28:00 GMT"])
def test_a_server_that_asks_for_very_long_is_left_alone(server: PubMed, tmp_path: Path, retry_after: str) -> None:
    server.faults["/baseline/"] = [Fault(status=503, headers={"Retry-After": retry_after})]
    with pytest.raises(UnreachableError, match="it asks to wait"):
        Visit(server, tmp_path)
    assert len(server.asked) == 1


def test_waits_double(server: PubMed, tmp_path: Path) -> None:
    server.faults["/baseline/"] = [Fault(status=500)] * 4
    with pytest.raises(UnreachableError, match=r"500 .*tried 4 times"):
        Visit(server, tmp_path, retries=3, backoff_s=0.08)
    times = [asked.at for asked in server.asked]
    waits = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert [wait >= least for wait, least in zip(waits, (0.04, 0.08, 0.16), strict=True)] == [True] * 3


# ------------------------------------------------------------------------------------------ wrong bytes


def test_corrupted_bytes_are_fetched_anew(server: PubMed, tmp_path: Path) -> None:
    server.faults[ONE] = [Fault(flip=True)]
    Visit(server, tmp_path)
    assert files_in(tmp_path) == {"pubmed25n0001.xml.gz": CONTENT}
    assert (server.count(ONE), server.sent[ONE]) == (2, 2 * SIZE)
    assert not list((tmp_path / ".fetch").glob("*.bad"))


def test_what_never_matches_is_kept_apart_and_the_next_file_comes(server: PubMed, tmp_path: Path) -> None:
    server.md5["pubmed25n0001.xml.gz"] = "0" * 32
    server.put(2, OTHER)
    visit = Visit(server, tmp_path)
    assert files_in(tmp_path) == {"pubmed25n0002.xml.gz": OTHER}
    assert "should be 0000" in visit.report.failed["pubmed25n0001.xml.gz"]
    assert server.count(ONE) == CHECKSUM_TRIES
    assert (tmp_path / ".fetch" / "pubmed25n0001.xml.gz.bad").read_bytes() == CONTENT
    assert parts_in(tmp_path) == []


def test_a_file_replaced_between_two_runs_is_not_mixed(server: PubMed, tmp_path: Path) -> None:
    server.faults[ONE] = [Fault(cut_after=HALF)]
    with pytest.raises(UnreachableError):
        Visit(server, tmp_path, retries=0)
    server.put(1, OTHER)
    server.forget()
    Visit(server, tmp_path)
    assert files_in(tmp_path) == {"pubmed25n0001.xml.gz": OTHER}
    assert (server.count(ONE), server.sent[ONE]) == (1, len(OTHER))
    assert parts_in(tmp_path) == []


def test_a_file_replaced_while_it_comes_is_fetched_anew(server: PubMed, tmp_path: Path) -> None:
    server.faults[ONE] = [Fault(cut_after=HALF, then=ONE, with_=OTHER)]
    Visit(server, tmp_path)
    assert files_in(tmp_path) == {"pubmed25n0001.xml.gz": OTHER}
    assert server.sent[ONE] == HALF + (len(OTHER) - HALF) + len(OTHER)
    assert server.count(ONE + ".md5") == 2


def test_a_file_published_anew_replaces_the_old_one_only_when_it_is_whole(server: PubMed, tmp_path: Path) -> None:
    Visit(server, tmp_path)
    server.put(1, OTHER)
    server.dates["pubmed25n0001.xml.gz"] = "2025-02-01 09:00"
    server.faults[ONE] = [Fault(cut_after=HALF)]
    with pytest.raises(UnreachableError):
        Visit(server, tmp_path, retries=0)
    assert files_in(tmp_path) == {"pubmed25n0001.xml.gz": CONTENT}
    Visit(server, tmp_path)
    assert files_in(tmp_path) == {"pubmed25n0001.xml.gz": OTHER}


def test_a_damaged_file_loses_its_name_and_a_short_one_is_gone_on_with(server: PubMed, tmp_path: Path) -> None:
    (tmp_path / "pubmed25n0001.xml.gz").write_bytes(CONTENT[:HALF])
    server.faults[ONE] = [Fault(status=503)]
    with pytest.raises(UnreachableError):
        Visit(server, tmp_path, retries=0)
    assert files_in(tmp_path) == {}
    server.forget()
    Visit(server, tmp_path)
    assert files_in(tmp_path) == {"pubmed25n0001.xml.gz": CONTENT}
    assert server.sent[ONE] == SIZE - HALF


def test_a_file_that_rotted_on_the_disk_is_fetched_anew(server: PubMed, tmp_path: Path) -> None:
    Visit(server, tmp_path)
    (tmp_path / "pubmed25n0001.xml.gz").write_bytes(OTHER)  # longer than the right one
    server.forget()
    Visit(server, tmp_path)
    assert files_in(tmp_path) == {"pubmed25n0001.xml.gz": CONTENT}
    assert server.sent[ONE] == SIZE


def test_a_part_that_is_whole_is_not_fetched_again(server: PubMed, tmp_path: Path) -> None:
    folder = FetchFolder(tmp_path)
    with folder.locked():
        folder.part("pubmed25n0001.xml.gz", hashlib.md5(CONTENT).hexdigest()).write_bytes(CONTENT)
    Visit(server, tmp_path)
    assert files_in(tmp_path) == {"pubmed25n0001.xml.gz": CONTENT}
    assert server.count(ONE) == 0


# ------------------------------------------------------------------------------------------ what ends a fetch


@pytest.mark.parametrize("gone", [ONE, ONE + ".md5"])
def test_a_file_that_is_not_there_is_named_and_the_next_one_comes(server: PubMed, tmp_path: Path, gone: str) -> None:
    server.faults[gone] = [Fault(status=404, body=b"")]
    server.put(2, OTHER)
    visit = Visit(server, tmp_path)
    assert files_in(tmp_path) == {"pubmed25n0002.xml.gz": OTHER}
    assert "404" in visit.report.failed["pubmed25n0001.xml.gz"]
    assert server.count(gone) == 1


def test_a_folder_that_is_not_there_or_holds_nothing_is_an_error(server: PubMed, tmp_path: Path) -> None:
    server.faults["/updatefiles/"] = [Fault(status=404)]
    with pytest.raises(RefusedError, match="updatefiles/: 404"):
        Visit(server, tmp_path, part="updatefiles")
    with pytest.raises(RefusedError, match="no PubMed file"):
        Visit(server, tmp_path, part="updatefiles")


def test_no_route_is_tried_again_and_named(server: PubMed, tmp_path: Path) -> None:
    server.shutdown()
    server.server_close()
    client = Client(Manners(user_agent="x", pause_s=0, retries=1, backoff_s=0.01))
    with pytest.raises(UnreachableError, match=r"no connection \(.*refused\); tried 2 times"):
        list_files(client, server.url + "baseline/")
    assert client.requests == 2


def test_only_http_is_opened(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("secret")
    with pytest.raises(UnreachableError, match="unknown url type"):
        Client(Manners(user_agent="x")).read((tmp_path / "x").as_uri())


def test_a_full_disk_stops_and_keeps_what_came(server: PubMed, tmp_path: Path) -> None:
    server.put(2, OTHER)
    folder = FetchFolder(tmp_path)
    with folder.locked():
        folder.part("pubmed25n0002.xml.gz", hashlib.md5(OTHER).hexdigest()).symlink_to("/dev/full")
    with pytest.raises(FolderError, match="no space left"):
        Visit(server, tmp_path)
    assert files_in(tmp_path) == {"pubmed25n0001.xml.gz": CONTENT}
    assert "pubmed25n0001.xml.gz" in FetchFolder(tmp_path).entries


def test_what_can_not_fit_is_not_begun(tmp_path: Path) -> None:
    folder = FetchFolder(tmp_path / "not" / "yet")
    files = [ListedFile("pubmed25n0001.xml.gz", "http://x/", "2025", 1 << 60)]
    with pytest.raises(FolderError, match="GB are free"):
        check_space(plan_files(files, folder), folder)
    assert not (tmp_path / "not").exists()


def test_one_fetch_at_a_time_works_in_a_folder(tmp_path: Path) -> None:
    with (
        FetchFolder(tmp_path).locked(),
        pytest.raises(FolderError, match="another fetch is at work"),
        FetchFolder(tmp_path).locked(),
    ):
        pass


def test_a_manifest_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / ".fetch").mkdir()
    (tmp_path / ".fetch" / "manifest.json").write_text('{"files": {"a": {"md5": 1}}}')
    with pytest.raises(FolderError, match=r"manifest\.json is no manifest"):
        FetchFolder(tmp_path)


# ------------------------------------------------------------------------------------------ listings, checksums


def test_listings_of_several_servers_are_read() -> None:
    ncbi = (
        '<a href="/pubmed/">Parent Directory</a>   -  \n<a href="README.txt">README.txt</a>  2024-01-12 14:25  4.5K\n'
        '<a href="pubmed24n0002.xml.gz">pubmed24n0002.xml.gz</a>     2023-12-14 18:08   17M  \n'
        '<a href="pubmed24n0002.xml.gz.md5">pubmed24n0002.xml.gz.md5</a> 2023-12-14 18:08   60   \n'
        '<a href="pubmed24n0001.xml.gz">pubmed24n0001.xml.gz</a>     2023-12-14 18:08  1.5G  \n'
        '<a href="pubmed24n0001_stats.html">pubmed24n0001_stats.html</a> 2023-12-15 15:32  582\n'
    )
    nginx = '<a href="pubmed24n0003.xml.gz">pubmed24n0003.xml.gz</a>      14-Dec-2023 18:08      19912345\n'
    python = '<li><a href="pubmed24n0004.xml.gz">pubmed24n0004.xml.gz</a></li>\n<a href="../../etc/passwd.xml.gz">x</a>'
    files = read_listing(ncbi + nginx + python, url="http://x/")
    assert files == [
        ListedFile("pubmed24n0001.xml.gz", "http://x/pubmed24n0001.xml.gz", "2023-12-14 18:08 1.5G", 1536 << 20),
        ListedFile("pubmed24n0002.xml.gz", "http://x/pubmed24n0002.xml.gz", "2023-12-14 18:08 17M", 17 << 20),
        ListedFile("pubmed24n0003.xml.gz", "http://x/pubmed24n0003.xml.gz", "14-Dec-2023 18:08 19912345", 19912345),
        ListedFile("pubmed24n0004.xml.gz", "http://x/pubmed24n0004.xml.gz"),
    ]


def test_checksums_are_read_in_both_spellings_and_only_for_their_file() -> None:
    md5 = "0123456789abcdef" * 2
    assert read_md5(f"MD5(a.xml.gz)= {md5.upper()}\n".encode(), name="a.xml.gz") == md5
    assert read_md5(f"{md5}  a.xml.gz\n".encode(), name="a.xml.gz") == md5
    for content in (
        b"",
        b"<html>please log in</html>",
        f"MD5(b.xml.gz)= {md5}".encode(),
        f"MD5(a.xml.gz)= {md5}0".encode(),
    ):
        with pytest.raises(ChecksumError, match="expected"):
            read_md5(content, name="a.xml.gz")
