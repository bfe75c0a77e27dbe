"""Training a part of an extractor while all else of it stays as it is: what a relation head and a second reading share.

    corpora, wording, judged pairs -> lessons -> steps of a learner -> thresholds on what was carved out

The order, the carved part and the resuming are those of `finetune`. Knows nothing of what is trained.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel

from engine.model.checkpoint import describe_start, open_reader, save_network
from engine.model.config import BALANCED, PRECISE, ExtractorConfig
from engine.model.network import ExtractorNetwork
from engine.model.predict import BUDGET_TOKENS, Predictor
from engine.model.text import WordReader
from engine.train.annotated import Annotated, CorpusError
from engine.train.corpora import TRAINING
from engine.train.corpora.run import read_run_id
from engine.train.examples import Example, build_examples
from engine.train.finetune import LEAST_TAUGHT, choose_on_carved, count_taught
from engine.train.judged import hash_judged
from engine.train.leak import check_heads
from engine.train.measure.counts import sum_counts
from engine.train.measure.relations import count_relations
from engine.train.measure.thresholds import NEVER
from engine.train.patterns import CORPUS as PATTERNS
from engine.train.plan import (
    Planned,
    add_judged,
    is_carved,
    plan_steps,
    read_pattern_documents,
    read_training_documents,
)
from engine.train.progress import Progress
from engine.train.settings import PartSettings
from engine.train.trainer import Stated, opposite_labels, relation_loss, running_average
from engine.train.workers import Workers, rate_factor, seed_part

log = logging.getLogger(__name__)


class Lesson(Planned, Stated, Protocol):
    """What a learner learns from, one at a time."""


_Lesson = TypeVar("_Lesson", bound=Lesson)


class Learner(ABC, Generic[_Lesson]):
    """Optimizer steps on a part of a network; in a process group each worker takes its share of the micro-batches."""

    def __init__(
        self,
        network: ExtractorNetwork,
        part: nn.Module,
        settings: PartSettings,
        *,
        name: str,
        groups: Sequence[Mapping[str, Any]],
    ) -> None:
        """`name`: of the part, in what is saved. `groups`: its parameters and their rates, as PyTorch's optimizers."""
        self.network, self.part = network, part
        self.config = network.config
        self.device = next(network.parameters()).device
        self._workers = Workers.here()
        self.rank = self._workers.rank
        self._seed, self._warmup_share = settings.seed, settings.warmup_share
        self._opposites = opposite_labels(self.config).to(self.device)
        self._optimizer = torch.optim.AdamW([dict(g) for g in groups], weight_decay=settings.weight_decay, fused=True)
        self._rates = [group["lr"] for group in self._optimizer.param_groups]
        self.averaged = AveragedModel(part, multi_avg_fn=running_average(settings.average_decay))
        self.parts: dict[str, Any] = {name: part, "averaged": self.averaged, "optimizer": self._optimizer}

    @abstractmethod
    def score(self, lessons: Sequence[_Lesson]) -> Tensor:
        """Logits of the lessons' pairs, one after another, shape (P, L), through which the part is trained."""

    @abstractmethod
    def finished_network(self) -> ExtractorNetwork:
        """A copy of the extractor as it is to be used."""

    def run_step(self, number: int, of: int, micro_batches: Sequence[Sequence[_Lesson]]) -> float:
        """Take step `number`, counted from 1, of `of`. Returns: this worker's share of the loss."""
        self.part.train()
        for group, rate in zip(self._optimizer.param_groups, self._rates, strict=True):
            group["lr"] = rate * rate_factor((number - 1) / of, self._warmup_share)
        total = 0.0
        for place, lessons in self._workers.share(list(enumerate(micro_batches))):
            seed_part(self._seed, number, place)
            loss = relation_loss(self.score(lessons), lessons, self._opposites) / len(micro_batches)
            loss.backward()  # type: ignore[no-untyped-call]
            total += float(loss.detach())
        parameters = list(self.part.parameters())
        self._workers.add_gradients(parameters)
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        self._optimizer.step()
        self.averaged.update_parameters(self.part)
        self._optimizer.zero_grad(set_to_none=True)
        return total


@dataclass(frozen=True, slots=True)
class Lessons:
    """The documents of a training, as examples; those that thresholds are chosen on; and where all this came from.

    `judged`: carved documents with judged pairs (`engine.train.judged`).
    """

    config: ExtractorConfig
    reader: WordReader
    examples: Sequence[Example]
    carved: Sequence[Annotated]
    judged: Sequence[Annotated]
    facts: Mapping[str, object]


def read_lessons(
    model: Path,
    config: ExtractorConfig,
    settings: PartSettings,
    *,
    data: Path,
    runs: Sequence[Path],
    judged: Path | None,
) -> Lessons:
    """Read what `settings.passes` asks for. `config`: of the extractor in `model`, as it is to be.

    Raises: CorpusError if a corpus or a run can't be read; CheckpointError if the extractor has no label for what they
    say.
    """
    named = [(name, split) for name, split in TRAINING if settings.passes.get(name)]
    documents = read_training_documents(data, corpora=named)
    carved = [d for d in documents if is_carved(d.doc_id, settings.carve_share) and d.predicates]
    kept = [d for d in documents if not is_carved(d.doc_id, settings.carve_share)]
    if settings.passes.get(PATTERNS):
        kept += read_pattern_documents(runs, data, carve_share=settings.carve_share, corpora=kept)
    kept, in_abstracts = add_judged(kept, judged, runs, data)
    kept = [document for document in kept if document.predicates and settings.passes.get(document.corpus)]
    check_heads(str(model), kept, config)
    reader = open_reader(model)
    facts: dict[str, object] = {
        "documents": len(kept),
        "carved_documents": len(carved) + len(in_abstracts),
        "start": describe_start(model),
        "runs": [read_run_id(run) for run in runs],
    }
    if judged is not None:
        facts["judged"] = hash_judged(judged)
    return Lessons(config, reader, build_examples(kept, reader, config), carved, in_abstracts, facts)


def learn(
    learner: Learner[_Lesson],
    taught: Sequence[_Lesson],
    lessons: Lessons,
    out: Path,
    settings: PartSettings,
    *,
    facts: Mapping[str, object],
    max_steps: int | None,
) -> dict[str, object]:
    """Train on `taught`, and leave the extractor in `out`, with thresholds chosen anew; a killed run goes on.

    `facts`: about what is trained, for the report, beside those of the lessons.
    Returns: the report, also in `out/training.json`.
    Raises: CorpusError if nothing is there to learn from, or to choose by; StateError if `out` holds another run.
    """
    if not lessons.carved or not taught:
        raise CorpusError(
            f"{len(lessons.carved)} annotated documents were carved out to choose by, {len(taught)} lessons are left: "
            "some corpus needs its passes"
        )
    steps = plan_steps(taught, settings)
    if not steps:
        raise CorpusError(f"{len(taught)} statements make no step of {settings.micro_batches} micro-batches")
    told = {
        **lessons.facts,
        **facts,
        "planned_tokens": sum(taught[i].length_tokens for step in steps for batch in step for i in batch),
    }
    log.info("%d lessons of %d documents, %d steps", len(taught), len(lessons.examples), len(steps))
    known = count_taught(taught) >= LEAST_TAUGHT
    if lessons.config.thresholds:  # what the extractor was taught before it still knows
        known |= np.array(lessons.config.thresholds) < NEVER
    decisive = ("runs", "judged", "start")
    identity = {**asdict(settings), **{name: told[name] for name in decisive if name in told}}
    progress = Progress(out, learner.parts, identity)
    leads = not learner.rank
    for number in progress.steps_to_take(len(steps), settings, max_steps=max_steps, leads=leads):
        step = [[taught[i] for i in batch] for batch in steps[number - 1]]
        progress.note(number, len(steps), {"loss": learner.run_step(number, len(steps), step)})
        if progress.asks_to_evaluate:
            _evaluate(
                learner.finished_network(), lessons, known, progress, number, {**told, "settings": asdict(settings)}
            )
    return progress.report(told, write=leads)


def _evaluate(
    network: ExtractorNetwork,
    lessons: Lessons,
    taught: np.ndarray,
    progress: Progress,
    number: int,
    facts: Mapping[str, object],
) -> None:
    """Choose thresholds on the carved part, and save the model if its balanced micro-F1 is the best there yet."""
    predictor = Predictor(network, lessons.reader, lessons.config, budget_tokens=BUDGET_TOKENS)
    config, pairs = choose_on_carved(predictor, lessons.carved, taught, lessons.judged)
    found = {point: sum_counts(count_relations(pairs, config.at(point)).values()).f1 for point in (PRECISE, BALANCED)}
    progress.history.append({"step": number, **{name: round(f1, 4) for name, f1 in found.items()}})
    log.info("step %d, carved part: F1 of relations %s", number, progress.history[-1])
    if progress.is_best(found[BALANCED]):
        save_network(network, replace(config, trained={**facts, "step": number}), lessons.reader, progress.out)
