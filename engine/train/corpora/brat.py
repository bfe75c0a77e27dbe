"""Stand-off annotations as brat writes them, and the BioNLP shared tasks: a text beside lines of entities and events.

Knows the lines T (a stretch of text), R (a relation of two) and E (an event with arguments); others, such as
attributes and notes, are not read. Knows nothing of what kinds mean.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise, permutations
from pathlib import Path

from engine.schema import Span
from engine.train.annotated import Annotated, CorpusError, GoldMention, GoldRelation, LabelScheme, check_surface

_DIGITS_AT_END = re.compile(r"\d+$")
_PMID = re.compile(r"PMID[-_:]?(\d+)")


@dataclass(frozen=True, slots=True)
class Event:
    """An event or relation: its kind, and (role, id) of each argument; numbers after a role (Theme2) are left out."""

    kind: str
    arguments: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class StandOff:
    """The lines of one document: `entities` holds (kind, offsets, surface) by id, offsets as they are written."""

    entities: Mapping[str, tuple[str, str, str]]
    events: Mapping[str, Event]
    relations: Mapping[str, Event]

    @classmethod
    def of(cls, lines: str, *, where: str) -> StandOff:
        """Read the lines. Raises: CorpusError naming `where` and the line."""
        entities: dict[str, tuple[str, str, str]] = {}
        events: dict[str, Event] = {}
        relations: dict[str, Event] = {}
        for line in lines.split("\n"):
            try:
                if line.startswith("T"):
                    name, label, surface = line.rstrip("\r").split("\t")
                    kind, offsets = label.split(" ", 1)
                    entities[name] = (kind, offsets, surface)
                elif line.startswith(("E", "R")):
                    name, label = line.rstrip("\r\t ").split("\t")
                    head, *parts = label.split()
                    arguments = tuple((_DIGITS_AT_END.sub("", a.split(":")[0]), a.split(":")[1]) for a in parts)
                    (events if line[0] == "E" else relations)[name] = Event(head.split(":")[0], arguments)
            except (ValueError, IndexError) as fault:
                raise CorpusError(f"{where}: expected an entity, event or relation, got {line[:80]!r}") from fault
        return cls(entities, events, relations)

    def span_of(self, name: str, text: str, *, where: str) -> Span:
        """Where an entity stands; brat cuts one that goes on in the next line in two, which are one stretch.

        Raises: CorpusError if it has gaps, or another text stands there.
        """
        _, offsets, surface = self.entities[name]
        try:
            parts = [Span(start, end) for start, end in (map(int, part.split(" ")) for part in offsets.split(";"))]
        except ValueError as fault:
            raise CorpusError(f"{where}, {name}: expected offsets, got {offsets!r}") from fault
        if any(text[before.end : after.start].strip("\r\n ") for before, after in pairwise(parts)):
            raise CorpusError(f"{where}, {name}: a mention is one stretch of text, this has {offsets!r}")
        whole = Span(parts[0].start, parts[-1].end)
        if len(parts) > 1 and surface == " ".join(text[part.start : part.end] for part in parts):
            surface = text[whole.start : whole.end]
        check_surface(text, whole.start, whole.end, surface, where=f"{where}, {name}")
        return whole


def read_brat(folder: Path, scheme: LabelScheme) -> Iterator[Annotated]:
    """Yield one document for each `.txt` of a folder and below, with the `.ann`, or `.a1` and `.a2`, beside it.

    A relation of the files is named by its label; an event stands for a relation between every two of its entities,
    named by its kind and their roles: `Binding Theme Theme`. A file named `PMID-123.txt` is the document `PMID:123`,
    another goes by its path from the folder on, without the suffix: `second/3` is not `first/3`.
    Raises: CorpusError naming the file, the annotation and the reason, also for a document that another file is.
    """
    paths = sorted(folder.rglob("*.txt"))
    if not paths:
        raise CorpusError(f"{folder}: no .txt file in the folder")
    seen: dict[str, Path] = {}
    for path in paths:
        doc_id = _name_document(path, folder)
        if doc_id in seen:
            raise CorpusError(f"{path}: {doc_id} is in {seen[doc_id]} already")
        seen[doc_id] = path
        beside = [path.with_suffix(suffix) for suffix in (".ann", ".a1", ".a2")]
        lines = "\n".join(_read_text(file).removeprefix("\ufeff") for file in beside if file.is_file())
        if not (beside[0].is_file() or beside[1].is_file()):
            raise CorpusError(f"{path}: neither .ann nor .a1 beside it")
        yield _read_document(doc_id, path, _read_text(path), StandOff.of(lines, where=str(path)), scheme)


def _read_text(path: Path) -> str:
    """The file as it is: reading as text would turn \\r\\n to \\n and shift offsets."""
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as fault:
        raise CorpusError(f"{path} can't be read: {fault}") from fault


def _name_document(path: Path, folder: Path) -> str:
    named = _PMID.fullmatch(path.stem)
    return f"PMID:{named.group(1)}" if named else path.relative_to(folder).with_suffix("").as_posix()


def _read_document(doc_id: str, path: Path, text: str, lines: StandOff, scheme: LabelScheme) -> Annotated:
    place: dict[str, int] = {}
    mentions: list[GoldMention] = []
    for name, (kind, _, _) in lines.entities.items():
        if kind in scheme.types:
            span = lines.span_of(name, text, where=str(path))
            place[name] = len(mentions)
            mentions.append(GoldMention(span.start, span.end, scheme.types[kind]))
    relations: set[GoldRelation] = set()
    for relation, head, tail in _list_relations(lines, {label for *_, label in scheme.relations}, where=str(path)):
        if head in place and tail in place and head != tail:
            found = scheme.relate(place[head], place[tail], relation, mentions)
            relations |= {found} if found else set()
    return Annotated(
        doc_id=doc_id,
        corpus=scheme.corpus,
        text=text,
        mentions=tuple(mentions),
        relations=tuple(sorted(relations, key=lambda r: (r.head, r.tail, r.predicate))),
        heads=scheme.heads,
        predicates=scheme.predicates,
    )


def _list_relations(lines: StandOff, labels: Collection[str], *, where: str) -> Iterator[tuple[str, str, str]]:
    """(name of the relation, head, tail), the ends by their ids; R lines of other labels may join what they will."""
    for name, relation in lines.relations.items():
        if relation.kind not in labels:
            continue
        ends = [end for _, end in relation.arguments]
        if len(ends) != 2 or not all(end in lines.entities for end in ends):
            raise CorpusError(f"{where}, {name}: a relation joins two entities of the file, this has {ends}")
        yield relation.kind, ends[0], ends[1]
    for event in lines.events.values():
        entities = [(role, end) for role, end in event.arguments if end in lines.entities]
        for (head_role, head), (tail_role, tail) in permutations(entities, 2):
            yield f"{event.kind} {head_role} {tail_role}", head, tail
