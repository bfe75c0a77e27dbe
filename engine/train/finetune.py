"""Fine-tunes an encoder with its heads on several corpora together, or on a task's own labels; resumes when killed."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch

from engine.assertion import NEGATION_SCOPE, SCOPE_ASSERTIONS, SPECULATION_SCOPE
from engine.link.lexicon import Lexicon
from engine.model.checkpoint import check_length, describe_start, fresh_network, open_tokenizer, save_network
from engine.model.config import CONFIG_FILE, CheckpointError, ExtractorConfig
from engine.model.cues import NameList
from engine.model.predict import BUDGET_TOKENS, Predictor
from engine.model.text import WordReader
from engine.schema import ENTITY_TYPES
from engine.train.annotated import Annotated, CorpusError
from engine.train.corpora.run import read_run_id
from engine.train.distil.answers import AnswerFolder
from engine.train.distil.examples import read_taught_examples
from engine.train.examples import Example, build_examples
from engine.train.judged import hash_judged
from engine.train.measure.counts import Scores
from engine.train.measure.relations import count_relations
from engine.train.measure.thresholds import (
    DENIED_THRESHOLD,
    PairScores,
    choose_balanced_thresholds,
    choose_thresholds,
)
from engine.train.plan import (
    add_judged,
    is_carved,
    plan_steps,
    read_pattern_documents,
    read_training_documents,
)
from engine.train.progress import Progress
from engine.train.readings import score_classes, score_pairs, score_spans
from engine.train.settings import FinetuneSettings
from engine.train.task import Task, hash_labels, read_training, shape_extractor
from engine.train.trainer import Stated, Trainer

log = logging.getLogger(__name__)

LEAST_TAUGHT = 30
MENTION_HEADS = (*ENTITY_TYPES, NEGATION_SCOPE, SPECULATION_SCOPE)


def choose_on_carved(
    predictor: Predictor, carved: Sequence[Annotated], taught: np.ndarray, judged: Sequence[Annotated] = ()
) -> tuple[ExtractorConfig, PairScores]:
    """The predictor's config with thresholds that are best on carved documents, and the scores of their pairs.

    `judged`: carved documents with judged pairs, which choose the precise thresholds with them.
    """
    pairs = score_pairs(predictor, [d for d in carved if d.predicates])
    in_abstracts = score_pairs(predictor, judged) if judged else None
    config = predictor.config
    chosen = replace(
        config,
        thresholds=choose_thresholds(pairs, config, taught=taught, judged=in_abstracts),
        balanced_thresholds=choose_balanced_thresholds(pairs, config, taught=taught),
    )
    return chosen, pairs


def score_carved(
    predictor: Predictor, carved: Sequence[Annotated], taught: np.ndarray, judged: Sequence[Annotated] = ()
) -> tuple[ExtractorConfig, Scores]:
    """Choose thresholds on the carved documents and score them there; an optimistic figure, for choosing only.

    `judged`: see `choose_on_carved`.
    """
    spans = score_spans(predictor, [d for d in carved if d.heads])
    config, pairs = choose_on_carved(predictor, carved, taught, judged)
    denied = DENIED_THRESHOLD if NEGATION_SCOPE in config.mention_heads else None
    config = replace(config, denied_threshold=denied)
    classes = score_classes(predictor, [d for d in carved if d.labels])
    return config, Scores(spans, count_relations(pairs, config), classes)


def selection_score(scores: Scores) -> float:
    """What a checkpoint is chosen by: mean span F1 of entity heads, micro-F1 of relations, mean F1 of classes.

    The mean of those that the carved part has.
    """
    entity = [counts.f1 for head, counts in scores.spans.items() if head not in SCOPE_ASSERTIONS]
    parts = [float(np.mean(entity))] if entity else []
    parts += [scores.relations_micro.f1] if scores.relations else []
    parts += [float(np.mean([counts.f1 for counts in scores.classes.values()]))] if scores.classes else []
    return float(np.mean(parts)) if parts else 0.0


def count_taught(examples: Sequence[Stated]) -> np.ndarray:
    """How many pairs state each label; shape (n_labels,)."""
    stated = np.zeros(examples[0].labels.shape[1], dtype=np.int64)
    for example in examples:
        stated += (example.labels == 1).sum(axis=0)
    return stated


def finetune(
    encoder: Path,
    out: Path,
    *,
    data: Path,
    settings: FinetuneSettings,
    lexicon: Path | None = None,
    runs: Sequence[Path] = (),
    judged: Path | None = None,
    task: Task | None = None,
    teacher: AnswerFolder | None = None,
    max_steps: int | None = None,
) -> dict[str, object]:
    """Train, choose the best evaluated checkpoint on the carved part, and leave a model folder in `out`.

    `encoder`: a Hugging Face folder, or an extractor to go on from. `lexicon`: whose names become cues; the
    shipped one by default. `runs`: finished runs of the job whose abstracts patterns label, and then the corpora too.
    `judged`: a table of judged pairs of their documents (`engine.train.judged`).
    `task`: whose documents alone are learned from, and whose labels decide the heads; by default the corpora in `data`.
    `teacher`: answers to unlabelled texts that are learned from too, beside the corpora. `out/.training` holds the
    state to resume from and is kept. In a process group the first worker evaluates and writes. Returns: the report,
    also in `out/training.json`.
    Raises: CheckpointError if there are both a task and a teacher; CorpusError if there is too little to learn from or
    to choose by; StateError if `out` holds a run of other settings, from another start or on other labels.
    """
    if task is not None and teacher is not None:
        raise CheckpointError("the heads of a task can't be distilled: give a task or a teacher")
    torch.manual_seed(settings.seed)
    config = ExtractorConfig(mention_heads=MENTION_HEADS) if task is None else _shape(task, encoder)
    start, known = describe_start(encoder), Lexicon.open(lexicon)
    if "model_revision" not in start:
        check_length(encoder, config.max_tokens)
    if settings.start_share and "model_revision" not in start:
        raise CheckpointError(
            f"{encoder} is no extractor, and its weights can't be mixed into one: leave out start_share"
        )
    reader = WordReader(open_tokenizer(encoder), NameList.of(known.names()))
    documents = read_training_documents(data) if task is None else read_training(task)
    carved = [d for d in documents if is_carved(d.doc_id, settings.carve_share)]
    kept = [d for d in documents if not is_carved(d.doc_id, settings.carve_share)]
    kept += read_pattern_documents(runs, data, carve_share=settings.carve_share, corpora=kept)
    kept, in_abstracts = add_judged(kept, judged, runs, data)
    if not carved or not kept:
        raise CorpusError(
            f"of {len(documents)} documents {len(carved)} were carved out: too few to learn and to choose"
        )
    examples = build_examples(kept, reader, config)
    soft: list[Example] = []
    if teacher is not None:
        soft = read_taught_examples(teacher, reader, config, data=data, carve_share=settings.carve_share)
    examples += soft
    steps = plan_steps(examples, settings)[: settings.steps]
    if not steps:
        raise CorpusError(f"{len(examples)} documents make no step of {settings.micro_batches} micro-batches")
    planned_tokens = sum(examples[i].length_tokens for step in steps for batch in step for i in batch)
    log.info(
        "%d documents to learn from, %d carved out; %d steps, %d tokens",
        len(kept),
        len(carved),
        len(steps),
        planned_tokens,
    )
    device = "cuda" if torch.cuda.is_available() else "cpu"
    network = fresh_network(encoder, config, dropout=settings.encoder_dropout).to(device)
    trainer = Trainer(network, reader, config, settings)
    facts = {
        "documents": len(kept),
        "carved_documents": len(carved),
        "planned_tokens": planned_tokens,
        "lexicon": known.version,
        "start": start,
        "runs": [read_run_id(run) for run in runs],
    }
    if judged is not None:
        facts["judged"] = hash_judged(judged)
    if task is not None:
        facts["task"] = {**task.stated, "labels": hash_labels(documents)}
    if teacher is not None:
        facts["teacher"] = {**teacher.about, "documents": len(soft)}
    taught = count_taught(examples) >= (LEAST_TAUGHT if task is None else 1)
    decisive = ("start", "lexicon", "runs", "judged", "task", "teacher")
    identity = {**asdict(settings), **{name: facts[name] for name in decisive if name in facts}}
    parts = {"network": network, "averaged": trainer.averaged, "optimizer": trainer.optimizer}
    progress = Progress(out, parts, identity)
    evaluate = _Evaluation(progress, trainer, carved, taught, in_abstracts)
    for number in progress.steps_to_take(len(steps), settings, max_steps=max_steps, leads=not trainer.rank):
        step = [[examples[i] for i in batch] for batch in steps[number - 1]]
        progress.note(number, len(steps), trainer.run_step(number, len(steps), step))
        if progress.asks_to_evaluate:
            evaluate(number, facts)
    return progress.report(facts, write=not trainer.rank)


def _shape(task: Task, encoder: Path) -> ExtractorConfig:
    start = ExtractorConfig.load(encoder) if (encoder / CONFIG_FILE).is_file() else None
    return shape_extractor(task.scheme, start)


class _Evaluation:
    """What a run is measured by on its way, and the model that it leaves."""

    def __init__(
        self,
        progress: Progress,
        trainer: Trainer,
        carved: Sequence[Annotated],
        taught: np.ndarray,
        judged: Sequence[Annotated],
    ) -> None:
        self.progress, self.trainer, self.carved, self.taught, self.judged = progress, trainer, carved, taught, judged

    def __call__(self, number: int, facts: Mapping[str, object]) -> None:
        """Score the carved part, and save the model if it is the best there yet."""
        trainer = self.trainer
        network = trainer.finished_network()
        predictor = Predictor(network, trainer.reader, trainer.config, budget_tokens=BUDGET_TOKENS)
        config, scores = score_carved(predictor, self.carved, self.taught, self.judged)
        chosen = selection_score(scores)
        self.progress.history.append({"step": number, "selection": round(chosen, 4), **scores.as_dict()})
        spans = {head: round(counts.f1, 4) for head, counts in scores.spans.items()}
        log.info("step %d, carved part: %s, relations %.4f", number, spans, scores.relations_micro.f1)
        if self.progress.is_best(chosen):
            trained = {**facts, "step": number, "settings": asdict(trainer.settings)}
            save_network(network, replace(config, trained=trained), trainer.reader, self.progress.out)
