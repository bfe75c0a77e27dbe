"""What questions take for known, for the same direction and for the same target, on graphs of a few edges."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.schema import AFFIRMED, CHEMICAL, DISEASE, GENE, NEGATED, SPECULATED
from graph.ask import ask
from graph.connect import open_store
from tests.reference_answers import Reference
from tests.small_graph import Entity, Publication, Sentence, SmallGraph

Told = tuple[str, str, str, str]

_LABELS = {"c": CHEMICAL, "g": GENE, "m": GENE, "f": "GeneFamily", "x": DISEASE}
# Genes g:1 and g:2 in the class f:1, g:3 in the class f:2, both below f:0; m:1 is the mouse's g:1, m:2 its g:2, m:3 the
# rat's g:1.
_LEXICON = [
    ("g:1", "MEMBER_OF", "f:1"),
    ("g:2", "MEMBER_OF", "f:1"),
    ("g:3", "MEMBER_OF", "f:2"),
    ("f:1", "IS_A", "f:0"),
    ("f:2", "IS_A", "f:0"),
    ("m:1", "ORTHOLOG_OF", "g:1"),
    ("m:2", "ORTHOLOG_OF", "g:2"),
    ("m:3", "ORTHOLOG_OF", "g:1"),
    ("x:1", "IS_A", "x:0"),
    ("x:2", "IS_A", "x:0"),
]


def graph_of(*told: Told) -> SmallGraph:
    """A graph of these sentences; chemicals are drugs."""
    graph = SmallGraph(publications=[Publication("PMID:1", 2000)], lexicon=_LEXICON)
    ends = {end for subject, _, object_, _ in told for end in (subject, object_)}
    ends |= {end for subject, _, object_ in _LEXICON for end in (subject, object_)}
    graph.entities = [Entity(id, _LABELS[id[0]], id, drug=id[0] == "c") for id in sorted(ends)]
    graph.sentences = [
        Sentence(f"E:{i}", subject, predicate, object_, "PMID:1", 0.9, f"Sentence {i}.", assertion)
        for i, (subject, predicate, object_, assertion) in enumerate(told)
    ]
    return graph


def answer(folder: Path, question: str, told: list[Told], **parameters: Any) -> list[dict[str, Any]]:
    """The rows with which a question is answered, which are those of the plain computation."""
    graph = graph_of(*told)
    with open_store(str(folder / "graph.kgl")) as store:
        graph.load(store)
        rows = ask(store, question, parameters).rows
    plain = Reference(graph).answer(question, **{"min_belief": 0.01, "limit": 25, **parameters})
    assert [tuple(row.values()) for row in rows] == plain
    return rows


_OPPOSED = [("c:1", "INHIBITS", "g:1", AFFIRMED), ("g:1", "PROMOTES", "x:1", AFFIRMED)]
_TWO_TARGETS = [
    ("c:1", "TREATS", "x:1", AFFIRMED),
    ("c:1", "INHIBITS", "g:1", AFFIRMED),
    ("c:2", "TREATS", "x:1", AFFIRMED),
    ("c:2", "INHIBITS", "g:3", AFFIRMED),
]


@pytest.mark.parametrize(("assertion", "is_known"), [(NEGATED, False), (SPECULATED, True), (AFFIRMED, True)])
@pytest.mark.parametrize(
    ("question", "parameters", "told", "known"),
    [
        ("repurposing", {"drug": "c:1"}, _OPPOSED, ("c:1", "TREATS", "x:1")),
        ("repurposing", {"drug": "c:1"}, _OPPOSED, ("c:1", "INDUCES", "x:1")),
        ("drugs-via-gene", {"disease": "x:1"}, _OPPOSED, ("c:1", "TREATS", "x:1")),
        (
            "drugs-of-partners",
            {"gene": "g:1"},
            [("g:1", "UPREGULATES", "g:3", AFFIRMED), ("c:1", "INHIBITS", "g:3", AFFIRMED)],
            ("c:1", "INHIBITS", "g:1"),
        ),
        (
            "family-diseases",
            {"gene": "g:1"},
            [("g:2", "PROMOTES", "x:1", AFFIRMED)],
            ("g:1", "ASSOCIATED_WITH", "x:1"),
        ),
        ("sibling-drugs", {"disease": "x:1"}, [("c:1", "TREATS", "x:2", AFFIRMED)], ("c:1", "TREATS", "x:1")),
        ("combination-ideas", {"disease": "x:1"}, _TWO_TARGETS, ("c:1", "COMBINED_WITH", "c:2")),
    ],
)
def test_what_is_only_denied_is_not_known(
    tmp_path: Path,
    question: str,
    parameters: dict[str, Any],
    told: list[Told],
    known: tuple[str, str, str],
    assertion: str,
    is_known: bool,
) -> None:
    rows = answer(tmp_path, question, [*told, (*known, assertion)], min_belief=0.1, **parameters)
    assert bool(rows) != is_known


@pytest.mark.parametrize(
    ("question", "parameters", "told", "known"),
    [
        (
            "safer-alternatives",
            {"drug": "c:1", "disease": "x:1"},
            [("c:1", "INHIBITS", "g:1", AFFIRMED), ("c:2", "INHIBITS", "g:1", AFFIRMED)],
            ("c:2", "INDUCES", "x:1"),
        ),
        ("undrugged-genes", {"disease": "x:1"}, [("g:1", "PROMOTES", "x:1", AFFIRMED)], ("c:1", "INHIBITS", "g:1")),
    ],
)
def test_what_is_known_is_known_however_little_it_is_believed(
    tmp_path: Path, question: str, parameters: dict[str, Any], told: list[Told], known: tuple[str, str, str]
) -> None:
    disputed = [(*known, AFFIRMED), (*known, NEGATED)]  # belief 0.86
    assert not answer(tmp_path / "1", question, [*told, *disputed], min_belief=0.88, **parameters)
    assert answer(tmp_path / "2", question, [*told, (*known, NEGATED)], min_belief=0, **parameters)


def test_a_pair_of_mouse_genes_is_borne_out_by_the_pair_of_human_ones(tmp_path: Path) -> None:
    told = [("m:1", "UPREGULATES", "m:2", AFFIRMED), ("g:1", "UPREGULATES", "g:2", AFFIRMED)]
    against = ("g:2", "UPREGULATES", "g:1", AFFIRMED)
    (row,) = answer(tmp_path / "1", "ortholog-evidence", told, gene="g:1")
    assert (row["other_id"], row["human_belief"]) == ("m:2", 0.9)
    (row,) = answer(tmp_path / "2", "ortholog-evidence", [told[0], against], gene="g:1")
    assert row["human_belief"] is None


@pytest.mark.parametrize(("subject", "object_"), [("m:1", "m:3"), ("m:3", "m:1")])
def test_an_edge_between_two_orthologs_of_a_gene_is_two_rows_in_one_order(
    tmp_path: Path, subject: str, object_: str
) -> None:
    rows = answer(tmp_path, "ortholog-evidence", [(subject, "REGULATES", object_, AFFIRMED)], gene="g:1")
    assert [row["ortholog_id"] for row in rows] == ["m:1", "m:3"]


def test_two_drugs_that_bind_a_target_need_not_act_alike(tmp_path: Path) -> None:
    agonist = [("c:1", "AGONIST_OF", "g:1", AFFIRMED), ("c:1", "BINDS", "g:1", AFFIRMED)]
    antagonist = [("c:2", "ANTAGONIST_OF", "g:1", AFFIRMED), ("c:2", "BINDS", "g:1", AFFIRMED)]
    other = [("c:3", "ACTIVATES", "g:1", AFFIRMED)]
    rows = answer(tmp_path, "safer-alternatives", [*agonist, *antagonist, *other], drug="c:1", disease="x:1")
    assert [row["drug_id"] for row in rows] == ["c:3"]


@pytest.mark.parametrize(
    ("first", "second", "apart"),
    [("g:1", "m:1", False), ("m:1", "f:1", False), ("g:1", "f:0", False), ("f:1", "f:0", False), ("g:1", "g:2", True)],
)
def test_orthologs_and_families_are_no_different_targets(tmp_path: Path, first: str, second: str, apart: bool) -> None:
    told = [(drug, "TREATS", "x:1", AFFIRMED) for drug in ("c:1", "c:2")]
    told += [("c:1", "INHIBITS", first, AFFIRMED), ("c:2", "INHIBITS", second, AFFIRMED)]
    assert bool(answer(tmp_path, "combination-ideas", told, disease="x:1", min_belief=0.1)) == apart


@pytest.mark.parametrize(
    ("gene", "hit", "is_left_out"),
    [
        ("g:1", "m:1", True),
        ("m:1", "g:1", True),
        ("g:1", "f:1", True),
        ("m:1", "f:0", True),
        ("f:0", "m:1", True),
        ("g:1", "g:2", False),
        ("f:1", "g:3", False),
    ],
)
def test_a_drug_of_an_ortholog_or_family_is_no_way_around_the_gene(
    tmp_path: Path, gene: str, hit: str, is_left_out: bool
) -> None:
    told = [(gene, "REGULATES", "g:9", AFFIRMED), ("c:1", "INHIBITS", "g:9", AFFIRMED)]
    told.append(("c:1", "INHIBITS", hit, AFFIRMED))
    rows = answer(tmp_path, "drugs-of-partners", told, gene=gene, min_belief=0.1)
    assert bool(rows) != is_left_out


@pytest.mark.parametrize("family", ["f:1", "f:0"])
def test_a_gene_whose_family_is_hit_is_not_undrugged(tmp_path: Path, family: str) -> None:
    told = [(gene, "PROMOTES", "x:1", AFFIRMED) for gene in ("m:1", "g:9")]
    rows = answer(tmp_path, "undrugged-genes", [*told, ("c:1", "INHIBITS", family, AFFIRMED)], disease="x:1")
    assert [row["gene_id"] for row in rows] == ["g:9"]


def test_drugs_of_a_genes_families_come_after_its_own_and_say_so(tmp_path: Path) -> None:
    told = [
        ("c:1", "INHIBITS", "m:1", SPECULATED),
        ("c:1", "INHIBITS", "f:1", AFFIRMED),
        ("c:2", "INHIBITS", "f:0", AFFIRMED),
        ("c:3", "INHIBITS", "f:2", AFFIRMED),
    ]
    rows = answer(tmp_path, "target-drugs", told, gene="g:1")
    assert [(row["drug_id"], row["family_id"], row["orthologs"]) for row in rows] == [
        ("c:1", None, ["m:1"]),
        ("c:1", "f:1", []),
        ("c:2", "f:0", []),
    ]


def test_families_are_followed_through_all_levels(tmp_path: Path) -> None:
    hits = [("c:1", "INHIBITS", gene, AFFIRMED) for gene in ("g:1", "g:3")]
    (row,) = answer(tmp_path / "1", "family-drugs", hits, gene="f:0", min_members=2)
    assert row["n_members"] == 2
    (row,) = answer(tmp_path / "2", "selectivity", hits, gene="g:1")
    assert (row["n_relatives"], row["hit"]) == (2, ["g:3"])
    (row,) = answer(tmp_path / "3", "family-diseases", [("g:3", "PROMOTES", "x:1", AFFIRMED)], gene="g:1")
    assert row["relatives"] == ["g:3"]


def test_publications_without_a_year_are_on_the_reading_list(tmp_path: Path) -> None:
    graph = graph_of(("c:1", "INHIBITS", "g:1", AFFIRMED), ("c:1", "INHIBITS", "g:2", AFFIRMED))
    graph.sentences[1] = replace(graph.sentences[1], publication="PMID:2")
    graph.publications.append(Publication("PMID:2", 2000))
    with open_store(str(tmp_path / "graph.kgl")) as store:
        graph.load(store)
        store.execute_write("MATCH (p:Publication {id: 'PMID:1'}) REMOVE p.year")
        listed = {since: ask(store, "reading-list", {"concept": "c:1", "since": since}).rows for since in (0, 1990)}
    assert [(row["publication"], row["year"]) for row in listed[0]] == [("PMID:2", 2000), ("PMID:1", None)]
    assert [row["publication"] for row in listed[1990]] == ["PMID:2"]


@pytest.mark.parametrize(
    ("retracted", "left", "n_lost"),
    [
        ([AFFIRMED], [], 1),
        ([AFFIRMED], [NEGATED], 1),
        ([AFFIRMED, NEGATED], [NEGATED], 1),
        ([AFFIRMED], [SPECULATED], 0),
        ([NEGATED], [NEGATED], 0),
        ([NEGATED], [], 1),
    ],
)
def test_an_edge_is_lost_where_only_denials_are_left(
    tmp_path: Path, retracted: list[str], left: list[str], n_lost: int
) -> None:
    graph = graph_of(*(("c:1", "INHIBITS", "g:1", assertion) for assertion in (*retracted, *left)))
    graph.publications.append(Publication("PMID:2", 2001, retracted=True))
    graph.sentences = [
        replace(sentence, publication="PMID:2" if number < len(retracted) else "PMID:1")
        for number, sentence in enumerate(graph.sentences)
    ]
    with open_store(str(tmp_path / "graph.kgl")) as store:
        graph.load(store)
        (row,) = ask(store, "retraction-impact").rows
    assert (row["publication"], row["n_edges"], row["n_lost"]) == ("PMID:2", 1, n_lost)
    assert [tuple(row.values())] == Reference(graph).answer("retraction-impact", concept="", limit=25)


def edges_found(folder: Path, question: str, *by_publication: list[str], **parameters: Any) -> list[dict[str, Any]]:
    """The rows about one edge that publications of successive years state in these ways."""
    graph = graph_of(*(("c:1", "INHIBITS", "g:1", assertion) for told in by_publication for assertion in told))
    graph.publications = [Publication(f"PMID:{n}", 2000 + n) for n in range(len(by_publication))]
    stating = [
        publication.id for publication, told in zip(graph.publications, by_publication, strict=True) for _ in told
    ]
    graph.sentences = [replace(s, publication=id) for s, id in zip(graph.sentences, stating, strict=True)]
    with open_store(str(folder / "graph.kgl")) as store:
        graph.load(store)
        rows = ask(store, question, parameters).rows
    plain = Reference(graph).answer(question, **{"concept": "", "min_belief": 0.01, "limit": 25, **parameters})
    assert [tuple(row.values()) for row in rows] == plain
    return rows


@pytest.mark.parametrize(
    ("by_publication", "n_evidence"),
    [
        ([[AFFIRMED, SPECULATED]], 2),
        ([[AFFIRMED, NEGATED]], 1),
        ([[AFFIRMED], [NEGATED], [NEGATED]], 1),
        ([[AFFIRMED], [SPECULATED]], None),
        ([[AFFIRMED], [AFFIRMED], [NEGATED]], None),
        ([[NEGATED]], None),
    ],
)
def test_an_edge_rests_on_the_publications_that_do_not_only_deny_it(
    tmp_path: Path, by_publication: list[list[str]], n_evidence: int | None
) -> None:
    rows = edges_found(tmp_path, "single-paper-edges", *by_publication, min_belief=0)
    assert [row["n_evidence"] for row in rows] == ([] if n_evidence is None else [n_evidence])


@pytest.mark.parametrize(
    ("by_publication", "n_affirming"),
    [
        ([[AFFIRMED], [AFFIRMED]], 2),
        ([[AFFIRMED], [AFFIRMED, NEGATED], [NEGATED]], 2),
        ([[AFFIRMED], [NEGATED], [NEGATED]], None),
        ([[AFFIRMED], [SPECULATED]], None),
    ],
)
def test_an_edge_was_affirmed_often_by_publications_that_affirm_it(
    tmp_path: Path, by_publication: list[list[str]], n_affirming: int | None
) -> None:
    rows = edges_found(tmp_path, "stale-edges", *by_publication, before=2015, min_publications=2)
    assert [row["n_publications"] for row in rows] == ([] if n_affirming is None else [n_affirming])
