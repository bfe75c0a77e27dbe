"""A task of a user's own: its file, its labels in three formats, and what they make of heads and examples."""

from __future__ import annotations

import gzip
import json
import tarfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.assertion import NEGATION_SCOPE, SPECULATION_SCOPE
from engine.model.config import ExtractorConfig
from engine.schema import CHEMICAL, DISEASE, GENE, PREDICATES, TYPE_PAIRS, Span
from engine.train.annotated import CorpusError, GoldLabel, GoldMention, GoldRelation
from engine.train.corpora.brat import read_brat
from engine.train.corpora.jsonl import read_labelled_jsonl
from engine.train.corpora.pubtator import read_pubtator
from engine.train.examples import UNLABELLED, build_examples
from engine.train.plan import is_carved
from engine.train.task import TaskError, open_task, read_evaluation, read_training, shape_extractor
from jobs.settings import SHIPPED_MODEL
from tests.tiny_model import HEADS, save_tiny_model, tiny_reader

TASK = """
name = "kills"
carve_share = 0.4
[[train]]
format = "jsonl"
files = ["train.jsonl"]
[[evaluate]]
format = "jsonl"
files = ["evaluate.jsonl"]
[[entity]]
type = "Chemical"
from = ["Drug"]
[[entity]]
type = "Cell"
[[relation]]
label = "KILLS"
head = ["Chemical"]
tail = ["Cell"]
[[relation]]
label = "TOUCHES"
head = ["Cell"]
tail = ["Cell"]
symmetric = true
[[class]]
level = "sentence"
labels = ["finding", "plan"]
[[class]]
level = "document"
labels = ["in vivo", "in vitro"]
"""


def write(folder: Path, content: str = TASK, name: str = "task.toml") -> Path:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return path


def record(number: int) -> dict[str, Any]:
    """Two sentences, whose words tell their classes and the document's."""
    verb, plan, kind = ("kills", "try rats", "in vitro") if number % 2 else ("slays", "see how it is", "in vivo")
    first = f"aspirin {verb} hela {number} . "
    text = f"{first}we will {plan} {number} ."
    hela = {"start": text.index("hela"), "end": text.index("hela") + 4, "type": "Cell"}
    return {
        "id": f"d{number}",
        "text": text,
        "label": kind,
        "mentions": [{"start": 0, "end": 7, "type": "Drug", "text": "aspirin"}, hela],
        "relations": [{"head": 0, "tail": 1, "label": "KILLS"}],
        "sentences": [
            {"start": 0, "end": len(first) - 1, "label": "finding"},
            {"start": len(first), "end": len(text), "label": "plan"},
        ],
    }


def lines(*records: dict[str, object]) -> str:
    return "".join(json.dumps(r) + "\n" for r in records)


TOUCHING = {
    "id": "touching",
    "text": "hela meets jurkat",
    "mentions": [{"start": 0, "end": 4, "type": "Cell"}, {"start": 11, "end": 17, "type": "Cell"}],
    "relations": [{"head": 1, "tail": 0, "label": "TOUCHES"}],
}


@pytest.fixture
def task_file(tmp_path: Path) -> Path:
    write(tmp_path, lines(TOUCHING, *map(record, range(40))), "train.jsonl")
    write(tmp_path, lines(*map(record, range(60, 68))), "evaluate.jsonl")
    return write(tmp_path)


# ------------------------------------------------------------------------------------------- the file


def test_a_task_file_says_what_is_learned_and_where_it_lies(task_file: Path) -> None:
    task = open_task(task_file)
    assert (task.name, task.carve_share, task.folder) == ("kills", 0.4, task_file.parent)
    assert task.scheme.types == {"Drug": CHEMICAL, "Cell": "Cell"}
    assert task.scheme.predicates == {(CHEMICAL, "Cell"): {"KILLS"}, ("Cell", "Cell"): {"TOUCHES"}}
    assert task.scheme.symmetric == ("TOUCHES",)
    assert task.scheme.classes == {"sentence": ("finding", "plan"), "document": ("in vivo", "in vitro")}
    assert len(read_training(task)) == 41


CLASS_ONLY = (
    'name = "t"\n[[train]]\nformat = "jsonl"\nfiles = ["x"]\n[[class]]\nlevel = "document"\nlabels = ["a", "b"]\n'
)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('name = "kills"', "", "name: Field required"),
        ('name = "kills"', 'name = "bc5cdr"', "name: 'bc5cdr' is taken by a corpus"),
        ('name = "kills"', 'name = "teacher"', "name: 'teacher' is taken by a corpus"),
        ('name = "kills"', 'name = "kills"\nrate = 1', "rate: Extra inputs are not permitted"),
        ('format = "jsonl"', 'format = "csv"', "train.0.format: Input should be 'jsonl', 'brat' or"),
        ("carve_share = 0.4", "carve_share = 4", "carve_share: Input should be less than 1"),
        ('type = "Cell"', 'type = "Chemical"', "entity.type: Chemical is there more than once"),
        ('type = "Cell"', 'type = "Cell"\nfrom = ["Drug"]', "entity.from: Drug is there more than once"),
        ('type = "Cell"', 'type = "NegationScope"', "entity.type: NegationScope is a scope"),
        ('tail = ["Cell"]\n[[relation]]', 'tail = ["Tissue"]\n[[relation]]', "KILLS: Tissue is no [[entity]]"),
        ('label = "KILLS"', 'label = "TREATS"', "TREATS joins Chemical and Disease, not Chemical and Cell"),
        ('labels = ["finding", "plan"]', 'labels = ["finding"]', "class.0.labels: List should have at least 2"),
        ('level = "document"', 'level = "sentence"', "class.level: sentence is there more than once"),
        ('label = "KILLS"', 'label = "KILLS', "Illegal character"),
    ],
)  # fmt: skip
def test_a_task_file_that_cannot_be_meant_names_itself_the_key_and_the_reason(
    tmp_path: Path, old: str, new: str, reason: str
) -> None:
    path = write(tmp_path, TASK.replace(old, new, 1))
    with pytest.raises(TaskError) as fault:
        open_task(path)
    assert str(fault.value).startswith(f"{path}: ")
    assert reason in str(fault.value)


def test_a_predicate_of_ours_keeps_its_symmetry(tmp_path: Path) -> None:
    two_genes = (
        CLASS_ONLY + '[[entity]]\ntype = "Gene"\n[[relation]]\nlabel = "BINDS"\nhead = ["Gene"]\ntail = ["Gene"]\n'
    )
    assert open_task(write(tmp_path, two_genes)).scheme.symmetric == ("BINDS",)
    with pytest.raises(TaskError, match="relation BINDS: symmetric is True of this predicate"):
        open_task(write(tmp_path, two_genes + "symmetric = false\n"))


def test_labels_that_no_document_has_are_named(task_file: Path) -> None:
    task = open_task(write(task_file.parent, TASK.replace('type = "Cell"', 'type = "Cell"\nfrom = ["Cells"]')))
    with pytest.raises(
        CorpusError, match=r"of 41 documents none has Cell, KILLS, TOUCHES; found: Chemical, document in"
    ):
        read_training(task)
    absent = open_task(write(task_file.parent, TASK.replace("train.jsonl", "absent.jsonl")))
    with pytest.raises(CorpusError, match=r"kills: .*absent\.jsonl can't be read"):
        read_training(absent)


def test_fewer_documents_are_the_same_ones_each_time(task_file: Path) -> None:
    some = TASK.replace('files = ["train.jsonl"]', 'files = ["train.jsonl"]\ndocuments = 20')
    some = some[: some.index("[[relation]]")] + some[some.index("[[class]]") :]  # the one that touches may not be drawn
    found = [d.doc_id for d in read_training(open_task(write(task_file.parent, some)))]
    assert len(found) == 20
    assert found == [d.doc_id for d in read_training(open_task(task_file.parent / "task.toml"))]
    carved = sum(is_carved(doc_id, 0.4) for doc_id in found)
    assert 2 < carved < 18, "which documents are read doesn't depend on which are carved out"


def test_the_task_of_the_documentation_reads_its_corpus(data_dir: Path, tmp_path: Path) -> None:
    guide = (Path(__file__).parents[2] / "docs" / "how-to.md").read_text(encoding="utf-8")
    task = open_task(
        write(tmp_path, guide.partition("## Teach labels of your own")[2].partition("```toml\n")[2].partition("```")[0])
    )
    with tarfile.open(data_dir / "gold" / "bionlp-st" / "2013-cg.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    documents = read_training(task)
    assert (len(documents), len(read_evaluation(task))) == (200, 100)
    found = Counter(name for document in documents for name in document.names())
    assert found == {
        "Gene": 2759, "Organism": 660, "Cell": 1384, "Cancer": 832, "Chemical": 653, "APPLIED_TO": 105, "MUTATED_IN": 31
    }  # fmt: skip


# ----------------------------------------------------------------------------------------- the labels


def read_one(task_file: Path, **changed: object) -> object:
    scheme = open_task(task_file).scheme
    values = {name: value for name, value in {**record(1), **changed}.items() if value is not None}
    (document,) = read_labelled_jsonl(lines(values), scheme, source="f")
    return document


def test_a_line_is_a_document_and_what_it_leaves_out_says_nothing(task_file: Path) -> None:
    scheme = open_task(task_file).scheme
    whole, bare, touching = read_labelled_jsonl(
        lines(record(1), {"id": 7, "text": "x", "year": 1999}, TOUCHING), scheme, source="f"
    )
    assert whole.mentions == (GoldMention(0, 7, CHEMICAL), GoldMention(14, 18, "Cell"))
    assert whole.relations == (GoldRelation(0, 1, "KILLS"),)
    assert whole.sentences == (Span(0, 22), Span(23, 43))
    assert whole.labels[-1] == GoldLabel(0, 43, "document", "in vitro")
    assert [(g.start, g.label) for g in whole.labels[:2]] == [(0, "finding"), (23, "plan")]
    assert (bare.doc_id, bare.heads, bare.predicates, bare.sentences, bare.labels) == ("7", frozenset(), {}, None, ())
    assert touching.relations == (GoldRelation(1, 0, "TOUCHES"),)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"mentions": [{"start": 0, "end": 7, "type": "Drug", "text": "aspirine"}]}, "read 'aspirin', the annotation"),
        ({"mentions": [{"start": 30, "end": 400, "type": "Drug"}]}, "mention 0: offsets 30-400"),
        ({"mentions": [{"start": -3, "end": -1, "type": "Drug"}]}, "mention 0: offsets -3--1"),
        ({"mentions": [{"start": "0", "end": 7, "type": "Drug"}]}, "line 1: mentions.0.start: Input should be a valid"),
        ({"mentions": [{"start": 0, "end": 7, "kind": "Drug"}]}, "line 1: mentions.0.type: Field required"),
        (
            {"relations": [{"head": 0, "tail": 2, "label": "KILLS"}]},
            "relation KILLS names mention 2, which isn't there",
        ),
        ({"mentions": None}, "relation KILLS names mention 0, which isn't there"),
        ({"relations": [{"head": 1, "tail": 1, "label": "TOUCHES"}]}, "relation TOUCHES joins mention 1 with itself"),
        ({"sentences": [{"start": 0, "end": 99}]}, "a sentence: offsets 0-99"),
        ({"sentences": [{"start": 0, "end": 9}, {"start": 8, "end": 20}]}, "the sentence at 8-20 begins before"),
        ({"sentences": [{"start": 0, "end": 9, "label": "joke"}]}, "sentence label 'joke' is none of finding, plan"),
        ({"label": "in silico"}, "document label 'in silico' is none of in vivo, in vitro"),
        ({"text": None}, "line 1: text: Field required"),
    ],
)
def test_a_line_that_contradicts_itself_is_named_with_the_reason(
    task_file: Path, changed: dict[str, object], reason: str
) -> None:
    with pytest.raises(CorpusError) as fault:
        read_one(task_file, **changed)
    assert str(fault.value).startswith("f, line 1")
    assert reason in str(fault.value)


def test_brat_files_give_mentions_relations_and_events_of_two_roles(task_file: Path, tmp_path: Path) -> None:
    events = TASK.replace('label = "KILLS"', 'label = "KILLS"\nfrom = ["Kills", "Death Cause Theme"]')
    scheme = open_task(write(tmp_path, events, "events.toml")).scheme
    folder = tmp_path / "brat" / "part"
    folder.mkdir(parents=True)
    (folder / "PMID-12.txt").write_bytes(b"aspirin kills\r\nhela, and jurkat dies")
    (folder / "PMID-12.ann").write_text(
        "T1\tDrug 0 7\taspirin\nT2\tCell 15 19\thela\nT3\tCell 25 31\tjurkat\nT4\tDeath 32 36\tdies\nA1\tNegation E1\n"
        "#1\tAnnotatorNotes T1\tsure?\nR1\tKills Arg1:T1 Arg2:T2\t\nE1\tDeath:T4 Theme:T3 Cause2:T1\n*\tEquiv T2 T3\n"
    )
    (document,) = read_brat(tmp_path / "brat", scheme)
    assert document.doc_id == "PMID:12"
    assert [document.text[m.start : m.end] for m in document.mentions] == ["aspirin", "hela", "jurkat"]
    assert document.relations == (GoldRelation(0, 1, "KILLS"), GoldRelation(0, 2, "KILLS"))
    (folder / "PMID-12.ann").write_text("T1\tDrug 0 3;5 7\tasp in\n")
    with pytest.raises(CorpusError, match=r"PMID-12\.txt, T1: a mention is one stretch of text, this has '0 3;5 7'"):
        list(read_brat(folder, scheme))
    (folder / "PMID-12.ann").unlink()
    with pytest.raises(CorpusError, match=r"PMID-12\.txt: neither \.ann nor \.a1"):
        list(read_brat(folder, scheme))


@pytest.mark.parametrize(("end", "next_line"), [("\n", "14 20;21 25"), ("\r\n", "14 20;22 26")])
def test_a_mention_that_brat_cuts_at_the_end_of_a_line_is_one(
    task_file: Path, tmp_path: Path, end: str, next_line: str
) -> None:
    text = f"aspirin kills jurkat{end}hela cells"
    surface = " ".join(text[slice(*map(int, part.split()))] for part in next_line.split(";"))
    (tmp_path / "a.txt").write_bytes(text.encode())
    (tmp_path / "a.ann").write_text(f"T1\tCell {next_line}\t{surface}\n")
    (document,) = read_brat(tmp_path, open_task(task_file).scheme)
    assert [document.text[m.start : m.end] for m in document.mentions] == [f"jurkat{end}hela"]


def test_what_brat_relates_otherwise_may_be_events(task_file: Path, tmp_path: Path) -> None:
    said = "T1\tDrug 0 7\taspirin\nT2\tCell 14 18\thela\nT3\tDeath 8 13\tkills\nE1\tDeath:T3 Theme:T2\n"
    (tmp_path / "a.txt").write_text("aspirin kills hela")
    (tmp_path / "a.ann").write_text(f"{said}R1\tKILLS Arg1:T1 Arg2:T2\t\nR2\tBEFORE Arg1:T1 Arg2:E1\t\n")
    (document,) = read_brat(tmp_path, open_task(task_file).scheme)
    assert document.relations == (GoldRelation(0, 1, "KILLS"),)
    (tmp_path / "a.ann").write_text(f"{said}R1\tKILLS Arg1:T1 Arg2:E1\t\n")
    with pytest.raises(CorpusError, match=r"a\.txt, R1: a relation joins two entities of the file, this has"):
        list(read_brat(tmp_path, open_task(task_file).scheme))


def test_brat_files_of_one_name_in_two_folders_are_two_documents(task_file: Path, tmp_path: Path) -> None:
    scheme = open_task(task_file).scheme
    for part in ("first", "second"):
        (tmp_path / "brat" / part).mkdir(parents=True)
        (tmp_path / "brat" / part / "3.txt").write_text(f"aspirin kills hela in the {part} part")
        (tmp_path / "brat" / part / "3.ann").write_text("T1\tDrug 0 7\taspirin\n")
    assert [d.doc_id for d in read_brat(tmp_path / "brat", scheme)] == ["first/3", "second/3"]
    assert [d.doc_id for d in read_brat(tmp_path / "brat" / "first", scheme)] == ["3"]
    for part in ("first", "second"):
        (tmp_path / "brat" / part / "3.txt").rename(tmp_path / "brat" / part / "PMID-3.txt")
        (tmp_path / "brat" / part / "3.ann").rename(tmp_path / "brat" / part / "PMID-3.ann")
    with pytest.raises(CorpusError, match=r"second.PMID-3\.txt: PMID:3 is in .*first.PMID-3\.txt already"):
        list(read_brat(tmp_path / "brat", scheme))


def test_pubtator_gives_a_directed_relation_of_one_type_its_direction(task_file: Path, tmp_path: Path) -> None:
    text = "1|t|hela eats jurkat.\n1|a|Yes.\n1\t0\t4\thela\tCell\tC1\n1\t10\t16\tjurkat\tCell\tC2\n1\tEATS\tC2\tC1\n"
    directed = TASK.replace("TOUCHES", "EATS").replace("symmetric = true", "symmetric = false")
    symmetric = TASK.replace("TOUCHES", "EATS")
    for content, expected in ((directed, [("C2", "C1")]), (symmetric, [("C2", "C1"), ("C1", "C2")])):
        (document,) = read_pubtator(text, open_task(write(tmp_path, content)).scheme, source="f")
        assert [(r.head, r.tail) for r in document.concept_relations] == expected


@pytest.mark.parametrize(
    ("symmetric", "pairs", "expected"),
    [
        ("true", {(CHEMICAL, CHEMICAL), (CHEMICAL, "Cell"), ("Cell", "Cell")}, [(0, 1), (1, 0)]),
        ("false", {(CHEMICAL, CHEMICAL), (CHEMICAL, "Cell"), ("Cell", CHEMICAL), ("Cell", "Cell")}, [(0, 1), (0, 1)]),
    ],
)
def test_a_relation_among_several_types_is_asked_once_if_it_says_the_same_in_both_orders(
    tmp_path: Path, symmetric: str, pairs: set[tuple[str, str]], expected: list[tuple[int, int]]
) -> None:
    among = TASK.replace('head = ["Cell"]', 'head = ["Chemical", "Cell"]')
    among = among.replace('tail = ["Cell"]\nsymmetric = true', f'tail = ["Chemical", "Cell"]\nsymmetric = {symmetric}')
    scheme = open_task(write(tmp_path, among)).scheme
    assert {pair for pair, predicates in scheme.predicates.items() if "TOUCHES" in predicates} == pairs
    drug, cell = {"start": 0, "end": 7, "type": "Drug"}, {"start": 14, "end": 18, "type": "Cell"}
    said = {"text": "aspirin meets hela", "relations": [{"head": 0, "tail": 1, "label": "TOUCHES"}]}
    read = read_labelled_jsonl(
        lines({"id": "a", **said, "mentions": [drug, cell]}, {"id": "b", **said, "mentions": [cell, drug]}),
        scheme,
        source="f",
    )
    assert [(r.head, r.tail) for document in read for r in document.relations] == expected


def test_pubtator_gives_a_directed_relation_among_several_types_its_direction(tmp_path: Path) -> None:
    among = TASK.replace('head = ["Cell"]', 'head = ["Chemical", "Cell"]')
    among = among.replace('tail = ["Cell"]\nsymmetric = true', 'tail = ["Chemical", "Cell"]\nsymmetric = false')
    text = "1|t|aspirin meets hela\n1|a|\n1\t0\t7\taspirin\tDrug\tD\n1\t14\t18\thela\tCell\tC\n1\tTOUCHES\tC\tD\n"
    (document,) = read_pubtator(text, open_task(write(tmp_path, among)).scheme, source="f")
    assert [(r.head, r.tail) for r in document.concept_relations] == [("C", "D")]


def test_files_that_cannot_be_read_are_named(task_file: Path, tmp_path: Path) -> None:
    content = bytearray(gzip.compress(lines(record(1)).encode()))
    content[20] ^= 0xFF
    (tmp_path / "train.jsonl.gz").write_bytes(content)
    write(tmp_path, TASK.replace("train.jsonl", "train.jsonl.gz"))
    with pytest.raises(CorpusError, match=r"train\.jsonl\.gz can't be read"):
        read_training(open_task(task_file))
    (tmp_path / "old.txt").write_bytes("aspirin hemmt hela für Stunden".encode("latin-1"))
    (tmp_path / "old.ann").write_text("T1\tDrug 0 7\taspirin\n")
    with pytest.raises(CorpusError, match=r"old\.txt can't be read: 'utf-8' codec"):
        list(read_brat(tmp_path, open_task(task_file).scheme))


def test_a_task_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "task.toml").write_text(TASK, encoding="utf-8-sig")
    assert open_task(tmp_path / "task.toml").name == "kills"


def test_the_first_annotation_behind_a_byte_order_mark_is_read(task_file: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("aspirin kills hela")
    (tmp_path / "a.ann").write_text("T1\tDrug 0 7\taspirin\nT2\tCell 14 18\thela\n", encoding="utf-8-sig")
    (document,) = read_brat(tmp_path, open_task(task_file).scheme)
    assert [document.text[m.start : m.end] for m in document.mentions] == ["aspirin", "hela"]


@pytest.mark.parametrize("format", ["jsonl", "pubtator"])
def test_a_byte_order_mark_is_no_part_of_the_first_line(tmp_path: Path, format: str) -> None:
    said = {"jsonl": lines(record(1)), "pubtator": "1|t|aspirin\n1|a|\n1\t0\t7\taspirin\tDrug\tD\n"}
    (tmp_path / "evaluate").write_text(said[format], encoding="utf-8-sig")
    evaluate = f'[[evaluate]]\nformat = "{format}"\nfiles = ["evaluate"]'
    task = TASK.replace('[[evaluate]]\nformat = "jsonl"\nfiles = ["evaluate.jsonl"]', evaluate)
    (document,) = read_evaluation(open_task(write(tmp_path, task)))
    assert document.doc_id == {"jsonl": "d1", "pubtator": "PMID:1"}[format]


# ------------------------------------------------------------------------------------------- the heads


def test_without_a_task_heads_labels_and_pairs_are_those_of_the_schema() -> None:
    shipped, default = ExtractorConfig.load(SHIPPED_MODEL), ExtractorConfig(mention_heads=HEADS)
    for config in (shipped, default):
        assert config.mention_heads == (GENE, CHEMICAL, DISEASE, NEGATION_SCOPE, SPECULATION_SCOPE)
        assert config.entity_types == (GENE, CHEMICAL, DISEASE)
        assert config.type_pairs == TYPE_PAIRS
        assert config.unordered_pairs == {(CHEMICAL, CHEMICAL)}
        assert config.symmetric == tuple(p.name for p in PREDICATES if p.symmetric)
        assert config.classes == {}
        assert config.asked_labels().shape == (5, 25)


def test_a_task_has_its_own_heads_and_keeps_what_tells_denial(task_file: Path) -> None:
    config = shape_extractor(open_task(task_file).scheme, ExtractorConfig.load(SHIPPED_MODEL))
    assert config.mention_heads == (CHEMICAL, "Cell", NEGATION_SCOPE, SPECULATION_SCOPE)
    assert config.labels == ((CHEMICAL, "Cell", "KILLS"), ("Cell", "Cell", "TOUCHES"))
    assert config.unordered_pairs == {("Cell", "Cell")}
    assert (config.pair_size, config.thresholds, config.trained) == (192, (), {})
    fresh = shape_extractor(open_task(task_file).scheme, None)
    assert fresh.mention_heads == (CHEMICAL, "Cell"), "an encoder without heads knows nothing of denial"


def test_heads_that_the_start_has_are_taken_over_by_name(task_file: Path, tmp_path: Path) -> None:
    import torch

    from engine.model.checkpoint import fresh_network, open_network

    start = save_tiny_model(tmp_path / "tiny")
    source, before = open_network(start, dtype=torch.float32, device="cpu")
    ours = '[[relation]]\nlabel = "INTERACTS_WITH"\nhead = ["Chemical"]\ntail = ["Chemical"]\n[[class]]'
    task = open_task(write(tmp_path, TASK.replace("[[class]]", ours, 1)))
    config = shape_extractor(task.scheme, before)
    network = fresh_network(start, config)
    rows = network.mention_out.weight.view(len(config.mention_heads), 3, -1)
    old = source.mention_out.weight.view(len(HEADS), 3, -1)
    for name in (CHEMICAL, NEGATION_SCOPE, SPECULATION_SCOPE):
        assert torch.equal(rows[config.mention_heads.index(name)], old[HEADS.index(name)]), name
    assert not any(torch.equal(rows[1], other) for other in old), "no other type's tagger serves for cells"
    reader, label = network.pair_reader, (CHEMICAL, CHEMICAL, "INTERACTS_WITH")
    assert torch.equal(reader.project.weight, source.pair_reader.project.weight)
    new, known = config.labels.index(label), before.labels.index(label)
    assert torch.equal(reader.label_out.weight[new], source.pair_reader.label_out.weight[known])
    assert torch.equal(reader.mention_type.weight[1], source.pair_reader.mention_type.weight[1 + HEADS.index(CHEMICAL)])
    pair = before.type_pairs.index((CHEMICAL, CHEMICAL))
    assert torch.equal(
        reader.type_pair.weight[config.type_pairs.index((CHEMICAL, CHEMICAL))],
        source.pair_reader.type_pair.weight[pair],
    )
    assert torch.equal(network.encoder.state_dict()["embeddings.word_embeddings.weight"],
                       source.encoder.state_dict()["embeddings.word_embeddings.weight"])  # fmt: skip


def test_documents_teach_only_what_they_annotate(task_file: Path) -> None:
    task = open_task(task_file)
    config = replace(shape_extractor(task.scheme, None), max_tokens=512)
    bare = {"id": "b", "text": "aspirin kills hela", "label": "in vivo"}
    documents = list(read_labelled_jsonl(lines(record(1), TOUCHING, bare), task.scheme, source="f"))
    whole, touching, unlooked = build_examples(documents, tiny_reader(), config)
    assert whole.labels.tolist() == [[1, UNLABELLED]]
    assert whole.classes["sentence"].tolist() == [[0, 5, 0], [5, 11, 1]]
    assert whole.classes["document"].tolist() == [[0, 11, 1]]
    assert touching.labels.tolist() == [[UNLABELLED, 1]], (
        "a symmetric pair is asked once, in whatever order it is written"
    )
    assert touching.classes["sentence"].shape == (0, 3)
    assert (unlooked.tags == UNLABELLED).all()
    assert not unlooked.pairs
    assert unlooked.classes["document"].tolist() == [[0, 3, 0]]
