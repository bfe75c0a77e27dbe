"""Hypotheses: scores computed by hand, signs, what is known, no later knowledge, exports and pictures that hold."""

from __future__ import annotations

import copy
import csv
import json
import math
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import networkx as nx
import pytest
from click.testing import CliRunner, Result
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.schema import (
    AFFIRMED,
    ASSERTIONS,
    CHEMICAL,
    DISEASE,
    GENE,
    NEGATED,
    PREDICATE_BY_NAME,
    SPECULATED,
    triple_id,
)
from graph.connect import open_store
from graph.errors import UnknownName
from graph.hypotheses.export import PREDICATES, biolink_curie, own_curie, read_kgx, write_graphml, write_kgx
from graph.hypotheses.find import find_hypotheses
from graph.hypotheses.network import Claim, Concept, Network, edges_of
from graph.hypotheses.paths import RANKINGS, Hypothesis, Scoring, discover, explain
from graph.hypotheses.picture import PictureError, as_html, as_svg, draw
from graph.hypotheses.read import Quote, read_everything, read_quotes, read_surroundings
from graph.hypotheses.report import hypothesis_rows
from graph.hypotheses.subgraph import metrics_of, subgraph_of
from graph.store import Store
from jobs.hypotheses import _sentences, command
from tests.small_graph import Publication, Sentence, SmallGraph, at_random, hand_written

IMATINIB, DASATINIB, METFORMIN, QUERCETIN = "mesh:D000068877", "mesh:D000069439", "mesh:D008687", "mesh:D011794"
CML, ARTHRITIS, DIABETES = "mondo:0011996", "mondo:0005578", "mondo:0005148"
PLAIN = Scoring(min_belief=0.0, inner_damping=0.5, outer_damping=0.5, popularity=0.0)


def concept(id: str) -> Concept:
    label = {"c": "Chemical", "g": "Gene", "x": "Disease", "m": "Gene"}[id[0]]
    return Concept(id, id.upper(), label, is_drug=label == "Chemical" and not id.endswith("n"))


def claim(subject: str, predicate: str, object: str, weight: float = 1.0, **more: object) -> Claim:
    known = {"assertion": AFFIRMED, "publication": f"PMID:{subject}{predicate}{object}", "year": 2000} | more
    triple = triple_id(subject, predicate, object)
    return Claim(triple, subject, predicate, object, weight=weight, **known)  # type: ignore[arg-type]


def network(*claims: Claim, until: int | None = None, humans: dict[str, str] | None = None) -> Network:
    ids = sorted({end for c in claims for end in (c.subject, c.object)} | set((humans or {}).values()))
    return Network([concept(id) for id in ids], edges_of(claims, until=until), humans=humans)


# ------------------------------------------------------------------------------- scores and signs


def test_a_path_weighs_its_beliefs_damped_by_the_four_degrees() -> None:
    found = network(
        claim("c1", "INHIBITS", "g1", 0.8),
        claim("c2", "INHIBITS", "g1", 0.9),  # degree of g1 towards chemicals: 2
        claim("c1", "BINDS", "g2", 0.9),  # degree of c1 towards genes: 2
        claim("g1", "PROMOTES", "x1", 0.5),
        claim("g1", "PROMOTES", "x2", 0.5),
        claim("g1", "PROMOTES", "x3", 0.5),  # degree of g1 towards diseases: 3
        claim("g3", "PROMOTES", "x1", 0.5),  # degree of x1 towards genes: 2
    )
    scoring = Scoring(min_belief=0.0, inner_damping=0.5, outer_damping=0.25, popularity=0.0)
    (best, *_) = [h for h in discover(found, "x1", CHEMICAL, scoring=scoring, limit=9) if h.first.id == "c1"]
    assert best.n_paths == 1
    assert best.score == pytest.approx(0.8 * 0.5 / math.sqrt(2 * 3) / (2 * 2) ** 0.25)
    assert best.paths[0].weight == pytest.approx(best.score)
    likely = replace(RANKINGS["likely"], min_belief=0.0)
    (best, *_) = [h for h in discover(found, "x1", CHEMICAL, scoring=likely, limit=9) if h.first.id == "c1"]
    assert best.paths[0].weight == pytest.approx(0.8 * 0.5)
    assert best.score == pytest.approx(0.8 * 0.5 * 2 * 2), "times the edges of c1 and of x1"


def test_a_guess_is_damped_by_the_degrees_as_what_is_affirmed() -> None:
    crowd = [claim("g1", "PROMOTES", f"x{n}") for n in range(100)]
    crowd += [claim(f"c{n}", "TREATS", "x200") for n in range(2, 10)]
    affirmed, guessed = (
        network(claim("c1", "INHIBITS", "g1", assertion=assertion), *crowd) for assertion in (AFFIRMED, SPECULATED)
    )
    assert (affirmed.degree("g1", CHEMICAL), guessed.degree("g1", CHEMICAL)) == (1, 0)
    for scoring in RANKINGS.values():
        (sure, *_), (guess, *_) = (discover(n, "c1", DISEASE, scoring=scoring, limit=1) for n in (affirmed, guessed))
        assert guess.score == pytest.approx(sure.score), "the degree 0 counts as 1"


@pytest.mark.parametrize(
    ("effect", "role", "predicted"),
    [
        ("INHIBITS", "PROMOTES", "TREATS"),
        ("ANTAGONIST_OF", "PROMOTES", "TREATS"),
        ("ACTIVATES", "PROTECTS_FROM", "TREATS"),
        ("UPREGULATES", "PROMOTES", "INDUCES"),
        ("DOWNREGULATES", "PROTECTS_FROM", "INDUCES"),
        ("BINDS", "PROMOTES", "ASSOCIATED_WITH"),
        ("INHIBITS", "ASSOCIATED_WITH", "ASSOCIATED_WITH"),
    ],
)
def test_the_product_of_the_signs_decides(effect: str, role: str, predicted: str) -> None:
    found = network(claim("c1", effect, "g1"), claim("g1", role, "x1"))
    for start, kind in (("c1", DISEASE), ("x1", CHEMICAL)):
        (only,) = discover(found, start, kind, scoring=PLAIN, limit=9)
        assert (only.first.id, only.predicate, only.last.id) == ("c1", predicted, "x1")
        assert only.sign == PREDICATE_BY_NAME[predicted].sign
        assert only.paths[0].is_mechanism == (only.sign != 0)


def test_two_sides_of_a_triangle_give_the_third_though_no_mechanism() -> None:
    """A drug that lowers a gene and treats a disease: the gene would promote it."""
    found = network(claim("c1", "INHIBITS", "g1"), claim("c1", "TREATS", "x1"))
    (only,) = discover(found, "g1", DISEASE, scoring=PLAIN, limit=9)
    assert (only.predicate, only.agreement) == ("PROMOTES", 1.0)
    assert not only.paths[0].is_mechanism
    assert [hop.forward for hop in only.paths[0].hops] == [False, True]


def test_paths_of_both_signs_are_weighed_against_each_other() -> None:
    claims = [
        claim("c1", "INHIBITS", "g1", 0.9),
        claim("c1", "ACTIVATES", "g2", 0.3),
        claim("g1", "PROMOTES", "x1", 1.0),
        claim("g2", "PROMOTES", "x1", 1.0),
    ]
    (only,) = discover(network(*claims), "c1", DISEASE, scoring=PLAIN, limit=9)
    damping = 0.99 / math.sqrt(2 * 2)  # no sentence is certain
    assert only.predicate == "TREATS"
    assert only.agreement == pytest.approx(0.75)
    assert only.score == pytest.approx(0.9 * damping)
    assert [path.sign for path in only.paths] == [-1, 1]
    assert not discover(network(*claims), "c1", DISEASE, scoring=PLAIN, limit=9, sign=1)
    opposed = replace(PLAIN, opposed_share=1.0)
    assert discover(network(*claims), "c1", DISEASE, scoring=opposed, limit=9)[0].score == pytest.approx(0.6 * damping)


def test_a_hop_without_sign_counts_only_where_none_has_one() -> None:
    found = network(claim("c1", "BINDS", "g1", 1.0), claim("c1", "INHIBITS", "g1", 0.5), claim("g1", "PROMOTES", "x1"))
    (only,) = discover(found, "c1", DISEASE, scoring=PLAIN, limit=9)
    assert [[hop.predicate for hop in path.hops] for path in only.paths] == [["INHIBITS", "PROMOTES"]]


def test_what_is_stated_is_no_hypothesis_and_what_is_only_denied_is_shown_so() -> None:
    ways = [claim("c1", "INHIBITS", "g1"), claim("g1", "PROMOTES", "x1")]
    stated = network(*ways, claim("c1", "INDUCES", "x1", 0.1))
    assert not discover(stated, "c1", DISEASE, scoring=PLAIN, limit=9)
    assert [edge.predicate for edge in explain(stated, "c1", "x1", scoring=PLAIN).known] == ["INDUCES"]
    denied = network(*ways, claim("c1", "TREATS", "x1", assertion=NEGATED))
    (only,) = discover(denied, "c1", DISEASE, scoring=PLAIN, limit=9)
    assert [(edge.predicate, edge.support.n_negated) for edge in only.known] == [("TREATS", 1)]


def test_only_drugs_are_found_unless_asked() -> None:
    found = network(claim("c1n", "INHIBITS", "g1"), claim("g1", "PROMOTES", "x1"))
    assert not discover(found, "x1", CHEMICAL, scoring=PLAIN, limit=9)
    assert discover(found, "x1", CHEMICAL, scoring=PLAIN, limit=9, drugs_only=False)


def test_closed_discovery_without_a_path_says_so() -> None:
    found = network(claim("c1", "INHIBITS", "g1"), claim("g2", "PROMOTES", "x1"))
    only = explain(found, "x1", "c1", scoring=PLAIN)
    assert (only.first.id, only.last.id, only.n_paths, only.score, only.paths) == ("c1", "x1", 0, 0.0, ())
    assert only.predicate is None
    shown = subgraph_of([only], found, paths=3)
    assert (sorted(shown), shown.number_of_edges()) == (["c1", "x1"], 0), "nothing is predicted"


def test_a_mouse_gene_stands_for_the_human_one() -> None:
    claims = [
        claim("c1", "INHIBITS", "m1", 0.9),
        claim("c1", "INHIBITS", "g1", 0.6),
        claim("m1", "PROMOTES", "x1", 0.5),
        claim("m1", "UPREGULATES", "g1", 0.9),  # within one gene: a degree, but no hop
    ]
    found = network(*claims, humans={"m1": "g1"})
    (only,) = discover(found, "c1", DISEASE, scoring=PLAIN, limit=9)
    (path,) = only.paths
    assert path.hops[0].target == "g1"
    assert (path.hops[0].belief, path.hops[0].n_for, len(path.hops[0].edges)) == (0.9, 2, 2)
    assert found.degree("g1", GENE) == 2
    assert path.weight == pytest.approx(0.9 * 0.5 / math.sqrt(2 * 1 * 2 * 1))


def test_what_is_symmetric_is_one_hop_whichever_end_an_id_puts_first() -> None:
    told = [claim("c1", "BINDS", "m1", 0.9), claim("g1", "BINDS", "c1", 0.6), claim("g1", "PROMOTES", "x1")]
    (only,) = discover(network(*told, humans={"m1": "g1"}), "c1", DISEASE, scoring=PLAIN, limit=9)
    hop = only.paths[0].hops[0]
    assert (hop.predicate, hop.forward, hop.n_for) == ("BINDS", True, 2)


def test_every_pair_of_kinds_predicts_predicates_that_may_join_them() -> None:
    from graph.hypotheses.paths import PREDICTED

    for kinds, by_sign in PREDICTED.items():
        for sign, name in by_sign.items():
            assert PREDICATE_BY_NAME[name].sign == sign
            assert kinds in PREDICATE_BY_NAME[name].pairs


# ------------------------------------------------------------------------------ the past only

_CLAIMS = st.lists(
    st.builds(
        lambda ends, weight, year, assertion, number: claim(
            ends[0], ends[1], ends[2], weight, year=year, assertion=assertion, publication=f"PMID:{number}"
        ),
        st.sampled_from(
            [
                *[(c, p, g) for c in ("c1", "c2") for p in ("INHIBITS", "ACTIVATES") for g in ("g1", "g2", "m1")],
                *[(g, p, x) for g in ("g1", "g2", "m1") for p in ("PROMOTES", "ASSOCIATED_WITH") for x in ("x1", "x2")],
                *[(c, "TREATS", x) for c in ("c1", "c2") for x in ("x1", "x2")],
            ]
        ),
        st.sampled_from([0.3, 0.7, 1.0]),
        st.one_of(st.none(), st.integers(1990, 2010)),
        st.sampled_from(ASSERTIONS),
        st.integers(1, 30),
    ),
    max_size=40,
)
_EVERYONE = [concept(id) for id in ("c1", "c2", "g1", "g2", "m1", "x1", "x2")]


def _ranked(claims: list[Claim], until: int) -> list[Hypothesis]:
    known = Network(_EVERYONE, edges_of(claims, until=until), humans={"m1": "g1"})
    starts = [("c1", DISEASE), ("c2", DISEASE), ("c1", GENE), ("g1", DISEASE), ("x1", CHEMICAL)]
    return [h for start, kind in starts for h in discover(known, start, kind, scoring=Scoring(), limit=99)]


@given(_CLAIMS, st.integers(1990, 2010))
@settings(max_examples=150, deadline=None)
def test_nothing_later_changes_a_ranking(claims: list[Claim], year: int) -> None:
    past = [c for c in claims if c.year is not None and c.year <= year]
    assert _ranked(claims, year) == _ranked(past, year)


@given(_CLAIMS)
@settings(max_examples=50, deadline=None)
def test_the_order_of_claims_does_not_matter(claims: list[Claim]) -> None:
    assert _ranked(claims, 2005) == _ranked(claims[::-1], 2005)


# ---------------------------------------------------------------------------------- stores

GRAPHS = {"hand": hand_written(), "random": at_random(3, n_sentences=700)}


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("hypotheses")
    for name, graph in GRAPHS.items():
        with open_store(str(folder / name)) as store:
            graph.load(store)
    return {name: str(folder / name) for name in GRAPHS}


@pytest.fixture(scope="module")
def stores(paths: dict[str, str]) -> Iterator[dict[str, Store]]:
    opened = {name: open_store(path, read_only=True) for name, path in paths.items()}
    yield opened
    for store in opened.values():
        store.close()


def _questions(graph: SmallGraph) -> Iterator[tuple[str, str]]:
    sought = {"Chemical": (GENE, DISEASE), "Gene": (CHEMICAL, DISEASE), "Disease": (CHEMICAL, GENE)}
    for entity in graph.entities:
        for kind in sought.get(entity.label, ()):
            yield entity.id, kind


@pytest.mark.parametrize("until", [None, 1996, 2003])
@pytest.mark.parametrize("name", GRAPHS)
def test_the_surroundings_give_what_the_whole_graph_gives(
    stores: dict[str, Store], name: str, until: int | None
) -> None:
    store = stores[name]
    everything = read_everything(store, page_rows=50)
    whole = Network(everything.concepts, edges_of(everything.claims, until=until), humans=everything.humans)
    asked = filled = 0
    for id, kind in list(_questions(GRAPHS[name]))[:: 2 if name == "hand" else 7]:
        around = read_surroundings(store, [id], sought=kind, until=until, page_rows=37).network
        for scoring in RANKINGS.values():
            ours = discover(around, around.merged(id), kind, scoring=scoring, limit=50)
            theirs = discover(whole, whole.merged(id), kind, scoring=scoring, limit=50)
            assert ours == theirs, (id, kind, scoring)
        asked, filled = asked + 1, filled + bool(ours)
    assert filled > asked / 4 or name == "hand"


def test_closed_discovery_reads_only_the_two_ends(stores: dict[str, Store]) -> None:
    everything = read_everything(stores["random"])
    whole = Network(everything.concepts, edges_of(everything.claims), humans=everything.humans)
    around = read_surroundings(stores["random"], ["c:1", "x:2"], sought=None).network
    ours = explain(around, "c:1", "x:2", scoring=Scoring())
    assert ours == explain(whole, "c:1", "x:2", scoring=Scoring())
    assert ours.n_paths > 3


def test_a_graph_that_grew_after_the_year_is_ranked_as_before(tmp_path: Path) -> None:
    before, after = hand_written(), copy.deepcopy(hand_written())
    after.publications += [Publication("PMID:99", 2012)]
    after.sentences += [
        Sentence(f"E:9{i}", s, p, o, "PMID:99", 0.99, "Later.", a)
        for i, (s, p, o, a) in enumerate(
            [
                (METFORMIN, "TREATS", ARTHRITIS, AFFIRMED),
                (METFORMIN, "DOWNREGULATES", "ncbigene:16193", NEGATED),
                (QUERCETIN, "INHIBITS", "hgnc:6018", AFFIRMED),
                ("hgnc:6018", "PROMOTES", ARTHRITIS, AFFIRMED),
                ("hgnc:6018", "PROMOTES", CML, AFFIRMED),
            ]
        )
    ]
    rankings = []
    for name, graph in (("before", before), ("after", after)):
        with open_store(str(tmp_path / name)) as store:
            graph.load(store)
            found = []
            for start, kind in ((ARTHRITIS, CHEMICAL), (METFORMIN, DISEASE), ("hgnc:6018", CHEMICAL)):
                network = read_surroundings(store, [start], sought=kind, until=2011).network
                found.append(discover(network, start, kind, scoring=Scoring(), limit=9))
            rankings.append(found)
    assert rankings[0] == rankings[1]
    assert rankings[0][0], "nothing was ranked"


def test_crowded_neighbours_are_passed_over_and_named(stores: dict[str, Store]) -> None:
    around = read_surroundings(stores["hand"], [ARTHRITIS], sought=CHEMICAL, max_degree=1)
    assert {c.name for c in around.passed_over} >= {"IL6"}
    assert not discover(around.network, ARTHRITIS, CHEMICAL, scoring=Scoring(), limit=9)


def test_what_is_passed_over_counts_with_its_rodent_genes(stores: dict[str, Store]) -> None:
    around = read_surroundings(stores["hand"], [ARTHRITIS], sought=CHEMICAL)
    il6 = around.network.total_degree("hgnc:6018")
    less = read_surroundings(stores["hand"], [ARTHRITIS], sought=CHEMICAL, max_degree=il6 - 1)
    assert "hgnc:6018" in {c.id for c in less.passed_over}
    assert not less.network.between("hgnc:6018", METFORMIN), "told of the mouse gene"
    enough = read_surroundings(stores["hand"], [ARTHRITIS], sought=CHEMICAL, max_degree=il6)
    assert "hgnc:6018" not in {c.id for c in enough.passed_over}
    assert enough.network.between("hgnc:6018", METFORMIN)


def test_sentences_of_retracted_or_later_publications_are_not_quoted(stores: dict[str, Store]) -> None:
    triple = triple_id(IMATINIB, "INHIBITS", "hgnc:76")
    assert [q.publication for q in read_quotes(stores["hand"], [triple])[triple]] == ["PMID:1", "PMID:2", "PMID:3"]
    assert [q.publication for q in read_quotes(stores["hand"], [triple], until=2000)[triple]] == ["PMID:1", "PMID:2"]
    retracted = triple_id(DASATINIB, "INDUCES", ARTHRITIS)
    assert read_quotes(stores["hand"], [retracted]) == {}


# ----------------------------------------------------------------------------- the command


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(command, list(arguments))


def test_the_command_says_what_and_why(paths: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "found.json"
    result = _run("--disease", "arthritis", "--graph", paths["hand"], "--json", str(file))
    assert result.exit_code == 0, result.output
    assert "Metformin TREATS arthritic joint disease" in result.stdout
    assert "Metformin -DOWNREGULATES-> IL6 -PROMOTES-> arthritic joint disease   [lowers" in result.stdout
    assert "PMID:4, 2002" in result.stdout
    assert "Quercetin" not in result.stdout, "no drug"
    assert "disease: arthritic joint disease (Disease mondo:0005578)" in result.stderr
    report = json.loads(file.read_text())
    (row,) = report["hypotheses"]
    assert (row["rank"], row["first"]["id"], row["predicate"], row["last"]["id"]) == (1, METFORMIN, "TREATS", ARTHRITIS)
    hop = row["paths"][0]["hops"][0]
    assert (hop["predicate"], hop["n_for"], hop["n_against"]) == ("DOWNREGULATES", 1, 0)
    assert (hop["best_for"]["publication"], hop["best_for"]["year"], hop["best_against"]) == ("PMID:4", 2002, None)
    assert report["subgraph"]["n_predicted"] == 1


def test_the_command_knows_no_more_than_the_year(paths: dict[str, str]) -> None:
    asked = ("--disease", "arthritis", "--graph", paths["hand"], "--until")
    assert "Metformin TREATS" in _run(*asked, "2004").stdout
    nothing = _run(*asked, "2003")
    assert nothing.stdout == "(no hypothesis)\n"  # IL6 PROMOTES arthritis is of 2004
    says = (
        "no drug is joined to it only by two edges of belief 0.1 or more up to 2003; --find target looks for something"
    )
    assert says in nothing.stderr


def test_an_effect_that_nothing_has_is_named(paths: dict[str, str]) -> None:
    nothing = _run("--disease", "arthritis", "--effect", "raises", "--graph", paths["hand"])
    assert nothing.stdout == "(no hypothesis)\n"  # Metformin lowers it
    assert "no drug of effect raises is joined to it only by two edges" in nothing.stderr


def test_a_reader_that_goes_away_is_no_error(paths: dict[str, str]) -> None:
    """As `| head` and `less` do."""
    asked = ["--disease", "x:2", "--limit", "200", "--paths", "300", "--graph", paths["random"]]
    with subprocess.Popen(
        [sys.executable, "-m", "jobs.hypotheses", *asked], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as job:
        assert job.stdout is not None
        assert job.stderr is not None
        job.stdout.close()
        said = job.stderr.read()
    assert "disease: X 2 (Disease x:2)" in said
    assert "Error" not in said


def test_files_that_cannot_be_written_are_an_error(paths: dict[str, str], tmp_path: Path) -> None:
    asked = ("--disease", "arthritis", "--graph", paths["hand"])
    result = _run(*asked, "--json", str(tmp_path / "absent" / "found.json"))
    assert result.exit_code == 1
    assert "Metformin TREATS" in result.stdout
    assert "No such file" in result.stderr


def test_json_says_what_was_asked_and_what_was_passed_over(paths: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "found.json"
    asked = ("--disease", "arthritis", "--graph", paths["hand"], "--rank", "likely", "--max-degree", "1")
    assert _run(*asked, "--any-chemical", "--json", str(file)).exit_code == 0
    report = json.loads(file.read_text())
    assert (report["find"], report["rank"], report["any_chemical"]) == ("drug", "likely", True)
    assert "hgnc:6018" in {concept["id"] for concept in report["passed_over"]}


def test_weights_of_less_than_a_millionth_are_told() -> None:
    net = network(claim("c1", "INHIBITS", "g1"), claim("g1", "PROMOTES", "x1"))
    (only,) = discover(net, "c1", DISEASE, scoring=PLAIN, limit=9)
    light = replace(only, score=1.23456789e-9, paths=(replace(only.paths[0], weight=1.23456789e-9),))
    (row,) = hypothesis_rows([light], net, {}, paths=1)
    assert (row["score"], row["paths"][0]["weight"]) == (1.23457e-9, 1.23457e-9)


def test_a_number_as_a_name_is_looked_up(stores: dict[str, Store]) -> None:
    with pytest.raises(UnknownName, match="the graph has no drug '5'"):
        find_hypotheses(stores["hand"], {"drug": 5})  # type: ignore[dict-item]


def test_what_rests_on_guesses_shows_one() -> None:
    guess = {"sentence": "It may.", "publication": "PMID:5", "year": None}
    edge = {"best_for": None, "best_against": None, "best_speculated": guess}
    assert [line.strip() for line in _sentences(edge)] == ["guess: “It may.” PMID:5"]
    affirmed = edge | {"best_for": {**guess, "sentence": "It does."}}
    assert [line.strip() for line in _sentences(affirmed)] == ["for: “It does.” PMID:5"]


def test_two_options_join_what_they_name(paths: dict[str, str]) -> None:
    result = _run("--drug", "imatinib", "--disease", "CML", "--graph", paths["hand"])
    assert result.exit_code == 0, result.output
    assert "known: Imatinib Mesylate TREATS chronic myelogenous leukemia" in result.stdout
    assert "-INHIBITS-> ABL1 -PROMOTES-> chronic myelogenous leukemia   [lowers" in result.stdout
    assert "against: “" in result.stdout
    one = _run("--drug", "imatinib", "--disease", "CML", "--limit", "1", "--graph", paths["hand"])
    assert "the limit" not in one.stderr
    result = _run("--drug", "imatinib", "--disease", "CML", "--effect", "raises", "--graph", paths["hand"])
    assert (result.exit_code, result.stdout) == (2, "")
    assert "effect goes with one concept" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((), "give one of"),
        (("--drug", "a", "--target", "b", "--disease", "c"), "or two of them"),
        (("--drug", "a", "--find", "drug"), "not ranked"),
        (("--drug", "a", "--disease", "b", "--find", "target"), "find goes with one concept"),
        (("--drug", "a"), "say which graph"),
    ],
)
def test_usage_errors_say_what_is_wrong(arguments: tuple[str, ...], says: str) -> None:
    result = _run(*arguments)
    assert result.exit_code == 2
    assert says in result.output


def test_a_name_that_nothing_has_is_an_error_with_its_option(paths: dict[str, str]) -> None:
    result = _run("--drug", "imatinob", "--graph", paths["hand"])
    assert result.exit_code == 1
    assert "drug: the graph has no drug 'imatinob'; did you mean 'imatinib (Imatinib Mesylate)'" in result.output


# ------------------------------------------------------------------------ exports and pictures


@pytest.fixture(scope="module")
def drawn(stores: dict[str, Store]) -> nx.MultiDiGraph:
    network = read_surroundings(stores["hand"], [IMATINIB], sought=DISEASE).network
    found = discover(network, IMATINIB, DISEASE, scoring=Scoring(), limit=5)
    found.append(explain(network, IMATINIB, CML, scoring=Scoring()))
    quotes = read_quotes(stores["hand"], [edge.id for edge in network.edges()])
    return subgraph_of(found, network, paths=3, quotes=quotes)


def test_graphml_reads_back(drawn: nx.MultiDiGraph, tmp_path: Path) -> None:
    write_graphml(drawn, tmp_path / "found.graphml")
    back = nx.read_graphml(tmp_path / "found.graphml", force_multigraph=True)
    assert dict(back.nodes(data=True)) == dict(drawn.nodes(data=True))
    ours, theirs = ({(a, b, k): d for a, b, k, d in g.edges(keys=True, data=True)} for g in (drawn, back))
    assert {key: {"id": key[2], **data} for key, data in ours.items()} == {
        key: {"id": key[2], **data} for key, data in theirs.items()
    }


def test_graphml_takes_text_that_xml_does_not(drawn: nx.MultiDiGraph, tmp_path: Path) -> None:
    graph = drawn.copy()
    (a, b, key), *_ = sorted((a, b, k) for a, b, k, data in graph.edges(keys=True, data=True) if "sentence" in data)
    graph.edges[a, b, key]["sentence"] = "End\x0cof a page, in\x02hibits β"
    write_graphml(graph, tmp_path / "found.graphml")
    back = nx.read_graphml(tmp_path / "found.graphml", force_multigraph=True)
    assert back.edges[a, b, key]["sentence"] == "End of a page, in hibits β"
    assert "\x0c" in graph.edges[a, b, key]["sentence"]


def test_an_edge_that_is_only_denied_is_negated_in_kgx(tmp_path: Path) -> None:
    told = [claim("c1", "INHIBITS", "g1"), claim("g1", "PROMOTES", "x1")]
    net = network(*told, claim("c1", "TREATS", "x1", assertion=NEGATED))
    found = discover(net, "c1", DISEASE, scoring=Scoring(), limit=5)
    write_kgx(subgraph_of(found, net, paths=3), tmp_path)
    with (tmp_path / "edges.tsv").open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        negated = {(row["hypograph_type"], row["knowledge_level"]): row["negated"] for row in rows}
    assert negated == {
        ("INHIBITS", "not_provided"): "",
        ("PROMOTES", "not_provided"): "",
        ("TREATS", "not_provided"): "true",
        ("TREATS", "prediction"): "",
    }


@pytest.mark.parametrize(
    ("told", "publications", "against"),
    [
        ([("PMID:2", AFFIRMED), ("PMID:1", SPECULATED), ("PMID:2", NEGATED), ("PMID:3", NEGATED)], "PMID:1|PMID:2",
         "PMID:2|PMID:3"),
        ([("PMID:3", NEGATED)], "PMID:3", ""),
    ],
)  # fmt: skip
def test_publications_that_deny_an_edge_do_not_stand_behind_it(
    tmp_path: Path, told: list[tuple[str, str]], publications: str, against: str
) -> None:
    net = network(claim("c1", "INHIBITS", "g1"), claim("g1", "PROMOTES", "x1"))
    found = discover(net, "c1", DISEASE, scoring=Scoring(), limit=5)
    quotes = [Quote("So it is.", assertion, 0.9, publication, 2000) for publication, assertion in told]
    (edge,) = net.between("c1", "g1")
    write_kgx(subgraph_of(found, net, paths=3, quotes={edge.id: quotes}), tmp_path)
    with (tmp_path / "edges.tsv").open(encoding="utf-8", newline="") as file:
        rows = {row["id"]: row for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)}
    assert (rows[edge.id]["publications"], rows[edge.id]["publications_against"]) == (publications, against)


def test_kgx_reads_back_and_speaks_biolink(drawn: nx.MultiDiGraph, tmp_path: Path) -> None:
    write_kgx(drawn, tmp_path / "kgx")
    back = read_kgx(tmp_path / "kgx")
    assert dict(back.nodes(data=True)) == dict(drawn.nodes(data=True))
    ours, theirs = ({(a, b, k): d for a, b, k, d in g.edges(keys=True, data=True)} for g in (drawn, back))
    assert ours == theirs
    with (tmp_path / "kgx" / "edges.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    inhibits = next(row for row in rows if row["hypograph_type"] == "INHIBITS")
    assert (inhibits["subject"], inhibits["predicate"]) == ("MESH:D000068877", "biolink:affects")
    assert (inhibits["object_aspect_qualifier"], inhibits["object_direction_qualifier"]) == ("activity", "decreased")
    assert {row["knowledge_level"] for row in rows if row["id"].startswith("H:")} == {"prediction"}
    assert all(re.fullmatch(r"biolink:[a-z_]+", row["predicate"]) for row in rows)
    with (tmp_path / "kgx" / "nodes.tsv").open(encoding="utf-8", newline="") as file:
        nodes = {row["id"]: row["category"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)}
    assert nodes["MESH:D000068877"] == "biolink:Drug"
    assert nodes["HGNC:76"] == "biolink:Gene"
    assert {row[end] for row in rows for end in ("subject", "object")} <= nodes.keys()


def test_every_predicate_has_its_biolink_form() -> None:
    assert PREDICATES.keys() == PREDICATE_BY_NAME.keys()


@pytest.mark.parametrize("id", ["hgnc:76", "ncbigene:11350", "uniprot:P1", "fplx:AMPK", "acme:CPD-17", "PMID:1"])
def test_curies_come_back(id: str) -> None:
    assert own_curie(biolink_curie(id)) == id


def test_metrics_count_what_is_drawn(drawn: nx.MultiDiGraph) -> None:
    metrics = metrics_of(drawn)
    assert metrics["n_concepts"] == len(drawn)
    assert metrics["n_stated"] + metrics["n_predicted"] == drawn.number_of_edges()
    assert metrics["most_central"][0]["betweenness"] > 0


def test_the_page_needs_nothing_from_outside(drawn: nx.MultiDiGraph) -> None:
    page = as_html(drawn, title="imatinib & <others>")
    assert not re.search(r"https?:|//[a-z]|src=|@import|url\((?!#)", page)
    assert "imatinib &amp; &lt;others&gt;" in page
    data = json.loads(page.partition('id="data">')[2].partition("</script>")[0])
    assert data["concepts"].keys() == set(drawn)
    assert page.count('class="concept"') == len(drawn)
    assert page.count('class="edge"') == drawn.number_of_edges()


def test_text_from_documents_stays_text() -> None:
    graph = nx.MultiDiGraph()
    evil = "</script><script>alert(1)</script>@DATA@"
    for id, label in (("c1", "Chemical"), ("g1", "Gene")):
        graph.add_node(id, name=evil, label=label, is_drug=False, degree=1, betweenness=0.0, community=0)
    edge = {"kind": "stated", "predicate": "INHIBITS", "sign": -1, "belief": 0.5, "sentence": evil}
    graph.add_edge("c1", "g1", key="T:1", **edge)
    page = as_html(graph, title=evil)
    assert "<script>alert" not in page
    assert page.count("<script") == 2
    assert json.loads(page.partition('id="data">')[2].partition("</script>")[0])["edges"]["T:1"]["sentence"] == evil
    assert as_svg(graph, title=evil) == as_svg(graph, title=evil)


def test_svg_is_well_formed(drawn: nx.MultiDiGraph) -> None:
    from lxml import etree

    tree = etree.fromstring(as_svg(drawn, title="a < b & c").encode())
    assert tree.tag == "{http://www.w3.org/2000/svg}svg"


def test_more_concepts_than_a_picture_has_room_for_are_refused(tmp_path: Path) -> None:
    net = network(claim("c1", "INHIBITS", "g1"), *(claim("g1", "PROMOTES", f"x{n}") for n in range(500)))
    graph = subgraph_of(discover(net, "c1", DISEASE, scoring=PLAIN, limit=497), net, paths=1)
    draw(graph, tmp_path / "found.svg", title="")
    graph.add_node("x600", name="X600", label="Disease", is_drug=False)
    with pytest.raises(PictureError, match=r"^500 concepts are too many for a picture, 499 can be drawn"):
        draw(graph, tmp_path / "more.svg", title="")


def test_other_pictures_are_refused_and_a_png_says_what_it_needs(drawn: nx.MultiDiGraph, tmp_path: Path) -> None:
    with pytest.raises(PictureError, match=r"ends in \.svg, \.png, \.html"):
        draw(drawn, tmp_path / "found.gif", title="")
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        with pytest.raises(PictureError, match="EXTRAS=notebooks"):
            draw(drawn, tmp_path / "found.png", title="")
    else:
        draw(drawn, tmp_path / "found.png", title="")
        assert (tmp_path / "found.png").read_bytes().startswith(b"\x89PNG")
