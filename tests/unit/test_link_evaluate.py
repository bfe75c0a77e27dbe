"""The measure of the linker: hand-made documents and answers with figures counted by hand; the command; its table."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bench import linking
from bench.homonyms import read_suite
from bench.linking import score_table
from bench.tables import MissingResult, Results
from bench.tables.linking import render_linking
from engine.link import evaluate
from engine.link.entry import LexiconEdge
from engine.link.evaluate import Answer, JudgedLink, judge_links, link_mentions, measure_answers, tally_ids
from engine.link.gold import Judge, gold_ids
from engine.link.lexicon import Concept
from engine.link.linker import Link, Linker
from engine.link.report import render_links
from engine.link.scores import link_score
from engine.model.config import ExtractorConfig
from engine.schema import DISEASE
from engine.train.annotated import Annotated, GoldMention
from engine.train.measure.counts import count_all
from jobs.evaluate import command
from tests.tiny_model import save_tiny_model
from tests.unit.tiny_gold import abstract, write_gold

XREFS = {
    "mondo:1": ("mesh:D1", "omim:1"),
    "mondo:2": ("mesh:D2",),
    "hgnc:1": ("ncbigene:1",),
    "ncbigene:9": (),
    "fplx:F": (),
}
EDGES = (LexiconEdge("ncbigene:9", "ORTHOLOG_OF", "hgnc:1"), LexiconEdge("hgnc:1", "MEMBER_OF", "fplx:F"))


class SmallLexicon:
    """Two diseases, a gene, its ortholog and its family."""

    def all_ids(self) -> frozenset[str]:
        return frozenset(XREFS).union(*XREFS.values())

    def concept(self, concept_id: str) -> Concept | None:
        xrefs = XREFS.get(concept_id)
        return None if xrefs is None else Concept(concept_id, "Disease", concept_id, (), xrefs, None)

    def edges(self, concept_id: str) -> tuple[LexiconEdge, ...]:
        return tuple(edge for edge in EDGES if concept_id in (edge.subject, edge.object))


@pytest.fixture(scope="module")
def judge() -> Judge:
    return Judge(SmallLexicon())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("concept", "type", "ids"),
    [
        ("D003000", "Disease", ("mesh:D003000",)),
        ("MESH:D1|OMIM:175100", "Disease", ("mesh:D1", "omim:175100")),
        ("D1+D2, D1", "Chemical", ("mesh:D1", "mesh:D2")),
        ("7157,22059", "Gene", ("ncbigene:7157", "ncbigene:22059")),
        ("-1", "Disease", ()),
        ("-", "Chemical", ()),
        (None, "Gene", ()),
    ],
)
def test_gold_ids_are_curies(concept: str | None, type: str, ids: tuple[str, ...]) -> None:
    assert gold_ids(GoldMention(0, 1, type, concept)) == ids


def answers_to(judge: Judge, *mentions: tuple[str, str, Sequence[str]]) -> list[Answer]:
    """What is said of one document's mentions: (type, gold, concepts that they are linked to)."""
    gold = tuple(GoldMention(2 * i, 2 * i + 1, type, concept) for i, (type, concept, _) in enumerate(mentions))
    links = [tuple(Link(id, "exact:0:0") for id in found) for _, _, found in mentions]
    return judge_links([Annotated("1", "c", "a " * len(mentions), gold)], [links], judge)


def test_a_link_is_right_by_its_id_or_a_cross_reference_and_kin_is_wrong(judge: Judge) -> None:
    answers = answers_to(
        judge,
        ("Disease", "D1", ["mondo:1"]),
        ("Disease", "D1", ["mondo:2"]),
        ("Disease", "D1", []),
        ("Disease", "D7", ["mondo:1"]),
        ("Disease", "-1", ["mondo:1"]),
        ("Gene", "1", ["hgnc:1"]),
        ("Gene", "1", ["ncbigene:9"]),
        ("Gene", "1", ["fplx:F"]),
    )
    assert [a.right for a in answers] == [True, False, False, False, False, True, False, False]
    assert [a.carried for a in answers] == [True, True, True, False, False, True, True, True]
    assert [link.kin for a in answers for link in a.links] == [None, None, None, None, None, "ortholog", "family"]
    assert measure_answers(answers, 1)["types"]["Gene"]["kin"] == {"ortholog": 1, "family": 1}


def test_a_composite_has_all_its_ids_only_with_a_right_link_for_each(judge: Judge) -> None:
    both = "D1|D2"
    answers = answers_to(
        judge,
        ("Disease", both, ["mondo:1", "mondo:2"]),
        ("Disease", both, ["mondo:1"]),
        ("Disease", both, ["mondo:1", "hgnc:1"]),
        ("Disease", both, ["mondo:1", "mondo:2", "hgnc:1"]),
        ("Disease", both, []),
        ("Disease", "D1|OMIM:1", ["mondo:1"]),
    )
    assert [a.all_ids_found for a in answers] == [True, False, False, False, False, True]
    composites = measure_answers(answers, 1)["types"]["Disease"]["composites"]
    assert composites == {"gold": 6, "linked": 5, "right": 3, "all_ids_found": 2}


def said(document: int, name: str, right: bool | None, *, score: float = 0.9, gold: str = "mesh:D1") -> Answer:
    """An answer, right, wrong or none at all."""
    link = JudgedLink("mondo:1", "exact:0:0", score, bool(right))
    return Answer(
        document, name, "Disease", (gold,) if gold else (), gold == "mesh:D1", () if right is None else (link,)
    )


def test_shares_by_mention_and_by_name() -> None:
    answers = [
        *(said(0, "Fever", True), said(0, "fever", True), said(1, "FEVER", False)),  # right by name: two of three
        *(said(0, "ache", True), said(1, "ache", None)),  # half is not most: neither right nor linked
        said(1, "cough", False),
        said(1, "fever", False, gold="mesh:D7"),  # another name, for its other gold id, which nothing carries
        said(1, "pain", True, gold=""),
    ]
    figures = measure_answers(answers, 2)["types"]["Disease"]
    mentions, names = figures["mentions"], figures["names"]
    assert mentions["carried"] | {"intervals_95": None} == {
        **{"gold": 6, "linked": 5, "right": 3},
        **{"linked_share": 0.8333, "precision": 0.6, "accuracy": 0.5, "intervals_95": None},
    }
    assert [mentions["all"][name] for name in ("gold", "linked", "right")] == [7, 6, 3]
    assert (mentions["all"]["precision"], mentions["all"]["accuracy"]) == (0.5, round(3 / 7, 4))
    assert [names["carried"][name] for name in ("gold", "linked", "right")] == [3, 2, 1]
    assert (names["carried"]["precision"], names["carried"]["accuracy"]) == (0.5, 0.3333)
    assert [names["all"][name] for name in ("gold", "linked", "right")] == [4, 3, 1]
    assert figures["no_gold_id"] == {"gold": 1, "linked": 1}
    # Document 0 is all right, document 1 all wrong: a resample of two holds one of them alone half of the time.
    assert mentions["carried"]["intervals_95"] == {"precision": [0.0, 1.0], "accuracy": [0.0, 1.0]}


def test_calibration_is_over_links_of_carried_ids() -> None:
    answers = [
        *(said(0, "a", True, score=0.95), said(0, "b", True, score=0.95), said(0, "c", False, score=0.92)),
        said(0, "d", False, score=0.45),
        said(0, "e", None),
        said(0, "f", False, score=0.1, gold="mesh:D7"),
        said(0, "g", True, score=0.1, gold=""),
    ]
    measured = measure_answers(answers, 1)
    calibration = measured["types"]["Disease"]["calibration"]
    assert calibration["forecasts"] == 4
    assert [(b["from"], b["forecasts"], b["mean_score"], b["share_right"]) for b in calibration["bins"]] == [
        (0.4, 1, 0.45, 0.0),
        (0.9, 3, 0.94, 0.6667),
    ]
    assert calibration["expected_calibration_error"] == round(0.45 / 4 + (0.94 - 2 / 3) * 3 / 4, 4)
    assert measured["how"] == {"Disease exact:0:0": {"linked": 4, "right": 2, "family": 0, "share": 0.5}}


def test_without_a_link_or_a_gold_id_there_are_zeros() -> None:
    figures = measure_answers([said(0, "a", None), said(0, "b", None, gold="")], 1)["types"]["Disease"]
    assert figures["calibration"] == {"expected_calibration_error": 0.0, "forecasts": 0, "bins": []}
    assert figures["mentions"]["carried"]["precision"] == figures["names"]["all"]["accuracy"] == 0.0
    empty = measure_answers([said(0, "b", True, gold="")], 1)["types"]["Disease"]
    assert empty["mentions"]["all"]["gold"] == empty["names"]["all"]["gold"] == 0


def test_each_gold_id_of_a_document_is_matched_once() -> None:
    ids = {"a": {"x", "y"}, "b": {"x"}, "c": {"x"}, "d": {"d"}}
    stated = [
        {("Disease", "a"), ("Disease", "b"), ("Disease", "c")},  # a takes y, so that b or c has x; one is left over
        {("Disease", "d"), ("Chemical", "b")},  # x is a disease here
        set[tuple[str, str]](),
    ]
    gold = [{("Disease", "x"), ("Disease", "y"), ("Disease", "z")}, {("Disease", "x")}, {("Disease", "d")}]
    counts = count_all(tally_ids(stated, gold, lambda id: ids[id]))
    disease, chemical = counts["Disease"], counts["Chemical"]
    assert (disease.right, disease.predicted, disease.found, disease.gold) == (2, 4, 2, 5)
    assert (disease.precision, disease.recall) == (0.5, 0.4)
    assert disease.f1 == pytest.approx(4 / 9)
    assert (chemical.right, chemical.predicted, chemical.gold) == (0, 1, 0)


# ------------------------------------------------------------------------------------- the command

# Zinc and asthma by their MeSH ids, and a disease that nobody has.
GOLD = {
    "bc5cdr/CDR_TestSet.PubTator.txt.gz": (
        "100|t|Zinc and asthma.\n100|a|Zinc causes qxwzt.\n"
        "100\t0\t4\tZinc\tChemical\tD015032\n100\t9\t15\tasthma\tDisease\tD001249\n"
        "100\t17\t21\tZinc\tChemical\tD015032\n100\t29\t34\tqxwzt\tDisease\t-1\n"
    ),
    "biored/Dev.PubTator.gz": "400|t|EGFR.\n400|a|None.\n400\t0\t4\tEGFR\tGeneOrGeneProduct\t7157\n",
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_gold(tmp_path_factory.mktemp("data"), GOLD)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = save_tiny_model(tmp_path_factory.mktemp("model"), thresholds=0.02)
    trained = {"settings": {"passes": {"bc5cdr": 2.0}, "carve_share": 0.5}}
    replace(ExtractorConfig.load(folder), trained=trained).save(folder)
    return folder


def run(*options: object) -> Result:
    return CliRunner().invoke(command, [str(option) for option in options])


def test_the_command_reports_links_and_writes_what_went_wrong(data: Path, model: Path, tmp_path: Path) -> None:
    files = {name: tmp_path / f"links.{name}" for name in ("json", "markdown", "misses")}
    options = [part for name, path in files.items() for part in (f"--{name}", path)]
    result = run(model, "--task", "linking", "--data", data, "--threads", 1, *options)
    assert result.exit_code == 0, result.output
    assert re.search(r"bc5cdr/test +Chemical +mentions +2 +1 +1\.000 ", result.stdout)
    report = json.loads(files["json"].read_text())
    assert (report["schema"], report["split"]) == (2, "test")
    assert report["mentions_per_second"] > 0
    types = report["corpora"]["bc5cdr/test"]["types"]
    assert types["Disease"]["no_gold_id"] == {"gold": 1, "linked": 0}
    assert types["Disease"]["mentions"]["all"]["right"] == 1
    ((way, count),) = ((w, c) for w, c in report["corpora"]["biored/dev"]["how"].items())
    assert (count["linked"], count["right"]) == (1, 0)
    (bin,) = report["calibration"]["Gene"]["bins"]
    assert bin["mean_score"] == link_score("Gene", way.partition(" ")[2])
    whole = report["end_to_end"]
    assert (whole["split"], whole["documents"], whole["types"]["Disease"]["gold"]) == ("bc5cdr/test", 1, 1)
    misses = [json.loads(line) for line in files["misses"].read_text().splitlines()]
    assert [(m["text"], m["gold"], m["links"]) for m in misses] == [("EGFR", ["ncbigene:7157"], ["hgnc:3236"])]
    assert "## Ids of documents, end to end: bc5cdr/test" in files["markdown"].read_text()
    assert files["markdown"].read_text() == render_links(report)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--task", "linking", "--on", "bc5cdr/test"], "--on says nothing for --task linking"),
        (["--task", "linking", "--card"], "--card says nothing for --task linking"),
        (["model", "--split", "dev"], "--split says nothing for --task extraction"),
        (["--task", "links"], "neither 'extraction' nor 'linking' nor the TOML file"),
        ([], "name the MODEL to score"),
    ],
)
def test_options_that_say_nothing_are_refused(options: list[str], message: str) -> None:
    result = run(*options)
    assert result.exit_code == 2
    assert message in " ".join(result.output.split())


def test_batches_say_what_single_documents_do(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("myelodysplastic change", "asthma", "deteriorated cognition")
    documents = [
        Annotated(name, "c", f"It caused {name}.", (GoldMention(10, 10 + len(name), DISEASE, "D1"),)) for name in names
    ]
    alone = [
        link_mentions(Linker(), d.text, [(m.start, m.end, m.type) for m in d.mentions], widen=False) for d in documents
    ]
    assert [len(links) for (links,) in alone[:2]] == [1, 1]
    for rows in (1, 2, 128):
        monkeypatch.setattr(evaluate, "_BATCH_ROWS", rows)
        linked, speed = evaluate._link_twice(Linker(), {"c": documents})
        assert linked == {"c": alone}
        assert min(speed.values()) > 0


def test_a_split_that_the_model_learned_from_is_refused(data: Path, model: Path, tmp_path: Path) -> None:
    empty = "2|t|None.\n2|a|None.\n"
    other = {"ncbi-disease/NCBIdevelopset_corpus.txt.gz": empty, "biored/Train.PubTator.gz": empty}
    result = run(model, "--task", "linking", "--split", "dev", "--data", write_gold(tmp_path, other))
    assert result.exit_code == 1
    assert "bc5cdr/dev: 1 of its 1 documents are among those that the model was trained on" in result.output
    missing = run("--task", "linking", "--split", "dev", "--data", data)
    assert missing.exit_code == 1
    assert "NCBIdevelopset_corpus.txt.gz is missing" in missing.output


def test_the_table_of_scores_counts_families_and_pools_kinds() -> None:
    count = {"linked": 15, "right": 9, "family": 3, "share": 0.6}
    hows = [{"Gene exact:0:0": count, "Gene exact:1:0": count}, {"Gene form:0:0": count}]
    # All ways: (36 + 10 * 0.5) / 55; exact: (24 + 10 * that) / 40; its ways: (12 + 10 * that) / 25; form likewise.
    assert score_table(hows) == [
        "Gene * 0.75",
        "Gene exact 0.79",
        "Gene exact:0:0 0.79",
        "Gene exact:1:0 0.79",
        "Gene form 0.78",
        "Gene form:0:0 0.79",
    ]


def test_each_half_of_the_development_documents_is_measured_by_the_other_halfs_lexicon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = write_gold(
        tmp_path,
        {
            "bc5cdr/CDR_DevelopmentSet.PubTator.txt.gz": "\n".join(abstract(i, f"in {i}") for i in range(1000, 1030)),
            "ncbi-disease/NCBIdevelopset_corpus.txt.gz": "2000|t|Glioma.\n2000|a|None.\n",
            "biored/Train.PubTator.gz": "3000|t|EGFR.\n3000|a|None.\n",
        },
    )
    suite = (replace(read_suite()[0], doc_id="1000"),)
    monkeypatch.setattr(linking, "read_suite", lambda: suite)
    linking.write_halves(tmp_path / "halves", data)
    halves = [(tmp_path / "halves" / f"{half}.tsv").read_text().split() for half in (0, 1)]
    assert [half.pop(0) for half in halves] == ["doc_id", "doc_id"]
    assert all(len(half) > 5 for half in halves)
    assert sorted(halves[0] + halves[1]) == [f"PMID:{i}" for i in [*range(1001, 1030), 2000, 3000]]
    asked: dict[str, list[str]] = {}

    def link(split: str, *, lexicon: Path, only: frozenset[str], **_: object) -> tuple[dict[str, object], list[object]]:
        asked[lexicon.name] = sorted(only)
        how = {f"Chemical exact:0:{len(asked)}": {"linked": 10, "right": 10, "family": 0}}
        return {"corpora": {"bc5cdr/dev": {"how": how}}}, []

    monkeypatch.setattr(linking, "evaluate_linker", link)
    table = linking.measure_halves(tmp_path / "halves", data)
    assert [line.split()[1] for line in table] == ["*", "exact", "exact:0:1", "exact:0:2"]
    assert asked == {"0.zst": sorted(halves[0]), "1.zst": sorted(halves[1])}


def test_docs_show_what_was_recorded_and_refuse_an_older_record(tmp_path: Path, data: Path) -> None:
    result = run("--task", "linking", "--data", data, "--json", tmp_path / "linking.json")
    assert result.exit_code == 0, result.output
    results = Results(tmp_path, tmp_path)
    report = json.loads((tmp_path / "linking.json").read_text())
    assert "| chemicals | BC5CDR test | mentions | 2 | 1.000 | 1.000 (1.000 to 1.000) |" in render_linking(results)
    assert "Homonyms" not in render_linking(results)
    parts = {"all": {"cases": 8, "right": 6, "share": 0.75}, "Gene": {"cases": 4, "right": 3, "share": 0.75}}
    figures = {"precision": 0.5, "recall": 0.25, "f1": 0.3333, "gold": 4, "predicted": 2}
    whole = {"split": "bc5cdr/test", "documents": 1, "model_revision": "abc", "types": {"Disease": figures}}
    (tmp_path / "linking.json").write_text(json.dumps({**report, "homonyms": parts, "end_to_end": whole}))
    assert "Homonyms: 75.0% of 8 are right (Gene 3/4)." in render_linking(results)
    assert "| ids of diseases | 0.500 | 0.250 | 0.333 | - | 4 |" in render_linking(results)
    (tmp_path / "linking.json").write_text(json.dumps({"corpora": {}, "lexicon": "abc"}))
    with pytest.raises(MissingResult, match="of an older version"):
        render_linking(results)
