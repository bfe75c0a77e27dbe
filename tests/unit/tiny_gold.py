"""Tiny gold: chemicals that cause asthma to learn from, and every reported split."""

from __future__ import annotations

import gzip
from pathlib import Path

from engine.schema import CHEMICAL, DISEASE
from tests.unit.test_evaluate import FILES

NAMES = ("aspirin", "ibuprofen", "timolol", "glucose")


def write_tiny_gold(folder: Path) -> Path:
    """Write `gold/` into a folder: 60 abstracts of BC5CDR's train part, in which the first two of `NAMES` occur."""
    records = []
    for i in range(1, 61):
        name = NAMES[i % 2].capitalize()
        title = f"{name} and asthma {i}."
        ends = [(0, len(name)), (len(name) + 5, len(name) + 11), (len(title) + 1, len(title) + 1 + len(name))]
        spans = zip(ends, (name, "asthma", name), (CHEMICAL, DISEASE, CHEMICAL), ("C1", "D1", "C1"), strict=True)
        lines = [f"{i}\t{start}\t{end}\t{text}\t{type}\t{concept}\n" for (start, end), text, type, concept in spans]
        records.append(f"{i}|t|{title}\n{i}|a|{name} causes it.\n{''.join(lines)}{i}\tCID\tC1\tD1\n")
    for name, content in {**FILES, "bc5cdr/CDR_TrainingSet.PubTator.txt.gz": "\n".join(records)}.items():
        path = folder / "gold" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(content.encode()))
    return folder
