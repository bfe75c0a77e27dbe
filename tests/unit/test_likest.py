"""Which concept a name is likest: what is found, what speaks for it, and that what is alike twice means neither."""

from __future__ import annotations

import pytest

from engine.link import likest as module
from engine.link.entry import PREFERRED, SYNONYM, WEAK
from engine.link.lexicon import Alike, Candidate, Lexicon
from engine.link.likest import describe, likest
from tests.unit.tiny_lexicon import entry, lexicon_of


def candidate(concept: str, rank: int = SYNONYM) -> Candidate:
    return Candidate(rank, 2, concept, "Disease", "", concept)


def names_alike(lexicon: Lexicon, name: str) -> set[str]:
    """The names that are spelt like one."""
    found = lexicon.candidates_alike(name, searched=5, closest=0)
    return {candidate.surface for alike in found for candidate in alike.candidates}


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
    found = bladders.candidates_alike("inflammatory bladder", searched=5, closest=4)
    spelt = {c.concept_id for alike in found if alike.letters is not None for c in alike.candidates}
    near = {c.concept_id for alike in found if alike.letters is None for c in alike.candidates}
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
        Alike((candidate("a", PREFERRED), candidate("w", WEAK)), 0.8, 0.7),
        Alike((candidate("b"),), 0.5, 0.6),
        Alike((candidate("a"),), 0.3, 0.2),
        Alike((candidate("b"),), None, 0.9),
        Alike((candidate("b"),), None, 0.4),
        Alike((candidate("c"),), None, 0.1),
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
    assert likest(lexicon.candidates_alike("bladder inflammations", searched=5, closest=5)) is None


def test_a_single_word_is_spelt_like_no_part_of_a_longer_name() -> None:
    names = ("sleep disorder", "spasticity", "embolism")
    lexicon = lexicon_of([entry(f"mondo:{i}", "Disease", {name: 1}) for i, name in enumerate(names)])
    assert names_alike(lexicon, "sleep") == set()
    assert names_alike(lexicon, "plasticity") == set()
    assert names_alike(lexicon, "embolic") == {"embolism"}
    assert names_alike(lexicon, "sleep disturbances") == {"sleep disorder"}
