"""The coefficients of belief, fitted, not chosen. `python -m bench.belief --fit` prints them anew.

Of sentences and of the edges of one document: fitted on the documents carved out of the training corpora, from which no
training run learned, and on half of DrugProt's and BioRED's development splits, by a hash of their ids; growth by
`sentences` and `publications` on these, on known pairs and on judged edges together, and TREATS, of which gold has
little, corrected by judged edges (see `bench/belief.py`). Held-out figures: docs/quality.md.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Coefficients:
    """`sentence`: what all share; `kinds`: by `Kind.key`; `edge`: of what an edge adds to its best sentence."""

    sentence: Mapping[str, float]
    kinds: Mapping[str, float]
    edge: Mapping[str, float]

    @property
    def version(self) -> str:
        """Changes with any coefficient: a graph is written with one set of them."""
        return hashlib.blake2b(json.dumps(asdict(self), sort_keys=True).encode(), digest_size=6).hexdigest()


FITTED: Final = Coefficients(
    sentence={
        "intercept": -1.131,
        "score": 0.498,
        "mentions": 0.204,
        "title": 0.734,
        "speculated": -0.233,
    },
    kinds={
        "Chemical ACTIVATES Gene": 0.034,
        "Chemical AGONIST_OF Gene": 0.516,
        "Chemical ANTAGONIST_OF Gene": -0.07,
        "Chemical ASSOCIATED_WITH Disease": -0.117,
        "Chemical BINDS Gene": -0.285,
        "Chemical DOWNREGULATES Gene": -0.298,
        "Chemical INDUCES Disease": -0.602,
        "Chemical INHIBITS Gene": 0.068,
        "Chemical PART_OF Gene": 0.088,
        "Chemical PRODUCT_OF Gene": -0.332,
        "Chemical SUBSTRATE_OF Gene": 0.422,
        "Chemical TREATS Disease": -2.063,
        "Chemical UPREGULATES Gene": 0.123,
        "Gene ASSOCIATED_WITH Disease": -0.419,
        "Gene INTERACTS_WITH Gene": 0.578,
        "Gene PROTECTS_FROM Disease": -0.144,
    },
    edge={
        "sentences": 0.9,
        "publications": 0.25,
        "denials": 0.5,
    },
)
