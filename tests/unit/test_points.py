"""Names as points: their pieces, what learning draws together, and the search."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.link.learn_points import learn_table
from engine.link.points import ROWS, SIZE, Points, pieces, vectors
from engine.link.words import words_of_name
from tests.unit.tiny_lexicon import entry, lexicon_of

NAMES = st.lists(st.frozensets(st.text("abcdefgh", min_size=1, max_size=9), max_size=4), min_size=1, max_size=9)


@given(NAMES)
def test_a_name_s_pieces_are_its_own(names: list[frozenset[str]]) -> None:
    """Whatever stands beside it, a name has the same pieces: a row for each word and each run of four in `<word>`."""
    rows, starts = pieces(names)
    ends = [*starts[1:].tolist(), len(rows)]
    for name, begin, end in zip(names, starts.tolist(), ends, strict=True):
        alone, _ = pieces([name])
        assert rows[begin:end].tolist() == alone.tolist()
        runs = sum(max(0, len(word) - 1) for word in name) if name else 0
        assert end - begin == max(1, len(name)) + runs
    assert rows.min() >= 0
    assert rows.max() < ROWS


def test_words_and_runs_are_told_apart() -> None:
    rows = [set(pieces([{word}])[0].tolist()) for word in ("kidney", "kidneys", "yendik")]
    assert len(rows[0] & rows[1]) == 4, "<kid kidn idne dney"
    assert not rows[0] & rows[2]


def test_names_of_one_concept_are_drawn_together() -> None:
    organs = {"kidney": "nephric", "liver": "hepatic", "lung": "pulmonic", "skin": "cutane", "heart": "cardiac"}
    faults = {
        "failure": "insufficiency",
        "stone": "calculus",
        "swelling": "edema",
        "cancer": "carcinoma",
        "cut": "wound",
    }
    names = [frozenset(pair) for organ in organs.items() for pair in zip(organ, organ, strict=True)]
    names, groups = [], []
    for plain, learned in organs.items():
        for common, latin in faults.items():
            if (plain, common) != ("kidney", "failure"):
                groups.append([len(names), len(names) + 1])
                names += [frozenset((plain, common)), frozenset((learned, latin))]
    table = learn_table(names, groups)
    assert (table.shape, table.dtype) == ((ROWS, SIZE), np.int8)
    assert (table == learn_table(names, groups)).all(), "the same names and seed give the same table"
    asked = vectors(table, [frozenset(("nephric", "insufficiency"))])[0]
    among = [frozenset(("kidney", "failure")), *names[::2]]
    closeness = vectors(table, among) @ asked
    assert among[int(closeness.argmax())] == frozenset(("kidney", "failure")), "though it never saw the two together"
    assert np.allclose(np.linalg.norm(vectors(table, among), axis=1), 1, atol=1e-5)


def test_nothing_to_learn_from_is_no_fault() -> None:
    assert learn_table([], []).shape == (ROWS, SIZE)
    assert learn_table([frozenset("a"), frozenset("b")], [[0, 1]]).shape == (ROWS, SIZE)
    assert vectors(np.zeros((ROWS, SIZE), np.int8), [frozenset("a")]).tolist() == [[0.0] * SIZE]


def test_forms_with_the_same_words_are_one_point() -> None:
    lexicon = lexicon_of(
        [
            entry("mondo:1", "Disease", {"kidney failure": 1, "failure of the kidney": 2, "renal insufficiency": 2}),
            entry("mondo:2", "Disease", {"migraine": 1}),
        ]
    )
    found = lexicon.candidates_alike("kidney failures", searched=0, closest=9)
    assert len(found) == 3
    assert found[0].candidates[0].concept_id == "mondo:1"
    assert found[0].closeness == max(alike.closeness for alike in found)


def test_a_lexicon_without_diseases_has_no_points() -> None:
    lexicon = lexicon_of([entry("hgnc:1", "Gene", {"ABL1": 1}, taxon="ncbitaxon:9606")])
    assert lexicon.candidates_alike("leukemia", searched=3, closest=3) == []
    blank = {"point_table": np.zeros(ROWS * SIZE, np.int8), "point": np.zeros(0, np.float32)}
    empty = {name: np.zeros(0, np.uint32) for name in ("point_surface", "near_surface", "point_of")}
    points = Points({**blank, **empty})
    assert points.closest(points.closeness(words_of_name("leukemia")), limit=3) == []
