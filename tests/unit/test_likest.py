"""Which concept a name is likest: what is found, what speaks for it, and that what is alike twice means neither."""

from __future__ import annotations

import pytest

from engine.link import likest as module
from engine.link.entry import PREFERRED, SYNONYM, WEAK
from engine.link.lexicon import Alike, Lexicon
from engine.link.likest import describe, likest
from tests.unit.tiny_lexicon import entry, lexicon_of


def alike_to(lexicon: Lexicon, name: str, *, searched: int = 5, closest: int = 5) -> list[Alike]:
    (found,) = lexicon.candidates_alike([name], searched=searched, closest=closest)
    return found


def names_alike(lexicon: Lexicon, name: str) -> set[str]:
    """The preferred names of what is spelt like one."""
    concepts = [lexicon.concept(id) for alike in alike_to(lexicon, name, closest=0) for id, _ in alike.concepts]
    return {concept.name for concept in concepts if concept is not None}


@pytest.fixture
def bladders() -> Lexicon:
    return lexicon_of(
        [
            entry("mondo:1", "Disease", {"bladder inflammation": 1}),
            entry("mondo:2", "Disease", {"familial gall bladder inflammation of childhood": 1}),
            entry("mondo:3", "Disease", {"migraine": 1}),
            entry("mondo:4", "Disease", {"deafness": 1}),
            entry("hgnc:1", "Gene", {"bladder inflammatory protein": 1}, taxon="ncbitaxon:9606"),
        ]
    )


def test_the_likest_is_the_one_that_is_ahead(bladders: Lexicon, monkeypatch: pytest.MonkeyPatch) -> None:
    found = alike_to(bladders, "inflammatory bladder", closest=4)
    spelt = {id for alike in found if alike.letters is not None for id, _ in alike.concepts}
    near = {id for alike in found if alike.letters is None for id, _ in alike.concepts}
    assert spelt == {"mondo:1", "mondo:2"}
    assert near == {"mondo:1", "mondo:2", "mondo:3", "mondo:4"}, "all four diseases are points, the gene is none"
    told = describe(found)
    assert max(told, key=lambda concept: told[concept][1] + told[concept][4]) == "mondo:1"
    monkeypatch.setattr(module, "COEFFICIENTS", (0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0))
    best = likest(found)
    assert best is not None
    assert (best[0], 0.5 < best[1] < 1.0) == ("mondo:1", True)
    monkeypatch.setattr(module, "COEFFICIENTS", (-9.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0))
    assert likest(found) is None, "none is likely enough"


def test_what_speaks_for_a_concept() -> None:
    found = [
        Alike((("a", PREFERRED), ("w", WEAK)), 0.8, 0.7),
        Alike((("b", SYNONYM),), 0.5, 0.6),
        Alike((("a", SYNONYM),), 0.3, 0.2),
        Alike((("b", SYNONYM),), None, 0.9),
        Alike((("b", SYNONYM),), None, 0.4),
        Alike((("c", SYNONYM),), None, 0.1),
    ]
    told = describe(found)
    assert told.keys() == {"a", "b", "c"}, "a weak name speaks for nothing"
    assert told["a"] == pytest.approx((1, 0.8, 0, 0.3, 0.7, -0.2, 0, 0, 1), abs=1e-9)
    assert told["b"] == pytest.approx((1, 0.5, -0.3, 0, 0.9, 0, 0.2, 1.0986, 0), abs=1e-4)
    assert told["c"] == pytest.approx((1, 0, -0.8, 0, 0.1, -0.8, 0, 0.6931, 0), abs=1e-4)
    assert describe([]) == {}
    assert likest([]) is None


def test_a_name_that_two_diseases_have_alike_means_neither() -> None:
    lexicon = lexicon_of([entry(f"mondo:{i}", "Disease", {"bladder inflammation": 1}) for i in (1, 2)])
    assert likest(alike_to(lexicon, "bladder inflammations")) is None


def test_a_single_word_is_spelt_like_no_part_of_a_longer_name() -> None:
    names = ("sleep disorder", "spasticity", "embolism")
    lexicon = lexicon_of([entry(f"mondo:{i}", "Disease", {name: 1}) for i, name in enumerate(names)])
    assert names_alike(lexicon, "sleep") == set()
    assert names_alike(lexicon, "plasticity") == set()
    assert names_alike(lexicon, "embolic") == {"embolism"}
    assert names_alike(lexicon, "sleep disturbances") == {"sleep disorder"}
