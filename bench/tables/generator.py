"""The tables of the language model: what verifying adds to the classifier, and what it extracts itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bench.tables.results import Results, list_shares, machine_line, markdown

_RULES: Final = {
    "classifier_shipped": "classifier, its labels' own thresholds",
    "classifier": "classifier, one threshold for the band",
    "verifier": "verifier",
    "both": "both together",
}


def render_cascade(results: Results) -> str:
    """Classifier, verifier and both on doubtful relations, with the model as it is and with the adapter."""
    plain, adapted = results.read("cascade"), results.read("cascade-adapter")
    kinds = {"as it is": plain, "adapter": adapted}
    rows = []
    for rule, name in _RULES.items():
        for kind, found in kinds.items():
            if rule.startswith("classifier") and found is adapted:
                continue  # the model has no part in these
            figures, area = found["figures"][rule], found["area_under_roc"].get(rule)
            shown = [f"{figures[key]:.3f}" for key in ("precision", "recall", "f1")]
            rows.append((name, "" if rule.startswith("classifier") else kind, *shown, f"{area:.3f}" if area else ""))
    header = ("what decides", "the model", "precision", "recall", "F1", "area under the ROC curve")
    text = (
        f"{plain['pairs']:,} doubtful relations of {plain['documents']} documents, {plain['right']} of them right.\n\n"
    )
    text += markdown(header, rows) + "\n"
    gains = [
        (kind, _gain(found["gain"]), _gain(found["gain_over_shipped"]), *_cost(found)) for kind, found in kinds.items()
    ]
    header = (
        "the model",
        "F1 more than one threshold's",
        "than the labels' own",
        "tokens a relation",
        "seconds a relation",
    )
    return f"{text}{machine_line(adapted)}\n\n{markdown(header, gains)}"


def render_extracted(results: Results) -> str:
    """Valid answers and what they say, the cost of the schema, and which of the triples that were kept are right."""
    found, judged = results.read("schema-answers"), results.read("generated")
    decoding, dropped = found["decoding"], sum(found["dropped"].values())
    rows = [
        ("passages, of documents", f"{found['prompts']}, {found['documents']}"),
        ("answers that are valid, at once and after one retry", f"{found['valid_at_once']:.1%}, {found['valid']:.1%}"),
        ("triples said", found["triples_said"]),
        ("that name a sentence of the passage, their quote", f"{found['sentence_known']:.1%}"),
        ("dropped by a check, by the verifier", f"{dropped}, {found['dropped_not_entailed']}"),
        ("kept", found["kept"]),
        (
            "tokens/s, held to the schema and free",
            f"{decoding['bound_tokens_per_s']}, {decoding['free_tokens_per_s']}",
        ),
    ]
    low, high = judged["interval_95"]
    load = f"The machine's load average at the end was {found['machine']['load_average']}."
    return (
        f"{machine_line(found)}\n\n{markdown(('what', 'figure'), rows)}\n{load}\n\n"
        f"**{judged['right']} of {judged['edges']} triples that were kept are right** "
        f"({judged['share']:.0%}; 95 % interval {low:.0%} to {high:.0%}): {_list_errors(judged)}.\n"
    )


def render_briefs(results: Results) -> str:
    """How many briefs rest on what they cite in every sentence, and what was dropped before anybody read them."""
    found, judged = results.read("briefs"), results.read("briefs-judged")
    low, high = judged["interval_95"]
    dropped = ", ".join(f"{count} as {name.replace('_', ' ')}" for name, count in found["dropped"].items()) or "none"
    return (
        f"**{judged['right']} of {judged['briefs']} briefs rest on what they cite in every sentence** "
        f"({judged['share']:.0%}; 95 % interval {low:.0%} to {high:.0%}); of {judged['sentences']} sentences "
        f"{judged['right_sentences']} do. Errors: {_list_errors(judged)}.\n\n"
        f"Right by what a brief is about: {list_shares(judged['by_kind'])}. Of {found['briefs']} briefs "
        f"{found['without_a_sentence']} had no sentence left; sentences dropped before: {dropped}; "
        f"citations struck from others: {found['citations_struck']}.\n"
    )


def _list_errors(judged: Mapping[str, Any]) -> str:
    """The errors of a judged table with their counts, the commonest first."""
    return ", ".join(f"`{name}` {count}" for name, count in judged["errors"].items())


def _gain(gain: Mapping[str, Any]) -> str:
    low, high = gain["interval_95"]
    return f"{gain['value']:+.3f} ({low:+.3f} to {high:+.3f})"


def _cost(found: Mapping[str, Any]) -> tuple[str, str]:
    costs = found["costs"]
    asked = costs["verify_asked"]
    return f"{costs['verify_prompt_tokens'] / asked:.0f}", f"{costs['verify_seconds'] / asked:.2f}"
