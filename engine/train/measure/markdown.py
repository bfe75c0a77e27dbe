"""The report of an evaluation as Markdown: tables to read, made of the JSON alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

SCORE_COLUMNS = ("precision", "recall", "F1", "95 % interval of F1", "predicted", "gold")


def render_markdown(report: Mapping[str, Any]) -> str:
    """One chapter a split, with only the tables that its corpus gives rise to."""
    training = report["training"]
    corpora = ", ".join(training["corpora"]) or "no corpus, so nothing could be checked"
    carved = "; these are carved documents, which chose its thresholds" if training["carved"] else ""
    return (
        f"# Evaluation of model `{report['model_revision']}`\n\n"
        f"Computed in {report['dtype']}. The model names as its training corpora: {corpora}. None of the documents "
        f"below repeats one of their {training['documents']:,} by id or text{carved}. "
        f"Intervals: {report['resamples']:,} resamples of documents, seed {report['seed']}.\n"
        + "".join(f"\n## {name}\n\n{_render_split(figures)}" for name, figures in report["splits"].items())
    )


def _render_split(figures: Mapping[str, Any]) -> str:
    parts = [f"{figures['documents']:,} documents.\n"]
    parts += [f"### {title}\n\n{text}" for title, text in _chapters(figures) if text]
    return "\n".join(parts)


def _chapters(figures: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield (
        "Mentions",
        table(
            ("type", "match", *SCORE_COLUMNS),
            [
                (type, match, *score_cells(scores))
                for key, match in (("spans", "strict"), ("spans_relaxed", "relaxed"))
                for type, scores in figures[key].items()
            ],
        ),
    )
    yield "Words of assertion scopes", _score_table("scope", figures["assertion_tokens"])
    yield from _relation_chapters(figures, "Relations")
    if figures["balanced"]:
        yield from _relation_chapters(figures["balanced"], "Relations at balanced thresholds")
    if figures.get("classes"):
        macro = figures["classes_macro"]
        note = f"\nMacro-F1 over {macro['kinds']} classes with gold: {macro['f1']:.3f}{_interval(macro)}.\n"
        rows = {**figures["classes"], "**all (micro)**": figures["classes_micro"]}
        yield "Classes of sentences and documents", _score_table("class", rows) + note
    for dimension, sliced in figures["slices"].items():
        rows = {f"{type}, {part}": scores for part, kinds in sliced.items() for type, scores in kinds.items()}
        yield f"Strict mentions by {dimension.replace('_', ' ')}", _score_table("type, part", rows)
    yield "Calibration of relation scores", render_calibration(figures["calibration"], forecasts="statements")
    yield "Confusion of relation labels", _render_confusion(figures["confusion"])
    for kind, errors in figures.get("errors", {}).items():
        yield f"A sample of errors: {kind}", _render_errors(errors)


def _relation_chapters(figures: Mapping[str, Any], what: str) -> Iterator[tuple[str, str]]:
    for key, title in (("relations", "with gold mentions"), ("end_to_end", "with predicted mentions")):
        if figures[key]:
            rows = {**figures[key], "**all (micro)**": figures[f"{key}_micro"]}
            macro = figures[f"{key}_macro"]
            note = f"\nMacro-F1 over {macro['kinds']} labels with gold: {macro['f1']:.3f}{_interval(macro)}.\n"
            yield f"{what} {title}", _score_table("label", rows) + note
    if figures["relations"]:
        rows = {"pairs in any relation": figures["related"]}
        if figures["relations_directed"]["gold"]:
            rows["directed, between two of one type"] = figures["relations_directed"]
        yield f"{what} in short, with gold mentions", _score_table("what", rows)


def _score_table(what: str, rows: Mapping[str, Any]) -> str:
    return table((what, *SCORE_COLUMNS), [(name, *score_cells(scores)) for name, scores in rows.items()])


def score_cells(scores: Mapping[str, Any]) -> tuple[str, ...]:
    """Cells of `SCORE_COLUMNS` for one FIGURES object of the report."""
    figures = (f"{scores[name]:.3f}" for name in ("precision", "recall", "f1"))
    return *figures, _interval(scores).strip(" ()"), f"{scores['predicted']:,}", f"{scores['gold']:,}"


def _interval(scores: Mapping[str, Any]) -> str:
    if "intervals_95" not in scores:
        return ""
    low, high = scores["intervals_95"]["f1"]
    return f" ({low:.3f} to {high:.3f})"


def render_calibration(calibration: Mapping[str, Any], *, forecasts: str) -> str:
    """Bins of scores and the expected calibration error, or "" without any; `forecasts` says what was scored."""
    rows = [
        (
            f"{b['from']:.1f} to {b['to']:.1f}",
            f"{b['forecasts']:,}",
            f"{b['mean_score']:.3f}",
            f"{b['share_right']:.3f}",
        )
        for b in calibration["bins"]
    ]
    error = f"\nExpected calibration error: {calibration['expected_calibration_error']:.3f}.\n"
    return table(("score", forecasts, "mean score", "share right"), rows) + error if rows else ""


def _render_confusion(confusion: Mapping[str, Mapping[str, int]]) -> str:
    answers = sorted({answer for row in confusion.values() for answer in row})
    rows = [(truth, *(row.get(answer, "") for answer in answers)) for truth, row in confusion.items()]
    return table(("gold, then stated", *answers), rows)


def _render_errors(errors: Iterable[Mapping[str, str]]) -> str:
    rows = [
        (
            error["document"],
            error["error"],
            error.get("type") or error["label"],
            error.get("text") or f"{error['head']} → {error['tail']}",
            error.get("said", ""),
            error["sentence"],
        )
        for error in errors
    ]
    return table(("document", "error", "gold or stated", "text", "said instead", "sentence"), rows)


def table(header: Iterable[object], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table, or "" without rows; line breaks and bars in cells don't break it."""
    lines = [[" ".join(str(cell).replace("|", "\\|").split()) for cell in row] for row in rows]
    if not lines:
        return ""
    names = [str(name) for name in header]
    return "".join(f"| {' | '.join(line)} |\n" for line in (names, ["---"] * len(names), *lines))
