"""Which documents repeat each other: by id, by title, by how they begin, or, where one is a sentence, by that sentence.

A title is a text's first line; a short one, such as the headings that all papers have, tells nothing by itself. A text
that is as short as a heading is known by its id alone.
Texts are compared by their letters and digits alone, because corpora differ in blanks, quotes and case. The one rule
serves twice: training leaves out what a reported split holds, and evaluation refuses a split that training holds.
Training also leaves out a single sentence that stands in a reported abstract (`holds`); evaluation can't refuse for it,
since earlier models learned from two such sentences.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from engine.schema import Span
from engine.segment import split_sentences
from engine.train.annotated import Annotated

_SHORTEST_TITLE = 30  # letters; a sentence within a document likewise
_OPENING = 100  # letters of a text that tell it from others, wherever its lines end
_OTHER = re.compile(r"[\W_]+")


def letters(text: str) -> str:
    """The letters and digits of a text, in lower case."""
    return _OTHER.sub("", text.lower())


@dataclass(frozen=True, slots=True)
class DocumentIndex:
    """The documents of a split by what they can be recognised by; values are document ids.

    `parts`: the sentences of documents that have several.
    """

    ids: frozenset[str]
    titles: Mapping[str, set[str]]
    sentences: Mapping[str, set[str]]
    parts: Mapping[str, set[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, documents: Iterable[Annotated], *, parts: bool = False) -> DocumentIndex:
        """Index documents; a document of one sentence has no title. `parts` costs a segmentation of each other one."""
        ids: set[str] = set()
        titles: dict[str, set[str]] = defaultdict(set)
        sentences: dict[str, set[str]] = defaultdict(set)
        part_of: dict[str, set[str]] = defaultdict(set)
        for document in documents:
            ids.add(document.doc_id)
            single = _is_sentence(document)
            for key in _keys_of(document):
                (sentences if single else titles)[key].add(document.doc_id)
            if parts and not single:
                for key in _sentence_keys(document):
                    part_of[key].add(document.doc_id)
        return cls(frozenset(ids), dict(titles), dict(sentences), dict(part_of))

    def matches(self, document: Annotated) -> set[str]:
        """Ids of the indexed documents that `document` repeats."""
        found = {document.doc_id} & self.ids
        for key in _keys_of(document):
            found |= self.titles.get(key, set())
        if self.sentences:
            # The whole text too: a single sentence may hold ". " itself, as in "E. coli".
            for part in (document.text, *document.text.replace("\n", ". ").split(". ")):
                found |= self.sentences.get(letters(part), set())
        return found

    def holds(self, document: Annotated) -> set[str]:
        """Ids of the documents that, beside other sentences, have the one that `document` consists of."""
        return self.parts.get(letters(document.text), set()) if _is_sentence(document) else set()


def _is_sentence(document: Annotated) -> bool:
    return document.sentences == (Span(0, len(document.text)),)


def _sentence_keys(document: Annotated) -> Iterator[str]:
    sentences = split_sentences(document.text, []) if document.sentences is None else document.sentences
    for sentence in sentences:
        key = letters(document.text[sentence.start : sentence.end])
        if len(key) >= _SHORTEST_TITLE:
            yield key


def _keys_of(document: Annotated) -> set[str]:
    """Title and beginning, as far as they are long enough to be known by: none for a heading that stands alone."""
    title, text = letters(document.text.split("\n")[0]), letters(document.text)
    return {key for key in (title, text[:_OPENING]) if len(key) >= _SHORTEST_TITLE}
