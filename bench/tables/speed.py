"""Tables of speed: the whole job, a run over a corpus, loading, the HTTP endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bench.tables.extractor import interval
from bench.tables.results import Results, machine_line, markdown
from engine.schema import CHEMICAL, DISEASE, PREDICATES
from jobs.bench import LEAST_PEAK_SHARE, padding_share


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
        ("ratio", f"{job['ratio']:.2f} (floor {job['floor']:.2f})"),
        (
            "encoder with heads",
            f"{job['hypograph_bench']['heads']:,.1f} documents/s, "
            f"{job['hypograph_bench']['peak_share']:.0%} of the matrix peak (floor {LEAST_PEAK_SHARE:.0%})",
        ),
        ("padding share", f"{job['output']['padding_share']:.1%}"),
        (
            "peak memory",
            f"{small['peak_memory_gb']} GB at {small['documents']:,} documents, "
            f"{large['peak_memory_gb']} GB at {large['documents']:,}",
        ),
        ("matrix peak", f"{peak} GFLOP/s"),
    ]
    return f"{machine_line(job)}\n\n{markdown(('what', 'figure'), rows)}"


def render_corpus(results: Results) -> str:
    """A run over all documents of a corpus, and the graph that it makes."""
    run = results.read("corpus")
    result, documents, graph = run["result"], run["documents"], run["graph"]
    extract, whole = result["stages"]["extract"], result["seconds"]
    reasons = ", ".join(f"{name} {count:,}" for name, count in result["rejects"].items())
    read = f"{documents['others']:,} abstracts, {documents['full_texts']:,} full texts"
    replaced = f" (in place of {documents['replaced']:,} abstracts)" if documents["replaced"] else ""
    nodes, relationships = (sum(graph[kind].values()) for kind in ("nodes", "relationships"))
    rows = [
        ("documents", read + replaced),
        ("rejected", f"{result['rejected']:,}" + (f": {reasons}" if reasons else "")),
        ("time", f"{whole / 60:.0f} min in {result['shards']} shards, {result['records'] / whole:.1f} documents/s"),
        (
            "tokens",
            f"{extract['tokens']:,}, {extract['tokens'] / whole:,.0f} a second, padding {padding_share(extract):.1%}",
        ),
        ("mentions, statements", f"{result['mentions']:,}, {result['relations']:,}"),
        ("graph", f"{nodes:,} nodes, {relationships:,} relationships, loaded in {graph['seconds']:.0f} s"),
    ]
    edges = {name: count for name, count in graph["relationships"].items() if name in _PREDICATES}
    named = ", ".join(f"{name} {count:,}" for name, count in sorted(edges.items(), key=lambda item: -item[1]))
    return (
        f"{machine_line(run)}\n\n{markdown(('what', 'figure'), rows)}\n"
        f"{sum(edges.values()):,} edges with evidence: {named}.\n"
    )


def render_scale(results: Results) -> str:
    """Runs of two sizes, and with one worker and with two."""
    scale = results.read("scale")
    rates = ("tokens/s once started", "beside the one before")
    header = ("documents", "workers", "minutes", *rates, "memory: peak, growth at work")
    rows = []
    for first, second in (scale["sizes"], scale["workers"]):
        share = second["tokens_per_second"] / first["tokens_per_second"]
        for run, beside in ((first, ""), (second, f"{share:.2f}")):
            minutes, rate = f"{run['wall_seconds'] / 60:.1f}", f"{run['tokens_per_second']:,.0f}"
            grown = run["memory_growth"]
            memory = f"{run['peak_memory_gb']} GB" + ("" if grown is None else f", {grown:+.1%}")
            rows.append((f"{run['documents']:,}", run["workers"], minutes, rate, beside, memory))
    load = f"The machine's load average at the end was {scale['machine']['load_average']}."
    return f"{machine_line(scale)}\n\n{markdown(header, rows)}\n{load}\n"


def render_mutations(results: Results) -> str:
    """What became of damaged records, by format."""
    found = results.read("mutations")
    header = ("format", *_FATES)
    rows = []
    for format_, by_damage in found["by_format"].items():
        rows.append((f"`{format_}`", *(f"{sum(fates[fate] for fates in by_damage.values()):,}" for fate in _FATES)))
    rows.append(("**all**", *(f"{found[fate]:,}" for fate in _FATES)))
    damages = ", ".join(next(iter(found["by_format"].values())))
    return f"{found['records']:,} records ({damages}), peak memory {found['peak_gb']} GB:\n\n{markdown(header, rows)}"


def render_second_reading(results: Results) -> str:
    """F1 and speed by the chance from which pairs are read again."""
    found = results.read("second-reading")
    plain = found["encoder_documents_per_second"]
    rows = [
        (
            "never" if point["chance"] is None else f"{point['chance']:g}",
            *(f"{point[name]:.3f}" for name in ("precision", "recall", "f1")),
            f"{point['documents_per_second']:.1f}",
            f"{point['documents_per_second'] / plain:.2f}",
        )
        for point in found["points"]
    ]
    columns = ("read again from", "precision", "recall", "F1", "documents/s", "of the plain encoder's")
    return (
        f"{found['carved_documents']} carved documents, {found['documents']} records of the demo; "
        f"{machine_line(found)} The plain encoder alone: {plain:.1f} documents/s.\n\n{markdown(columns, rows)}"
    )


_FATES: Final = ("accepted", "rejected", "lost", "crashed", "wrong")


def render_stage_profile(results: Results) -> str:
    """Seconds of each part of the job on one thread, and its share of all."""
    found = results.read("stage-profile")
    whole = sum(found["seconds"].values())
    rows = [
        (shown, f"{found['seconds'][name]:.2f}", f"{found['seconds'][name] / whole:.1%}")
        for name, shown in _STAGE_PARTS.items()
        if name in found["seconds"]
    ]
    table = markdown(("part", "seconds", "share"), rows)
    load = f"The machine's load average at the end was {found['machine']['load_average']}."
    return (
        f"{found['documents']:,} abstracts, {found['tokens']:,} tokens, one thread of {machine_line(found)}\n\n"
        f"{table}\n{load}\n"
    )


_STAGE_PARTS: Final = {
    "read": "read records",
    "segment": "sentences",
    "tokenize": "extract: words to tokens and windows",
    "pad": "extract: windows to batches",
    "encoder": "extract: the encoder",
    "mentions": "extract: names, head and decoding",
    "relations": "extract: pairs and the relation head",
    "again": "extract: pairs that are read again",
    "extract": "extract: the rest, results to rows among it",
    "link": "link",
    "tables": "flat tables",
}


def render_side_by_side(results: Results) -> str:
    """Hypograph beside the plain way, on the same abstracts in one run."""
    found = results.read("side-by-side")
    names = {"hypograph": "Hypograph", "plain": "a pipeline for names, one marked sentence a pair"}
    kinds = (("spans", CHEMICAL), ("spans", DISEASE), ("relations", _SIDE_BY_SIDE_LABEL))
    rows = []
    for name, shown in names.items():
        system = found["systems"][name]
        figures = (system[part][kind] for part, kind in kinds)
        rows.append((shown, system["documents_per_s"], *(f"{of['f1']:.3f} ({interval(of)})" for of in figures)))
    header = ("system", "documents/s", "chemicals, F1", "diseases, F1", "chemical INDUCES disease, F1")
    asked = found["systems"]["plain"]["sequences_a_document"]
    return (
        f"{found['documents']} abstracts, {found['threads']} threads each, on {machine_line(found)}\n\n"
        f"{markdown(header, rows)}\n"
        f"The pipeline reads {asked} sequences more for each abstract, one a pair. "
        f"The machine's load average at the end was {found['machine']['load_average']}.\n"
    )


_SIDE_BY_SIDE_LABEL: Final = f"{CHEMICAL} INDUCES {DISEASE}"
_PREDICATES: Final = frozenset(predicate.name for predicate in PREDICATES)


def render_load(results: Results) -> str:
    """Rates of loading into both stores."""
    loads = {"embedded": results.read("load"), "Neo4j": results.read("load-neo4j")}
    rows = [(name, *(f"{load[key]:,}" for key in _LOAD_FIGURES)) for name, load in loads.items()]
    made = loads["embedded"]["input"]
    size = f"{made['triple']:,} edges with {made['evidence']:,} pieces of evidence from {made['document']:,} documents"
    table = markdown(("store", *_LOAD_FIGURES.values()), rows)
    bare = {"embedded": results.read("load-bare"), "Neo4j": results.read("load-bare-neo4j")}
    of = bare["embedded"]["input"]
    bare_rows = [(name, *(f"{load[key]:,}" for key in _BARE_FIGURES)) for name, load in bare.items()]
    bare_size = f"{of['lexicon_edge']:,} edges of a vocabulary, which carry nothing, between {of['entity']:,} concepts"
    return (
        f"{size}, made up with a seed, loaded into an empty graph:\n\n{table}\n"
        f"{bare_size}:\n\n{markdown(('store', *_BARE_FIGURES.values()), bare_rows)}"
    )


_LOAD_FIGURES: Final = {
    "nodes_and_relationships_per_s": "nodes and relationships/s",
    "edges_with_evidence_per_s": "edges with their evidence/s",
    "share_of_limit": "share of bare relationship writes",
    "load_s": "seconds",
    "reload_s": "seconds of loading it again",
    "reload_writes": "writes of loading it again",
}


_BARE_FIGURES: Final = {
    "bare_edges_per_s": "edges/s",
    "bare_relationships_per_s": "written by one plain statement a batch, edges/s",
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
    table = markdown(("clients", "requests/s", "half within s", "95 % within s", "99 % within s"), rows)
    stages = f"The same stages without HTTP and Ray, all documents at once: {found['stages_alone_documents_per_s']:,}"
    load = f"The machine's load average at the end was {found['machine']['load_average']}."
    return f"{machine_line(found)} {alone}:\n\n{table}\n{stages} documents/s. {load}\n"


def render_latency(results: Results) -> str:
    """Seconds of questions on a large graph, in both stores."""
    found = {"embedded": results.read("latency"), "Neo4j": results.read("latency-neo4j")}
    rows = [
        (store, name, part["questions"], part["calls"], *(f"{part[key] * 1000:,.0f}" for key in _LATENCY_FIGURES))
        for store, measured in found.items()
        for name, part in (("one hop, with sentences", measured["one_hop"]), ("two hops", measured["two_hops"]))
    ]
    header = ("store", "questions of", "questions", "calls", *_LATENCY_FIGURES.values())
    size = f"{found['embedded']['edges']:,} edges with {found['embedded']['evidence']:,} pieces of evidence"
    slowest = "\n".join(f"- {store}: {_once(measured)}" for store, measured in found.items())
    return (
        f"{size}, made up with a seed:\n\n{markdown(header, rows)}\n"
        f"Each of the {found['embedded']['once']['questions']} questions once, with its defaults:\n\n{slowest}\n"
    )


def _once(measured: Mapping[str, Any]) -> str:
    """How long every question took, which the slowest were, and how busy the machine was."""
    once, load = measured["once"], measured["machine"]["load_average"]
    slowest = sorted(once["seconds"].items(), key=lambda item: -item[1])[:_SLOWEST_SHOWN]
    named = ", ".join(f"`{name}` {seconds:.1f} s" for name, seconds in slowest)
    within = f"{once['within_1_s']} within 1 s, {once['within_5_s']} within 5 s"
    return f"{within}; the slowest are {named}. The machine's load average was {load}."


_SLOWEST_SHOWN: Final = 6
_LATENCY_FIGURES: Final = {
    "median_s": "median, ms",
    "p95_s": "95th percentile, ms",
    "first_time_median_s": "first time, ms",
}
