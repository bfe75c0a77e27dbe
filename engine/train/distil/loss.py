"""What a student's answers cost against its teacher's: cross-entropy a word and head, and a pair.

Tags are compared as probabilities under the whole chain, the teacher's under its own and the student's under its own:
so the student's transitions learn too, and what it decodes is what was taught. The temperature is 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from torch import Tensor

from engine.model.chain import chain_marginals
from engine.model.network import none_first
from engine.train.examples import UNLABELLED, Example

_LEAST: Final = 1e-8  # keeps the logarithm of a tag that the chain forbids finite


def tag_losses(logits: Tensor, examples: Sequence[Example], chain: Tensor) -> Tensor:
    """Cross-entropy of tags against the teacher's probabilities, for the words of documents that a teacher labelled.

    Shapes: `logits` (N, heads, 3) of all examples' words, `chain` (heads, 3, 3) -> (n_taught_words, heads).
    """
    taught = [example.soft for example in examples if example.soft is not None]
    if not taught:
        return logits.new_zeros(0, logits.shape[1])
    rows = np.concatenate([np.full(len(example.words), example.soft is not None) for example in examples])
    starts = np.concatenate([soft.starts for soft in taught])
    named = torch.from_numpy(np.concatenate([soft.tags for soft in taught])).to(logits)  # (N, heads, 2)
    target = torch.cat([(1 - named.sum(-1, keepdim=True)).clamp(min=0), named], dim=-1)
    device = logits.device
    marginals = chain_marginals(
        logits[torch.from_numpy(rows).to(device)], torch.from_numpy(starts).to(device), chain
    )  # (N, heads, 3)
    return -(target * marginals.clamp(min=_LEAST).log()).sum(-1)


def pair_losses(logits: Tensor, examples: Sequence[Example]) -> Tensor:
    """Cross-entropy of "none" and the labels of a pair's types against the teacher's probabilities.

    Shapes: `logits` (P, L) of all examples' pairs -> (n_taught_pairs,).
    """
    taught = [example.soft.labels for example in examples if example.soft is not None]
    if not taught:
        return logits.new_zeros(0)
    rows = np.concatenate([np.full(len(example.pairs), example.soft is not None) for example in examples])
    soft = torch.from_numpy(np.concatenate(taught)).to(logits.device, torch.float32)  # (P, L)
    known = soft != UNLABELLED
    stated = soft.where(known, 0.0)
    target = torch.cat([(1 - stated.sum(-1, keepdim=True)).clamp(min=0), stated], dim=-1)
    scores = none_first(logits[torch.from_numpy(rows).to(logits.device)], known)
    return -(target * scores.log_softmax(dim=1)).sum(dim=1)
