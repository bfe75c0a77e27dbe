"""Draw sentences that may deny a relation, for a person to judge, and write beside them what a run said of each.

    python -m bench.sample_denied RUN [--sentences 300] [--seed 7] [--without EARLIER.tsv] --out NAME.tsv
    python -m bench.sample_denied RUN --again --out NAME.tsv    # what a later run says of the same sentences

A sentence is drawn by its words: a cue of negation a few words from a word of relation, both placed about two mentions
of the run as in "X did not inhibit Y" or "no effect of X on Y". What the run said of the two plays no part, so that
what it missed counts; a name that it didn't find is never drawn. One sentence a document, and each document has an
equal chance. The same run, seed and number give the same files.

`NAME.tsv` is the judge's; the two mentions stand in ⟦ ⟧. The judge fills in `denied`, yes or no: no if the sentence
denies no relation between these two, or if one of them is not what its type says. With a yes goes `predicate`, the one
that is denied, and `note` is free. Two of five are a yes; `bench.score_denied` counts the first hundred, lines after
them may stay empty. What the run said is in a file apart, `NAME.extracted.tsv`, one line a relation: the judge must
not see it.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations, product
from pathlib import Path
from typing import Any, Final

import click

from bench.judge_table import read_table, write_table
from bench.run_folder import read_live_rows
from engine.schema import CHEMICAL, DISEASE, GENE, Span

PAIRS: Final = ((CHEMICAL, GENE), (CHEMICAL, DISEASE), (GENE, GENE), (GENE, DISEASE))
_CUE: Final = re.compile(
    r"\b(?:no(?! doubt)|not(?! only)|nor|neither|none|never|without|cannot|unable|fail(?:s|ed|ing|ures?)?"
    r"|lack(?:s|ed|ing)?|absence|rather than|un(?:affected|altered|changed|related|responsive)|ineffective)\b"
    r"|n['’]t\b",
    re.I,
)
_RELATION: Final = re.compile(
    r"\b(?:inhibit|block|antagoni|suppress|activat|stimulat|induc|increas|decreas|reduc|elevat|lower|attenuat|enhanc"
    r"|(?:up|down)?-?regulat|modulat|mediat|bind|bound\b|affinity|interact|associat|correlat|(?:un)?relat(?:ed|ion)|link|caus"
    r"|(?:un)?affect|(?:in)?effect|efficac|influenc|(?:un)?alter|(?:un)?chang|improv|prevent|protect|treat|reliev"
    r"|benefi|(?:un)?respon[ds]|target|phosphorylat|metaboli|substrate|role|involv|contribut|depend|predict|promot"
    r"|produc|elicit|revers|alleviat|ameliorat|abolish|express)\w*",
    re.I,
)
_NOUN: Final = re.compile(r"(?:tions?|ships?|effects?|influences?|roles?|links?|affinity|efficacy|benefits?)$", re.I)
# Tried on a run: with wider reaches three of four sentences that were drawn denied nothing of the two.
_CUE_REACH_WORDS: Final = 4
_FIRST_REACH_CHARS: Final = 80  # from the first mention to the word, or to the second mention where the word is before
_SECOND_REACH_CHARS: Final = 40  # from the word to the second mention
_BEFORE_REACH_CHARS: Final = 20  # from a cue or noun to the first mention after it
_PARTS: Final = 5  # of a sentence with two marked mentions: before, the first, between, the second, after


@dataclass(frozen=True, slots=True)
class Candidate:
    """Two mentions of one sentence of which something may be denied: the head first, spans in the document's text."""

    sentence: Span
    head: Span
    head_type: str
    tail: Span
    tail_type: str


@dataclass(frozen=True, slots=True)
class Sign:
    """A cue of negation and a word of relation, a verb or a `noun`, that it may deny."""

    cue: Span
    word: Span
    noun: bool

    def concerns(self, first: Span, second: Span) -> bool:
        """Whether it may deny something of two mentions, by where it stands."""
        return self._is_between(first, second) or (self.noun and self._is_before(first, second))

    def _is_between(self, first: Span, second: Span) -> bool:
        """As in "X did not inhibit Y" and, the cue before both, "neither X nor Z inhibits Y"."""
        return (
            0 <= self.word.start - first.end <= _FIRST_REACH_CHARS
            and 0 <= second.start - self.word.end <= _SECOND_REACH_CHARS
            and first.start - _BEFORE_REACH_CHARS <= self.cue.start
            and self.cue.end <= second.start
        )

    def _is_before(self, first: Span, second: Span) -> bool:
        """As in "no effect of X on Y"."""
        return (
            0 <= first.start - max(self.cue.end, self.word.end) <= _BEFORE_REACH_CHARS
            and 0 < second.start - first.end <= _FIRST_REACH_CHARS
        )


@dataclass(frozen=True, slots=True)
class DeniedSentence:
    """One line of the judge's table; the last three columns are the judge's."""

    doc_id: str
    head_text: str
    head_type: str
    tail_text: str
    tail_type: str
    sentence: str
    denied: str = ""
    predicate: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class ExtractedRelation:
    """What the run said of the two mentions of a drawn sentence; gene and gene may stand the other way round."""

    doc_id: str
    head_text: str
    predicate: str
    tail_text: str
    assertion: str
    score: float
    assertion_score: float | None


def find_candidates(row: Mapping[str, Any]) -> list[Candidate]:
    """The pairs of a document row that a denial may concern, in the order of their places."""
    text = row["text"]
    mentions = sorted((Span(m["start"], m["end"]), m["type"]) for m in row["mentions"])
    found = []
    for sentence in (Span(s["start"], s["end"]) for s in row["sentences"]):
        inside = [(span, kind) for span, kind in mentions if sentence.covers(span)]
        signs = find_signs(text, sentence, [span for span, _ in inside])
        for (first, first_type), (second, second_type) in combinations(inside, 2):
            alike = text[first.start : first.end].lower() == text[second.start : second.end].lower()
            if alike or not any(sign.concerns(first, second) for sign in signs):
                continue
            if (first_type, second_type) in PAIRS:
                found.append(Candidate(sentence, first, first_type, second, second_type))
            elif (second_type, first_type) in PAIRS:
                found.append(Candidate(sentence, second, second_type, first, first_type))
    return found


def find_signs(text: str, sentence: Span, names: list[Span]) -> list[Sign]:
    """The cues of a sentence with each word of relation in their reach, both outside names."""

    def find(pattern: re.Pattern[str]) -> list[Span]:
        spans = [Span(*match.span()) for match in pattern.finditer(text, sentence.start, sentence.end)]
        return [span for span in spans if not any(span.overlaps(name) for name in names)]

    return [
        Sign(cue, word, noun=_NOUN.search(text, word.start, word.end) is not None)
        for cue, word in product(find(_CUE), find(_RELATION))
        if len(text[min(cue.end, word.end) : max(cue.start, word.start)].split()) < _CUE_REACH_WORDS
    ]


def sample_denied(
    rows: Iterable[Mapping[str, Any]], *, sentences: int, seed: int, without: Collection[str] = ()
) -> tuple[list[DeniedSentence], list[ExtractedRelation]]:
    """Draw a candidate each of `sentences` documents, fewer if there are fewer; and what was extracted of them.

    `rows`: document rows of `engine.schema.DOCUMENT_ROW`, each document once. `without`: ids that aren't drawn.
    """
    fresh = (row for row in rows if row["doc_id"] not in without)
    found = {row["doc_id"]: (row, candidates) for row in fresh if (candidates := find_candidates(row))}
    generator = random.Random(seed)
    drawn, extracted = [], []
    for doc_id in generator.sample(sorted(found), min(sentences, len(found))):
        row, candidates = found[doc_id]
        chosen = generator.choice(candidates)
        drawn.append(_describe(row, chosen))
        extracted += _find_extracted(row, chosen)
    return drawn, extracted


def _describe(row: Mapping[str, Any], chosen: Candidate) -> DeniedSentence:
    text, head, tail = row["text"], chosen.head, chosen.tail
    first, second = sorted((head, tail))
    shown = (
        f"{text[chosen.sentence.start : first.start]}⟦{text[first.start : first.end]}⟧{text[first.end : second.start]}"
        f"⟦{text[second.start : second.end]}⟧{text[second.end : chosen.sentence.end]}"
    )
    return DeniedSentence(
        doc_id=row["doc_id"],
        head_text=_one_line(text[head.start : head.end]),
        head_type=chosen.head_type,
        tail_text=_one_line(text[tail.start : tail.end]),
        tail_type=chosen.tail_type,
        sentence=_one_line(shown),
    )


def _find_extracted(row: Mapping[str, Any], chosen: Candidate) -> list[ExtractedRelation]:
    asked = {(chosen.head, chosen.head_type), (chosen.tail, chosen.tail_type)}
    said = []
    for relation in row["relations"]:
        ends = [row["mentions"][relation[end]] for end in ("head", "tail")]
        if {(Span(m["start"], m["end"]), m["type"]) for m in ends} == asked:
            head, tail = (_one_line(row["text"][m["start"] : m["end"]]) for m in ends)
            sure = relation["assertion_score"]
            said.append(
                ExtractedRelation(
                    doc_id=row["doc_id"],
                    head_text=head,
                    predicate=relation["predicate"],
                    tail_text=tail,
                    assertion=relation["assertion"],
                    score=round(relation["score"], 3),
                    assertion_score=None if sure is None else round(sure, 3),
                )
            )
    return said


def _one_line(text: str) -> str:
    return " ".join(text.split())


def extracted_path(judged: Path) -> Path:
    """Where what the run said stands, for the judge's table at `judged`."""
    return judged.with_suffix(".extracted.tsv")


def find_drawn(line: Mapping[str, str], text: str) -> Candidate:
    """The sentence and the two mentions of a line of the judge's table, in the text of its document.

    Raises: ValueError naming the document whose text doesn't hold them.
    """
    parts = [r"\s+".join(map(re.escape, re.split(r"\s+", part))) for part in re.split("[⟦⟧]", line["sentence"])]
    found = re.search("{}({}){}({}){}".format(*parts), text) if len(parts) == _PARTS else None
    if found is None:
        raise ValueError(f"{line['doc_id']}: its text doesn't hold the sentence {line['sentence']!r}")
    first, second = (Span(*found.span(group)) for group in (1, 2))
    in_order = _one_line(text[first.start : first.end]) == line["head_text"]
    head, tail = (first, second) if in_order else (second, first)
    return Candidate(Span(*found.span()), head, line["head_type"], tail, line["tail_type"])


def reread_denied(rows: Iterable[Mapping[str, Any]], lines: Iterable[Mapping[str, str]]) -> list[ExtractedRelation]:
    """What a run says of the mentions that were drawn from an earlier one; nothing where it doesn't find both.

    `rows`: document rows; `lines`: of the judge's table. Raises: ValueError naming a document that the run hasn't read
    or whose text is another.
    """
    read = {row["doc_id"]: row for row in rows}
    extracted: list[ExtractedRelation] = []
    for line in lines:
        if line["doc_id"] not in read:
            raise ValueError(f"the run hasn't read {line['doc_id']}")
        row = read[line["doc_id"]]
        extracted += _find_extracted(row, find_drawn(line, row["text"]))
    return extracted


def write_denied(drawn: list[DeniedSentence], extracted: list[ExtractedRelation], out: Path) -> None:
    """Write the judge's table and what the run said beside it. Raises: FileExistsError if there is one."""
    write_table(drawn, DeniedSentence, out)
    write_table(extracted, ExtractedRelation, extracted_path(out))


@click.command()
@click.argument("run", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--sentences", default=300, show_default=True, help="Sentences to draw; most deny nothing of the two.")
@click.option("--seed", default=7, show_default=True, help="Seed of the draw.")
@click.option(
    "--without",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="Table of an earlier draw, whose documents aren't drawn again; repeatable.",
)
@click.option("--again", is_flag=True, help="Draw nothing: write anew what RUN says of the sentences of the table.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help="Table to write, which must not exist; with --again, the one that was judged.",
)
def main(run: Path, sentences: int, seed: int, without: tuple[Path, ...], again: bool, out: Path) -> None:
    """Draw sentences of RUN for a person to judge."""
    if again:
        said = reread_denied(read_live_rows(run).to_pylist(), read_table(out))
        extracted_path(out).unlink(missing_ok=True)
        write_table(said, ExtractedRelation, extracted_path(out))
        click.echo(json.dumps({"run": run.name, "relations": len(said), "out": str(extracted_path(out))}))
        return
    seen = {row["doc_id"] for table in without for row in read_table(table)}
    drawn, extracted = sample_denied(read_live_rows(run).to_pylist(), sentences=sentences, seed=seed, without=seen)
    write_denied(drawn, extracted, out)
    click.echo(json.dumps({"run": run.name, "sentences": len(drawn), "seed": seed, "out": str(out)}))


if __name__ == "__main__":
    main()
