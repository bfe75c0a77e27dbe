"""Phrases that a text holds."""

from __future__ import annotations

from engine.link.phrases import Phrases


def test_phrases_are_found_whatever_stands_between_their_words() -> None:
    phrases = Phrases(["rheumatoid arthritis", "TNF-α inhibitor", "retinoic acid", "arthritis"])
    assert phrases.held_by("Rheumatoid-Arthritis and a TNF alpha inhibitor.") == {
        "rheumatoid arthritis",
        "TNF-α inhibitor",
        "arthritis",
    }
    assert phrases.held_by("Arthritis, rheumatoid; retinoic and other acid") == {"arthritis"}
    assert phrases.held_by("") == set()


def test_phrases_that_are_spelt_alike_are_all_found() -> None:
    assert Phrases(["beta-cell mass", "beta cell mass"]).held_by("Beta cell mass fell.") == {
        "beta-cell mass",
        "beta cell mass",
    }


def test_a_phrase_is_made_of_whole_words_and_isnt_short() -> None:
    phrases = Phrases(["artery of a leg", "a leg", "..."])
    assert phrases.held_by("An artery of a legion.") == set()
    assert phrases.held_by("The artery of a leg") == {"artery of a leg"}
