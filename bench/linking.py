"""How well mentions link: gold mentions of BC5CDR, NCBI Disease and BioRED against the lexicon, as JSON.

Says per corpus and type: mentions, share linked, precision and accuracy over all mentions, right links by way of
linking (what `engine/link/scores.py` is made of); mentions per second and resident memory. Gold ids are MeSH, OMIM
and Entrez; a link is right if the gold id is the concept's id or one of its cross-references.
"""

from __future__ import annotations

import gzip
import json
import resource
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from engine.link.lexicon import Lexicon
from engine.link.linker import Linker
from engine.link.scores import kind_of

_CORPORA = {
    "dev": {
        "bc5cdr": "bc5cdr/CDR_DevelopmentSet.PubTator.txt.gz",
        "ncbi-disease": "ncbi-disease/NCBIdevelopset_corpus.txt.gz",
        "biored": "biored/Train.PubTator.gz",
    },
    "test": {
        "bc5cdr": "bc5cdr/CDR_TestSet.PubTator.txt.gz",
        "ncbi-disease": "ncbi-disease/NCBItestset_corpus.txt.gz",
        "biored": "biored/Dev.PubTator.gz",
    },
}
_TYPES = {
    "Chemical": "Chemical",
    "ChemicalEntity": "Chemical",
    "Disease": "Disease",
    "DiseaseOrPhenotypicFeature": "Disease",
    "SpecificDisease": "Disease",
    "DiseaseClass": "Disease",
    "Modifier": "Disease",
    "CompositeMention": "Disease",
    "GeneOrGeneProduct": "Gene",
}


@dataclass
class GoldDocument:
    """One document with its gold mentions: (start, end, type, gold ids)."""

    identifier: str
    text: str
    mentions: list[tuple[int, int, str, tuple[str, ...]]] = field(default_factory=list)


def read_pubtator(path: Path) -> Iterator[GoldDocument]:
    """Documents of a PubTator file; types that we don't link are left out."""
    document: GoldDocument | None = None
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            line = line.rstrip("\n")
            head = line.split("|", 2)
            if len(head) == 3 and head[1] == "t" and head[0].isdigit():
                if document is not None:
                    yield document
                document = GoldDocument(head[0], head[2])
            elif len(head) == 3 and head[1] == "a" and head[0].isdigit() and document is not None:
                document.text += "\n" + head[2]
            elif line and document is not None:
                parts = line.split("\t")
                if len(parts) >= 6 and parts[1].isdigit() and parts[4] in _TYPES:
                    start, end = int(parts[1]), int(parts[2])
                    document.mentions.append((start, end, _TYPES[parts[4]], _gold_ids(parts[5], parts[4])))
    if document is not None:
        yield document


def _gold_ids(text: str, type: str) -> tuple[str, ...]:
    ids = []
    for part in text.replace("+", "|").replace(",", "|").replace(";", "|").split("|"):
        part = part.strip().removeprefix("MESH:")
        if not part or part == "-1" or part == "-":
            continue
        if _TYPES[type] == "Gene":
            ids.append(f"ncbigene:{part}")
        elif part.startswith("OMIM:"):
            ids.append(f"omim:{part[5:]}")
        else:
            ids.append(f"mesh:{part}")
    return tuple(ids)


class Judge:
    """Tells right links from wrong ones; gold ids that no concept of the lexicon carries are told apart.

    Those are genes of other species, rat genes by Entrez id, and ids that MeSH has retired since.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._known: dict[str, frozenset[str]] = {}
        self._carried = lexicon.all_ids()

    def ids(self, concept_id: str) -> frozenset[str]:
        """The concept's id and cross-references."""
        if concept_id not in self._known:
            concept = self._lexicon.concept(concept_id)
            self._known[concept_id] = frozenset((concept_id, *(concept.xrefs if concept else ())))
        return self._known[concept_id]

    def carried(self, gold: tuple[str, ...]) -> bool:
        """Whether a concept of the lexicon carries one of the gold ids."""
        return not self._carried.isdisjoint(gold)

    def right(self, concept_id: str, gold: tuple[str, ...]) -> bool:
        """Whether the concept is one of the gold ids."""
        return bool(self.ids(concept_id) & set(gold))

    def kin(self, concept_id: str, gold: tuple[str, ...]) -> str | None:
        """How a link that isn't right is related: a gene's ortholog, or the family that it belongs to."""
        for edge in self._lexicon.edges(concept_id):
            other = edge.object if edge.subject == concept_id else edge.subject
            if edge.predicate == "ORTHOLOG_OF":
                siblings = {other, *(e.subject for e in self._lexicon.edges(other) if e.predicate == "ORTHOLOG_OF")}
                if any(self.right(s, gold) for s in siblings):
                    return "ortholog"
            if edge.predicate == "MEMBER_OF":
                members = {other, *(e.subject for e in self._lexicon.edges(other) if e.predicate == "ORTHOLOG_OF")}
                if any(self.right(s, gold) for s in members):
                    return "family"
        return None


def measure(linker: Linker, path: Path, *, misses: list[dict[str, object]] | None = None) -> dict[str, Any]:
    """Counts and shares over one corpus file, by type."""
    judge = Judge(linker.lexicon)
    totals: dict[str, Counter[str]] = defaultdict(Counter)
    by_how: dict[str, Counter[str]] = defaultdict(Counter)
    seconds, mentions = 0.0, 0
    for document in read_pubtator(path):
        spans = [(start, end, type) for start, end, type, _ in document.mentions]
        begin = time.perf_counter()
        links = linker.link_document(document.text, spans)
        seconds += time.perf_counter() - begin
        mentions += len(spans)
        for (start, end, type, gold), link in zip(document.mentions, links, strict=True):
            total = totals[type]
            total["mentions"] += 1
            total["gold id unknown"] += not judge.carried(gold)
            right = link is not None and judge.right(link.concept_id, gold)
            kin = judge.kin(link.concept_id, gold) if link is not None and not right and type == "Gene" else None
            total["linked"] += link is not None
            total["linked, gold id known"] += link is not None and judge.carried(gold)
            total["right"] += right
            total["ortholog"] += kin == "ortholog"
            total["family"] += kin == "family"
            if link is not None and judge.carried(gold):
                by_how[f"{type} {link.how}"]["linked"] += 1
                by_how[f"{type} {link.how}"]["right"] += right
                by_how[f"{type} {link.how}"]["family"] += kin == "family"
            if misses is not None and not right and judge.carried(gold):
                misses.append(
                    {
                        "doc": document.identifier,
                        "type": type,
                        "text": document.text[start:end],
                        "gold": gold,
                        "link": link.concept_id if link else None,
                        "how": link.how if link else None,
                        "kin": kin,
                        "around": document.text[max(0, start - 60) : end + 60],
                    }
                )
    return {
        "types": {t: _shares(c) for t, c in totals.items()},
        "how": {h: {**c, "share": round(c["right"] / c["linked"], 3)} for h, c in sorted(by_how.items())},
        "mentions_per_second": round(mentions / seconds),
    }


def _shares(total: Counter[str]) -> dict[str, object]:
    known = total["mentions"] - total["gold id unknown"]
    return {
        **total,
        "linked_share": round(total["linked"] / total["mentions"], 4),
        "precision": round(total["right"] / max(1, total["linked, gold id known"]), 4),
        "accuracy": round(total["right"] / max(1, known), 4),
    }


def score_table(corpora: dict[str, dict[str, Any]]) -> list[str]:
    """Lines `type how share` over all corpora: each way seen at least 20 times, and each kind of way."""
    ways: dict[str, Counter[str]] = defaultdict(Counter)
    for corpus in corpora.values():
        for key, count in corpus["how"].items():
            type, _, how = key.partition(" ")
            for name in {how, kind_of(how)}:
                ways[f"{type} {name}"].update({k: v for k, v in count.items() if k != "share"})
    return [
        f"{way} {(c['right'] + c['family']) / c['linked']:.2f}" for way, c in sorted(ways.items()) if c["linked"] >= 20
    ]


@click.command(help=__doc__)
@click.option("--data", type=click.Path(path_type=Path), default=Path("../shared/data"), show_default=True)
@click.option("--lexicon", type=click.Path(path_type=Path), default=None, help="A lexicon other than the shipped one.")
@click.option("--split", type=click.Choice(["dev", "test"]), default="dev", show_default=True)
@click.option(
    "--misses", type=click.Path(path_type=Path), default=None, help="Write what went wrong here, as JSON lines."
)
@click.option("--scores", is_flag=True, help="Print the table of engine/link/scores.py instead.")
def command(data: Path, lexicon: Path | None, split: str, misses: Path | None, scores: bool) -> None:
    """Measures and prints."""
    begin = time.perf_counter()
    linker = Linker(lexicon=lexicon)
    opened = time.perf_counter() - begin
    wrong: list[dict[str, object]] = []
    corpora = {}
    for name, file in _CORPORA[split].items():
        path = data / "gold" / file
        if not path.is_file():
            raise click.ClickException(f"{path}: no such corpus; --data must hold gold/{file}")
        corpora[name] = measure(linker, path, misses=wrong if misses else None)
    if scores:
        for line in score_table(corpora):
            print(line)
        return
    if misses:
        misses.write_text("".join(json.dumps(m) + "\n" for m in wrong), encoding="utf-8")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    summary = {
        "lexicon": linker.lexicon.version,
        "split": split,
        "open_seconds": round(opened, 3),
        "peak_resident_mb": round(memory),
        "corpora": corpora,
    }
    json.dump(summary, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    command()
