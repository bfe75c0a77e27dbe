"""Cues of words: names found in a text, letter case, and the file that carries the names."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.link.archive import ArchiveError
from engine.model.batch import collate_windows
from engine.model.cues import CASES, CUES, NameList, mark_cases
from engine.model.text import cut_windows
from engine.schema import CHEMICAL, DISEASE, GENE, Span
from tests.tiny_model import tiny_reader

NAMES = NameList.of(
    [
        ("IL-6", GENE),
        ("IL-6 receptor", GENE),
        ("NaCl", CHEMICAL),
        ("Breast cancer", DISEASE),
        ("cancer", DISEASE),
        ("β-carotene", CHEMICAL),
        ("WAS", GENE),
        ("carcinoma in situ", DISEASE),
        ("12", GENE),
    ]
)


def cues_of(*words: str) -> list[str]:
    """The name cues of each word, as `B Gene` or `I Gene`, joined by commas."""
    names = [cue.replace("Begin", "B").replace("Inside", "I") for cue in CUES[len(CASES) :]]
    return [",".join(names[i] for i in np.flatnonzero(row)) for row in NAMES.mark(words)]


def test_the_longest_of_the_leftmost_names_is_marked() -> None:
    assert cues_of("the", "IL", "-", "6", "receptor", "binds") == ["", "B Gene", "I Gene", "I Gene", "I Gene", ""]
    assert cues_of("IL6", ",", "NaCl") == ["B Gene", "", "B Chemical"]


def test_spellings_plurals_and_greek_letters_meet() -> None:
    assert cues_of("breast", "cancers") == ["B Disease", "I Disease"]
    assert cues_of("beta", "carotene") == cues_of("β", "carotene") == ["B Chemical", "I Chemical"]


def test_an_english_word_is_a_name_only_inside_one_or_in_capitals() -> None:
    assert cues_of("was") == [""]
    assert cues_of("Was") == [""]
    assert cues_of("WAS") == ["B Gene"]
    assert cues_of("carcinoma", "in", "situ") == ["B Disease", "I Disease", "I Disease"]


def test_numbers_and_punctuation_are_no_names() -> None:
    assert cues_of("12", "-", "(") == ["", "", ""]
    assert NAMES.mark([]).shape == (0, len(CUES) - len(CASES))
    assert not NameList.of([]).mark(["IL6"]).any()


def test_cases() -> None:
    marks = mark_cases(["TNF", "Aspirin", "cAMP", "p53", "A", "β", "6"])
    found = [[CASES[i] for i in np.flatnonzero(row)] for row in marks]
    assert found == [["Upper"], ["Title"], ["Mixed"], [], ["Mixed"], [], []]


def test_names_survive_their_file(tmp_path: Path) -> None:
    NAMES.save(tmp_path / "names.zst")
    again = NameList.open(tmp_path / "names.zst")
    assert np.array_equal(again.hashes, NAMES.hashes)
    assert np.array_equal(again.types, NAMES.types)


def test_a_damaged_file_names_itself(tmp_path: Path) -> None:
    path = tmp_path / "names.zst"
    path.write_bytes(b"no frame")
    with pytest.raises(ArchiveError, match=r"names\.zst"):
        NameList.open(path)


def test_every_piece_of_a_window_carries_its_words_cues() -> None:
    (words,) = tiny_reader().read(["ASPIRIN blocks COX ."])
    windows = cut_windows(words, [Span(0, 20)], max_tokens=12, overlap_tokens=4)
    batch = collate_windows([(words, window) for window in windows], cls_id=2, sep_id=3, pad_id=0)
    upper, begin = CUES.index("Upper"), CUES.index("Begin Gene")
    window = windows[-1]
    pieces = np.repeat(words.cues[window.first : window.last], np.diff(words.first[window.first : window.last + 1]), 0)
    assert pieces[:, begin].sum() == len("COX")
    assert np.array_equal(batch.cues[-1, 1 : 1 + len(pieces)], pieces)
    assert batch.cues[0, :, upper].sum() == len("ASPIRIN")
    assert not batch.cues[:, 0].any()
