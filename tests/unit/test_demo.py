"""The demo: its records claim no copyright, its questions exist, its answers show sentences and PMIDs."""

from __future__ import annotations

import gzip
import hashlib
import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from lxml import etree

from bench.select_demo import claims_copyright, find_names, score_abstract, write_records
from graph.connect import open_store
from graph.questions import find_question
from graph.write import load_folder
from jobs.demo import QUESTIONS, DemoQuestion, _check_replaceable, ask_question
from jobs.demo import command as demo_command
from tests.tables import Tables, write_run

RECORDS = Path(__file__).parents[2] / "jobs/demo/records.xml.gz"


@pytest.fixture(scope="module")
def articles() -> list[etree._Element]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    return list(etree.fromstring(gzip.decompress(RECORDS.read_bytes()), parser))


def test_there_are_400_records_each_with_a_pmid_of_its_own(articles: list[etree._Element]) -> None:
    pmids = [article.findtext("MedlineCitation/PMID") for article in articles]
    assert len(articles) == 400
    assert len(set(pmids)) == 400
    assert all(pmid and pmid.isdigit() for pmid in pmids)


def test_every_record_has_an_abstract_and_claims_no_copyright(articles: list[etree._Element]) -> None:
    assert [a.findtext("MedlineCitation/PMID") for a in articles if a.find(".//Abstract/AbstractText") is None] == []
    assert [a.findtext("MedlineCitation/PMID") for a in articles if claims_copyright(a)] == []


def test_the_file_is_small_and_carries_no_time_stamp() -> None:
    content = RECORDS.read_bytes()
    assert len(content) < 1_000_000
    assert content[4:8] == bytes(4)  # MTIME of the gzip header, RFC 1952 section 2.3.1


def _article(*, claim: str = "", abstract: str = "Imatinib inhibits ABL1.") -> etree._Element:
    return etree.fromstring(
        f"<PubmedArticle><MedlineCitation><PMID>1</PMID><Article><Abstract><AbstractText>{abstract}</AbstractText>"
        f"<CopyrightInformation>{claim}</CopyrightInformation></Abstract></Article></MedlineCitation></PubmedArticle>"
        if claim
        else f"<PubmedArticle><Abstract><AbstractText>{abstract}</AbstractText></Abstract></PubmedArticle>"
    )


@pytest.mark.parametrize(
    ("article", "claimed"),
    [
        (_article(), False),
        (_article(claim="Copyright © 2019 Elsevier B.V. All rights reserved."), True),
        (_article(claim="© 2018 The Authors. This is an open access article under the CC BY licence."), False),
        (_article(claim="Creative Commons Attribution 4.0"), False),
        (_article(abstract="Imatinib inhibits ABL1. (c) 1999 Academic Press."), True),
        (_article(abstract="Imatinib inhibits ABL1. Copyright 2001 Wiley-Liss."), True),
    ],
)
def test_a_claim_is_seen_in_its_field_and_in_the_abstract(article: etree._Element, claimed: bool) -> None:
    assert claims_copyright(article) is claimed


def test_a_sentence_that_joins_names_of_two_kinds_scores_more_than_one_that_lists_them_apart() -> None:
    names = {"imatinib": "drug", "abl1": "gene", "chronic myeloid leukemia": "disease"}
    assert find_names("Imatinib, in chronic myeloid leukemia", names) == [
        ("drug", "imatinib"),
        ("disease", "chronic myeloid leukemia"),
    ]
    together, seen = score_abstract("Imatinib inhibits ABL1. It works.", names)
    apart, _ = score_abstract("Imatinib works. ABL1 is a kinase.", names)
    assert together > apart > 0
    assert seen == (("drug", "imatinib"), ("gene", "abl1"))


def test_the_written_file_depends_on_the_records_alone(tmp_path: Path) -> None:
    write_records([], tmp_path / "a.xml.gz")
    write_records([], tmp_path / "b.xml.gz")
    digests = {hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() for name in ("a.xml.gz", "b.xml.gz")}
    assert len(digests) == 1


@pytest.mark.parametrize("demo", QUESTIONS, ids=lambda demo: demo.question)
def test_a_question_of_the_demo_fits_its_file(demo: DemoQuestion) -> None:
    question = find_question(demo.question)
    needed = {parameter.name for parameter in question.parameters if parameter.default is None}
    assert needed <= set(demo.parameters) <= {parameter.name for parameter in question.parameters}
    assert demo.heading.format_map({column.name: "x" for column in question.columns})


def test_an_answer_shows_the_edge_its_sentence_and_where_it_stands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tables = Tables().state("PMID:7", "mesh:D000068877", "INHIBITS", "hgnc:76")
    graph = tmp_path / "graph.kgl"
    demo = DemoQuestion("On what does it act?", "drug-targets", {"drug": "Imatinib"}, "{effect} {target}")
    with open_store(str(graph)) as store:
        load_folder(store, write_run(tmp_path / "run", [tables]))
        assert ask_question(store, 1, demo, graph=graph)
        shown = capsys.readouterr().out
        unknown = DemoQuestion("And this?", "drug-targets", {"drug": "imatinob"}, "{target}")
        assert not ask_question(store, 2, unknown, graph=graph)
    assert "$ hypograph ask drug-targets --param drug=Imatinib --graph" in shown
    assert "INHIBITS ABL1" in shown
    assert "“Imatinib INHIBITS ABL1 (PMID:7, 0).”" in shown
    assert "PMID:7, J Tests, 2010" in shown
    assert "did you mean" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["graph.kgl", "run/run.json"])
@pytest.mark.parametrize("shards", ["no JSON", '{"shards": [[{"path": "mine.xml.gz"}]]}'])
def test_a_run_or_graph_of_somebody_s_own_is_not_replaced(tmp_path: Path, name: str, shards: str) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run/run.json").write_text(shards)
    (tmp_path / name).write_text(shards)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    result = CliRunner().invoke(demo_command, ["--out", str(tmp_path)])
    assert result.exit_code == 2
    assert "is not the demo's" in result.stderr
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


def test_an_earlier_demo_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "graph.kgl").touch()
    (tmp_path / "run/run.json").write_text(json.dumps({"shards": [[{"path": "/elsewhere/records.xml.gz"}]]}))
    _check_replaceable(tmp_path / "run", tmp_path / "graph.kgl")


def test_what_lies_beside_the_graph_of_an_earlier_demo_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run/run.json").write_text(json.dumps({"shards": [[{"path": "/elsewhere/records.xml.gz"}]]}))
    for name in ("graph.kgl", "graph.kgl.mine"):
        (tmp_path / name).touch()
    monkeypatch.setattr("jobs.demo._run", lambda arguments: sys.exit(1))
    result = CliRunner().invoke(demo_command, ["--out", str(tmp_path)])
    assert result.exit_code == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["graph.kgl.mine", "run"]


def test_a_folder_that_can_t_be_made_is_an_error_before_anything_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = CliRunner().invoke(demo_command, ["--out", str(tmp_path / "file" / "demo")])
    assert result.exit_code == 1
    assert result.output.startswith(f"Error: {tmp_path / 'file' / 'demo'} can't be written: ")


@pytest.mark.parametrize("out", ["s3://bucket/demo", ""])
def test_the_demo_goes_to_a_local_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(demo_command, ["--out", out])
    assert result.exit_code == 2
    assert "Invalid value for '--out'" in result.output
    assert list(tmp_path.iterdir()) == []
