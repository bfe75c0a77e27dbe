"""The tables of README.md and docs/ as Markdown, each from what was measured; knows nothing of where they stand.

Figures come from the shipped model's `evaluation.json` and from `bench/results/VERSION/*.json`, which the benchmarks
wrote; what the demo and commands on its graph printed comes from text files there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from bench.tables.extractor import render_assertion, render_extractor, render_pairs
from bench.tables.generator import render_briefs, render_cascade, render_extracted
from bench.tables.graph import (
    render_agreement,
    render_backtest,
    render_belief,
    render_believed,
    render_denied,
    render_edges,
)
from bench.tables.linking import render_linking
from bench.tables.readme import render_demo, render_explained, render_hypothesis, render_quality, render_speed
from bench.tables.results import ROOT, MissingResult, Results, latest_results
from bench.tables.speed import (
    render_corpus,
    render_job,
    render_latency,
    render_load,
    render_mutations,
    render_scale,
    render_second_reading,
    render_serve,
    render_side_by_side,
    render_stage_profile,
)
from bench.tables.training import (
    render_distillation,
    render_gpu,
    render_new_encoder,
    render_pretraining,
    render_search,
    render_task,
    render_teacher,
)

__all__ = ["RENDERERS", "ROOT", "MissingResult", "Results", "latest_results"]

RENDERERS: Final[Mapping[str, Callable[[Results], str]]] = {
    "demo": render_demo,
    "explained": render_explained,
    "hypothesis": render_hypothesis,
    "quality": render_quality,
    "speed": render_speed,
    "extractor": render_extractor,
    "assertion": render_assertion,
    "pairs": render_pairs,
    "edges": render_edges,
    "denied": render_denied,
    "cascade": render_cascade,
    "extracted": render_extracted,
    "briefs": render_briefs,
    "linking": render_linking,
    "belief": render_belief,
    "believed": render_believed,
    "agreement": render_agreement,
    "search": render_search,
    "pretraining": render_pretraining,
    "new_encoder": render_new_encoder,
    "teacher": render_teacher,
    "distillation": render_distillation,
    "task": render_task,
    "gpu": render_gpu,
    "job": render_job,
    "corpus": render_corpus,
    "scale": render_scale,
    "second_reading": render_second_reading,
    "mutations": render_mutations,
    "stage_profile": render_stage_profile,
    "side_by_side": render_side_by_side,
    "load": render_load,
    "latency": render_latency,
    "backtest": render_backtest,
    "serve": render_serve,
}
