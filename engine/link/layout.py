"""What the lexicon's arrays mean, and those that are computed on unpacking instead of being shipped.

Knows nothing of files. `build` writes the arrays, `lexicon` reads them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import numpy as np

from engine.link.archive import Array
from engine.link.near import near_arrays
from engine.link.normalise import name_key
from engine.link.points import ROWS, SIZE, vectors
from engine.link.words import join_words, words_hash, words_of_name
from engine.schema import LEXICON_PREDICATES as PREDICATES

__all__ = ["DISEASES", "EXPANDED", "LAYOUT", "PREDICATES", "TAXA", "TYPES", "expand", "string_arrays"]

LAYOUT: Final = 3  # raised when shipped arrays come or go
EXPANDED: Final = 3  # raised when those that `expand` adds do
TYPES: Final = ("Gene", "Protein", "GeneFamily", "Chemical", "Drug", "Disease", "Phenotype")
DISEASES: Final = (TYPES.index("Disease"), TYPES.index("Phenotype"))  # what a tagger's Disease may be
TAXA: Final = ("", "ncbitaxon:9606", "ncbitaxon:10090", "ncbitaxon:10116")


def expand(shipped: dict[str, Array]) -> dict[str, Array]:
    """Adds what lookups need: offsets for lengths, each name's postings, each posting's concept, edges by object.

    Returns: `*_offset` and `posting_start` of length n + 1; `holder_posting` grouped by surface form with
        `holder_start`; `edge_by_object`, the edges' positions in the order of their objects; names by their keys
        (`_keys_index`), and those of diseases by their words (`_words_index`).
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
    return {**arrays, **_keys_index(arrays), **_words_index(arrays)}


def _keys_index(arrays: dict[str, Array]) -> dict[str, Array]:
    """The surface forms by the hashes of their keys: `key_hash`, sorted, and `key_surface`."""
    names = _surfaces(arrays, range(len(arrays["surface_offset"]) - 1))
    hashes = np.array([words_hash(name_key(name)) for name in names], np.uint32)
    order = np.argsort(hashes, kind="stable")
    return {"key_hash": hashes[order], "key_surface": order.astype(np.uint32)}


def _words_index(arrays: dict[str, Array]) -> dict[str, Array]:
    """Disease names by their sets of words, each set a point, numbered by the first of its surface forms.

    Returns: `near_surface`, the diseases' surface forms, and `point_of`, the point of each; `point_surface` (n,), the
        first form of each point, and `point_form`, all of them, from `point_form_start` (n + 1,) on; `point_words`
        (n,), how many words it has, up to 255; `point` (n, SIZE) in one row, where it lies (`points`); `words_hash`,
        sorted, of the sets of several words, and their numbers, `words_point`; what each means (`_meant`), a single
        word by its first form alone; and the sets by their runs of letters (`near`).
    """
    of_diseases = np.isin(arrays["concept_type"][arrays["posting_concept"]], DISEASES)
    surfaces, form = np.unique(arrays["posting_surface"][of_diseases], return_inverse=True)
    numbers: dict[frozenset[str], int] = {}
    names = _surfaces(arrays, surfaces.tolist())
    point_of = np.array([numbers.setdefault(words_of_name(name), len(numbers)) for name in names], np.uint32)
    words = list(numbers)
    counts = np.array([min(len(some), 255) for some in words], np.uint8)
    hashes = np.array([words_hash(join_words(some)) for some in words], np.uint32)
    several = np.flatnonzero(counts > 1)
    by_hash = several[np.argsort(hashes[several], kind="stable")]
    n_forms = np.bincount(point_of, minlength=len(words))
    first = np.unique(point_of, return_index=True)[1]
    point = point_of[form]
    said = (counts[point] > 1) | (form == first[point])
    meant = (arrays[f"posting_{name}"][of_diseases][said] for name in ("concept", "rank"))
    return {
        "near_surface": surfaces.astype(np.uint32),
        "point": vectors(arrays["point_table"].reshape(ROWS, SIZE), words).ravel(),
        "point_form": surfaces[np.argsort(point_of, kind="stable")].astype(np.uint32),
        "point_form_start": _starts(n_forms),
        "point_of": point_of,
        "point_surface": surfaces[first].astype(np.uint32),
        "point_words": counts,
        "words_hash": hashes[by_hash],
        "words_point": by_hash.astype(np.uint32),
        **_meant(point[said], *meant, n_points=len(words)),
        **near_arrays(words, n_forms),
    }


def _meant(points: Array, concepts: Array, ranks: Array, *, n_points: int) -> dict[str, Array]:
    """What each point means: the concepts that have its names, with their best ranks, the best first.

    Returns: `point_concept` and `point_rank`, from `point_concept_start` (n_points + 1,) on.
    """
    order = np.lexsort((ranks, concepts, points))
    pairs = points[order].astype(np.uint64) << np.uint64(32) | concepts[order].astype(np.uint64)
    best = order[np.unique(pairs, return_index=True)[1]]
    best = best[np.lexsort((concepts[best], ranks[best], points[best]))]
    return {
        "point_concept": concepts[best],
        "point_concept_start": _starts(np.bincount(points[best], minlength=n_points)),
        "point_rank": ranks[best],
    }


def _surfaces(arrays: dict[str, Array], places: Iterable[int]) -> Iterator[str]:
    """The surface forms at these places."""
    blob, offsets = arrays["surface_blob"].tobytes(), arrays["surface_offset"].tolist()
    return (blob[offsets[i] : offsets[i + 1]].decode() for i in places)


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
