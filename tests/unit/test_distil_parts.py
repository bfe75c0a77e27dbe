"""What of distilling needs no trained model: texts, folders of answers, other words, refusals, leaks, the card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from engine.model.config import CheckpointError, ExtractorConfig
from engine.schema import CHEMICAL, DISEASE, Span
from engine.segment import split_sentences
from engine.train.annotated import CorpusError
from engine.train.card import _describe_runs
from engine.train.distil.answers import Answer, AnswerFolder, check_questions
from engine.train.distil.examples import build_taught_example, project_tags, read_taught_examples
from engine.train.distil.texts import find_texts, read_texts
from engine.train.leak import read_training_of
from engine.train.settings import FinetuneSettings
from jobs.cli import main
from tests.tiny_model import HEADS, tiny_reader
from tests.unit.test_task import write
from tests.unit.tiny_gold import write_tiny_gold

CONFIG = ExtractorConfig(mention_heads=HEADS, max_tokens=64, overlap_tokens=16)


def test_texts_that_give_nothing_are_named(tmp_path: Path) -> None:
    empty, unknown = tmp_path / "empty.jsonl", tmp_path / "some.doc"
    empty.write_text("")
    unknown.write_text("x")
    with pytest.raises(CorpusError, match=r"empty\.jsonl holds no document with a text: .* the file is empty"):
        list(read_texts([empty]))
    with pytest.raises(CorpusError, match=r"some\.doc holds no document .* no known format"):
        list(read_texts([unknown]))
    with pytest.raises(CorpusError, match="no such file"):
        find_texts([str(tmp_path / "absent.jsonl")])


def test_a_shard_without_documents_is_a_shard(tmp_path: Path) -> None:
    folder = AnswerFolder.claim(tmp_path, revision="r", config=CONFIG, texts=[])
    folder.write(0, [])
    assert list(folder.read()) == [[]]


def answer(text: str, words: Sequence[str], tags: Sequence[tuple[float, float]]) -> Answer:
    """An answer of one head whose teacher cuts `text` into `words`, which it gives (first, later) of a mention."""
    starts = [text.index(word) for word in words]
    ends = [start + len(word) for start, word in zip(starts, words, strict=True)]
    kept = np.array(tags, dtype=np.float16)[:, None, :]
    none = np.zeros((0, 3), np.int32), np.zeros(0, np.float16)
    return Answer(
        "x", text, [Span(0, len(text))], [], np.array(starts, np.int32), np.array(ends, np.int32), kept, *none
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # The teacher took both for harm; only the first says in so many words what it is.
        ("Patients with asthma were randomized to aspirin.", {"TREATS": 1.0, "INDUCES": 0.0}),
        ("Aspirin was given to rats. Asthma was seen beside aspirin.", {"TREATS": 0.0, "INDUCES": 0.75}),
    ],
)
def test_wording_goes_before_the_teacher(text: str, expected: dict[str, float]) -> None:
    reader, config = tiny_reader(), CONFIG
    (words,) = reader.read([text])
    named = [(CHEMICAL, "aspirin"), (DISEASE, "asthma")]
    places = [(type, text.lower().rindex(name)) for type, name in named]
    mentions = [(Span(at, at + len(name)), type) for (type, at), (_, name) in zip(places, named, strict=True)]
    induces = config.labels.index((CHEMICAL, DISEASE, "INDUCES"))
    said = replace(
        answer(text, [text], [(0, 0)]),
        sentences=split_sentences(text, []),
        mentions=mentions,
        pairs=np.array([[0, 1, induces]], np.int32),
        scores=np.array([0.75], np.float16),
        starts=words.starts,
        ends=words.ends,
        tags=np.zeros((len(words), len(config.mention_heads), 2), np.float16),
    )
    built = build_taught_example(said, words, config)
    assert built.soft is not None
    assert len(built.pairs) == 1
    of_label = {p: float(v) for (_, _, p), v in zip(config.labels, built.soft.labels[0], strict=True) if p in expected}
    assert of_label == expected


@pytest.mark.parametrize(
    ("words", "tags", "expected"),
    [
        (("anti", "p53", "mice"), [(0.25, 0), (0.5, 0.25), (0, 0.125)], [(0.25, 0), (0.5, 0.25), (0, 0.125)]),
        # Finer: a mention begins in the first part alone, and goes on in the later ones.
        (("antip53", "mice"), [(0.5, 0.25), (0, 0.125)], [(0.5, 0.25), (0, 0.75), (0, 0.125)]),
        # Coarser: "mice" is the surer inside, and what begins in it begins in the student's word.
        (("anti", "p53", "mi", "ce"), [(0, 0)] * 2 + [(0.25, 0), (0.5, 0.25)], [(0, 0), (0, 0), (0.75, 0)]),
        (("anti", "p53", "mi", "ce"), [(0, 0)] * 2 + [(0, 0.5), (0, 0.75)], [(0, 0), (0, 0), (0.25, 0.5)]),
        # What the teacher doesn't read is outside.
        (("anti", "mice"), [(1, 0), (0, 1)], [(1, 0), (0, 0), (0, 1)]),
    ],
)
def test_tags_go_over_to_the_words_of_another_tokenizer(
    words: Sequence[str], tags: Sequence[tuple[float, float]], expected: Sequence[tuple[float, float]]
) -> None:
    from engine.model.text import Words

    text = "antip53 mice"
    starts, ends = np.array([0, 4, 8], np.int32), np.array([4, 7, 12], np.int32)
    student = Words(np.zeros(3, np.int32), np.arange(4), starts, ends, np.zeros((3, 0), np.uint8))
    assert project_tags(answer(text, words, tags), student)[:, 0].tolist() == [list(pair) for pair in expected]


def test_teacher_and_student_must_have_the_same_heads_and_labels(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="same mention_heads: only one has NegationScope, SpeculationScope"):
        check_questions(CONFIG, replace(CONFIG, mention_heads=HEADS[:3]))
    with pytest.raises(CheckpointError, match="same mention_heads: their order differs"):
        check_questions(CONFIG, replace(CONFIG, mention_heads=HEADS[::-1]))
    with pytest.raises(CheckpointError, match=f"same symmetric: only one has {CONFIG.symmetric[0]}"):
        check_questions(CONFIG, replace(CONFIG, symmetric=CONFIG.symmetric[1:]))
    answers = AnswerFolder.claim(tmp_path, revision="r", config=CONFIG, texts=[])
    fewer = replace(CONFIG, labels=CONFIG.labels[1:])
    with pytest.raises(CheckpointError, match=f"same labels: only one has .*{CONFIG.labels[0][2]}"):
        read_taught_examples(answers, tiny_reader(), fewer, data=tmp_path, carve_share=0.0)


def test_a_task_is_not_distilled(tmp_path: Path) -> None:
    from engine.train.finetune import finetune
    from engine.train.task import open_task

    file, out = write(tmp_path), tmp_path / "out"
    arguments = ["distil", tmp_path / "teacher", tmp_path / "student", out, "--text", "texts.jsonl", "--task", file]
    result = CliRunner().invoke(main, [str(part) for part in arguments])
    assert result.exit_code == 2
    assert "--task: the heads of a task can't be distilled" in result.output
    answers = AnswerFolder.claim(tmp_path / "answers", revision="r", config=CONFIG, texts=[])
    with pytest.raises(CheckpointError, match="heads of a task can't be distilled"):
        finetune(tmp_path, out, data=tmp_path, settings=FinetuneSettings(), task=open_task(file), teacher=answers)
    assert not out.exists()


def test_the_card_lists_a_teacher_s_runs_under_the_run_that_learned_from_it() -> None:
    """Each with its own start; the mixture of weights is told of before the teacher."""
    first = {"settings": {"passes": {"bc5cdr": 2.0, "teacher": 1.0}}, "documents": 1}
    second = {
        "settings": {"passes": {"biored": 1.0}}, "documents": 2,
        "start": {"model_revision": "one", "trained": first},
    }  # fmt: skip
    told = {"model_revision": "two", "trained": second, "documents": 9, "texts": [{"file": "t", "sha256": "a" * 64}]}
    third = {"settings": {"passes": {"teacher": 1.0}, "start_share": 0.5}, "documents": 3, "teacher": told}
    last = {"settings": {"passes": {"genia": 1.0}}, "documents": 4, "start": {"model_revision": "k", "trained": third}}
    lines = _describe_runs(last).splitlines()
    assert [line[: line.index(" documents")] for line in lines] == [
        "- from the encoder: 3",
        "  - from the encoder: 1",
        "  - from `one`: 2",
        "- from `k`: 4",
    ]
    assert "passes: teacher 1; `start_share` 0.5, of the weights before it" in lines[0]
    assert "after it. A teacher, `two`, labelled 9 of the texts of `t` (SHA-256 `aaaaaaaaaaaa`)" in lines[0]
    assert lines[1].endswith("passes: bc5cdr 2.")


def test_what_a_teacher_learned_from_counts_as_seen(tmp_path: Path) -> None:
    """The student read no corpus; its teacher's teacher did."""
    data = write_tiny_gold(tmp_path)
    settings = {"passes": {"bc5cdr": 2.0}, "carve_share": 0.0}
    taught = {"settings": {"passes": {"teacher": 1.0}}, "teacher": {"trained": {"settings": settings}}}
    trained = {"settings": {"passes": {"teacher": 1.0}}, "teacher": {"trained": taught}}
    assert len(read_training_of(trained, data=data)) == 61
    on = {"settings": {"passes": {"teacher": 1.0}}, "start": {"trained": trained}}
    assert len(read_training_of(on, data=data)) == 61, "nor is it forgotten by a run that goes on from the student"
    assert read_training_of({"settings": {"passes": {"teacher": 1.0}}, "teacher": {"trained": {}}}, data=data) == []
