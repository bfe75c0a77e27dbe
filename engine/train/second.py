"""Trains the second reading of an extractor (`engine.model.second`) and leaves everything else of it as it is.

    documents -> examples -> statements, each with the pairs that may show it -> steps -> low-rank change, markers, head

It is trained last: a change of the encoder's own weights makes it worthless. Gold mentions are marked; the order, the
carved part and the resuming are those of `finetune`.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import Tensor
from torch.optim.swa_utils import AveragedModel

from engine.model.checkpoint import describe_start, fast_dtype, open_network, open_reader, save_network
from engine.model.config import BALANCED, PRECISE, ExtractorConfig
from engine.model.network import ExtractorNetwork
from engine.model.pairs import Pair
from engine.model.predict import BUDGET_TOKENS, Predictor
from engine.model.second import MarkedPair, SecondReader, batch_by_length, mark_pair
from engine.model.special import special_ids
from engine.model.text import WordReader, Words
from engine.train.annotated import Annotated, CorpusError
from engine.train.attention import use_fast_attention
from engine.train.corpora import TRAINING
from engine.train.corpora.run import read_run_id
from engine.train.examples import UNLABELLED, Example, build_examples
from engine.train.finetune import LEAST_TAUGHT, count_taught
from engine.train.leak import check_heads
from engine.train.measure.counts import sum_counts
from engine.train.measure.relations import count_relations
from engine.train.measure.thresholds import NEVER, choose_balanced_thresholds, choose_thresholds
from engine.train.plan import is_carved, plan_steps, read_pattern_documents, read_training_documents
from engine.train.progress import Progress
from engine.train.readings import score_pairs
from engine.train.settings import SecondSettings
from engine.train.trainer import opposite_labels, relation_loss, running_average
from engine.train.workers import Workers, rate_factor, seed_part

log = logging.getLogger(__name__)


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
    max_steps: int | None = None,
) -> dict[str, object]:
    """Train a second reading for the extractor in `model`, and leave both in `out`; a killed run goes on.

    `data`: folder of the corpora. `runs`: finished runs of the job whose abstracts patterns label. An earlier second
    reading of `model` is replaced. Thresholds are chosen anew, on the carved documents, by the scores of both readings.
    Returns: the report, also in `out/training.json`.
    Raises: CheckpointError if `model` can't be opened; CorpusError if nothing is there to learn from, or to choose by.
    """
    torch.manual_seed(settings.seed)
    network, second = _with_second(model, settings)
    config = network.config
    reader = open_reader(model)
    named = [(name, split) for name, split in TRAINING if settings.passes.get(name)]
    documents = read_training_documents(data, corpora=named)
    carved = [d for d in documents if is_carved(d.doc_id, settings.carve_share)]
    kept = [d for d in documents if not is_carved(d.doc_id, settings.carve_share)]
    kept += read_pattern_documents(runs, data, carve_share=settings.carve_share, corpora=kept)
    kept = [document for document in kept if document.predicates]
    check_heads(str(model), kept, config)
    examples = build_examples(kept, reader, config)
    statements = [said for said in list_statements(examples, config) if settings.passes.get(said.corpus)]
    if not carved or not statements:
        raise CorpusError(f"{len(carved)} documents were carved out, {len(statements)} statements are left: too few")
    steps = plan_steps(statements, settings)
    if not steps:
        raise CorpusError(f"{len(statements)} statements make no step of {settings.micro_batches} micro-batches")
    facts: dict[str, object] = {
        "documents": len(examples),
        "second": {"rank": settings.rank, "statements": len(statements)},
        "carved_documents": len(carved),
        "planned_tokens": sum(statements[i].length_tokens for step in steps for batch in step for i in batch),
        "start": describe_start(model),
        "runs": [read_run_id(run) for run in runs],
    }
    log.info("%d statements of %d documents, %d steps", len(statements), len(examples), len(steps))
    taught = count_taught(statements) >= LEAST_TAUGHT
    if config.thresholds:  # what the first reading was taught it still knows
        taught |= np.array(config.thresholds) < NEVER
    trainer = _Trainer(network, second, reader, settings)
    parts = {"second": second, "averaged": trainer.averaged, "optimizer": trainer.optimizer}
    identity = {**asdict(settings), "runs": facts["runs"], "start": facts["start"]}
    progress = Progress(out, parts, identity)
    evaluate = _Evaluation(progress, trainer, carved, taught)
    leads = not trainer.workers.rank
    for number in progress.steps_to_take(len(steps), settings, max_steps=max_steps, leads=leads):
        step = [[statements[i] for i in batch] for batch in steps[number - 1]]
        progress.note(number, len(steps), {"loss": trainer.run_step(number, len(steps), step)})
        if progress.asks_to_evaluate:
            evaluate(number, facts)
    return progress.report(facts, write=leads)


def _with_second(model: Path, settings: SecondSettings) -> tuple[ExtractorNetwork, SecondReader]:
    network, config = open_network(model, dtype=torch.float32, device="cuda" if torch.cuda.is_available() else "cpu")
    config = replace(config, second_rank=settings.rank, second_share=settings.share, second_from=())
    device = next(network.parameters()).device
    network.requires_grad_(False)
    network.second_reader = second = SecondReader(config, network.encoder).to(device)
    network.config = config
    return network, second


class _Trainer:
    """Optimizer steps; in a process group each worker takes its share of a step's micro-batches."""

    def __init__(
        self, network: ExtractorNetwork, second: SecondReader, reader: WordReader, settings: SecondSettings
    ) -> None:
        self.network, self.second, self.reader, self.settings = network, second, reader, settings
        self.config = network.config
        self.workers = Workers.here()
        self._device = next(network.parameters()).device
        self._special = special_ids(reader.tokenizer)
        self._opposites = opposite_labels(self.config).to(self._device)
        use_fast_attention(network.encoder)
        change = [p for name, p in self.second.named_parameters() if name.startswith(("down.", "up.", "marker."))]
        head = [p for name, p in self.second.named_parameters() if not name.startswith(("down.", "up.", "marker."))]
        groups = [{"params": change, "lr": settings.change_rate}, {"params": head, "lr": settings.head_rate}]
        self.optimizer = torch.optim.AdamW(groups, weight_decay=settings.weight_decay, fused=True)
        self._rates = [group["lr"] for group in self.optimizer.param_groups]
        self.averaged = AveragedModel(self.second, multi_avg_fn=running_average(settings.average_decay))
        self._autocast = torch.autocast(
            self._device.type, torch.bfloat16, enabled=fast_dtype(self._device.type) is torch.bfloat16
        )

    def run_step(self, number: int, of: int, micro_batches: Sequence[Sequence[Statement]]) -> float:
        """Take step `number`, counted from 1, of `of`. Returns: this worker's share of the loss."""
        second = self.second
        second.train()
        for group, rate in zip(self.optimizer.param_groups, self._rates, strict=True):
            group["lr"] = rate * rate_factor((number - 1) / of, self.settings.warmup_share)
        total = 0.0
        with second.changing(self.network.encoder):
            for part, statements in self.workers.share(list(enumerate(micro_batches))):
                seed_part(self.settings.seed, number, part)
                with self._autocast:
                    loss = relation_loss(self._score(statements), statements, self._opposites) / len(micro_batches)
                loss.backward()  # type: ignore[no-untyped-call]
                total += float(loss.detach())
        parameters = list(second.parameters())
        self.workers.add_gradients(parameters)
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        self.optimizer.step()
        self.averaged.update_parameters(second)
        self.optimizer.zero_grad(set_to_none=True)
        return total

    def _score(self, statements: Sequence[Statement]) -> Tensor:
        """Logits of the statements' pairs, one after another, shape (P, L)."""
        special, device = self._special, self._device
        pairs = [pair for said in statements for pair in said.marked]
        logits = torch.zeros(len(pairs), len(self.config.labels), device=device)
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


class _Evaluation:
    """What a run is measured by on its way, and the model that it leaves."""

    def __init__(self, progress: Progress, trainer: _Trainer, carved: Sequence[Annotated], taught: np.ndarray) -> None:
        self.progress, self.trainer, self.carved, self.taught = progress, trainer, carved, taught

    def __call__(self, number: int, facts: Mapping[str, object]) -> None:
        """Choose thresholds on the carved part, and save the model if its balanced micro-F1 is the best there yet."""
        trainer, taught = self.trainer, self.taught
        predictor = Predictor(trainer.finished_network(), trainer.reader, trainer.config, budget_tokens=BUDGET_TOKENS)
        pairs = score_pairs(predictor, [document for document in self.carved if document.predicates])
        config = replace(
            trainer.config,
            thresholds=choose_thresholds(pairs, trainer.config, taught=taught),
            balanced_thresholds=choose_balanced_thresholds(pairs, trainer.config, taught=taught),
        )
        found = {
            point: sum_counts(count_relations(pairs, config.at(point)).values()).f1 for point in (PRECISE, BALANCED)
        }
        self.progress.history.append({"step": number, **{name: round(f1, 4) for name, f1 in found.items()}})
        log.info("step %d, carved part: F1 of relations %s", number, self.progress.history[-1])
        if self.progress.is_best(found[BALANCED]):
            trained = {**facts, "step": number, "settings": asdict(trainer.settings)}
            save_network(predictor.network, replace(config, trained=trained), trainer.reader, self.progress.out)
