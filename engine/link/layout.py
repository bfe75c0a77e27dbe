"""What the lexicon's arrays mean, and those that are computed on unpacking instead of being shipped.

Knows nothing of files. `build` writes the arrays, `lexicon` reads them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from engine.link.archive import Array
from engine.link.near import near_arrays
from engine.link.points import ROWS, SIZE, vectors
from engine.link.words import join_words, words_hash, words_of_name
from engine.schema import LEXICON_PREDICATES as PREDICATES

__all__ = ["DISEASES", "EXPANDED", "LAYOUT", "PREDICATES", "TAXA", "TYPES", "expand", "string_arrays"]

LAYOUT: Final = 3  # raised when shipped arrays come or go
EXPANDED: Final = 2  # raised when those that `expand` adds do
TYPES: Final = ("Gene", "Protein", "GeneFamily", "Chemical", "Drug", "Disease", "Phenotype")
DISEASES: Final = (TYPES.index("Disease"), TYPES.index("Phenotype"))  # what a tagger's Disease may be
TAXA: Final = ("", "ncbitaxon:9606", "ncbitaxon:10090", "ncbitaxon:10116")


def expand(shipped: dict[str, Array]) -> dict[str, Array]:
    """Adds what lookups need: offsets for lengths, each name's postings, each posting's concept, edges by object.

    Returns: `*_offset` and `posting_start` of length n + 1; `holder_posting` grouped by surface form with
        `holder_start`; `edge_by_object`, the edges' positions in the order of their objects.
    """
    arrays = {k: v for k, v in shipped.items() if not k.endswith(("_length", "_count"))}
    for name in ("concept_id", "surface", "xref", "short"):
        arrays[f"{name}_offset"] = _starts(shipped[f"{name}_length"])
    arrays["posting_start"] = _starts(shipped["posting_count"])
    arrays["sense_start"] = _starts(shipped["sense_count"])
    arrays["sense_word_start"] = _starts(shipped["sense_word_count"])
    surfaces = shipped["posting_surface"]
    n_surfaces = len(shipped["surface_length"])
    arrays["holder_posting"] = np.argsort(surfaces, kind="stable").astype(np.uint32)
    arrays["holder_start"] = _starts(np.bincount(surfaces, minlength=n_surfaces))
    counts = shipped["posting_count"]
    arrays["posting_concept"] = np.repeat(np.arange(len(counts), dtype=np.uint32), counts)
    arrays["edge_by_object"] = np.argsort(shipped["edge_object"], kind="stable").astype(np.uint32)
    return {**arrays, **_words_index(arrays)}


def _words_index(arrays: dict[str, Array]) -> dict[str, Array]:
    """Disease names by their sets of words: `words_hash`, sorted, and the surface form of each, `words_surface`.

    And by the runs of letters of these words (`near`), and as points (`points`): `point` (n, SIZE) in one row, each for
    one set of words, with one surface form that has it, `point_surface` (n,); `point_of`, the point of each form in
    `near_surface`.
    """
    kinds = arrays["concept_type"][arrays["posting_concept"]]
    surfaces = np.unique(arrays["posting_surface"][np.isin(kinds, DISEASES)])
    blob, offsets = arrays["surface_blob"].tobytes(), arrays["surface_offset"]
    words = [words_of_name(blob[offsets[i] : offsets[i + 1]].decode()) for i in surfaces.tolist()]
    keys = [join_words(some) for some in words]
    held = np.array([bool(key) for key in keys], bool)
    hashes = np.array([words_hash(key) for key in keys if key], np.uint32)
    order = np.argsort(hashes, kind="stable")
    place: dict[frozenset[str], int] = {}
    point_of = np.array([place.setdefault(frozenset(some), len(place)) for some in words], np.uint32)
    table = arrays["point_table"].reshape(ROWS, SIZE)
    return {
        "point": vectors(table, list(place)).ravel(),
        "point_of": point_of,
        "point_surface": surfaces[np.unique(point_of, return_index=True)[1]].astype(np.uint32),
        "words_hash": hashes[order],
        "words_surface": surfaces[held][order].astype(np.uint32),
        **near_arrays(surfaces, words),
    }


def string_arrays(name: str, values: Sequence[str]) -> dict[str, Array]:
    """A column of strings as it ships: UTF-8 in one blob, with a length each."""
    encoded = [v.encode() for v in values]
    return {
        f"{name}_blob": np.frombuffer(b"".join(encoded), np.uint8),
        f"{name}_length": np.array([len(e) for e in encoded], np.uint16),
    }


def _starts(counts: Array) -> Array:
    starts = np.zeros(len(counts) + 1, np.uint32)
    np.cumsum(counts, out=starts[1:])
    return starts
