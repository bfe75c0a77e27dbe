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
        "intercept": -1.152,
        "score": 0.482,
        "mentions": 0.213,
        "title": 0.707,
        "speculated": -0.276,
    },
    kinds={
        "Chemical ACTIVATES Gene": 0.033,
        "Chemical AGONIST_OF Gene": 0.379,
        "Chemical ANTAGONIST_OF Gene": -0.069,
        "Chemical ASSOCIATED_WITH Disease": -0.115,
        "Chemical BINDS Gene": -0.279,
        "Chemical DOWNREGULATES Gene": -0.288,
        "Chemical INDUCES Disease": -0.581,
        "Chemical INHIBITS Gene": 0.091,
        "Chemical PART_OF Gene": 0.143,
        "Chemical PRODUCT_OF Gene": -0.323,
        "Chemical SUBSTRATE_OF Gene": 0.422,
        "Chemical TREATS Disease": -1.851,
        "Chemical UPREGULATES Gene": 0.127,
        "Gene ASSOCIATED_WITH Disease": -0.438,
        "Gene INTERACTS_WITH Gene": 0.591,
        "Gene PROTECTS_FROM Disease": -0.142,
    },
    edge={
        "sentences": 1.05,
        "publications": 0.3,
        "denials": 0.5,
    },
)
