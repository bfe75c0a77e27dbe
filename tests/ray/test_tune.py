"""A search of a tiny model that is interrupted and goes on."""

from __future__ import annotations

import gzip
import json
import os
import signal
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.train.annotated import Annotated
from engine.train.tune.proxy import Proxy, prepare_proxy
from engine.train.tune.settings import TuneSettings
from engine.train.tune.space import default_values
from engine.train.tune.trial import PartScore
from jobs.search import Search, SearchError
from jobs.tune import MARKDOWN_FILE, PICTURE_FILE, REPORT_FILE, tune
from tests.tiny_model import save_tiny_model
from tests.unit.tiny_vocab import pack_tiny_lexicon

pytestmark = [pytest.mark.ray, pytest.mark.nightly, pytest.mark.usefixtures("ray_cluster")]

ABSTRACTS = "\n".join(
    f"{i}|t|Aspirin {i} and asthma.\n{i}|a|Study {i} shows aspirin causes asthma.\n"
    f"{i}\t0\t7\tAspirin\tChemical\tD1\n{i}\tCID\tD1\tD2\n"
    for i in range(200)
)


class Counted(Proxy):
    """A proxy that notes which trials begin, and interrupts the search when the third does."""

    def train(self, values: Mapping[str, float], *args: Any, **options: Any) -> Iterator[PartScore]:
        notes = Path(self.facts["notes"])
        (notes / f"{time.time_ns()}.json").write_text(json.dumps({"values": values, "seed": options["seed"]}))
        if len(list(notes.glob("*.json"))) == 3:
            os.kill(self.facts["driver"], signal.SIGINT)
            time.sleep(20)  # what began is cut
        yield from Proxy.train(self, values, *args, **options)


def test_an_interrupted_search_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.train.corpora import read_corpus
    from engine.train.tune import proxy as module

    def read(data: Path) -> list[Annotated]:
        return list(read_corpus("bc5cdr", "train", data=data))

    gold, notes, out = tmp_path / "gold" / "bc5cdr", tmp_path / "notes", tmp_path / "out"
    gold.mkdir(parents=True)
    notes.mkdir()
    (gold / "CDR_TrainingSet.PubTator.txt.gz").write_bytes(gzip.compress(ABSTRACTS.encode()))
    monkeypatch.setattr(module, "read_training_documents", read)
    settings = TuneSettings(trials=4, tokens=6000, rungs=2, share=1.0, confirmations=1)
    prepared = prepare_proxy(
        save_tiny_model(tmp_path / "tiny"),
        data=tmp_path,
        lexicon=pack_tiny_lexicon(tmp_path / "vocab"),
        settings=settings,
    )
    facts = {**prepared.facts, "notes": str(notes), "driver": os.getpid()}
    counted = Counted(**{name: getattr(prepared, name) for name in Proxy.__slots__} | {"facts": facts})
    search = Search(counted, settings, out / ".training", 0.0)
    with pytest.raises(SearchError, match=r"stopped after [12] of 4 trials; the same command goes on"):
        tune(search, out)
    assert 3 <= len(list(notes.iterdir())) <= 4, "another trial may begin before the search stops"
    report = tune(search, out)

    begun = [json.loads(path.read_text()) for path in sorted(notes.iterdir())]
    searched = [note["values"] for note in begun if note["seed"] == settings.seed]
    assert searched[0] == default_values()
    ended = [trial["values"] for trial in report["trials"]]
    assert [trial["number"] for trial in report["trials"]] == [0, 1, 2, 3]
    assert all(values in searched for values in ended)
    assert 5 <= len(searched) <= 6, "what had ended is not run again, what was cut is"
    assert report["defaults"]["number"] == 0
    assert report["defaults"]["whole"]
    assert [score["part"] for score in report["defaults"]["scores"]] == [1, 2]
    assert report["best"]["scores"][-1]["score"] >= report["defaults"]["scores"][-1]["score"]
    assert {len(report["confirmed"][name]) for name in ("best", "defaults")} == {1}
    assert json.loads((out / REPORT_FILE).read_text()) == report
    assert (out / MARKDOWN_FILE).is_file()
    assert (out / PICTURE_FILE).is_file()

    tune(search, out)
    assert len(list(notes.iterdir())) == len(begun), "a finished search runs nothing"
    with pytest.raises(SearchError, match="other settings"):
        tune(replace(search, settings=replace(settings, trials=5)), out)
