"""Tiny gold: chemicals that cause asthma to learn from, and every reported split."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

from engine.schema import CHEMICAL, DISEASE

NAMES = ("aspirin", "ibuprofen", "timolol", "glucose")


def abstract(pmid: int, title: str, chemical: str = "Aspirin") -> str:
    """A PubTator record of a chemical that induces asthma, with a bar in its text."""
    title = f"{chemical} and asthma of long standing {title}."
    at = len(title) + 1
    return (
        f"{pmid}|t|{title}\n{pmid}|a|{chemical} causes asthma | often.\n"
        f"{pmid}\t0\t{len(chemical)}\t{chemical}\tChemical\tC1\n"
        f"{pmid}\t{len(chemical) + 5}\t{len(chemical) + 11}\tasthma\tDisease\tD1\n"
        f"{pmid}\t{at}\t{at + len(chemical)}\t{chemical}\tChemical\tC1\n"
        f"{pmid}\tCID\tC1\tD1\n"
    )


FILES = {
    "bc5cdr/CDR_TrainingSet.PubTator.txt.gz": "\n".join(abstract(i, f"in study {i}") for i in range(1, 21)),
    "bc5cdr/CDR_DevelopmentSet.PubTator.txt.gz": abstract(99, "in study 99"),
    "bc5cdr/CDR_TestSet.PubTator.txt.gz": "\n".join(abstract(i, f"in rats {i}", "Zinc") for i in range(100, 104)),
    "ncbi-disease/NCBItestset_corpus.txt.gz": "200|t|Glioma.\n200|a|None.\n200\t0\t6\tGlioma\tSpecificDisease\tD9\n",
    "bc2gm/test.tsv.gz": "TNF\tB-GENE\nrises\tO\n",
    "drugprot/drugprot_development_abstracs.tsv.gz": "300\tAspirin.\tIt inhibits COX.\n",
    "drugprot/drugprot_development_entities.tsv.gz": "300\tT1\tCHEMICAL\t0\t7\tAspirin\n300\tT2\tGENE-Y\t21\t24\tCOX\n",
    "drugprot/drugprot_development_relations.tsv.gz": "300\tINHIBITOR\tArg1:T1\tArg2:T2\n",
    "biored/Dev.PubTator.gz": "400|t|EGFR.\n400|a|None.\n400\t0\t4\tEGFR\tGeneOrGeneProduct\t1956\n",
}
GE_ARCHIVE = "bionlp-st/2013-ge.tar.gz"


def genia_archive(text: str, a1: str, a2: str, *, split: str = "train", stem: str = "PMID-1") -> bytes:
    """An archive of BioNLP's GE task with one document."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for suffix, content in (("txt", text), ("a1", a1), ("a2", a2)):
            member = tarfile.TarInfo(f"2013-ge/{split}/{stem}.{suffix}")
            member.size = len(content.encode())
            tar.addfile(member, io.BytesIO(content.encode()))
    return buffer.getvalue()


def write_gold(folder: Path, replaced: Mapping[str, str] | None = None) -> Path:
    """Write `gold/` into a folder; `replaced`: files with other content."""
    files = {name: gzip.compress(text.encode()) for name, text in {**FILES, **(replaced or {})}.items()}
    files[GE_ARCHIVE] = genia_archive("IL4 is a gene.", "T1\tProtein 0 3\tIL4\n", "", split="devel", stem="PMID-500")
    for name, content in files.items():
        path = folder / "gold" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def write_tiny_gold(folder: Path) -> Path:
    """Write `gold/` into a folder: 60 abstracts of BC5CDR's train part, in which the first two of `NAMES` occur."""
    records = []
    for i in range(1, 61):
        name = NAMES[i % 2].capitalize()
        title = f"{name} and asthma {i}."
        ends = [(0, len(name)), (len(name) + 5, len(name) + 11), (len(title) + 1, len(title) + 1 + len(name))]
        spans = zip(ends, (name, "asthma", name), (CHEMICAL, DISEASE, CHEMICAL), ("C1", "D1", "C1"), strict=True)
        lines = [f"{i}\t{start}\t{end}\t{text}\t{type}\t{concept}\n" for (start, end), text, type, concept in spans]
        records.append(f"{i}|t|{title}\n{i}|a|{name} causes it.\n{''.join(lines)}{i}\tCID\tC1\tD1\n")
    return write_gold(folder, {"bc5cdr/CDR_TrainingSet.PubTator.txt.gz": "\n".join(records)})
