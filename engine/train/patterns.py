"""Statements that a sentence makes by its wording alone: weak labels where nobody annotated.

Gold corpora say little of drugs that are given against a disease: two of them annotate it, on abstracts chosen for
something else, and a head that learnt from them took most treatments for harm. Where the wording leaves no doubt
("X-induced Y", "patients with Y randomized to X"), patterns label the pair; pairs that no pattern meets stay
unlabelled. Some patterns say that a pair is unrelated: two names of one list, a drug beside "the inhibitors of G".
What a sentence denies is stated too (`denials`); that it's denied, the taggers of negation scopes say. Genes that
regulate genes (`regulations`) have few annotations with a direction. Abstracts that nobody annotated are read, and
the corpora for what they leave out.

The patterns were written with sentences of the unlabelled abstracts in view. Source of the idea: Hearst 1992
(10.3115/992133.992154) and data programming, Ratner et al. 2016 (arXiv:1605.07723).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import permutations, product
from typing import Final

from engine.schema import CHEMICAL, DISEASE, GENE, Span, predicates_of
from engine.train.annotated import Annotated, GoldRelation
from engine.train.corpora.pubtator import concepts_of
from engine.train.denials import read_denials
from engine.train.regulations import DIRECTED, read_regulations
from engine.train.wording import ABBREVIATION, any_of, compile_wording, ids_in, list_of, mark_names

CORPUS: Final = "patterns"
TREATS: Final = "TREATS"
INDUCES: Final = "INDUCES"

_BESIDE: Final = r"(?: and | or | versus | vs\.? | plus | compared (?:with|to) |/)"


# What the words in capitals of a wording stand for.
_SLOTS: Final = {
    "HEAD": rf"(?P<heads>{list_of('C')})",
    "TAIL": rf"(?P<tails>{list_of('D')})(?! cells?\b| cell lines?\b| relief| models?\b|-bearing|-derived"
    r"| volumes?\b| index\b| work\b| scores?\b)",
    "GENE": rf"<G(?P<gene>\d+)>{ABBREVIATION}",
    "HARMFUL": rf"(?P<heads>{list_of('C')})[- ](?:induced|provoked|evoked|elicited|related)",
    "OTHER": r"<C\d+>[- ]induced",
    "BESIDE": rf"(?P<beside>{list_of('D')})(?! cells?\b)",
    "GIVEN": any_of(
        "treated_with treatment_with therapy_with receiv(?:ed|ing) were_given was_given taking trial_of efficacy_of",
        "responded_to randomi[sz]ed_to(?:_receive)? (?:randomly_)?(?:assigned|allocated)_to(?:_receive)?",
    ),
    "PEOPLE": any_of(
        "patients? outpatients inpatients subjects men women children adults infants people persons individuals",
        "volunteers rats mice",
    ),
    "CARE": any_of("treatment management therapy prophylaxis prevention relief control treating preventing"),
    "LESS": any_of(
        r"reduc(?:e|es|ed|ing|tions?) attenuat\w+ ameliorat\w+ alleviat\w+ prevent\w* suppress\w* reliev\w+ relief",
        r"improv\w+ decreas\w+ lower(?:s|ed|ing)? diminish\w* revers(?:e|es|ed|al) abolish\w* regression remission",
        r"protect\w*_against delay(?:s|ed)? control(?:s|led|ling)?",
    ),
    "LESSENED": any_of(
        "treated managed controlled reduced attenuated prevented relieved decreased improved reversed abolished",
        "alleviated ameliorated",
    ),
    "FEWER": any_of("lower less reduced decreased fewer smaller"),
    "DROP": any_of(
        "lower less reduced decreased fewer smaller reductions? decreases? improvements?",
        "regression remission resolution",
    ),
    "GOOD": any_of("protective beneficial preventive prophylactic therapeutic favou?rable inhibitory suppressive"),
    "MERIT": any_of("efficacy effectiveness benefits? safety tolerability trial effects? use"),
    "COURSE": any_of("therapy treatment monotherapy administration use alone"),
    "BE": any_of("was were is are"),
    "CAUSES": any_of(r"(?:caus|produc|induc|provok|precipitat|trigger|elicit)(?:es|ed|ing|e)"),
    "CAUSED": any_of("induced caused provoked produced precipitated elicited triggered"),
    "DUE": any_of("due secondary attributed attributable related"),
    "EXPOSURE": any_of("use administration exposure ingestion overdose intoxication injection abuse"),
    "TOXICITY": any_of("toxicity overdose intoxication poisoning"),
    "MORE": any_of("higher more_common more_frequent increased"),
    "NAMELY": any_of("was were is are include[sd]? including such_as like"),
    "MODULATORS": any_of(
        "inhibitors? blockers? antagonists? agonists? modulators? activators? stimulators?",
        "(?:receptor|channel)_(?:inhibitors?|blockers?|antagonists?|agonists?|modulators?|activators?|stimulators?)",
    ),
    "WITHSTANDING": any_of("refractory resistant unresponsive response"),
}


def _wording(text: str) -> re.Pattern[str]:
    return compile_wording(text, _SLOTS)


_TREATS: Final = tuple(
    _wording(text)
    for text in (
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
)
_INDUCES: Final = tuple(
    _wording(text)
    for text in (
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
)
# What the patients have besides what the drug is given for, and drugs that they can't take.
_BYSTANDERS: Final = tuple(
    _wording(text)
    for text in (
        "HEAD ~7 in|for [the|an?] ~2 CARE [of|for] ~4 TAIL ~4 in|of|among ~4 PEOPLE with ~4 BESIDE",
        "CARE of|for ~4 TAIL ~4 with|by|using ~4 HEAD ~3 in|of|among ~4 PEOPLE with ~4 BESIDE",
        "HEAD ~5 LESS ~6 [OTHER] TAIL ~4 in|of|among ~4 PEOPLE with ~4 BESIDE",
        "effects? of ~5 HEAD ~2 on|against ~5 TAIL ~4 in|of|among ~4 PEOPLE with ~4 BESIDE",
        "PEOPLE with ~4 BESIDE ~8 HEAD ~3 in|for [the] CARE [of|for] ~3 TAIL",
    )
)
_UNUSED: Final = tuple(
    _wording(text)
    for text in (
        "TAIL ~3 resistant|refractory|unresponsive|intolerant (?:to|of) ^2 HEAD",
        "TAIL ~10 contraindications?|contraindicated|intolerance|(?:in|un)ability ~1 to|for|of ~2 HEAD",
        "TAIL ~8 (?:inadequate|incomplete|insufficient|poor)_response to ~5 HEAD",
        "TAIL ~4 despite ~4 HEAD",
    )
)
_UNRELATED_DRUG_TARGET: Final = (
    re.compile(rf"{_SLOTS['HEAD']}{_BESIDE}(?:an? )?{_SLOTS['GENE']}(?:/<G\d+>)? {_SLOTS['MODULATORS']}(?! <C)", re.I),
    re.compile(
        rf"{_SLOTS['GENE']}(?:/<G\d+>)? {_SLOTS['MODULATORS']}(?:(?<!s) <C\d+>{ABBREVIATION})?"
        rf"{_BESIDE}{_SLOTS['HEAD']}",
        re.I,
    ),
    _wording("HEAD ~12 WITHSTANDING to ~2 GENE MODULATORS"),
    _wording("HEAD ~3 with|plus an? GENE MODULATORS"),
    re.compile(rf"{_SLOTS['GENE']} {_SLOTS['MODULATORS']}(?:, [\w -]+){{1,3}},? (?:and|or) {_SLOTS['HEAD']}", re.I),
    re.compile(rf"{_SLOTS['HEAD']}(?:, [\w -]+){{1,3}},? (?:and|or) {_SLOTS['GENE']} {_SLOTS['MODULATORS']}", re.I),
)
_NOT_SAID: Final = re.compile(
    r"\b(?:no|not|nor|neither|without|fail\w*|lack\w*|whether|hypothes\w+|may|might|could|did|placebo|unclear|unknown"
    r"|ineffective|little|unlikely|contraindicat\w+|refractory|resistan\w+|resist|superior\w* to|than|versus|vs)\b",
    re.I,
)
_MILDER: Final = re.compile(
    rf"\b(?:{_SLOTS['LESS']}|inhibit\w*|apoptosis|death|antagoni\w+|block\w*|against|protect\w*|cells?)\b", re.I
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
_PART_OF_NAME: Final = re.compile(
    r"<C(?P<chemical>\d+)> (?:channels?|kinases?|fingers?|receptors?|synthases?|synthetase|dehydrogenases?"
    r"|transporters?|oxidases?|reductases?|phosphatases?|pumps?|hydroxylases?|transferases?)\b",
    re.I,
)
_LEVELS: Final = re.compile(
    r"\b(?:serum|plasma|urinary|urine|blood|tissue|circulating|intracellular|dietary|endogenous) (?:[\w-]+ )?"
    r"<C(?P<measured>\d+)>"
    r"|<C(?P<level>\d+)>(?: \([\w-]{1,12}\))? (?:levels?|excretion|content|uptake|secretion|saturation|abuse|misuse"
    r"|consumption|intake)\b"
    r"|\babus(?:e|es|ed|ing) (?:of )?<C(?P<abused>\d+)>",
    re.I,
)
_LISTED_GENES: Final = re.compile(
    rf"(?P<list><G\d+>{ABBREVIATION}"
    rf"(?:(?:, (?:and |or )?| and | or | and/or | versus | vs\.? | over | than )<G\d+>{ABBREVIATION}){{1,4}})",
    re.I,
)
_CONTRASTED_GENES: Final = re.compile(
    rf"(?P<list><G\d+>{ABBREVIATION},? (?:but (?:spares?|not)|rather than|relative to) <G\d+>)", re.I
)
_KIND: Final = re.compile(
    r"<G(?P<gene>\d+)>(?:\+|[- ](?:positive|negative)) (?:[\w-]+ ){0,2}?(?:patients|tumou?rs?|cancers?|cells?|<D\d+>)",
    re.I,
)
_JOINED: Final = re.compile(
    r"interact|bind|bound|complex|associat|phosphorylat|regulat|dimer|activat|inhibit|cooperat|between|co-?immuno"
    r"|recruit|target|depend|fus|cleav|signal|pathway|co-?express|synerg|axis",
    re.I,
)
_GENE_REACH: Final = 60

Statement = tuple[int, int, str | None, frozenset[str]]
_CARED: Final = frozenset({TREATS, INDUCES})
_ALL: Final = {
    types: frozenset(predicates_of(*types))
    for types in ((CHEMICAL, DISEASE), (CHEMICAL, GENE), (GENE, GENE), (GENE, DISEASE))
}


def state_by_pattern(document: Annotated) -> Annotated:
    """Label the pairs of a document's mentions that a pattern meets; `asked` names them, all others teach nothing.

    A pair that two patterns label differently is left out. The mentions teach no tagger: a model found them.
    """
    said: list[Statement] = []
    for sentence in document.sentences or ():
        for head, tail, predicate, asked in _read_sentence(document, sentence):
            named = document.mentions[tail]
            if predicate == INDUCES and _MILDER.search(document.text, named.start, named.end):
                continue
            if predicate and _NO_ILLNESS.search(document.text, named.start, named.end):
                predicate, asked = None, _CARED
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
        text = mark_names(document.text, document.mentions, sentence)
        said += [(head, tail, predicate, _ALL[types]) for head, tail, types, predicate in read_denials(text)]
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
    of_pair: dict[tuple[int, int], set[tuple[str | None, frozenset[str]]]] = {}
    for head, tail, predicate, asked in said:
        if not _is_same_name(document, head, tail):
            of_pair.setdefault((head, tail), set()).add((predicate, asked))
    sure = {pair: next(iter(labels)) for pair, labels in of_pair.items() if len(labels) == 1}
    return replace(
        document,
        corpus=CORPUS,
        relations=tuple(GoldRelation(*pair, predicate) for pair, (predicate, _) in sure.items() if predicate),
        concept_relations=(),
        ignored=frozenset(),
        asked={pair: asked for pair, (_, asked) in sure.items()},
        heads=frozenset(),
        predicates=_ALL,
    )


def _read_regulations(text: str) -> list[Statement]:
    """That a gene regulates another, and that the other doesn't regulate it."""
    found: list[Statement] = []
    for head, tail, predicate in read_regulations(text):
        found += [(head, tail, predicate, _ALL[GENE, GENE]), (tail, head, None, DIRECTED)]
    return found


def _is_same_name(document: Annotated, head: int, tail: int) -> bool:
    first, second = (document.text[m.start : m.end].lower() for m in (document.mentions[head], document.mentions[tail]))
    return first == second


def _read_sentence(document: Annotated, sentence: Span) -> Iterator[Statement]:
    text = mark_names(document.text, document.mentions, sentence)
    diseases, genes = ids_in(text, DISEASE), ids_in(text, GENE)
    yield from _treated_or_harmed(text)
    for head, tail, types, predicate in read_denials(text):
        yield head, tail, predicate, _ALL[types]
    yield from _read_regulations(text)
    for pattern in _UNRELATED_DRUG_TARGET:
        for match in pattern.finditer(text):
            for head in ids_in(match["heads"], CHEMICAL):
                yield head, int(match["gene"]), None, _ALL[CHEMICAL, GENE]
    for match in _PART_OF_NAME.finditer(text):
        yield from ((int(match["chemical"]), disease, None, _ALL[CHEMICAL, DISEASE]) for disease in diseases)
    for match in _LEVELS.finditer(text):
        head = int(match["measured"] or match["level"] or match["abused"])
        yield from ((head, disease, None, _CARED) for disease in diseases)
    for match in _LISTED_GENES.finditer(text):
        around = text[max(0, match.start() - _GENE_REACH) : match.end() + _GENE_REACH]
        if not _JOINED.search(around):
            yield from _unrelated_genes(permutations(ids_in(match["list"], GENE), 2))
    for match in _CONTRASTED_GENES.finditer(text):
        yield from _unrelated_genes(permutations(ids_in(match["list"], GENE), 2))
    for match in _KIND.finditer(text):
        kind = int(match["gene"])
        yield from _unrelated_genes(pair for gene in genes if gene != kind for pair in ((gene, kind), (kind, gene)))


def _unrelated_genes(pairs: Iterable[tuple[int, int]]) -> Iterator[Statement]:
    yield from ((first, second, None, _ALL[GENE, GENE]) for first, second in pairs)


def _treated_or_harmed(text: str) -> Iterator[Statement]:
    """What a sentence says of chemicals and diseases.

    Of a pair that several kinds of patterns meet: harm, else that it's unrelated, else treatment.
    """
    asked = _ALL[CHEMICAL, DISEASE]
    harmed = {pair for pattern in _INDUCES for match in _sure_matches(pattern, _MILDER, text) for pair in _pairs(match)}
    treated = {pair for pattern in _TREATS for match in _sure_matches(pattern, _HARM, text) for pair in _pairs(match)}
    unused = {pair for pattern in _UNUSED for match in pattern.finditer(text) for pair in _pairs(match)}
    unused |= {pair for pattern in _BYSTANDERS for match in pattern.finditer(text) for pair in _pairs(match, "beside")}
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


def _pairs(match: re.Match[str], tails: str = "tails") -> list[tuple[int, int]]:
    return [(h, t) for h in ids_in(match["heads"], CHEMICAL) for t in ids_in(match[tails], DISEASE)]
