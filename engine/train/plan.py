"""What a training run reads, and in which order: all of it follows from the settings and the seed alone.

So a run that was killed goes on at the step of its last checkpoint, by the same command.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import numpy as np

from engine.model.batch import fill_budget
from engine.train.annotated import Annotated
from engine.train.corpora import REPORTED, TRAINING, read_corpus
from engine.train.examples import Example, teaching_sentences

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FinetuneSettings:
    """How to train. `passes`: how often each corpus is read in the whole plan; a fraction reads a part of it.

    `by_sentence`: corpora of which only the teaching sentences are read, see `teaching_sentences`.
    `freeze_embeddings` leaves the encoder's word vectors as they are: half of a small encoder's parameters, which cost
    every step and hardly move.
    `steps` ends the plan early: the learning rate falls to zero there, and each corpus has had its share by then.

    Units: `*_tokens` padded word pieces, `*_rate` per step, `carve_share` and `warmup_share` shares of 1.
    """

    passes: Mapping[str, float] = field(
        default_factory=lambda: {
            "bc5cdr": 3.5,
            "ncbi-disease": 2.0,
            "biored": 2.5,
            "drugprot": 5.0,
            "bc2gm": 2.5,
            "genia": 2.0,
            "bioscope": 1.5,
        }
    )
    by_sentence: tuple[str, ...] = ("drugprot", "genia", "bioscope")
    encoder_rate: float = 2.5e-4
    head_rate: float = 1e-3
    layer_decay: float = 0.9
    weight_decay: float = 0.01
    warmup_share: float = 0.05
    freeze_embeddings: bool = True
    steps: int | None = None
    micro_batch_tokens: int = 1000
    micro_batches: int = 2
    mention_weight: float = 4.0
    relation_weight: float = 1.0
    carve_share: float = 0.06
    evaluations: int = 2
    checkpoint_every_steps: int = 250
    seed: int = 13


def is_carved(doc_id: str, share: float) -> bool:
    """Whether a training document belongs to the carved part: decided by a hash of its id, so never by its corpus."""
    return int.from_bytes(sha256(doc_id.encode()).digest()[:4], "big") < share * 2**32


def read_training_documents(data: Path, *, corpora: Sequence[tuple[str, str]] = TRAINING) -> list[Annotated]:
    """Read the training splits, less every document that a reported split holds, by id and by text."""
    reported = [document for name, split in REPORTED for document in read_corpus(name, split, data=data)]
    ids = {document.doc_id for document in reported}
    sentences = {_letters(document.text) for document in reported if document.corpus == "bc2gm"}
    titles = {_letters(document.text.split("\n")[0]) for document in reported if document.corpus != "bc2gm"}
    documents: list[Annotated] = []
    for name, split in corpora:
        read = list(read_corpus(name, split, data=data))
        kept = [
            document
            for document in read
            if document.doc_id not in ids
            and _letters(document.text.split("\n")[0]) not in titles
            and not any(_letters(part) in sentences for part in document.text.replace("\n", ". ").split(". "))
        ]
        log.info(
            "%s/%s: %d documents, %d left out because a reported split holds them",
            name,
            split,
            len(kept),
            len(read) - len(kept),
        )
        documents += kept
    return documents


def _letters(text: str) -> str:
    return "".join(character for character in text.lower() if character.isalnum())


def cut_sentences(documents: Sequence[Annotated], by_sentence: Sequence[str]) -> list[Annotated]:
    """Replace the documents of the corpora in `by_sentence` by their teaching sentences."""
    cut: list[Annotated] = []
    for document in documents:
        cut += teaching_sentences(document) if document.corpus in by_sentence else [document]
    return cut


def plan_steps(examples: Sequence[Example], settings: FinetuneSettings) -> list[list[list[int]]]:
    """Lay out the run: steps of micro-batches of example indices.

    Each corpus's passes are spread evenly over the run. Within a stretch of the run documents of like length share a
    micro-batch, so padding stays small, and the micro-batches are shuffled.
    """
    generator = np.random.default_rng(settings.seed)
    when: list[tuple[float, int]] = []
    for corpus, passes in settings.passes.items():
        members = [i for i, example in enumerate(examples) if example.corpus == corpus]
        full, part = int(passes), passes - int(passes)
        for round_ in range(full + (part > 0)):
            share = 1.0 if round_ < full else part
            chosen = generator.permutation(members)[: round(share * len(members))]
            when += [
                ((round_ + share * u) / passes, int(i))
                for u, i in zip(generator.random(len(chosen)), chosen, strict=True)
            ]
    order = [i for _, i in sorted(when)]
    batches: list[list[int]] = []
    stretch = 512
    for begin in range(0, len(order), stretch):
        members = order[begin : begin + stretch]
        groups = fill_budget([examples[i].length_tokens for i in members], budget_tokens=settings.micro_batch_tokens)
        shuffled = generator.permutation(len(groups))
        batches += [[members[j] for j in groups[g]] for g in shuffled]
    size = settings.micro_batches
    return [batches[i : i + size] for i in range(0, len(batches) - size + 1, size)]
