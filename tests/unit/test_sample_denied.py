"""Sentences that may deny a relation: found by their words alone, drawn by a seed, judged unseen, and counted."""

from __future__ import annotations

import csv
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from bench.run_folder import read_live_rows
from bench.sample_denied import (
    extracted_path,
    find_candidates,
    reread_denied,
    sample_denied,
    write_denied,
)
from bench.sample_denied import main as sample_main
from bench.score_denied import main, read_judged, score_denied
from bench.score_judgements import JudgementError
from engine.schema import CHEMICAL, DISEASE, GENE
from tests.unit.rows import document, mention, relation, table

NAMES = {
    "aspirin": CHEMICAL,
    "zinc": CHEMICAL,
    "COX": GENE,
    "TNF": GENE,
    "tnf": GENE,
    "Without-1": GENE,
    "asthma": DISEASE,
}


def row(text: str, *relations: dict[str, Any], doc_id: str = "PMID:1") -> dict[str, Any]:
    """A document whose mentions are those of `NAMES` that its text holds, in the order of `NAMES`."""
    mentions = [mention(text, name, kind) for name, kind in NAMES.items() if name in text]
    return document(doc_id, text, mentions=mentions, relations=list(relations))


def pairs(text: str) -> list[tuple[str, str]]:
    return [
        (text[found.head.start : found.head.end], text[found.tail.start : found.tail.end])
        for found in find_candidates(row(text))
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Here aspirin did not inhibit COX.", [("aspirin", "COX")]),
        ("Here aspirin didn't inhibit COX.", [("aspirin", "COX")]),
        ("Neither aspirin nor zinc inhibits COX.", [("aspirin", "COX"), ("zinc", "COX")]),
        ("No significant effect of aspirin on asthma was seen.", [("aspirin", "asthma")]),
        ("The COX was unaffected by aspirin.", [("aspirin", "COX")]),
        ("The TNF does not bind COX.", [("TNF", "COX")]),
        ("The asthma was unrelated to COX.", [("COX", "asthma")]),
        ("Here aspirin reduces TNF but not COX.", [("aspirin", "COX")]),
        ("Here aspirin inhibits COX.", []),
        ("Here aspirin not only inhibits COX.", []),
        ("Here aspirin was not sold with COX.", []),
        ("Here aspirin did not interact with zinc.", []),  # no pair of these types
        ("Here aspirin did not help. It may inhibit COX.", []),
        ("Here tnf does not bind TNF.", []),  # one name twice
        ("Here aspirin inhibits Without-1 and COX.", []),  # the cue is part of a name
        ("Here aspirin, given for three months to many patients of two hospitals and to others at home as well by "
         "their doctors, did not inhibit COX.", []),
    ],
)  # fmt: skip
def test_a_pair_is_found_by_a_cue_and_a_word_about_it(text: str, expected: list[tuple[str, str]]) -> None:
    assert pairs(text) == expected


def rows(*, said: bool) -> list[dict[str, Any]]:
    """Documents that deny something of aspirin and COX, and of zinc and COX in the same sentence."""
    stated = [relation(0, 2, "INHIBITS", assertion="negated")] if said else []
    return [row("Neither aspirin nor zinc inhibits COX.", *stated, doc_id=f"PMID:{i}") for i in range(20)]


def test_what_was_extracted_does_not_choose_the_sentences() -> None:
    silent, nothing = sample_denied(rows(said=False), sentences=10, seed=3)
    drawn, extracted = sample_denied(rows(said=True)[::-1], sentences=10, seed=3)
    assert drawn == silent
    assert nothing == []
    aspirin = [line.doc_id for line in drawn if line.head_text == "aspirin"]
    assert 0 < len(aspirin) < 10, "both pairs are drawn"
    assert [said.doc_id for said in extracted] == aspirin
    assert len({line.doc_id for line in drawn}) == 10
    other, _ = sample_denied(rows(said=True), sentences=10, seed=4)
    assert {line.doc_id for line in other} != {line.doc_id for line in drawn}
    seen = {line.doc_id for line in drawn[:6]}
    fresh, _ = sample_denied(rows(said=True), sentences=10, seed=3, without=seen)
    assert seen.isdisjoint(line.doc_id for line in fresh)
    assert fresh


def test_the_very_mentions_are_marked_and_looked_up() -> None:
    """COX stands twice; what is said of the first COX is not taken for the second."""
    text = "COX is old. In rats aspirin\ndid not bind COX or TNF."
    mentions = [
        mention(text, "COX", GENE), mention(text, "aspirin", CHEMICAL), mention(text, "COX", GENE, nth=1),
    ]  # fmt: skip
    stated = [
        relation(1, 0, "INHIBITS"),
        relation(1, 2, "BINDS", assertion="negated", score=0.71234),
        relation(2, 1, "REGULATES", assertion="speculated", assertion_score=None),
    ]
    (line,), extracted = sample_denied(
        [document("PMID:1", text, mentions=mentions, relations=stated)], sentences=5, seed=1
    )
    assert line.sentence == "In rats ⟦aspirin⟧ did not bind ⟦COX⟧ or TNF."
    assert (line.head_text, line.head_type, line.tail_text, line.tail_type) == ("aspirin", CHEMICAL, "COX", GENE)
    assert [(e.head_text, e.predicate, e.tail_text, e.assertion, e.score, e.assertion_score) for e in extracted] == [
        ("aspirin", "BINDS", "COX", "negated", 0.712, 0.9),
        ("COX", "REGULATES", "aspirin", "speculated", 0.8, None),
    ]
    again = [document("PMID:1", text, mentions=mentions[::-1], relations=[relation(1, 0, "ACTIVATES")])]
    (said,) = reread_denied(again, [asdict(line)])
    assert (said.head_text, said.predicate, said.tail_text) == ("aspirin", "ACTIVATES", "COX")
    lost = [document("PMID:1", text, mentions=mentions[:1], relations=[])]
    assert reread_denied(lost, [asdict(line)]) == [], "a mention that the later run misses counts as nothing said"
    with pytest.raises(ValueError, match="PMID:1: its text doesn't hold"):
        reread_denied([document("PMID:1", "Another text.", mentions=[], relations=[])], [asdict(line)])
    with pytest.raises(ValueError, match="hasn't read PMID:1"):
        reread_denied([], [asdict(line)])


def test_a_later_run_replaces_what_was_said_and_keeps_the_judgements(tmp_path: Path) -> None:
    judged = tmp_path / "denied.tsv"
    write_denied(*sample_denied(rows(said=True), sentences=20, seed=3), judged)
    before, asked = judged.read_bytes(), extracted_path(judged).read_text().count("negated")
    shard = tmp_path / "run" / "shards" / "a"
    (shard / "rows").mkdir(parents=True)
    pq.write_table(table(*rows(said=False)), shard / "rows" / "a.parquet")
    (shard / "_DONE").touch()
    done = CliRunner().invoke(sample_main, [str(tmp_path / "run"), "--again", "--out", str(judged)])
    assert done.exit_code == 0, done.output
    assert (asked > 0, extracted_path(judged).read_text().count("negated")) == (True, 0)
    assert judged.read_bytes() == before


def test_the_judge_does_not_see_what_was_extracted_and_nothing_is_written_over(tmp_path: Path) -> None:
    drawn, extracted = sample_denied(rows(said=True), sentences=4, seed=3)
    out = tmp_path / "judgements" / "v-denied.tsv"
    write_denied(drawn, extracted, out)
    shown = out.read_text(encoding="utf-8")
    assert "negated" not in shown
    assert "INHIBITS" not in shown
    assert extracted_path(out).name == "v-denied.extracted.tsv"
    assert extracted_path(out).read_text(encoding="utf-8").count("INHIBITS\tCOX\tnegated") == len(extracted) > 0
    with pytest.raises(FileExistsError):
        write_denied(drawn, extracted, out)


# ------------------------------------------------------------------------------------------ the judgements


def judged(doc: int, denied: str, predicate: str = "") -> dict[str, str]:
    ends = {"head_text": "aspirin", "head_type": CHEMICAL, "tail_text": "COX", "tail_type": GENE}
    return {"doc_id": f"PMID:{doc}", **ends, "sentence": "s", "denied": denied, "predicate": predicate, "note": ""}


def said(doc: int, predicate: str, assertion: str) -> dict[str, str]:
    return {"doc_id": f"PMID:{doc}", "predicate": predicate, "assertion": assertion}


JUDGED = [
    judged(1, "yes", "INHIBITS"), judged(2, "no"), judged(3, "yes", "BINDS"), judged(4, "yes", "INHIBITS"),
    judged(5, "yes", "INHIBITS"), judged(6, "yes", "BINDS"), judged(7, ""),
]  # fmt: skip
SAID = [
    said(1, "INHIBITS", "negated"),
    said(2, "INHIBITS", "negated"),  # denies nothing: is told apart
    said(3, "REGULATES", "negated"), said(3, "BINDS", "affirmed"),
    said(4, "INHIBITS", "affirmed"), said(4, "BINDS", "speculated"),
    said(6, "BINDS", "affirmed"),
]  # fmt: skip


def write(path: Path, lines: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(lines[0]), delimiter="\t")
        writer.writeheader()
        writer.writerows(lines)
    return path


def test_denied_relations_are_counted(tmp_path: Path) -> None:
    lines = read_judged([write(tmp_path / "a.tsv", JUDGED)], sentences=5)
    assert score_denied(lines, SAID) == {
        "sentences": 5,
        "right": 2,
        "share": 0.4,
        "interval_95": [0.118, 0.769],
        "right_predicate": 1,
        "extracted_as": {"negated": 2, "speculated": 1, "nothing": 1, "affirmed": 1},
        "by_predicate": {"INHIBITS": "1/3", "BINDS": "1/2"},
        "by_types": {"Chemical-Gene": "2/5"},
        "others": 1,
        "others_negated": 1,
    }


def test_only_the_first_denials_count_and_lines_after_them_may_stay_empty(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tsv", JUDGED)
    assert [line["doc_id"] for line in read_judged([path], sentences=2)] == ["PMID:1", "PMID:2", "PMID:3"]
    with pytest.raises(JudgementError, match=r"a\.tsv, line 8: denied is ''"):
        read_judged([path], sentences=6)
    more = write(tmp_path / "b.tsv", [judged(8, "no"), judged(9, "yes", "BINDS"), judged(10, "")])
    both = read_judged([write(tmp_path / "c.tsv", JUDGED[:3]), more], sentences=3)
    assert [line["doc_id"] for line in both] == ["PMID:1", "PMID:2", "PMID:3", "PMID:8", "PMID:9"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (judged(1, "maybe"), "denied is 'maybe'"),
        (judged(1, "yes"), "predicate '' is none of INHIBITS, "),
        (judged(1, "yes", "TREATS"), "predicate 'TREATS' is none of"),  # no predicate of these types
        (judged(1, "no", "INHIBITS"), "'INHIBITS' of a relation that is not denied"),
    ],
)
def test_a_judgement_that_makes_no_sense_is_refused(tmp_path: Path, line: dict[str, str], reason: str) -> None:
    with pytest.raises(JudgementError, match=f"line 2: .*{reason}"):
        read_judged([write(tmp_path / "a.tsv", [line])], sentences=1)


@pytest.mark.parametrize(("floor", "exit_code"), [("0.4", 0), ("0.41", 1)])
def test_the_command_prints_the_count_and_fails_below_its_floor(tmp_path: Path, floor: str, exit_code: int) -> None:
    path = write(tmp_path / "a.tsv", JUDGED)
    write(extracted_path(path), SAID)
    result = CliRunner().invoke(main, [str(path), "--sentences", "5", "--floor", floor])
    assert result.exit_code == exit_code, result.output
    assert json.loads(result.stdout)["right"] == 2


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tsv", JUDGED)
    result = CliRunner().invoke(main, [str(path), "--sentences", "5"])
    assert (result.exit_code, "a.extracted.tsv" in result.output) == (1, True)
    result = CliRunner().invoke(main, [str(write(tmp_path / "b.tsv", [judged(1, "no")]))])
    assert (result.exit_code, "no sentence denies a relation" in result.output) == (1, True)


def test_only_finished_shards_and_newest_rows_are_read(tmp_path: Path) -> None:
    failed = {"errors": [{"stage": "read", "kind": "bad_xml", "message": "m"}]}
    shards = {
        "0": [document("PMID:1", "One."), document("PMID:2", "Two."), document("PMID:4", "Four.")],
        "1": [document("PMID:2", revision=2, deleted=True), document("PMID:4", "4.", revision=2)],
        "2": [document("PMID:1", "1.", revision=3)],
        "3": [document("PMID:4", revision=3, **failed), document("PMID:5", **failed)],
    }
    for shard, lines in shards.items():
        folder = tmp_path / "shards" / shard
        (folder / "rows").mkdir(parents=True)
        pq.write_table(table(*lines), folder / "rows" / "a.parquet")
        if shard != "2":
            (folder / "_DONE").touch()
    assert [(r["doc_id"], r["text"]) for r in read_live_rows(tmp_path).to_pylist()] == [
        ("PMID:1", "One."),
        ("PMID:4", "4."),
    ]
