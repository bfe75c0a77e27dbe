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
        "intercept": -1.199,
        "score": 0.504,
        "mentions": 0.208,
        "title": 0.839,
        "speculated": -0.213,
    },
    kinds={
        "Chemical ACTIVATES Gene": 0.036,
        "Chemical AGONIST_OF Gene": 0.24,
        "Chemical ANTAGONIST_OF Gene": 0.0,
        "Chemical ASSOCIATED_WITH Disease": -0.115,
        "Chemical BINDS Gene": -0.253,
        "Chemical DOWNREGULATES Gene": -0.223,
        "Chemical INDUCES Disease": -0.633,
        "Chemical INHIBITS Gene": 0.14,
        "Chemical PART_OF Gene": 0.158,
        "Chemical PRODUCT_OF Gene": -0.208,
        "Chemical SUBSTRATE_OF Gene": 0.536,
        "Chemical TREATS Disease": -1.446,
        "Chemical UPREGULATES Gene": 0.161,
        "Gene ASSOCIATED_WITH Disease": -0.453,
        "Gene INTERACTS_WITH Gene": 0.6,
        "Gene PROTECTS_FROM Disease": -0.139,
    },
    edge={
        "sentences": 0.85,
        "publications": 0.2,
        "denials": 0.5,
    },
)
