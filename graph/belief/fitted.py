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
        "intercept": -1.481,
        "score": 0.589,
        "mentions": 0.239,
        "title": 0.915,
        "speculated": -0.573,
    },
    kinds={
        "Chemical ACTIVATES Gene": -0.103,
        "Chemical AGONIST_OF Gene": 0.039,
        "Chemical ANTAGONIST_OF Gene": 0.442,
        "Chemical ASSOCIATED_WITH Disease": -0.114,
        "Chemical BINDS Gene": -0.035,
        "Chemical DOWNREGULATES Gene": -0.269,
        "Chemical INDUCES Disease": -0.72,
        "Chemical INHIBITS Gene": -0.175,
        "Chemical PART_OF Gene": 0.3,
        "Chemical PRODUCT_OF Gene": -0.469,
        "Chemical SUBSTRATE_OF Gene": 0.503,
        "Chemical TREATS Disease": -1.874,
        "Chemical UPREGULATES Gene": 0.528,
        "Gene ASSOCIATED_WITH Disease": -0.41,
        "Gene INTERACTS_WITH Gene": 0.583,
        "Gene PROTECTS_FROM Disease": -0.126,
    },
    edge={
        "sentences": 0.65,
        "publications": 0.35,
        "denials": 0.5,
    },
)
