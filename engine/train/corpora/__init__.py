"""The corpora by name and split: which file, which reader, which of our types and predicates.

`TRAINING` lists what a shipped model learns from; `REPORTED` the splits whose documents it must never see.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

from engine.schema import CHEMICAL, DISEASE, GENE
from engine.train.annotated import Annotated, CorpusError, LabelScheme
from engine.train.corpora.bioscope import read_bioscope
from engine.train.corpora.drugprot import read_drugprot, read_drugprot_sentences
from engine.train.corpora.genia import read_genia_events
from engine.train.corpora.iob import read_iob
from engine.train.corpora.pubtator import read_pubtator

BC5CDR = LabelScheme(
    corpus="bc5cdr",
    heads=frozenset({CHEMICAL, DISEASE}),
    types={"Chemical": CHEMICAL, "Disease": DISEASE},
    relations={(CHEMICAL, DISEASE, "CID"): "INDUCES"},
    predicates={(CHEMICAL, DISEASE): frozenset({"INDUCES"})},
)
NCBI_DISEASE = LabelScheme(
    corpus="ncbi-disease",
    heads=frozenset({DISEASE}),
    types=dict.fromkeys(("SpecificDisease", "DiseaseClass", "CompositeMention", "Modifier"), DISEASE),
)
# BioRED gives its relations no direction: gene-gene correlation can't tell cause from effect, so it teaches
# INTERACTS_WITH, and chemical-chemical correlation (a drug lowers glucose) has no predicate of ours.
BIORED = LabelScheme(
    corpus="biored",
    heads=frozenset({GENE, CHEMICAL, DISEASE}),
    types={
        "GeneOrGeneProduct": GENE,
        "ChemicalEntity": CHEMICAL,
        "DiseaseOrPhenotypicFeature": DISEASE,
    },
    relations={
        (CHEMICAL, DISEASE, "Negative_Correlation"): "TREATS",
        (CHEMICAL, DISEASE, "Positive_Correlation"): "INDUCES",
        (CHEMICAL, DISEASE, "Association"): "ASSOCIATED_WITH",
        (GENE, DISEASE, "Positive_Correlation"): "PROMOTES",
        (GENE, DISEASE, "Negative_Correlation"): "PROTECTS_FROM",
        (GENE, DISEASE, "Association"): "ASSOCIATED_WITH",
        (GENE, GENE, "Bind"): "BINDS",
        (GENE, GENE, "Association"): "INTERACTS_WITH",
        (GENE, GENE, "Positive_Correlation"): "INTERACTS_WITH",
        (GENE, GENE, "Negative_Correlation"): "INTERACTS_WITH",
        (CHEMICAL, CHEMICAL, "Cotreatment"): "COMBINED_WITH",
        (CHEMICAL, CHEMICAL, "Drug_Interaction"): "INTERACTS_WITH",
        (CHEMICAL, CHEMICAL, "Association"): None,
        (CHEMICAL, CHEMICAL, "Positive_Correlation"): None,
        (CHEMICAL, CHEMICAL, "Negative_Correlation"): None,
        (CHEMICAL, CHEMICAL, "Comparison"): None,
        (CHEMICAL, CHEMICAL, "Conversion"): None,
    },
    predicates={
        (CHEMICAL, DISEASE): frozenset({"TREATS", "INDUCES", "ASSOCIATED_WITH"}),
        (GENE, DISEASE): frozenset({"PROMOTES", "PROTECTS_FROM", "ASSOCIATED_WITH"}),
        (GENE, GENE): frozenset({"BINDS", "INTERACTS_WITH"}),
        (CHEMICAL, CHEMICAL): frozenset({"COMBINED_WITH", "INTERACTS_WITH"}),
    },
)

TRAINING = (
    ("bc5cdr", "train"),
    ("bc5cdr", "dev"),
    ("ncbi-disease", "train"),
    ("ncbi-disease", "dev"),
    ("biored", "train"),
    ("drugprot", "train"),
    ("drugprot", "sentences"),
    ("bc2gm", "train"),
    ("bc2gm", "dev"),
    ("genia", "train"),
    ("bioscope", "all"),
)
REPORTED = (
    ("bc5cdr", "test"),
    ("ncbi-disease", "test"),
    ("bc2gm", "test"),
    ("drugprot", "dev"),
    ("biored", "dev"),
    ("genia", "devel"),
)

_FILES: dict[tuple[str, str], tuple[str, ...]] = {
    ("bc5cdr", "train"): ("bc5cdr/CDR_TrainingSet.PubTator.txt.gz",),
    ("bc5cdr", "dev"): ("bc5cdr/CDR_DevelopmentSet.PubTator.txt.gz",),
    ("bc5cdr", "test"): ("bc5cdr/CDR_TestSet.PubTator.txt.gz",),
    ("ncbi-disease", "train"): ("ncbi-disease/NCBItrainset_corpus.txt.gz",),
    ("ncbi-disease", "dev"): ("ncbi-disease/NCBIdevelopset_corpus.txt.gz",),
    ("ncbi-disease", "test"): ("ncbi-disease/NCBItestset_corpus.txt.gz",),
    ("biored", "train"): ("biored/Train.PubTator.gz",),
    ("biored", "dev"): ("biored/Dev.PubTator.gz",),
    ("bc2gm", "train"): ("bc2gm/train.tsv.gz",),
    ("bc2gm", "dev"): ("bc2gm/devel.tsv.gz",),
    ("bc2gm", "test"): ("bc2gm/test.tsv.gz",),
    ("drugprot", "train"): (
        "drugprot/drugprot_training_abstracs.PARTIAL.tsv.gz",
        "drugprot/drugprot_training_entities.tsv.gz",
        "drugprot/drugprot_training_relations.tsv.gz",
    ),
    ("drugprot", "dev"): (
        "drugprot/drugprot_development_abstracs.tsv.gz",
        "drugprot/drugprot_development_entities.tsv.gz",
        "drugprot/drugprot_development_relations.tsv.gz",
    ),
    ("drugprot", "sentences"): ("drugprot/drugprot_training_sentence_supplement.jsonl.gz",),
    ("genia", "train"): ("bionlp-st/2013-ge.tar.gz",),
    ("genia", "devel"): ("bionlp-st/2013-ge.tar.gz",),
    ("bioscope", "all"): ("bioscope/abstracts.xml.gz",),
}
_PUBTATOR = {scheme.corpus: scheme for scheme in (BC5CDR, NCBI_DISEASE, BIORED)}


def splits() -> tuple[tuple[str, str], ...]:
    """Every (corpus, split) that `read_corpus` knows."""
    return tuple(_FILES)


def read_corpus(corpus: str, split: str, *, data: Path) -> Iterator[Annotated]:
    """Yield the documents of one split; `data` is the folder that holds `gold/`.

    Raises: CorpusError if the split is unknown, a file is absent, or an offset is wrong.
    """
    if (corpus, split) not in _FILES:
        known = ", ".join(f"{c}/{s}" for c, s in _FILES)
        raise CorpusError(f"no split {split!r} of corpus {corpus!r}; known: {known}")
    paths = [data / "gold" / name for name in _FILES[corpus, split]]
    for path in paths:
        if not path.is_file():
            raise CorpusError(f"{corpus}/{split}: {path} is missing; name the folder that holds gold/ with --data")
    source = paths[0].name
    if corpus == "genia":
        return read_genia_events(paths[0].read_bytes(), split, source=source)
    content = [gzip.decompress(path.read_bytes()) for path in paths]
    if corpus == "bioscope":
        return read_bioscope(content[0], source=source)
    texts = [part.decode("utf-8") for part in content]
    if corpus in _PUBTATOR:
        return read_pubtator(texts[0], _PUBTATOR[corpus], source=source)
    if corpus == "bc2gm":
        return read_iob(texts[0], corpus=corpus, type=GENE, source=source)
    if split == "sentences":
        return read_drugprot_sentences(texts[0], source=source)
    return read_drugprot(texts[0], texts[1], texts[2], source=source)
