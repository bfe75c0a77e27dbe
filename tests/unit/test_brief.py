"""Summaries: what a sentence may say with which citation, and the command over a graph."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from engine.generate.ask import AnswerCache, Asker
from engine.generate.request import Answer, EngineUnavailableError, Request
from engine.generate.summary import (
    Evidence,
    Statement,
    SummaryError,
    ask_summary,
    cited_evidence,
    summarise,
    why_not_there,
)
from graph.ask import ask
from graph.connect import open_store
from graph.questions import find_question
from graph.store import Store
from jobs import brief as job
from jobs.generator_options import ChosenEngine
from tests.small_graph import hand_written

EVIDENCE = [
    Evidence("Imatinib inhibits ABL1 in 12 of 15 patients.", "PMID:1"),
    Evidence("Imatinib inhibits KIT.", "PMID:2"),
    Evidence("Imatinib inhibits ABL1 again.", "PMID:1"),
]


class Writer:
    """Says what it was given; the verifier in it knows what was written as false."""

    revision = "writer-1"

    def __init__(self, *answers: str) -> None:
        self._answers = list(answers)

    def answer(self, requests: Sequence[Request], /) -> list[Answer]:
        return [self._say(request) for request in requests]

    def _say(self, request: Request) -> Answer:
        if request.choices:
            passage, claim = request.user.split("Claim:")
            word = "No" if "cures" in claim or ("KIT" in passage and "KIT" not in claim) else "Yes"
            return Answer(logprobs={c: math.log(0.8 if c == word else 0.1) for c in request.choices})
        return Answer(text=self._answers.pop(0), prompt_tokens=50, answer_tokens=20)


def said(*sentences: tuple[str, list[str]]) -> str:
    return json.dumps({"sentences": [{"text": text, "cites": cites} for text, cites in sentences]})


def asker(tmp_path: Path, *answers: str) -> Asker:
    return Asker(Writer(*answers), AnswerCache(tmp_path / "c", revision="w"))


def test_a_sentence_is_kept_with_the_publications_that_it_cites(tmp_path: Path) -> None:
    writer = asker(tmp_path, said(("Imatinib inhibits\nABL1 and KIT.", ["3", "2", "1"])))  # each of them is asked
    summary = summarise(writer, "imatinib", EVIDENCE, sentences=3, max_tokens=100, free_wording=True)
    assert summary.statements == (Statement("Imatinib inhibits ABL1 and KIT.", ("PMID:1", "PMID:2")),)
    assert (writer.counters["summary_prompts"], writer.counters["check_prompts"], summary.struck) == (1, 3, 0)


def test_of_several_citations_those_that_state_the_sentence_stay(tmp_path: Path) -> None:
    writer = asker(tmp_path, said(("Imatinib inhibits ABL1.", ["1", "2"])))  # 2 says it of KIT
    summary = summarise(writer, "imatinib", EVIDENCE, sentences=3, max_tokens=100)
    assert summary.statements == (Statement("Imatinib inhibits ABL1.", ("PMID:1",)),)
    assert (summary.struck, summary.dropped) == (1, {})


def test_what_a_sentence_says_stands_in_the_citations_that_are_left(tmp_path: Path) -> None:
    evidence = [*EVIDENCE, Evidence("It inhibits KIT in 44 patients.", "PMID:3")]
    writer = asker(tmp_path, said(("It inhibits ABL1, and another in 44.", ["1", "4"])))  # 4 speaks of KIT alone
    summary = summarise(writer, "imatinib", evidence, sentences=3, max_tokens=100, free_wording=True)
    assert (summary.statements, summary.dropped, summary.struck) == ((), {"number_not_there": 1}, 0)


def test_what_does_not_hold_is_dropped_and_counted(tmp_path: Path) -> None:
    answer = said(
        ("It inhibits ABL1.", []),
        ("It inhibits ABL1.", ["9"]),
        ("It helped 13 patients.", ["1"]),
        ("It helped 12 patients.", ["2"]),
        ("It inhibits PDGFR.", ["2"]),
        ("It cures everything.", ["2"]),
        (" ", ["1"]),
        ("It inhibits ABL1 in 12 of 15.", ["1"]),
        ("It inhibits ABL1 in 12 of 15.", ["1"]),
    )
    writer = asker(tmp_path, answer)
    summary = summarise(writer, "imatinib", EVIDENCE, sentences=9, max_tokens=100, free_wording=True)
    assert [statement.text for statement in summary.statements] == ["It inhibits ABL1 in 12 of 15."]
    assert summary.dropped == {
        "uncited": 1,
        "cites_what_is_not_there": 1,
        "number_not_there": 2,
        "name_not_there": 1,
        "not_stated_there": 1,
        "empty": 1,
        "said_before": 1,
    }


def test_unless_it_is_free_a_sentence_is_said_in_the_words_of_what_it_cites(tmp_path: Path) -> None:
    paraphrased = ("The drug blocks ABL1 in 12 of 15.", ["1"])
    answer = said(("Imatinib inhibits ABL1.", ["1", "2"]), paraphrased, ("Imatinib may inhibit ABL1.", ["1"]))
    writer = asker(tmp_path, answer)
    summary = summarise(writer, "imatinib", EVIDENCE, sentences=9, max_tokens=100)
    assert summary.statements == (Statement("Imatinib inhibits ABL1.", ("PMID:1",)),)
    assert (summary.struck, summary.dropped) == (1, {"not_in_its_words": 2})
    assert writer.counters["check_prompts"] == 1, "what isn't in its words is not asked about"


def test_a_model_that_is_not_bound_may_write_numbers_and_too_many_sentences(tmp_path: Path) -> None:
    sentences = [("Imatinib inhibits ABL1.", [1]), ("Imatinib inhibits KIT.", [2]), ("Imatinib inhibits ABL1.", [3])]
    answer = json.dumps({"sentences": [{"text": text, "cites": cites} for text, cites in sentences]})
    summary = summarise(asker(tmp_path, answer), "imatinib", EVIDENCE, sentences=1, max_tokens=100)
    assert summary.statements == (Statement("Imatinib inhibits ABL1.", ("PMID:1",)),)
    assert summary.dropped == {"too_many": 1, "said_before": 1}


def test_numbers_are_compared_whole() -> None:
    evidence = [Evidence("A dose of 1.5 mg in 120 patients.", "PMID:1")]
    assert cited_evidence("A dose of 1.5 mg.", ["1"], evidence, "3 publications") == evidence
    for text in ("A dose of 5 mg.", "In 12 patients.", "In 3 patients."):
        assert cited_evidence(text, ["1"], evidence, "3 publications") == "number_not_there"


def test_a_name_stands_in_what_is_cited_or_is_the_topic() -> None:
    said = "Inhibitors of EGFR and TNF-alpha lower IL-6 in the FA pathway, which was known; SSRI don't."

    def why(text: str, topic: str = "cancer") -> str | None:
        return why_not_there(text, [Evidence(said, "PMID:1")], topic)

    assert why("SSRIs leave IL-6 and TNF-alpha alone.") is None
    assert {why(f"It lowers {name}.") for name in ("IL6", "VEGF", "FAS", "WAS")} == {"name_not_there"}
    for topic in ("VEGF and cancer", "p53", "COX-2 and pain"):
        assert why(f"It lowers {topic}.", topic) is None


def test_an_unusable_answer_is_asked_for_once_more(tmp_path: Path) -> None:
    good = said(("It inhibits KIT.", ["2"]))
    assert summarise(asker(tmp_path, "no", good), "x", EVIDENCE, sentences=2, max_tokens=100).statements
    with pytest.raises(SummaryError, match="no JSON"):
        summarise(asker(tmp_path / "other", "no", "no"), "x", EVIDENCE, sentences=2, max_tokens=100)


def test_the_schema_offers_the_evidence_that_there_is() -> None:
    request = ask_summary("x", EVIDENCE, sentences=4, max_tokens=100, attempt=0)
    sentences = json.loads(request.schema or "")["properties"]["sentences"]
    assert sentences["maxItems"] == 4
    assert sentences["items"]["properties"]["cites"]["items"]["enum"] == ["1", "2", "3"]


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("graph") / "g.kgl"
    with open_store(str(path)) as store:
        hand_written().load(store)
    return str(path)


def test_the_command_cites_publications_of_the_graph(
    graph: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edge = next(e for e in hand_written().edges())
    names = [hand_written().entity(i).name for i in (edge.subject, edge.object)]
    answer = said(("One thing acts on the other.", ["1"]), ("It is new.", []))
    chosen = ChosenEngine("writer", "writer-1", lambda: Writer(answer), in_process=False)
    monkeypatch.setattr(job, "choose_engine", lambda *_: chosen)
    arguments = [*names, "--graph", graph, "--generator", "writer", "--cache", str(tmp_path / "c")]
    arguments += ["--wording", "free"]
    result = CliRunner().invoke(job.command, arguments)
    assert result.exit_code == 0, result.output
    first, last = result.stdout.splitlines()
    assert first.startswith("One thing acts on the other. [PMID:")
    summary = json.loads(last)
    assert (summary["sentences"], summary["dropped"]) == (1, {"uncited": 1})
    monkeypatch.setattr(job, "choose_engine", lambda *_: ChosenEngine("w", "writer-1", Writer, in_process=False))
    again = CliRunner().invoke(job.command, arguments)
    assert again.stdout.splitlines()[0] == first, "a rerun asks nothing"


def test_evidence_of_a_concept_or_of_publications_is_read(graph: str) -> None:
    small = hand_written()
    edge = next(e for e in small.edges())
    with open_store(graph, read_only=True) as store:
        _, of_concept, concepts = job.read_evidence(store, [small.entity(edge.subject).name], [], limit=10)
        publication = of_concept[0].publication
        topic, of_publication, _ = job.read_evidence(store, [], [publication], limit=10)
    assert topic == "1 publications"
    assert small.entity(edge.subject).name in concepts
    assert {e.publication for e in of_publication} == {publication}
    assert of_concept[0].text in {e.text for e in of_publication}


def test_a_publication_is_one_however_it_is_written(graph: str) -> None:
    with open_store(graph, read_only=True) as store:
        topic, evidence, _ = job.read_evidence(store, [], ["pmid:7", " 7", "PMID:7"], limit=6)
        assert evidence == job.read_evidence(store, [], ["PMID:7"], limit=6)[1]
    assert topic == "1 publications"
    assert {e.publication for e in evidence} == {"PMID:7"}


def test_retracted_evidence_takes_no_other_s_place(tmp_path: Path) -> None:
    small = hand_written()
    with open_store(str(tmp_path / "g.kgl")) as store:
        small.load(store)
        pairs = ([small.entity(id).name for id in (e.subject, e.object)] for e in small.edges())
        found = ((names, job.read_evidence(store, names, [], limit=10)[1]) for names in pairs)
        names, (first, *others) = next((n, e) for n, e in found if len({piece.publication for piece in e}) > 1)
        store.execute("MATCH (p:Publication {id: $id}) SET p.retracted = true", id=first.publication)
        _, left, _ = job.read_evidence(store, names, [], limit=1)
    assert left == [next(piece for piece in others if piece.publication != first.publication)]


def test_a_file_that_holds_no_answers_is_told(graph: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "notes.txt").write_text("no database")
    monkeypatch.setattr(job, "choose_engine", lambda *_: ChosenEngine("w", "w", Writer, in_process=False))
    for cache in (tmp_path, tmp_path / "notes.txt", tmp_path / "notes.txt" / "c"):
        result = CliRunner().invoke(
            job.command, ["imatinib", "--graph", graph, "--generator", "w", "--cache", str(cache)]
        )
        assert (result.exit_code, f"{cache} is no file of answers" in result.stderr) == (1, True)


def test_an_adapter_that_cannot_be_added_is_told(graph: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> Writer:
        raise EngineUnavailableError("only plain LoRA")

    monkeypatch.setattr(job, "choose_engine", lambda *_: ChosenEngine("w", "w", refuse, in_process=True))
    arguments = ["imatinib", "--graph", graph, "--generator", "w", "--cache", str(tmp_path / "c")]
    result = CliRunner().invoke(job.command, arguments)
    assert (result.exit_code, "Error: only plain LoRA" in result.stderr) == (1, True)
    result = CliRunner().invoke(job.command, [*arguments, "--answer-tokens", "4096"])
    assert (result.exit_code, "--answer-tokens 4096 leaves no room" in result.stderr) == (2, True)


def test_evidence_of_publications_without_a_year_is_evidence(tmp_path: Path) -> None:
    small = hand_written()
    concept = small.entity(next(e for e in small.edges()).subject)
    with open_store(str(tmp_path / "g.kgl")) as store:
        small.load(store)
        _, dated, _ = job.read_evidence(store, [concept.name], [], limit=10)
        store.execute("MATCH (p:Publication) SET p.year = null")
        _, undated, _ = job.read_evidence(store, [concept.name], [], limit=10)
        since = store_rows(store, concept.name, since=1)
    assert undated == dated
    assert undated
    assert since == [], "a year that isn't known is none since another"


def store_rows(store: Store, concept: str, **asked: object) -> list[dict[str, object]]:
    return list(ask(store, find_question("recent-evidence"), {"concept": concept, **asked}).rows)


@pytest.mark.parametrize("arguments", [[], ["a", "b", "c"], ["a", "--publication", "1"]])
def test_one_thing_is_summarised_at_a_time(arguments: list[str], graph: str) -> None:
    result = CliRunner().invoke(job.command, [*arguments, "--graph", graph, "--generator", "x"])
    assert (result.exit_code, "and not both" in result.stderr) == (2, True)
