"""Pairs that a sentence names without saying anything of them."""

from __future__ import annotations

import re

import pytest

from engine.schema import CHEMICAL, DISEASE, GENE, Span
from engine.wording.unrelated import ALL, CARED, HARMED, TREATED, find_unrelated

TYPES = {"C": CHEMICAL, "D": DISEASE, "G": GENE}


def unrelated(marked: str) -> dict[tuple[str, str], frozenset[str]]:
    """What `find_unrelated` says of a sentence whose names stand as `C[aspirin]`."""
    mentions, text = [], ""
    for part in re.split(r"([CDG]\[[^]]+\])", marked):
        if re.fullmatch(r"[CDG]\[[^]]+\]", part):
            mentions.append((Span(len(text), len(text) + len(part) - 3), TYPES[part[0]]))
            part = part[2:-1]
        text += part
    found = find_unrelated(text, mentions, Span(0, len(text)), ALL)
    names = [text[span.start : span.end] for span, _ in mentions]
    return {(names[head], names[tail]): predicates for (head, tail), predicates in found.items()}


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("G[ACE] inhibitor-associated D[angioedema]", {("ACE", "angioedema")}),
        ("G[ACE]-inhibitors in D[angioedema]", {("ACE", "angioedema")}),
        ("G[ACE]\u2010inhibitors in D[angioedema]", {("ACE", "angioedema")}),
        ("G[angiotensin-converting enzyme] (G[ACE]) inhibitors in D[angioedema]",
         {("ACE", "angioedema"), ("angiotensin-converting enzyme", "angioedema")}),
        ("G[Calcium channel] blockers for D[angioedema]", {("Calcium channel", "angioedema")}),
        ("G[ACE] activity in D[angioedema]", set()),
        ("G[ACE], inhibitors and D[angioedema]", set()),
    ],
)  # fmt: skip
def test_a_gene_in_the_name_of_a_class_of_drugs_relates_to_no_disease(text: str, pairs: set[tuple[str, str]]) -> None:
    found = unrelated(text)
    assert set(found) == pairs
    assert all(predicates == ALL[GENE, DISEASE] for predicates in found.values())


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("C[Nifedipine] is a C[dihydropyridine], and C[lisinopril] is an G[ACE] inhibitor.", set()),
        ("C[Nifedipine] is a calcium antagonist, and C[lisinopril] is an G[ACE] inhibitor.", {("Nifedipine", "ACE")}),
        ("C[Nifedipine], a G[calcium channel] blocker, and C[lisinopril], an G[ACE] inhibitor, were given.",
         {("Nifedipine", "ACE"), ("lisinopril", "calcium channel")}),
        ("C[Sirolimus] and second-generation G[mTOR] inhibitors, such as C[temsirolimus], are safe.", set()),
        ("The G[JNK] inhibitor C[SP600125] prevented what C[isoproterenol] induced.", set()),
    ],
)  # fmt: skip
def test_only_a_drug_of_another_class_is_told_apart_from_a_class(text: str, pairs: set[tuple[str, str]]) -> None:
    assert set(unrelated(text)) == pairs


def test_what_is_measured_neither_treats_nor_harms_and_what_is_drunk_doesnt_treat() -> None:
    assert unrelated("Serum C[creatinine] rose in D[nephropathy].") == {("creatinine", "nephropathy"): CARED}
    assert unrelated("Cirrhosis by C[alcohol] abuse, with D[ascites].") == {("alcohol", "ascites"): TREATED}
    resisted = unrelated("C[Teicoplanin] for C[methicillin]-resistant Staphylococcus D[infection].")
    assert resisted == {("methicillin", "infection"): TREATED}
    assert unrelated("C[Cisplatin] refractory D[cancer].") == {("Cisplatin", "cancer"): TREATED}
    assert unrelated("C[Steroid]-dependent D[asthma].") == {}


def test_what_a_drug_lessens_it_does_not_induce_and_what_it_brings_about_it_does_not_treat() -> None:
    assert unrelated("C[Ramipril]-induced regression of left D[hypertrophy].") == {("Ramipril", "hypertrophy"): HARMED}
    assert unrelated("Healing of C[NSAID]-associated gastric D[ulcers].") == {("NSAID", "ulcers"): TREATED}
    assert unrelated("C[Ramipril] is related to D[cough].") == {}


def test_only_the_types_that_are_asked_for_are_read() -> None:
    text, spans = "ACE inhibitors in angioedema", [(Span(0, 3), GENE), (Span(18, 28), DISEASE)]
    assert find_unrelated(text, spans, Span(0, len(text)), {(CHEMICAL, GENE)}) == {}
    assert set(find_unrelated(text, spans, Span(0, len(text)), {(GENE, DISEASE)})) == {(0, 1)}
