"""Names that annotated documents teach a lexicon, and which documents may teach."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from engine.link import curated
from engine.link.annotated import add_annotated
from engine.link.entry import ANNOTATED, CURATED, FULL_NAME, PREFERRED, SYNONYM, WEAK, Entry, LexiconEdge
from engine.link.genes import RAT
from engine.link.mesh import MeshTerm
from engine.link.usage import Usage, passages, read_usage
from engine.schema import CHEMICAL, DISEASE, GENE
from engine.train.annotated import Annotated, CorpusError, GoldMention
from engine.train.pretrain.documents import TextError
from tests.unit.tiny_gold import abstract, write_gold
from tests.unit.tiny_lexicon import entry

KIDNEY, HEART = "mesh:D007674", "mondo:0005267"
HUMAN, MOUSE = "hgnc:3236", "ncbigene:13649"
ORTHOLOG = LexiconEdge(MOUSE, "ORTHOLOG_OF", HUMAN)

Said = tuple[str, str, str]


def vocabulary(*more: Entry) -> dict[str, Entry]:
    entries = [
        entry(KIDNEY, "Disease", {"Kidney Diseases": PREFERRED, "Nephropathy": SYNONYM}),
        entry(HEART, "Disease", {"heart disorder": PREFERRED}, ("mesh:D006331", "omim:1")),
        entry(HUMAN, "Gene", {"EGFR": PREFERRED, "HER1": SYNONYM}, ("ncbigene:1956",)),
        entry(MOUSE, "Gene", {"Egfr": PREFERRED}, ("mgi:95294",)),
        entry("mesh:C1", "Chemical", {"quetiapine": PREFERRED, "ICI 204": WEAK}),
        *more,
    ]
    return {e.concept_id: e for e in entries}


def document(*said: Said, before: str = "We saw ") -> Annotated:
    """A document that says these words one after another, each annotated with a type and an id."""
    text, mentions = before, []
    for surface, type, concept in said:
        mentions.append(GoldMention(len(text), len(text) + len(surface), type, concept))
        text += f"{surface}, "
    return Annotated("PMID:1", "tiny", text, tuple(mentions))


def learn(entries: dict[str, Entry], *documents: Annotated, mesh: dict[str, MeshTerm] | None = None) -> int:
    return add_annotated(list(entries.values()), [ORTHOLOG], mesh or {}, documents)


def kidney(name: str = "renal damage") -> Said:
    return name, DISEASE, "D007674"


def heart(name: str = "renal damage") -> Said:
    return name, DISEASE, "D006331"


# ---------------------------------------------------------------------------------------- whose name it is


def test_most_documents_decide_not_most_mentions() -> None:
    entries = vocabulary()
    added = learn(entries, document(kidney()), document(kidney()), document(heart(), heart(), heart()))
    assert added == 1
    assert entries[KIDNEY].names["renal damage"] == ANNOTATED
    assert "renal damage" not in entries[HEART].names


@pytest.mark.parametrize(("of_kidney", "of_heart", "home"), [(3, 2, KIDNEY), (1, 1, None), (4, 3, None), (2, 3, HEART)])
def test_below_six_tenths_a_name_means_nothing(of_kidney: int, of_heart: int, home: str | None) -> None:
    entries = vocabulary()
    learn(entries, *[document(kidney())] * of_kidney, *[document(heart())] * of_heart)
    assert [i for i, e in entries.items() if "renal damage" in e.names] == ([home] if home else [])


def test_spellings_vote_together_and_are_all_added() -> None:
    entries = vocabulary()
    assert learn(entries, document(kidney("renal damage")), document(kidney("Renal-damage"))) == 2
    assert entries[KIDNEY].names["renal damage"] == entries[KIDNEY].names["Renal-damage"] == ANNOTATED


def test_a_synonym_rises_and_what_stands_higher_stays() -> None:
    entries = vocabulary(entry("mesh:D9", "Disease", {"Pain": PREFERRED, "ache": CURATED}))
    assert learn(entries, document(kidney("Nephropathy"), ("ache", DISEASE, "D9"))) == 1
    assert entries[KIDNEY].names["Nephropathy"] == ANNOTATED
    assert entries["mesh:D9"].names["ache"] == CURATED
    assert learn(entries, document(kidney("Nephropathy"))) == 0


@pytest.mark.parametrize(
    ("concept", "home"),
    [("D006331", HEART), ("MESH:D006331", HEART), ("OMIM:1", HEART), ("-1", None), ("", None), ("D404", None)],
)
def test_ids_as_annotators_write_them(concept: str, home: str | None) -> None:
    entries = vocabulary()
    learn(entries, document(("weak pump", DISEASE, concept)))
    assert [i for i, e in entries.items() if "weak pump" in e.names] == ([home] if home else [])


def test_an_id_of_another_type_is_no_home() -> None:
    entries = vocabulary()
    assert learn(entries, document(("weak pump", CHEMICAL, "D006331"))) == 0


@pytest.mark.parametrize("name", ["RD", "R-D", "(R) d"])
def test_two_letters_teach_nothing(name: str) -> None:
    assert learn(vocabulary(), document(kidney(name))) == 0


def test_a_defined_short_form_teaches_nothing() -> None:
    entries = vocabulary()
    text = "We saw renal damage (RND), and "
    assert learn(entries, document(kidney("RND"), kidney("renal harm"), before=text)) == 1
    assert "RND" not in entries[KIDNEY].names
    assert learn(entries, document(kidney("RND"))) == 1  # undefined, as names are


@pytest.mark.parametrize("concept", ["D007674|D006331", "D007674,D006331", "D007674+D006331", "D007674;D404"])
def test_a_mention_of_several_ids_teaches_nothing(concept: str) -> None:
    assert learn(vocabulary(), document(("renal and cardiac damage", DISEASE, concept))) == 0


def test_an_id_given_twice_is_one() -> None:
    assert learn(vocabulary(), document(("renal damage", DISEASE, "D007674|D007674"))) == 1


# ---------------------------------------------------------------------------------------- an id of several concepts


def lumped() -> dict[str, Entry]:
    """Three concepts that share MeSH's Breast Neoplasms."""
    return vocabulary(
        entry("mondo:1", "Disease", {"breast carcinoma": PREFERRED}, ("mesh:D001943",)),
        entry("mondo:2", "Disease", {"breast neoplasms": FULL_NAME}, ("mesh:D001943",)),
        entry("mondo:3", "Disease", {"breast cancer": PREFERRED}, ("mesh:D001943",)),
    )


MESH = {"D001943": MeshTerm("D001943", "Breast Neoplasms", (), ("C04.588.180",))}


@pytest.mark.parametrize(("name", "home"), [("Breast cancer", "mondo:3"), ("cancer of breast", "mondo:2")])
def test_of_several_concepts_the_one_that_is_named_so_or_as_mesh_does(name: str, home: str) -> None:
    entries = lumped()
    learn(entries, document((name, DISEASE, "D001943")), mesh=MESH)
    assert [i for i, e in entries.items() if name in e.names and e.names[name] == ANNOTATED] == [home]


def test_of_several_concepts_the_one_that_has_the_id_itself() -> None:
    entries = lumped() | vocabulary(entry("mesh:D001943", "Disease", {"tumors of breast": PREFERRED}))
    learn(entries, document(("cancer of breast", DISEASE, "D001943")), mesh=MESH)
    assert "cancer of breast" in entries["mesh:D001943"].names


# ---------------------------------------------------------------------------------------- genes


def test_a_rodent_genes_name_goes_to_the_human_ortholog() -> None:
    entries = vocabulary()
    learn(entries, document(("EGF-R", GENE, "13649")), document(("EGF-R", GENE, "1956")))
    assert entries[HUMAN].names["EGF-R"] == ANNOTATED  # of one mind, though the species differ
    assert "EGF-R" not in entries[MOUSE].names


def test_a_rodent_gene_with_two_human_orthologs_keeps_its_name() -> None:
    entries = vocabulary(entry("hgnc:2", "Gene", {"EGFL": PREFERRED}))
    edges = [ORTHOLOG, LexiconEdge(MOUSE, "ORTHOLOG_OF", "hgnc:2"), LexiconEdge(MOUSE, "ENCODES", "uniprot:1")]
    add_annotated(list(entries.values()), edges, {}, [document(("EGF-R", GENE, "13649"))])
    assert [i for i, e in entries.items() if "EGF-R" in e.names] == [MOUSE]


@pytest.mark.parametrize("rank", [PREFERRED, FULL_NAME])
def test_a_name_that_a_family_holds_stays_the_familys(rank: int) -> None:
    entries = vocabulary(entry("fplx:ERBB", "GeneFamily", {"ERBB": PREFERRED, "ErbB family": rank}))
    assert learn(entries, document(("ErbB-family", GENE, "1956"), ("erbb", GENE, "1956"))) == 0
    assert learn(entries, document(("ErbB kinase", GENE, "1956"))) == 1


def test_a_familys_mere_synonym_may_go() -> None:
    entries = vocabulary(entry("fplx:ERBB", "GeneFamily", {"ERBB": PREFERRED, "EGF-R": SYNONYM}))
    assert learn(entries, document(("EGF-R", GENE, "1956"))) == 1


def test_a_subtype_keeps_its_name_and_takes_the_id_that_lumps_it() -> None:
    entries = vocabulary(entry("mondo:2", "Disease", {"nephrosis": PREFERRED, "renal damage": SYNONYM}))
    edges = [LexiconEdge("mondo:2", "IS_A", "mondo:1"), LexiconEdge("mondo:1", "IS_A", KIDNEY)]
    add_annotated(list(entries.values()), edges, {}, [document(kidney())])
    assert entries["mondo:2"].names["renal damage"] == ANNOTATED
    assert KIDNEY in entries["mondo:2"].xrefs
    assert "renal damage" not in entries[KIDNEY].names


@pytest.mark.parametrize(("called", "taken"), [("Sore", False), ("Renal Damage", True)])
def test_the_general_concept_keeps_its_own_name_and_takes_the_id_of_a_term_that_is_called_so(
    called: str, taken: bool
) -> None:
    entries = vocabulary(entry("mondo:2", "Disease", {"renal damage": PREFERRED}))
    mesh = {"D007674": MeshTerm("D007674", "Kidney Diseases", (called,), ())}
    edges = [LexiconEdge(KIDNEY, "IS_A", "mondo:1"), LexiconEdge("mondo:1", "IS_A", "mondo:2")]
    add_annotated(list(entries.values()), edges, mesh, [document(kidney())] * 3)
    assert "renal damage" not in entries[KIDNEY].names
    assert (KIDNEY in entries["mondo:2"].xrefs) is taken


@pytest.mark.parametrize(("documents", "taught"), [(1, 0), (2, 1)])
def test_one_document_takes_no_disease_its_own_name(documents: int, taught: int) -> None:
    entries = vocabulary(entry("mondo:2", "Disease", {"renal damage": PREFERRED}, ("mesh:D000002",)))
    learn(entries, *[document(kidney())] * documents)
    assert ("renal damage" in entries[KIDNEY].names) is bool(taught)


@pytest.mark.parametrize(("documents", "taken"), [(1, False), (2, True)])
@pytest.mark.parametrize("xrefs", [(), ("mesh:D000099999", "doid:1")])
def test_what_mesh_lacked_keeps_its_name_and_takes_the_id_that_several_documents_write(
    xrefs: tuple[str, ...], documents: int, taken: bool
) -> None:
    entries = vocabulary(entry("mondo:2", "Disease", {"renal damage": PREFERRED}, xrefs))
    learn(entries, *[document(kidney())] * documents)
    assert "renal damage" not in entries[KIDNEY].names
    assert (KIDNEY in entries["mondo:2"].xrefs) is taken


def test_a_plural_is_what_one_of_them_is() -> None:
    entries = vocabulary(entry("mondo:2", "Disease", {"nephrosis": PREFERRED, "renal lesion": SYNONYM}))
    edges = [LexiconEdge("mondo:2", "IS_A", KIDNEY)]
    add_annotated(list(entries.values()), edges, {}, [document(kidney("renal lesions"))])
    assert entries["mondo:2"].names["renal lesions"] == ANNOTATED
    assert "renal lesions" not in entries[KIDNEY].names


def test_a_synonym_elsewhere_gives_way_but_no_preferred_name() -> None:
    entries = vocabulary(
        entry("mondo:3", "Disease", {"sore": PREFERRED, "Renal Damage": SYNONYM}),
        entry("mondo:4", "Disease", {"renal damage": PREFERRED}, ("mesh:D000004",)),
        entry("chebi:9", "Chemical", {"mud": PREFERRED, "renal damage": SYNONYM}),
    )
    learn(entries, document(kidney()), document(kidney()))
    assert entries[KIDNEY].names["renal damage"] == ANNOTATED
    assert list(entries["mondo:3"].names) == ["sore"]
    assert list(entries["mondo:4"].names) == ["renal damage"]
    assert "renal damage" in entries["chebi:9"].names


def test_names_that_mean_nothing_are_taken_from_whom_annotators_gave_them_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(curated, "CURATED_NAMES", "Disease | - | renal damage; nephropathy")
    entries = vocabulary(entry("chebi:9", "Chemical", {"mud": PREFERRED, "renal damage": SYNONYM}))
    learn(entries, document(kidney()))
    curated.drop_meaningless(list(entries.values()))
    assert list(entries[KIDNEY].names) == ["Kidney Diseases", "Nephropathy"]
    assert entries[KIDNEY].names["Nephropathy"] == WEAK, "a vocabulary's own name stays, for texts that spell it out"
    assert entries["chebi:9"].names["renal damage"] == SYNONYM


def test_a_class_of_genes_is_none_of_them_and_its_family_keeps_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(curated, "CURATED_NAMES", "Gene | - | hormone receptor")
    member = entry("hgnc:1", "Gene", {"NR4A1": PREFERRED, "hormone receptor": SYNONYM})
    family = entry("fplx:HR", "GeneFamily", {"hormone receptor": PREFERRED})
    curated.drop_meaningless([member, family])
    assert (member.names["hormone receptor"], family.names["hormone receptor"]) == (WEAK, PREFERRED)


# ---------------------------------------------------------------------------------------- retired ids


def test_a_retired_id_becomes_a_cross_reference_of_what_is_named_so() -> None:
    entries = vocabulary()
    learn(entries, document(("quetiapine", CHEMICAL, "C069541"), ("Seroquel", CHEMICAL, "C069541")))
    assert entries["mesh:C1"].xrefs == {"mesh:C069541"}
    assert entries["mesh:C1"].names["Seroquel"] == ANNOTATED  # which no vocabulary had


@pytest.mark.parametrize(
    ("name", "type", "concept"),
    [
        ("quetiapine", DISEASE, "C069541"),  # another type
        ("ICI 204", CHEMICAL, "C069541"),  # a weak name
        ("quetiapine", CHEMICAL, "C069541|C2"),  # one of several
        ("quetiapin", CHEMICAL, "C069541"),  # another name
    ],
)
def test_a_retired_id_that_nothing_is_named_by_is_nobodys(name: str, type: str, concept: str) -> None:
    entries = vocabulary()
    assert learn(entries, document((name, type, concept))) == 0
    assert entries["mesh:C1"].xrefs == set()


def test_a_name_of_two_concepts_tells_no_retired_id() -> None:
    entries = vocabulary(entry("mesh:C2", "Drug", {"Quetiapine": SYNONYM}))
    learn(entries, document(("quetiapine", CHEMICAL, "C069541")))
    assert all("mesh:C069541" not in e.xrefs for e in entries.values())


def test_an_entrez_id_that_no_list_has_is_a_rats_in_a_document_of_rats() -> None:
    entries = vocabulary(entry("rgd:2543", "Gene", {"Egfr": PREFERRED}, taxon=RAT))
    learn(entries, document(("EGFR", GENE, "24329"), before="In rats we saw "))
    assert entries["rgd:2543"].xrefs == {"ncbigene:24329"}
    entries = vocabulary(entry("rgd:2543", "Gene", {"Egfr": PREFERRED}, taxon=RAT))
    learn(entries, document(("EGFR", GENE, "24329")))
    assert all("ncbigene:24329" not in e.xrefs for e in entries.values())


def test_an_id_that_a_vocabulary_holds_is_not_retired() -> None:
    entries = vocabulary()
    learn(entries, document(("quetiapine", CHEMICAL, "D007674")))
    assert entries["mesh:C1"].xrefs == set()


# ---------------------------------------------------------------------------------------- which documents teach


def record(pmid: int, title: str, *, end: str = "It is old.") -> str:
    """A PubTator record that says aspirin first."""
    title = f"Aspirin {title}"
    return f"{pmid}|t|{title}\n{pmid}|a|{end}\n{pmid}\t0\t7\tAspirin\tChemical\tD001241\n"


REPORTED_TITLE = "Zinc and asthma of long standing in rats 101."
GOLD = {
    "bc5cdr/CDR_TrainingSet.PubTator.txt.gz": "\n".join(
        [
            record(1, "in a study of thirty-one patients."),
            abstract(100, "of an id that is reported"),
            abstract(2, "in rats 101", "Zinc"),  # the title of a reported document
        ]
    ),
    "bc5cdr/CDR_DevelopmentSet.PubTator.txt.gz": record(99, "in a study of ninety-nine patients."),
    "ncbi-disease/NCBItrainset_corpus.txt.gz": "11|t|Glioma in a family of eleven persons.\n11|a|None.\n"
    "11\t0\t6\tGlioma\tModifier\tD005910\n",
    "ncbi-disease/NCBIdevelopset_corpus.txt.gz": "12|t|Ataxia in a family of twelve persons.\n12|a|None.\n",
    "biored/Train.PubTator.gz": "13|t|TP53 in a family of thirteen persons.\n13|a|None.\n"
    "13\t0\t4\tTP53\tGeneOrGeneProduct\t7157\n",
    "drugprot/drugprot_training_abstracs.PARTIAL.tsv.gz": "14\tAspirin of a trial of fourteen persons.\tIt is old.\n",
    "drugprot/drugprot_training_entities.tsv.gz": "14\tT1\tCHEMICAL\t0\t7\tAspirin\n",
    "drugprot/drugprot_training_relations.tsv.gz": "",
}
OF_DRUGPROT = "Aspirin of a trial of fourteen persons."
TEXTS = [
    {"pmid": "1", "title": "Aspirin in a study of thirty-one patients.", "abstract": "It is old."},
    {"pmid": "99", "title": "Aspirin in a study of ninety-nine patients.", "abstract": "It is old."},
    {"pmid": "100", "title": "A reported document by its id alone.", "abstract": "It is old."},
    {"pmid": "7", "title": REPORTED_TITLE, "abstract": "Another text under it."},
]
LOOSE = [
    {"title": "Of no id at all, but of a long enough title.", "abstract": "It is old."},
    {"title": "The abstract of a paper that is read in full.", "abstract": "It is old."},
]


PAPERS = [
    {
        "pmid": "8",
        "title": "A full paper of two passages.",
        "abstract": "It is short.",
        "body": f"{'x' * 1500}\nThe end.",
    },
    {"pmid": "101", "title": "A full paper of an id that is reported.", "abstract": "It is old.", "body": "So it is."},
    {"pmid": "9", "title": TEXTS[0]["title"], "abstract": "It is old.", "body": "Of a document that is annotated."},
]
OF_CRAFT = {"pmid": "10", "title": LOOSE[1]["title"], "body": "A paper whose abstract is there too."}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder of data: gold/ with what teaches and what is reported, corpus/ with abstracts and full papers."""
    write_gold(tmp_path, GOLD)
    (tmp_path / "corpus").mkdir()
    files = {"abstracts_pmid": TEXTS, "abstracts_nopmid": LOOSE, "evidence_inference_fulltext": PAPERS}
    for name, rows in {**files, "craft_fulltext": [OF_CRAFT]}.items():
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (tmp_path / "corpus" / f"{name}.jsonl.gz").write_bytes(gzip.compress(lines.encode()))
    return tmp_path


def ids(usage: Usage) -> list[str]:
    return [document.doc_id for document in usage.documents]


def titles(usage: Usage) -> list[str]:
    return [passage.split("\n")[0] for passages in usage.texts for passage in passages]


def tsv(folder: Path, text: str) -> str:
    (folder / "suite.tsv").write_text(text, encoding="utf-8")
    return str(folder / "suite.tsv")


def test_reported_documents_teach_nothing(data: Path) -> None:
    usage = read_usage(data)
    assert ids(usage) == ["PMID:1", "PMID:99", "PMID:11", "PMID:12", "PMID:13"]
    annotated = [document.text.split("\n")[0] for document in usage.documents]
    papers = [PAPERS[0]["title"], "The end.", OF_CRAFT["title"]]
    assert titles(usage) == [*annotated, OF_DRUGPROT, LOOSE[0]["title"], *papers]
    assert {m.type for d in usage.documents for m in d.mentions} == {GENE, CHEMICAL, DISEASE}


def test_a_split_that_is_kept_for_measuring_teaches_nothing(data: Path) -> None:
    usage = read_usage(data, without=["bc5cdr/dev"])
    assert ids(usage) == ["PMID:1", "PMID:11", "PMID:12", "PMID:13"]
    assert OF_DRUGPROT in titles(usage)
    assert OF_DRUGPROT not in titles(read_usage(data, without=["drugprot/train"]))
    assert TEXTS[1]["title"] not in titles(usage)
    assert ids(read_usage(data, without=["bc5cdr/dev", "biored/train", "ncbi-disease/dev"])) == ["PMID:1", "PMID:11"]


@pytest.mark.parametrize("prefix", ["", "PMID:"])
def test_documents_that_a_table_names_teach_nothing(data: Path, prefix: str) -> None:
    table = tsv(data, f"case\tdoc_id\n1\t{prefix}99\n2\t{prefix}13\n3\t{prefix}13\n")
    usage = read_usage(data, without=[table])
    assert ids(usage) == ["PMID:1", "PMID:11", "PMID:12"]
    assert TEXTS[1]["title"] not in titles(usage)


def test_a_text_is_cut_at_line_ends_and_nothing_is_lost() -> None:
    lines = ["a" * 30, "", "b" * 80, "c", "d" * 20]
    assert list(passages("\n".join(lines), least_chars=100)) == ["\n".join(lines[:3]), "\n".join(lines[3:])]
    assert list(passages("short")) == ["short"]
    assert list(passages("")) == []


def test_a_table_without_doc_id_is_named(data: Path) -> None:
    with pytest.raises(CorpusError, match=r"suite\.tsv: expected a table with a column doc_id"):
        read_usage(data, without=[tsv(data, "case\tpmid\n1\t99\n")])
    with pytest.raises(CorpusError, match=r"absent\.tsv: No such file"):
        read_usage(data, without=[str(data / "absent.tsv")])


def test_an_unknown_split_is_named(data: Path) -> None:
    with pytest.raises(CorpusError, match="no split 'devel' of corpus 'bc5cdr'"):
        read_usage(data, without=["bc5cdr/devel"])


def test_a_missing_file_is_named(data: Path) -> None:
    (data / "corpus" / "abstracts_nopmid.jsonl.gz").unlink()
    with pytest.raises(TextError, match=r"abstracts_nopmid\.jsonl\.gz: no such file"):
        read_usage(data)
    (data / "gold" / "biored" / "Train.PubTator.gz").unlink()
    with pytest.raises(CorpusError, match=r"Train\.PubTator\.gz is missing"):
        read_usage(data)


def toll() -> dict[str, Entry]:
    """Three genes of a class that nobody lists as a family, and one that has nothing to do with it."""
    members = [
        Entry(f"hgnc:{i}", "Gene", f"TLR{i}", taxon="ncbitaxon:9606", xrefs={f"ncbigene:{i}"}) for i in (11, 12, 13)
    ]
    for i, member in enumerate(members, start=1):
        member.add(f"toll like receptor {i}", FULL_NAME)
    return vocabulary(*members)


@pytest.mark.parametrize(("documents", "taught"), [(1, 0), (2, 0), (3, 1)])
def test_the_name_of_a_class_means_one_gene_if_several_documents_say_so(documents: int, taught: int) -> None:
    said = [document(("toll-like receptor", GENE, "1956")) for _ in range(documents)]
    assert learn(toll(), *said) == taught


@pytest.mark.parametrize(("name", "documents", "taught"), [("cytokine", 1, 0), ("cytokine", 2, 1), ("CYT-1", 1, 1)])
def test_plain_words_mean_a_gene_if_two_documents_say_so(name: str, documents: int, taught: int) -> None:
    assert learn(vocabulary(), *[document((name, GENE, "1956"))] * documents) == taught


def test_plain_words_that_the_gene_is_listed_as_need_one_document() -> None:
    entries = vocabulary()
    entries[HUMAN].add("cytokine", SYNONYM)
    assert learn(entries, document(("cytokine", GENE, "1956"))) == 1


@pytest.mark.parametrize(("documents", "taught"), [(1, 0), (2, 1)])
def test_one_document_takes_no_name_from_another_gene(documents: int, taught: int) -> None:
    entries = vocabulary(entry("hgnc:7", "Gene", {"TFRC": PREFERRED, "CYT-1": FULL_NAME}))
    assert learn(entries, *[document(("CYT-1", GENE, "1956"))] * documents) == taught
