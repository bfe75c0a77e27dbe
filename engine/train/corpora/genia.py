"""BioNLP shared-task events (GE 2013), reduced to directed gene-gene relations.

A regulation event whose cause and innermost theme are proteins becomes one relation; nested regulations multiply their
signs, in the theme ("X inhibits the induction of Y" lowers Y) and in the cause ("loss of X raises Y": X lowers Y).
Denied and speculated events stay stated.
"""

from __future__ import annotations

import re
import tarfile
from collections.abc import Iterator, Mapping
from io import BytesIO

from engine.schema import GENE
from engine.train.annotated import Annotated, CorpusError, GoldMention, GoldRelation
from engine.train.corpora.brat import Event, StandOff

_SIGN = {
    "Positive_regulation": +1,
    "Negative_regulation": -1,
    "Regulation": 0,
}
_PREDICATE_OF_SIGN = {+1: "UPREGULATES", -1: "DOWNREGULATES", 0: "REGULATES"}
_ANNOTATED = {(GENE, GENE): frozenset({"UPREGULATES", "DOWNREGULATES", "REGULATES", "BINDS"})}


def read_genia_events(archive: bytes, split: str, *, source: str) -> Iterator[Annotated]:
    """Yield the documents of one split of the GE archive, sorted by name; genes are given, not annotated anew.

    Raises: CorpusError naming `source`, the document and the reason.
    """
    with tarfile.open(fileobj=BytesIO(archive), mode="r:gz") as tar:
        files = {member.name: tar.extractfile(member) for member in tar.getmembers() if f"/{split}/" in member.name}
        content = {name: file.read().decode() for name, file in files.items() if file is not None}
    if not content:
        raise CorpusError(f"{source}: no split {split!r} in the archive")
    for name in sorted(n for n in content if n.endswith(".txt")):
        stem = name.removesuffix(".txt")
        yield _read_document(stem, content[name], content[f"{stem}.a1"], content.get(f"{stem}.a2", ""), source)


def _read_document(stem: str, text: str, a1: str, a2: str, source: str) -> Annotated:
    where = f"{source}, {stem}"
    index: dict[str, int] = {}
    mentions: list[GoldMention] = []
    lines = StandOff.of(a1 + "\n" + a2, where=where)
    for name, (kind, _, _) in lines.entities.items():
        if kind == "Protein":
            span = lines.span_of(name, text, where=where)
            index[name] = len(mentions)
            mentions.append(GoldMention(span.start, span.end, GENE, name))
    relations = {
        relation
        for event in lines.events.values()
        for relation in _relations_of(event, lines.events, index)
        if relation.head != relation.tail
    }
    named = re.search(r"(PMC-\d+|PMID-\d+)", stem)
    paper = named.group(1) if named else stem
    return Annotated(
        doc_id=f"{paper}:{stem.rsplit('/', 1)[-1]}",
        corpus="genia",
        text=text,
        mentions=tuple(mentions),
        relations=tuple(sorted(relations, key=lambda r: (r.head, r.tail, r.predicate))),
        predicates=_ANNOTATED,
        lists_denied=True,
        paper=paper,
    )


def _relations_of(event: Event, events: Mapping[str, Event], index: dict[str, int]) -> Iterator[GoldRelation]:
    themes = [target for role, target in event.arguments if role == "Theme"]
    if event.kind == "Binding":
        proteins = [index[target] for target in themes if target in index]
        for position, first in enumerate(proteins):
            for second in proteins[position + 1 :]:
                yield GoldRelation(first, second, "BINDS")
    if event.kind not in _SIGN:
        return
    for role, cause in event.arguments:
        if role != "Cause":
            continue
        for head, cause_sign in _proteins_of(cause, events, index):
            for theme in themes:
                for tail, sign in _proteins_of(theme, events, index):
                    yield GoldRelation(head, tail, _PREDICATE_OF_SIGN[cause_sign * _SIGN[event.kind] * sign])


def _proteins_of(target: str, events: Mapping[str, Event], index: dict[str, int]) -> Iterator[tuple[int, int]]:
    """Yield (mention, sign) of the innermost themes below a protein or an event."""
    if target in index:
        yield index[target], +1
        return
    event = events.get(target)
    if event is None:
        return
    for role, below in event.arguments:
        if role == "Theme":
            for mention, sign in _proteins_of(below, events, index):
                yield mention, sign * _SIGN.get(event.kind, +1)
