"""A short fine-tuning that stands in for a long one: fewer documents, few steps, scored on a part of the carved part.

Knows nothing of how trials are chosen or where they run. Trade-off: settings that learn fast look better here than they
are in a long run, and what keeps a long run from learning by heart (dropout, decay) shows little of its worth.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch

from engine.link.lexicon import Lexicon
from engine.model.checkpoint import describe_start, fresh_network, hash_weights, open_tokenizer
from engine.model.config import ExtractorConfig
from engine.model.cues import NameList
from engine.model.predict import BUDGET_TOKENS, Predictor
from engine.model.text import WordReader
from engine.schema import ENTITY_TYPES
from engine.train.annotated import Annotated, CorpusError
from engine.train.examples import Example, build_examples
from engine.train.finetune import LEAST_TAUGHT, MENTION_HEADS, count_taught, score_carved, selection_score
from engine.train.plan import is_carved, plan_steps, read_training_documents
from engine.train.settings import FinetuneSettings
from engine.train.trainer import Trainer
from engine.train.tune.settings import TuneSettings
from engine.train.tune.trial import PartScore

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Proxy:
    """What all trials of a search have in common. `searched` documents score trials, `others` what was chosen."""

    encoder: Path
    reader: WordReader
    config: ExtractorConfig
    examples: Sequence[Example]
    searched: Sequence[Annotated]
    others: Sequence[Annotated]
    facts: Mapping[str, Any]

    def train(
        self,
        values: Mapping[str, float],
        documents: Sequence[Annotated],
        *,
        settings: TuneSettings,
        seed: int,
        device: str = "cpu",
        parts: Sequence[int] | None = None,
    ) -> Iterator[PartScore]:
        """Train with the defaults but for `values`; yields how `documents` are read after each of `parts`, or all."""
        began = time.monotonic()
        torch.manual_seed(seed)
        chosen: dict[str, Any] = dict(values)
        trained = replace(FinetuneSettings(), seed=seed, **chosen)
        steps, tokens = plan_tokens(self.examples, trained, most_tokens=settings.tokens)
        network = fresh_network(self.encoder, self.config, dropout=trained.encoder_dropout).to(device)
        trainer = Trainer(network, self.reader, self.config, trained)
        taught = count_taught(self.examples) >= LEAST_TAUGHT
        part_at = {round(len(steps) * part / settings.parts[-1]): part for part in parts or settings.parts}
        for number, step in enumerate(steps, start=1):
            trainer.run_step(number, len(steps), [[self.examples[i] for i in batch] for batch in step])
            if number not in part_at:
                continue
            finished = trainer.finished_network()
            predictor = Predictor(finished, self.reader, self.config, budget_tokens=BUDGET_TOKENS)
            _, scores = score_carved(predictor, documents, taught)
            score, relations = selection_score(scores), scores.relations_micro.f1
            yield PartScore(
                part=part_at[number],
                steps=number,
                tokens=tokens[number - 1],
                score=round(score, 4),
                mentions=round(2 * score - relations, 4),
                relations=round(relations, 4),
                seconds=round(time.monotonic() - began, 1),
            )


def prepare_proxy(encoder: Path, *, data: Path, lexicon: Path | None, settings: TuneSettings) -> Proxy:
    """Read what the trials learn from and are scored on, none of it from a reported split.

    Raises: CorpusError if too little is left.
    """
    base = FinetuneSettings()
    known = Lexicon.open(lexicon)
    reader = WordReader(open_tokenizer(encoder), NameList.of(known.names()))
    config = ExtractorConfig(mention_heads=MENTION_HEADS)
    documents = read_training_documents(data)
    learned = [
        d
        for d in documents
        if not is_carved(d.doc_id, base.carve_share) and is_carved(f"tune {d.doc_id}", settings.share)
    ]
    carved = [d for d in documents if is_carved(d.doc_id, base.carve_share)]
    searched, others = split_carved(carved, most=settings.documents)
    examples = build_examples(learned, reader, config)
    if not (examples and searched and others):
        raise CorpusError(f"of {len(documents)} documents too few are left to learn from and to score")
    log.info("%d documents to learn from, %d and %d to score", len(learned), len(searched), len(others))
    facts = {
        "start": _describe_start(encoder),
        "lexicon": known.version,
        "documents": len(learned),
        "searched_documents": len(searched),
        "other_documents": len(others),
        "text": _hash_documents([*learned, *searched, *others]),
    }
    return Proxy(encoder, reader, config, examples, searched, others, facts)


def split_carved(carved: Sequence[Annotated], *, most: int) -> tuple[list[Annotated], list[Annotated]]:
    """Two parts of the carved documents that share none: of each corpus a half, in the order of a hash, at most `most`.

    Documents without entity types are left out: the score is of mentions and relations.
    """
    parts: tuple[list[Annotated], list[Annotated]] = ([], [])
    scored = [d for d in carved if d.heads & set(ENTITY_TYPES) or d.predicates]
    for corpus in sorted({d.corpus for d in scored}):
        members = sorted((d for d in scored if d.corpus == corpus), key=lambda d: sha256(d.doc_id.encode()).digest())
        for number, part in enumerate(parts):
            part += members[number::2][:most]
    return parts


def plan_tokens(
    examples: Sequence[Example], settings: FinetuneSettings, *, most_tokens: int
) -> tuple[list[list[list[int]]], list[int]]:
    """The plan's first steps, at least one, up to `most_tokens`, and how many tokens are read after each.

    Raises: CorpusError if the examples don't fill one step.
    """
    steps: list[list[list[int]]] = []
    tokens: list[int] = []
    total = 0
    for step in plan_steps(examples, settings):
        total += sum(examples[i].length_tokens for batch in step for i in batch)
        if steps and total > most_tokens:
            break
        steps.append(step)
        tokens.append(total)
    if not steps:
        raise CorpusError(f"{len(examples)} documents don't fill one step")
    return steps, tokens


def _describe_start(encoder: Path) -> dict[str, object]:
    """As `describe_start`, with a hash of an extractor's weights too."""
    start = describe_start(encoder)
    return start if "weights" in start else {**start, "weights": hash_weights(encoder)}


def _hash_documents(documents: Sequence[Annotated]) -> str:
    digest = sha256()
    for document in documents:
        digest.update(f"{document.doc_id}\0{document.corpus}\0{document.text}\0".encode())
    return digest.hexdigest()[:12]
