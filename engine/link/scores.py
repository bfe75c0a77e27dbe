"""How far to believe a link, by the way it was found: shares measured on gold mentions, not opinions.

A way is written `[long:]kind:rank:case[:ortholog]`: found through the document's long form; the variant's kind (see
`variants`); the name's rank (see `entry`); how its letter case fits (see `normalise`); through another species' gene.
Measured on BC5CDR development, NCBI Disease development and BioRED train by `bench/linking.py --scores`; a gene's
family counts as right, its ortholog as wrong. Ways seen fewer than 20 times take the share of their kind, pooled.
Knows nothing of the lexicon.
"""

from __future__ import annotations

from typing import Final

_UNKNOWN: Final = 0.5

_TABLE: Final = """
Chemical agreeing 1.00
Chemical exact 0.98
Chemical exact:0:0 0.97
Chemical exact:0:1 0.89
Chemical exact:1:0 0.94
Chemical exact:1:1 1.00
Chemical exact:1:2 0.98
Chemical exact:2:0 0.99
Chemical exact:2:1 0.79
Chemical exact:3:0 0.94
Chemical exact:3:1 0.98
Chemical exact:3:2 0.91
Chemical form 0.79
Chemical form:1:2 0.75
Chemical long:exact 0.98
Chemical long:exact:0:0 1.00
Chemical long:exact:1:0 0.96
Chemical long:exact:1:1 1.00
Chemical long:exact:1:2 1.00
Chemical long:exact:2:0 0.96
Chemical long:exact:3:0 0.98
Chemical long:exact:3:1 0.88
Chemical long:exact:3:2 1.00
Chemical long:form 0.74
Disease agreeing 0.85
Disease exact 0.89
Disease exact:0:0 0.96
Disease exact:0:1 1.00
Disease exact:1:0 0.91
Disease exact:1:1 0.88
Disease exact:1:2 0.96
Disease exact:2:0 0.85
Disease exact:2:1 0.93
Disease exact:2:2 0.93
Disease exact:3:0 0.77
Disease exact:3:1 0.75
Disease exact:3:2 0.87
Disease form 0.83
Disease form:1:2 0.91
Disease form:3:2 0.74
Disease long:exact 0.82
Disease long:exact:0:0 1.00
Disease long:exact:1:0 0.86
Disease long:exact:1:1 0.81
Disease long:exact:1:2 0.69
Disease long:exact:2:2 0.80
Disease long:exact:3:0 0.43
Disease long:exact:3:1 0.64
Disease long:exact:3:2 0.97
Disease stripped 0.85
Disease stripped:0:0 0.98
Disease stripped:1:0 0.91
Disease stripped:2:1 1.00
Disease stripped:3:0 0.43
Disease stripped:3:1 0.32
Gene agreeing 0.73
Gene exact 0.85
Gene exact:0:0 0.84
Gene exact:0:1 0.61
Gene exact:1:0 0.93
Gene exact:1:0:ortholog 0.75
Gene exact:1:1 0.52
Gene exact:1:2 0.73
Gene exact:2:0 0.85
Gene exact:2:1 0.90
Gene exact:3:0 0.82
Gene exact:3:1 0.75
Gene exact:3:2 0.89
Gene exact:3:2:ortholog 0.85
Gene form 0.52
Gene long:exact 0.94
Gene long:exact:0:0 0.95
Gene long:exact:2:0 0.92
Gene long:exact:2:1 0.99
Gene long:exact:2:2 1.00
Gene long:exact:3:0 1.00
Gene long:exact:3:1 1.00
Gene long:exact:3:2 0.79
Gene long:stripped 1.00
"""

SCORES: Final = {
    (type, how): float(share) for type, how, share in (line.split() for line in _TABLE.strip().splitlines())
}


def link_score(type: str, how: str) -> float:
    """The measured share of right links for a mention's type and the way that its link was found, in [0, 1]."""
    for known in (how, kind_of(how)):
        if (type, known) in SCORES:
            return SCORES[type, known]
    return _UNKNOWN


def kind_of(how: str) -> str:
    """The way without its rank and case: `exact`, `form`, `stripped`, ..., with `long:` before it."""
    parts = how.split(":")
    return ":".join(parts[:2]) if parts[0] == "long" else parts[0]
