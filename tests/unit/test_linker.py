"""The linker over the shipped lexicon: homonyms, species, abbreviations, and the table contract."""

from __future__ import annotations

import time
from typing import Any

import pyarrow as pa
import pytest

from engine.link.lexicon import Lexicon
from engine.link.linker import Linker
from engine.schema import DOCUMENT_ROW, EXTRACT_COLUMNS


@pytest.fixture(scope="module")
def linker() -> Linker:
    return Linker()


def link(linker: Linker, text: str, *mentions: tuple[str, str], mesh: tuple[str, ...] = ()) -> list[str | None]:
    """Ids of the mentions, given as (surface form, type), each at its last place in the text."""
    spans = [(text.rindex(form), text.rindex(form) + len(form), type) for form, type in mentions]
    return [found.concept_id if found else None for found in linker.link_document(text, spans, mesh=mesh)]


def test_opening_takes_less_than_a_second(linker: Linker) -> None:
    begin = time.process_time()
    Lexicon.open()
    assert time.process_time() - begin < 1


@pytest.mark.parametrize(
    ("name", "type", "identifier"),
    [
        ("imatinib", "Chemical", "mesh:D000068877"),
        ("Gleevec", "Chemical", "mesh:D000068877"),
        ("aspirin", "Chemical", "mesh:D001241"),
        ("acetylsalicylic acid", "Chemical", "mesh:D001241"),
        ("warfarin", "Chemical", "mesh:D014859"),
        ("metformin", "Chemical", "mesh:D008687"),
        ("adrenaline", "Chemical", "mesh:D004837"),
        ("glucose", "Chemical", "mesh:D005947"),
        ("Ca2+", "Chemical", "mesh:D002118"),
        ("EGFR", "Gene", "hgnc:3236"),
        ("BRAF", "Gene", "hgnc:1097"),
        ("p53", "Gene", "hgnc:11998"),
        ("TNF-alpha", "Gene", "hgnc:11892"),
        ("TNF-α", "Gene", "hgnc:11892"),
        ("IL-6", "Gene", "hgnc:6018"),
        ("interleukin-6", "Gene", "hgnc:6018"),
        ("VEGF", "Gene", "hgnc:12680"),
        ("HER2", "Gene", "hgnc:3430"),
        ("COX-2", "Gene", "hgnc:9605"),
        ("PTEN", "Gene", "hgnc:9588"),
        ("insulin", "Gene", "hgnc:6081"),
        ("NF-kappaB", "Gene", "fplx:NFkappaB"),
        ("AMPK", "Gene", "fplx:AMPK"),
        ("breast cancer", "Disease", "mondo:0007254"),
        ("type 2 diabetes", "Disease", "mondo:0005148"),
        ("T2DM", "Disease", "mondo:0005148"),
        ("hypertension", "Disease", "mondo:0005044"),
        ("Alzheimer's disease", "Disease", "mondo:0004975"),
        ("schizophrenia", "Disease", "mondo:0005090"),
        ("myocardial infarction", "Disease", "mondo:0005068"),
    ],
)
def test_famous_names(linker: Linker, name: str, type: str, identifier: str) -> None:
    assert link(linker, f"We studied {name}.", (name, type)) == [identifier]


@pytest.mark.parametrize(
    ("name", "type"), [("glucose", "Chemical"), ("water", "Chemical"), ("ATP", "Chemical"), ("calcium", "Chemical")]
)
def test_these_are_no_drugs(linker: Linker, name: str, type: str) -> None:
    concept = linker.lexicon.concept(linker.lexicon.lookup(name, type)[0])
    assert concept is not None
    assert concept.type == "Chemical"


@pytest.mark.parametrize("name", ["imatinib", "metformin", "morphine", "insulin", "lithium", "dopamine", "trastuzumab"])
def test_these_are_drugs(linker: Linker, name: str) -> None:
    concept = linker.lexicon.concept(linker.lexicon.lookup(name, "Chemical")[0])
    assert concept is not None
    assert concept.type == "Drug"


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("Patients had transarterial chemoembolization (TACE). TACE was safe.", "TACE"),
        ("Lysergic acid diethylamide (LSD) was given. LSD is old.", "LSD"),
        ("Chloramphenicol acetyltransferase (CAT) was measured. CAT activity rose.", "CAT"),
        ("Class switch recombination (CSR) needs it. CSR fell.", "CSR"),
        ("Antinuclear antibodies (ANA) were found. ANA were high.", "ANA"),
        ("Spinal muscular atrophy (SMA) is rare. SMA kills.", "SMA"),
        ("Antigen presenting cells (APC) take it up. APC matter.", "APC"),
    ],
)
def test_a_short_form_of_another_meaning_is_no_gene(linker: Linker, text: str, short: str) -> None:
    assert link(linker, text, (short, "Gene")) == [None]


@pytest.mark.parametrize("short", ["LSD", "CSR", "ANA", "SMA", "RNP", "IgM"])
def test_homonyms_without_a_definition_are_not_guessed(linker: Linker, short: str) -> None:
    assert link(linker, f"The level of {short} rose.", (short, "Gene")) == [None]


def test_what_abstracts_mean_by_a_short_form_counts(linker: Linker) -> None:
    assert link(linker, "The level of Hb rose.", ("Hb", "Gene")) == ["fplx:Hemoglobin"]
    assert link(linker, "Methotrexate for RA, with swollen joints.", ("RA", "Disease")) == ["mondo:0008383"]
    retinoic = "Differentiation of HL-60 cells by retinoids: retinoic receptors mediate what RA does in leukemia cells."
    assert link(linker, retinoic, ("RA", "Chemical"), ("RA", "Disease")) == ["mesh:D014212", None]


@pytest.mark.parametrize("word", ["cat", "Cat", "impact", "rest", "mice", "and", "was", "A"])
def test_english_words_are_no_genes(linker: Linker, word: str) -> None:
    assert link(linker, f"It is {word} here.", (word, "Gene")) == [None]


def test_capitals_are_genes(linker: Linker) -> None:
    assert link(linker, "Catalase gene CAT and IMPACT.", ("CAT", "Gene"), ("IMPACT", "Gene")) == [
        "hgnc:1516",
        "hgnc:20387",
    ]


def test_the_long_form_decides(linker: Linker) -> None:
    text = "Spinal muscular atrophy (SMA) is rare. SMA is treated by nusinersen."
    assert link(linker, text, ("SMA", "Disease")) == ["mondo:0001516"]


def test_species_of_gene_names(linker: Linker) -> None:
    assert link(linker, "TNF in patients with sepsis.", ("TNF", "Gene")) == ["hgnc:11892"]
    assert link(linker, "In mice, Tnf was raised; the mice died.", ("Tnf", "Gene")) == ["ncbigene:21926"]
    assert link(linker, "Rats got it; Tnf rose in rats.", ("Tnf", "Gene")) == ["rgd:3876"]
    assert link(linker, "We measured Trp53.", ("Trp53", "Gene")) == ["hgnc:11998"]  # no species named: human
    assert link(linker, "It binds Egfr.", ("Egfr", "Gene"), mesh=("mesh:D051379", "mesh:D018345")) == ["ncbigene:13649"]
    assert link(linker, "Mice were given human EGFR in mice.", ("EGFR", "Gene")) == ["hgnc:3236"]
    assert link(linker, "It fell in C57BL/6 bone marrow; EGFR rose.", ("EGFR", "Gene")) == ["ncbigene:13649"]
    assert link(linker, "Cells of Il10(-/-) donors had more EGFR.", ("EGFR", "Gene")) == ["ncbigene:13649"]


def test_a_gene_of_a_species_that_the_lexicon_lacks_is_none_of_ours(linker: Linker) -> None:
    egfr = ("EGFR", "Gene")
    for text in (
        "EGFR in Drosophila wings.",
        "The zebrafish has EGFR.\nZebrafish lost it.",
        "In yeasts such as S. pombe EGFR fell.",
        "C. elegans, Xenopus and E. coli have an EGFR.",
    ):
        assert link(linker, text, egfr) == [None], text
    assert link(linker, "EGFR bound it in a yeast two-hybrid screen.", egfr) == ["hgnc:3236"]
    assert link(linker, "EGFR in wings.\nAs in Drosophila, it fell.", egfr) == ["hgnc:3236"]  # not what it is about
    assert link(linker, "Zebrafish and zebrafish and a patient have EGFR.", egfr) == ["hgnc:3236"]
    assert link(linker, "Zebrafish were given human EGFR.", egfr) == ["hgnc:3236"]
    assert link(linker, "Patients' cells made yeast EGFR.", egfr) == [None]
    assert link(linker, "It binds EGFR.", egfr, mesh=("mesh:D004331",)) == [None]
    assert link(linker, "It binds EGFR.", egfr, mesh=("mesh:D004331", "mesh:D006801")) == ["hgnc:3236"]


def test_families_have_no_species(linker: Linker) -> None:
    text = "Nuclear factor kappaB (NF-kappaB) in Drosophila."
    assert link(linker, text, ("NF-kappaB", "Gene")) == ["fplx:NFkappaB"]


def test_symbols_written_as_rodents_are_speak_for_one(linker: Linker) -> None:
    genes = tuple((name, "Gene") for name in ("Socs2", "Pim3", "Trib3"))
    assert link(linker, "Socs2, Pim3 and Trib3 rose.", *genes) == [
        "ncbigene:216233",
        "ncbigene:223775",
        "ncbigene:228775",
    ]
    assert link(linker, "Socs2 and Pim3 rose.", *genes[:2]) == ["hgnc:19382", "hgnc:19310"]  # two are too few
    assert link(linker, "Socs2 rose in the mouse, not in the human.", genes[0]) == ["hgnc:19382"]
    named = "Socs2, Pim3 and Trib3 rose in the mouse, not in the human."
    assert link(linker, named, *genes) == ["ncbigene:216233", "ncbigene:223775", "ncbigene:228775"]
    assert link(linker, "Socs2, Pim3 and Trib3 rose.", *genes, mesh=("mesh:D006801",))[0] == "hgnc:19382"


def test_the_title_counts_twice(linker: Linker) -> None:
    assert link(linker, "EGFR in mouse skin.\nIt is so in man: a human has EGFR.", ("EGFR", "Gene")) == ["hgnc:3236"]
    text = "EGFR in skin of the mouse and other mice.\nIt is so in a human too: EGFR."
    assert link(linker, text, ("EGFR", "Gene")) == ["ncbigene:13649"]


def test_a_class_of_genes_is_none_of_them(linker: Linker) -> None:
    text = "The receptor tyrosine kinase (Axl) of patients; a serine protease, a zinc finger protein."
    names = ("receptor tyrosine kinase", "Axl", "serine protease", "zinc finger protein")
    assert link(linker, text, *((name, "Gene") for name in names)) == ["hgnc:905", "hgnc:905", None, None]


def test_a_familys_own_name_beats_what_annotators_write_for_its_long_form(linker: Linker) -> None:
    text = "Activated nuclear factor kappaB (NF-kappaB) in cells. Nuclear factor kappaB and NF-kappaB rose."
    names = ("nuclear factor kappaB", "NF-kappaB")
    assert link(linker, text, *((name, "Gene") for name in names)) == ["fplx:NFkappaB", "fplx:NFkappaB"]


@pytest.mark.parametrize(
    ("name", "identifier"),
    [
        ("beta-adrenergic blocking drugs", "mesh:D000319"),
        ("beta-adrenergic antagonist", "mesh:D000319"),
        ("TNF blocker", "mesh:D000079424"),
        ("calcium channel antagonists", "mesh:D002121"),
        ("ACE inhibitor", "mesh:D000806"),
    ],
)
def test_a_class_of_drugs_by_its_other_heads(linker: Linker, name: str, identifier: str) -> None:
    assert link(linker, f"They got a {name}.", (name, "Chemical")) == [identifier]
    assert link(linker, f"They got a {name}.", (name, "Gene")) == [None]  # none is the gene that it acts on


def test_a_human_symbol_with_an_unlisted_long_form_is_the_genes_of_the_species(linker: Linker) -> None:
    text = "In mice, signals of the FGF receptor 2 (FGFR2) were blocked; the mice lacked FGFR2."
    assert link(linker, text, ("FGFR2", "Gene")) == ["ncbigene:14183"]


def test_short_forms_within_a_name_are_written_out(linker: Linker) -> None:
    text = "Mantle cell lymphoma (MCL) is rare. Relapsed MCL is worse."
    assert link(linker, text, ("MCL", "Disease")) == link(linker, text, ("Relapsed MCL", "Disease")) != [None]


def test_variants_are_tried(linker: Linker) -> None:
    text = "Patients with severe hypertension and tumours; morphine hydrochloride; the EGFR gene."
    found = link(
        linker,
        text,
        ("severe hypertension", "Disease"),
        ("tumours", "Disease"),
        ("morphine hydrochloride", "Chemical"),
        ("EGFR gene", "Gene"),
    )
    assert found[0] == "mondo:0005044"
    assert found[1] == linker.lexicon.lookup("tumor", "Disease")[0]
    assert found[3] == "hgnc:3236"
    assert found[2] is not None
    assert link(linker, "It raised dopamine b-hydroxylase.", ("dopamine b-hydroxylase", "Gene")) == ["hgnc:2689"]
    assert link(linker, "Verapamil SR was given.", ("Verapamil SR", "Chemical")) == ["mesh:D014700"]
    assert link(linker, "OCT4A is nuclear.", ("OCT4A", "Gene")) == ["hgnc:9221"]
    assert link(linker, "VLCAD-deficient cells", ("VLCAD-deficient", "Disease")) != [None]


@pytest.mark.parametrize("hyphen", ["\u2010", "\u2011", "\u2013", "\u2212"])
@pytest.mark.parametrize(
    ("name", "type"),
    [
        ("COX-1 and -2", "Gene"),
        ("b-catenin", "Gene"),
        ("wild-type p53", "Gene"),
        ("TGF-β1 and -β2", "Gene"),
        ("high-dose methotrexate", "Chemical"),
        ("hepato- and nephrotoxicity", "Disease"),
        ("non-atopic eczema", "Disease"),
    ],
)
def test_a_typographers_hyphen_is_a_hyphen(linker: Linker, name: str, type: str, hyphen: str) -> None:
    def concepts(name: str) -> list[tuple[int, int, str | None]]:
        (parts,) = linker.link_parts(f"Of {name} in patients.", [(3, 3 + len(name), type)])
        return [(start, end, found and found.concept_id) for start, end, found in parts]

    assert concepts(name.replace("-", hyphen)) == concepts(name)


def test_a_typographers_hyphen_in_a_definition(linker: Linker) -> None:
    text = "Heparin\u2010induced thrombocytopenia (HI\u2010T) was seen. HI\u2010T is rare."
    assert link(linker, text, ("HI\u2010T", "Disease")) == ["mondo:0018048"]


@pytest.mark.parametrize("apostrophe", "'’‘´")
def test_any_apostrophe_makes_a_possessive(linker: Linker, apostrophe: str) -> None:
    name = f"Parkinson{apostrophe}s disease"
    assert link(linker, f"In {name} it fell.", (name, "Disease")) == ["mondo:0005180"]


def test_a_link_that_is_believed_too_little_is_not_made() -> None:
    assert link(Linker(), "EGFR was seen.", ("EGFR", "Gene")) == ["hgnc:3236"]
    assert link(Linker(least_score=1.01), "EGFR was seen.", ("EGFR", "Gene")) == [None]


def test_a_family_named_by_its_members_is_these(linker: Linker) -> None:
    text = "Active ERK1/2 and RAS/RAF signals; interferon (IFN)-g rose."
    (members, whole, spelt) = linker.link_parts(text, [(7, 13, "Gene"), (18, 25, "Gene"), (35, 53, "Gene")])
    assert [(text[start:end], found and found.concept_id) for start, end, found in members] == [
        ("ERK1", "hgnc:6877"),
        ("ERK1/2", "hgnc:6871"),
    ]
    assert len(whole) == 1
    assert [found and found.concept_id for _, _, found in spelt] == ["hgnc:5438"]


def test_a_disease_is_found_by_names_like_its_own(linker: Linker) -> None:
    """Only of whole mentions that nothing else links, and never of a short form that nobody defines."""
    text = "It caused myelodysplastic change, and GDUL."
    spans = [(10, 32, "Disease"), (38, 42, "Disease")]
    assert linker.link_document(text, spans) == [None, None]
    ((_, _, alike),), ((_, _, short),) = linker.link_parts(text, spans)
    assert alike is not None
    assert alike.how.startswith("near:")
    concept = linker.lexicon.concept(alike.concept_id)
    assert concept is not None
    assert concept.name == "myelodysplastic syndrome"
    assert short is None


ALIKE = [
    ("It caused myelodysplastic change, and GDUL.", [(10, 32, "Disease"), (38, 42, "Disease")], ()),
    ("Vessels of the bladder were inflamed by ERK1/2.", [(0, 36, "Disease"), (40, 46, "Gene")], ()),
    ("Nothing here.", [], ()),
    ("It caused myelodysplastic change and cognitive deteriorations.", [(10, 32, "Disease"), (37, 61, "Disease")], ()),
]


def test_documents_together_are_linked_as_each_alone(linker: Linker) -> None:
    alone = [Linker().link_parts(text, mentions, mesh=mesh) for text, mentions, mesh in ALIKE]
    assert Linker().link_documents(ALIKE) == alone
    assert linker.link_documents(reversed(ALIKE)) == alone[::-1]
    assert {link.how[:5] for found in alone for parts in found for *_, link in parts if link} >= {"near:"}
    assert linker.link_documents([]) == []


def test_a_link_by_likeness_is_believed_as_any_other() -> None:
    assert Linker(least_score=1.01).link_parts(*ALIKE[0][:2]) == [((10, 32, None),), ((38, 42, None),)]


def test_names_that_are_left_to_search(linker: Linker) -> None:
    text = "Myelodysplastic change (MC), asthma, GDUL, XYZ-98765q; relapsed MC."
    mentions = [("Myelodysplastic change", "Disease"), ("asthma", "Disease"), ("GDUL", "Disease")]
    mentions += [("XYZ-98765q", "Chemical"), ("relapsed MC", "Disease")]
    spans = [(text.index(form), text.index(form) + len(form), type) for form, type in mentions]
    assert linker.names_to_search(text, spans) == ["Myelodysplastic change", "relapsed Myelodysplastic change"]


@pytest.mark.parametrize(
    ("text", "mention", "type", "wider", "identifier"),
    [
        ("It lowers essential hypertension.", "hypertension", "Disease", "essential hypertension", "mondo:0001134"),
        ("A dopamine antagonist helps.", "dopamine", "Chemical", "dopamine antagonist", "mesh:D018492"),
        ("It eases severe heart failure.", "heart failure", "Disease", "heart failure", "mondo:0005252"),
        ("It lowers hypertension.", "hypertension", "Disease", "hypertension", "mondo:0005044"),
    ],
)
def test_a_part_of_a_longer_name_is_widened(
    linker: Linker, text: str, mention: str, type: str, wider: str, identifier: str
) -> None:
    start = text.index(mention)
    span = (start, start + len(mention), type)
    ((begin, end, found),) = linker.link_parts(text, [span])[0]
    assert (text[begin:end], found and found.concept_id) == (wider, identifier)
    ((begin, end, _),) = linker.link_parts(text, [span], widen=False)[0]
    assert text[begin:end] == mention


def test_no_mention_is_widened_into_another(linker: Linker) -> None:
    text = "Phenytoin toxicity was seen."
    (_, ((begin, end, _),)) = linker.link_parts(text, [(0, 9, "Chemical"), (10, 18, "Disease")])
    assert text[begin:end] == "toxicity"
    (((begin, end, _),),) = linker.link_parts(text, [(10, 18, "Disease")])
    assert text[begin:end] == "Phenytoin toxicity"


def test_what_is_unknown_stays_unlinked(linker: Linker) -> None:
    assert link(linker, "The compound XYZ-98765q was new.", ("XYZ-98765q", "Chemical")) == [None]


def row(**changes: Any) -> dict[str, Any]:
    text = "Imatinib inhibits EGFR in disease Q."
    mentions = [(0, 8, "Chemical"), (18, 22, "Gene"), (26, 35, "Disease")]
    made = {name: None if not pa.types.is_list(DOCUMENT_ROW.field(name).type) else [] for name in DOCUMENT_ROW.names}
    made |= {
        "doc_id": "PMID:1",
        "revision": 1,
        "deleted": False,
        "retracted": False,
        "text": text,
        "mentions": [
            {"start": s, "end": e, "type": t, "score": 0.9, "concept_id": None, "link_score": None}
            for s, e, t in mentions
        ],
    }
    return made | changes


def test_the_table_keeps_rows_and_schema(linker: Linker) -> None:
    error = [{"stage": "read", "kind": "x", "message": "y"}]
    table = pa.Table.from_pylist(
        [
            row(),
            row(doc_id="PMID:2", deleted=True),
            row(doc_id="PMID:3", errors=error),
            row(doc_id="PMID:4", mentions=[]),
        ],
        schema=DOCUMENT_ROW,
    )
    linked = linker(table)
    assert linked.schema == DOCUMENT_ROW
    assert linked.column("doc_id").to_pylist() == ["PMID:1", "PMID:2", "PMID:3", "PMID:4"]
    assert linked.schema.field("mentions").type == EXTRACT_COLUMNS.field("mentions").type
    first, deleted, failed, empty = linked.column("mentions").to_pylist()
    assert [m["concept_id"] for m in first] == ["mesh:D000068877", "hgnc:3236", None]
    assert all((m["link_score"] is None) == (m["concept_id"] is None) for m in first)
    assert all(0 <= m["link_score"] <= 1 for m in first if m["concept_id"])
    assert deleted == failed == table.column("mentions")[1].as_py()  # passed through as they came
    assert empty == []


def test_linking_twice_changes_nothing(linker: Linker) -> None:
    table = pa.Table.from_pylist([row()], schema=DOCUMENT_ROW)
    once = linker(table)
    assert linker(once).equals(once)


def test_what_stands_for_several_names_has_none_of_theirs(linker: Linker) -> None:
    def chemicals(text: str, *names: str) -> list[str | None]:
        return link(linker, text, *((name, "Chemical") for name in names))

    opening = chemicals("MOPP (mechlorethamine, vincristine) was given.", "MOPP", "mechlorethamine", "vincristine")
    assert [found is None for found in opening] == [True, False, False]
    closing = chemicals("Methotrexate and fluorouracil (CMF) were given.", "Methotrexate", "fluorouracil", "CMF")
    assert [found is None for found in closing] == [False, False, True]
    alone = chemicals("He had nimesulide (Aulin, Boehringer) daily.", "nimesulide", "Aulin")
    assert alone == ["mesh:C012655"] * 2
