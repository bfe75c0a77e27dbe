"""The README's short tables, and the first answer of the demo."""

from __future__ import annotations

import re
from typing import Final

from bench.tables.extractor import mention_scores, relations_at_both_points
from bench.tables.graph import short_share
from bench.tables.linking import _linking_rows
from bench.tables.results import MissingResult, Results, machine_line, markdown

_ASKED: Final = {
    "relations": "finds relations between given mentions",
    "relations, end to end": "finds relations and their mentions",
}


# Result, what it says, and what a person read for it, which is also the name of their number.
_JUDGED: Final = (
    ("edges", "edges right end to end: both ids, predicate, negation", "edges"),
    ("denied", "finds what a sentence denies, as denied", "sentences"),
)


def render_quality(results: Results) -> str:
    """The README's short table."""
    evaluation = results.evaluation()
    rows: list[tuple[str, str, str]] = [
        (f"finds {what}", f"{corpus}, strict span F1", f"{scores['f1']:.3f}")
        for what, corpus, scores in mention_scores(evaluation)
    ]
    rows += [
        (_ASKED[what], f"{corpus}, micro-F1", f"{precise['f1']:.3f}, balanced {balanced['f1']:.3f}")
        for what, corpus, precise, balanced in relations_at_both_points(evaluation)
        if what in _ASKED
    ]
    rows += _linking_rows(results)
    for name, what, read in _JUDGED:
        try:
            judged = results.read(name)
        except MissingResult:
            rows.append((what, f"{read} read by hand", "not measured yet"))
        else:
            rows.append((what, f"{judged[read]} {read} read by hand", short_share(judged)))
    return markdown(("what", "measured on", "figure"), rows)


def render_speed(results: Results) -> str:
    """The README's short table."""
    job = results.read("job")
    rows = [
        ("whole job, PubMed XML to Parquet", f"{job['documents_per_second']:,} abstracts/s"),
        ("against its encoder alone", f"{job['ratio']:.2f} of its speed"),
        ("peak memory, all processes", f"{job['peak_memory_gb']} GB, flat in the size of the input"),
    ]
    return f"{machine_line(job)}\n\n{markdown(('what', 'figure'), rows)}"


def render_demo(results: Results) -> str:
    """The first question of the demo's output, as it was printed."""
    text = results.text("demo.txt")
    found = re.search(r"^1\. .*?(?=^2\. )", text, re.DOTALL | re.MULTILINE)
    if found is None:
        raise MissingResult(f"{results.folder / 'demo.txt'} has no answer to a first question")
    return _as_printed(found.group())


def render_explained(results: Results) -> str:
    """What `hypograph belief explain` printed of an edge of the demo's graph."""
    return _as_printed(results.text("explained.txt"))


def render_hypothesis(results: Results) -> str:
    """What `hypograph hypotheses` printed of the demo's graph."""
    return _as_printed(results.text("hypothesis.txt"))


def _as_printed(text: str) -> str:
    return f"```\n{text.rstrip()}\n```\n"
