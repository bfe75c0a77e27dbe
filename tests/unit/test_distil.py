"""Distilling tiny models: what a teacher's answers hold, what they cost a student, and the whole command."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from engine.model.config import ExtractorConfig
from engine.train.annotated import Annotated, CorpusError
from engine.train.distil.answers import ABOUT_FILE, LEAST, Answer, AnswerFolder
from engine.train.distil.examples import build_taught_example, read_taught_examples
from engine.train.distil.label import label_texts
from engine.train.distil.texts import read_texts
from engine.train.examples import UNLABELLED
from engine.train.plan import is_carved
from engine.train.settings import FinetuneSettings
from engine.train.state import StateError
from jobs.cli import main
from jobs.distil import command
from tests.tiny_model import HEADS, save_tiny_model, tiny_reader
from tests.unit.test_training import hugging_face_folder, torch_state
from tests.unit.tiny_gold import NAMES, write_tiny_gold
from tests.unit.tiny_vocab import pack_tiny_lexicon

CONFIG = ExtractorConfig(mention_heads=HEADS, max_tokens=64, overlap_tokens=16)
SETTINGS = FinetuneSettings(
    passes={"bc5cdr": 12.0, "teacher": 6.0},
    encoder_rate=3e-3,
    head_rate=1e-2,
    average_decay=0.9,
    encoder_dropout=0.0,
    word_dropout=0.0,
    micro_batch_tokens=300,
    carve_share=0.2,
    evaluations=1,
)


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> None:
    import torch

    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """36 documents; one has the id of a reported split's, one its title, one comes twice, one can't be read."""
    path = tmp_path_factory.mktemp("texts") / "texts.jsonl"
    rows: list[object] = [
        {
            "pmid": 1000 + i,
            "title": f"On {NAMES[i % 4]}.",
            "abstract": f"Here {NAMES[i % 4]} causes asthma in {i}. Yes.",
        }
        for i in range(33)
    ]
    rows += [
        {"pmid": 100, "title": "A reported id.", "abstract": "Zinc helps."},
        {"pmid": 2000, "title": "Zinc and asthma of long standing in rats 101.", "abstract": "Other."},
        {"id": "mine", "text": "Timolol helps in asthma."},
        {"id": "mine", "text": "Timolol again."},
        {"id": "broken", "text": 7},
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_gold(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module", autouse=True)
def _one_corpus() -> object:
    """Fine-tuning reads BC5CDR's train part alone, so that the tests need no other corpus."""
    from engine.train import finetune as module
    from engine.train.corpora import read_corpus

    def read(data: Path) -> list[Annotated]:
        return list(read_corpus("bc5cdr", "train", data=data))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "read_training_documents", read)
        yield


@pytest.fixture(scope="module")
def lexicon(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return pack_tiny_lexicon(tmp_path_factory.mktemp("vocab"))


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("encoder")
    return hugging_face_folder(save_tiny_model(folder / "tiny"), folder / "encoder")


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory, encoder: Path, data: Path, lexicon: Path) -> Path:
    """An extractor that has learned a little."""
    from engine.train.finetune import finetune

    out = tmp_path_factory.mktemp("teacher") / "model"
    finetune(encoder, out, data=data, settings=SETTINGS, lexicon=lexicon)
    return out


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory, teacher: Path, texts: Path) -> AnswerFolder:
    return label_texts(teacher, [texts], tmp_path_factory.mktemp("answers"))


def all_answers(folder: AnswerFolder) -> list[Answer]:
    return [answer for shard in folder.read() for answer in shard]


# --------------------------------------------------------------------------------------------- the answers


def test_soft_labels_are_what_the_teacher_says(teacher: Path, texts: Path, answers: AnswerFolder) -> None:
    """Every word's tags and every pair's labels, up to half precision and to what is too unlikely to be kept."""
    from engine.model.checkpoint import fast_dtype, open_network, open_reader
    from engine.model.predict import BUDGET_TOKENS, Document, Predictor

    network, config = open_network(teacher, dtype=fast_dtype("cpu"), device="cpu")
    predictor = Predictor(network, open_reader(teacher), config, budget_tokens=BUDGET_TOKENS)
    read = list(read_texts([texts]))
    said = predictor.predict([Document(text.text, text.sentences()) for text in read])
    kept = all_answers(answers)
    assert [answer.doc_id for answer in kept] == [text.doc_id for text in read]
    stated = 0
    for answer, expected in zip(kept, said, strict=True):
        (words,) = predictor.reader.read([answer.text])
        built = build_taught_example(answer, words, config)
        assert built.soft is not None
        assert answer.tags.dtype == built.soft.labels.dtype == np.float16
        assert np.allclose(built.soft.tags, expected.tags[..., 1:], atol=LEAST)
        assert built.pairs == expected.pairs
        assert built.mentions == list(expected.mentions)
        asked = config.asked_labels()[[pair.type_pair for pair in built.pairs]].reshape(expected.scores.shape)
        assert np.allclose(built.soft.labels[asked], expected.scores[asked], atol=LEAST)
        assert (built.soft.labels[~asked] == UNLABELLED).all()
        assert (built.tags == UNLABELLED).all()
        assert (built.labels == UNLABELLED).all()
        stated += int((built.soft.labels > 0.5).sum())
    assert stated > 10, "the teacher learned to state relations"


def test_a_cut_labelling_goes_on_where_it_stopped(
    tmp_path: Path, teacher: Path, texts: Path, answers: AnswerFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.model.predict import Document, Prediction, Predictor
    from engine.train.distil import label as module

    monkeypatch.setattr(module, "SHARD_DOCUMENTS", 8)
    predict, read = Predictor.predict, []

    def die(self: Predictor, documents: Sequence[Document]) -> list[Prediction]:
        if len(read) == 16:
            raise KeyboardInterrupt
        read.extend(documents)
        return predict(self, documents)

    with monkeypatch.context() as patch:
        patch.setattr(Predictor, "predict", die)
        with pytest.raises(KeyboardInterrupt):
            label_texts(teacher, [texts], tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["00000.parquet", "00001.parquet", ABOUT_FILE]
    before = {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("*.parquet")}
    again: list[Document] = []
    with monkeypatch.context() as patch:
        patch.setattr(Predictor, "predict", lambda self, documents: again.extend(documents) or predict(self, documents))
        whole = label_texts(teacher, [texts], tmp_path)
        assert len(again) == 36 - 16
        assert not {document.text for document in again} & {document.text for document in read}
        label_texts(teacher, [texts], tmp_path)
        assert len(again) == 36 - 16, "nothing is labelled anew"
    assert before == {name: (tmp_path / name).stat().st_mtime_ns for name in before}
    for one, other in zip(all_answers(whole), all_answers(answers), strict=True):
        assert (one.doc_id, one.mentions) == (other.doc_id, other.mentions)
        assert np.allclose(one.tags, other.tags, atol=0.02), "batches of another size round otherwise"


def test_workers_share_the_shards(
    tmp_path: Path, teacher: Path, texts: Path, answers: AnswerFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.train.distil import label as module
    from engine.train.workers import Workers

    monkeypatch.setattr(module, "SHARD_DOCUMENTS", 8)
    monkeypatch.setattr(Workers, "wait", lambda self: None)
    made = []
    for rank in (1, 0):
        monkeypatch.setattr(Workers, "here", lambda rank=rank: Workers(rank, 2))
        folder = label_texts(teacher, [texts], tmp_path)
        made.append(sorted(path.stem for path in tmp_path.glob("*.parquet")))
    assert made == [["00001", "00003"], ["00000", "00001", "00002", "00003", "00004"]]
    assert [a.doc_id for a in all_answers(folder)] == [a.doc_id for a in all_answers(answers)]


def test_other_texts_or_another_teacher_are_refused(tmp_path: Path, teacher: Path, texts: Path) -> None:
    folder = tmp_path / "answers"
    label_texts(teacher, [texts], folder)
    other = tmp_path / "texts.jsonl"
    other.write_text(json.dumps({"id": "x", "text": "Aspirin."}) + "\n")
    with pytest.raises(StateError, match=r"another teacher or to other texts \(texts differ\)"):
        label_texts(teacher, [other], folder)
    stranger = save_tiny_model(tmp_path / "stranger", seed=5)
    with pytest.raises(StateError, match=r"\(model_revision, trained differ\)"):
        label_texts(stranger, [texts], folder)


# --------------------------------------------------------------------------------------------- the examples


def test_reported_and_carved_documents_teach_nothing(answers: AnswerFolder, data: Path) -> None:
    reader, config = tiny_reader(), replace(CONFIG, max_tokens=512)
    built = read_taught_examples(answers, reader, config, data=data, carve_share=0.2)
    texts = {e.words.starts.tobytes() + e.words.ids.tobytes() for e in built}
    left_out = 0
    for kept in all_answers(answers):
        (words,) = reader.read([kept.text])
        absent = kept.doc_id in {"PMID:100", "PMID:2000"} or is_carved(kept.doc_id, 0.2)
        assert (words.starts.tobytes() + words.ids.tobytes() in texts) != absent
        left_out += absent
    assert left_out > 4
    with pytest.raises(CorpusError, match="of 36 labelled texts none is left"):
        read_taught_examples(answers, reader, config, data=data, carve_share=1.0)


# --------------------------------------------------------------------------------------------- the command


def test_the_command_has_no_options_that_stand_for_another_training() -> None:
    offered = {name for option in command.params for name in option.opts}
    assert {"--text", "--labels", "--passes", "--seed"} <= offered
    assert {"--generator", "--second"}.isdisjoint(offered)


def distil(teacher: Path, student: Path, out: Path, *options: object) -> Result:
    arguments = ["distil", teacher, student, out, "--threads", 1, *options]
    return CliRunner().invoke(main, [str(part) for part in arguments])


def agreement(model: Path, answers: AnswerFolder) -> float:
    """How much of the teacher's mentions a model finds too, as F1."""
    import torch

    from engine.model.checkpoint import open_network, open_reader
    from engine.model.predict import Document, Predictor

    network, config = open_network(model, dtype=torch.float32, device="cpu")
    predictor = Predictor(network, open_reader(model), config, budget_tokens=2048)
    both = found = told = 0
    kept = all_answers(answers)
    for said, read in zip(kept, predictor.predict([Document(a.text, a.sentences) for a in kept]), strict=True):
        both += len(set(said.mentions) & set(read.mentions))
        found += len(read.mentions)
        told += len(said.mentions)
    return 2 * both / (found + told)


def test_a_student_comes_to_agree_with_its_teacher(
    tmp_path: Path, teacher: Path, encoder: Path, texts: Path, data: Path, lexicon: Path, answers: AnswerFolder
) -> None:
    """It starts from an extractor that agrees little; gold is read not at all, and labelling isn't done anew."""
    student = save_tiny_model(tmp_path / "student", seed=3)
    out = tmp_path / "out"
    passes = [part for name in ("bc5cdr=0", "teacher=40") for part in ("--passes", name)]
    rates = ["--encoder-rate", 3e-3, "--head-rate", 1e-2, "--evaluations", 1, "--micro-batch-tokens", 300]
    where = ["--text", texts, "--data", data, "--lexicon", lexicon, "--labels", answers.folder]
    made = {path: path.stat().st_mtime_ns for path in answers.folder.glob("*")}
    result = distil(teacher, student, out, *where, *passes, *rates)
    assert result.exit_code == 0, result.output
    assert {path: path.stat().st_mtime_ns for path in answers.folder.glob("*")} == made
    assert agreement(student, answers) < 0.3
    assert agreement(out, answers) > 0.8


def test_the_command_labels_trains_and_goes_on(
    tmp_path: Path, teacher: Path, encoder: Path, texts: Path, data: Path, lexicon: Path
) -> None:
    """Cut after three steps and started again it ends in the weights of an undisturbed run; its config tells all."""
    from engine.model.checkpoint import WEIGHTS_FILE, model_revision
    from engine.model.describe import describe_run
    from engine.train.card import render_card

    options = ["--text", texts.parent, "--data", data, "--lexicon", lexicon, "--evaluations", 1]
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    assert distil(teacher, encoder, whole, *options).exit_code == 0
    assert distil(teacher, encoder, cut, *options, "--max-steps", 3).exit_code == 0
    assert not (cut / WEIGHTS_FILE).exists()
    result = distil(teacher, encoder, cut, *options)
    assert result.exit_code == 0, result.output
    one, other = (torch_state(folder / WEIGHTS_FILE) for folder in (whole, cut))
    assert all(bool((one[name] == other[name]).all()) for name in one)
    other_settings = distil(teacher, encoder, cut, *options, "--teacher-weight", 2)
    assert other_settings.exit_code == 1
    assert "other settings" in other_settings.output

    config = ExtractorConfig.load(whole)
    told = config.trained["teacher"]
    assert isinstance(told, dict)
    left_out = sum(is_carved(f"PMID:{i}", 0.06) for i in range(1000, 1033)) + is_carved("mine", 0.06) + 2
    assert told["documents"] == 36 - left_out
    assert told["model_revision"] == model_revision(teacher)
    assert told["trained"] == ExtractorConfig.load(teacher).trained
    assert told["texts"] == [{"file": "texts.jsonl", "sha256": hashlib.sha256(texts.read_bytes()).hexdigest()}]
    assert describe_run(config.trained)["teacher"] == model_revision(teacher)
    shown = CliRunner().invoke(main, ["models", "info", str(whole)])
    assert f"taught by {model_revision(teacher)}" in shown.output
    card = render_card(whole, config, {"splits": {}, "dtype": "float32", "model_revision": "r"})
    assert f"A teacher, `{model_revision(teacher)}`, labelled {told['documents']} of the texts of `texts.jsonl`" in card
    assert "\n  - from the encoder: " in card, "the teacher's own run stands below the student's"
    assert "hypograph distil TEACHER START OUT --text TEXT --data DATA" in card
    alone = render_card(teacher, ExtractorConfig.load(teacher), {"splits": {}, "dtype": "x", "model_revision": "r"})
    assert "eacher" not in alone


def test_another_teacher_s_questions_are_refused_before_it_reads(
    tmp_path: Path, teacher: Path, encoder: Path, texts: Path, data: Path
) -> None:
    odd = save_tiny_model(tmp_path / "odd")
    replace(ExtractorConfig.load(odd), mention_heads=("Gene", "Virus")).save(odd)
    result = distil(odd, encoder, tmp_path / "out", "--text", texts, "--data", data)
    assert result.exit_code == 1
    assert (
        "teacher and student must have the same mention_heads: only one has Virus, Chemical, Disease" in result.output
    )
    assert not (tmp_path / "out").exists()
    missing = distil(teacher, encoder, tmp_path / "out", "--text", tmp_path / "none.jsonl", "--data", data)
    assert missing.exit_code == 1
    assert "no such file" in missing.output
    plain = distil(encoder, encoder, tmp_path / "out", "--text", texts, "--data", data)
    assert plain.exit_code == 1
    assert "is no Hypograph extractor" in plain.output
