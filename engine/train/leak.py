"""Whether a model can be scored on a split: it has the heads, and no document of the split took part in training.

The model's config names the corpora; which documents training read of them follows from the same code that read them
then. A model that names no corpora can't be checked, and the report says so by an empty list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.model.config import CheckpointError, ExtractorConfig, list_training_runs
from engine.train.annotated import Annotated
from engine.train.corpora import TRAINING
from engine.train.overlap import DocumentIndex
from engine.train.patterns import CORPUS as PATTERNS
from engine.train.plan import is_carved, read_training_documents

_SHOWN = 10


class LeakError(ValueError):
    """Documents of a split that was to be reported are among the model's training documents; names both."""


def read_training_of(trained: Mapping[str, Any], *, data: Path) -> list[Annotated]:
    """The documents of the corpora that a model's config names, less those that its training left out.

    Whichever version trained it: so `quoted` sentences are among them, from which a newer model didn't learn.
    """
    named = {name for run in _list_runs(trained) for name in _corpora_of(run)}
    corpora = [(corpus, split) for corpus, split in TRAINING if corpus in named]
    return read_training_documents(data, corpora=corpora, quoted=True) if corpora else []


def split_carved(documents: Iterable[Annotated], trained: Mapping[str, Any]) -> tuple[list[Annotated], list[Annotated]]:
    """Documents that some run learned from, and those that every run carved out to choose thresholds on."""
    shares = [run["settings"].get("carve_share", 0.0) for run in _list_runs(trained)]
    learned: list[Annotated] = []
    carved: list[Annotated] = []
    for document in documents:
        (carved if is_carved(document.doc_id, min(shares, default=0.0)) else learned).append(document)
    return learned, carved


def _list_runs(trained: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Every run with settings that made the model, another mixed into it, or a teacher of one of them."""
    found: list[Mapping[str, Any]] = []
    for run in list_training_runs(trained):
        found += [run] if run.get("settings") else []
        for other in (run.get("teacher"), (run.get("mix") or {}).get("with")):
            found += _list_runs((other or {}).get("trained") or {})
    return found


def _corpora_of(run: Mapping[str, Any]) -> set[str]:
    """The corpora that a run read, and where patterns labelled, all: their wording is read whatever their passes.

    A part that is trained alone has patterns read in its own corpora alone.
    """
    read = {name for name, passes in run["settings"].get("passes", {}).items() if passes}
    if run.get("runs") and PATTERNS in read and not {"second", "relation_head"} & run.keys():
        read |= {corpus for corpus, _ in TRAINING}
    return read


def check_heads(split: str, documents: Iterable[Annotated], config: ExtractorConfig) -> None:
    """Check that the model has a head for whatever the split annotates.

    Raises: CheckpointError naming the split and what the model lacks.
    """
    asked: set[str] = set()
    for document in documents:
        asked |= document.heads | {f"{label.level} labels" for label in document.labels}
        asked |= {" ".join((h, p, t)) for (h, t), named in document.predicates.items() for p in named}
    known = {*config.mention_heads, *(f"{level} labels" for level in config.classes)}
    known |= {" ".join((head, predicate, tail)) for head, tail, predicate in config.labels}
    if asked - known:
        raise CheckpointError(f"{split} annotates {', '.join(sorted(asked - known))}, for which the model has no head")


def check_unseen(split: str, documents: Sequence[Annotated], training: Iterable[Annotated]) -> None:
    """Check that no training document repeats one of the split, by id or by text.

    Raises: LeakError naming the split and the documents.
    """
    index = DocumentIndex.of(documents)
    seen = sorted({doc_id for document in training for doc_id in index.matches(document)})
    if seen:
        more = f" and {len(seen) - _SHOWN:,} more" if len(seen) > _SHOWN else ""
        raise LeakError(
            f"{split}: {len(seen):,} of its {len(documents):,} documents are among those that the model was trained "
            f"on, by id or by text: {', '.join(seen[:_SHOWN])}{more}. Report a split that training left out"
        )
