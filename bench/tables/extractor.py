"""Tables of the extractor on gold corpora."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bench.tables.results import Results, markdown
from engine.model.config import BALANCED, PRECISE

CORPORA: Final = {
    "bc5cdr/test": "BC5CDR test",
    "ncbi-disease/test": "NCBI Disease test",
    "bc2gm/test": "BC2GM test",
    "drugprot/dev": "DrugProt development",
    "biored/dev": "BioRED development",
    "genia/devel": "BioNLP 2013 GE development",
}


_DIRECTED: Final = ("genia/devel",)


_RARE: Final = {"biored/dev": ("TREATS", "PROTECTS_FROM")}


KINDS: Final = {"Chemical": "chemicals", "Disease": "diseases", "Gene": "genes"}


_SCOPES: Final = {"NegationScope": "negation", "SpeculationScope": "speculation"}


_PAIR_KINDS: Final = {
    "all": "all",
    "Chemical Disease": "chemical and disease",
    "Chemical Gene": "chemical and gene",
    "Gene Disease": "gene and disease",
    "Gene Gene": "two genes",
}


def mention_scores(evaluation: Mapping[str, Any]) -> list[tuple[str, str, Mapping[str, float]]]:
    """What is found, in which corpus, with which scores."""
    return [
        (KINDS[kind], corpus, scores["spans"][kind])
        for split, corpus in CORPORA.items()
        if (scores := evaluation["splits"].get(split))
        for kind in KINDS
        if kind in scores["spans"]
    ]


def relation_scores(
    evaluation: Mapping[str, Any], operating_point: str = PRECISE
) -> list[tuple[str, str, Mapping[str, Any]]]:
    """The same of relations at an operating point, those that deserve a line of their own included."""
    rows: list[tuple[str, str, Mapping[str, Any]]] = []
    for split, corpus in CORPORA.items():
        scores = evaluation["splits"].get(split)
        if scores and operating_point == BALANCED:
            scores = scores["balanced"]
        if not scores or not scores["relations"]:
            continue
        rows.append(("relations", corpus, scores["relations_micro"]))
        rows += [
            (f"relations, {label.split()[1]} alone", corpus, figures)
            for label, figures in scores["relations"].items()
            if label.split()[1] in _RARE.get(split, ())
        ]
        if split in _DIRECTED:
            rows.append(("genes that regulate genes: direction and sign", corpus, scores["relations_directed"]))
        rows.append(("pairs in any relation", corpus, scores["related"]))
        if scores["end_to_end"]:
            rows.append(("relations, end to end", corpus, scores["end_to_end_micro"]))
    return rows


def relations_at_both_points(
    evaluation: Mapping[str, Any],
) -> list[tuple[str, str, Mapping[str, Any], Mapping[str, Any]]]:
    """What is found, in which corpus, with its scores at the precise and at the balanced thresholds."""
    pairs = zip(relation_scores(evaluation), relation_scores(evaluation, BALANCED), strict=True)
    return [(what, corpus, precise, balanced) for (what, corpus, precise), (_, _, balanced) in pairs]


def render_extractor(results: Results) -> str:
    """Mentions and relations on the official splits, relations at both operating points."""
    evaluation = results.evaluation()
    columns = ("precision", "recall", "F1", "95 % interval", "gold")
    mentions = [(what, corpus, *score_cells(scores)) for what, corpus, scores in mention_scores(evaluation)]
    relations = [
        (what, corpus, operating_point, *score_cells(scores))
        for what, corpus, precise, balanced in relations_at_both_points(evaluation)
        for operating_point, scores in ((PRECISE, precise), (BALANCED, balanced))
    ]
    tables = markdown(("what", "split", *columns), mentions), markdown(("what", "split", "at", *columns), relations)
    dtype = evaluation["dtype"].removeprefix("torch.")
    return f"{tables[0]}\n{tables[1]}\nModel `{evaluation['model_revision']}`, computed in {dtype}.\n"


def render_assertion(results: Results) -> str:
    """Words of scopes, on the documents that training carved out."""
    evaluation = results.read("assertion")
    ((_, scores),) = evaluation["splits"].items()
    rows = [(_SCOPES[scope], *score_cells(figures)) for scope, figures in scores["assertion_tokens"].items()]
    table = markdown(("scopes", "precision", "recall", "F1", "95 % interval", "words"), rows)
    return f"{table}\n{scores['documents']} abstracts, model `{evaluation['model_revision']}`.\n"


def score_cells(scores: Mapping[str, Any]) -> tuple[str, ...]:
    """Precision, recall, F1 with its interval, and the number of gold items."""
    figures = (f"{scores[name]:.3f}" for name in ("precision", "recall", "f1"))
    return (*figures, interval(scores), f"{scores['gold']:,}")


def interval(scores: Mapping[str, Any]) -> str:
    """Of F1; figures of nothing at all have none."""
    if "intervals_95" not in scores:
        return "-"
    low, high = scores["intervals_95"]["f1"]
    return f"{low:.3f} to {high:.3f}"


def render_pairs(results: Results) -> str:
    """What is stated of judged pairs of abstracts that nobody chose for their relations."""
    measured = results.read("pairs")
    rows = [
        (
            name,
            point,
            *(f"{measured[point][kind][figure]:.2f}" for figure in ("precision", "recall", "f1")),
            "{:.2f} to {:.2f}".format(*measured[point][kind]["intervals_95"]["f1"]),
            f"{measured['judged'][kind]['pairs']} ({measured['judged'][kind]['stated']} stated)",
        )
        for kind, name in _PAIR_KINDS.items()
        for point in (PRECISE, BALANCED)
    ]
    table = markdown(("pairs", "at", "precision", "recall", "F1", "95 % interval", "judged"), rows)
    right = f"{measured[PRECISE]['assertion']:.2f} of the right statements have the right assertion"
    return f"{table}\nModel `{measured['model_revision']}`; at the precise thresholds {right}.\n"
