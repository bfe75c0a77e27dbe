"""One pretraining run: reads the text, takes the steps, measures, keeps checkpoints, goes on after a kill."""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

import torch

from engine.model.checkpoint import describe_start, open_tokenizer
from engine.train.curve import LossCurve
from engine.train.pretrain.documents import TextError, hold_out, read_documents
from engine.train.pretrain.masking import MaskedBatch, Vocabulary
from engine.train.pretrain.network import PretrainNetwork
from engine.train.pretrain.plan import SPECIAL_TOKENS, StepPlan, held_out_batches
from engine.train.pretrain.scratch import write_scratch_start
from engine.train.pretrain.settings import PretrainSettings
from engine.train.pretrain.start import open_start, save_encoder
from engine.train.pretrain.steps import Losses, PretrainSteps
from engine.train.pretrain.windows import tokenize
from engine.train.state import REPORT_FILE, load_state, save_state, state_path
from engine.train.workers import evaluation_steps

log = logging.getLogger(__name__)

_LOG_EVERY_S: Final = 10.0


def prepare_scratch(
    config_file: Path,
    out: Path,
    *,
    text: Sequence[Path],
    settings: PretrainSettings,
    vocabulary_size: int,
    data: Path | None = None,
) -> Path:
    """Make a start from nothing for a run into `out`, of the documents that the run learns from; returns its folder.

    Raises: TextError, CheckpointError, CorpusError.
    """
    kept, _ = hold_out(read_documents(text, data=data), settings.held_out_share)
    folder = out / ".training" / "start"
    return write_scratch_start(config_file, kept, folder, vocabulary_size=vocabulary_size, seed=settings.seed)


def pretrain(
    encoder: Path,
    out: Path,
    *,
    text: Sequence[Path],
    settings: PretrainSettings,
    data: Path | None = None,
    max_steps: int | None = None,
) -> dict[str, object]:
    """Train a Hugging Face encoder further on files of text and leave it, as such a folder, in `out`.

    `data`: the folder of gold/, whose reported splits are left out of the text. `max_steps` pauses the run.
    `out/.training` holds the state to resume from and is kept. In a process group the first worker measures and writes.
    Returns: the report, also in `out/training.json`.
    Raises: TextError, CheckpointError, CorpusError; StateError if `out` holds a run of other settings, on other text or
    from another start.
    """
    kept, held_out = hold_out(read_documents(text, data=data), settings.held_out_share)
    tokenizer = open_tokenizer(encoder)
    vocabulary = Vocabulary.of(tokenizer)
    longest = settings.max_tokens - SPECIAL_TOKENS
    learned, measured = (tokenize(part, tokenizer, longest_word_tokens=longest) for part in (kept, held_out))
    if not len(learned.ids) or not len(measured.ids):
        raise TextError(f"the tokenizer of {encoder} finds no word in the text")
    plan = StepPlan(learned, vocabulary, settings)
    log.info(
        "%d documents to learn from, %d held out; %d tokens, %d windows, %d steps",
        len(kept), len(held_out), len(learned.ids), len(plan.windows), plan.steps,
    )  # fmt: skip
    device = "cuda" if torch.cuda.is_available() else "cpu"
    steps = PretrainSteps(open_start(encoder, settings).to(device), settings)
    facts = {
        "start": describe_start(encoder), "files": [file.name for file in text], "text": learned.fingerprint(),
        "documents": len(kept), "held_out_documents": len(held_out), "tokens": len(learned.ids),
    }  # fmt: skip
    run = _Run(out, encoder, steps, plan, held_out_batches(measured, vocabulary, settings), facts)
    first = run.resume()
    evaluate_at = evaluation_steps(plan.steps, settings.evaluations)
    if not first:
        run.evaluate(0)
    last = min(plan.steps, max_steps or plan.steps)
    for number in range(first + 1, last + 1):
        micro_batches = plan.read_step(number)
        run.note(number, steps.run_step(number, plan.steps, micro_batches), micro_batches)
        if number in evaluate_at:
            run.evaluate(number)
        if number % settings.checkpoint_every_steps == 0 or number in evaluate_at or number == last:
            run.checkpoint(number)
    return run.report()


class _Run:
    """Progress, measurements and checkpoints of one run; on workers that aren't the first it does nothing."""

    def __init__(
        self,
        out: Path,
        encoder: Path,
        steps: PretrainSteps,
        plan: StepPlan,
        held_out: Sequence[MaskedBatch],
        facts: Mapping[str, object],
    ) -> None:
        self.out = out
        self.encoder = encoder
        self.steps = steps
        self.plan = plan
        self.held_out = held_out
        self.facts = facts
        self.history: list[dict[str, object]] = []
        self.curve = LossCurve(out, title="Masked words", loss="loss a hidden piece, nats", held_out="held-out text")
        self.writes = steps.workers.rank == 0
        self._identity = {**asdict(steps.settings), "text": facts["text"], "start": facts["start"]}
        self._before_s = 0.0
        self._since = self._logged = time.monotonic()
        self._tokens = self._noted = 0

    @property
    def network(self) -> PretrainNetwork:
        """What is trained."""
        return self.steps.network

    def resume(self) -> int:
        """Load the last checkpoint, if any; returns the number of the last finished step."""
        state = load_state(state_path(self.out), self._identity)
        step = 0
        if state is not None:
            step = int(state["step"])
            self.network.load_state_dict(state["network"])
            self.steps.optimizer.load_state_dict(state["optimizer"])
            self.history, self._before_s = state["history"], state["seconds"]
            log.info("resumed after step %d", step)
        if self.writes:
            self.curve.cut(step)
        self._since = self._logged = time.monotonic()
        return step

    def seconds(self) -> float:
        """Seconds of training so far, those before a kill included."""
        return self._before_s + time.monotonic() - self._since

    def note(self, number: int, losses: Losses, micro_batches: Sequence[MaskedBatch]) -> None:
        """Record a step's losses, and say now and then how far the run is."""
        if not self.writes:
            return
        self.curve.add({"step": number, "loss": losses.words, "order_loss": losses.order})
        self._tokens += sum(int(batch.mask.sum()) for batch in micro_batches)
        self._noted += 1
        now = time.monotonic()
        if now - self._logged < _LOG_EVERY_S and number < self.plan.steps:
            return
        self._logged = now
        rate = self._noted / (now - self._since)
        log.info(
            "step %d of %d, loss %.4f, %.0f tokens/s, %.2f steps/s, %.0f s gone, about %.0f s left",
            number, self.plan.steps, losses.words, rate * self._tokens / self._noted, rate, self.seconds(),
            (self.plan.steps - number) / rate,
        )  # fmt: skip

    def evaluate(self, number: int) -> None:
        """Measure on the held-out part, and leave the encoder as it is in `out`."""
        if not self.writes:
            return
        score = self.steps.score(self.held_out)
        self.history.append({"step": number, **asdict(score)})
        self.curve.add({"step": number, "held_out_loss": math.log(score.perplexity), "accuracy": score.accuracy})
        log.info("step %d, held-out text: accuracy %.4f, perplexity %.2f", number, score.accuracy, score.perplexity)
        if score.order_accuracy is not None:
            log.info("step %d, held-out text: order accuracy %.4f", number, score.order_accuracy)
        self.curve.draw()
        if number:
            save_encoder(self.network, start=self.encoder, out=self.out)

    def checkpoint(self, number: int) -> None:
        """Save what `resume` loads."""
        if not self.writes:
            return
        save_state(
            state_path(self.out),
            {
                "settings": self._identity,
                "step": number,
                "network": self.network.state_dict(),
                "optimizer": self.steps.optimizer.state_dict(),
                "history": self.history,
                "seconds": self.seconds(),
            },
        )

    def report(self) -> dict[str, object]:
        """Facts, measurements and settings of the run."""
        report = {
            **self.facts,
            "steps": self.plan.steps,
            "seconds": round(self.seconds()),
            "history": self.history,
            "settings": asdict(self.steps.settings),
        }
        if self.writes:
            (self.out / REPORT_FILE).write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
        return report
