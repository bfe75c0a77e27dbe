"""Optimizer steps of a LoRA adapter over a causal language model, and its score on held-out lessons.

The loss is taken on answers alone: a mean over each lesson's answer tokens, then over lessons, so that a verdict of one
token weighs as much as a list of triples. Logits are computed where an answer is read, for a model that can
(`logits_to_keep`): over a large vocabulary they would take more memory than the model. Knows nothing of files.
"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor

from engine.generate.prompts import CONTRADICTED, ENTAILED, NEUTRAL
from engine.generate.request import sum_by_choice
from engine.generate.verify import read_verdict
from engine.model.checkpoint import fast_dtype
from engine.train.generator.lessons import TRIPLES
from engine.train.generator.settings import GeneratorSettings
from engine.train.generator.tokens import TokenLesson
from engine.train.generator.trees import fill_trees, lay_out
from engine.train.workers import rate_factor, seed_part

_ANSWERS: Final = {"entailed": ENTAILED, "contradicted": CONTRADICTED, "neutral": NEUTRAL}
_ROUNDING: Final = 0.1  # by how much losses may differ in bfloat16, in nats and as a share


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
        self._dtype = fast_dtype(self._device.type)
        self._autocast = torch.autocast(self._device.type, torch.bfloat16, enabled=self._dtype is torch.bfloat16)

    def run_step(self, number: int, of: int, trees: Sequence[Sequence[TokenLesson]]) -> float:
        """Take step `number`, counted from 1, of `of`. Returns: the loss.

        What is dropped follows from the seed and the step's number, so a run that goes on repeats it.
        """
        self.model.train()
        for group in self.optimizer.param_groups:
            group["lr"] = self.settings.rate * rate_factor((number - 1) / of, self.settings.warmup_share)
        lessons = sum(map(len, trees))
        total = 0.0
        for part, tree in enumerate(trees):
            seed_part(self.settings.seed, number, part)
            loss = self._losses(tree)[0].sum() / lessons
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
        for tree in fill_trees(lessons, range(len(lessons)), tokens=self.settings.tree_tokens):
            laid = [lessons[i] for i in tree]
            losses, first = self._losses(laid)
            total += float(losses.double().sum())
            for lesson, logprobs in zip(laid, first.tolist(), strict=True):
                if lesson.kind != TRIPLES:
                    asked[lesson.kind] += 1
                    right[lesson.kind] += self._judge(logprobs) == lesson.kind
        shares = {kind: round(right[kind] / asked[kind], 4) for kind in sorted(asked)}
        return HeldOutScore(total / len(lessons), shares)

    def _judge(self, logprobs: Sequence[float]) -> str:
        verdict = read_verdict(sum_by_choice(zip(self._choices.values(), logprobs, strict=True)))
        return _ANSWERS[max(_ANSWERS, key=lambda name: float(getattr(verdict, name)))] if verdict else ""

    @torch.inference_mode()
    def keeps_apart(self, lessons: Sequence[TokenLesson]) -> bool:
        """Whether lessons laid out together have the losses that each has alone: so the model heeds the layout."""
        self.model.eval()
        together = self._losses(lessons)[0]
        alone = torch.cat([self._losses([lesson])[0] for lesson in lessons])
        return bool(torch.allclose(together, alone, rtol=_ROUNDING, atol=_ROUNDING))

    def _losses(self, lessons: Sequence[TokenLesson]) -> tuple[Tensor, Tensor]:
        """Each lesson's loss, (B,), and the log-probabilities of the choices as its answer's first token, (B, C)."""
        tree = lay_out(lessons)
        kept, of_kept = np.unique(tree.at, return_inverse=True)  # (K,), (A,)
        ids, positions, sees, places, wanted, owner = (
            torch.from_numpy(a).to(self._device)
            for a in (tree.ids, tree.positions, tree.sees, kept, tree.wanted, tree.lesson)
        )
        with self._autocast:
            bias = torch.zeros(sees.shape, dtype=self._dtype, device=self._device)
            bias = bias.masked_fill(~sees, torch.finfo(self._dtype).min)
            given = {"input_ids": ids[None], "position_ids": positions[None], "attention_mask": bias[None, None]}
            if self._keeps:
                logits = self.model(**given, use_cache=False, logits_to_keep=places).logits[0]  # (K, V)
            else:
                logits = self.model(**given, use_cache=False).logits[0, places]
        logprobs = logits.float().log_softmax(dim=-1)  # (K, V)
        said = -logprobs[of_kept, wanted]  # (A,)
        counts = torch.bincount(owner, minlength=len(lessons))
        losses = torch.zeros(len(lessons), device=self._device).index_add(0, owner, said) / counts
        return losses, logprobs.detach()[of_kept[tree.first]][:, list(self._choices)]
