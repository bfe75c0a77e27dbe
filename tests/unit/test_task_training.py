"""A task from its labels to a deployed folder: training by the command, reading by the stages, scoring, refusals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from click.testing import CliRunner, Result

from engine import schema
from engine.assertion import NEGATION_SCOPE, SPECULATION_SCOPE
from engine.model.config import ExtractorConfig
from engine.schema import CHEMICAL, GENE, Span
from engine.train.corpora.jsonl import read_labelled_jsonl
from engine.train.examples import build_examples
from engine.train.plan import is_carved
from engine.train.task import open_task, shape_extractor
from jobs.cli import main
from tests.tiny_model import save_tiny_model, tiny_reader
from tests.unit.test_task import CLASS_ONLY, TASK, TOUCHING, lines, record, write
from tests.unit.tiny_vocab import pack_tiny_lexicon


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `hypograph finetune --task` leaves: the folder, beside the task's file and its labels."""
    from jobs.finetune import command

    folder = tmp_path_factory.mktemp("trained")
    write(folder, lines(TOUCHING, *map(record, range(40))), "train.jsonl")
    write(folder, lines(*map(record, range(60, 68))), "evaluate.jsonl")
    start, lexicon = save_tiny_model(folder / "tiny"), pack_tiny_lexicon(folder / "vocab")
    options = f"--task {write(folder)} --lexicon {lexicon} --passes kills=60 --head-rate 0.01 --encoder-rate 0.002"
    result = CliRunner().invoke(
        command, [str(start), str(folder / "out"), *options.split(), "--micro-batch-tokens", "700", "--threads", "1"]
    )
    assert result.exit_code == 0, (result.output, result.exception)
    assert json.loads(result.stdout)["documents"] == sum(not is_carved(f"d{i}", 0.4) for i in range(40)) + (
        not is_carved("touching", 0.4)
    )
    return folder


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_the_trained_folder_is_a_model_that_reads_new_types_relations_and_classes(trained: Path) -> None:
    from engine.extract import Extractor

    asked = [record(number) for number in (53, 54)]
    common = {"revision": 1, "deleted": False, "errors": []}
    rows = [{"doc_id": r["id"], "text": r["text"], "sentences": r["sentences"], **common} for r in asked]
    table = pa.Table.from_pylist(rows, schema=pa.schema([*schema.SOURCE_ROW, *schema.SEGMENT_COLUMNS]))
    for given, found in zip(asked, Extractor(model=trained / "out", threads=1)(table).to_pylist(), strict=True):
        text = found["text"]
        named = [(text[m["start"] : m["end"]], m["type"]) for m in found["mentions"]]
        assert {("aspirin", CHEMICAL), ("hela", "Cell")} <= set(named)
        stated = {(named[r["head"]], r["predicate"], named[r["tail"]]) for r in found["relations"]}
        assert (("aspirin", CHEMICAL), "KILLS", ("hela", "Cell")) in stated
        assert [(label["start"], label["end"], label["level"], label["label"]) for label in found["labels"]] == [
            (0, len(text), "document", given["label"]),
            *((s["start"], s["end"], "sentence", s["label"]) for s in given["sentences"]),
        ]


def test_the_stages_of_the_job_take_the_trained_folder(trained: Path) -> None:
    """As the Ray job runs them: a cell stays unlinked, what is said of it is evidence and no triple."""
    from engine.link.lexicon import Lexicon
    from engine.pipeline import PipelineSettings, build_stages
    from engine.stage_actor import check_result
    from engine.tables import derive_tables

    lexicon = next((trained / "vocab").glob("*.zst"))
    row: dict[str, Any] = dict.fromkeys(schema.SOURCE_ROW.names) | {
        "doc_id": "x", "revision": 1, "deleted": False, "retracted": False, "text": "aspirin kills hela 51 .",
        "sections": [], "errors": [],
    }  # fmt: skip
    table = pa.Table.from_pylist([row], schema=schema.SOURCE_ROW)
    for stage in build_stages(PipelineSettings(model=trained / "out", lexicon=lexicon)):
        table = check_result(stage, table, stage.actor(**stage.kwargs)(table))
    (found,) = table.to_pylist()
    links = {m["type"]: m["concept_id"] for m in found["mentions"]}
    assert links["Cell"] is None
    assert links[CHEMICAL] is not None
    flat = derive_tables(table, lexicon=Lexicon.open(lexicon), model_revision="m", run_id="r")
    (evidence,) = (e for e in flat["evidence"].to_pylist() if e["tail_text"] == "hela")
    assert (evidence["predicate"], evidence["tail_type"], evidence["triple_id"]) == ("KILLS", "Cell", None)
    assert evidence["head_id"] == links[CHEMICAL]
    assert not len(flat["triple"])


def test_the_trained_folder_says_what_it_is(trained: Path) -> None:
    about = json.loads(run("models", "info", trained / "out", "--json").stdout)
    assert about["mention_heads"] == [CHEMICAL, "Cell", NEGATION_SCOPE, SPECULATION_SCOPE]
    assert about["classes"] == {"sentence": ["finding", "plan"], "document": ["in vivo", "in vitro"]}
    assert "a document is one of in vivo, in vitro" in run("models", "info", trained / "out").output
    verified = run("models", "verify", trained / "out")
    assert verified.exit_code == 0, verified.output
    recorded = ExtractorConfig.load(trained / "out").trained["task"]
    assert recorded["entity"][0] == {"type": "Chemical", "from": ["Drug"]}
    assert str(trained) not in json.dumps(recorded), "paths are recorded as the task's file writes them"


def test_a_task_is_scored_on_its_evaluation_files_or_its_carved_part(trained: Path, tmp_path: Path) -> None:
    options = ["--task", trained / "task.toml", "--data", tmp_path, "--threads", 1]
    result = run(
        "evaluate", trained / "out", *options, "--markdown", tmp_path / "report.md", "--picture", tmp_path / "p"
    )
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert (report["training"]["corpora"], report["training"]["documents"]) == (["kills"], 41)
    figures = report["splits"]["kills/evaluate"]
    assert figures["documents"] == 8
    assert figures["spans"]["Cell"]["f1"] > 0.8
    assert figures["relations_micro"]["gold"] == 8
    assert figures["classes"]["sentence finding"]["gold"] == 8
    assert figures["classes_macro"]["f1"] > 0.9
    assert figures["classes_macro"]["kinds"] == 4
    assert "| sentence finding |" in (tmp_path / "report.md").read_text()
    assert "kills/evaluate classes (macro)" in (tmp_path / "p").read_text()
    carved = json.loads(run("evaluate", trained / "out", *options, "--carved").stdout)
    assert carved["training"]["carved"]
    assert carved["splits"]["kills/carved"]["documents"] == 41 - carved["training"]["documents"]


def test_a_document_to_measure_on_is_not_learned_from(tmp_path: Path) -> None:
    write(tmp_path, lines(TOUCHING, *map(record, range(40))), "train.jsonl")
    write(tmp_path, lines(*map(record, range(38, 42))), "evaluate.jsonl")
    start = save_tiny_model(tmp_path / "tiny")
    result = run("finetune", start, tmp_path / "out", "--task", write(tmp_path))
    assert result.exit_code == 1
    assert "kills/evaluate: 2 of its 4 documents are among those" in result.output
    assert not (tmp_path / "out").exists()


def test_what_cannot_be_scored_honestly_is_refused(trained: Path, tmp_path: Path) -> None:
    options = ["--data", tmp_path, "--threads", 1]
    seen = write(trained, TASK.replace("evaluate.jsonl", "train.jsonl"), "seen.toml")
    result = run("evaluate", trained / "out", "--task", seen, *options)
    assert result.exit_code == 1
    assert "kills/evaluate: 41 of its 41 documents are among those that the model was trained on" in result.output
    other = run("evaluate", trained / "tiny", "--task", trained / "task.toml", *options)
    assert other.exit_code == 1
    assert "kills/evaluate annotates Cell, Cell TOUCHES Cell, Chemical KILLS Cell, document labels" in other.output
    write(trained, lines(TOUCHING, *map(record, range(39))), "fewer.jsonl")
    others = write(trained, TASK.replace("train.jsonl", "fewer.jsonl"), "others.toml")
    result = run("evaluate", trained / "out", "--task", others, *options)
    assert "[[train]] names other documents or labels than those that the model learned from" in result.output
    wider = write(trained, TASK.replace("carve_share = 0.4", "carve_share = 0.9"), "wider.toml")
    report = json.loads(run("evaluate", trained / "out", "--task", wider, *options, "--carved").stdout)
    assert report["splits"]["kills/carved"]["documents"] == sum(is_carved(f"d{i}", 0.4) for i in range(40)) + (
        is_carved("touching", 0.4)
    )
    none_kept = TASK[: TASK.index("[[evaluate]]")] + TASK[TASK.index("[[entity]]") :]
    empty = run("evaluate", trained / "out", "--task", write(trained, none_kept, "none.toml"), *options)
    assert "kills/evaluate: no documents" in empty.output
    assert run("evaluate", trained / "out", "--task", trained / "task.toml", "--on", "bc5cdr/test").exit_code == 2
    assert (
        run("finetune", trained / "tiny", tmp_path, "--task", trained / "task.toml", "--run", tmp_path).exit_code == 2
    )
    broken = run("finetune", trained / "tiny", tmp_path, "--task", write(tmp_path, "name = 1"))
    assert (broken.exit_code, "task.toml: name: Input should be a valid string" in broken.output) == (1, True)


def test_a_task_of_classes_alone_needs_no_other_head(tmp_path: Path) -> None:
    import torch

    from engine.model.checkpoint import fresh_network, open_network, save_network
    from engine.model.predict import Document, Predictor
    from engine.model.verify import verify_model
    from engine.train.settings import FinetuneSettings
    from engine.train.trainer import Trainer

    scheme = open_task(write(tmp_path, CLASS_ONLY)).scheme
    start = save_tiny_model(tmp_path / "tiny")
    config = shape_extractor(scheme, ExtractorConfig.load(start))
    assert (config.mention_heads, config.labels) == ((), ())
    network = fresh_network(start, config)
    documents = list(read_labelled_jsonl(lines({"id": 1, "text": "rats", "label": "b"}), scheme, source="f"))
    losses = Trainer(network, tiny_reader(), config, FinetuneSettings()).run_step(
        2, 2, [build_examples(documents, tiny_reader(), config)]
    )
    assert losses["class"] > 0
    assert losses["mention"] == losses["relation"] == 0
    save_network(network, config, tiny_reader(), tmp_path / "out")
    network, config = open_network(tmp_path / "out", dtype=torch.float32, device="cpu")
    predictor = Predictor(network, tiny_reader(), config, budget_tokens=256)
    found, empty = predictor.predict([Document("rats", [Span(0, 4)]), Document("", [])])
    assert [(label.level, label.end) for label in found.labels] == [("document", 4)]
    assert not empty.labels
    assert all(check.ok for check in verify_model(tmp_path / "out"))


def test_a_classifier_reads_the_mean_of_its_words_and_learns_by_cross_entropy(tmp_path: Path) -> None:
    import torch

    from engine.model.checkpoint import fresh_network

    scheme = open_task(write(tmp_path, CLASS_ONLY)).scheme
    network = fresh_network(
        start := save_tiny_model(tmp_path / "tiny"), shape_extractor(scheme, ExtractorConfig.load(start))
    )
    torch.manual_seed(0)
    words = torch.randn(9, 32)
    logits = network.eval().classify(words, torch.tensor([[0, 9], [4, 6]]), "document")
    layer = network.class_out["document"]
    expected = layer(torch.stack([words.mean(0), words[4:6].mean(0)]))
    assert torch.allclose(logits, expected, atol=1e-5)


def test_what_the_lexicon_does_not_know_stays_text_and_no_edge(tmp_path: Path) -> None:
    """A type or a predicate of a task's own: unlinked, or evidence without a triple, though both ends be linked."""
    from engine.link.linker import Linker
    from engine.serve.answers import answer_of
    from engine.tables import derive_evidence, derive_triples
    from tests.unit.rows import document, mention, relation, table

    text = "Imatinib kills K562 and melts ABL1."
    mentions = [
        mention(text, "Imatinib", CHEMICAL, "mesh:D000068877"),
        mention(text, "K562", "Cell"),
        mention(text, "ABL1", GENE, "hgnc:76"),
    ]
    stated = [relation(0, 1, "KILLS"), relation(0, 2, "MELTS"), relation(0, 2, "INHIBITS")]
    labels = [{"start": 0, "end": len(text), "level": "document", "label": "in vitro", "score": 0.75}]
    rows = table(document("PMID:1", text, mentions=mentions, relations=stated, labels=labels))
    evidence = derive_evidence(rows, model_revision="m", run_id="r").to_pylist()
    assert [(e["predicate"], e["triple_id"] is None, e["tail_text"], e["tail_id"]) for e in evidence] == [
        ("KILLS", True, "K562", None),
        ("MELTS", True, "ABL1", "hgnc:76"),
        ("INHIBITS", False, "ABL1", "hgnc:76"),
    ]
    assert derive_triples(derive_evidence(rows, model_revision="m", run_id="r"))["predicate"].to_pylist() == [
        "INHIBITS"
    ]
    answer = answer_of(rows.to_pylist()[0], name_of=lambda _: None, model_revision="m")
    assert answer["labels"] == labels
    assert [r["triple_id"] is None for r in answer["relations"]] == [True, True, False]
    linker = Linker(lexicon=pack_tiny_lexicon(tmp_path))
    links = linker.link_document("aspirin kills aspirin", [(0, 7, CHEMICAL), (14, 21, "Cell")])
    assert links[0] is not None
    assert links[1] is None
