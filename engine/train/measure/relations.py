"""Relations as the evaluations of DrugProt and BC5CDR count them: distinct (document, head, tail, label).

An end is known by its concept: a MeSH id in BC5CDR, an entity's own number in DrugProt, so the same rule serves
relations between mentions and between concepts. A predicted mention takes the concept of the gold mention of its type
with the very same span; any other stands for nothing that the corpus knows, and its relations are wrong. A mention of
several concepts (a gene family in BioRED, "renal and liver failure") states its relation of each of them.
Most corpora list relations that hold: one that extraction takes for denied isn't among those that it finds there.
Relations across sentences are never asked and count as missed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from itertools import product
from typing import TYPE_CHECKING

from engine.extract import read_relations
from engine.model.config import ExtractorConfig
from engine.schema import NEGATED, Span
from engine.train.annotated import Annotated, GoldMention
from engine.train.corpora.pubtator import concepts_of
from engine.train.examples import sentences_of
from engine.train.measure.counts import Counts, Item, count_all, tally_matches
from engine.train.measure.thresholds import PairScores

if TYPE_CHECKING:
    from engine.model.predict import Prediction

Triple = tuple[str, tuple[str, str]]  # label, ends
# Each triple with a head and a tail mention that show it.
Triples = Mapping[Triple, tuple[Span, Span]]


def name_label(head_type: str, tail_type: str, predicate: str) -> str:
    """One readable key a label: `Chemical INHIBITS Gene`."""
    return f"{head_type} {predicate} {tail_type}"


def gold_triples(document: Annotated, symmetric: Collection[str]) -> Triples:
    """What the corpus states; between concepts the two nearest mentions show it.

    `symmetric`: the predicates that say the same in both orders.
    """
    triples: dict[Triple, tuple[Span, Span]] = {}
    for relation in document.relations:
        head, tail = document.mentions[relation.head], document.mentions[relation.tail]
        label = name_label(head.type, tail.type, relation.predicate)
        for ends in product(_keys_of(head), _keys_of(tail)):
            triples[_triple(label, ends, relation.predicate in symmetric)] = (_span_of(head), _span_of(tail))
    mentions_of: dict[str, list[GoldMention]] = defaultdict(list)
    for mention in document.mentions:
        for concept in concepts_of(mention):
            mentions_of[concept].append(mention)
    for fact in document.concept_relations:
        shown = [
            (head, tail)
            for head, tail in product(mentions_of[fact.head], mentions_of[fact.tail])
            if fact.predicate in document.predicates.get((head.type, tail.type), ())
        ]
        if shown:
            head, tail = min(shown, key=lambda pair: abs(pair[0].start - pair[1].start))
            label = name_label(head.type, tail.type, fact.predicate)
            triple = _triple(label, (fact.head, fact.tail), fact.predicate in symmetric)
            triples.setdefault(triple, (_span_of(head), _span_of(tail)))
    return triples


def stated_triples(document: Annotated, prediction: Prediction, config: ExtractorConfig) -> Triples:
    """What extraction states of the prediction's mentions, as far as the corpus annotates such labels.

    Left out: what extraction takes for denied, unless the corpus lists such relations too; what the corpus says in a
    way that our predicates can't express (`ignored`); and a concept with itself.
    """
    keys: dict[tuple[str, Span], tuple[str, ...]] = defaultdict(tuple)
    for mention in document.mentions:
        keys[mention.type, _span_of(mention)] += _keys_of(mention)
    triples: dict[Triple, tuple[Span, Span]] = {}
    for said in read_relations(prediction, config, document.text, sentences_of(document)):
        head, tail, predicate = said.head, said.tail, said.predicate
        if said.assertion == NEGATED and not document.lists_denied:
            continue
        (head_span, head_type), (tail_span, tail_type) = prediction.mentions[head], prediction.mentions[tail]
        if predicate not in document.predicates.get((head_type, tail_type), ()):
            continue
        heads = keys.get((head_type, head_span)) or (_place(head_span),)
        tails = keys.get((tail_type, tail_span)) or (_place(tail_span),)
        links = [ends for ends in product(heads, tails) if ends[0] != ends[1]]
        if heads == tails or not document.ignored.isdisjoint(links):
            continue
        for ends in links:
            triple = _triple(name_label(head_type, tail_type, predicate), ends, predicate in config.symmetric)
            triples.setdefault(triple, (head_span, tail_span))
    return triples


def related_ends(triples: Triples) -> set[Item]:
    """The ends alone, in no order: that two concepts are related at all."""
    return {("related", (min(ends), max(ends))) for _, ends in triples}


def directed_triples(triples: Triples, config: ExtractorConfig) -> set[Item]:
    """Those between two of one type whose label has a direction: genes that regulate genes."""
    directed = {
        name_label(head, tail, predicate)
        for head, tail, predicate in config.labels
        if head == tail and predicate not in config.symmetric
    }
    return {(label, ends) for label, ends in triples if label in directed}


def count_relations(pairs: PairScores, config: ExtractorConfig) -> Mapping[str, Counts]:
    """Counts a label with gold mentions, under the decision that extraction takes."""
    stated = [stated_triples(document, found, config) for document, found in pairs.readings]
    gold = [gold_triples(document, config.symmetric) for document, _ in pairs.readings]
    return count_all(tally_matches(stated, gold))


def _triple(label: str, ends: tuple[str, str], symmetric: bool) -> Triple:
    """A symmetric predicate is the same triple in both orders."""
    return label, (min(ends), max(ends)) if symmetric else ends


def _keys_of(mention: GoldMention) -> tuple[str, ...]:
    return concepts_of(mention) if mention.concept else (_place(_span_of(mention)),)


def _place(span: Span) -> str:
    return f"@{span.start}-{span.end}"


def _span_of(mention: GoldMention) -> Span:
    return Span(mention.start, mention.end)
