"""A task of a user's own: what to learn from which labelled files, as one TOML file says it; no code.

    name = "cancer-genetics"
    carve_share = 0.15                      # of the training documents, chooses thresholds and the checkpoint

    [[train]]                               # and [[evaluate]], if some documents are kept for measuring
    format = "brat"                         # or jsonl, pubtator
    files = ["2013-cg/train"]               # seen from the TOML file; brat: folders
    documents = 200                         # by default all

    [[entity]]
    type = "Cell"                           # of our own Gene, Chemical and Disease the shipped heads are taken over
    from = ["Cell"]                         # the files' labels; by default the type

    [[relation]]
    label = "APPLIED_TO"
    head = ["Chemical"]
    tail = ["Cell"]
    from = ["Planned_process Instrument Theme"]
    symmetric = false

    [[class]]
    level = "sentence"                      # or document
    labels = ["finding", "method"]

A type or predicate of `engine.schema` means what it means there: its mentions are linked, its relations become edges.
Any other is found and kept as text. Knows nothing of networks.
"""

from __future__ import annotations

import gzip
import logging
import re
import tomllib
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import product
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from engine.assertion import SCOPE_ASSERTIONS
from engine.model.config import ExtractorConfig
from engine.schema import PREDICATE_BY_NAME
from engine.train.annotated import Annotated, CorpusError, LabelScheme
from engine.train.corpora import splits
from engine.train.corpora.brat import read_brat
from engine.train.corpora.jsonl import read_labelled_jsonl
from engine.train.corpora.pubtator import read_pubtator

log = logging.getLogger(__name__)

PASSES: Final = 20.0
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]*")
_TAKEN: Final = frozenset({corpus for corpus, _ in splits()} | {"patterns", "run", "teacher"})


class TaskError(ValueError):
    """A task file that can't be meant; names the file, the key and the reason."""


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Source(_Table):
    """Labelled files: paths as they are written, their format, and how many documents of them at most."""

    format: Literal["jsonl", "brat", "pubtator"]
    files: list[str] = Field(min_length=1)
    documents: int | None = Field(None, ge=1)


class _Entity(_Table):
    type: str = Field(min_length=1)
    labels: list[str] = Field(default=[], alias="from")


class _Relation(_Table):
    label: str = Field(min_length=1)
    head: list[str] = Field(min_length=1)
    tail: list[str] = Field(min_length=1)
    labels: list[str] = Field(default=[], alias="from")
    symmetric: bool | None = None


class _Class(_Table):
    level: Literal["document", "sentence"]
    labels: list[str] = Field(min_length=2)


class _File(_Table):
    name: str
    carve_share: float = Field(0.15, gt=0, lt=1)
    train: list[Source] = Field(min_length=1)
    evaluate: list[Source] = []
    entities: list[_Entity] = Field(default=[], alias="entity")
    relations: list[_Relation] = Field(default=[], alias="relation")
    classes: list[_Class] = Field(default=[], alias="class")


@dataclass(frozen=True, slots=True)
class Task:
    """What a task file says. `stated`: its keys and values, for the record; `folder`: where its paths begin."""

    scheme: LabelScheme
    train: tuple[Source, ...]
    evaluate: tuple[Source, ...]
    carve_share: float
    folder: Path
    stated: Mapping[str, Any]

    @property
    def name(self) -> str:
        """The task's name, which is that of its corpus."""
        return self.scheme.corpus


def open_task(path: Path) -> Task:
    """Read a task file.

    Raises: TaskError naming the file, the key and the reason.
    """
    try:
        stated = tomllib.loads(path.read_text(encoding="utf-8-sig"))
        file = _File.model_validate(stated)
        scheme = _scheme_of(file)
    except ValidationError as fault:
        reasons = (f"{'.'.join(map(str, e['loc']))}: {e['msg']}, got {e['input']!r:.60}" for e in fault.errors())
        raise TaskError(f"{path}: {'; '.join(reasons)}") from fault
    except (OSError, ValueError) as fault:
        raise TaskError(f"{path}: {fault}") from fault
    return Task(scheme, tuple(file.train), tuple(file.evaluate), file.carve_share, path.parent, stated)


def _scheme_of(file: _File) -> LabelScheme:
    """The file's labels as the readers want them. Raises: ValueError naming the key and what is wrong with it."""
    if not _NAME.fullmatch(file.name) or file.name in _TAKEN:
        raise ValueError(f"name: {file.name!r} is taken by a corpus, or not of small letters, digits, - and _")
    if not file.entities and not file.classes:
        raise ValueError("expected an [[entity]] or a [[class]], found neither")
    _refuse_repeats("entity", "type", [entity.type for entity in file.entities])
    _refuse_repeats("entity", "from", [label for e in file.entities for label in e.labels or [e.type]])
    _refuse_repeats("relation", "label", [relation.label for relation in file.relations])
    _refuse_repeats("class", "level", [choice.level for choice in file.classes])
    for choice in file.classes:
        _refuse_repeats("class", "labels", choice.labels)
    types = {label: entity.type for entity in file.entities for label in entity.labels or [entity.type]}
    if scopes := SCOPE_ASSERTIONS.keys() & types.values():
        raise ValueError(f"entity.type: {', '.join(sorted(scopes))} is a scope, which no task teaches")
    relations: dict[tuple[str, str, str], str | None] = {}
    predicates: dict[tuple[str, str], frozenset[str]] = {}
    for relation in file.relations:
        for head, tail in product(relation.head, relation.tail):
            _check_pair(relation, head, tail, set(types.values()))
            if head != tail and _is_symmetric(relation) and relation.label in predicates.get((tail, head), ()):
                continue  # it says the same in both orders, of which one is asked
            predicates[head, tail] = predicates.get((head, tail), frozenset()) | {relation.label}
            for label in relation.labels or [relation.label]:
                taken = relations.setdefault((head, tail, label), relation.label)
                if taken != relation.label:
                    raise ValueError(f"relation.from: {label!r} from {head} to {tail} is {taken} and {relation.label}")
    return LabelScheme(
        corpus=file.name,
        heads=frozenset(types.values()),
        types=types,
        relations=relations,
        predicates=predicates,
        symmetric=tuple(relation.label for relation in file.relations if _is_symmetric(relation)),
        classes={choice.level: tuple(choice.labels) for choice in sorted(file.classes, key=lambda c: c.level)},
    )


def _check_pair(relation: _Relation, head: str, tail: str, types: set[str]) -> None:
    """Types must be the task's own; a predicate of ours keeps its meaning. Raises: ValueError."""
    if missing := {head, tail} - types:
        raise ValueError(f"relation {relation.label}: {', '.join(sorted(missing))} is no [[entity]] of this file")
    ours = PREDICATE_BY_NAME.get(relation.label)
    if ours is None:
        return
    if (head, tail) not in ours.pairs:
        joined = ", ".join(f"{a} and {b}" for a, b in ours.pairs)
        raise ValueError(f"relation {ours.name} joins {joined}, not {head} and {tail}: choose another label")
    if relation.symmetric not in (None, ours.symmetric):
        raise ValueError(f"relation {ours.name}: symmetric is {ours.symmetric} of this predicate of the schema")


def _is_symmetric(relation: _Relation) -> bool:
    ours = PREDICATE_BY_NAME.get(relation.label)
    return ours.symmetric if ours is not None else bool(relation.symmetric)


def _refuse_repeats(table: str, key: str, values: Sequence[str]) -> None:
    repeated = [value for value, times in Counter(values).items() if times > 1]
    if repeated:
        raise ValueError(f"{table}.{key}: {', '.join(repeated)} is there more than once")


def shape_extractor(scheme: LabelScheme, start: ExtractorConfig | None) -> ExtractorConfig:
    """The config of an extractor for a task, of the size of the one that it starts from, if it starts from one.

    Where relations are sought, the start's heads for negation and speculation stay, untaught: else a relation that a
    text denies would come out as affirmed.
    """
    labels = tuple((head, tail, label) for (head, tail, _), label in scheme.relations.items() if label is not None)
    scopes = [head for head in start.mention_heads if head in SCOPE_ASSERTIONS] if start and labels else []
    return replace(
        start or ExtractorConfig(mention_heads=()),
        mention_heads=(*dict.fromkeys(scheme.types.values()), *scopes),
        labels=tuple(dict.fromkeys(labels)),
        symmetric=scheme.symmetric,
        classes=scheme.classes,
        thresholds=(),
        balanced_thresholds=(),
        second_rank=0,
        second_from=(),
        trained={},
    )


def read_training(task: Task) -> list[Annotated]:
    """The documents to learn from, in which every label that the task names occurs.

    Raises: CorpusError naming a file, or the labels that occur nowhere.
    """
    documents = _read_sources(task.train, task)
    found = {name for document in documents for name in document.names()}
    classes = {f"{level} {name}" for level, names in task.scheme.classes.items() for name in names}
    named = task.scheme.heads.union(classes, *task.scheme.predicates.values())
    if named - found:
        raise CorpusError(
            f"{task.name}: of {len(documents)} documents none has {', '.join(sorted(named - found))}; "
            f"found: {', '.join(sorted(found)) or 'no label of the task'}"
        )
    return documents


def read_evaluation(task: Task) -> list[Annotated]:
    """The documents kept for measuring. Raises: CorpusError naming a file."""
    return _read_sources(task.evaluate, task)


def hash_labels(documents: Iterable[Annotated]) -> str:
    """12 hexadecimal digits of what the documents say, so that a run doesn't go on with other labels."""
    digest = sha256()
    for d in documents:
        said = (d.doc_id, d.text, d.mentions, d.relations, d.concept_relations, d.sentences, d.labels)
        digest.update(repr(said).encode())
    return digest.hexdigest()[:12]


def _read_sources(sources: Sequence[Source], task: Task) -> list[Annotated]:
    """All documents of the sources; where fewer are asked for, which ones a hash of their ids decides."""
    documents: list[Annotated] = []
    for source in sources:
        read = [d for name in source.files for d in _read_file(task.folder / name, source.format, task.scheme)]
        if source.documents is not None:
            read.sort(key=lambda d: sha256(f"{task.name} {d.doc_id}".encode()).digest())
        documents += read[: source.documents]
    counts = Counter(name for document in documents for name in document.names())
    log.info("%s: %d documents; %s", task.name, len(documents), ", ".join(f"{n} {c}" for n, c in counts.items()))
    return documents


def _read_file(path: Path, format: str, scheme: LabelScheme) -> Iterable[Annotated]:
    if format == "brat":
        return read_brat(path, scheme)
    try:
        content = path.read_bytes()
        text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf-8-sig")
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as fault:
        raise CorpusError(f"{scheme.corpus}: {path} can't be read: {fault}") from fault
    read = read_labelled_jsonl if format == "jsonl" else read_pubtator
    return read(text, scheme, source=str(path))
