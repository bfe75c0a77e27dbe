"""The chain of mention tags, held against sums over every sequence."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from engine.model.chain import FORBIDDEN, chain_loss, chain_marginals, read_chains

COUNTS = (4, 1, 2)
HEADS, TAGS = 2, 3


@pytest.fixture(scope="module")
def scores() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(3)
    transitions = generator.normal(size=(HEADS, TAGS, TAGS)).astype(np.float32)
    transitions[:, 0, 2] = FORBIDDEN
    return generator.normal(size=(sum(COUNTS), HEADS, TAGS)).astype(np.float32) * 2, transitions


def enumerate_paths(logits: np.ndarray, transitions: np.ndarray) -> dict[tuple[int, ...], float]:
    """Every sequence of one document under one head, with its score."""
    return {
        path: sum(logits[i, tag] + transitions[before, tag] for i, (before, tag) in enumerate(zip((0, *path), path)))  # noqa: B905
        for path in itertools.product(range(TAGS), repeat=len(logits))
    }


def documents(logits: np.ndarray) -> list[np.ndarray]:
    return np.split(logits, np.cumsum(COUNTS)[:-1])


def test_the_loss_is_that_of_all_sequences(scores: tuple[np.ndarray, np.ndarray]) -> None:
    torch = pytest.importorskip("torch")
    logits, transitions = scores
    tags = np.array([[0, 1, 2, 0, 1, 1, 1], [1, 2, 0, 0, 0, 1, 2]]).T
    expected = 0.0
    for head in range(HEADS):
        for part, gold in zip(documents(logits[:, head]), documents(tags[:, head]), strict=True):
            paths = enumerate_paths(part, transitions[head])
            expected += np.logaddexp.reduce(list(paths.values())) - paths[tuple(gold.tolist())]
    starts = np.isin(np.arange(len(tags)), np.cumsum([0, *COUNTS[:-1]]))
    loss = chain_loss(*(torch.from_numpy(array) for array in (logits, tags, starts, transitions)))
    assert float(loss) == pytest.approx(expected, rel=1e-4)


def test_reading_finds_the_best_sequence_and_the_share_of_all(scores: tuple[np.ndarray, np.ndarray]) -> None:
    logits, transitions = scores
    tags, probabilities = read_chains(logits, transitions, COUNTS)
    for head in range(HEADS):
        parts = zip(
            documents(logits[:, head]), documents(tags[:, head]), documents(probabilities[:, head]), strict=True
        )
        for part, best, shares in parts:
            paths = enumerate_paths(part, transitions[head])
            assert tuple(best.tolist()) == max(paths, key=lambda path: paths[path])
            weights = np.exp(np.array(list(paths.values())))
            for word, tag in itertools.product(range(len(part)), range(TAGS)):
                through = np.array([path[word] == tag for path in paths])
                assert shares[word, tag] == pytest.approx(weights[through].sum() / weights.sum(), abs=1e-4)


def test_marginals_to_learn_from_are_those_that_are_read(scores: tuple[np.ndarray, np.ndarray]) -> None:
    """And a step along the gradient of a loss on them changes that loss as the gradient says."""
    torch = pytest.importorskip("torch")
    _, expected = read_chains(*scores, COUNTS)
    logits, transitions = (torch.from_numpy(array).double().requires_grad_() for array in scores)
    starts = torch.from_numpy(np.isin(np.arange(sum(COUNTS)), np.cumsum([0, *COUNTS[:-1]])))
    marginals = chain_marginals(logits, starts, transitions)
    assert np.allclose(marginals.detach().numpy(), expected, atol=1e-6)
    weights = torch.from_numpy(np.random.default_rng(4).normal(size=marginals.shape))

    def loss(logits, transitions):  # type: ignore[no-untyped-def]
        return (weights * chain_marginals(logits, starts, transitions)).sum()

    assert torch.autograd.gradcheck(loss, (logits, transitions))


def test_no_document_and_no_word() -> None:
    empty = np.zeros((0, HEADS, TAGS), dtype=np.float32)
    for counts in ((), (0, 0)):
        tags, probabilities = read_chains(empty, np.zeros((HEADS, TAGS, TAGS), dtype=np.float32), counts)
        assert tags.shape == (0, HEADS)
        assert probabilities.shape == (0, HEADS, TAGS)
