"""The coefficients of belief, fitted, not chosen. `python -m bench.belief --fit` prints them anew.

Of sentences and of the edges of one document: fitted on the documents carved out of the training corpora, from which no
training run learned, and on half of DrugProt's and BioRED's development splits, by a hash of their ids; `publications`
on known pairs, and TREATS, of which gold has little, corrected by judged edges (see `bench/belief.py`). Held-out
figures: docs/quality.md.
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
        "intercept": -1.557,
        "score": 0.585,
        "mentions": 0.211,
        "title": 0.614,
        "speculated": -0.382,
    },
    kinds={
        "Chemical ACTIVATES Gene": -0.124,
        "Chemical AGONIST_OF Gene": -0.088,
        "Chemical ANTAGONIST_OF Gene": 0.182,
        "Chemical ASSOCIATED_WITH Disease": -0.107,
        "Chemical BINDS Gene": -0.441,
        "Chemical DOWNREGULATES Gene": -0.043,
        "Chemical INDUCES Disease": -0.657,
        "Chemical INHIBITS Gene": -0.041,
        "Chemical PART_OF Gene": 0.372,
        "Chemical PRODUCT_OF Gene": -0.34,
        "Chemical SUBSTRATE_OF Gene": 0.473,
        "Chemical TREATS Disease": -1.88,
        "Chemical UPREGULATES Gene": 0.432,
        "Gene ASSOCIATED_WITH Disease": -0.026,
        "Gene INTERACTS_WITH Gene": 0.742,
        "Gene PROTECTS_FROM Disease": -0.068,
        "Gene UPREGULATES Gene": -0.085,
    },
    edge={
        "sentences": 0.65,
        "publications": 0.65,
        "denials": 0.5,
    },
)
