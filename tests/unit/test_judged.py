"""Judged pairs: what their table may say, what they teach, and a relation head that is trained alone."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from shutil import copytree

import numpy as np
import pyarrow as pa
import pytest
import torch
from click.testing import CliRunner, Result
from safetensors.torch import load_file

from engine.model.config import ExtractorConfig
from engine.model.predict import Document
from engine.output import write_rows
from engine.schema import CHEMICAL, DISEASE, DOCUMENT_ROW, GENE, Span
from engine.train.annotated import Annotated, CorpusError, GoldMention
from engine.train.card import _describe_runs
from engine.train.examples import UNLABELLED, build_example
from engine.train.judged import COLUMNS, label_judged, read_judged
from engine.train.measure.thresholds import PairScores, choose_thresholds
from engine.train.plan import add_judged, read_judged_documents
from engine.train.readings import open_predictor
from engine.train.relation_head import train_relation_head
from engine.train.second import train_second
from engine.train.settings import HeadSettings, SecondSettings
from jobs.cli import main
from tests.tiny_model import HEADS, save_tiny_model, tiny_reader
from tests.unit.tiny_gold import write_tiny_gold

CONFIG = ExtractorConfig(mention_heads=HEADS, max_tokens=64, overlap_tokens=16)
TEXT = "Zinc did not help asthma, unlike aspirin."
ROW = ("PMID:7", "0", "4", CHEMICAL, "18", "24", DISEASE)


def table(folder: Path, *rows: tuple[str, ...]) -> Path:
    path = folder / "pairs.tsv"
    path.write_text("\n".join("\t".join(row) for row in (COLUMNS, *rows)) + "\n", encoding="utf-8")
    return path


def found() -> Annotated:
    mentions = (
        GoldMention(0, 4, CHEMICAL),
        GoldMention(18, 24, DISEASE),
        GoldMention(33, 40, CHEMICAL),
    )
    return Annotated("PMID:7", "run", TEXT, mentions, sentences=(Span(0, len(TEXT)),))


def test_a_judged_pair_alone_teaches_and_near_a_denial_too(tmp_path: Path) -> None:
    aspirin = ("PMID:7", "33", "40", CHEMICAL, "18", "24", DISEASE)
    absent = ("PMID:7", "1", "3", CHEMICAL, "18", "24", DISEASE)
    judged = read_judged(
        table(tmp_path, (*ROW, "TREATS", "negated"), (*aspirin, "NONE", ""), (*absent, "TREATS", "affirmed"))
    )
    (document,) = label_judged([found(), Annotated("PMID:8", "run", TEXT)], judged)
    assert [(r.head, r.tail, r.predicate) for r in document.relations] == [(0, 1, "TREATS")]
    (words,) = tiny_reader().read([TEXT])
    built = build_example(document, words, CONFIG)
    treats = CONFIG.labels.index((CHEMICAL, DISEASE, "TREATS"))
    of_pair = {(p.head, p.tail): row for p, row in zip(built.pairs, built.labels, strict=True)}
    assert of_pair[0, 1][treats] == 1
    assert of_pair[2, 1][treats] == 0, "that nothing is stated was judged, whatever is denied beside it"
    assert (of_pair[0, 1] != UNLABELLED).sum() == sum(label[:2] == (CHEMICAL, DISEASE) for label in CONFIG.labels)
    assert (built.tags == UNLABELLED).all()


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ((*ROW, "INHIBITS", "affirmed"), "line 2: Chemical INHIBITS Disease is no statement of ours"),
        ((*ROW[:1], "first", *ROW[2:], "NONE", ""), "line 2: invalid literal"),
        (ROW, "line 2: "),
        (
            ("PMID:7", "0", "4", "Drug", "18", "24", DISEASE, "NONE", ""),
            "line 2: Drug NONE Disease is no statement of ours",
        ),
        ((*ROW, "TREATS", "affrimed"), "line 2: assertion 'affrimed'"),
        ((*ROW, "TREATS", ""), "line 2: assertion ''"),
    ],
)
def test_a_table_that_cannot_be_meant_says_where(tmp_path: Path, row: tuple[str, ...], said: str) -> None:
    with pytest.raises(CorpusError, match=said):
        read_judged(table(tmp_path, row))


def test_a_pair_is_judged_once(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="line 3: the pair was judged before"):
        read_judged(table(tmp_path, (*ROW, "TREATS", "affirmed"), (*ROW, "NONE", "")))
    (tmp_path / "pairs.tsv").write_bytes(b"\xff")
    with pytest.raises(CorpusError, match="is not UTF-8"):
        read_judged(tmp_path / "pairs.tsv")


def test_a_table_of_other_abstracts_is_refused(tmp_path: Path) -> None:
    judged = read_judged(table(tmp_path, ("PMID:9", *ROW[1:], "TREATS", "affirmed")))
    with pytest.raises(CorpusError, match="found none of the judged pairs"):
        list(label_judged([found()], judged))


def test_what_is_the_same_both_ways_is_asked_both_ways(tmp_path: Path) -> None:
    """Of two mirrored pairs the first one speaks for a symmetric predicate, though the second was judged."""
    document = Annotated(
        "PMID:7", "run", "RET binds AKT.", (GoldMention(0, 3, GENE), GoldMention(10, 13, GENE)),
        sentences=(Span(0, 14),),
    )  # fmt: skip
    row = ("PMID:7", "10", "13", GENE, "0", "3", GENE, "BINDS", "affirmed")
    (judged,) = label_judged([document], read_judged(table(tmp_path, row)))
    (words,) = tiny_reader().read([document.text])
    built = build_example(judged, words, CONFIG)
    of_pair = {(p.head, p.tail): row for p, row in zip(built.pairs, built.labels, strict=True)}
    binds, raises = (CONFIG.labels.index((GENE, GENE, name)) for name in ("BINDS", "UPREGULATES"))
    assert (of_pair[0, 1][binds], of_pair[1, 0][binds]) == (1, 1)
    assert (of_pair[0, 1][raises], of_pair[1, 0][raises]) == (UNLABELLED, 0)


def test_a_table_has_its_columns(tmp_path: Path) -> None:
    (tmp_path / "pairs.tsv").write_text("doc_id\tlabel\n", encoding="utf-8")
    with pytest.raises(CorpusError, match=r"pairs\.tsv has no column head_start, head_end"):
        read_judged(tmp_path / "pairs.tsv")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny extractor with a second reading, `both`, tiny corpora, a run of forty documents, and its judged pairs."""
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("judged")
    save_tiny_model(folder / "first", seed=3)
    write_tiny_gold(folder / "data")
    settings = SecondSettings(passes={"bc5cdr": 1.0}, rank=2, micro_batch_tokens=400, evaluations=1, carve_share=0.2)
    train_second(folder / "first", folder / "both", data=folder / "data", settings=settings)
    text = "Zinc helps asthma."
    mentions = [
        {"start": start, "end": end, "type": type} for start, end, type in ((0, 4, CHEMICAL), (11, 17, DISEASE))
    ]
    common = {"text": text, "sentences": [{"start": 0, "end": 18}], "mentions": mentions, "errors": []}
    read = [{"doc_id": f"PMID:{n}", "source_file": "a", "record": n, **common} for n in range(1000, 1040)]
    write_rows(pa.Table.from_pylist(read, schema=DOCUMENT_ROW), folder / "run" / "shards" / "00000" / "rows")
    (folder / "run" / "run.json").write_text(json.dumps({"run_id": "r1", "status": "finished"}))
    rows = [(f"PMID:{n}", "0", "4", CHEMICAL, "11", "17", DISEASE, "TREATS", "affirmed") for n in range(1000, 1040)]
    table(folder, *rows)
    return folder


NO_OTHERS = [part for name in ("biored", "drugprot", "genia", "patterns") for part in ("--passes", f"{name}=0")]


def finetune(folder: Path, out: Path, *options: object) -> Result:
    given = ["--data", folder / "data", "--run", folder / "run", "--judged", folder / "pairs.tsv", "--threads", 1]
    return CliRunner().invoke(main, ["finetune", *map(str, (*options, out, *given)), *NO_OTHERS])


def test_the_relation_head_alone_is_trained(folder: Path, tmp_path: Path) -> None:
    result = finetune(
        folder,
        tmp_path / "out",
        "--relations",
        folder / "both",
        "--head-rate",
        0.01,
        "--passes",
        "judged=60",
        "--start-share",
        0,
    )
    assert result.exit_code == 0, result.output
    before, after = (load_file(path / "model.safetensors") for path in (folder / "both", tmp_path / "out"))
    changed = {name.split(".")[0] for name in before if not torch.equal(before[name], after[name])}
    assert before.keys() == after.keys()
    assert changed == {"pair_reader"}
    config = ExtractorConfig.load(tmp_path / "out")
    assert config.second_rank == 2
    assert config.second_from == ExtractorConfig.load(folder / "both").second_from
    assert max(config.thresholds) <= 1, "what it was taught before it still knows"
    assert len(json.loads((tmp_path / "out" / "training.json").read_text())["judged"]) == 64
    text, mentions = "Zinc helps asthma.", [(Span(0, 4), CHEMICAL), (Span(11, 17), DISEASE)]
    treats = config.labels.index((CHEMICAL, DISEASE, "TREATS"))
    scores = []
    for path in (folder / "both", tmp_path / "out"):
        predictor, _ = open_predictor(path, threads=1)
        (read,) = predictor.predict([Document(text, [Span(0, 18)], mentions)])
        scores.append(float(read.scores[0, treats]))
    assert scores[1] > scores[0] + 0.1


def test_the_head_before_is_mixed_in(folder: Path, tmp_path: Path) -> None:
    settings = HeadSettings(
        passes={"bc5cdr": 1.0, "judged": 4.0}, micro_batch_tokens=200, carve_share=0.2, evaluations=1
    )
    common = {"data": folder / "data", "runs": [folder / "run"], "judged": folder / "pairs.tsv"}
    for share in (0.0, 0.25):
        out = tmp_path / str(share)
        train_relation_head(folder / "both", out, settings=replace(settings, start_share=share), **common)
    names = [folder / "both", tmp_path / "0.0", tmp_path / "0.25"]
    before, trained, mixed = (load_file(path / "model.safetensors") for path in names)
    for name, value in before.items():
        expected = value.float() * 0.25 + trained[name].float() * 0.75
        assert torch.allclose(mixed[name].float(), expected, atol=0.01), name
    assert any(not torch.equal(trained[name], mixed[name]) for name in trained)
    card = _describe_runs(ExtractorConfig.load(tmp_path / "0.25").trained)
    assert "the relation head alone was trained on" in card
    assert "`start_share` 0.25" in card


def test_a_cut_training_of_the_head_goes_on_to_the_same_weights(folder: Path, tmp_path: Path) -> None:
    settings = HeadSettings(
        passes={"bc5cdr": 1.0, "judged": 2.0}, micro_batch_tokens=200, checkpoint_every_steps=2, carve_share=0.2
    )
    common = {"data": folder / "data", "runs": [folder / "run"], "judged": folder / "pairs.tsv", "settings": settings}
    report = train_relation_head(folder / "both", tmp_path / "whole", **common)
    for cut in (3, None):
        train_relation_head(folder / "both", tmp_path / "cut", max_steps=cut, **common)
    whole, cut_ = (load_file(tmp_path / name / "model.safetensors") for name in ("whole", "cut"))
    assert all(torch.equal(whole[name], cut_[name]) for name in whole)
    assert [sorted(row) for row in report["history"]] == [["balanced", "precise", "step"]] * 2
    with pytest.raises(ValueError, match="other settings"):
        train_relation_head(folder / "both", tmp_path / "cut", **{**common, "settings": replace(settings, seed=5)})


def test_what_is_carved_out_of_the_judged_is_learned_from_nowhere(folder: Path) -> None:
    learned, carved = read_judged_documents(folder / "pairs.tsv", [folder / "run"], folder / "data")
    assert 0 < len(carved) < len(learned)
    patterned = [replace(document, corpus="patterns") for document in learned + carved]
    kept, apart = add_judged(patterned, folder / "pairs.tsv", [folder / "run"], folder / "data")
    assert {d.doc_id for d in kept}.isdisjoint(d.doc_id for d in apart)
    assert len(kept) == 2 * len(learned)
    assert add_judged(patterned, None, [], folder / "data") == (patterned, [])


def test_thresholds_are_chosen_anew_with_judged_pairs(folder: Path, tmp_path: Path) -> None:
    copytree(folder / "both", tmp_path / "model")
    asked = [
        "models",
        "rethreshold",
        str(tmp_path / "model"),
        "--data",
        str(folder / "data"),
        "--run",
        str(folder / "run"),
    ]
    alone = CliRunner().invoke(main, asked)
    assert alone.exit_code == 2
    assert "give both or neither" in alone.output
    result = CliRunner().invoke(main, [*asked, "--judged", str(folder / "pairs.tsv")])
    assert result.exit_code == 0, result.output


def test_only_an_extractor_has_a_relation_head_to_train(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "is no Hypograph extractor" in finetune(folder, tmp_path / "out", "--relations", tmp_path / "empty").output


def test_pairs_are_of_the_documents_of_a_run(folder: Path, tmp_path: Path) -> None:
    asked = ["--relations", folder / "both", tmp_path / "out", "--data", folder / "data", "--judged"]
    result = CliRunner().invoke(main, ["finetune", *map(str, (*asked, folder / "pairs.tsv")), *NO_OTHERS])
    assert result.exit_code == 1
    assert "judges pairs in documents of runs, and none is given" in result.output


def test_a_second_reading_goes_on_from_where_it_was(folder: Path, tmp_path: Path) -> None:
    still = ["--rank", 2, "--change-rate", 0.0, "--head-rate", 0.0]
    result = finetune(folder, tmp_path / "out", "--second", folder / "both", *still)
    assert result.exit_code == 0, result.output
    before, after = (load_file(path / "model.safetensors") for path in (folder / "both", tmp_path / "out"))
    assert all(torch.allclose(before[name], after[name]) for name in before), "at a rate of 0 it is what it was"


def test_thresholds_are_chosen_on_judged_pairs_where_there_are_enough() -> None:
    """Gold says 0.4 of what is right in abstracts from 0.8 on."""
    harm, help_ = (CONFIG.labels.index((CHEMICAL, DISEASE, name)) for name in ("INDUCES", "TREATS"))

    def scored(column: int, right_from: float) -> PairScores:
        scores = np.zeros((200, len(CONFIG.labels)), dtype=np.float32)
        labels = np.full(scores.shape, UNLABELLED, dtype=np.int8)
        scores[:, column] = np.linspace(0, 1, 200)
        labels[:, column] = scores[:, column] >= right_from
        return PairScores(scores, labels)

    gold = scored(harm, 0.4)
    assert choose_thresholds(gold, CONFIG)[harm] == 0.8, "the floor where nothing was judged"
    assert 0.55 <= choose_thresholds(gold, CONFIG, judged=scored(harm, 0.6))[harm] <= 0.65
    other = choose_thresholds(gold, CONFIG, judged=scored(help_, 0.7))
    assert 0.65 <= other[help_] <= 0.75
    assert other[harm] == other[help_], "what gold says is raised to what is best for all of these types"
