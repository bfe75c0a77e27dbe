"""The report of `engine.link.evaluate` as Markdown and as rows for a terminal; made of the JSON alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from engine.train.measure.markdown import SCORE_COLUMNS, render_calibration, score_cells, table

SUMMARY_COLUMNS: Final = ("corpus", "type", "by", "gold", "linked", "precision", "accuracy", "calibration error")
_UNITS: Final = ("mentions", "names")
_OVER: Final = {"carried": "gold id in the lexicon", "all": "any gold id"}


def summarise_links(report: Mapping[str, Any]) -> list[dict[str, object]]:
    """A row for each corpus, type and unit, over gold ids that the lexicon carries: `SUMMARY_COLUMNS`."""
    rows: list[dict[str, object]] = []
    for corpus, type, figures in _types(report):
        for unit in _UNITS:
            shares = figures[unit]["carried"]
            cells = (corpus, type, unit, shares["gold"], shares["linked_share"], *_shares_with_intervals(shares))
            error = figures["calibration"]["expected_calibration_error"] if unit == "mentions" else None
            rows.append(dict(zip(SUMMARY_COLUMNS, (*cells, error), strict=True)))
    return rows


def render_links(report: Mapping[str, Any]) -> str:
    """Chapters on linking gold mentions, on calibration and, if a model was given, on documents' ids."""
    parts = [
        f"# Evaluation of linking, lexicon `{report['lexicon']}`\n\n"
        f"Split: {report['split']}. Opened in {report['open_seconds']} s; {report['mentions_per_second']:,} mentions a "
        f"second of one core ({report['first_pass_mentions_per_second']:,} in the first pass), peak "
        f"{report['peak_resident_mb']:,} MB. Intervals: 95 %, {report['resamples']:,} resamples, seed {report['seed']}."
        "\n",
        "## Gold mentions\n\n"
        + table(
            ("corpus", "type", "by", "over", "gold", "linked", "right", "share linked", "precision", "accuracy"),
            [
                (
                    *(corpus, type, unit, over),
                    *(f"{shares[name]:,}" for name in ("gold", "linked", "right")),
                    f"{shares['linked_share']:.3f}",
                    *_shares_with_intervals(shares),
                )
                for corpus, type, figures in _types(report)
                for unit in _UNITS
                for side, over in _OVER.items()
                if (shares := figures[unit][side])["gold"]
            ],
        ),
        "## Special mentions\n\n"
        + table(
            (
                *("corpus", "type", "no gold id", "of them linked", "several gold ids", "linked", "right"),
                *("all ids found", "wrong: ortholog", "wrong: family"),
            ),
            [
                (
                    *(corpus, type, *figures["no_gold_id"].values()),
                    *(figures["composites"][name] for name in ("gold", "linked", "right", "all_ids_found")),
                    *(figures["kin"][name] for name in ("ortholog", "family")),
                )
                for corpus, type, figures in _types(report)
            ],
        ),
        "## Calibration of link scores\n\n"
        + table(
            ("corpus", "type", "links", "expected calibration error"),
            [
                (corpus, type, f"{c['forecasts']:,}", f"{c['expected_calibration_error']:.3f}")
                for corpus, type, figures in _types(report)
                if (c := figures["calibration"])["forecasts"]
            ],
        ),
    ]
    for type, calibration in report["calibration"].items():
        if calibration["forecasts"]:
            parts.append(f"### {type}, all corpora\n\n{render_calibration(calibration, forecasts='links')}")
    if "end_to_end" in report:
        parts.append(_render_end_to_end(report["end_to_end"]))
    return "\n".join(parts)


def _types(report: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for corpus, figures in report["corpora"].items():
        for type, of_type in figures["types"].items():
            yield corpus, type, of_type


def _shares_with_intervals(shares: Mapping[str, Any]) -> tuple[str, str]:
    precision, accuracy = (
        "{:.3f} ({:.3f} to {:.3f})".format(shares[name], *shares["intervals_95"][name])
        for name in ("precision", "accuracy")
    )
    return precision, accuracy


def _render_end_to_end(found: Mapping[str, Any]) -> str:
    rows = [(type, *score_cells(figures)) for type, figures in found["types"].items()]
    return (
        f"## Ids of documents, end to end: {found['split']}\n\n"
        f"{found['documents']:,} documents, mentions of model `{found['model_revision']}`, computed in "
        f"{found['dtype']}.\n\n{table(('type', *SCORE_COLUMNS), rows)}"
    )
