"""BioScope abstracts: negation and speculation scopes, in-line XML, one document a sentence-aligned abstract."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from engine.assertion import NEGATION_SCOPE, SPECULATION_SCOPE
from engine.schema import Span
from engine.train.annotated import Annotated, CorpusError, GoldMention

_SCOPE_OF_CUE = {"negation": NEGATION_SCOPE, "speculation": SPECULATION_SCOPE}


def read_bioscope(content: bytes, *, source: str) -> Iterator[Annotated]:
    """Yield one document an abstract, its sentences joined by one space, each scope a mention.

    A tagger's spans of one kind can't nest, so of nested scopes of one kind the outermost is kept.
    Raises: CorpusError naming `source` and the document.
    """
    parser = etree.XMLParser(load_dtd=False, no_network=True, resolve_entities=False)
    for document in etree.fromstring(content, parser).iter("Document"):
        doc_id = document.findtext("DocID") or ""
        parts: list[str] = []
        scopes: list[GoldMention] = []
        sentences: list[Span] = []
        position = 0
        for sentence in document.iter("sentence"):
            text, found = _read_sentence(sentence, where=f"{source}, {doc_id}, {sentence.get('id')}")
            scopes += [GoldMention(position + m.start, position + m.end, m.type) for m in found]
            sentences.append(Span(position, position + len(text)))
            parts.append(text)
            position += len(text) + 1
        yield Annotated(
            doc_id=f"bioscope:{doc_id}",
            corpus="bioscope",
            text=" ".join(parts),
            mentions=tuple(scopes),
            heads=frozenset({NEGATION_SCOPE, SPECULATION_SCOPE}),
            sentences=tuple(sentences),
        )


def _read_sentence(sentence: etree._Element, *, where: str) -> tuple[str, list[GoldMention]]:
    kind_of_scope = {cue.get("ref"): cue.get("type") for cue in sentence.iter("cue")}
    pieces: list[str] = []
    scopes: list[GoldMention] = []
    length = 0

    def visit(element: etree._Element) -> None:
        nonlocal length
        start = length
        if element.text:
            pieces.append(element.text)
            length += len(element.text)
        for child in element:
            visit(child)
            if child.tail:
                pieces.append(child.tail)
                length += len(child.tail)
        if element.tag == "xcope":
            kind = kind_of_scope.get(element.get("id"))
            if kind not in _SCOPE_OF_CUE:
                raise CorpusError(f"{where}: scope {element.get('id')} has no cue of a known kind ({kind})")
            if length > start:
                scopes.append(GoldMention(start, length, _SCOPE_OF_CUE[kind]))

    visit(sentence)
    return "".join(pieces), _outermost(scopes)


def _outermost(scopes: list[GoldMention]) -> list[GoldMention]:
    return [
        scope
        for scope in scopes
        if not any(
            other is not scope and other.type == scope.type and other.start <= scope.start and scope.end <= other.end
            for other in scopes
        )
    ]
