"""The tables of README.md and docs/ as Markdown, each from what was measured; knows nothing of where they stand.

Figures come from the shipped model's `evaluation.json` and from `bench/results/VERSION/*.json`, which the benchmarks
wrote; the demo's output comes from `demo.txt` there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parent.parent
_CORPORA: Final = {
    "bc5cdr/test": "BC5CDR test",
    "ncbi-disease/test": "NCBI Disease test",
    "bc2gm/test": "BC2GM test",
    "drugprot/dev": "DrugProt development",
    "biored/dev": "BioRED development",
    "genia/devel": "BioNLP 2013 GE development",
}
_DIRECTED: Final = ("genia/devel",)
_RARE: Final = {"biored/dev": ("TREATS", "PROTECTS_FROM")}
_KINDS: Final = {"Chemical": "chemicals", "Disease": "diseases", "Gene": "genes"}
_ASKED: Final = {
    "relations": "finds relations between given mentions",
    "relations, end to end": "finds relations and their mentions",
}
# Result, what it says, and what a person read for it, which is also the name of their number.
_JUDGED: Final = (
    ("edges", "edges right end to end: both ids, predicate, negation", "edges"),
    ("denied", "finds what a sentence denies, as denied", "sentences"),
)
_LINKING_SCHEMA: Final = 2
_HOMONYMS: Final = ("Gene", "Chemical", "Disease", "has a concept", "must stay unlinked")
_SCOPES: Final = {"NegationScope": "negation", "SpeculationScope": "speculation"}
_ERRORS_SHOWN: Final = 5


class MissingResult(FileNotFoundError):  # noqa: N818
    """A result that a table needs has not been measured for this version."""


@dataclass(frozen=True, slots=True)
class Results:
    """Where the results of one version lie."""

    folder: Path
    model: Path

    def read(self, name: str) -> dict[str, Any]:
        """One benchmark's JSON. Raises: MissingResult."""
        return self._load(self.folder / f"{name}.json")

    def evaluation(self) -> dict[str, Any]:
        """The shipped model's scores. Raises: MissingResult."""
        return self._load(self.model / "evaluation.json")

    def text(self, name: str) -> str:
        """A text file beside the results. Raises: MissingResult."""
        path = self.folder / name
        if not path.is_file():
            raise MissingResult(f"{path} is missing")
        return path.read_text(encoding="utf-8")

    def _load(self, path: Path) -> dict[str, Any]:
        if not path.is_file():
            raise MissingResult(f"{path} is missing")
        loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return loaded


def latest_results() -> Results:
    """The results of the newest version that has any."""
    versions = [folder for folder in (ROOT / "bench/results").glob("[0-9]*") if folder.is_dir()]
    newest = max(versions, key=lambda folder: [int(part) for part in folder.name.split(".")], default=ROOT / "none")
    return Results(newest, ROOT / "engine/weights/encoder")


def _table(header: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    lines = [list(header)]
    lines.append(["---"] * len(lines[0]))
    lines += [[str(cell) for cell in row] for row in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


# ------------------------------------------------------------------------------------------ quality


def _mention_scores(evaluation: Mapping[str, Any]) -> list[tuple[str, str, Mapping[str, float]]]:
    return [
        (_KINDS[kind], corpus, scores["spans"][kind])
        for split, corpus in _CORPORA.items()
        if (scores := evaluation["splits"].get(split))
        for kind in _KINDS
        if kind in scores["spans"]
    ]


def _relation_scores(evaluation: Mapping[str, Any]) -> list[tuple[str, str, Mapping[str, Any]]]:
    rows: list[tuple[str, str, Mapping[str, Any]]] = []
    for split, corpus in _CORPORA.items():
        scores = evaluation["splits"].get(split)
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


def render_extractor(results: Results) -> str:
    """Mentions and relations on the official splits."""
    evaluation = results.evaluation()
    rows = [
        (what, corpus, *_score_cells(scores))
        for what, corpus, scores in [*_mention_scores(evaluation), *_relation_scores(evaluation)]
    ]
    table = _table(("what", "split", "precision", "recall", "F1", "95 % interval", "gold"), rows)
    return (
        f"{table}\nModel `{evaluation['model_revision']}`, computed in {evaluation['dtype'].removeprefix('torch.')}.\n"
    )


def render_assertion(results: Results) -> str:
    """Words of scopes, on the documents that training carved out."""
    evaluation = results.read("assertion")
    ((_, scores),) = evaluation["splits"].items()
    rows = [(_SCOPES[scope], *_score_cells(figures)) for scope, figures in scores["assertion_tokens"].items()]
    table = _table(("scopes", "precision", "recall", "F1", "95 % interval", "words"), rows)
    return f"{table}\n{scores['documents']} abstracts, model `{evaluation['model_revision']}`.\n"


def _score_cells(scores: Mapping[str, Any]) -> tuple[str, ...]:
    figures = (f"{scores[name]:.3f}" for name in ("precision", "recall", "f1"))
    return (*figures, _interval(scores), f"{scores['gold']:,}")


def _interval(scores: Mapping[str, Any]) -> str:
    """Of F1; figures of nothing at all have none."""
    if "intervals_95" not in scores:
        return "-"
    low, high = scores["intervals_95"]["f1"]
    return f"{low:.3f} to {high:.3f}"


def render_edges(results: Results) -> str:
    """The share of judged edges that is right, and the commonest errors."""
    edges = results.read("edges")
    errors = list(edges["errors"].items())[:_ERRORS_SHOWN]
    text = f"**{edges['right']} of {edges['edges']} edges are right** ({_share(edges)}).\n\n"
    text += _table(("first error", "edges"), [(f"`{name}`", count) for name, count in errors])
    text += f"\nRight by predicate: {_list(edges['by_predicate'])}.\n"
    return text + f"By support: {_list(edges['by_support'])}.\n"


def render_denied(results: Results) -> str:
    """The share of denied relations that came out as negated, and what the others came out as."""
    denied = results.read("denied")
    text = f"**{denied['right']} of {denied['sentences']} denied relations came out as negated** ({_share(denied)}), "
    text += f"{denied['right_predicate']} of them with the right predicate.\n\n"
    text += _table(("extracted as", "sentences"), denied["extracted_as"].items())
    text += f"\nOf {denied['others']} sentences with such cues that deny nothing of the two, "
    text += f"{denied['others_negated']} came out as negated.\n"
    text += f"\nNegated by predicate: {_list(denied['by_predicate'])}.\n"
    return text + f"By types: {_list(denied['by_types'])}.\n"


def _share(judged: Mapping[str, Any]) -> str:
    low, high = judged["interval_95"]
    return f"{judged['share']:.0%}; 95 % interval {low:.0%} to {high:.0%}"


def _short_share(judged: Mapping[str, Any]) -> str:
    low, high = judged["interval_95"]
    return f"{judged['share']:.0%} ({low:.0%} to {high:.0%})"


def _list(shares: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {share}" for name, share in shares.items())


def render_linking(results: Results) -> str:
    """Gold mentions and unique names, and what was measured beside them."""
    found = results.read("linking")
    if found.get("schema") != _LINKING_SCHEMA:
        raise MissingResult(f"{results.folder / 'linking.json'} is of an older version: record it again")
    rows = [
        (_KINDS[type], _CORPORA[corpus], unit, f"{shares['gold']:,}", f"{shares['linked_share']:.3f}", *cells)
        for corpus, figures in found["corpora"].items()
        for type, of_type in figures["types"].items()
        for unit in ("mentions", "names")
        if (shares := of_type[unit]["carried"])["gold"]
        for cells in [_accuracy_cells(shares, of_type[unit]["all"])]
    ]
    header = ("what", "split", "by", "gold", "share linked", "precision", "accuracy", "accuracy, any gold id")
    text = _table(header, rows)
    composites = [f["composites"] for corpus in found["corpora"].values() for f in corpus["types"].values()]
    several, all_found = (sum(c[name] for c in composites) for name in ("gold", "all_ids_found"))
    text += f"\nOf {several:,} mentions with several gold ids, {all_found:,} got all of them. "
    text += "Calibration error of link scores: "
    text += _list({_KINDS[type]: f"{c['expected_calibration_error']:.3f}" for type, c in found["calibration"].items()})
    text += f".\n\n{_list_homonyms(found['homonyms'])}" if "homonyms" in found else ".\n"
    if "end_to_end" in found:
        whole = found["end_to_end"]
        ids = [(f"ids of {_KINDS[type]}", *_score_cells(scores)) for type, scores in whole["types"].items()]
        text += f"\nIds of documents, from the mentions that model `{whole['model_revision']}` finds in "
        text += f"{_CORPORA[whole['split']]}:\n\n"
        text += _table(("what", "precision", "recall", "F1", "95 % interval", "gold"), ids)
    speed = f"{found['mentions_per_second']:,} mentions a second of one core, peak {found['peak_resident_mb']:,} MB"
    return f"{text}\nLexicon `{found['lexicon']}`; {speed}.\n"


def _accuracy_cells(carried: Mapping[str, Any], all: Mapping[str, Any]) -> tuple[str, ...]:
    sides = ((carried, "precision"), (carried, "accuracy"), (all, "accuracy"))
    return tuple("{:.3f} ({:.3f} to {:.3f})".format(s[name], *s["intervals_95"][name]) for s, name in sides)


def _list_homonyms(parts: Mapping[str, Any]) -> str:
    shares = {name: f"{parts[name]['right']}/{parts[name]['cases']}" for name in _HOMONYMS if name in parts}
    return f"Homonyms: {parts['all']['share']:.1%} of {parts['all']['cases']} are right ({_list(shares)}).\n"


def render_quality(results: Results) -> str:
    """The README's short table."""
    evaluation = results.evaluation()
    rows: list[tuple[str, str, str]] = [
        (f"finds {what}", f"{corpus}, strict span F1", f"{scores['f1']:.3f}")
        for what, corpus, scores in _mention_scores(evaluation)
    ]
    rows += [
        (_ASKED[what], f"{corpus}, micro-F1", f"{scores['f1']:.3f}")
        for what, corpus, scores in _relation_scores(evaluation)
        if what in _ASKED
    ]
    rows += _linking_rows(results)
    for name, what, read in _JUDGED:
        try:
            judged = results.read(name)
        except MissingResult:
            rows.append((what, f"{read} read by hand", "not measured yet"))
        else:
            rows.append((what, f"{judged[read]} {read} read by hand", _short_share(judged)))
    return _table(("what", "measured on", "figure"), rows)


def _linking_rows(results: Results) -> list[tuple[str, str, str]]:
    """How often a mention gets the right concept, given and found."""
    found = results.read("linking")
    if found.get("schema") != _LINKING_SCHEMA:
        return []
    given = [
        (f"right concept for given {_KINDS[type]}", f"{_CORPORA[corpus]}, any gold id, accuracy", f"{share:.3f}")
        for corpus, figures in found["corpora"].items()
        for type, of_type in figures["types"].items()
        for share in [of_type["mentions"]["all"]["accuracy"]]
    ]
    whole = found.get("end_to_end", {"types": {}})
    return given + [
        (f"{_KINDS[type]} of a document, by id", f"{_CORPORA[whole['split']]}, F1", f"{scores['f1']:.3f}")
        for type, scores in whole["types"].items()
    ]


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
    return f"{_table(header, rows)}\nAnswers: a hash over all answers to {asked}.\n"


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
    table = _table(("settings", "measured", "documents", "mentions", "relations", "score"), rows)
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


# -------------------------------------------------------------------------------------------- speed


def render_task(results: Results) -> str:
    """What the how-to's task learned, and how long it took."""
    training, report = results.read("task-training"), results.read("task")
    ((split, figures),) = report["splits"].items()
    rows = [(head, *_score_cells(c)) for head, c in figures["spans"].items()]
    rows.append(("relations, gold mentions", *_score_cells(figures["relations_micro"])))
    text = f"{training['seconds'] / 60:.0f} minutes of training on {training['documents']} documents, "
    text += f"{training['carved_documents']} carved out; measured on {figures['documents']} others ({split}):\n\n"
    return text + _table(("what", "precision", "recall", "F1", "95 % interval", "gold"), rows)


def render_pretraining(results: Results) -> str:
    """The same fine-tuning from an encoder before and after pretraining."""
    run = results.read("pretrain")
    plain, pretrained = (dict(_all_scores(results.read(f"pretrain-{name}"))) for name in ("without", "with"))
    rows = [(*what, _f1(plain[what]), _f1(scores)) for what, scores in pretrained.items()]
    table = _table(("what", "split", "F1 without (95 %)", "F1 with (95 %)"), rows)
    first, last = run["history"][0], run["history"][-1]
    text = (
        f"{run['steps']:,} steps, {run['seconds'] / 60:.0f} minutes; of the hidden word pieces of held-out abstracts "
    )
    text += f"{last['accuracy']:.0%} are guessed right, perplexity {last['perplexity']:.1f}; before "
    return f"{text}{first['accuracy']:.0%}, with an untrained head.\n\n{table}"


def _all_scores(evaluation: Mapping[str, Any]) -> list[tuple[tuple[str, str], Mapping[str, Any]]]:
    found = [*_mention_scores(evaluation), *_relation_scores(evaluation)]
    return [((what, corpus), scores) for what, corpus, scores in found]


def _f1(scores: Mapping[str, Any]) -> str:
    return f"{scores['f1']:.3f} ({_interval(scores)})"


def render_job(results: Results) -> str:
    """The whole job against the plain encoder."""
    job = results.read("job")
    peak = ", ".join(f"{dtype} {value:,.0f}" for dtype, value in job["matrix_peak_gflops"].items())
    small, large = job["small"], job["large"]
    rows: list[tuple[str, str]] = [
        ("whole job", f"{job['documents_per_second']:,} documents/s, {job['tokens_per_second']:,.0f} tokens/s"),
        (
            "plain encoder",
            f"{job['encoder_documents_per_second']:,} documents/s, {job['encoder_tokens_per_second']:,.0f} tokens/s",
        ),
        ("ratio", f"{job['ratio']:.2f} (floor 0.35)"),
        ("padding share", f"{job['output']['padding_share']:.1%}"),
        (
            "peak memory",
            f"{small['peak_memory_gb']} GB at {small['documents']:,} documents, "
            f"{large['peak_memory_gb']} GB at {large['documents']:,}",
        ),
        ("matrix peak", f"{peak} GFLOP/s"),
    ]
    return f"{_machine(job)}\n\n{_table(('what', 'figure'), rows)}"


def render_load(results: Results) -> str:
    """Rates of loading into both stores."""
    loads = {"embedded": results.read("load"), "Neo4j": results.read("load-neo4j")}
    rows = [(name, *(f"{load[key]:,}" for key in _LOAD_FIGURES)) for name, load in loads.items()]
    made = loads["embedded"]["input"]
    size = f"{made['triple']:,} edges with {made['evidence']:,} pieces of evidence from {made['document']:,} documents"
    table = _table(("store", *_LOAD_FIGURES.values()), rows)
    return f"{size}, made up with a seed, loaded into an empty graph:\n\n{table}"


_LOAD_FIGURES: Final = {
    "nodes_and_relationships_per_s": "nodes and relationships/s",
    "edges_with_evidence_per_s": "edges with their evidence/s",
    "share_of_limit": "share of bare relationship writes",
    "load_s": "seconds",
    "reload_s": "seconds of loading it again",
    "reload_writes": "writes of loading it again",
}


def render_serve(results: Results) -> str:
    """The HTTP endpoint under load, and the stages alone."""
    found = results.read("serve")
    rows = [
        (f"{load['clients']} at a time", f"{load['requests_per_s']:,}", *(load[f"p{p}_s"] for p in (50, 95, 99)))
        for load in found["loads"]
    ]
    alone = f"{found['documents']:,} documents of {found['mean_chars']:,} characters on average, one a request"
    table = _table(("clients", "requests/s", "half within s", "95 % within s", "99 % within s"), rows)
    stages = f"The same stages without HTTP and Ray, all documents at once: {found['stages_alone_documents_per_s']:,}"
    load = f"The machine's load average at the end was {found['machine']['load_average']}."
    return f"{_machine(found)} {alone}:\n\n{table}\n{stages} documents/s. {load}\n"


def render_speed(results: Results) -> str:
    """The README's short table."""
    job = results.read("job")
    rows = [
        ("whole job, PubMed XML to Parquet", f"{job['documents_per_second']:,} abstracts/s"),
        ("against its encoder alone", f"{job['ratio']:.2f} of its speed"),
        ("peak memory, all processes", f"{job['peak_memory_gb']} GB, flat in the size of the input"),
    ]
    return f"{_machine(job)}\n\n{_table(('what', 'figure'), rows)}"


def _machine(result: Mapping[str, Any]) -> str:
    machine = result["machine"]
    return f"{machine['cores']} cores of {machine['cpu']}, {machine['memory_gb']} GB, no GPU:"


# --------------------------------------------------------------------------------------------- demo


def render_demo(results: Results) -> str:
    """The first question of the demo's output, as it was printed."""
    text = results.text("demo.txt")
    found = re.search(r"^1\. .*?(?=^2\. )", text, re.DOTALL | re.MULTILINE)
    if found is None:
        raise MissingResult(f"{results.folder / 'demo.txt'} has no answer to a first question")
    return f"```\n{found.group().rstrip()}\n```\n"


RENDERERS: Final[Mapping[str, Callable[[Results], str]]] = {
    "demo": render_demo,
    "quality": render_quality,
    "speed": render_speed,
    "extractor": render_extractor,
    "assertion": render_assertion,
    "edges": render_edges,
    "denied": render_denied,
    "linking": render_linking,
    "agreement": render_agreement,
    "search": render_search,
    "pretraining": render_pretraining,
    "task": render_task,
    "job": render_job,
    "load": render_load,
    "serve": render_serve,
}
