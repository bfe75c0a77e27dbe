"""Single records from E-utilities that forget, refuse and break off; and which ids a folder holds already."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.fetch.client import Client, Manners
from engine.fetch.errors import RefusedError, UnreachableError
from engine.fetch.folder import FetchFolder, find_ids
from engine.fetch.records import BadLine, EUtils, RecordReport, fetch_records, read_ids
from engine.read.files import list_inputs, read_file
from tests.unit.pubmed_server import Fault, PubMed, article_set, running_pubmed

EFETCH = "/efetch.fcgi"
KEY = "a-secret-key"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[PubMed]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with running_pubmed() as server:
        server.records = set(range(1, 1001))
        yield server


def fetch(server: PubMed, ids: list[int], to: Path, *, timeout_s: float = 10) -> RecordReport:
    client = Client(Manners(user_agent="hypograph/test", pause_s=0, timeout_s=timeout_s, retries=2, backoff_s=0.01))
    folder = FetchFolder(to)
    with folder.locked():
        held = folder.held_ids()
        return fetch_records(client, [i for i in ids if i not in held], folder, EUtils(server.url, api_key=KEY))


def documents(folder: Path) -> list[str]:
    """Ids of the documents that a run over the folder reads."""
    tables = [table for path in list_inputs([str(folder)]) for table in read_file(path)]
    assert not any(errors for table in tables for errors in table["errors"].to_pylist())
    return sorted(doc_id for table in tables for doc_id in table["doc_id"].to_pylist())


def asked_ids(server: PubMed) -> list[int]:
    return [len(asked.form["id"].split(",")) for asked in server.asked]


def test_records_come_in_batches_that_the_reader_reads_and_never_twice(server: PubMed, tmp_path: Path) -> None:
    report = fetch(server, list(range(1, 451)), tmp_path)
    assert asked_ids(server) == [200, 200, 50]
    assert (report.records, len(report.files), report.missing) == (450, 3, [])
    assert documents(tmp_path) == sorted(f"PMID:{pmid}" for pmid in range(1, 451))
    assert {asked.method for asked in server.asked} == {"POST"}
    form = server.asked[0].form
    assert (form["db"], form["retmode"], form["tool"], form["api_key"]) == ("pubmed", "xml", "hypograph", KEY)
    assert KEY not in (tmp_path / ".fetch" / "manifest.json").read_text()

    server.forget()
    again = fetch(server, list(range(300, 461)), tmp_path)
    assert asked_ids(server) == [10]
    assert again.records == 10
    server.forget()
    assert fetch(server, list(range(1, 461)), tmp_path).records == 0
    assert server.asked == []


def test_records_in_pubmeds_own_files_are_not_asked_for(server: PubMed, tmp_path: Path) -> None:
    (tmp_path / "pubmed25n0001.xml.gz").write_bytes(gzip.compress(article_set(1, 2)))
    (tmp_path / "plain.xml").write_bytes(article_set(3))
    (tmp_path / "cut.xml.gz").write_bytes(gzip.compress(article_set(*range(100, 600)))[:-3000])
    fetch(server, [1, 2, 3, 4, 77, 599], tmp_path)
    assert server.asked[0].form["id"] == "4,77,599"  # 77 is only referred to; 599 was cut off


def test_an_index_follows_its_file(tmp_path: Path) -> None:
    file = tmp_path / "a.xml"
    file.write_bytes(article_set(1))
    (tmp_path / "a.xml.gz").write_bytes(gzip.compress(article_set(9)))
    folder = FetchFolder(tmp_path)
    assert folder.held_ids() == {1, 9}
    assert not (tmp_path / ".fetch").exists()  # as a dry run leaves it
    with folder.locked():
        assert folder.held_ids() == folder.held_ids() == {1, 9}
        assert len(list((tmp_path / ".fetch" / "ids").iterdir())) == 2
        file.write_bytes(article_set(1, 2))
        assert folder.held_ids() == {1, 2, 9}
        assert len(list((tmp_path / ".fetch" / "ids").iterdir())) == 2


def test_ids_are_found_across_the_edges_of_chunks(tmp_path: Path) -> None:
    pmids = range(10_000_000, 10_015_000)  # 15 edges
    (tmp_path / "a.xml").write_bytes(article_set(*pmids))
    assert FetchFolder(tmp_path).held_ids() == set(pmids)
    book = b"<PubmedBookArticle><BookDocument><PMID>5</PMID></BookDocument></PubmedBookArticle>"
    assert list(find_ids(book + b"<DeleteCitation><PMID>6</PMID></DeleteCitation>")) == [5]


def test_what_an_answer_leaves_out_is_asked_for_once_more_and_then_rejected(server: PubMed, tmp_path: Path) -> None:
    server.faults[EFETCH] = [Fault(body=article_set(1, 3))]
    report = fetch(server, [1, 2, 3, 5000], tmp_path)
    assert [asked.form["id"] for asked in server.asked] == ["1,2,3,5000", "2,5000"]
    assert (report.records, report.missing) == (3, [5000])
    assert documents(tmp_path) == ["PMID:1", "PMID:2", "PMID:3"]


def test_only_wrong_ids_are_no_failure(server: PubMed, tmp_path: Path) -> None:
    body = b"<eFetchResult><ERROR>ID list is empty! Possibly it has no correct IDs.</ERROR></eFetchResult>"
    server.faults[EFETCH] = [Fault(status=400, body=body), Fault(body=b"<PubmedArticleSet></PubmedArticleSet>")]
    report = fetch(server, [5000], tmp_path)
    assert (report.missing, report.files) == ([5000], [])
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    "fault",
    [
        Fault(cut_after=500),
        Fault(stall_after=500),
        Fault(status=429, body=b'{"error":"API rate limit exceeded"}'),
        Fault(body=article_set(1, 2)[:-30]),
        Fault(body=b""),
        Fault(body=b'{"error":"gateway"}'),
        Fault(status=400, body=b"<eFetchResult><ERROR>proxy_stream(): 502 Bad Gateway</ERROR></eFetchResult>"),
    ],
)
def test_passing_faults_are_tried_again(server: PubMed, tmp_path: Path, fault: Fault) -> None:
    server.faults[EFETCH] = [fault]
    report = fetch(server, [1, 2, 3, 4, 5], tmp_path, timeout_s=10 if fault.stall_after is None else 1)
    assert asked_ids(server) == [5, 5]
    assert report.records == 5
    assert documents(tmp_path) == [f"PMID:{pmid}" for pmid in range(1, 6)]


def test_batches_that_came_before_the_end_are_kept(server: PubMed, tmp_path: Path) -> None:
    good = Fault(body=article_set(*range(1, 201)))
    server.faults[EFETCH] = [good, *[Fault(status=502)] * 3]
    with pytest.raises(UnreachableError, match=r"502 .*tried 3 times"):
        fetch(server, list(range(1, 501)), tmp_path)
    assert len(documents(tmp_path)) == 200
    server.forget()
    fetch(server, list(range(1, 501)), tmp_path)
    assert asked_ids(server) == [200, 100]
    assert len(documents(tmp_path)) == 500


def test_a_key_that_is_refused_is_not_shown(server: PubMed, tmp_path: Path) -> None:
    body = json.dumps({"error": "API key invalid", "api-key": KEY}).encode()
    server.faults[EFETCH] = [Fault(status=400, body=body)]
    with pytest.raises(RefusedError, match="API key invalid") as caught:
        fetch(server, [1], tmp_path)
    assert KEY not in str(caught.value)
    assert len(server.asked) == 1


def test_bad_lines_are_named_and_the_good_ones_go_on(tmp_path: Path) -> None:
    file = tmp_path / "ids.txt"
    file.write_bytes(
        b"\xef\xbb\xbf123\r\nPMID: 00456 # a comment\n\n# all comment\n12x\n123\n0\n1 2\n\xff\n1234567890\npmid:7"
    )
    ids, bad = read_ids(file)
    assert ids == [123, 456, 7]
    assert [(line.line, line.text) for line in bad] == [
        (5, "12x"),
        (7, "0"),
        (8, "1 2"),
        (9, "\ufffd"),
        (10, "1234567890"),
    ]
    assert bad[0] == BadLine(5, "12x", "expected one PMID, a number of at most 9 digits")
