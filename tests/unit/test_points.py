"""Names as points: their pieces, what learning draws together, and the search."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from engine.link.learn_points import learn_table
from engine.link.points import ROWS, SIZE, UNIT, Points, cosines, pieces, vectors
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
    assert np.allclose(np.linalg.norm(vectors(table, among), axis=1), UNIT, atol=SIZE**0.5 / 2)


def test_nothing_to_learn_from_is_no_fault() -> None:
    assert learn_table([], []).shape == (ROWS, SIZE)
    assert learn_table([frozenset("a"), frozenset("b")], [[0, 1]]).shape == (ROWS, SIZE)
    assert vectors(np.zeros((ROWS, SIZE), np.int8), [frozenset("a")]).tolist() == [[0.0] * SIZE]


def test_sums_of_products_are_held_exactly() -> None:
    assert (UNIT + SIZE**0.5 / 2) ** 2 < 2**24


@given(NAMES, st.integers(0, 9))
def test_how_close_a_name_is_does_not_depend_on_the_others(names: list[frozenset[str]], seed: int) -> None:
    random = np.random.default_rng(seed)
    table = random.integers(-127, 128, (ROWS, SIZE), np.int8)
    held = vectors(table, [frozenset({f"word{i}"}) for i in range(200)])
    points = Points({"point_table": table.ravel(), "point": held.ravel()})
    together = points.closeness(names)
    asked = vectors(table, names)
    assert (asked == np.rint(asked)).all()
    assert (together == asked.astype(np.int64) @ held.astype(np.int64).T).all()
    for name, row in zip(names, together, strict=True):
        assert (points.closeness([name])[0] == row).all()
        assert cosines(row, [3, 5]) == [int(row[3]) / UNIT**2, int(row[5]) / UNIT**2]


def test_what_is_found_for_a_name_does_not_depend_on_the_others() -> None:
    words = ("kidney", "liver", "lung", "skin", "heart", "failure", "stone", "edema", "cancer", "wound")
    names = [f"{one} {other}" for one in words for other in words if one != other]
    lexicon = lexicon_of([entry(f"mondo:{i}", "Disease", {name: 1}) for i, name in enumerate(names[::2])])
    together = list(lexicon.candidates_alike(names, searched=5, closest=7))
    assert len(together) == len(names)
    for name, found in zip(names, together, strict=True):
        assert [found] == list(lexicon.candidates_alike([name], searched=5, closest=7))


def test_forms_with_the_same_words_are_one_point() -> None:
    lexicon = lexicon_of(
        [
            entry("mondo:1", "Disease", {"kidney failure": 1, "failure of the kidney": 2, "renal insufficiency": 2}),
            entry("mondo:2", "Disease", {"migraine": 1}),
            entry("mondo:3", "Disease", {"kidney stone": 1, "failures of kidneys": 0}),
        ]
    )
    (found,) = lexicon.candidates_alike(["kidney failures"], searched=0, closest=9)
    assert len(found) == 4
    assert found[0].concepts == (("mondo:3", 0), ("mondo:1", 1))
    assert found[0].closeness == max(alike.closeness for alike in found)


def test_a_single_word_is_read_in_its_first_form_alone() -> None:
    diseases = [entry("mondo:1", "Disease", {"migraine": 1}), entry("mondo:2", "Disease", {"migraines": 1})]
    (found,) = lexicon_of(diseases).candidates_alike(["migraine"], searched=0, closest=9)
    assert [alike.concepts for alike in found] == [(("mondo:1", 1),)]


def test_a_lexicon_without_diseases_has_no_points() -> None:
    lexicon = lexicon_of([entry("hgnc:1", "Gene", {"ABL1": 1}, taxon="ncbitaxon:9606")])
    assert list(lexicon.candidates_alike(["leukemia"], searched=3, closest=3)) == [[]]
    assert list(lexicon.candidates_alike([], searched=3, closest=3)) == []
