"""The judge's sample: reproducible, without denied or unlinked evidence, and never written over judgements."""

import csv
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bench.run_folder import read_live_evidence, read_table
from bench.sample_edges import SampledEdge, sample_edges, write_edges
from bench.score_judgements import JudgementError, read_judgements, score_judgements, wilson_interval
from engine.schema import DOCUMENT, EVIDENCE, Span, evidence_id, triple_id

DRUG, GENES = "mesh:D000068877", [f"hgnc:{n}" for n in range(30)]


def _evidence(gene: str, *, assertion: str = "affirmed", score: float = 0.8, doc: str = "PMID:1") -> dict[str, Any]:
    identity = triple_id(DRUG, "INHIBITS", gene)
    spans = Span(0, 8), Span(20, 20 + len(gene))
    return {
        "evidence_id": evidence_id(
            doc_id=doc, revision=1, predicate="INHIBITS", head=spans[0], tail=spans[1], triple=identity,
            extractor="encoder", model_revision="m",
        ),
        "triple_id": identity, "doc_id": doc, "revision": 1, "sentence": f"Imatinib inhibited\n{gene}.",
        "head_text": "Imatinib", "tail_text": gene, "assertion": assertion, "score": score,
    }  # fmt: skip


TRIPLES = [
    {"triple_id": triple_id(DRUG, "INHIBITS", g), "subject": DRUG, "predicate": "INHIBITS", "object": g} for g in GENES
]
ENTITIES = [{"concept_id": DRUG, "type": "Drug", "name": "imatinib"}] + [
    {"concept_id": g, "type": "Gene", "name": g.upper()} for g in GENES
]


def test_a_seed_gives_the_same_edges_whatever_the_order_of_rows() -> None:
    evidence = [_evidence(gene) for gene in GENES]
    first = sample_edges(TRIPLES, evidence, ENTITIES, edges=10, seed=3)
    again = sample_edges(TRIPLES[::-1], evidence[::-1], ENTITIES[::-1], edges=10, seed=3)
    other = sample_edges(TRIPLES, evidence, ENTITIES, edges=10, seed=4)
    assert first == again
    assert {e.triple_id for e in first} != {e.triple_id for e in other}
    assert len({e.triple_id for e in first}) == 10


def test_denied_and_unlinked_evidence_is_no_edge() -> None:
    evidence = [
        _evidence(GENES[0]),
        _evidence(GENES[1], assertion="negated"),
        {**_evidence(GENES[2]), "triple_id": None},
    ]
    drawn = sample_edges(TRIPLES, evidence, ENTITIES, edges=10, seed=1)
    assert [edge.object for edge in drawn] == [GENES[0]]


def test_documents_that_were_read_before_are_not_drawn_from() -> None:
    evidence = [_evidence(GENES[0]), _evidence(GENES[1]), _evidence(GENES[1], score=0.5, doc="PMID:2")]
    (edge,) = sample_edges(TRIPLES, evidence, ENTITIES, edges=10, seed=1, without_documents={"PMID:1"})
    assert (edge.object, edge.score, edge.n_evidence) == (GENES[1], 0.5, 1)


def test_the_strongest_sentence_is_shown_on_one_line() -> None:
    evidence = [_evidence(GENES[0], score=0.6), _evidence(GENES[0], score=0.9, doc="PMID:2")]
    (edge,) = sample_edges(TRIPLES, evidence, ENTITIES, edges=1, seed=1)
    assert (edge.pmid, edge.n_evidence, edge.sentence) == ("PMID:2", 2, "Imatinib inhibited hgnc:0.")
    assert (edge.subject_name, edge.subject_type, edge.object_type) == ("imatinib", "Drug", "Gene")


def test_judgements_are_never_written_over(tmp_path: Path) -> None:
    edges = sample_edges(TRIPLES, [_evidence(gene) for gene in GENES], ENTITIES, edges=3, seed=1)
    write_edges(edges, tmp_path / "a.tsv")
    with pytest.raises(FileExistsError):
        write_edges(edges, tmp_path / "a.tsv")
    with pytest.raises(JudgementError, match="line 2: verdict ''"):
        read_judgements(tmp_path / "a.tsv")


def _judge(path: Path, edges: list[SampledEdge], verdicts: list[tuple[str, str]]) -> None:
    write_edges(edges, path)
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines(), delimiter="\t"))
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, list(rows[0]), delimiter="\t")
        writer.writeheader()
        for row, (verdict, error) in zip(rows, verdicts, strict=True):
            writer.writerow({**row, "verdict": verdict, "error": error})


def test_judgements_are_counted(tmp_path: Path) -> None:
    edges = sample_edges(TRIPLES, [_evidence(gene) for gene in GENES], ENTITIES, edges=4, seed=1)
    _judge(tmp_path / "a.tsv", edges, [("right", ""), ("wrong", "head_id"), ("right", ""), ("right", "")])
    summary = score_judgements(read_judgements(tmp_path / "a.tsv"))
    assert (summary["edges"], summary["right"], summary["share"]) == (4, 3, 0.75)
    assert summary["errors"] == {"head_id": 1}
    assert summary["by_predicate"] == {"INHIBITS": "3/4"}


@pytest.mark.parametrize("verdict", [("wrong", ""), ("right", "head_id"), ("wrong", "bad luck"), ("maybe", "")])
def test_a_judgement_that_makes_no_sense_is_refused(tmp_path: Path, verdict: tuple[str, str]) -> None:
    edges = sample_edges(TRIPLES, [_evidence(GENES[0])], ENTITIES, edges=1, seed=1)
    _judge(tmp_path / "a.tsv", edges, [verdict])
    with pytest.raises(JudgementError, match="line 2"):
        read_judgements(tmp_path / "a.tsv")


def test_wilson_interval_matches_published_values() -> None:
    # R. G. Newcombe, Stat. Med. 17 (1998) 857-872, table I, method 3: 81/263 and 0/20.
    assert wilson_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson_interval(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    with pytest.raises(ValueError, match="at least one"):
        wilson_interval(0, 0)


def test_only_finished_shards_and_newest_revisions_count(tmp_path: Path) -> None:
    documents = {
        "0": [("PMID:1", 1, False), ("PMID:2", 1, False)],
        "1": [("PMID:2", 2, True)],
        "2": [("PMID:3", 1, False)],
    }
    for shard, rows in documents.items():
        folder = tmp_path / "shards" / shard
        folder.mkdir(parents=True)
        table = [dict(zip(("doc_id", "revision", "deleted"), row, strict=True)) for row in rows]
        pq.write_table(pa.Table.from_pylist(table, schema=DOCUMENT), folder / "document.parquet")
        evidence = [_evidence(GENES[0], doc=row[0]) | {"revision": row[1]} for row in rows if not row[2]]
        pq.write_table(pa.Table.from_pylist(evidence, schema=EVIDENCE), folder / "evidence.parquet")
        if shard != "2":
            (folder / "_DONE").touch()
    assert read_table(tmp_path, "document").num_rows == 3
    assert read_live_evidence(tmp_path)["doc_id"].to_pylist() == ["PMID:1"]
    with pytest.raises(FileNotFoundError, match="no finished shard"):
        read_table(tmp_path / "shards", "document")
