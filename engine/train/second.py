"""Trains the second reading of an extractor (`engine.model.second`) and leaves everything else of it as it is.

    documents -> examples -> statements, each with the pairs that may show it -> steps -> low-rank change, markers, head

It is trained last: a change of the encoder's own weights makes it worthless. Gold mentions are marked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import Tensor

from engine.model.checkpoint import fast_dtype, open_network
from engine.model.config import ExtractorConfig
from engine.model.network import ExtractorNetwork
from engine.model.pairs import Pair
from engine.model.second import MarkedPair, SecondReader, batch_by_length, mark_pair
from engine.model.special import special_ids
from engine.model.text import WordReader, Words
from engine.train.attention import use_fast_attention
from engine.train.examples import UNLABELLED, Example
from engine.train.part import Learner, learn, read_lessons
from engine.train.settings import SecondSettings


@dataclass(frozen=True)
class Statement:
    """One statement of a corpus and the pairs of mentions of which one may show it.

    Shapes: `labels` (n_pairs, n_labels) as in `Example`; `groups` (n_pairs,), all 0.
    """

    corpus: str
    words: Words
    pairs: Sequence[Pair]
    labels: np.ndarray
    config: ExtractorConfig

    @property
    def groups(self) -> np.ndarray:
        """All pairs speak for one statement."""
        return np.zeros(len(self.pairs), dtype=np.int64)

    @cached_property
    def marked(self) -> list[MarkedPair]:
        """The pairs as they are read."""
        return [mark_pair(self.words, pair, self.config) for pair in self.pairs]

    @cached_property
    def length_tokens(self) -> int:
        """Padded pieces that the statement's pairs take."""
        return sum(pair.padded_tokens for pair in self.marked)


def list_statements(examples: Sequence[Example], config: ExtractorConfig) -> Iterator[Statement]:
    """What the examples' corpora say of pairs; one with a pair too long for a window is left out."""
    for example in examples:
        known = (example.labels != UNLABELLED).any(axis=1)
        for group in np.unique(example.groups[known]):
            rows = np.flatnonzero(known & (example.groups == group))
            pairs = [example.pairs[row] for row in rows]
            said = Statement(example.corpus, example.words, pairs, example.labels[rows], config)
            if max(map(len, said.marked)) <= config.max_tokens:
                yield said


def train_second(
    model: Path,
    out: Path,
    *,
    data: Path,
    settings: SecondSettings,
    runs: Sequence[Path] = (),
    judged: Path | None = None,
    max_steps: int | None = None,
) -> dict[str, object]:
    """Train a second reading for the extractor in `model`, and leave both in `out`; a killed run goes on.

    `data`: folder of the corpora. `runs`: finished runs of the job whose abstracts patterns label; `judged`: a table of
    judged pairs of their documents. It goes on from an earlier second reading of `model` of the same rank, and replaces
    one of another. Thresholds are chosen anew, on the carved documents, by the scores of both readings.
    Returns: the report, also in `out/training.json`.
    Raises: CheckpointError if `model` can't be opened; CorpusError if nothing is there to learn from, or to choose by.
    """
    torch.manual_seed(settings.seed)
    network, second = _with_second(model, settings)
    lessons = read_lessons(model, network.config, settings, data=data, runs=runs, judged=judged)
    statements = list(list_statements(lessons.examples, network.config))
    facts = {"second": {"rank": settings.rank, "statements": len(statements)}}
    learner = _Learner(network, second, lessons.reader, settings)
    return learn(learner, statements, lessons, out, settings, facts=facts, max_steps=max_steps)


def _with_second(model: Path, settings: SecondSettings) -> tuple[ExtractorNetwork, SecondReader]:
    network, config = open_network(model, dtype=torch.float32, device="cuda" if torch.cuda.is_available() else "cpu")
    earlier = network.second_reader if config.second_rank == settings.rank else None
    config = replace(config, second_rank=settings.rank, second_share=settings.share, second_from=())
    device = next(network.parameters()).device
    network.requires_grad_(False)
    network.second_reader = second = earlier or SecondReader(config, network.encoder).to(device)
    second.requires_grad_(True)
    network.config = config
    return network, second


class _Learner(Learner[Statement]):
    def __init__(
        self, network: ExtractorNetwork, second: SecondReader, reader: WordReader, settings: SecondSettings
    ) -> None:
        change = [p for name, p in second.named_parameters() if name.startswith(("down.", "up.", "marker."))]
        head = [p for name, p in second.named_parameters() if not name.startswith(("down.", "up.", "marker."))]
        groups = [{"params": change, "lr": settings.change_rate}, {"params": head, "lr": settings.head_rate}]
        super().__init__(network, second, settings, name="second", groups=groups)
        self.second, self.settings = second, settings
        self._special = special_ids(reader.tokenizer)
        use_fast_attention(network.encoder)
        self._autocast = torch.autocast(
            self.device.type, torch.bfloat16, enabled=fast_dtype(self.device.type) is torch.bfloat16
        )

    def score(self, statements: Sequence[Statement]) -> Tensor:
        special, device = self._special, self.device
        pairs = [pair for said in statements for pair in said.marked]
        logits = torch.zeros(len(pairs), len(self.config.labels), device=device)
        with self.second.changing(self.network.encoder), self._autocast:
            for rows, batch in batch_by_length(pairs, special, device, budget_tokens=self.settings.micro_batch_tokens):
                hidden = torch.rand(batch.ids.shape, device=device) < self.settings.word_dropout
                hidden &= (batch.mask > 0) & (batch.ids != special.begin) & (batch.ids != special.end)
                hidden_batch = replace(batch, ids=batch.ids.masked_fill(hidden, special.mask))
                scored = self.second(self.network.encoder, self.network.cue_in, hidden_batch)
                logits = logits.index_copy(0, torch.from_numpy(rows).to(device), scored.float())
        return logits

    def finished_network(self) -> ExtractorNetwork:
        """A copy with the running average of the weights, ready to read."""
        network = deepcopy(self.network)
        network.second_reader = cast(SecondReader, deepcopy(self.averaged.module))
        return network.eval()
