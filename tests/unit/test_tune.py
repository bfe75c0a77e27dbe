"""The space of a search, its proxy, its report and its picture; the search itself is in tests/ray."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from xml.etree import ElementTree

import pytest

from engine.schema import CHEMICAL
from engine.train.annotated import Annotated
from engine.train.settings import FinetuneSettings
from engine.train.tune.importance import LEAST_TRIALS, measure_importance
from engine.train.tune.picture import draw_importance
from engine.train.tune.report import BEST, DEFAULTS, build_report, render_markdown
from engine.train.tune.settings import TuneSettings
from engine.train.tune.space import SPACE, default_values, read_values, write_flags
from engine.train.tune.trial import PartScore, Trial, find_best, find_point
from jobs.finetune import command as finetune_command
from jobs.search import Search, SearchError

SETTINGS = TuneSettings(trials=12, rungs=3, confirmations=2)
FACTS: dict[str, Any] = {"documents": 100, "searched_documents": 20, "other_documents": 19, "text": "abc"}


def part(number: int, score: float) -> PartScore:
    return PartScore(number, 3 * number, 900 * number, score, score + 0.1, score - 0.1, 2.0 * number)


def trials(count: int = 12) -> list[Trial]:
    """The defaults, and others whose encoder rate alone decides how good they are; every third is read to the end."""
    found = [Trial(0, default_values(), [part(1, 0.3), part(2, 0.4), part(4, 0.5)])]
    for number in range(1, count):
        share = number / (count - 1)
        rate = SPACE[0].read(SPACE[0].low * (SPACE[0].high / SPACE[0].low) ** share)
        spread = {d.name: d.read(d.low + (d.high - d.low) * (number * 5 % count) / count) for d in SPACE[1:-1]}
        values = {**default_values(), **spread, "encoder_rate": rate}
        scores = [part(1, 0.2 + 0.2 * share), part(2, 0.3 + 0.2 * share), part(4, 0.4 + 0.2 * share)]
        found.append(Trial(number, values, scores if number % 3 == 2 else scores[:1]))
    return found


def report(**changes: Any) -> dict[str, Any]:
    confirmed = {BEST: [part(4, 0.52), part(4, 0.56)], DEFAULTS: [part(4, 0.50), part(4, 0.50)]}
    return build_report(trials(), changes.get("confirmed", confirmed), settings=SETTINGS, facts=FACTS)


def test_the_space_holds_the_defaults_and_only_fields_of_the_settings() -> None:
    for dimension in SPACE:
        assert dimension.low <= dimension.default <= dimension.high, dimension.name
        assert dimension.distribution()._contains(dimension.default), dimension.name
    assert replace(FinetuneSettings(), **cast(Any, default_values())) == FinetuneSettings()


def test_finetune_takes_what_a_search_says() -> None:
    """Each dimension has its option, with the same default; the flags give back the values exactly."""
    options = {parameter.name: parameter for parameter in finetune_command.params}
    for dimension in SPACE:
        assert options[dimension.name].opts == [dimension.flag]
        assert options[dimension.name].default == dimension.default
    proposed = {d.name: d.low + (d.high - d.low) / 3 for d in SPACE} | {"micro_batch_tokens": 1250}
    values = read_values(proposed)
    arguments = ["encoder", "out", *write_flags(values).split()]
    context = finetune_command.make_context("finetune", arguments, resilient_parsing=True)
    assert {name: context.params[name] for name in values} == values
    assert write_flags(default_values()) == ""


def test_every_trial_reads_the_same_tokens_whatever_its_micro_batches() -> None:
    from engine.train.tune.proxy import plan_tokens

    examples = cast(Any, [SimpleNamespace(corpus="c", length_tokens=20 + i % 7) for i in range(400)])
    for tokens in (100, 200):
        settings = FinetuneSettings(passes={"c": 2}, micro_batch_tokens=tokens)
        steps, read = plan_tokens(examples, settings, most_tokens=4000)
        assert len(steps) == len(read)
        assert 4000 - 2 * tokens <= read[-1] <= 4000


def test_the_halves_of_the_carved_part_share_no_document() -> None:
    from engine.train.tune.proxy import split_carved

    def document(corpus: str, number: int, *heads: str) -> Annotated:
        return Annotated(f"{corpus}:{number}", corpus, "text", (), heads=frozenset(heads))

    carved = [document("a", i, CHEMICAL) for i in range(9)] + [document("b", i, CHEMICAL) for i in range(3)]
    carved += [document("scopes", i, "NegationScope") for i in range(5)]
    searched, others = split_carved(carved, most=4)
    assert [len([d for d in searched if d.corpus == c]) for c in ("a", "b", "scopes")] == [4, 2, 0]
    assert [len([d for d in others if d.corpus == c]) for c in ("a", "b", "scopes")] == [4, 1, 0]
    assert {d.doc_id for d in searched}.isdisjoint(d.doc_id for d in others)
    assert split_carved(carved[::-1], most=4) == (searched, others)


def test_the_best_is_found_among_whole_trials() -> None:
    found = trials()
    stopped = Trial(99, default_values(), [part(1, 0.9)])
    assert find_best([*found, stopped], SETTINGS.parts).number == 11
    with pytest.raises(ValueError, match="no trial"):
        find_point(found[1:], default_values())


def test_what_decides_the_score_is_most_important() -> None:
    importance = measure_importance(trials(40))
    assert set(importance) == {dimension.name for dimension in SPACE}
    assert next(iter(importance)) == "encoder_rate"
    assert sum(importance.values()) == pytest.approx(1, abs=0.01)
    assert measure_importance(trials(LEAST_TRIALS - 1)) == {}


def test_the_report_holds_the_best_against_the_defaults() -> None:
    found = report()
    assert json.loads(json.dumps(found)) == found
    assert found["gain"] == pytest.approx(0.1)
    assert found["confirmed"]["gain"] == pytest.approx(0.04)
    assert found["flags"].startswith("--encoder-rate 0.001 ")
    text = render_markdown(found)
    for said in ("12 trials", "+0.1000 from the defaults", "+0.0400 from the defaults", found["flags"]):
        assert said in text
    assert "other seeds" not in render_markdown(report(confirmed={}))


def test_the_picture_marks_every_trial_in_every_row() -> None:
    picture = ElementTree.fromstring(draw_importance(report()))
    kinds = [element.tag.rpartition("}")[2] for element in picture.iter()]
    marks = 3
    assert kinds.count("circle") == marks + len(SPACE) * (12 + 2)
    words = " ".join(element.text or "" for element in picture.iter())
    assert all(dimension.name.replace("_", " ") in words for dimension in SPACE)


def test_a_picture_of_few_equal_trials_is_still_drawn() -> None:
    same = [Trial(0, default_values(), [part(4, 0.5)])]
    found = build_report(same, {}, settings=SETTINGS, facts=FACTS)
    ElementTree.fromstring(draw_importance(found))
    assert "nothing can be said" in render_markdown(found)


def test_a_folder_takes_up_only_its_own_search(tmp_path: Path) -> None:
    def search(settings: TuneSettings, facts: dict[str, Any]) -> Search:
        return Search(cast(Any, SimpleNamespace(facts=facts)), settings, tmp_path, 0.0)

    assert not search(SETTINGS, FACTS).start_or_resume()
    assert search(SETTINGS, FACTS).start_or_resume()
    for other in (
        search(replace(SETTINGS, seed=7), FACTS),
        search(SETTINGS, {**FACTS, "text": "other"}),
    ):
        with pytest.raises(SearchError, match="other settings or data"):
            other.start_or_resume()
