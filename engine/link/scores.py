"""How far to believe a link, by the way it was found: shares measured on gold mentions, not opinions.

A way is written `[long:]kind:rank:case[:ortholog]`: through the document's long form; the variant's kind (see
`variants`); the name's rank (see `entry`); how its letter case fits (see `normalise`); through another species' gene.
`sense:N` is a short form whose weighed share was N tenths (see `senses`), `near:N` a name like a disease's, whose
chance was N tenths (see `likest`), `family:kind` leads to a gene family.
Measured on BC5CDR development, NCBI Disease development and BioRED train by `python -m bench.linking --scores`, each
half with a lexicon that learned from the other. A name counts once a document, a gene's family as right, its ortholog
as wrong.
A way's share is drawn towards that of its kind, and a kind's towards that of the type, by as much as ten names weigh.
Knows nothing of the lexicon.
"""

from __future__ import annotations

from typing import Final

FAMILY_PREFIX: Final = "family:"
LINE: Final = 0.5  # a link that is likelier wrong than right is none

_ANY: Final = "*"

_TABLE: Final = """
Chemical * 0.98
Chemical agreeing 0.99
Chemical agreeing-words 0.98
Chemical beside 0.98
Chemical bracket 0.90
Chemical bracket:2:1 0.91
Chemical bracket:4:1 0.82
Chemical exact 0.98
Chemical exact:0:0 0.97
Chemical exact:0:1 0.94
Chemical exact:0:2 0.99
Chemical exact:1:0 1.00
Chemical exact:1:1 1.00
Chemical exact:1:2 0.99
Chemical exact:2:0 0.86
Chemical exact:2:1 0.97
Chemical exact:2:2 0.98
Chemical exact:3:0 0.98
Chemical exact:3:1 0.99
Chemical exact:3:2 0.99
Chemical exact:4:0 0.95
Chemical exact:4:1 0.95
Chemical exact:4:2 0.97
Chemical form 0.90
Chemical form:1:2 0.94
Chemical form:2:2 0.84
Chemical form:3:2 0.93
Chemical form:4:2 0.82
Chemical long:exact 0.98
Chemical long:exact:0:0 0.99
Chemical long:exact:0:2 0.98
Chemical long:exact:1:0 1.00
Chemical long:exact:1:1 0.98
Chemical long:exact:2:0 0.87
Chemical long:exact:2:1 0.99
Chemical long:exact:2:2 0.99
Chemical long:exact:3:0 0.92
Chemical long:exact:3:1 0.98
Chemical long:exact:3:2 0.98
Chemical long:exact:4:0 0.99
Chemical long:exact:4:1 0.92
Chemical long:exact:4:2 0.98
Chemical long:form 0.93
Chemical long:form:2:2 0.93
Chemical long:form:3:2 0.95
Chemical long:form:4:2 0.84
Chemical long:stripped 0.98
Chemical long:stripped:1:0 0.98
Chemical sense 0.97
Chemical sense:5 0.97
Chemical sense:6 0.97
Chemical sense:7 0.89
Chemical sense:8 0.87
Chemical sense:9 1.00
Chemical stripped 0.99
Chemical stripped:1:0 0.99
Chemical stripped:2:1 0.99
Chemical stripped:4:1 0.99
Chemical stripped:4:2 0.99
Disease * 0.89
Disease agreeing 0.83
Disease beside 0.62
Disease bracket 0.79
Disease bracket:0:0 0.81
Disease bracket:1:0 0.81
Disease bracket:2:2 0.81
Disease bracket:3:2 0.66
Disease bracket:4:0 0.81
Disease bracket:4:1 0.76
Disease exact 0.93
Disease exact:0:0 0.94
Disease exact:0:1 0.99
Disease exact:0:2 0.96
Disease exact:1:0 0.96
Disease exact:1:1 0.93
Disease exact:1:2 0.93
Disease exact:2:0 0.81
Disease exact:2:1 0.84
Disease exact:2:2 0.89
Disease exact:3:0 0.95
Disease exact:3:1 0.91
Disease exact:3:2 0.91
Disease exact:4:0 0.71
Disease exact:4:1 0.79
Disease exact:4:2 0.84
Disease form 0.76
Disease form:0:2 0.76
Disease form:1:2 0.79
Disease form:2:2 0.68
Disease form:4:2 0.76
Disease head 0.57
Disease head-words 0.57
Disease head-words:0:2 0.67
Disease head-words:1:2 0.48
Disease head-words:2:2 0.43
Disease head-words:3:2 0.51
Disease head-words:4:2 0.58
Disease head:0:0 0.57
Disease head:0:1 0.52
Disease head:1:0 0.57
Disease head:1:1 0.56
Disease head:1:2 0.62
Disease head:2:0 0.46
Disease head:2:1 0.64
Disease head:2:2 0.61
Disease head:4:0 0.44
Disease head:4:1 0.54
Disease head:4:2 0.58
Disease long:exact 0.89
Disease long:exact:0:0 0.96
Disease long:exact:0:1 0.90
Disease long:exact:1:0 0.96
Disease long:exact:1:1 0.93
Disease long:exact:1:2 0.92
Disease long:exact:2:0 0.80
Disease long:exact:2:1 0.73
Disease long:exact:2:2 0.91
Disease long:exact:3:1 0.90
Disease long:exact:3:2 0.93
Disease long:exact:4:0 0.77
Disease long:exact:4:1 0.80
Disease long:exact:4:2 0.84
Disease long:form 0.82
Disease long:form:1:2 0.84
Disease long:form:2:2 0.73
Disease long:form:4:2 0.85
Disease long:head 0.75
Disease long:head-words 0.71
Disease long:head-words:1:2 0.62
Disease long:head-words:3:2 0.65
Disease long:head:0:0 0.68
Disease long:head:1:0 0.84
Disease long:head:2:0 0.62
Disease long:head:2:1 0.62
Disease long:head:4:1 0.77
Disease long:stripped 0.90
Disease long:stripped:4:2 0.91
Disease long:words 0.86
Disease long:words:1:2 0.89
Disease long:words:2:2 0.78
Disease long:words:4:2 0.89
Disease near 0.77
Disease near:5 0.67
Disease near:6 0.77
Disease near:7 0.84
Disease near:8 0.82
Disease near:9 0.81
Disease plain 0.73
Disease plain:1:2 0.73
Disease plain:2:2 0.62
Disease sense 0.93
Disease sense:5 0.94
Disease sense:7 0.85
Disease sense:9 0.96
Disease stripped 0.72
Disease stripped:0:0 0.64
Disease stripped:1:0 0.84
Disease stripped:1:1 0.65
Disease stripped:1:2 0.74
Disease stripped:2:0 0.60
Disease stripped:4:0 0.54
Disease words 0.79
Disease words:0:2 0.79
Disease words:1:2 0.81
Disease words:2:2 0.77
Disease words:4:2 0.72
Gene * 0.87
Gene agreeing 0.72
Gene agreeing-words 0.84
Gene beside 0.87
Gene bracket 0.85
Gene bracket:0:0 0.89
Gene bracket:0:2 0.86
Gene bracket:1:0 0.86
Gene bracket:3:0 0.86
Gene bracket:3:1 0.81
Gene bracket:4:0 0.88
Gene bracket:4:0:ortholog 0.77
Gene exact 0.92
Gene exact:0:0 0.96
Gene exact:0:0:ortholog 0.73
Gene exact:0:1 0.88
Gene exact:0:1:ortholog 0.85
Gene exact:0:2 0.94
Gene exact:1:0 0.94
Gene exact:1:0:ortholog 0.86
Gene exact:1:1 0.95
Gene exact:1:2 0.95
Gene exact:2:0 0.99
Gene exact:2:0:ortholog 0.93
Gene exact:2:1 0.96
Gene exact:2:2 0.89
Gene exact:3:0 0.93
Gene exact:3:0:ortholog 0.84
Gene exact:3:1 0.87
Gene exact:3:1:ortholog 0.94
Gene exact:3:2 0.96
Gene exact:4:0 0.92
Gene exact:4:0:ortholog 0.76
Gene exact:4:1 0.87
Gene exact:4:1:ortholog 0.95
Gene exact:4:2 0.97
Gene exact:4:2:ortholog 0.88
Gene family:bracket 0.79
Gene family:exact 0.66
Gene family:form 0.92
Gene family:long:exact 0.76
Gene family:long:form 0.89
Gene family:long:stripped 0.88
Gene family:sense 0.76
Gene family:symbol 0.88
Gene form 0.85
Gene form:0:2 0.86
Gene form:0:2:ortholog 0.81
Gene form:4:2 0.86
Gene long:exact 0.94
Gene long:exact:0:0 0.96
Gene long:exact:0:0:ortholog 0.95
Gene long:exact:0:1 0.88
Gene long:exact:1:0 0.96
Gene long:exact:3:0 0.98
Gene long:exact:3:1 0.91
Gene long:exact:3:2 0.97
Gene long:exact:4:0 0.96
Gene long:exact:4:1 0.95
Gene long:exact:4:1:ortholog 0.96
Gene long:exact:4:2 0.95
Gene long:exact:4:2:ortholog 0.95
Gene long:form 0.90
Gene long:form:1:2 0.92
Gene long:stripped 0.91
Gene long:stripped:2:2 0.92
Gene long:stripped:3:0 0.92
Gene long:stripped:3:1:ortholog 0.92
Gene long:stripped:4:1:ortholog 0.92
Gene sense 0.88
Gene sense:5 0.90
Gene sense:6 0.90
Gene sense:7 0.80
Gene sense:8 0.90
Gene sense:9 0.88
Gene stripped 0.82
Gene stripped:2:0:ortholog 0.74
Gene stripped:2:1 0.86
Gene stripped:2:2 0.83
Gene stripped:3:1 0.83
Gene stripped:4:0:ortholog 0.74
Gene stripped:4:1 0.83
Gene symbol 0.88
"""

SCORES: Final = {
    (type, how): float(share) for type, how, share in (line.split() for line in _TABLE.strip().splitlines())
}


def link_score(type: str, how: str) -> float:
    """The measured share of right links for a mention's type and the way that its link was found, in [0, 1]."""
    return next(SCORES[type, known] for known in (how, kind_of(how), _ANY) if (type, known) in SCORES)


def kind_of(how: str) -> str:
    """The way without its rank and case: `exact`, `form`, `stripped`, ..., with `family:` and `long:` before it."""
    parts = how.split(":")
    before = [part for part in parts if part in {"family", "long"}]
    return ":".join([*before, next(part for part in parts if part not in before)])
