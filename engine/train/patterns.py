"""Statements that a sentence makes by its wording alone: weak labels where nobody annotated.

Gold corpora say little of drugs that are given against a disease: two of them annotate it, on abstracts chosen for
something else, and a head that learnt from them took most treatments for harm. Where the wording leaves no doubt
("X-induced Y", "patients with Y randomized to X"), patterns label the pair; pairs that no pattern meets stay
unlabelled. Of some pairs the wording says that they aren't related (`unrelated`).
What a sentence denies is stated too (`denials`); that it's denied, the taggers of negation scopes say. Genes that
regulate genes (`regulations`) have few annotations with a direction. Abstracts that nobody annotated are read, and
the corpora for what they leave out.

The patterns were written with sentences of the unlabelled abstracts in view. Source of the idea: Hearst 1992
(10.3115/992133.992154) and data programming, Ratner et al. 2016 (arXiv:1605.07723).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Final

from engine.schema import CHEMICAL, DISEASE, GENE, Span
from engine.train.annotated import Annotated, GoldRelation
from engine.train.corpora.pubtator import concepts_of
from engine.train.denials import read_denials
from engine.train.regulations import DIRECTED, read_regulations
from engine.wording.language import mark_names
from engine.wording.slots import SLOTS, wordings
from engine.wording.unrelated import ALL, CARED, pairs_in, read_bystanders, read_unrelated

CORPUS: Final = "patterns"
TREATS: Final = "TREATS"
INDUCES: Final = "INDUCES"

_TREATS: Final = wordings(
    "HEAD ~7 in|for|as [the|an?] ~2 CARE [of|for] ~4 TAIL",
    "CARE of|for ~4 TAIL with|by|using ~4 HEAD",
    "CARE of|for ~4 TAIL in|among ~5 with|by|using ~4 HEAD",
    "PEOPLE with|suffering_from ~5 TAIL ~8 GIVEN ~6 HEAD",
    "TAIL PEOPLE ~8 GIVEN ~5 HEAD",
    "HEAD ~5 LESS ~6 [OTHER] TAIL",
    "MERIT of ~5 HEAD ~4 in|for ~3 PEOPLE with ~4 TAIL",
    "TAIL ~3 BE ~2 LESSENED ~3 with|by ~4 HEAD",
    "TAIL ~6 BE ~2 LESSENED in [both] [the] HEAD",
    "GOOD effects? of ~3 HEAD ~2 on|in|against ~4 TAIL",
    "HEAD ~4 GOOD effects? on|in|against ~4 TAIL",
    "HEAD [COURSE] in|for ~3 PEOPLE with ~4 TAIL",
    "HEAD [therapy|treatment|monotherapy] for ~3 TAIL",
    "TAIL ~8 FEWER ~4 in|with|by|after [the] HEAD",
    "DROP [in|of] ~6 TAIL ~5 in|with|by|after [the] HEAD",
)
_INDUCES: Final = wordings(
    "HARMFUL ^3 TAIL",
    "TAIL ~2 CAUSED by ~5 HEAD",
    "TAIL ~2 DUE to ~4 HEAD",
    "TAIL ~2 associated_with|following|after|during [the] ~2 EXPOSURE of|to|with ~2 HEAD",
    "HEAD ~3 CAUSES [an?|the] ^3 TAIL",
    "develop(?:ed|ment_of|s|ing) ~3 TAIL ~5 after|following|while ~5 HEAD",
    "TAIL ~6 MORE ~3 in|with|by [the] HEAD",
    "adverse|side events?|effects?|reactions? of ~2 HEAD NAMELY ~1 TAIL",
    "HEAD TOXICITY ~3 with|and|causing ~3 TAIL",
)
_NOT_SAID: Final = re.compile(
    r"\b(?:no|not|nor|neither|without|fail\w*|lack\w*|whether|hypothes\w+|may|might|could|did|placebo|unclear|unknown"
    r"|ineffective|little|unlikely|contraindicat\w+|refractory|resistan\w+|resist|superior\w* to|than|versus|vs)\b",
    re.I,
)
_MILDER: Final = re.compile(
    rf"\b(?:{SLOTS['LESS']}|inhibit\w*|apoptosis|death|antagoni\w+|block\w*|against|protect\w*|cells?)\b", re.I
)
# What a tagger may take for an illness, and what a drug is given to bring about.
_NO_ILLNESS: Final = re.compile(r"analgesi|an(?:a?)esthesi|sedation|weight loss|weight reduction|NYHA", re.I)
_HARM: Final = re.compile(
    r"\b(?:caus\w+|worsen\w*|aggravat\w+|increas\w+|induc(?:es|ed)|toxic\w*|adverse|after|due|higher|abuse\w*)\b", re.I
)
_WORSE: Final = re.compile(
    r"\b(?:more (?:frequent|common|likely)|(?:higher|increased|greater|worse) (?:in|with))\b", re.I
)
_CUE_REACH: Final = 40

Statement = tuple[int, int, str | None, frozenset[str]]


def state_by_pattern(document: Annotated) -> Annotated:
    """Label the pairs of a document's mentions that a pattern meets; `asked` names them, all others teach nothing.

    A pair that two patterns label differently is left out. The mentions teach no tagger: a model found them.
    """
    said: list[Statement] = []
    names = [document.text[m.start : m.end] for m in document.mentions]
    for sentence in document.sentences or ():
        for head, tail, predicate, asked in _read_sentence(document, sentence, names):
            named = document.mentions[tail]
            if predicate == INDUCES and _MILDER.search(document.text, named.start, named.end):
                continue
            if predicate and _NO_ILLNESS.search(document.text, named.start, named.end):
                predicate, asked = None, CARED
            said.append((head, tail, predicate, asked))
    return _label(document, said)


def state_beside_corpus(document: Annotated) -> Annotated:
    """Label the pairs of an annotated document of which wording says what its corpus leaves out.

    These are regulations of genes by genes, where the corpus has none, and denials of what it doesn't state.
    """
    mentions = document.mentions
    stated = {frozenset((r.head, r.tail)) for r in document.relations}
    linked = {frozenset((r.head, r.tail)) for r in document.concept_relations} | {
        frozenset(p) for p in document.ignored
    }
    said: list[Statement] = []
    for sentence in document.sentences or ():
        text = mark_names(document.text, document.named, sentence)
        said += [(head, tail, predicate, ALL[types]) for head, tail, types, predicate in read_denials(text)]
        if DIRECTED.isdisjoint(document.predicates.get((GENE, GENE), ())):
            said += _read_regulations(text)
    unsaid = [
        (head, tail, predicate, asked)
        for head, tail, predicate, asked in said
        if frozenset((head, tail)) not in stated
        and linked.isdisjoint(map(frozenset, product(concepts_of(mentions[head]), concepts_of(mentions[tail]))))
    ]
    return _label(document, unsaid)


def _label(document: Annotated, said: Iterable[Statement]) -> Annotated:
    """The document with what is said of its pairs in one way only, as far as their names differ."""
    of_pair: dict[tuple[int, int], dict[str | None, frozenset[str]]] = {}
    for head, tail, predicate, asked in said:
        if not _is_same_name(document, head, tail):
            labels = of_pair.setdefault((head, tail), {})
            labels[predicate] = labels.get(predicate, frozenset()) | asked
    sure = {pair: label for pair, labels in of_pair.items() if (label := _in_one_way(labels)) is not None}
    return replace(
        document,
        corpus=CORPUS,
        relations=tuple(GoldRelation(*pair, predicate) for pair, (predicate, _) in sure.items() if predicate),
        concept_relations=(),
        ignored=frozenset(),
        asked={pair: asked for pair, (_, asked) in sure.items()},
        heads=frozenset(),
        predicates=ALL,
    )


def _in_one_way(labels: Mapping[str | None, frozenset[str]]) -> tuple[str | None, frozenset[str]] | None:
    """What all labels of a pair say together, None where they differ.

    `labels`: what is asked by each predicate that is stated; by None, that nothing of that is.
    """
    denied = labels.get(None, frozenset())
    stated = [predicate for predicate in labels if predicate is not None]
    if len(stated) > 1 or not denied.isdisjoint(stated):
        return None
    return (stated[0], labels[stated[0]] | denied) if stated else (None, denied)


def _read_regulations(text: str) -> list[Statement]:
    """That a gene regulates another, and that the other doesn't regulate it."""
    found: list[Statement] = []
    for head, tail, predicate in read_regulations(text):
        found += [(head, tail, predicate, ALL[GENE, GENE]), (tail, head, None, DIRECTED)]
    return found


def _is_same_name(document: Annotated, head: int, tail: int) -> bool:
    first, second = (document.text[m.start : m.end].lower() for m in (document.mentions[head], document.mentions[tail]))
    return first == second


def _read_sentence(document: Annotated, sentence: Span, names: Sequence[str]) -> Iterator[Statement]:
    text = mark_names(document.text, document.named, sentence)
    yield from _treated_or_harmed(text, names)
    for head, tail, types, predicate in read_denials(text):
        yield head, tail, predicate, ALL[types]
    yield from _read_regulations(text)
    yield from ((head, tail, None, asked) for head, tail, asked in read_unrelated(text, names))


def _treated_or_harmed(text: str, names: Sequence[str]) -> Iterator[Statement]:
    """What a sentence says of chemicals and diseases.

    Of a pair that several kinds of patterns meet: harm, else that it's unrelated, else treatment.
    """
    asked = ALL[CHEMICAL, DISEASE]
    harmed = {
        pair for pattern in _INDUCES for match in _sure_matches(pattern, _MILDER, text) for pair in pairs_in(match)
    }
    treated = {pair for pattern in _TREATS for match in _sure_matches(pattern, _HARM, text) for pair in pairs_in(match)}
    unused = read_bystanders(text, names)
    yield from ((head, tail, INDUCES, asked) for head, tail in harmed)
    yield from ((head, tail, None, asked) for head, tail in unused - harmed)
    yield from ((head, tail, TREATS, asked) for head, tail in treated - harmed - unused)


def _sure_matches(pattern: re.Pattern[str], against: re.Pattern[str], text: str) -> Iterator[re.Match[str]]:
    """Matches that aren't denied, asked or supposed, and whose own words don't say the opposite."""
    for match in pattern.finditer(text):
        near = text[max(0, match.start() - _CUE_REACH) : match.end()]
        after = text[match.end() : match.end() + _CUE_REACH]
        if (
            not _NOT_SAID.search(near)
            and not (against is _HARM and _WORSE.search(after))
            and not against.search(_outside(match))
        ):
            yield match


def _outside(match: re.Match[str]) -> str:
    """The words of a match that belong to neither list of names, without what marks another drug's harm."""
    first, second = sorted((match.span("heads"), match.span("tails")))
    text = match.string[match.start() : first[0]] + " " + match.string[first[1] : second[0]]
    return re.sub(r"<C\d+>[- ]induced", " ", text + " " + match.string[second[1] : match.end()])
