"""Trains the relation head of an extractor and leaves everything else of it as it is, its second reading too.

    documents -> states of the encoder, once -> steps -> the pair reader

The encoder doesn't change, so it reads each document once a worker and call, and its states are kept where a document
comes again: 200 KB an abstract. Mentions, their scopes and the speed stay what they were.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor
from torch.optim.swa_utils import AveragedModel

from engine.model.batch import collate_pairs
from engine.model.checkpoint import open_network
from engine.model.config import CheckpointError
from engine.model.network import ExtractorNetwork, PairReader, PairTensors
from engine.model.predict import BUDGET_TOKENS, Predictor, mark_word_types
from engine.train.examples import UNLABELLED, Example
from engine.train.part import Lessons, learn, read_lessons
from engine.train.settings import HeadSettings
from engine.train.trainer import opposite_labels, relation_loss, running_average
from engine.train.workers import Workers, rate_factor, seed_part


def train_relation_head(
    model: Path,
    out: Path,
    *,
    data: Path,
    settings: HeadSettings,
    runs: Sequence[Path] = (),
    judged: Path | None = None,
    max_steps: int | None = None,
) -> dict[str, object]:
    """Train the relation head of the extractor in `model` on, and leave all in `out`; a killed run goes on.

    Arguments and errors as of `engine.train.second.train_second`.
    """
    torch.manual_seed(settings.seed)
    network, config = open_network(model, dtype=torch.float32, device="cuda" if torch.cuda.is_available() else "cpu")
    if network.pair_reader is None:
        raise CheckpointError(f"{model} has no relation head")
    lessons = read_lessons(model, config, settings, data=data, runs=runs, judged=judged)
    taught = [example for example in lessons.examples if (example.labels != UNLABELLED).any()]
    learner = _Learner(network, network.pair_reader, lessons, settings)
    facts = {"relation_head": {"documents": len(taught)}}
    return learn(learner, taught, lessons, out, settings, facts=facts, max_steps=max_steps)


class _Learner:
    """Optimizer steps; in a process group each worker takes its share of a step's micro-batches."""

    def __init__(self, network: ExtractorNetwork, head: PairReader, lessons: Lessons, settings: HeadSettings) -> None:
        self.network, self.head, self.settings = network, head, settings
        self.config = lessons.config
        self._workers = Workers.here()
        self.rank = self._workers.rank
        self._device = next(network.parameters()).device
        self._encoder = Predictor(network, lessons.reader, lessons.config, budget_tokens=BUDGET_TOKENS)
        self._states: dict[int, Tensor] = {}
        self._opposites = opposite_labels(self.config).to(self._device)
        network.requires_grad_(False)
        head.requires_grad_(True)
        self.optimizer = torch.optim.AdamW(
            head.parameters(), lr=settings.head_rate, weight_decay=settings.weight_decay, fused=True
        )
        self._start = {name: value.clone() for name, value in head.state_dict().items()}
        self.averaged = AveragedModel(head, multi_avg_fn=running_average(settings.average_decay))
        self.parts: dict[str, Any] = {"head": head, "averaged": self.averaged, "optimizer": self.optimizer}

    def run_step(self, number: int, of: int, micro_batches: Sequence[Sequence[Example]]) -> float:
        """Take step `number`, counted from 1, of `of`. Returns: this worker's share of the loss."""
        self.head.train()
        for group in self.optimizer.param_groups:
            group["lr"] = self.settings.head_rate * rate_factor((number - 1) / of, self.settings.warmup_share)
        total = 0.0
        for part, examples in self._workers.share(list(enumerate(micro_batches))):
            seed_part(self.settings.seed, number, part)
            loss = relation_loss(self._score(examples), examples, self._opposites) / len(micro_batches)
            loss.backward()  # type: ignore[no-untyped-call]
            total += float(loss.detach())
        parameters = list(self.head.parameters())
        self._workers.add_gradients(parameters)
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        self.optimizer.step()
        self.averaged.update_parameters(self.head)
        self.optimizer.zero_grad(set_to_none=True)
        return total

    def _score(self, examples: Sequence[Example]) -> Tensor:
        """Logits of the examples' pairs, one after another, shape (P, L); of pairs without labels 0."""
        words = [example.words for example in examples]
        marked = mark_word_types([example.mentions for example in examples], words, self.config.mention_heads)
        states = torch.cat(self._encode(examples)).float()
        projected = self.head.project_words(states, torch.from_numpy(marked).to(self._device))
        pairs = collate_pairs([example.pairs for example in examples], [len(w) for w in words])
        labelled = np.flatnonzero(np.concatenate([(e.labels != UNLABELLED).any(axis=1) for e in examples]))
        scored: Tensor = self.head(projected, PairTensors.of(pairs.select(labelled), self._device))
        logits = scored.new_zeros(len(pairs), scored.shape[1])
        return logits.index_copy(0, torch.from_numpy(labelled).to(self._device), scored)

    def _encode(self, examples: Sequence[Example]) -> list[Tensor]:
        """The encoder's states of each example's words, (n_words, H), kept in bfloat16 from its first reading on."""
        new = [example for example in examples if id(example) not in self._states]
        read: dict[int, Tensor] = {}
        if new:
            states = self._encoder.encode([e.words for e in new], [e.windows for e in new])
            parts = torch.split(states.to(torch.bfloat16), [len(e.words) for e in new])
            read = {id(e): part.clone() for e, part in zip(new, parts, strict=True)}
            self._states |= {id(e): read[id(e)] for e in new if self.settings.passes[e.corpus] > 1}
        return [read[id(e)] if id(e) in read else self._states[id(e)] for e in examples]

    def finished_network(self) -> ExtractorNetwork:
        """A copy with the running average of the head, mixed with the head before, ready to read."""
        network = deepcopy(self.network)
        network.pair_reader = head = cast(PairReader, deepcopy(self.averaged.module))
        with torch.no_grad():
            for name, value in head.state_dict().items():
                value.lerp_(self._start[name], self.settings.start_share)
        return network.eval()
