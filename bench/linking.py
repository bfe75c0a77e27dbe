"""How well mentions link, as the JSON that `bench` keeps: `hypograph evaluate --task linking` on the reported splits.

    python -m bench.linking [--data ../shared/data] [--scores]

What is measured is described in `engine/link/evaluate.py`; here the homonyms of `bench.homonyms` are put beside it.
`--scores` prints the table of `engine/link/scores.py` instead, from the development splits without the homonyms'
documents, links that the present table has under the line among them; give it a lexicon that learned nothing from them.
"""

from __future__ import annotations

import json
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from bench.homonyms import measure, read_suite
from engine.link.evaluate import evaluate_linker
from engine.link.linker import Linker
from engine.link.scores import kind_of
from jobs.evaluate import evaluate_links
from jobs.settings import SHIPPED_MODEL

_DRAWN = 10  # links that the share of a wider way weighs


def score_table(corpora: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Lines `type how share` over all corpora: each way, each kind of way, and all ways of a type."""
    ways: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for corpus in corpora.values():
        for key, count in corpus["how"].items():
            type, _, how = key.partition(" ")
            for name in {how, kind_of(how), "*"}:
                right = count["right"] + count["family"]
                ways[type, name].update(linked=count["linked"], right=right)
    shares: dict[tuple[str, str], float] = {}
    for type, how in sorted(ways, key=lambda way: (way[1] != "*", way[1] != kind_of(way[1]), way)):
        count = ways[type, how]
        wider = shares.get((type, kind_of(how))) or shares.get((type, "*")) or 0.5
        shares[type, how] = (count["right"] + _DRAWN * wider) / (count["linked"] + _DRAWN)
    return [f"{type} {how} {share:.2f}" for (type, how), share in sorted(shares.items())]


@click.command(help=__doc__)
@click.option("--data", type=click.Path(path_type=Path), default=Path("../shared/data"), show_default=True)
@click.option("--lexicon", type=click.Path(path_type=Path), default=None, help="A lexicon other than the shipped one.")
@click.option("--scores", is_flag=True, help="Print the table of engine/link/scores.py instead.")
def command(data: Path, lexicon: Path | None, scores: bool) -> None:
    """Measures and prints."""
    if scores:
        suite = {case.doc_id if ":" in case.doc_id else f"PMID:{case.doc_id}" for case in read_suite()}
        report, _ = evaluate_linker("dev", data=data, lexicon=lexicon, without=suite, least_score=0.0)
        print("\n".join(score_table(report["corpora"])))
        return
    report, _ = evaluate_links(SHIPPED_MODEL, "test", data=data, lexicon=lexicon, threads=None)
    homonyms, _ = measure(Linker(lexicon=lexicon), read_suite(), data)
    json.dump({**report, "homonyms": homonyms["parts"]}, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    command()
