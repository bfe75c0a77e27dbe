"""Tables of linking."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bench.tables.extractor import CORPORA, KINDS, score_cells
from bench.tables.results import MissingResult, Results, list_shares, markdown

_LINKING_SCHEMA: Final = 2


_HOMONYMS: Final = ("Gene", "Chemical", "Disease", "has a concept", "must stay unlinked")


def render_linking(results: Results) -> str:
    """Gold mentions and unique names, and what was measured beside them."""
    found = results.read("linking")
    if found.get("schema") != _LINKING_SCHEMA:
        raise MissingResult(f"{results.folder / 'linking.json'} is of an older version: record it again")
    rows = [
        (KINDS[type], CORPORA[corpus], unit, f"{shares['gold']:,}", f"{shares['linked_share']:.3f}", *cells)
        for corpus, figures in found["corpora"].items()
        for type, of_type in figures["types"].items()
        for unit in ("mentions", "names")
        if (shares := of_type[unit]["carried"])["gold"]
        for cells in [_accuracy_cells(shares, of_type[unit]["all"])]
    ]
    header = ("what", "split", "by", "gold", "share linked", "precision", "accuracy", "accuracy, any gold id")
    text = markdown(header, rows)
    composites = [f["composites"] for corpus in found["corpora"].values() for f in corpus["types"].values()]
    several, all_found = (sum(c[name] for c in composites) for name in ("gold", "all_ids_found"))
    text += f"\nOf {several:,} mentions with several gold ids, {all_found:,} got all of them. "
    text += "Calibration error of link scores: "
    text += list_shares(
        {KINDS[type]: f"{c['expected_calibration_error']:.3f}" for type, c in found["calibration"].items()}
    )
    text += f".\n\n{_list_homonyms(found['homonyms'])}" if "homonyms" in found else ".\n"
    if "end_to_end" in found:
        whole = found["end_to_end"]
        ids = [(f"ids of {KINDS[type]}", *score_cells(scores)) for type, scores in whole["types"].items()]
        text += f"\nIds of documents, from the mentions that model `{whole['model_revision']}` finds in "
        text += f"{CORPORA[whole['split']]}:\n\n"
        text += markdown(("what", "precision", "recall", "F1", "95 % interval", "gold"), ids)
    speed = f"{found['mentions_per_second']:,} mentions a second of one core, peak {found['peak_resident_mb']:,} MB"
    return f"{text}\nLexicon `{found['lexicon']}`; {speed}.\n"


def _accuracy_cells(carried: Mapping[str, Any], all: Mapping[str, Any]) -> tuple[str, ...]:
    sides = ((carried, "precision"), (carried, "accuracy"), (all, "accuracy"))
    return tuple("{:.3f} ({:.3f} to {:.3f})".format(s[name], *s["intervals_95"][name]) for s, name in sides)


def _list_homonyms(parts: Mapping[str, Any]) -> str:
    shares = {name: f"{parts[name]['right']}/{parts[name]['cases']}" for name in _HOMONYMS if name in parts}
    return f"Homonyms: {parts['all']['share']:.1%} of {parts['all']['cases']} are right ({list_shares(shares)}).\n"


def _linking_rows(results: Results) -> list[tuple[str, str, str]]:
    """How often a mention gets the right concept, given and found."""
    found = results.read("linking")
    if found.get("schema") != _LINKING_SCHEMA:
        return []
    given = [
        (f"right concept for given {KINDS[type]}", f"{CORPORA[corpus]}, any gold id, accuracy", f"{share:.3f}")
        for corpus, figures in found["corpora"].items()
        for type, of_type in figures["types"].items()
        for share in [of_type["mentions"]["all"]["accuracy"]]
    ]
    whole = found.get("end_to_end", {"types": {}})
    return given + [
        (f"{KINDS[type]} of a document, by id", f"{CORPORA[whole['split']]}, F1", f"{scores['f1']:.3f}")
        for type, scores in whole["types"].items()
    ]
