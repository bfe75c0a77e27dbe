"""Fill the tables of README.md and docs/ from measured results, so that no figure is typed by hand.

    python -m bench.figures [--check]

A table stands between `<!-- figures:NAME:start -->` and `<!-- figures:NAME:end -->`; `bench.tables` renders it from the
results of the newest version (`hypograph demo > demo.txt` among them). `--check` writes nothing and fails if a table is
out of date.
"""

from __future__ import annotations

import re
import sys
from typing import Final

import click

from bench.tables import RENDERERS, ROOT, MissingResult, Results, latest_results

DOCUMENTS: Final = ("README.md", "docs/quality.md", "docs/speed.md", "docs/how-to.md")
NOT_MEASURED: Final = "Not measured yet for this version.\n"
_BLOCK: Final = re.compile(r"(<!-- figures:(?P<name>\w+):start -->\n)(.*?)(<!-- figures:(?P=name):end -->)", re.DOTALL)


def fill(text: str, results: Results) -> tuple[str, list[str]]:
    """Fill every table of a document; one without results says so. Returns: the document, and what is missing."""
    missing: list[str] = []

    def render(found: re.Match[str]) -> str:
        try:
            return found[1] + RENDERERS[found["name"]](results) + found[4]
        except MissingResult as error:
            missing.append(f"{found['name']}: {error}")
            return found[1] + NOT_MEASURED + found[4]

    return _BLOCK.sub(render, text), missing


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; fail if a table is out of date.")
def main(check: bool) -> None:
    """Fill the tables of README.md and docs/ from measured results."""
    results = latest_results()
    faults: list[str] = []
    for name in DOCUMENTS:
        path = ROOT / name
        text = path.read_text(encoding="utf-8")
        filled, missing = fill(text, results)
        faults += [f"{name}: {what}" for what in missing]
        if check and filled != text:
            faults.append(f"{name}: a table is out of date; run `python -m bench.figures`")
        elif filled != text:
            path.write_text(filled, encoding="utf-8")
            click.echo(f"{name}: filled", err=True)
    for fault in faults:
        click.echo(fault, err=True)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
