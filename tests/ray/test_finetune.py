"""Training by two workers of Ray Train against training by one."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from engine.train.annotated import Annotated
from engine.train.settings import FinetuneSettings
from engine.train.state import StateError
from jobs.finetune import FinetuneRun
from jobs.worker_group import train_on_ray
from tests.tiny_model import save_tiny_model
from tests.unit.tiny_vocab import pack_tiny_lexicon

pytestmark = [pytest.mark.ray, pytest.mark.usefixtures("ray_cluster")]

ABSTRACTS = "\n".join(
    f"{i}|t|Aspirin {i} and asthma.\n{i}|a|Study {i} shows aspirin causes asthma.\n"
    f"{i}\t0\t7\tAspirin\tChemical\tD1\n{i}\tCID\tD1\tD2\n"
    for i in range(60)
)


class OneCorpus(FinetuneRun):
    """A run that reads BC5CDR's train part alone, so that the test needs no other corpus, and without dropout."""

    def __call__(self) -> dict[str, object]:
        from torch.nn import functional

        from engine.train import finetune as module
        from engine.train.corpora import read_corpus

        def read(data: Path) -> list[Annotated]:
            return list(read_corpus("bc5cdr", "train", data=data))

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "read_training_documents", read)
            patch.setattr(functional, "dropout", lambda x, *_, **__: x)
            return FinetuneRun.__call__(self)


def test_two_workers_learn_what_one_learns(tmp_path: Path) -> None:
    import torch
    from safetensors.torch import load_file

    gold = tmp_path / "gold" / "bc5cdr"
    gold.mkdir(parents=True)
    (gold / "CDR_TrainingSet.PubTator.txt.gz").write_bytes(gzip.compress(ABSTRACTS.encode()))
    start = save_tiny_model(tmp_path / "tiny")
    lexicon = pack_tiny_lexicon(tmp_path / "vocab")
    settings = FinetuneSettings(passes={"bc5cdr": 3}, micro_batch_tokens=600, evaluations=1, word_dropout=0.0)
    one = OneCorpus(start, tmp_path / "one", tmp_path, settings, lexicon, (), None, 1)
    two = OneCorpus(start, tmp_path / "two", tmp_path, settings, lexicon, (), None, 1)
    report = train_on_ray(two, workers=2)
    assert report["documents"] == one()["documents"]
    before, alone, shared = (load_file(folder / "model.safetensors") for folder in (start, one.out, two.out))
    assert alone.keys() == shared.keys()
    layer = "encoder.encoder.layer.0.output.dense.weight"
    moved, apart = (float(torch.dist(alone[layer].float(), other[layer].float())) for other in (before, shared))
    assert moved > 0.02
    assert apart < 0.3 * moved


class OtherState(FinetuneRun):
    """A run whose folder another one has begun."""

    def __call__(self) -> dict[str, object]:
        raise StateError("choose another OUT")


def test_what_stops_a_worker_is_raised_as_it_would_be_alone(tmp_path: Path) -> None:
    run = OtherState(tmp_path, tmp_path / "out", tmp_path, FinetuneSettings(), None, (), None, 1)
    with pytest.raises(StateError, match=r"^choose another OUT$"):
        train_on_ray(run, workers=2)
