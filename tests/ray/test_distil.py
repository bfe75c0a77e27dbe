"""Distillation by two workers of Ray Train: they share the labelling, and train one student."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.model.config import ExtractorConfig
from engine.train.annotated import Annotated
from engine.train.distil.answers import AnswerFolder
from engine.train.finetune import MENTION_HEADS
from engine.train.settings import FinetuneSettings
from jobs.distil import DistilRun
from jobs.finetune import FinetuneRun
from jobs.worker_group import train_on_ray
from tests.ray.test_finetune import ABSTRACTS
from tests.tiny_model import save_tiny_model
from tests.unit.tiny_gold import write_gold
from tests.unit.tiny_vocab import pack_tiny_lexicon

pytestmark = [pytest.mark.ray, pytest.mark.nightly, pytest.mark.usefixtures("ray_cluster")]


class OneCorpus(FinetuneRun):
    """A run that reads BC5CDR's train part alone, so that the test needs no other corpus; and labels shards of 8."""

    def __call__(self, teacher: AnswerFolder | None = None) -> dict[str, object]:
        from engine.train import finetune as module
        from engine.train.corpora import read_corpus

        def read(data: Path) -> list[Annotated]:
            return list(read_corpus("bc5cdr", "train", data=data))

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "read_training_documents", read)
            return FinetuneRun.__call__(self, teacher)


class SmallShards(DistilRun):
    def __call__(self) -> dict[str, object]:
        from engine.train.distil import label as module

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "SHARD_DOCUMENTS", 8)
            return DistilRun.__call__(self)


def test_two_workers_label_and_train(tmp_path: Path) -> None:
    write_gold(tmp_path, {"bc5cdr/CDR_TrainingSet.PubTator.txt.gz": ABSTRACTS})
    text = tmp_path / "texts.jsonl"
    rows = [{"pmid": 1000 + i, "title": f"On asthma {i}.", "abstract": "Aspirin causes it."} for i in range(36)]
    text.write_text("".join(json.dumps(row) + "\n" for row in rows))
    teacher = save_tiny_model(tmp_path / "teacher", seed=4)
    assert ExtractorConfig.load(teacher).mention_heads == MENTION_HEADS
    settings = FinetuneSettings(passes={"bc5cdr": 1.0, "teacher": 1.0}, micro_batch_tokens=600, evaluations=1)
    student = OneCorpus(
        encoder=save_tiny_model(tmp_path / "student"),
        out=tmp_path / "out",
        data=tmp_path,
        settings=settings,
        lexicon=pack_tiny_lexicon(tmp_path / "vocab"),
        runs=(),
        max_steps=None,
        threads=1,
    )
    report = train_on_ray(SmallShards(teacher, (text,), tmp_path / "labels", student), workers=2)
    assert [path.stem for path in sorted((tmp_path / "labels").glob("*.parquet"))] == [f"{i:05d}" for i in range(5)]
    taught = report["teacher"]
    assert isinstance(taught, dict)
    assert 25 < taught["documents"] <= 36
    assert (tmp_path / "out" / "model.safetensors").is_file()
