"""Thresholds: chosen from scores, higher for vague labels, none for what nothing taught."""

from __future__ import annotations

import numpy as np

from engine.schema import CHEMICAL, DISEASE, GENE
from engine.train.examples import UNLABELLED
from engine.train.measure.thresholds import NEVER, PairScores, choose_balanced_thresholds, choose_thresholds
from tests.unit.training_examples import CONFIG, INDUCES, INHIBITS


def test_thresholds_follow_the_scores_of_labels_with_enough_gold() -> None:
    generator = np.random.default_rng(0)
    labels = np.full((200, len(CONFIG.labels)), UNLABELLED, dtype=np.int8)
    scores = np.zeros(labels.shape, dtype=np.float32)
    labels[:, INHIBITS] = np.arange(200) < 50
    scores[:, INHIBITS] = np.where(np.arange(200) < 50, 0.8, 0.6) + generator.uniform(-0.05, 0.05, 200)
    taught = np.zeros(len(CONFIG.labels), dtype=bool)
    taught[INHIBITS] = True
    chosen = choose_thresholds(PairScores(scores, labels), CONFIG, taught=taught)
    assert set(np.delete(chosen, INHIBITS)) == {NEVER}, "a label that nothing taught is never said"
    assert 0.64 <= chosen[INHIBITS] <= 0.76


def test_a_vague_label_must_be_surer_than_a_precise_one() -> None:
    """The same scores: F1 takes the many of 0.4 along for their recall, F0.5 leaves them out for their errors."""
    score = np.concatenate([np.full(20, 0.8), np.full(30, 0.4)]).astype(np.float32)
    gold = np.concatenate([np.ones(20), np.arange(30) % 2]).astype(np.int8)
    labels = np.full((50, len(CONFIG.labels)), UNLABELLED, dtype=np.int8)
    scores = np.zeros(labels.shape, dtype=np.float32)
    vague = CONFIG.labels.index((CHEMICAL, DISEASE, "ASSOCIATED_WITH"))
    for column in (INHIBITS, INDUCES, vague):
        scores[:, column], labels[:, column] = score, gold
    chosen = choose_thresholds(PairScores(scores, labels), CONFIG)
    assert chosen[INHIBITS] <= 0.4 < chosen[vague] <= 0.8
    assert chosen[INDUCES] == 0.8, "harm has a floor of its own"


def test_a_label_with_little_gold_must_be_sure_whatever_its_scores() -> None:
    labels = np.full((200, len(CONFIG.labels)), UNLABELLED, dtype=np.int8)
    scores = np.zeros(labels.shape, dtype=np.float32)
    rare = CONFIG.labels.index((CHEMICAL, GENE, "ACTIVATES"))
    labels[:, rare] = np.arange(200) < 16
    scores[:, rare] = np.where(np.arange(200) < 16, 0.5, 0.1)
    assert choose_thresholds(PairScores(scores, labels), CONFIG)[rare] == 0.7
    labels[:, rare] = np.arange(200) < 24
    assert choose_thresholds(PairScores(scores, labels), CONFIG)[rare] < 0.5


def test_balanced_thresholds_have_no_floors_and_rare_labels_share_one() -> None:
    """Twenty of 0.8 and half of the thirty of 0.4 are right: F1 takes all of them, a floor or F0.5 half."""
    score = np.concatenate([np.full(20, 0.8), np.full(30, 0.4), np.full(30, 0.05)]).astype(np.float32)
    gold = np.concatenate([np.ones(20), np.arange(30) % 2, np.ones(30)]).astype(np.int8)
    labels = np.full((80, len(CONFIG.labels)), UNLABELLED, dtype=np.int8)
    scores = np.zeros(labels.shape, dtype=np.float32)
    vague = CONFIG.labels.index((CHEMICAL, DISEASE, "ASSOCIATED_WITH"))
    for column in (INDUCES, vague):
        scores[:, column], labels[:, column] = score, gold
    rare = [CONFIG.labels.index((CHEMICAL, GENE, predicate)) for predicate in ("ACTIVATES", "BINDS")]
    for column in rare:
        labels[:40, column] = np.arange(40) < 15
        scores[:, column] = 0.2
    scores[:15, rare] = 0.6
    taught = np.ones(len(CONFIG.labels), dtype=bool)
    taught[INHIBITS] = False
    chosen = choose_balanced_thresholds(PairScores(scores, labels), CONFIG, taught=taught)
    assert chosen[INHIBITS] == NEVER
    assert {0.1 <= chosen[column] <= 0.4 for column in (INDUCES, vague)} == {True}, "below a tenth nothing is stated"
    assert {0.2 < chosen[column] <= 0.6 for column in rare} == {True}
    assert len({chosen[column] for column in rare}) == 1
    precise = choose_thresholds(PairScores(scores, labels), CONFIG, taught=taught)
    assert all(precise[column] > chosen[column] for column in (INDUCES, vague, *rare))
