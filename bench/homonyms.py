"""How well homonyms link: mentions of real abstracts whose surface stands for several things, with the right answer.

    python -m bench.homonyms [--data ../shared/data] [--misses FILE]

`bench/homonyms.tsv` was frozen before the linker that it is to judge was written; no answer in it follows a linker.
Half of the cases are from gold annotations (BC5CDR, NCBI Disease, BioRED, whose ids they keep), half from abstracts
that nobody annotated and that were read for it. `expected` is a concept of the lexicon, or `-` where the mention is
nothing of its type there; `also` lists other ids that are as good. An id that is no concept of the lexicon any longer,
because it was joined to another one, is that one. Offsets count in title, line feed and abstract. The texts lie in the
folder of corpora, the file quotes one sentence of each.
"""

from __future__ import annotations

import csv
import gzip
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from engine.link.lexicon import Lexicon
from engine.link.linker import Linker
from engine.train.annotated import LabelScheme
from engine.train.corpora.pubtator import read_pubtator

SUITE: Final = Path(__file__).with_name("homonyms.tsv")
UNLINKED: Final = "-"
_TEXTS: Final = LabelScheme("homonyms", heads=frozenset(), types={})  # no annotations are read


@dataclass(frozen=True, slots=True)
class Homonym:
    """One case; `answers` are the ids that count as right, `UNLINKED` for none."""

    source: str
    doc_id: str
    surface: str
    type: str
    start: int
    end: int
    answers: frozenset[str]
    origin: str


def read_suite(path: Path = SUITE) -> list[Homonym]:
    """Read the cases, in order."""
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Homonym(
                source=row["source"],
                doc_id=row["doc_id"],
                surface=row["surface"],
                type=row["type"],
                start=int(row["start"]),
                end=int(row["end"]),
                answers=frozenset({row["expected"], *filter(None, row["also"].split("|"))}),
                origin=row["origin"],
            )
            for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        ]


def read_texts(source: Path) -> Mapping[str, str]:
    """The texts of a source file by document id: PubTator, or JSON lines of abstracts."""
    content = gzip.decompress(source.read_bytes()).decode("utf-8")
    if ".jsonl" not in source.name:
        documents = read_pubtator(content, _TEXTS, source=source.name)
        return {document.doc_id.removeprefix("PMID:"): document.text for document in documents}
    rows = [json.loads(line) for line in content.split("\n") if line]
    return {
        f"PMID:{row['pmid']}": "\n".join(part for part in (row.get("title"), row.get("abstract")) if part)
        for row in rows
    }


def measure(linker: Linker, cases: list[Homonym], data: Path) -> tuple[dict[str, Any], list[dict[str, object]]]:
    """Counts by origin, by type and of those that must stay unlinked; and the cases that went wrong.

    Raises: ClickException if a source is missing, or says something else at a case's place.
    """
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    misses: list[dict[str, object]] = []
    texts: dict[str, Mapping[str, str]] = {}
    for case in cases:
        path = data / case.source
        if not path.is_file():
            raise click.ClickException(f"{path}: no such file; --data must hold {case.source}")
        if case.source not in texts:
            texts[case.source] = read_texts(path)
        text = texts[case.source].get(case.doc_id, "")
        if text[case.start : case.end] != case.surface:
            raise click.ClickException(f"{path}, {case.doc_id}: {case.surface!r} doesn't stand at {case.start}")
        (link,) = linker.link_document(text, [(case.start, case.end, case.type)])
        answer = link.concept_id if link else UNLINKED
        right = _is_right(answer, case, linker.lexicon)
        unlinked = "must stay unlinked" if UNLINKED in case.answers else "has a concept"
        for part in ("all", case.origin, case.type, unlinked):
            counts[part].update(cases=1, right=right)
        if not right:
            about = {"doc": case.doc_id, "surface": case.surface, "type": case.type}
            misses.append({**about, "said": answer, "answers": sorted(case.answers)})
    parts = {part: {**count, "share": round(count["right"] / count["cases"], 4)} for part, count in counts.items()}
    return {"lexicon": linker.lexicon.version, "parts": parts}, misses


def _is_right(answer: str, case: Homonym, lexicon: Lexicon) -> bool:
    """Whether an answer is an expected one, or a concept to which the lexicon has joined an expected one since."""
    concept = lexicon.concept(answer)
    joined = {id for id in concept.xrefs if lexicon.concept(id) is None} if concept else set()
    return not case.answers.isdisjoint({answer, *joined})


@click.command(help=__doc__)
@click.option("--data", type=click.Path(path_type=Path), default=Path("../shared/data"), show_default=True)
@click.option(
    "--misses", "misses_file", type=click.Path(path_type=Path), help="Write what went wrong here, as JSON lines."
)
def command(data: Path, misses_file: Path | None) -> None:
    """Measures and prints."""
    summary, misses = measure(Linker(), read_suite(), data)
    if misses_file:
        misses_file.write_text("".join(json.dumps(miss) + "\n" for miss in misses), encoding="utf-8")
    json.dump(summary, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    command()
