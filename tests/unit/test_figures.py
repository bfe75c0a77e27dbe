"""The tables of README and docs: filled from results, none empty, none out of date."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.figures import DOCUMENTS, fill
from bench.tables import RENDERERS, ROOT, Results, latest_results

EDGES = {
    "edges": 100, "right": 66, "share": 0.66, "interval_95": [0.563, 0.745], "errors": {"head_id": 20, "direction": 14},
    "by_predicate": {"INHIBITS": "30/40", "TREATS": "36/60"}, "by_types": {}, "by_support": {"one sentence": "66/100"},
}  # fmt: skip


DENIED = {
    "others": 150,
    "others_negated": 63,
    "sentences": 100, "right": 71, "share": 0.71, "interval_95": [0.615, 0.79], "right_predicate": 60,
    "extracted_as": {"negated": 71, "nothing": 20, "affirmed": 9}, "by_predicate": {"INHIBITS": "30/40"},
    "by_types": {"Chemical-Gene": "30/40"},
}  # fmt: skip


@pytest.fixture
def results(tmp_path: Path) -> Results:
    (tmp_path / "edges.json").write_text(json.dumps(EDGES))
    (tmp_path / "denied.json").write_text(json.dumps(DENIED))
    return Results(tmp_path, tmp_path / "no model")


def test_a_table_is_filled_and_filling_it_again_changes_nothing(results: Results) -> None:
    text = "before\n<!-- figures:edges:start -->\nold\n<!-- figures:edges:end -->\nafter\n"
    filled, missing = fill(text, results)
    assert missing == []
    assert "**66 of 100 edges are right** (66%; 95 % interval 56% to 74%)" in filled
    assert "| `head_id` | 20 |" in filled
    assert "old" not in filled
    assert filled.startswith("before\n")
    assert filled.endswith("after\n")
    assert fill(filled, results) == (filled, [])


def test_denied_relations_are_shown_with_what_the_others_came_out_as(results: Results) -> None:
    filled, missing = fill("<!-- figures:denied:start -->\n<!-- figures:denied:end -->\n", results)
    assert missing == []
    assert "**71 of 100 denied relations came out as negated** (71%; 95 % interval 62% to 79%), 60 of them" in filled
    assert "| nothing | 20 |" in filled
    assert "Of 150 sentences with such cues that deny nothing of the two, 63 came out as negated." in filled
    assert "Negated by predicate: INHIBITS 30/40." in filled


def cascade(f1: float, gain: float) -> dict[str, object]:
    counts = {"precision": 0.5, "recall": 0.6, "f1": f1, "predicted": 10, "gold": 12}
    change = {"value": gain, "interval_95": [gain - 0.01, gain + 0.01]}
    return {
        "pairs": 2011, "documents": 307, "right": 742, "gain": change, "gain_over_shipped": change,
        "area_under_roc": {"classifier": 0.66, "verifier": 0.7, "both": 0.75},
        "figures": dict.fromkeys(("classifier_shipped", "classifier", "verifier", "both"), counts),
        "costs": {"verify_asked": 2000.0, "verify_prompt_tokens": 300000.0, "verify_seconds": 2400.0},
        "machine": {"cores": 2, "cpu": "a CPU", "memory_gb": 24},
    }  # fmt: skip


def test_a_language_model_s_gain_is_shown_as_it_is_and_with_an_adapter(results: Results) -> None:
    for name, found in (("cascade", cascade(0.58, -0.002)), ("cascade-adapter", cascade(0.61, 0.025))):
        (results.folder / f"{name}.json").write_text(json.dumps(found))
    filled, missing = fill("<!-- figures:cascade:start -->\n<!-- figures:cascade:end -->\n", results)
    assert missing == []
    assert "2,011 doubtful relations of 307 documents, 742 of them right." in filled
    assert filled.count("one threshold for the band") == 1
    assert "| both together | adapter | 0.500 | 0.600 | 0.610 | 0.750 |" in filled
    assert "| as it is | -0.002 (-0.012 to +0.008) | -0.002 (-0.012 to +0.008) | 150 | 1.20 |" in filled
    assert "| adapter | +0.025 (+0.015 to +0.035) |" in filled


def test_what_a_language_model_extracts_is_shown_with_what_was_judged(results: Results) -> None:
    found = {
        "machine": {"cores": 2, "cpu": "a CPU", "memory_gb": 24, "load_average": 0.5},
        "documents": 100, "prompts": 125, "valid_at_once": 0.96, "valid": 1.0, "triples_said": 447,
        "sentence_known": 0.995, "dropped": {"unknown_sentence": 2, "not_offered": 5}, "dropped_not_entailed": 40,
        "kept": 400, "decoding": {"bound_tokens_per_s": 16.5, "free_tokens_per_s": 17},
    }  # fmt: skip
    judged = {"edges": 50, "right": 12, "share": 0.24, "interval_95": [0.143, 0.374], "errors": {"no_relation": 38}}
    for name, result in (("schema-answers", found), ("generated", judged)):
        (results.folder / f"{name}.json").write_text(json.dumps(result))
    filled, missing = fill("<!-- figures:extracted:start -->\n<!-- figures:extracted:end -->\n", results)
    assert missing == []
    assert "| answers that are valid, at once and after one retry | 96.0%, 100.0% |" in filled
    assert "| dropped by a check, by the verifier | 7, 40 |" in filled
    assert "**12 of 50 triples that were kept are right** (24%; 95 % interval 14% to 37%): `no_relation` 38." in filled


def test_briefs_are_shown_with_what_was_dropped_and_what_was_judged(results: Results) -> None:
    found = {"briefs": 30, "without_a_sentence": 2, "dropped": {"no_citation": 3}, "citations_struck": 4}
    judged = {
        "briefs": 28, "right": 21, "share": 0.75, "interval_95": [0.566, 0.873], "sentences": 80,
        "right_sentences": 70, "errors": {"not_stated": 10}, "by_kind": {"edge": "8/10", "drug": "13/18"},
    }  # fmt: skip
    for name, result in (("briefs", found), ("briefs-judged", judged)):
        (results.folder / f"{name}.json").write_text(json.dumps(result))
    filled, missing = fill("<!-- figures:briefs:start -->\n<!-- figures:briefs:end -->\n", results)
    assert missing == []
    assert "**21 of 28 briefs rest on what they cite in every sentence** (75%; 95 % interval 57% to 87%)" in filled
    assert "of 80 sentences 70 do. Errors: `not_stated` 10." in filled
    assert (
        "edge 8/10, drug 13/18. Of 30 briefs 2 had no sentence left; sentences dropped before: 3 as no citation; "
        "citations struck from others: 4." in filled
    )


def test_what_was_not_measured_is_named_and_the_table_says_so(results: Results) -> None:
    text = "<!-- figures:job:start -->\nold\n<!-- figures:job:end -->\n"
    filled, missing = fill(text, results)
    assert filled == "<!-- figures:job:start -->\nNot measured yet for this version.\n<!-- figures:job:end -->\n"
    assert "job.json is missing" in missing[0]


def test_every_table_of_the_documents_has_a_renderer() -> None:
    texts = [(ROOT / name).read_text(encoding="utf-8") for name in DOCUMENTS]
    names = {part.partition(":start -->")[0] for text in texts for part in text.split("<!-- figures:")[1:]}
    assert {name for name in names if ":end" not in name} == set(RENDERERS)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_tables_are_those_of_the_results_that_are_kept(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert fill(text, latest_results())[0] == text, "run `python -m bench.figures`"
