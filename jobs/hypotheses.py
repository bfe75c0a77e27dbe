"""`hypograph hypotheses`: what might be true though nobody has written it, ranked, with the sentences it rests on.

One concept given: open discovery, what paths join to it and no edge does. Two: closed, the paths between them. The
ranking goes to stdout, what names were taken for to stderr; files are written on request. Importing it loads nothing
heavy.
"""

from __future__ import annotations

import json
import os
import sys
import textwrap
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from graph.connect import open_store
from graph.errors import GraphError, QuestionError, UnknownName
from graph.hypotheses.find import SIGN_BY_EFFECT, TYPE_BY_END, Found, Search, find_hypotheses, what_is_sought
from graph.hypotheses.paths import RANKINGS
from graph.hypotheses.read import MAX_DEGREE
from graph.hypotheses.report import concept_row
from jobs.output import printable

if TYPE_CHECKING:
    import networkx as nx

_FILE: Final = click.Path(path_type=Path, dir_okay=False)
_WIDTH: Final = 110


rank_option = click.option(
    "--rank",
    type=click.Choice(list(RANKINGS)),
    default="specific",
    show_default=True,
    help="specific: paths through what joins everything count little; likely: what much is known of comes first.",
)


@click.command()
@click.option("--drug", metavar="NAME", help="A drug or chemical, by name or id.")
@click.option("--target", metavar="NAME", help="A gene or gene family.")
@click.option("--disease", metavar="NAME", help="A disease or phenotype.")
@click.option("--find", type=click.Choice(list(TYPE_BY_END)), help="What to look for around one concept.")
@click.option(
    "--effect",
    type=click.Choice(list(SIGN_BY_EFFECT)),
    default="any",
    show_default=True,
    help="lowers: would treat, inhibit, protect from; raises: would induce, activate, promote.",
)
@rank_option
@click.option("--until", type=click.IntRange(1), metavar="YEAR", help="Know only what was published until this year.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="Most hypotheses.")
@click.option("--paths", type=click.IntRange(1), default=3, show_default=True, help="Paths shown of each.")
@click.option(
    "--min-belief", type=click.FloatRange(0, 1), default=0.1, show_default=True, help="Least belief of an edge."
)
@click.option("--any-chemical", is_flag=True, help="Find chemicals too that are in no list of drugs.")
@click.option(
    "--max-degree",
    type=click.IntRange(1),
    default=MAX_DEGREE,
    show_default=True,
    help="Pass over neighbours with more edges: they join everything.",
)
@click.option("--graph", envvar="HYPOGRAPH_GRAPH", metavar="URI", help="neo4j://, bolt:// or an embedded store's path.")
@click.option("--json", "json_file", type=_FILE, help="Also write everything here as JSON.")
@click.option("--graphml", "graphml_file", type=_FILE, help="Write the paths shown as GraphML.")
@click.option("--kgx", "kgx_folder", type=click.Path(path_type=Path, file_okay=False), help="Write them as KGX, here.")
@click.option(
    "--picture", "pictures", type=_FILE, multiple=True, help="Draw them: .html, .svg or .png; may be repeated."
)
def command(
    *,
    drug: str | None,
    target: str | None,
    disease: str | None,
    find: str | None,
    effect: str,
    rank: str,
    until: int | None,
    limit: int,
    paths: int,
    min_belief: float,
    any_chemical: bool,
    max_degree: int,
    graph: str | None,
    json_file: Path | None,
    graphml_file: Path | None,
    kgx_folder: Path | None,
    pictures: tuple[Path, ...],
) -> None:
    """Rank what paths of two steps suggest of a drug, a target or a disease, with the sentences for and against.

    Give one of --drug, --target and --disease to see what might go with it, or two to see what joins them.
    """
    names = {"drug": drug, "target": target, "disease": disease}
    given = {option: name for option, name in names.items() if name is not None}
    started = time.monotonic()
    try:
        what_is_sought(given, find)  # before a graph is opened
        if graph is None:
            raise click.UsageError("say which graph: --graph URI, or HYPOGRAPH_GRAPH in the environment")
        search = Search(
            find=find,
            effect=effect,
            rank=rank,
            until=until,
            limit=limit,
            paths=paths,
            min_belief=min_belief,
            any_chemical=any_chemical,
            max_degree=max_degree,
        )
        _check_pictures(pictures)
        with open_store(graph, read_only=True) as store:
            found = find_hypotheses(store, given, search)
    except UnknownName as error:
        raise click.ClickException(str(error)) from error
    except QuestionError as error:
        raise click.UsageError(str(error)) from error
    except (GraphError, OSError) as error:
        raise click.ClickException(str(error)) from error
    rows = found.rows()
    for option, entity in found.given.items():
        print(f"{option}: {entity.name} ({entity.label} {entity.id})", file=sys.stderr)
    print(as_text(rows))
    _note(found, search)
    if not (json_file or graphml_file or kgx_folder or pictures):
        return
    report: dict[str, Any] = {
        "command": "hypotheses",
        "given": {option: entity.id for option, entity in found.given.items()},
        **asdict(search),
        "find": found.sought,
        "passed_over": [concept_row(concept) for concept in found.passed_over],
        "seconds": round(time.monotonic() - started, 3),
        "hypotheses": rows,
    }
    title = ", ".join(entity.name for entity in found.given.values()) + (f", until {until}" if until else "")
    try:
        _write_files(found.subgraph(), report, title, json_file, graphml_file, kgx_folder, pictures)
    except (GraphError, OSError) as error:
        raise click.ClickException(str(error)) from error


def as_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """The ranking for reading: a line a hypothesis, its paths and their sentences below."""
    if not rows:
        return "(no hypothesis)"
    return "\n\n".join("\n".join(_lines(row)) for row in rows)


def _lines(row: Mapping[str, Any]) -> list[str]:
    first, last = row["first"], row["last"]
    facts = [f"score {row['score']:.4g}", f"{row['n_paths']} path{'' if row['n_paths'] == 1 else 's'}"]
    if row["agreement"] is not None:
        facts.append(f"{row['agreement']:.0%} of the signed weight agrees")
    said = (
        f"{first['name']} {row['predicate']} {last['name']}" if row["n_paths"] else f"{first['name']}, {last['name']}"
    )
    lines = [f"{row['rank']:>3}. {said}   [{', '.join(facts)}]", f"     {first['id']}, {last['id']}"]
    for edge in row["known"]:
        lines += [f"     known: {_stated(edge)}   [{_support(edge)}]", *_sentences(edge)]
    for path in row["paths"]:
        steps = "".join(_step(hop) for hop in path["hops"])
        word = {1: "raises", 0: "no sign", -1: "lowers"}[path["sign"]]
        if path["sign"] and not path["is_mechanism"]:
            word += " by analogy"
        lines.append(f"     - {first['name']}{steps}   [{word}, weight {path['weight']:.4g}]")
        for hop in path["hops"]:
            lines += [f"         {_stated(hop)}   [{_support(hop)}]", *_sentences(hop)]
    return [printable(line) for line in lines]


def _step(hop: Mapping[str, Any]) -> str:
    if hop["forward"]:
        return f" -{hop['predicate']}-> {hop['object']['name']}"
    return f" <-{hop['predicate']}- {hop['subject']['name']}"


def _stated(edge: Mapping[str, Any]) -> str:
    return f"{edge['subject']['name']} {edge['predicate']} {edge['object']['name']}"


def _support(edge: Mapping[str, Any]) -> str:
    text = f"belief {edge['belief']:.2f}, {edge['n_for']} for, {edge['n_against']} against"
    return f"{text}, {edge['n_speculated']} guess" if edge["n_speculated"] else text


def _sentences(edge: Mapping[str, Any]) -> list[str]:
    lines = []
    shown = [("best_for", "for"), ("best_against", "against")]
    if edge["best_for"] is None:  # then what is believed rests on guesses
        shown[0] = ("best_speculated", "guess")
    for name, label in shown:
        best = edge[name]
        if best is not None:
            year = "" if best["year"] is None else f", {best['year']}"
            text = f"{label}: “{best['sentence']}” {best['publication']}{year}"
            lines += textwrap.wrap(text, _WIDTH, initial_indent=" " * 11, subsequent_indent=" " * 13)
    return lines


def _advice(found: Found) -> str:
    if found.sought is None:
        return "; --min-belief takes weaker ones"
    others = [end for end in TYPE_BY_END if end not in (found.sought, *found.given)]
    return f"; --find {others[0]} looks for something else, --min-belief takes weaker ones"


def _note(found: Found, search: Search) -> None:
    if found.passed_over:
        named = ", ".join(concept.name for concept in found.passed_over[:5])
        print(f"{len(found.passed_over)} neighbours passed over (--max-degree): {named}", file=sys.stderr)
    if not any(hypothesis.paths for hypothesis in found.hypotheses):
        known = f" up to {search.until}" if search.until is not None else ""
        effect = f" of effect {search.effect}" if search.effect != "any" else ""
        what = f"no {found.sought}{effect} is joined to it only" if found.sought else "nothing joins the two"
        print(f"{what} by two edges of belief {search.min_belief:g} or more{known}{_advice(found)}", file=sys.stderr)
    if found.sought and len(found.hypotheses) == search.limit:
        print(f"{search.limit} hypotheses, the limit; --limit N gives more", file=sys.stderr)


def _check_pictures(pictures: Sequence[Path]) -> None:
    if pictures:
        from graph.hypotheses.picture import check_picture

        for path in pictures:
            check_picture(path)


def _write_files(
    graph: nx.MultiDiGraph,
    report: Mapping[str, Any],
    title: str,
    json_file: Path | None,
    graphml_file: Path | None,
    kgx_folder: Path | None,
    pictures: Sequence[Path],
) -> None:
    """Write the files that were asked for, pictures last: of too many concepts there is none."""
    from graph.hypotheses.export import write_graphml, write_kgx
    from graph.hypotheses.picture import draw
    from graph.hypotheses.subgraph import metrics_of

    if json_file:
        _write_json(json_file, {**report, "subgraph": metrics_of(graph)})
    if graphml_file:
        write_graphml(graph, graphml_file)
    if kgx_folder:
        write_kgx(graph, kgx_folder)
    for path in pictures:
        draw(graph, path, title=title)


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    partial = path.with_name(f"{path.name}.partial")
    partial.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    os.replace(partial, path)


if __name__ == "__main__":
    command()
