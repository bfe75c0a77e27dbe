"""Building a lexicon from a few lines of each vocabulary: what joins, what stays apart, what the file keeps."""

from __future__ import annotations

import gzip
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner

from engine.link import curated
from engine.link.archive import ArchiveError, compress, read_archive
from engine.link.build import build_lexicon
from engine.link.entry import VocabularyError
from engine.link.lexicon import Lexicon
from jobs.cli import main
from tests.unit.tiny_vocab import pack_tiny_lexicon, write_tiny_vocab


@pytest.fixture(autouse=True)
def _few_curated_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(curated, "CURATED_NAMES", "Gene | TP53 | p53 tumour suppressor")


@pytest.fixture
def lexicon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lexicon:
    monkeypatch.setenv("HYPOGRAPH_CACHE", str(tmp_path / "cache"))
    packed = pack_tiny_lexicon(tmp_path)
    return Lexicon.open(packed)


def test_one_drug_has_one_id(lexicon: Lexicon) -> None:
    aspirin = lexicon.concept("mesh:D001241")
    assert aspirin is not None
    assert aspirin.type == "Drug"
    assert {"chebi:15365", "drugbank:DB00945", "unii:R16CO5Y76E", "cas:50-78-2"} <= set(aspirin.xrefs)
    assert lexicon.lookup("acetylsalicylic acid", "Chemical") == ("mesh:D001241",)
    assert lexicon.concept("chebi:15365") is None


def test_a_salt_in_mesh_is_its_drug(lexicon: Lexicon) -> None:
    imatinib = lexicon.concept("mesh:D000068877")
    assert imatinib is not None
    assert (imatinib.name, imatinib.type) == ("Imatinib", "Drug")
    assert lexicon.lookup("imatinib", "Chemical") == ("mesh:D000068877",)


def test_glucose_and_water_are_no_drugs(lexicon: Lexicon) -> None:
    for identifier in ("mesh:D005947", "mesh:D014867"):
        concept = lexicon.concept(identifier)
        assert concept is not None
        assert concept.type == "Chemical"


def test_diseases_prefer_mondo_and_phenotypes_are_told_apart(lexicon: Lexicon) -> None:
    assert lexicon.lookup("hypertension", "Disease") == ("mondo:0005044",)
    assert lexicon.lookup("HTN", "Disease") == ("mondo:0005044",)
    pain = lexicon.concept("mesh:D010146")
    assert pain is not None
    assert pain.type == "Phenotype"


def test_a_wrong_cross_reference_is_refused(lexicon: Lexicon) -> None:
    assert lexicon.lookup("seizures", "Disease") == ("mesh:D012640",)
    visual = lexicon.concept("mondo:0001386")
    assert visual is not None
    assert "mesh:D012640" not in visual.xrefs


def test_a_cross_reference_to_a_subtype_goes_to_the_subtype_and_frees_its_place(lexicon: Lexicon) -> None:
    end_stage, chronic = lexicon.concept("mondo:0004375"), lexicon.concept("mondo:0005300")
    assert end_stage is not None
    assert chronic is not None
    assert "mesh:D007676" in end_stage.xrefs
    assert "mesh:D007676" not in chronic.xrefs
    assert "mesh:D051436" in chronic.xrefs
    for name, concept_id in {
        "Renal Insufficiency, Chronic": "mondo:0005300",
        "chronic kidney disease": "mondo:0005300",
        "End-Stage Kidney Disease": "mondo:0004375",
        "ESRD": "mondo:0004375",
    }.items():
        assert lexicon.lookup(name, "Disease")[:1] == (concept_id,)


def test_a_term_that_a_kind_of_it_is_cross_referenced_to_stands_above_that_kind(lexicon: Lexicon) -> None:
    for name in ("Mitral Valve Insufficiency", "mitral regurgitation"):
        assert lexicon.lookup(name, "Disease")[:1] == ("mesh:D008944",)
    congenital = lexicon.concept("mondo:0001298")
    assert congenital is not None
    assert "mesh:D008944" not in congenital.xrefs
    edges = {(e.subject, e.predicate, e.object) for e in lexicon.edges("mondo:0001298")}
    assert ("mondo:0001298", "IS_A", "mesh:D008944") in edges


def test_a_term_that_a_risk_of_it_is_called_by_is_the_disease_itself(lexicon: Lexicon) -> None:
    assert lexicon.lookup("Melanoma, Cutaneous Malignant", "Disease")[:1] == ("mondo:0005012",)
    melanoma = lexicon.concept("mondo:0005012")
    assert melanoma is not None
    assert "mesh:D000096142" in melanoma.xrefs


@pytest.mark.parametrize(
    ("name", "concept_id", "xref"),
    [
        ("Hepatitis C", "mondo:0005231", "mesh:D006526"),  # the cross-reference says so, a name in other words too
        ("Lactation Disorders", "mondo:0045019", "mesh:D007775"),  # preferred names of the same words
        ("Adenocarcinoma of Lung", "mondo:0005061", "mesh:D000077192"),  # each is called by the other's name
        ("dissection of the aorta", "mesh:D000784", "doid:0080685"),  # which MONDO has not
    ],
)
def test_a_concept_of_two_vocabularies_is_one(lexicon: Lexicon, name: str, concept_id: str, xref: str) -> None:
    assert lexicon.lookup(name, "Disease") == (concept_id,)
    concept = lexicon.concept(concept_id)
    assert concept is not None
    assert xref in {concept_id, *concept.xrefs}


def test_a_kind_of_a_mesh_term_keeps_its_cross_reference(lexicon: Lexicon) -> None:
    assert lexicon.lookup("Prostatic Hyperplasia", "Disease") == ("mesh:D011470",)
    benign = lexicon.concept("mondo:0010811")
    assert benign is not None
    assert "mesh:D011470" in benign.xrefs


def test_a_tumour_is_not_lumped_with_the_organs_other_diseases(lexicon: Lexicon) -> None:
    disorder, cancer = lexicon.concept("mondo:0004335"), lexicon.concept("mondo:0002516")
    assert disorder is not None
    assert "mesh:D004066" in disorder.xrefs
    assert cancer is not None
    assert "mesh:D004066" not in cancer.xrefs


def test_what_mesh_lumps_shares_its_id(lexicon: Lexicon) -> None:
    cancer = lexicon.concept("mondo:0007254")
    assert cancer is not None
    assert "mesh:D001943" in cancer.xrefs
    assert lexicon.lookup("breast cancer", "Disease")[0] == "mondo:0007254"
    carcinoma, ductal = lexicon.concept("mondo:0004989"), lexicon.concept("mondo:0021101")
    assert carcinoma is not None
    assert "mesh:D001943" in carcinoma.xrefs, "through its parent, whichever comes first in the file"
    assert ductal is not None
    assert "mesh:D001943" not in ductal.xrefs, "which says more than the site"


def test_a_name_of_a_term_and_its_subtype_means_the_term(lexicon: Lexicon) -> None:
    first, second = lexicon.candidates("migraine", "Disease")
    assert first.concept_id == "mondo:0005277"
    assert first.rank < second.rank


def test_genes_with_their_edges(lexicon: Lexicon) -> None:
    edges = {(e.subject, e.predicate, e.object) for e in lexicon.edges("hgnc:3236")}
    assert ("hgnc:3236", "ENCODES", "uniprot:P00533") in edges
    assert ("ncbigene:13649", "ORTHOLOG_OF", "hgnc:3236") in edges
    assert ("hgnc:3236", "MEMBER_OF", "fplx:ERBB") in edges
    assert ("ncbigene:13649", "ENCODES", "uniprot:Q01279") in {
        (e.subject, e.predicate, e.object) for e in lexicon.edges("ncbigene:13649")
    }
    assert lexicon.orthologs("rgd:2543") == ("hgnc:3236",)
    assert lexicon.lookup("cerbB-1", "Gene") == ("hgnc:3236",)  # from MeSH's "EGFR protein, human"


def test_a_rat_gene_has_the_entrez_id_that_it_was_named_by(lexicon: Lexicon) -> None:
    rat = lexicon.concept("rgd:2543")
    assert rat is not None
    assert "ncbigene:24329" in rat.xrefs
    assert lexicon.lookup("LOC24329", "Gene") == ()


def test_predicted_genes_and_strain_copies_are_left_out(lexicon: Lexicon) -> None:
    assert lexicon.concept("ncbigene:69000") is None
    assert lexicon.concept("ncbigene:17709") is None
    assert lexicon.concept("rgd:9999") is None


def test_unknown_names_and_ids(lexicon: Lexicon) -> None:
    assert lexicon.lookup("no such thing", "Gene") == ()
    assert lexicon.lookup("", "Disease") == ()
    assert lexicon.concept("mesh:D999999") is None
    assert lexicon.edges("zzz:1") == ()


def test_same_inputs_same_bytes(tmp_path: Path) -> None:
    first = build_lexicon(write_tiny_vocab(tmp_path / "a"))
    second = build_lexicon(write_tiny_vocab(tmp_path / "b"))
    assert first.packed == second.packed
    assert compress(first.packed) == compress(second.packed)


def test_every_lookup_is_of_a_listed_name(lexicon: Lexicon) -> None:
    for identifier in ("hgnc:11998", "mesh:D001241", "mondo:0005044"):
        concept = lexicon.concept(identifier)
        assert concept is not None
        type = {"Gene": "Gene", "Drug": "Chemical", "Disease": "Disease"}[concept.type]
        for name in (concept.name, *concept.synonyms):
            assert identifier in lexicon.lookup(name, type), name


def test_a_missing_vocabulary_is_named(tmp_path: Path) -> None:
    vocab = write_tiny_vocab(tmp_path)
    (vocab / "mondo.tsv.gz").unlink()
    with pytest.raises(VocabularyError, match=r"mondo\.tsv\.gz"):
        build_lexicon(vocab)


def test_a_curated_line_without_a_concept_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(curated, "CURATED_NAMES", "Gene | NOSUCHGENE | whatever")
    with pytest.raises(ValueError, match="NOSUCHGENE"):
        build_lexicon(write_tiny_vocab(tmp_path))


def test_a_familys_names_are_curated_apart_from_its_members(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HYPOGRAPH_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(curated, "CURATED_NAMES", "GeneFamily | ERBB | HER receptors")
    assert _open(build_lexicon(write_tiny_vocab(tmp_path)).packed, tmp_path).lookup("HER receptors", "Gene") == (
        "fplx:ERBB",
    )


def test_a_risk_of_a_disease_is_not_called_by_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HYPOGRAPH_CACHE", str(tmp_path / "cache"))
    vocab = write_tiny_vocab(tmp_path)
    with gzip.open(vocab / "mondo.tsv.gz", "at", encoding="utf-8") as file:
        names = "THPH1|venous thrombosis|venous thrombosis, protection against"
        file.write(
            "\t".join(("MONDO:0008559", "thrombophilia due to thrombin defect", names, "", "", "0000001")) + "\n"
        )
    lexicon = _open(build_lexicon(vocab).packed, tmp_path)
    assert lexicon.lookup("THPH1", "Disease") == ("mondo:0008559",)
    assert lexicon.lookup("venous thrombosis", "Disease") == ()
    assert "mondo:0008000" in lexicon.lookup("migraine", "Disease")  # a word of its name


def _open(packed: bytes, folder: Path) -> Lexicon:
    path = folder / "lexicon.zst"
    path.write_bytes(compress(packed))
    return Lexicon.open(path)


def test_damaged_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HYPOGRAPH_CACHE", str(tmp_path / "cache"))
    packed = build_lexicon(write_tiny_vocab(tmp_path)).packed
    with pytest.raises(ArchiveError, match="past the end"):
        read_archive(packed[:-4096], source="x")
    bad = tmp_path / "bad.zst"
    bad.write_bytes(compress(packed)[:-100])
    with pytest.raises(ArchiveError, match=r"bad\.zst"):
        Lexicon.open(bad)
    assert not list((tmp_path / "cache").rglob("*.lex"))
    text = tmp_path / "text.lex"
    text.write_text("hello, this is no lexicon")
    with pytest.raises(ArchiveError, match=r"text\.lex"):
        Lexicon.open(text)
    with pytest.raises(FileNotFoundError, match="lexicon build"):
        Lexicon.open(tmp_path / "none.zst")


def test_several_may_unpack_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HYPOGRAPH_CACHE", str(tmp_path / "cache"))
    packed = pack_tiny_lexicon(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        opened = list(pool.map(lambda _: Lexicon.open(packed), range(16)))
    assert {lexicon.lookup("EGFR", "Gene")[0] for lexicon in opened} == {"hgnc:3236"}
    assert len(list((tmp_path / "cache").rglob("*"))) == 2  # the folder and one file, nothing left half-done


def test_what_shall_not_teach_has_no_meaning_where_nothing_does(tmp_path: Path) -> None:
    asked = ["lexicon", "build", "--no-usage", "--without", "bc5cdr/dev", "--out", str(tmp_path / "lexicon.zst")]
    result = CliRunner().invoke(main, asked)
    assert result.exit_code == 2
    assert "--without" in result.output
