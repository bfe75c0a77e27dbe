"""Tables of the graph: judged edges, denials, belief, the same graph in every store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from bench.tables.extractor import CORPORA
from bench.tables.results import Results, list_shares, markdown

_SPLITS: Final = {"drugprot/dev": "DrugProt development, half", "biored/dev": "BioRED development, half"}
_ERRORS_SHOWN: Final = 5


def render_edges(results: Results) -> str:
    """The share of judged edges that is right, and the commonest errors."""
    return _judged_edges(results.read("edges"))


def render_believed(results: Results) -> str:
    """The same of edges that are believed to 0.9 and more, and which known pairs became edges."""
    text = _judged_edges(results.read("believed"))
    truths = results.read("known-truths")
    rows = [(name, *(counts[key] for key in ("share_a_sentence", "any", "acting"))) for name, counts in truths.items()]
    header = ("known pairs", "share a sentence", "joined by an edge", "by one that the list means")
    return f"{text}\n{markdown(header, rows)}"


def _judged_edges(edges: Mapping[str, Any]) -> str:
    errors = list(edges["errors"].items())[:_ERRORS_SHOWN]
    text = f"**{edges['right']} of {edges['edges']} edges are right** ({_share(edges)}).\n\n"
    text += markdown(("first error", "edges"), [(f"`{name}`", count) for name, count in errors])
    text += f"\nRight by predicate: {list_shares(edges['by_predicate'])}.\n"
    return text + f"By support: {list_shares(edges['by_support'])}.\n"


def render_denied(results: Results) -> str:
    """The share of denied relations that came out as negated, and what the others came out as."""
    denied = results.read("denied")
    text = f"**{denied['right']} of {denied['sentences']} denied relations came out as negated** ({_share(denied)}), "
    text += f"{denied['right_predicate']} of them with the right predicate.\n\n"
    text += markdown(("extracted as", "sentences"), denied["extracted_as"].items())
    text += f"\nOf {denied['others']} sentences with such cues that deny nothing of the two, "
    text += f"{denied['others_negated']} came out as negated.\n"
    text += f"\nNegated by predicate: {list_shares(denied['by_predicate'])}.\n"
    return text + f"By types: {list_shares(denied['by_types'])}.\n"


def _share(judged: Mapping[str, Any]) -> str:
    low, high = judged["interval_95"]
    return f"{judged['share']:.0%}; 95 % interval {low:.0%} to {high:.0%}"


def short_share(judged: Mapping[str, Any]) -> str:
    """A judged share with its interval, for a cell."""
    low, high = judged["interval_95"]
    return f"{judged['share']:.0%} ({low:.0%} to {high:.0%})"


def render_agreement(results: Results) -> str:
    """What every store holds after loading the same run twice."""
    found = results.read("agreement")
    rows = []
    for name, graph in found["graphs"].items():
        evidence = graph["nodes"].get("Evidence", 0)
        nodes = sum(count for label, count in graph["nodes"].items() if label != "Drug")
        edges = sum(graph["relationships"].values())
        second = graph["second_load"]["writes"]
        rows.append((name, f"{nodes:,}", f"{edges:,}", f"{evidence:,}", f"`{graph['answers'][:8]}`", second))
    header = ("store", "nodes", "relationships", "evidence", "answers", "writes of the second load")
    asked = f"{found['questions']} questions, {found['calls']} calls, {found['calls_with_rows']} of them with rows"
    return f"{markdown(header, rows)}\nAnswers: a hash over all answers to {asked}.\n"


def render_belief(results: Results) -> str:
    """How well belief agrees with gold and with known pairs, beside what it must beat."""
    found = results.read("belief")
    rows = [
        (_SPLITS.get(name, CORPORA.get(name, name)), what, *_reliability(figures[key]))
        for name, figures in found["documents"].items()
        for key, what in (("belief", "belief"), ("noisy_or", "noisy-or"))
    ]
    text = _reliability_table(rows)
    whole = found["documents"]["all"]
    denied = whole["only_denied"]
    text += f"\nOf {denied['n']} edges that are only denied, belief 0, {denied['right']} are in gold all the same; "
    text += f"counted in, the calibration error is {whole['all']['calibration_error']:.3f}, "
    text += f"the skill {whole['all']['skill']:.3f}.\n"
    known = found["publications"]
    rows = [
        ("odd half of known pairs", what, *_reliability(known[key]))
        for key, what in (("belief", "belief"), ("publications", "count of publications"), ("noisy_or", "noisy-or"))
    ]
    counts = {f"{n}" if n != "5" else "5 or more": c for n, c in known["known_by_publications"].items()}
    shares = ", ".join(f"{n}: {c['known']}/{c['edges']}" for n, c in counts.items())
    text += f"\n{_reliability_table(rows)}"
    return f"{text}\nKnown by number of publications: {shares}.\n"


def _reliability_table(rows: Sequence[tuple[str, ...]]) -> str:
    return markdown(("items", "forecast", "number", "right", "calibration error", "Brier score", "skill"), rows)


def _reliability(figures: Mapping[str, Any]) -> tuple[str, ...]:
    shares = (figures[name] for name in ("base_rate", "calibration_error", "brier", "skill"))
    return (f"{figures['n']:,}", *(f"{share:.3f}" for share in shares))


def render_backtest(results: Results) -> str:
    """How well hypotheses are ranked, by ranking and kind of pair."""
    rows = []
    for rank in ("specific", "likely"):
        for part in results.read(f"backtest-{rank}")["results"]:
            ratio, top = part["ratio"], part["precision_at"]["100"]
            rows.append(
                (
                    f"`{rank}`",
                    part["pairs"],
                    f"{part['candidates']:,}",
                    part["positives"],
                    f"{top:.2f} / {part['degree_precision_at']['100']:.2f}",
                    f"{part['auprc']['value']:.4f}",
                    f"{ratio['value']:.2f} ({ratio['low']:.2f} to {ratio['high']:.2f})",
                )
            )
    header = (
        "ranking",
        "pairs",
        "candidates",
        "came true",
        "of the first 100 / by degrees",
        "AUPRC",
        "ratio to degrees",
    )
    return markdown(header, rows)
