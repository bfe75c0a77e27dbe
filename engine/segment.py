"""Text to sentences: a few ordered rules for the way biomedical abstracts are written.

Sentences never cross a newline (title, abstract and the parts of a structured abstract stand on lines of
their own) nor the start or end of a section, and together they cover every non-blank character of the text.
Knows nothing of tokens, models or document formats.

Measured beside two kept libraries: boundaries inside the 1,273 hand-cut abstracts of BioScope (11,871 sentences;
"recall at stops" leaves out the boundaries that it draws at ; and :), the 105 hard real cases of
tests/unit/sentence_cases.tsv, characters per CPU second. Our rules were tuned on BioScope's sentences and improved on
the hard cases, the libraries on neither: our figures are those on the data that the rules were tuned on, not what to
expect on other text, and they don't show that the rules are better than the libraries there.

                 precision  recall  F1      recall at stops  hard cases  million chars/s
    these rules  1.0000     0.9912  0.9956  0.9989           103         4.2
    syntok       0.9958     0.9689  0.9822  0.9760           72          0.8
    pysbd        0.9835     0.9506  0.9668  0.9725           69          0.1   (first 400 of 2,546 texts)

Trade-off: a stop before a lower-case word that does not look like a gene or chemical never ends a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import pyarrow as pa

from engine.schema import SEGMENT_COLUMNS, Span


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# A stop and the quotes and brackets that close after it, then blank space. The stop may stand alone in text that
# came to us already tokenised ("cells . In addition"), its blank may be missing ("therapy.We"), and the numbers
# of cited works may follow it, once raised above the line ("coronavirus.2,3 We").
_STOP: Final = re.compile(
    r"[.!?]+[\"'”’»)\]}]*;?(?=\s)"
    r"|(?:(?<=[a-z]{3})|(?<=[)\]%]))[.!?](?=(?!Gov\b)[A-Z][a-z]*[\s:])"
    r"|(?<=[a-z]{3})\.\d{1,2}(?:[,–-]\d{1,2}){0,4}(?=\s+[A-Z][a-z]*\s)"
)
_LINE: Final = re.compile(r"[^\n]+")
_LAST_TOKEN: Final = re.compile(r"[^\s(\[{\"“]* ?$")
_NEXT_WORD: Final = re.compile(r"\s*([(\[{\"'“‘]*)([^\s(\[{\"'“‘]+)")
_TOKEN_REACH_CHARS: Final = 30
_LOOK_BACK_CHARS: Final = 1000  # keeps a text without a single boundary from costing its length squared
_BRACKET_REACH_CHARS: Final = 300  # a bracket left open further than this is taken for a slip of the pen

_NEVER_LAST: Final = _words(
    """vs e.g i.e cf c.f viz fig figs approx ca et eq eqs ref refs tab subsp ssp nov aff eg
    ie"""
)
_TITLES: Final = _words("Dr Drs Prof Mr Mrs Ms")  # as written: "2 ms." is a time
_BEFORE_NUMBER: Final = _words(
    """no nos nr vol p pp v ver chap sect al sp jan feb mar apr jun jul aug sep sept oct nov dec"""
)
# The last word of a sentence only before a word that is no name: "the U.S. Food and Drug Administration".
_BEFORE_NAME: Final = _words("u.s u.k e.u u.s.a st d.c")
# The last word of a sentence only if a capital follows.
_MAYBE_LAST: Final = _words(
    """al sp spp cv var i.v i.p i.m s.c p.o i.c i.c.v i.t i.n i.d i.a b.i.d t.i.d b.d o.d t.d.s q.d.s q.d q.i.d
    resp inc b.w d.w w.t inc ltd co corp etc a.m p.m hr hrs min sec wk yr yrs mo mol wt conc max st str"""
)
_LEADS_ON: Final = _words("to for by the a an of and or with via after than versus vs. from single")  # "by i.v. PCA"
# Words that begin a sentence and are no name: they decide after an initial ("vitamin D. The").
_STARTERS: Final = _words(
    """A All Although An And As At Because Both But By Despite During Each Finally For From Furthermore Given He
    Here How However If In Interestingly It Its Moreover Most Neither No None Of On One Only Other Our
    Overall Patients Results Several She Similarly Since Some Such That The Their There Therefore These They
    This Those Thus To Together Two Under Unlike Until Using We What When Whereas Whether While With Within"""
)
# A sentence may begin with p53, c-myc, mRNA, r-hTBP-1, gamma-interferon, "alpha B", β-catenin or "b)", not with "ml-1",
# "mmHg" or "µg".
_LOWER_START: Final = re.compile(
    r"(?!(?:[mdk]?l|[mkµμu]?g|min|[mck]?m|h|s|day|mol|kg)[-−–]?\d|(?:mmHg|kPa|[mµμ]L|[mnµμ]M|mV)\b)[a-z]{1,4}-?[A-Z0-9]"
    r"|[a-z]-[a-z]|(?:alpha|beta|gamma|delta|kappa)[- ][A-Za-z0-9]|(?:[a-h]|[ivx]{1,4})\) "
    r"|[α-λν-ω]|[µμ]-[A-Za-z]"
)
_ROUND: Final = re.compile(r"[()]")
_SQUARE: Final = re.compile(r"[\[\]]")
_BULLETS: Final = "•·▪■●►©"
_NEVER_FIRST: Final = re.compile(r"\W|(?:19|20)\d\d[;:]|Gov\b")  # the year of a citation: "J Biol Chem. 2003;35:1"
_INITIAL: Final = re.compile(r"(?:[A-Z]\.-?)*[A-Z]")
_INITIAL_WORD: Final = re.compile(r"[A-Z]\.")
_SEROVAR: Final = re.compile(r"(?:Para)?[Tt]yphi|Typhimurium|Enteritidis")
_NAME: Final = re.compile(r"[A-Z][a-z]+|(?:[A-Z]\.-?)+")
_ITEM: Final = re.compile(r"\d{1,2}|[ivx]{1,4}|[a-h]|[A-Z]|")


def split_sentences(text: str, sections: Iterable[Span] = ()) -> list[Span]:
    """Cut a document's text into sentences, in order.

    Returns: trimmed, non-empty spans that do not overlap and cover every non-blank character.
    Units: code points into `text`, half-open.
    """
    edges = sorted({edge for section in sections for edge in (section.start, section.end)})
    return [sentence for block in _blocks(text, edges) for sentence in _split_block(text, block)]


def _blocks(text: str, edges: Sequence[int]) -> Iterator[Span]:
    """The stretches that no sentence leaves: lines, cut again at the edges of sections."""
    for line in _LINE.finditer(text):
        start = line.start()
        for edge in edges:
            if start < edge < line.end():
                yield Span(start, edge)
                start = edge
        yield Span(start, line.end())


def _split_block(text: str, block: Span) -> Iterator[Span]:
    start = block.start
    for stop in _STOP.finditer(text, block.start, block.end):
        if _ends_sentence(text, Span(start, block.end), stop):
            yield from _trim(text, start, stop.end())
            start = stop.end()
    yield from _trim(text, start, block.end)


def _trim(text: str, start: int, end: int) -> Iterator[Span]:
    piece = text[start:end]
    stripped = piece.strip()
    if stripped:
        offset = start + len(piece) - len(piece.lstrip())
        yield Span(offset, offset + len(stripped))


def _ends_sentence(text: str, rest: Span, stop: re.Match[str]) -> bool:
    """Whether the sentence that begins at `rest.start` ends with this stop; `rest.end` is the end of its block."""
    following = _NEXT_WORD.match(text, stop.end(), rest.end)
    if following is None:
        return False  # the end of the block ends the sentence anyway
    word = following[2]
    if word[0].islower() and not _LOWER_START.match(text, following.start(2), rest.end):
        return False
    if _NEVER_FIRST.match(word) and word[0] not in _BULLETS:
        return False
    if stop[0][0] != ".":
        return not _inside_bracket(text, rest, stop)
    last = _LAST_TOKEN.search(text, max(rest.start, stop.start() - _TOKEN_REACH_CHARS), stop.start())
    token = last[0] if last else ""
    head = text[max(rest.start, stop.start() - _LOOK_BACK_CHARS) : stop.start() - len(token)].strip().strip("([{\"'“ ")
    if _ITEM.fullmatch(token.strip()) and (not head or head[-1] in ".!?:;"):
        return False  # the number of a list item or the first initial of a name: it belongs to what follows
    before = "".join(head.rsplit(None, 1)[-1:])
    name = _abbreviation(token)
    starter = word.rstrip(",:") in _STARTERS
    if token in _TITLES or name in _NEVER_LAST or (name in _BEFORE_NUMBER and any(map(str.isdigit, word))):
        return False
    if name in _MAYBE_LAST and (following[1] or not word[0].isupper() or (before in _LEADS_ON and not starter)):
        return False
    if name in _BEFORE_NAME and not starter:
        return False
    if _INITIAL.fullmatch(token) and not starter and _is_name(before, word):
        return False
    return not _inside_bracket(text, rest, stop)


def _abbreviation(token: str) -> str:
    """The token as it stands in the lists; "" for an acronym that only looks alike: "in MS", "Talos DR", "NO"."""
    token = token.strip(". ").rsplit("-", 1)[-1]
    return "" if len(token) > 1 and token.isupper() and "." not in token else token.lower()


def _is_name(before: str, word: str) -> bool:
    """Whether an initial between these words is part of a name: "John P. Smith", "by F. Hoffmann", "S. Typhi"."""
    if _INITIAL_WORD.match(word) or _SEROVAR.match(word):
        return True
    return word[0].isupper() and (before == "by" or _NAME.fullmatch(before) is not None)


def _inside_bracket(text: str, rest: Span, stop: re.Match[str]) -> bool:
    """Whether the stop stands in a bracket that the sentence opened and the block closes later."""
    said = text[max(rest.start, stop.start() - _LOOK_BACK_CHARS) : stop.end()]
    for brackets, opening in ((_ROUND, "("), (_SQUARE, "[")):
        depth = sum(1 if bracket == opening else -1 for bracket in brackets.findall(said))
        if depth <= 0:
            continue
        for bracket in brackets.findall(text, stop.end(), min(rest.end, stop.end() + _BRACKET_REACH_CHARS)):
            depth += 1 if bracket == opening else -1
            if depth == 0:
                return True
    return False


class Segmenter:
    """Adds the column `sentences` to a table of documents; deleted and failed rows get an empty list."""

    def __call__(self, table: pa.Table) -> pa.Table:
        """Segment each row of a table that has the columns of `SOURCE_ROW`."""
        rows = table.select(["text", "sections", "deleted", "errors"]).to_pylist()
        spans = [
            [{"start": s.start, "end": s.end} for s in _split_row(row["text"], row["sections"] or ())]
            if not row["deleted"] and not row["errors"]
            else []
            for row in rows
        ]
        field = SEGMENT_COLUMNS.field("sentences")
        return table.append_column(field, pa.array(spans, field.type))


def _split_row(text: str | None, sections: Sequence[dict[str, int]]) -> list[Span]:
    return split_sentences(text or "", [Span(s["start"], s["end"]) for s in sections])
