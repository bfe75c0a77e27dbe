"""The suite of homonyms: its cases are sound, and a text that differs is named."""

from __future__ import annotations

import csv
import gzip
import json
from dataclasses import replace
from pathlib import Path

import click
import pytest

from bench.homonyms import SUITE, UNLINKED, Homonym, measure, read_suite
from engine.link.lexicon import Lexicon
from engine.link.linker import Linker

CASE = Homonym("a.jsonl.gz", "PMID:1", "QXWZT", "Gene", 8, 13, frozenset({UNLINKED}), "judged")


def write_text(folder: Path, title: str) -> Path:
    rows = [{"pmid": 1, "title": title, "abstract": "Given to six patients."}]
    (folder / "a.jsonl.gz").write_bytes(gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode()))
    return folder


def test_the_suite_is_large_half_gold_and_without_repeats() -> None:
    cases = read_suite()
    assert len(cases) >= 200
    assert sum(case.origin == "gold" for case in cases) >= len(cases) / 2
    assert len({(case.source, case.doc_id, case.start, case.end, case.type) for case in cases}) == len(cases)


def test_every_answer_is_a_concept_of_the_lexicon_or_joined_to_one() -> None:
    wanted = {answer for case in read_suite() for answer in case.answers} - {UNLINKED}
    assert sorted(wanted - Lexicon.open().all_ids()) == []


def test_a_concept_that_was_joined_to_the_expected_one_is_right(tmp_path: Path) -> None:
    linker, data = Linker(), write_text(tmp_path, "Use of aspirin.")
    aspirin = linker.lexicon.concept("mesh:D001241")
    assert aspirin is not None
    joined = next(id for id in aspirin.xrefs if linker.lexicon.concept(id) is None)
    case = replace(CASE, surface="aspirin", type="Chemical", start=7, end=14)
    for answer, right in (("mesh:D001241", 1), (joined, 1), ("mesh:D014867", 0)):
        summary, _ = measure(linker, [replace(case, answers=frozenset({answer}))], data)
        assert summary["parts"]["all"]["right"] == right


def test_every_sentence_shows_its_surface() -> None:
    with SUITE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert [row["case"] for row in rows if " ".join(row["surface"].split()) not in row["sentence"]] == []


def test_right_answers_are_counted_and_a_text_that_differs_is_named(tmp_path: Path) -> None:
    linker, data = Linker(), write_text(tmp_path, "Use of QXWZT.")
    case = replace(CASE, start=7, end=12)
    summary, misses = measure(linker, [case, replace(case, answers=frozenset({"hgnc:1"}))], data)
    assert (summary["parts"]["all"]["right"], summary["parts"]["all"]["cases"]) == (1, 2)
    assert [miss["surface"] for miss in misses] == ["QXWZT"]
    with pytest.raises(click.ClickException, match=r"PMID:1: 'QXWZT' doesn't stand at 8"):
        measure(linker, [CASE], data)
    with pytest.raises(click.ClickException, match=r"no such file; --data must hold b\.jsonl\.gz"):
        measure(linker, [replace(CASE, source="b.jsonl.gz")], data)
