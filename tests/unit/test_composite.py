"""Composite mentions: how they may be read, what they split into, and their relations."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from engine.link.composite import readings
from engine.link.linker import Linker
from engine.link.split import split_rows
from engine.schema import DOCUMENT_ROW

C, D, G = "Chemical", "Disease", "Gene"


@pytest.fixture(scope="module")
def linker() -> Linker:
    return Linker()


def row(text: str, mentions: list[tuple[str, str]], relations: list[tuple[int, int]] = []) -> dict[str, Any]:  # noqa: B006
    made: dict[str, Any] = {f.name: [] if pa.types.is_list(f.type) else None for f in DOCUMENT_ROW}
    spans = [(text.index(name), text.index(name) + len(name), type) for name, type in mentions]
    return made | {
        "doc_id": "PMID:1",
        "revision": 1,
        "deleted": False,
        "retracted": False,
        "text": text,
        "mentions": [
            {"start": s, "end": e, "type": t, "score": 0.5, "concept_id": None, "link_score": None} for s, e, t in spans
        ],
        "relations": [relation(head, tail) for head, tail in relations],
    }


def relation(head: int, tail: int) -> dict[str, Any]:
    return {
        "head": head,
        "tail": tail,
        "predicate": "INHIBITS",
        "score": 0.75,
        "assertion": "affirmed",
        "assertion_score": None,
        "classifier_score": None,
        "verifier_score": None,
        "extractor": "encoder",
    }


def link(linker: Linker, *rows: dict[str, Any]) -> list[dict[str, Any]]:
    return linker(pa.Table.from_pylist(list(rows), schema=DOCUMENT_ROW)).to_pylist()


def names_of(linker: Linker, found: dict[str, Any]) -> list[tuple[str, str | None]]:
    """(words, name of the concept) of a row's mentions."""
    concepts = [linker.lexicon.concept(m["concept_id"]) if m["concept_id"] else None for m in found["mentions"]]
    words = [found["text"][m["start"] : m["end"]] for m in found["mentions"]]
    return [(w, c.name if c else None) for w, c in zip(words, concepts, strict=True)]


@pytest.mark.parametrize(
    ("name", "type", "texts"),
    [
        ("BRCA1/2", G, ["BRCA1", "BRCA2"]),
        ("interleukins 6 and 8", G, ["interleukin 6", "interleukin 8"]),
        ("Smad1/5/8", G, ["Smad1", "Smad5", "Smad8"]),
        ("ERK1/2", G, ["ERK1", "ERK2"]),
        ("MMP-2 and -9", G, ["MMP-2", "MMP-9"]),
        ("MMP-2/9", G, ["MMP-2", "MMP-9"]),
        ("IL-1alpha and beta", G, ["IL-1alpha", "IL-1beta"]),
        ("IL-1alpha/beta", G, ["IL-1alpha", "IL-1beta"]),
        ("IL-1α and -β", G, ["IL-1α", "IL-1β"]),
        ("TGF-beta1 and -beta2", G, ["TGF-beta1", "TGF-beta2"]),
        ("CYP3A4/5", G, ["CYP3A4", "CYP3A5"]),
        ("CYP2C9/2C19", G, ["CYP2C9", "CYP2C19"]),
        ("CYP11B2/B1", G, ["CYP11B2", "CYP11B1"]),
        ("filamin A, B and C", G, ["filamin A", "filamin B", "filamin C"]),
        ("ROCK-I/II", G, ["ROCK-I", "ROCK-II"]),
        ("COX-1/COX-2", G, ["COX-1", "COX-2"]),
        ("signal-regulated kinase (ERK)-1/2", G, ["signal-regulated kinase-1", "signal-regulated kinase-2"]),
        ("5-HT 2A/2C receptor", G, ["5-HT 2A receptor", "5-HT 2C receptor"]),
        ("alpha2- and/or I1-receptors", G, ["alpha2-receptors", "I1-receptors"]),
        ("insulin and IGF-1 receptors", G, ["insulin receptors", "IGF-1 receptors"]),
        ("caspases-3, -8, and -9", G, ["caspase-3", "caspase-8", "caspase-9"]),
        ("vitamins C and E", C, ["vitamin C", "vitamin E"]),
        ("prostaglandins E2 and F2α", C, ["prostaglandin E2", "prostaglandin F2α"]),
        ("vitamins A, C, and E", C, ["vitamin A", "vitamin C", "vitamin E"]),
        ("Na+/K+", C, ["Na+", "potassium"]),
        ("aspirin and ibuprofen", C, ["aspirin", "ibuprofen"]),
        ("prostaglandin D2, E2, or F2 alpha", C, ["prostaglandin D2", "prostaglandin E2", "prostaglandin F2 alpha"]),
        ("breast and ovarian cancer", D, ["breast cancer", "ovarian cancer"]),
        ("breast and/or ovarian cancer", D, ["breast cancer", "ovarian cancer"]),
        ("breast and squamous cell neoplasms", D, ["breast neoplasms", "squamous cell neoplasms"]),
        (
            "colorectal, breast and head and neck cancers",
            D,
            ["colorectal cancers", "breast cancers", "head and neck cancers"],
        ),
        (
            "colorectal, endometrial, and ovarian cancers",
            D,
            ["colorectal cancers", "endometrial cancers", "ovarian cancers"],
        ),
        ("Duchenne/Becker muscular dystrophy", D, ["Duchenne muscular dystrophy", "Becker muscular dystrophy"]),
        ("cardiac and renal toxicity", D, ["cardiac toxicity", "renal toxicity"]),
        ("hepato- and nephrotoxicity", D, ["hepatotoxicity", "nephrotoxicity"]),
        ("hypo- or hyperthyroidism", D, ["hypothyroidism", "hyperthyroidism"]),
        ("type 1 and 2 diabetes", D, ["type 1 diabetes", "type 2 diabetes"]),
        ("hepatitis B and C", D, ["hepatitis B", "hepatitis C"]),
        ("cleft lip and/or palate", D, ["cleft lip", "cleft palate"]),
        ("cancer of the breast and ovaries", D, ["breast cancer", "ovary cancer"]),
        ("acute renal failure and hepatic failure", D, ["acute renal failure", "hepatic failure"]),
    ],
)
def test_one_of_the_readings_is(name: str, type: str, texts: list[str]) -> None:
    assert texts in [[part.text for part in reading] for reading in readings(name, type)]


@pytest.mark.parametrize(
    "name", ["heart disease and cancer", "breast cancer and melanoma", "colon cancer and lymphoma"]
)
def test_a_disease_of_its_own_gets_nothing_of_the_one_before(name: str) -> None:
    assert [[part.text for part in reading] for reading in readings(name, D)] == [name.split(" and ")]


def test_the_cancer_beside_another_disease_of_an_organ_is_that_organs() -> None:
    assert [part.text for part in readings("gastric ulcer and cancer", D)[0]] == ["gastric ulcer", "gastric cancer"]


@pytest.mark.parametrize(
    ("name", "type"),
    [
        ("BRCA1", G),
        ("HER2/neu", G),
        ("PI3K/Akt", G),
        ("PI3K/Akt pathway", G),
        ("Smad2/3 complex", G),
        ("Na+/K+-ATPase", G),
        ("Na+/H+ exchanger", G),
        ("head and neck cancer", D),
        ("hand, foot and mouth disease", D),
        ("familial breast and ovarian cancer", D),
        ("levodopa/carbidopa", C),
        ("2,4-dinitrophenol", C),
        ("N,N-dimethyltryptamine", C),
        ("5/6", D),
        ("and", G),
        ("a/b", C),
    ],
)
def test_these_are_one_thing(name: str, type: str) -> None:
    assert readings(name, type) == ()


@pytest.mark.parametrize(
    ("name", "type", "found"),
    [
        ("BRCA1/2", G, [("BRCA1", "BRCA1"), ("BRCA1/2", "BRCA2")]),
        ("interleukins 6 and 8", G, [("interleukins 6", "IL6"), ("interleukins 6 and 8", "CXCL8")]),
        ("Smad1/5/8", G, [("Smad1", "SMAD1"), ("Smad1/5", "SMAD5"), ("Smad1/5/8", "SMAD9")]),
        ("MMP-2 and -9", G, [("MMP-2", "MMP2"), ("MMP-2 and -9", "MMP9")]),
        ("CYP3A4/5", G, [("CYP3A4", "CYP3A4"), ("CYP3A4/5", "CYP3A5")]),
        ("IL-1alpha and beta", G, [("IL-1alpha", "IL1A"), ("IL-1alpha and beta", "IL1B")]),
        ("vitamins C and E", C, [("vitamins C", "Ascorbic Acid"), ("vitamins C and E", "Vitamin E")]),
        ("Na+/K+", C, [("Na+", "Sodium"), ("K+", "Potassium")]),
        (
            "breast and ovarian cancer",
            D,
            [("breast and ovarian cancer", "breast cancer"), ("ovarian cancer", "ovarian cancer")],
        ),
        (
            "T-cell leukaemia or lymphoma",
            D,
            [("T-cell leukaemia", "T-cell leukemia"), ("T-cell leukaemia or lymphoma", "T-cell non-Hodgkin lymphoma")],
        ),
        # A reading whose "Crohn's disease colitis" is known by its last word alone comes after one of whole names.
        (
            "Crohn's disease or ulcerative colitis",
            D,
            [("Crohn's disease", "Crohn disease"), ("ulcerative colitis", "ulcerative colitis")],
        ),
        # A family that is named by its members.
        ("ERK1/2", G, [("ERK1", "MAPK3"), ("ERK1/2", "MAPK1")]),
        # Known as a whole.
        ("HER2/neu", G, [("HER2/neu", "ERBB2")]),
        ("Na+/K+-ATPase", G, [("Na+/K+-ATPase", "Na K ATPase")]),
        ("head and neck cancers", D, [("head and neck cancers", "head and neck cancer")]),
        # Too few of its parts are known.
        ("BRCA1/99", G, [("BRCA1/99", None)]),
        (
            "visual and auditory toxicity",
            D,
            [("visual and auditory toxicity", "vision disorder"), ("auditory toxicity", "hearing disorder")],
        ),
        (
            "cysts in the kidney, pancreas, and epididymis",
            D,
            [
                ("cysts in the kidney", "cystic kidney disease"),
                ("cysts in the kidney, pancreas", "Pancreatic Cyst"),
                ("cysts in the kidney, pancreas, and epididymis", None),
            ],
        ),
    ],
)
def test_what_the_linker_makes_of_it(linker: Linker, name: str, type: str, found: list[tuple[str, str | None]]) -> None:
    (linked,) = link(linker, row(f"In patients, {name} was seen.", [(name, type)]))
    assert names_of(linker, linked) == found
    assert all(m["type"] == type and m["score"] == 0.5 for m in linked["mentions"])
    spans = [(m["start"], m["end"]) for m in linked["mentions"]]
    assert spans == sorted(set(spans))


def test_relations_are_told_of_every_part(linker: Linker) -> None:
    mentions = [("vitamins C and E", C), ("EGFR", G), ("imatinib", C), ("BRCA1/2", G)]
    text = "Of vitamins C and E on EGFR, and imatinib, with BRCA1/2."
    told = row(text, mentions, [(0, 1), (0, 3), (2, 3), (2, 1)])
    plain = row("Imatinib inhibits EGFR.", [("Imatinib", C), ("EGFR", G)], [(0, 1)])
    linked, untouched = link(linker, told, plain)
    # 0 vitamin C, 1 vitamin E, 2 EGFR, 3 imatinib, 4 BRCA1, 5 BRCA2
    assert [name for _, name in names_of(linker, linked)] == [
        "Ascorbic Acid", "Vitamin E", "EGFR", "Imatinib", "BRCA1", "BRCA2",
    ]  # fmt: skip
    ends = [(0, 2), (0, 4), (0, 5), (1, 2), (1, 4), (1, 5), (3, 2), (3, 4), (3, 5)]
    assert linked["relations"] == [relation(head, tail) for head, tail in ends]
    assert untouched["relations"] == plain["relations"]


def test_a_part_is_not_related_to_itself() -> None:
    def named(start: int, end: int, concept: str | None) -> dict[str, Any]:
        return {"start": start, "end": end, "concept_id": concept}

    pieces = [[named(0, 5, "x:1"), named(0, 7, "x:2")], [named(10, 15, "x:1")], [named(20, 25, "x:1")]]
    split, told = split_rows(pieces, [relation(1, 0), relation(1, 2)])
    assert [m["concept_id"] for m in split] == ["x:1", "x:2", "x:1", "x:1"]
    assert [(r["head"], r["tail"]) for r in told] == [(2, 1), (2, 3)]  # what wasn't split stays as it was


def test_mentions_stay_in_order_where_another_lies_inside() -> None:
    parts = [{"start": 0, "end": 25, "concept_id": "x:1"}, {"start": 11, "end": 25, "concept_id": "x:2"}]
    split, told = split_rows([parts, [{"start": 5, "end": 9, "concept_id": "y:1"}]], [relation(1, 0)])
    assert [m["concept_id"] for m in split] == ["x:1", "y:1", "x:2"]
    assert [(r["head"], r["tail"]) for r in told] == [(1, 0), (1, 2)]


def test_a_part_is_read_in_the_species_beside_the_mention(linker: Linker) -> None:
    (linked,) = link(linker, row("In patients, mouse Smad1/5 bound.", [("Smad1/5", G)]))
    assert [m["concept_id"].split(":")[0] for m in linked["mentions"]] == ["ncbigene", "ncbigene"]
