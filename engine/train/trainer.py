"""Optimizer steps: losses of mention, relation and class heads, learning rates, and workers that share a step.

Knows nothing of files, checkpoints or evaluation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from copy import deepcopy
from typing import Any, Protocol, cast

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel

from engine.model.batch import collate_pairs, collate_windows
from engine.model.chain import FORBIDDEN, chain_loss
from engine.model.checkpoint import fast_dtype
from engine.model.config import BIO, ExtractorConfig
from engine.model.network import ExtractorNetwork, PairTensors, none_first
from engine.model.predict import mark_word_types
from engine.model.special import special_ids
from engine.model.text import WordReader
from engine.schema import PREDICATE_BY_NAME
from engine.train.attention import use_fast_attention
from engine.train.distil.loss import pair_losses, tag_losses
from engine.train.examples import UNLABELLED, Example
from engine.train.settings import FinetuneSettings
from engine.train.workers import Workers, rate_factor, seed_part

_Tensors = tuple[Tensor, ...] | list[Tensor]


class Stated(Protocol):
    """What a corpus says of some pairs: `labels` and `groups` as in `Example`."""

    @property
    def labels(self) -> np.ndarray:
        """0, 1 or `UNLABELLED`; shape (n_pairs, n_labels)."""

    @property
    def groups(self) -> np.ndarray:
        """Pairs of one number are one statement; shape (n_pairs,)."""


class Trainer:
    """One training run over planned steps.

    In a process group of PyTorch each worker takes its share of every step's micro-batches, and gradients are added up
    before the step: the weights stay equal on all workers, and equal to one worker's but for rounding. What is dropped
    follows from the seed, the step and the micro-batch alone, so a run that goes on repeats it.
    """

    def __init__(
        self, network: ExtractorNetwork, reader: WordReader, config: ExtractorConfig, settings: FinetuneSettings
    ) -> None:
        self.network = network
        self.reader = reader
        self.config = config
        self.settings = settings
        self._special = special_ids(reader.tokenizer)
        self._device = next(network.parameters()).device
        self._opposites = opposite_labels(config).to(self._device)
        use_fast_attention(network.encoder)
        if settings.freeze_embeddings:
            cast(Any, network.encoder).get_input_embeddings().requires_grad_(False)
        self._parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
        self.optimizer = torch.optim.AdamW(_parameter_groups(network, settings), fused=True)
        self.averaged = AveragedModel(network, multi_avg_fn=running_average(settings.average_decay))
        mixed = network.state_dict() if settings.start_share else {}
        self._start = {name: value.clone() for name, value in mixed.items() if value.is_floating_point()}
        self._workers = Workers.here()
        self.rank = self._workers.rank
        self._autocast = torch.autocast(
            self._device.type, torch.bfloat16, enabled=fast_dtype(self._device.type) is torch.bfloat16
        )
        self._base_rates = [group["lr"] for group in self.optimizer.param_groups]

    def finished_network(self) -> ExtractorNetwork:
        """A copy with the weights to evaluate and save: their running average, mixed with those of the start.

        Source of the mixture: Wortsman et al. 2022 (10.1109/CVPR52688.2022.00780).
        """
        network = cast(ExtractorNetwork, deepcopy(self.averaged.module)).eval()
        for name, value in network.state_dict().items():
            if name in self._start:
                value.lerp_(self._start[name], self.settings.start_share)
        return network

    def run_step(self, number: int, of: int, micro_batches: Sequence[Sequence[Example]]) -> dict[str, float]:
        """Take step `number`, counted from 1, of `of`.

        Returns: the losses of this worker's micro-batches, each divided by the number of all.
        """
        self.network.train()
        for group, rate in zip(self.optimizer.param_groups, self._base_rates, strict=True):
            group["lr"] = rate * rate_factor((number - 1) / of, self.settings.warmup_share)
        sums = {"mention": 0.0, "relation": 0.0} | dict.fromkeys(["class"] if self.config.classes else [], 0.0)
        for part, examples in self._workers.share(list(enumerate(micro_batches))):
            seed_part(self.settings.seed, number, part)
            with self._autocast:
                mention, relation, classes = self._losses(examples)
            loss = self.settings.mention_weight * mention + self.settings.relation_weight * relation + classes
            (loss / len(micro_batches)).backward()  # type: ignore[no-untyped-call]
            sums["mention"] += float(mention.detach()) / len(micro_batches)
            sums["relation"] += float(relation.detach()) / len(micro_batches)
            if self.config.classes:
                sums["class"] += float(classes.detach()) / len(micro_batches)
        self._workers.add_gradients(self._parameters)
        torch.nn.utils.clip_grad_norm_(self._parameters, 1.0)
        self.optimizer.step()
        self.averaged.update_parameters(self.network)
        self.optimizer.zero_grad(set_to_none=True)
        return sums

    def _losses(self, examples: Sequence[Example]) -> tuple[Tensor, Tensor, Tensor]:
        special, words = self._special, [example.words for example in examples]
        windows = [(example.words, window) for example in examples for window in example.windows]
        batch = collate_windows(windows, cls_id=special.begin, sep_id=special.end, pad_id=special.pad)
        arrays = (batch.ids, batch.mask, batch.word, batch.cues)
        ids, mask, word, cues = (torch.from_numpy(array).to(self._device) for array in arrays)
        masked = torch.rand(batch.n_words + 1, device=self._device) < self.settings.word_dropout
        masked[-1] = False  # pieces that belong to no word: special ones, padding, another window's
        ids = ids.masked_fill(masked[word], special.mask)
        states = self.network.encode(ids, mask, word, cues, batch.n_words)  # (N, H)
        tags = torch.from_numpy(np.concatenate([example.tags for example in examples])).to(self._device)  # (N, heads)
        soft, weight = any(example.soft is not None for example in examples), self.settings.teacher_weight
        mention = states.sum() * 0.0
        if soft or bool((tags != UNLABELLED).any()):
            logits, chain = self.network.tag(states), self.network.chain()
            taught = weight * tag_losses(logits, examples, chain)
            mention = mention_loss(logits, tags, [len(w) for w in words], chain, taught)
        classes = self._class_loss(states, examples)
        pairs = collate_pairs([example.pairs for example in examples], [len(w) for w in words])
        reader = self.network.pair_reader
        if reader is None or not len(pairs):
            return mention, states.sum() * 0.0, classes
        heads = self.config.mention_heads
        word_type = torch.from_numpy(mark_word_types([e.mentions for e in examples], words, heads)).to(self._device)
        scores = reader(reader.project_words(states, word_type), PairTensors.of(pairs, self._device))  # (P, L)
        taught = weight * pair_losses(scores, examples)
        return mention, relation_loss(scores, examples, self._opposites, taught), classes

    def _class_loss(self, states: Tensor, examples: Sequence[Example]) -> Tensor:
        """Cross-entropy a sentence or document with a class, a mean over each level; `states` (N, H) -> ()."""
        offsets = np.cumsum([0, *(len(example.words) for example in examples)])
        total = states.sum() * 0.0
        for level in self.config.classes:
            rows = [e.classes[level] + [at, at, 0] for e, at in zip(examples, offsets, strict=False)]
            gold = torch.from_numpy(np.concatenate(rows)).to(self._device)  # (U, 3)
            if len(gold):
                total = total + F.cross_entropy(self.network.classify(states, gold[:, :2], level), gold[:, 2])
        return total


def running_average(decay: float) -> Callable[[_Tensors, _Tensors, Tensor | int], None]:
    """Exponential average that forgets faster at first, so that a run of few steps isn't held back by its start."""

    def update(averaged: _Tensors, current: _Tensors, count: Tensor | int) -> None:
        steps = int(count)
        torch._foreach_lerp_(averaged, current, 1 - min(decay, (1 + steps) / (10 + steps)))

    return update


def mention_loss(
    logits: Tensor, tags: Tensor, counts: Sequence[int], chain: Tensor, taught: Tensor | None = None
) -> Tensor:
    """Negative log-likelihood of the documents' tags, a mean over the words and heads that are annotated.

    `taught`: losses of other words and heads, which join that mean. Shapes: `logits` (N, heads, 3), `tags` (N, heads),
    `counts` words a document, `chain` (heads, 3, 3), `taught` any -> ().
    """
    firsts = torch.zeros(len(tags), dtype=torch.bool, device=tags.device)
    firsts[np.cumsum([0, *counts[:-1]])] = True
    annotated = tags != UNLABELLED  # whole documents: a corpus annotates a head or doesn't
    # A head that nobody annotated is outside for certain, which costs nothing and teaches nothing: so one pass over
    # the chains of all heads does, whose many small operations are what a GPU waits for.
    outside = logits.new_tensor([0.0] + [FORBIDDEN] * (logits.shape[2] - 1))
    total = chain_loss(
        torch.where(annotated[..., None], logits, outside), tags.where(annotated, BIO.index("O")), firsts, chain
    )
    count = annotated.sum()
    return total / count if taught is None else (total + taught.sum()) / (count + taught.numel())


def opposite_labels(config: ExtractorConfig) -> Tensor:
    """Labels of one type pair whose predicates have opposite signs (one that isn't ours has none); (L, L), bool."""
    signs = [PREDICATE_BY_NAME[p].sign if p in PREDICATE_BY_NAME else 0 for *_, p in config.labels]
    types = [label[:2] for label in config.labels]
    rows = range(len(signs))
    opposed = [[types[i] == types[j] and signs[i] * signs[j] < 0 for j in rows] for i in rows]
    return torch.tensor(opposed, dtype=torch.bool).view(len(signs), len(signs))


def relation_loss(
    logits: Tensor, examples: Sequence[Stated], opposites: Tensor, taught: Tensor | None = None
) -> Tensor:
    """Cross-entropy a statement, over "none" and the labels that its corpus annotates.

    The best pair of a group speaks for its statement, label by label; one that isn't labelled at all (near a negation)
    never does. A statement of several labels shares its probability among them. One that states harm denies treatment,
    though its corpus annotate no treatment: see `opposite_labels`. `taught`: losses of other pairs, which join the mean
    over statements.
    Shapes: `logits` (P, L), `opposites` (L, L), `taught` (T,) -> ().
    """
    device = logits.device
    labels = torch.from_numpy(np.concatenate([example.labels for example in examples])).to(device)  # (P, L)
    offset, groups = 0, []
    for example in examples:
        groups.append(example.groups + offset)
        offset += int(example.groups.max()) + 1 if len(example.groups) else 0
    index = torch.from_numpy(np.concatenate(groups)).to(device)[:, None].expand_as(logits)  # (P, L)
    heard = logits.masked_fill((labels == UNLABELLED).all(dim=1, keepdim=True), -torch.inf)
    best = logits.new_full((offset, logits.shape[1]), -torch.inf).scatter_reduce(0, index, heard, "amax")  # (S, L)
    gold = labels.new_full((offset, logits.shape[1]), UNLABELLED).scatter_reduce(0, index, labels, "amax")
    known = gold != UNLABELLED
    rows = known.any(dim=1)
    stated = (gold[rows] == 1).to(best.dtype)
    known = known[rows] | (stated @ opposites.to(best.dtype) > 0)
    count = stated.sum(dim=1, keepdim=True)
    target = torch.cat([(count == 0).to(best.dtype), stated / count.clamp(min=1)], dim=1)  # (S, 1 + L)
    losses = -(target * none_first(best[rows], known).log_softmax(dim=1)).sum(dim=1)
    losses = losses if taught is None else torch.cat([losses, taught])
    return losses.mean() if len(losses) else logits.sum() * 0.0


def _parameter_groups(network: ExtractorNetwork, settings: FinetuneSettings) -> list[dict[str, object]]:
    """Lower layers learn slower: each layer's rate is `layer_decay` of the one above; vectors don't decay."""
    layers = network.encoder_layers
    numbers = {name: _layer_number(name) for name, _ in network.encoder.named_parameters(prefix="encoder")}
    apart = 1 + max((number for number in numbers.values() if number is not None), default=0)
    groups: dict[tuple[float, float], list[Tensor]] = {}
    for name, parameter in network.named_parameters():
        if not parameter.requires_grad:
            continue
        rate = settings.head_rate
        if name in numbers:
            number = numbers[name]
            # ALBERT has one set of weights for all layers: it learns as fast as the top one.
            depth = layers * (number + 1) // apart if number is not None else 0 if _is_below(name) else layers
            rate = settings.encoder_rate * settings.layer_decay ** (layers - depth)
        decay = settings.weight_decay if parameter.ndim > 1 else 0.0
        groups.setdefault((rate, decay), []).append(parameter)
    return [{"params": members, "lr": rate, "weight_decay": decay} for (rate, decay), members in groups.items()]


def _layer_number(name: str) -> int | None:
    """The number behind the word for a layer in a parameter's name: `layer.3`, `layers.3`, `albert_layer_groups.0`."""
    found = re.search(r"layer[^.]*\.(\d+)\.", name)
    return int(found.group(1)) if found else None


def _is_below(name: str) -> bool:
    """Of a parameter of no layer, whether layers rest on it: embeddings, and MPNet's bias by distance."""
    return "embed" in name or "relative_attention_bias" in name
