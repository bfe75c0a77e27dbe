"""Optimizer steps of a LoRA adapter over a causal language model, and its score on held-out lessons.

The loss is taken on answers alone: a mean over each lesson's answer tokens, then over lessons, so that a verdict of one
token weighs as much as a list of triples. Logits are computed where an answer is read, for a model that can
(`logits_to_keep`): over a large vocabulary they would take more memory than the model. Knows nothing of files.
"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from engine.generate.prompts import CONTRADICTED, ENTAILED, NEUTRAL
from engine.generate.request import sum_by_choice
from engine.generate.verify import read_verdict
from engine.model.batch import fill_budget
from engine.model.checkpoint import fast_dtype
from engine.train.generator.lessons import TRIPLES
from engine.train.generator.settings import GeneratorSettings
from engine.train.generator.tokens import TokenLesson
from engine.train.workers import rate_factor

_ANSWERS: Final = {"entailed": ENTAILED, "contradicted": CONTRADICTED, "neutral": NEUTRAL}


@dataclass(frozen=True, slots=True)
class HeldOutScore:
    """`loss` as in training; `right`: by the right answer, the share of claims judged so, as at run time."""

    loss: float
    right: dict[str, float]


class AdapterSteps:
    """Steps over a model from PEFT, of which the adapter alone learns."""

    def __init__(self, model: Any, settings: GeneratorSettings, *, choices: dict[int, str]) -> None:
        """`choices`: the tokens that begin an answer to a claim, as `engine.generate.chat` names them."""
        self.model = model
        self.settings = settings
        self._choices = choices
        self._parameters = [p for p in model.parameters() if p.requires_grad]
        self._device = self._parameters[0].device
        self._keeps = "logits_to_keep" in inspect.signature(model.get_base_model().forward).parameters
        self.optimizer = torch.optim.AdamW(self._parameters, lr=settings.rate, weight_decay=settings.weight_decay)
        self._autocast = torch.autocast(
            self._device.type, torch.bfloat16, enabled=fast_dtype(self._device.type) is torch.bfloat16
        )

    def run_step(self, number: int, of: int, micro_batches: Sequence[Sequence[TokenLesson]]) -> float:
        """Take step `number`, counted from 1, of `of`. Returns: the loss.

        What is dropped follows from the seed and the step's number, so a run that goes on repeats it.
        """
        self.model.train()
        for group in self.optimizer.param_groups:
            group["lr"] = self.settings.rate * rate_factor((number - 1) / of, self.settings.warmup_share)
        lessons = sum(map(len, micro_batches))
        total = 0.0
        for part, batch in enumerate(micro_batches):
            torch.manual_seed(int(np.random.SeedSequence((self.settings.seed, number, part)).generate_state(1)[0]))
            loss = self._losses(batch)[0].sum() / lessons
            loss.backward()  # type: ignore[no-untyped-call]
            total += float(loss.detach())
        torch.nn.utils.clip_grad_norm_(self._parameters, 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return total

    @torch.inference_mode()
    def score(self, lessons: Sequence[TokenLesson]) -> HeldOutScore:
        """Score the model as it is."""
        self.model.eval()
        total = 0.0
        asked: Counter[str] = Counter()
        right: Counter[str] = Counter()
        for batch in self._batches(lessons):
            losses, first = self._losses(batch)
            total += float(losses.double().sum())
            for lesson, logprobs in zip(batch, first.tolist(), strict=True):
                if lesson.kind != TRIPLES:
                    asked[lesson.kind] += 1
                    right[lesson.kind] += self._judge(logprobs) == lesson.kind
        shares = {kind: round(right[kind] / asked[kind], 4) for kind in sorted(asked)}
        return HeldOutScore(total / len(lessons), shares)

    def _judge(self, logprobs: Sequence[float]) -> str:
        verdict = read_verdict(sum_by_choice(zip(self._choices.values(), logprobs, strict=True)))
        return _ANSWERS[max(_ANSWERS, key=lambda name: float(getattr(verdict, name)))] if verdict else ""

    def _batches(self, lessons: Sequence[TokenLesson]) -> Iterator[list[TokenLesson]]:
        budget = self.settings.micro_batch_tokens
        for group in fill_budget([len(lesson) for lesson in lessons], budget_tokens=budget):
            yield [lessons[i] for i in group]

    def _losses(self, batch: Sequence[TokenLesson]) -> tuple[Tensor, Tensor]:
        """Each lesson's loss, (B,), and the log-probabilities of the choices as its answer's first token, (B, C)."""
        ids, mask, targets = collate(batch)  # (B, T) each
        kept = np.flatnonzero((targets >= 0).any(axis=0))  # (K,): where the next token is one of an answer
        places = torch.from_numpy(kept).to(self._device)
        inputs = {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask)}
        inputs = {name: value.to(self._device) for name, value in inputs.items()}
        with self._autocast:
            if self._keeps:
                logits = self.model(**inputs, use_cache=False, logits_to_keep=places).logits  # (B, K, V)
            else:
                logits = self.model(**inputs, use_cache=False).logits[:, places]
        wanted = torch.from_numpy(targets[:, kept]).to(self._device)  # (B, K), -100 where no answer is
        each = F.cross_entropy(logits.float().flatten(0, 1), wanted.flatten(), reduction="none").view(wanted.shape)
        counts = (wanted >= 0).sum(dim=1)
        firsts = [int(np.searchsorted(kept, len(lesson.prompt) - 1)) for lesson in batch]
        at_first = logits[torch.arange(len(batch)), firsts].detach().float().log_softmax(dim=-1)  # (B, V)
        return each.sum(dim=1) / counts, at_first[:, list(self._choices)]


def collate(batch: Sequence[TokenLesson]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Token ids, attention mask, and the next token where an answer's is next, else -100; each (B, T), int64."""
    longest = max(map(len, batch))
    ids, mask = np.zeros((2, len(batch), longest), dtype=np.int64)
    targets = np.full((len(batch), longest), -100, dtype=np.int64)
    for row, lesson in enumerate(batch):
        ids[row, : len(lesson)] = [*lesson.prompt, *lesson.answer]
        mask[row, : len(lesson)] = 1
        targets[row, len(lesson.prompt) - 1 : len(lesson) - 1] = lesson.answer
    return ids, mask, targets
