"""What the lexicon's arrays mean, and those that are computed on unpacking instead of being shipped.

Knows nothing of files. `build` writes the arrays, `lexicon` reads them.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from engine.link.archive import Array
from engine.schema import LEXICON_PREDICATES as PREDICATES

__all__ = ["PREDICATES", "TAXA", "TYPES", "expand"]

TYPES: Final = ("Gene", "Protein", "GeneFamily", "Chemical", "Drug", "Disease", "Phenotype")
TAXA: Final = ("", "ncbitaxon:9606", "ncbitaxon:10090", "ncbitaxon:10116")


def expand(shipped: dict[str, Array]) -> dict[str, Array]:
    """Adds what lookups need: offsets for lengths, each name's postings, each posting's concept, edges by object.

    Returns: `*_offset` and `posting_start` of length n + 1; `holder_posting` grouped by surface form with
        `holder_start`; `edge_by_object`, the edges' positions in the order of their objects.
    """
    arrays = {k: v for k, v in shipped.items() if not k.endswith(("_length", "_count"))}
    for name in ("concept_id", "surface", "xref"):
        arrays[f"{name}_offset"] = _starts(shipped[f"{name}_length"])
    arrays["posting_start"] = _starts(shipped["posting_count"])
    surfaces = shipped["posting_surface"]
    n_surfaces = len(shipped["surface_length"])
    arrays["holder_posting"] = np.argsort(surfaces, kind="stable").astype(np.uint32)
    arrays["holder_start"] = _starts(np.bincount(surfaces, minlength=n_surfaces))
    counts = shipped["posting_count"]
    arrays["posting_concept"] = np.repeat(np.arange(len(counts), dtype=np.uint32), counts)
    arrays["edge_by_object"] = np.argsort(shipped["edge_object"], kind="stable").astype(np.uint32)
    return arrays


def _starts(counts: Array) -> Array:
    starts = np.zeros(len(counts) + 1, np.uint32)
    np.cumsum(counts, out=starts[1:])
    return starts
