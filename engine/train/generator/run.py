"""One training of a generator: makes lessons out of gold, takes the steps, measures, keeps checkpoints, goes on."""

from __future__ import annotations

import json
import logging
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import torch

from engine.generate.chat import choice_tokens
from engine.generate.prompts import CHOICES
from engine.generate.request import EngineUnavailableError
from engine.generate.vllm_engine import generator_revision
from engine.model.config import CheckpointError
from engine.train.annotated import CorpusError
from engine.train.corpora import TRAINING
from engine.train.curve import LossCurve
from engine.train.generator.doubts import find_doubts
from engine.train.generator.lessons import Lesson, build_lessons
from engine.train.generator.model import adapter_state, open_tokenizer, open_with_adapter, save_adapter
from engine.train.generator.model import set_adapter_state as put_back
from engine.train.generator.settings import GeneratorSettings
from engine.train.generator.steps import AdapterSteps
from engine.train.generator.tokens import TokenLesson, fingerprint, tokenize
from engine.train.generator.trees import fill_trees, plan_steps
from engine.train.plan import is_carved, read_training_documents
from engine.train.readings import open_predictor
from engine.train.state import REPORT_FILE, load_state, save_state, state_path
from engine.train.workers import evaluation_steps

log = logging.getLogger(__name__)

# Those of the training splits that relate something.
CORPORA: Final = tuple(split for split in TRAINING if split[0] in ("bc5cdr", "biored", "drugprot", "genia"))
# Those of them that relate mentions rather than concepts, so that each doubt is right or wrong.
DOUBTED: Final = (("drugprot", "train"),)
_DOUBTFUL: Final = (0.1, 0.9)
_TRIED: Final = 4  # lessons that the layout is tried on
_LOG_EVERY_S: Final = 10.0


def finetune_generator(
    generator: Path,
    out: Path,
    *,
    data: Path,
    settings: GeneratorSettings,
    extractor: Path | None = None,
    max_steps: int | None = None,
) -> dict[str, object]:
    """Train an adapter over a Hugging Face instruct model on the gold corpora, and leave it in `out`.

    Claims and documents of the training splits alone; a part carved out by document is measured on. With an
    `extractor` the lessons are the claims that it is in doubt of, and no others. `max_steps` pauses the run;
    `out/.training` holds the state to resume from and is kept. Returns: the report, also in `out/training.json`.
    Raises: CorpusError, CheckpointError; StateError if `out` holds a run of other settings, model or lessons.
    """
    try:
        revision = generator_revision(generator)
    except FileNotFoundError as error:
        raise CheckpointError(str(error)) from error
    tokenizer = open_tokenizer(generator)
    documents = read_training_documents(data, corpora=DOUBTED if extractor else CORPORA)
    carved = [d for d in documents if is_carved(d.doc_id, settings.carve_share)]
    kept = [d for d in documents if not is_carved(d.doc_id, settings.carve_share)]
    about: dict[str, Any] = {}
    if extractor:
        predictor, opened = open_predictor(extractor, threads=None)
        about["doubts_of"] = opened["model_revision"]
        lessons, held_out = ([d.lesson for d in find_doubts(predictor, part, _DOUBTFUL)] for part in (kept, carved))
    else:
        lessons, held_out = (build_lessons(part, seed=settings.seed) for part in (kept, carved))
    learned = tokenize(lessons, tokenizer, max_tokens=settings.max_tokens)
    measured = _spread(tokenize(held_out, tokenizer, max_tokens=settings.max_tokens), settings.held_out_lessons)
    if not learned or not measured:
        raise CorpusError(f"{data}: {len(learned)} lessons to learn from and {len(measured)} held out: too few")
    plan = plan_steps(learned, settings)
    log.info(
        "%d lessons to learn from, %d too long, %d held out; %d steps",
        len(learned), len(lessons) - len(learned), len(measured), len(plan),
    )  # fmt: skip
    try:
        choices = choice_tokens(tokenizer, CHOICES)
    except EngineUnavailableError as error:
        raise CheckpointError(f"cannot train {generator}: {error}") from error
    steps = AdapterSteps(open_with_adapter(generator, settings), settings, choices=choices)
    _check_layout(steps, learned)
    facts = {
        **about,
        "generator": generator.name,
        "generator_revision": revision,
        "lessons": _count(lessons),
        "too_long": len(lessons) - len(learned),
        "held_out_lessons": len(measured),
        "learned_parameters": sum(p.numel() for p in steps.model.parameters() if p.requires_grad),
    }
    run = _Run(out, steps, learned, measured, facts)
    return run.train(plan, max_steps=max_steps)


def _check_layout(steps: AdapterSteps, learned: Sequence[TokenLesson]) -> None:
    """Raises: CheckpointError if lessons that the model reads together are not apart to it."""
    first = fill_trees(learned[:_TRIED], range(len(learned[:_TRIED])), tokens=steps.settings.tree_tokens)[0]
    if not steps.keeps_apart([learned[i] for i in first]):
        raise CheckpointError("this kind of model can't be trained: it doesn't keep apart what a mask parts")


def _spread(lessons: Sequence[TokenLesson], most: int) -> list[TokenLesson]:
    """At most so many, evenly spread."""
    return [lessons[i * len(lessons) // most] for i in range(most)] if len(lessons) > most else list(lessons)


def _count(lessons: Sequence[Lesson]) -> dict[str, dict[str, int]]:
    counts: dict[str, Counter[str]] = {}
    for lesson in lessons:
        counts.setdefault(lesson.corpus, Counter())[lesson.kind] += 1
    return {corpus: dict(sorted(kinds.items())) for corpus, kinds in sorted(counts.items())}


class _Run:
    """Progress, measurements and checkpoints of one run."""

    def __init__(
        self,
        out: Path,
        steps: AdapterSteps,
        learned: Sequence[TokenLesson],
        measured: Sequence[TokenLesson],
        facts: dict[str, Any],
    ) -> None:
        self.out, self.steps, self.learned, self.measured, self.facts = out, steps, learned, measured, facts
        self.history: list[dict[str, object]] = []
        self.curve = LossCurve(out, title="Answers", loss="loss an answer's token, nats", held_out="held-out lessons")
        self._identity = {
            **asdict(steps.settings),
            "base": facts["generator_revision"],
            "lessons": fingerprint([*learned, *measured]),
        }
        self._before_s = 0.0
        self._since = time.monotonic()

    def train(self, plan: Sequence[Sequence[Sequence[int]]], *, max_steps: int | None) -> dict[str, object]:
        """From the last checkpoint to the end, or to a pause; returns the report."""
        first, settings = self._resume(), self.steps.settings
        measure_at = evaluation_steps(len(plan), settings.evaluations)
        if not first:
            self._measure(0)
        last = min(len(plan), max_steps or len(plan))
        logged = time.monotonic()
        for number in range(first + 1, last + 1):
            trees = [[self.learned[i] for i in tree] for tree in plan[number - 1]]
            loss = self.steps.run_step(number, len(plan), trees)
            self.curve.add({"step": number, "loss": loss})
            if time.monotonic() - logged > _LOG_EVERY_S or number == last:
                logged = time.monotonic()
                left_s = (logged - self._since) / (number - first) * (len(plan) - number)
                log.info("step %d of %d, loss %.4f, about %.0f s left", number, len(plan), loss, left_s)
            if number in measure_at:
                self._measure(number)
            if number % settings.checkpoint_every_steps == 0 or number in measure_at or number == last:
                self._checkpoint(number)
        return self._finish(len(plan))

    def _resume(self) -> int:
        """Load the last checkpoint, if any; returns the number of the last finished step."""
        state = load_state(state_path(self.out), self._identity)
        step = 0
        if state is not None:
            step = int(state["step"])
            put_back(self.steps.model, state["adapter"])
            self.steps.optimizer.load_state_dict(state["optimizer"])
            self.history, self._before_s = state["history"], state["seconds"]
            log.info("resumed after step %d", step)
        self.curve.cut(step)
        self._since = time.monotonic()
        return step

    def _seconds(self) -> float:
        """Seconds of training so far, those before a kill included."""
        return self._before_s + time.monotonic() - self._since

    def _measure(self, number: int) -> None:
        score = self.steps.score(self.measured)
        self.history.append({"step": number, **asdict(score)})
        self.curve.add({"step": number, "held_out_loss": score.loss})
        log.info("step %d, held-out lessons: loss %.4f, right %s", number, score.loss, score.right)

    def _checkpoint(self, number: int) -> None:
        save_state(
            state_path(self.out),
            {
                "settings": self._identity,
                "step": number,
                "adapter": {name: value.cpu() for name, value in adapter_state(self.steps.model).items()},
                "optimizer": self.steps.optimizer.state_dict(),
                "history": self.history,
                "seconds": self._seconds(),
            },
        )

    def _finish(self, planned: int) -> dict[str, object]:
        """The adapter as it is now, the picture and the report."""
        report = {
            **self.facts,
            "steps": planned,
            "seconds": round(self._seconds()),
            "history": self.history,
            "settings": asdict(self.steps.settings),
            "device": torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu",
        }
        save_adapter(self.steps.model, self.out, base_revision=self.facts["generator_revision"], card=_card(report))
        self.curve.draw()
        (self.out / REPORT_FILE).write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
        return report


def _card(report: dict[str, Any]) -> str:
    """What the adapter is, in Markdown; every figure stands in the report."""
    last = report["history"][-1]
    judged = ", ".join(f"{answer} {share:.3f}" for answer, share in last["right"].items())
    corpora = ", ".join(f"{name} ({sum(kinds.values())} lessons)" for name, kinds in report["lessons"].items())
    return f"""# An adapter for {report["generator"]} (weights {report["generator_revision"]})

A LoRA adapter that judges claims and extracts relations, for `hypograph generate --generator MODEL --adapter FOLDER`.
Made by `hypograph finetune --generator` from the training parts of {corpora}.

At step {last["step"]} of {report["steps"]}, on {report["held_out_lessons"]} held-out lessons: loss {last["loss"]:.4f};
claims judged right, by the right answer: {judged or "none held out"}. The held-out part comes from the same corpora as
the lessons and is no test set. All figures and settings: `{REPORT_FILE}`.
"""
