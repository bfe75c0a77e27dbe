from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from engine.assertion import NEGATION_SCOPE, SPECULATION_SCOPE
from engine.schema import CHEMICAL, DISEASE, GENE
from engine.train.annotated import CorpusError
from engine.train.corpora import BC5CDR, BIORED, REPORTED, TRAINING, read_corpus
from engine.train.corpora.bioscope import read_bioscope
from engine.train.corpora.drugprot import read_drugprot
from engine.train.corpora.genia import read_genia_events
from engine.train.corpora.iob import read_iob
from engine.train.corpora.pubtator import read_pubtator
from tests.unit.tiny_gold import genia_archive

PUBTATOR = """1|t|Aspirin and asthma.
1|a|Aspirin causes asthma.
1\t0\t7\tAspirin\tChemical\tD001241
1\t12\t18\tasthma\tDisease\tD001249
1\t20\t27\tAspirin\tChemical\tD001241
1\tCID\tD001241\tD001249
"""


def surfaces(document) -> list[tuple[str, str]]:  # type: ignore[no-untyped-def]
    return [(document.text[m.start : m.end], m.type) for m in document.mentions]


def test_pubtator_offsets_run_through_title_and_abstract() -> None:
    (document,) = read_pubtator(PUBTATOR, BC5CDR, source="f")
    assert surfaces(document) == [("Aspirin", CHEMICAL), ("asthma", DISEASE), ("Aspirin", CHEMICAL)]
    assert [(r.head, r.predicate, r.tail) for r in document.concept_relations] == [("D001241", "INDUCES", "D001249")]


def test_pubtator_names_file_document_and_reason_of_a_wrong_offset() -> None:
    broken = PUBTATOR.replace("12\t18", "13\t19")
    with pytest.raises(CorpusError, match=r"f, 1: offsets 13-19 read 'sthma\.', the annotation says 'asthma'"):
        list(read_pubtator(broken, BC5CDR, source="f"))


@pytest.mark.parametrize(("old", "new"), [("\n", "\r\n"), ("\n\n", "\n \n")])
def test_pubtator_offsets_hold_whatever_ends_a_line(old: str, new: str) -> None:
    two = PUBTATOR + "\n" + ("\n" + PUBTATOR).replace("\n1", "\n2").lstrip()
    assert list(read_pubtator(two.replace(old, new), BC5CDR, source="f")) == list(
        read_pubtator(two, BC5CDR, source="f")
    )


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("0\t7\tAspirin", "0\tseven\tAspirin", "f, 1: a mention from '0' to 'seven'"),
        ("0\t7\tAspirin", "0;20\t7;26\tAspirin", "f, 1: a mention from '0;20' to '7;26'"),
        ("0\t7\tAspirin\tChemical\tD001241", "0\t7\tAspirin", "f, 1: a line of 4 cells: '1\\t0\\t7\\tAspirin'"),
        ("1\tCID", "2\tCID", "f, 1: a line of another document: '2\\tCID"),
    ],
)
def test_pubtator_names_a_line_that_cannot_be_meant(old: str, new: str, reason: str) -> None:
    with pytest.raises(CorpusError) as fault:
        list(read_pubtator(PUBTATOR.replace(old, new), BC5CDR, source="f"))
    assert str(fault.value).startswith(reason)


@pytest.mark.parametrize(
    ("written", "concept"),
    [("\t-1", "-"), ("\t-", "-"), ("\t", "-"), ("\t ", "-"), ("", "-"), ("\t-1|D001249", "D001249")],
)
def test_pubtator_says_nothing_of_mentions_that_have_no_id(written: str, concept: str) -> None:
    without = PUBTATOR.replace("Chemical\tD001241", f"Chemical{written}")
    (document,) = read_pubtator(without, BC5CDR, source="f")
    named = [mention.concept for mention in document.mentions]
    assert concept in named
    assert document.ignored == (
        {("-", one) for one in named} | {(one, "-") for one in named} if "-" in named else set()
    )


@pytest.mark.parametrize("joined", ["D001241,D2", "D001241|D2", "D2;D001241"])
def test_pubtator_relates_each_id_of_a_composite_mention(joined: str) -> None:
    (document,) = read_pubtator(PUBTATOR.replace("Chemical\tD001241", f"Chemical\t{joined}"), BC5CDR, source="f")
    assert [(r.head, r.tail) for r in document.concept_relations] == [("D001241", "D001249")]


def test_undirected_relations_find_their_direction_by_type() -> None:
    text = (
        "2|t|TP53 in glioma.\n2|a|X.\n2\t0\t4\tTP53\tGeneOrGeneProduct\t7157\n"
        "2\t8\t14\tglioma\tDiseaseOrPhenotypicFeature\tD005910\n2\tPositive_Correlation\tD005910\t7157\tNovel\n"
    )
    (document,) = read_pubtator(text, BIORED, source="f")
    assert [(r.head, r.predicate, r.tail) for r in document.concept_relations] == [("7157", "PROMOTES", "D005910")]


def test_drugprot_relations_index_mentions() -> None:
    abstracts = "9\tAspirin.\tIt inhibits COX.\n"
    entities = "9\tT1\tCHEMICAL\t0\t7\tAspirin\n9\tT2\tGENE-Y\t21\t24\tCOX\n"
    (document,) = read_drugprot(abstracts, entities, "9\tINHIBITOR\tArg1:T1\tArg2:T2\n", source="f")
    assert surfaces(document) == [("Aspirin", CHEMICAL), ("COX", GENE)]
    assert [(r.head, r.predicate, r.tail) for r in document.relations] == [(0, "INHIBITS", 1)]
    with pytest.raises(CorpusError, match="T7"):
        list(read_drugprot(abstracts, entities, "9\tINHIBITOR\tArg1:T1\tArg2:T7\n", source="f"))


def test_iob_rebuilds_mentions() -> None:
    content = "S\tB-GENE\n-\tI-GENE\n100\tI-GENE\nand\tO\nTNF\tB-GENE\nIL6\tB-GENE\n\nnone\tO\n"
    first, second = read_iob(content, corpus="bc2gm", type=GENE, source="f")
    assert [s for s, _ in surfaces(first)] == ["S - 100", "TNF", "IL6"]
    assert second.mentions == ()
    with pytest.raises(CorpusError, match="f, line 2"):
        list(read_iob("a\tO\nb\n", corpus="bc2gm", type=GENE, source="f"))


def test_bioscope_keeps_the_outermost_scope_of_each_kind() -> None:
    xml = (
        b'<Annotation><DocumentSet><Document><DocID>7</DocID><DocumentPart><sentence id="S1">It '
        b'<xcope id="X1"><cue type="speculation" ref="X1">may</cue> <xcope id="X2"><cue type="negation" ref="X2">not'
        b'</cue> bind <xcope id="X3"><cue type="negation" ref="X3">no</cue> DNA</xcope></xcope></xcope>.</sentence>'
        b"</DocumentPart></Document></DocumentSet></Annotation>"
    )
    (document,) = read_bioscope(xml, source="f")
    assert document.text == "It may not bind no DNA."
    assert sorted(surfaces(document)) == [
        ("may not bind no DNA", SPECULATION_SCOPE),
        ("not bind no DNA", NEGATION_SCOPE),
    ]


def test_nested_regulation_multiplies_its_signs() -> None:
    text = "A blocks induction of B; C binds B."
    a1 = "T1\tProtein 0 1\tA\nT2\tProtein 22 23\tB\nT3\tProtein 25 26\tC\nT4\tProtein 33 34\tB\n"
    a2 = (
        "T5\tNegative_regulation 2 8\tblocks\nT6\tPositive_regulation 9 18\tinduction\nT7\tBinding 27 32\tbinds\n"
        "E1\tPositive_regulation:T6 Theme:T2\nE2\tNegative_regulation:T5 Theme:E1 Cause:T1\n"
        "E3\tBinding:T7 Theme:T3 Theme2:T4\nM1\tNegation E2\n"
    )
    (document,) = read_genia_events(genia_archive(text, a1, a2), "train", source="f")
    assert {(r.head, r.predicate, r.tail) for r in document.relations} == {(0, "DOWNREGULATES", 1), (2, "BINDS", 3)}


def test_a_cause_that_is_an_event_has_its_sign_too() -> None:
    text = "loss of A raises B"
    a1 = "T1\tProtein 8 9\tA\nT2\tProtein 17 18\tB\n"
    a2 = (
        "T3\tNegative_regulation 0 4\tloss\nT4\tPositive_regulation 10 16\traises\n"
        "E1\tNegative_regulation:T3 Theme:T1\nE2\tPositive_regulation:T4 Theme:T2 Cause:E1\n"
    )
    (document,) = read_genia_events(genia_archive(text, a1, a2), "train", source="f")
    assert {(r.head, r.predicate, r.tail) for r in document.relations} == {(0, "DOWNREGULATES", 1)}


def test_sections_know_their_paper() -> None:
    archive = genia_archive("A.", "T1\tProtein 0 1\tA\n", "", stem="PMC-12-03-Results")
    (document,) = read_genia_events(archive, "train", source="f")
    assert (document.doc_id, document.group) == ("PMC-12:PMC-12-03-Results", "PMC-12")
    (other,) = read_pubtator(PUBTATOR, BC5CDR, source="f")
    assert other.group == other.doc_id == "PMID:1"


def test_unknown_and_missing_corpora_are_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="no split 'x' of corpus 'bc5cdr'"):
        read_corpus("bc5cdr", "x", data=tmp_path)
    with pytest.raises(CorpusError, match="CDR_TrainingSet"):
        read_corpus("bc5cdr", "train", data=tmp_path)
    folder = tmp_path / "gold" / "bc5cdr"
    folder.mkdir(parents=True)
    (folder / "CDR_TrainingSet.PubTator.txt.gz").write_bytes(gzip.compress(PUBTATOR.encode()))
    assert len(list(read_corpus("bc5cdr", "train", data=tmp_path))) == 1


# Documents, mentions, relations: the figures of the corpora's own papers where the files are complete.
EXPECTED = {
    ("bc5cdr", "test"): (500, 9809, 1066),
    ("ncbi-disease", "test"): (100, 960, 0),
    ("bc2gm", "test"): (5038, 6325, 0),
    ("drugprot", "dev"): (750, 18858, 3764),
    ("biored", "dev"): (100, 2891, 935),
}


@pytest.mark.parametrize(("corpus", "split"), sorted(EXPECTED))
def test_real_corpora_read_whole(corpus: str, split: str, data_dir: Path) -> None:
    documents = list(read_corpus(corpus, split, data=data_dir))
    relations = sum(len(d.relations) + len(d.concept_relations) for d in documents)
    assert (len(documents), sum(len(d.mentions) for d in documents), relations) == EXPECTED[corpus, split]


def test_no_reported_split_is_trained_on() -> None:
    assert not set(TRAINING) & set(REPORTED)
