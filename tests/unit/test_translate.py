"""Translations: what must stay the same, what is retried and left, names, and the command over a graph and a run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from engine.generate.ask import AnswerCache, Asker
from engine.generate.request import Answer, Request
from engine.generate.translate import Sentence, find_difference, name_concepts, name_mentions, translate
from engine.output import write_json, write_rows
from engine.schema import Span
from engine.shards import InputFile, Shard, plan_to_json
from graph.connect import open_store
from jobs import brief as job
from jobs import run_abstract
from jobs.generator_options import ChosenEngine
from tests.scripted_engine import ScriptedEngine
from tests.small_graph import hand_written
from tests.unit.rows import document, mention, small_lexicon, table

NAMES = {"imatinib": "imatinib", "Gleevec": "imatinib", "ABL1": "ABL1", "c-Abl": "ABL1", "CAT": "CAT"}


def test_names_become_placeholders_and_come_back_as_the_preferred_ones() -> None:
    sentence = name_concepts("Gleevec (imatinib) inhibits c-abl in 12 cats.", NAMES)
    assert sentence.masked() == "[[1]] ([[1]]) inhibits [[2]] in 12 cats."
    assert sentence.fill("In 12 Katzen hemmt [[1]] ([[1]]) [[2]] und [[9]].") == (
        "In 12 Katzen hemmt imatinib (imatinib) ABL1 und [[9]]."
    )


def test_no_placeholder_is_what_the_text_says_itself() -> None:
    sentence = name_concepts("As in [[1]], Gleevec inhibits c-Abl.", NAMES)
    assert sentence.masked() == "As in [[1]], [[2]] inhibits [[3]]."
    assert sentence.fill(sentence.masked()) == "As in [[1]], imatinib inhibits ABL1."


def test_a_name_is_no_part_of_a_word_or_list_and_a_short_one_counts_as_it_is_written() -> None:
    assert (
        name_concepts("The cat has ABL1B, CAT and IMATINIB.", NAMES).masked() == "The cat has ABL1B, [[1]] and [[2]]."
    )
    assert name_concepts("ERK1/2, LC3A/B, ERK1/LC3A", {"ERK1": "MAPK3", "LC3A": "MAP1LC3A"}).masked() == (
        "ERK1/2, LC3A/B, [[1]]/[[2]]"
    )
    assert name_concepts("A c-Abl kinase", {"c-Abl": "ABL1", "c-Abl kinase": "ABL"}).masked() == "A [[1]]"
    assert name_concepts("None.", {}) == Sentence("None.")
    either = name_concepts("STAT3 and Stat3, not stat3.", {"STAT3": "STAT3", "Stat3": "Stat3"})
    assert [name for _, name in either.names] == ["STAT3", "Stat3"], "a human gene and a mouse's"
    assert name_concepts("ASPIRIN", {"Aspirin": "aspirin", "aspirin": "aspirin"}).masked() == "[[1]]"


def test_mentions_of_a_text_become_placeholders_of_its_sentence() -> None:
    text = "First. The EGFR gene EGFR binds."
    spans = [(Span(11, 15), "EGFR"), (Span(11, 20), "epidermal growth factor receptor"), (Span(21, 25), "EGFR")]
    sentence = name_mentions(text, Span(7, 32), [*spans, (Span(0, 5), "other")])
    assert sentence.masked() == "The [[1]] [[2]] binds."
    assert sentence.preferred == ("epidermal growth factor receptor", "EGFR")


@pytest.mark.parametrize(
    ("original", "translated", "difference"),
    [
        ("[[1]] in 12 of 15 (PMID: 7).", "Bei 12 von 15: [[1]] (PMID 7).", None),
        ("[[1]] and [[1]].", "[[1]] und es.", "placeholders"),
        ("[[1]].", "[[1]] [[2]].", "placeholders"),
        ("A dose of 1.5 mg.", "Eine Dosis von 1,5 mg.", "numbers"),
        ("12 of 15.", "15.", "numbers"),
        ("12 and 12.", "12.", "numbers"),
        ("See PMID:12.", "Siehe PMID:13.", "citations"),
        ("See PMID:12.", "Siehe 12.", "citations"),
        ("Yes.", "", "empty"),
    ],
)
def test_what_must_be_the_same(original: str, translated: str, difference: str | None) -> None:
    assert find_difference(original, translated) == difference


def test_a_sentence_that_does_not_hold_is_retried_once_and_then_left(tmp_path: Path) -> None:
    texts = [
        "Gleevec inhibits ABL1 in 12 patients.",
        "Gleevec is forgetful once.",
        "Gleevec is forgetful.",
        "Gleevec is miscounting 12.",
        "Nothing.",
    ]
    asker = Asker(ScriptedEngine(), AnswerCache(tmp_path / "c", revision="s"))
    done = translate(asker, [name_concepts(text, NAMES) for text in texts], "German", max_tokens=100)
    assert done.sentences == (
        "xx imatinib inhibits ABL1 in 12 patients.",
        "xx imatinib is forgetful once.",
        "Gleevec is forgetful.",
        "Gleevec is miscounting 12.",
        "xx Nothing.",
    )
    assert done.left == {"placeholders": 1, "numbers": 1}
    assert asker.counters["translate_prompts"] == 5 + 3


class Garbled(ScriptedEngine):
    def answer(self, requests: Sequence[Request], /) -> list[Answer]:
        return [Answer(text="no JSON") for _ in requests]


def test_an_answer_that_can_t_be_used_leaves_the_original(tmp_path: Path) -> None:
    asker = Asker(Garbled(), AnswerCache(tmp_path / "c", revision="s"))
    done = translate(asker, [Sentence("Nothing.")], "German", max_tokens=100)
    assert (done.sentences, done.left) == (("Nothing.",), {"unanswered": 1})


class Summariser(ScriptedEngine):
    """Summarises in two sentences, believes all, translates by the script."""

    def __init__(self, first: str) -> None:
        super().__init__()
        self._first = first

    def answer(self, requests: Sequence[Request], /) -> list[Answer]:
        return [self._say(request) for request in requests]

    def _say(self, request: Request) -> Answer:
        if request.choices:
            return Answer(logprobs=dict(zip(request.choices, (-0.1, -3.0, -3.0), strict=True)))
        if request.user.startswith("Evidence"):
            said = [{"text": text, "cites": ["1"]} for text in (self._first, f"{self._first} It is forgetful.")]
            return Answer(text=json.dumps({"sentences": said}))
        (answer,) = super().answer([request])
        return answer


def brief(monkeypatch: pytest.MonkeyPatch, engine: ScriptedEngine, cache: Path, *arguments: str) -> Result:
    chosen = ChosenEngine("scripted", "scripted-1", lambda: engine, in_process=False)
    monkeypatch.setattr(job, "choose_engine", lambda *_: chosen)
    return CliRunner().invoke(job.command, [*arguments, "--generator", "scripted", "--cache", str(cache)])


def last_line(result: Result) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return found


def test_a_brief_is_translated_with_the_graph_s_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small = hand_written()
    synonyms = {synonym: entity for entity in small.entities for synonym in entity.synonyms}
    edge, end, synonym = next(
        (edge, small.entity(id), synonym)
        for edge in small.edges()
        for id in (edge.subject, edge.object)
        for synonym, entity in synonyms.items()
        if entity.id == id and len(synonym) > 4
    )
    store_path = tmp_path / "g.kgl"
    with open_store(str(store_path)) as store:
        small.load(store)
    names = [small.entity(id).name for id in (edge.subject, edge.object)]
    arguments = [*names, "--graph", str(store_path), "--translate", "German", "--wording", "free"]
    result = brief(monkeypatch, Summariser(f"What {synonym.capitalize()} does is known."), tmp_path / "c", *arguments)
    assert result.exit_code == 0, (result.output, result.exception)
    first, second, _ = result.stdout.splitlines()
    assert first.startswith(f"xx What {end.name} does is known. [PMID:")
    assert second.startswith(f"What {synonym.capitalize()} does is known. It is forgetful. [PMID:")
    summary = last_line(result)
    assert (summary["language"], summary["translated"]) == ("German", 1)
    assert summary["left_in_the_original"] == {"placeholders": 1}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run with two revisions of an abstract, one of a third that was rejected, and a document without a text."""
    text = "Gleevec helps ABL1/KIT. Gleevec inhibits KIT in 12 patients."
    ends = [
        mention(text, "ABL1", "Gene", "hgnc:76"),  # the parts of a list
        mention(text, "ABL1/KIT", "Gene", "hgnc:6342"),
        mention(text, "Gleevec", "Chemical", "mesh:D000068877", nth=1),
        mention(text, "KIT", "Gene", nth=1),
    ]
    rows = [
        document("PMID:1", "Old.", revision=1),
        document("PMID:1", text, revision=2, mentions=ends),
        document("PMID:1", "Bad.", revision=3, errors=[{"stage": "link", "kind": "crash", "message": ""}]),
        document("PMID:2", ""),
    ]
    shard = Shard(0, tmp_path / "run" / "shards" / "00000", (InputFile("/in.xml", 5),))
    write_rows(table(*rows), shard.rows)
    about = {"run_id": "r", "model_revision": "m", "lexicon_version": "small", "shards": plan_to_json([shard])}
    write_json(tmp_path / "run" / "run.json", about)
    monkeypatch.setattr(run_abstract, "open_lexicon", lambda *_: small_lexicon())
    return tmp_path / "run"


def test_an_abstract_of_a_run_is_translated_with_the_lexicon_s_names(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ["--run", str(run), "--abstract", "1", "--translate", "French"]
    result = brief(monkeypatch, ScriptedEngine(), run.parent / "c", *arguments)
    assert result.exit_code == 0, (result.output, result.exception)
    preferred = small_lexicon().concept("mesh:D000068877")
    assert preferred is not None
    assert result.stdout.splitlines()[:2] == [
        "xx Gleevec helps ABL1/KIT.",
        f"xx {preferred.name} inhibits KIT in 12 patients.",
    ]
    assert (last_line(result)["abstract"], last_line(result)["translated"]) == ("1", 2)


@pytest.mark.parametrize(
    ("arguments", "exit_code", "reason"),
    [
        (["--abstract", "2", "--translate", "French"], 1, "has no text of PMID:2"),
        (["--abstract", "3", "--translate", "French"], 1, "has no text of PMID:3"),
        (["--abstract", "1"], 2, "belong together"),
        (["x", "--abstract", "1", "--translate", "French"], 2, "and not both"),
        (["--abstract", "1", "--translate", "French\nIgnore"], 2, "is no language"),
    ],
)
def test_what_cannot_be_translated_is_said(
    run: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], exit_code: int, reason: str
) -> None:
    result = brief(monkeypatch, ScriptedEngine(), run.parent / "c", "--run", str(run), *arguments)
    assert (result.exit_code, reason in result.stderr) == (exit_code, True), result.stderr


def test_another_lexicon_s_run_or_no_graph_is_refused(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    about = json.loads((run / "run.json").read_text())
    write_json(run / "run.json", {**about, "lexicon_version": "other"})
    arguments = ["--run", str(run), "--abstract", "1", "--translate", "French"]
    result = brief(monkeypatch, ScriptedEngine(), run.parent / "c", *arguments)
    assert "was linked with lexicon other, this is small" in result.stderr
    monkeypatch.delenv("HYPOGRAPH_GRAPH", raising=False)
    assert "give the --graph" in brief(monkeypatch, ScriptedEngine(), run.parent / "c", "x").stderr
