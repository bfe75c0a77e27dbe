"""How well mentions link, as the JSON that `bench` keeps: `hypograph evaluate --task linking` on the reported splits.

    python -m bench.linking [--data ../shared/data] [--lexicon FILE]
    python -m bench.linking --halves FOLDER
    python -m bench.linking --scores FOLDER

What is measured is described in `engine/link/evaluate.py`; here the homonyms of `bench.homonyms` are put beside it.
The table of `engine/link/scores.py` is measured on the development splits, each half with a lexicon that learned from
the other, so that names of annotated documents are known as far as the shipped lexicon knows them. `--halves` writes
0.tsv and 1.tsv, the ids of either half's documents, for `hypograph lexicon build --without` to make 0.zst and 1.zst of;
`--scores` prints the table that these give, links that the present one has under the line among them.
"""

from __future__ import annotations

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

import click

from bench.homonyms import measure, read_suite
from engine.link.evaluate import evaluate_linker
from engine.link.gold import SPLITS
from engine.link.linker import Linker
from engine.link.scores import kind_of
from engine.train.corpora import read_corpus
from engine.train.plan import is_carved
from jobs.evaluate import evaluate_links
from jobs.settings import SHIPPED_MODEL

_DRAWN = 10  # links that the share of a wider way weighs


def read_halves(data: Path) -> tuple[frozenset[str], frozenset[str]]:
    """The ids of the documents of the development splits, less those of the homonyms, in two halves.

    Which half a document is in, a hash of its id decides.
    """
    suite = {case.doc_id if ":" in case.doc_id else f"PMID:{case.doc_id}" for case in read_suite()}
    ids = {d.doc_id for corpus, split in SPLITS["dev"] for d in read_corpus(corpus, split, data=data)} - suite
    first = frozenset(doc_id for doc_id in ids if is_carved(doc_id, 0.5))
    return first, frozenset(ids - first)


def score_table(hows: Iterable[Mapping[str, Mapping[str, float]]]) -> list[str]:
    """Lines `type how share` over the "how" of several corpora: each way, each kind of way, and all ways of a type."""
    ways: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for counted in hows:
        for key, count in counted.items():
            type, _, how = key.partition(" ")
            right = count["right"] + count["family"]
            for name in {how, kind_of(how), "*"}:
                ways[type, name].update(linked=count["linked"], right=right)
    shares: dict[tuple[str, str], float] = {}
    for type, how in sorted(ways, key=lambda way: (way[1] != "*", way[1] != kind_of(way[1]), way)):
        count = ways[type, how]
        wider = shares.get((type, kind_of(how))) or shares.get((type, "*")) or 0.5
        shares[type, how] = (count["right"] + _DRAWN * wider) / (count["linked"] + _DRAWN)
    return [f"{type} {how} {share:.2f}" for (type, how), share in sorted(shares.items())]


def write_halves(folder: Path, data: Path) -> None:
    """Write 0.tsv and 1.tsv, each with a column `doc_id`."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, half in enumerate(read_halves(data)):
        (folder / f"{number}.tsv").write_text("\n".join(["doc_id", *sorted(half)]) + "\n", encoding="utf-8")


def measure_halves(folder: Path, data: Path) -> list[str]:
    """The table, of each half linked by the lexicon in `folder` that learned nothing from it."""
    hows: list[Mapping[str, Mapping[str, float]]] = []
    for number, half in enumerate(read_halves(data)):
        lexicon = folder / f"{number}.zst"
        report, _ = evaluate_linker("dev", data=data, lexicon=lexicon, only=half, least_score=0.0)
        hows += [corpus["how"] for corpus in report["corpora"].values()]
    return score_table(hows)


@click.command(help=__doc__)
@click.option("--data", type=click.Path(path_type=Path), default=Path("../shared/data"), show_default=True)
@click.option("--lexicon", type=click.Path(path_type=Path), default=None, help="A lexicon other than the shipped one.")
@click.option("--halves", type=click.Path(path_type=Path), default=None, help="Write the halves' ids there instead.")
@click.option("--scores", type=click.Path(path_type=Path), default=None, help="Print the table of these instead.")
def command(data: Path, lexicon: Path | None, halves: Path | None, scores: Path | None) -> None:
    """Measures and prints."""
    if halves:
        write_halves(halves, data)
        return
    if scores:
        print("\n".join(measure_halves(scores, data)))
        return
    report, _ = evaluate_links(SHIPPED_MODEL, "test", data=data, lexicon=lexicon, threads=None)
    homonyms, _ = measure(Linker(lexicon=lexicon), read_suite(), data)
    json.dump({**report, "homonyms": homonyms["parts"]}, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    command()
