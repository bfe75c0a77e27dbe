"""A user's labels as JSON lines: one document a line, plain or gzip.

    {"id": "d1", "text": "Aspirin inhibits COX.", "label": "relevant",
     "mentions": [{"start": 0, "end": 7, "type": "Drug", "text": "Aspirin"}, {"start": 17, "end": 20, "type": "Gene"}],
     "relations": [{"head": 0, "tail": 1, "label": "BLOCKS"}],
     "sentences": [{"start": 0, "end": 21, "label": "finding"}]}

`head` and `tail` are places in `mentions`; offsets are code points into `text`, half-open; a mention's `text`, if
given, must stand there. What a line leaves out says nothing and teaches nothing: without `mentions` nobody looked for
them, `[]` says that there are none. `sentences`, where given, are all of the document's, each with a `label` or none.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from pydantic import BaseModel, ConfigDict, StrictInt, StrictStr, ValidationError

from engine.schema import DOCUMENT_LEVEL, SENTENCE_LEVEL, Span
from engine.train.annotated import (
    Annotated,
    CorpusError,
    GoldLabel,
    GoldMention,
    GoldRelation,
    LabelScheme,
    check_surface,
)


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Mention(_Part):
    start: StrictInt
    end: StrictInt
    type: StrictStr
    text: StrictStr | None = None


class _Relation(_Part):
    head: StrictInt
    tail: StrictInt
    label: StrictStr


class _Sentence(_Part):
    start: StrictInt
    end: StrictInt
    label: StrictStr | None = None


class _Record(BaseModel):
    """One line; other fields, such as a title or a year, are not read."""

    id: StrictStr | StrictInt
    text: StrictStr
    mentions: list[_Mention] | None = None
    relations: list[_Relation] | None = None
    sentences: list[_Sentence] | None = None
    label: StrictStr | None = None


def read_labelled_jsonl(content: str, scheme: LabelScheme, *, source: str) -> Iterator[Annotated]:
    """Yield one document a line that isn't blank.

    Raises: CorpusError naming `source`, the line or the record, and the reason.
    """
    for number, line in enumerate(content.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = _Record.model_validate_json(line)
        except ValidationError as fault:
            first = fault.errors()[0]
            place = ".".join(map(str, first["loc"]))
            raise CorpusError(f"{source}, line {number}: {place + ': ' if place else ''}{first['msg']}") from fault
        yield _read_record(record, scheme, where=f"{source}, line {number}, {record.id}")


def _read_record(record: _Record, scheme: LabelScheme, *, where: str) -> Annotated:
    text = record.text
    place: dict[int, int] = {}
    mentions: list[GoldMention] = []
    for number, mention in enumerate(record.mentions or ()):
        surface = text[max(0, mention.start) : max(0, mention.end)] if mention.text is None else mention.text
        check_surface(text, mention.start, mention.end, surface, where=f"{where}, mention {number}")
        if mention.type in scheme.types:
            place[number] = len(mentions)
            mentions.append(GoldMention(mention.start, mention.end, scheme.types[mention.type]))
    relations: list[GoldRelation] = []
    for relation in record.relations or ():
        for end in (relation.head, relation.tail):
            if not 0 <= end < len(record.mentions or ()):
                raise CorpusError(f"{where}: relation {relation.label} names mention {end}, which isn't there")
        if relation.head == relation.tail:
            raise CorpusError(f"{where}: relation {relation.label} joins mention {relation.head} with itself")
        if relation.head in place and relation.tail in place:
            found = scheme.relate(place[relation.head], place[relation.tail], relation.label, mentions)
            relations += [found] if found else []
    sentences = None if record.sentences is None else tuple(Span(s.start, s.end) for s in record.sentences)
    for before, span in pairwise((Span(0, 0), *(sentences or ()))):
        check_surface(text, span.start, span.end, text[span.start : span.end], where=f"{where}, a sentence")
        if span.start < before.end:
            raise CorpusError(f"{where}: the sentence at {span.start}-{span.end} begins before the one before it ends")
    labels = [GoldLabel(s.start, s.end, SENTENCE_LEVEL, s.label) for s in record.sentences or () if s.label is not None]
    if record.label is not None:
        labels.append(GoldLabel(0, len(text), DOCUMENT_LEVEL, record.label))
    return Annotated(
        doc_id=str(record.id),
        corpus=scheme.corpus,
        text=text,
        mentions=tuple(mentions),
        relations=tuple(relations),
        heads=scheme.heads if record.mentions is not None else frozenset(),
        predicates=scheme.predicates if record.relations is not None else {},
        sentences=sentences,
        labels=tuple(_check_label(label, scheme, where=where) for label in labels if label.level in scheme.classes),
    )


def _check_label(label: GoldLabel, scheme: LabelScheme, *, where: str) -> GoldLabel:
    names = scheme.classes[label.level]
    if label.label not in names:
        raise CorpusError(f"{where}: {label.level} label {label.label!r} is none of {', '.join(names)}")
    return label
