"""Tables of training: a search, a task of one's own, pretraining, training on a GPU."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bench.tables.extractor import interval, mention_scores, relation_scores, score_cells
from bench.tables.results import Results, markdown


def render_search(results: Results) -> str:
    """The best settings of a search against the defaults, and what mattered."""
    found = results.read("tune")
    settings, trials = found["settings"], found["trials"]
    whole = sum(trial["whole"] for trial in trials)
    rows = [
        (name, "search", found["searched_documents"], *_search_scores([found[name]["scores"][-1]]))
        for name in ("defaults", "best")
    ]
    rows += [
        (name, f"again, {len(scores)} other seeds", found["other_documents"], *_search_scores(scores))
        for name in ("defaults", "best")
        if found["confirmed"] and (scores := found["confirmed"][name])
    ]
    table = markdown(("settings", "measured", "documents", "mentions", "relations", "score"), rows)
    flags = f"`{found['flags']}`" if found["flags"] else "none"
    shares = ", ".join(f"{name.replace('_', ' ')} {share:.2f}" for name, share in found["importance"].items())
    return (
        f"{len(trials)} trials of at most {settings['tokens']:,} tokens, {whole} of them read to the end; "
        f"{found['seconds'] / 3600:.1f} hours of trials, a core each.\n\n{table}\n"
        f"Options of the best: {flags}.\nImportance: {shares}.\n"
    )


def _search_scores(scores: Sequence[Mapping[str, float]]) -> list[str]:
    names = ("mentions", "relations", "score")
    return [f"{sum(score[name] for score in scores) / len(scores):.3f}" for name in names]


def render_task(results: Results) -> str:
    """What the how-to's task learned, and how long it took."""
    training, report = results.read("task-training"), results.read("task")
    ((split, figures),) = report["splits"].items()
    rows = [(head, *score_cells(c)) for head, c in figures["spans"].items()]
    rows.append(("relations, gold mentions", *score_cells(figures["relations_micro"])))
    text = f"{training['seconds'] / 60:.0f} minutes of training on {training['documents']} documents, "
    text += f"{training['carved_documents']} carved out; measured on {figures['documents']} others ({split}):\n\n"
    return text + markdown(("what", "precision", "recall", "F1", "95 % interval", "gold"), rows)


def render_pretraining(results: Results) -> str:
    """The same fine-tuning from an encoder before and after pretraining."""
    return _compare_pretraining(results, "pretrain", "with an untrained head")


def render_new_encoder(results: Results) -> str:
    """The same fine-tuning from a new encoder, whose weights were drawn, before and after pretraining."""
    return _compare_pretraining(results, "pretrain-new", "with weights as they were drawn")


def _compare_pretraining(results: Results, name: str, before: str) -> str:
    run = results.read(name)
    first, last = run["history"][0], run["history"][-1]
    text = (
        f"{run['steps']:,} steps, {run['seconds'] / 60:.0f} minutes; of the hidden word pieces of held-out abstracts "
    )
    text += f"{last['accuracy']:.0%} are guessed right, perplexity {last['perplexity']:.1f}; before "
    return f"{text}{first['accuracy']:.0%}, {before}.\n\n{_compare(results, name)}"


def render_distillation(results: Results) -> str:
    """The same training of a student from gold alone, and from gold and a teacher's answers."""
    run = results.read("distil")
    teacher = run["teacher"]
    text = (
        f"Teacher: model `{teacher['model_revision']}`, whose answers to {teacher['documents']:,} abstracts are read. "
    )
    text += f"Students: {run['history'][-1]['step']:,} steps each.\n\n"
    shipped = results.evaluation()
    is_teacher = shipped["model_revision"] == teacher["model_revision"]
    return text + _compare(results, "distil", {"F1 of the teacher (95 %)": shipped} if is_teacher else {})


def render_teacher(results: Results) -> str:
    """A large encoder, trained to be a teacher, beside the shipped model."""
    run, evaluation = results.read("teacher-training"), results.read("teacher")
    text = (
        f"{run['history'][-1]['step']:,} steps, {run['planned_tokens'] / 1e6:.1f} M tokens, "
        f"{run['seconds'] / 3600:.1f} hours on two cores.\n\n"
    )
    shown = {"F1 of the large one (95 %)": evaluation, "F1 of the shipped one (95 %)": results.evaluation()}
    return text + _side_by_side(shown, evaluation)


def _compare(results: Results, name: str, others: Mapping[str, Mapping[str, Any]] | None = None) -> str:
    """F1 of the models that NAME-without and NAME-with evaluate, and of others, on what the second was measured on."""
    second = results.read(f"{name}-with")
    shown = {"F1 without (95 %)": results.read(f"{name}-without"), "F1 with (95 %)": second, **(others or {})}
    return _side_by_side(shown, second)


def _side_by_side(evaluations: Mapping[str, Mapping[str, Any]], measured: Mapping[str, Any]) -> str:
    """F1 of several models, a column each, on what one of them was measured on."""
    scores = {title: dict(_all_scores(evaluation)) for title, evaluation in evaluations.items()}
    rows = [(*what, *(_f1(column[what]) for column in scores.values())) for what, _ in _all_scores(measured)]
    return markdown(("what", "split", *scores), rows)


def render_gpu(results: Results) -> str:
    """How fast one GPU trains, and what pretraining on it leaves of the loss."""
    found = results.read("gpu")
    rows = []
    for name in ("pretrain", "finetune"):
        steps, tokens, seconds = (found[name][key] for key in ("steps", "read_tokens", "seconds"))
        rows.append((name, f"{steps:,}", f"{tokens / steps:,.0f}", f"{seconds}", f"{tokens / seconds:,.0f}"))
    table = markdown(("one process of", "steps", "tokens a step", "seconds", "tokens/s"), rows)
    run, last = found["pretrain"], found["pretrain"]["history"][-1]
    times = run["read_tokens"] / run["tokens"]
    return (
        f"One {found['device']}, the encoder of 22 M parameters, bfloat16:\n\n{table}\n"
        f"Pretraining read {run['tokens'] / 1e6:.1f} M tokens of abstracts and papers {times:.1f} times; then "
        f"{last['accuracy']:.0%} of the hidden word pieces of {run['held_out_documents']} other documents are guessed "
        f"right, perplexity {last['perplexity']:.2f}.\n"
    )


def _all_scores(evaluation: Mapping[str, Any]) -> list[tuple[tuple[str, str], Mapping[str, Any]]]:
    found = [*mention_scores(evaluation), *relation_scores(evaluation)]
    return [((what, corpus), scores) for what, corpus, scores in found]


def _f1(scores: Mapping[str, Any]) -> str:
    return f"{scores['f1']:.3f} ({interval(scores)})"
