"""What a training run reads, and in which order: all of it follows from the settings and the seed alone.

So a run that was killed goes on at the step of its last checkpoint, by the same command.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Protocol

import numpy as np

from engine.model.batch import fill_budget
from engine.train.annotated import Annotated, CorpusError
from engine.train.corpora import REPORTED, TRAINING, read_corpus
from engine.train.corpora.run import read_run
from engine.train.examples import sentences_of
from engine.train.judged import label_judged, read_judged
from engine.train.overlap import DocumentIndex
from engine.train.patterns import state_beside_corpus, state_by_pattern

log = logging.getLogger(__name__)

# Of judged documents, which are what thresholds for abstracts that nobody chose are chosen by, more are carved out.
JUDGED_CARVED = 0.15


class Planned(Protocol):
    """What a step is made of: something of a corpus, of a size."""

    @property
    def corpus(self) -> str:
        """Its corpus."""

    @property
    def length_tokens(self) -> int:
        """Padded pieces that it takes in a batch."""


class PlanSettings(Protocol):
    """How a run is laid out: see `FinetuneSettings`."""

    @property
    def passes(self) -> Mapping[str, float]:
        """How often each corpus is read."""

    @property
    def micro_batch_tokens(self) -> int:
        """Padded pieces of a micro-batch."""

    @property
    def micro_batches(self) -> int:
        """Micro-batches of a step."""

    @property
    def seed(self) -> int:
        """Seed of the order."""


def is_carved(doc_id: str, share: float) -> bool:
    """Whether a training document belongs to the carved part: decided by a hash of its id, so never by its corpus."""
    return int.from_bytes(sha256(doc_id.encode()).digest()[:4], "big") < share * 2**32


def read_training_documents(
    data: Path, *, corpora: Sequence[tuple[str, str]] = TRAINING, quoted: bool = False
) -> list[Annotated]:
    """Read the training splits, less every document that a reported split holds, by id and by text.

    `quoted`: keep the single sentences that stand in a reported abstract, as earlier versions did.
    """
    reported = index_reported(data)
    documents: list[Annotated] = []
    for name, split in corpora:
        read = list(read_corpus(name, split, data=data))
        kept = [d for d in read if not reported.matches(d) and (quoted or not reported.holds(d))]
        log.info(
            "%s/%s: %d documents, %d left out because a reported split holds them",
            name,
            split,
            len(kept),
            len(read) - len(kept),
        )
        documents += kept
    return documents


def read_pattern_documents(
    runs: Sequence[Path], data: Path, *, carve_share: float, corpora: Iterable[Annotated] = ()
) -> list[Annotated]:
    """The documents of finished runs of which a pattern says something (`engine.train.patterns`).

    `corpora`: annotated documents, which join them where wording says what their corpus leaves out.
    Left out: what a reported split or the carved part holds. Raises: CorpusError if a folder holds no run.
    """
    if not runs:
        return []
    reported = index_reported(data)
    found = [document for folder in runs for document in read_run(folder)]
    labelled = [state_by_pattern(d) for d in found if not is_carved(d.doc_id, carve_share) and not reported.matches(d)]
    beside = [state_beside_corpus(replace(d, sentences=tuple(sentences_of(d)))) for d in corpora if d.mentions]
    documents = [document for document in labelled + beside if document.asked]
    log.info("%d documents in which a pattern labels a pair", len(documents))
    return documents


def read_judged_documents(judged: Path, runs: Sequence[Path], data: Path) -> tuple[list[Annotated], list[Annotated]]:
    """Documents of finished runs of which pairs were judged (`engine.train.judged`): to learn from, and carved ones.

    Left out: what a reported split holds. Raises: CorpusError if a folder holds no run, or if there is none.
    """
    if not runs:
        raise CorpusError(f"{judged} judges pairs in documents of runs, and none is given")
    pairs, reported = read_judged(judged), index_reported(data)
    found = (d for folder in runs for d in read_run(folder) if d.doc_id in pairs and not reported.matches(d))
    learned: list[Annotated] = []
    carved: list[Annotated] = []
    for document in label_judged(found, pairs):
        (carved if is_carved(document.doc_id, JUDGED_CARVED) else learned).append(document)
    log.info("%d documents with judged pairs, %d carved out", len(learned), len(carved))
    return learned, carved


def add_judged(
    documents: list[Annotated], judged: Path | None, runs: Sequence[Path], data: Path
) -> tuple[list[Annotated], list[Annotated]]:
    """Add what a table of judged pairs, if there is one, says of documents of runs to what is learned from.

    Returns: all to learn from, none of which is among the second, the carved ones with judged pairs.
    """
    if judged is None:
        return documents, []
    learned, carved = read_judged_documents(judged, runs, data)
    apart = {document.doc_id for document in carved}
    return [document for document in documents if document.doc_id not in apart] + learned, carved


@cache
def index_reported(data: Path) -> DocumentIndex:
    """The documents of all reported splits, which no training may see."""
    documents = (document for name, split in REPORTED for document in read_corpus(name, split, data=data))
    return DocumentIndex.of(documents, parts=True)


def plan_steps(examples: Sequence[Planned], settings: PlanSettings) -> list[list[list[int]]]:
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
