"""The stage over document rows: verified, extracted, rejected, cached, and engines that die."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from engine.generate.ask import AnswerCache, Asker
from engine.generate.request import Answer, EngineDeathError, EngineUnavailableError, Request
from engine.generate.stage import Generator, Tasks
from engine.generate.triples import open_relation_types
from engine.journal import sum_journals
from engine.output import count_rows
from engine.stage_actor import Stage, StageActor
from engine.tables import derive_evidence, derive_tables, newest_rows
from tests.scripted_engine import ScriptedEngine, open_scripted
from tests.unit.rows import document, mention, relation, small_lexicon, table

BAND = Tasks(generator="scripted", band=(0.2, 0.8))
BOTH = Tasks(generator="scripted", band=(0.2, 0.8), types=tuple(open_relation_types(["COEXPRESSED_WITH"])))


def row(text: str, *scores: float, doc_id: str = "PMID:1", record: int = 1) -> dict[str, Any]:
    """A document that names imatinib and ABL1, with relations of these scores."""
    ends = [mention(text, "Imatinib", "Chemical", "mesh:D000068877"), mention(text, "ABL1", "Gene", "hgnc:76")]
    found = [relation(0, 1, "INHIBITS", score=score) for score in scores]
    return document(doc_id, text, record=record, mentions=ends, relations=found)


def genes(text: str, doc_id: str = "PMID:2") -> dict[str, Any]:
    """A document that names ABL1 and KIT."""
    return document(
        doc_id, text, mentions=[mention(text, "ABL1", "Gene", "hgnc:76"), mention(text, "KIT", "Gene", "hgnc:6342")]
    )


def run(tmp_path: Path, tasks: Tasks, *rows: dict[str, Any]) -> tuple[list[dict[str, Any]], dict[str, float]]:
    generator = Generator(
        open_engine=partial(open_scripted, log=tmp_path / "log"), cache=tmp_path / "c.sqlite", tasks=tasks
    )
    return generator(table(*rows)).to_pylist(), dict(generator.counters)


def asked(tmp_path: Path) -> int:
    return len((tmp_path / "log").read_text().splitlines()) if (tmp_path / "log").exists() else 0


def test_only_the_doubtful_band_is_verified_and_both_scores_are_kept(tmp_path: Path) -> None:
    (got,), counters = run(tmp_path, BAND, row("Imatinib inhibits ABL1.", 0.1, 0.5, 0.9))
    low, doubtful, high = got["relations"]
    assert (low["score"], low["verifier_score"], low["classifier_score"]) == (pytest.approx(0.1), None, None)
    assert high["verifier_score"] is None
    assert (doubtful["classifier_score"], doubtful["verifier_score"]) == (0.5, pytest.approx(0.9))
    assert doubtful["score"] == pytest.approx(0.75)
    assert (counters["verify_prompts"], counters["verify_cached"], counters["entailed"]) == (1, 0, 1)
    assert (counters["verify_prompt_tokens"], counters["verify_answer_tokens"]) == (10, 1)


def test_what_was_kept_for_the_verifier_is_evidence_only_where_both_believe_it(tmp_path: Path) -> None:
    yes, no = row("Imatinib inhibits ABL1.", 0.3), row("Imatinib and ABL1 met.", 0.9, doc_id="PMID:2", record=2)
    for kept in (yes, no):
        kept["relations"][0] |= {"classifier_score": kept["relations"][0]["score"]}
    before = table(yes, no)
    assert derive_evidence(before, model_revision="m", run_id="r").num_rows == 0
    assert count_rows(before).relations == 0
    (raised, left), counts = run(tmp_path, BAND, yes, no)
    (stated,), (still,) = raised["relations"], left["relations"]
    assert stated["verifier_score"] is not None
    assert stated["score"] >= 0.5
    assert (still["verifier_score"], still["score"]) == (None, pytest.approx(0.9)), "above the band, and asked anyway"
    assert (counts["raised"], counts["kept_doubtful"], counts["verify_prompts"]) == (1, 1, 2)
    after = table(raised, left)
    assert derive_evidence(after, model_revision="m", run_id="r")["doc_id"].to_pylist() == ["PMID:1"]
    assert count_rows(after).relations == 1


def test_what_the_passage_denies_loses(tmp_path: Path) -> None:
    (got,), counters = run(tmp_path, BAND, row("Imatinib does not touch ABL1.", 0.6))
    assert got["relations"][0]["score"] < 0.25
    assert counters["contradicted"] == 1


def test_verifying_again_starts_from_the_classifier_s_score(tmp_path: Path) -> None:
    once, _ = run(tmp_path, BAND, row("Imatinib inhibits ABL1.", 0.5))
    assert run(tmp_path, BAND, *once)[0] == once


def test_rows_that_failed_or_are_deleted_are_passed_through(tmp_path: Path) -> None:
    failed = row("Imatinib inhibits ABL1.", 0.5) | {"errors": [{"stage": "extract", "kind": "x", "message": "y"}]}
    gone = row("Imatinib inhibits ABL1.", 0.5) | {"deleted": True}
    got, counters = run(tmp_path, BOTH, failed, gone)
    assert got == table(failed, gone).to_pylist()
    assert (asked(tmp_path), counters["verify_prompts"]) == (0, 0)


def test_a_new_relation_carries_generator_and_verifier(tmp_path: Path) -> None:
    (got,), counters = run(tmp_path, BOTH, genes("ABL1 and KIT are expressed together. Nothing else."))
    (new,) = got["relations"]
    assert (new["head"], new["tail"], new["predicate"]) == (0, 1, "COEXPRESSED_WITH")
    assert (new["extractor"], new["classifier_score"]) == ("generator:scripted", None)
    assert new["score"] == new["verifier_score"] == pytest.approx(0.9)
    assert (counters["extract_prompts"], counters["extracted"]) == (1, 1)
    assert counters["extract_seconds"] >= 0


def test_evidence_names_each_extractor_s_own_revision(tmp_path: Path) -> None:
    both = genes("ABL1 and KIT are expressed together.") | {"relations": [relation(0, 1, "INTERACTS_WITH")]}
    (got,), _ = run(tmp_path, BOTH, both)
    from engine.tables import derive_evidence

    evidence = derive_evidence(
        table(got), model_revision="encoder-1", run_id="r", generators={"generator:scripted": "llm-1"}
    ).to_pylist()
    assert {(e["extractor"], e["model_revision"]) for e in evidence} == {
        ("encoder", "encoder-1"),
        ("generator:scripted", "llm-1"),
    }
    assert all(e["triple_id"] for e in evidence)


def test_a_sentence_that_was_not_offered_gives_no_relation(tmp_path: Path) -> None:
    (got,), counters = run(tmp_path, BOTH, genes("ABL1 and KIT are expressed together, invented."))
    assert got["relations"] == []
    assert counters["dropped_unknown_sentence"] == 1
    assert got["errors"] == []


def test_a_new_relation_that_the_verifier_doubts_is_dropped(tmp_path: Path) -> None:
    (got,), counters = run(tmp_path, BOTH, genes("ABL1 was not expressed where KIT was."))
    assert got["relations"] == []
    assert counters["dropped_not_entailed"] == 1


def test_an_unusable_answer_is_asked_once_more_and_then_rejected(tmp_path: Path) -> None:
    once, counters = run(tmp_path, BOTH, genes("ABL1 and KIT are expressed, garbage once."))
    assert (len(once[0]["relations"]), once[0]["errors"], counters["extract_prompts"]) == (1, [], 2)
    (got,), counters = run(tmp_path, BOTH, genes("ABL1 and KIT are expressed, garbage."))
    assert got["relations"] == []
    assert got["errors"] == [
        {
            "stage": "generate",
            "kind": "unanswered",
            "message": "relations in 0-36: the answer holds no JSON object",
        }
    ]
    assert (counters["extract_prompts"], counters["rejected"]) == (2, 1)


def test_what_was_not_answered_costs_the_answer_and_not_the_document(tmp_path: Path) -> None:
    got, _ = run(tmp_path, BAND, row("Imatinib silence ABL1.", 0.5))
    rows = table(*got)
    assert got[0]["relations"][0]["score"] == pytest.approx(0.5)
    assert newest_rows(rows).tolist() == [True]
    flat = derive_tables(rows, lexicon=small_lexicon(), model_revision="m", run_id="r")  # type: ignore[arg-type]
    assert (len(flat["evidence"]), len(flat["reject"])) == (1, 1)
    assert "none of Yes, No and Unclear" in flat["reject"]["message"][0].as_py()


def test_of_equal_prompts_no_more_are_rejected_than_were_counted(tmp_path: Path) -> None:
    (got,), counters = run(tmp_path, BAND, row("Imatinib silence ABL1.", 0.5, 0.6, 0.7))
    assert len(got["errors"]) == counters["rejected"] == counters["verify_prompts"] == 3


def test_what_an_earlier_pass_had_no_answer_to_is_asked_again(tmp_path: Path) -> None:
    unanswered = {"stage": "generate", "kind": "unanswered", "message": "it was silent"}
    failed = {"stage": "link", "kind": "x", "message": "y"}
    rows = [row("Imatinib inhibits ABL1.", 0.5) | {"errors": [unanswered, *more]} for more in ([], [failed])]
    (asked_again, left), counters = run(tmp_path, BAND, *rows)
    assert (asked_again["errors"], asked_again["relations"][0]["verifier_score"]) == ([], pytest.approx(0.9))
    assert (left["errors"], left["relations"][0]["verifier_score"]) == ([unanswered, failed], None)
    assert counters["verify_prompts"] == 1


def test_a_rerun_is_free_and_another_model_s_answers_are_not_taken(tmp_path: Path) -> None:
    rows = [row("Imatinib inhibits ABL1.", 0.5), genes("ABL1 and KIT are expressed together.")]
    first, before = run(tmp_path, BOTH, *rows)
    n = asked(tmp_path)
    second, after = run(tmp_path, BOTH, *rows)
    assert (first, n) == (second, asked(tmp_path))
    assert after["verify_cached"] == after["verify_prompts"] == before["verify_prompts"] == 2
    assert (after["extract_cached"], after.get("verify_prompt_tokens", 0)) == (1, 0)
    other = AnswerCache(tmp_path / "c.sqlite", revision="scripted-2")
    assert other.find([ask("Imatinib inhibits ABL1.").key]) == {}


def ask(text: str) -> Request:
    return Request(system="s", user=text, choices=("Yes", "No"))


def test_a_refusal_is_not_kept_as_other_settings_may_lift_it(tmp_path: Path) -> None:
    cache = AnswerCache(tmp_path / "c.sqlite", revision="scripted-1")
    cache.keep({"long": Answer(error="the prompt has 5000 tokens and may have 4000"), "short": Answer(text="{}")})
    assert cache.find(["long", "short"]) == {"short": Answer(text="{}")}


def test_a_file_that_holds_no_answers_ends_the_run_by_name(tmp_path: Path) -> None:
    (tmp_path / "c.sqlite").write_text("no database")
    with pytest.raises(EngineUnavailableError, match=r"c\.sqlite is no file of answers"):
        run(tmp_path, BAND)


def test_equal_requests_are_asked_once_and_answers_keep_their_order(tmp_path: Path) -> None:
    asker = Asker(ScriptedEngine(log=tmp_path / "log"), AnswerCache(tmp_path / "c", revision="r"), in_flight=2)
    texts = ["it inhibits", "is not x", "it inhibits", "else", "silence"]
    answers = asker.ask([ask(text) for text in texts], purpose="verify")
    likeliest = [max(a.logprobs, key=a.logprobs.__getitem__, default="-") for a in answers]
    assert likeliest[:3] == ["Yes", "No", "Yes"]
    assert answers[4] == Answer(prompt_tokens=10, answer_tokens=1)
    assert asked(tmp_path) == 4
    assert (asker.counters["verify_prompts"], asker.counters["verify_asked"]) == (5, 4)


def test_a_prompt_in_flight_at_two_deaths_is_rejected_and_the_others_are_answered(tmp_path: Path) -> None:
    requests = [ask("it inhibits"), ask("poison"), ask("is not x")]

    def attempt() -> list[Answer]:
        asker = Asker(ScriptedEngine(), AnswerCache(tmp_path / "c", revision="r"))
        return asker.ask(requests, purpose="verify")

    for _ in range(2):
        with pytest.raises(EngineDeathError):
            attempt()
    first, poisoned, last = attempt()
    assert poisoned.error == "the engine died 2 times while it held this prompt"
    assert (first.error, last.error) == (None, None)


def test_an_actor_that_starts_anew_redoes_its_rows_and_rejects_the_prompt_alone(tmp_path: Path) -> None:
    stage = Stage(
        name="generate",
        actor=Generator,
        kwargs={"open_engine": open_scripted, "cache": tmp_path / "c.sqlite", "tasks": BAND},
        needs=(),
        adds=("relations",),
        max_deaths=3,
    )
    rows = table(
        row("Imatinib inhibits ABL1.", 0.5),
        row("Imatinib inhibits ABL1. More poison of Imatinib.", 0.5, doc_id="PMID:2", record=2)
        | {"sentences": [{"start": 0, "end": 47}]},
        row("Imatinib hardly inhibits ABL1.", 0.5, doc_id="PMID:3", record=3),
    )
    deaths = 0
    while True:
        try:
            got = StageActor(stage=stage, journal=tmp_path / "j", actor_id="a")(rows).to_pylist()
            break
        except EngineDeathError:
            deaths += 1
            assert deaths < 5
    assert deaths == 2
    assert [len(r["errors"]) for r in got] == [0, 1, 0]
    assert "died 2 times while it held this prompt" in got[1]["errors"][0]["message"]
    assert [r["relations"][0]["verifier_score"] is None for r in got] == [False, True, False]
    assert sum_journals(tmp_path / "j")["generate"]["rejected"] == 1


def test_an_engine_that_dies_at_every_prompt_is_given_up(tmp_path: Path) -> None:
    requests = [ask(f"poison {i}") for i in range(9)]

    def attempt() -> None:
        Asker(ScriptedEngine(), AnswerCache(tmp_path / "c", revision="r")).ask(requests, purpose="verify")

    for _ in range(4):  # all together, then the first three alone
        with pytest.raises(EngineDeathError):
            attempt()
    with pytest.raises(EngineUnavailableError, match="never answered one"):
        attempt()
