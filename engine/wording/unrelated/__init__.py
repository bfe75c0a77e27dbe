"""Pairs that a sentence names without saying anything of them, by its wording alone.

What corpora have few of and abstracts of trials are full of: what the patients have besides what the drug is given
for ("hypertensive patients with diabetes"), a drug beside the class of another ("versus an ACE inhibitor, enalapril"),
the name of a class taken for that of a chemical ("calcium antagonists"), names that stand in one list, what a germ or a
tumour withstands ("methicillin-resistant"). A gene in the name of a class ("ACE inhibitor") is what a drug acts on, not
what a sentence relates to a disease, and the tumour of "the tumour suppressor TET2" is said of no other gene.

Held against gold of training splits, of the pairs that these wordings call unrelated 12 of 380 in BC5CDR, 17 of 573 in
DrugProt and 54 of 1,571 gene pairs in BioRED are in gold all the same, and of 157 diseases that a drug is told to bring
about BioRED has it treat none. BioRED also relates what is measured to the patients' disease (36 of 88 chemicals and
diseases), which we don't. Of 716 pairs of abstracts that wordings bar from something, judged one by one (`pairs.tsv`),
63 state that very thing, mostly that a drug treats the patients' other disease.

    pairs.py       what the others are told in
    patients.py    diseases that say who the patients are
    care.py        chemicals and diseases: neither treated nor brought about
    classes.py     drugs beside the name of another one's class
    signs.py       chemicals and genes: the other sign, what is measured, what is made
    genes.py       genes side by side, and what a lost one doesn't do
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import product

from engine.schema import CHEMICAL, DISEASE, GENE, Span, TypePair
from engine.wording.language import ids_in, mark_names
from engine.wording.unrelated.care import read_care, read_other_way
from engine.wording.unrelated.classes import genes_of_classes, read_beside_classes
from engine.wording.unrelated.genes import read_apart, read_losses, read_suppressors
from engine.wording.unrelated.pairs import ALL, CARED, Pair, Unrelated, pairs_in
from engine.wording.unrelated.patients import read_bystanders, read_untreated
from engine.wording.unrelated.signs import genes_that_are_measured, read_signs

__all__ = ["ALL", "CARED", "find_unrelated", "pairs_in", "read_bystanders", "read_unrelated"]


def find_unrelated(
    text: str, mentions: Sequence[tuple[Span, str]], sentence: Span, types: Collection[TypePair]
) -> dict[Pair, frozenset[str]]:
    """The pairs of a document's mentions that one of its sentences doesn't relate, with what it says in no case.

    `mentions`: each with its type; `types`: of the pairs that are asked for.
    """
    marked = mark_names(text, mentions, sentence)
    names = [text[span.start : span.end] for span, _ in mentions]
    found: dict[Pair, frozenset[str]] = {}
    told = list(read_unrelated(marked, names, types))
    if (CHEMICAL, DISEASE) in types:
        told += [(head, tail, CARED) for head, tail in read_bystanders(marked, names)]
        told += read_other_way(marked)
    for head, tail, predicates in told:
        found[head, tail] = found.get((head, tail), frozenset()) | predicates
    return found


def read_unrelated(text: str, names: Sequence[str], types: Collection[TypePair] = ALL) -> Iterator[Unrelated]:
    """The pairs that a marked sentence doesn't relate, as far as they are of these types, but for bystanders.

    `text` and `names`: as `read_bystanders` has them.
    """
    if (CHEMICAL, GENE) in types:
        yield from ((*pair, ALL[CHEMICAL, GENE]) for pair in read_beside_classes(text, names))
        yield from read_signs(text)
    if (GENE, DISEASE) in types:
        genes = genes_of_classes(text).union(genes_that_are_measured(text, names))
        pairs = [*product(genes, ids_in(text, DISEASE)), *read_suppressors(text)]
        yield from ((*pair, ALL[GENE, DISEASE]) for pair in pairs)
    if (CHEMICAL, DISEASE) in types:
        yield from read_care(text, names)
        yield from read_untreated(text, names)
    if (GENE, GENE) in types:
        yield from ((*pair, ALL[GENE, GENE]) for pair in read_apart(text))
        yield from read_losses(text)
