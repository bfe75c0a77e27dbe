"""Mention tags as a linear chain: what a tag is depends on the one before it, so names come out whole.

A chain scores a sequence by its words' logits and by transitions between neighbouring tags. Training sums over all
sequences; reading finds the best one, and each word's probabilities under all. A chain starts after an O: in training
with a document, in reading with each sentence, so that no name and no scope leaves its own (none of 54,096 gold
mentions does). Source: Lafferty et al. 2001, conditional random fields.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor

_O = 0
FORBIDDEN = -1e4  # finite, so that sums of it stay numbers


def chain_loss(logits: Tensor, tags: Tensor, starts: Tensor, transitions: Tensor) -> Tensor:
    """Negative log-likelihood of `tags`, summed over the words and heads of one or several documents.

    Shapes: `logits` (N, H, T), `tags` (N, H), `starts` (N,) true at each document's first word, `transitions`
    (H, T, T), from and to -> ().
    """
    import torch

    before = torch.where(starts[:, None], _O, tags.roll(1, 0))
    heads = torch.arange(tags.shape[1], device=tags.device)
    stated = logits.gather(2, tags[:, :, None])[:, :, 0] + transitions[heads, before, tags]  # (N, H)
    return _log_of_all(logits, starts, transitions) - stated.sum()


def chain_marginals(logits: Tensor, starts: Tensor, transitions: Tensor) -> Tensor:
    """Each tag's probability under all sequences, as `read_chains` gives it, in a form that can be learned from.

    It is the derivative of the log of the sum over all sequences, so `logits` must require a gradient.
    Shapes: `logits` (N, H, T), `starts` (N,) true at each document's first word, `transitions` (H, T, T) -> (N, H, T).
    """
    import torch

    emitted = logits.log_softmax(-1)  # changes nothing but how large the sum grows, and so how it is rounded
    (marginals,) = torch.autograd.grad(_log_of_all(emitted, starts, transitions), emitted, create_graph=True)
    return marginals


def _log_of_all(logits: Tensor, starts: Tensor, transitions: Tensor) -> Tensor:
    """The logarithm of the sum over all sequences, added up over documents and heads; shapes as in `chain_loss`."""
    import torch

    steps = transitions + logits[:, :, None, :]  # (N, H, T, T)
    # A step from O, whatever stood before: so the product over documents falls apart into the documents' own.
    steps = torch.where(starts[:, None, None, None], steps[:, :, _O, None], steps)
    return _product(steps)[:, _O].logsumexp(-1).sum()


def _product(steps: Tensor) -> Tensor:
    """The log-domain matrix product of (N, ..., T, T), halved at each turn: log2(N) small operations instead of N."""
    import torch

    identity = torch.full_like(steps[:1], FORBIDDEN)
    identity.diagonal(dim1=-2, dim2=-1).zero_()
    while len(steps) > 1:
        if len(steps) % 2:
            steps = torch.cat([steps, identity])
        steps = (steps[0::2, ..., :, :, None] + steps[1::2, ..., None, :, :]).logsumexp(-2)
    return steps[0]


def read_chains(logits: np.ndarray, transitions: np.ndarray, counts: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """The best tags of each chain, and each tag's probability.

    Shapes: `logits` (N, H, T), `transitions` (H, T, T), `counts` words a chain, N in all.
    Returns: tags (N, H), int64; probabilities (N, H, T), float32.
    """
    present = np.arange(max(counts, default=0)) < np.asarray(counts)[:, None]  # (D, L)
    padded = np.zeros((*present.shape, *logits.shape[1:]))  # float64: a sum of small exponentials must stay above 0
    padded[present] = logits
    tags = _best_path(padded, transitions, present)[present]
    return tags, _marginals(padded, transitions, present)[present]


def _best_path(logits: np.ndarray, transitions: np.ndarray, present: np.ndarray) -> np.ndarray:
    documents, length, heads, size = logits.shape
    came_from = np.zeros((length, documents, heads, size), dtype=np.int64)
    stay = np.broadcast_to(np.arange(size), (documents, heads, size))
    score = logits[:, 0] + transitions[:, _O] if length else np.zeros((documents, heads, size))
    for word in range(1, length):
        here = present[:, word, None, None]
        step = score[..., :, None] + transitions  # (D, H, T, T)
        came_from[word] = np.where(here, step.argmax(axis=-2), stay)
        score = np.where(here, step.max(axis=-2) + logits[:, word], score)
    path = np.zeros((documents, length, heads), dtype=np.int64)
    tag = score.argmax(axis=-1)  # (D, H)
    for word in range(length - 1, -1, -1):
        path[:, word] = tag
        tag = np.take_along_axis(came_from[word], tag[..., None], axis=-1)[..., 0]
    return path


def _marginals(logits: np.ndarray, transitions: np.ndarray, present: np.ndarray) -> np.ndarray:
    """Forward and backward sums, scaled at each word so that they neither vanish nor overflow."""
    emitted = np.exp(logits - logits.max(axis=-1, keepdims=True))  # (D, L, H, T)
    moved = np.exp(transitions)
    forward = np.empty_like(emitted)
    backward = np.ones_like(emitted)
    length = logits.shape[1]
    for word in range(length):
        reached = moved[:, _O] if word == 0 else np.einsum("dhs,hst->dht", forward[:, word - 1], moved)
        forward[:, word] = _scaled(reached * emitted[:, word])
    for word in range(length - 2, -1, -1):
        onward = np.einsum("hst,dht->dhs", moved, backward[:, word + 1] * emitted[:, word + 1])
        backward[:, word] = np.where(present[:, word + 1, None, None], _scaled(onward), 1.0)
    return _scaled(forward * backward).astype(np.float32)


def _scaled(weights: np.ndarray) -> np.ndarray:
    scaled: np.ndarray = weights / weights.sum(axis=-1, keepdims=True)
    return scaled
