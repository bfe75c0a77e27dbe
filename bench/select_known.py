"""Chooses the abstracts that belief needs a run over: of known pairs, and those whose edges were judged by hand.

    python -m bench.select_known [--data DATA] [--judged TABLE.tsv] | gzip > KNOWN.jsonl.gz

In a sentence a drug and a target of the known pairs are named, whether a pair or not: few of a corpus's edges are such
that a list could hold them, and these abstracts have nearly all. Names are looked up in the lexicon word for word, so
that no extractor has a say, and pairs that no list holds are as welcome as those that one does. A judged edge counts
only where the run has read its abstract. Lines are copied as they are.
"""

from __future__ import annotations

import gzip
import re
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

import click

from bench.known_pairs import read_known_pairs
from bench.score_judgements import read_judgements
from engine.link.lexicon import Lexicon
from engine.link.normalise import name_key
from engine.read.files import read_file
from engine.schema import CHEMICAL, GENE
from engine.segment import split_sentences

ABSTRACTS: Final = "corpus/abstracts_*.jsonl.gz"
_WORD: Final = re.compile(r"[^\s,;:()\[\]]+")
_LONGEST_NAME: Final = 4  # words


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
            yield sentence[start:end].rstrip(".")


def select(data: Path, lexicon: Lexicon, judged: Collection[str] = ()) -> Iterator[str]:
    """The lines of the abstracts chosen, those whose ids are `judged` among them.

    Raises: FileNotFoundError naming the file of pairs that is missing.
    """
    pairs = read_known_pairs(data, lexicon)[CHEMICAL, GENE]
    drugs, targets = NameFinder(lexicon, CHEMICAL, pairs.firsts), NameFinder(lexicon, GENE, pairs.lasts)
    for path in sorted(data.glob(ABSTRACTS)):
        lines = gzip.decompress(path.read_bytes()).decode("utf-8").splitlines(keepends=True)
        for table in read_file(str(path)):
            for row in table.select(["doc_id", "record", "text"]).to_pylist():
                text = row["text"] or ""
                sentences = (text[span.start : span.end] for span in split_sentences(text))
                if row["doc_id"] in judged or any(targets.finds(said) and drugs.finds(said) for said in sentences):
                    yield lines[row["record"] - 1]


@click.command(help=__doc__)
@click.option("--data", type=click.Path(path_type=Path), default=Path("../shared/data"), show_default=True)
@click.option(
    "--judged", type=click.Path(path_type=Path, exists=True), multiple=True, help="Judged edges, for `belief`."
)
def command(data: Path, judged: tuple[Path, ...]) -> None:
    """Writes the lines to stdout."""
    ids = {row["pmid"] for table in judged for row in read_judgements(table)}
    try:
        sys.stdout.writelines(select(data, Lexicon.open(None), ids))
    except FileNotFoundError as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    command()
