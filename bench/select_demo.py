"""Choose the PubMed records that `hypograph demo` reads, and write them to one file.

    python -m bench.select_demo [--data ../shared/data] [--count 400] [--out jobs/demo/records.xml.gz]

A record may be chosen if it has an abstract and a PMID and claims no copyright, or a Creative Commons licence, in
`CopyrightInformation` and in the abstract itself. Of those, the ones whose sentences join well-known drugs, genes
and diseases come first. Records are copied byte for byte; the file is the same on every run.
It knows nothing of the extractor: names are looked up in the vocabularies, so the choice can't flatter the model.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
from lxml import etree

_RECORD: Final = re.compile(rb"<PubmedArticle[ >].*?</PubmedArticle>", re.DOTALL)
_CLAIM: Final = re.compile(r"copyright|©|all rights reserved|\(c\)\s*\d{4}", re.IGNORECASE)
_FREE: Final = re.compile(r"creative ?commons|\bcc[ -]by\b|\bcc0\b|public domain", re.IGNORECASE)
_SENTENCE_END: Final = re.compile(r"(?<=[.?!])\s+(?=[A-Z0-9])")
_WORD: Final = re.compile(r"[^\W_]+(?:[-'/][^\W_]+)*")
_LONGEST_NAME: Final = 5  # words
_PAIR_WEIGHT: Final = {
    ("drug", "gene"): 4.0,
    ("disease", "drug"): 3.0,
    ("disease", "gene"): 3.0,
    ("complaint", "drug"): 1.0,
    ("complaint", "gene"): 1.0,
    ("gene", "gene"): 1.0,
}
_NAME_WEIGHT: Final = {"drug": 0.5, "gene": 0.5, "disease": 0.5, "complaint": 0.0}
# Names that the vocabularies list and that say nothing, or mean something else in running text.
_DULL: Final = frozenset(
    {"water", "oxygen", "nitrogen", "air", "gold", "silver", "iron", "copper", "zinc", "carbon", "hydrogen"}
    | {"titanium", "glass", "nail", "alcohol", "ethanol", "glucose", "calcium", "sodium", "potassium", "chloride"}
    | {"phosphorus", "sulfur", "serine", "threonine", "cysteine", "lysine", "glutathione", "disease", "diseases"}
    | {"disorder", "syndrome", "death", "pain", "injury", "infection", "inflammation", "cancer", "tumor", "tumors"}
    | {"tumour", "neoplasm", "carcinoma", "fever", "lesion", "abscess", "impact", "recurrence", "was", "rest"}
)
_PLAIN_SYMBOLS: Final = frozenset(
    {"EGFR", "KRAS", "HRAS", "NRAS", "MYC", "MTOR", "AKT", "VEGF", "VEGFA", "PTEN", "BRAF", "ALK", "SRC", "JAK", "ABL"}
    | {"BCR", "PGR", "TNF", "CRP", "APOE", "AFP", "CEA", "ERK", "AMPK", "TGF", "IGF", "FGF", "PDGF"}
)
_VERTEBRA: Final = re.compile(r"[clts]\d{1,2}")


@dataclass(frozen=True, slots=True)
class Record:
    """One record that may be chosen: where it came from, its bytes, and how much its sentences join."""

    pmid: int
    source: str
    raw: bytes
    score: float
    names: tuple[tuple[str, str], ...]


def _normalise(name: str) -> str:
    return " ".join(_WORD.findall(name)).lower()


def _table(path: Path, *, delimiter: str = "\t") -> Iterator[dict[str, str]]:
    open_text = gzip.open if path.suffix == ".gz" else open
    with open_text(path, "rt", encoding="utf-8") as lines:
        yield from csv.DictReader(lines, delimiter=delimiter)


def load_names(data: Path) -> dict[str, str]:
    """Names of well-known things, normalised, and their kind: "drug", "gene", "disease" or "complaint".

    A drug has a target in DrugCentral or an indication in PharmacotherapyDB; a gene is human; a disease is one that
    PharmacotherapyDB treats, with its synonyms in MeSH; a complaint is any other descriptor of MeSH's branch C.
    """
    names: dict[str, str] = {}
    for row in _table(data / "vocab/genes_human.tsv.gz"):
        for name in (row["symbol"], row["name"], *row["synonyms"].split("|")):
            # "p53" and "vascular endothelial growth factor" are genes; a short plain word such as "impact" is none.
            if any(map(str.isdigit, name)) or len(name.split()) > 1 or name in _PLAIN_SYMBOLS:
                names.setdefault(_normalise(name), "gene")
    indications = list(_table(data / "facts/pharmacotherapydb_indications.tsv"))
    diseases = {_normalise(row["disease"]) for row in indications}
    for row in _table(data / "vocab/mesh_descriptors.tsv.gz"):
        if any(number.startswith("C") and number.count(".") >= 2 for number in row["tree_numbers"].split("|")):
            synonyms = {_normalise(name) for name in (row["name"], *row["synonyms"].split("|"))}
            names.update(dict.fromkeys(synonyms, "disease" if synonyms & diseases else "complaint"))
    names.update(dict.fromkeys(diseases, "disease"))
    names.update((_normalise(row["drug"]), "drug") for row in indications)
    for row in _table(data / "facts/drug_target_drugcentral2023.tsv.gz"):
        names[_normalise(row["drug"])] = "drug"
    return {
        name: kind
        for name, kind in names.items()
        if len(name) > 2 and name[0].isalpha() and name not in _DULL and not _VERTEBRA.fullmatch(name)
    }


def find_names(sentence: str, names: dict[str, str]) -> list[tuple[str, str]]:
    """The known names in a sentence, longest first and not overlapping, as (kind, name)."""
    words = [word.lower() for word in _WORD.findall(sentence)]
    found, at = [], 0
    while at < len(words):
        for length in range(min(_LONGEST_NAME, len(words) - at), 0, -1):
            name = " ".join(words[at : at + length])
            if name in names:
                found.append((names[name], name))
                at += length
                break
        else:
            at += 1
    return found


def score_abstract(text: str, names: dict[str, str]) -> tuple[float, tuple[tuple[str, str], ...]]:
    """How much the sentences of a text join known names of different kinds, and the names."""
    total, seen = 0.0, set()
    for sentence in _SENTENCE_END.split(text):
        found = sorted(set(find_names(sentence, names)))
        seen.update(found)
        kinds = Counter(kind for kind, _ in found)
        for (left, right), weight in _PAIR_WEIGHT.items():
            pairs = kinds[left] * (kinds[left] - 1) / 2 if left == right else kinds[left] * kinds[right]
            total += weight * min(pairs, 3)  # a sentence that lists twenty genes is not twenty times as good
    total += sum(_NAME_WEIGHT[kind] for kind, _ in seen)
    return total, tuple(sorted(seen))


def claims_copyright(article: etree._Element) -> bool:
    """Whether the record claims a copyright, in its own field or in the abstract, that is not Creative Commons."""
    claims = ["".join(element.itertext()) for element in article.iter("CopyrightInformation")]
    abstract = " ".join("".join(element.itertext()) for element in article.iter("AbstractText", "OtherAbstract"))
    if _CLAIM.search(abstract):
        claims.append(abstract)
    return any(not _FREE.search(claim) for claim in claims)


def read_records(data: Path, names: dict[str, str]) -> Iterator[Record]:
    """Every record of `corpus/medline_xml` that may be chosen; sub-folders hold made-up cases and are left out."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    folder = data / "corpus/medline_xml"
    for path in sorted([*folder.glob("*.xml"), *folder.glob("*.xml.gz")]):
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        for match in _RECORD.finditer(content):
            article = etree.fromstring(match.group(), parser)
            pmid = article.findtext("MedlineCitation/PMID")
            parts = article.findall("MedlineCitation/Article/Abstract/AbstractText")
            if pmid is None or not parts or claims_copyright(article):
                continue
            title = article.find("MedlineCitation/Article/ArticleTitle")
            text = " ".join("".join(part.itertext()).strip() for part in ([] if title is None else [title]) + parts)
            score, found = score_abstract(text, names)
            yield Record(int(pmid), path.name, match.group(), score, found)


def choose(records: Iterator[Record], count: int) -> list[Record]:
    """The `count` best records, each PMID once (first file wins), in the order of their PMIDs."""
    by_pmid: dict[int, Record] = {}
    for record in records:
        by_pmid.setdefault(record.pmid, record)
    best = sorted(by_pmid.values(), key=lambda record: (-record.score, record.pmid))[:count]
    return sorted(best, key=lambda record: record.pmid)


def write_records(records: list[Record], out: Path) -> None:
    """Write the records unchanged as one `PubmedArticleSet`, gzipped without a time stamp."""
    body = b"\n".join(record.raw for record in records)
    content = b'<?xml version="1.0" encoding="UTF-8"?>\n<PubmedArticleSet>\n' + body + b"\n</PubmedArticleSet>\n"
    etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", fileobj=buffer, mode="wb", compresslevel=9, mtime=0) as compressed:
        compressed.write(content)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(buffer.getvalue())


@click.command()
@click.option("--data", type=click.Path(path_type=Path), default=Path("../shared/data"), show_default=True)
@click.option("--count", default=400, show_default=True, help="Records to choose.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("jobs/demo/records.xml.gz"), show_default=True)
def main(data: Path, count: int, out: Path) -> None:
    """Choose the demo's records and write them."""
    chosen = choose(read_records(data, load_names(data)), count)
    write_records(chosen, out)
    names = Counter(name for record in chosen for name in record.names)
    for kind in ("drug", "gene", "disease", "complaint"):
        top = [f"{name} {n}" for (k, name), n in names.most_common() if k == kind][:25]
        click.echo(f"{kind}: {', '.join(top)}", err=True)
    sources = Counter(record.source for record in chosen)
    summary = {"records": len(chosen), "bytes": out.stat().st_size, "lowest_score": min(r.score for r in chosen)}
    click.echo(json.dumps({**summary, "sources": dict(sources.most_common())}))


if __name__ == "__main__":
    main()
