"""What an extractor is in doubt of, as questions and as lessons."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from engine.generate.prompts import ask_claim
from engine.schema import CHEMICAL, GENE
from engine.train.annotated import Annotated, GoldMention, GoldRelation
from engine.train.generator import doubts
from engine.train.generator.doubts import Doubt, find_doubts
from engine.train.measure.thresholds import PairScores

TEXT = "Imatinib inhibits ABL1. Aspirin was given."
LABELS = [(CHEMICAL, GENE, "INHIBITS"), (CHEMICAL, GENE, "BINDS"), (CHEMICAL, GENE, "ACTIVATES")]
CONFIG: Any = SimpleNamespace(labels=LABELS, thresholds=(0.6, 0.6, 0.4), type_pairs=((CHEMICAL, GENE),))


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch) -> list[Doubt]:
    """Of imatinib's relations one lies in the band and is annotated, and so does one of aspirin's."""
    mentions = (
        GoldMention(0, 8, CHEMICAL, "T1"),
        GoldMention(18, 22, GENE, "T2"),
        GoldMention(24, 31, CHEMICAL, "T3"),
    )
    asked = {(CHEMICAL, GENE): frozenset({"INHIBITS", "ACTIVATES"})}
    document = Annotated("d", "drugprot", TEXT, mentions, (GoldRelation(0, 1, "INHIBITS"),), predicates=asked)
    pairs = [SimpleNamespace(head=head, tail=1, type_pair=0) for head in (0, 2)]
    read = SimpleNamespace(pairs=pairs, scores=np.array([[0.7, 0.5, 0.1], [0.9, 0.5, 0.3]]))
    scored = PairScores(np.zeros((0, 3)), np.zeros((0, 3)), ((document, read),))  # type: ignore[arg-type]
    monkeypatch.setattr(doubts, "score_pairs", lambda *_: scored)
    return find_doubts(SimpleNamespace(config=CONFIG), [document], (0.2, 0.8))  # type: ignore[arg-type]


def test_doubtful_is_what_lies_in_the_band_and_is_annotated(found: list[Doubt]) -> None:
    first, second = found
    assert (first.said, first.score, first.threshold, first.is_right) == ((0, 1, "INHIBITS"), 0.7, 0.6, True)
    assert first.request == ask_claim("Imatinib inhibits ABL1.", "Imatinib inhibits ABL1")
    assert (second.score, second.threshold, second.is_right) == (0.3, 0.4, False)
    assert second.request.user.startswith(f"Passage: {TEXT}\n\nClaim: Aspirin activates ABL1.")


def test_a_doubt_is_a_lesson_with_gold_s_answer(found: list[Doubt]) -> None:
    lessons = [doubt.lesson for doubt in found]
    assert [(lesson.kind, lesson.answer) for lesson in lessons] == [("Yes", "Yes"), ("Unclear", "Unclear")]
    assert [lesson.request for lesson in lessons] == [doubt.request for doubt in found]
    assert lessons[0].passage == "Imatinib inhibits ABL1."
