"""Chooses the abstracts in whose sentences a drug and a target of the known pairs are named, whether a pair or not.

    python -m bench.select_known [--data DATA] | gzip > KNOWN.jsonl.gz

A run over them is what `bench.belief` fits publications on: few of a corpus's edges are such that a list could hold
them, and these abstracts have nearly all. Names are looked up in the lexicon word for word, so that no extractor has a
say, and pairs that no list holds are as welcome as those that one does. Lines are copied as they are.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

import click

from bench.known_pairs import read_known_pairs
from engine.link.lexicon import Lexicon
from engine.link.normalise import name_key
from engine.schema import CHEMICAL, GENE
from engine.segment import split_sentences

ABSTRACTS: Final = "corpus/abstracts_*.jsonl.gz"
_WORD: Final = re.compile(r"[^\s,;:()\[\]]+")
_LONGEST_NAME: Final = 4  # words
_END: Final = ".,;:"


class NameFinder:
    """Finds names of these concepts of a type: those that the lexicon, asked for the name alone, answers with first."""

    def __init__(self, lexicon: Lexicon, type: str, concepts: Collection[str]) -> None:
        self._lexicon, self._type, self._concepts = lexicon, type, concepts
        known = (lexicon.concept(concept_id) for concept_id in concepts)
        self._keys = {name_key(name) for concept in known if concept for name in (concept.name, *concept.synonyms)}

    def finds(self, sentence: str) -> bool:
        """Whether a sentence holds one."""
        return any(self._means_one(name) for name in _names_in(sentence) if name_key(name) in self._keys)

    def _means_one(self, name: str) -> bool:
        return any(concept in self._concepts for concept in self._lexicon.lookup(name, self._type)[:1])


def _names_in(sentence: str) -> Iterator[str]:
    words = [word.span() for word in _WORD.finditer(sentence)]
    for at, (start, _) in enumerate(words):
        for _, end in words[at : at + _LONGEST_NAME]:
            yield sentence[start:end].rstrip(_END)


def select(data: Path, lexicon: Lexicon) -> Iterator[str]:
    """The lines of the abstracts chosen. Raises: FileNotFoundError naming the file of pairs that is missing."""
    pairs = read_known_pairs(data, lexicon)[CHEMICAL, GENE]
    drugs, targets = NameFinder(lexicon, CHEMICAL, pairs.firsts), NameFinder(lexicon, GENE, pairs.lasts)
    for path in sorted(data.glob(ABSTRACTS)):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                record = json.loads(line)
                text = f"{record.get('title') or ''}\n{record.get('abstract') or ''}"
                sentences = (text[span.start : span.end] for span in split_sentences(text))
                if any(targets.finds(sentence) and drugs.finds(sentence) for sentence in sentences):
                    yield line


@click.command(help=__doc__)
@click.option("--data", type=click.Path(path_type=Path), default=Path("../shared/data"), show_default=True)
def command(data: Path) -> None:
    """Writes the lines to stdout."""
    try:
        sys.stdout.writelines(select(data, Lexicon.open(None)))
    except FileNotFoundError as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    command()
