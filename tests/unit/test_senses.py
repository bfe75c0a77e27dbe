"""Senses of short forms: mined from a few abstracts, weighed with and without words, and kept in a lexicon's arrays."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.link.entry import PREFERRED
from engine.link.senses import Meaning, Sense, meanings, mine_senses, weigh, words_of
from tests.unit.tiny_lexicon import entry, lexicon_of

ARTHRITIS, RETINOIC, GATA1 = "mondo:0008383", "mesh:D014212", "hgnc:4170"
CONCEPTS = {
    "rheumatoid arthritis": ("", "", ARTHRITIS),
    "retinoic acid": ("", RETINOIC, ""),
    "thalassemia gene": (GATA1, "", "mondo:0019402"),
}
TEXTS = [
    *(f"In rheumatoid arthritis (RA) the joints swell {i}. Methotrexate helped." for i in range(5)),
    "Rheumatoid Arthritis (RA) of old joints. Nothing helped.",
    *(f"Retinoic acid (RA) moves keratinocytes {i}. A vitamin." for i in range(3)),
    "A right atrium (RA) beats.",
    "An adverse drug reaction (ADR) was seen.",
    "Adverse drug reactions (ADR) were seen.",
    "An adverse drug-reaction (ADR) again.",
    "The thalassemia gene (TG) is short.",
    "No short form here (10 mg).",
]


def whole(texts: Iterable[str]) -> list[tuple[str]]:
    """Texts of one passage each."""
    return [(text,) for text in texts]


def link(_: str, long: str) -> tuple[str, str, str]:
    return CONCEPTS.get(long.lower(), ("", "", ""))


def nameless(_: str) -> tuple[str, ...]:
    """No concept has a name whose words might speak for it."""
    return ()


def best(choices: tuple[Meaning, ...], text: str = "") -> str:
    shares = weigh(choices, words_of(text))
    return max(zip(shares, choices, strict=True), key=lambda pair: pair[0])[1].concept_id


# ---------------------------------------------------------------------------------------- mining


def test_each_sense_is_counted_commonest_first() -> None:
    senses = mine_senses(whole(TEXTS), link)
    assert list(senses) == ["ADR", "RA", "TG"]
    assert [(s.concepts, s.documents) for s in senses["RA"]] == [
        (("", "", ARTHRITIS), 6),
        (("", RETINOIC, ""), 3),
        (("", "", ""), 1),
    ]


def test_a_plural_and_a_hyphen_make_no_sense_of_their_own() -> None:
    (sense,) = mine_senses(whole(TEXTS), link)["ADR"]
    assert (sense.concepts, sense.documents) == (("", "", ""), 3)


def test_long_forms_that_are_no_concept_stay_apart() -> None:
    texts = ["A right atrium (RA) beats.", "A random array (RA) is drawn."]
    assert [s.documents for s in mine_senses(whole(texts), link)["RA"]] == [1, 1]


def test_long_forms_of_one_concept_are_one_sense() -> None:
    texts = ["Rheumatoid arthritis (RA) is old.", "Rheumatic arthritis (RA) is the same."]
    (sense,) = mine_senses(whole(texts), lambda *_: ("", "", ARTHRITIS))["RA"]
    assert sense.documents == 2


def test_a_sense_has_a_concept_a_type() -> None:
    (sense,) = mine_senses(whole(TEXTS), link)["TG"]
    assert sense.concepts == (GATA1, "", "mondo:0019402")


def test_a_long_form_is_linked_once() -> None:
    asked: list[str] = []

    def remember(short: str, long: str) -> tuple[str, str, str]:
        asked.append(long.lower())
        return link(short, long)

    mine_senses(whole(TEXTS), remember)
    assert sorted(asked) == sorted(set(asked))
    assert "adverse drug reactions" not in asked


def test_words_that_tell_a_sense_from_the_others() -> None:
    arthritis, retinoic, _ = (dict(sense.words) for sense in mine_senses(whole(TEXTS), link)["RA"])
    own = words_of("rheumatoid arthritis")
    assert {word: arthritis[word] for word in own} == dict.fromkeys(own, 2.5)
    assert words_of("joints swell methotrexate helped") <= set(arthritis)
    assert words_of("keratinocytes vitamin moves") <= set(retinoic)
    assert words_of("retinoic") <= set(retinoic)
    for idle in ("the", "nothing", "beats"):  # too short; seen once; of another sense
        assert words_of(idle).isdisjoint(arthritis)
        assert words_of(idle).isdisjoint(retinoic)
    assert all(0 < weight <= 3 for weight in (*arthritis.values(), *retinoic.values()))


def test_a_text_that_spells_a_sense_out_without_defining_it_tells_its_words_too() -> None:
    more = ["Rheumatoid arthritis erodes cartilage.", "Erosion of cartilage, in rheumatoid-arthritis."]
    before, after = (mine_senses(whole(texts), link)["RA"][0] for texts in (TEXTS, [*TEXTS, *more]))
    assert before.documents == after.documents == 6
    assert words_of("cartilage") <= set(dict(after.words))
    assert words_of("cartilage").isdisjoint(dict(before.words))


def test_a_document_speaks_once_for_a_sense_by_the_first_passage_that_spells_it_out() -> None:
    paper = (
        "A trial of joints.",
        "In rheumatoid arthritis (RA) cartilage erodes.",
        "Rheumatoid arthritis (RA) again, with mucosa.",
        "Rheumatoid arthritis and mucosa.",
    )
    before, after = (mine_senses([*whole(TEXTS), *papers], link)["RA"][0] for papers in ((), [paper, paper[:2]]))
    assert after.documents == before.documents + 2
    assert words_of("cartilage") <= set(dict(after.words)), "in two documents"
    assert words_of("mucosa").isdisjoint(dict(after.words)), "in two passages of one that had spoken before"


def test_the_first_definition_of_a_document_counts() -> None:
    paper = ("Retinoic acid (RA) helped.", "Rheumatoid arthritis (RA) swells.")
    assert [s.concepts for s in mine_senses([paper], link)["RA"]] == [("", RETINOIC, "")]


def test_the_commonest_spelling_is_linked() -> None:
    asked: list[str] = []
    texts = ["Beta-cell mass (BCM) fell.", "Beta cell mass (BCM) fell.", "A beta cell mass (BCM) fell."]
    mine_senses(whole(texts), lambda _, long: (asked.append(long), ("", "", ""))[1])
    assert [long.lower() for long in asked] == ["beta cell mass"]


def test_the_words_of_the_long_form_itself_are_never_cut_off() -> None:
    many = " ".join(f"joint{letter}{other}" for letter in "abcdef" for other in "abcdefgh")
    texts = [f"Rheumatoid arthritis (RA) of {many}." for _ in range(5)] + ["Coffee."] * 500
    (alone,) = mine_senses(whole(texts), link)["RA"]
    assert len(alone.words) == 24
    assert words_of("rheumatoid arthritis") <= set(dict(alone.words))


def test_what_is_common_anyway_tells_nothing_of_a_sense_without_rivals() -> None:
    texts = [f"An adverse drug reaction (ADR) of the mucosa was found {i}." for i in range(5)]
    (alone,) = mine_senses(whole([*texts, *(f"Coffee was found {i}." for i in range(40))]), link)["ADR"]
    assert words_of("mucosa") <= set(dict(alone.words))
    assert words_of("found").isdisjoint(dict(alone.words))


def test_a_word_that_all_texts_have_tells_nothing() -> None:
    texts = [f"Patients. {t}" for t in TEXTS]
    for sense in mine_senses(whole(texts), link)["RA"]:
        assert words_of("patients").isdisjoint(dict(sense.words))


def test_no_more_than_24_words_a_sense() -> None:
    many = " ".join(f"joint{letter}{other}" for letter in "abcdef" for other in "abcdefgh")
    texts = [f"Rheumatoid arthritis (RA) of {many}.", f"Rheumatoid arthritis (RA) with {many}.", *TEXTS]
    assert len(mine_senses(whole(texts), link)["RA"][0].words) == 24


def test_the_order_of_texts_never_counts() -> None:
    assert mine_senses(whole(TEXTS[::-1]), link) == mine_senses(whole(TEXTS), link)


def test_no_texts_no_senses() -> None:
    assert mine_senses([], link) == {}
    assert mine_senses(whole(["Nothing is defined (here)."]), link) == {}


# ---------------------------------------------------------------------------------------- weighing


def test_without_words_the_commonest_sense_wins() -> None:
    senses = (Sense(("", "", ARTHRITIS), 6, ()), Sense(("", "", "mondo:2"), 3, ()))
    choices = meanings(senses, "Disease", [], nameless)
    assert best(choices) == ARTHRITIS
    assert weigh(choices, frozenset()) == pytest.approx([0.6, 0.3, 0.1])  # the last: a meaning that none defined


def test_words_turn_it() -> None:
    senses = mine_senses(whole(TEXTS), link)["RA"]
    chemical = meanings(senses, "Chemical", [], nameless)
    assert best(chemical) == RETINOIC  # what is no chemical counts less under a chemical's tag
    assert best(chemical, "The joints of rheumatoid patients with methotrexate.") == ""
    disease = meanings(senses, "Disease", [], nameless)
    assert best(disease, "The joints of rheumatoid patients.") == ARTHRITIS
    assert best(disease, "A retinoic vitamin for keratinocytes.") == ""


def test_words_of_what_the_vocabulary_lists_speak_for_it() -> None:
    names = {"mesh:1": ("Retinoic acid", "vitamin A acid"), "mesh:2": ("Rare antigen",)}
    choices = meanings((), "Chemical", [("mesh:1", 0.5), ("mesh:2", 0.5)], names.__getitem__)
    plain = dict(zip([c.concept_id for c in choices], weigh(choices, frozenset()), strict=True))
    told = dict(zip([c.concept_id for c in choices], weigh(choices, words_of("Retinoic vitamin acid")), strict=True))
    assert plain["mesh:1"] == plain["mesh:2"]
    assert told["mesh:1"] / told["mesh:2"] == pytest.approx(math.exp(2 * 0.75))  # "acid" says nothing
    assert best(choices, "A rare antigen.") == "mesh:2"


def test_words_of_the_names_of_what_abstracts_define_speak_for_it_too() -> None:
    senses = [Sense(("", "", ARTHRITIS), 6, ((7, 1.5),)), Sense(("", "", ""), 6, ())]
    (arthritis, *_) = meanings(senses, "Disease", [], {ARTHRITIS: ("Rheumatoid arthritis",)}.__getitem__)
    assert dict(arthritis.words) == {7: 1.5, **dict.fromkeys(words_of("rheumatoid arthritis"), 1.0)}


def test_a_sense_of_another_type_counts_less_and_one_of_no_concept_too() -> None:
    senses = [Sense(("", "", "mondo:1"), 8, ()), Sense(("", "mesh:1", ""), 8, ()), Sense(("", "", ""), 8, ())]
    choices = meanings(senses, "Disease", [], nameless)
    assert [(c.concept_id, c.weight) for c in choices] == [("mondo:1", 8), ("", 1), ("", 2), ("", pytest.approx(2.8))]


def test_what_is_mined_and_listed_counts_together() -> None:
    senses = [Sense(("", "", ARTHRITIS), 6, ((7, 1.5),)), Sense(("", "", ARTHRITIS), 2, ((8, 1.0), (7, 0.5)))]
    names = {ARTHRITIS: ("joint rot",), "mondo:2": ()}
    choices = meanings(senses, "Disease", [(ARTHRITIS, 4.0), ("mondo:2", 0.5)], names.__getitem__)
    assert [(c.concept_id, c.weight) for c in choices] == [(ARTHRITIS, 12.0), ("mondo:2", 0.5), ("", 1.0)]
    joint = dict.fromkeys(words_of("joint"), 1.0)  # "rot" is too short
    assert dict(choices[0].words) == {7: 0.5, 8: 1.0, **joint}


@pytest.mark.parametrize("weight", [0.5, 0.3])  # those of a synonym and of a weak one, see `resolve.py`
def test_the_meaning_that_nobody_defined_outweighs_a_lone_weak_synonym(weight: float) -> None:
    choices = meanings((), "Gene", [(GATA1, weight)], nameless)
    assert best(choices) == ""
    assert best(meanings((), "Gene", [(GATA1, 4.0)], nameless)) == GATA1
    assert best(meanings((), "Gene", [(GATA1, 4.0)], nameless, unheard=6.0)) == ""


def test_many_words_are_no_certainty() -> None:
    heavy = Meaning("a:1", 1.0, dict.fromkeys(range(24), 3.0))
    share, _ = weigh((heavy, Meaning("", 1.0, {})), frozenset(range(24)))
    assert share == pytest.approx(1 / (1 + math.exp(-8)))


WEIGHED = st.builds(
    Meaning,
    st.sampled_from(["", "a:1", "b:2"]),
    st.floats(0.1, 60000),
    st.dictionaries(st.integers(0, 9), st.floats(0.1, 3), max_size=9),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # a busy machine says nothing of it
@given(st.lists(WEIGHED, min_size=1, max_size=9), st.frozensets(st.integers(0, 9)))
def test_probabilities_add_up_to_1(choices: list[Meaning], present: frozenset[int]) -> None:
    shares = weigh(choices, present)
    assert sum(shares) == pytest.approx(1)
    assert all(0 <= share <= 1 for share in shares)


def test_words_of_a_text() -> None:
    assert words_of("The TNF-α of joints, Joints and JOINTS") == words_of("alpha joints")
    assert len(words_of("alpha joints")) == 2
    assert words_of("of an IL6 (a b)") == frozenset()


# ---------------------------------------------------------------------------------------- in a lexicon

ENTRIES = [
    entry(GATA1, "Gene", {"GATA1": PREFERRED}),
    entry(RETINOIC, "Chemical", {"Tretinoin": PREFERRED}),
    entry(ARTHRITIS, "Disease", {"rheumatoid arthritis": PREFERRED}),
]


def test_senses_come_back_as_they_were() -> None:
    senses = {
        "RA": [
            Sense(("", "", ARTHRITIS), 84, ((3, 2.0), (2**32 - 1, 0.7))),
            Sense(("", RETINOIC, ""), 10, ((0, 3.0),)),
        ],
        "AA": [Sense(("", "", ""), 1, ())],
        "Zn": [Sense((GATA1, RETINOIC, ARTHRITIS), 65535, ((5, 1.24),))],
        "β2": [Sense((GATA1, "", ""), 2, ()), Sense(("", "", ""), 1, ((9, 2.0),))],
        "2D": [Sense(("", "", ARTHRITIS), 7, ())],
    }
    lexicon = lexicon_of(ENTRIES, senses=senses)
    assert {short: list(lexicon.senses(short)) for short in senses} == senses  # "2D" is the first, "β2" the last


@pytest.mark.parametrize("short", ["", "A", "AAA", "QQ", "ra", "RAs", "γ", "1"])
def test_an_unknown_short_form_has_none(short: str) -> None:
    one = [Sense(("", "", ARTHRITIS), 1, ())]
    assert lexicon_of(ENTRIES, senses={"AA": one, "RA": one, "β2": one}).senses(short) == ()
    assert lexicon_of(ENTRIES, senses={}).senses(short) == ()


def test_mined_senses_come_back_but_for_a_hundredth_of_a_weight() -> None:
    mined = mine_senses(
        whole(TEXTS), lambda short, long: link(short, long) if "gene" not in long else (GATA1, "", ARTHRITIS)
    )
    lexicon = lexicon_of(ENTRIES, senses=mined)
    for short, senses in mined.items():
        found = lexicon.senses(short)
        assert [replace(s, words=()) for s in found] == [replace(s, words=()) for s in senses]
        for kept, sense in zip(found, senses, strict=True):
            assert [w for w, _ in kept.words] == [w for w, _ in sense.words]
            assert dict(kept.words) == pytest.approx(dict(sense.words), abs=0.0101)
