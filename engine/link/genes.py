"""Genes of human, mouse and rat, their proteins and orthologs, as lexicon entries.

Sources: HGNC (CC0), NCBI Gene (public domain), RGD (CC BY 4.0), UniProt entry names (CC BY 4.0). Knows nothing
of families or other vocabularies. Trade-off: predicted genes without a name of their own (mouse Gm123, rat
LOC123) are left out, as text never means them and their names collide;
so are NCBI's copies of mitochondrial genes by mouse strain, which have no MGI id. RGD's list has no Entrez ids: a rat
gene has those that it was named by before ("LOC287871"), a third of them.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from engine.link.entry import FULL_NAME, PREFERRED, SYNONYM, WEAK, Entry, LexiconEdge, read_table, split
from engine.link.mesh import MeshTerm

HUMAN: Final = "ncbitaxon:9606"
MOUSE: Final = "ncbitaxon:10090"
RAT: Final = "ncbitaxon:10116"

_MOUSE_TYPES_LEFT_OUT: Final = frozenset({"pseudo", "biological-region", "unknown", "other", "tRNA", "scRNA"})
_PREDICTED: Final = re.compile(r"(Gm|LOC|RGD|AABR|AC|AY)[0-9]+(\.[0-9]+)?([a-z]|-ps[0-9]*)?\Z")
_FORMER_NAME: Final = re.compile(r"LOC([0-9]+)\Z")  # NCBI's name by its own id, until a gene has a better one


_MESH_PROTEIN: Final = re.compile(r"(\S+) protein, (human|mouse|rat)\Z")
_MESH_SPECIES: Final = re.compile(r"( protein)?, (human|mouse|rat)\Z")


def add_mesh_names(genes: list[Entry], mesh: dict[str, MeshTerm]) -> None:
    """Adds the synonyms of MeSH's "SYMBOL protein, species" to the gene with that official symbol."""
    taxa = {"human": HUMAN, "mouse": MOUSE, "rat": RAT}
    by_symbol = {(g.taxon, g.name.lower()): g for g in genes if g.type == "Gene"}
    for term in mesh.values():
        match = _MESH_PROTEIN.match(term.name)
        gene = by_symbol.get((taxa[match.group(2)], match.group(1).lower())) if match else None
        if gene is not None:
            gene.xrefs.add(f"mesh:{term.identifier}")
            for synonym in term.synonyms:
                name = _MESH_SPECIES.sub("", synonym)
                if name != synonym:
                    gene.add(name, SYNONYM)


def build_genes(vocab: Path) -> tuple[list[Entry], list[LexiconEdge]]:
    """Gene and Protein entries of the three species, with ENCODES and ORTHOLOG_OF edges."""
    edges: list[LexiconEdge] = []
    human, orthologs = _human(vocab)
    rodents = [*_mouse(vocab, orthologs, edges), *_rat(vocab, orthologs, edges)]
    proteins = _proteins(vocab, human, rodents, edges)
    return [*human, *rodents, *proteins], edges


def _human(vocab: Path) -> tuple[list[Entry], dict[str, list[str]]]:
    entries: list[Entry] = []
    orthologs: dict[str, list[str]] = {}  # `mgi:` and `rgd:` ids to human genes
    columns = ("hgnc_id", "symbol", "name", "locus_group", "entrez_id", "uniprot_ids", "ensembl", "mgi_ids", "rgd_ids")
    for row in read_table(vocab / "genes_human.tsv.gz", (*columns, "synonyms")):
        hgnc, symbol, name, group, entrez, uniprot, ensembl, mgi, rgd, synonyms = row
        entry = Entry(hgnc.lower(), "Gene", symbol, HUMAN)
        entry.add(symbol, PREFERRED)
        pseudo = group == "pseudogene"
        entry.add(name, FULL_NAME)
        for synonym in [] if pseudo else split(synonyms):
            entry.add(synonym, SYNONYM if len(synonym) > 1 else WEAK)
        entry.xrefs.update(f"ncbigene:{i}" for i in _ids(entrez))
        entry.xrefs.update(f"uniprot:{i}" for i in _ids(uniprot))
        entry.xrefs.update(f"ensembl:{i}" for i in _ids(ensembl))
        for other in (*_ids(mgi), *_ids(rgd)):
            orthologs.setdefault(other.lower(), []).append(entry.concept_id)
        entries.append(entry)
    return entries, orthologs


def _mouse(vocab: Path, orthologs: dict[str, list[str]], edges: list[LexiconEdge]) -> list[Entry]:
    entries = []
    columns = ("entrez_id", "mgi_id", "symbol", "name", "type", "synonyms")
    for entrez, mgi, symbol, name, kind, synonyms in read_table(vocab / "genes_mouse.tsv.gz", columns):
        human = orthologs.get(f"mgi:{mgi}", [])
        if not mgi or (not human and (kind in _MOUSE_TYPES_LEFT_OUT or _PREDICTED.match(symbol))):
            continue
        entry = Entry(f"ncbigene:{entrez}", "Gene", symbol, MOUSE)
        entry.add(symbol, PREFERRED)
        entry.add(name, FULL_NAME)
        for synonym in split(synonyms):
            entry.add(synonym, SYNONYM if len(synonym) > 1 else WEAK)
        entry.xrefs.add(f"mgi:{mgi}")
        edges += [LexiconEdge(entry.concept_id, "ORTHOLOG_OF", h) for h in human]
        entries.append(entry)
    return entries


def _rat(vocab: Path, orthologs: dict[str, list[str]], edges: list[LexiconEdge]) -> list[Entry]:
    entries = []
    for rgd, symbol, ensembl, synonyms in read_table(
        vocab / "genes_rat.tsv.gz", ("rgd_id", "symbol", "ensembl", "synonyms")
    ):
        human = orthologs.get(f"rgd:{rgd}", [])
        if not human and _PREDICTED.match(symbol):
            continue
        entry = Entry(f"rgd:{rgd}", "Gene", symbol, RAT)
        entry.add(symbol, PREFERRED)
        for synonym in split(synonyms):
            if former := _FORMER_NAME.match(synonym):
                entry.xrefs.add(f"ncbigene:{former[1]}")
            elif not _PREDICTED.match(synonym):
                entry.add(synonym, SYNONYM if len(synonym) > 1 else WEAK)
        entry.xrefs.update(f"ensembl:{i}" for i in _ids(ensembl)[:1])
        edges += [LexiconEdge(entry.concept_id, "ORTHOLOG_OF", h) for h in human]
        entries.append(entry)
    return entries


def _proteins(vocab: Path, human: list[Entry], rodents: list[Entry], edges: list[LexiconEdge]) -> list[Entry]:
    """Reviewed proteins with their genes: human by HGNC, rodent where UniProt gives the ortholog the same mnemonic."""
    mnemonics: dict[str, str] = {}  # accession to entry name
    by_entry_name: dict[str, str] = {}
    for accession, entry_name, _ in read_table(
        vocab / "uniprot_human_mouse_rat.tsv.gz", ("accession", "entry_name", "taxon")
    ):
        mnemonics[accession] = entry_name
        by_entry_name[entry_name] = accession
    accessions = {e.concept_id: sorted(x[8:] for x in e.xrefs if x.startswith("uniprot:")) for e in human}
    ortholog_of: dict[str, list[str]] = {}
    for edge in edges:
        ortholog_of.setdefault(edge.subject, []).append(edge.object)
    proteins: dict[str, Entry] = {}

    def encode(gene: Entry, accession: str) -> None:
        name = next((n for n, rank in gene.names.items() if rank == FULL_NAME), gene.name)
        protein = proteins.setdefault(accession, Entry(f"uniprot:{accession}", "Protein", name, gene.taxon))
        protein.add(name, PREFERRED)
        if accession in mnemonics:
            protein.add(mnemonics[accession], SYNONYM)
        gene.xrefs.add(f"uniprot:{accession}")
        edges.append(LexiconEdge(gene.concept_id, "ENCODES", protein.concept_id))

    for gene in human:
        for accession in accessions[gene.concept_id]:
            encode(gene, accession)
    for gene in rodents:
        suffix = "_MOUSE" if gene.taxon == MOUSE else "_RAT"
        for human_id in ortholog_of.get(gene.concept_id, []):
            for accession in accessions.get(human_id, []):
                twin = by_entry_name.get(mnemonics.get(accession, "?").replace("_HUMAN", suffix))
                if twin is not None and f"uniprot:{twin}" not in gene.xrefs:
                    encode(gene, twin)
    return [proteins[a] for a in sorted(proteins)]


def _ids(text: str) -> list[str]:
    return [part for part in re.split(r"[|;, ]+", text) if part]
