"""IOB columns (BC2GM): one token a line, blank line after a sentence.

The file has lost the original spacing. Tokens are joined by one space, which gives a word-piece tokenizer that
splits at punctuation the same pieces as the lost text.
"""

from __future__ import annotations

from collections.abc import Iterator

from engine.schema import Span
from engine.train.annotated import Annotated, CorpusError, GoldMention


def read_iob(content: str, *, corpus: str, type: str, source: str) -> Iterator[Annotated]:
    """Yield one document a sentence.

    Raises: CorpusError naming `source` and the line.
    """
    number = 0
    for block in content.strip("\n").split("\n\n"):
        tokens: list[str] = []
        tags: list[str] = []
        for line in block.split("\n"):
            number += 1
            cells = line.split("\t")
            if len(cells) != 2 or cells[1][:1] not in "BIO":
                raise CorpusError(f"{source}, line {number}: expected a token and a B, I or O tag, got {line[:60]!r}")
            tokens.append(cells[0])
            tags.append(cells[1][0])
        number += 1
        text = " ".join(tokens)
        yield Annotated(
            doc_id=f"{corpus}:{source}:{number}",
            corpus=corpus,
            text=text,
            mentions=tuple(_mentions(tokens, tags, type)),
            heads=frozenset({type}),
            sentences=(Span(0, len(text)),),
        )


def _mentions(tokens: list[str], tags: list[str], type: str) -> Iterator[GoldMention]:
    start: int | None = None
    end = position = 0
    for token, tag in zip(tokens, tags, strict=True):
        if tag != "I" and start is not None:
            yield GoldMention(start, end, type)
            start = None
        if tag != "O" and start is None:
            start = position
        end = position + len(token)
        position = end + 1
    if start is not None:
        yield GoldMention(start, end, type)
