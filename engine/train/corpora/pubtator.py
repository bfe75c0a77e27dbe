"""PubTator corpora: BC5CDR, BioRED, NCBI Disease. Document-level relations between concepts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.train.annotated import Annotated, ConceptRelation, CorpusError, GoldMention, LabelScheme, check_surface

_BLANK_LINES = re.compile(r"\n\s*\n")
# What annotators write where they found no id: "-1" in BC5CDR, "-" in BioRED; others leave the cell empty or out.
_NO_ID = "-"
_NO_IDS = frozenset({_NO_ID, "-1", ""})


def read_pubtator(content: str, scheme: LabelScheme, *, source: str) -> Iterator[Annotated]:
    """Yield the documents of a PubTator file; `text` is title, newline, abstract, so all offsets hold.

    A line may end in \\r\\n, which counts as one character like any other end of a line.

    Raises: CorpusError naming `source`, the document and the line's fault.
    """
    for block in _BLANK_LINES.split(content.replace("\r\n", "\n")):
        lines = [line for line in block.split("\n") if line.strip()]
        if lines:
            yield _read_block(lines, scheme, source)


def _read_block(lines: list[str], scheme: LabelScheme, source: str) -> Annotated:
    try:
        pmid, _, title = lines[0].split("|", 2)
        _, _, abstract = lines[1].split("|", 2)
    except (ValueError, IndexError) as fault:
        raise CorpusError(f"{source}: no title and abstract lines where {lines[0][:60]!r} stands") from fault
    text = f"{title}\n{abstract}"
    mentions: list[GoldMention] = []
    rows: list[list[str]] = []
    for line in lines[2:]:
        cells = line.split("\t")
        if cells[0] != pmid:
            raise CorpusError(f"{source}, {pmid}: a line of another document: {line[:80]!r}")
        states_mention = len(cells) > 1 and cells[1][:1].isdecimal()
        if len(cells) < (5 if states_mention else 4):
            raise CorpusError(f"{source}, {pmid}: a line of {len(cells)} cells: {line[:80]!r}")
        if states_mention:
            if not (cells[1].isdecimal() and cells[2].isdecimal()):
                raise CorpusError(f"{source}, {pmid}: a mention from {cells[1]!r} to {cells[2]!r}: {line[:80]!r}")
            start, end, surface, kind = int(cells[1]), int(cells[2]), cells[3], cells[4]
            # NCBI Disease writes a blank for a double quote in its annotations.
            check_surface(text.replace('"', " "), start, end, surface.replace('"', " "), where=f"{source}, {pmid}")
            if kind in scheme.types:
                concept = _read_concept(cells[5] if len(cells) > 5 else "")
                mentions.append(GoldMention(start, end, scheme.types[kind], concept))
        else:
            rows.append(cells)
    relations, ignored = _read_relations(rows, mentions, scheme)
    ids = {concept for mention in mentions for concept in concepts_of(mention)}
    if _NO_ID in ids:  # relations are between ids, so nothing is said of these
        ignored |= {ends for one in ids for ends in ((_NO_ID, one), (one, _NO_ID))}
    return Annotated(
        doc_id=f"PMID:{pmid}",
        corpus=scheme.corpus,
        text=text,
        mentions=tuple(mentions),
        concept_relations=tuple(relations),
        heads=scheme.heads,
        predicates=scheme.predicates,
        ignored=frozenset(ignored),
    )


def concepts_of(mention: GoldMention) -> tuple[str, ...]:
    """The ids that a mention carries: composite mentions list several, joined by a comma or a bar."""
    return tuple((mention.concept or "").replace("|", ",").split(","))


def _read_concept(cell: str) -> str:
    """The ids of a mention; one of several that the annotators found no id for is left out."""
    found = [one for one in map(str.strip, re.split("[|,;]", cell)) if one not in _NO_IDS]
    return "|".join(found) or _NO_ID


def _read_relations(
    rows: list[list[str]], mentions: list[GoldMention], scheme: LabelScheme
) -> tuple[list[ConceptRelation], set[tuple[str, str]]]:
    type_of = {concept: mention.type for mention in mentions for concept in concepts_of(mention)}
    relations: list[ConceptRelation] = []
    ignored: set[tuple[str, str]] = set()
    for _, kind, first, second, *_ in rows:
        as_written = (type_of.get(first, ""), type_of.get(second, ""), kind) in scheme.relations
        for head, tail in ((first, second), (second, first)):
            key = (type_of.get(head, ""), type_of.get(tail, ""), kind)
            if key not in scheme.relations:
                continue
            predicate = scheme.relations[key]
            if predicate is None:
                ignored.add((head, tail))
            elif head == first or not as_written or predicate in scheme.symmetric:
                relations.append(ConceptRelation(head, tail, predicate))
    return relations, ignored
