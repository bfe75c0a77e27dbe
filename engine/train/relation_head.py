"""Trains the relation head of an extractor and leaves everything else of it as it is, its second reading too.

    documents -> states of the encoder, once -> steps -> the pair reader

The encoder doesn't change, so it reads each document once a worker and call, and its states are kept where a document
comes again: 200 KB an abstract. Mentions, their scopes and the speed stay what they were.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import Tensor

from engine.model.batch import collate_pairs
from engine.model.checkpoint import open_network
from engine.model.config import CheckpointError
from engine.model.network import ExtractorNetwork, PairReader, PairTensors
from engine.model.predict import BUDGET_TOKENS, Predictor, mark_word_types
from engine.model.text import WordReader
from engine.train.examples import UNLABELLED, Example
from engine.train.part import Learner, learn, read_lessons
from engine.train.settings import HeadSettings


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
    learner = _Learner(network, network.pair_reader, lessons.reader, settings)
    facts = {"relation_head": {"documents": len(taught)}}
    return learn(learner, taught, lessons, out, settings, facts=facts, max_steps=max_steps)


class _Learner(Learner[Example]):
    def __init__(self, network: ExtractorNetwork, head: PairReader, reader: WordReader, settings: HeadSettings) -> None:
        network.requires_grad_(False)
        head.requires_grad_(True)
        groups = [{"params": list(head.parameters()), "lr": settings.head_rate}]
        super().__init__(network, head, settings, name="head", groups=groups)
        self.head, self.settings = head, settings
        self._encoder = Predictor(network, reader, network.config, budget_tokens=BUDGET_TOKENS)
        self._states: dict[int, Tensor] = {}
        self._start = {name: value.clone() for name, value in head.state_dict().items()}

    def score(self, examples: Sequence[Example]) -> Tensor:
        words = [example.words for example in examples]
        marked = mark_word_types([example.mentions for example in examples], words, self.config.mention_heads)
        states = torch.cat(self._encode(examples)).float()
        projected = self.head.project_words(states, torch.from_numpy(marked).to(self.device))
        pairs = collate_pairs([example.pairs for example in examples], [len(w) for w in words])
        labelled = np.flatnonzero(np.concatenate([(e.labels != UNLABELLED).any(axis=1) for e in examples]))
        scored: Tensor = self.head(projected, PairTensors.of(pairs.select(labelled), self.device))
        logits = scored.new_zeros(len(pairs), scored.shape[1])
        return logits.index_copy(0, torch.from_numpy(labelled).to(self.device), scored)

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
