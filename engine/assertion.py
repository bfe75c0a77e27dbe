"""Whether a relation is affirmed, negated or speculated: from the scopes that the tagger found.

A relation is denied where a negation scope covers one of its ends: in "X did not inhibit Y" BioScope's scope is
"not inhibit Y"; in "no inhibition of Y by X" it covers both. Speculation likewise; a denial outranks a doubt.

Not all that stands in a negation scope is denied, and the tagger, whose corpus marks words and not relations, can't
tell: "not more effective than Y" leaves open whether X is effective, "did not lessen X-induced Y" takes it for
granted, and "X inhibits Y, whereas Z does not" says nothing against X. What the words from a scope's cue on, those
between two ends and those beside them say of this is read here, by a few wordings. In the passive a scope begins with
the subject, and its cue comes later: "the effect of X has not been studied". What a name tells isn't doubted: "Y may
lessen the X-induced Z".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from engine.schema import AFFIRMED, NEGATED, SPECULATED, Span
from engine.wording.language import NEGATION_CUES

# The mention heads that mark no mentions, and what their spans say of a relation.
NEGATION_SCOPE: Final = "NegationScope"
SPECULATION_SCOPE: Final = "SpeculationScope"
SCOPE_ASSERTIONS: Final = {NEGATION_SCOPE: NEGATED, SPECULATION_SCOPE: SPECULATED}


# "with or without", "with and without", "with/without": both are meant, so nothing is denied; "not without" affirms.
_BEFORE_CHARS: Final = 24
_EITHER: Final = re.compile(
    r"\b(?:with(?: ?/ ?|,? (?:or|and|and ?/ ?or|versus|vs\.?) )|not )(?=without\b)", re.IGNORECASE
)

_DENYING: Final = re.compile(NEGATION_CUES, re.IGNORECASE)
_CUE: Final = r"(?:\w*n't|not|cannot|never|neither|nor)(?: \w+ly)? (?:be |been |being )?"
# What begins so denies only that something is all: it holds all the same.
_PARTLY: Final = re.compile(
    rf"{_CUE}(?:only|just|merely|simply|solely|exclusively|entirely|fully|completely|wholly|all|every|always)\b"
    r"(?! (?:excluded?|ruled? out)\b)",
    re.IGNORECASE,
)
# Denied is a difference, that somebody was given it, that something is known of it, or that it is out of the question;
# whether it holds is left open.
# A difference from no treatment is none from another treatment: "not more effective than placebo" does deny.
_DIFFERENCE: Final = re.compile(
    rf"{_CUE}(?:any |more |much |statistically |clinically )*(?:more|less|higher|greater|smaller|larger|longer|shorter"
    r"|lower(?= (?:than|in|on|with|among|after|for)\b)|better|worse|inferior|superior|non-?inferior"
    r"|differ(?:ent(?:ly)?|ed|s)?)\b"
    r"|no (?:(?:more|less)(?: \w+){1,3} than|(?:better|worse|greater|higher|lower)(?: \w+){0,3} than"
    r"|(?:different|inferior|superior) (?:from|to|than))\b"
    r"|(?:no|without)(?: \w+){0,3} differences? (?:\w+ ){0,5}(?:between|among)\b",
    re.IGNORECASE,
)
_UNTREATED: Final = re.compile(
    r"\b(?:placebos?(?![ -]controlled)|vehicle|untreated|sham|saline|no treatment)\b"
    r"|\b(?:than|to|from|of|in|with|versus|vs\.?|between|among|and|or)(?: [\w-]+){0,2} (?:controls(?! of\b)"
    r"|control(?= (?:groups?|subjects?|patients?|individuals?|arms?|animals?|rats|mice|cells|diets?|solutions?)\b)"
    r"|healthy|referents?|non-?users?|normals?(?= (?:\w+ )?(?:subjects?|controls?|volunteers?|individuals?|persons?"
    r"|people|children|women|men|rats|mice|animals|tissues?|cells|groups?)\b))\b"
    r"|\b(?:than|to|from|with|versus|vs\.?|and|or) (?:the )?control\b(?! of\b)"
    r"|\b(?:than|from) normal\b",
    re.IGNORECASE,
)
_AFTER_CHARS: Final = 60
_SENTENCE_END: Final = re.compile(r"[.!?](?=\s+[A-Z])|;\s|\n")
_OPEN: Final = re.compile(
    rf"{_CUE}(?:yet |well |have |has |having )?(?:be |been |being )?(?:\w+ly )?"
    r"(?:adequate(?:ly)?|sufficient(?:ly)?|enough|necessarily|receiv\w+|(?:tak(?:e|es|en|ing)|took)(?! up\b)|given"
    r"|treated|administered|prescribed|exposed|known|clear|understood|established|studied|investigated"
    r"|determined(?! by\b)|assessed|evaluated|examined|tested|excluded?|ruled? out)\b"
    r"|(?:no|without)(?: (?!of\b|in\b|on\b|for\b|by\b|with\b|after\b)[\w-]+){0,3}"
    r" (?:treatment|therapy|medications?|information|data|consensus)\b(?! (?:effect|benefit|respon)\w*)",
    re.IGNORECASE,
)

_MODULATOR: Final = "antagonist|agonist|inhibitor|blocker|activator"
_ACTOR: Final = rf"(?:{_MODULATOR}|substrate|ligand)"
# A list of other names before an end, in brackets or behind the plural of a class.
_MANY: Final = r"(?:[\w-]+(?: \([^()]*\))?(?:, (?:and |or )?| and | or |/)){1,5}"
# "did not lessen the A-induced B", "but not the A antagonist B": that A does so to B is taken for granted, unless the
# thing itself is said to be absent ("no A-induced B").
_COMPOUND: Final = re.compile(
    r" ?[-\u2010\u2011\u2013] ?"
    r"(?:induced|mediated|associated|related|dependent|driven|stimulated|activated|evoked|triggered) (?:\w+ ){0,2}"
    r"|\)?(?: ?\([\w-]{1,20}\))?(?: receptors?)?(?:[ -](?:specific|selective))?"
    rf"[ -]{_ACTOR}(?:s?(?: \([\w-]{{1,12}}\))?(?:,? (?:[\w-]+ \()?| \((?:such as )?{_MANY}| \()"
    rf"|s(?: \([\w-]{{1,12}}\))?,? (?:such as|including) {_MANY})",
    re.IGNORECASE,
)
_ABSENT: Final = re.compile(r"(?:no|without|absence|lack\w*|free|none|absent)\b", re.IGNORECASE)
# "B induced by A", which a study sets out from.
_BROUGHT_ABOUT: Final = re.compile(r" (?:induced|caused|evoked|provoked) by (?:the )?", re.IGNORECASE)
# "A inhibition with B", whose effects a study sets out from.
_MODULATED_WITH: Final = re.compile(
    r"(?: ?\([^()]*\))?[ -](?:specific |selective )?(?:inhibition|blockade|antagonism) with (?:the )?", re.IGNORECASE
)
# "B, a drug which preferentially inhibits A"
_WHICH_DOES: Final = re.compile(
    r"(?: ?\([^()]*\))?, (?:(?:an?|the) (?:(?!of\b)[\w-]+ ){0,9}?)?(?:which|that) "
    r"(?:(?:selectiv|preferential|specifical|potent|strong|direct|irreversib|competitiv)\w* |also )?"
    r"(?:inhibit|block|activate|bind|antagoni[sz]e|stimulate)s (?:to )?(?:the )?",
    re.IGNORECASE,
)
# The words of a title, as far as it names one thing.
_TITLE_WORDS: Final = (
    r"(?:(?!and (?:an?|the)\b|(?:or|with|of|to|than|then|when|from|in|on|for|by|alone|unlike|versus|vs|plus|without"
    r"|instead|compared)\b)[\w-]+(?:,(?! (?:and|or|an?|the|both|two)\b))? ){0,6}"
)
# "B, a new inhibitor of A"
_WHICH_IS: Final = re.compile(
    rf"(?: ?\([^()]*\))?(?:, | \()(?:an?|the) {_TITLE_WORDS}{_ACTOR}s? of (?:the )?(?:[\w-]+ )?", re.IGNORECASE
)
_GRANTING: Final = (_WHICH_IS, _COMPOUND, _BROUGHT_ABOUT, _MODULATED_WITH, _WHICH_DOES)
# "B, a selective A inhibitor".
_TITLE: Final = re.compile(
    rf"(?: ?\([^()]*\))?\)?(?:, (?:an?|the|two|both) | \((?!and\b|or\b)(?:an? |the |two )?){_TITLE_WORDS}",
    re.IGNORECASE,
)
_OF_A_CLASS: Final = re.compile(
    rf"(?: ?\([^()]*\))?[ -](?:receptors? |channels? )?(?:specific |selective )?{_ACTOR}s?\b", re.IGNORECASE
)
# "B, a putative inhibitor of A" doubts within the title.
_UNSURE: Final = re.compile(
    r"\b(?:possibl[ey]|probabl[ey]|suspected|presum\w+|putative|purported|potential|proposed|candidate|likely|hypothe\w+|not)\b",
    re.IGNORECASE,
)
# "In contrast to A, B does not cause C" says that A does.
_CONTRAST: Final = re.compile(
    r"\b(?:in contrast (?:to|with)|contrary to|unlike|as opposed to)(?: \w+){0,2} \Z", re.IGNORECASE
)
# Who is spoken of, nothing of what is done to them: "patients without diabetes", no "20 patients without harm".
_AMONG: Final = re.compile(
    r"(?<!\d )\b(?:patients|subjects|participants|individuals|people|persons|men|women|children|adults|cases|those"
    r"|ones)(?P<having>,? (?:with|who had|having|and))? \Z",
    re.IGNORECASE,
)
_WITHOUT: Final = re.compile(r"without\b", re.IGNORECASE)
_WITH_NO: Final = re.compile(r"no\b", re.IGNORECASE)
# Where what is said ends and something else begins; "but" doesn't end it: "blocked by X but not by Y".
_POINT_END: Final = r";(?![^()]{0,200}\))|(?<!\S)\(\d\) "
_CLAUSE_END: Final = re.compile(rf"{_POINT_END}|\bwhereas\b|(?<=, )while\b", re.IGNORECASE)
_NEXT_POINT: Final = re.compile(_POINT_END)
# "no association between A and B" denies it of these two alone.
_BETWEEN: Final = re.compile(
    r"no(?: \w+){0,2} (?:associat|correlat|relation|interact)\w+(?: \w+){0,2} between\b", re.IGNORECASE
)
# What is denied is what was said before: "X lowered Y, whereas Z did not".
_ELLIPSIS: Final = re.compile(
    r"(?: (?:an?|any|such|so|significant|effects?|influence|impact|do|does|did))*[ .,)]*\Z", re.IGNORECASE
)
# Or it is denied of the same: "X lowered Y; it did not cause Z", ", while having no effect on Z".
_OF_THE_SAME: Final = re.compile(
    r"[ ,]*(?:(?:however|moreover|furthermore|nevertheless|in addition|also|thus|therefore|but|and),? )*"
    r"(?:(?:it|they|this|these|its|their|there|the (?:drug|compound|agent|treatment|combination)s?|having|\w+ing)\b"
    r"|\Z)",
    re.IGNORECASE,
)
# "Mxi1, which cannot be degraded by X, is stable in Y": what a clause within denies ends with it.
_RELATIVE: Final = re.compile(r", (?:which|who|that) \Z", re.IGNORECASE)
_AFTER_RELATIVE: Final = re.compile(r", (?:is|was|are|were|has|have|had|can|could)\b", re.IGNORECASE)
# "Tumours lacking Fhit": what is absent is the thing itself, and what its absence goes with is said all the same.
_LACK: Final = r"lack(?:s|ed|ing)?(?: of)?(?: (?:the|any|both|functional|endogenous|detectable|normal|wild-type))* \Z"
_LACKED: Final = re.compile(rf"\b{_LACK}", re.IGNORECASE)
_LACKED_BY: Final = re.compile(
    rf"\b(?:cells?|lines?|mice|rats|animals|tumou?rs?|cancers?|carcinomas?|patients|mutants?|cases|tissues?) {_LACK}",
    re.IGNORECASE,
)
_A_THING: Final = re.compile(r" (?:proteins?|genes?|expression|m?RNAs?|immunoreactivity|staining)\b", re.IGNORECASE)
# What isn't related is how large or how far on the disease is.
_EXTENT: Final = r"(?:size|stage|grade|grading|differentiation|resectability|volume|burden|status|location)s?\b"
_EXTENT_AFTER: Final = re.compile(rf"[ -](?:clinical |pathological |histological )?{_EXTENT}", re.IGNORECASE)
_EXTENT_BEFORE: Final = re.compile(rf"\b{_EXTENT}(?: and \w+)? of (?:the |an? )?\Z", re.IGNORECASE)
_RELATED: Final = re.compile(r"relat|associat", re.IGNORECASE)
# "possible A-induced B" doubts the very thing that the name tells.
_DOUBTED_NAME: Final = re.compile(
    r"\b(?:possibl[ey]|probabl[ey]|suspected|presumed|putative|potential(?:ly)?(?! (?:of|to)\b)|likely"
    r"|may be|might be|could be"
    r"|suggest\w+)(?: \w+){0,2} \Z",
    re.IGNORECASE,
)
# What is so marked as a doubt tells what was found ("results indicate that"), what something does ("can reduce") or is
# good for ("should be used for").
_NO_DOUBT: Final = re.compile(
    r"indicat(?:e|es|ed|ing)\b(?! (?:an?|the|some) (?:[\w-]+ ){0,2}?(?:roles?|involvement|need|trend|link|tendency)\b"
    r"| whether\b| if\b)(?![^;]*\b(?:may|might|could|would|should|(?:un)?likely|likelihood|possibl[ey]|possibilit\w+"
    r"|potential(?:ly)?|perhaps|probab\w+|presum\w+|putative|appears?|seems?|suggest(?:s|ed)?|promising|candidates?"
    r"|apparent(?:ly)?|whether|cannot)\b)"
    r"|can\b(?! (?:not|neither|only|perhaps|\w+ly)\b"
    r"| be (?:\w+ )?(?:hypothes|specul|assum|suggest|suspect|suppos|postul|consider|test|exclud|question|argu|expect))"
    r"|should (?:(?!not\b|never\b|only\b)\w+ )?be (?:the (?:drug|treatment|therapy|first)"
    r"|(?:used|administered|recommended|prescribed|offered|started|preferred)\b"
    r"|given\b(?! (?:\w+ )?(?:consider|attent))|treated\b(?! with caution))",
    re.IGNORECASE,
)
_BEFORE_END_CHARS: Final = 48  # how far back of an end, or a cue, its wording is looked for


@dataclass(frozen=True, slots=True)
class Scope:
    """A stretch of text that is denied or doubted; `score` is the tagger's, 1 where a wording found it."""

    span: Span
    assertion: str
    score: float


def read_denial(text: str, scope: Span) -> str:
    """What a scope of denial says of a relation in it, by the words that its cue begins.

    Returns: NEGATED; SPECULATED where a difference is denied, or what was given, is known or is ruled out ("not more
    effective", "did not receive", "not known"); AFFIRMED where it denies nothing ("with or without", "not only").
    """
    near = max(0, scope.start - _BEFORE_CHARS), scope.start + _BEFORE_CHARS
    if any(either.start() <= scope.start <= either.end() for either in _EITHER.finditer(text, *near)):
        return AFFIRMED
    cue = _DENYING.search(text, scope.start, scope.end)
    begin = cue.start() if cue else scope.start
    if _PARTLY.match(text, begin, scope.end):
        return AFFIRMED
    among = _AMONG.search(text, max(0, begin - _BEFORE_END_CHARS), begin)
    if among and (_WITHOUT.match(text, begin) or (among["having"] and _WITH_NO.match(text, begin))):
        return SPECULATED
    if _DIFFERENCE.match(text, begin, scope.end):
        ended = _SENTENCE_END.search(text, scope.end, scope.end + _AFTER_CHARS)
        reach = ended.start() if ended else scope.end + _AFTER_CHARS
        return NEGATED if _UNTREATED.search(text, scope.start, reach) else SPECULATED
    return SPECULATED if _OPEN.match(text, begin, scope.end) else NEGATED


def read_doubt(text: str, scope: Span) -> str:
    """What a scope of speculation says of a relation in it: SPECULATED, or AFFIRMED where its cue tells no doubt."""
    return AFFIRMED if _NO_DOUBT.match(text, scope.start, scope.end) else SPECULATED


def cut_denial(text: str, scope: Span) -> Span:
    """A scope of denial as far as the clause of its cue goes."""
    cue = _DENYING.search(text, scope.start, scope.end)
    if cue is None:
        return scope
    before = [end.end() for end in _CLAUSE_END.finditer(text, scope.start, cue.start())]
    after = _CLAUSE_END.search(text, cue.end(), scope.end)
    return Span(before[-1] if before else scope.start, after.start() if after else scope.end)


def judge_assertion(head: Span, tail: Span, scopes: Sequence[Scope], text: str) -> tuple[str, float | None]:
    """The assertion of a relation between two spans, and the score of the scope that decided it (None: affirmed)."""
    first, last = sorted((head, tail), key=lambda end: end.start)
    covering = [scope for scope in scopes if scope.span.overlaps(head) or scope.span.overlaps(tail)]
    said = [(_read_of(first, last, scope, text), scope.score) for scope in covering]
    for assertion in (NEGATED, SPECULATED):
        scores = [score for what, score in said if what == assertion]
        if scores:
            return assertion, max(scores)
    return AFFIRMED, None


def _read_of(first: Span, last: Span, scope: Scope, text: str) -> str:
    """What a scope that covers one of two ends says of a relation between them; ends in the order of the text."""
    if scope.assertion == SPECULATED:
        return AFFIRMED if _is_granted(first, last, text) else SPECULATED
    if scope.assertion != NEGATED:
        return scope.assertion
    if _is_spared(first, last, scope.span, text):
        return AFFIRMED
    return SPECULATED if any(_is_extent(end, scope.span, text) for end in (first, last)) else NEGATED


def _is_granted(first: Span, last: Span, text: str) -> bool:
    """Whether a name or a title tells of the relation: "A-induced B", "the A inhibitor B", "B, an A inhibitor"."""
    if _DOUBTED_NAME.search(text, max(0, first.start - _BEFORE_END_CHARS), first.start):
        return False
    if _UNSURE.search(text, first.end, last.start):
        return False
    if any(name.fullmatch(text, first.end, last.start) for name in _GRANTING):
        return True
    return _TITLE.fullmatch(text, first.end, last.start) is not None and _OF_A_CLASS.match(text, last.end) is not None


def _is_spared(first: Span, last: Span, denied: Span, text: str) -> bool:
    """Whether a relation holds although a denial covers one of its ends.

    A name that tells of it comes before all clauses, for it may stand in either.
    """
    if any(_is_lacked(end, text) for end in (first, last) if denied.overlaps(end)):
        return True
    if _COMPOUND.fullmatch(text, first.end, last.start) and denied.overlaps(last):
        return _ABSENT.match(text, denied.start) is None
    if denied.overlaps(first):
        return not denied.overlaps(last) and _ends_before(last, denied, text)
    if _CONTRAST.search(text, max(0, first.start - _BEFORE_END_CHARS), first.start):
        return True
    cue = _DENYING.search(text, denied.start, denied.end)
    if cue is None:
        return False
    clause = _CLAUSE_END.search(text, first.end, denied.start)
    is_another = clause is not None and not _says_more(
        Span(clause.end(), cue.start()), Span(cue.end(), denied.end), text
    )
    return is_another or _BETWEEN.match(text, cue.start()) is not None


def _ends_before(last: Span, denied: Span, text: str) -> bool:
    """Whether what denies an end is over before the other one comes."""
    if _NEXT_POINT.search(text, denied.end, last.start):
        return True
    is_relative = _RELATIVE.search(text, max(0, denied.start - _BEFORE_END_CHARS), denied.start)
    return is_relative is not None and _AFTER_RELATIVE.search(text, denied.end, last.start) is not None


def _says_more(before: Span, after: Span, text: str) -> bool:
    """Whether a clause, by its words before and after the cue, goes on about what was said before it."""
    same = _OF_THE_SAME.match(text, before.start, before.end)
    return same is not None or _ELLIPSIS.match(text, after.start, after.end) is not None


def _is_lacked(end: Span, text: str) -> bool:
    """Whether an end is what something lacks: the thing, not what it does ("lack of sedation", "of inhibition")."""
    before = max(0, end.start - _BEFORE_END_CHARS)
    if _A_THING.match(text, end.end):
        return _LACKED.search(text, before, end.start) is not None
    return _LACKED_BY.search(text, before, end.start) is not None


def _is_extent(end: Span, denied: Span, text: str) -> bool:
    if not denied.overlaps(end) or not _RELATED.search(text, denied.start, end.start):
        return False
    before = _EXTENT_BEFORE.search(text, max(0, end.start - _BEFORE_END_CHARS), end.start)
    return before is not None or _EXTENT_AFTER.match(text, end.end) is not None
