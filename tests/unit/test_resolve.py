"""What a name means: short forms by context, genes by species and group, diseases by words, and the line below."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from engine.link import curated, likest, resolve, scores
from engine.link.build import build_lexicon
from engine.link.entry import ANNOTATED, CURATED, FULL_NAME, PREFERRED, SYNONYM, WEAK, Entry, LexiconEdge
from engine.link.genes import HUMAN, MOUSE, RAT
from engine.link.lexicon import Alike
from engine.link.linker import Linker
from engine.link.resolve import Link, Resolver
from engine.link.scores import LINE, kind_of, link_score
from engine.link.senses import Sense, words_of
from engine.link.usage import Usage
from engine.link.words import words_hash
from engine.schema import CHEMICAL, DISEASE, GENE
from engine.train.annotated import Annotated, GoldMention
from tests.unit.tiny_lexicon import entry, lexicon_of
from tests.unit.tiny_vocab import pack_tiny_lexicon, write_tiny_vocab

OF_MAN, OF_MICE, OF_RATS = (HUMAN, MOUSE, RAT), (MOUSE, HUMAN, RAT), (RAT, HUMAN, MOUSE)


def gene(concept_id: str, names: dict[str, int]) -> Entry:
    taxon = {"hgnc": HUMAN, "ncbigene": MOUSE, "rgd": RAT}[concept_id.partition(":")[0]]
    return entry(concept_id, "Gene", names, taxon=taxon)


def ids(link: Link | None) -> str | None:
    return link.concept_id if link else None


# ---------------------------------------------------------------------------------------- genes and their species

GENES = [
    gene("hgnc:1", {"FOO1": PREFERRED, "foo factor 1": FULL_NAME, "F1A": SYNONYM, "CD200": SYNONYM}),
    gene("ncbigene:11", {"Foo1": PREFERRED, "F1A": SYNONYM, "CD200": SYNONYM}),
    gene("ncbigene:12", {"Bar2": PREFERRED, "FOO1": SYNONYM, "Qux3l": SYNONYM}),  # its synonym is another's symbol
    gene("hgnc:2", {"BAR2": PREFERRED}),
    gene("rgd:22", {"Bar2": PREFERRED}),
    gene("hgnc:3", {"QUX3": PREFERRED, "CD200": SYNONYM, "H444": SYNONYM}),
    gene("ncbigene:31", {"Qux3a": PREFERRED, "H333": SYNONYM}),
    gene("ncbigene:32", {"Qux3b": PREFERRED}),  # a twin
    gene("hgnc:4", {"LONE4": PREFERRED, "WEAK44": WEAK, "ABC": SYNONYM, "H333": SYNONYM, "H444": SYNONYM}),
    gene("hgnc:7", {"SEVEN7": PREFERRED}),
    gene("ncbigene:41", {"Seven7": PREFERRED, "receptor kinase": SYNONYM, "killer of cells": SYNONYM}),
    gene("ncbigene:51", {"Mouse51": PREFERRED, "serine protease": SYNONYM}),  # of no human ortholog
    gene("hgnc:6", {"SIX6": PREFERRED, "six receptor": SYNONYM, "annotated protein": ANNOTATED}),
    gene("ncbigene:5", {"Mouse5": PREFERRED}),  # of no human ortholog
    gene("ncbigene:61", {"Locus1": PREFERRED}),  # nor this one, whose symbol two human genes have as a synonym
    gene("hgnc:8", {"EIGHT8": PREFERRED, "LOCUS1": SYNONYM}),
    gene("hgnc:9", {"NINE9": PREFERRED, "LOCUS1": SYNONYM}),
    entry("fplx:FOO", "GeneFamily", {"FOO": PREFERRED, "foo family": FULL_NAME}),
]
ORTHOLOGS = [
    LexiconEdge(rodent, "ORTHOLOG_OF", human)
    for rodent, human in (
        ("ncbigene:11", "hgnc:1"),
        ("ncbigene:12", "hgnc:2"),
        ("ncbigene:41", "hgnc:7"),
        ("rgd:22", "hgnc:2"),
        ("ncbigene:31", "hgnc:3"),
        ("ncbigene:32", "hgnc:3"),
    )
]


@pytest.fixture(scope="module")
def genes() -> Resolver:
    return Resolver(lexicon_of(GENES, [*ORTHOLOGS, LexiconEdge("hgnc:1", "MEMBER_OF", "fplx:FOO")]))


@pytest.mark.parametrize(
    ("name", "species", "expected"),
    [
        ("FOO1", OF_MAN, "hgnc:1"),
        ("FOO1", OF_MICE, "ncbigene:11"),  # a symbol of its group, though another mouse gene has it as a synonym
        ("Foo1", OF_MICE, "ncbigene:11"),
        ("foo factor 1", OF_MICE, "ncbigene:11"),  # the mouse's gene lacks the name
        ("Bar2", OF_RATS, "rgd:22"),
        ("BAR2", OF_MICE, "ncbigene:12"),
        ("FOO1", OF_RATS, "hgnc:1"),  # no rat gene: the next species
        ("LONE4", OF_MICE, "hgnc:4"),
        ("Mouse5", OF_MAN, "ncbigene:5"),
        ("LOCUS1", OF_MAN, None),
        ("LOCUS1", OF_MICE, "ncbigene:61"),
        ("Qux3a", OF_MICE, "ncbigene:31"),
        ("Qux3a", OF_MAN, "hgnc:3"),
        ("QUX3", OF_MICE, "hgnc:3"),  # two mouse genes are its orthologs: neither
        ("WEAK44", OF_MAN, None),
        ("ABC", OF_MAN, None),  # three letters of a synonym
        ("F", OF_MAN, None),
        ("NOSUCH1", OF_MAN, None),
    ],
)
def test_a_genes_name_in_a_species(genes: Resolver, name: str, species: tuple[str, ...], expected: str | None) -> None:
    assert ids(genes.resolve(name, GENE, species, None)) == expected


def test_links_through_another_species_say_so(genes: Resolver) -> None:
    assert genes.resolve("FOO1", GENE, OF_MAN, None) == Link("hgnc:1", "exact:2:0")
    assert genes.resolve("foo factor 1", GENE, OF_MICE, None) == Link("ncbigene:11", "exact:3:0:ortholog")
    assert genes.resolve("LONE4", GENE, OF_MICE, None) == Link("hgnc:4", "exact:2:0:ortholog")


def test_of_two_groups_at_one_rank_the_own_species_decides_then_the_number_of_species(genes: Resolver) -> None:
    assert ids(genes.resolve("CD200", GENE, OF_MAN, None)) == "hgnc:1"  # in man and mouse, QUX3 in man alone
    assert ids(genes.resolve("H333", GENE, OF_MICE, None)) == "ncbigene:31"  # LONE4 has no mouse gene
    assert genes.resolve("H333", GENE, OF_RATS, None) is None
    assert genes.resolve("H444", GENE, OF_MAN, None) is None


def test_a_familys_link_is_marked(genes: Resolver) -> None:
    assert genes.resolve("FOO", GENE, OF_MICE, None) == Link("fplx:FOO", "family:exact")
    assert genes.resolve("FF", GENE, OF_MAN, "foo family") == Link("fplx:FOO", "family:long:exact")
    assert kind_of("family:long:exact:3:0") == "family:long:exact"


@pytest.mark.parametrize("species", [OF_MAN, OF_MICE])
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("receptor kinase", None),
        ("receptor kinases", None),
        ("killer of cells", {"hgnc:7", "ncbigene:41"}),  # no class's name
        ("serine protease", {"ncbigene:51"}),  # no list of ours could have it
        ("six receptor", {"hgnc:6"}),
    ],
)
def test_a_class_that_rodents_lists_have_under_a_member(
    genes: Resolver, name: str, species: tuple[str, ...], expected: set[str] | None
) -> None:
    assert ids(genes.resolve(name, GENE, species, None)) in (expected or {None})


def test_a_familys_own_name_beats_annotators_word_on_its_long_form(genes: Resolver) -> None:
    assert ids(genes.resolve("FOO", GENE, OF_MAN, "annotated protein")) == "fplx:FOO"
    assert ids(genes.resolve("SIX6", GENE, OF_MAN, "annotated protein")) == "hgnc:6"
    assert ids(genes.resolve("FOO", GENE, OF_MAN, "six receptor")) == "hgnc:6"  # a vocabulary says so


# ---------------------------------------------------------------------------------------- diseases by their words

DISEASES = [
    entry("mondo:1", "Disease", {"kidney cancer": PREFERRED, "KC": SYNONYM}),
    entry("mondo:2", "Disease", {"allergic rhinitis": PREFERRED, "hay fever of spring": WEAK}),
    entry("mondo:3", "Disease", {"Kidney Diseases": PREFERRED, "renal toxicity of lead": WEAK}),
    entry("mondo:4", "Phenotype", {"Dyskinesia": PREFERRED}),
    entry("mondo:5", "Disease", {"Toxicity": PREFERRED}),
    entry("mondo:6", "Disease", {"pulmonary hypertension": PREFERRED}),
    entry("mondo:9", "Disease", {"atopic eczema": PREFERRED, "eczema": SYNONYM}),
    entry("mondo:7", "Disease", {"bladder stone": SYNONYM}),
    entry("mondo:8", "Disease", {"stones of the bladder": SYNONYM}),
    entry("mesh:C1", "Chemical", {"cancer of the lung": PREFERRED}),
]


@pytest.fixture(scope="module")
def diseases() -> Resolver:
    return Resolver(lexicon_of(DISEASES))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("kidney cancers", Link("mondo:1", "form:2:2")),
        ("cancer of the kidney", Link("mondo:1", "words:2:2")),
        ("renal cancer", Link("mondo:1", "words:2:2")),
        ("renal toxicity", Link("mondo:3", "plain:2:2")),
        ("spring allergic rhinitis", Link("mondo:2", "head:2:0")),
        ("severe allergic rhinitis", Link("mondo:2", "stripped:2:0")),
        ("non-allergic rhinitis", None),  # the opposite
        ("non-atopic eczema", None),  # "eczema" is a name of atopic eczema
        ("non-smokers' kidney cancer", Link("mondo:1", "head:2:0")),
        ("metastatic cancer of the kidney", Link("mondo:1", "head-words:2:2")),
        ("levodopa-induced dyskinesia", Link("mondo:4", "head:2:1")),
        ("motor dyskinesia", None),
        ("behavioural toxicity", None),  # a word that says nothing by itself
        ("pulmonary hypotension", None),
        ("fever of hay in spring", None),  # a weak name
        ("bladder stone", Link("mondo:7", "exact:4:0")),
        ("bladder stones", None),  # two concepts have the words
        ("stone of the bladder", None),
        ("lung cancer", None),  # a chemical has the words
    ],
)
def test_a_disease_by_its_words(diseases: Resolver, name: str, expected: Link | None) -> None:
    assert diseases.resolve(name, DISEASE, (), None) == expected


def test_words_are_no_way_to_a_chemical(diseases: Resolver) -> None:
    assert diseases.resolve("lung cancer", CHEMICAL, (), None) is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [("K+", "mesh:K"), ("K(+)", "mesh:K"), ("K", None), ("clopidogrel bisulfate", "mesh:C")],
)
def test_an_ion_and_a_salt(name: str, expected: str | None) -> None:
    known = [
        entry("mesh:K", "Chemical", {"Potassium": PREFERRED, "K+": CURATED, "K(+)": CURATED}),
        entry("mesh:VK", "Chemical", {"Vitamin K": PREFERRED, "K": SYNONYM}),
        entry("mesh:C", "Drug", {"Clopidogrel": PREFERRED}),
    ]
    assert ids(Resolver(lexicon_of(known)).resolve(name, CHEMICAL, (), None)) == expected


def test_names_with_one_hash_are_told_apart() -> None:
    one, other = "plumless", "buckeroo"
    assert words_hash(one) == words_hash(other)
    lexicon = lexicon_of(
        [entry("mondo:1", "Disease", {one: PREFERRED}), entry("mondo:2", "Disease", {other: PREFERRED})]
    )
    assert [lexicon.lookup(name, DISEASE) for name in (one, other)] == [("mondo:1",), ("mondo:2",)]


ALIKE = ["cancerous kidneys", "rhinitis of allergies", "lung cancer", "KC", "qqqqqq wwwww", "hypertensive pulmonary"]


def test_a_disease_by_likeness_alone_or_among_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(likest, "COEFFICIENTS", (0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0))
    lexicon = lexicon_of([*DISEASES, entry("mesh:C2", "Chemical", {"lung cancer": PREFERRED})])
    together = Resolver(lexicon).resolve_alike([*ALIKE, ALIKE[0]])
    assert list(together) == ALIKE
    assert ids(together["cancerous kidneys"]) == "mondo:1"
    assert ids(together["rhinitis of allergies"]) == "mondo:2"
    assert all(kind_of(link.how) == "near" for link in together.values() if link)
    assert together["lung cancer"] is None, "a chemical's name"
    assert together["KC"] is None, "too short"
    for name, link in together.items():
        assert Resolver(lexicon).resolve_alike([name]) == {name: link}


@pytest.mark.parametrize(
    ("asked", "names", "found"),
    [
        ("non-alcoholic cirrhoses", ["alcoholic cirrhosis"], False),
        ("alcoholic cirrhoses", ["alcoholic cirrhosis"], True),
        ("non-HIV infections", ["HIV infection"], False),
        ("alcoholic cirrhoses", ["nonalcoholic cirrhosis"], False),
        ("non-alcoholic cirrhoses", ["cirrhosis of the metabolism", "nonalcoholic cirrhosis"], True),
        ("non-alcoholic cirrhoses", ["alcoholic cirrhosis", "non-viral alcoholic cirrhosis"], False),
    ],
)
def test_what_a_name_denies_is_not_like_it(
    asked: str, names: Sequence[str], found: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(likest, "COEFFICIENTS", (2.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0))
    own, *others = names
    lexicon = lexicon_of([entry("mondo:1", "Disease", {own: PREFERRED, **dict.fromkeys(others, SYNONYM)})])
    assert (Resolver(lexicon).resolve_alike([asked])[asked] is not None) is found


def test_names_are_searched_once_and_remembered_up_to_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    resolver, asked = Resolver(lexicon_of(DISEASES)), list[str]()
    search = resolver.lexicon.candidates_alike

    def note(names: Sequence[str], **options: int) -> Iterator[list[Alike]]:
        asked.extend(names)
        return search(names, **options)

    monkeypatch.setattr(resolver.lexicon, "candidates_alike", note)
    monkeypatch.setattr(resolve, "_MEMO", 2)
    names = [f"rhinitis of spring {letter}" for letter in "xyz"]
    answers = resolver.resolve_alike(names)
    assert resolver.resolve_alike(names[1:]) == {name: answers[name] for name in names[1:]}
    assert asked == names
    assert resolver.resolve_alike(names) == answers
    assert asked == [*names, names[0]], "the oldest was forgotten"


# ---------------------------------------------------------------------------------------- short forms

ARTHRITIS, RETINOIC = "mondo:8383", "mesh:D014212"
SENSES = {
    "RA": [
        Sense(("", "", ARTHRITIS), 6, tuple((w, 2.0) for w in sorted(words_of("joints")))),
        Sense(("", RETINOIC, ""), 6, tuple((w, 2.0) for w in sorted(words_of("retinoic keratinocytes")))),
        Sense(("", "", ""), 3, tuple((w, 3.0) for w in sorted(words_of("atrium")))),
    ],
    "FF": [Sense(("hgnc:1", "", ""), 9, ())],
    "FFX": [Sense(("fplx:FOO", "", ""), 9, ())],
}
SHORT = [
    *GENES,
    entry(ARTHRITIS, "Disease", {"rheumatoid arthritis": PREFERRED}),
    entry(RETINOIC, "Chemical", {"Tretinoin": PREFERRED, "retinoic acid": SYNONYM, "RA": WEAK}),
    entry("mesh:C2", "Chemical", {"rare antigenol": PREFERRED, "RX": WEAK, "RAG": SYNONYM, "RAGS1": CURATED}),
]


@pytest.fixture(scope="module")
def shorts() -> Resolver:
    return Resolver(lexicon_of(SHORT, ORTHOLOGS, SENSES))


@pytest.mark.parametrize(
    ("name", "type", "text", "expected"),
    [
        ("RA", DISEASE, "", ARTHRITIS),
        ("RA", DISEASE, "The joints swell.", ARTHRITIS),
        ("RA", DISEASE, "The atrium beats.", None),
        ("RA", CHEMICAL, "Of keratinocytes.", RETINOIC),
        ("RA", CHEMICAL, "The joints swell.", None),
        ("RA", GENE, "", None),
        ("RX", CHEMICAL, "", None),  # a lone weak synonym
        ("RX", CHEMICAL, "An antigenol.", None),  # with one word of the concept's name
        ("RX", CHEMICAL, "A rare antigenol.", "mesh:C2"),  # but for words of the concept's name
    ],
)
def test_an_undefined_short_form_by_context(
    shorts: Resolver, name: str, type: str, text: str, expected: str | None
) -> None:
    link, weighed = shorts.weigh(name, type, OF_MAN if type == GENE else (), words_of(text))
    assert weighed
    assert ids(link) == expected


def test_a_sense_is_read_in_the_documents_species(shorts: Resolver) -> None:
    assert shorts.weigh("FF", GENE, OF_MAN, frozenset()) == (Link("hgnc:1", "sense:9"), True)
    assert shorts.weigh("FF", GENE, OF_MICE, frozenset()) == (Link("ncbigene:11", "sense:9"), True)
    assert shorts.weigh("FF", GENE, OF_RATS, frozenset()) == (Link("hgnc:1", "sense:9"), True)
    assert shorts.weigh("FFX", GENE, OF_MICE, frozenset()) == (Link("fplx:FOO", "family:sense"), True)
    assert shorts.weigh("FFXs", GENE, OF_MICE, frozenset()) == (Link("fplx:FOO", "family:sense"), True)


@pytest.mark.parametrize(("name", "type"), [("FOO1", GENE), ("BAR2", GENE), ("FOO", GENE), ("RAGS1", CHEMICAL)])
def test_what_the_lexicon_says_well_enough_is_not_weighed(shorts: Resolver, name: str, type: str) -> None:
    assert shorts.weigh(name, type, OF_MAN if type == GENE else (), frozenset()) == (None, False)


@pytest.mark.parametrize("type", [GENE, CHEMICAL, DISEASE])
def test_what_neither_abstracts_nor_vocabularies_know_is_not_weighed(shorts: Resolver, type: str) -> None:
    """So that its variants are tried: "hFOO1" is FOO1."""
    assert shorts.weigh("hFOO1", type, OF_MAN if type == GENE else (), frozenset()) == (None, False)


@pytest.mark.parametrize("name", ["RA", "AMPK", "IL-6", "Hb", "HER2s", "T2DM", "COX-1/2"])
def test_short_forms(shorts: Resolver, name: str) -> None:
    assert shorts.is_short_form(name)


@pytest.mark.parametrize("name", ["R", "aspirin", "p53", "rheumatoid arthritis", "ABCDEFGHIJ", "A B", ""])
def test_no_short_forms(shorts: Resolver, name: str) -> None:
    assert not shorts.is_short_form(name)


@pytest.mark.parametrize(
    ("name", "type", "long", "expected"),
    [
        ("RA", DISEASE, "rheumatoid arthritis", Link(ARTHRITIS, "long:exact:2:0")),
        ("FF", GENE, "Foo factor 1", Link("hgnc:1", "long:exact:3:1")),
        ("RA", DISEASE, "right atrium", None),
        ("RAG", CHEMICAL, "rare antigenol A", Link("mesh:C2", "agreeing")),
        ("RAG", CHEMICAL, "rage", None),
        ("FOO1", GENE, "frequently occurring oddity 1", Link("hgnc:1", "symbol")),  # too telling for a coincidence
        ("FOO", GENE, "frequently occurring oddity", None),
    ],
)
def test_a_defined_short_form_by_its_long_form(
    shorts: Resolver, name: str, type: str, long: str, expected: Link | None
) -> None:
    assert shorts.resolve(name, type, OF_MAN if type == GENE else (), long) == expected


def test_concepts_of_a_long_form(shorts: Resolver) -> None:
    assert shorts.concepts_of("RA", "Retinoic acid") == ("", RETINOIC, "")
    assert shorts.concepts_of("RA", "arthritis, rheumatoid") == ("", "", ARTHRITIS)
    assert shorts.concepts_of("FF", "foo factor 1") == ("hgnc:1", "", "")
    assert shorts.concepts_of("RA", "right atrium") == ("", "", "")
    assert shorts.concepts_of("BAR2", "fabulous odd kinase") == ("hgnc:2", "", "")  # ends as genes do, has its symbol
    assert shorts.concepts_of("BAR2s", "fabulous odd kinases") == ("hgnc:2", "", "")
    assert shorts.concepts_of("BAR2", "fabulous odd orchard") == ("", "", "")
    assert shorts.concepts_of("BAR2", "fabulous odd release") == ("", "", "")
    assert shorts.concepts_of("RAG", "rare antigenol A") == ("", "mesh:C2", "")  # agrees with a name of it
    assert shorts.concepts_of("FOO1", "frequently occurring oddity 1") == ("", "", "")  # a telling symbol isn't enough


def test_a_symbol_that_is_spelled_out_in_other_words_is_a_coincidence() -> None:
    oxidases = [
        entry("fplx:OX", "GeneFamily", {"OX": PREFERRED, "cytochrome oxidase": SYNONYM}),
        entry("fplx:DK", "GeneFamily", {"DK": PREFERRED}),
        entry("fplx:DK_complex", "GeneFamily", {"DK complex": PREFERRED}),
        gene("hgnc:1", {"DKA": PREFERRED, "division kinase alpha": FULL_NAME}),
        gene("hgnc:2", {"APR": PREFERRED, "amyloid former": FULL_NAME}),
        gene("hgnc:3", {"APR3": PREFERRED, "amyloid former 3": FULL_NAME}),
    ]
    below = [
        LexiconEdge("fplx:DK_complex", "IS_A", "fplx:DK"),
        LexiconEdge("hgnc:1", "MEMBER_OF", "fplx:DK_complex"),
    ]
    resolver = Resolver(lexicon_of(oxidases, below))
    assert resolver.concepts_of("OX", "cyclooxygenase")[0] == ""
    assert resolver.concepts_of("OX", "cytochrome c oxidase")[0] == "fplx:OX"
    assert resolver.concepts_of("DK", "cell-division kinases")[0] == "fplx:DK", "as a gene below it is spelled"
    assert resolver.concepts_of("DK", "deoxyribose lipase")[0] == ""
    assert resolver.concepts_of("APR", "acute phase proteins")[0] == ""
    assert resolver.concepts_of("APR3", "acute phase protein 3")[0] == "hgnc:3", "with a number it hardly coincides"


def test_where_neither_family_nor_member_is_likely_both_are_the_family() -> None:
    entries = [
        entry("fplx:KB", "GeneFamily", {"KB": PREFERRED, "NK-b": FULL_NAME}),
        gene("hgnc:1", {"KB1": PREFERRED, "NK-b": SYNONYM}),
        gene("hgnc:2", {"TON": PREFERRED, "NK-b": SYNONYM}),
        gene("hgnc:3", {"TUN": PREFERRED, "NK-b": SYNONYM}),
    ]
    senses = {"NK-b": [Sense(("hgnc:1", "", ""), 2, ()), Sense(("", "", ""), 1, ())]}
    alone, member = lexicon_of(entries, [], senses), LexiconEdge("hgnc:1", "MEMBER_OF", "fplx:KB")
    assert Resolver(alone).weigh("NK-b", GENE, OF_MAN, frozenset()) == (None, True)
    together = lexicon_of(entries, [member], senses)
    assert Resolver(together).weigh("NK-b", GENE, OF_MAN, frozenset()) == (Link("fplx:KB", "family:sense"), True)


# ---------------------------------------------------------------------------------------- whole documents

ASPIRIN, MIGRAINE = "mesh:D001241", "mondo:0005277"
_TEXTS = [
    *((f"Acetylsalicylic acid (ASL) thins the blood {i}. Platelets rest.",) for i in range(3)),
    *((f"An active site loop (ASL) binds the ligand {i}. Crystals grow.",) for i in range(3)),
    *((f"Migraine disorder (MD) hurts {i}.",) for i in range(3)),
]
_DOCUMENTS = [
    Annotated("PMID:1", "tiny", "A sick headache came.", (GoldMention(2, 15, DISEASE, "D006973"),)),
    Annotated("PMID:2", "tiny", "The wa5 gene.", (GoldMention(4, 7, GENE, "13649"),)),
]


@pytest.fixture(scope="module")
def linker(tmp_path_factory: pytest.TempPathFactory) -> Linker:
    """Over the tiny vocabulary, with usage."""
    folder = tmp_path_factory.mktemp("usage")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HYPOGRAPH_CACHE", str(folder / "cache"))
        return Linker(lexicon=pack_tiny_lexicon(folder, usage=Usage(_DOCUMENTS, _TEXTS)))


def link(linker: Linker, text: str, name: str, type: str) -> Link | None:
    """The link of a name's last place in the text."""
    start = text.rindex(name)
    (found,) = linker.link_document(text, [(start, start + len(name), type)])
    return found


def test_mined_senses_link_an_undefined_short_form(linker: Linker) -> None:
    assert ids(link(linker, "Platelets and blood need no ASL.", "ASL", CHEMICAL)) == ASPIRIN
    assert link(linker, "The ligand in crystals of ASL.", "ASL", CHEMICAL) is None
    assert ids(link(linker, "Many had MD.", "MD", DISEASE)) == MIGRAINE


def test_a_definition_beats_mined_senses(linker: Linker) -> None:
    text = "The active site loop (ASL) met blood platelets. ASL moved."
    assert link(linker, text, "ASL", CHEMICAL) is None
    text = "Of acetylsalicylic acid (ASL) crystals with a ligand grow. ASL moved."
    assert link(linker, text, "ASL", CHEMICAL) == Link(ASPIRIN, "long:exact:3:0")


def test_the_plural_of_a_defined_short_form(linker: Linker) -> None:
    text = "Epidermal growth factor receptor (EGR) is one. EGRs are many."
    assert link(linker, text, "EGRs", GENE) == Link("hgnc:3236", "long:exact:3:1")
    assert link(linker, "Nothing is defined. EGRs are many.", "EGRs", GENE) is None


def test_names_that_annotators_use(linker: Linker) -> None:
    assert link(linker, "A sick headache.", "sick headache", DISEASE) == Link("mondo:0005044", f"exact:{ANNOTATED}:0")
    assert link(linker, "Sick headaches.", "Sick headaches", DISEASE) == Link("mondo:0005044", f"form:{ANNOTATED}:2")
    assert ids(link(linker, "In patients wa5 fell.", "wa5", GENE)) == "hgnc:3236"
    assert ids(link(linker, "In mice wa5 fell; mice died.", "wa5", GENE)) == "ncbigene:13649"


def test_the_line_drops_what_is_likelier_wrong(linker: Linker, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "Patients had a sick headache."
    found = link(linker, text, "sick headache", DISEASE)
    assert found is not None
    assert link_score(DISEASE, found.how) >= LINE
    for share, kept in ((LINE - 0.01, False), (LINE, True)):
        monkeypatch.setitem(scores.SCORES, (DISEASE, found.how), share)
        assert (link(linker, text, "sick headache", DISEASE) is not None) == kept
    assert link(linker, "Hypertension.", "Hypertension", DISEASE) is not None  # found in another way


def test_a_ways_score_is_its_own_or_that_of_its_kind_or_type(monkeypatch: pytest.MonkeyPatch) -> None:
    table = {("Gene", "*"): 0.5, ("Gene", "long:exact"): 0.6, ("Gene", "long:exact:2:0"): 0.7}
    monkeypatch.setattr(scores, "SCORES", table)
    assert [link_score(GENE, how) for how in ("long:exact:2:0", "long:exact:4:1:ortholog", "exact:2:0")] == [
        0.7,
        0.6,
        0.5,
    ]


def test_the_same_usage_makes_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(curated, "CURATED_NAMES", "Gene | TP53 | p53 tumour suppressor")
    vocab = write_tiny_vocab(tmp_path)
    usage = Usage(_DOCUMENTS, _TEXTS)
    first = build_lexicon(vocab, usage=usage)
    turned = build_lexicon(vocab, usage=Usage(_DOCUMENTS[::-1], _TEXTS[::-1]))
    assert first.packed == turned.packed
    assert first.version != build_lexicon(vocab).version
